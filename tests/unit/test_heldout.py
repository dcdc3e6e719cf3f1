"""The figures of a model's card: a perfect model scores as it should, and each fault hurts the figure it belongs to."""

import numpy as np
import pytest

from netspatial_core.errors import InputError
from netspatial_core.evaluation.heldout import held_out

HOURS = np.arange(672)


def stations(rng: np.random.Generator, count: int, draws: int) -> np.ndarray:
    """[station, draw, hour]: levels over two decades, peaks at 10 or 20 h, weekends at half, hourly noise."""
    level = 10 ** np.linspace(0, 2, count)[:, None, None]
    peak = np.where(np.arange(count) % 2, 10, 20)[:, None, None]
    day = 0.3 + np.exp(2 * np.cos((HOURS - peak) * 2 * np.pi / 24))
    week = np.where(HOURS % 168 < 120, 1.0, 0.5)
    return (level * day * week * rng.lognormal(0, 0.2, (count, draws, 672))).astype(np.float32)


@pytest.fixture
def perfect() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    return stations(rng, 40, 64), stations(rng, 40, 1)[:, 0]


def test_a_perfect_model(perfect: tuple[np.ndarray, np.ndarray]) -> None:
    score = held_out(*perfect, perfect[1])
    assert score.coverage_80 == pytest.approx(0.8, abs=0.02)
    assert score.level_r2 > 0.99
    assert score.level_ratio == pytest.approx(1, abs=0.02)
    assert score.peak_within_1h == 1
    assert score.residual_std_ratio == pytest.approx(1, abs=0.05)
    assert score.crps < 0.3 * score.crps_climatology


def test_each_fault_hurts_its_figure(perfect: tuple[np.ndarray, np.ndarray]) -> None:
    ensemble, truth = perfect
    good = held_out(ensemble, truth, truth)
    scaled = held_out(2 * ensemble, truth, truth)
    shifted = held_out(np.roll(ensemble, 5, axis=2), truth, truth)
    shuffled = held_out(ensemble[::-1], truth, truth)
    calm = held_out(np.repeat(ensemble.mean(axis=1, keepdims=True), 64, axis=1), truth, truth)
    assert scaled.level_ratio == pytest.approx(2, abs=0.05)
    assert shifted.peak_within_1h == 0
    assert shuffled.level_r2 < 0
    assert calm.residual_std_ratio < 0.3
    assert calm.coverage_80 < 0.2
    assert min(s.crps for s in (scaled, shifted, shuffled)) > 1.3 * good.crps


def test_gaps_are_not_scored(perfect: tuple[np.ndarray, np.ndarray]) -> None:
    ensemble, truth = perfect
    holes = truth.copy()
    holes[:, 100:110] = np.nan
    assert held_out(ensemble, holes, truth).crps == pytest.approx(held_out(ensemble, truth, truth).crps, rel=0.05)


def test_arrays_that_do_not_fit_are_named() -> None:
    with pytest.raises(InputError, match="do not fit"):
        held_out(np.ones((3, 2, 168), np.float32), np.ones((3, 167), np.float32), np.ones((3, 168), np.float32))
