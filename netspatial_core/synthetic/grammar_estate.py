"""Estates: parallel slabs and towers in green, from walk-ups of the 1980s to gated compounds of 33 storeys."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from shapely.affinity import scale
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from netspatial_core.synthetic.buildings import Builder
from netspatial_core.synthetic.canvas import Canvas
from netspatial_core.synthetic.furniture import car_park, court
from netspatial_core.synthetic.geometry import Points, Rng, along, frame, largest, normal, rectangle, scatter, smooth, unit
from netspatial_core.synthetic.materials import Rgb, pick, vary
from netspatial_core.synthetic.noise import noise_on
from netspatial_core.synthetic.style import Style

STOREY_M = 3.0
LANE = (150, 147, 141)


@dataclass(frozen=True)
class Kind:
    """One kind of estate.

    Attributes:
        storeys: Fewest and most.
        deep: Depth of a house, metres.
        unit: Length of one stair's flats, metres.
        units: Fewest and most stairs in a row.
        gap: Between houses of a row, metres.
        spread: Distance of rows as a share of the height, and its least, metres.
        green: Share of the ground's length that the garden in the middle takes.
        shops: Share of street sides with shops.
        pitched: Share of estates with tiled roofs.
    """

    storeys: tuple[int, int]
    deep: float
    unit: float
    units: tuple[int, int]
    gap: float
    spread: tuple[float, float]
    green: float
    shops: float
    pitched: float = 0.0


KINDS = {
    "towers": Kind((24, 33), 19, 30, (1, 1), 17, (0.40, 33), 0.13, 0.4),
    "boards": Kind((18, 33), 15.5, 16, (2, 4), 13, (0.42, 31), 0.12, 0.4),
    "middle": Kind((11, 18), 14.0, 15, (2, 4), 11, (0.55, 22), 0.1, 0.4),
    "walkups": Kind((5, 7), 10.8, 13, (2, 5), 8, (0.72, 12), 0.0, 0.6, 0.25),
    "slabs": Kind((4, 6), 10.8, 15, (3, 6), 16, (1.5, 24), 0.0, 0.08, 0.35),
    "high_slabs": Kind((8, 12), 12.0, 18, (3, 5), 22, (1.2, 34), 0.1, 0.1),
}


def estate(canvas: Canvas, block: Polygon, style: Style, seed: int, rng: Rng, zone: str, tone: float) -> None:
    """Fill a block with one estate; those of superblocks all face south."""
    centre = np.array(block.representative_point().coords[0])
    age = float(noise_on(centre, 520, seed + 40)) + rng.normal(0, 0.25)
    if zone == "mixed":
        name = "walkups" if age < 0.5 else "middle"
    elif zone == "slabs":
        name = "high_slabs" if age > 0.35 else "slabs"
    else:
        name = "walkups" if age < -0.5 else "middle" if age < -0.24 else "boards" if age < 0.22 else "towers"
    kind = KINDS[name]
    if zone == "slabs":  # rows at an angle to the street, whole districts alike
        bearing = frame(block).along if rng.random() < 0.6 else frame(block).across
    else:
        bearing = unit(0.05 * float(noise_on(centre, 900, seed + 41)) + rng.normal(0, 0.015))
    _Estate(canvas, block, style, seed, rng, kind, bearing, Builder(canvas, style, rng, tone)).build()


@dataclass(frozen=True)
class _Estate:
    canvas: Canvas
    block: Polygon
    style: Style
    seed: int
    rng: Rng
    kind: Kind
    bearing: Points
    builder: Builder

    def build(self) -> None:
        canvas, rng, kind = self.canvas, self.rng, self.kind
        canvas.paint(self.block, vary(rng, pick(rng, self.style.grass, 4), 6), "garden")
        taken = [self._shops()] if kind.shops else []
        grounds = largest(self.block.buffer(-3.5).difference(unary_union(taken).buffer(5)))
        if grounds is None or grounds.area < 500:
            canvas.plant(self.block, 60, rng)
            return
        inner = largest(grounds.buffer(-2.0)) or grounds
        green = self._garden(grounds)
        roads = self._roads(grounds, green)
        houses = self._rows(inner, green)
        taken += [green, *houses]
        self._stalls(roads, unary_union(houses))
        self._plant(unary_union([*taken, roads]))

    def _shops(self) -> BaseGeometry:
        """Two storeys of shops along the streets, in strips."""
        canvas, rng = self.canvas, self.rng
        corners = shapely.get_coordinates(shapely.get_exterior_ring(self.block.simplify(4)))
        strips: list[BaseGeometry] = []
        for a, b in pairwise(corners):
            length = float(np.hypot(*(b - a)))
            if length < 36 or rng.random() > self.kind.shops:
                continue
            way, deep = (b - a) / length, rng.uniform(10, 15)
            start = rng.uniform(8, 16)
            while start < length - 24:
                long = min(rng.uniform(24, 75), length - start - 6)
                middle = a + way * (start + long / 2)
                inward = normal(way)
                if not self.block.contains(Point(middle + inward * 8)):
                    inward = -inward
                strip = rectangle(middle + inward * (deep / 2 + 2.2), way, long, deep)
                start += long + rng.uniform(7, 22)
                if self.block.contains(strip) and not any(strip.distance(s) < 4 for s in strips):
                    canvas.paint(
                        strip.buffer(3, join_style="mitre").intersection(self.block), vary(rng, (160, 157, 151)), "concrete"
                    )
                    self.builder.raise_(strip, float(rng.choice([4.5, 8.0, 8.5, 12.0])), "shops", "flat")
                    strips.append(strip)
        return unary_union(strips)

    def _garden(self, grounds: Polygon) -> BaseGeometry:
        """The garden in the middle: lawn, paths, a pond, a court, a kindergarten beside it."""
        canvas, rng = self.canvas, self.rng
        box = frame(grounds)
        if not self.kind.green or grounds.area < 13000:
            return Polygon()
        middle = box.centre + box.along * box.length * rng.uniform(-0.1, 0.1)
        turn = np.linspace(0, 2 * math.pi, 40)
        radius = box.length * self.kind.green * (1 + 0.2 * np.sin(2 * turn + rng.uniform(0, 6)) + 0.12 * np.sin(3 * turn))
        green = Polygon(middle + radius[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])).buffer(0).intersection(grounds)
        canvas.mark("garden", green)
        canvas.paint(green, vary(rng, pick(rng, self.style.grass, 3), 5), "grass")
        knots = [middle + rng.normal(0, box.length * self.kind.green * 0.7, 2) for _ in range(4)]
        canvas.paint(LineString(smooth(knots, 40)).buffer(1.6).intersection(green), vary(rng, (182, 172, 156), 6), "concrete")
        if rng.random() < 0.5:
            pond = Point(middle).buffer(1)
            pond = scale(pond, rng.uniform(7, 13), rng.uniform(4, 8))
            canvas.paint(pond.buffer(1.5).intersection(green), (168, 162, 150), "concrete")
            canvas.paint(pond.intersection(green), (84, 116, 118) if rng.random() < 0.6 else (92, 148, 160))
        chance = rng.random()
        if chance < 0.6:
            spot = middle + unit(rng.uniform(0, 6.3)) * box.length * self.kind.green * 0.55
            court(canvas, spot, self.bearing, rng)
        if chance > 0.55 and grounds.area > 15000:
            spot = middle + self.bearing * box.length * self.kind.green * 0.9
            house = rectangle(spot, self.bearing, 34, 17).union(rectangle(spot - normal(self.bearing) * 13, self.bearing, 14, 18))
            house = house.intersection(grounds)
            yard = house.buffer(13, join_style="mitre").intersection(grounds)
            canvas.paint(yard, vary(rng, (172, 128, 104), 10), "concrete")
            self.builder.raise_(house, 11.0, "kindergarten", "flat")
            green = green.union(yard)
        return green

    def _roads(self, grounds: Polygon, green: BaseGeometry) -> BaseGeometry:
        """A loop inside the fence, and the way in."""
        rng = self.rng
        loop = largest(grounds.buffer(-5))
        if loop is None:
            return Polygon()
        ring = LineString(shapely.get_coordinates(loop.simplify(3))).buffer(2.6)
        box = frame(grounds)
        gate = LineString([box.centre, box.centre + box.across * (box.width / 2 + 8) * rng.choice([-1, 1])]).buffer(3.4)
        roads = ring.union(gate).intersection(self.block).difference(green)
        self.canvas.paint(roads, vary(rng, LANE, 6), "road")
        return roads

    def _rows(self, inner: Polygon, green: BaseGeometry) -> list[BaseGeometry]:
        """Houses in parallel rows, all of one design; the rows keep a distance that grows with their height."""
        rng, kind, way = self.rng, self.kind, self.bearing
        back = normal(way)
        colour = vary(rng, pick(rng, self.style.flat_roofs), 7)
        wall = vary(rng, pick(rng, ((206, 196, 180), (190, 178, 162), (198, 168, 142), (176, 172, 168), (214, 208, 200))), 6)
        storeys = int(rng.integers(kind.storeys[0], kind.storeys[1] + 1))
        pitched = rng.random() < kind.pitched
        shapely.prepare(inner)
        middle = np.array(inner.centroid.coords[0])
        corners = shapely.get_coordinates(inner.exterior) - middle
        low, high = float((corners @ back).min()), float((corners @ back).max())
        step = kind.deep + max(kind.spread[1], kind.spread[0] * storeys * STOREY_M)
        rows = max(1, int((high - low - kind.deep) / step) + 1)
        offset = ((high - low) - kind.deep - (rows - 1) * step) / 2
        houses: list[BaseGeometry] = []
        for row in range(rows):
            level = low + offset + kind.deep / 2 + row * step
            line = LineString([middle + back * level - way * 2000, middle + back * level + way * 2000]).intersection(inner)
            for piece in shapely.get_parts(line):
                if piece.geom_type == "LineString":
                    begin, end = (float((np.array(p) - middle) @ way) for p in (piece.coords[0], piece.coords[-1]))
                    houses += self._row(
                        middle + back * level, min(begin, end), max(begin, end), storeys, row, inner, green, pitched, colour, wall
                    )
        return houses

    def _row(
        self, level: Points, begin: float, end: float, storeys: int, row: int, inner: Polygon, green: BaseGeometry, pitched: bool,
        colour: Rgb, wall: Rgb,
    ) -> list[BaseGeometry]:  # fmt: skip
        rng, kind, way = self.rng, self.kind, self.bearing
        found: list[BaseGeometry] = []
        at = begin + (row % 2) * kind.unit * 0.35 * (kind.units[1] == 1)
        while at < end - kind.unit * kind.units[0]:
            units = min(int(rng.integers(kind.units[0], kind.units[1] + 1)), int((end - at) // kind.unit))
            long = units * kind.unit
            centre = level + way * (at + long / 2) + normal(way) * rng.normal(0, 0.8)
            at += long + kind.gap
            house = self._plan(centre, units) if self._fits(centre, long, inner) else None
            if house is None or not inner.contains(house) or house.intersects(green):  # try a little further along the row
                at += 5.0 - long - kind.gap
                continue
            at += (rng.uniform(0.9, 1.4) - 1) * kind.gap
            height = (storeys + int(rng.integers(-2, 1)) * (storeys > 12)) * STOREY_M
            self.canvas.paint(house.buffer(2.4).intersection(self.block), vary(rng, (164, 160, 152), 5), "concrete")
            if pitched:
                self.builder.raise_(house, height, "apartments", "pitched", frame(house))
            else:
                self.builder.slab(house, height, "apartments", colour, wall, way, units)
            found.append(house)
        return found

    def _fits(self, centre: Points, long: float, inner: Polygon) -> bool:
        """Whether the ends of a house lie on its ground, which most places along a row fail: cheaper than its plan."""
        deep = self.kind.deep * (0.52 if self.kind.units[1] == 1 else 1.0)
        corners = shapely.get_coordinates(rectangle(centre, self.bearing, long, deep))
        return bool(shapely.contains_xy(inner, corners[:4]).all())

    def _plan(self, centre: Points, units: int) -> Polygon:
        """The outline: stairs side by side with recesses between them, or a tower with four wings."""
        kind, way, back = self.kind, self.bearing, normal(self.bearing)
        if kind.units[1] == 1:
            wide = rectangle(centre, way, kind.unit, kind.deep * 0.52)
            core = rectangle(centre + back * 1.0, way, kind.unit * 0.34, kind.deep * 1.12)
            wings = [
                rectangle(
                    centre + way * side * kind.unit * 0.36 - back * kind.deep * 0.14, way, kind.unit * 0.26, kind.deep * 0.86
                )
                for side in (1, -1)
            ]
            tower = unary_union([wide, core, *wings])
            assert isinstance(tower, Polygon)
            return tower
        house: BaseGeometry = rectangle(centre, way, units * kind.unit, kind.deep)
        for k in range(units + 1):
            seam = centre + way * (k - units / 2) * kind.unit
            if 0 < k < units:
                house = house.difference(rectangle(seam - back * kind.deep / 2, way, 3.4, 4.4))
            if k < units:
                bay = seam + way * kind.unit / 2 + back * kind.deep / 2
                house = house.union(rectangle(bay, way, kind.unit * 0.46, 2.2))
        return house if isinstance(house, Polygon) else rectangle(centre, way, units * kind.unit, kind.deep)

    def _stalls(self, roads: BaseGeometry, houses: BaseGeometry) -> None:
        """Cars parked along the loop, and a strip of stalls."""
        rng = self.rng
        grounds = largest(self.block.buffer(-8.5))
        if grounds is None:
            return
        places, turns = along(grounds.exterior, 5.6, rng, 0.1)
        packed = noise_on(places, 40, self.seed + 42) > 0.05
        for place, turn in zip(places[packed], turns[packed], strict=True):
            if rng.random() < 0.8 and roads.contains(Point(place)):
                self.canvas.car(place + rng.normal(0, 0.2, 2) + normal(unit(turn)) * 1.4, turn, rng)
        if self.kind.storeys[1] < 13:
            for place in scatter(self.block.buffer(-12).difference(houses.buffer(3)), self.block.area / 5000, rng):
                strip = (
                    rectangle(place, self.bearing, rng.uniform(20, 45), 5.4).difference(houses.buffer(2)).intersection(self.block)
                )
                car_park(self.canvas, strip, rng, 0.8)

    def _plant(self, taken: BaseGeometry) -> None:
        """Groves rather than an even sprinkle, a hedge of trees along the fence."""
        canvas, rng = self.canvas, self.rng
        free = self.block.buffer(-1.2).difference(taken.buffer(2.6))
        places = scatter(free, free.area / 26 * self.style.planting, rng)
        grove = noise_on(places, 34, self.seed + 43) + 0.5 * noise_on(places, 12, self.seed + 44)
        for place in places[grove > 0.02]:
            canvas.tree(place, rng, float(np.clip(rng.lognormal(0.85, 0.35), 1.2, 5.2)))
        fence = largest(self.block.buffer(-2.0)) or self.block
        for place in along(fence.exterior, 6.5, rng, 0.3)[0]:
            if rng.random() < 0.6 and not taken.intersects(Point(place).buffer(1.5)):
                canvas.tree(place, rng, rng.uniform(1.6, 3.0))
