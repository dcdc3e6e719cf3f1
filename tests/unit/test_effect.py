"""What a scenario does to loads: by hand on a line of stations, and what always holds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from netspatial_core.planning.effect import effect, located
from netspatial_core.planning.field import DemandField

REACH = 300.0
STATIONS = np.array([[0.0, 0.0], [400.0, 0.0]])
PLACES = np.array([[-50.0, 0.0], [100.0, 0.0], [300.0, 0.0], [650.0, 0.0], [900.0, 0.0]])
LOAD = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
NOW = np.array([0, 0, 1, 1, -1])  # the last lies 500 m from the nearest station
ALL_ON = np.ones(2, dtype=bool)
UNKNOWN = np.full(2, np.nan)


def ground(load: np.ndarray = LOAD, places: np.ndarray = PLACES, served: np.ndarray = NOW) -> DemandField:
    return DemandField(places, load, csr_array(np.ones((1, len(places)))), served)


def test_nothing_changes_without_a_change() -> None:
    made = effect(ground(), STATIONS, UNKNOWN, ALL_ON, np.empty((0, 2)), REACH)
    np.testing.assert_allclose(made.before, [3.0, 7.0])
    np.testing.assert_allclose(made.after, made.before)
    assert made.fresh == made.dropped == 0


def test_a_site_takes_what_is_nearest_to_it() -> None:
    made = effect(ground(), STATIONS, UNKNOWN, ALL_ON, np.array([[700.0, 0.0]]), REACH)
    np.testing.assert_allclose(made.after, [3.0, 3.0])
    np.testing.assert_allclose(made.sites, [9.0])
    assert made.fresh == 5.0


def test_a_station_that_is_off_hands_over_what_the_others_reach() -> None:
    made = effect(ground(), STATIONS, UNKNOWN, np.array([True, False]), np.empty((0, 2)), REACH)
    np.testing.assert_allclose(made.after, [6.0, 0.0])  # 300 m is reached still, 650 m is not
    assert made.dropped == 4.0


def test_what_is_observed_holds_before_any_change() -> None:
    observed = np.array([1.5, 10.0])  # half of what the ground says; 3 more than it says
    places, load, served = located(ground(), STATIONS, observed)
    np.testing.assert_allclose(load, [0.5, 1.0, 3.0, 4.0, 5.0, 3.0])
    np.testing.assert_allclose(places[5], STATIONS[1])
    assert served[5] == 1
    made = effect(ground(), STATIONS, observed, np.array([True, False]), np.empty((0, 2)), REACH)
    np.testing.assert_allclose(made.before, observed)
    np.testing.assert_allclose(made.after, [4.5, 0.0])  # the mast of the second lies beyond reach of the first
    assert made.dropped == pytest.approx(7.0)


def test_what_no_candidate_sees_lies_right_around_the_mast() -> None:
    field = DemandField(PLACES, LOAD, csr_array(np.array([[0.0, 1.0, 1.0, 1.0, 1.0]])), NOW)
    _, load, _ = located(field, STATIONS, np.array([10.0, 7.0]))
    np.testing.assert_allclose(load, [8.0, 2.0, 3.0, 4.0, 5.0])  # 3 were seen of 10: the other 7 lie where nobody looked


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 4))
def test_demand_is_neither_made_nor_lost_and_a_site_never_adds_to_a_neighbour(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    stations, places, sites = rng.uniform(0, 1500, (5, 2)), rng.uniform(0, 1500, (80, 2)), rng.uniform(0, 1500, (count, 2))
    away = np.hypot(*(places[:, None] - stations[None]).transpose(2, 0, 1))
    served = np.where(away.min(axis=1) <= REACH, away.argmin(axis=1), -1)
    field, observed = (
        ground(rng.exponential(1, 80), places, served),
        np.where(rng.random(5) < 0.5, rng.exponential(10, 5), np.nan),
    )
    made = effect(field, stations, observed, np.ones(5, dtype=bool), sites, REACH)
    np.testing.assert_allclose(made.before[np.isfinite(observed)], observed[np.isfinite(observed)])
    assert (made.after <= made.before + 1e-9).all()
    assert made.sites.sum() + made.after.sum() == pytest.approx(made.before.sum() + made.fresh)
    assert made.dropped == 0
