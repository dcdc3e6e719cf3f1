"""Generated traffic and its per-draw statistics as Parquet, written in row groups so that memory stays flat."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from netspatial_core.errors import InputError
from netspatial_core.export.geo import META
from netspatial_core.planning.statistics import SCALARS, Statistics
from netspatial_core.sources.public import public

GROUP = 1 << 20  # rows of a row group: about 12 MB before compression


@dataclass(frozen=True)
class TrafficBlock:
    """A piece of an ensemble.

    Attributes:
        ids: Cell ids [point].
        traffic: [point, draw, hour].
        first_draw: Number of its first draw.
    """

    ids: Sequence[str]
    traffic: NDArray[np.float32]
    first_draw: int = 0


def blocks_of(ids: Sequence[str], traffic: NDArray[np.float32]) -> Iterable[TrafficBlock]:
    """A whole ensemble [point, draw, hour] in blocks of about a row group each."""
    step = max(1, GROUP // max(1, traffic.shape[1] * traffic.shape[2]))
    for start in range(0, len(ids), step):
        yield TrafficBlock(ids[start : start + step], traffic[start : start + step])


def write_traffic(blocks: Iterable[TrafficBlock], about: Mapping[str, Any], path: Path) -> int:
    """Traffic in long form (cell_id, draw, hour, traffic), a row group a block; hour 0 is Monday 00:00 local time.

    Returns:
        How many rows were written.

    Raises:
        InputError: A block's ids do not fit its traffic.
    """
    schema = pa.schema(
        [
            ("cell_id", pa.dictionary(pa.int32(), pa.string())),
            ("draw", pa.int16()),
            ("hour", pa.int16()),
            ("traffic", pa.float32()),
        ],
        metadata={META: json.dumps(public(about)).encode()},
    )
    rows = 0
    with pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        compression_level=1,
        use_dictionary=["cell_id"],
        column_encoding={"draw": "DELTA_BINARY_PACKED", "hour": "DELTA_BINARY_PACKED", "traffic": "BYTE_STREAM_SPLIT"},
    ) as out:
        for block in blocks:
            out.write_table(_table(block, schema), row_group_size=GROUP)
            rows += block.traffic.size
    return rows


def write_statistics(ids: Sequence[str], statistics: Statistics, about: Mapping[str, Any], path: Path) -> None:
    """Per-draw statistics in long form: cell_id, draw, mean, std, peak, busy, weekend_ratio, peak_hour."""
    points, draws = statistics.points, statistics.draws
    if len(ids) != points:
        raise InputError(f"{len(ids)} cells do not fit statistics of {points}.", "Take both from one plan.")
    data: dict[str, Any] = {
        "cell_id": pa.DictionaryArray.from_arrays(
            pa.array(np.repeat(np.arange(points, dtype=np.int32), draws)), pa.array(list(ids))
        ),
        "draw": pa.array(np.tile(np.arange(draws, dtype=np.int16), points)),
    }
    for name in SCALARS:
        data[name] = pa.array(getattr(statistics, name).ravel(), from_pandas=True)
    table = pa.table(data).replace_schema_metadata({META: json.dumps(public(about)).encode()})
    pq.write_table(table, path, compression="zstd")


def _table(block: TrafficBlock, schema: pa.Schema) -> pa.Table:
    points, draws, hours = block.traffic.shape
    if len(block.ids) != points:
        raise InputError(f"{len(block.ids)} cells do not fit traffic of {points}.", "Take both from one plan.")
    index = pa.array(np.repeat(np.arange(points, dtype=np.int32), draws * hours))
    columns = [
        pa.DictionaryArray.from_arrays(index, pa.array(list(block.ids), pa.string())),
        pa.array(np.tile(np.repeat(np.arange(block.first_draw, block.first_draw + draws, dtype=np.int16), hours), points)),
        pa.array(np.tile(np.arange(hours, dtype=np.int16), points * draws)),
        pa.array(np.ascontiguousarray(block.traffic, dtype=np.float32).ravel(), from_pandas=True),
    ]
    return pa.Table.from_arrays(columns, schema=schema)
