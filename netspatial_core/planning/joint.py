"""Sites chosen together: each takes catchment from the others, so the second of two neighbours adds only what is left."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netspatial_core.planning.field import DemandField
from netspatial_core.planning.limits import TOLERANCE_M


@dataclass(frozen=True)
class Joint:
    """Sites in the order in which they were chosen.

    Attributes:
        picks: Candidates [pick].
        gain: What each adds to those before it [pick], GB/h; never more than the one before where nothing keeps them apart.
    """

    picks: NDArray[np.int64]
    gain: NDArray[np.float64]

    @property
    def total(self) -> float:
        """What all carry together, GB/h."""
        return float(self.gain.sum())


def choose_together(
    field: DemandField,
    points: NDArray[np.float64],
    k: int,
    spacing_m: float = 0.0,
    *,
    allowed: NDArray[np.bool_] | None = None,
    fresh: bool = False,
    cost: NDArray[np.float64] | None = None,
    budget: float = np.inf,
    wanted: Sequence[NDArray[np.bool_]] = (),
) -> Joint:
    """K sites by lazy greedy choice (Minoux 1978): at least 63 % of the best there is where nothing keeps sites apart.

    What sites carry together counts ground once, so it is monotone and submodular: what a site adds never grows as others are
    chosen, and a gain that is the largest although others were computed later need not be computed again.

    Args:
        field: The demand of the ground.
        points: Candidates [candidate, 2], metres on the ground.
        k: Sites to choose.
        spacing_m: Least distance between two.
        allowed: Which candidates may be chosen [candidate]; None allows all.
        fresh: Count only demand that no station has now.
        cost: Of each candidate [candidate]; None is free.
        budget: Most that all may cost.
        wanted: Groups of candidates [candidate], of each of which one comes before all others.
    """
    load = np.where(field.served < 0, field.load, 0.0) if fresh else field.load
    left = load.copy()
    rows = [field.reaches.indices[a:b] for a, b in zip(field.reaches.indptr[:-1], field.reaches.indptr[1:], strict=True)]
    free = np.ones(len(points), dtype=np.bool_) if allowed is None else allowed.copy()
    price = np.zeros(len(points)) if cost is None else cost
    picks: list[int] = []
    gains: list[float] = []

    def take(site: int, gain: float) -> None:
        nonlocal free, budget
        picks.append(site)
        gains.append(gain)
        left[rows[site]] = 0.0
        budget -= price[site]
        free &= np.hypot(*(points - points[site]).T) >= spacing_m - TOLERANCE_M
        free[site] = False

    for group in wanted:
        inside = np.flatnonzero(free & group & (price <= budget))
        if len(picks) < k and not group[picks].any() and len(inside):
            sums = [float(left[rows[site]].sum()) for site in inside.tolist()]
            best = int(np.argmax(sums))
            take(int(inside[best]), sums[best])
    heap = [(-float(load[rows[i]].sum()), i, 0) for i in np.flatnonzero(free).tolist()]
    heapq.heapify(heap)
    while heap and len(picks) < k:
        gain, site, seen = heapq.heappop(heap)
        if not free[site] or price[site] > budget:
            continue
        if seen < len(picks):
            heapq.heappush(heap, (-float(left[rows[site]].sum()), site, len(picks)))
            continue
        take(site, -gain)
    return Joint(np.array(picks, dtype=np.int64), np.array(gains))
