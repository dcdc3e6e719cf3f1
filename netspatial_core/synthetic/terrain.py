"""Where the water is and where the town's centres are: the first decisions of a city, from its seed and style."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from netspatial_core.synthetic.geometry import Points, normal, smooth, unit
from netspatial_core.synthetic.noise import noise_at
from netspatial_core.synthetic.style import Style

WIDE_M = 9000.0  # side of a square beyond which a city has several centres
CENTRES_APART_M = 3300.0
EDGE = 0.52  # distance from its centre at which a wide city ends, as a share of its side
PAD_M = 220.0  # the city is generated this far beyond its square, so that edges are cut like anywhere else


@dataclass(frozen=True)
class Disc:
    """A place of one zone, with a ragged edge.

    Attributes:
        zone: Name of the zone.
        centre: Its centre [2].
        radius: Its mean radius, metres.
    """

    zone: str
    centre: Points
    radius: float


@dataclass(frozen=True)
class Terrain:
    """The ground a city stands on, in local metres (x to the east, y to the south, origin at the north-west corner).

    Attributes:
        seed: Seed of every choice.
        size: Side of the city's square, metres.
        style: The kind of city.
        maturity: 1 for a grown town; less puts its centre outside and a half-built district inside.
        sea: The sea, empty inland.
        river: The river.
        coast: The coast line [point, 2], none inland.
        river_line: The middle of the river [point, 2].
        seaward: Unit vector towards the sea; inland, down the river.
        shoreward: Unit vector along the coast.
        heading: Angle of ``seaward``.
        hand: On which side of the centre the river is not: 1 or -1.
        centre: The town's centre.
        subcentres: Centres of the other districts of a city of more than one town [centre, 2].
        discs: Places with a zone of their own.
        growth: Centre of the half-built district, none in a grown town.
    """

    seed: int
    size: float
    style: Style
    maturity: float
    sea: BaseGeometry
    river: BaseGeometry
    coast: Points | None
    river_line: Points
    seaward: Points
    shoreward: Points
    heading: float
    hand: float
    centre: Points
    subcentres: Points
    discs: tuple[Disc, ...]
    growth: Points | None

    @property
    def wide(self) -> bool:
        """Whether the city is wider than one town can fill: then it has several centres and a plain of districts between them."""
        return self.size > WIDE_M

    @cached_property
    def quarters(self) -> tuple[NDArray[np.float64], NDArray[np.str_]]:
        """East, south and radius of each disc [3, disc], metres, and its zone [disc]: a wide city asks for its zones often."""
        return (
            np.array([(*disc.centre, disc.radius) for disc in self.discs]).T.reshape(3, -1),
            np.array([disc.zone for disc in self.discs]),
        )

    @cached_property
    def lesser(self) -> NDArray[np.float64]:
        """How urban each lesser centre of a wide city is [centre]."""
        return 0.72 + 0.2 * noise_at(np.arange(len(self.subcentres)), 0.5, 1.0, self.seed + 6)

    @cached_property
    def water(self) -> BaseGeometry:
        """Sea and river together."""
        water = unary_union([self.sea, self.river])
        shapely.prepare(water)
        return water


def make_terrain(seed: int, style: Style, size: float, maturity: float) -> Terrain:
    """Coast, river, centres and zones of a city."""
    rng = np.random.default_rng([seed, 1])
    middle = np.full(2, size / 2)
    heading = float(rng.uniform(0, 2 * np.pi))
    if style.plan == "superblocks":  # the arterial roads run nearly north
        heading = round(heading / (np.pi / 2)) * np.pi / 2 + 0.03 * float(noise_at(seed, 0.0, 0.7, 3))
    seaward, shoreward = unit(heading), normal(unit(heading))
    coast, sea = _sea(middle, seaward, shoreward, size, seed) if style.sea else (None, Polygon())
    river_line, width, drift = _river(middle, seaward, shoreward, size, seed, rng, style)
    hand = -float(np.sign(drift))
    shift = (1 - maturity) * style.edge_m * rng.choice([-1.0, 1.0])
    centre = middle + seaward * (0.11 if style.sea else 0.02) * size + shoreward * (rng.uniform(-0.06, 0.06) * size + shift)
    growth = middle + shoreward * 0.12 * shift + rng.normal(0, 60, 2) if maturity < 1 else None
    subcentres = _subcentres(centre, size, seed) if size > WIDE_M else np.empty((0, 2))
    discs = list(_discs(centre, growth, seaward, shoreward, heading, hand, style, rng))
    for at in subcentres:  # each district has its own quarters, turned another way
        discs += _discs(at, None, seaward, shoreward, rng.uniform(0, 2 * np.pi), float(rng.choice([-1.0, 1.0])), style, rng)
    return Terrain(
        seed=seed,
        size=size,
        style=style,
        maturity=maturity,
        sea=sea,
        river=_ribbon(river_line, width),
        coast=coast,
        river_line=river_line,
        seaward=seaward,
        shoreward=shoreward,
        heading=heading,
        hand=hand,
        centre=centre,
        subcentres=subcentres,
        discs=tuple(discs),
        growth=growth,
    )


def _subcentres(centre: Points, size: float, seed: int) -> Points:
    """Places at least ``CENTRES_APART_M`` from each other and from the centre, well inside the city: as many as find room."""
    rng = np.random.default_rng([seed, 5])
    found = [centre]
    for place in rng.uniform(0.06 * size, 0.94 * size, (4000, 2)):
        if (
            np.hypot(*(place - centre)) < EDGE * size - 900
            and min(np.hypot(*(place - other)) for other in found) > CENTRES_APART_M
        ):
            found.append(place)
    return np.array(found[1:]).reshape(-1, 2)


def _sea(middle: Points, seaward: Points, shoreward: Points, size: float, seed: int) -> tuple[Points, Polygon]:
    s = np.arange(-1.3 * size - 600, 1.3 * size + 600, 12.0)
    zero = np.zeros_like(s)
    bays = 190 * noise_at(s, zero, 1100, seed + 1) + 70 * noise_at(s, zero, 320, seed + 2) + 14 * noise_at(s, zero, 70, seed + 3)
    coast = middle + s[:, None] * shoreward + (0.34 * size + bays)[:, None] * seaward
    return coast, Polygon(np.vstack([coast, coast[-1] + 2 * size * seaward, coast[0] + 2 * size * seaward])).buffer(0)


def _river(
    middle: Points, seaward: Points, shoreward: Points, size: float, seed: int, rng: np.random.Generator, style: Style
) -> tuple[Points, NDArray[np.float64], float]:
    """A meandering line from inland to the sea (or right across), its half width along it, and its mean side."""
    way = np.linspace(-1.1, 0.9 if style.sea else 1.1, 9)
    side = np.sign(rng.uniform(-1, 1))
    lateral = (style.river_side + 0.05 * np.sin(way * 2)) * size * side + rng.normal(0, 0.055 * size, 9)
    line = smooth(middle + way[:, None] * 0.6 * size * seaward + lateral[:, None] * shoreward, 500)
    broad = np.linspace(22, 46, 500) if style.sea else np.linspace(20, 28, 500)
    if style.river_half_m is not None:
        broad = np.linspace(*style.river_half_m, 500)
    return line, broad + 7 * noise_at(np.arange(500) * 9, np.zeros(500), 150, seed + 4), float(lateral.mean())


def _ribbon(line: Points, half_width: NDArray[np.float64]) -> BaseGeometry:
    tangent = np.gradient(line, axis=0)
    tangent /= np.hypot(*tangent.T)[:, None]
    aside = np.column_stack([-tangent[:, 1], tangent[:, 0]]) * half_width[:, None]
    pieces = [
        Polygon([*(line[i : i + 3] + aside[i : i + 3]), *(line[i : i + 3] - aside[i : i + 3])[::-1]]).buffer(0.5)
        for i in range(0, len(line) - 2, 2)
    ]
    return unary_union(pieces)


def _discs(
    centre: Points,
    growth: Points | None,
    seaward: Points,
    shoreward: Points,
    heading: float,
    hand: float,
    style: Style,
    rng: np.random.Generator,
) -> tuple[Disc, ...]:
    def off(distance: float, turn: float) -> Points:
        return centre + distance * unit(heading + turn)

    if style.places:
        discs = [Disc(zone, off(distance, turn * hand), radius) for zone, distance, turn, radius in style.places]
    else:
        discs = _districts(centre, seaward, shoreward, heading, hand, style)
    if growth is not None:
        turn = rng.uniform(0, 2 * np.pi)
        discs += [
            Disc("commercial", growth + 120 * unit(turn), 150.0),
            Disc("industrial", growth + 640 * unit(turn + 2.0), 260.0),
        ]
    return tuple(discs)


def _districts(centre: Points, seaward: Points, shoreward: Points, heading: float, hand: float, style: Style) -> list[Disc]:
    def off(distance: float, turn: float) -> Points:
        return centre + distance * unit(heading + turn)

    fun = centre + seaward * (900.0 if style.sea else 520.0) + shoreward * hand * 150.0
    return [
        Disc("entertainment", fun, 210.0),
        Disc("university", off(900, np.pi - 0.75 * hand), 270.0),
        Disc("central_park", off(520, np.pi + 0.5 * hand), 150.0),
        Disc("industrial", off(1250, -1.9 * hand), 430.0),
        Disc("industrial", off(1500, 2.6 * hand), 330.0),
        Disc("commercial", off(1180, 3.3), 230.0),
        Disc("commercial", off(820, 1.75 * hand), 150.0),
    ]
