"""Buildings seen from above: roofs whose facets are shaded by their slope, and what stands on them."""

from dataclasses import dataclass

import numpy as np
from shapely.geometry import Point, Polygon
from shapely.geometry.base import BaseGeometry

from netspatial_core.synthetic.canvas import Canvas
from netspatial_core.synthetic.geometry import Frame, Points, Rng, angle, frame, half_plane, rectangle, scatter
from netspatial_core.synthetic.light import SUN, shade
from netspatial_core.synthetic.materials import PLANT, WALLS, Rgb, pick, vary
from netspatial_core.synthetic.style import Style


@dataclass(frozen=True)
class Builder:
    """Raises buildings on a canvas.

    Attributes:
        canvas: Where they are drawn and recorded.
        style: The kind of city.
        rng: Source of every choice.
        tone: Character of the neighbourhood, -1..1: greyer tiles and wealthier people where it is high.
    """

    canvas: Canvas
    style: Style
    rng: Rng
    tone: float = 0.0

    def raise_(self, footprint: BaseGeometry, height: float, use: str, roof: str, row: Frame | None = None) -> None:
        """One building: ``roof`` is ``pitched``, ``metal`` or ``flat``. Footprints in pieces or under 12 m2 are left out.

        A house in a closed row gives the ``row``'s frame there: its ridge runs along the street, with no hips.
        """
        if footprint.geom_type != "Polygon" or footprint.area < 12:
            return
        assert isinstance(footprint, Polygon)
        wall = vary(self.rng, pick(self.rng, WALLS), 8)
        self.canvas.record(footprint, height, use, roof)
        if roof == "pitched":
            self._pitched(footprint, row or frame(footprint), height, wall, hips=row is None)
        else:
            {"metal": self._metal, "flat": self._flat}[roof](footprint, frame(footprint), height, wall)

    def _pitched(self, footprint: Polygon, box: Frame, height: float, wall: Rgb, *, hips: bool) -> None:
        """Two tiled slopes, hipped ends on some, a ridge, a chimney, a few solar panels."""
        canvas, rng, (centre, along, across, length, width) = self.canvas, self.rng, box
        index = int(np.clip(rng.normal(3.5 + 4.5 * self.tone + self.style.tile_shift, 2.1), 0, 7))
        colour = vary(rng, self.style.tile_roofs[index], 7)
        canvas.roof(footprint, colour, height, "tile", 0, wall)
        rise = width / 2 * rng.uniform(0.45, 0.75)
        hipped = rng.random() < 0.35 and length > width * 1.1 and hips
        for sign in (1, -1):
            light = shade(np.array([*(across * sign * 0.5), 0.87]))
            slope = footprint.intersection(half_plane(centre, across * sign, along))
            canvas.roof(slope, colour * light, height + rise * 0.55, "tile", angle(along))
        if hipped and abs(footprint.area / (length * width) - 1) < 0.06:
            for sign in (1, -1):
                end = centre + along * sign * length / 2
                hip = Polygon([end + across * width / 2, end - across * width / 2, end - along * sign * width / 2])
                canvas.roof(hip, colour * shade(np.array([*(along * sign * 0.5), 0.87])), height + rise * 0.5, "tile", 0)
        else:
            ridge = rectangle(centre, along, length * 0.94, 0.5).intersection(footprint)
            canvas.roof(ridge, colour * 0.8 + 34, height + rise * 0.62, "plain")
        if rng.random() < 0.6:
            place = centre + along * length * rng.uniform(-0.35, 0.35) + across * width * rng.uniform(-0.2, 0.2)
            canvas.roof(rectangle(place, along, 0.9, 0.9), (88, 80, 76), height + rise + 1, "plain")
        if rng.random() < 0.08:
            sunny = across if across @ SUN[:2] > 0 else -across
            place = centre + sunny * width * 0.26 + along * length * rng.uniform(-0.15, 0.15)
            panels = rectangle(place, along, length * rng.uniform(0.3, 0.6), width * 0.26)
            canvas.roof(panels, (46, 54, 74), height + rise * 0.56, "plain")

    def _metal(self, footprint: Polygon, box: Frame, height: float, wall: Rgb) -> None:
        """Bays with low ridges and strips of skylight."""
        canvas, rng, (centre, along, across, length, width) = self.canvas, self.rng, box
        colour = vary(rng, self.style.metal_roofs[int(rng.choice(8, p=self.style.metal_shares))], 6)
        canvas.roof(footprint, colour, height, "metal", angle(along), wall)
        bays = max(1, round(width / 30))
        for bay in range(bays * 2):
            tilt = across * (1 if bay % 2 else -1)
            middle = centre + across * width * ((bay + 0.5) / (bays * 2) - 0.5)
            slope = rectangle(middle, along, length, width / bays / 2).intersection(footprint)
            canvas.roof(slope, colour * shade(np.array([*(tilt * 0.13), 0.99])), height + 0.6, "metal", angle(along))
        for _ in range(int(length * width / 500)):
            if rng.random() < 0.6:
                place = centre + along * length * rng.uniform(-0.45, 0.45) + across * width * rng.uniform(-0.4, 0.4)
                strip = rectangle(place, across, min(9, width * 0.3), 1.3).intersection(footprint)
                canvas.roof(strip, (222, 226, 228), height + 0.9, "plain")

    def _flat(self, footprint: Polygon, box: Frame, height: float, wall: Rgb) -> None:
        """A parapet, plant and skylights, lift houses and solar fields on large roofs."""
        canvas, rng, (centre, along, across, length, width) = self.canvas, self.rng, box
        colour = vary(rng, self.style.flat_roofs[int(rng.choice(9, p=self.style.flat_shares))], 8)
        parapet = colour * 0.5 + 96 if rng.random() < 0.6 else colour * 0.72
        canvas.roof(footprint, parapet, height + 0.7, "plain", 0, wall)
        inner = footprint.buffer(-0.7, join_style="mitre")
        canvas.roof(inner, colour, height, "flat")
        for _ in range(rng.poisson(min(footprint.area, 4000) / 150)):
            place = centre + along * length * rng.uniform(-0.42, 0.42) + across * width * rng.uniform(-0.4, 0.4)
            plant = rectangle(place, along, rng.uniform(1, 4.5), rng.uniform(1, 3))
            if inner.contains(plant):
                canvas.roof(plant, vary(rng, pick(rng, PLANT), 8), height + rng.uniform(0.8, 2.6), "plain")
        if footprint.area > 420:
            place = centre + along * length * rng.uniform(-0.2, 0.2)
            house = rectangle(place, along, min(length * 0.22, 13), min(width * 0.3, 8)).intersection(inner)
            canvas.roof(house, colour * 0.9, height + 3.2, "flat")
            if rng.random() < 0.35:
                panels = rectangle(centre - along * length * 0.28, along, length * 0.25, width * 0.5).intersection(inner)
                canvas.roof(panels, (58, 64, 82), height + 0.4, "metal", angle(across))

    def slab(self, footprint: Polygon, height: float, use: str, colour: Rgb, wall: Rgb, along: Points, units: int) -> None:
        """A block of flats of one estate: its neighbours' colours, a lift house over each stair, heaters.

        Args:
            footprint: Outline.
            height: Metres.
            use: What it is used for.
            colour: Of the roof.
            wall: Of the walls.
            along: Direction of its length [2].
            units: Stairs side by side.
        """
        canvas, rng = self.canvas, self.rng
        canvas.record(footprint, height, use, "flat")
        canvas.roof(footprint, colour * 0.45 + 108, height + 1.2, "plain", 0, wall)
        inner = footprint.buffer(-0.8, join_style="mitre")
        canvas.roof(inner, vary(rng, colour, 3), height, "flat")
        box = frame(footprint)
        centre, across = box.centre, np.array([-along[1], along[0]])
        for k in range(units):
            middle = centre + along * ((k + 0.5) / units - 0.5) * box.length
            lift = rectangle(middle - across * box.width * 0.12, along, min(7.5, box.length / units * 0.4), box.width * 0.34)
            canvas.roof(lift.intersection(inner), colour * 0.92, height + (4.5 if height > 30 else 2.6), "flat", 0, wall)
            for _ in range(rng.poisson(2.5)):
                spot = middle + along * rng.uniform(-5, 5) + across * box.width * rng.uniform(-0.35, 0.35)
                plant = rectangle(spot, along, rng.uniform(1, 3.2), rng.uniform(1, 2.2))
                if inner.contains(plant):
                    canvas.roof(plant, vary(rng, pick(rng, PLANT), 8), height + rng.uniform(0.8, 2.4), "plain")
        if height < 40 and rng.random() < 0.5:  # solar water heaters in rows
            for place in scatter(inner, footprint.area / 26, rng):
                heater = rectangle(place, along, 1.9, 1.1)
                if inner.contains(heater):
                    canvas.roof(heater, (66, 72, 92), height + 0.9, "plain")

    def tanks(self, ground: BaseGeometry) -> None:
        """Up to five storage tanks."""
        for place in scatter(ground, 5, self.rng):
            tank = Point(place).buffer(self.rng.uniform(4, 8))
            self.canvas.roof(tank, (206, 206, 202), 9, "plain", 0, np.array([190.0, 190.0, 186.0]))
            self.canvas.roof(tank.buffer(-1), (192, 193, 190), 9.2, "flat")
