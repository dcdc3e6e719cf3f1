"""What traffic is like, whatever its unit: shape of the day, level, change from day to day, and what the pattern leaves.

Two cuts of a sample. The daily cut is eight days with a daily template, because that is all the UoMo cities have. The weekly cut
is four weeks with a weekly one. Both cut every sample to the same length, as templates of few periods shrink what they leave.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kurtosis

from netspatial_core.errors import InputError
from netspatial_core.evaluation.measured import Sample
from netspatial_core.evaluation.timing import DAY, WEEK, acf, mean_day, mean_week, peak_hour, residual, weekend_ratio

DAYS, WEEKS = 8, 4
LAGS = (1, 2, 3, 6, 12, 24)
LONGEST_LAG = 48
HARMONICS = 3

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Residual:
    """What a template leaves of each series, relative to the series' mean.

    Attributes:
        values: [series, hour].
        std: [series].
        acf: Autocorrelation at lags 0 to 48 [series, lag].
        kurtosis: Excess kurtosis [series], 0 for a normal one.
        low: First percentile in standard deviations [series].
        high: 99th percentile in standard deviations [series].
        city: Which city each belongs to [series].
    """

    values: Vector
    std: Vector
    acf: Vector
    kurtosis: Vector
    low: Vector
    high: Vector
    city: NDArray[np.int64]

    @classmethod
    def of(cls, traffic: Vector, period: int, city: NDArray[np.int64]) -> "Residual":
        """The residual of whole periods [series, hour] of places of some cities [series]."""
        values = residual(traffic, period)
        std = values.std(axis=1)
        low, high = np.quantile(values, [0.01, 0.99], axis=1) / std
        return cls(values, std, acf(values, LONGEST_LAG), np.asarray(kurtosis(values, axis=1)), low, high, city)


@dataclass(frozen=True)
class Daily:
    """Traits of eight days.

    Attributes:
        profile: Mean day over the mean [series, 24].
        peak: Its largest hour [series].
        amplitude: Of its first three harmonics, relative to the mean [series, harmonic].
        phase: Hour at which the first harmonic is largest [series].
        level: Log of the mean over the median of its city [series].
        change: Standard deviation of the daily means over the mean [series].
        residual: What the mean day leaves.
    """

    profile: Vector
    peak: NDArray[np.int64]
    amplitude: Vector
    phase: Vector
    level: Vector
    change: Vector
    residual: Residual


@dataclass(frozen=True)
class Weekly:
    """Traits of four weeks.

    Attributes:
        weekend: Mean load at the weekend over that of the weekdays [series].
        change: Standard deviation of the weekly means over the mean [series].
        residual: What the mean week leaves.
    """

    weekend: Vector
    change: Vector
    residual: Residual


def daily(sample: Sample) -> list[Daily]:
    """Traits of eight days, once for each first weekday that the sample can offer.

    One cut for a sample whose weekdays are unknown. A longer one gives seven, whose figures are averaged: which of them matches
    is not known.

    Raises:
        InputError: Shorter than eight days, a series without traffic, or gaps.
    """
    _check(sample, DAYS * DAY)
    starts = range(0, 7 * DAY, DAY) if sample.first_weekday is not None else (0,)
    ends = [start for start in starts if start + DAYS * DAY <= sample.traffic.shape[1]]
    return [_daily(sample.traffic[:, start : start + DAYS * DAY], sample.city) for start in ends]


def _daily(traffic: Vector, city: NDArray[np.int64]) -> Daily:
    mean = traffic.mean(axis=1)
    profile = mean_day(traffic) / mean[:, None]
    waves = np.fft.rfft(profile, axis=1)[:, 1 : HARMONICS + 1] * 2 / DAY
    level = np.log(mean)
    for one in np.unique(city):
        level[city == one] -= np.median(level[city == one])
    days = traffic.reshape(len(traffic), -1, DAY).mean(axis=2)
    return Daily(
        profile,
        peak_hour(profile),
        np.abs(waves),
        (-np.angle(waves[:, 0]) * DAY / (2 * np.pi) + 0.5) % DAY,  # an hour's value stands for its middle
        level,
        days.std(axis=1) / mean,
        Residual.of(traffic, DAY, city),
    )


def weekly(sample: Sample) -> list[Weekly]:
    """Traits of the first four weeks; one cut.

    Raises:
        InputError: Shorter than four weeks, weekdays unknown, a series without traffic, or gaps.
    """
    _check(sample, WEEKS * WEEK)
    if sample.first_weekday is None:
        raise InputError(f"The weekdays of {sample.name} are unknown.", "Compare it by days.")
    traffic = sample.traffic[:, : WEEKS * WEEK]
    from_monday = np.roll(mean_week(traffic), sample.first_weekday * DAY, axis=1)
    weeks = traffic.reshape(len(traffic), WEEKS, WEEK).mean(axis=2)
    left = Residual.of(traffic, WEEK, sample.city)
    return [Weekly(weekend_ratio(from_monday), weeks.std(axis=1) / traffic.mean(axis=1), left)]


def _check(sample: Sample, hours: int) -> None:
    length = sample.traffic.shape[1]
    if len(sample.traffic) < 2 or length < hours:
        raise InputError(
            f"{sample.name} has {len(sample.traffic)} series of {length} h.", f"Give at least two series of {hours} h or more."
        )
    if np.unique(sample.city, return_counts=True)[1].max() < 2:
        raise InputError(f"{sample.name} has one series a city.", "Give a city with two or more: places are compared within it.")
    part = sample.traffic[:, :hours]
    if not np.isfinite(sample.traffic).all() or (part.max(axis=1) <= 0).any():
        raise InputError(f"{sample.name} has gaps or series without traffic.", "Give whole series that carry traffic.")


def mean_correlation(left: Residual, rows: NDArray[np.int64]) -> float:
    """Mean correlation between different series of one city among the rows; a series drawn twice is not its own neighbour.

    The sum over all pairs is the mean square of the summed standardised series, so that thousands of series need no matrix.
    """
    counts = np.bincount(rows, minlength=len(left.std)).astype(np.float64)
    shared = pairs = 0.0
    for one in np.unique(left.city[rows]):
        here = counts * (left.city == one)
        together = ((here / left.std) @ left.values) ** 2
        own = (here**2).sum()
        shared += float(together.mean() - own)
        pairs += float(here.sum() ** 2 - own)
    return shared / pairs if pairs else float("nan")


def circular_wasserstein(a: Sequence[int] | NDArray[np.int64], b: Sequence[int] | NDArray[np.int64]) -> float:
    """Wasserstein-1 distance between two sets of hours of the day, round the clock, in hours.

    On a circle the plan may start anywhere: the sum of ``|F - G - c|`` at the best c, the median (Rabin, Delon and Gousseau
    2011, J. Math. Imaging Vis. 41, 147-167).
    """
    p, q = (np.bincount(np.asarray(hours), minlength=DAY) / len(hours) for hours in (a, b))
    gap = np.cumsum(p - q)
    return float(np.abs(gap - np.median(gap)).sum())
