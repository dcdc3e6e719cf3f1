"""How open ground is filled: fields, woods and farms, campuses, sites not built yet."""

import math

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.ops import unary_union

from netspatial_core.synthetic.buildings import Builder
from netspatial_core.synthetic.canvas import Canvas
from netspatial_core.synthetic.furniture import car_park, court, pitch
from netspatial_core.synthetic.geometry import Points, Rng, along, angle, cut, frame, polygons, rectangle, scatter, smooth
from netspatial_core.synthetic.materials import CONTAINERS, pick, vary
from netspatial_core.synthetic.noise import noise_on
from netspatial_core.synthetic.style import Style

SOILS = ((158, 144, 122), (172, 158, 134), (146, 134, 116), (150, 138, 124))


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
    ragged = style.plan != "districts"
    floor = np.add(style.ground, (-14, -8, -12)) if ragged else np.subtract(style.canopy[2], (0, 4, 0))
    canvas.paint(block, floor, "wild")
    places = scatter(block.buffer(3), block.area / 19, rng)
    if ragged:  # the edge wanders inwards, and clearings open
        inwards = shapely.distance(block.exterior, shapely.points(places))
        wander = 16 + 16 * noise_on(places, 60, 33) + 8 * noise_on(places, 18, 34)
        places = places[(inwards > wander) & (noise_on(places, 150, 35) > -0.62)]
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


def development(canvas: Canvas, block: Polygon, style: Style, seed: int, rng: Rng) -> None:
    """A block waiting to be built on: cleared or overgrown, with wheel tracks, heaps, huts, the first shells in rows."""
    canvas.mark("site", block)
    soil, grass = vary(rng, pick(rng, SOILS), 7), vary(rng, np.add(pick(rng, style.grass), style.ground) / 2, 4)
    cleared = rng.random() < 0.5
    canvas.paint(block.buffer(-0.5), soil if cleared else grass, "soil" if cleared else "wild", rng.uniform(0, 3.1))
    for place in scatter(block, block.area / 420, rng):  # overgrown or bare patches with soft outlines
        if noise_on(place, 110, seed + 48) > (0.1 if cleared else -0.2):
            turn = np.linspace(0, 2 * math.pi, 28)
            lobes = 1 + 0.3 * np.sin(2 * turn + rng.uniform(0, 6)) + 0.2 * np.sin(5 * turn + rng.uniform(0, 6))
            outline = np.column_stack([np.cos(turn), np.sin(turn)]) * (rng.uniform(4, 17) * lobes)[:, None]
            patch = Polygon(place + outline).buffer(0).intersection(block)
            bare = cleared != (rng.random() < 0.75)
            canvas.paint(patch, vary(rng, soil if bare else grass, 6), "soil" if bare else "wild", rng.uniform(0, 3.1))
    box = frame(block)
    knots = [
        box.centre + box.along * box.length * t + box.across * box.width * rng.uniform(-0.35, 0.35)
        for t in (-0.6, -0.2, 0.2, 0.6)
    ]
    for shift in (-1.0, 1.0):
        wheel = LineString(smooth(knots, 60) + box.across * shift).buffer(0.6)
        canvas.paint(wheel.intersection(block), np.add(soil, (10, 8, 4)), "sand")
    if cleared and block.area > 4000 and rng.random() < 0.6:
        _shells(canvas, block, style, rng)
    places = scatter(block.buffer(-2), block.area / 40, rng)
    for place in places[noise_on(places, 48, seed + 49) > (0.5 if cleared else 0.25)]:
        canvas.tree(place, rng, float(np.clip(rng.lognormal(0.3, 0.4), 0.8, 3.5)))


def _shells(canvas: Canvas, block: Polygon, style: Style, rng: Rng) -> None:
    """Concrete frames at different heights on a grid, site huts with blue roofs, lorries, heaps."""
    box, high = frame(block), 60 if style.plan == "superblocks" else 16
    for step in np.arange(-box.length / 2 + 26, box.length / 2 - 20, 44.0):
        for level in np.arange(-box.width / 2 + 22, box.width / 2 - 16, 42.0):
            spot = box.centre + box.along * step + box.across * level
            frame_ = rectangle(spot, box.along, rng.uniform(24, 32), rng.uniform(13, 17))
            if rng.random() < 0.6 and block.buffer(-4).contains(frame_):
                canvas.paint(frame_.buffer(5), vary(rng, (168, 160, 146), 6), "soil")
                height = float(rng.choice([0.6, 3.0, rng.uniform(6, high)]))
                canvas.roof(frame_, vary(rng, (166, 163, 157), 6), height, "flat", 0, np.array([150.0, 147.0, 142.0]))
                for _ in range(5):
                    stack = rectangle(spot + rng.uniform(-9, 9, 2) * 0.7, box.along, rng.uniform(1, 5), rng.uniform(0.6, 2))
                    canvas.roof(stack.intersection(frame_), vary(rng, (128, 110, 92), 12), height + 0.8, "plain")
    for place in scatter(block.buffer(-7), 3, rng):
        canvas.roof(rectangle(place, box.along, 18, 5.5), vary(rng, (88, 122, 164), 8), 3, "metal", angle(box.across))
    for place in scatter(block.buffer(-5), block.area / 1500, rng):
        if rng.random() < 0.5:
            canvas.car(place, rng.uniform(0, 6.3), rng, 1)
        else:
            heap = Point(place).buffer(rng.uniform(2, 6), quad_segs=3).intersection(block)
            canvas.paint(heap, vary(rng, pick(rng, SOILS) * 0.85, 8), "soil", 0, rng.uniform(0.5, 2))
