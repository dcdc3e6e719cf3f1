"""What a browser sends is checked again: forged payloads end in a refusal or a harmless value."""

import math
from typing import Any

import pytest

from app.callbacks.inputs import Asked, asked, cell_index, choice, number, theme_of
from app.callbacks.session import cause_of
from netspatial_core.area import StudyArea
from netspatial_core.errors import InputError

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
        choice(forged, 10, None, 0)


def test_a_choice_is_clipped_to_what_is_offered() -> None:
    made = choice("mean", 10**9, -5, 1e12)
    assert (made.k, made.floor, made.gap) == (50, 0.0, 2000.0)
    assert choice("mean", None, None, None).floor is None


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
