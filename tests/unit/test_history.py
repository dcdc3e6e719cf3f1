from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_traffic import LEARNS, splits, toy

from netspatial_core.errors import InputError
from netspatial_core.generator.config import GeneratorConfig
from netspatial_core.generator.decompose import decompose, expand
from netspatial_core.generator.ensemble import Condition
from netspatial_core.generator.history import LEADING, LENGTHS, history_numbers, history_size, random_windows, recent, whole_weeks
from netspatial_core.generator.train import crps, new_generator, train_generator

CONFIG = replace(LEARNS, history=0.5)


def untrained(config=CONFIG, sites=20):
    torch.manual_seed(0)
    embedding, tabular, traffic, _ = toy(sites)
    condition = Condition(embedding, *tabular)
    return new_generator(condition, traffic, np.ones(sites, bool), config).eval(), condition, traffic


def test_the_numbers_of_a_whole_month_are_the_targets_of_the_levels():
    generator, _, traffic = untrained()
    y = generator.transform.forward(traffic)
    told, known = history_numbers(y, generator.white1, generator.white2)
    parts = decompose(y)
    daily = generator.white1(torch.from_numpy(parts.daily)).numpy()
    weekly = generator.white2(torch.from_numpy(parts.weekly - expand(parts.daily))).numpy()
    k = daily.shape[1]
    np.testing.assert_allclose(told[:, :k], daily, atol=1e-5)
    np.testing.assert_allclose(told[:, k:-2], weekly[:, :LEADING], atol=1e-5)
    np.testing.assert_allclose(told[:, -2:], np.log2([[1 + 20, 1 + 8]] * 20), rtol=1e-6)
    assert known.all()
    assert told.shape[1] == generator.sizes.history == history_size(k, weekly.shape[1])


def test_a_day_is_told_as_a_day_and_nothing_as_unknown():
    generator, _, traffic = untrained()
    survey = np.full((20, 168), np.nan, dtype=np.float32)
    survey[:, 24:48] = traffic[:, 24:48]  # a Tuesday
    survey[3] = np.nan
    told, known = history_numbers(generator.transform.forward(survey), generator.white1, generator.white2)
    assert not known[3].any()
    assert not told[3].any()
    assert known[[0, 19]].all()
    np.testing.assert_allclose(told[0, -2:], [1, 0])  # one weekday, no weekend day
    day = generator.transform.forward(traffic[:1, 24:48])
    both = generator.white1(torch.from_numpy(np.concatenate([day, day], axis=1))).numpy()  # the weekend is taken to be alike
    np.testing.assert_allclose(told[0, : both.shape[1]], both[0], atol=1e-5)


def test_the_last_three_weeks_count():
    generator, condition, traffic = untrained()
    long = np.concatenate([traffic, traffic * 2, traffic[:, :48] * 3], axis=1)  # 58 days, of which the last are 38 to 58
    short = np.full_like(long, np.nan)
    short[:, 24 * 37 :] = long[:, 24 * 37 :]
    told, short_told = (generator.with_history(condition, series).tabular for series in (long, short))
    np.testing.assert_array_equal(told, short_told)
    kept = recent(long)
    assert np.isfinite(kept).sum(axis=1).tolist() == [21 * 24] * 20
    with pytest.raises(InputError, match="already"):
        generator.with_history(generator.with_history(condition, short), short)


def test_weeks_are_filled_up_with_the_unknown():
    assert whole_weeks(np.ones((2, 24), dtype=np.float32)).shape == (2, 168)
    filled = whole_weeks(np.ones((1, 170), dtype=np.float32))
    assert filled.shape == (1, 336)
    assert np.isfinite(filled).sum() == 170


@given(sites=st.integers(1, 30), days=st.sampled_from([7, 14, 28]), share=st.floats(0, 1), seed=st.integers(0, 1000))
@settings(deadline=None, max_examples=40)
def test_windows_are_stretches_of_whole_days_that_leave_something_to_tell(sites, days, share, seed):
    shown = random_windows(sites, days, share, torch.Generator().manual_seed(seed))
    assert shown.shape == (sites, 24 * days)
    by_day = shown.reshape(sites, days, 24)
    assert (by_day.all(axis=2) == by_day.any(axis=2)).all()
    count = by_day[:, :, 0].sum(axis=1)
    assert set(count) <= {0, *(length for length in LENGTHS if length < days)}
    starts = np.diff(np.pad(by_day[:, :, 0].astype(int), ((0, 0), (1, 0))), axis=1)
    assert ((starts == 1).sum(axis=1) <= 1).all(), "one stretch"


def test_the_share_of_sites_with_a_history_is_the_one_asked_for():
    random = torch.Generator().manual_seed(0)
    assert random_windows(4000, 28, 0.3, random).any(axis=1).mean() == pytest.approx(0.3, abs=0.03)
    assert not random_windows(50, 28, 0.0, random).any()


def test_without_a_history_a_condition_needs_none():
    generator, condition, traffic = untrained()
    keys = [f"c{i}" for i in range(20)]
    plain = generator.sample(condition, keys, [0], 1)
    nothing = generator.with_history(condition, np.full_like(traffic, np.nan))
    np.testing.assert_array_equal(plain, generator.sample(nothing, keys, [0], 1))
    one = np.full_like(traffic, np.nan)
    one[4, :24] = traffic[4, :24]
    changed = generator.sample(generator.with_history(condition, one), keys, [0], 1)
    assert (changed != plain).any(axis=(1, 2)).tolist() == [i == 4 for i in range(20)]


def test_a_generator_that_knows_none_says_so():
    generator, condition, traffic = untrained(GeneratorConfig(hidden=16, daily_width=16, weekly_width=16, residual_width=16))
    with pytest.raises(InputError, match="without histories"):
        generator.with_history(condition, traffic)
    generator, condition, traffic = untrained()
    with pytest.raises(InputError, match="19 sites"):
        generator.with_history(condition, traffic[:19])
    with pytest.raises(InputError, match="histor"):
        CONFIG.tuned({"history": 0.0})


def test_a_day_is_worth_more_than_the_place_and_a_week_more_than_a_day():
    """Forecasts of the second week at places never seen: alone, from their first day, from their first week."""
    embedding, tabular, traffic, _ = toy(400, hours=336)
    generator, _ = train_generator(embedding, tabular, traffic, splits(400), CONFIG, seed=0, steps=500)
    test = np.flatnonzero(splits(400) == "test")
    condition, keys, truth = Condition(embedding, *tabular).take(test), [f"t{i}" for i in test], traffic[test][:, 168:]

    def error(days):
        seen = np.where(np.arange(336) < 24 * days, traffic[test], np.nan).astype(np.float32)
        asked = generator.with_history(condition, seen) if days else condition
        made = generator.sample(asked, keys, range(8), 1)[:, :, 168:]
        level = np.abs(np.log(made.mean(axis=(1, 2)) / truth.mean(axis=1)))
        return float(crps(made, truth).mean()), float(np.median(level))

    (alone, far), (day, near), (week, nearest) = (error(days) for days in (0, 1, 7))
    assert day < 0.8 * alone
    assert week < 0.99 * day
    assert nearest < near < 0.7 * far
    naive = np.abs(traffic[test][:, :168] - truth).mean()  # the week before, repeated
    assert week < 0.9 * naive
