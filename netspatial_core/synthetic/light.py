"""One sun and one camera: how bright a tilted surface is, and how far a roof leans and a shadow falls."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Raster = NDArray[np.float32]

SUN_AZIMUTH, SUN_ELEVATION = math.radians(148), math.radians(51)  # azimuth from north, clockwise
SUN = np.array(
    [
        math.sin(SUN_AZIMUTH) * math.cos(SUN_ELEVATION),
        -math.cos(SUN_AZIMUTH) * math.cos(SUN_ELEVATION),
        math.sin(SUN_ELEVATION),
    ]
)  # towards the sun: east, south, up
LEAN = np.array([-0.075, 0.05])  # the camera is a little off nadir: a roof moves by this many metres per metre of height
SKY = (0.30, 0.34, 0.40)  # what is left of red, green and blue in full shade


def shade(slope: NDArray[np.float64]) -> float:
    """Brightness of a facet with the normal ``slope`` [3] against a flat roof's 1 (Lambert with sky light)."""
    facing = float(slope @ SUN) / float(np.linalg.norm(slope))
    return 0.38 + 0.62 * max(0.0, facing) / float(SUN[2])


def cast_shadow(heights: Raster, resolution: float) -> Raster:
    """How much each pixel lies in cast shadow, 0..1 [row, column].

    The highest of (height - drop) along the ray to the sun, by max-plus doubling: eight shifts reach 255 pixels.

    Args:
        heights: Surface heights in the leaning picture, metres.
        resolution: Size of a pixel, metres.
    """
    towards = SUN[:2] / math.hypot(*SUN[:2])
    per_metre = -towards / math.tan(SUN_ELEVATION) - LEAN  # shift of the shadow per metre of height, in the picture
    length = math.hypot(*per_metre)
    step, drop = per_metre / length, resolution / length
    horizon = heights.copy()
    size = (heights.shape[1], heights.shape[0])
    for pixels in 2 ** np.arange(8):
        shift = np.array([[1, 0, -step[0] * pixels], [0, 1, -step[1] * pixels]])
        moved = cv2.warpAffine(horizon, shift, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        horizon = np.maximum(horizon, np.asarray(moved, np.float32) - np.float32(pixels * drop))
    return np.clip((horizon - heights - 0.25) / 0.7, 0, 1)


def canopy_relief(heights: Raster, resolution: float) -> Raster:
    """Brightness of tree crowns from the slope of the height map [row, column]."""
    soft = cv2.GaussianBlur(heights, (0, 0), 0.9 / resolution * 0.6)
    east = cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=0.125 / resolution)
    south = cv2.Sobel(soft, cv2.CV_32F, 0, 1, scale=0.125 / resolution)
    facing = (SUN[2] - 0.9 * (east * SUN[0] + south * SUN[1])) / np.sqrt(1 + 0.8 * (east**2 + south**2)) / SUN[2]
    return np.asarray(0.42 + 0.58 * np.clip(facing, 0.25, 1.6), np.float32)


def occlusion(heights: Raster, resolution: float) -> Raster:
    """Share of sky light that higher surroundings take away, 0..0.3 [row, column]."""
    return np.clip((cv2.GaussianBlur(heights, (0, 0), 4 / resolution) - heights) * 0.022, 0, 0.3)
