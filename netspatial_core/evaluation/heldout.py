"""Figures of a model on held-out stations: what its card says, and what the tests hold it to."""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from netspatial_core.errors import InputError
from netspatial_core.generator.train import crps

WEEK, DAY = 168, 24


@dataclass(frozen=True)
class HeldOut:
    """Agreement of an ensemble with what was measured at places unknown to the model.

    Attributes:
        stations: How many.
        draws: Draws of the ensemble.
        crps: Fair CRPS of an hour, averaged, in the unit of the traffic.
        crps_climatology: The same for an ensemble of other stations' series drawn at random: no context at all.
        coverage_80: Share of hours inside the interval from the 10th to the 90th percentile (``method="weibull"``).
        level_r2: R2 of the log of the mean load, ensemble median against measured.
        level_ratio: Mean generated load over mean measured load, all stations together.
        peak_within_1h: Share of stations whose usual peak hour of the mean weekday is met within an hour, round the clock.
        weekend_error: Median absolute error of the weekend / weekday ratio of a station.
        residual_std_ratio: Generated over measured standard deviation of what the weekly template leaves, relative to a station's
            mean, median over stations.
    """

    stations: int
    draws: int
    crps: float
    crps_climatology: float
    coverage_80: float
    level_r2: float
    level_ratio: float
    peak_within_1h: float
    weekend_error: float
    residual_std_ratio: float

    def to_dict(self) -> dict[str, float]:
        """Plain numbers with four significant digits, as config.json and the card hold them."""
        return {name: float(f"{value:.4g}") for name, value in asdict(self).items()}


def held_out(ensemble: NDArray[np.float32], truth: NDArray[np.float32], climate: NDArray[np.float32], seed: int = 0) -> HeldOut:
    """Score an ensemble.

    Args:
        ensemble: Generated traffic [station, draw, hour].
        truth: Measured traffic [station, hour], hour 0 a Monday 00:00; NaN for gaps.
        climate: Traffic of train stations [station, hour] from which climatology draws.
        seed: Seed of these draws.

    Raises:
        InputError: The arrays do not fit each other, or hold no whole week.
    """
    stations, draws, hours = ensemble.shape
    if truth.shape != (stations, hours) or climate.shape[1] < hours or hours % WEEK or draws < 2:
        raise InputError(
            f"An ensemble {ensemble.shape}, a truth {truth.shape} and a climate {climate.shape} do not fit.",
            "Give at least two draws of whole weeks for the same stations.",
        )
    rng = np.random.default_rng(seed)
    base = climate[rng.integers(len(climate), size=(stations, draws)), :hours]
    low, high = np.quantile(ensemble, [0.1, 0.9], axis=1, method="weibull")
    seen = np.isfinite(truth)
    measured, generated = np.nanmean(truth, axis=1), ensemble.mean(axis=2)
    level = np.log(np.median(generated, axis=1)) - np.log(measured)
    spread = np.log(measured) - np.log(measured).mean()
    shape_true, shape_made = _mean_week(truth[:, None])[:, 0], _mean_week(ensemble).mean(axis=1)
    gap = np.abs(_peak(shape_true) - _peak(shape_made))
    residual = np.median(_residual_std(ensemble), axis=1) / _residual_std(truth[:, None])[:, 0]
    return HeldOut(
        stations,
        draws,
        float(np.nanmean(crps(ensemble, truth))),
        float(np.nanmean(crps(base, truth))),
        float(((truth >= low) & (truth <= high))[seen].mean()),
        float(1 - (level**2).sum() / (spread**2).sum()),
        float(generated.mean() / measured.mean()),
        float((np.minimum(gap, DAY - gap) <= 1).mean()),
        float(np.median(np.abs(_weekend_ratio(shape_made) - _weekend_ratio(shape_true)))),
        float(np.median(residual)),
    )


def _mean_week(series: NDArray[np.float32]) -> NDArray[np.float64]:
    """[..., hour] -> mean week [..., 168]."""
    return np.asarray(np.nanmean(series.reshape(*series.shape[:-1], -1, WEEK), axis=-2, dtype=np.float64))


def _peak(week: NDArray[np.float64]) -> NDArray[np.int64]:
    """Hour of the largest load of the mean weekday."""
    return week[:, : 5 * DAY].reshape(len(week), 5, DAY).mean(axis=1).argmax(axis=1)


def _weekend_ratio(week: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(week[:, 5 * DAY :].mean(axis=1) / week[:, : 5 * DAY].mean(axis=1))


def _residual_std(series: NDArray[np.float32]) -> NDArray[np.float64]:
    """[..., hour] -> standard deviation of what the mean week leaves, over the mean [...]."""
    folded = series.reshape(*series.shape[:-1], -1, WEEK)
    left = folded - np.nanmean(folded, axis=-2, keepdims=True)
    return np.asarray(np.nanstd(left, axis=(-2, -1), dtype=np.float64) / np.nanmean(series, axis=-1, dtype=np.float64))
