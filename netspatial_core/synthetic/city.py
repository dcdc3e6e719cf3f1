"""A city from a seed and a style: its ground, roads, blocks, drawing list and records, placed on the globe."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry import Polygon, box

from netspatial_core.area import MARGIN_M, StudyArea, utm_epsg
from netspatial_core.errors import InputError
from netspatial_core.synthetic.blocks import make_blocks
from netspatial_core.synthetic.canvas import Area, Building, Canvas, Ground, Solid, stack
from netspatial_core.synthetic.fill import fill_block
from netspatial_core.synthetic.geometry import Points, polygons
from netspatial_core.synthetic.roads import Road, make_roads
from netspatial_core.synthetic.streets import draw_streets
from netspatial_core.synthetic.style import Style, get_style
from netspatial_core.synthetic.terrain import PAD_M, Terrain, make_terrain
from netspatial_core.synthetic.workers import forked_map

VERSION = "3"  # of the city's rules: results of different versions are never compared
SIZE_M = (400.0, 24000.0)
SLOT_M = 6000.0  # cities of neighbouring seeds lie this far apart; wide ones lie over others' slots

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Outline:
    """What is decided of a city before any block is filled.

    Local metres: x to the east, y to the south, origin at the north-west corner of its square.

    Attributes:
        seed: Seed of every choice.
        style: The kind of city.
        size_m: Side of its square, metres.
        maturity: 1 for a grown town, less for an emerging district at its edge.
        terrain: Water and zones.
        roads: All roads.
        blocks: Ground between them.
        epsg: UTM zone it is placed in.
        west: Easting of its west edge, metres.
        north: Northing of its north edge, metres.
    """

    seed: int
    style: Style
    size_m: float
    maturity: float
    terrain: Terrain
    roads: tuple[Road, ...]
    blocks: tuple[Polygon, ...]
    epsg: int
    west: float
    north: float

    @property
    def name(self) -> str:
        """Style and seed."""
        return f"{self.style.name}-{self.seed}"

    def to_world(self, local: Points) -> Points:
        """Local [..., 2] to projected (east, north) [..., 2], metres."""
        return np.stack([self.west + local[..., 0], self.north - local[..., 1]], axis=-1)

    def to_local(self, world: Points) -> Points:
        """Projected (east, north) [..., 2] to local [..., 2], metres."""
        return np.stack([world[..., 0] - self.west, self.north - world[..., 1]], axis=-1)

    def study_area(self, cell_m: float = 100.0) -> StudyArea:
        """The square of whole cells inside the city that leaves the context margin on all sides.

        Raises:
            InputError: The city is too small for one cell.
        """
        count = int((self.size_m - 2 * MARGIN_M) // cell_m)
        if count < 1:
            raise InputError(f"A city of {self.size_m:g} m has no room for a study area.", "Make it at least 1.5 km wide.")
        side = count * cell_m
        border = (self.size_m - side) / 2
        return StudyArea(self.name, self.epsg, self.west + border, self.north - self.size_m + border, side, cell_m)


@dataclass(frozen=True)
class City(Outline):
    """A city with its records and its drawing list.

    Attributes:
        buildings: Their records.
        areas: Water, parks, woods, fields, pitches, gardens, allotments, car parks, sites.
        ground: Flat primitives in drawing order; none where the picture was written sheet by sheet.
        solid: Raised primitives, lowest first.
        trees: x, y, radius, height, kind [tree, 5], lowest first.
        cars: x, y, direction, length, width, height, red, green, blue [car, 9].
    """

    buildings: tuple[Building, ...]
    areas: tuple[Area, ...]
    ground: tuple[Ground, ...]
    solid: tuple[Solid, ...]
    trees: NDArray[np.float64]
    cars: NDArray[np.float64]

    @cached_property
    def ground_boxes(self) -> NDArray[np.float64]:
        """x0, y0, x1, y1 of each flat primitive [primitive, 4]."""
        return boxes([item.ring for item in self.ground])

    @cached_property
    def solid_boxes(self) -> NDArray[np.float64]:
        """x0, y0, x1, y1 of each raised primitive [primitive, 4]."""
        return boxes([item.ring for item in self.solid])


def generate(
    seed: int,
    style: str = "harbour",
    size_m: float = 4000.0,
    *,
    maturity: float = 1.0,
    workers: int = 2,
    on_progress: Progress | None = None,
) -> City:
    """A city; the same seed, style, size and maturity give the same city on every run and with any number of workers.

    Args:
        seed: Seed of every choice, not negative.
        style: Name of a style.
        size_m: Side of the square, metres.
        maturity: 1 for a grown town; towards 0 its centre moves out of the square and a half-built district into it.
        workers: Processes used.
        on_progress: Called with the share done and what is being done.

    Raises:
        InputError: An unknown style, or a number out of range.
    """
    tell = on_progress or (lambda _share, _what: None)
    outline = make_outline(seed, style, size_m, maturity=maturity, on_progress=lambda share, what: tell(0.3 * share, what))
    tell(0.3, "buildings")
    parts: list[Canvas] = []
    jobs = [-1, *range(len(outline.blocks))]
    for part in forked_map(_draw_part, outline, jobs, workers=workers, chunk=8):
        parts.append(part)
        if len(parts) % 100 == 0:
            tell(0.3 + 0.7 * len(parts) / len(jobs), "buildings")
    return assemble(outline, parts)


def make_outline(seed: int, style: str, size_m: float, *, maturity: float = 1.0, on_progress: Progress | None = None) -> Outline:
    """The ground, roads and blocks of a city; see ``generate``.

    Raises:
        InputError: An unknown style, or a number out of range.
    """
    if seed < 0 or not SIZE_M[0] <= size_m <= SIZE_M[1] or not 0 <= maturity <= 1:
        raise InputError(
            f"A city of seed {seed}, {size_m:g} m and maturity {maturity:g} cannot be made.",
            f"Choose a seed from 0, a side of {SIZE_M[0]:g} to {SIZE_M[1]:g} m and a maturity from 0 to 1.",
        )
    tell = on_progress or (lambda _share, _what: None)
    kind = get_style(style)
    terrain = make_terrain(seed, kind, size_m, maturity)
    tell(0.17, "roads")
    roads = make_roads(terrain)
    tell(0.67, "blocks")
    blocks, alleys = make_blocks(terrain, roads)
    epsg, west, north = _place(seed, kind, size_m)
    return Outline(seed, kind, size_m, maturity, terrain, (*roads, *alleys), tuple(blocks), epsg, west, north)


def assemble(outline: Outline, parts: Sequence[Canvas]) -> City:
    """A city, or the piece of one that some canvases draw: the streets first, then blocks by their number."""
    square = box(-PAD_M, -PAD_M, outline.size_m + PAD_M, outline.size_m + PAD_M)
    trees = stack([tree for part in parts for tree in part.trees], 5)
    return City(
        **{field.name: getattr(outline, field.name) for field in fields(Outline)},
        buildings=tuple(building for part in parts for building in part.buildings),
        areas=tuple(
            Area(area.kind, piece)
            for part in parts
            for area in part.areas
            for piece in polygons(area.polygon.intersection(square))
        ),
        ground=tuple(item for part in parts for item in part.ground),
        solid=tuple(sorted((item for part in parts for item in part.solid), key=lambda item: item.height)),
        trees=trees[np.argsort(trees[:, 3], kind="stable")],
        cars=stack([car for part in parts for car in part.cars], 9),
    )


def _draw_part(outline: Outline, number: int) -> Canvas:
    """The streets (-1) or a block: roads are drawn over water and under the blocks."""
    terrain = outline.terrain
    return draw_streets(terrain, list(outline.roads)) if number < 0 else fill_block(terrain, outline.blocks[number], number)


def _place(seed: int, style: Style, size: float) -> tuple[int, float, float]:
    """UTM zone, west and north edge: around the style's centre, each seed in a slot of its own."""
    epsg = utm_epsg(*style.centre)
    east, north = Transformer.from_crs("EPSG:4326", f"EPSG:{epsg}", always_xy=True).transform(*style.centre)
    column, row = seed % 7 - 3, seed // 7 % 7 - 3
    return epsg, round(east) + column * SLOT_M - size / 2, round(north) + row * SLOT_M + size / 2


def boxes(rings: Sequence[Points]) -> NDArray[np.float64]:
    """x0, y0, x1, y1 of rings [ring, 4]."""
    return np.array([[*ring.min(axis=0), *ring.max(axis=0)] for ring in rings]).reshape(-1, 4)
