"""Draw docs/images/banepa.jpg: the cells of a plan over the aerial tiles it was made from.

python -m docs.draw_banepa PLAN_FOLDER TILES_FOLDER OUT.jpg      (TILES_FOLDER holds 19/x/y.jpg, 512 px)
"""

import math
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
from PIL import Image, ImageDraw, ImageFont

ZOOM, X, Y = 19, range(386690, 386696), range(220241, 220249)
SIZE = 512
RAMP = ("#35264c", "#3d3a78", "#3f5a98", "#347fa6", "#34a0a9", "#4dc2ad", "#8fdcb4", "#dcf6e6")


def pixel(lon: float, lat: float) -> tuple[float, float]:
    """Web Mercator pixel within the block of tiles."""
    x = (lon + 180) / 360 * 2**ZOOM
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**ZOOM
    return (x - X.start) * SIZE, (y - Y.start) * SIZE


def main(plan: Path, tiles: Path, out: Path) -> None:
    """Mosaic, cells by mean load, picks, legend."""
    picture = Image.new("RGB", (len(X) * SIZE, len(Y) * SIZE))
    for x in X:
        for y in Y:
            picture.paste(Image.open(tiles / str(ZOOM) / str(x) / f"{y}.jpg"), ((x - X.start) * SIZE, (y - Y.start) * SIZE))
    cells = gpd.read_parquet(plan / "cells.parquet")
    low, high = cells["mean"].min(), cells["mean"].max()
    veil = Image.new("RGBA", picture.size)
    draw = ImageDraw.Draw(veil)
    for cell in cells.itertuples():
        colour = RAMP[min(len(RAMP) - 1, int(len(RAMP) * (cell.mean - low) / (high - low)))]
        corners = [pixel(*point) for point in cell.geometry.exterior.coords]
        draw.polygon(corners, fill=f"{colour}a8", outline="#0b1016", width=4)
    font = ImageFont.load_default(size=90)
    for cell in cells[cells.pick.notna()].itertuples():
        x, y = np.mean([pixel(*point) for point in list(cell.geometry.exterior.coords)[:4]], axis=0)
        draw.ellipse((x - 70, y - 70, x + 70, y + 70), fill="#ffb224", outline="#10161c", width=10)
        draw.text((x, y), f"{cell.pick:.0f}", fill="#1c1300", font=font, anchor="mm")
    shown = Image.alpha_composite(picture.convert("RGBA"), veil).convert("RGB").resize((picture.width // 4, picture.height // 4))
    sheet = Image.new("RGB", (shown.width, shown.height + 64), "#141b22")
    sheet.paste(shown, (0, 0))
    draw = ImageDraw.Draw(sheet)
    for i, colour in enumerate(RAMP):
        draw.rectangle((16 + i * 34, shown.height + 14, 50 + i * 34, shown.height + 28), fill=colour)
    small = ImageFont.load_default(size=15)
    draw.text((16, shown.height + 34), f"{low:.1f}", fill="#b3bec9", font=small)
    draw.text((288, shown.height + 34), f"{high:.1f}  mean load, GB/h", fill="#b3bec9", font=small)
    sheet.save(out, quality=84)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
