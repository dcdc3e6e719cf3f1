"""The parquet tables of a data set: stations, their traffic hour by hour, and splits, checked row by row as they are read."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from netspatial_core.errors import InputError
from netspatial_core.sources.files import plain_file, sha256_of
from netspatial_core.sources.stations import Stations

SPLITS = ("train", "val", "test", "rest")  # rest: neither trained on nor scored
MAX_HOURS = 24 * 366 * 5
MAX_ROWS = 100_000_000
HOUR_MS = 3_600_000


def stations_table(ids: Sequence[str], lonlat: NDArray[np.float64], capacity: NDArray[np.float64]) -> pa.Table:
    """stations.parquet: station_id, lon, lat, capacity; nan becomes null."""
    return pa.table(
        {
            "station_id": pa.array(ids, pa.string()),
            "lon": pa.array(lonlat[:, 0], from_pandas=True),
            "lat": pa.array(lonlat[:, 1], from_pandas=True),
            "capacity": pa.array(capacity, from_pandas=True),
        }
    )


def splits_table(ids: Sequence[str], split: Sequence[str]) -> pa.Table:
    """splits.parquet: station_id, split."""
    return pa.table({"station_id": pa.array(ids, pa.string()), "split": pa.array(split, pa.string())})


def traffic_table(ids: Sequence[str], traffic: NDArray[np.float32], first_hour: str) -> pa.Table:
    """traffic.parquet: station_id, time (local), traffic; nan is left out, so that a gap is a row that is not there."""
    station, hour = np.nonzero(~np.isnan(traffic))
    start = np.datetime64(first_hour, "ms").astype(np.int64)
    time = pa.array(start + hour.astype(np.int64) * HOUR_MS, pa.timestamp("ms"))
    names = pa.DictionaryArray.from_arrays(pa.array(station.astype(np.int32)), pa.array(ids, pa.string()))
    return pa.table({"station_id": names, "time": time, "traffic": traffic[station, hour]})


def write_table(table: pa.Table, file: Path) -> None:
    """Write a table compressed, numbers in the encodings that suit them."""
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


def read_stations_table(file: Path) -> Stations:
    """Stations of a data set.

    Raises:
        InputError: Naming the row at fault.
    """
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


def read_splits(file: Path, stations: Stations) -> NDArray[np.str_]:
    """Split of each station [station].

    Raises:
        InputError: A station without one, or an unknown word.
    """
    table = _table(file, ["station_id", "split"])
    split = {str(k): str(v) for k, v in zip(table["station_id"].to_pylist(), table["split"].to_pylist(), strict=True)}
    missing = [key for key in stations.ids if key not in split]
    if missing:
        raise InputError(f"{file} has no split for station {missing[0]!r}.", "Give one row a station.")
    words = np.array([split[key] for key in stations.ids], dtype=np.str_)
    unknown = sorted(set(words.tolist()) - set(SPLITS))
    if unknown:
        raise InputError(f"{file}: split {unknown[0]!r} is unknown.", "Say train, val, test or rest.")
    return words


def read_traffic(file: Path, stations: Stations, first_hour: str, hours: int | None) -> NDArray[np.float32]:
    """Traffic [station, hour], nan for gaps; by dictionary codes, so that half a million rows take a moment.

    Raises:
        InputError: Naming the row at fault.
    """
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
