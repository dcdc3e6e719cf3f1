"""The road network: streamlines of a field of directions, main roads first, spaced by zone.

A field of directions (district grids, a radial field at the centre, tangents of coast and river) has two families of
streamlines that cross at right angles. Lines start at random places far enough from others of their family, run until they come
too close to one, and end at their last junction.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from netspatial_core.synthetic import radial
from netspatial_core.synthetic.geometry import Points, polygons, smooth
from netspatial_core.synthetic.noise import grid_noise, noise_on
from netspatial_core.synthetic.railways import long_lines, station
from netspatial_core.synthetic.terrain import PAD_M, Terrain
from netspatial_core.synthetic.zones import urbanity, wall_radius, zones_at

CELL_M = 5.0  # resolution of the tracing rasters
STEP_M = 8.0  # length of a tracing step
INTERCHANGE_GAP_M = 900.0
MAX_STEPS = 560
STEEPEST_CROSSING = 0.72  # cosine of the angle between a bridge and its river, where a plan asks for square bridges
BUILT_AS = {"primary": "arterial", "secondary": "avenue", "motorway": "expressway"}  # what superblocks build
MAIN = ("primary", "secondary", "arterial", "avenue", "boulevard")
SHORTEST_M = {"primary": 250.0, "secondary": 250.0, "street": 60.0, "track": 240.0}
FAINT = 6.4  # radii after which an influence, e^-41, adds nothing to a double
Raster = NDArray[np.float32]


@dataclass(frozen=True)
class RoadClass:
    """How one class of road is built.

    Attributes:
        width: Carriageway, metres.
        pavement: Pavement on each side, metres.
        colour: Surface.
        rank: Order of drawing: higher lies on top; 4 and above are main roads.
    """

    width: float
    pavement: float
    colour: tuple[int, int, int]
    rank: int


ROAD_CLASSES = {
    "motorway": RoadClass(25, 0, (128, 128, 127), 6),
    "primary": RoadClass(15, 3.5, (120, 120, 121), 5),
    "secondary": RoadClass(11, 3, (126, 126, 126), 4),
    "street": RoadClass(7.5, 2, (134, 133, 131), 3),
    "alley": RoadClass(4.6, 0.6, (139, 137, 132), 2),
    "track": RoadClass(3.6, 0, (168, 160, 140), 1),
    "rail": RoadClass(11, 2, (125, 115, 104), 0),
    "ramp": RoadClass(6.5, 0, (130, 130, 129), 4),
    "roundabout": RoadClass(9, 2, (124, 124, 124), 7),
    "arterial": RoadClass(32, 8, (122, 122, 122), 5),
    "avenue": RoadClass(17, 5, (124, 124, 123), 4),
    "boulevard": RoadClass(23, 7, (124, 123, 121), 5),
    "lane": RoadClass(5.0, 1.0, (146, 141, 133), 3),
    "expressway": RoadClass(25.5, 0, (150, 149, 146), 8),
}


@dataclass(frozen=True)
class Road:
    """One road: its class and middle line."""

    kind: str
    line: LineString

    @property
    def built(self) -> RoadClass:
        """How its class is built."""
        return ROAD_CLASSES[self.kind]


def direction_field(terrain: Terrain, resolution: float = 10.0) -> NDArray[np.float64]:
    """Direction of the first family of streets [row, column], radians: the double-angle mean of all influences."""
    style, size, rng = terrain.style, terrain.size, np.random.default_rng([terrain.seed, 2])
    axis = np.arange(-PAD_M, size + PAD_M, resolution)
    east, south = np.meshgrid(axis, axis)
    cosine, sine = np.zeros_like(east), np.zeros_like(east)

    def influence(place: Points, theta: float | NDArray[np.float64], radius: float, weight: float) -> None:
        first, last = (np.searchsorted(axis, (place + k * FAINT * radius)) for k in (-1, 1))
        at = np.s_[first[1] : last[1], first[0] : last[0]]
        strength = weight * np.exp(-((east[at] - place[0]) ** 2 + (south[at] - place[1]) ** 2) / radius**2)
        turn = theta if isinstance(theta, float) else theta[at]
        cosine[at] += strength * np.cos(2 * turn)
        sine[at] += strength * np.sin(2 * turn)

    for grid_x in np.arange(0, size + 1, 620):  # districts, each with a grid of its own
        for grid_y in np.arange(0, size + 1, 620):
            place = np.array([grid_x + rng.uniform(-220, 220), grid_y + rng.uniform(-220, 220)])
            spread = style.disorder[0 if urbanity(terrain, *place) >= 0.5 else 1]
            bend = 0.5 * style.wobble * float(noise_on(place, 1500, terrain.seed + 5))
            influence(place, terrain.heading + rng.normal(0, spread) + bend, rng.uniform(240, 420), 1)
    winding: float | NDArray[np.float64] = 0.0
    if style.plan == "radial":
        outwards, winding = radial.directions(terrain, east, south)
        cosine, sine = cosine * 0.6 + outwards[0], sine * 0.6 + outwards[1]
    else:
        influence(terrain.centre, np.arctan2(south - terrain.centre[1], east - terrain.centre[0]), 620, style.radial)
    for edge, radius in ((terrain.coast, 170.0), (terrain.river_line, 130.0)):
        if edge is None:
            continue
        near = edge[((edge > -PAD_M) & (edge < size + PAD_M)).all(axis=1)][::8]
        for place, ahead in zip(near, np.diff(near, axis=0), strict=False):
            influence(place, float(np.arctan2(ahead[1], ahead[0])), radius, 0.45 * (1.0 if style.sea else 0.4))
    shape = east.shape
    wobble = 0.55 * grid_noise(-PAD_M, -PAD_M, shape[1], shape[0], resolution, 420, terrain.seed + 11)
    wobble = wobble + 0.26 * grid_noise(-PAD_M, -PAD_M, shape[1], shape[0], resolution, 170, terrain.seed + 12)
    bends = style.wobble * wobble * (urbanity(terrain, east, south) < 0.75)
    return np.arctan2(sine, cosine) / 2 + bends + winding


@dataclass
class Tracer:
    """The rasters that lines are traced on, and the lines so far."""

    terrain: Terrain
    cells: int
    theta: NDArray[np.float64]
    urban: Raster
    spacing: NDArray[np.float64]  # wanted distance between streets, metres
    sea: NDArray[np.uint8]
    river: NDArray[np.uint8]
    barrier: NDArray[np.uint8]  # 1 motorway, 2 railway
    crossed: NDArray[np.uint8]  # where a road runs already
    distance: list[Raster]  # to the nearest line of each family, metres
    families: tuple[list[Points], list[Points]] = field(default_factory=lambda: ([], []))
    bridges: list[Points] = field(default_factory=list)

    def pixel(self, points: Points) -> NDArray[np.int32]:
        """Raster columns and rows of points."""
        return np.round((np.asarray(points) + PAD_M) / CELL_M).astype(np.int32)

    def mask(self, geometry: BaseGeometry) -> NDArray[np.uint8]:
        """A raster of 1 inside a geometry."""
        raster = np.zeros((self.cells, self.cells), np.uint8)
        for part in polygons(geometry):
            cv2.fillPoly(raster, [self.pixel(shapely.get_coordinates(part.exterior))], 1)
        return raster

    def forget(self) -> None:
        """Start the distances of both families anew from the lines so far."""
        self.distance = [np.full((self.cells, self.cells), 1e9, np.float32) for _ in range(2)]
        for family in range(2):
            for line in self.families[family]:
                self.enter(family, line)

    def enter(self, family: int, line: Points) -> None:
        """Take a line into its family's distances, inside a window around it."""
        at = self.pixel(line)
        x0, y0 = np.maximum(at.min(axis=0) - 90, 0)
        x1, y1 = at.max(axis=0) + 90
        window = self.distance[family][y0:y1, x0:x1]
        ground = np.ones(window.shape, np.uint8)
        cv2.polylines(ground, [at - (x0, y0)], False, (0,), 1)
        np.minimum(window, cv2.distanceTransform(ground, cv2.DIST_L2, 3) * CELL_M, out=window)
        cv2.polylines(self.crossed, [at], False, (1,), 2)

    def arm(
        self, start: Points, family: int, sign: int, kind: str, gap: NDArray[np.float64], floor: float
    ) -> tuple[list[tuple[float, float]], int]:
        """Trace one way from a start: the points, and how many of them lead to the last junction (0: none)."""
        x, y = float(start[0]), float(start[1])
        points: list[tuple[float, float]] = []
        last, dx, dy, wet_before = 0, 0.0, 0.0, False
        while len(points) < MAX_STEPS:
            column, row = int((x + PAD_M) / CELL_M), int((y + PAD_M) / CELL_M)
            if not (0 <= column < self.cells and 0 <= row < self.cells):
                return points, len(points)
            if (
                self.sea[row, column]
                or self.distance[family][row, column] < 0.52 * gap[row, column]
                or self.urban[row, column] < floor
            ):
                break
            wet, barred = bool(self.river[row, column]), bool(self.barrier[row, column])
            if (wet or barred) and kind == "street":
                break
            if wet and not wet_before:
                if any(np.hypot(x - b[0], y - b[1]) < self.terrain.style.bridge_gap_m for b in self.bridges):
                    break
                if self.terrain.style.plan != "districts" and self._askew(x, y, dx, dy):
                    break
            wet_before = wet
            if self.crossed[row, column]:
                last = len(points) + 1
            theta = self.theta[row, column] + family * np.pi / 2
            ex, ey = float(np.cos(theta)), float(np.sin(theta))
            if not points:
                dx, dy = ex * sign, ey * sign
            if ex * dx + ey * dy < 0:
                ex, ey = -ex, -ey
            turn = 0.0 if (wet or barred) else 0.45  # straight over water and motorway
            dx, dy = dx + (ex - dx) * turn, dy + (ey - dy) * turn
            norm = (dx * dx + dy * dy) ** 0.5
            dx, dy = dx / norm, dy / norm
            points.append((x, y))
            x, y = x + STEP_M * dx, y + STEP_M * dy
        return points, last

    def _askew(self, x: float, y: float, dx: float, dy: float) -> bool:
        """Whether a road of this direction would cross the river aslant."""
        river = self.terrain.river_line
        at = int(np.clip(np.argmin(np.hypot(river[:, 0] - x, river[:, 1] - y)), 1, len(river) - 2))
        flow = river[at + 1] - river[at - 1]
        return abs(float(flow[0] * dx + flow[1] * dy)) / max(1e-9, float(np.hypot(*flow))) > STEEPEST_CROSSING

    def note_bridges(self, line: Points) -> None:
        """Remember where a main road crosses the river."""
        at = np.clip(self.pixel(line), 0, self.cells - 1)
        wet = self.river[at[:, 1], at[:, 0]] > 0
        for run in np.split(np.arange(len(line)), np.flatnonzero(np.diff(wet.astype(int))) + 1):
            if len(run) and wet[run[0]]:
                self.bridges.append(line[run].mean(axis=0))


def make_roads(terrain: Terrain) -> list[Road]:
    """All roads of a city but the alleys, which the blocks add."""
    tracer = _tracer(terrain)
    rng = np.random.default_rng([terrain.seed, 3])
    plan = terrain.style.plan
    motorway, railway = long_lines(terrain)
    lines: list[tuple[str, Points]] = [("motorway", motorway), ("rail", railway)]
    tracks = tracer.mask(LineString(railway).buffer(9)) * 2
    tracer.barrier |= tracks if plan == "superblocks" else tracer.mask(LineString(motorway).buffer(26)) | tracks
    for line in (motorway, railway):
        tracer.note_bridges(line)
    if plan == "radial":
        for kind, family, line in radial.main_lines(terrain):
            lines.append((kind, line))
            tracer.families[family].append(line)
            tracer.note_bridges(line)
    lines += _promenades(tracer)
    scale = (terrain.size / 3000) ** 2
    for kind, tries, floor in (("primary", 60, -9.0), ("secondary", 300, -0.12), ("street", 9000, -9.0)):
        if kind == "primary" and plan == "radial":
            continue  # its avenues are laid already
        gap = {"primary": 760.0, "secondary": 330.0}.get(kind, 0.0) * terrain.style.gap
        wanted = tracer.spacing if kind == "street" else np.full_like(tracer.spacing, gap)
        tracer.forget()
        starts = rng.uniform(0, terrain.size, (max(1, int(tries * scale)), 2))
        if kind == "primary":
            middle = terrain.centre + 110 * terrain.shoreward - 60 * terrain.seaward
            starts[0] = middle if (middle >= 0).all() and (middle < terrain.size).all() else starts[0]
        for start in starts:
            for family in rng.permutation(2):
                grown = _grow(tracer, start, int(family), kind, wanted, floor, rng)
                if grown is not None:
                    lines.append((_kind(tracer, kind, grown), grown))
    roads = [
        Road(_built_as(terrain, kind, line), LineString(shapely.get_coordinates(LineString(line).simplify(0.4))))
        for kind, line in lines
    ]
    return roads + _ramps(roads) + _roundabouts(roads, tracer, rng)


def _tracer(terrain: Terrain) -> Tracer:
    cells = int((terrain.size + 2 * PAD_M) / CELL_M)
    theta = np.repeat(np.repeat(direction_field(terrain), 2, 0), 2, 1)[:cells, :cells]
    axis = np.arange(cells) * CELL_M - PAD_M
    coarse = np.meshgrid(axis[::4], axis[::4])
    urban = cv2.resize(urbanity(terrain, *coarse).astype(np.float32), (cells, cells))
    zones = zones_at(terrain, *np.meshgrid(axis[::16], axis[::16]))
    gaps = terrain.style.gaps
    spacing = np.vectorize(gaps.__getitem__, otypes=[float])(zones)
    spacing = np.repeat(np.repeat(spacing, 16, 0), 16, 1)[:cells, :cells] * terrain.style.gap
    uneven = cv2.resize(grid_noise(-PAD_M, -PAD_M, cells // 4, cells // 4, 20, 350, terrain.seed + 13), (cells, cells))
    empty = np.zeros((cells, cells), np.uint8)
    tracer = Tracer(
        terrain,
        cells,
        theta,
        np.asarray(urban, np.float32),
        spacing * (1 + 0.25 * uneven),
        empty,
        empty,
        empty.copy(),
        empty.copy(),
        [],
    )
    tracer.sea, tracer.river = tracer.mask(terrain.sea.buffer(14)), tracer.mask(terrain.river.buffer(10))
    stop = station(terrain)
    if stop is not None:  # no road enters a station
        tracer.sea |= tracer.mask(stop.yard.buffer(6))
    return tracer


def _promenades(tracer: Tracer) -> list[tuple[str, Points]]:
    """Roads along the water, inside the town; each joins the family it runs with."""
    terrain, found = tracer.terrain, []
    for geometry, offset, kind in ((terrain.sea, 48.0, "secondary"), (terrain.river, 30.0, "street")):
        if geometry.is_empty:
            continue
        edge = geometry.buffer(offset).boundary
        for part in getattr(edge, "geoms", [edge]):
            line = shapely.get_coordinates(part.simplify(3).segmentize(8))
            at = tracer.pixel(line)
            dry: NDArray[np.bool_] = np.all((at > 1) & (at < tracer.cells - 1), axis=1)
            column, row = at[dry].T
            dry[dry] = (tracer.urban[row, column] > 0.16) & (tracer.sea[row, column] == 0) & (tracer.river[row, column] == 0)
            for run in np.split(np.arange(len(line)), np.flatnonzero(np.diff(dry.astype(int))) + 1):
                if not len(run) or not dry[run[0]] or len(run) <= 12:
                    continue
                step = np.diff(line[run], axis=0)
                theta = tracer.theta[at[run[:-1], 1], at[run[:-1], 0]]
                family = int(np.mean(np.cos(2 * (np.arctan2(step[:, 1], step[:, 0]) - theta))) < 0)
                found.append((kind, line[run]))
                tracer.families[family].append(line[run])
    return found


def _grow(
    tracer: Tracer, start: Points, family: int, kind: str, gap: NDArray[np.float64], floor: float, rng: np.random.Generator
) -> Points | None:
    """A new line of a family through a start, None where there is no room for one."""
    column, row = int((start[0] + PAD_M) / CELL_M), int((start[1] + PAD_M) / CELL_M)
    taken = tracer.sea[row, column] or tracer.river[row, column] or tracer.barrier[row, column]
    if taken or tracer.urban[row, column] < floor or tracer.distance[family][row, column] < 0.92 * gap[row, column]:
        return None
    arms = []
    for sign in (1, -1):
        points, last = tracer.arm(start, family, sign, kind, gap, floor)
        if last and (kind != "street" or len(points) - last < 4 or rng.random() < 0.75):
            points = points[:last]  # end at the last junction, else stay a dead end
        arms.append(points)
    line = np.array(arms[1][:0:-1] + arms[0])
    if len(line) == 0 or len(line) * STEP_M < SHORTEST_M[_kind(tracer, kind, line)]:
        return None
    tracer.families[family].append(line)
    tracer.enter(family, line)
    if kind != "street":
        tracer.note_bridges(line)
    return line


def _kind(tracer: Tracer, kind: str, line: Points) -> str:
    """Streets in the open country are tracks."""
    if kind != "street":
        return kind
    at = np.clip(tracer.pixel(line), 0, tracer.cells - 1)
    return "track" if float(np.median(tracer.urban[at[:, 1], at[:, 0]])) < -0.02 else "street"


def _built_as(terrain: Terrain, kind: str, line: Points) -> str:
    """How a traced line is built: superblocks build wider, and streets within an old wall are lanes."""
    if terrain.style.plan == "superblocks":
        return BUILT_AS.get(kind, kind)
    if terrain.style.plan == "radial" and kind == "street":
        dx, dy = (line[len(line) // 2] - terrain.centre).tolist()
        return "lane" if float(np.hypot(dx, dy)) < float(wall_radius(terrain.seed, np.arctan2(dy, dx))) else "street"
    return kind


def _ramps(roads: list[Road]) -> list[Road]:
    """Interchanges: four ramps where a primary road crosses the motorway, at least 900 m apart."""
    if roads[0].kind != "motorway":
        return []
    motorway, ramps, last = roads[0].line, [], -1e9
    for road in roads:
        if road.kind != "primary" or not road.line.intersects(motorway):
            continue
        crossing = shapely.get_coordinates(road.line.intersection(motorway))[0]
        here, there = motorway.project(Point(crossing)), road.line.project(Point(crossing))
        if abs(here - last) < INTERCHANGE_GAP_M:
            continue
        last = here
        for ahead in (-1, 1):
            for aside in (-1, 1):
                begin, leave = (np.array(motorway.interpolate(here + ahead * d).coords[0]) for d in (330, 110))
                end = np.array(road.line.interpolate(there + aside * 75).coords[0])
                out = end - crossing
                out /= max(1, np.hypot(*out))
                ramps.append(
                    Road("ramp", LineString(smooth([begin + out * 13, leave + out * 24, (leave + end) / 2 + out * 4, end], 40)))
                )
    return ramps


def _roundabouts(roads: list[Road], tracer: Tracer, rng: np.random.Generator) -> list[Road]:
    """Roundabouts at some crossings of main roads, at least 90 m apart, none on a bridge."""
    main = [road.line for road in roads if road.kind in ("primary", "secondary")]
    centres: list[Points] = []
    for i, line in enumerate(main):
        for other in main[i + 1 :]:
            for place in shapely.get_coordinates(line.intersection(other)) if line.intersects(other) else []:
                column, row = np.clip(tracer.pixel(place), 0, tracer.cells - 1)
                free = not tracer.barrier[row, column] and not tracer.river[row, column]
                if rng.random() < 0.4 and free and all(np.hypot(*(place - c)) > 90 for c in centres):
                    centres.append(place)
    return [Road("roundabout", LineString(Point(c).buffer(12.5).exterior)) for c in centres]
