"""How far a place is from the training: distances by hand, and scores that say what they claim."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_traffic import toy

from netspatial_core.encoders.tabular import TabularEncoder
from netspatial_core.errors import InputError, WeightsError
from netspatial_core.generator.config import GeneratorConfig
from netspatial_core.generator.ensemble import Condition
from netspatial_core.generator.model import RANGE, Model
from netspatial_core.generator.train import new_generator
from netspatial_core.planning.trust import Trust
from netspatial_core.training import training_range
from netspatial_core.training_range import LEVELS, MOST, NEAREST, TELLING, TrainingRange


def places(count: int, seed: int, dim: int = 8) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(count, dim))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_the_distance_by_hand() -> None:
    """Six stations on a line, one unit of spread apart from each other: the mean of the five nearest."""
    line = np.zeros((6, 2), dtype=np.float32)
    line[:, 0] = np.arange(6)
    made = TrainingRange(np.zeros(2, np.float32), np.array([1.0, 2.0], np.float32), line, np.zeros(LEVELS, np.float32))
    far = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 6.0]], dtype=np.float32)  # the second axis counts half
    expected = [np.mean([0, 1, 2, 3, 4]), np.mean([5, 6, 7, 8, 9]), np.mean([np.hypot(3, k) for k in range(5)])]
    np.testing.assert_allclose(made.distance(far), expected, rtol=1e-6)


def test_unseen_stations_are_spread_evenly_and_what_is_far_is_beyond_all() -> None:
    made = TrainingRange.fit(places(400, 1), places(300, 2))
    score = made.score(places(2000, 3))
    assert 0.35 < score.mean() < 0.65
    assert np.quantile(score, [0.25, 0.75]) == pytest.approx([0.25, 0.75], abs=0.12)
    assert (made.score(8 * places(20, 4)) == 1).all()
    assert len(made.score(places(0, 1))) == 0


@given(seed=st.integers(0, 100), shift=st.floats(-3, 3), stretch=st.floats(0.1, 10))
@settings(deadline=None, max_examples=20)
def test_the_unit_of_the_embedding_does_not_matter(seed: int, shift: float, stretch: float) -> None:
    train, unseen, asked = (places(50, seed + i) for i in range(3))
    plain = TrainingRange.fit(train, unseen).score(asked)
    moved = TrainingRange.fit(*(part * np.float32(stretch) + np.float32(shift) for part in (train, unseen)))
    np.testing.assert_allclose(moved.score(asked * np.float32(stretch) + np.float32(shift)), plain, atol=0.02)


def test_many_stations_are_thinned_and_too_few_are_refused() -> None:
    assert len(TrainingRange.fit(places(MOST + 10, 1), places(10, 2)).stations) == MOST
    with pytest.raises(InputError, match="4 train and 1 val"):
        TrainingRange.fit(places(NEAREST - 1, 1), places(1, 2))


def test_a_model_keeps_it_and_notices_when_it_is_altered(tmp_path: Path) -> None:
    torch.manual_seed(0)
    _, tabular, traffic, _ = toy(20)
    config = GeneratorConfig(hidden=8, daily_width=8, weekly_width=8, residual_width=8)
    generator = new_generator(Condition(None, *tabular), traffic, np.ones(20, bool), config)
    encoder = TabularEncoder.fit(tabular[0].astype(np.float64), ("a", "b"))
    known = TrainingRange.fit(places(40, 1), places(20, 2))
    saved = Model("m", generator, encoder, None, {}, known=known).save(tmp_path / "m")
    loaded = Model.load(tmp_path / "m")
    assert loaded.sha256 == saved.sha256
    assert loaded.known is not None
    np.testing.assert_array_equal(loaded.known.score(places(9, 3)), known.score(places(9, 3)))
    assert RANGE in (tmp_path / "m" / "card.md").read_text()
    file = tmp_path / "m" / RANGE
    file.write_bytes(file.read_bytes()[:-4] + b"\0\0\0\0")
    with pytest.raises(WeightsError, match="SHA-256"):
        Model.load(tmp_path / "m")
    assert Model("n", generator, encoder, None, {}).save(tmp_path / "n").known is None
    assert Model.load(tmp_path / "n").known is None


def test_a_cell_is_strange_beyond_nearly_all() -> None:
    assert Trust().strange is None
    strange = Trust(np.array([0.0, 0.98, 0.995, np.nan])).strange
    assert strange is not None
    assert strange.tolist() == [False, False, True, False]


def test_the_range_of_a_training_counts_stations_with_traffic_and_needs_a_hundred_that_were_not_trained_on() -> None:
    embedding = places(220, 1)
    split = np.array(["train"] * 100 + ["val"] * (TELLING + 10) + ["test"] * 10)
    traffic = np.ones((220, 24), dtype=np.float32)
    traffic[95:105] = 0
    found = training_range(embedding, traffic, split)
    assert found is not None
    assert found[1] == {"train": 95, "val": TELLING + 5}
    assert len(found[0].stations) == 95
    traffic[105:112] = np.nan
    assert training_range(embedding, traffic, split) is None
