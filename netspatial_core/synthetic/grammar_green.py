"""How open ground is filled: fields, woods and farms, campuses, sites not built yet."""

import math

import numpy as np
from shapely.geometry import LineString, Point, Polygon
from shapely.ops import unary_union

from netspatial_core.synthetic.buildings import Builder
from netspatial_core.synthetic.canvas import Canvas
from netspatial_core.synthetic.furniture import car_park, court, pitch
from netspatial_core.synthetic.geometry import Points, Rng, along, angle, cut, frame, polygons, rectangle, scatter
from netspatial_core.synthetic.materials import CONTAINERS, pick, vary
from netspatial_core.synthetic.noise import noise_on
from netspatial_core.synthetic.style import Style


def country(canvas: Canvas, block: Polygon, style: Style, seed: int, rng: Rng) -> None:
    """A wood, or strips of fields with hedges and a farm here and there."""
    if noise_on(np.array(block.centroid.coords[0]), 600, seed + 20) > style.wood or (block.area < 5000 and rng.random() < 0.6):
        _wood(canvas, block, style, rng)
        return
    canvas.mark("field", block)
    middle, lengthways, across, length, width = frame(block)
    fields: list[Polygon] = []
    offset = -width / 2
    while offset < width / 2:  # strips of uneven width, some cut across
        depth = rng.lognormal(3.9, 0.55)
        strip = block.intersection(rectangle(middle + across * (offset + depth / 2), lengthways, 2 * length, depth))
        offset += depth
        for part in polygons(strip):
            if part.area > 100:
                fields.extend(cut(part, 9000 + 60 * depth, rng))
    for field in fields:
        colour, texture = style.crops[rng.integers(len(style.crops))]
        turn = angle(lengthways) + (0 if rng.random() < 0.75 else math.pi / 2)
        canvas.paint(field.buffer(-0.6), vary(rng, colour, 6), texture, turn)
        if rng.random() < 0.3 * style.planting:
            for place in along(field.exterior, 6, rng, 0.5)[0]:
                if rng.random() < 0.6:
                    canvas.tree(place, rng, rng.uniform(1.4, 3.4), 1)
        if rng.random() < 0.06 and field.area > 2000:
            _farm(canvas, field, style, rng)


def _wood(canvas: Canvas, block: Polygon, style: Style, rng: Rng) -> None:
    canvas.mark("wood", block)
    canvas.paint(block, np.subtract(style.canopy[2], (0, 4, 0)), "wild")
    places = scatter(block.buffer(3), block.area / 19, rng)
    places = places[noise_on(places, 75, 31) + 0.5 * noise_on(places, 25, 32) > -0.62 - 0.5 * (style.planting - 1)]
    radius = rng.uniform(1.8, 5.2, len(places))
    height = radius * rng.uniform(1.6, 2.3, len(places))
    canvas.trees.extend(zip(*places.T.tolist(), radius.tolist(), height.tolist(), [1.0] * len(places), strict=True))


def _farm(canvas: Canvas, field: Polygon, style: Style, rng: Rng) -> None:
    middle, lengthways, across, length, _ = frame(field)
    yard = middle + lengthways * length * 0.35
    canvas.paint(rectangle(yard, lengthways, 52, 46).intersection(field), vary(rng, (160, 152, 138)), "soil")
    builder = Builder(canvas, style, rng, 0.3)
    builder.raise_(rectangle(yard - across * 13, lengthways, rng.uniform(20, 34), 13).intersection(field), 7, "farm", "metal")
    builder.raise_(rectangle(yard + across * 11 + lengthways * 5, across, 15, 10).intersection(field), 6, "house", "pitched")
    for place in scatter(rectangle(yard, lengthways, 60, 54), 9, rng):
        canvas.tree(place, rng)


def campus(canvas: Canvas, ground: Polygon, style: Style, rng: Rng, use: str = "university") -> None:
    """Winged buildings in a park: a university or a school."""
    canvas.paint(ground, vary(rng, pick(rng, style.grass, 3)), "grass")
    lots = cut(ground, 4200, rng)
    centres: list[Points] = [np.array(lot.centroid.coords[0]) for lot in lots]
    for place in centres:  # paths between neighbours
        for other in sorted(centres, key=lambda c, p=place: float(np.hypot(*(c - p))))[1:4]:  # type: ignore[misc]
            canvas.paint(LineString([place, other]).buffer(1.8).intersection(ground), (184, 178, 168), "concrete")
    builder = Builder(canvas, style, rng)
    for lot in lots:
        centre, lengthways, across, length, width = frame(lot)
        chance = rng.random()
        if chance < 0.1 and length > 90 and width > 50:
            pitch(canvas, centre, lengthways, min(length * 0.8, 90), min(width * 0.8, 58), rng)
        elif chance < 0.17:
            car_park(canvas, lot.buffer(-4), rng, 0.7)
        elif chance < 0.23:
            for step in (-1, 0, 1):
                court(canvas, centre + across * 20 * step * (width > 70), lengthways, rng)
        else:
            wing = min(16.0, width * 0.3)
            hall = rectangle(centre, lengthways, length * 0.66, wing)
            wings = [
                rectangle(
                    centre + lengthways * side * (length * 0.33 - wing / 2) + across * width * 0.16,
                    across,
                    width * 0.34 + wing,
                    wing,
                )
                for side in (1, -1)
                if rng.random() < 0.6
            ]
            house = unary_union([hall, *wings]).intersection(ground)
            canvas.paint(house.buffer(4).intersection(ground), (178, 174, 166), "concrete")
            roof = "flat" if rng.random() < 0.7 else "pitched"
            builder.raise_(house if house.geom_type == "Polygon" else hall.intersection(ground), rng.uniform(9, 20), use, roof)
            canvas.plant(lot.difference(house.buffer(4)), 90 / style.planting, rng, 1.8, 4.4)


def building_site(canvas: Canvas, lot: Polygon, style: Style, rng: Rng) -> None:
    """A lot not built yet: bare soil with heaps and containers, or rough grass."""
    canvas.mark("site", lot)
    if rng.random() < 0.55:
        canvas.paint(lot.buffer(-0.5), vary(rng, pick(rng, style.grass), 9), "wild")
        canvas.plant(lot, 420 / style.planting, rng, 1.2, 3)
        return
    canvas.paint(lot.buffer(-0.5), vary(rng, pick(rng, ((158, 144, 122), (172, 158, 134), (146, 134, 116))), 8), "soil")
    inner = lot.buffer(-4)
    for place in scatter(inner, lot.area / 700, rng):
        heap = Point(place).buffer(rng.uniform(2, 7)).intersection(lot)
        canvas.paint(heap, vary(rng, ((120, 112, 100), (190, 182, 166), (134, 118, 98))[rng.integers(3)], 8), "soil")
    direction = frame(lot).along
    for place in scatter(inner, int(rng.integers(0, 3)), rng):
        canvas.roof(rectangle(place, direction, 6, 2.4), vary(rng, pick(rng, CONTAINERS), 12), 2.6, "plain")
    if rng.random() < 0.3 and lot.area > 500:  # a shell in grey concrete
        shell = rectangle(frame(lot).centre, direction, frame(lot).length * 0.5, frame(lot).width * 0.5).intersection(inner)
        canvas.roof(shell, vary(rng, (170, 168, 164), 6), rng.uniform(3, 12), "flat", 0, np.array([150.0, 148.0, 146.0]))
