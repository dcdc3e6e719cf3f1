"""A railway station from above: tracks that fan out, platforms under canopies, trains, the hall and its forecourt."""

import math

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon

from netspatial_core.synthetic.buildings import Builder
from netspatial_core.synthetic.canvas import Canvas
from netspatial_core.synthetic.furniture import car_park
from netspatial_core.synthetic.geometry import Points, Rng, angle, normal, rectangle
from netspatial_core.synthetic.materials import vary
from netspatial_core.synthetic.railways import Station
from netspatial_core.synthetic.style import Style

TRACK_M = 7.5  # between tracks with a platform for every second pair
LIVERIES = ((206, 208, 210), (182, 62, 54), (70, 96, 140), (222, 222, 220))


def draw_station(canvas: Canvas, stop: Station, style: Style, rng: Rng) -> None:
    """Everything on the station's ground."""
    side = normal(stop.along)
    canvas.paint(stop.yard, vary(rng, (130, 122, 112), 3), "soil")
    offsets = (np.arange(stop.tracks) - (stop.tracks - 1) / 2) * TRACK_M
    first, last = (0.0, stop.length) if stop.terminus else (-stop.length / 2, stop.length / 2)
    for offset in offsets:
        ahead = last + 175
        knots = [(first, offset), (last - 20, offset), (last + 60, offset * 0.62), (ahead, 2.9 * np.sign(offset))]
        _track(canvas, [stop.head + stop.along * d + side * o for d, o in knots])
        if not stop.terminus:
            _track(
                canvas,
                [
                    stop.head - stop.along * d + side * o
                    for d, o in ((-last + 20, offset), (last - 20, offset), (last + 20, offset * 0.8))
                ],
            )
    for k in range(0, stop.tracks - 1, 2):
        _platform(canvas, stop, (offsets[k] + offsets[k + 1]) / 2, first, last, rng)
    for offset in offsets:
        if rng.random() < 0.5:
            _train(canvas, stop.head + stop.along * (first + rng.uniform(8, 50)) + side * offset, stop.along, rng)
    _hall(canvas, stop, style, rng)


def _track(canvas: Canvas, points: list[Points]) -> None:
    line = LineString(points)
    for gauge in (-0.75, 0.75):
        canvas.stroke(shapely.get_coordinates(line.offset_curve(gauge)), (94, 88, 82), 0.5)


def _platform(canvas: Canvas, stop: Station, offset: float, first: float, last: float, rng: Rng) -> None:
    """A platform between two tracks, its canopy in a light metal."""
    middle = stop.head + stop.along * (first + last) / 2 + normal(stop.along) * offset
    canvas.paint(
        rectangle(middle, stop.along, last - first - 6, TRACK_M - 3.4), vary(rng, (172, 168, 160), 4), "concrete", 0, 0.9
    )
    roof = rectangle(middle - stop.along * (20 if stop.terminus else 0), stop.along, (last - first) * 0.66, TRACK_M - 2.6)
    canvas.roof(roof, vary(rng, (176, 178, 178), 6), 5.5, "metal", angle(normal(stop.along)), np.array([140.0, 138.0, 134.0]))


def _train(canvas: Canvas, start: Points, along: Points, rng: Rng) -> None:
    colour = np.array(LIVERIES[rng.integers(4)], float)
    for car in range(int(rng.integers(4, 8))):
        canvas.roof(
            rectangle(start + along * (car * 26 + 12), along, 24.6, 2.9), vary(rng, colour, 4), 4.0, "plain", 0, colour * 0.7
        )


def _hall(canvas: Canvas, stop: Station, style: Style, rng: Rng) -> None:
    builder, side = Builder(canvas, style, rng, 0.5), normal(stop.along)
    if not stop.terminus:  # the hall beside the tracks, a forecourt in front
        centre = stop.head + side * (stop.width / 2 + 24)
        canvas.paint(rectangle(stop.head + side * (stop.width / 2 + 44), stop.along, 168, 88), (168, 164, 156), "concrete")
        builder.raise_(rectangle(centre, stop.along, 128, 36), 22.0, "station", "metal")
        car_park(canvas, rectangle(centre + side * 42, stop.along, 120, 26), rng, 0.8)
        return
    for bay in (-1, 0, 1):  # three arched spans of the train shed
        middle = stop.head + stop.along * 62 + side * bay * stop.width / 3
        for strip in np.linspace(-1, 1, 7):
            lean = np.array([*(side * strip * 0.75), 1.0])
            glass = strip in (-1.0, 1.0)
            span = rectangle(middle + side * strip * stop.width / 6 * 0.86, stop.along, 118, stop.width / 3 / 7 + 0.6)
            colour = np.array((120, 134, 140) if glass else (150, 152, 150), float) * (
                0.82 + 0.2 * float(lean @ (0.3, -0.3, 0.9))
            )
            canvas.roof(
                span,
                colour,
                15.5 + 4.5 * math.cos(strip * 1.3),
                "metal",
                angle(side),
                np.array([120.0, 116.0, 110.0]) if glass else None,
            )
    front = stop.head - stop.along * 10
    head = rectangle(front - stop.along * 9, side, stop.width + 6, 20)
    wings = [rectangle(front + stop.along * 36 + side * s * (stop.width / 2 + 0.5), stop.along, 96, 8) for s in (-1, 1)]
    house = head.union(wings[0]).union(wings[1])
    if isinstance(house, Polygon):
        builder.raise_(house, 17.0, "station", "flat")
    canvas.roof(
        rectangle(front - stop.along * 10, side, 34, 24),
        (118, 128, 120),
        25.0,
        "metal",
        angle(side),
        np.array([184.0, 174.0, 158.0]),
    )
    court = rectangle(stop.head - stop.along * 53, side, stop.width + 4, 44).intersection(stop.yard)
    canvas.paint(court, vary(rng, (170, 162, 150), 4), "concrete")
    car_park(canvas, rectangle(stop.head - stop.along * 58 + side * 22, side, 34, 22).intersection(court), rng, 0.8)
    for place in (-1, 1):
        canvas.tree(stop.head - stop.along * 44 + side * place * (stop.width / 2 - 6), rng, 3.6)
