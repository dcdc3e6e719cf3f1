"""Figures of an existing network by hand."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspatial_core.planning.network import (
    CLASSES,
    class_shares,
    density,
    gini,
    lorenz,
    mean_loads,
    network_state,
    top_share,
    utilisation_class,
)

NAN = np.nan


def test_a_network_in_figures_by_hand() -> None:
    traffic = np.array([[1, 3, NAN, 10], [0, 1, 1, 2], [NAN] * 4], dtype=np.float32)
    capacity = np.array([10.0, 10.0, 5.0])
    state = network_state(np.array([True, False, True]), 4.0, capacity, np.array([10.0, 2.0, NAN]), traffic)
    assert (state.stations, state.per_km2) == (3, 0.5)
    assert state.used == pytest.approx(12 / 20)
    assert state.under == pytest.approx(4 / 7)  # of the seven hours seen: .1, 0, .1, .1; .2 is used enough
    assert state.over == pytest.approx(1 / 7)
    assert state.top_tenth == pytest.approx((14 / 3) / (14 / 3 + 1))
    assert state.gini == pytest.approx(1 - 2 * (0.5 * 0.5 * (1 / (17 / 3)) + 0.5 * 0.5 * (1 + 1 / (17 / 3))))


def test_nothing_known_is_nan_and_no_crash() -> None:
    nothing = network_state(np.zeros(0, bool), 9.0, np.zeros(0), np.zeros(0), np.zeros((0, 0), np.float32))
    assert nothing.stations == nothing.per_km2 == 0
    assert np.isnan([nothing.used, nothing.under, nothing.over, nothing.gini, nothing.top_tenth]).all()
    assert np.isnan(class_shares(np.zeros((0, 0), np.float32), np.zeros(0))).all()
    assert np.isnan(mean_loads(np.full((1, 3), np.nan, np.float32))).all()


@pytest.mark.parametrize(
    ("used", "name"),
    [
        (0, "idle"),
        (0.1999, "idle"),
        (0.2, "low"),
        (0.59, "medium"),
        (0.6, "high"),
        (0.85, "hot"),
        (7, "hot"),
        (NAN, ""),
        (-1, ""),
    ],
)
def test_classes(used: float, name: str) -> None:
    assert utilisation_class(used) == name


def test_classes_leave_no_gap() -> None:
    edges = list(CLASSES.values())
    assert all(a[1] == b[0] for a, b in itertools.pairwise(edges))


def test_lorenz_and_gini_of_known_networks() -> None:
    stations, load = lorenz(np.array([3.0, 1.0, NAN]))
    assert stations.tolist() == [0, 0.5, 1]
    assert load.tolist() == [0, 0.25, 1]
    assert gini(np.array([2.0, 2.0, 2.0])) == pytest.approx(0)
    assert gini(np.array([0.0, 0.0, 0.0, 8.0])) == pytest.approx(0.75)  # (n - 1) / n
    assert top_share(np.array([1.0] * 9 + [11.0]), 0.1) == pytest.approx(0.55)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=40))
def test_gini_is_half_the_relative_mean_difference(loads: list[float]) -> None:
    values = np.array(loads)
    if values.sum() == 0:
        assert np.isnan(gini(values))
    else:
        expected = np.abs(values[:, None] - values).mean() / (2 * values.mean())
        assert gini(values) == pytest.approx(expected, abs=1e-9)


def test_shares_by_hour_of_the_week() -> None:
    traffic = np.full((3, 340), np.nan, np.float32)  # two weeks and four hours
    traffic[0, [0, 168, 336]] = [1, 1, 7]  # mean 3 of 10
    traffic[1, 0] = 1.0
    traffic[2, [0, 5]] = 9.5
    shares = class_shares(traffic, np.array([10.0, 10.0, 10.0]))
    np.testing.assert_allclose(shares[:, 0], [1 / 3, 1 / 3, 1 / 3])
    np.testing.assert_allclose(shares[:, 5], [0, 0, 1])
    assert np.isnan(shares[:, 1]).all()


def test_density_by_hand() -> None:
    stations = np.array([[0.0, 0.0], [400.0, 0.0], [2000.0, 0.0]])
    np.testing.assert_allclose(density(np.array([[0.0, 0.0], [5000.0, 0.0]]), stations), [2 / (np.pi * 0.25), 0])
    assert density(np.zeros((2, 2)), np.zeros((0, 2))).tolist() == [0, 0]
