"""Streets as primitives: pavements, carriageways, bridges, markings, rails, vehicles and avenue trees."""

from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from netspatial_core.synthetic.canvas import Canvas
from netspatial_core.synthetic.geometry import Points, Rng, along, rectangle, scatter, unit
from netspatial_core.synthetic.materials import vary
from netspatial_core.synthetic.noise import noise_on
from netspatial_core.synthetic.railways import station
from netspatial_core.synthetic.roads import MAIN, Road
from netspatial_core.synthetic.station_yard import draw_station
from netspatial_core.synthetic.terrain import Terrain
from netspatial_core.synthetic.waterfront import draw_waterfront
from netspatial_core.synthetic.zones import urbanity

TRAFFIC_STEP_M = {
    "motorway": 38.0, "primary": 30.0, "secondary": 42.0, "street": 11.0, "arterial": 17.0, "avenue": 22.0, "boulevard": 24.0,
    "lane": 34.0, "expressway": 30.0,
}  # fmt: skip
LANES = {
    "motorway": (3.5, 6.7, 9.9), "expressway": (2.4, 5.7, 9.0), "arterial": (3.2, 6.3, 9.4), "avenue": (2.3, 5.4),
    "boulevard": (4.6, 7.6),
}  # fmt: skip
DECK_M = 11.0  # of an elevated expressway above ground
# Rows of trees along a road: distance from its middle, and between trees, metres.
TREE_ROWS = {
    "arterial": ((0.0, 6.0), (12.4, 7.0), (19.2, 7.5)), "avenue": ((10.3, 7.5),), "boulevard": ((2.1, 8.0), (14.6, 9.0)),
    "primary": ((9.4, 10.0),), "secondary": ((7.1, 11.0),),
}  # fmt: skip
PLANTED = {"arterial": 3.0, "boulevard": 6.4}  # width of the green strip in the middle, metres


def draw_streets(terrain: Terrain, roads: list[Road]) -> Canvas:
    """Water and everything on the roads, low classes first."""
    canvas, rng = Canvas(), np.random.default_rng([terrain.seed, 11])
    draw_waterfront(canvas, terrain, rng)
    order = sorted(roads, key=lambda road: road.built.rank)
    main = unary_union([road.line.buffer(road.built.width / 2 + 1) for road in roads if road.built.rank >= 4])
    shapely.prepare(main)
    crossings = unary_union(
        [] if terrain.style.plan == "districts" else [place.buffer(radius + 7) for place, radius, _, _ in _meetings(roads)]
    )
    wet = terrain.water.buffer(4)
    shapely.prepare([crossings, wet])
    for road in order:
        _bed(canvas, terrain, road)
    for road in order:
        _carriageway(canvas, terrain, road, rng)
    for road in order:
        _markings(canvas, road)
        if road.kind == "roundabout":
            _island(canvas, terrain, road, rng)
        if road.kind in TRAFFIC_STEP_M:
            _vehicles(canvas, terrain, road, rng)
        if road.kind in TREE_ROWS and terrain.style.plan != "districts":
            _rows(canvas, wet, road, crossings, rng)
        elif road.kind in ("primary", "secondary"):
            _avenue(canvas, terrain, road, main, rng)
    if terrain.style.plan != "districts":
        _finish(canvas, terrain, order, rng)
    return canvas


def _island(canvas: Canvas, terrain: Terrain, road: Road, rng: Rng) -> None:
    island = Polygon(road.line.coords)
    canvas.paint(island.buffer(-4.5), vary(rng, terrain.style.grass[0]), "grass")
    for place in scatter(island.buffer(-6), 4, rng):
        canvas.tree(place, rng)


def _finish(canvas: Canvas, terrain: Terrain, roads: list[Road], rng: Rng) -> None:
    """Junctions, decks and the station, over everything else."""
    _junctions(canvas, roads)
    for road in roads:
        if road.kind == "expressway":
            _deck(canvas, road, rng)
    stop = station(terrain)
    if stop is not None:
        draw_station(canvas, stop, terrain.style, rng)


def _bed(canvas: Canvas, terrain: Terrain, road: Road) -> None:
    built = road.built
    if built.pavement:
        middle = road.line.interpolate(0.5, normalized=True).coords[0]
        verge = np.add(terrain.style.ground, (8, 2, 8))
        town = urbanity(terrain, *middle) > -0.02
        colour, texture = (np.array([152, 150, 145]), "concrete") if town else (verge, "wild")
        canvas.paint(road.line.buffer(built.width / 2 + built.pavement, quad_segs=2), colour, texture)
    if road.kind == "motorway":
        canvas.paint(road.line.buffer(built.width / 2 + 7), np.add(terrain.style.ground, (4, 2, 4)), "wild")


def _carriageway(canvas: Canvas, terrain: Terrain, road: Road, rng: Rng) -> None:
    built = road.built
    if road.kind == "expressway":
        return  # drawn last: it stands on pillars
    if built.rank >= 4:
        bridge = road.line.intersection(terrain.river)
        canvas.paint(bridge.buffer(built.width / 2 + 3, cap_style="flat"), (172, 170, 164), "concrete", 0, 7)
    texture = {"track": "sand", "rail": "soil"}.get(road.kind, "road")
    canvas.paint(road.line.buffer(built.width / 2, quad_segs=2), vary(rng, built.colour, 5), texture)


def _offset(line: LineString, distance: float) -> Points:
    """The points of a parallel line, empty where it collapses."""
    return shapely.get_coordinates(line.offset_curve(distance) if distance else line)


def _dashes(
    canvas: Canvas, line: LineString, distance: float, on: float, off: float, colour: tuple[int, int, int], width: float
) -> None:
    points = _offset(line, distance)
    path = LineString(points) if len(points) > 1 else line
    starts = np.arange(0, path.length, on + off)
    begin = shapely.get_coordinates(shapely.line_interpolate_point(path, starts))
    end = shapely.get_coordinates(shapely.line_interpolate_point(path, starts + on))
    for a, b in zip(begin, end, strict=True):
        canvas.stroke([a, b], colour, width)


def _markings(canvas: Canvas, road: Road) -> None:
    line = road.line
    if road.kind == "rail":
        for distance in (-3.6, -2.1, 2.1, 3.6):
            canvas.stroke(_offset(line, distance), (92, 86, 80), 0.5)
    elif road.kind == "motorway":
        canvas.stroke(_offset(line, 0), (118, 124, 100), 2.6)
        for distance in (-11.4, -1.9, 1.9, 11.4):
            canvas.stroke(_offset(line, distance), (196, 196, 192), 0.35)
        for distance in (-5.1, -8.3, 5.1, 8.3):
            _dashes(canvas, line, distance, 6, 9, (186, 186, 184), 0.35)
    elif road.kind == "primary":
        _dashes(canvas, line, 0, 30, 2, (176, 176, 172), 0.35)
        for distance in (3.6, -3.6):
            _dashes(canvas, line, distance, 4, 6, (172, 172, 170), 0.3)
    elif road.kind == "secondary":
        _dashes(canvas, line, 0, 5, 5, (170, 170, 168), 0.3)
    else:
        _wide_markings(canvas, road)


def _wide_markings(canvas: Canvas, road: Road) -> None:
    """What is painted and planted on the main roads of superblocks and on boulevards."""
    line = road.line
    if road.kind in PLANTED:
        canvas.paint(line.buffer(PLANTED[road.kind] / 2, cap_style="flat"), (104, 112, 84), "garden")
        for left, right in pairwise(LANES[road.kind]):
            for side in (-1, 1):
                _dashes(canvas, line, side * (left + right) / 2, 4, 6, (184, 184, 180), 0.3)
    if road.kind == "arterial":  # a hedge between the carriageway and the cycle lane
        for side in (-1, 1):
            canvas.paint(_strip(line, side * 12.0, 1.7), (100, 110, 82), "garden")
    if road.kind == "avenue":
        _dashes(canvas, line, 0, 40, 1, (196, 190, 160), 0.35)
        for distance in (3.8, -3.8):
            _dashes(canvas, line, distance, 4, 6, (178, 178, 174), 0.3)


def _strip(line: LineString, distance: float, width: float) -> BaseGeometry:
    points = _offset(line, distance)
    return LineString(points).buffer(width / 2, cap_style="flat") if len(points) > 1 else Polygon()


def _meetings(roads: list[Road]) -> list[tuple[Point, float, Road, Road]]:
    """Where main roads cross or join: the place, half the width of the wider one, the two roads."""
    main = [road for road in roads if road.kind in MAIN]
    if not main:
        return []
    tree = shapely.STRtree([road.line for road in main])
    found: list[tuple[Point, float, Road, Road]] = []
    for i, j in tree.query([road.line.buffer(3) for road in main], predicate="intersects").T:
        if i < j:
            here = main[i].line.buffer(3).intersection(main[j].line)
            found += [
                (part.centroid, max(main[i].built.width, main[j].built.width) / 2, main[i], main[j])
                for part in shapely.get_parts(here)
                if part.length < 60  # not where one runs along the other
            ]
    return found


def _junctions(canvas: Canvas, roads: list[Road]) -> None:
    """Plain asphalt where main roads meet, stop lines and zebra crossings on their arms."""
    for place, _, first, second in _meetings(roads):
        reach = place.buffer(first.built.width + second.built.width)
        surfaces = [road.line.intersection(reach).buffer(road.built.width / 2, cap_style="flat") for road in (first, second)]
        plate = surfaces[0].intersection(surfaces[1])
        canvas.paint(plate.buffer(2.5).intersection(unary_union(surfaces)), first.built.colour, "road")
        for road, other in ((first, second), (second, first)):
            at = road.line.project(place)
            for side in (-1, 1):
                middle = at + side * (other.built.width / 2 + 6.0)
                if not 4 < middle < road.line.length - 4:
                    continue
                here, ahead = (np.array(road.line.interpolate(middle + d).coords[0]) for d in (-0.5, 0.5))
                way = (ahead - here) / max(1e-6, float(np.hypot(*(ahead - here))))
                across = np.array([-way[1], way[0]])
                canvas.paint(rectangle(here, way, 6.0, road.built.width - 0.6), road.built.colour, "road")
                for step in np.arange(-road.built.width / 2 + 1.2, road.built.width / 2 - 0.8, 1.3):
                    spot = here + across * step
                    canvas.stroke([spot - way * 2, spot + way * 2], (196, 196, 192), 0.6)


def _deck(canvas: Canvas, road: Road, rng: Rng) -> None:
    """An elevated expressway over whatever runs below it: parapets, lanes, traffic."""
    half = road.built.width / 2
    canvas.paint(road.line.buffer(half), (172, 170, 165), "concrete", 0, DECK_M + 0.8)
    canvas.paint(road.line.buffer(half - 0.7), road.built.colour, "road", 0, DECK_M)
    for distance in (-0.5, 0.5, half - 1.4, 1.4 - half):
        canvas.stroke(_offset(road.line, distance), (190, 189, 184), 0.4)
    for distance in (-7.4, -4.0, 4.0, 7.4):
        _dashes(canvas, road.line, distance, 6, 9, (190, 190, 187), 0.35)
    places, turns = along(road.line, TRAFFIC_STEP_M["expressway"], rng, 0.45)
    for place, turn in zip(places, turns, strict=True):
        for side in (1, -1):
            for lane in LANES["expressway"]:
                if rng.random() < 0.42:
                    spot = place + unit(turn + np.pi / 2) * side * lane + unit(turn) * rng.uniform(-9, 9)
                    canvas.car(spot, turn, rng, int(rng.random() < 0.12), DECK_M)


def _rows(canvas: Canvas, wet: BaseGeometry, road: Road, crossings: BaseGeometry, rng: Rng) -> None:
    """Rows of trees along a main road, with gaps at junctions, on bridges (``wet``) and where one died."""
    for offset, step in TREE_ROWS[road.kind]:
        if road.kind in ("primary", "secondary") and rng.random() < 0.25:
            continue
        for distance in {offset, -offset}:
            points = _offset(road.line, distance)
            if len(points) < 2:
                continue
            places = along(LineString(points), step, rng, 0.12)[0]
            keep = rng.random(len(places)) < 0.9 - 0.35 * (noise_on(places, 120, 41) > 0.25)
            keep &= ~shapely.contains_xy(crossings, *places.T) & ~shapely.contains_xy(wet, *places.T)
            size = rng.uniform(1.6, 2.6) + (0.9 if road.kind == "boulevard" else 0)
            for place in places[keep]:
                canvas.tree(place, rng, size * rng.uniform(0.7, 1.2))


def _vehicles(canvas: Canvas, terrain: Terrain, road: Road, rng: Rng) -> None:
    """Traffic on main roads, parked cars in streets."""
    if road.kind == "expressway":
        return  # its traffic is on the deck
    width = road.built.width
    places, turns = along(road.line, TRAFFIC_STEP_M[road.kind], rng, 0.45)
    density: NDArray[np.float64] = urbanity(terrain, *places.T)
    for place, turn, urban in zip(places, turns, density, strict=True):
        aside = unit(turn + np.pi / 2)
        if road.kind == "lane":
            if rng.random() < 0.3:
                canvas.car(place + aside * (width / 2 - 1.0) * rng.choice([1, -1]), turn, rng)
            continue
        if road.kind == "street":
            if rng.random() < 0.34 + 0.3 * urban:
                canvas.car(place + aside * (width / 2 - 1.2) * rng.choice([1, -1]), turn, rng)
            continue
        for side in (1, -1):
            if rng.random() < 0.55:
                lane = rng.choice(LANES[road.kind]) if road.kind in LANES else width * 0.25
                canvas.car(place + aside * side * lane, turn, rng, int(rng.random() < 0.12))


def _avenue(canvas: Canvas, terrain: Terrain, road: Road, main: BaseGeometry, rng: Rng) -> None:
    """Trees along main roads, by stretches."""
    for distance in (road.built.width / 2 + 1.6, -road.built.width / 2 - 1.6):
        points = _offset(road.line, distance)
        if len(points) < 2:
            continue
        places = along(LineString(points), 11, rng, 0.1)[0]
        stretch = noise_on(places, 260, 41) > np.where(urbanity(terrain, *places.T) > 0, -0.25, 0.35)
        keep = (rng.random(len(places)) < 0.85 * terrain.style.planting) & stretch
        keep &= ~shapely.contains_xy(main, *places.T) & ~shapely.contains_xy(terrain.water, *places.T)
        for place in places[keep]:
            canvas.tree(place, rng, rng.uniform(2, 3.4))
