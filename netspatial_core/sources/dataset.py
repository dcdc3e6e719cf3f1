"""The DATASET folder: stations, their traffic, splits, and what describes it (dataset.json), read and written whole.

``traffic.parquet`` is long (station_id, time, traffic) with ``time`` the local wall clock; a missing row is a gap. Hour 0 of a
series is a Monday 00:00 local time, so a week is always hours 0 to 167.
"""

import json
import re
import secrets
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netspatial_core.errors import InputError
from netspatial_core.sources.files import replacing
from netspatial_core.sources.stations import Stations
from netspatial_core.sources.tables import (
    MAX_HOURS,
    SPLITS,
    read_splits,
    read_stations_table,
    read_traffic,
    splits_table,
    stations_table,
    traffic_table,
    write_table,
)
from netspatial_core.sources.text import clean_text

FORMAT = "netspatial-dataset-1"
KINDS = ("synthetic", "measured")
# keys of dataset.json that may name a file elsewhere (relative to the folder), and where it lies without one
LINKS = {"imagery": "imagery.tif", "pois": "pois.parquet", "exclusions": "exclusions.geojson", "truth": "truth.parquet"}
_TEXTS = ("name", "unit", "first_hour", "tz", "licence", "kind", "version")
_OWN_KEYS = {"format", "hours", *_TEXTS, *LINKS}


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
        split: [station] train, val, test or rest; None where the data set names no split.
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


def synthetic_version(datasets: Iterable[Dataset]) -> str:
    """The version of the synthetic city that some data sets share, '' where all are measured.

    Raises:
        InputError: They are of different versions, which are never compared nor learnt from together.
    """
    found: dict[str, str] = {}
    for dataset in datasets:
        if dataset.kind == "synthetic":
            found.setdefault(dataset.version, dataset.name)
    if len(found) > 1:
        names = ", ".join(f"{name} is of version {version}" for version, name in sorted(found.items()))
        raise InputError(f"The synthetic data sets are of different versions: {names}.", "Make all with one version.")
    return next(iter(found), "")


def read_dataset(path: Path | str) -> Dataset:
    """Read a DATASET folder.

    Raises:
        InputError: A missing or malformed file, an unknown station, a duplicate hour, a negative value, or a link out of the
            parent folder; the message names file and row or field.
    """
    folder = Path(path).resolve()
    about = _about(folder)
    links = {key: file for key in LINKS if (file := _link(folder, about, key)) is not None}
    stations = read_stations_table(folder / "stations.parquet")
    split = read_splits(folder / "splits.parquet", stations) if (folder / "splits.parquet").exists() else None
    traffic = read_traffic(folder / "traffic.parquet", stations, about["first_hour"], about.get("hours"))
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
        split: train, val, test or rest [station], if there is one.
        extra: Further keys of dataset.json; ``imagery``, ``pois``, ``exclusions`` and ``truth`` are relative paths.

    Raises:
        InputError: Inconsistent arrays, or a folder that cannot be written.
    """
    traffic = np.asarray(traffic, dtype=np.float32)
    about = {
        **(extra or {}),
        "format": FORMAT,
        "name": name,
        "unit": unit,
        "first_hour": first_hour,
        "hours": int(traffic.shape[1]) if traffic.ndim == 2 else None,
        "tz": tz,
        "licence": licence,
        "kind": kind,
        "version": version,
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
        raise InputError("The split is not one of train, val, test, rest for each station.", "Give one word a station.")
    tables = {
        "stations.parquet": stations_table(station_ids, lonlat, capacity),
        "traffic.parquet": traffic_table(station_ids, traffic, first_hour),
    }
    if split is not None:
        tables["splits.parquet"] = splits_table(station_ids, [str(s) for s in split])
    return _store(path, tables, about, drop_split=split is None)


def _store(path: Path, tables: Mapping[str, pa.Table], about: Mapping[str, Any], *, drop_split: bool) -> Path:
    target = Path(path).resolve()
    fresh = not target.exists()
    folder = target.parent / f".{target.name}.{secrets.token_hex(4)}" if fresh else target
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            with replacing(folder / name) as temporary:
                write_table(table, temporary)
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
    about.update({key: clean_text(about[key]) for key in _TEXTS if isinstance(about.get(key), str)})
    _check_about(about, str(file))
    return about


def _check_about(about: Mapping[str, Any], where: str) -> None:
    """Every field that others rely on is there and well-formed."""
    if about.get("format") != FORMAT:
        raise InputError(f"{where}: format {about.get('format')!r} is not {FORMAT}.", "Write it again with this version.")
    for key in _TEXTS:
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
