"""Motorway, railway and the station on it: the long lines that everything else keeps clear of."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from netspatial_core.synthetic.geometry import Points, normal, rectangle, smooth, unit
from netspatial_core.synthetic.radial import terminus_direction
from netspatial_core.synthetic.terrain import Terrain
from netspatial_core.synthetic.zones import wall_radius


@dataclass(frozen=True)
class Station:
    """A railway station.

    Attributes:
        head: Middle of the platforms' end towards the town, or of the platforms where trains run through [2].
        along: Unit vector along the tracks, away from the town's gate [2].
        length: Of the platforms, metres.
        tracks: How many.
        terminus: Whether the tracks end here.
    """

    head: Points
    along: Points
    length: float
    tracks: int
    terminus: bool

    @property
    def width(self) -> float:
        """Across tracks and platforms, metres."""
        return self.tracks * 7.5 + 12

    @property
    def yard(self) -> BaseGeometry:
        """The ground it takes: hall, platforms and the throat where tracks join."""
        side = normal(self.along)
        if not self.terminus:
            body = rectangle(self.head, self.along, self.length + 40, self.width + 8)
            return body.union(rectangle(self.head + side * (self.width / 2 + 44), self.along, 170, 92))
        start, end = self.head - self.along * 78, self.head + self.along * (self.length + 15)
        tip, half = self.head + self.along * (self.length + 190), self.width / 2 + 5
        return Polygon(
            [start + side * half, end + side * half, tip + side * 9, tip - side * 9, end - side * half, start - side * half]
        )


def station(terrain: Terrain) -> Station | None:
    """The main station of a city; the plan of ``districts`` has none."""
    if terrain.style.plan == "radial":
        turn = terminus_direction(terrain)
        out = unit(turn)
        return Station(terrain.centre + (float(wall_radius(terrain.seed, turn)) + 175) * out, out, 210.0, 8, terminus=True)
    if terrain.style.plan == "superblocks":
        railway = long_lines(terrain)[1]
        wet = shapely.distance(terrain.river, shapely.points(railway)) < 290
        at = int(np.argmin(np.hypot(*(railway - (terrain.centre - 700 * terrain.seaward)).T) + 1e5 * wet))
        ahead = railway[at + 1] - railway[at - 1]
        along = ahead / np.hypot(*ahead)
        if (terrain.centre - railway[at]) @ normal(along) < 0:  # the hall faces the town
            along = -along
        return Station(railway[at], along, 320.0, 6, terminus=False)
    return None


def long_lines(terrain: Terrain) -> tuple[Points, Points]:
    """Motorway and railway: smooth curves that pass the centre at a distance; a terminus ends the railway of a radial city."""
    far = terrain.size * 0.9 + abs(float((terrain.centre - terrain.size / 2) @ terrain.shoreward))

    def place(out: float, aside: float) -> Points:
        return terrain.centre + terrain.seaward * out + terrain.shoreward * aside * terrain.hand

    ways: dict[str, tuple[list[tuple[float, float]], list[tuple[float, float]]]] = {
        "districts": (
            [(-1150, -far - 300), (-1010, -900), (-860, -200), (-960, 500), (-800, 1150), (-560, far + 300)],
            [(-900, -far - 300), (-560, -900), (-430, -250), (-480, 380), (-640, 1000), (-700, far + 400)],
        ),
        "superblocks": (
            [(430, -far - 300), (400, -1100), (445, -300), (452, 500), (400, 1200), (470, far + 300)],
            [(-820, -far - 300), (-730, -900), (-700, -250), (-704, 380), (-760, 1000), (-900, far + 400)],
        ),
        "radial": (
            [(-2600, -far - 300), (-1900, -1000), (-1580, -300), (-1560, 500), (-1800, 1250), (-2500, far + 300)],
            [],
        ),
    }
    motorway, railway = ways[terrain.style.plan]
    return smooth([place(*at) for at in motorway], 300), (
        _into_terminus(terrain) if terrain.style.plan == "radial" else smooth([place(*at) for at in railway], 300)
    )


def _into_terminus(terrain: Terrain) -> NDArray[np.float64]:
    """From the end of the terminus' throat outwards, bending away."""
    stop = station(terrain)
    assert stop is not None
    begin = stop.head + stop.along * (stop.length + 170)
    bend = np.random.default_rng([terrain.seed, 36]).choice([-1.0, 1.0]) * normal(stop.along)
    knots = [0.0, 220.0, 700.0, 1600.0, terrain.size + 2600.0]
    return smooth([begin + stop.along * d + bend * (d / 1500) ** 2 * 420 for d in knots], 300)
