"""Things that stand in many places: car parks, pitches, courts, parks."""

import math

import numpy as np
import shapely
from shapely.affinity import scale
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from netspatial_core.synthetic.canvas import Canvas
from netspatial_core.synthetic.geometry import Points, Rng, angle, frame, normal, rectangle, scatter, smooth, unit
from netspatial_core.synthetic.materials import pick, vary
from netspatial_core.synthetic.noise import noise_on
from netspatial_core.synthetic.style import Style

CHALK = (176, 190, 172)
COURTS = ((168, 104, 82), (88, 128, 104), (84, 112, 150))


def car_park(canvas: Canvas, ground: BaseGeometry, rng: Rng, fill: float = 0.6) -> None:
    """Rows of stalls with aisles along the longer side, and some trees."""
    if ground.area < 150:
        canvas.paint(ground, vary(rng, (138, 137, 134)), "asphalt")
        return
    canvas.mark("car_park", ground)
    canvas.paint(ground, vary(rng, (132, 131, 130), 9), "asphalt")
    centre, along, across, length, width = frame(ground)
    turn, inner = angle(across), ground.buffer(-2.2)
    shapely.prepare(inner)
    row, paired = -width / 2 + 3.4, False
    while row < width / 2 - 2.5:
        stalls = centre + np.arange(-length / 2 + 2, length / 2 - 2, 2.6)[:, None] * along + row * across
        for i in np.flatnonzero(shapely.contains_xy(inner, stalls[:, 0], stalls[:, 1])):
            place = stalls[i]
            canvas.stroke([place - 2.4 * across - 1.3 * along, place + 2.4 * across - 1.3 * along], (172, 172, 170), 0.3)
            if i % 14 == 7 and width > 24:
                canvas.tree(place, rng, rng.uniform(1.4, 2.4))
            elif rng.random() < fill:
                back = math.pi if rng.random() < 0.5 else 0
                canvas.car(place + rng.normal(0, 0.18, 2), turn + back + rng.normal(0, 0.03), rng)
        row += 5.1 if paired else 11.2
        paired = not paired


def pitch(canvas: Canvas, centre: Points, along: Points, length: float, width: float, rng: Rng, *, track: bool = False) -> None:
    """A football pitch with mowing stripes and lines, with a running track around it if asked."""
    across = normal(along)
    if track:
        spine = LineString([centre - along * (length / 2 - width * 0.42), centre + along * (length / 2 - width * 0.42)])
        canvas.paint(spine.buffer(width * 0.5 + 9), vary(rng, (158, 98, 82), 5), "concrete")
        canvas.paint(spine.buffer(width * 0.5 + 1), (96, 124, 86), "grass")
        for lane in (2.2, 4.6, 7):
            canvas.stroke(shapely.get_coordinates(spine.buffer(width * 0.5 + lane)), (190, 150, 138), 0.3)
    turf = rectangle(centre, along, length, width)
    canvas.mark("pitch", turf)
    canvas.paint(turf, vary(rng, (86, 120, 82), 5), "pitch", angle(along))

    def line(*corners: tuple[float, float]) -> None:
        canvas.stroke([centre + along * x * length / 2 + across * y * width / 2 for x, y in corners], CHALK, 0.4)

    edge = 0.93
    line((-edge, -edge), (edge, -edge), (edge, edge), (-edge, edge), (-edge, -edge))
    line((0, -edge), (0, edge))
    for end in (1, -1):
        line((end * edge, -0.5), (end * 0.66, -0.5), (end * 0.66, 0.5), (end * edge, 0.5))
    canvas.stroke(shapely.get_coordinates(Point(centre).buffer(9)), CHALK, 0.4)


def court(canvas: Canvas, centre: Points, along: Points, rng: Rng) -> None:
    """A tennis court."""
    colour, across = pick(rng, COURTS), normal(along)
    canvas.paint(rectangle(centre, along, 36, 18), vary(rng, colour * 0.9 + 12, 4), "concrete")
    court_ = rectangle(centre, along, 24, 11)
    canvas.paint(court_, vary(rng, colour, 4))
    canvas.stroke(shapely.get_coordinates(court_), (216, 214, 208), 0.3)
    canvas.stroke([centre - across * 5.5, centre + across * 5.5], (216, 214, 208), 0.3)


def park(canvas: Canvas, ground: BaseGeometry, style: Style, rng: Rng, *, sport: bool = True) -> None:
    """Lawn, winding paths, a pitch or a pond where there is room, groups of trees."""
    canvas.mark("park", ground)
    canvas.paint(ground, vary(rng, pick(rng, style.grass, 3), 5), "grass")
    centre, along, _, length, width = frame(ground)
    inner: BaseGeometry = ground.buffer(-6)
    for _ in range(2 + int(ground.area / 12000)):
        turn = rng.uniform(0, 2 * math.pi)
        ends = centre + length * unit(turn), centre - length * unit(turn + 0.5)
        path = LineString(smooth([ends[0], centre + rng.normal(0, 25, 2), ends[1]], 20)).buffer(1.5)
        canvas.paint(path.intersection(ground), vary(rng, (190, 182, 164), 5), "sand")
    if length > 130 and width > 84 and sport:
        field = rectangle(centre, along, 104, 66)
        if ground.buffer(-2).contains(field):
            pitch(canvas, centre, along, 104, 66, rng, track=bool(ground.contains(rectangle(centre, along, 150, 94))))
        inner = inner.difference(rectangle(centre, along, 152, 92))
    elif ground.area > 9000:
        pond: BaseGeometry = scale(Point(centre).buffer(1), length * 0.13, width * 0.14)
        if style.plan != "districts":  # narrow grounds cut it off
            pond = pond.intersection(inner.buffer(-4))
        canvas.paint(pond.buffer(3), (126, 122, 100), "sand")
        canvas.paint(pond, (64, 82, 80), "river")
        canvas.mark("water", pond)
        inner = inner.difference(pond.buffer(3))
    places = scatter(inner, ground.area / 110 * style.planting, rng)
    for place in places[noise_on(places, 55, 77) > -0.05]:
        canvas.tree(place, rng, rng.uniform(2, 5))
