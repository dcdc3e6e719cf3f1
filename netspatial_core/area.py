"""Study areas and their grids: square cells in metres of the right UTM zone, with stable ids and WGS84 polygons.

Conventions: projected coordinates are (east, north) in metres; geographic ones are (lon, lat) in degrees; rows count from the
north edge and columns from the west edge, both from 1, so a cell id reads ``R12C14``.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.enums import TransformDirection

from netspatial_core.errors import InputError

MARGIN_M = 500.0  # context around the study area: the largest disc a point is described by
SIDE_KM = (0.2, 10.0)
CELL_M = (50.0, 500.0)
LATITUDE = (-80.0, 84.0)  # where UTM is defined
MAX_BOX = 2.0  # degrees along a side: 10 km are 0.9 degrees of longitude at 84 north


@dataclass(frozen=True)
class StudyArea:
    """A square of ground in one UTM zone, cut into square cells.

    Attributes:
        name: What the user calls it.
        epsg: EPSG code of its UTM zone (326xx north, 327xx south).
        west: Easting of its west edge, metres.
        south: Northing of its south edge, metres.
        side_m: Length of a side, metres; a whole number of cells.
        cell_m: Side of a cell, metres.
    """

    name: str
    epsg: int
    west: float
    south: float
    side_m: float
    cell_m: float = 100.0

    @classmethod
    def from_centre(cls, lon: float, lat: float, side_km: float = 3.0, cell_m: float = 100.0, name: str = "") -> "StudyArea":
        """The area of side ``side_km`` around a point.

        Raises:
            InputError: A coordinate outside UTM's range, a side or a cell outside the supported sizes, or an area across the
                antimeridian.
        """
        check_point(lon, lat)
        _check_cell(cell_m)
        if not SIDE_KM[0] <= side_km <= SIDE_KM[1]:
            raise InputError(f"A side of {side_km:g} km is not supported.", f"Choose {SIDE_KM[0]:g} to {SIDE_KM[1]:g} km.")
        epsg = utm_epsg(lon, lat)
        east, north = _transformer(epsg).transform(lon, lat)
        count = max(1, round(side_km * 1000 / cell_m))
        k = point_scale(epsg, lon, lat)  # a UTM metre is 0.9996 to 1.001 true metres; the side is meant on the ground
        side, cell = count * cell_m * k, cell_m * k
        area = cls(name or f"{lat:.4f}, {lon:.4f}", epsg, east - side / 2, north - side / 2, side, cell)
        if area.bounds_wgs84(outer=True)[2] - area.bounds_wgs84(outer=True)[0] > 180:
            raise InputError("The area or its margin crosses the antimeridian.", "Move it off 180 degrees of longitude.")
        return area

    @classmethod
    def from_bbox(
        cls, west: float, south: float, east: float, north: float, cell_m: float = 100.0, name: str = ""
    ) -> "StudyArea":
        """The largest square of whole cells inside a WGS84 box, about its centre.

        Raises:
            InputError: A box that crosses the antimeridian, is empty, or is too large or too small.
        """
        _check_cell(cell_m)
        for lon, lat in ((west, south), (east, north)):
            check_point(lon, lat)
        if west >= east or south >= north:
            raise InputError(
                f"The box {west:g},{south:g},{east:g},{north:g} is empty or crosses the antimeridian.",
                "Give west,south,east,north with west < east and south < north; split a box that crosses 180 degrees.",
            )
        if east - west > MAX_BOX or north - south > MAX_BOX:  # UTM is undefined so far from its zone
            raise InputError(
                f"The box is {east - west:g} by {north - south:g} degrees.", f"Give one of {SIDE_KM[1]:g} km at most."
            )
        lon, lat = (west + east) / 2, (south + north) / 2
        epsg = utm_epsg(lon, lat)
        corners = np.array([(west, lat), (east, lat), (lon, south), (lon, north)])
        xy = np.column_stack(_transformer(epsg).transform(corners[:, 0], corners[:, 1]))
        side = min(math.dist(xy[0], xy[1]), math.dist(xy[2], xy[3])) / point_scale(epsg, lon, lat)
        count = math.floor(side / cell_m + 1e-6)
        if count < 1:
            raise InputError(
                f"The box is {side:.0f} m wide: not one cell of {cell_m:g} m.", "Give a larger box or a smaller cell."
            )
        return cls.from_centre(lon, lat, count * cell_m / 1000, cell_m, name)

    @property
    def count(self) -> int:
        """Cells along a side."""
        return round(self.side_m / self.cell_m)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in projected metres."""
        return self.west, self.south, self.west + self.side_m, self.south + self.side_m

    @property
    def outer_bounds(self) -> tuple[float, float, float, float]:
        """The bounds with the context margin around them."""
        w, s, e, n = self.bounds
        return w - MARGIN_M, s - MARGIN_M, e + MARGIN_M, n + MARGIN_M

    @property
    def centre(self) -> tuple[float, float]:
        """Longitude and latitude of the centre."""
        half = self.side_m / 2
        lon, lat = self.to_wgs84(np.array([[self.west + half, self.south + half]]))[0]
        return float(lon), float(lat)

    @property
    def scale(self) -> float:
        """Projected metres per metre on the ground, at the centre."""
        return point_scale(self.epsg, *self.centre)

    @property
    def crs(self) -> CRS:
        """The area's UTM zone."""
        return CRS.from_epsg(self.epsg)

    def to_wgs84(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Projected (east, north) [..., 2] in metres to (lon, lat) [..., 2]."""
        lon, lat = _transformer(self.epsg).transform(xy[..., 0], xy[..., 1], direction=TransformDirection.INVERSE)
        return np.stack([lon, lat], axis=-1)

    def from_wgs84(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """(lon, lat) [..., 2] to projected (east, north) [..., 2] in metres."""
        east, north = _transformer(self.epsg).transform(lonlat[..., 0], lonlat[..., 1])
        return np.stack([east, north], axis=-1)

    def bounds_wgs84(self, *, outer: bool = False) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees: the box around all four corners (UTM squares are slightly rotated)."""
        w, s, e, n = self.outer_bounds if outer else self.bounds
        corners = self.to_wgs84(np.array([[w, s], [w, n], [e, s], [e, n]]))
        return (*map(float, corners.min(axis=0)), *map(float, corners.max(axis=0)))  # type: ignore[return-value]

    @cached_property
    def grid(self) -> "Grid":
        """The area's cells, row by row from the north-west corner."""
        return Grid(self)


class Grid:
    """The cells of a study area, in row-major order from the north-west corner."""

    def __init__(self, area: StudyArea) -> None:
        self.area = area
        rows, columns = np.divmod(np.arange(area.count**2), area.count)
        self.rows: NDArray[np.int64] = rows + 1
        self.columns: NDArray[np.int64] = columns + 1

    def __len__(self) -> int:
        return self.area.count**2

    @cached_property
    def ids(self) -> list[str]:
        """Cell ids ``R01C01`` ...; two digits, three where a side has over 99 cells."""
        digits = max(2, len(str(self.area.count)))
        return [f"R{r:0{digits}d}C{c:0{digits}d}" for r, c in zip(self.rows, self.columns, strict=True)]

    @cached_property
    def centres(self) -> NDArray[np.float64]:
        """Projected (east, north) of the cell centres [cell, 2], metres."""
        a = self.area
        north = a.south + a.side_m
        return np.column_stack([a.west + (self.columns - 0.5) * a.cell_m, north - (self.rows - 0.5) * a.cell_m])

    @cached_property
    def centres_wgs84(self) -> NDArray[np.float64]:
        """(lon, lat) of the cell centres [cell, 2]."""
        return self.area.to_wgs84(self.centres)

    def polygons_wgs84(self, inset: float = 0.0) -> NDArray[np.float64]:
        """Closed rings [cell, 5, 2] in degrees, each side moved in by the fraction ``inset`` of a cell."""
        half = (0.5 - inset) * self.area.cell_m
        ring = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]) * half
        return self.area.to_wgs84(self.centres[:, None] + ring[None])

    def cell_at(self, lon: float, lat: float) -> int | None:
        """Index of the cell that holds a point, None outside the area."""
        east, north = self.area.from_wgs84(np.array([lon, lat]))
        column = math.floor((east - self.area.west) / self.area.cell_m)
        row = math.floor((self.area.south + self.area.side_m - north) / self.area.cell_m)
        inside = 0 <= column < self.area.count and 0 <= row < self.area.count
        return row * self.area.count + column if inside else None


def _check_cell(cell_m: float) -> None:
    if not CELL_M[0] <= cell_m <= CELL_M[1]:
        raise InputError(f"A cell of {cell_m:g} m is not supported.", f"Choose {CELL_M[0]:g} to {CELL_M[1]:g} m.")


def check_point(lon: float, lat: float) -> None:
    """Refuse a point that is no place on the ground UTM covers.

    Raises:
        InputError: Not a number, out of range (with a hint where lat and lon look swapped), or poleward of UTM's range.
    """
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise InputError(f"The point {lon}, {lat} is not a place.", "Give longitude and latitude in degrees.")
    if abs(lat) > 90 and abs(lon) <= 90:
        raise InputError(f"Latitude {lat:g} does not exist.", "Longitude and latitude look swapped: give longitude first.")
    if abs(lon) > 180 or abs(lat) > 90:
        raise InputError(f"The point {lon:g}, {lat:g} is off the globe.", "Give degrees (WGS84), not metres; longitude first.")
    if not LATITUDE[0] <= lat <= LATITUDE[1]:
        if LATITUDE[0] <= lon <= LATITUDE[1]:
            hint = "If longitude and latitude are swapped, give longitude first; UTM covers 80 degrees south to 84 north."
            raise InputError(f"Latitude {lat:g} is outside UTM's range.", hint)
        raise InputError(f"Latitude {lat:g} is outside UTM's range.", "Choose a place between 80 degrees south and 84 north.")


def utm_epsg(lon: float, lat: float) -> int:
    """EPSG code of the UTM zone of a point, the wide zones of Norway and Svalbard included."""
    zone = min(60, int((lon + 180) // 6) + 1)
    if 56 <= lat < 64 and 3 <= lon < 12:
        zone = 32
    elif lat >= 72 and 0 <= lon < 42:
        zone = 31 if lon < 9 else 33 if lon < 21 else 35 if lon < 33 else 37
    return (32600 if lat >= 0 else 32700) + zone


def point_scale(epsg: int, lon: float, lat: float) -> float:
    """Projected metres per metre on the ground at a point of a UTM zone."""
    from pyproj import Proj

    return float(Proj(epsg).get_factors(lon, lat).meridional_scale)


_TRANSFORMERS: dict[int, Transformer] = {}


def _transformer(epsg: int) -> Transformer:
    if epsg not in _TRANSFORMERS:
        _TRANSFORMERS[epsg] = Transformer.from_crs("EPSG:4326", f"EPSG:{epsg}", always_xy=True)
    return _TRANSFORMERS[epsg]
