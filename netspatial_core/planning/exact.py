"""The best set of sites under constraints, proven: a mixed-integer programme solved by HiGHS, with the gap it could not close.

Greedy picks are there at once; this says how far from the best they can be.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, vstack
from scipy.spatial import cKDTree

from netspatial_core.planning.limits import TOLERANCE_M

LIMIT_S = 5.0


@dataclass(frozen=True)
class Exact:
    """What the solver found.

    Attributes:
        picks: Indices of the chosen candidates, best first [pick]; empty where nothing was found in time.
        value: Sum of their utilities.
        bound: No set of as many sites has a better sum than this; equal to ``value`` where it is proven best.
        proven: Whether no better set exists.
    """

    picks: NDArray[np.int64]
    value: float
    bound: float
    proven: bool

    @property
    def gap(self) -> float:
        """How much better a set could still be, as a share of the value."""
        return abs(self.bound - self.value) / abs(self.value) if self.value else 0.0


def best_set(
    utility: NDArray[np.float64],
    points: NDArray[np.float64],
    k: int,
    spacing_m: float,
    *,
    sign: int = 1,
    cost: NDArray[np.float64] | None = None,
    budget: float = np.inf,
    include: Sequence[NDArray[np.int64]] = (),
    limit_s: float = LIMIT_S,
) -> Exact:
    """At most K sites: first as many as possible, then of the best sum of utilities.

    Args:
        utility: Of each candidate [candidate], finite.
        points: Where they are [candidate, 2], metres on the ground.
        k: Most sites.
        spacing_m: Least distance between two.
        sign: 1 where a high utility is better, -1 where a low one is.
        cost: Of each candidate [candidate]; None is free.
        budget: Most that all may cost.
        include: Groups of candidates of which at least one must be chosen.
        limit_s: Seconds after which the best set so far is taken.
    """
    count = len(utility)
    if count == 0 or k <= 0:
        return Exact(np.empty(0, dtype=np.int64), 0.0, 0.0, proven=True)
    worth = sign * utility
    spread = float(np.ptp(worth)) or 1.0
    goodness = (worth - worth.min()) / spread  # 0 to 1: one site more always outweighs better ones
    rows = [csr_array(np.ones((1, count)))]
    low, high = [0.0], [float(min(k, count))]
    apart = conflicts(points, spacing_m)
    rows.append(apart)
    low += [0.0] * apart.shape[0]
    high += [1.0] * apart.shape[0]
    if cost is not None and np.isfinite(budget):
        rows.append(csr_array(cost[None]))
        low.append(-np.inf)
        high.append(budget)
    for group in include:
        member = np.zeros((1, count))
        member[0, group] = 1
        rows.append(csr_array(member))
        low.append(1.0)
        high.append(np.inf)
    found = milp(
        -(k + 1 + goodness),
        constraints=LinearConstraint(vstack(rows), np.array(low), np.array(high)),
        integrality=np.ones(count, dtype=np.int64),
        bounds=Bounds(0, 1),
        options={"time_limit": limit_s, "mip_rel_gap": 0.0},
    )
    if found.x is None:
        return Exact(np.empty(0, dtype=np.int64), 0.0, sign * np.inf, proven=found.status == 2)
    chosen = np.flatnonzero(found.x > 0.5)
    order = chosen[np.argsort(-worth[chosen], kind="stable")]
    value = float(utility[order].sum())
    left = max(0.0, -float(found.mip_dual_bound) - float((k + 1 + goodness[order]).sum()))
    return Exact(order, value, value + sign * left * spread, proven=left * spread <= 1e-9 * max(1.0, abs(value)))


def conflicts(points: NDArray[np.float64], spacing_m: float) -> csr_array:
    """Sets of points of which at most one may be chosen, a row each [set, point]: any two nearer than the spacing share one.

    A square whose diagonal is shorter than the spacing holds such a set: far fewer rows than pairs, and a much tighter programme.
    """
    count = len(points)
    limit = spacing_m - TOLERANCE_M
    if count == 0 or limit <= 0:
        return csr_array((0, count))
    tree = cKDTree(points)
    pairs = tree.query_pairs(limit, output_type="ndarray")
    pairs = pairs[np.hypot(*(points[pairs[:, 0]] - points[pairs[:, 1]]).T) < limit]
    half = limit / np.sqrt(2) / 2 * (1 - 1e-9)
    # a square about the middle of every pair that fits into one
    middles = (points[pairs[:, 0]] + points[pairs[:, 1]]) / 2
    fits = np.abs(points[pairs[:, 0]] - middles).max(axis=1, initial=0.0) <= half
    squares = {tuple(sorted(members)) for members in tree.query_ball_point(middles[fits], half, p=np.inf)}
    covered = {(a, b) for members in squares for i, a in enumerate(members) for b in members[i + 1 :]}
    alone = [tuple(pair) for pair in np.sort(pairs, axis=1).tolist() if tuple(pair) not in covered]
    sets = [*squares, *alone]
    row = np.repeat(np.arange(len(sets)), [len(members) for members in sets])
    column = np.array([index for members in sets for index in members], dtype=np.int64)
    return csr_array((np.ones(len(column)), (row, column)), shape=(len(sets), count))
