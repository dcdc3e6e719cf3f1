"""Does generated traffic have the values that real traffic has, whoever carries them: distributions of the pooled hours.

Which site a value belongs to does not enter here: shuffled stations score 0 (``place.py`` sees them).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import wasserstein_distance

from netspatial_core.errors import InputError

Values = NDArray[np.float32] | NDArray[np.float64]

BINS = 100
EPSILON = 1e-10  # what an empty bin holds in eq. 18, which is infinite there
FULL_SCALE = 99.9  # percentile of train traffic that is 1 on the scale of all scores


@dataclass(frozen=True)
class Scale:
    """The unit of all scores: the 99.9th percentile of train traffic is 1, what lies above is clipped to 1.

    Attributes:
        full: What is 1, in the unit of the traffic.
    """

    full: float

    @classmethod
    def fit(cls, train: Values) -> "Scale":
        """The scale that train traffic sets.

        Raises:
            InputError: The traffic is empty or 0 nearly everywhere.
        """
        seen = train[np.isfinite(train)]
        full = float(np.percentile(seen, FULL_SCALE)) if seen.size else 0.0
        if full <= 0:
            raise InputError("The train traffic is 0 nearly everywhere.", "Drop the cells without traffic first.")
        return cls(full)

    def apply(self, traffic: Values) -> NDArray[np.float32]:
        """Traffic on the scale, NaN where it was NaN."""
        return np.minimum(traffic / self.full, 1).astype(np.float32)


@dataclass(frozen=True)
class Histogram:
    """Fixed bins that train data set, with one bin below and one above, so that all data sets are counted in the same bins.

    Attributes:
        edges: Ascending [bin + 1]; the outer bins reach to infinity.
    """

    edges: NDArray[np.float64]

    @classmethod
    def fit(cls, train: Values, bins: int = BINS) -> "Histogram":
        """Equal bins over the range of train data.

        Raises:
            InputError: The data have no range.
        """
        low, high = float(np.nanmin(train)), float(np.nanmax(train))
        if not low < high:
            raise InputError("The train data have no range to divide into bins.", "Give data with at least two values.")
        return cls(np.linspace(low, high, bins + 1))

    def shares(self, values: Values) -> NDArray[np.float64]:
        """Share of the values in each bin [bin + 2], the first below and the last above the range; gaps do not count."""
        seen = np.asarray(values)[np.isfinite(values)]
        # the upper edge itself belongs to the last inner bin, as the train maximum lies on it
        place = np.searchsorted(self.edges, seen, side="right") - (seen == self.edges[-1])
        return np.bincount(place, minlength=len(self.edges) + 1) / max(seen.size, 1)


@dataclass(frozen=True)
class Divergences:
    """How far two sets of values lie apart.

    Attributes:
        js_div_nats: Jensen-Shannon divergence, 0 to ln 2.
        js_dist_nats: Its root, 0 to 0.8326.
        js_dist_bits: Root of the divergence in bits, 0 to 1.
        paper_eq18: Root of the mean of both Kullback-Leibler divergences (eq. 18 of arXiv 2603.13839), empty bins at ``EPSILON``.
        epsilon_bins: In how many bins that had to be done; above 0 the value above says how small EPSILON is, not more.
    """

    js_div_nats: float
    js_dist_nats: float
    js_dist_bits: float
    paper_eq18: float
    epsilon_bins: int


def divergences(made: Values, real: Values, histogram: Histogram) -> Divergences:
    """Divergences between values in the same bins, whatever their shapes.

    ``JS = (KL(p || m) + KL(q || m)) / 2`` with ``m = (p + q) / 2`` (Lin 1991, IEEE Trans. Inf. Theory 37, 145-151).
    """
    p, q = histogram.shares(made), histogram.shares(real)
    middle = (p + q) / 2
    nats = max(0.0, (_kl(p, middle) + _kl(q, middle)) / 2)
    half_empty = (p == 0) != (q == 0)
    p, q = np.where((p == 0) & half_empty, EPSILON, p), np.where((q == 0) & half_empty, EPSILON, q)
    eq18 = max(0.0, (_kl(p, q) + _kl(q, p)) / 2)
    return Divergences(nats, float(np.sqrt(nats)), float(np.sqrt(nats / np.log(2))), float(np.sqrt(eq18)), int(half_empty.sum()))


def _kl(p: NDArray[np.float64], q: NDArray[np.float64]) -> float:
    """Kullback-Leibler divergence in nats; 0 ln 0 is 0."""
    full = p > 0
    return float((p[full] * np.log(p[full] / q[full])).sum())


def differences(series: Values) -> Values:
    """Change from each hour to the next [..., hour - 1]: along time, the last axis, never across stations."""
    return np.diff(series, axis=-1)


def wasserstein(made: Values, real: Values) -> float:
    """Wasserstein-1 distance of the pooled values, in their unit: the area between their distribution functions."""
    return float(wasserstein_distance(made[np.isfinite(made)], real[np.isfinite(real)]))


def percentile_error(made: Values, real: Values, percentile: float) -> float:
    """Relative error of a percentile of the pooled values, signed: +0.1 is 10 % too high."""
    truth = float(np.nanpercentile(real, percentile))
    return float(np.nanpercentile(made, percentile)) / truth - 1
