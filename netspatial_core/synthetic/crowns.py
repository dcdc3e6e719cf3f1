"""Trees: crowns stamped into picture and height map, so that they cast shadows and cover what lies under them."""

from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from netspatial_core.synthetic.materials import TEXTURE_ID
from netspatial_core.synthetic.noise import hash01
from netspatial_core.synthetic.style import Colour

if TYPE_CHECKING:
    from netspatial_core.synthetic.render import Sheet

SHAPES = 6


@lru_cache(maxsize=256)
def crown(radius: int, shape: int) -> NDArray[np.float32]:
    """Relative height of a crown of ``radius`` pixels [2 radius + 5, same], -1 outside its lobed outline."""
    size = radius + 2
    y, x = np.mgrid[-size : size + 1, -size : size + 1].astype(np.float32)
    rng = np.random.default_rng([radius, shape])
    around = np.arctan2(y, x)
    lobes = radius * (1 + 0.13 * np.sin(3 * around + rng.uniform(0, 6)) + 0.1 * np.sin(5 * around + rng.uniform(0, 6)))
    dome = np.sqrt(np.clip(1 - (np.hypot(x, y) / lobes) ** 2, 0, 1))
    rough = cv2.GaussianBlur(rng.normal(0, 1, dome.shape).astype(np.float32), (0, 0), 0.8)
    return np.where(dome > 0, dome * (1 + 0.24 * rough), -1).astype(np.float32)


def draw_trees(sheet: "Sheet", trees: NDArray[np.float64], palette: tuple[Colour, ...]) -> None:
    """Stamp the trees [tree, 5] (x, y, radius, height, kind), lowest first, where nothing higher stands."""
    x0, y0, x1, y1 = sheet.bounds
    inside = (trees[:, 0] > x0 + 6) & (trees[:, 0] < x1 - 6) & (trees[:, 1] > y0 + 6) & (trees[:, 1] < y1 - 6)
    near = trees[inside]
    chance = hash01((near[:, 0] * 10).astype(int), (near[:, 1] * 10).astype(int), 9)
    bright = 0.84 + 0.46 * hash01((near[:, 0] * 7).astype(int), (near[:, 1] * 7).astype(int), 8)
    dark = np.where(near[:, 4] == 1, 0.88, 1.0)
    colours = np.array(palette, float)[(chance * len(palette)).astype(int)] * (bright * dark)[:, None]
    columns = np.floor(near[:, 0] / sheet.resolution).astype(int) - sheet.column
    rows = np.floor(near[:, 1] / sheet.resolution).astype(int) - sheet.row
    radii = np.maximum(2, np.round(near[:, 2] / sheet.resolution)).astype(int)
    shapes = (chance * 997).astype(int) % SHAPES
    bounds = sheet.height.shape
    rgbs = np.clip(colours, 0, 255).astype(np.uint8)
    for column, row, radius, shape, height, rgb in zip(columns, rows, radii, shapes, near[:, 3], rgbs, strict=True):
        stamp = crown(int(radius), int(shape))
        half = stamp.shape[0] // 2
        if row < half or column < half or row + half >= bounds[0] or column + half >= bounds[1]:
            continue
        if sheet.height[row, column] > height:
            continue
        where = np.s_[row - half : row + half + 1, column - half : column + half + 1]
        tops = stamp * (height * 0.55) + height * 0.45
        under = sheet.height[where]
        shown = (stamp > 0) & (tops > under)
        np.copyto(under, tops, where=shown)
        np.copyto(sheet.rgb[where], rgb, where=shown[..., None])
        np.copyto(sheet.texture[where], TEXTURE_ID["tree"], where=shown)
        np.copyto(sheet.lit[where], 1, where=shown)
