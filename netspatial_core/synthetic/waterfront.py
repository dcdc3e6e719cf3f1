"""Sea, river, beaches, the harbour with its mole and piers, ships under way."""

import numpy as np
from shapely.geometry import LineString, Point, Polygon, box
from shapely.ops import unary_union

from netspatial_core.synthetic.canvas import Canvas
from netspatial_core.synthetic.geometry import Points, Rng, scatter, smooth, unit
from netspatial_core.synthetic.materials import vary
from netspatial_core.synthetic.noise import noise_on
from netspatial_core.synthetic.terrain import Terrain

HULLS = ((222, 223, 223), (205, 206, 208), (90, 104, 128), (168, 140, 110))


def draw_waterfront(canvas: Canvas, terrain: Terrain, rng: Rng) -> None:
    """Everything wet, and what lies along it."""
    canvas.mark("water", terrain.water)
    if terrain.coast is not None:
        canvas.paint(terrain.sea.buffer(9).difference(terrain.sea), (176, 166, 140), "sand")
        _beaches(canvas, terrain)
    canvas.paint(terrain.river.buffer(6), np.add(terrain.style.ground, (0, -4, 4)), "wild")
    canvas.paint(terrain.river, (62, 84, 92), "river")
    if terrain.coast is None:
        return
    canvas.paint(terrain.sea, (62, 84, 92), "water")
    quay = int(np.argmin(np.hypot(*(terrain.coast - terrain.discs[0].centre).T)))
    quay = int(np.clip(quay, 17, len(terrain.coast) - 18))
    mole = _mole(canvas, terrain, terrain.coast, quay, rng)
    _piers(canvas, terrain, terrain.coast, quay, rng)
    open_sea = terrain.sea.buffer(-170).difference(mole.buffer(90))
    for place in scatter(open_sea.intersection(box(0, 0, terrain.size, terrain.size)), 7, rng):
        _ship(canvas, place, rng)


def _beaches(canvas: Canvas, terrain: Terrain) -> None:
    assert terrain.coast is not None
    sandy = [place for place in terrain.coast if noise_on(place, 700, terrain.seed + 30) > 0.08]
    if sandy:
        beach = unary_union([Point(place).buffer(24 + 8 * float(noise_on(place, 90, 3))) for place in sandy])
        canvas.paint(beach.difference(terrain.sea), (206, 192, 158), "sand")


def _mole(canvas: Canvas, terrain: Terrain, coast: Points, quay: int, rng: Rng) -> LineString:
    out, begin, end = terrain.seaward, coast[quay - 17], coast[quay + 16]
    line = smooth(
        [
            begin - out * 9,
            begin + out * 95,
            begin + out * 150 + (end - begin) * 0.12,
            (begin + end) / 2 + out * 178,
            end + out * 160,
        ],
        60,
    )
    rocks = [Point(place + rng.normal(0, 0.8, 2)).buffer(rng.uniform(4.5, 6.5)) for place in line]
    canvas.paint(unary_union([*rocks, LineString(line).buffer(4)]), (128, 122, 112), "soil", 0, 2)
    canvas.paint(LineString(line).buffer(1.8), (168, 164, 156), "concrete", 0, 2.5)
    edge = coast[quay - 17 : quay + 17]
    canvas.paint(Polygon([*edge, *(edge - out * 22)[::-1]]), (166, 160, 150), "concrete")
    return LineString(line)


def _piers(canvas: Canvas, terrain: Terrain, coast: Points, quay: int, rng: Rng) -> None:
    """Piers and moored boats behind the mole."""
    aside = terrain.shoreward
    for foot in coast[quay - 12 : quay + 15 : 3]:
        out, length = terrain.seaward + rng.normal(0, 0.03, 2), rng.uniform(70, 125)
        pier = LineString([foot - out * 10, foot + out * length]).buffer(1.7, cap_style="flat")
        canvas.paint(pier, (176, 168, 152), "concrete", 0, 0.8)
        for distance in np.arange(14, length, 4.6):
            for side in (1, -1):
                if rng.random() < 0.62:
                    boat = rng.uniform(4.5, 10.5)
                    place = foot + out * distance + aside * side * (2.4 + boat / 2)
                    hull = Polygon(
                        [
                            place - aside * boat / 2 - out * 1.3,
                            place - aside * boat / 2 + out * 1.3,
                            place + aside * boat * 0.3 + out * 1.3,
                            place + aside * boat / 2,
                            place + aside * boat * 0.3 - out * 1.3,
                        ]
                    )
                    canvas.roof(hull, vary(rng, HULLS[rng.choice(4, p=[0.5, 0.3, 0.1, 0.1])], 10), 1.4, "plain")


def _ship(canvas: Canvas, place: Points, rng: Rng) -> None:
    """A ship under way with its wake."""
    turn = rng.uniform(0, 6.3)
    ahead, aside, length = unit(turn), unit(turn + np.pi / 2), float(rng.choice([8, 12, 30]))
    for side in (-1, 1):
        canvas.stroke([place, place - ahead * length * 4 + aside * side * length * 0.6], (78, 98, 110), 0.4)
    wake = Polygon(
        [place, place - ahead * length * 3 + aside * length * 0.12, place - ahead * length * 3 - aside * length * 0.12]
    )
    canvas.paint(wake, (96, 114, 124))
    hull = Polygon(
        [
            place + ahead * length * 0.5,
            place + aside * length * 0.15,
            place - ahead * length * 0.5 + aside * length * 0.14,
            place - ahead * length * 0.5 - aside * length * 0.14,
            place - aside * length * 0.15,
        ]
    )
    canvas.roof(hull, (220, 221, 221), 2.5, "plain")
