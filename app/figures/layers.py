"""What the map can show of a ranking besides the utility itself: how sure it is, each with a scale that no control moves."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.figures.scales import Scale, scale_of
from netspatial_core.planning.selection import default_floor
from netspatial_core.planning.trust import MODALITIES, Modality
from netspatial_core.planning.view import PlanView

Layer = Literal["value", "spread", "p_topk", "rank", "regret", "outside", "imagery", "pois"]
LAYERS: Mapping[Layer, str] = MappingProxyType(
    {
        "value": "Utility",
        "spread": "Uncertainty",
        "p_topk": "P(top-K)",
        "rank": "Rank interval",
        "regret": "Expected regret",
        "outside": "Unlike training",
        "imagery": "Without imagery",
        "pois": "Without POIs",
    }
)
UNKNOWN = "Known after the last draw"
AFLOAT = {"inverse", "ratio", "months", "free"}  # dimensions whose map does not begin at 0


@dataclass(frozen=True)
class Shade:
    """Values for the map.

    Attributes:
        title: What they are.
        unit: Their unit, '' for plain numbers.
        note: How to read them.
        values: Of each cell [cell], nan where it has none.
        scale: How they become colours.
    """

    title: str
    unit: str
    note: str
    values: NDArray[np.float64]
    scale: Scale


def shade(view: PlanView, layer: Layer) -> Shade:
    """A layer of a plan. Scales follow from the cells above the default floor alone, so that neither K nor floor moves them."""
    card, known = view.utility, view.sureness
    unit = plain(view.unit_of(card.key))
    score = view.scores[card.key]
    loads = view.scores["mean"].median
    usual = loads >= default_floor(loads)
    values = scale_of(score.median[usual], from_zero=card.dimension not in AFLOAT)
    draws = view.pieces.statistics.draws
    if layer == "spread":
        with np.errstate(invalid="ignore"):
            width = score.p90 - score.p10
        note = f"p90 − p10 of {draws} draws"
        return Shade(f"Range of {card.short}", unit, note, view.pieces.on_grid(width), scale_of(width[usual], from_zero=True))
    if layer == "p_topk":
        note = f"Share of {draws} draws"
        return Shade("P(top-K)", "%", note, 100 * known.p_topk, Scale(0.0, 100.0))
    if layer == "rank":
        note = f"p10 to p90 of {draws} draws"
        every = scale_of(np.array([float((view.reasons == "").sum())]), from_zero=True)
        return Shade("Rank interval", "places", note, known.rank_p90 - known.rank_p10, every)
    if layer == "regret":
        note = "Mean gap to the K-th best"
        gap = Scale(0.0, values.high - values.low, over=True)
        return Shade("Expected regret", unit, note, known.regret, gap)
    if layer in ("outside", "imagery", "pois"):
        return _outside(view) if layer == "outside" else _without(view, layer, usual)
    note = f"{'Higher' if card.direction == 'high' else 'Lower'} is better{' · log scale' if values.log else ''}"
    return Shade(card.name, unit, note, view.values(), values)


def _outside(view: PlanView) -> Shade:
    """Share of unseen stations that are nearer to the model's training than a cell."""
    outside, every = view.pieces.trust.outside, Scale(0.0, 100.0)
    if outside is None:
        return Shade("Unlike training", "%", "This model does not know", np.full(len(view.grid), np.nan), every)
    return Shade("Unlike training", "%", "Tried stations nearer to it", 100 * outside, every)


def _without(view: PlanView, hidden: Modality, usual: NDArray[np.bool_]) -> Shade:
    """How much the mean load of a cell changes when the model is not shown a modality."""
    name = MODALITIES[hidden]
    ratio = view.pieces.trust.without.get(hidden)
    if ratio is None:
        return Shade(f"Without {name}", "%", UNKNOWN, np.full(len(view.grid), np.nan), Scale(0.0, 100.0))
    change = 100 * np.abs(ratio - 1)
    scale = scale_of(change[view.pieces.cells][usual], from_zero=True)
    return Shade(f"Without {name}", "%", "Change of the mean load", change, scale)


def plain(unit: str) -> str:
    """A unit as shown; a plain ratio has none."""
    return "" if unit == "1" else unit
