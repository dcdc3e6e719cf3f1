"""Existing stations: who they are, where they stand, what they can carry. Read all or nothing, with row-numbered reports."""

import csv
import hashlib
import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from netspatial_core.area import StudyArea, check_point
from netspatial_core.errors import InputError
from netspatial_core.sources.files import plain_file, sha256_of
from netspatial_core.sources.gcj02 import gcj02_to_wgs84
from netspatial_core.sources.text import clean_text

ID_NAMES = ("station_id", "id", "station", "site_id", "site", "enodeb_id", "cell_id")
LON_NAMES = ("lon", "longitude", "lng", "long")
LAT_NAMES = ("lat", "latitude")
CAPACITY_NAMES = ("capacity", "capacity_gb_h", "capacity_gbh")
MAX_STATIONS = 200_000
FAR = 5.0  # degrees of longitude or latitude
SHOWN = 5  # faults spelled out in one message


@dataclass(frozen=True)
class Stations:
    """Existing stations.

    Attributes:
        ids: Unique names.
        lonlat: WGS84 [station, 2]; nan where a data set does not say.
        capacity: GB per hour [station]; nan where unknown.
        source: File they came from.
        sha256: Hash of that file.
        notes: What the reader should know (stations left out).
    """

    ids: tuple[str, ...]
    lonlat: NDArray[np.float64]
    capacity: NDArray[np.float64]
    source: str
    sha256: str
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def none(cls) -> "Stations":
        """No stations."""
        return cls((), np.empty((0, 2)), np.empty(0), "none", "")

    def joined(self, other: "Stations") -> "Stations":
        """These stations and further ones.

        Raises:
            InputError: An id is in both.
        """
        if not len(self):
            return other
        shared = sorted(set(self.ids) & set(other.ids))
        if shared:
            raise InputError(f"The station {shared[0]!r} is in {self.source} and in {other.source}.", "Give each its own id.")
        return Stations(
            self.ids + other.ids,
            np.concatenate([self.lonlat, other.lonlat]),
            np.concatenate([self.capacity, other.capacity]),
            f"{self.source}, {other.source}",
            hashlib.sha256(f"{self.sha256}{other.sha256}".encode()).hexdigest(),
            self.notes + other.notes,
        )

    def near(self, area: StudyArea) -> "Stations":
        """Without those over ``FAR`` degrees from an area: UTM is undefined there. Those without a place stay."""
        apart = np.abs(self.lonlat - area.centre)
        apart[:, 0] = np.minimum(apart[:, 0], 360 - apart[:, 0])
        far = np.asarray((apart > FAR).any(axis=1))  # nan is not far
        if not far.any():
            return self
        named = ", ".join(name for name, out in zip(self.ids, far, strict=True) if out)
        note = (
            f"{int(far.sum())} of {len(self)} lie over {FAR:g} degrees from the area and are left out: {clean_text(named, 80)}."
        )
        kept = tuple(name for name, out in zip(self.ids, far, strict=True) if not out)
        return replace(self, ids=kept, lonlat=self.lonlat[~far], capacity=self.capacity[~far], notes=(*self.notes, note))


def read_stations(path: Path, *, crs: Literal["wgs84", "gcj02"] = "wgs84") -> Stations:
    """Stations from CSV (lon, lat, optional id and capacity), GeoJSON or GeoPackage points, or parquet.

    A CSV may have a BOM, GBK text, semicolons or tabs, and decimal commas where the separator is no comma.

    Raises:
        InputError: Naming the rows at fault; nothing is kept then.
    """
    file = plain_file(path, (".csv", ".txt", ".geojson", ".json", ".gpkg", ".parquet"))
    if file.suffix.lower() in {".csv", ".txt"}:
        first, rows = 2, _csv_rows(file)  # row numbers as a spreadsheet shows them, below the header
    elif file.suffix.lower() == ".parquet":
        first, rows = 1, _parquet_rows(file)
    else:
        first, rows = 1, _point_rows(file)
    ids, lonlat, capacity = _checked(rows, file.name, first)
    if crs == "gcj02":
        lonlat = gcj02_to_wgs84(lonlat)
    return Stations(ids, lonlat, capacity, file.name, sha256_of(file))


def _checked(
    rows: Iterable[Mapping[str, Any]], name: str, first: int
) -> tuple[tuple[str, ...], NDArray[np.float64], NDArray[np.float64]]:
    """Ids, coordinates and capacities of all rows, or an InputError that names the rows at fault."""
    ids: dict[str, int] = {}
    places: list[tuple[float, float]] = []
    capacities: list[float] = []
    faults: list[str] = []
    for number, raw in enumerate(rows, start=first):
        if number - first >= MAX_STATIONS:
            raise InputError(f"{name} has over {MAX_STATIONS:,} stations.", "Cut it to the area first.")
        row = {str(key).strip().lower(): value for key, value in raw.items() if key is not None}
        key = clean_text(_first(row, ID_NAMES) or f"S{number - first + 1:03d}", 64)
        try:
            place, capacity = _place(row), _capacity(row)
        except InputError as error:
            faults.append(f"row {number}: {str(error).rstrip('.')}")
            continue
        if key in ids:
            faults.append(f"row {number}: the id {key!r} is also in row {ids[key]}")
            continue
        ids[key] = number
        places.append(place)
        capacities.append(capacity)
    if faults:
        more = f" and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        raise InputError(f"{name}: {'; '.join(faults[:SHOWN])}{more}.", "Correct these rows; nothing was read.")
    return tuple(ids), np.array(places, dtype=float).reshape(-1, 2), np.array(capacities, dtype=float)


def _first(row: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    """The first non-empty value among columns of several names."""
    for name in names:
        value = row.get(name)
        if value is not None and str(value).strip() not in {"", "nan", "None"}:
            return str(value).strip()
    return None


def _place(row: Mapping[str, Any]) -> tuple[float, float]:
    lon, lat = _number(row, LON_NAMES), _number(row, LAT_NAMES)
    if lon is None or lat is None:
        raise InputError("Longitude or latitude is missing.", "Fill columns lon and lat.")
    check_point(lon, lat)
    return lon, lat


def _capacity(row: Mapping[str, Any]) -> float:
    capacity = _number(row, CAPACITY_NAMES)
    if capacity is not None and not (math.isfinite(capacity) and capacity > 0):
        raise InputError(f"Capacity {capacity:g} is not above 0 GB/h.", "Leave it empty where it is unknown.")
    return math.nan if capacity is None else capacity


def _number(row: Mapping[str, Any], names: tuple[str, ...]) -> float | None:
    text = _first(row, names)
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{names[0]} {clean_text(text, 24)!r} is not a number.", "") from None


def _csv_rows(file: Path) -> list[dict[str, Any]]:
    raw = file.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = raw.decode("gb18030")
        except UnicodeDecodeError:
            raise InputError(f"{file.name} is neither UTF-8 nor GBK text.", "Save it as CSV in UTF-8.") from None
    lines = text.splitlines()
    header = lines[0] if lines else ""
    separator = max(",;\t|", key=header.count)
    reader = csv.DictReader(io.StringIO(text), delimiter=separator)
    names = {(name or "").strip().lower() for name in reader.fieldnames or ()}
    if not (names & set(LON_NAMES) and names & set(LAT_NAMES)):
        raise InputError(
            f"{file.name} has no columns lon and lat (its header: {clean_text(header, 80)!r}).",
            "Name the columns in the first row: station_id, lon, lat, capacity (the first and the last are optional).",
        )
    try:
        rows = list(reader)
    except csv.Error as error:
        raise InputError(f"{file.name}, line {reader.line_num}: {error}.", "Save it as CSV again.") from error
    if separator != ",":  # only then can a comma be a decimal sign
        numeric = {*LON_NAMES, *LAT_NAMES, *CAPACITY_NAMES}
        for row in rows:
            for key, value in row.items():
                if key is not None and key.strip().lower() in numeric and isinstance(value, str):
                    row[key] = value.replace(",", ".")
    return rows


def _parquet_rows(file: Path) -> list[dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(file)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{file.name} cannot be read as parquet.", "Export it again.") from error
    return table.drop_columns([c for c in table.column_names if c == "geometry"]).to_pylist()


def _point_rows(file: Path) -> list[dict[str, Any]]:
    from netspatial_core.sources.vector import read_features

    geometries, properties = read_features(file)
    rows = []
    for number, (geometry, row) in enumerate(zip(geometries, properties, strict=True), start=1):
        if geometry is None or geometry.geom_type != "Point":
            raise InputError(f"{file.name}: feature {number} is no point.", "Give stations as points; nothing was read.")
        rows.append({**row, "lon": geometry.x, "lat": geometry.y})
    return rows
