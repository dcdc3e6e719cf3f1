"""What a browser sends is checked again: forged payloads end in a refusal or a harmless value."""

import math
from typing import Any

import pytest

from app.callbacks.inputs import Asked, asked, cell_index, choice, layer_of, number, theme_of
from app.callbacks.session import cause_of
from netspatial_core.area import StudyArea
from netspatial_core.errors import InputError
from netspatial_core.planning.assumptions import Assumptions
from netspatial_core.planning.limits import Limits

GRID = StudyArea.from_centre(9.0, 47.0, 1.0).grid


@pytest.mark.parametrize("forged", [None, [], "x", True, math.nan, math.inf, {"a": 1}, "1e9"])
def test_what_is_no_number_becomes_the_least_value(forged: Any) -> None:
    assert number(forged, 3, 9) == 3


def test_numbers_are_clipped() -> None:
    assert number(12, 3, 9) == 9
    assert number(-1, 3, 9) == 3
    assert number(4.5, 3, 9) == 4.5


@pytest.mark.parametrize("forged", [None, 7, "__class__", "lsi; drop", ["lsi"]])
def test_an_unknown_utility_is_refused(forged: Any) -> None:
    with pytest.raises(InputError):
        choice({"utility": forged, "k": 10})


@pytest.mark.parametrize("forged", [None, "lsi", ["lsi"], 3])
def test_a_choice_that_is_no_form_is_refused(forged: Any) -> None:
    with pytest.raises(InputError):
        choice(forged)


@pytest.mark.parametrize("formula", [None, "__import__('os')", {"a": 1}, "mean +", "x" * 500])
def test_a_forged_formula_is_refused(formula: Any) -> None:
    with pytest.raises(InputError):
        choice({"utility": "custom", "formula": formula, "better": "high"})


def test_a_choice_is_clipped_to_what_is_offered() -> None:
    made = choice({"utility": "mean", "k": 10**9, "floor": -5, "gap": 1e12, "capacity": 0, "price": "1", "capex": -3, "opex": 7})
    assert (made.k, made.floor, made.limits.spacing_m) == (50, 0.0, 2000.0)
    assert made.assumptions == Assumptions(capacity=1.0, price=0.0, capex=0.0, opex=7.0)
    assert choice({"utility": "mean"}).floor is None
    assert choice({"utility": "mean", "budget": -4, "station_gap": 1e9}).limits == Limits(0.0, 2000.0, 0.0)
    assert choice({"utility": "mean", "budget": ""}).limits.budget is None


def test_a_formula_counts_where_it_is_asked_for() -> None:
    form = {"utility": "custom", "formula": "peak / mean", "better": "low"}
    assert choice(form).objective.sign == -1
    assert choice(form | {"utility": "mean"}) == choice({"utility": "mean"})


@pytest.mark.parametrize("forged", [None, "", "nothing", 3, ["rank"]])
def test_an_unknown_layer_is_the_utility(forged: Any) -> None:
    assert layer_of(forged) == "value"
    assert layer_of("rank") == "rank"


@pytest.mark.parametrize("forged", [None, "x", {}, {"area": 3}, {"area": None}])
def test_a_session_without_an_area_names_no_plan(forged: Any) -> None:
    assert asked(forged) is None


def test_a_session_names_a_plan() -> None:
    assert asked({"area": "core", "draws": 10**6, "seed": -4}) == Asked("core", 256, 0)


@pytest.mark.parametrize(
    "forged",
    [
        None,
        "R01C01",
        {"area": "other", "id": "R01C01"},
        {"area": "here", "id": "../../etc"},
        {"area": "here", "id": 5},
        {"area": "here", "id": "R99C99"},
    ],
)
def test_a_cell_that_is_not_in_the_area_is_none(forged: Any) -> None:
    assert cell_index(forged, "here", GRID) is None


def test_a_cell_is_found_by_its_id() -> None:
    assert cell_index({"area": "here", "id": "R02C01"}, "here", GRID) == 10


def test_a_theme_is_one_of_two() -> None:
    assert [theme_of(v) for v in ("light", "dark", None, "<script>")] == ["light", "dark", "dark", "dark"]


@pytest.mark.parametrize(
    ("triggered", "cause"),
    [
        ([], ""),
        (["beat"], "beat"),
        (["beat", "cancel"], "cancel"),
        (["beat", "run"], "run"),
        (["area", "beat"], "area"),
        ([{"type": "dismiss", "incident": "0a"}], "dismiss"),
        (["something else"], ""),
    ],
)
def test_of_several_things_at_once_a_click_counts_more_than_the_clock(triggered: list[Any], cause: str) -> None:
    assert cause_of(triggered) == cause
