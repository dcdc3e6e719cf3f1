"""Formulas of a planner: arithmetic is computed, everything else is refused by name."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspatial_core.errors import InputError
from netspatial_core.planning.assumptions import Assumptions
from netspatial_core.planning.expression import NAMES, expression
from netspatial_core.planning.statistics import statistics
from netspatial_core.planning.utilities import Case, Scores, per_draw

TRAFFIC = np.random.default_rng(5).gamma(2.0, 1.5, (6, 9, 168)).astype(np.float32)
S = statistics(TRAFFIC)
CASE = Case(S, Assumptions(capacity=4.0, price=0.5, capex=100.0, opex=1.0), lambda: np.linspace(0, 1, 6))


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("mean - 0.5 * std", S.mean - 0.5 * S.std),
        ("-mean ** 2 + +peak / busy", -(S.mean**2) + S.peak / S.busy),
        ("max(mean, 3) - min(std, 2)", np.maximum(S.mean, 3) - np.minimum(S.std, 2)),
        ("log(mean) + exp(-std) + sqrt(abs(weekend_ratio))", np.log(S.mean) + np.exp(-S.std) + np.sqrt(S.weekend_ratio)),
        ("revenue - opex", 672 * 0.5 * S.mean - 1),
        ("overload", 100 * S.share_above(4.0)),
        ("  mean\n + 0*peak_hour ", S.mean),
        ("1 / lsi", S.std + 1e-6),
        ("mean - net", S.mean * (1 - np.linspace(0, 1, 6))[:, None]),
    ],
)
def test_arithmetic(formula: str, expected: np.ndarray) -> None:
    np.testing.assert_allclose(per_draw(CASE, expression(formula)), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("", "empty"),
        ("mean +", "not understood"),
        ("mean\0", "not understood"),
        ("mean; std", "not understood"),
        ("(" * 150 + "mean", "not understood"),
        ("mean +" * 40 + "1", "200|characters"),
        ("+".join(["mean"] * 39), "more than 80 parts"),
        ("1 + 2", "names no statistic"),
        ("capacity", "names no statistic"),
        ("profit", "'profit'"),
        ("__import__('os')", "may not hold"),
        ("mean.__class__", "may not hold"),
        ("mean[0]", "may not hold"),
        ("lambda: mean", "may not hold"),
        ("[mean for mean in std]", "may not hold"),
        ("mean if std else 1", "may not hold"),
        ("mean > 3", "may not hold"),
        ("mean % 3", "may not hold"),
        ("'mean'", "may not hold"),
        ("True + mean", "may not hold"),
        ("mean + 1j", "may not hold"),
        ("1e999 * mean", "too large"),
        ("9" * 30 + " * mean", "too large"),
        ("max(mean)", "max takes 2"),
        ("sqrt(mean, std)", "sqrt takes 1"),
        ("log(x=mean)", "may not hold"),
        ("max(*mean)", "max takes 2|may not hold"),
        ("eval(mean)", "may not hold"),
    ],
)
def test_anything_else_is_refused(formula: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        expression(formula)


@given(st.text(max_size=220))
def test_no_text_does_harm(text: str) -> None:
    try:
        values = per_draw(CASE, expression(text))
    except InputError:
        return
    assert values.shape == S.mean.shape


@given(st.lists(st.sampled_from([*NAMES, "+", "-", "*", "/", "**", "(", ")", "2", "0", "1e9", "log(", "max(", ","]), max_size=25))
def test_no_formula_breaks_a_ranking(parts: list[str]) -> None:
    try:
        card = expression(" ".join(parts))
    except InputError:
        return
    score = Scores(CASE, card)["custom"]
    assert score.median.shape == (6,)


def test_a_value_that_does_not_exist_is_no_value() -> None:
    score = Scores(CASE, expression("log(0 - mean)"))["custom"]
    assert np.isnan(score.median).all()
    assert expression("mean").void
