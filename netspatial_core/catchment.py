"""Whose traffic a place takes: the ground nearer to it than to any station, clipped at reach.

Computed alike for stations (against the others) and for candidates (as if added alone), so that a model trained on stations can
be asked about candidates.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from netspatial_core.reach import reach_m

SAME_PLACE_M = 0.01
SAMPLES = 2000  # ground samples in a catchment of full reach: the area is exact to about 1 %


@dataclass(frozen=True)
class Catchment:
    """What a place would serve.

    Attributes:
        area_km2: Ground nearer to the place than to any station, within reach [point], km2.
        nearest_m: Distance to the nearest other station [point], metres; inf where there is none.
    """

    area_km2: NDArray[np.float64]
    nearest_m: NDArray[np.float64]


def catchments(
    points: NDArray[np.float64],
    stations: NDArray[np.float64],
    *,
    reach: float | None = None,
    own: NDArray[np.int64] | None = None,
) -> Catchment:
    """Catchments of points among stations, all in projected metres.

    Args:
        points: Places [point, 2].
        stations: Existing stations [station, 2], possibly none.
        reach: Radius that clips a catchment, metres; by default the one reach function's.
        own: Index of each point's own station [point], -1 for a candidate: a station does not compete with itself.
    """
    radius = reach_m() if reach is None else reach
    disc = _disc(radius)
    full = np.pi * radius**2 / 1e6
    if len(stations) == 0:
        return Catchment(np.full(len(points), full), np.full(len(points), np.inf))
    tree = cKDTree(stations)
    self_index = np.full(len(points), -1) if own is None else own
    area, nearest = np.empty(len(points)), np.empty(len(points))
    for i, point in enumerate(points):
        rivals = np.array([j for j in tree.query_ball_point(point, 2 * radius) if j != self_index[i]], dtype=int)
        nearest[i] = _nearest_other(tree, point, int(self_index[i]))
        if len(rivals) == 0:
            area[i] = full
            continue
        gap = stations[rivals] - point
        # a sample s belongs to the point when |s|^2 <= |s - g|^2 for every rival at offset g: 2 s.g <= |g|^2
        mine = (2 * disc @ gap.T <= (gap**2).sum(axis=1)).all(axis=1)
        area[i] = full * mine.mean() / _sharing(gap, -1)
    return Catchment(area, nearest)


def taken(
    points: NDArray[np.float64],
    places: NDArray[np.float64],
    stations: NDArray[np.float64],
    *,
    reach: float | None = None,
    own: NDArray[np.int64] | None = None,
) -> NDArray[np.float64]:
    """How many of some places lie in the catchment of each point [point]; points on one mast share theirs.

    Args:
        points: Whose catchments [point, 2], projected metres.
        places: What is counted, such as POIs [place, 2].
        stations: Existing stations [station, 2], possibly none.
        reach: As for ``catchments``.
        own: As for ``catchments``.
    """
    radius = reach_m() if reach is None else reach
    if len(places) == 0:
        return np.zeros(len(points))
    ground = cKDTree(places)
    if len(stations) == 0:
        return np.asarray(ground.query_ball_point(points, radius, return_length=True), dtype=np.float64)
    tree = cKDTree(stations)
    # A place's two nearest stations: the second counts where the first is one's own.
    distance, index = map(np.asarray, tree.query(places, k=[1, 2]))
    self_index = np.full(len(points), -1) if own is None else own
    counts = np.empty(len(points))
    for i, point in enumerate(points):
        near = np.array(ground.query_ball_point(point, radius), dtype=int)
        rival = np.where(index[near, 0] == self_index[i], distance[near, 1], distance[near, 0])
        away = np.hypot(*(places[near] - point).T)
        mine = away <= np.asarray(rival, dtype=np.float64) + SAME_PLACE_M
        counts[i] = mine.sum() / _sharing(stations - point, int(self_index[i]))
    return counts


def assign(demand: NDArray[np.float64], stations: NDArray[np.float64], reach: float | None = None) -> NDArray[np.int64]:
    """Index of the station that serves each place of demand [place], -1 where none is within reach."""
    if len(stations) == 0:
        return np.full(len(demand), -1)
    distance, index = cKDTree(stations).query(demand)
    return np.where(distance <= (reach_m() if reach is None else reach), index, -1)


def _disc(radius: float) -> NDArray[np.float64]:
    """Evenly spread offsets within a radius [sample, 2] (Vogel's sunflower), the same for every point."""
    k = np.arange(SAMPLES) + 0.5
    r, angle = radius * np.sqrt(k / SAMPLES), k * np.pi * (3 - np.sqrt(5))
    return np.column_stack([r * np.cos(angle), r * np.sin(angle)])


def _sharing(gap: NDArray[np.float64], own: int) -> int:
    """On how many places a mast's ground is shared out, from the stations' offsets [station, 2] from it."""
    same = np.asarray((np.abs(gap) < SAME_PLACE_M).all(axis=1))
    return 1 + int(same.sum()) - int(own >= 0 and bool(same[own]))


def _nearest_other(tree: cKDTree, point: NDArray[np.float64], own: int) -> float:
    distance, index = tree.query(point, k=min(2, tree.n))
    for d, j in zip(np.atleast_1d(distance), np.atleast_1d(index), strict=True):
        if j != own:
            return float(d)
    return float("inf")
