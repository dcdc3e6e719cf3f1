from dataclasses import replace

import numpy as np
import pytest
import torch
from toy_traffic import toy

from netspatial_core.errors import Cancelled, InputError
from netspatial_core.generator.config import GeneratorConfig
from netspatial_core.generator.decompose import decompose, expand, repeat
from netspatial_core.generator.ensemble import Condition
from netspatial_core.generator.flow import midpoint
from netspatial_core.generator.hierarchy import TILE, multiply_adds
from netspatial_core.generator.train import new_generator

SMALL = GeneratorConfig(hidden=16, daily_width=16, weekly_width=16, residual_width=16)


def untrained(config=SMALL, sites=30, hours=672, embedded=True):
    """A generator with random weights and the condition it was sized for."""
    torch.manual_seed(5)
    embedding, tabular, traffic, _ = toy(sites, hours=hours)
    condition = Condition(embedding if embedded else None, *tabular)
    generator = new_generator(condition, traffic, np.ones(sites, bool), config).eval()
    return generator, condition, [f"c{i}" for i in range(sites)]


def test_chunked_is_whole_bit_for_bit_in_any_company_and_order():
    generator, condition, keys = untrained()
    whole = generator.sample(condition, keys, range(3), 7)
    assert whole.shape == (30, 3, 672)
    for rows in ([0], [29, 3, 4], list(range(11, 24))):
        part = generator.sample(condition.take(np.array(rows)), [keys[i] for i in rows], [2], 7)
        np.testing.assert_array_equal(part[:, 0], whole[rows, 2])


def test_the_count_of_threads_changes_nothing_and_is_left_as_found():
    generator, condition, keys = untrained(GeneratorConfig())
    before = torch.get_num_threads()
    found = []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            found.append(generator.sample(condition, keys, [0], 7))
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    np.testing.assert_array_equal(*found)


def test_seed_draw_key_and_condition_each_change_the_series():
    generator, condition, _ = untrained()
    one = condition.take(np.array([0]))
    base = generator.sample(one, ["a"], [0], 7)
    for other in (
        generator.sample(one, ["a"], [0], 8),
        generator.sample(one, ["a"], [1], 7),
        generator.sample(one, ["b"], [0], 7),
        generator.sample(condition.take(np.array([1])), ["a"], [0], 7),
    ):
        assert not np.allclose(base, other)
    np.testing.assert_array_equal(base, generator.sample(one, ["a"], [0], 7))


def test_a_shorter_horizon_is_the_beginning_of_the_longest():
    generator, condition, keys = untrained()
    np.testing.assert_array_equal(
        generator.sample(condition, keys, [0], 7, hours=72), generator.sample(condition, keys, [0], 7)[..., :72]
    )
    for hours in (0, 25, 696):
        with pytest.raises(InputError, match="horizon"):
            generator.sample(condition, keys, [0], 7, hours=hours)


def test_models_of_short_series_generate_short_series():
    generator, condition, keys = untrained(hours=240)
    made = generator.sample(condition, keys, [0], 1)
    assert made.shape == (30, 1, 240)
    assert np.isfinite(made).all()


@pytest.mark.parametrize("mode", ["default", "paper"])
def test_traffic_is_finite_and_not_negative(mode):
    generator, condition, keys = untrained()
    made = generator.sample(condition, keys, range(2), 3, mode=mode)
    assert np.isfinite(made).all()
    assert made.min() >= 0


def test_without_an_embedding_the_learned_one_is_used():
    generator, condition, keys = untrained()
    bare = Condition(None, condition.tabular, condition.known)
    assert np.isfinite(generator.sample(bare, keys, [0], 1)).all()
    tabular_only, same, _ = untrained(embedded=False)
    assert tabular_only.sizes.embedding == 0
    assert np.isfinite(tabular_only.sample(same, keys, [0], 1)).all()


@pytest.mark.parametrize("poison", [np.nan, np.inf])
def test_what_is_not_finite_is_neither_hidden_nor_spread_to_the_neighbours(poison):
    generator, condition, keys = untrained()
    clean = generator.sample(condition, keys, [0], 1)
    condition.embedding[4, 2] = poison
    made = generator.sample(condition, keys, [0], 1)
    assert np.isnan(made[4]).all()
    others = np.arange(30) != 4
    np.testing.assert_array_equal(made[others], clean[others])
    generator.level3.out.bias.data[3] = poison
    assert np.isnan(generator.sample(condition, keys, [0], 1)).all()


def test_conditions_of_another_model_are_refused():
    generator, condition, keys = untrained()
    with pytest.raises(InputError, match="trained on 2 and 16"):
        generator.sample(Condition(condition.embedding[:, :8], condition.tabular, condition.known), keys, [0], 1)
    with pytest.raises(InputError, match="30 conditions for 1 points"):
        generator.sample(condition, ["a"], [0], 1)


def test_cancelling_is_asked_before_every_tile():
    generator, condition, keys = untrained()
    asked = []
    with pytest.raises(Cancelled):
        generator.sample(condition, keys, [0, 1], 1, cancelled=lambda: len(asked) == 2 or asked.append(1))
    assert len(asked) == 2
    assert 2 * len(keys) > 2 * TILE


def test_week_and_guide_agree_with_the_decomposition():
    generator, _, _ = untrained()
    daily, weekly = np.random.default_rng(0).normal(size=(2, 3, 168)).astype(np.float32)
    week = generator.week(torch.from_numpy(daily[:, :48].copy()), torch.zeros(3, 168)).numpy()
    np.testing.assert_array_equal(week, expand(daily[:, :48]))
    guide = generator.guide(torch.from_numpy(daily[:, :48].copy()), torch.from_numpy(weekly)).numpy()
    assert guide.shape == (28, 3, 48)
    both = np.concatenate(
        [repeat(weekly, 672).reshape(3, 28, 24), repeat(expand(daily[:, :48]), 672).reshape(3, 28, 24)], axis=-1
    )
    np.testing.assert_array_equal(guide, both.transpose(1, 0, 2))


def test_the_peak_condition_is_a_distribution_with_a_gradient_and_the_papers_a_choice_without():
    generator, _, _ = untrained()
    logits = torch.randn(4, 24, requires_grad=True)
    q = generator.peak_condition(logits, "default")
    torch.testing.assert_close(q.sum(1), torch.ones(4))
    assert q.requires_grad
    h = generator.peak_condition(logits, "paper")
    assert h.sum(1).tolist() == [1] * 4
    assert h.argmax(1).tolist() == logits.argmax(1).tolist()
    assert not h.requires_grad


def test_the_prior_mixes_the_days_of_each_axis_and_nothing_else():
    generator, _, _ = untrained()
    noise = torch.randn(28, 3, 24, generator=torch.Generator().manual_seed(1))
    made = generator.prior(noise)
    for site, axis in ((0, 0), (2, 23)):
        np.testing.assert_allclose(made[:, site, axis], generator.between_days[axis] @ noise[:, site, axis], rtol=1e-4, atol=1e-5)


def test_the_papers_prior_shrinks_the_residual_and_its_solver_distorts_the_rest():
    """Traps 2 and 3, on networks that answer nothing: each level is its prior carried along the path between two normals.

    By hand, the factor of a step at (x, t) being 1 + drift / N: the paper's eight Euler steps at right ends stretch by
    1.0939; ours keep to the path and change nothing.
    """
    generator, condition, keys = untrained()
    with torch.no_grad():
        for network in (generator.level1, generator.level2, generator.level3):
            network.out.weight.zero_()
            network.out.bias.zero_()
        generator.between_days.copy_(torch.eye(28))  # white days, so that the factors above are all there is
    stds = []
    for mode in ("default", "paper"):
        made = generator.transform.forward(generator.sample(condition, keys, [0], 1, mode=mode)[:, 0])
        stds.append(decompose(made, prior_weeks=0.0).residual.std())
    assert stds[1] / stds[0] == pytest.approx(0.1 * 1.0939, rel=0.01)


def test_few_midpoint_steps_are_close_to_a_fine_reference():
    generator, condition, keys = untrained(replace(SMALL, residual_steps=3))
    fine = untrained(GeneratorConfig(**(SMALL.to_dict() | {"daily_steps": 60, "weekly_steps": 60, "residual_steps": 60})))[0]
    fine.load_state_dict(generator.state_dict())
    y, exact = (g.transform.forward(g.sample(condition, keys, [0], 1)) for g in (generator, fine))
    paper = generator.transform.forward(generator.sample(condition, keys, [0], 1, mode="paper"))
    ours, theirs = np.abs(y - exact).mean(), np.abs(paper - exact).mean()
    assert ours < 0.01
    assert theirs > 3 * ours


def test_the_shipped_sizes_keep_to_the_budget_of_multiply_adds():
    generator, _, _ = untrained(GeneratorConfig())
    counted = multiply_adds(generator)
    assert counted["daily"] == 2 * 128 * generator.sizes.daily + 2 * 2 * 3 * 128 * 128
    assert counted["residual"] == 28 * (2 * 24 * 64 + 3 * 3 * 64 * 128) + 3 * 28 * 28 * 64
    assert sum(counted.values()) <= 3_000_000


@pytest.mark.parametrize("level", ["daily_steps", "weekly_steps", "residual_steps"])
def test_midpoint_asks_no_level_more_than_eight_times(level):
    asked = []
    midpoint(lambda x, t: asked.append(t) or x, torch.zeros(1), getattr(GeneratorConfig(), level))
    assert len(asked) <= 8
