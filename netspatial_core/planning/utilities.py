"""What a site is worth: the registry of utilities, each a function of the per-draw statistics and a card that explains it.

A utility of an ensemble is the median over draws of the per-draw value, with p10 and p90 beside it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from netspatial_core.errors import InputError
from netspatial_core.planning.statistics import Statistics, quantiles

EPSILON = 1e-6  # eq. 6


@dataclass(frozen=True)
class Utility:
    """One objective and its card.

    Attributes:
        key: Column name in exports and value of ``--utility``.
        name: What a planner calls it.
        short: Name on narrow controls.
        dimension: Whether it is a load, one over a load, or a plain ratio; the unit follows from it and the traffic's unit.
        direction: Whether a high or a low value is better.
        definition: How it is computed, in one or two sentences with the formula.
        function: Per-draw statistics to per-draw values [point, draw].
    """

    key: str
    name: str
    short: str
    dimension: Literal["load", "inverse", "ratio"]
    direction: Literal["high", "low"]
    definition: str
    function: Callable[[Statistics], NDArray[np.float64]]

    @property
    def unit(self) -> str:
        """Its unit for traffic in GB per hour."""
        return self.unit_in("GB/h")

    def unit_in(self, traffic: str) -> str:
        """Its unit for traffic in the given unit."""
        if self.dimension == "ratio":
            return "1"
        if self.dimension == "load":
            return traffic
        return "h/GB" if traffic == "GB/h" else f"1/({traffic})"

    @property
    def sign(self) -> int:
        """1 where high is better, -1 where low is: value times sign is to be maximised."""
        return 1 if self.direction == "high" else -1


@dataclass(frozen=True)
class UtilityScores:
    """A utility of each point over its draws, nan where the point failed.

    Attributes:
        key: Of the utility.
        median: Median over draws [point]: the value that is ranked.
        p10: 10th percentile over draws [point].
        p90: 90th percentile over draws [point].
    """

    key: str
    median: NDArray[np.float64]
    p10: NDArray[np.float64]
    p90: NDArray[np.float64]


def _lsi(s: Statistics) -> NDArray[np.float64]:
    return 1.0 / (s.std + EPSILON)


def _mean_over_std(s: Statistics) -> NDArray[np.float64]:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(s.std > 0, s.mean / s.std, np.nan)


_ALL = (
    Utility(
        "lsi",
        "Load stability index",
        "LSI",
        "inverse",
        "high",
        "LSI = 1 / (σ + 10⁻⁶), σ the standard deviation of the hourly load over the 28 days (eq. 6 of the paper). It ignores the "
        "mean: an empty cell would score highest, which is why the demand floor is on.",
        _lsi,
    ),
    Utility("mean", "Mean load", "Mean", "load", "high", "Mean of the hourly load over the 28 days.", lambda s: s.mean),
    Utility("peak", "Peak load", "Peak", "load", "high", "Largest hourly load of the 28 days.", lambda s: s.peak),
    Utility(
        "busy",
        "Busy-hour load",
        "Busy hour",
        "load",
        "high",
        "95th percentile of the hourly load: the load that one hour in twenty exceeds. Steadier than the single largest hour.",
        lambda s: s.busy,
    ),
    Utility(
        "mean_over_std",
        "Mean over deviation",
        "Mean/std",
        "ratio",
        "high",
        "Mean / σ of the hourly load: steady for its size. Unlike LSI, it does not favour empty cells.",
        _mean_over_std,
    ),
)
UTILITIES: Mapping[str, Utility] = MappingProxyType({u.key: u for u in _ALL})


def utility(key: str) -> Utility:
    """The utility of a key.

    Raises:
        InputError: There is none.
    """
    try:
        return UTILITIES[key]
    except KeyError:
        raise InputError(f"There is no utility '{key}'.", f"Choose one of: {', '.join(UTILITIES)}.") from None


def per_draw(statistics: Statistics, key: str) -> NDArray[np.float64]:
    """A utility's value in every draw [point, draw], nan in every draw of a point that failed."""
    values = utility(key).function(statistics)
    return np.where((statistics.faults() == "")[:, None], values, np.nan)


def score(statistics: Statistics, key: str) -> UtilityScores:
    """A utility's median, p10 and p90 over draws (``method="weibull"``, see ``statistics.quantiles``).

    Raises:
        InputError: The key names no utility.
    """
    band = quantiles(per_draw(statistics, key))
    return UtilityScores(key, band.median, band.p10, band.p90)


def score_all(statistics: Statistics) -> Mapping[str, UtilityScores]:
    """The scores of every utility, by key."""
    return MappingProxyType({key: score(statistics, key) for key in UTILITIES})
