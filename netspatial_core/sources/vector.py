"""Vector files: features with their properties, in WGS84, from GeoJSON, GeoPackage or GeoParquet."""

from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from netspatial_core.errors import InputError
from netspatial_core.sources.files import plain_file

SUFFIXES = (".geojson", ".json", ".gpkg", ".parquet")


def read_features(path: Path) -> tuple[NDArray[np.object_], list[dict[str, Any]]]:
    """Geometries [feature] in (lon, lat) and their properties; a missing geometry is None.

    Raises:
        InputError: Not such a file, unreadable, or without a coordinate system.
    """
    import geopandas
    import pyogrio

    file = plain_file(path, SUFFIXES)
    try:
        if file.suffix.lower() == ".parquet":
            frame = geopandas.read_parquet(file)
        else:
            frame = pyogrio.read_dataframe(file, layer=0, force_2d=True)
    except Exception as error:  # three libraries, each with its own errors for a broken file
        raise InputError(f"{file.name} cannot be read: {type(error).__name__}.", "Export it again.") from error
    if not isinstance(frame, geopandas.GeoDataFrame):
        raise InputError(f"{file.name} has no geometries.", "Give a layer of points or polygons.")
    if frame.crs is None:
        raise InputError(f"{file.name} does not say its coordinate system.", "Save it with one, e.g. WGS84.")
    frame = frame.to_crs(4326)
    geometries = np.asarray(frame.geometry.array, dtype=object)
    properties = frame.drop(columns=frame.geometry.name)
    columns = {str(name): properties[name].tolist() for name in properties.columns}
    rows = [{name: values[i] for name, values in columns.items()} for i in range(len(frame))]
    geometries[shapely.is_empty(geometries)] = None
    return geometries, rows
