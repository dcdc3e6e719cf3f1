"""Per-draw statistics of generated traffic, computed once; every utility and chart is a reduction of them.

Hour 0 is Monday 00:00 local time and series are whole weeks, so the weekend is hours 120 to 167 of each week.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from netspatial_core.errors import InputError

WEEK_H = 168
WEEKEND_H = 120  # hour of the week at which Saturday starts
BUSY = 0.95  # the busy hour is the 95th percentile of a draw's hours
CURVE = 84  # steps of a load-duration curve: eight hours of a month each
BLOCK = 1 << 22  # values reduced at a time: 16 MB of float32, so that memory stays flat for any number of points

NOT_FINITE = "failed: not finite"
ALL_ZERO = "failed: all zero"
CONSTANT = "failed: constant"


@dataclass(frozen=True)
class Statistics:
    """Reductions of traffic [point, draw, hour] over its hours, one value a draw.

    All are float64 [point, draw] in the traffic's unit (GB/h) unless said otherwise, nan where a draw is not finite.

    Attributes:
        mean: Mean load.
        std: Standard deviation over time, ddof 0: the sigma of eq. 6.
        peak: Largest hourly load.
        busy: Busy-hour load, the 95th percentile of the hours, ``method="weibull"``: the plain (i / (n + 1)) quantile, which
            the project uses throughout.
        weekend_ratio: Mean of the weekend's hours over the mean of the weekdays' (1); nan where weekdays carry nothing.
        peak_hour: Hour of the day, 0 to 23, at which the draw's mean day is highest (h); the earliest of equals.
        curve: Load-duration curve [point, draw, 85], float32: the load that 0, 1/84, ... 84/84 of the hours exceed, from the
            largest hour to the smallest.
    """

    mean: NDArray[np.float64]
    std: NDArray[np.float64]
    peak: NDArray[np.float64]
    busy: NDArray[np.float64]
    weekend_ratio: NDArray[np.float64]
    peak_hour: NDArray[np.float64]
    curve: NDArray[np.float32]

    @property
    def points(self) -> int:
        """How many points."""
        return self.mean.shape[0]

    @property
    def draws(self) -> int:
        """How many draws of each."""
        return self.mean.shape[1]

    def append(self, other: Self) -> Self:
        """These draws followed by further ones of the same points, as draws stream in.

        Raises:
            InputError: The others are of another number of points.
        """
        if other.points != self.points:
            raise InputError(
                f"Draws of {other.points} points cannot follow draws of {self.points} points.", "Append draws of the same cells."
            )
        return type(self)(*(np.hstack([getattr(self, f.name), getattr(other, f.name)]) for f in fields(self)))

    def take(self, rows: NDArray[np.int64]) -> Self:
        """The statistics of some of the points, in the order of ``rows``."""
        return type(self)(*(getattr(self, f.name)[rows] for f in fields(self)))

    def faults(self) -> NDArray[np.str_]:
        """Why a point's traffic cannot be used [point], empty where it can.

        One draw that is not finite, empty or constant condemns the point: real traffic is none of these, and the index of eq. 6
        would be nan or its ceiling of 1e6.
        """
        sound = np.isfinite(self.mean) & np.isfinite(self.std)
        return np.select(
            [~sound.all(axis=1), (self.peak == 0).any(axis=1), (self.std == 0).any(axis=1)],
            [NOT_FINITE, ALL_ZERO, CONSTANT],
            default="",
        ).astype(np.str_)

    def share_above(self, load: float) -> NDArray[np.float64]:
        """Share of the hours whose load is above a level [point, draw], from the curve, straight between its steps."""
        above = (self.curve > load).sum(axis=-1)
        high, low = (
            np.take_along_axis(self.curve, index.clip(0, CURVE)[..., None], axis=-1)[..., 0].astype(np.float64)
            for index in (above - 1, above)
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            share = (above - 1 + (high - load) / (high - low)) / CURVE
        return np.where(above == 0, 0.0, np.where(above == CURVE + 1, 1.0, share))

    def usual_peak_hour(self) -> NDArray[np.float64]:
        """The peak hour most draws agree on [point], h; the earliest of equals, nan where no draw is finite."""
        hours = np.arange(24)
        votes = (self.peak_hour[:, :, None] == hours).sum(axis=1)
        return np.where(votes.any(axis=1), votes.argmax(axis=1).astype(np.float64), np.nan)


SCALARS = tuple(f.name for f in fields(Statistics) if f.name != "curve")
"""The statistics that are one number a draw."""


def statistics(traffic: NDArray[np.float32]) -> Statistics:
    """Statistics of traffic [point, draw, hour].

    Raises:
        InputError: The array has another shape, or its hours are not whole weeks.
    """
    if traffic.ndim != 3 or traffic.shape[2] == 0 or traffic.shape[2] % WEEK_H:
        raise InputError(
            f"Traffic of shape {traffic.shape} is not [point, draw, hour] in whole weeks.",
            f"Give a multiple of {WEEK_H} hours that starts on Monday 00:00.",
        )
    points, draws, hours = traffic.shape
    scalars = {name: np.full((points, draws), np.nan) for name in SCALARS}
    out = Statistics(**scalars, curve=np.full((points, draws, CURVE + 1), np.nan, dtype=np.float32))
    for rows in _blocks(points, draws * hours):
        for name, values in _reduce(traffic[rows]).items():
            getattr(out, name)[rows] = values
    return out


@dataclass(frozen=True)
class Band:
    """Median and 10th to 90th percentile over draws, each [..., step]."""

    median: NDArray[np.float64]
    p10: NDArray[np.float64]
    p90: NDArray[np.float64]


def quantiles(values: NDArray[np.floating], axis: int = -1) -> Band:
    """Median, p10 and p90 over the draws of one axis, ``method="weibull"``.

    Numpy's default interpolates within the sample, so that a perfect forecaster of 32 draws looks over-confident; this one does
    not. With fewer than nine draws p10 and p90 are the extremes.

    Args:
        values: [..., draw, ...], any unit.
        axis: The axis of the draws.

    Returns:
        Each of the three [...], without that axis, in the unit of the values.
    """
    p10, median, p90 = np.quantile(np.asarray(values, dtype=np.float64), (0.1, 0.5, 0.9), axis=axis, method="weibull")
    return Band(median, p10, p90)


def week_band(traffic: NDArray[np.float32]) -> Band:
    """Band of the mean week [..., 168] of traffic [..., draw, hour]: each draw's weeks are averaged first."""
    return quantiles(_fold(traffic, WEEK_H), axis=-2)


def daily_volume_band(traffic: NDArray[np.float32]) -> Band:
    """Band of what each day carries, GB [..., day], of traffic [..., draw, hour]."""
    days = traffic.reshape(*traffic.shape[:-1], -1, 24).sum(axis=-1, dtype=np.float64)
    return quantiles(days, axis=-2)


def _fold(traffic: NDArray[np.float32], period: int) -> NDArray[np.float64]:
    """Mean period [..., draw, period] of traffic [..., draw, hour]."""
    return traffic.reshape(*traffic.shape[:-1], -1, period).mean(axis=-2, dtype=np.float64)


def _blocks(points: int, size: int) -> Iterator[slice]:
    step = max(1, BLOCK // max(1, size))
    for start in range(0, points, step):
        yield slice(start, start + step)


def _reduce(block: NDArray[np.float32]) -> dict[str, NDArray[np.floating]]:
    """The statistics of a block of points, by name."""
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        mean = block.mean(axis=2, dtype=np.float64)
        week = _fold(block, WEEK_H)
        weekdays, weekend = week[..., :WEEKEND_H].mean(axis=-1), week[..., WEEKEND_H:].mean(axis=-1)
        day = week.reshape(*week.shape[:-1], 7, 24).mean(axis=-2)
        ordered = np.sort(block, axis=2)
        values = {
            "mean": mean,
            "std": _std(block, mean, constant=ordered[..., 0] == ordered[..., -1]),
            "peak": ordered[..., -1].astype(np.float64),
            "busy": _at(ordered, BUSY * (block.shape[2] + 1) - 1),  # as np.quantile(method="weibull")
            "weekend_ratio": np.where(weekdays > 0, weekend / weekdays, np.nan),
            "peak_hour": day.argmax(axis=-1).astype(np.float64),
        }
        places = (block.shape[2] - 1) * (1 - np.arange(CURVE + 1) / CURVE)
        curve = np.stack([_at(ordered, place) for place in places], axis=-1).astype(np.float32)
    sound = np.isfinite(mean)
    found = {name: np.where(sound, value, np.nan) for name, value in values.items()}
    return found | {"curve": np.where(sound[..., None], curve, np.float32(np.nan))}


def _std(block: NDArray[np.float32], mean: NDArray[np.float64], *, constant: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Standard deviation over hours, ddof 0, in float64: two passes, exactly 0 for a constant series."""
    gap = block - mean[..., None]
    variance = np.einsum("pdh,pdh->pd", gap, gap) / block.shape[2]
    return np.where(constant & np.isfinite(variance), 0.0, np.sqrt(variance))  # the mean of equal floats may round


def _at(ordered: NDArray[np.float32], place: float) -> NDArray[np.float64]:
    """Value of sorted hours [..., hour] at a place between 0 and the last, straight between two hours."""
    place = min(max(place, 0.0), ordered.shape[-1] - 1.0)
    low = int(place)
    high = min(low + 1, ordered.shape[-1] - 1)
    first, second = ordered[..., low].astype(np.float64), ordered[..., high].astype(np.float64)
    return first + (place - low) * (second - first)
