"""Noise from hashed integer lattices: a function of world coordinates alone, so that tiles are seamless and repeatable."""

import math

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Field = NDArray[np.float32]

# Cities are drawn by forked processes: OpenCV's own thread pool does not survive a fork, so it must never start.
cv2.setNumThreads(1)


def hash01(i: ArrayLike, j: ArrayLike, seed: int) -> Field:
    """A number in 0..1 for each pair of integers: a 32-bit mix (multiply, shift, exclusive or), the same on every machine."""
    key = np.asarray(i).astype(np.int64) * 374761393 + np.asarray(j).astype(np.int64) * 668265263 + seed * 974634777
    mixed = np.atleast_1d(key).astype(np.uint32)  # an array's products wrap around in silence
    mixed = (mixed ^ (mixed >> np.uint32(13))) * np.uint32(1274126177)
    mixed = (mixed ^ (mixed >> np.uint32(16))) * np.uint32(2246822519)
    return ((mixed ^ (mixed >> np.uint32(15))) / np.float32(2**32)).astype(np.float32).reshape(key.shape)


def grid_noise(x0: float, y0: float, width: int, height: int, resolution: float, wavelength: float, seed: int) -> Field:
    """Smooth noise in about -1..1 on a grid of pixels [height, width].

    Args:
        x0: East coordinate of the grid's west edge, metres.
        y0: South coordinate of the grid's north edge, metres.
        width: Columns.
        height: Rows.
        resolution: Size of a pixel, metres.
        wavelength: Size of a feature, metres.
        seed: Chooses the noise.
    """
    column, row = math.floor(x0 / wavelength) - 2, math.floor(y0 / wavelength) - 2
    columns, rows = int(width * resolution / wavelength) + 6, int(height * resolution / wavelength) + 6
    lattice = hash01(np.arange(column, column + columns)[None], np.arange(row, row + rows)[:, None], seed) * 2 - 1
    step = resolution / wavelength
    across = (x0 + resolution / 2) / wavelength - column
    down = (y0 + resolution / 2) / wavelength - row
    lookup = np.array([[step, 0, across], [0, step, down]])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(lattice, lookup, (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT), dtype=np.float32
    )


def noise_on(points: NDArray[np.float64], wavelength: float, seed: int) -> NDArray[np.float64]:
    """The noise of ``noise_at`` on points [..., 2]."""
    return noise_at(points[..., 0], points[..., 1], wavelength, seed)


def noise_at(x: ArrayLike, y: ArrayLike, wavelength: float, seed: int) -> NDArray[np.float64]:
    """Smooth noise in -1..1 at scattered points: bilinear in the lattice with eased weights."""
    u, v = np.asarray(x, dtype=float) / wavelength, np.asarray(y, dtype=float) / wavelength
    i, j = np.broadcast_arrays(np.floor(u).astype(int), np.floor(v).astype(int))
    a, b = u - i, v - j
    a, b = a * a * (3 - 2 * a), b * b * (3 - 2 * b)
    (northwest, northeast), (southwest, southeast) = hash01([[i, i + 1], [i, i + 1]], [[j, j], [j + 1, j + 1]], seed)
    north = northwest * (1 - a) + northeast * a
    south = southwest * (1 - a) + southeast * a
    return np.asarray(2 * (north * (1 - b) + south * b) - 1, dtype=np.float64)
