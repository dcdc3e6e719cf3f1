import dataclasses
import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspatial_core.area import StudyArea
from netspatial_core.errors import InputError
from netspatial_core.planning.limits import GridLimits, Limits
from netspatial_core.planning.selection import default_floor, select
from netspatial_core.planning.statistics import statistics
from netspatial_core.planning.view import Choice, PlanPieces, view

LINE = np.column_stack([np.arange(6) * 100.0, np.zeros(6)])
IDS = [f"R01C{i:02d}" for i in range(1, 7)]


def choose(values, *, k=3, points=LINE, ids=IDS, reasons=None, mean=None, floor=0.0, min_spacing_m=0.0, limits=None, **more):
    values = np.asarray(values, dtype=float)
    limits = limits or GridLimits.none(len(values), min_spacing_m)
    return select(
        values,
        ids=ids[: len(values)],
        points=points[: len(values)],
        reasons=np.full(len(values), "") if reasons is None else np.array(reasons),
        mean_load=np.ones(len(values)) if mean is None else np.asarray(mean, dtype=float),
        k=k,
        floor=floor,
        limits=limits,
        **more,
    )


def test_the_k_best_in_order():
    s = choose([1, 5, 3, 9, 2, 4])
    assert s.picks.tolist() == [3, 1, 5]
    assert s.rank.tolist() == [6, 2, 4, 1, 5, 3]
    assert s.reasons.tolist() == ["beyond K = 3", "", "beyond K = 3", "", "beyond K = 3", ""]
    assert (s.binding, s.notices, s.candidates) == ("", (), 6)
    assert s.picked.tolist() == [False, True, False, True, False, True]


def test_it_is_the_optimum_of_equation_7():
    values = np.random.default_rng(0).random(6)
    best = max(itertools.combinations(range(6), 3), key=lambda c: sum(values[i] for i in c))
    assert set(choose(values).picks) == set(best)


def test_ties_go_by_cell_id():
    assert choose([1, 2, 2, 2, 1, 2], k=2, ids=["F", "E", "B", "C", "A", "D"]).picks.tolist() == [2, 3]


def test_a_low_utility_can_be_the_better_one():
    assert choose([1, 5, 3, 9, 2, 4], k=2, sign=-1).picks.tolist() == [0, 4]


def test_every_rejected_cell_keeps_its_reason():
    s = choose(
        [9, 8, 7, np.nan, 5, 4],
        k=2,
        reasons=["water", "", "", "", "", "near"],
        mean=[1, 0.1, 1, 1, 1, 1],
        floor=0.5,
    )
    assert s.picks.tolist() == [2, 4]
    assert s.reasons.tolist() == [
        "excluded: open water",
        "below the floor of 0.5 GB/h",
        "",
        "failed: not finite",
        "",
        "excluded: near a station",
    ]
    assert s.rank.tolist() == [0, 0, 1, 0, 2, 0]


def test_infinite_and_nan_values_are_never_ranked():
    s = choose([np.inf, np.nan, 1, -np.inf, 2, 3], k=6)
    assert s.picks.tolist() == [5, 4, 2]
    assert s.binding == "failed"
    assert "3 cells failed" in s.notices[0]


def test_the_dead_cell_trap_is_flagged():
    s = choose([100, 90, 3, 2, 1, 0.5], k=2, mean=[0.01, 0.02, 5, 5, 5, 0.1], floor=1.0)
    assert s.picks.tolist() == [2, 3]
    assert s.traps.tolist() == [True, True, False, False, False, False]  # the last one is quiet but no trap
    assert s.notices == ("The demand floor of 1 GB/h keeps out 2 of the best 2 cells: quiet ones.",)
    assert choose([100, 90, 3], k=2, mean=[0.01, 0.02, 5]).picks.tolist() == [0, 1]  # floor 0 is no floor


def test_spacing_is_greedy_and_names_the_pick_in_the_way():
    s = choose([1, 5, 3, 9, 2, 4], min_spacing_m=200)
    assert s.picks.tolist() == [3, 1, 5]  # exactly 200 m apart is far enough
    s = choose([1, 5, 3, 9, 8, 4], min_spacing_m=250)
    assert s.picks.tolist() == [3, 0]
    assert s.reasons.tolist() == [
        "",
        "within 250 m of pick R01C04",
        "within 250 m of pick R01C04",
        "",
        "within 250 m of pick R01C04",
        "within 250 m of pick R01C04",
    ]
    assert s.rank[0] == 6  # spacing does not move the rank
    assert s.binding == "spacing"
    assert s.notices[0].startswith("2 of 3 sites: the spacing of 250 m")


def test_what_comes_after_the_last_pick_is_beyond_k():
    s = choose([9, 8, 7, 1, 2, 3], k=1, min_spacing_m=150)
    assert s.reasons.tolist() == ["", *["beyond K = 1"] * 5]
    assert s.binding == ""


@pytest.mark.parametrize(
    ("change", "binding", "words"),
    [
        ({"k": 0}, "k", "K = 0"),
        ({"k": 7}, "excluded", "only 6 cells of 6 are feasible; exclude less"),
        ({"k": 7, "mean": [1, 1, 9, 1, 1, 9], "floor": 5.0}, "excluded", "6 are feasible, 4 of them below the floor of 5 GB/h"),
        (
            {"reasons": ["water"] * 4 + ["near"] * 2},
            "excluded",
            "None of 3 sites: only 0 cells of 6 are feasible (excluded: 2 near",
        ),
        ({"reasons": ["water"] * 4 + [""] * 2}, "excluded", "4 open water"),
        ({"mean": [1, 1, 9, 1, 1, 9], "floor": 5.0}, "floor", "4 cells are below the floor of 5 GB/h"),
        ({"min_spacing_m": 9e9}, "spacing", "1 of 3 sites: the spacing"),
        ({"faults": np.array(["failed: not finite"] * 5 + [""])}, "failed", "traffic of 5 cells failed"),
        ({"faults": np.array(["pending: not generated yet"] * 5 + [""])}, "pending", "still to be generated"),
    ],
)
def test_fewer_sites_than_asked_for_name_the_binding_constraint(change, binding, words):
    s = choose([1, 2, 3, 4, 5, 6], **change)
    assert s.binding == binding
    assert words in s.notices[0]
    assert len(s.picks) < 3 or change.get("k") == 7


@pytest.mark.parametrize("change", [{"k": -1}, {"k": 2.5}, {"floor": -1.0}, {"floor": math.nan}])
def test_settings_without_meaning_are_refused(change):
    with pytest.raises(InputError):
        choose([1, 2, 3], **change)


def test_default_floor_is_the_median_of_positive_loads_rounded_down():
    assert default_floor(np.array([0, 0, 1.0, 2.37, 9, np.nan])) == 2.3
    assert default_floor(np.array([0.00519])) == 0.0051
    assert default_floor(np.array([2.0])) == 2.0
    assert default_floor(np.array([1234.0])) == 1200
    assert default_floor(np.array([0.0, np.nan])) == 0
    assert choose([1, 2, 3], mean=[1, 2, 3], floor=None).floor == 2


CELLS = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 5).map(float), st.floats(0, 5), st.just(math.nan)),
        st.floats(0, 4),
        st.sampled_from(["", "", "", "water"]),
    ),
    min_size=1,
    max_size=25,
)


@given(CELLS, st.integers(0, 12), st.sampled_from([0.0, 120.0, 300.0]), st.randoms(use_true_random=False))
def test_the_order_of_the_cells_does_not_matter(cells, k, spacing, random):
    values, mean, reasons = (np.array(x) for x in zip(*cells, strict=True))
    ids = np.array([f"R{i:02d}" for i in range(len(cells))])
    points = np.array([divmod(i, 5) for i in range(len(cells))]) * 100.0

    def names(p):
        s = select(
            values[p],
            ids=list(ids[p]),
            points=points[p],
            reasons=reasons[p],
            mean_load=mean[p],
            k=k,
            floor=1.0,
            limits=GridLimits.none(len(p), spacing),
        )
        return [ids[p][i] for i in s.picks], dict(zip(ids[p], s.reasons, strict=True)), dict(zip(ids[p], s.rank, strict=True))

    shuffled = list(range(len(cells)))
    random.shuffle(shuffled)
    assert names(np.arange(len(cells))) == names(np.array(shuffled))


@given(CELLS, st.integers(0, 12), st.sampled_from([0.0, 120.0, 300.0]))
def test_invariants_of_any_selection(cells, k, spacing):
    values, mean, reasons = (np.array(x) for x in zip(*cells, strict=True))
    ids = [f"R{i:02d}" for i in range(len(cells))]
    points = np.array([divmod(i, 5) for i in range(len(cells))]) * 100.0
    settings = {
        "ids": ids,
        "points": points,
        "reasons": reasons,
        "mean_load": mean,
        "floor": 1.0,
        "limits": GridLimits.none(len(cells), spacing),
    }
    s, more = select(values, k=k, **settings), select(values, k=k + 1, **settings)
    assert more.picks[: len(s.picks)].tolist() == s.picks.tolist()  # one more site never drops another
    assert np.isfinite(values[s.picks]).all()
    assert (reasons[s.picks] == "").all()
    assert (mean[s.picks] >= 1).all()
    assert all(np.hypot(*(points[a] - points[b])) >= spacing - 0.01 for a, b in itertools.combinations(s.picks, 2))
    assert (np.diff(values[s.picks]) <= 0).all()
    assert ((s.reasons == "") == s.picked).all()
    assert sorted(s.rank[s.rank > 0]) == list(range(1, s.candidates + 1))
    assert (len(s.picks) == k) == (s.binding == "") or k == 0
    if spacing == 0:
        assert len(s.picks) == min(k, s.candidates)
        assert s.rank[s.picks].tolist() == list(range(1, len(s.picks) + 1))


def pieces(side_km=3.0, draws=32, hours=168):
    grid = StudyArea.from_centre(121.47, 31.23, side_km).grid
    cells = np.arange(0, len(grid), 2)
    traffic = np.random.default_rng(0).gamma(2, 1, (len(cells), draws, hours)).astype(np.float32)
    traffic *= np.random.default_rng(1).lognormal(0, 1, (len(cells), 1, 1)).astype(np.float32)
    reasons = np.full(len(grid), "", dtype="<U8")
    reasons[1::2] = "water"
    return PlanPieces(grid, reasons, cells, statistics(traffic), ((),) * len(grid))


def test_a_view_lays_rows_over_the_grid():
    base = pieces(0.5)
    v = view(base, Choice("mean", k=3))
    assert set(v.selection.picks) <= set(base.cells)
    assert np.isnan(v.values()[1::2]).all()
    assert np.nanmax(v.values()) == v.values()[v.selection.picks[0]]
    assert v.p_topk[base.cells].sum() == pytest.approx(3)
    assert np.isnan(v.p_topk[1])
    assert v.cell_flags(1) == ()


def test_spacing_is_metres_on_the_ground_although_utm_stretches():
    base = pieces(1.0)  # at a zone's centre a 100 m cell is 99.96 projected metres
    assert base.grid.area.cell_m < 100.4
    v = view(base, Choice("mean", k=40, floor=0, limits=Limits(200.0)))
    centres = base.ground[v.selection.picks]
    gaps = [np.hypot(*(a - b)) for a, b in itertools.combinations(centres, 2)]
    assert min(gaps) == pytest.approx(200.0, abs=0.02)  # two cells on: allowed


def test_cells_without_traffic_yet_are_pending_and_failed_ones_flagged():
    base = pieces(0.5)
    traffic = np.random.default_rng(0).gamma(2, 1, (3, 2, 168)).astype(np.float32)
    traffic[1] = np.nan
    flags = list(base.flags)
    flags[0] = ("imagery missing",)
    some = dataclasses.replace(base, cells=np.array([0, 2, 4]), statistics=statistics(traffic), flags=tuple(flags))
    v = view(some, Choice("mean", k=10, floor=0))
    assert v.selection.binding == "pending"
    assert v.selection.reasons[6] == "pending: not generated yet"
    assert v.selection.reasons[2] == "failed: not finite"
    assert v.cell_flags(2) == ("failed: not finite",)
    assert v.cell_flags(0) == ("imagery missing",)
    assert np.isnan(v.values()[2])


def test_a_constraint_added_later_takes_rows_out_without_regenerating():
    base = pieces(0.5)
    best = view(base, Choice("mean", k=1)).selection.picks[0]
    reasons = base.reasons.copy()
    reasons[best] = "excluded"
    v = view(dataclasses.replace(base, reasons=reasons), Choice("mean", k=1))
    assert v.selection.picks[0] != best
    assert v.selection.reasons[best] == "excluded: excluded area"
    assert np.isnan(v.p_topk[best])


def test_quiet_cells_carry_the_flag():
    v = view(pieces(0.5), Choice("lsi", k=5))
    quiet = np.flatnonzero(v.selection.traps)
    assert len(quiet) > 0  # LSI alone would pick the emptiest
    assert v.cell_flags(quiet[0]) == ("below the demand floor", "would be among the best K without the demand floor")


def test_pieces_of_two_plans_are_refused():
    base = pieces(0.5)
    with pytest.raises(InputError, match="belong together"):
        dataclasses.replace(base, cells=base.cells[:-1])
