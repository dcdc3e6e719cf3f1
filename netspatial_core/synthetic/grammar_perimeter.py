"""Closed blocks: houses wall to wall along the street with ridges that follow it, yards and rear houses behind."""

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import shapely
from shapely.geometry import Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from netspatial_core.synthetic.buildings import Builder
from netspatial_core.synthetic.canvas import Canvas
from netspatial_core.synthetic.furniture import car_park
from netspatial_core.synthetic.geometry import Frame, Points, Rng, frame, normal, polygons, rectangle, scatter
from netspatial_core.synthetic.materials import pick, vary
from netspatial_core.synthetic.noise import noise_on
from netspatial_core.synthetic.style import Style


class Age(NamedTuple):
    """How closed blocks of one age are built.

    Attributes:
        frontage: Narrowest and widest house, metres.
        depth: Shallowest and deepest, metres.
        height: Lowest and highest eaves, metres.
        pitched: Share of tiled roofs.
        rear: Share of yards with rear houses.
        green: Share of yards planted rather than paved.
        uses: What houses are used for, and their shares.
    """

    frontage: tuple[float, float]
    depth: tuple[float, float]
    height: tuple[float, float]
    pitched: float
    rear: float
    green: float
    uses: dict[str, float]


AGES = {
    "oldtown": Age(
        (7, 13), (9, 12), (8.5, 14), 0.95, 0.7, 0.25,
        {"mixed": 0.66, "apartments": 0.2, "office": 0.08, "hotel": 0.003, "school": 0.007, "retail": 0.05},
    ),
    "perimeter": Age(
        (14, 23), (12, 14), (16, 21.5), 0.8, 0.55, 0.65,
        {"mixed": 0.4, "apartments": 0.51, "office": 0.07, "hotel": 0.002, "school": 0.006, "retail": 0.012},
    ),
    "entertainment": Age(
        (8, 15), (10, 13), (9, 15), 0.9, 0.5, 0.2, {"mixed": 0.5, "entertainment": 0.4, "hotel": 0.012, "retail": 0.088}
    ),
}  # fmt: skip
MITRE_LIMIT = 0.55  # of 1 + the cosine between neighbouring sides: sharper corners are cut off


def closed_block(canvas: Canvas, block: Polygon, style: Style, seed: int, rng: Rng, zone: str, tone: float) -> None:
    """Houses along all sides of a block, and what is behind them."""
    age = AGES[zone]
    builder = Builder(canvas, style, rng, tone * 0.45)
    canvas.paint(block, vary(rng, (152, 147, 138), 7), "concrete")
    depth = rng.uniform(*age.depth)
    ground = block.buffer(-0.6 if zone == "perimeter" else -0.2, join_style="mitre")
    if zone != "perimeter" and block.area < 4500 and (rng.random() < 0.09 or block.area < 420):
        _square(canvas, block, style, rng)
        return
    yard: BaseGeometry = ground
    for part in polygons(ground):
        yard = yard.difference(_rows(builder, part, depth, age, rng))
    _yard(canvas, builder, yard, style, seed, age, rng)


def _rows(builder: Builder, ground: Polygon, depth: float, age: Age, rng: Rng) -> BaseGeometry:
    """The houses along the sides of a block, sharing walls; what they cover."""
    corners = shapely.get_coordinates(shapely.get_exterior_ring(shapely.orient_polygons(ground.simplify(1.2))))[:-1]
    sides = np.roll(corners, -1, axis=0) - corners
    lengths = np.hypot(*sides.T)
    ways = sides / np.maximum(lengths, 1e-6)[:, None]
    inward = np.column_stack([-ways[:, 1], ways[:, 0]])
    before = np.roll(inward, 1, axis=0)
    mitres = (inward + before) / np.maximum(1 + (inward * before).sum(axis=1), MITRE_LIMIT)[:, None] * depth
    block_height = rng.uniform(*age.height)
    built: list[BaseGeometry] = []
    for k in np.argsort(-lengths):
        if lengths[k] < 5:
            continue
        after = (k + 1) % len(corners)
        side = Polygon([corners[k], corners[after], corners[after] + mitres[after], corners[k] + mitres[k]])
        strip = side.buffer(0).intersection(ground).difference(unary_union(built))
        built.append(strip.buffer(0.05))
        edges = _frontages(float(lengths[k]), age, rng)
        for start, end in pairwise(edges):
            low = start - (40 if start == 0 else 0)
            high = end + (40 if end == edges[-1] else 0)
            slice_ = rectangle(corners[k] + ways[k] * (low + high) / 2, ways[k], high - low, 4 * depth)
            height = float(np.clip(block_height + rng.normal(0, 1.0), *age.height)) + (rng.random() < 0.06) * 3.0
            chance = rng.random()
            if chance < 0.025:
                continue  # a gap
            use = str(rng.choice(list(age.uses), p=list(age.uses.values())))
            row = Frame(
                corners[k] + ways[k] * (start + end) / 2 + inward[k] * depth / 2, ways[k], inward[k], float(end - start), depth
            )
            roof = "pitched" if rng.random() < age.pitched else "flat"
            for house in polygons(slice_.intersection(strip)):
                if house.area > 25:
                    builder.raise_(house, height, use, roof, row)
    return unary_union(built)


def _frontages(length: float, age: Age, rng: Rng) -> list[float]:
    """Party walls along a side, from 0 to its length, metres."""
    count = max(1, round(length / rng.uniform(*age.frontage)))
    widths = rng.uniform(0.75, 1.3, count)
    return [0.0, *(np.cumsum(widths) / widths.sum() * length).tolist()]


def _yard(canvas: Canvas, builder: Builder, yard: BaseGeometry, style: Style, seed: int, age: Age, rng: Rng) -> None:
    """Trees and lawn, or paving with sheds; rear houses across wide yards."""
    for part in polygons(yard):
        if part.area < 20:
            continue
        green = rng.random() < age.green
        if green:
            canvas.paint(part, vary(rng, pick(rng, style.grass), 7), "garden")
        free: BaseGeometry = part
        box = frame(part)
        if box.width > 24 and rng.random() < age.rear:
            count = max(1, round(box.length / 34))
            for k in range(count):
                spot = box.centre + box.along * ((k + 0.5) / count - 0.5) * box.length * 0.9 + box.across * rng.normal(0, 2)
                wing = rectangle(spot, box.across, box.width * rng.uniform(0.4, 0.66), rng.uniform(8.5, 11)).intersection(
                    part.buffer(-1)
                )
                if wing.area > 50 and rng.random() < 0.75:
                    builder.raise_(
                        wing, rng.uniform(0.6, 0.9) * age.height[0] + 2, "apartments", "pitched" if rng.random() < 0.6 else "flat"
                    )
                    free = free.difference(wing.buffer(1))
        for place in scatter(part.buffer(-3), part.area / 260, rng):
            shed = rectangle(place, box.along, rng.uniform(4, 13), rng.uniform(3.5, 7)).intersection(free)
            if shed.geom_type == "Polygon" and shed.area > 14 and rng.random() < 0.6:
                builder.raise_(
                    shed,
                    rng.uniform(3, 5),
                    "shed",
                    "metal" if rng.random() < 0.35 else "flat" if rng.random() < 0.6 else "pitched",
                )
                free = free.difference(shed.buffer(0.6))
        if not green and part.area > 700 and rng.random() < 0.4:
            car_park(canvas, rectangle(box.centre, box.along, box.length * 0.5, 16).intersection(free.buffer(-1)), rng, 0.7)
        places = scatter(free, free.area / (34 if green else 110), rng)
        for place in places[noise_on(places, 22, seed + 45) > -0.1]:
            canvas.tree(place, rng, float(np.clip(rng.lognormal(1.0, 0.38), 1.2, 5.5)))


def _square(canvas: Canvas, block: Polygon, style: Style, rng: Rng) -> None:
    """A square with a church, or a market place with stalls and a few old trees."""
    box = frame(block)
    canvas.paint(block, vary(rng, (168, 160, 148), 5), "concrete")
    builder = Builder(canvas, style, rng, -0.3)
    if box.length > 42 and box.width > 24:
        church(
            builder,
            box.centre,
            np.array([1.0, 0.0]) if abs(box.along[0]) > abs(box.along[1]) else box.along,
            min(box.length * 0.62, 62),
            block,
        )
    else:
        for place in scatter(block.buffer(-3), block.area / 60, rng):
            if rng.random() < 0.5:
                canvas.roof(
                    rectangle(place, box.along, 4, 3),
                    vary(rng, pick(rng, ((214, 208, 198), (176, 72, 60), (90, 120, 150))), 8),
                    2.8,
                    "plain",
                )
    for place in scatter(block.buffer(-2), block.area / 150, rng):
        if not any(Polygon(b.ring).buffer(3).contains(Point(place)) for b in canvas.buildings):
            canvas.tree(place, rng, rng.uniform(2.5, 5))


def church(builder: Builder, centre: Points, along: Points, length: float, ground: BaseGeometry) -> None:
    """A nave with a transept, an apse and a tower."""
    across, wide = normal(along), length * 0.3
    nave = rectangle(centre, along, length, wide).intersection(ground)
    builder.raise_(nave, 13.0, "church", "pitched", Frame(centre, along, across, length, wide))
    arm = centre + along * length * 0.18
    transept = rectangle(arm, across, wide * 1.9, wide * 0.75).intersection(ground)
    canvas, slope = builder.canvas, builder.style.tile_roofs[6]
    for sign, light in ((1, 1.12), (-1, 0.74)):
        half = rectangle(arm + along * sign * wide * 0.19, across, wide * 1.9, wide * 0.375).intersection(transept)
        canvas.roof(
            half, np.array(slope) * light, 17.0, "tile", math.atan2(across[1], across[0]), np.array([176.0, 168.0, 154.0])
        )
    apse = Point(centre + along * length * 0.5).buffer(wide * 0.42).intersection(ground)
    canvas.roof(apse, np.array(slope) * 0.95, 11.0, "tile", 0, np.array([176.0, 168.0, 154.0]))
    foot = centre - along * length * 0.52
    tower = rectangle(foot, along, wide * 0.55, wide * 0.55).intersection(ground)
    canvas.roof(tower, (120, 132, 118), 34.0, "plain", 0, np.array([182.0, 172.0, 156.0]))
    canvas.roof(
        Point(foot).buffer(wide * 0.16).intersection(ground), (96, 120, 108), 44.0, "plain", 0, np.array([110.0, 128.0, 116.0])
    )
