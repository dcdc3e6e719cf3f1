"""Intervals that cover what they claim: the spread of the daily level's prior, fitted on val sites.

Most of what nobody can know about a place is its level and its usual day, which level 1 generates. A generator that has learned
from few places is too sure of them at places of other cities. One number corrects that: level 1 starts from t times its noise,
with t such that 80 % of the val sites' hours lie between the 10th and the 90th percentile of the draws. Weights stay as they are.
"""

import numpy as np
import torch
from numpy.typing import NDArray

from netspatial_core.generator.ensemble import Condition
from netspatial_core.generator.hierarchy import Generator
from netspatial_core.generator.history import random_windows

COVER = 0.8
LEAST, MOST, HALVINGS = 0.5, 2.0, 6  # t is found to within 0.02
SITES, DRAWS = 128, 16
ENOUGH = 20  # val sites; of fewer the share of covered hours is mere chance


def coverage(ensemble: NDArray[np.float32], truth: NDArray[np.float32], level: float) -> float:
    """Share of the measured hours inside the central interval.

    Quantiles stand at ``rank / (m + 1)`` (``method="weibull"``), where a perfect forecaster is covered as often as promised;
    numpy's default puts them at ``(rank - 1) / (m - 1)`` and makes it look over-confident at 32 draws.

    Args:
        ensemble: [station, draw, hour].
        truth: [station, hour], NaN for gaps.
        level: Of the interval, e.g. 0.8 from the 10th to the 90th percentile.
    """
    low, high = np.quantile(ensemble, [(1 - level) / 2, (1 + level) / 2], axis=1, method="weibull")
    return float(((truth >= low) & (truth <= high))[np.isfinite(truth)].mean())


def calibrate(generator: Generator, condition: Condition, traffic: NDArray[np.float32], seed: int) -> float:
    """Set the generator's ``temperature`` so that its 80 % interval covers 80 % of some sites' hours, and return it.

    A generator that knows histories gets a second one, ``temperature_told``, for places of which something was measured: fitted
    with random parts of the sites' own series shown, on the hours that were not. Both stay within 0.5 and 2, and are left as they
    are where there are fewer than ``ENOUGH`` sites with known hours.

    Args:
        generator: Whose weights stay as they are.
        condition: Of sites it was not trained on [site].
        traffic: GB/h [site, hour], NaN for gaps.
        seed: Of the choice of sites, of the draws and of what is shown.
    """
    there = np.flatnonzero(np.isfinite(traffic).any(axis=1))
    if len(there) < ENOUGH:
        return generator.temperature
    rows = np.sort(np.random.default_rng(seed).permutation(there)[:SITES])
    asked, truth, keys = condition.take(rows), traffic[rows], [f"calibration-{i}" for i in rows]
    generator.temperature = _fitted(generator, "temperature", asked, keys, truth, seed)
    if generator.sizes.history:
        window = random_windows(len(rows), generator.sizes.days, 1.0, torch.Generator().manual_seed(seed))
        shown = np.where(window[:, : truth.shape[1]], truth, np.nan).astype(np.float32)
        rest = np.where(window[:, : truth.shape[1]], np.nan, truth).astype(np.float32)
        told = np.flatnonzero(np.isfinite(shown).any(axis=1) & np.isfinite(rest).any(axis=1))
        if len(told) >= ENOUGH:
            known = generator.with_history(asked.take(told), shown[told])
            named = [keys[i] for i in told]
            generator.temperature_told = _fitted(generator, "temperature_told", known, named, rest[told], seed)
    return generator.temperature


def _fitted(
    generator: Generator, name: str, condition: Condition, keys: list[str], truth: NDArray[np.float32], seed: int
) -> float:
    """The temperature of that name at which ``COVER`` of the hours are covered, by halving its logarithm."""
    low, high = np.log(LEAST), np.log(MOST)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        setattr(generator, name, float(np.exp(middle)))
        if coverage(generator.sample(condition, keys, range(DRAWS), seed), truth, COVER) < COVER:
            low = middle
        else:
            high = middle
    return round(float(np.exp((low + high) / 2)), 3)
