"""Intervals that cover what they claim."""

import numpy as np
import pytest
import torch
from toy_traffic import toy

from netspatial_core.generator.calibration import ENOUGH, LEAST, MOST, calibrate, coverage
from netspatial_core.generator.config import GeneratorConfig
from netspatial_core.generator.ensemble import Condition
from netspatial_core.generator.hierarchy import Generator
from netspatial_core.generator.train import new_generator


@pytest.fixture
def generator() -> tuple[Generator, Condition, np.ndarray]:
    """Untrained: its draws spread as its prior does, whatever the place."""
    torch.manual_seed(0)
    embedding, tabular, traffic, _ = toy(60)
    condition = Condition(embedding, *tabular)
    config = GeneratorConfig(hidden=16, daily_width=16, weekly_width=16, residual_width=16)
    return new_generator(condition, traffic, np.ones(60, bool), config).eval(), condition, traffic


def test_the_share_by_hand() -> None:
    draws = np.tile(np.arange(1, 20, dtype=np.float32)[None, :, None], (1, 1, 4))  # weibull: 2 and 18 are the 10th and the 90th
    truth = np.array([[1.9, 2.0, 18.0, np.nan]], dtype=np.float32)
    assert coverage(draws, truth, 0.8) == pytest.approx(2 / 3)


def test_a_wider_prior_covers_more(generator: tuple[Generator, Condition, np.ndarray]) -> None:
    made, condition, traffic = generator
    keys = [f"s{i}" for i in range(60)]
    shares = []
    for made.temperature in (0.5, 1.0, 2.0):
        shares.append(coverage(made.sample(condition, keys, range(16), 1), traffic, 0.8))
    assert shares == sorted(shares)
    assert shares[2] > shares[0] + 0.05


def test_it_finds_the_spread_that_made_the_data(generator: tuple[Generator, Condition, np.ndarray]) -> None:
    made, condition, _ = generator
    made.temperature = 1.3
    truth = made.sample(condition, [f"truth-{i}" for i in range(60)], [0], 9)[:, 0]
    assert calibrate(made, condition, truth, 1) == pytest.approx(1.3, rel=0.25)
    assert made.temperature == calibrate(made, condition, truth, 1)
    found = coverage(made.sample(condition, [f"s{i}" for i in range(60)], range(32), 4), truth, 0.8)
    assert found == pytest.approx(0.8, abs=0.06)


def test_what_is_known_of_a_place_has_a_spread_of_its_own(generator: tuple[Generator, Condition, np.ndarray]) -> None:
    """Of an untrained generator a history says nothing: both come out alike, but each is used where it belongs."""
    torch.manual_seed(0)
    embedding, tabular, traffic, _ = toy(60)
    condition = Condition(embedding, *tabular)
    config = GeneratorConfig(hidden=16, daily_width=16, weekly_width=16, residual_width=16, history=0.5)
    made = new_generator(condition, traffic, np.ones(60, bool), config).eval()
    made.temperature, made.temperature_told = 0.8, 1.6
    keys = [f"s{i}" for i in range(60)]
    one = np.full_like(traffic, np.nan)
    one[:30, :24] = traffic[:30, :24]
    mixed = made.sample(made.with_history(condition, one), keys, [0], 1)
    made.temperature_told = 0.8
    narrow = made.sample(made.with_history(condition, one), keys, [0], 1)
    assert (mixed != narrow).any(axis=(1, 2)).tolist() == [i < 30 for i in range(60)]
    calibrate(made, condition, traffic, 1)
    assert made.temperature_told != 1.0
    assert Generator.build(made.describe()).temperature_told == made.temperature_told
    plain, _, _ = generator
    calibrate(plain, condition, traffic, 1)
    assert plain.temperature_told == 1.0


def test_few_sites_and_impossible_ones_are_left_within_bounds(generator: tuple[Generator, Condition, np.ndarray]) -> None:
    made, condition, traffic = generator
    few = np.arange(ENOUGH - 1)
    made.temperature = 1.7
    assert calibrate(made, condition.take(few), traffic[few], 1) == 1.7
    assert calibrate(made, condition, np.full_like(traffic, np.nan), 1) == 1.7
    assert calibrate(made, condition, 1000 * traffic, 1) == pytest.approx(MOST, rel=0.02)
    middle = np.median(made.sample(condition, [f"s{i}" for i in range(60)], range(16), 1), axis=1)
    assert LEAST <= calibrate(made, condition, middle, 1) < 0.7


def test_a_description_carries_it_and_one_of_before_has_none(generator: tuple[Generator, Condition, np.ndarray]) -> None:
    made, _, _ = generator
    made.temperature = 1.25
    described = made.describe()
    assert Generator.build(described).temperature == 1.25
    del described["temperature"]
    assert Generator.build(described).temperature == 1.0
