import json
import multiprocessing
import os
import signal
import time
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch
from toy_traffic import LEARNS, splits, toy

from netspatial_core.errors import InputError, WeightsError
from netspatial_core.generator import train as module
from netspatial_core.generator.config import GeneratorConfig
from netspatial_core.generator.decompose import decompose
from netspatial_core.generator.ensemble import Condition
from netspatial_core.generator.train import CHECKPOINT, align_level, crps, train_generator

TINY = GeneratorConfig(
    hidden=16,
    daily_width=16,
    weekly_width=16,
    residual_width=16,
    residual_blocks=1,
    batch=16,
    repeats=1,
    validate_every=5,
    ema=0.9,
)


def fit(sites=40, config=TINY, seed=0, data=None, **options):
    embedding, tabular, traffic, _ = toy(sites) if data is None else data
    return train_generator(embedding, tabular, traffic, splits(len(traffic)), config, seed=seed, **options)


def same(a, b):
    mine, theirs = a.state_dict(), b.state_dict()
    return mine.keys() == theirs.keys() and all(bool((mine[key] == theirs[key]).all()) for key in mine)


def test_crps_is_the_mean_distance_less_half_the_mean_distance_of_pairs():
    rng = np.random.default_rng(0)
    draws, truth = rng.random((2, 5, 3)).astype(np.float32), rng.random((2, 3)).astype(np.float32)
    pairs = np.abs(draws[:, :, None] - draws[:, None]).sum(axis=(1, 2)) / (5 * 4)
    np.testing.assert_allclose(crps(draws, truth), np.abs(draws - truth[:, None]).mean(1) - pairs / 2, atol=1e-6)


def test_steps_and_seed_decide_the_weights():
    first, log = fit(steps=7)
    again, _ = fit(steps=7)
    other, _ = fit(steps=7, seed=1)
    assert same(first, again)
    assert not same(first, other)
    assert [entry["step"] for entry in log] == [5, 7]
    assert {"seconds", "daily", "weekly", "residual", "bnd", "tmp", "per", "bias", "peak", "corr", "val_crps"} <= set(log[0])
    json.dumps(log)


def test_the_residuals_prior_is_fitted_by_default_and_white_in_paper_mode():
    """The paper trains its residual from N(0, I), so nothing else may be sampled from what it trained."""
    white = torch.eye(28).repeat(24, 1, 1)
    fitted, _ = fit(steps=1)
    assert not torch.allclose(fitted.between_days, white, atol=0.05)
    paper, _ = fit(steps=1, config=replace(TINY, mode="paper"))
    assert torch.equal(paper.between_days, white)


def test_resumed_is_uninterrupted(tmp_path, monkeypatch):
    whole, log = fit(steps=20)
    monkeypatch.setattr(module, "CHECKPOINT_SECONDS", 0.0)

    def stop(done, line):
        if done > 0.4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(steps=20, out=tmp_path, on_progress=stop)
    assert [item.name for item in tmp_path.iterdir()] == [CHECKPOINT]
    resumed, again = fit(steps=20, out=tmp_path, resume=True)
    assert same(whole, resumed)
    assert [e["step"] for e in again] == [e["step"] for e in log]
    finished, _ = fit(steps=20, out=tmp_path, resume=True)
    assert same(whole, finished)


LONG, STEPS = replace(TINY, patience=100_000), 600  # steps: seconds, of which a kill takes away the most


def _train_until_killed(folder):
    module.CHECKPOINT_SECONDS = 0.0
    torch.set_num_threads(1)
    fit(steps=STEPS, out=folder, config=LONG)


def test_killed_and_resumed_ends_with_the_same_weights(tmp_path):
    """Killed with SIGKILL, whatever it is doing: the next run finds a whole checkpoint and ends as if nothing had happened."""
    worker = multiprocessing.get_context("spawn").Process(target=_train_until_killed, args=(tmp_path,))
    worker.start()
    deadline = time.monotonic() + 120
    while not (tmp_path / CHECKPOINT).exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()
    began = []
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        resumed, log = fit(steps=STEPS, out=tmp_path, resume=True, config=LONG, on_progress=lambda done, _: began.append(done))
        whole, all_of_it = fit(steps=STEPS, config=LONG)
    finally:
        torch.set_num_threads(threads)
    assert began[0] > TINY.validate_every / STEPS, "it went on, and did not begin again"
    assert same(whole, resumed)
    assert [entry["val_crps"] for entry in log] == [entry["val_crps"] for entry in all_of_it]


def test_a_checkpoint_of_another_run_or_none_at_all_is_refused(tmp_path):
    fit(steps=2, out=tmp_path)
    with pytest.raises(WeightsError, match="another run"):
        fit(steps=2, seed=1, out=tmp_path, resume=True)
    (tmp_path / CHECKPOINT).write_bytes(b"\x80\x04nonsense")
    with pytest.raises(WeightsError, match="cannot be read"):
        fit(steps=2, out=tmp_path, resume=True)


def test_the_clock_can_end_training_and_so_can_patience():
    began = time.monotonic()
    _, log = fit(minutes=0.01)
    assert time.monotonic() - began < 20
    assert log[-1]["step"] >= 1
    config = GeneratorConfig(**(TINY.to_dict() | {"patience": 1, "learning_rate": 0.0, "validate_every": 1}))
    _, log = fit(steps=500, config=config)
    assert log[-1]["step"] < 50


def test_the_test_split_is_never_looked_at():
    data = toy(40)
    first, _ = fit(steps=4, data=data)
    changed = data[2].copy()
    changed[splits(40) == "test"] *= 50
    second, _ = fit(steps=4, data=(data[0], data[1], changed, data[3]))
    assert same(first, second)


def test_gaps_short_series_and_dead_sites_are_taken_as_they_are():
    embedding, tabular, traffic, kind = toy(40, gaps=0.2)
    traffic[::3, 168:] = np.nan  # a third of the sites measured for a week only
    traffic[1] = 0
    traffic[4] = np.nan
    generator, log = fit(steps=6, data=(embedding, tabular, traffic, kind))
    assert all(np.isfinite(value) for value in log[-1].values())
    assert generator.hours == 672
    traffic[:, 200:] = np.nan  # nobody measured beyond the ninth day
    generator, _ = fit(steps=2, data=(embedding, tabular, traffic, kind))
    assert generator.hours == 168  # plans are of whole weeks


@pytest.mark.parametrize("options", [{}, {"steps": 1, "minutes": 1.0}])
def test_the_length_of_training_must_be_clear(options):
    with pytest.raises(InputError, match="length of training"):
        fit(**options)


def test_data_that_cannot_be_learned_from_is_refused():
    embedding, tabular, traffic, kind = toy(20)
    with pytest.raises(InputError, match="60 h"):
        fit(steps=1, data=(embedding, tabular, traffic[:, :60], kind))
    with pytest.raises(InputError, match="'train'"):
        train_generator(embedding, tabular, traffic, np.full(20, "test"), TINY, seed=0, steps=1)


@pytest.fixture(scope="module")
def learned():
    """A generator after a short training on a toy city of offices and homes."""
    embedding, tabular, traffic, _ = toy(400, hours=336)
    return train_generator(embedding, tabular, traffic, splits(400), LEARNS, seed=0, steps=300)[0]


def another_operator(sites=120):
    """The same kind of places under an operator of a third of the load, whose customers do everything three hours later."""
    embedding, tabular, traffic, _ = toy(sites, seed=8, hours=336)
    return embedding, tabular, np.roll(traffic, 3, axis=1) * np.float32(0.3)


def error_on(generator, data, rows):
    embedding, tabular, traffic = data
    condition = Condition(embedding, *tabular).take(rows)
    return float(crps(generator.sample(condition, [f"s{i}" for i in rows], range(8), 1), traffic[rows]).mean())


def test_twenty_stations_tune_it_to_another_operator(learned):
    data = another_operator()
    parts = np.array(["train"] * 20 + ["test"] * 100)
    few, rest = np.arange(20), np.arange(20, 120)
    condition = Condition(data[0], *data[1])
    level = align_level(learned, learned.config, condition.take(few), data[2][few], 0)
    tuned, _ = train_generator(*data, parts, learned.config.tuned({}), seed=0, steps=200, init=learned)
    anew, _ = train_generator(*data, parts, learned.config, seed=0, steps=200)
    before, aligned, after, alone = (error_on(generator, data, rest) for generator in (learned, level, tuned, anew))
    climate = crps(np.broadcast_to(data[2][few], (100, 20, 336)), data[2][rest]).mean()
    assert aligned < 0.5 * before
    assert after < 0.9 * aligned
    assert after < min(alone, climate)


def test_the_level_moves_by_one_factor_and_nothing_else_does(learned):
    embedding, tabular, _, _ = toy(30, seed=4, hours=336)
    condition, order = Condition(embedding, *tabular), np.random.default_rng(0).permutation(30)
    keys = [f"level-{i}" for i in order]  # its own draws, so that the level is known exactly
    made = learned.sample(condition.take(order), keys, range(8), 0)
    level = np.exp(np.log(made.sum(axis=2, dtype=float)).mean(axis=1)) / made[:, 0].sum(axis=1, dtype=float)
    traffic = np.empty_like(made[:, 0])
    traffic[order] = made[:, 0] * level[:, None]
    assert align_level(learned, learned.config, condition, traffic, 0).transform.mu == pytest.approx(
        learned.transform.mu, abs=1e-5
    )
    moved = align_level(learned, learned.config, condition, np.float32(0.01) * traffic, 0)
    assert same(learned, moved)
    y = torch.linspace(learned.transform.bottom, learned.transform.top + 1, 50)
    torch.testing.assert_close(moved.transform.inverse(y), 0.01 * learned.transform.inverse(y), rtol=1e-4, atol=1e-7)
    assert moved.transform.scale == pytest.approx(0.01 * learned.transform.scale, rel=1e-4)


def test_the_level_of_its_own_draws_stays(learned):
    """Draws of its own, under other keys: what it would carry itself is no reason to move."""
    embedding, tabular, _, _ = toy(120, seed=4, hours=336)
    condition = Condition(embedding, *tabular)
    truth = learned.sample(condition, [f"truth-{i}" for i in range(120)], [0], 5)[:, 0]
    gaps = truth.copy()
    gaps[:, ::2] = np.nan
    for traffic in (truth, gaps):
        assert align_level(learned, learned.config, condition, traffic, 0).transform.mu == pytest.approx(
            learned.transform.mu, abs=0.12
        )


def test_a_tuned_run_resumes_and_keeps_the_calibration_of_its_start(learned, tmp_path):
    data, parts = another_operator(40), np.array(["train"] * 20 + ["test"] * 20)
    start = deepcopy(learned)
    start.temperature = 1.4
    config = learned.config.tuned({})

    def tune(init=start, **more):
        return train_generator(*data, parts, config, seed=0, steps=4, init=init, out=tmp_path, **more)[0]

    whole = tune()
    assert same(whole, tune(resume=True))
    assert whole.temperature == 1.4
    start.transform = replace(start.transform, mu=start.transform.mu + 1)  # the same weights, another start
    with pytest.raises(WeightsError, match="another run"):
        tune(resume=True)


def test_tuning_with_val_sites_never_ends_worse_than_it_began(learned):
    """Weights that only get worse lose the election to those of the start."""
    embedding, tabular, traffic, _ = toy(60, seed=3, hours=336)
    wild = learned.config.tuned({"learning_rate": 30.0, "validate_every": 2, "ema": 0.5})
    tuned, _ = train_generator(embedding, tabular, traffic, splits(60), wild, seed=0, steps=6, init=learned)
    assert same(learned, tuned)


def test_another_shape_or_mode_cannot_be_tuned():
    with pytest.raises(InputError, match="hidden 16, not 32"):
        TINY.tuned({"hidden": 32})
    with pytest.raises(InputError, match="mode default, not paper"):
        TINY.tuned({"mode": "paper"})
    assert TINY.tuned({"ema": 0.5}).ema == 0.5


def test_it_learns_who_peaks_when_and_how_much_they_vary(learned):
    """After a short training, held-out places differ as they should."""
    generator = learned
    embedding, tabular, traffic, kind = toy(400, hours=336)
    test = np.flatnonzero(splits(400) == "test")
    condition = Condition(embedding, *tabular).take(test)
    made = generator.sample(condition, [f"t{i}" for i in test], range(8), 1)
    real, office = traffic[test], kind[test] == 0

    week = lambda x: x.reshape(*x.shape[:-1], 2, 7, 24)  # noqa: E731
    ratio = lambda x: week(x)[..., :5, :].mean((-1, -2, -3)) / week(x)[..., 5:, :].mean((-1, -2, -3))  # noqa: E731
    assert np.median(ratio(made[office])) > 1.5 > 1.0 > np.median(ratio(made[~office]))
    day = week(made)[..., :5, :].mean(axis=(1, 2, 3))
    assert np.abs(np.median(day[office].argmax(1)) - 11) <= 1
    assert np.abs(np.median(day[~office].argmax(1)) - 21) <= 1
    assert (day[:, 3] < 0.6 * day.max(axis=1)).mean() > 0.95

    y, y_made = generator.transform.forward(real), generator.transform.forward(made[:, 0])
    shares = [decompose(y_made[group]).residual.std() / decompose(y[group]).residual.std() for group in (office, ~office)]
    assert 0.7 < min(shares) < max(shares) < 1.35
    assert decompose(y_made[office]).residual.std() > 1.1 * decompose(y_made[~office]).residual.std()
    score = crps(made, real).mean()
    climatology = crps(np.broadcast_to(traffic[:100], (len(test), 100, 336)), real).mean()
    assert score < 0.75 * climatology
    low, high = np.quantile(made, [0.1, 0.9], axis=1, method="weibull")
    assert 0.6 < ((real >= low) & (real <= high)).mean() < 0.95
