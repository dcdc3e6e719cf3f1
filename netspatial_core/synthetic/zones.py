"""How urban each place is and which zone it belongs to."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netspatial_core.synthetic.noise import noise_at
from netspatial_core.synthetic.terrain import Terrain

ZONES = (
    "cbd", "mixed", "apartments", "houses", "commercial", "industrial", "university", "entertainment", "central_park", "rural",
)  # fmt: skip
GROWTH_RADIUS_M = 720.0


def urbanity(terrain: Terrain, x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
    """1 at the town's centre, 0 at the edge of the built-up area, below 0 in the fields [same shape as x]."""
    east, south = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    distance = np.hypot(east - terrain.centre[0], south - terrain.centre[1])
    ragged = 420 * noise_at(east, south, 900, terrain.seed + 7) + 120 * noise_at(east, south, 240, terrain.seed + 8)
    town = 1 - distance / (terrain.style.radius_m + ragged)
    return np.maximum(town, 0.5 * growth(terrain, east, south)) if terrain.growth is not None else town


def growth(terrain: Terrain, x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
    """1 in the middle of the half-built district, 0 at its edge, below 0 outside it and in a grown town."""
    east, south = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if terrain.growth is None:
        return np.full(east.shape, -9.0)
    distance = np.hypot(east - terrain.growth[0], south - terrain.growth[1])
    return 1 - distance / (GROWTH_RADIUS_M + 200 * noise_at(east, south, 420, terrain.seed + 14))


def vacancy(terrain: Terrain, x: float, y: float) -> float:
    """Share of lots not built yet at a place: high in the half-built district, none in a grown town."""
    return float(np.clip(0.95 * (1 - terrain.maturity), 0, 0.8)) if growth(terrain, x, y) > -0.15 else 0.0


def zones_at(terrain: Terrain, x: ArrayLike, y: ArrayLike) -> NDArray[np.str_]:
    """Zone of each place [same shape as x]: that of the nearest disc that covers it, else by urbanity."""
    east, south = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    style = terrain.style
    urban = urbanity(terrain, east, south)
    flats = urban + 0.28 * noise_at(east, south, 420, terrain.seed + 10) > style.flats
    ring = np.select(
        [urban < 0, urban > style.core, urban > style.old_town, flats], ["rural", "cbd", "mixed", "apartments"], "houses"
    )
    ragged = 1 + 0.25 * noise_at(east, south, 300, terrain.seed + 9)
    nearness = np.stack(
        [np.hypot(east - disc.centre[0], south - disc.centre[1]) / (disc.radius * ragged) for disc in terrain.discs]
    )
    names = np.array([disc.zone for disc in terrain.discs])[nearness.argmin(axis=0)]
    return np.where(nearness.min(axis=0) < 1, names, ring)


def zone_at(terrain: Terrain, x: float, y: float) -> str:
    """Zone of one place."""
    return str(zones_at(terrain, np.array(x), np.array(y)))
