"""Does an ensemble know what it does not know: coverage of its intervals, and where the truth falls among the draws."""

import numpy as np
from numpy.typing import NDArray

LEVELS = (0.5, 0.8, 0.95)
PIT_BINS = 10


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


def pit_histogram(
    ensemble: NDArray[np.float32], truth: NDArray[np.float32], *, bins: int = PIT_BINS, seed: int = 0
) -> NDArray[np.float64]:
    """Share of the hours whose truth lies in each tenth of its ensemble [bin]: flat for a calibrated one, a U for one too sure.

    The probability integral transform by ranks, ties and the place within a rank drawn at random, so that it is uniform for a
    perfect ensemble of any size (Gneiting, Balabdaoui and Raftery 2007, J. R. Stat. Soc. B 69, 243-268).
    """
    rng = np.random.default_rng(seed)
    below = (ensemble < truth[:, None]).sum(axis=1)
    equal = (ensemble == truth[:, None]).sum(axis=1)
    pit = (below + rng.random(truth.shape) * (equal + 1)) / (ensemble.shape[1] + 1)
    return np.histogram(pit[np.isfinite(truth)], bins=bins, range=(0, 1))[0] / max(int(np.isfinite(truth).sum()), 1)


def pit_error(histogram: NDArray[np.float64]) -> float:
    """How far a PIT histogram is from flat: total variation, 0 to 1."""
    return float(np.abs(histogram - 1 / len(histogram)).sum() / 2)
