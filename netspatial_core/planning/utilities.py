"""What a site is worth: the registry of utilities, each a function of the per-draw statistics and a card that explains it.

A utility of an ensemble is the median over draws of the per-draw value, with p10 and p90 beside it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from netspatial_core.errors import InputError
from netspatial_core.planning.assumptions import MONTH_H, Assumptions
from netspatial_core.planning.statistics import Statistics, quantiles

EPSILON = 1e-6  # eq. 6
ENDLESS = 1e300  # stands for infinity where values are interpolated
Dimension = Literal["load", "inverse", "ratio", "share", "money", "months", "free"]


@dataclass(frozen=True)
class Case:
    """What a utility is computed from.

    Attributes:
        statistics: Per-draw statistics [point, draw].
        assumptions: Of a new site.
        fresh: Gives the share of what each point would carry that no station has now [point]; asked only by who needs it.
    """

    statistics: Statistics
    assumptions: Assumptions
    fresh: Callable[[], NDArray[np.float64]]


Function = Callable[[Case], NDArray[np.float64]]


@dataclass(frozen=True)
class Utility:
    """One objective and its card.

    Attributes:
        key: Column name in exports and value of ``--utility``.
        name: What a planner calls it.
        short: Name on narrow controls.
        dimension: What its unit follows from, with the traffic's unit and the currency.
        direction: Whether a high or a low value is better.
        definition: How it is computed, in one or two sentences with the formula.
        function: A case to per-draw values [point, draw].
        void: Why a point of sound traffic may have no value, as a cell's reason says it; '' where each has one.
    """

    key: str
    name: str
    short: str
    dimension: Dimension
    direction: Literal["high", "low"]
    definition: str
    function: Function
    void: str = ""

    @property
    def unit(self) -> str:
        """Its unit for traffic in GB per hour and money in euros."""
        return self.unit_in("GB/h")

    def unit_in(self, traffic: str, currency: str = "EUR") -> str:
        """Its unit for traffic in the given unit."""
        inverse = "h/GB" if traffic == "GB/h" else f"1/({traffic})"
        return {
            "load": traffic, "inverse": inverse, "ratio": "1", "share": "%", "money": currency, "months": "months", "free": "1"
        }[self.dimension]  # fmt: skip

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


def _lsi(case: Case) -> NDArray[np.float64]:
    return 1.0 / (case.statistics.std + EPSILON)


def _mean_over_std(case: Case) -> NDArray[np.float64]:
    s = case.statistics
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(s.std > 0, s.mean / s.std, np.nan)


def _variation(case: Case) -> NDArray[np.float64]:
    s = case.statistics
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(s.mean > 0, s.std / s.mean, np.nan)


def _revenue(case: Case) -> NDArray[np.float64]:
    return case.statistics.mean * (MONTH_H * case.assumptions.price)


def _payback(case: Case) -> NDArray[np.float64]:
    margin = _revenue(case) - case.assumptions.opex
    with np.errstate(divide="ignore", invalid="ignore"):
        months = np.where(margin > 0, case.assumptions.capex / margin, np.inf)
    return np.where(np.isnan(margin), np.nan, months)


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
    Utility(
        "mean",
        "Mean load",
        "Mean",
        "load",
        "high",
        "Mean of the hourly load over the 28 days.",
        lambda case: case.statistics.mean,
    ),
    Utility(
        "net",
        "Net new load",
        "Net",
        "load",
        "high",
        "Mean load × the share of its catchment's demand that no station has now: what is left after what neighbours lose. "
        "The demand of the ground is estimated from the loads of all cells.",
        lambda case: case.statistics.mean * case.fresh()[:, None],
    ),
    Utility(
        "peak", "Peak load", "Peak", "load", "high", "Largest hourly load of the 28 days.", lambda case: case.statistics.peak
    ),
    Utility(
        "busy",
        "Busy-hour load",
        "Busy hour",
        "load",
        "high",
        "95th percentile of the hourly load: the load that one hour in twenty exceeds. Steadier than the single largest hour.",
        lambda case: case.statistics.busy,
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
    Utility(
        "variation",
        "Coefficient of variation",
        "CV",
        "ratio",
        "low",
        "σ / mean of the hourly load, low where it is steady for its size: the inverse of mean over deviation.",
        _variation,
    ),
    Utility(
        "overload",
        "Overload probability",
        "Overload",
        "share",
        "low",
        "P(load > capacity): share of the 672 hours whose load is above the assumed capacity of the new site, from each draw's "
        "load-duration curve.",
        lambda case: 100.0 * case.statistics.share_above(case.assumptions.capacity),
    ),
    Utility(
        "revenue",
        "Revenue of 28 days",
        "Revenue",
        "money",
        "high",
        "Mean load × 672 h × the assumed price of a GB, before any cost.",
        _revenue,
    ),
    Utility(
        "payback",
        "Payback",
        "Payback",
        "months",
        "low",
        "Assumed capex / (revenue − assumed opex), in months of 28 days. "
        "A site whose revenue does not cover its opex is not ranked.",
        _payback,
        void="its revenue does not cover the opex",
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


def per_draw(case: Case, card: Utility) -> NDArray[np.float64]:
    """A utility's value in every draw [point, draw], nan in every draw of a point that failed; infinite where it has no end."""
    values = card.function(case)
    return np.where((case.statistics.faults() == "")[:, None], values, np.nan)


def score(key: str, values: NDArray[np.float64]) -> UtilityScores:
    """Median, p10 and p90 over draws of per-draw values [point, draw], as ``statistics.quantiles`` has them."""
    band = quantiles(np.clip(values, -ENDLESS, ENDLESS))  # between infinite values none can be interpolated
    median, p10, p90 = (
        np.where(np.abs(part) > ENDLESS / 1e6, np.copysign(np.inf, part), part) for part in (band.median, band.p10, band.p90)
    )
    return UtilityScores(key, median, p10, p90)


class Scores(Mapping[str, UtilityScores]):
    """The scores of every utility in one case, each computed when first asked for."""

    def __init__(self, case: Case, extra: Utility | None = None) -> None:
        self.cards: Mapping[str, Utility] = UTILITIES if extra is None else {**UTILITIES, extra.key: extra}
        self._case = case
        self._draws: dict[str, NDArray[np.float64]] = {}
        self._scores: dict[str, UtilityScores] = {}

    def __getitem__(self, key: str) -> UtilityScores:
        """The score of a utility [point]."""
        if key not in self._scores:
            self._scores[key] = score(key, self.per_draw(key))
        return self._scores[key]

    def __iter__(self) -> Iterator[str]:
        """The keys of the utilities."""
        return iter(self.cards)

    def __len__(self) -> int:
        """How many utilities."""
        return len(self.cards)

    def per_draw(self, key: str) -> NDArray[np.float64]:
        """A utility's value in every draw [point, draw]."""
        if key not in self._draws:
            self._draws[key] = per_draw(self._case, self.cards[key])
        return self._draws[key]
