"""The scores of an ensemble against measured traffic in one call, as EVALUATION's table orders them; rankings and cost apart.

The parts: ``marginal`` (values), ``place`` (right place), ``calibration``, ``timing`` (right time), ``usefulness`` (rankings,
copies), ``cost``, ``bootstrap`` (how sure).
"""

import numpy as np
from numpy.typing import NDArray

from netspatial_core.errors import InputError
from netspatial_core.evaluation.calibration import LEVELS, pit_error, pit_histogram
from netspatial_core.evaluation.marginal import (
    Divergences,
    Histogram,
    Scale,
    differences,
    divergences,
    percentile_error,
    wasserstein,
)
from netspatial_core.evaluation.place import correlation, energy_score, level_r2, mae, rmse
from netspatial_core.evaluation.timing import (
    DAY,
    WEEK,
    acf_distance,
    circular_gap,
    mean_day,
    mean_week,
    peak_hour,
    residual_std,
    weekend_ratio,
)
from netspatial_core.evaluation.usefulness import novelty
from netspatial_core.generator.calibration import coverage
from netspatial_core.generator.train import crps

JS_DRAWS = 8  # draws whose divergences are averaged

Scores = dict[str, float]


def score(
    ensemble: NDArray[np.float32],
    truth: NDArray[np.float32],
    train: NDArray[np.float32],
    *,
    weekdays: bool = True,
    seed: int = 0,
) -> Scores:
    """Score an ensemble on the scale that train data set.

    Args:
        ensemble: Generated traffic [station, draw, hour], at least two draws.
        truth: Measured traffic of the same stations [station, hour], NaN for gaps; no station without any traffic.
        train: Measured traffic of train stations [station, hour] over the same hours.
        weekdays: Whether hour 0 is a Monday 00:00 and the hours are whole weeks; False where weekdays are unknown: whole days,
            scored by one daily pattern and without a weekend ratio.
        seed: Of ties in the PIT.

    Returns:
        Figures by name.

    Raises:
        InputError: The arrays do not fit each other, or are not of whole weeks (days).
    """
    stations, draws, hours = ensemble.shape
    whole = WEEK if weekdays else DAY
    if truth.shape != (stations, hours) or train.shape[1] != hours or hours % whole or draws < 2:
        raise InputError(
            f"An ensemble {ensemble.shape}, a truth {truth.shape} and train series {train.shape} do not fit.",
            f"Give at least two draws, all over the same hours, a multiple of {whole}.",
        )
    scale = Scale.fit(train)
    made, real, known = scale.apply(ensemble), scale.apply(truth), scale.apply(train)
    return {
        **_values(made, real, known),
        **_place(made, real),
        **_calibration(made, real, seed),
        **_timing(made, real, weekdays=weekdays),
        **_novelty(made, real, known),
    }


def _values(made: NDArray[np.float32], real: NDArray[np.float32], train: NDArray[np.float32]) -> Scores:
    out: Scores = {}
    for suffix, change in (("", np.asarray), ("_diff", differences)):
        histogram = Histogram.fit(change(train))
        # a draw at a time: each is as many hours as the truth, so that its noise is that of the floor
        each = [divergences(change(made[:, draw]), change(real), histogram) for draw in range(min(made.shape[1], JS_DRAWS))]
        floor = divergences(change(train), change(real), histogram)
        for name in Divergences.__dataclass_fields__:
            out[name + suffix] = float(np.mean([getattr(one, name) for one in each]))
        out["js_div_nats_floor" + suffix] = floor.js_div_nats
        out["js_dist_nats_floor" + suffix] = floor.js_dist_nats
    out["wasserstein"] = wasserstein(made, real)
    return out | {f"p{percentile}_error": percentile_error(made, real, percentile) for percentile in (95, 99)}


def _place(made: NDArray[np.float32], real: NDArray[np.float32]) -> Scores:
    mean = made.mean(axis=1)
    return {
        "crps": float(np.nanmean(crps(made, real))),
        "energy_score": float(energy_score(made, real).mean()),
        "rmse_mean": rmse(mean, real),
        "mae_mean": mae(mean, real),
        "rmse_draw": rmse(made[:, 0], real),
        "mae_draw": mae(made[:, 0], real),
        "correlation": float(np.nanmedian(correlation(mean, real))),
        "level_r2": level_r2(made, real),
    }


def _calibration(made: NDArray[np.float32], real: NDArray[np.float32], seed: int) -> Scores:
    cover = {f"coverage_{100 * level:.0f}": coverage(made, real, level) for level in LEVELS}
    return cover | {"pit_error": pit_error(pit_histogram(made, real, seed=seed))}


def _timing(made: NDArray[np.float32], real: NDArray[np.float32], *, weekdays: bool) -> Scores:
    shape, period = (mean_week, WEEK) if weekdays else (mean_day, DAY)
    generated, measured = shape(made).mean(axis=1), shape(real)
    spread = np.nanmedian(residual_std(made, period), axis=1) / residual_std(real, period)
    lags = min(WEEK, real.shape[1] - 1)
    out = {
        "peak_within_1h": float((circular_gap(peak_hour(generated), peak_hour(measured)) <= 1).mean()),
        "acf_distance": float(np.nanmean(acf_distance(made, real, lags))),
        "residual_std_ratio": float(np.nanmedian(spread)),
    }
    if weekdays:
        out["weekend_error"] = float(np.nanmedian(np.abs(weekend_ratio(generated) - weekend_ratio(measured))))
    return out


def _novelty(made: NDArray[np.float32], real: NDArray[np.float32], train: NDArray[np.float32]) -> Scores:
    whole = [series[np.isfinite(series).all(axis=1)] for series in (real, train)]
    return {"novelty": novelty(made[:, 0], *whole)} if all(len(series) for series in whole) else {}
