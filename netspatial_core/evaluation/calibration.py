"""Where the truth falls among the draws of an ensemble; what its intervals cover is in ``generator.calibration``."""

import numpy as np
from numpy.typing import NDArray

LEVELS = (0.5, 0.8, 0.95)
PIT_BINS = 10


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
