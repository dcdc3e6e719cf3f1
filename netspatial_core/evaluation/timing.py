"""Is it the right traffic at the right time: peak hours, weekends, autocorrelation, and what the weekly pattern leaves."""

import numpy as np
from numpy.typing import NDArray

WEEK, DAY = 168, 24

Traffic = NDArray[np.float32] | NDArray[np.float64]


def mean_week(series: Traffic) -> NDArray[np.float64]:
    """Mean of each hour of the week [..., 168] of series of whole weeks [..., hour]."""
    return np.asarray(np.nanmean(series.reshape(*series.shape[:-1], -1, WEEK), axis=-2, dtype=np.float64))


def mean_day(series: Traffic) -> NDArray[np.float64]:
    """Mean of each hour of the day [..., 24] of series of whole days [..., hour]."""
    return np.asarray(np.nanmean(series.reshape(*series.shape[:-1], -1, DAY), axis=-2, dtype=np.float64))


def peak_hour(week: Traffic) -> NDArray[np.int64]:
    """Hour of the largest load of the mean weekday [...] of weeks from Monday [..., 168], or of mean days [..., 24]."""
    days = week.reshape(*week.shape[:-1], -1, DAY)
    return days[..., :5, :].mean(axis=-2).argmax(axis=-1)


def circular_gap(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    """Hours between two times of day, round the clock: 0 to 12."""
    gap = np.abs(a - b) % DAY
    return np.minimum(gap, DAY - gap)


def weekend_ratio(week: Traffic) -> NDArray[np.float64]:
    """Mean load at the weekend over that of the weekdays [...] of weeks from Monday [..., 168]."""
    return np.asarray(week[..., 5 * DAY :].mean(axis=-1) / week[..., : 5 * DAY].mean(axis=-1))


def residual(series: Traffic, period: int = WEEK) -> NDArray[np.float64]:
    """What the mean period leaves of series of whole periods, relative to each series' mean [..., hour]."""
    folded = series.reshape(*series.shape[:-1], -1, period)
    left = folded - np.nanmean(folded, axis=-2, keepdims=True, dtype=np.float64)
    return np.asarray(left.reshape(series.shape) / np.nanmean(series, axis=-1, keepdims=True, dtype=np.float64))


def residual_std(series: Traffic, period: int = WEEK) -> NDArray[np.float64]:
    """Standard deviation (ddof 0) of ``residual`` [...]."""
    return np.asarray(np.nanstd(residual(series, period), axis=-1))


def acf(series: Traffic, lags: int = WEEK) -> NDArray[np.float64]:
    """Autocorrelation at lags 0 to ``lags`` [..., lag], NaN for a constant.

    The estimator of Box and Jenkins (divided by n at every lag); over gaps, the mean over the pairs that were measured stands for
    all. By FFT, padded so that the end does not meet the beginning.
    """
    x = np.asarray(series, dtype=np.float64)
    hours = x.shape[-1]
    seen = np.isfinite(x)
    z = np.where(seen, x - np.nanmean(x, axis=-1, keepdims=True), 0.0)
    size = 1 << int(np.ceil(np.log2(2 * hours)))
    pairs = np.rint(_self_product(seen.astype(np.float64), size)[..., : lags + 1])
    products = _self_product(z, size)[..., : lags + 1]
    covariance = products / np.maximum(pairs, 1) * (hours - np.arange(lags + 1)) / hours
    variance = covariance[..., :1]
    return np.asarray(np.divide(covariance, variance, out=np.full_like(covariance, np.nan), where=variance > 1e-18))


def _self_product(x: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Sum of x[t] x[t + lag] by lag."""
    return np.fft.irfft(np.abs(np.fft.rfft(x, size)) ** 2, size)


def acf_distance(ensemble: NDArray[np.float32], truth: NDArray[np.float32], lags: int = WEEK) -> NDArray[np.float64]:
    """Mean absolute difference of the autocorrelations at lags 1 to ``lags`` [station], the draws' averaged.

    Args:
        ensemble: [station, draw, hour].
        truth: [station, hour].
        lags: Longest lag, hours.
    """
    made = acf(np.where(np.isfinite(truth)[:, None], ensemble, np.nan), lags).mean(axis=1)  # over the same gaps
    return np.asarray(np.abs(made - acf(truth, lags))[:, 1:].mean(axis=1))
