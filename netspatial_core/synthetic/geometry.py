"""Small geometry in metres (x to the east, y to the south): frames of polygons, cuts into lots, points in and along them."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

Points = NDArray[np.float64]  # [..., 2] metres
Rng = np.random.Generator


class Frame(NamedTuple):
    """The smallest rotated rectangle around a polygon.

    Attributes:
        centre: Its centre [2].
        along: Unit vector of its long side [2].
        across: Unit vector of its short side [2].
        length: Long side, metres.
        width: Short side, metres.
    """

    centre: Points
    along: Points
    across: Points
    length: float
    width: float


def frame(polygon: BaseGeometry) -> Frame:
    """The frame of a polygon; of its bounding box where it is smaller than a square metre."""
    box = shapely.oriented_envelope(polygon) if polygon.area > 1 else polygon.envelope
    corners = shapely.get_coordinates(box)[:4]
    first, second = corners[1] - corners[0], corners[2] - corners[1]
    if first @ first < second @ second:
        first, second = second, first
    length, width = float(np.hypot(first[0], first[1])), float(np.hypot(second[0], second[1]))
    centre = np.add.reduce(corners) / 4
    return Frame(centre, first / length, second / max(width, 0.01), length, width)


def polygons(geometry: BaseGeometry) -> Iterator[Polygon]:
    """The polygons of a geometry, lines and points left out."""
    for part in getattr(geometry, "geoms", [geometry]):
        if part.geom_type == "Polygon" and not part.is_empty:
            yield part


def largest(geometry: BaseGeometry) -> Polygon | None:
    """The largest polygon of a geometry, None where it has none."""
    return max(polygons(geometry), key=lambda part: part.area, default=None)


def normal(direction: Points) -> Points:
    """The unit vector a quarter turn to the right on the ground (y to the south)."""
    return np.array([-direction[1], direction[0]])


def angle(direction: Points) -> float:
    """Direction of a vector, radians from east towards south."""
    return float(np.arctan2(direction[1], direction[0]))


def unit(radians: float) -> Points:
    """The unit vector of a direction."""
    return np.array([np.cos(radians), np.sin(radians)])


def rectangle(centre: Points, direction: Points, length: float, width: float) -> Polygon:
    """A rectangle about a centre, its length along ``direction``."""
    ahead, side = direction * length / 2, normal(direction) * width / 2
    front, rear = centre + ahead, centre - ahead
    return _polygon((front + side, front - side, rear - side, rear + side))


def half_plane(point: Points, inward: Points, edge: Points) -> Polygon:
    """The ground on the side of ``inward`` of the line through ``point`` along ``edge`` (4 km of it)."""
    reach = 2000.0
    begin, end, deep = point - reach * edge, point + reach * edge, 2 * reach * inward
    return _polygon((begin, end, end + deep, begin + deep))


def _polygon(corners: tuple[Points, ...]) -> Polygon:
    """A polygon without holes; a city has a million, and this way they are made faster than by the constructor."""
    made = shapely.polygons(np.array(corners))
    assert isinstance(made, Polygon)
    return made


def cut(polygon: Polygon, target: float, rng: Rng) -> list[Polygon]:
    """A polygon cut again and again across its long side into lots of about ``target`` m2, so that lots keep a street front."""
    if polygon.area < target * rng.uniform(0.75, 1.7) or polygon.area < 60:
        return [polygon]
    box = frame(polygon)
    knife = half_plane(box.centre + box.along * box.length * rng.uniform(-0.07, 0.07), box.along, box.across)
    lots: list[Polygon] = []
    for side in (polygon.intersection(knife), polygon.difference(knife)):
        for part in polygons(side):
            if part.area > 25:
                lots.extend(cut(part, target, rng))
    return lots


def scatter(geometry: BaseGeometry, count: float, rng: Rng) -> Points:
    """Up to ``count`` random points in a polygon [point, 2]."""
    if count <= 0 or geometry.is_empty:
        return np.zeros((0, 2))
    x0, y0, x1, y1 = geometry.bounds
    tries = int(count * (x1 - x0) * (y1 - y0) / max(geometry.area, 1) + 4)
    points = np.column_stack([rng.uniform(x0, x1, tries), rng.uniform(y0, y1, tries)])
    inside = shapely.contains_xy(geometry, points[:, 0], points[:, 1])
    return points[inside][: int(count)]


def along(line: BaseGeometry, step: float, rng: Rng, jitter: float = 0.2) -> tuple[Points, NDArray[np.float64]]:
    """Points about every ``step`` metres along a line or ring [point, 2], and the line's direction there [point]."""
    path = LineString(shapely.get_coordinates(line))
    distance = np.arange(step / 2, path.length, step)
    distance = distance + rng.uniform(-jitter, jitter, len(distance)) * step
    here = shapely.get_coordinates(shapely.line_interpolate_point(path, distance))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(path, distance + 0.5))
    return here, np.arctan2(ahead[:, 1] - here[:, 1], ahead[:, 0] - here[:, 0])


def smooth(points: ArrayLike, count: int = 400) -> Points:
    """A smooth line through points [count, 2]: a cubic spline on the chord length."""
    from scipy.interpolate import CubicSpline

    knots = np.asarray(points, dtype=float)
    chord = np.r_[0, np.cumsum(np.hypot(*np.diff(knots, axis=0).T))]
    return np.asarray(CubicSpline(chord, knots)(np.linspace(0, chord[-1], count)), dtype=np.float64)
