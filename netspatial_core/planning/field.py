"""Where the demand lies that sites would carry: estimated from what generation says a site at each cell would carry alone.

A site takes the ground nearer to it than to any station and within reach. What it takes of the demand there is what was generated
for it, so the demand of the ground is found backwards. With it, sites that stand near each other share what is there, and
stations lose what new sites take.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack
from scipy.spatial import cKDTree

from netspatial_core.reach import reach_m

STEP_M = 50.0
ROUNDS = 60  # of expectation maximisation: early enough that it does not chase the noise of single cells


@dataclass(frozen=True)
class DemandField:
    """Demand of the ground and who would take it.

    Attributes:
        places: Middles of squares of 50 m [place, 2], metres on the ground.
        load: Mean demand there [place], GB/h; 0 right around stations, where no candidate reaches and nothing is known.
        reaches: Which places a site at each candidate would take if it stood alone [candidate, place], 0 or 1.
        served: Index of the station that has each place now [place], -1 where none reaches it.
    """

    places: NDArray[np.float64]
    load: NDArray[np.float64]
    reaches: csr_array
    served: NDArray[np.int64]

    @cached_property
    def fresh(self) -> NDArray[np.float64]:
        """Share of what each candidate would carry that no station has now [candidate]; 0 where it would carry nothing."""
        carried = self.reaches @ self.load
        with np.errstate(divide="ignore", invalid="ignore"):
            share = (self.reaches @ np.where(self.served < 0, self.load, 0.0)) / carried
        return np.where(carried > 0, share, 0.0)

    def carried(self, chosen: NDArray[np.int64]) -> float:
        """What a set of candidates would carry together, GB/h: ground that several reach counts once."""
        return float(self.load[self._taken(chosen)].sum())

    def lost(self, chosen: NDArray[np.int64], stations: int) -> NDArray[np.float64]:
        """What each of the stations would lose to a set of candidates [station], GB/h."""
        taken = self._taken(chosen) & (self.served >= 0)
        return np.bincount(self.served[taken], self.load[taken], minlength=stations).astype(np.float64)

    def _taken(self, chosen: NDArray[np.int64]) -> NDArray[np.bool_]:
        return np.asarray(self.reaches[chosen].sum(axis=0)) > 0


def demand_field(
    points: NDArray[np.float64],
    loads: NDArray[np.float64],
    stations: NDArray[np.float64],
    station_loads: NDArray[np.float64],
    reach: float | None = None,
) -> DemandField:
    """The demand of the ground around some candidates, by expectation maximisation (Richardson 1972, Lucy 1974).

    Args:
        points: Candidates [candidate, 2], metres on the ground.
        loads: Mean load that was generated for each if it alone were added [candidate], GB/h; nan where none was.
        stations: Existing stations [station, 2].
        station_loads: Mean load that each carries [station], GB/h; nan where it is not known.
        reach: Radius of a catchment, metres; by default the one reach function's.
    """
    radius = reach_m() if reach is None else reach
    low, high = points.min(axis=0) - radius, points.max(axis=0) + radius
    axes = [np.arange(a, b + STEP_M, STEP_M) for a, b in zip(low, high, strict=True)]
    places = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
    away, served = np.full(len(places), np.inf), np.full(len(places), -1)
    if len(stations):
        distance, nearest = cKDTree(stations).query(places)
        away, served = np.asarray(distance), np.where(distance <= radius, nearest, -1)
    takers = cKDTree(points).query_ball_point(places, np.minimum(away, radius))
    reaches = _membership(takers, (len(points), len(places)))
    kept = (np.asarray(reaches.sum(axis=0)) > 0) | (served >= 0)
    places, served, reaches = places[kept], served[kept], csr_array(reaches[:, np.flatnonzero(kept)])
    known = np.isfinite(loads) & (np.asarray(reaches.sum(axis=1)) > 0)
    rows, wanted = [reaches[np.flatnonzero(known)]], [loads[known]]
    whole = _whole(stations, served, station_loads, low, high, radius)
    if len(whole):
        rows.append(_membership([[int(np.searchsorted(whole, s))] if s in set(whole.tolist()) else [] for s in served.tolist()],
                                (len(whole), len(places))))  # fmt: skip
        wanted.append(station_loads[whole])
    return DemandField(places, _solve(csr_array(vstack(rows)), np.concatenate(wanted)), reaches, served)


def _whole(
    stations: NDArray[np.float64],
    served: NDArray[np.int64],
    loads: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    radius: float,
) -> NDArray[np.int64]:
    """Stations of known load whose whole catchment lies on the ground that is looked at."""
    inside = ((stations - radius >= low) & (stations + radius <= high)).all(axis=1) if len(stations) else np.empty(0, dtype=bool)
    return np.flatnonzero(inside & np.isfinite(loads) & np.isin(np.arange(len(stations)), served))


def _membership(takers: NDArray[np.object_] | list[list[int]], shape: tuple[int, int]) -> csr_array:
    """Rows that hold each place, as a matrix of 0 and 1."""
    counts = np.array([len(found) for found in takers])
    row = np.concatenate([np.asarray(found, dtype=np.int64) for found in takers]) if counts.sum() else np.empty(0, dtype=np.int64)
    column = np.repeat(np.arange(shape[1]), counts)
    return csr_array((np.ones(len(row)), (row, column)), shape=shape)


def _solve(holds: csr_array, wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Demand of each place, not negative, whose sums over the rows come near to what is wanted."""
    reached = np.asarray(holds.sum(axis=0))
    size = np.asarray(holds.sum(axis=1))
    # to begin with, each place has the mean density of the rows that hold it
    load = (holds.T @ (wanted / size)) / np.maximum(reached, 1.0)
    for _ in range(ROUNDS):
        made = holds @ load
        ratio = np.divide(wanted, made, out=np.ones_like(made), where=made > 0)
        load = load * (holds.T @ ratio) / np.maximum(reached, 1.0)
    return np.asarray(load)
