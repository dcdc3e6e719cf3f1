"""The proven best set against every set there is, and against the greedy picks."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netspatial_core.planning.exact import best_set, conflicts

GRID = np.stack(np.meshgrid(np.arange(4.0), np.arange(3.0)), axis=-1).reshape(-1, 2) * 100


def every_set(utility: np.ndarray, points: np.ndarray, k: int, spacing: float, sign: int, cost=None, budget=np.inf, include=()):
    """The best set by trying all: most sites first, then the best sum."""
    for size in range(min(k, len(utility)), 0, -1):
        fit = [
            chosen
            for chosen in itertools.combinations(range(len(utility)), size)
            if all(np.hypot(*(points[a] - points[b])) >= spacing - 0.01 for a, b in itertools.combinations(chosen, 2))
            and (cost is None or cost[list(chosen)].sum() <= budget)
            and all(set(group) & set(chosen) for group in include)
        ]
        if fit:
            return max(sign * utility[list(chosen)].sum() for chosen in fit) * sign, size
    return 0.0, 0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 5), st.sampled_from([0.0, 101.0, 150.0, 250.0]), st.sampled_from([1, -1]))
def test_no_set_is_better(seed: int, k: int, spacing: float, sign: int) -> None:
    rng = np.random.default_rng(seed)
    utility, cost = rng.normal(size=len(GRID)), rng.uniform(1, 3, len(GRID))
    for more in ({}, {"cost": cost, "budget": 5.0}, {"include": (np.array([0, 1]),)}):
        found = best_set(utility, GRID, k, spacing, sign=sign, **more)
        value, size = every_set(utility, GRID, k, spacing, sign, **more)
        assert len(found.picks) == size
        assert found.value == pytest.approx(value, abs=1e-6)
        assert found.proven
        assert found.gap == pytest.approx(0, abs=1e-6)


@given(st.integers(0, 10_000), st.floats(1, 400))
def test_conflicts_are_exactly_the_pairs_that_are_too_near(seed: int, spacing: float) -> None:
    rng = np.random.default_rng(seed)
    points = GRID if seed % 2 else rng.uniform(0, 500, (20, 2))
    rows = conflicts(points, spacing).toarray().astype(bool)
    together = {(a, b) for row in rows for a, b in itertools.combinations(np.flatnonzero(row).tolist(), 2)}
    near = {
        (a, b) for a, b in itertools.combinations(range(len(points)), 2) if np.hypot(*(points[a] - points[b])) < spacing - 0.01
    }
    assert together == near


def test_the_greedy_trap() -> None:
    # the best cell in the middle forbids two good neighbours
    points, utility = np.array([[0.0, 0], [100, 0], [200, 0]]), np.array([5.0, 6.0, 5.0])
    found = best_set(utility, points, 2, 150.0)
    assert found.picks.tolist() == [0, 2]
    assert best_set(utility, points, 1, 150.0).picks.tolist() == [1]


def test_nothing_to_choose_from() -> None:
    assert len(best_set(np.empty(0), np.empty((0, 2)), 3, 100.0).picks) == 0
    assert len(best_set(np.ones(3), GRID[:3], 0, 100.0).picks) == 0


def test_what_cannot_be_is_said() -> None:
    # both groups lie within the spacing: no set holds one of each
    found = best_set(np.ones(2), GRID[:2], 2, 150.0, include=(np.array([0]), np.array([1])))
    assert len(found.picks) == 0
    assert found.proven
