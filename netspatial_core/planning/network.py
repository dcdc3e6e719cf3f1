"""The network that exists, as the paper's Figure 1 looks at it: how dense, how used, how unevenly."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from netspatial_core.planning.statistics import WEEK_H

UNDER, OVER = 0.2, 0.85  # of the capacity: below, an hour is under-used; above, overloaded
CLASSES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"idle": (0.0, 0.2), "low": (0.2, 0.4), "medium": (0.4, 0.6), "high": (0.6, OVER), "hot": (OVER, np.inf)}
)
"""Utilisation classes by the busy hour's share of the capacity: from, below."""
AROUND_M = 500.0  # over which density is counted


@dataclass(frozen=True)
class NetworkState:
    """A network in figures; nan where nothing is known.

    Attributes:
        stations: How many.
        per_km2: Stations per square kilometre of the study area.
        used: Sum of busy hours over sum of capacities.
        under: Share of the hours seen, of all stations, below ``UNDER`` of the capacity.
        over: Share of them above ``OVER``.
        gini: Gini coefficient of the mean loads: 0 is all alike, 1 is one station with all.
        top_tenth: Share of the load that the busiest tenth of the stations carries.
    """

    stations: int
    per_km2: float
    used: float
    under: float
    over: float
    gini: float
    top_tenth: float


def network_state(
    inside: NDArray[np.bool_],
    area_km2: float,
    capacity: NDArray[np.float64],
    busy: NDArray[np.float64],
    traffic: NDArray[np.float32],
) -> NetworkState:
    """Figures of a network.

    Args:
        inside: Whether a station stands in the study area [station].
        area_km2: Of the study area.
        capacity: GB/h [station], nan where unknown.
        busy: Busy-hour load, GB/h [station].
        traffic: Observed [station, hour], GB/h, nan in gaps.
    """
    both = np.isfinite(capacity) & np.isfinite(busy)
    share = traffic / capacity[:, None]
    seen = np.isfinite(share)
    hours = int(seen.sum())
    means = mean_loads(traffic)
    return NetworkState(
        len(capacity),
        float(inside.sum() / area_km2),
        float(busy[both].sum() / capacity[both].sum()) if both.any() else float("nan"),
        float((share[seen] < UNDER).sum() / hours) if hours else float("nan"),
        float((share[seen] > OVER).sum() / hours) if hours else float("nan"),
        gini(means),
        top_share(means, 0.1),
    )


def mean_loads(traffic: NDArray[np.float32]) -> NDArray[np.float64]:
    """Mean over the hours seen [station], GB/h; nan where none was."""
    seen = np.isfinite(traffic)
    total = np.where(seen, traffic, 0.0).sum(axis=1, dtype=np.float64)
    counts = seen.sum(axis=1)
    return np.divide(total, counts, out=np.full(len(traffic), np.nan), where=counts > 0)


def utilisation_class(used: float) -> str:
    """The class of a station by the share of its capacity that its busy hour takes; '' where it is not known."""
    return next((name for name, (low, high) in CLASSES.items() if low <= used < high), "")


def lorenz(loads: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lorenz curve: shares of the stations, quietest first, and of the load they carry, both from 0 to 1 [station + 1].

    Lorenz 1905. Loads that are nan are left out; without any load the curve is the diagonal.
    """
    known = np.sort(loads[np.isfinite(loads)])
    stations = np.linspace(0, 1, len(known) + 1)
    total = known.sum()
    return stations, np.concatenate([[0.0], np.cumsum(known) / total]) if total > 0 else stations


def gini(loads: NDArray[np.float64]) -> float:
    """Gini coefficient: twice the area between the diagonal and the Lorenz curve; nan without any load."""
    if not np.nansum(loads) > 0:
        return float("nan")
    stations, load = lorenz(loads)
    return float(1 - 2 * np.trapezoid(load, stations))


def top_share(loads: NDArray[np.float64], share: float) -> float:
    """Share of the load that the busiest ``share`` of the stations carries, at least one of them; nan without any load."""
    known = np.sort(loads[np.isfinite(loads)])[::-1]
    if not known.sum() > 0:
        return float("nan")
    return float(known[: max(1, round(share * len(known)))].sum() / known.sum())


def class_shares(traffic: NDArray[np.float32], capacity: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of stations below, within and above the thresholds at each hour of the week [3, 168]; nan where none was seen.

    An hour of the week is under-used or overloaded where the mean over its weeks is.
    """
    weeks = -(-traffic.shape[1] // WEEK_H)
    padded = np.full((len(traffic), weeks * WEEK_H), np.nan)
    padded[:, : traffic.shape[1]] = traffic
    folded = padded.reshape(len(traffic), weeks, WEEK_H)
    seen = np.isfinite(folded)
    counts = seen.sum(axis=1)
    mean = np.divide(np.where(seen, folded, 0.0).sum(axis=1), counts, out=np.full(counts.shape, np.nan), where=counts > 0)
    share = mean / capacity[:, None]
    known = np.isfinite(share)
    parts = np.stack([known & (share < UNDER), known & (share >= UNDER) & (share <= OVER), known & (share > OVER)])
    total = known.sum(axis=0)
    return np.divide(parts.sum(axis=1), total, out=np.full((3, WEEK_H), np.nan), where=total > 0)


def density(points: NDArray[np.float64], stations: NDArray[np.float64], radius_m: float = AROUND_M) -> NDArray[np.float64]:
    """Stations per km2 within a radius of each point [point]; both [n, 2] in metres on the ground."""
    if len(stations) == 0:
        return np.zeros(len(points))
    found = cKDTree(stations).query_ball_point(points, radius_m, return_length=True)
    return np.asarray(found, dtype=np.float64) / (np.pi * (radius_m / 1000) ** 2)
