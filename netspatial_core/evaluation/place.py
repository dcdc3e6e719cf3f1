"""Is the right traffic at the right place: proper scores and errors, station by station.

The fair CRPS of an ensemble is ``netspatial_core.generator.train.crps``: training watches it too.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

Ensemble = NDArray[np.float32]  # [station, draw, hour]
Series = NDArray[np.float32]  # [station, hour]; NaN for gaps


def crps_of_weights(series: Series, weights: NDArray[np.float64], truth: Series) -> NDArray[np.float64]:
    """Exact CRPS of a forecaster that resamples known series with weights: no draws, no noise of drawing.

    ``E|X - y| - E|X - X'| / 2`` (Gneiting and Raftery 2007, J. Am. Stat. Assoc. 102, eq. 21); the second half is the integral of
    ``F (1 - F)`` over the gaps between sorted values.

    Args:
        series: What is resampled [source, hour], without gaps.
        weights: Of each source for each station [station, source]; rows sum to one.
        truth: [station, hour].

    Returns:
        [station, hour], NaN where the truth is.
    """
    out = np.empty(truth.shape)
    for hour in range(truth.shape[1]):
        order = np.argsort(series[:, hour], kind="stable")
        values, share = series[order, hour].astype(np.float64), weights[:, order]
        below = np.cumsum(share, axis=1)[:, :-1]
        spread = (below * (1 - below)) @ np.diff(values)
        out[:, hour] = (share * np.abs(values - truth[:, hour, None])).sum(axis=1) - spread
    return out


def energy_score(ensemble: Ensemble, truth: Series) -> NDArray[np.float64]:
    """Fair energy score of whole series [station]: ``E||X - y|| - E||X - X'|| / 2`` over distinct pairs of draws.

    Gneiting and Raftery 2007, eq. 22, Euclidean over the hours that were measured.
    """
    out = np.empty(len(truth))
    for station, (draws, real) in enumerate(zip(ensemble, truth, strict=True)):
        seen = np.isfinite(real)
        known = draws[:, seen].astype(np.float64)
        m = len(known)
        out[station] = cdist(known, real[None, seen]).mean() - cdist(known, known).sum() / (2 * m * (m - 1))
    return out


def rmse(made: Series, truth: Series) -> float:
    """Root of the mean squared error over all measured hours."""
    return float(np.sqrt(np.nanmean((made - truth) ** 2, dtype=np.float64)))


def mae(made: Series, truth: Series) -> float:
    """Mean absolute error over all measured hours."""
    return float(np.nanmean(np.abs(made - truth), dtype=np.float64))


def correlation(made: Series, truth: Series) -> NDArray[np.float64]:
    """Pearson correlation along time of each station [station], over its measured hours; NaN for a constant."""
    seen = np.isfinite(truth)
    a, b = (np.where(seen, values, np.nan).astype(np.float64) for values in (made, truth))
    a, b = a - np.nanmean(a, axis=1, keepdims=True), b - np.nanmean(b, axis=1, keepdims=True)
    scale = np.sqrt(np.nansum(a * a, axis=1) * np.nansum(b * b, axis=1))
    return np.asarray(np.divide(np.nansum(a * b, axis=1), scale, out=np.full(len(scale), np.nan), where=scale > 0))


def level_r2(ensemble: Ensemble, truth: Series) -> float:
    """R2 of the log of a station's mean, ensemble median against measured; 0 is as good as knowing the cities' log mean."""
    measured = np.log(np.nanmean(truth, axis=1))
    level = np.log(np.median(ensemble.mean(axis=2), axis=1)) - measured
    spread = measured - measured.mean()
    return float(1 - (level**2).sum() / (spread**2).sum())
