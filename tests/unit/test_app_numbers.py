"""Numbers and scales as the planner shows them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.figures.numbers import number, ordinal, percent, place
from app.figures.scales import Scale, colour, scale_of
from app.figures.templates import RAMP


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0123, "0.0123"),
        (0.49, "0.490"),
        (4.2, "4.20"),
        (169.4, "169"),
        (1234.5, "1,234"),
        (0, "0"),
        (math.nan, "no value"),
        (math.inf, "∞"),
        (-3.14159, "-3.14"),
        (1e-6, "0.00000100"),
    ],
)
def test_number_has_three_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_places_and_ordinals_read_as_a_planner_expects() -> None:
    assert place(8.998, -47.00171) == "47.0017° S  8.9980° E"
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 97, 100)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "97th", "100th",
    ]  # fmt: skip
    assert percent(0.126) == "13"
    assert percent(math.nan) == "no value"


def test_a_load_scale_starts_at_zero_and_marks_its_clipped_end() -> None:
    values = np.concatenate([np.linspace(1, 39, 99), [400.0]])
    scale = scale_of(values, from_zero=True)
    assert (scale.low, scale.high, scale.log, scale.over, scale.under) == (0.0, 40.0, False, True, False)
    assert [label for _, label in scale.ticks()] == ["0", "10", "20", "30", "40+"]
    assert scale.fraction(np.array([20.0, 400.0, np.nan]))[:2].tolist() == [0.5, 1.0]


def test_values_over_decades_go_on_a_log_scale_that_halves_ratios() -> None:
    scale = scale_of(np.concatenate([[1e-5], np.geomspace(0.01, 1, 200)]), from_zero=False)
    assert scale.log
    middle = math.sqrt(scale.low * scale.high)
    assert scale.fraction(np.array([middle]))[0] == pytest.approx(0.5)
    assert scale.ticks()[0][1].startswith("≤ ")


def test_a_scale_of_nothing_or_of_equal_values_is_still_a_scale() -> None:
    assert scale_of(np.array([np.nan]), from_zero=True) == Scale(0.0, 1.0)
    flat = scale_of(np.full(9, 3.0), from_zero=False)
    assert flat.high > flat.low
    assert np.isfinite(flat.fraction(np.array([3.0]))).all()


@given(st.lists(st.floats(1e-3, 1e5), min_size=2, max_size=60), st.booleans())
def test_larger_values_never_get_darker_colours(values: list[float], from_zero: bool) -> None:
    ordered = np.sort(np.array(values))
    t = scale_of(ordered, from_zero=from_zero).fraction(ordered)
    assert ((t >= 0) & (t <= 1)).all()
    assert (np.diff(t) >= 0).all()


def test_the_ramps_ends_are_reached() -> None:
    assert colour(0.0) == RAMP[0]
    assert colour(1.0) == RAMP[-1]
    assert colour(-1) == RAMP[0]
