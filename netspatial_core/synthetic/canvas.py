"""The drawing list: what one part of a city contributes to the picture and to the records.

Everything drawable is a primitive with a colour, a height and a texture; the renderer draws those that touch a tile, so memory
depends on the tile and not on the city.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from netspatial_core.synthetic.geometry import Points, polygons, scatter
from netspatial_core.synthetic.materials import CAR_SHARES, CARS, LORRIES, TEXTURE_ID, Rgb, pick, vary

STROKE = -1  # texture of a line
VEHICLES = ((4.4, 1.85, 1.5), (9.5, 2.5, 3.3), (11.5, 2.6, 3.2))  # length, width, height of a car, a lorry, a bus
FLOOR_M = {
    "industrial": 6.0, "retail": 6.0, "supermarket": 6.0, "stadium": 6.0,
    "mall": 5.5, "station": 9.0, "shops": 4.2, "church": 12.0,
}  # fmt: skip


class Ground(NamedTuple):
    """A flat polygon or a line.

    Attributes:
        ring: Outline, or the line's points [point, 2].
        holes: Holes of the polygon.
        colour: Red, green, blue.
        height: Metres above ground.
        texture: Index of the texture, ``STROKE`` for a line.
        turn: Direction of its stripes, radians; a line's width, metres.
    """

    ring: Points
    holes: tuple[Points, ...]
    colour: Rgb
    height: float
    texture: int
    turn: float


class Solid(NamedTuple):
    """A raised polygon: a roof facet, a boat, a container.

    Attributes:
        ring: Outline [point, 2].
        wall: Colour of the walls below it, None for a facet that stands on another.
        colour: Red, green, blue.
        height: Metres above ground.
        texture: Index of the texture.
        turn: Direction of its stripes, radians.
    """

    ring: Points
    wall: Rgb | None
    colour: Rgb
    height: float
    texture: int
    turn: float


@dataclass(frozen=True)
class Building:
    """The record of a building.

    Attributes:
        ring: Footprint [point, 2], local metres.
        height: Metres.
        use: What it is used for.
        roof: Kind of roof.
        area: Footprint, m2.
        centre: Centroid [2].
    """

    ring: Points
    height: float
    use: str
    roof: str
    area: float
    centre: Points

    @property
    def levels(self) -> int:
        """Number of storeys."""
        return max(1, round(self.height / FLOOR_M.get(self.use, 3.1)))

    @property
    def floor_m2(self) -> float:
        """Floor of all storeys, m2."""
        return self.area * self.levels


class Area(NamedTuple):
    """A named piece of ground.

    Its kind is ``park``, ``wood``, ``field``, ``water``, ``pitch``, ``garden``, ``allotments``, ``car_park`` or ``site`` (not
    built yet).
    """

    kind: str
    polygon: Polygon


@dataclass
class Canvas:
    """What a block or the streets contribute, in drawing order."""

    ground: list[Ground] = field(default_factory=list)
    solid: list[Solid] = field(default_factory=list)
    trees: list[tuple[float, float, float, float, float]] = field(default_factory=list)  # x, y, radius, height, kind
    cars: list[tuple[float, ...]] = field(default_factory=list)  # x, y, direction, length, width, height, red, green, blue
    buildings: list[Building] = field(default_factory=list)
    areas: list[Area] = field(default_factory=list)

    def paint(
        self, geometry: BaseGeometry, colour: ArrayLike, texture: str = "plain", turn: float = 0.0, height: float = 0.0
    ) -> None:
        """A flat polygon (or several)."""
        rgb = np.asarray(colour, float)
        for part in polygons(geometry):
            if part.area > 0.5:
                holes = tuple(shapely.get_coordinates(hole) for hole in part.interiors)
                self.ground.append(Ground(outline(part), holes, rgb, height, TEXTURE_ID[texture], turn))

    def stroke(self, points: ArrayLike, colour: ArrayLike, width: float = 0.6) -> None:
        """A painted line."""
        self.ground.append(Ground(np.asarray(points, float), (), np.asarray(colour, float), 0.0, STROKE, width))

    def roof(
        self,
        geometry: BaseGeometry,
        colour: ArrayLike,
        height: float,
        texture: str = "flat",
        turn: float = 0.0,
        wall: Rgb | None = None,
    ) -> None:
        """A raised polygon (or several)."""
        rgb = np.minimum(np.maximum(np.asarray(colour, float), 0), 255)
        for part in polygons(geometry):
            if part.area > 0.3:
                self.solid.append(Solid(outline(part), wall, rgb, float(height), TEXTURE_ID[texture], turn))

    def record(self, footprint: Polygon, height: float, use: str, roof: str) -> None:
        """Note a building."""
        centre = shapely.get_coordinates(footprint.centroid)[0]
        self.buildings.append(Building(outline(footprint), float(height), use, roof, footprint.area, centre))

    def mark(self, kind: str, geometry: BaseGeometry) -> None:
        """Note an area."""
        self.areas.extend(Area(kind, part) for part in polygons(geometry) if part.area > 100)

    def tree(self, place: Points, rng: np.random.Generator, radius: float | None = None, kind: int = 0) -> None:
        """A tree; kind 1 is darker."""
        crown = radius or rng.uniform(1.6, 4.2)
        self.trees.append((float(place[0]), float(place[1]), crown, crown * rng.uniform(1.6, 2.3), kind))

    def plant(self, geometry: BaseGeometry, per_m2: float, rng: np.random.Generator, low: float = 1.6, high: float = 4.2) -> None:
        """A tree about every ``per_m2`` square metres."""
        for place in scatter(geometry, geometry.area / per_m2, rng):
            self.tree(place, rng, rng.uniform(low, high))

    def car(self, place: Points, turn: float, rng: np.random.Generator, kind: int = 0, deck: float = 0.0) -> None:
        """A vehicle: 0 a car, 1 a lorry, 2 a bus; ``deck`` is the height of the road above ground, metres."""
        colour = CARS[rng.choice(10, p=CAR_SHARES)] if kind == 0 else vary(rng, pick(rng, LORRIES), 8)
        self.cars.append(
            (float(place[0]), float(place[1]), turn, *VEHICLES[kind][:2], VEHICLES[kind][2] + deck, *map(float, colour))
        )


def outline(polygon: Polygon) -> Points:
    """The outer ring of a polygon [point, 2], its first point again at the end."""
    return np.asarray(shapely.get_coordinates(shapely.get_exterior_ring(polygon)), dtype=np.float64)


def stack(rows: list[tuple[float, ...]], width: int) -> NDArray[np.float64]:
    """Rows as an array [row, width], also when there are none."""
    return np.array(rows, dtype=np.float64).reshape(-1, width)
