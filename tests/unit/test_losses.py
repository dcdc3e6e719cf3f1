from dataclasses import replace

import numpy as np
import pytest
import torch
from toy_traffic import toy

from netspatial_core.generator.config import AUXILIARY, GeneratorConfig
from netspatial_core.generator.ensemble import Condition
from netspatial_core.generator.losses import (
    bias,
    boundary,
    correlation,
    flow_matching,
    losses,
    masked_mean,
    periodic,
    temporal,
    total,
)
from netspatial_core.generator.losses import residual_matching as matching
from netspatial_core.generator.train import new_generator, targets

SMALL = GeneratorConfig(hidden=16, daily_width=16, weekly_width=16, residual_width=16, repeats=2)


def prepared(gaps=0.0, config=SMALL):
    torch.manual_seed(1)
    embedding, tabular, traffic, _ = toy(24, gaps=gaps)
    condition = Condition(embedding, *tabular)
    generator = new_generator(condition, traffic, np.ones(24, bool), config)
    return generator, targets(generator, condition, traffic)


def test_by_hand():
    y, m = torch.tensor([[1.0, 2.0, 4.0, 9.0]]), torch.tensor([[1.0, 1.0, 1.0, 0.0]])
    guess = torch.tensor([[2.0, 2.0, 2.0, 0.0]])
    assert float(masked_mean(y, m)) == pytest.approx(7 / 3)
    assert float(masked_mean(y, 0 * m)) == 0
    assert float(flow_matching(torch.tensor([[1.0, 3.0]]), torch.zeros(1, 2), torch.tensor([0.5, 1.5]))) == pytest.approx(
        (0.5 + 13.5) / 2
    )
    assert float(boundary(torch.tensor([[-3.0, 0.0, 5.0]]), -1.0, 2.0)) == pytest.approx((4 + 9) / 3)
    assert float(temporal(guess, y, m)) == pytest.approx(((0 - 1) ** 2 + (0 - 2) ** 2) / 2)
    assert float(bias(guess, y, m)) == pytest.approx((2 - 7 / 3) ** 2)
    assert float(correlation(3 * y + 1, y, m)) == pytest.approx(0, abs=1e-5)
    assert float(correlation(-y, y, m)) == pytest.approx(2, abs=1e-5)


def test_periodic_sees_a_week_that_disagrees_with_its_day_and_a_residual_with_a_week():
    daily, weekly = torch.zeros(1, 48), torch.zeros(1, 168)
    residual, measured = torch.zeros(1, 336), torch.ones(1, 336)
    assert float(periodic(weekly, daily, residual, residual, measured)) == 0
    raised = weekly.clone()
    raised[0, :24] = 5.0  # Monday alone: the mean weekday rises by 1 in each of its 24 of 48 hours
    assert float(periodic(raised, daily, residual, residual, measured)) == pytest.approx(0.5)
    repeated = residual.clone()
    repeated[0, [3, 171]] = 2.0  # Monday 03:00 of both weeks
    assert float(periodic(weekly, daily, repeated, residual, measured)) == pytest.approx(4 / 168)
    once = residual.clone()
    once[0, [3, 171]] = torch.tensor([2.0, -2.0])  # averages out
    assert float(periodic(weekly, daily, once, residual, measured)) == 0


def test_gaps_tell_the_residual_level_nothing():
    generator, _ = prepared()
    velocity, target = torch.randn(28, 3, 24), torch.randn(28, 3, 24)
    measured = torch.ones(28, 3, 24)
    measured[5, 1] = 0
    moved = velocity.clone()
    moved[5, 1] += 100
    torch.testing.assert_close(matching(moved, target, measured, generator), matching(velocity, target, measured, generator))
    assert float(matching(velocity, velocity, measured, generator)) == 0


def test_days_with_gaps_count_as_much_as_whole_ones():
    generator, _ = prepared()
    torch.manual_seed(0)
    velocity, target = torch.randn(28, 200, 24), torch.randn(28, 200, 24)
    holes = (torch.rand(28, 200, 24) < 0.9).float()
    assert float(matching(velocity, target, torch.ones(28, 200, 24), generator)) == pytest.approx(2, rel=0.02)
    assert float(matching(velocity, target, holes, generator)) == pytest.approx(2, rel=0.02)


@pytest.mark.parametrize("gaps", [0.0, 0.3])
def test_every_loss_is_finite_and_every_level_learns_from_its_own(gaps):
    generator, batch = prepared(gaps)
    parts = losses(generator, batch, torch.Generator().manual_seed(0))
    assert set(parts) == {"daily", "weekly", "residual", *AUXILIARY}
    assert all(bool(value.isfinite()) for value in parts.values())
    for loss, level in (("daily", 1), ("weekly", 2), ("residual", 3)):
        generator.zero_grad()
        parts[loss].backward(retain_graph=True)
        for number in (1, 2, 3):
            gradient = getattr(generator, f"level{number}").out.weight.grad
            assert (gradient is not None and bool(gradient.abs().sum() > 0)) == (number == level)


@pytest.mark.parametrize(
    ("loss", "reached"), [("tmp", {2, 3}), ("per", {2, 3}), ("bias", {1, 2, 3}), ("corr", {1, 2, 3}), ("peak", set())]
)
def test_which_levels_an_auxiliary_loss_reaches(loss, reached):
    generator, batch = prepared()
    losses(generator, batch, torch.Generator().manual_seed(0))[loss].backward()
    found = {
        n for n in (1, 2, 3) if (g := getattr(generator, f"level{n}").out.weight.grad) is not None and bool(g.abs().sum() > 0)
    }
    assert found == reached
    assert (generator.peak.weight.grad is not None) == (loss == "peak" or 3 in reached)


@pytest.mark.parametrize("loss", ["tmp", "per", "bias", "corr"])
def test_paper_mode_judges_the_sampler_through_all_of_its_steps(loss):
    """Algorithm 1, line 10: what level 1 sampled is part of these losses, so its network gets a gradient from each."""
    generator, batch = prepared(config=replace(SMALL, mode="paper", unroll=1.0))
    losses(generator, batch, torch.Generator().manual_seed(0))[loss].backward()
    for n in (1, 2, 3):
        gradient = getattr(generator, f"level{n}").out.weight.grad
        reached = gradient is not None and bool(gradient.abs().sum() > 0)
        assert reached, n


@pytest.mark.parametrize(("mode", "unroll", "expected"), [("paper", 0.25, 50), ("paper", 0.0, 0), ("default", 1.0, 0)])
def test_the_sampler_is_unrolled_on_the_stated_share_of_batches(mode, unroll, expected, monkeypatch):
    generator, batch = prepared(config=replace(SMALL, mode=mode, unroll=unroll))
    run, levels = [], generator.levels
    monkeypatch.setattr(generator, "levels", lambda *parts: run.append(1) or levels(*parts))
    random = torch.Generator().manual_seed(0)
    few = batch.take(torch.arange(2))
    with torch.no_grad():
        for _ in range(200):
            losses(generator, few, random)
        losses(generator, few, random, augment=False)  # validation never does
    assert len(run) == pytest.approx(expected, abs=15 if expected else 0)


def test_descending_each_auxiliary_loss_alone_does_what_it_is_for():
    """Every loss falls when it alone is followed, on a batch and noise that stay the same."""
    for name in AUXILIARY:
        generator, batch = prepared()
        if name == "bnd":  # nothing is out of bounds at first
            generator.transform = replace(generator.transform, top=0.5)
        optimiser = torch.optim.Adam(generator.parameters(), lr=1e-2)
        seen = []
        for _ in range(12):
            loss = losses(generator, batch, torch.Generator().manual_seed(0), augment=False)[name]
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            seen.append(float(loss.detach()))
        assert seen[-1] < 0.97 * seen[0], (name, seen)


def test_the_total_is_the_weighted_sum():
    parts = {name: torch.tensor(1.0) for name in ("daily", "weekly", "residual", "bnd", "peak")}
    assert float(total(parts, {"bnd": 0.25, "peak": 0.5})) == pytest.approx(3.75)


def test_validation_repeats_itself_and_training_does_not_see_the_same_condition_twice():
    generator, batch = prepared()
    calm = [float(losses(generator, batch, torch.Generator().manual_seed(3), augment=False)["peak"].detach()) for _ in range(2)]
    assert calm[0] == calm[1]
    noisy = [float(losses(generator, batch, torch.Generator().manual_seed(s))["peak"].detach()) for s in (1, 2)]
    assert noisy[0] != noisy[1]
