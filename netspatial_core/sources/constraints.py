"""Where no site can go, and why: water, green, excluded areas, and ground too near an existing station."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from netspatial_core.area import Grid, StudyArea
from netspatial_core.errors import InputError
from netspatial_core.sources.files import plain_file, sha256_of
from netspatial_core.sources.gcj02 import gcj02_to_wgs84
from netspatial_core.sources.stations import Stations
from netspatial_core.sources.vector import SUFFIXES, read_features

REASONS = {
    "": "Feasible",
    "water": "Open water",
    "green": "Park, forest, field",
    "near": "Near a station",
    "excluded": "Excluded area",
}
PRIORITY = ("water", "green", "excluded", "near")  # which reason is given where several hold
MIN_DISTANCE_M = 150.0
AROUND = 0.1  # degrees around an area that polygons are cut to


@dataclass(frozen=True)
class Exclusions:
    """Polygons in which no site can stand.

    Attributes:
        geometries: WGS84 polygons.
        reasons: A key of ``REASONS`` for each.
        source: File they came from.
        sha256: Hash of that file.
    """

    geometries: tuple[BaseGeometry, ...]
    reasons: tuple[str, ...]
    source: str
    sha256: str

    def joined(self, other: "Exclusions") -> "Exclusions":
        """These polygons and further ones."""
        return Exclusions(
            self.geometries + other.geometries,
            self.reasons + other.reasons,
            f"{self.source}, {other.source}",
            hashlib.sha256(f"{self.sha256}{other.sha256}".encode()).hexdigest(),
        )


def read_exclusions(path: Path, *, crs: Literal["wgs84", "gcj02"] = "wgs84") -> Exclusions:
    """Exclusion polygons from GeoJSON, GeoPackage or GeoParquet; the property ``reason`` says why, else "excluded".

    Args:
        path: The file.
        crs: gcj02 where its coordinates are those of Chinese maps; they are converted.

    Raises:
        InputError: A feature that is no polygon, or a file that cannot be read.
    """
    file = plain_file(path, SUFFIXES)
    geometries, properties = read_features(file)
    kept, reasons = [], []
    for number, (geometry, row) in enumerate(zip(geometries, properties, strict=True), start=1):
        if geometry is None or geometry.geom_type not in {"Polygon", "MultiPolygon"}:
            kind = "empty" if geometry is None else f"a {geometry.geom_type}"
            raise InputError(f"{file.name}: feature {number} is {kind}; only polygons exclude ground.", "Remove or convert it.")
        reason = str(row.get("reason") or "excluded").strip().lower()
        kept.append(shapely.make_valid(geometry if crs == "wgs84" else shapely.transform(geometry, gcj02_to_wgs84)))
        reasons.append(reason if reason in PRIORITY else "excluded")
    return Exclusions(tuple(kept), tuple(reasons), file.name, sha256_of(file))


def feasibility(
    grid: Grid, exclusions: Exclusions | None, stations: Stations, *, min_distance_m: float = MIN_DISTANCE_M
) -> NDArray[np.str_]:
    """Why each cell cannot take a site [cell]; "" where it can.

    A cell is excluded when its centre lies in a polygon or over half its area does, and is near a station when its centre is
    less than ``min_distance_m`` from it. Where several reasons hold, the first of water, green, excluded, near is given.

    Raises:
        InputError: A negative distance.
    """
    check_distance(min_distance_m)
    hits = {"near": _near(grid, stations, min_distance_m)}
    if exclusions is not None:
        polygons = projected(grid.area, exclusions.geometries)
        for reason in set(exclusions.reasons):
            hits[reason] = covered(grid, [g for g, r in zip(polygons, exclusions.reasons, strict=True) if r == reason])
    reasons = np.full(len(grid), "", dtype="U8")
    for reason in reversed(PRIORITY):
        if reason in hits:
            reasons[hits[reason]] = reason
    return reasons


def check_distance(metres: float) -> None:
    """Whether sites can be asked to keep that far from existing stations.

    Raises:
        InputError: It is negative or no number.
    """
    if not (math.isfinite(metres) and metres >= 0):
        raise InputError(f"A distance of {metres:g} m is not possible.", "Give 0 m or more.")


def projected(area: StudyArea, geometries: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """WGS84 geometries in projected metres, cut to the area's surroundings first: UTM is undefined far from its zone."""
    west, south, east, north = area.bounds_wgs84(outer=True)
    around = shapely.box(west - AROUND, south - AROUND, east + AROUND, north + AROUND)
    near = shapely.intersection(shapely.make_valid(np.array(geometries, dtype=object)), around)
    return [shapely.transform(g, area.from_wgs84) for g in near]


def covered(grid: Grid, polygons: Sequence[BaseGeometry]) -> NDArray[np.bool_]:
    """Cells whose centre is in one of the polygons or of which over half is in their union [cell]."""
    x, y, half = grid.centres[:, 0], grid.centres[:, 1], grid.area.cell_m / 2
    cells = shapely.box(x - half, y - half, x + half, y + half)
    covered = np.zeros(len(grid), dtype=bool)
    here = [p for p in polygons if p.intersects(shapely.box(*grid.area.bounds))]
    if not here:
        return covered
    union = shapely.unary_union(here)
    shapely.prepare(union)
    touched = np.flatnonzero(shapely.intersects(union, cells))
    inside = shapely.intersects_xy(union, x[touched], y[touched])
    share = shapely.area(shapely.intersection(union, cells[touched])) / grid.area.cell_m**2
    covered[touched] = inside | (share > 0.5)
    return covered


def _near(grid: Grid, stations: Stations, distance: float) -> NDArray[np.bool_]:
    from scipy.spatial import cKDTree

    known = stations.lonlat[~np.isnan(stations.lonlat).any(axis=1)]
    if len(known) == 0 or distance == 0:
        return np.zeros(len(grid), dtype=bool)
    nearest, _ = cKDTree(grid.area.from_wgs84(known)).query(grid.centres)
    return np.asarray(nearest < distance)
