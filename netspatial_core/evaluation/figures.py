"""The figures by which synthetic traffic is compared with measured traffic: each a number of a sample, or a distance of two."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from netspatial_core.evaluation.marginal import wasserstein
from netspatial_core.evaluation.traits import LAGS, Daily, Residual, Vector, Weekly, circular_wasserstein, mean_correlation

Rows = NDArray[np.int64]
Cut = Daily | Weekly
Reference = Literal["cities", "milan25"]


@dataclass(frozen=True)
class Figure:
    """A number of a sample.

    Attributes:
        key: Its name in files.
        label: Its name on paper.
        unit: "" for plain numbers.
        group: What it tells about.
        reference: Whom it is judged against: both UoMo cities (eight days), or milan25 (four weeks).
        of: The number of some rows of a cut.
    """

    key: str
    label: str
    unit: str
    group: str
    reference: Reference
    of: Callable[[Cut, Rows], float]


@dataclass(frozen=True)
class Distance:
    """A distance between two samples; attributes as for ``Figure``."""

    key: str
    label: str
    unit: str
    group: str
    reference: Reference
    between: Callable[[Cut, Rows, Cut, Rows], float]


def _median(pick: Callable[[Cut], Vector]) -> Callable[[Cut, Rows], float]:
    return _quantile(pick, 0.5)


def _quantile(pick: Callable[[Cut], Vector], q: float) -> Callable[[Cut, Rows], float]:
    """The default quantile of numpy, without its overhead: an interval asks for hundreds of small ones."""

    def of(cut: Cut, rows: Rows) -> float:
        ordered = np.sort(pick(cut)[rows])
        at = q * (len(ordered) - 1)
        below = int(at)
        above = min(below + 1, len(ordered) - 1)
        return float(ordered[below] + (at - below) * (ordered[above] - ordered[below]))

    return of


def _share(first: int, last: int) -> Callable[[Cut, Rows], float]:
    """Share of the series whose peak hour is in a part of the day."""

    def of(cut: Cut, rows: Rows) -> float:
        peak = _as_daily(cut).peak[rows]
        return float(((peak >= first) & (peak <= last)).mean())

    return of


def _as_daily(cut: Cut) -> Daily:
    if not isinstance(cut, Daily):
        raise TypeError("a figure of the day asked of a weekly cut")
    return cut


def _as_weekly(cut: Cut) -> Weekly:
    if not isinstance(cut, Weekly):
        raise TypeError("a figure of the week asked of a daily cut")
    return cut


def _phase(cut: Cut, rows: Rows) -> float:
    """Circular mean of the hour of the first harmonic."""
    turn = np.exp(2j * np.pi * _as_daily(cut).phase[rows] / 24)
    return float(np.angle(turn.mean()) * 24 / (2 * np.pi) % 24)


def _residual_figures(prefix: str, what: str, reference: Reference) -> list[Figure]:
    def part(pick: Callable[[Residual], Vector]) -> Callable[[Cut], Vector]:
        return lambda cut: pick(cut.residual)

    group = f"residual after the {what}"
    return [
        *(
            Figure(
                f"{prefix}_std_p{100 * q:.0f}", f"std / mean, {words}", "", group, reference, _quantile(part(lambda r: r.std), q)
            )
            for q, words in ((0.1, "10 % of places below"), (0.5, "median place"), (0.9, "90 % below"))
        ),
        *(
            Figure(
                f"{prefix}_acf_{lag}",
                f"autocorrelation at {lag} h",
                "",
                group,
                reference,
                _median(part(lambda r, lag=lag: r.acf[:, lag])),  # type: ignore[misc]
            )
            for lag in LAGS
        ),
        Figure(f"{prefix}_kurtosis", "excess kurtosis", "", group, reference, _median(part(lambda r: r.kurtosis))),
        Figure(f"{prefix}_p1", "1st percentile", "std", group, reference, _median(part(lambda r: r.low))),
        Figure(f"{prefix}_p99", "99th percentile", "std", group, reference, _median(part(lambda r: r.high))),
        Figure(
            f"{prefix}_between",
            "correlation between places",
            "",
            group,
            reference,
            lambda cut, rows: mean_correlation(cut.residual, rows),
        ),
    ]


_DAY, _LEVEL, _CHANGE = "shape of the day", "level", "change"
FIGURES: tuple[Figure, ...] = (
    Figure("wave1", "amplitude of the 24 h wave", "of the mean", _DAY, "cities", _median(lambda c: _as_daily(c).amplitude[:, 0])),
    *(
        Figure(
            f"wave1_p{100 * q:.0f}",
            f"the same, {100 * q:.0f} % of places below",
            "of the mean",
            _DAY,
            "cities",
            _quantile(lambda c: _as_daily(c).amplitude[:, 0], q),
        )
        for q in (0.1, 0.9)
    ),
    Figure("wave1_hour", "its hour", "h", _DAY, "cities", _phase),
    Figure("wave2", "amplitude of the 12 h wave", "of the mean", _DAY, "cities", _median(lambda c: _as_daily(c).amplitude[:, 1])),
    Figure("wave3", "amplitude of the 8 h wave", "of the mean", _DAY, "cities", _median(lambda c: _as_daily(c).amplitude[:, 2])),
    Figure(
        "peak_load",
        "largest hour of the mean day",
        "of the mean",
        _DAY,
        "cities",
        _median(lambda c: _as_daily(c).profile.max(axis=1)),
    ),
    Figure(
        "night_load",
        "mean of 0 to 6 h",
        "of the mean",
        _DAY,
        "cities",
        _median(lambda c: _as_daily(c).profile[:, :6].mean(axis=1)),
    ),
    Figure("peak_morning", "peak from 6 to 11 h", "of places", _DAY, "cities", _share(6, 10)),
    Figure("peak_noon", "peak from 11 to 14 h", "of places", _DAY, "cities", _share(11, 13)),
    Figure("peak_afternoon", "peak from 14 to 18 h", "of places", _DAY, "cities", _share(14, 17)),
    Figure("peak_evening", "peak from 18 to 24 h", "of places", _DAY, "cities", _share(18, 23)),
    Figure("level_std", "std of the log mean", "", _LEVEL, "cities", lambda c, rows: float(_as_daily(c).level[rows].std())),
    *(
        Figure(
            f"level_p{100 * q:.0f}",
            f"log mean, {100 * q:.0f} % of places below",
            "",
            _LEVEL,
            "cities",
            _quantile(lambda c: _as_daily(c).level, q),
        )
        for q in (0.1, 0.9)
    ),
    Figure("day_change", "std of daily means", "of the mean", _CHANGE, "cities", _median(lambda c: _as_daily(c).change)),
    Figure(
        "day_change_p90",
        "the same, 90 % of places below",
        "of the mean",
        _CHANGE,
        "cities",
        _quantile(lambda c: _as_daily(c).change, 0.9),
    ),
    *_residual_figures("daily", "daily template", "cities"),
    Figure("weekend", "weekend / weekday", "", _CHANGE, "milan25", _median(lambda c: _as_weekly(c).weekend)),
    *(
        Figure(
            f"weekend_p{100 * q:.0f}",
            f"the same, {100 * q:.0f} % of places below",
            "",
            _CHANGE,
            "milan25",
            _quantile(lambda c: _as_weekly(c).weekend, q),
        )
        for q in (0.1, 0.9)
    ),
    Figure("week_change", "std of weekly means", "of the mean", _CHANGE, "milan25", _median(lambda c: _as_weekly(c).change)),
    *_residual_figures("weekly", "weekly template", "milan25"),
)


def _profiles(a: Cut, rows_a: Rows, b: Cut, rows_b: Rows) -> float:
    """Mean over the hours of the distance between what places carry at that hour."""
    one, other = _as_daily(a).profile[rows_a], _as_daily(b).profile[rows_b]
    return float(np.mean([wasserstein(one[:, hour], other[:, hour]) for hour in range(24)]))


def _pooled(a: Cut, rows_a: Rows, b: Cut, rows_b: Rows) -> float:
    return wasserstein(a.residual.values[rows_a], b.residual.values[rows_b])


DISTANCES: tuple[Distance, ...] = (
    Distance("profile_distance", "mean days, Wasserstein", "of the mean", _DAY, "cities", _profiles),
    Distance(
        "peak_distance",
        "peak hours, Wasserstein",
        "h",
        _DAY,
        "cities",
        lambda a, i, b, j: circular_wasserstein(_as_daily(a).peak[i], _as_daily(b).peak[j]),
    ),
    Distance(
        "level_distance",
        "log means, Wasserstein",
        "",
        _LEVEL,
        "cities",
        lambda a, i, b, j: wasserstein(_as_daily(a).level[i], _as_daily(b).level[j]),
    ),
    Distance(
        "daily_distance",
        "residual after the day, Wasserstein",
        "of the mean",
        "residual after the daily template",
        "cities",
        _pooled,
    ),
    Distance(
        "weekend_distance",
        "weekend ratios, Wasserstein",
        "",
        _CHANGE,
        "milan25",
        lambda a, i, b, j: wasserstein(_as_weekly(a).weekend[i], _as_weekly(b).weekend[j]),
    ),
    Distance(
        "weekly_distance",
        "residual after the week, Wasserstein",
        "of the mean",
        "residual after the weekly template",
        "milan25",
        _pooled,
    ),
)
