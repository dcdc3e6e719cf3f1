"""What draws say about a ranking, by hand and against a plain loop."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspatial_core.planning.uncertainty import rank_uncertainty

UTILITY = np.array([[3.0, 1, 3, 3], [2, 2, 2, 2], [1, 3, 1, 9], [np.nan, 9, 9, 9]])
MEAN = np.array([[1.0, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 0], [1, 1, 1, 1]])
IDS = ["C", "A", "B", "D"]


@pytest.mark.parametrize(
    ("k", "sign", "expected"),
    [
        (1, 1, [0.75, 0, 0.25, np.nan]),
        (0, 1, [0, 0, 0, np.nan]),
        (9, 1, [1, 1, 0.75, np.nan]),
        (1, -1, [0.25, 0.25, 0.5, np.nan]),
    ],
)
def test_p_topk_by_hand(k: int, sign: int, expected: list[float]) -> None:
    np.testing.assert_array_equal(rank_uncertainty(UTILITY, MEAN, ids=IDS, k=k, floor=0.5, sign=sign).p_topk, expected)


def test_ranks_and_regret_by_hand() -> None:
    found = rank_uncertainty(UTILITY, MEAN, ids=IDS, k=1, floor=0.5)
    # places of C: 1, 3, 1, 1; of A: 2, 2, 2, 2; of B: 3, 1, 3 and, below the floor in the last draw, after the two others: 3
    np.testing.assert_array_equal(found.rank, [1, 2, 3, np.nan])
    np.testing.assert_array_equal(found.rank_p10, [1, 2, 1, np.nan])
    np.testing.assert_array_equal(found.rank_p90, [3, 2, 3, np.nan])
    # best of each draw that meets the floor: 3, 3, 3, 3; B's 9 of the last draw is better than that, which is no negative regret
    np.testing.assert_array_equal(found.regret, [0.5, 1.0, 1.0, np.nan])


def test_what_has_no_end_is_never_among_the_best() -> None:
    months = np.array([[12.0, np.inf], [20.0, 20.0]])
    found = rank_uncertainty(months, np.ones((2, 2)), ids=["A", "B"], k=1, floor=0, sign=-1)
    np.testing.assert_array_equal(found.p_topk, [0.5, 0.5])
    np.testing.assert_array_equal(found.regret, [np.inf, 4.0])
    np.testing.assert_array_equal(found.rank_p90, [2, 2])


def test_ties_are_broken_by_id() -> None:
    ties = np.ones((4, 3))
    found = rank_uncertainty(ties, ties, ids=["D", "B", "A", "C"], k=2, floor=0)
    np.testing.assert_array_equal(found.p_topk, [0, 1, 1, 0])
    np.testing.assert_array_equal(found.rank, [4, 2, 1, 3])
    np.testing.assert_array_equal(found.regret, 0)


def test_nothing_generated_yet_is_no_fault() -> None:
    assert rank_uncertainty(np.empty((0, 4)), np.empty((0, 4)), ids=[], k=3, floor=0).p_topk.shape == (0,)
    assert np.isnan(rank_uncertainty(np.empty((2, 0)), np.empty((2, 0)), ids=["A", "B"], k=3, floor=0).p_topk).all()


@given(st.integers(0, 10_000), st.integers(1, 12), st.integers(1, 9), st.integers(0, 14), st.sampled_from([1, -1]))
def test_against_a_plain_loop(seed: int, points: int, draws: int, k: int, sign: int) -> None:
    rng = np.random.default_rng(seed)
    values, mean = rng.normal(size=(points, draws)), rng.uniform(size=(points, draws))
    ids = [f"{i:02d}" for i in rng.permutation(points)]
    found = rank_uncertainty(values, mean, ids=ids, k=k, floor=0.4, sign=sign)
    hits, regret = np.zeros(points), np.zeros(points)
    for d in range(draws):
        fit = sorted((i for i in range(points) if mean[i, d] >= 0.4), key=lambda i: (-sign * values[i, d], ids[i]))
        best = fit[:k]
        hits[best] += 1 / draws
        if best:
            regret += np.maximum(0, sign * (values[best[-1], d] - values[:, d])) / draws
    np.testing.assert_allclose(found.p_topk, hits, atol=1e-12)
    np.testing.assert_allclose(found.regret, regret, atol=1e-12)
    assert (found.rank_p10 <= found.rank).all()
    assert (found.rank <= found.rank_p90).all()
    assert found.p_topk.sum() <= k + 1e-9
    assert (found.rank_p10 >= 1).all()
