"""Streets as primitives: pavements, carriageways, bridges, markings, rails, vehicles and avenue trees."""

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from netspatial_core.synthetic.canvas import Canvas
from netspatial_core.synthetic.geometry import Points, Rng, along, scatter, unit
from netspatial_core.synthetic.materials import vary
from netspatial_core.synthetic.noise import noise_on
from netspatial_core.synthetic.roads import Road
from netspatial_core.synthetic.terrain import Terrain
from netspatial_core.synthetic.waterfront import draw_waterfront
from netspatial_core.synthetic.zones import urbanity

TRAFFIC_STEP_M = {"motorway": 38.0, "primary": 30.0, "secondary": 42.0, "street": 11.0}
LANES = (3.5, 6.7, 9.9)


def draw_streets(terrain: Terrain, roads: list[Road]) -> Canvas:
    """Water and everything on the roads, low classes first."""
    canvas, rng = Canvas(), np.random.default_rng([terrain.seed, 11])
    draw_waterfront(canvas, terrain, rng)
    order = sorted(roads, key=lambda road: road.built.rank)
    main = unary_union([road.line.buffer(road.built.width / 2 + 1) for road in roads if road.built.rank >= 4])
    shapely.prepare(main)
    for road in order:
        _bed(canvas, terrain, road)
    for road in order:
        _carriageway(canvas, terrain, road, rng)
    for road in order:
        _markings(canvas, road)
        if road.kind == "roundabout":
            island = Polygon(road.line.coords)
            canvas.paint(island.buffer(-4.5), vary(rng, terrain.style.grass[0]), "grass")
            for place in scatter(island.buffer(-6), 4, rng):
                canvas.tree(place, rng)
        if road.kind in TRAFFIC_STEP_M:
            _vehicles(canvas, terrain, road, rng)
        if road.kind in ("primary", "secondary"):
            _avenue(canvas, terrain, road, main, rng)
    return canvas


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


def _vehicles(canvas: Canvas, terrain: Terrain, road: Road, rng: Rng) -> None:
    """Traffic on main roads, parked cars in streets."""
    width = road.built.width
    places, turns = along(road.line, TRAFFIC_STEP_M[road.kind], rng, 0.45)
    density: NDArray[np.float64] = urbanity(terrain, *places.T)
    for place, turn, urban in zip(places, turns, density, strict=True):
        aside = unit(turn + np.pi / 2)
        if road.kind == "street":
            if rng.random() < 0.34 + 0.3 * urban:
                canvas.car(place + aside * (width / 2 - 1.2) * rng.choice([1, -1]), turn, rng)
            continue
        for side in (1, -1):
            if rng.random() < 0.55:
                lane = rng.choice(LANES) if road.kind == "motorway" else width * 0.25
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
