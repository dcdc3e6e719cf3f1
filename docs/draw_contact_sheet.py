"""Draw docs/images/contact_sheet.jpg: twelve training cities as their pictures show them, whole.

python -m docs.draw_contact_sheet build/corpus OUT.jpg      (seconds; from the overviews of the cities' COGs)
"""

import json
import sys
from pathlib import Path

import numpy as np
import rasterio
from PIL import Image, ImageDraw, ImageFont
from rasterio.enums import Resampling

COLUMNS, COUNT = 4, 12
TILE, GAP, QUALITY = 330, 6, 70


def main(corpus: Path, out: Path) -> None:
    """Four by three, each with its style, seed and maturity."""
    folders = [folder for folder in sorted(corpus.iterdir()) if (folder / "imagery.tif").is_file()][:COUNT]
    step = TILE + GAP
    sheet = Image.new("RGB", (COLUMNS * step - GAP, -(-len(folders) // COLUMNS) * step - GAP), "#141b22")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=14)
    for number, folder in enumerate(folders):
        about = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))
        with rasterio.open(folder / "imagery.tif") as source:
            pixels = source.read((1, 2, 3), out_shape=(3, TILE, TILE), resampling=Resampling.average)
        x, y = number % COLUMNS * step, number // COLUMNS * step
        sheet.paste(Image.fromarray(np.moveaxis(pixels, 0, 2)), (x, y))
        words = f"{about['style']} {about['seed']}" + (
            f", {100 * about['maturity']:.0f} % grown" if about["maturity"] < 1 else ""
        )
        draw.rectangle((x, y + TILE - 22, x + 8 * len(words) + 12, y + TILE), fill="#141b22")
        draw.text((x + 8, y + TILE - 20), words, fill="#dfe7ee", font=font)
    sheet.save(out, quality=QUALITY, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
