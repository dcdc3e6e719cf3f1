"""How urban each place is and which zone it belongs to."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netspatial_core.synthetic.noise import noise_at
from netspatial_core.synthetic.terrain import EDGE, Terrain

ZONES = (
    "cbd", "mixed", "apartments", "houses", "commercial", "industrial", "university", "entertainment", "central_park", "rural",
    "estate", "village", "oldtown", "perimeter", "slabs", "allotments",
)  # fmt: skip
GROWTH_RADIUS_M = 720.0
PLAIN = 0.34  # urbanity of a wide city between its centres
WALL_M = 400.0  # mean radius of the old core of a radial city
Field = NDArray[np.float64]


def urbanity(terrain: Terrain, x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
    """1 at the town's centre, 0 at the edge of the built-up area, below 0 in the fields [same shape as x]."""
    east, south = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    distance = np.hypot(east - terrain.centre[0], south - terrain.centre[1])
    ragged = 420 * noise_at(east, south, 900, terrain.seed + 7) + 120 * noise_at(east, south, 240, terrain.seed + 8)
    town = 1 - distance / (terrain.style.radius_m + ragged)
    if terrain.wide:
        town = np.maximum(town, _districts_between(terrain, east, south, distance + ragged))
    return np.maximum(town, 0.5 * growth(terrain, east, south)) if terrain.growth is not None else town


def _districts_between(terrain: Terrain, east: Field, south: Field, distance: Field) -> Field:
    """Urbanity of a wide city away from its main centre: a plain that ends at its edge, with lesser centres on it."""
    plain = PLAIN * (1 - (distance / (EDGE * terrain.size)) ** 6)
    out, reach = plain, 0.8 * terrain.style.radius_m
    if not east.size:
        return out
    low, high = (np.array([extreme(east), extreme(south)]) for extreme in (np.min, np.max))
    # beyond its reach a centre is less urban than the plain: most need no look
    matter = ((terrain.subcentres > low - reach) & (terrain.subcentres < high + reach)).all(axis=1)
    for weight, (x, y) in zip(terrain.lesser[matter].tolist(), terrain.subcentres[matter], strict=True):
        near = weight * (1 - np.hypot(east - x, south - y) / reach)
        out = np.maximum(out, np.where(plain > 0, near, plain))
    return out


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
    ring = {"districts": _rings, "superblocks": _patches, "radial": _shells}[style.plan](terrain, east, south, urban)
    ragged = 1 + 0.25 * noise_at(east, south, 300, terrain.seed + 9)
    quarters, names = terrain.quarters
    discs_east, discs_south, radius = (values.reshape(-1, *[1] * east.ndim) for values in quarters)
    nearness = np.hypot(east - discs_east, south - discs_south) / (radius * ragged)
    return np.where(nearness.min(axis=0) < 1, names[nearness.argmin(axis=0)], ring)


def _rings(terrain: Terrain, east: Field, south: Field, urban: Field) -> NDArray[np.str_]:
    """Business, old town, flats and houses by distance from the centre."""
    style = terrain.style
    flats = urban + 0.28 * noise_at(east, south, 420, terrain.seed + 10) > style.flats
    return np.select(
        [urban < 0, urban > style.core, urban > style.old_town, flats], ["rural", "cbd", "mixed", "apartments"], "houses"
    )


def _patches(terrain: Terrain, east: Field, south: Field, urban: Field) -> NDArray[np.str_]:
    """Superblocks of estates, with old streets and urban villages in between; workshops at the edge."""
    old = noise_at(east, south, 420, terrain.seed + 10) + 0.5 * np.clip(urban - terrain.style.old_town, -0.5, 0.5) > 0.28
    village = noise_at(east, south, 330, terrain.seed + 17) > 0.5
    shops = noise_at(east, south, 260, terrain.seed + 18) > 0.72
    works = (urban < 0.14) & (noise_at(east, south, 500, terrain.seed + 19) > 0.0)
    return np.select(
        [urban < 0, urban > terrain.style.core, works, village & (urban < 0.74), shops, old],
        ["rural", "cbd", "industrial", "village", "commercial", "mixed"],
        "estate",
    )


def _shells(terrain: Terrain, east: Field, south: Field, urban: Field) -> NDArray[np.str_]:
    """An old core within its wall, closed blocks of the 19th century around it, then slabs, flats and villas."""
    away = np.hypot(east - terrain.centre[0], south - terrain.centre[1])
    turn = np.arctan2(south - terrain.centre[1], east - terrain.centre[0])
    within = away < wall_radius(terrain.seed, turn)
    closed = away < 980 + 260 * noise_at(east, south, 520, terrain.seed + 10)
    patch = noise_at(east, south, 430, terrain.seed + 17)
    return np.select(
        [urban < 0, within, closed, (patch > 0.3) & (urban > 0.1), (patch < -0.45) & (urban > 0.15)],
        ["rural", "oldtown", "perimeter", "slabs", "apartments"],
        "houses",
    )


def wall_radius(seed: int, turn: ArrayLike) -> NDArray[np.float64]:
    """Distance of a radial city's old wall from its centre in a direction [same shape], metres: a dented circle."""
    around, (first, second) = np.asarray(turn, dtype=float), np.random.default_rng([seed, 31]).uniform(0, 2 * np.pi, 2)
    return np.asarray(WALL_M * (1 + 0.07 * np.sin(2 * around + first) + 0.04 * np.sin(3 * around + second)), np.float64)


def zone_at(terrain: Terrain, x: float, y: float) -> str:
    """Zone of one place."""
    return str(zones_at(terrain, np.array(x), np.array(y)))
