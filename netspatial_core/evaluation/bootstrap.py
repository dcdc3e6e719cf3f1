"""How sure a figure or a difference is: bootstrap over places, as neighbours share their ground."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

ROUNDS = 1000

Rows = NDArray[np.int64]


def resamples(groups: NDArray[np.int64], rounds: int, seed: int) -> list[Rows]:
    """Rows of each round: as many groups as there are, drawn with replacement, each with all its rows."""
    rng = np.random.default_rng(seed)
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    return [np.concatenate([members[i] for i in rng.integers(len(members), size=len(members))]) for _ in range(rounds)]


def interval(
    figure: Callable[[Rows], float], groups: NDArray[np.int64], *, level: float = 0.95, rounds: int = ROUNDS, seed: int = 0
) -> tuple[float, float]:
    """Percentile interval of a figure of rows (Efron and Tibshirani 1993, chapter 13), groups resampled as a whole.

    Args:
        figure: The figure of the rows it is given.
        groups: Which place a row belongs to [row].
        level: Of the interval.
        rounds: Resamples.
        seed: Of the resampling.
    """
    found = [figure(rows) for rows in resamples(groups, rounds, seed)]
    low, high = np.nanquantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def paired_difference(
    ours: NDArray[np.float64],
    theirs: NDArray[np.float64],
    groups: NDArray[np.int64],
    *,
    level: float = 0.9,
    rounds: int = ROUNDS,
    seed: int = 0,
) -> tuple[float, float, float]:
    """Mean difference of two scores of the same stations, ours minus theirs, with its interval over resampled places."""
    gap = ours - theirs
    low, high = interval(lambda rows: float(gap[rows].mean()), groups, level=level, rounds=rounds, seed=seed)
    return float(gap.mean()), low, high
