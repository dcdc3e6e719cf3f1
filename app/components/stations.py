"""Stations on a map, as GeoJSON points."""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from app.figures.numbers import number, percent
from netspatial_core.planning.station_load import StationLoad

CHANGED = 0.005  # share by which a load must change to be told


def station_points(
    loads: Iterable[StationLoad], off: Collection[str] = (), ratios: Mapping[str, float] = MappingProxyType({})
) -> dict[str, Any]:
    """Stations with their ring's share and the text of their tip.

    Args:
        loads: What each carried.
        off: Those that a scenario switches off.
        ratios: By what a scenario multiplies a station's load, by id; 1 where nothing is said.
    """
    features = []
    for load in loads:
        ratio = ratios.get(load.station, 1.0)
        used = load.used * ratio
        features.append(
            {
                "type": "Feature",
                "properties": {
                    "id": load.station,
                    "load": round(used, 3) if np.isfinite(used) else None,
                    "text": "switched off in this scenario" if load.station in off else _text(load, ratio),
                    "off": load.station in off,
                },
                "geometry": {"type": "Point", "coordinates": [load.lon, load.lat]},
            }
        )
    return {"type": "FeatureCollection", "features": features}


def _text(load: StationLoad, ratio: float) -> str:
    if not np.isfinite(load.busy):
        return "no traffic seen"
    busy = f"busy hour {number(load.busy * ratio)} GB/h"
    known = np.isfinite(load.used)
    share = f", {percent(load.used * ratio)} % of {number(load.capacity)} GB/h" if known else ", capacity unknown"
    supposed = f" in this scenario, {number(load.busy)} now" if abs(ratio - 1) > CHANGED else ""
    return busy + share + supposed
