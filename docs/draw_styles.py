"""Draw docs/images/styles.jpg: a crop of 420 m of one synthetic city of each style.

python -m docs.draw_styles OUT.jpg      (a few minutes on one core; the cities are made again from their seeds)
"""

import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from netspatial_core.synthetic.city import generate
from netspatial_core.synthetic.render import picture

SIDE_M = 420.0
CROPS = {  # style: seed, side of the city, maturity, west and north edge of the crop
    "harbour": (5, 1000.0, 1.0, 300.0, 330.0),
    "inland": (5, 1000.0, 1.0, 330.0, 300.0),
    "metropolis": (3, 1500.0, 1.0, 20.0, 860.0),
    "radial": (10, 1000.0, 1.0, 320.0, 300.0),
}
TILE, GAP, QUALITY = 560, 6, 74


def main(out: Path) -> None:
    """One crop a style, two by two, with its name."""
    sheet = Image.new("RGB", (2 * TILE + GAP, 2 * TILE + GAP), "#141b22")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=17)
    for k, (style, (seed, size, maturity, west, north)) in enumerate(CROPS.items()):
        city = generate(seed, style, size, maturity=maturity, workers=1)
        pixels = picture(city, (west, north, west + SIDE_M, north + SIDE_M), gsd=0.75, workers=1)
        at = (k % 2 * (TILE + GAP), k // 2 * (TILE + GAP))
        sheet.paste(Image.fromarray(pixels).resize((TILE, TILE), Image.Resampling.LANCZOS), at)
        draw.rectangle((at[0], at[1] + TILE - 26, at[0] + 96, at[1] + TILE), fill="#141b22")
        draw.text((at[0] + 8, at[1] + TILE - 23), style, fill="#dfe7ee", font=font)
    sheet.save(out, quality=QUALITY)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
