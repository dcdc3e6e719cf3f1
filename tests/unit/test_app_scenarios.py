"""What the page sends of scenarios, and what the comparison says: no browser needed."""

import base64
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.callbacks.compare import cells, figures, loads, scenario_at
from app.callbacks.history import History
from app.callbacks.inputs import Asked, asked, choice, number
from app.callbacks.scenarios import acted, pois_in, renamed, supposed, uploaded, where
from app.components.stations import station_points
from app.figures.difference import LESS_MORE, difference_colour, difference_scale, difference_ticks
from netspatial_core.errors import InputError
from netspatial_core.planning.comparison import compare
from netspatial_core.planning.effect import Effect
from netspatial_core.planning.scenario import AS_IT_IS, Poi, Scenario, Site, applied
from netspatial_core.planning.station_load import StationLoad
from netspatial_core.planning.statistics import statistics
from netspatial_core.planning.view import Choice, view
from tests.unit.plan_views import pieces, plan_view
from tests.unit.test_scenario import AREA, at, scene

SCENE = scene()
SHOP = (("shop", "supermarket"),)
FORM = {"where": "", "kind": "Hotel", "count": 3, "station": "S1", "cells": "R02C02:R03C03", "like": "r10c10",
        "cell": {"area": "somewhere", "id": "R10C10"}}  # fmt: skip


def act(now: History, name: str, index: int = 0, **form: Any) -> History:
    return acted(now, name, index, FORM | form, SCENE, "somewhere")


def test_every_button_does_what_it_says() -> None:
    now = act(History(), "place")
    assert (now.scenario.sites[0].lon, now.scenario.sites[0].lat) == tuple(round(x, 6) for x in at("R10C10"))
    now = act(now, "place", where="r02c02")
    now = act(now, "move-site", 0, where=f"{at('R05C06')[1]}, {at('R05C06')[0]}")
    assert AREA.grid.ids[AREA.grid.cell_at(now.scenario.sites[0].lon, now.scenario.sites[0].lat) or 0] == "R05C06"
    now = act(act(now, "toggle", 1), "drop-site", 0)
    assert [(site.name, site.on) for site in now.scenario.sites] == [("New 2", False)]
    assert len(act(now, "pois").scenario.added) == 3
    assert act(now, "switch").scenario.off == ("S1",)
    assert act(now, "clear").scenario.removed == (1,)  # the book shop of R10C10
    built = act(now, "build").scenario.developments[0]
    assert built.like == "R10C10"
    assert applied(act(now, "build").scenario, SCENE).pois.status == "ok"
    assert act(act(now, "copy"), "undo") == now
    assert len(act(now, "new").scenarios) == 2
    assert act(now, "choose", -1).scenario == AS_IT_IS


@pytest.mark.parametrize(
    ("name", "form", "said"),
    [
        ("place", {"where": "R99C01"}, "no cell of this area"),
        ("place", {"where": "91, 8.5"}, "outside of this study area"),
        ("place", {"where": "0, 0"}, "outside of this study area"),
        ("place", {"cell": {"area": "elsewhere", "id": "R10C10"}}, "No cell is selected"),
        ("clear", {"where": "R01C20"}, "no POIs"),
        ("build", {"like": ""}, "No cell is named"),
        ("build", {"cells": "everything"}, "names no cells"),
        ("switch", {"station": None}, "No station"),
        ("explode", {}, "cannot be done"),
        ("drop-everything", {}, "cannot be taken back"),
    ],
)
def test_what_cannot_be_done_is_refused(name: str, form: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        act(History(), name, **form)


def test_a_name_is_changed_once_and_cleaned() -> None:
    now = act(History(), "place")
    assert renamed(now, "  Harbour\u202e\n2030 ").scenario.name == "Harbour 2030"
    assert renamed(now, "Scenario 1") is now
    assert renamed(now, "") is now
    assert renamed(History(), "Mine") == History()


def test_files_are_checked_before_they_are_opened() -> None:
    content = "data:application/json;base64," + base64.b64encode(json.dumps(Scenario("A", off=("S1",)).json()).encode()).decode()
    assert uploaded(content, "here") == Scenario("A", off=("S1",))
    saved = base64.b64encode(json.dumps({"area": "there", **Scenario("A").json()}).encode()).decode()
    with pytest.raises(InputError, match="scenario of 'there'"):
        uploaded("data:;base64," + saved, "here")
    deep = "data:;base64," + base64.b64encode(b"[" * 100_000).decode()
    for wrong in (None, "x", "data:,", "data:;base64,####", "data:;base64," + base64.b64encode(b"[1").decode(), deep):
        with pytest.raises(InputError, match="no file of a scenario"):
            uploaded(wrong, "here")


def test_places_are_read_as_cells_or_coordinates() -> None:
    np.testing.assert_allclose(where({"where": "R03C04"}, AREA.grid, "somewhere"), at("R03C04"))
    lon, lat = at("R07C07")
    np.testing.assert_allclose(where({"where": f"{lat:.6f}; {lon:.6f}"}, AREA.grid, "somewhere"), (lon, lat), atol=1e-6)
    assert pois_in(SCENE, AREA.grid.ids.index("R10C10")) == [1]


def test_a_session_carries_its_scenario() -> None:
    one = Asked("somewhere", 8, 0, Scenario("A", (Site("New 1", 8.55, 47.37),), added=(Poi(8.55, 47.37, SHOP),)))
    again = asked(one.json() | {"state": "ready", "version": 8})
    assert again is not None
    assert again.scenario.sha256 == one.scenario.sha256
    assert "scenario" not in Asked("somewhere", 8, 0).json()
    with pytest.raises(InputError):
        asked(one.json() | {"scenario": {"sites": [3]}})


def test_what_is_supposed_is_on_the_map() -> None:
    made = Scenario("A", (Site("New 1", 8.5, 47.3, on=False),), added=(Poi(8.5, 47.3, SHOP),))
    assert [(f["properties"]["part"], f["properties"]["on"]) for f in supposed(made)["features"]] == [
        ("site", False),
        ("added", True),
    ]


def test_two_plans_are_compared_cell_by_cell() -> None:
    first, second = plan_view(), view(fewer(), Choice(utility="mean", k=4, floor=0.0))
    made = compare(first, second)
    lost = first.pieces.cells[-1]
    assert np.isnan(made.difference[lost])
    assert lost in made.left
    assert made.feasible == (20, 19)
    assert made.changed == 1
    np.testing.assert_array_equal(made.difference[first.pieces.cells[:3]], 0)
    assert set(made.kept) | set(made.left) == set(first.selection.picks)
    with pytest.raises(InputError, match="different areas or settings"):
        compare(first, plan_view(k=3))


def test_cells_that_differ_are_listed() -> None:
    first, second = plan_view(), view(fewer(), Choice(utility="mean", k=4, floor=0.0))
    rows = cells(compare(first, second), (first, second))
    assert rows[0]["cell"] == first.grid.ids[first.pieces.cells[-1]]
    assert (rows[0]["second"], rows[0]["change"], rows[0]["pick_b"]) == (None, None, None)
    assert rows[0]["pick_a"] in {1, 2, 3, 4}
    assert len(rows) > 1, "those behind it move up"
    assert all(row["first"] == row["second"] and row["pick_a"] != row["pick_b"] for row in rows[1:])
    assert cells(compare(first, first), (first, first)) == []


def fewer() -> Any:
    """The plan of ``plan_view`` without its last cell, the best one."""
    whole, traffic = pieces()
    reasons = whole.reasons.copy()
    reasons[whole.cells[-1]] = "near"
    return replace(whole, reasons=reasons, cells=whole.cells[:-1], statistics=statistics(traffic[:-1]), flags=whole.flags)


def test_the_table_of_figures_and_stations_add_up() -> None:
    first = view(pieces()[0], Choice(utility="mean", k=4, floor=0.0))
    before = Effect(np.array([5.0, 7.0]), np.array([5.0, 7.0]), np.empty(0), 0.0, 0.0)
    after = Effect(np.array([5.0, 7.0]), np.array([4.0, 7.0]), np.array([3.5]), 2.5, 0.0)
    rows = figures(compare(first, first), (first, first), [before, after])
    assert ("Existing stations carry, GB/h", "12.0", "11.0", "−1.00") in rows
    assert ("New sites carry, GB/h", "0", "3.50", "+3.50") in rows
    scenarios = (AS_IT_IS, Scenario("A", (Site("New 1", *at("R02C02")),)))
    table = loads(SCENE, AREA.grid, scenarios, [before, after])
    assert [(row["name"], row["cell"], row["change"]) for row in table] == [("New 1", "R02C02", 3.5), ("S1", "R05C05", -1.0)]
    assert loads(SCENE, AREA.grid, scenarios, [None, after]) == []
    twice = (Scenario("A", (Site("New 1", *at("R02C02")),)), Scenario("B", (Site("New 1", *at("R18C18")),)))
    both = loads(SCENE, AREA.grid, twice, [after, after])
    assert [(row["cell"], row["change"]) for row in both] == [("R02C02", -3.5), ("R18C18", 3.5)], "two sites of one name are two"


def test_differences_have_a_scale_about_zero() -> None:
    scale = difference_scale(np.array([-4.0, 0.0, 2.0, np.nan]))
    assert scale.low == -scale.high
    assert difference_colour(0.0, scale) == LESS_MORE[3]
    assert difference_colour(1e-9, scale) == LESS_MORE[4]
    assert difference_colour(-1e9, scale) == LESS_MORE[0]
    assert difference_colour(1e9, scale) == LESS_MORE[6]
    assert [at for at, _ in difference_ticks(scale)] == [0.0, 0.5, 1.0]
    assert difference_scale(np.zeros(3)).high > 0


def test_a_comparison_of_what_is_gone_shows_the_area_as_it_is() -> None:
    kept = History((Scenario("A"),), 0)
    assert scenario_at(kept, "0").name == "A"
    assert scenario_at(kept, "²") == scenario_at(kept, "7") == scenario_at(kept, "-1") == scenario_at(kept, None) == AS_IT_IS


def test_rings_follow_what_a_scenario_does_to_loads() -> None:
    load = StationLoad("S1", 8.5, 47.3, "R01C01", 100.0, 20.0, 40.0, 0.4, 672)
    one, other = (station_points([load], (), ratios)["features"][0]["properties"] for ratios in ({}, {"S1": 0.5}))
    assert (one["load"], other["load"]) == (0.4, 0.2)
    assert "in this scenario" not in one["text"]
    assert other["text"] == "busy hour 20.0 GB/h, 20 % of 100 GB/h in this scenario, 40.0 now"
    assert "switched off" in station_points([load], {"S1"})["features"][0]["properties"]["text"]


def test_numbers_beyond_all_bounds_are_clipped_or_refused() -> None:
    assert number(10**400, 0, 5) == 5.0
    assert number(-(10**400), 0, 5) == number(float("nan"), 0, 5) == number(float("inf"), 0, 5) == 0.0
    with pytest.raises(InputError, match="cannot be chosen by"):
        choice({"utility": "mean", "k": 3, "method": [1]})
