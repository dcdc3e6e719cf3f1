"""How sure a ranking is: what the draws, each one possible month of every cell, say about ranks, the best K, and regret."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netspatial_core.planning.statistics import quantiles


@dataclass(frozen=True)
class RankUncertainty:
    """Over draws, nan for a point that has no value.

    Attributes:
        p_topk: Share of draws in which a point is among the K best that meet the floor [point].
        rank: Median of its place among those that meet the floor in a draw [point]; where it does not, it comes after them all.
        rank_p10: 10th percentile of that place [point]: it is seldom better.
        rank_p90: 90th percentile [point]: it is seldom worse.
        regret: Expected regret [point], in the utility's unit: by how much the K-th best of a draw is better than it, 0
            where it is among the K best, mean over draws; infinite where a draw has no end.
    """

    p_topk: NDArray[np.float64]
    rank: NDArray[np.float64]
    rank_p10: NDArray[np.float64]
    rank_p90: NDArray[np.float64]
    regret: NDArray[np.float64]


def rank_uncertainty(
    per_draw: NDArray[np.float64], mean_load: NDArray[np.float64], *, ids: Sequence[str], k: int, floor: float, sign: int = 1
) -> RankUncertainty:
    """What the draws say about each point.

    The floor applies to each draw's mean load, and spacing does not (it would make the chance of one point hang on its
    neighbours'). Draws of two points are independent.

    Args:
        per_draw: Utility [point, draw]; a point with any nan takes no part; an infinite one is never among the best.
        mean_load: Mean load [point, draw].
        ids: Cell ids [point], which break ties.
        k: Sites to pick.
        floor: Least mean load.
        sign: 1 where a high utility is better, -1 where a low one is.
    """
    points, draws = per_draw.shape
    if points == 0 or draws == 0:
        return RankUncertainty(*(np.full(points, np.nan) for _ in range(5)))
    valid = np.all(~np.isnan(per_draw), axis=1)
    by_id = np.argsort(np.asarray(ids), kind="stable")
    candidate = np.logical_and(valid[:, None], np.logical_and(mean_load >= floor, np.isfinite(per_draw)))
    cost = np.where(candidate, -sign * per_draw, np.inf)[by_id]
    order = np.argsort(cost, axis=0, kind="stable")
    place = np.empty((points, draws))
    np.put_along_axis(place, order, np.broadcast_to(np.arange(1.0, points + 1)[:, None], (points, draws)), axis=0)
    candidates = np.isfinite(cost).sum(axis=0)
    place = np.where(np.isfinite(cost), place, candidates + 1.0)
    last = np.minimum(max(k, 0), candidates) - 1  # place, from 0, of the worst of the best
    worst = np.take_along_axis(cost, np.take_along_axis(order, last.clip(0)[None], axis=0), axis=0)[0]
    with np.errstate(invalid="ignore"):
        gap = np.maximum(-sign * per_draw[by_id] - worst, 0.0)
    gap = np.where(last >= 0, gap, 0.0).mean(axis=1)  # where nothing is picked nothing is missed
    band = quantiles(place)

    def back(values: NDArray[np.float64]) -> NDArray[np.float64]:
        out = np.empty(points)
        out[by_id] = values
        return np.where(valid, out, np.nan)

    return RankUncertainty(
        back(((place <= k) & np.isfinite(cost)).mean(axis=1)),
        back(band.median),
        back(band.p10),
        back(band.p90),
        back(gap),
    )
