"""Splits a series into daily, weekly, periodic and residual parts (eqs. 1-4 and section 4.3), gaps and short series included.

Works on any additive scale: training uses it on transformed traffic, the planner's four panels on GB/h.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netspatial_core.errors import InputError

DAY, WEEK = 24, 168
WEEKDAYS = 5
PRIOR_WEEKS = 1.0  # the weight, in weeks, of "this day is like any other of its kind" when a day of the week is averaged


@dataclass(frozen=True)
class Decomposition:
    """A series x = periodic + residual, exactly where x is known.

    Attributes:
        daily: Mean weekday and mean weekend day d [site, 48].
        weekly: Mean week w [site, 168], each day shrunk towards its kind of day.
        periodic: u = Rep(w) [site, hour].
        residual: r = x - u [site, hour], NaN in gaps.
    """

    daily: NDArray[np.float32]
    weekly: NDArray[np.float32]
    periodic: NDArray[np.float32]
    residual: NDArray[np.float32]


def expand(daily: NDArray[np.float32]) -> NDArray[np.float32]:
    """The week that consists of five weekdays and two weekend days (eq. 2), [..., 48] to [..., 168]."""
    return np.concatenate([np.tile(daily[..., :DAY], WEEKDAYS), np.tile(daily[..., DAY:], 7 - WEEKDAYS)], axis=-1)


def repeat(weekly: NDArray[np.float32], hours: int) -> NDArray[np.float32]:
    """Rep: the week tiled to a length (eq. 3), [..., 168] to [..., hour]."""
    return np.take(weekly, np.arange(hours) % WEEK, axis=-1)


def decompose(series: NDArray[np.float32], prior_weeks: float = PRIOR_WEEKS) -> Decomposition:
    """The three targets of section 4.3.

    An hour of the week seen n times gets d + n / (n + prior) (mean - d): one week alone then still leaves a residual, and four
    weeks are believed for 80 %. Hours never seen: a weekday takes the weekend's hour and the other way round, else the series'
    mean.

    Args:
        series: Any additive scale [site, hour], NaN for gaps, hour 0 = Monday 00:00; at least 168 hours.
        prior_weeks: The prior above; 0 gives the paper's plain mean.

    Raises:
        InputError: Less than a week, or a series without a single known hour.
    """
    if series.ndim != 2 or series.shape[1] < WEEK:
        raise InputError(
            f"The traffic has the shape {series.shape}.", "Give [site, hour] with at least 168 hours (7 days) a site."
        )
    known = np.isfinite(series)
    if not known.any(axis=1).all():
        row = int(np.flatnonzero(~known.any(axis=1))[0])
        raise InputError(f"The traffic of row {row} has no known hour at all.", "Drop the sites that were never measured.")
    hours = series.shape[1]
    total = np.zeros((len(series), WEEK), dtype=np.float64)
    count = np.zeros((len(series), WEEK), dtype=np.float64)
    values = np.where(known, series, 0.0)
    for start in range(0, hours, WEEK):
        block = values[:, start : start + WEEK]
        total[:, : block.shape[1]] += block
        count[:, : block.shape[1]] += known[:, start : start + WEEK]

    days_total, days_count = total.reshape(-1, 7, DAY), count.reshape(-1, 7, DAY)
    sums = np.stack([days_total[:, :WEEKDAYS].sum(1), days_total[:, WEEKDAYS:].sum(1)], axis=1)
    counts = np.stack([days_count[:, :WEEKDAYS].sum(1), days_count[:, WEEKDAYS:].sum(1)], axis=1)
    overall = (total.sum(1) / count.sum(1))[:, None, None]
    mean = np.divide(sums, counts, out=np.broadcast_to(overall, sums.shape).copy(), where=counts > 0)
    mean = np.where((counts == 0) & (counts[:, ::-1] > 0), mean[:, ::-1], mean)
    daily = mean.reshape(-1, 2 * DAY)

    prior = expand(daily)
    observed = np.divide(total, count, out=prior.copy(), where=count > 0)
    weight = np.divide(count, count + prior_weeks, out=np.zeros_like(count), where=count > 0)
    weekly = (prior + weight * (observed - prior)).astype(np.float32)
    periodic = repeat(weekly, hours)
    return Decomposition(daily.astype(np.float32), weekly, periodic, (series - periodic).astype(np.float32))


def peak_hours(daily: NDArray[np.float32]) -> NDArray[np.int64]:
    """Hour of the day at which the mean day of the week is highest [site], the target of the peak head."""
    mean = (WEEKDAYS * daily[:, :DAY] + (7 - WEEKDAYS) * daily[:, DAY:]) / 7
    return np.asarray(mean.argmax(axis=1), dtype=np.int64)
