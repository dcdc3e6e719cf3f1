"""What the map, the legend and the list of picks show of a plan. Nothing here generates anything."""

from typing import Any

import numpy as np
from dash import Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate
from numpy.typing import NDArray

from app import ids
from app.callbacks.inputs import Choice, asked, choice, number, theme_of
from app.components.controls import excluded, histogram, notes, top_ghosts, top_rows
from app.components.dock import legend, spark
from app.figures.map3d import map_figure, outside_rings
from app.figures.numbers import number as shown_number
from app.figures.scales import Scale, scale_of
from app.figures.templates import RAMP
from app.routes.tiles import tiles_address
from app.services import Services
from app.services.plans import Shown
from netspatial_core.planning.selection import default_floor
from netspatial_core.planning.utilities import UTILITIES
from netspatial_core.planning.view import PlanView
from netspatial_core.sources.constraints import REASONS
from netspatial_core.sources.faults import source_faults

NOTES = {
    "lsi": "Higher is steadier",
    "mean": "Mean of the 28 days",
    "peak": "Largest hour of the 28 days",
    "busy": "95th percentile of the hours",
    "mean_over_std": "Higher is steadier",
}
FROM_ZERO = {"load": True, "inverse": False, "ratio": False}


def register(app: Dash, services: Services) -> None:
    """Add the callbacks."""
    plans = services.plans

    def shown_of(session: Any) -> Shown | None:
        wanted = asked(session)
        if wanted is None or not session.get("version"):
            return None
        return plans.shown(plans.request(wanted.area, wanted.draws, wanted.seed))

    @app.callback(
        Output(ids.FLOOR, "max"),
        Output(ids.FLOOR, "step"),
        Output(ids.FLOOR, "value"),
        Output(ids.FLOOR_AUTO, "data"),
        Output(ids.FLOOR_BARS, "children"),
        Output(ids.SPARK, "children"),
        Output(ids.PLAN_NOTE, "children"),
        Output(ids.FLOOR_ASKED, "data", allow_duplicate=True),
        Input(ids.SESSION, "data"),
        State(ids.FLOOR, "value"),
        State(ids.FLOOR_AUTO, "data"),
        State(ids.FLOOR_ASKED, "data"),
        prevent_initial_call=True,
    )
    def fit_controls(session: Any, floor: Any, auto: Any, wish: Any) -> tuple[Any, ...]:
        shown = shown_of(session)
        wanted = asked(session)
        if shown is None or wanted is None:
            note = f"{wanted.draws} draws" if wanted else ""
            return (*(no_update,) * 4, [], [], note, no_update)
        loads = shown.pieces.scores["mean"].median
        top, step = _slider(loads)
        usual = default_floor(loads)
        own = auto is not None and floor != auto  # the user moved the slider: it stays where it is
        level = number(wish, 0, top) if wish is not None else number(floor, 0, top) if own else usual
        note = f"{shown.version} draws" if shown.complete else f"{shown.version} of {wanted.draws} draws"
        return top, step, level, usual, histogram(loads, top), spark(shown.total_week), note, None

    @app.callback(
        Output(ids.PAINT, "data"),
        Output(ids.PICKS, "data"),
        Output(ids.LEGEND, "children"),
        Output(ids.UTILITY_UNIT, "children"),
        Output(ids.FLOOR_TEXT, "children"),
        Output(ids.EXCLUDED, "children"),
        Output(ids.TOP_TITLE, "children"),
        Output(ids.TOP_UNIT, "children"),
        Output(ids.TOP_LIST, "children"),
        Input(ids.SESSION, "data"),
        Input(ids.UTILITY, "value"),
        Input(ids.FLOOR, "value"),
        Input(ids.K, "value"),
        Input(ids.GAP, "value"),
        Input(ids.MODE, "value"),
        State(ids.FLOOR_AUTO, "data"),
        State(ids.FLOOR_ASKED, "data"),
    )
    def look(session: Any, utility: Any, floor: Any, k: Any, gap: Any, mode: Any, auto: Any, wish: Any) -> tuple[Any, ...]:
        wanted = asked(session)
        if wanted is None:
            raise PreventUpdate
        level = wish if wish is not None else floor if auto is not None else None
        chosen = choice(utility, k, level, gap)
        unit = UTILITIES[chosen.utility].unit
        shown = shown_of(session)
        state = str(session.get("state", "empty"))
        if shown is None:
            words = "Picks appear here after a run." if state == "empty" else "Picks appear with the first draw."
            said = legend(UTILITIES[chosen.utility].name, unit_text(unit), "not generated yet", None)
            counts = _nothing_yet(services, wanted.area)
            return (
                {"state": state},
                {"area": wanted.area, "cells": []},
                said,
                unit_text(unit),
                "",
                counts,
                "Top picks",
                "",
                top_ghosts(words),
            )
        view = shown.view(chosen.utility, chosen.k, chosen.floor, chosen.gap)
        scale = scale_for(shown, chosen.utility)
        week_top = _week_scale(shown) if mode == "hour" and shown.complete else None
        paint = _paint(view, scale, state, unit)
        if week_top is not None:
            paint |= {"week": f"/plans/{shown.plan.provenance['fingerprint']}/week.f32", "hour_top": week_top.high}
            said = legend("Load at this hour", "GB/h", "Median of draws", week_top)
        else:
            note = f"{NOTES[chosen.utility]}{' · log scale' if scale.log else ''}"
            said = legend(UTILITIES[chosen.utility].name, unit_text(unit), note, scale)
        picks = [view.grid.ids[i] for i in view.selection.picks]
        title = f"Top {len(picks)}" if picks else "Top picks"
        floor_text = f"{shown_number(view.selection.floor)} GB/h"
        return (
            paint,
            {
                "area": wanted.area,
                "cells": picks,
                "of": [chosen.utility, view.selection.floor, chosen.k, chosen.gap, shown.version],
            },
            said,
            unit_text(unit),
            floor_text,
            _excluded(view),
            title,
            unit_text(unit),
            _list(view, scale, unit, source_faults(shown.plan.scene)),
        )

    @app.callback(
        Output(ids.MAP3D, "figure"),
        Input(ids.VIEW, "value"),
        Input(ids.PAINT, "data"),
        Input(ids.THEME, "data"),
        State(ids.SESSION, "data"),
        State(ids.UTILITY, "value"),
        State(ids.FLOOR, "value"),
        State(ids.K, "value"),
        State(ids.GAP, "value"),
        prevent_initial_call=True,
    )
    def columns(map_view: Any, paint: Any, theme: Any, session: Any, utility: Any, floor: Any, k: Any, gap: Any) -> Any:
        shown, wanted = shown_of(session), asked(session)
        if map_view != "3D" or not paint or shown is None or wanted is None:
            return no_update
        chosen = choice(utility, k, floor, gap)
        view = shown.view(chosen.utility, chosen.k, chosen.floor, chosen.gap)
        return map_figure(
            view.grid,
            view.values(),
            scale_for(shown, chosen.utility),
            unit=unit_text(UTILITIES[chosen.utility].unit),
            shown=usable(view) & ~below(view),
            marked=marked(view),
            tiles=tiles_address(plans, wanted.area),
            outside=outside_rings(view.grid),
            theme=theme_of(theme),
        )


def scale_for(shown: Shown, utility: str) -> Scale:
    """The map's scale of a utility: fixed for the plan, from the cells above the default floor, so that no control moves it."""
    loads = shown.pieces.scores["mean"].median
    values = shown.pieces.scores[utility].median
    return scale_of(values[loads >= default_floor(loads)], from_zero=FROM_ZERO[UTILITIES[utility].dimension])


def unit_text(unit: str) -> str:
    """A unit as shown; a plain ratio has none."""
    return "" if unit == "1" else unit


def usable(view: PlanView) -> NDArray[np.bool_]:
    """Cells with a value that may be shown [cell]."""
    return np.asarray((view.reasons == "") & (view.pieces.faults == ""))


def below(view: PlanView) -> NDArray[np.bool_]:
    """Usable cells below the demand floor [cell]."""
    with np.errstate(invalid="ignore"):
        return usable(view) & ~(view.values("mean") >= view.selection.floor)


def marked(view: PlanView) -> dict[str, NDArray[np.int64]]:
    """Grid indices of the cells that carry no colour, by reason: the keys of the hatches in the left panel."""
    found = {key: np.flatnonzero(view.reasons == key) for key in REASONS if key}
    failed = np.flatnonzero((view.reasons == "") & (view.pieces.faults != ""))
    return found | {"low": np.flatnonzero(below(view)), "failed": failed}


def choice_of(picks: Any) -> Choice | None:
    """The choice behind the picks now shown."""
    if not isinstance(picks, dict) or not isinstance(picks.get("of"), list) or len(picks["of"]) != 5:
        return None
    utility, floor, k, gap, _ = picks["of"]
    return choice(utility, k, floor, gap)


def _paint(view: PlanView, scale: Scale, state: str, unit: str) -> dict[str, Any]:
    """Numbers only: place on the ramp, value, below the floor, failed [cell]."""
    values = view.values()
    places = scale.fraction(values)
    failed = (view.reasons == "") & (view.pieces.faults != "")
    return {
        "state": state,
        "t": _plain(places, 4),
        "raw": [None if not np.isfinite(v) else float(f"{v:.4g}") for v in values],
        "low": below(view).astype(int).tolist(),
        "failed": failed.astype(int).tolist(),
        "unit": unit_text(unit),
        "ramp": list(RAMP),
    }


def _plain(values: NDArray[np.float64], decimals: int) -> list[float | None]:
    return [None if not np.isfinite(v) else round(float(v), decimals) for v in values]


def _list(view: PlanView, scale: Scale, unit: str, faults: tuple[str, ...]) -> list[Any]:
    values = view.values()
    places = scale.fraction(values)
    rows = [(view.grid.ids[i], float(values[i]), float(places[i])) for i in view.selection.picks]
    said = notes([*faults, *view.selection.notices])
    if not rows:
        return [*said] or top_ghosts("No cell meets these settings.")
    return [*top_rows(rows, view.utility.name, unit_text(unit)), *said]


def _excluded(view: PlanView) -> list[Any]:
    counts = {key: len(cells) for key, cells in marked(view).items()}
    low, failed = counts.pop("low"), counts.pop("failed")
    return list(excluded(counts, len(view.grid), low=low, failed=failed))


def _nothing_yet(services: Services, area: str) -> list[Any]:
    from netspatial_core.sources.constraints import feasibility

    scene = services.plans.scene(area)
    reasons = feasibility(scene.area.grid, scene.exclusions, scene.stations)
    counts = {key: int((reasons == key).sum()) for key in REASONS if key}
    return list(excluded(counts, len(reasons), low=0, failed=0))


def _week_scale(shown: Shown) -> Scale:
    """One scale for all hours: it does not move while the week plays."""
    return scale_of(np.nanmax(shown.week[shown.plan.cells], axis=1).astype(np.float64), from_zero=True)


def _slider(loads: NDArray[np.float64]) -> tuple[float, float]:
    """End and step of the floor slider: the end is the 99th percentile of the loads, in a hundred round steps."""
    known = loads[np.isfinite(loads)]
    end = float(np.percentile(known, 99)) if len(known) else 1.0
    if end <= 0:
        return 1.0, 0.01
    unit = 10.0 ** np.floor(np.log10(end / 50))
    step = float(unit * next(m for m in (1, 2, 5, 10) if m * unit * 100 >= end))
    return round(float(np.ceil(end / step) * step), 9), round(step, 9)
