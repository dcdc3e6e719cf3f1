import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netspatial_core.errors import InputError
from netspatial_core.generator.decompose import decompose, expand, peak_hours, repeat


def test_the_parts_add_up_exactly_where_the_series_is_known():
    rng = np.random.default_rng(0)
    series = rng.normal(size=(5, 672)).astype(np.float32)
    series[0, 10:40] = np.nan
    parts = decompose(series)
    np.testing.assert_allclose(parts.periodic + parts.residual, series, atol=1e-6)
    assert np.isnan(parts.residual).sum() == 30
    assert not np.isnan(parts.weekly).any()


def test_a_periodic_series_has_no_residual():
    rng = np.random.default_rng(1)
    daily = rng.normal(size=(3, 48)).astype(np.float32)
    parts = decompose(repeat(expand(daily), 672))
    np.testing.assert_allclose(parts.daily, daily, atol=1e-5)
    np.testing.assert_allclose(parts.residual, 0, atol=1e-5)


def test_daily_and_weekly_means_by_hand():
    series = np.zeros((1, 336), np.float32)
    series[0, 5] = 10  # Monday 05:00 of the first week
    series[0, 5 * 24 + 7 + 168] = 6  # Saturday 07:00 of the second
    parts = decompose(series, prior_weeks=0.0)
    assert parts.daily[0, 5] == pytest.approx(10 / 10)  # ten weekdays in two weeks
    assert parts.daily[0, 24 + 7] == pytest.approx(6 / 4)  # four weekend days
    assert parts.weekly[0, 5] == pytest.approx(5)
    shrunk = decompose(series, prior_weeks=1.0)
    assert shrunk.weekly[0, 5] == pytest.approx(1 + 2 / 3 * (5 - 1))  # two weeks seen: two thirds of the way from d to the mean


def test_one_week_leaves_a_residual_and_more_weeks_are_believed_more():
    rng = np.random.default_rng(2)
    series = rng.normal(size=(50, 672)).astype(np.float32)
    shares = [decompose(series[:, : 168 * n]).residual.std() for n in (1, 4)]
    assert 0.3 < shares[0] < shares[1] < 1.0


def test_hours_never_seen_come_from_the_other_kind_of_day_else_from_the_mean():
    series = np.ones((1, 168), np.float32)
    series[0, 5 * 24 :] = 3.0
    series[0, np.arange(5) * 24 + 4] = np.nan  # no weekday 04:00
    series[0, np.arange(7) * 24 + 6] = np.nan  # no 06:00 at all
    daily = decompose(series).daily[0]
    assert daily[4] == 3.0
    assert daily[6] == daily[30] == pytest.approx(np.nanmean(series))


@settings(max_examples=30, deadline=None)
@given(st.integers(168, 672), st.floats(0, 0.6), st.integers(0, 1000))
def test_any_length_and_any_gaps_give_finite_targets_that_shift_with_the_series(hours, gaps, seed):
    rng = np.random.default_rng(seed)
    series = rng.normal(size=(2, hours)).astype(np.float32)
    series[rng.random(series.shape) < gaps] = np.nan
    series[:, 0] = 1.0
    parts, moved = decompose(series), decompose(series + 5)
    assert np.isfinite(parts.daily).all()
    assert np.isfinite(parts.weekly).all()
    np.testing.assert_allclose(moved.weekly, parts.weekly + 5, atol=1e-4)
    np.testing.assert_allclose(moved.residual, parts.residual, atol=1e-4)


def test_too_short_and_unmeasured_series_are_refused():
    with pytest.raises(InputError, match="168 hours"):
        decompose(np.zeros((1, 167), np.float32))
    series = np.zeros((3, 168), np.float32)
    series[2] = np.nan
    with pytest.raises(InputError, match="row 2"):
        decompose(series)


def test_the_peak_hour_is_of_the_mean_day_of_the_week():
    daily = np.zeros((2, 48), np.float32)
    daily[0, 11], daily[0, 24 + 20] = 1.0, 2.0  # 5 x 1 against 2 x 2
    daily[1, 11], daily[1, 24 + 20] = 1.0, 3.0
    assert peak_hours(daily).tolist() == [11, 20]


@pytest.mark.shared_data
def test_a_real_month_is_mostly_periodic(shared_data):
    traffic = np.load(shared_data / "milan25.npz", allow_pickle=False)["traffic"][:, 72:720].astype(
        np.float32
    )  # from Monday 4 November
    traffic = traffic[:, : len(traffic[0]) // 24 * 24]
    parts = decompose(np.log(traffic + 0.01 * np.nanmean(traffic)))
    share = np.nanvar(parts.residual, axis=1) / np.nanvar(parts.periodic + parts.residual, axis=1)
    assert np.median(share) < 0.25
