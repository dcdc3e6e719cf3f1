"""Figures of a model on held-out stations: what its card says, and what the tests hold it to."""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from netspatial_core.errors import InputError
from netspatial_core.evaluation.place import level_r2
from netspatial_core.evaluation.timing import WEEK, circular_gap, mean_week, peak_hour, residual_std, weekend_ratio
from netspatial_core.generator.calibration import coverage
from netspatial_core.generator.train import crps


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
    measured, generated = np.nanmean(truth, axis=1), ensemble.mean(axis=2)
    shape_true, shape_made = mean_week(truth), mean_week(ensemble).mean(axis=1)
    residual = np.median(residual_std(ensemble), axis=1) / residual_std(truth)
    return HeldOut(
        stations,
        draws,
        float(np.nanmean(crps(ensemble, truth))),
        float(np.nanmean(crps(base, truth))),
        coverage(ensemble, truth, 0.8),
        level_r2(ensemble, truth),
        float(generated.mean() / measured.mean()),
        float((circular_gap(peak_hour(shape_true), peak_hour(shape_made)) <= 1).mean()),
        float(np.median(np.abs(weekend_ratio(shape_made) - weekend_ratio(shape_true)))),
        float(np.median(residual)),
    )
