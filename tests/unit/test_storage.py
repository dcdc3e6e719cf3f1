"""Embeddings in eight bits: rounded once, stored exactly, in steps of at most a 64th of a row's largest."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from netspatial_core.encoders.storage import narrow, pack, rounded, unpack

ROWS = arrays(
    np.float32,
    array_shapes(min_dims=2, max_dims=2, max_side=9),
    elements=st.floats(-1e4, 1e4, width=32, allow_subnormal=False).map(lambda x: 0.0 if abs(x) < 1e-6 else x),
)


@given(values=ROWS)
def test_rounding_is_done_once_and_fine(values: np.ndarray) -> None:
    once = rounded(values)
    np.testing.assert_array_equal(rounded(once), once)
    most = np.abs(values).max(axis=1, keepdims=True)
    assert (np.abs(once - values) <= most / 127 + 1e-12).all()


@given(values=ROWS)
def test_what_is_stored_comes_back(values: np.ndarray) -> None:
    kept = rounded(np.concatenate([values, values[:1]]))
    stored = pack("some", kept)
    assert len(stored["some"]) <= len(values)  # the row that repeats is kept once
    assert stored["some"].dtype == np.int8
    np.testing.assert_array_equal(unpack("some", stored), kept)


def test_a_row_by_hand() -> None:
    # 3 / 127 = 0.0236: the next power of two is 1/32, of which 3.0 takes 96
    np.testing.assert_allclose(rounded(np.array([[3.0, 0.05, -1.0]], np.float32)), [[3.0, 0.0625, -1.0]])
    np.testing.assert_array_equal(rounded(np.zeros((2, 3), np.float32)), 0)


@pytest.mark.parametrize(("largest", "kind"), [(0, np.uint8), (255, np.uint8), (256, np.uint16), (70000, np.uint32)])
def test_indices_take_the_smallest_type(largest: int, kind: type) -> None:
    assert narrow(np.array([0, largest])).dtype == kind
