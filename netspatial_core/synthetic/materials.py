"""Surfaces: how each texture varies, and the colours that no style changes."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Rgb = NDArray[np.float64]


class Texture(NamedTuple):
    """How brightness and dryness (red up, blue down) vary over a surface, in grey levels.

    Attributes:
        wide: Brightness noise at 60 m.
        middle: Brightness noise at 9 m.
        fine: Brightness noise at 2.4 m.
        dry_wide: Dryness noise at 130 m.
        dry_middle: Dryness noise at 22 m.
        stripe: Amplitude of stripes.
        period: Distance of stripes, metres.
    """

    wide: float
    middle: float
    fine: float
    dry_wide: float
    dry_middle: float
    stripe: float
    period: float


TEXTURES = {
    "plain": Texture(1, 1, 2, 0, 0, 0, 5),
    "grass": Texture(5, 6, 6, 9, 6, 0, 5),
    "crop": Texture(4, 4, 4, 6, 4, 4, 5.2),
    "asphalt": Texture(6, 4, 4, 1.5, 1, 0, 5),
    "concrete": Texture(6, 7, 6, 2, 2, 0, 5),
    "soil": Texture(8, 8, 7, 4, 4, 2.5, 3.1),
    "sand": Texture(6, 5, 4, 3, 2, 0, 5),
    "water": Texture(3, 2, 2.5, 0, 0, 0, 5),
    "tile": Texture(3, 4, 8, 2, 3, 0, 2),
    "flat": Texture(3, 7, 5, 1.5, 2, 0, 5),
    "metal": Texture(3, 3, 2, 1, 2, 4, 4.2),
    "wild": Texture(8, 10, 11, 8, 8, 0, 5),
    "pitch": Texture(2, 2, 2.5, 4, 3, 4.5, 11),
    "garden": Texture(5, 10, 9, 8, 8, 0, 5),
    "tree": Texture(5, 5, 10, 4, 4, 0, 5),
    "wall": Texture(0, 2, 8, 0, 0, 0, 3),
    "road": Texture(5, 3, 3, 1.5, 1, 0, 5),
    "river": Texture(3, 2, 2.5, 0, 0, 0, 5),
}
TEXTURE_ID = {name: index for index, name in enumerate(TEXTURES)}
TEXTURE_TABLE = np.array(list(TEXTURES.values()), np.float32)

WALLS = ((196, 188, 176), (178, 172, 164), (206, 202, 196), (160, 150, 140), (148, 156, 164))
PLANT = ((200, 202, 202), (120, 120, 120), (86, 88, 92), (225, 226, 226))
CARS = np.array(
    [(228, 229, 230), (190, 192, 195), (60, 62, 66), (34, 35, 38), (120, 122, 126), (132, 52, 48), (58, 76, 112), (205, 205, 200),
     (84, 78, 70), (40, 58, 50)], float,
)  # fmt: skip
CAR_SHARES = (0.25, 0.18, 0.14, 0.13, 0.1, 0.05, 0.05, 0.05, 0.03, 0.02)
LORRIES = ((232, 232, 230), (205, 60, 50), (70, 100, 160), (220, 200, 90))
CONTAINERS = ((150, 72, 56), (60, 92, 130), (188, 186, 180), (90, 120, 90), (200, 150, 70))


def vary(rng: np.random.Generator, colour: ArrayLike, spread: float = 6.0) -> Rgb:
    """A colour a little lighter or darker, and a little off in hue."""
    base = np.asarray(colour, dtype=float)
    return np.minimum(np.maximum(base + rng.normal(0, spread) + rng.normal(0, spread * 0.3, 3), 8), 250)


def pick(rng: np.random.Generator, colours: ArrayLike, count: int | None = None) -> Rgb:
    """One of the (first ``count``) colours."""
    table = np.asarray(colours, dtype=float)
    return np.asarray(table[rng.integers(count or len(table))])
