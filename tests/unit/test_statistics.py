import numpy as np
import pytest

from netspatial_core.errors import InputError
from netspatial_core.planning.statistics import (
    ALL_ZERO,
    CONSTANT,
    NOT_FINITE,
    daily_volume_band,
    quantiles,
    statistics,
    week_band,
)


@pytest.fixture
def traffic() -> np.ndarray:
    return np.random.default_rng(3).gamma(2.0, 1.5, (7, 5, 336)).astype(np.float32)


def test_agrees_with_numpy_in_double_precision(traffic):
    s, x = statistics(traffic), traffic.astype(np.float64)
    np.testing.assert_allclose(s.mean, x.mean(axis=2))
    np.testing.assert_allclose(s.std, x.std(axis=2, ddof=0))
    np.testing.assert_array_equal(s.peak, x.max(axis=2))
    np.testing.assert_allclose(s.busy, np.quantile(x, 0.95, axis=2, method="weibull"))


def test_weekend_and_peak_hour_by_hand():
    week = np.ones(168)
    week[120:] = 3.0  # Saturday and Sunday
    week[np.arange(7) * 24 + 19] += 5.0
    s = statistics(np.tile(week, 4)[None, None].astype(np.float32))
    assert s.weekend_ratio[0, 0] == pytest.approx((3 + 5 / 24) / (1 + 5 / 24))
    assert s.peak_hour[0, 0] == 19


def test_hour_zero_is_monday_midnight():
    series = np.zeros((1, 1, 168), dtype=np.float32)
    series[0, 0, 6] = 1.0
    s = statistics(series)
    assert (s.peak_hour[0, 0], s.weekend_ratio[0, 0]) == (6, 0)
    assert np.isnan(statistics(np.roll(series, -24)).weekend_ratio[0, 0])  # all on Sunday: weekdays carry nothing


def test_draws_that_stream_in_give_what_one_call_gives(traffic):
    whole = statistics(traffic)
    parts = statistics(traffic[:, :1]).append(statistics(traffic[:, 1:4])).append(statistics(traffic[:, 4:]))
    for name in ("mean", "std", "peak", "busy", "weekend_ratio", "peak_hour"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))
    assert (parts.points, parts.draws) == (7, 5)


def test_blocks_do_not_show(traffic, monkeypatch):
    whole = statistics(traffic)
    monkeypatch.setattr("netspatial_core.planning.statistics.BLOCK", 2 * 5 * 336)
    np.testing.assert_array_equal(statistics(traffic).std, whole.std)
    np.testing.assert_array_equal(statistics(traffic).busy, whole.busy)


def test_faults_name_what_is_wrong(traffic):
    traffic[0, 2, 9] = np.nan
    traffic[1, 0, 0] = np.inf
    traffic[2, 4] = 0
    traffic[3, 1] = 0.1  # its float32 mean rounds: the deviation must still be exactly 0
    s = statistics(traffic)
    assert s.faults().tolist() == [NOT_FINITE, NOT_FINITE, ALL_ZERO, CONSTANT, "", "", ""]
    assert s.std[3, 1] == 0
    assert np.isnan(s.peak[0, 2])
    assert np.isfinite(s.peak[0, 1])


def test_the_usual_peak_hour_is_the_mode():
    series = np.zeros((2, 3, 168), dtype=np.float32)
    for point, draw, hour in ((0, 0, 8), (0, 1, 20), (0, 2, 20), (1, 0, 5), (1, 1, 9), (1, 2, 7)):
        series[point, draw, hour] = 1
    assert statistics(series).usual_peak_hour().tolist() == [20, 5]
    series[1] = np.nan
    assert np.isnan(statistics(series).usual_peak_hour()[1])


def test_bands_by_hand():
    # weibull: position p (n + 1) of the sorted sample: 0.1 * 10 = the first of nine, 0.9 * 10 = the ninth
    band = quantiles(np.arange(9.0)[None])
    assert (band.p10[0], band.median[0], band.p90[0]) == (0, 4, 8)
    band = quantiles(np.arange(19.0)[None])
    assert (band.p10[0], band.median[0], band.p90[0]) == (1, 9, 17)
    one = quantiles(np.array([[2.5]]))
    assert one.p10[0] == one.median[0] == one.p90[0] == 2.5


def test_week_bands_average_each_draw_first(traffic):
    x = traffic.astype(np.float64)
    weeks = x.reshape(7, 5, 2, 168).mean(axis=2)
    np.testing.assert_allclose(week_band(traffic).p90, np.quantile(weeks, 0.9, axis=1, method="weibull"))


def test_a_days_volume_is_the_sum_of_its_hours():
    traffic = np.repeat(np.array([1.0, 2.0, 4.0], dtype=np.float32), 48).reshape(3, 48)
    band = daily_volume_band(traffic)
    np.testing.assert_allclose(band.median, [48.0, 48.0])
    np.testing.assert_allclose([band.p10[0], band.p90[1]], [24.0, 96.0])


@pytest.mark.parametrize("shape", [(2, 3, 100), (2, 672), (1, 1, 0)])
def test_odd_shapes_are_refused(shape):
    with pytest.raises(InputError, match="whole weeks"):
        statistics(np.ones(shape, dtype=np.float32))


def test_other_cells_cannot_be_appended(traffic):
    s = statistics(traffic)
    with pytest.raises(InputError):
        s.append(statistics(traffic[:2]))
