"""What surfaces look like close up: texture by class, water with its shore, and what lens and sensor make of it all."""

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from netspatial_core.synthetic.materials import TEXTURE_ID, TEXTURE_TABLE
from netspatial_core.synthetic.noise import grid_noise, hash01
from netspatial_core.synthetic.style import Colour

if TYPE_CHECKING:
    from netspatial_core.synthetic.render import Sheet

Raster = NDArray[np.float32]
SHORE_M = 120.0  # where water looks deep


def _noise(sheet: "Sheet", wavelength: float, seed: int) -> Raster:
    height, width = sheet.height.shape
    x0, y0, _, _ = sheet.bounds
    return grid_noise(x0, y0, width, height, sheet.resolution, wavelength, seed)


def texture(sheet: "Sheet", seed: int) -> Raster:
    """The sheet's colours varied by the textures' tables [row, column, 3]."""
    kind = np.ascontiguousarray(sheet.texture)
    wide, middle, fine, dry_wide, dry_middle, stripe, period = TEXTURE_TABLE.T
    bright = _by(kind, wide) * _noise(sheet, 60, seed + 50) + _by(kind, middle) * _noise(sheet, 9, seed + 51)
    bright += _by(kind, fine) * (_noise(sheet, 2.4, seed + 52) + np.float32(0.6) * _noise(sheet, 1.1, seed + 53))
    dry = _by(kind, dry_wide) * (_noise(sheet, 130, seed + 54) + np.float32(0.5) * _noise(sheet, 48, seed + 55))
    dry += _by(kind, dry_middle) * _noise(sheet, 22, seed + 56)
    rows, columns = np.nonzero(_by(kind, stripe))
    if len(rows):
        x0, y0, _, _ = sheet.bounds
        east, south = (columns * sheet.resolution + x0).astype(np.float32), (rows * sheet.resolution + y0).astype(np.float32)
        striped = kind[rows, columns]
        turn = sheet.turn[rows, columns].astype(np.float32) * np.float32(math.pi / 128)
        across = south * np.cos(turn) - east * np.sin(turn)
        waves = np.float32(1.5) * _noise(sheet, 30, seed + 57)[rows, columns]
        bright[rows, columns] += stripe[striped] * np.sin(across * (np.float32(2 * math.pi) / period[striped]) + waves)
    colour = sheet.rgb.astype(np.float32)
    for band, (light, dryness) in enumerate(((1, 1), (1, 0.5), (0.95, 0.1))):
        colour[..., band] += bright * np.float32(light) + dry * np.float32(dryness)
    return colour


def _by(kind: NDArray[np.uint8], values: Raster) -> Raster:
    """The value of each pixel's texture [row, column]."""
    table = np.zeros(256, np.float32)
    table[: len(values)] = values
    return np.asarray(cv2.LUT(kind, table), np.float32)


def shore_distance(kind: NDArray[np.uint8], resolution: float) -> Raster:
    """Distance from open water to land [row, column], metres, blind to bridges and piers."""
    wet = ((kind == TEXTURE_ID["water"]) | (kind == TEXTURE_ID["river"])).astype(np.uint8)
    height, width = kind.shape
    coarse = cv2.resize(wet, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    closed = cv2.morphologyEx(coarse, cv2.MORPH_CLOSE, np.ones((13, 13), np.uint8))
    distance = np.minimum(cv2.distanceTransform(closed, cv2.DIST_L2, 3), 1e4) * resolution * 4  # a tile of water has no land
    return np.asarray(cv2.resize(distance.astype(np.float32), (width, height)), np.float32)


def water(colour: Raster, sheet: "Sheet", shore: Raster, palette: tuple[Colour, Colour], seed: int) -> None:
    """Colour the water from shallow to deep, with wind on it and foam along the beaches, in place."""
    wet = (sheet.texture == TEXTURE_ID["water"]) | (sheet.texture == TEXTURE_ID["river"])
    if not wet.any():
        return
    depth = np.minimum(shore, 150) + 14 * _noise(sheet, 70, seed + 60)
    deep = np.clip(depth / SHORE_M, 0, 1)[..., None] ** np.float32(0.6)
    shallow, open_ = (np.array(rgb, np.float32) for rgb in palette)
    wind = 5.5 * _noise(sheet, 260, seed + 61) + 2.4 * _noise(sheet, 35, seed + 62)
    wind += 1.6 * _noise(sheet, 5, seed + 63) + 1.6 * _noise(sheet, 2.2, seed + 64)
    shade = shallow * (1 - deep) + open_ * deep + wind[..., None]
    colour[wet] = (colour * 0.12 + shade * 0.88)[wet]
    line = np.clip(1 - np.abs(shore - 3.5 - 2.5 * _noise(sheet, 25, seed + 65)) / 1.3, 0, 1)
    foam = line * (_noise(sheet, 110, seed + 66) > -0.15) * (sheet.texture == TEXTURE_ID["water"])
    colour += (foam * 42)[..., None]


def finish(
    colour: Raster, column: int, row: int, gsd: float, seed: int, air: tuple[float, Colour] = (0.045, (188, 198, 208))
) -> NDArray[np.uint8]:
    """Lens and sensor: blur, the provider's sharpening, haze, contrast, noise [row, column, 3].

    Args:
        colour: Averaged colours [row, column, 3].
        column: World column of the west edge, output pixels.
        row: World row of the north edge, output pixels.
        gsd: Metres per output pixel.
        seed: Chooses haze and noise.
        air: Mean share of haze, and its colour.
    """
    height, width = colour.shape[:2]
    image = cv2.GaussianBlur(colour, (0, 0), 0.42)
    image = image + np.float32(0.72) * (image - cv2.GaussianBlur(image, (0, 0), 1.0))
    haze = (air[0] + 0.02 * grid_noise(column * gsd, row * gsd, width, height, gsd, 900, seed + 70))[..., None]
    image = image * (1 - haze) + haze * np.array(air[1], np.float32)
    grey = image.mean(axis=2, keepdims=True)
    image = (grey + (image - grey) * 0.86 - 112) * 1.12 + 124  # more contrast, less colour
    columns, rows = (np.arange(width) + column)[None], (np.arange(height) + row)[:, None]
    grain = np.sum([hash01(columns, rows, seed + 80 + k) for k in range(3)], axis=0) - 1.5
    speckle = np.stack([hash01(columns, rows, seed + 90 + k) - 0.5 for k in range(3)], axis=-1)
    return np.clip(image + (grain * np.float32(5))[..., None] + speckle * 3, 0, 255).astype(np.uint8)
