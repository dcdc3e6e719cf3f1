"""Observed load of existing stations, from the data set of a study area."""

from dataclasses import dataclass

import numpy as np

from netspatial_core.area import Grid
from netspatial_core.sources.dataset import Dataset

BUSY_PERCENTILE = 95


@dataclass(frozen=True)
class StationLoad:
    """One station and what it carried; nan where it is not known.

    Attributes:
        station: Its id.
        lon: Longitude, degrees.
        lat: Latitude, degrees.
        cell: Cell it stands in, '' outside the area.
        capacity: GB/h.
        mean: Mean load over the hours seen, GB/h.
        busy: 95th percentile of the hours seen, GB/h.
        used: Busy hour over capacity, a share.
        hours: How many hours were seen.
    """

    station: str
    lon: float
    lat: float
    cell: str
    capacity: float
    mean: float
    busy: float
    used: float
    hours: int

    @property
    def inside(self) -> bool:
        """Whether it stands in the study area."""
        return self.cell != ""


def station_loads(dataset: Dataset, grid: Grid) -> list[StationLoad]:
    """Every station of a data set with a known place."""
    stations, out = dataset.stations, []
    for index, name in enumerate(stations.ids):
        lon, lat = (float(v) for v in stations.lonlat[index])
        if not (np.isfinite(lon) and np.isfinite(lat)):
            continue
        series = dataset.traffic[index]
        seen = series[np.isfinite(series)].astype(np.float64)
        mean, busy = (seen.mean(), np.percentile(seen, BUSY_PERCENTILE, method="weibull")) if len(seen) else (np.nan, np.nan)
        capacity = float(stations.capacity[index])
        cell = grid.cell_at(lon, lat)
        out.append(
            StationLoad(
                station=name,
                lon=lon,
                lat=lat,
                cell="" if cell is None else grid.ids[cell],
                capacity=capacity,
                mean=float(mean),
                busy=float(busy),
                used=float(busy / capacity) if capacity > 0 else float("nan"),
                hours=len(seen),
            )
        )
    return out
