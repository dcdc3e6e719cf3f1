"""Quarters with a form of their own: urban villages, shopping malls, schools, hospitals, allotment gardens."""

from dataclasses import replace

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.ops import unary_union

from netspatial_core.synthetic.buildings import Builder
from netspatial_core.synthetic.canvas import Canvas
from netspatial_core.synthetic.furniture import car_park, court, pitch
from netspatial_core.synthetic.geometry import Rng, along, angle, cut, frame, half_plane, largest, normal, rectangle, scatter
from netspatial_core.synthetic.materials import pick, vary
from netspatial_core.synthetic.noise import noise_on
from netspatial_core.synthetic.style import Style

BEDS = ((108, 122, 84), (128, 116, 92), (96, 112, 78), (142, 132, 104), (116, 130, 92), (150, 124, 100))

VILLAGE_ROOFS = (  # weathered concrete
    (128, 124, 118), (108, 106, 103), (148, 143, 136), (94, 93, 92), (122, 108, 96), (162, 156, 148), (136, 118, 104),
    (116, 118, 120), (84, 86, 90),
)  # fmt: skip


def village(canvas: Canvas, block: Polygon, style: Style, seed: int, rng: Rng, tone: float) -> None:
    """A former farming village: houses of three to seven storeys an arm's length apart, lanes, sheds."""
    canvas.paint(block, vary(rng, (132, 128, 121), 6), "concrete")
    builder = Builder(canvas, replace(style, flat_roofs=VILLAGE_ROOFS), rng, 0.2 * tone)
    target = rng.uniform(68, 105)
    for row in cut(block.buffer(-0.8), rng.uniform(1000, 1800), rng):
        body = row.buffer(-rng.uniform(0.8, 1.5), join_style="mitre")
        for part in getattr(body, "geoms", [body]):
            if part.area < 40:
                continue
            if rng.random() < 0.03:  # a yard with an old tree
                canvas.plant(part, 55, rng, 2.5, 5)
                continue
            for lot in cut(part, target, rng):
                _village_house(builder, lot, seed, rng)
    for place in scatter(block, block.area / 420, rng):
        canvas.tree(place, rng, rng.uniform(1.3, 3.4))


def _village_house(builder: Builder, lot: Polygon, seed: int, rng: Rng) -> None:
    chance = rng.random()
    house = lot.buffer(-rng.uniform(0.25, 0.75), join_style="mitre")
    if chance < 0.04 or house.geom_type != "Polygon" or house.area < 24:
        return
    middle = np.array(house.centroid.coords[0])
    if chance < 0.19:
        builder.raise_(house, rng.uniform(3.2, 6.5), "mixed" if chance < 0.11 else "shed", "metal")
        return
    storeys = int(np.clip(round(4.4 + 1.6 * float(noise_on(middle, 90, seed + 46)) + rng.normal(0, 1.1)), 2, 8))
    use = "mixed" if rng.random() < 0.22 else "apartments"
    builder.raise_(house, storeys * 3.0, use, "pitched" if chance > 0.93 else "flat")
    box = frame(house)
    if chance <= 0.93 and rng.random() < 0.75:  # the head of the stairs, a water tank
        for long, wide, rise, colour in (
            (3.4, 2.6, 2.6, (150, 144, 136)),
            (1.6, 1.6, 1.6, (70, 92, 128) if chance < 0.5 else (60, 62, 66)),
        ):
            spot = middle + box.along * box.length * rng.uniform(-0.3, 0.3) + box.across * box.width * rng.uniform(-0.25, 0.25)
            top = rectangle(spot, box.along, long, wide).intersection(house)
            builder.canvas.roof(top, vary(rng, colour, 12), storeys * 3.0 + rise, "plain")


def mall(canvas: Canvas, block: Polygon, style: Style, rng: Rng, tone: float) -> None:
    """A shopping mall that fills its block: an atrium's glass and plant on its roof, a tower at times, a plaza."""
    canvas.paint(block, vary(rng, (166, 160, 152), 5), "concrete")
    box = frame(block)
    plaza = half_plane(box.centre + box.along * box.length * rng.uniform(0.26, 0.36), box.along, box.across)
    body = block.buffer(-9).difference(plaza).buffer(-8).buffer(8)
    house = largest(body)
    if house is None or house.area < 900:
        canvas.plant(block, 70, rng)
        return
    builder = Builder(canvas, style, rng, tone)
    height = float(rng.choice([20.0, 24.0, 28.0]))
    builder.raise_(house, height, "mall", "flat")
    middle = frame(house)
    ends = [middle.centre + middle.along * middle.length * share for share in (-0.36, 0.36)]
    atrium = LineString([ends[0], middle.centre + middle.across * 6, ends[1]]).buffer(5.5)
    canvas.roof(atrium.intersection(house.buffer(-4)), (120, 150, 160), height + 2.2, "metal", angle(middle.along))
    for place in scatter(house.buffer(-7).difference(atrium.buffer(4)), house.area / 260, rng):
        plant = rectangle(place, middle.along, rng.uniform(3, 11), rng.uniform(2.5, 6))
        canvas.roof(plant, vary(rng, (186, 187, 186), 14), height + rng.uniform(1.5, 3.5), "metal", angle(middle.across))
    if house.area > 5200 and rng.random() < 0.5:
        spot = middle.centre - middle.along * middle.length * 0.3
        tower = rectangle(spot, middle.along, 38, 30).intersection(house.buffer(-3))
        builder.raise_(tower, rng.uniform(70, 120), "office" if rng.random() < 0.8 else "hotel", "flat")
    _plaza(canvas, largest(block.difference(house.buffer(5)).buffer(-3)), rng)
    rim = largest(block.buffer(-3.5)) or block
    for place in along(rim.exterior, 8, rng, 0.15)[0]:
        if rng.random() < 0.7 and not house.buffer(2.5).contains(Point(place)):
            canvas.tree(place, rng, rng.uniform(1.6, 3))


def _plaza(canvas: Canvas, ground: Polygon | None, rng: Rng) -> None:
    """Paving in bands with planters and trees in a grid, or a car park."""
    if ground is None or ground.area < 300:
        return
    if rng.random() < 0.4:
        car_park(canvas, ground, rng, 0.8)
        return
    box = frame(ground)
    for step in np.arange(-box.length / 2, box.length / 2, 7.0):
        band = rectangle(box.centre + box.along * step, box.along, 1.6, box.width).intersection(ground)
        canvas.paint(band, (148, 140, 132), "concrete")
    for step in np.arange(-box.length / 2 + 8, box.length / 2 - 8, 14.0):
        for level in np.arange(-box.width / 2 + 7, box.width / 2 - 6, 12.0):
            spot = box.centre + box.along * (step + rng.normal(0, 0.3)) + box.across * level
            if rng.random() < 0.75 and ground.contains(Point(spot).buffer(3)):
                canvas.paint(rectangle(spot, box.along, 7.0, 2.6), (106, 114, 88), "garden")
                for shift in (-2, 2):
                    canvas.tree(spot + box.along * shift, rng, rng.uniform(1.3, 2.5))


def school(canvas: Canvas, block: Polygon, style: Style, rng: Rng, tone: float) -> None:
    """Classroom wings linked by a gallery on one side, a running track or courts on the other."""
    canvas.paint(block, vary(rng, (164, 160, 152), 5), "concrete")
    box = frame(block)
    sports = block.intersection(half_plane(box.centre + box.along * box.length * 0.02, box.along, box.across))
    field = frame(sports)
    long, wide = field.length - 26, field.width - 26
    canvas.paint(sports.buffer(-3), vary(rng, pick(rng, style.grass), 5), "grass")
    if long > 88 and wide > 44:
        pitch(canvas, field.centre, field.along, min(long - 12, 100), min(wide, 62) * 0.8, rng, track=True)
    else:
        for k in (-1, 0, 1):
            place = field.centre + field.along * 37 * k
            if sports.buffer(-4).contains(Point(place).buffer(14)):
                court(canvas, place, field.across, rng)
    grounds = largest(block.difference(sports).buffer(-7))
    if grounds is None:
        return
    builder = Builder(canvas, style, rng, tone)
    south = np.array([1.0, 0.0]) if style.plan == "superblocks" else frame(grounds).along
    yard = frame(grounds)
    extent = shapely.get_coordinates(grounds) - yard.centre
    low, high = float((extent @ normal(south)).min()), float((extent @ normal(south)).max())
    wings = []
    for level in np.arange(low + 8, high - 7, rng.uniform(30, 38)):
        line = LineString([yard.centre + normal(south) * level + south * s for s in (-900, 900)]).intersection(grounds)
        if line.geom_type == "LineString" and line.length > 30:
            middle = np.array(line.interpolate(0.5, normalized=True).coords[0])
            wings.append(rectangle(middle, south, min(line.length * 0.86, 72), 13))
    if len(wings) > 1:
        ends = [np.array(wing.centroid.coords[0]) - south * 14 for wing in wings]
        wings.append(LineString([ends[0], ends[-1]]).buffer(4, cap_style="flat"))
    house = unary_union(wings).intersection(grounds)
    for part in getattr(house, "geoms", [house]):
        builder.raise_(
            part, rng.uniform(13, 18), "school", "flat" if style.plan == "superblocks" or rng.random() < 0.5 else "pitched"
        )
    free = block.difference(sports).difference(house.buffer(3)).buffer(-1)
    lawn = free.difference(grounds.buffer(-4)).union(free.intersection(house.buffer(11)).difference(house.buffer(5)))
    canvas.paint(lawn, vary(rng, pick(rng, style.grass), 6), "garden")
    places = scatter(free, free.area / 45, rng)
    for place in places[noise_on(places, 30, 47) > 0.15]:
        canvas.tree(place, rng, rng.uniform(1.5, 3.6))
    for place in along(block.exterior, 7, rng, 0.2)[0]:
        if rng.random() < 0.5 and not house.intersects(Point(place).buffer(2)):
            canvas.tree(place, rng, rng.uniform(1.8, 3.4))


def hospital(canvas: Canvas, block: Polygon, style: Style, rng: Rng, tone: float) -> None:
    """Ward blocks on a broad base, a helipad, car parks."""
    canvas.paint(block, vary(rng, pick(rng, style.grass, 3), 5), "grass")
    box = frame(block)
    builder = Builder(canvas, style, rng, tone)
    base = rectangle(box.centre, box.along, box.length * 0.6, box.width * 0.5).intersection(block.buffer(-6))
    canvas.paint(base.buffer(7, join_style="mitre").intersection(block), (160, 158, 152), "concrete")
    builder.raise_(base, 13, "hospital", "flat")
    for shift in (-0.16, 0.16):
        ward = rectangle(box.centre + box.along * box.length * shift, box.across, box.width * 0.44, 17).intersection(base)
        builder.raise_(ward, rng.uniform(26, 58) if style.plan == "superblocks" else rng.uniform(20, 28), "hospital", "flat")
    pad = Point(box.centre).buffer(8).intersection(base.buffer(-2))
    canvas.roof(pad, (122, 134, 128), 14.6, "flat")
    for side in (-1, 1):
        stalls = rectangle(box.centre + box.along * side * box.length * 0.41, box.across, box.width * 0.7, 22)
        car_park(canvas, stalls.intersection(block.buffer(-4)), rng, 0.85)
    canvas.plant(block.difference(base.buffer(8)), 120 / style.planting, rng)


def allotments(canvas: Canvas, block: Polygon, style: Style, rng: Rng) -> None:
    """Garden plots of 250 m2 with a hut, beds, lawn and fruit trees each, paths between them."""
    canvas.mark("allotments", block)
    canvas.paint(block, vary(rng, (156, 148, 128), 5), "sand")
    for plot in cut(block.buffer(-1), 250, rng):
        garden = plot.buffer(-0.8, join_style="mitre")
        box = frame(plot)
        canvas.paint(garden, vary(rng, pick(rng, style.grass), 9), "garden")
        for _ in range(rng.integers(1, 4)):
            spot = (
                box.centre + box.along * box.length * rng.uniform(-0.35, 0.35) + box.across * box.width * rng.uniform(-0.3, 0.3)
            )
            bed = rectangle(spot, box.along, rng.uniform(3, 7), rng.uniform(2, 5)).intersection(garden)
            canvas.paint(bed, vary(rng, pick(rng, BEDS), 9), "soil", angle(box.along))
        if rng.random() < 0.85:
            spot = box.centre + box.along * box.length * 0.3 * rng.choice([-1, 1]) + box.across * rng.normal(0, 1.5)
            hut = rectangle(spot, box.across, rng.uniform(3.4, 5.4), rng.uniform(2.8, 4)).intersection(garden)
            if hut.geom_type == "Polygon" and hut.area > 6:
                Builder(canvas, style, rng, 0.2).raise_(hut, 2.6, "shed", str(rng.choice(["pitched", "flat", "metal"])))
        for place in scatter(garden, 3, rng):
            if rng.random() < 0.6:
                canvas.tree(place, rng, rng.uniform(0.9, 2.3))
        if rng.random() < 0.4:
            hedge = along(plot.exterior, 1.9, rng, 0.3)[0]
            canvas.trees.extend((float(x), float(y), 0.9, 1.4, 0.0) for x, y in hedge[: len(hedge) // 2])
