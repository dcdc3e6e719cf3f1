"""How town blocks are filled: what each zone puts on its lots."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from netspatial_core.synthetic.buildings import Builder
from netspatial_core.synthetic.canvas import Canvas
from netspatial_core.synthetic.furniture import car_park, park
from netspatial_core.synthetic.geometry import Points, Rng, along, angle, frame, half_plane, normal, polygons, rectangle, scatter
from netspatial_core.synthetic.materials import CONTAINERS, pick, vary
from netspatial_core.synthetic.style import Style


class Lot(NamedTuple):
    """A lot with its street side.

    Attributes:
        polygon: Its ground.
        centre: Centre of its frame [2].
        front: Unit vector towards the street [2].
        depth: Extent along ``front``, metres.
        side: Unit vector along the street [2].
        width: Extent along ``side``, metres.
    """

    polygon: Polygon
    centre: Points
    front: Points
    depth: float
    side: Points
    width: float


def face_street(polygon: Polygon, edge: BaseGeometry) -> Lot:
    """The lot whose front is the side of its frame nearest to the block's edge."""
    centre, long, short, length, width = frame(polygon)
    sides = [
        (short, width, long, length),
        (-short, width, long, length),
        (long, length, short, width),
        (-long, length, short, width),
    ]
    gaps = [
        edge.distance(Point(centre + front * depth / 2)) + (0 if i < 2 else 0.6) for i, (front, depth, _, _) in enumerate(sides)
    ]
    front, depth, side, frontage = sides[int(np.argmin(gaps))]
    return Lot(polygon, centre, front, depth, side, frontage)


@dataclass(frozen=True)
class TownGrammar:
    """Fills the lots of one block.

    Attributes:
        canvas: Where to draw.
        style: The kind of city.
        rng: Source of every choice.
        builder: Raises the buildings.
        edge: Edge of the block.
        perimeter: Strip along the edge where closed blocks are built.
        terraced: Whether houses stand wall to wall.
    """

    canvas: Canvas
    style: Style
    rng: Rng
    builder: Builder
    edge: BaseGeometry
    perimeter: BaseGeometry
    terraced: bool

    def fill(self, zone: str, lot: Lot) -> None:
        """Fill one lot of a zone."""
        grammar = {
            "cbd": self._business,
            "mixed": self._closed_block,
            "entertainment": self._quarter,
            "apartments": self._flats,
            "houses": self._house,
            "industrial": self._industry,
            "commercial": self._commerce,
        }[zone]
        grammar(lot)

    def _business(self, lot: Lot) -> None:
        """Offices and towers on podiums, some car parks and pocket parks."""
        rng, builder, chance = self.rng, self.builder, self.rng.random()
        if chance < 0.07:
            car_park(self.canvas, lot.polygon.buffer(-1), rng, 0.8)
            return
        if chance < 0.12:
            park(self.canvas, lot.polygon, self.style, rng, sport=False)
            return
        height = float(np.clip(rng.lognormal(self.style.business, 0.62) * self.style.tall, 10, 115 * self.style.tall))
        use = str(rng.choice(["office", "hotel", "retail", "apartments"], p=[0.555, 0.025, 0.22, 0.2]))
        house: BaseGeometry = lot.polygon.buffer(-rng.uniform(0.6, 3.5), join_style="mitre")
        if house.geom_type != "Polygon" or house.area < 150:
            return
        if rng.random() >= 0.4:
            if rng.random() < 0.6:
                house = house.intersection(rectangle(lot.centre, lot.side, lot.width * 0.9, lot.depth * 0.88))
            else:
                notch = rectangle(lot.centre + lot.side * lot.width * 0.3, lot.side, lot.width * 0.45, lot.depth * 0.5)
                house = house.difference(notch)
        if height <= 34 or house.geom_type != "Polygon":
            builder.raise_(house, height, use, "flat")
            return
        builder.raise_(house, rng.uniform(7, 15), "retail", "flat")
        part = rng.uniform(0.45, 0.7)
        tower = rectangle(lot.centre, lot.side, lot.width * part, lot.depth * part).intersection(house)
        builder.raise_(tower, height, use, "flat")
        if rng.random() < 0.4:
            crown = rectangle(lot.centre, lot.side, lot.width * part * 0.55, lot.depth * part * 0.55)
            builder.raise_(crown.intersection(tower), height * 1.12, use, "flat")

    def _closed_block(self, lot: Lot) -> None:
        """Old town: houses along the street, courts behind, shops on the ground floor."""
        storeys = (9, 12, 15, 18, 21)
        uses, shares = ("mixed", "apartments", "retail", "office", "school"), (0.525, 0.29, 0.1, 0.075, 0.01)
        self._perimeter(lot, storeys, uses, shares)

    def _quarter(self, lot: Lot) -> None:
        """Like the old town, with places to go out."""
        self._perimeter(lot, (7, 10, 13, 16), ("mixed", "entertainment", "retail", "hotel"), (0.43, 0.42, 0.12, 0.03))

    def _perimeter(self, lot: Lot, storeys: tuple[int, ...], uses: tuple[str, ...], shares: tuple[float, ...]) -> None:
        rng, canvas, chance = self.rng, self.canvas, self.rng.random()
        if chance < 0.06:
            car_park(canvas, lot.polygon.buffer(-0.6), rng, 0.8)
            return
        if chance < 0.8:
            house: BaseGeometry = lot.polygon.buffer(-0.15, join_style="mitre").intersection(self.perimeter)
        else:
            body = rectangle(lot.centre + lot.front * lot.depth * 0.12, lot.side, lot.width * 0.86, lot.depth * 0.66)
            house = body.intersection(lot.polygon)
        court = lot.polygon.difference(house)
        if rng.random() < 0.45:
            canvas.paint(court, vary(rng, pick(rng, self.style.grass), 7), "garden")
        canvas.plant(court, 75 / self.style.planting, rng)
        pitched = max(0.04, self.style.pitched[0] - 0.5 * self.builder.tone)
        for part in polygons(house):
            height = rng.choice(storeys) + rng.uniform(-1, 1)
            use = str(rng.choice(uses, p=shares))
            self.builder.raise_(part, height, use, "pitched" if rng.random() < pitched else "flat")
        if court.area > 220 and rng.random() < 0.6:
            for place in scatter(court.buffer(-4), 1, rng):
                shed = rectangle(place, lot.side, rng.uniform(6, 11), rng.uniform(5, 8)).intersection(court)
                self.builder.raise_(shed, 3.5, "shed", "metal" if chance < 0.5 else "flat")

    def _flats(self, lot: Lot) -> None:
        """Slabs and towers in green, parking behind; a supermarket now and then."""
        rng, canvas, chance = self.rng, self.canvas, self.rng.random()
        if chance < 0.11:
            car_park(canvas, lot.polygon.buffer(-1.5), rng, 0.7)
            return
        if chance < 0.135:
            self._shop(lot, "supermarket")
            return
        direction = lot.side if lot.width > lot.depth else lot.front
        deep = rng.uniform(11.5, 14.5)
        long = min(max(lot.width, lot.depth) * rng.uniform(0.6, 0.85), 66)
        height = float(rng.choice([9, 12, 12, 15, 18, 24, 36], p=[0.15, 0.25, 0.2, 0.15, 0.12, 0.08, 0.05]))
        if height > 20:
            long, deep = min(long, 26), deep * 1.3
        middle = lot.centre + lot.front * lot.depth * 0.06
        house: BaseGeometry = rectangle(middle, direction, long, deep).intersection(lot.polygon)
        if long > 30 and rng.random() < 0.3:
            corner = middle + direction * (long / 2 - deep / 2) - normal(direction) * 9
            house = unary_union([house, rectangle(corner, normal(direction), 22, deep).intersection(lot.polygon)])
        self.builder.raise_(house, height, "apartments", "pitched" if rng.random() < self.style.pitched[1] else "flat")
        row = rectangle(lot.centre - lot.front * lot.depth * 0.36, lot.side, lot.width * 0.7, 10)
        stalls = row.intersection(lot.polygon).difference(house.buffer(1))
        if rng.random() < 0.6:
            car_park(canvas, stalls, rng, 0.7)
        path = LineString([lot.centre, lot.centre + lot.front * lot.depth * 0.6]).buffer(1.3)
        canvas.paint(path.intersection(lot.polygon), (176, 172, 164), "concrete")
        canvas.plant(lot.polygon.difference(house.buffer(3)).difference(stalls.buffer(1)), 72 / self.style.planting, rng)

    def _house(self, lot: Lot) -> None:
        """A house with drive, terrace and garden, a garage, a pool here and there."""
        rng, canvas, chance, polygon = self.rng, self.canvas, self.rng.random(), lot.polygon
        if chance < 0.05:
            canvas.plant(polygon, 40, rng)
            return
        if chance < 0.062:
            self._shop(lot, "supermarket" if polygon.area > 700 else "retail")
            return
        canvas.paint(polygon, vary(rng, pick(rng, self.style.grass), 8), "garden")
        if self.terraced:
            wide, deep = lot.width * 0.99, min(lot.depth * 0.45, 10)
        else:
            wide, deep = min(lot.width * rng.uniform(0.42, 0.72), 17), min(lot.depth * 0.45, rng.uniform(7.5, 12))
        if wide < 5 or deep < 5:
            return
        place = lot.centre + lot.front * (lot.depth / 2 - deep / 2 - rng.uniform(4, 7))
        if not self.terraced:
            place = place + lot.side * lot.width * rng.uniform(-0.08, 0.08)
        house: BaseGeometry = rectangle(place, lot.side, wide, deep)
        if rng.random() < 0.3 and not self.terraced:
            wing = place + lot.side * wide * rng.uniform(-0.25, 0.25) - lot.front * deep * 0.4
            house = unary_union([house, rectangle(wing, lot.front, deep * 0.9, wide * 0.45)])
        house = house.intersection(polygon)
        drive = LineString(
            [place + lot.side * (wide / 2 - 1.2), place + lot.side * (wide / 2 - 1.2) + lot.front * (deep / 2 + 9)]
        )
        canvas.paint(drive.buffer(1.5, cap_style="flat").intersection(polygon), vary(rng, (168, 164, 156), 10), "concrete")
        terrace = rectangle(place - lot.front * (deep / 2 + 2), lot.side, wide * 0.7, 4).intersection(polygon)
        canvas.paint(terrace, vary(rng, (178, 168, 154), 10), "concrete")
        self.builder.raise_(house, rng.uniform(4.5, 8), "house", "pitched" if rng.random() < self.style.pitched[2] else "flat")
        if rng.random() < 0.4:
            garage = rectangle(place + lot.side * (wide / 2 + 2.6) - lot.front * 1.5, lot.front, 6, 3.6).intersection(polygon)
            self.builder.raise_(garage.difference(house), 3, "garage", "flat" if chance < 0.6 else "pitched")
        self._garden(lot, house, place, wide, deep)

    def _garden(self, lot: Lot, house: BaseGeometry, place: Points, wide: float, deep: float) -> None:
        rng, canvas = self.rng, self.canvas
        if rng.random() < (0.05 if self.style.sea else 0.14):
            pool = place - lot.front * (deep / 2 + 9)
            if lot.polygon.contains(rectangle(pool, lot.side, 8, 4)):
                canvas.paint(rectangle(pool, lot.side, 8, 4), (196, 192, 184))
                canvas.paint(rectangle(pool, lot.side, 6.6, 3), (104, 168, 186))
        canvas.plant(lot.polygon.difference(house.buffer(2.2)), 58 / self.style.planting, rng, 1.2, 4)
        if rng.random() < 0.5 * self.style.planting:  # a hedge, not towards the street
            places = along(lot.polygon.exterior, 2.2, rng)[0]
            keep = (shapely.distance(self.edge, shapely.points(places)) > 3) & (rng.random(len(places)) < 0.8)
            canvas.trees.extend((float(x), float(y), 1.1, 1.6, 0.0) for x, y in places[keep])
        if rng.random() < 0.55:
            canvas.car(place + lot.side * (wide / 2 - 1.2) + lot.front * (deep / 2 + 4), angle(lot.front), rng)

    def _industry(self, lot: Lot) -> None:
        """Halls on a yard with lorries, containers, heaps; tanks now and then."""
        rng, canvas, chance = self.rng, self.canvas, self.rng.random()
        yard = lot.polygon.buffer(-2)
        grounds = ((150, 148, 144), (140, 139, 136), (172, 164, 150), self.style.ground)
        texture = ("concrete", "asphalt", "soil", "wild")[rng.integers(4)]
        canvas.paint(lot.polygon, vary(rng, grounds[rng.integers(4)], 8), texture)
        share = rng.uniform(0.5, 0.82)
        middle, deep = lot.centre - lot.front * lot.depth * 0.06, lot.depth * rng.uniform(0.4, 0.68)
        hall: BaseGeometry = rectangle(middle, lot.side, lot.width * share, deep).intersection(yard)
        if rng.random() < 0.4:
            corner = lot.centre + lot.side * lot.width * share * 0.35 * rng.choice([1, -1]) + lot.front * lot.depth * 0.2
            hall = hall.difference(rectangle(corner, lot.side, lot.width * 0.35, lot.depth * 0.35))
        self.builder.raise_(hall, rng.uniform(7, 14), "industrial", "metal" if rng.random() < 0.7 else "flat")
        annex = (
            lot.centre + lot.side * lot.width * share * 0.5 * rng.choice([1, -1]) - lot.front * lot.depth * rng.uniform(-0.1, 0.3)
        )
        block = rectangle(annex, lot.front, rng.uniform(10, 26), rng.uniform(7, 14)).intersection(yard)
        self.builder.raise_(block, rng.uniform(4, 9), "industrial", str(rng.choice(["metal", "flat"])))
        if chance < 0.07:
            self.builder.tanks(yard.buffer(-8).difference(hall.buffer(9)))
        rest = yard.difference(hall.buffer(5))
        if rng.random() < 0.5:
            stalls = rectangle(lot.centre + lot.front * lot.depth * 0.4, lot.side, lot.width * 0.8, 17)
            car_park(canvas, stalls.intersection(rest), rng, 0.5)
        self._yard(lot, rest)
        for place in along(lot.polygon.exterior, 9, rng, 0.5)[0]:
            if rng.random() < 0.22 * self.style.planting:
                canvas.tree(place, rng)

    def _yard(self, lot: Lot, rest: BaseGeometry) -> None:
        rng, canvas = self.rng, self.canvas
        for place in scatter(rest.buffer(-4), int(rest.area / 420), rng):
            chance, turn = rng.random(), angle(lot.side) + (0 if rng.random() < 0.7 else math.pi / 2)
            if chance < 0.35:
                canvas.car(place, turn, rng, 1)
            elif chance < 0.7:
                for row in range(rng.integers(1, 6)):
                    box = rectangle(place + lot.front * row * 2.7, lot.side, 12, 2.4)
                    canvas.roof(box, vary(rng, pick(rng, CONTAINERS), 12), 2.6 * rng.integers(1, 3), "plain")
            else:
                heap = ((120, 112, 100), (190, 182, 166), (96, 92, 88))[rng.integers(3)]
                canvas.paint(Point(place).buffer(rng.uniform(2, 7)), vary(rng, heap, 8), "soil")

    def _commerce(self, lot: Lot) -> None:
        """Large shops with car parks in front, and office blocks."""
        chance = self.rng.random()
        if chance < 0.72:
            self._shop(lot, "supermarket" if chance < 0.22 else "retail")
        else:
            self.builder.raise_(lot.polygon.buffer(-6, join_style="mitre"), self.rng.uniform(10, 24), "office", "flat")

    def _shop(self, lot: Lot, use: str) -> None:
        """A flat box at the back of its car park."""
        rng = self.rng
        box = rectangle(lot.centre - lot.front * lot.depth * 0.2, lot.side, lot.width * rng.uniform(0.6, 0.85), lot.depth * 0.42)
        house = box.intersection(lot.polygon)
        forecourt = lot.polygon.difference(house.buffer(3))
        forecourt = forecourt.intersection(half_plane(lot.centre + lot.front * lot.depth * 0.04, lot.front, lot.side))
        car_park(self.canvas, forecourt.buffer(-2), rng, 0.6)
        self.builder.raise_(house, rng.uniform(6, 12), use, "metal" if rng.random() < 0.4 else "flat")
