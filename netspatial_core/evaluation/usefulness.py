"""Would the generated ranking lead to good sites: its first picks against the true demand, and against sheer copying."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree


def best(score: NDArray[np.float64], k: int) -> NDArray[np.int64]:
    """Rows of the k largest scores, best first; of equals, the earlier row."""
    return np.argsort(-score, kind="stable")[:k]


def top_overlap(score: NDArray[np.float64], truth: NDArray[np.float64], k: int = 10) -> float:
    """Share of the k truly best candidates that are among the first k of the ranking."""
    return len(set(best(score, k).tolist()) & set(best(truth, k).tolist())) / min(k, len(truth))


def regret(score: NDArray[np.float64], truth: NDArray[np.float64], k: int = 10) -> float:
    """Share of the utility lost by the ranking's first k against the truly best k: 0 for the best choice.

    Args:
        score: What candidates are ranked by [candidate], larger is better.
        truth: Their true utility [candidate], for the synthetic city the demand a new site there would carry.
        k: Number of picks.
    """
    return float(1 - truth[best(score, k)].sum() / truth[best(truth, k)].sum())


def nearest_distance(series: NDArray[np.float32], train: NDArray[np.float32]) -> NDArray[np.float64]:
    """Root mean square distance of each series to the nearest train series [series]; both [series, hour], without gaps."""
    distance, _ = cKDTree(train).query(series)
    return np.asarray(distance / np.sqrt(series.shape[1]))


def novelty(made: NDArray[np.float32], held_out: NDArray[np.float32], train: NDArray[np.float32]) -> float:
    """Median distance of generated series to the nearest train series over that of held-out real ones.

    About 1 for a generator that is as far from its training data as reality; near 0 for one that copies them.
    """
    return float(np.median(nearest_distance(made, train)) / np.median(nearest_distance(held_out, train)))
