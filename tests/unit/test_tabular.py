"""Standardisation of a site's plain numbers: by hand, with unknowns, clipped, and through JSON."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from netspatial_core.encoders.tabular import FEATURES, TabularEncoder
from netspatial_core.errors import InputError, WeightsError

TRAIN = np.array([[0.0, 10.0], [2.0, np.nan], [4.0, 30.0]])


def test_by_hand() -> None:
    """Column 1: mean 2, std sqrt(8/3). Column 2: mean 20, std 10; its unknown value is 0 and marked."""
    values, known = TabularEncoder.fit(TRAIN, ("a", "b")).encode(TRAIN)
    assert values[:, 0] == pytest.approx(np.array([-2, 0, 2]) / np.sqrt(8 / 3), abs=1e-6)
    assert values[:, 1].tolist() == [-1, 0, 1]
    assert known.tolist() == [[True, True], [True, False], [True, True]]


def test_values_beyond_training_are_clipped_to_its_range() -> None:
    encoder = TabularEncoder.fit(TRAIN, ("a", "b"))
    values, known = encoder.encode(np.array([[100.0, -100.0]]))
    assert values.tolist() == encoder.encode(np.array([[4.0, 10.0]]))[0].tolist()
    assert known.all()


def test_infinite_is_unknown() -> None:
    values, known = TabularEncoder.fit(TRAIN, ("a", "b")).encode(np.array([[np.inf, -np.inf]]))
    assert not values.any()
    assert not known.any()


def test_a_constant_feature_and_one_never_known_stay_finite() -> None:
    encoder = TabularEncoder.fit(np.array([[5.0, np.nan], [5.0, np.nan]]), ("a", "b"))
    values, known = encoder.encode(np.array([[5.1, 7.0]]))
    assert values.tolist() == [[0, 0]]  # both clipped to what was seen
    assert known.all()
    assert json.loads(json.dumps(encoder.to_json()))["std"][1] == 1


@given(
    hnp.arrays(np.float64, st.tuples(st.integers(1, 20), st.just(len(FEATURES))), elements=st.floats(-1e6, 1e6) | st.just(np.nan))
)
def test_whatever_is_encoded_is_finite_and_survives_json(raw: np.ndarray) -> None:
    encoder = TabularEncoder.fit(raw)
    values, known = encoder.encode(raw)
    assert np.isfinite(values).all()
    assert np.array_equal(known, ~np.isnan(raw))
    assert not values[~known].any()
    again = TabularEncoder.from_json(json.loads(json.dumps(encoder.to_json())))
    assert again == encoder
    assert again.features == FEATURES


def test_refusals() -> None:
    encoder = TabularEncoder.fit(TRAIN, ("a", "b"))
    with pytest.raises(InputError, match="a, b"):
        encoder.encode(np.zeros((1, 3)))
    for damage in ({"mean": [1.0]}, {"std": ["x", 1]}, {"lo": [float("nan"), 0]}, {"features": None}):
        with pytest.raises(WeightsError):
            TabularEncoder.from_json(encoder.to_json() | damage)
