"""A choice is checked when it is made: what cannot be ranked is refused before anything runs."""

from typing import Any

import pytest

from netspatial_core.errors import InputError
from netspatial_core.planning.assumptions import Assumptions
from netspatial_core.planning.limits import Limits
from netspatial_core.planning.view import Choice


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"utility": "charm"}, "no utility 'charm'"),
        ({"k": -1}, "K = -1"),
        ({"floor": float("nan")}, "floor of nan"),
        ({"floor": -1.0}, "floor of -1"),
        ({"method": "charm"}, "chosen by 'charm'"),
        ({"utility": "custom"}, "formula is empty"),
        ({"utility": "custom", "formula": "mean", "better": "best"}, "'best'"),
    ],
)
def test_a_choice_that_makes_no_sense(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Choice(**wrong)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"spacing_m": float("inf")}, "spacing of inf"),
        ({"spacing_m": -5.0}, "spacing of -5"),
        ({"station_gap_m": -1.0}, "distance to stations of -1"),
        ({"budget": float("nan")}, "budget of nan"),
        ({"budget": -1.0}, "budget of -1"),
    ],
)
def test_limits_that_make_no_sense(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Limits(**wrong)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"capacity": 0.0}, "carries nothing"),
        ({"capacity": float("nan")}, "capacity of a site is nan"),
        ({"price": -0.1}, "price of a site is -0.1"),
        ({"capex": float("inf")}, "capex"),
        ({"opex": "much"}, "opex"),
        ({"currency": "<b>"}, "three letters"),
    ],
)
def test_assumptions_that_make_no_sense(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Assumptions(**wrong)


def test_equal_choices_are_one_key() -> None:
    assert len({Choice("mean"), Choice("mean"), Choice("mean", assumptions=Assumptions(price=1.0))}) == 2


def test_a_formula_is_an_objective() -> None:
    assert Choice("custom", formula="std", better="low").objective.sign == -1
