"""The DATASET folder: stations, their traffic, splits, and what describes it (dataset.json), read and written whole.

``traffic.parquet`` is long (station_id, time, traffic) with ``time`` the local wall clock; a missing row is a gap. Hour 0 of a
series is a Monday 00:00 local time, so a week is always hours 0 to 167.
"""

import json
import re
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from netspatial_core.errors import InputError
from netspatial_core.sources.files import plain_file, replacing, sha256_of
from netspatial_core.sources.stations import Stations

FORMAT = "netspatial-dataset-1"
SPLITS = ("train", "val", "test")
KINDS = ("synthetic", "measured")
MAX_HOURS = 24 * 366 * 5
MAX_ROWS = 100_000_000
HOUR_MS = 3_600_000
# keys of dataset.json that may name a file elsewhere (relative to the folder), and where it lies without one
LINKS = {"imagery": "imagery.tif", "pois": "pois.parquet", "exclusions": "exclusions.geojson", "truth": "truth.parquet"}
_OWN_KEYS = {"format", "name", "unit", "first_hour", "hours", "tz", "licence", "kind", "version", *LINKS}


@dataclass(frozen=True)
class Dataset:
    """A data set in memory.

    Attributes:
        path: Its folder.
        name: What it is called.
        unit: Unit of traffic, usually GB/h.
        first_hour: Local time of hour 0, a Monday 00:00, ``YYYY-MM-DDTHH:MM``.
        tz: IANA time zone.
        licence: Licence of the data.
        kind: Whether it was made by the synthetic city or measured.
        version: Version of the data.
        stations: Who measured; coordinates may be nan.
        traffic: [station, hour] in ``unit``; nan for gaps.
        split: [station] train, val or test; None where the data set names no split.
        extra: Further keys of dataset.json (area, seed, style, ...).
        links: Files beside the tables that exist, by key of ``LINKS``.
    """

    path: Path
    name: str
    unit: str
    first_hour: str
    tz: str
    licence: str
    kind: Literal["synthetic", "measured"]
    version: str
    stations: Stations
    traffic: NDArray[np.float32]
    split: NDArray[np.str_] | None
    extra: Mapping[str, Any]
    links: Mapping[str, Path]

    @property
    def pois_path(self) -> Path | None:
        """GeoParquet of POIs, if there is one."""
        return self.links.get("pois")

    @property
    def imagery_path(self) -> Path | None:
        """Imagery, if there is any."""
        return self.links.get("imagery")

    @property
    def exclusions_path(self) -> Path | None:
        """Exclusion polygons, if there are any."""
        return self.links.get("exclusions")

    @property
    def truth_path(self) -> Path | None:
        """What a site at each place would really carry (synthetic data only), if it was written."""
        return self.links.get("truth")


def read_dataset(path: Path | str) -> Dataset:
    """Read a DATASET folder.

    Raises:
        InputError: A missing or malformed file, an unknown station, a duplicate hour, a negative value, or a link out of the
            parent folder; the message names file and row or field.
    """
    folder = Path(path).resolve()
    about = _about(folder)
    links = {key: file for key in LINKS if (file := _link(folder, about, key)) is not None}
    stations = _read_stations(folder / "stations.parquet")
    split = _read_split(folder / "splits.parquet", stations) if (folder / "splits.parquet").exists() else None
    traffic = _read_traffic(folder / "traffic.parquet", stations, about["first_hour"], about.get("hours"))
    return Dataset(
        folder,
        about["name"],
        about["unit"],
        about["first_hour"],
        about["tz"],
        about["licence"],
        about["kind"],
        about["version"],
        stations,
        traffic,
        split,
        {key: value for key, value in about.items() if key not in _OWN_KEYS},
        links,
    )


def write_dataset(
    path: Path,
    *,
    name: str,
    tz: str,
    licence: str,
    kind: Literal["synthetic", "measured"],
    version: str,
    station_ids: Sequence[str],
    lonlat: NDArray[np.float64],
    capacity: NDArray[np.float64] | None,
    traffic: NDArray[np.float32],
    first_hour: str,
    unit: str = "GB/h",
    split: Sequence[str] | NDArray[np.str_] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> Path:
    """Write a DATASET folder, all or nothing.

    A new folder is written beside its place and renamed. An existing one (which may hold imagery already) gets its tables
    replaced one by one, each atomically, dataset.json last.

    Args:
        path: Folder to write.
        name: What it is called.
        tz: IANA time zone.
        licence: Licence of the data.
        kind: Synthetic or measured.
        version: Version of the data.
        station_ids: Unique ids [station].
        lonlat: WGS84 [station, 2]; nan unknown.
        capacity: GB/h [station]; nan or None unknown.
        traffic: [station, hour], at least 0; nan for gaps.
        first_hour: ``YYYY-MM-DDTHH:MM`` local, a Monday 00:00.
        unit: Unit of traffic.
        split: train, val or test [station], if there is one.
        extra: Further keys of dataset.json; ``imagery``, ``pois``, ``exclusions`` and ``truth`` are relative paths.

    Raises:
        InputError: Inconsistent arrays, or a folder that cannot be written.
    """
    traffic = np.asarray(traffic, dtype=np.float32)
    about = {
        "format": FORMAT,
        "name": name,
        "unit": unit,
        "first_hour": first_hour,
        "hours": int(traffic.shape[1]) if traffic.ndim == 2 else None,
        "tz": tz,
        "licence": licence,
        "kind": kind,
        "version": version,
        **(extra or {}),
    }
    _check_about(about, "dataset.json")
    count = len(station_ids)
    lonlat = np.asarray(lonlat, dtype=float).reshape(-1, 2)
    capacity = np.full(count, np.nan) if capacity is None else np.asarray(capacity, dtype=float)
    if traffic.ndim != 2 or len(lonlat) != count or capacity.shape != (count,) or len(traffic) != count:
        raise InputError(
            f"{count} stations, but {len(lonlat)} places, {len(capacity)} capacities and traffic {traffic.shape}.",
            "Give one row a station.",
        )
    if len(set(station_ids)) != count:
        raise InputError("Two stations share an id.", "Give each its own.")
    if np.isinf(traffic).any() or (traffic < 0).any():
        raise InputError("Traffic is negative or infinite somewhere.", "Mark what is unknown as nan.")
    if split is not None and (len(split) != count or not set(split) <= set(SPLITS)):
        raise InputError("The split is not one of train, val, test for each station.", "Give one word a station.")
    tables = {
        "stations.parquet": pa.table(
            {
                "station_id": pa.array(station_ids, pa.string()),
                "lon": pa.array(lonlat[:, 0], from_pandas=True),
                "lat": pa.array(lonlat[:, 1], from_pandas=True),
                "capacity": pa.array(capacity, from_pandas=True),
            }
        ),
        "traffic.parquet": _traffic_table(station_ids, traffic, first_hour),
    }
    if split is not None:
        tables["splits.parquet"] = pa.table(
            {"station_id": pa.array(station_ids, pa.string()), "split": pa.array([str(s) for s in split], pa.string())}
        )
    return _store(path, tables, about, drop_split=split is None)


def _store(path: Path, tables: Mapping[str, pa.Table], about: Mapping[str, Any], *, drop_split: bool) -> Path:
    target = Path(path).resolve()
    fresh = not target.exists()
    folder = target.parent / f".{target.name}.{secrets.token_hex(4)}" if fresh else target
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            with replacing(folder / name) as temporary:
                _write_table(table, temporary)
        if drop_split:
            (folder / "splits.parquet").unlink(missing_ok=True)
        with replacing(folder / "dataset.json") as temporary:
            temporary.write_text(json.dumps(about, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
        if fresh:
            folder.rename(target)
    except OSError as error:
        raise InputError(
            f"{target} cannot be written: {error.strerror or error}.", "Choose another folder or make room."
        ) from error
    finally:
        if fresh:
            shutil.rmtree(folder, ignore_errors=True)
    return target


def _write_table(table: pa.Table, file: Path) -> None:
    encoding = {"traffic": "BYTE_STREAM_SPLIT", "time": "DELTA_BINARY_PACKED"}
    kept = {name: kind for name, kind in encoding.items() if name in table.column_names}
    pq.write_table(
        table,
        file,
        compression="zstd",
        compression_level=9,
        use_dictionary=[n for n in table.column_names if n not in kept],
        column_encoding=kept,
    )


def _traffic_table(ids: Sequence[str], traffic: NDArray[np.float32], first_hour: str) -> pa.Table:
    station, hour = np.nonzero(~np.isnan(traffic))
    start = np.datetime64(first_hour, "ms").astype(np.int64)
    time = pa.array(start + hour.astype(np.int64) * HOUR_MS, pa.timestamp("ms"))
    names = pa.DictionaryArray.from_arrays(pa.array(station.astype(np.int32)), pa.array(ids, pa.string()))
    return pa.table({"station_id": names, "time": time, "traffic": traffic[station, hour]})


def _about(folder: Path) -> dict[str, Any]:
    file = folder / "dataset.json"
    if not file.is_file():
        raise InputError(f"{folder} is no data set: it has no dataset.json.", "Give a folder written by synth or import.")
    if file.stat().st_size > 1 << 22:
        raise InputError(f"{file} is over 4 MB.", "Keep tables out of dataset.json.")
    try:
        about = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{file} is no JSON: {error}.", "Correct it.") from error
    if not isinstance(about, dict):
        raise InputError(f"{file} holds no object.", "Correct it.")
    _check_about(about, str(file))
    return about


def _check_about(about: Mapping[str, Any], where: str) -> None:
    """Every field that others rely on is there and well-formed."""
    if about.get("format") != FORMAT:
        raise InputError(f"{where}: format {about.get('format')!r} is not {FORMAT}.", "Write it again with this version.")
    for key in ("name", "unit", "first_hour", "tz", "licence", "kind", "version"):
        if not isinstance(about.get(key), str) or not about[key]:
            raise InputError(f"{where}: {key} is missing.", f'Add "{key}".')
    if about["kind"] not in KINDS:
        raise InputError(f"{where}: kind {about['kind']!r} is unknown.", "Say synthetic or measured.")
    check_first_hour(about["first_hour"], where)
    try:
        ZoneInfo(about["tz"])
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InputError(
            f"{where}: the time zone {about['tz']!r} is unknown.", "Give an IANA name, e.g. Asia/Shanghai."
        ) from error
    hours = about.get("hours")
    if hours is not None and not (isinstance(hours, int) and 0 <= hours <= MAX_HOURS):
        raise InputError(f"{where}: hours {hours!r} is not a number of hours.", f"Give 0 to {MAX_HOURS}.")


def check_first_hour(text: str, where: str = "first_hour") -> datetime:
    """The time of hour 0.

    Raises:
        InputError: Not a local ``YYYY-MM-DDTHH:MM`` that is a Monday 00:00.
    """
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d", text):
        try:
            time = datetime.fromisoformat(text)
        except ValueError:
            time = None
        if time and time.weekday() == 0 and time.hour == time.minute == 0:
            return time
    raise InputError(
        f"{where}: first_hour {text!r} is not a Monday 00:00.",
        "Give the Monday 00:00 (local) on or before the first value, as YYYY-MM-DDT00:00; hours before the data are gaps.",
    )


def _link(folder: Path, about: Mapping[str, Any], key: str) -> Path | None:
    """The file a key names, inside the data set's parent folder; None where none is named and none lies in its place."""
    named = about.get(key)
    if named is None:
        file = (folder / LINKS[key]).resolve()
        if not file.exists():
            return None
    elif isinstance(named, str) and named and "\x00" not in named and "\\" not in named:
        file = (folder / named).resolve()
    else:
        raise InputError(f"{folder / 'dataset.json'}: {key} is no path.", "Give a path relative to the folder.")
    if (named is not None and Path(named).is_absolute()) or not file.is_relative_to(folder.parent):
        raise InputError(
            f"{folder / 'dataset.json'}: {key} {str(named)!r} lies outside the data set's parent folder.",
            "Keep the file in the data set or beside it, and name it by a relative path.",
        )
    if not file.is_file():
        raise InputError(f"{folder / 'dataset.json'}: {key} names {named!r}, which does not exist.", "Correct the path.")
    return file


def _table(file: Path, columns: Sequence[str], *, dictionary: Sequence[str] = ()) -> pa.Table:
    plain_file(file, (".parquet",), 8 << 30)
    try:
        parquet = pq.ParquetFile(file, read_dictionary=list(dictionary))
        if parquet.metadata.num_rows > MAX_ROWS:
            raise InputError(f"{file} has over {MAX_ROWS:,} rows.", "Split the data set.")
        missing = [c for c in columns if c not in parquet.schema_arrow.names]
        if missing:
            raise InputError(f"{file} has no column {missing[0]}.", f"It needs {', '.join(columns)}.")
        return parquet.read(columns=list(columns))
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{file} cannot be read as parquet.", "Write it again.") from error


def _read_stations(file: Path) -> Stations:
    names = ["station_id", "lon", "lat", "capacity"]
    table = _table(file, names)
    ids = [str(i) for i in table["station_id"].to_pylist()]
    seen: set[str] = set()
    for row, key in enumerate(ids, start=1):
        if key in seen:
            raise InputError(f"{file}, row {row}: the station {key!r} is there twice.", "Keep one of them.")
        seen.add(key)
    try:
        lon, lat, capacity = (np.asarray(table[n].cast(pa.float64()).to_numpy(), dtype=float) for n in names[1:])
    except pa.ArrowException as error:
        raise InputError(f"{file}: lon, lat or capacity holds text.", "Give numbers.") from error
    wrong = np.flatnonzero((np.abs(lat) > 90) | (np.abs(lon) > 180) | (np.isnan(lon) != np.isnan(lat)))
    if len(wrong):
        raise InputError(
            f"{file}, row {wrong[0] + 1}: {lon[wrong[0]]}, {lat[wrong[0]]} is no place.", "Give longitude, latitude."
        )
    return Stations(tuple(ids), np.column_stack([lon, lat]), capacity, file.parent.name, sha256_of(file))


def _read_split(file: Path, stations: Stations) -> NDArray[np.str_]:
    table = _table(file, ["station_id", "split"])
    split = {str(k): str(v) for k, v in zip(table["station_id"].to_pylist(), table["split"].to_pylist(), strict=True)}
    missing = [key for key in stations.ids if key not in split]
    if missing:
        raise InputError(f"{file} has no split for station {missing[0]!r}.", "Give one row a station.")
    words = np.array([split[key] for key in stations.ids], dtype=np.str_)
    unknown = sorted(set(words.tolist()) - set(SPLITS))
    if unknown:
        raise InputError(f"{file}: split {unknown[0]!r} is unknown.", "Say train, val or test.")
    return words


def _read_traffic(file: Path, stations: Stations, first_hour: str, hours: int | None) -> NDArray[np.float32]:
    """[station, hour] from the long table; by dictionary codes, so that half a million rows take a moment."""
    table = _table(file, ["station_id", "time", "traffic"], dictionary=["station_id"]).combine_chunks()
    station = _station_index(table["station_id"], stations, file)
    hour = _hour_index(table["time"], first_hour, file)
    try:
        value = np.asarray(table["traffic"].cast(pa.float32()).to_numpy(), dtype=np.float32)
    except pa.ArrowException as error:
        raise InputError(f"{file}: traffic holds text.", "Give numbers.") from error
    count = int(hours) if hours is not None else (int(hour.max()) + 1 if len(hour) else 0)
    for wrong, what in (
        ((hour < 0) | (hour >= min(count, MAX_HOURS)), f"lies outside the {count} hours from {first_hour}"),
        ((value < 0) | np.isinf(value), "is negative or infinite"),
    ):
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise InputError(
                f"{file}, row {row + 1}: {stations.ids[station[row]]} {what}.", "Correct it; gaps are rows left out."
            )
    flat = station * count + hour
    unique, first = np.unique(flat, return_index=True)
    if len(unique) != len(flat):
        row = int(np.setdiff1d(np.arange(len(flat)), first)[0])
        raise InputError(f"{file}, row {row + 1}: {stations.ids[station[row]]} has this hour twice.", "Keep one of them.")
    traffic = np.full((len(stations), count), np.nan, dtype=np.float32)
    traffic[station, hour] = value
    return traffic


def _station_index(column: pa.ChunkedArray, stations: Stations, file: Path) -> NDArray[np.int64]:
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):  # several row groups may carry several dictionaries
        array = array.unify_dictionaries().combine_chunks()
    if not isinstance(array, pa.DictionaryArray):
        array = array.cast(pa.string()).dictionary_encode()
    index = {key: i for i, key in enumerate(stations.ids)}
    places = np.array([index.get(str(key), -1) for key in array.dictionary.to_pylist()], dtype=np.int64)
    if array.null_count:
        raise InputError(f"{file}: a station_id is empty.", "Name the station in each row.")
    if len(array) == 0:
        return np.empty(0, np.int64)
    found = places[array.indices.to_numpy()]
    if (found < 0).any():
        row = int(np.flatnonzero(found < 0)[0])
        raise InputError(f"{file}, row {row + 1}: the station {array[row].as_py()!r} is unknown.", "Add it to stations.parquet.")
    return cast("NDArray[np.int64]", found)


def _hour_index(column: pa.ChunkedArray, first_hour: str, file: Path) -> NDArray[np.int64]:
    if not pa.types.is_timestamp(column.type) or column.type.tz is not None or column.null_count:
        raise InputError(f"{file}: time must be local timestamps without a zone, none empty.", "Write local wall-clock time.")
    milliseconds = column.cast(pa.timestamp("ms")).cast(pa.int64()).to_numpy()
    offset = milliseconds - np.datetime64(first_hour, "ms").astype(np.int64)
    if (offset % HOUR_MS).any():
        row = int(np.flatnonzero(offset % HOUR_MS)[0])
        raise InputError(f"{file}, row {row + 1}: the time is not a whole hour.", "Aggregate to hours first.")
    return cast("NDArray[np.int64]", offset // HOUR_MS)
