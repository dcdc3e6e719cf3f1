"""The demand of the ground, found backwards, and sites that are chosen together over it."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netspatial_core.catchment import assign
from netspatial_core.planning.field import DemandField, demand_field
from netspatial_core.planning.joint import choose_together

REACH = 300.0
CELLS = np.stack(np.meshgrid(np.arange(50.0, 1000, 100), np.arange(50.0, 1000, 100)), axis=-1).reshape(-1, 2)


def carried(masses: np.ndarray, load: np.ndarray, points: np.ndarray, stations: np.ndarray) -> np.ndarray:
    """What a site at each point would carry if it alone were added, by brute force."""
    away = np.hypot(*(masses[:, None] - stations[None]).transpose(2, 0, 1)).min(axis=1, initial=np.inf)
    near = np.hypot(*(points[:, None] - masses[None]).transpose(2, 0, 1))
    return ((near <= np.minimum(away, REACH)) * load).sum(axis=1)


@pytest.fixture(scope="module")
def town() -> tuple[np.ndarray, np.ndarray, np.ndarray, DemandField]:
    """Masses and their load, stations, and the field that is found from loads alone."""
    rng = np.random.default_rng(3)
    masses, load = rng.uniform(0, 1000, (900, 2)), rng.lognormal(0, 0.8, 900)
    stations = np.array([[250.0, 300.0], [700.0, 650.0], [820.0, 180.0]])
    served = assign(masses, stations, REACH)
    each = np.array([load[served == k].sum() for k in range(3)])
    return masses, load, stations, demand_field(CELLS, carried(masses, load, CELLS, stations), stations, each, REACH)


def test_the_field_carries_what_was_asked(town: tuple[np.ndarray, np.ndarray, np.ndarray, DemandField]) -> None:
    masses, load, stations, field = town
    wanted = carried(masses, load, CELLS, stations)
    made = field.reaches @ field.load
    assert np.abs(made - wanted).sum() < 0.1 * wanted.sum()
    assert (field.load >= 0).all()
    one = field.carried(np.array([7]))
    assert one == pytest.approx(made[7])


def test_what_sites_carry_together_and_stations_lose(town: tuple[np.ndarray, np.ndarray, np.ndarray, DemandField]) -> None:
    masses, load, stations, field = town
    before = assign(masses, stations, REACH)
    for chosen in ([22, 23], [11, 77], [44, 45, 54]):
        after = assign(masses, np.vstack([stations, CELLS[chosen]]), REACH)
        together = load[after >= 3].sum()
        lost = np.array([load[(before == k) & (after != k)].sum() for k in range(3)])
        assert field.carried(np.array(chosen)) == pytest.approx(together, rel=0.25)
        assert np.abs(field.lost(np.array(chosen), 3) - lost).sum() < 0.3 * max(lost.sum(), 30)
    fresh = load[before < 0]
    alone = carried(masses[before < 0], fresh, CELLS, np.empty((0, 2)))
    share = alone / np.maximum(carried(masses, load, CELLS, stations), 1e-9)
    assert np.median(np.abs(field.fresh - share)) < 0.1


def test_without_stations_everything_is_fresh() -> None:
    field = demand_field(CELLS, np.ones(len(CELLS)), np.empty((0, 2)), np.empty(0), REACH)
    np.testing.assert_allclose(field.fresh, 1.0)
    assert len(field.lost(np.array([1]), 0)) == 0


def test_cells_without_traffic_and_stations_without_load_are_no_witnesses() -> None:
    loads = np.full(len(CELLS), 5.0)
    loads[::3] = np.nan
    field = demand_field(CELLS, loads, np.array([[500.0, 500.0]]), np.array([np.nan]), REACH)
    assert np.isfinite(field.load).all()
    assert field.carried(np.array([0])) > 0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 6), st.sampled_from([0.0, 150.0, 250.0]), st.booleans())
def test_gains_fall_and_add_up(seed: int, k: int, spacing: float, fresh: bool) -> None:
    rng = np.random.default_rng(seed)
    field = demand_field(CELLS, rng.uniform(1, 9, len(CELLS)), rng.uniform(0, 1000, (2, 2)), np.array([20.0, 30.0]), REACH)
    allowed = rng.random(len(CELLS)) < 0.7
    joint = choose_together(field, CELLS, k, spacing, allowed=allowed, fresh=fresh)
    assert len(set(joint.picks.tolist())) == len(joint.picks) <= k
    assert allowed[joint.picks].all()
    assert (np.diff(joint.gain) <= 1e-9).all() or spacing > 0
    if not fresh:
        assert joint.total == pytest.approx(field.carried(joint.picks))
    assert all(np.hypot(*(CELLS[a] - CELLS[b])) >= spacing - 0.01 for a, b in itertools.combinations(joint.picks, 2))


def test_greedy_is_near_the_best_pair(town: tuple[np.ndarray, np.ndarray, np.ndarray, DemandField]) -> None:
    field = town[3]
    best = max(field.carried(np.array(pair)) for pair in itertools.combinations(range(0, 100, 3), 2))
    allowed = np.zeros(100, dtype=bool)
    allowed[::3] = True
    found = choose_together(field, CELLS, 2, allowed=allowed)
    assert found.total >= 0.75 * best  # 1 - (1 - 1/2)^2, the bound for two
    alone = np.argsort(-(field.reaches @ field.load) * allowed)[:2]
    assert found.total >= field.carried(alone) - 1e-9
