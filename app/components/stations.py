"""Stations on a map, as GeoJSON points."""

from collections.abc import Collection, Iterable
from typing import Any

import numpy as np

from app.figures.numbers import number, percent
from netspatial_core.planning.station_load import StationLoad


def station_points(loads: Iterable[StationLoad], off: Collection[str] = ()) -> dict[str, Any]:
    """Stations with their ring's share and the text of their tip; those that a scenario switches ``off`` are marked."""
    features = [
        {
            "type": "Feature",
            "properties": {
                "id": load.station,
                "load": round(load.used, 3) if np.isfinite(load.used) else None,
                "text": "switched off in this scenario" if load.station in off else _text(load),
                "off": load.station in off,
            },
            "geometry": {"type": "Point", "coordinates": [load.lon, load.lat]},
        }
        for load in loads
    ]
    return {"type": "FeatureCollection", "features": features}


def _text(load: StationLoad) -> str:
    if not np.isfinite(load.busy):
        return "no traffic seen"
    busy = f"busy hour {number(load.busy)} GB/h"
    return busy + (
        f", {percent(load.used)} % of {number(load.capacity)} GB/h" if np.isfinite(load.used) else ", capacity unknown"
    )
