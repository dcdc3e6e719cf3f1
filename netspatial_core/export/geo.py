"""The picks as GeoJSON and all cells as GeoParquet, in WGS84, with attribution and provenance inside."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj import CRS

from netspatial_core.export.tables import cell_columns, pick_rows
from netspatial_core.planning.view import PlanView
from netspatial_core.rationale.writer import Rationale
from netspatial_core.sources.public import public

DIGITS = 7  # of a degree: about a centimetre
META = b"netspatial"


def geojson(view: PlanView, about: Mapping[str, Any], rationales: Mapping[str, Rationale] | None = None) -> dict[str, Any]:
    """The picks as an RFC 7946 FeatureCollection: cell polygons, counter-clockwise; foreign members say where it comes from."""
    rings = view.grid.polygons_wgs84().round(DIGITS)
    features = [
        {
            "type": "Feature",
            "id": row["cell_id"],
            "geometry": {"type": "Polygon", "coordinates": [rings[cell].tolist()]},
            "properties": row,
        }
        for cell, row in zip(view.selection.picks.tolist(), pick_rows(view, rationales), strict=True)
    ]
    return {"type": "FeatureCollection", "features": features, **public(about)}


def write_cells(view: PlanView, about: Mapping[str, Any], path: Path) -> None:
    """All cells as GeoParquet 1.1 (WKB polygons), one row a cell; see ``tables.cell_columns`` for the columns."""
    columns = cell_columns(view)
    polygons = shapely.polygons(view.grid.polygons_wgs84())
    types = {"cell_id": pa.string(), "reason": pa.string(), "outcome": pa.string(), "flags": pa.string(), "feasible": pa.bool_()}
    types |= {"rank": pa.int32(), "pick": pa.int32()}
    data = {name: pa.array(values, types.get(name, pa.float64())) for name, values in columns.items()}
    data["geometry"] = pa.array(list(shapely.to_wkb(polygons)), pa.binary())
    geo = {
        "version": "1.1.0",
        "primary_column": "geometry",
        "columns": {
            "geometry": {
                "encoding": "WKB",
                "geometry_types": ["Polygon"],
                "crs": CRS.from_epsg(4326).to_json_dict(),
                "orientation": "counterclockwise",
                "edges": "planar",
                "bbox": np.asarray(shapely.total_bounds(polygons)).tolist(),
            }
        },
    }
    units = {key: view.unit_of(key) for key in view.scores}
    metadata = {b"geo": json.dumps(geo).encode(), META: json.dumps({**public(about), "units": units}).encode()}
    pq.write_table(pa.table(data).replace_schema_metadata(metadata), path, compression="zstd")
