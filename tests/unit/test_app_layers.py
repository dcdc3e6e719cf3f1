"""Layers of the map: values by hand, and scales that neither K nor floor moves."""

from dataclasses import replace

import numpy as np
import pytest
from plan_views import pieces, plan_view

from app.figures.layers import LAYERS, Layer, shade
from netspatial_core.planning.assumptions import Assumptions
from netspatial_core.planning.trust import Trust
from netspatial_core.planning.view import view


def test_every_layer_has_values_where_a_cell_is_ranked() -> None:
    view = plan_view()
    ranked = view.selection.rank > 0
    for layer in LAYERS:
        painted = shade(view, layer)
        assert np.isfinite(painted.values[ranked]).all()
        assert np.isnan(painted.values[view.reasons != ""]).all()
        places = painted.scale.fraction(painted.values[ranked])
        assert ((places >= 0) & (places <= 1)).all()


def test_layers_are_what_they_say() -> None:
    view = plan_view()
    score, cells = view.scores["mean"], view.pieces.cells
    np.testing.assert_array_equal(shade(view, "value").values[cells], score.median)
    np.testing.assert_array_equal(shade(view, "spread").values[cells], score.p90 - score.p10)
    np.testing.assert_array_equal(shade(view, "p_topk").values, 100 * view.p_topk)
    np.testing.assert_array_equal(shade(view, "regret").values, view.sureness.regret)
    known = np.linspace(0, 1, len(view.grid))
    np.testing.assert_allclose(shade(view, "outside").values[cells], 100 * known[cells])
    np.testing.assert_allclose(shade(view, "imagery").values[cells], 100 * np.abs(known - 0.5)[cells])
    np.testing.assert_allclose(shade(view, "pois").values[cells], 100 * np.abs(0.5 - known)[cells])
    assert (shade(view, "value").title, shade(view, "value").unit) == ("Mean load", "GB/h")
    assert shade(view, "p_topk").unit == "%"


@pytest.mark.parametrize("layer", LAYERS)
def test_neither_k_nor_floor_moves_a_scale(layer: Layer) -> None:
    first = shade(plan_view(k=2), layer).scale
    assert shade(plan_view(k=9, floor=3.0), layer).scale == first


def test_endless_values_have_no_colour_and_money_its_currency() -> None:
    never = shade(plan_view(utility="payback", assumptions=Assumptions(opex=1e9)), "value")
    assert not np.isfinite(never.values).any()
    assert "Lower is better" in never.note
    assert shade(plan_view(utility="revenue", assumptions=Assumptions(currency="CNY")), "value").unit == "CNY"


def test_a_plan_of_which_it_is_not_known_says_so() -> None:
    unknown = view(replace(pieces()[0], trust=Trust()), plan_view().choice)
    for layer in ("outside", "imagery", "pois"):
        painted = shade(unknown, layer)  # type: ignore[arg-type]
        assert not np.isfinite(painted.values).any()
        assert painted.note == ("This model does not know" if layer == "outside" else "Known after the last draw")
