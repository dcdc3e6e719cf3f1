"""Draw docs/images/zooms.jpg: one synthetic city of each style as a web map would show it at zooms 15, 17 and 18.

python -m docs.draw_zooms OUT.jpg      (some minutes; the cities are made again from their seeds)
"""

import math
import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from netspatial_core.synthetic.city import City, generate
from netspatial_core.synthetic.render import picture

CITIES = {"harbour": 5, "inland": 8, "metropolis": 3, "radial": 10}  # style: seed
SIZE_M = 2400.0
ZOOMS = (15, 17, 18)
FINEST_M = 1.2  # coarser pictures are averaged from one this fine, as a tile server does
EQUATOR_M = 40_075_016.686  # WGS84
TILE, GAP, QUALITY = 420, 6, 72


def metres_per_pixel(zoom: int, latitude: float) -> float:
    """Ground resolution of 256 px web map tiles."""
    return EQUATOR_M * math.cos(math.radians(latitude)) / (256 * 2**zoom)


def crop(city: City, zoom: int) -> NDArray[np.uint8]:
    """The middle of a city at a zoom, ``TILE`` pixels wide."""
    wanted = metres_per_pixel(zoom, city.study_area().centre[1])
    fine = min(wanted, FINEST_M)
    middle, half = city.terrain.centre.clip(0.25 * city.size_m, 0.75 * city.size_m), TILE * wanted / 2
    pixels = picture(city, (*(middle - half), *(middle + half)), gsd=fine)
    return np.asarray(cv2.resize(pixels, (TILE, TILE), interpolation=cv2.INTER_AREA), np.uint8)


def main(out: Path) -> None:
    """A row a style, a column a zoom."""
    step = TILE + GAP
    sheet = Image.new("RGB", (len(ZOOMS) * step - GAP, len(CITIES) * step - GAP), "#141b22")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=16)
    for row, (style, seed) in enumerate(CITIES.items()):
        city = generate(seed, style, SIZE_M)
        for column, zoom in enumerate(ZOOMS):
            x, y = column * step, row * step
            sheet.paste(Image.fromarray(crop(city, zoom)), (x, y))
            draw.rectangle((x, y + TILE - 24, x + 170, y + TILE), fill="#141b22")
            draw.text((x + 8, y + TILE - 22), f"{style}, zoom {zoom}", fill="#dfe7ee", font=font)
    sheet.save(out, quality=QUALITY, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
