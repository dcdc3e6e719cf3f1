"""Limits of a selection: each bars, prices or demands what it says, and says so where it cannot be met."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from netspatial_core.area import StudyArea
from netspatial_core.planning.limits import GridLimits, Limits, Wanted, lay
from netspatial_core.planning.picking import Proof, exact, greedy
from netspatial_core.planning.selection import Selection, select
from netspatial_core.planning.view import Choice, view
from netspatial_core.planning.zones import Zone
from tests.unit.plan_views import pieces, plan_view

AREA = StudyArea.from_centre(121.47, 31.23, 0.5)
LINE = np.column_stack([np.arange(6) * 100.0, np.zeros(6)])
IDS = [f"R01C{i:02d}" for i in range(1, 7)]


def columns(first: int, last: int) -> shapely.Geometry:
    """Columns of the 5 x 5 cells, from 0 in the west."""
    west, south, east, north = AREA.bounds_wgs84()
    wide = (east - west) / 5
    return shapely.box(west + first * wide, south, west + last * wide, north)


def over(barred=None, cost=None, budget=np.inf, wanted=(), spacing_m=0.0) -> GridLimits:
    names = [Wanted(f"Z{i}", np.isin(np.arange(6), cells)) for i, cells in enumerate(wanted)]
    return GridLimits(
        spacing_m,
        np.full(6, "") if barred is None else np.array(barred),
        np.ones(6) if cost is None else np.array(cost, dtype=float),
        budget,
        tuple(names),
    )


def choose(values, limits: GridLimits, k=3, method=greedy) -> Selection:
    values = np.array(values, dtype=float)
    picker = greedy(LINE, k, limits) if method is greedy else exact(values, 1, LINE, k, limits)
    return select(
        values,
        ids=IDS,
        points=LINE,
        reasons=np.full(6, ""),
        mean_load=np.ones(6),
        k=k,
        floor=0.0,
        limits=limits,
        picker=picker,
    )


def test_limits_over_a_grid() -> None:
    grid = AREA.grid
    points = grid.centres
    zones = (
        Zone("exclude", columns(0, 1), "yard"),
        Zone("cost", columns(1, 3), "old town", 5.0),
        Zone("cost", columns(2, 3), "rock", 9.0),
        Zone("include", columns(3, 4), "fair"),
    )
    laid = lay(Limits(200.0, 120.0, 30.0, zones), grid, points, points[[24]], cost=2.0)
    near = np.hypot(*(points - points[24]).T) < 119
    assert near.sum() == 3
    assert (laid.barred[near] == "within 120 m of a station").all()
    assert (laid.barred[grid.columns == 1] == "in zone yard").all()
    assert [set(laid.cost[grid.columns == c]) for c in range(1, 6)] == [{2.0}, {5.0}, {9.0}, {2.0}, {2.0}]
    assert laid.wanted[0].name == "fair"
    assert set(grid.columns[laid.wanted[0].cells]) == {4}
    assert (laid.spacing_m, laid.budget) == (200.0, 30.0)
    assert lay(Limits(), grid, points, points[:0], cost=2.0).budget == np.inf


def test_barred_cells_keep_their_reason_and_are_not_ranked() -> None:
    s = choose([9, 8, 7, 6, 5, 4], over(barred=["in zone A", "", "", "", "", ""]))
    assert s.picks.tolist() == [1, 2, 3]
    assert s.reasons[0] == "in zone A"
    assert s.rank.tolist() == [0, 1, 2, 3, 4, 5]


def test_a_budget_leaves_out_what_it_does_not_pay_for() -> None:
    s = choose([9, 8, 7, 6, 5, 4], over(cost=[5, 6, 1, 1, 1, 1], budget=7.0))
    assert s.picks.tolist() == [0, 2, 3]
    assert s.reasons.tolist() == ["", "costs 6, and 0 of the budget are left", "", "", "beyond K = 3", "beyond K = 3"]
    s = choose([9, 8, 7, 6, 5, 4], over(cost=[5, 6, 4, 4, 4, 4], budget=8.0))
    assert (s.picks.tolist(), s.binding) == ([0], "budget")
    assert s.notices[0] == "1 of 3 sites: the budget of 8 pays for no more, 3 are left; raise it."


def test_a_zone_gets_its_site_before_all_others() -> None:
    s = choose([9, 8, 7, 6, 5, 4], over(wanted=[[4, 5]]))
    assert s.picks.tolist() == [0, 1, 4]
    assert (s.binding, s.notices) == ("", ())
    assert choose([9, 8, 7, 6, 5, 4], over(wanted=[[0, 5]])).picks.tolist() == [0, 1, 2]  # it has one anyway
    assert choose([9, 8, 7, 6, 5, 4], over(wanted=[[4], [4, 5]])).picks.tolist() == [0, 1, 4]  # one site serves both


@pytest.mark.parametrize(
    ("limits", "k", "words"),
    [
        ({"wanted": [[]]}, 3, "Z0 has no site: no cell lies in it"),
        ({"wanted": [[5]], "barred": ["", "", "", "", "", "in zone A"]}, 3, "none of its 1 cell can be picked"),
        ({"wanted": [[0], [1]], "spacing_m": 150.0}, 2, "within 150 m of other picks"),
        ({"wanted": [[0]], "cost": [9, 1, 1, 1, 1, 1], "budget": 4.0}, 2, "a site costs 9 there, and 2 of the budget are left"),
        ({"wanted": [[0], [1], [2]]}, 2, "K = 2 is used up by other zones"),
    ],
)
def test_a_zone_without_its_site_says_why(limits, k, words) -> None:
    s = choose([9, 8, 7, 6, 5, 4], over(**limits), k=k)
    assert s.binding == "zone"
    assert any(words in notice for notice in s.notices), s.notices


def test_zones_and_stations_that_take_too_many_are_named() -> None:
    s = choose([9, 8, 7, 6, 5, 4], over(barred=["in zone A"] * 3 + ["within 250 m of a station"] * 2 + [""]))
    assert s.binding == "barred"
    assert s.notices[0] == "1 of 3 sites: 5 cells are in zone A or within 250 m of a station; loosen that, or lower K."


def test_the_exact_set_beats_best_first_where_spacing_counts() -> None:
    values, limits = [0, 9, 10, 9, 0, 0], over(spacing_m=150.0)
    assert choose(values, limits, k=2).picks.tolist() == [2, 0]
    best = choose(values, limits, k=2, method=exact)
    assert best.picks.tolist() == [1, 3]
    assert best.proof == Proof(18.0, 0.0, 10.0, 0)
    assert best.reasons[2] == "within 150 m of pick R01C02"


def test_what_no_set_can_meet_is_said_and_best_first_shown() -> None:
    s = choose([9, 8, 7, 6, 5, 4], over(wanted=[[0], [1]], spacing_m=150.0), k=2, method=exact)
    assert s.picks.tolist() == [0, 2]
    assert s.proof is None
    assert "No set of sites meets every limit" in s.notices[-1]


@given(
    st.lists(st.integers(0, 9), min_size=6, max_size=6),
    st.lists(st.integers(1, 5), min_size=6, max_size=6),
    st.integers(0, 6),
    st.sampled_from([0.0, 150.0, 250.0]),
    st.integers(0, 20),
    st.sampled_from([(), ([1, 2],), ([0], [5])]),
)
def test_picks_of_any_method_respect_the_limits(values, cost, k, spacing, budget, wanted) -> None:
    limits = over(cost=cost, budget=float(budget), wanted=wanted, spacing_m=spacing)
    first, best = (choose(values, limits, k=k, method=method) for method in (greedy, exact))
    for s in (first, best):
        gaps = np.abs(np.subtract.outer(s.picks, s.picks))[np.triu_indices(len(s.picks), 1)] * 100.0
        assert (gaps >= spacing).all()
        assert limits.cost[s.picks].sum() <= budget
        assert ((s.reasons == "") == s.picked).all()
        met = len(s.picks) == k and all(zone.cells[s.picks].any() for zone in limits.wanted)
        assert met == (s.binding == "") or k == 0
    zones_met = all(zone.cells[first.picks].any() for zone in limits.wanted)
    if best.proof is not None and zones_met:
        value = np.array(values, dtype=float)
        assert (len(best.picks), value[best.picks].sum()) >= (len(first.picks), value[first.picks].sum() - 1e-9)


def test_a_view_under_limits() -> None:
    zone = Zone("exclude", columns(3, 5), "yard")
    v = plan_view(limits=Limits(zones=(zone,)))
    assert set(v.grid.columns[v.selection.picks]) <= {2, 3}
    barred = np.isin(v.grid.columns, (4, 5))
    assert np.isnan(v.p_topk[barred]).all()  # it does not compete
    assert v.selection.floor == plan_view().selection.floor
    assert set(v.selection.reasons[barred & (v.pieces.faults == "")]) == {"in zone yard"}


def test_costs_are_the_capex_of_the_assumptions() -> None:
    v = plan_view(k=3, limits=Limits(budget=200_000.0))
    assert len(v.selection.picks) == 2  # of 80,000 each
    assert v.selection.binding == "budget"


def test_sites_chosen_together_say_what_each_adds() -> None:
    base, _ = pieces()
    v = view(base, Choice("mean", k=3, floor=0.0, method="joint"))
    gains = v.selection.gains
    assert gains is not None
    assert (np.diff(gains) <= 1e-9).all()
    assert len(gains) >= len(v.selection.picks)
    few = view(base, Choice("mean", k=2, floor=0.0, method="joint"))
    assert few.selection.picks.tolist() == v.selection.picks[: len(few.selection.picks)].tolist()
