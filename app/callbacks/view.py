"""What the map, the legend and the list of picks show of a plan. Nothing here generates anything."""

from dataclasses import replace
from typing import Any

import numpy as np
from dash import Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate
from numpy.typing import NDArray

from app import ids
from app.callbacks.inputs import Asked, asked, choice, layer_of, number, theme_of
from app.components.controls import excluded, histogram, notes, top_ghosts, top_rows
from app.components.dock import legend, spark
from app.figures.layers import Shade, plain, shade
from app.figures.map3d import map_figure, outside_rings
from app.figures.numbers import number as shown_number
from app.figures.scales import Scale, scale_of
from app.figures.templates import RAMP
from app.routes.tiles import tiles_address
from app.services import Services
from app.services.plans import Plans, Shown
from netspatial_core.errors import InputError
from netspatial_core.planning.expression import expression
from netspatial_core.planning.scenario import AS_IT_IS, Scenario
from netspatial_core.planning.selection import default_floor
from netspatial_core.planning.view import Choice, PlanView
from netspatial_core.sources.constraints import REASONS
from netspatial_core.sources.faults import source_faults


def register(app: Dash, services: Services) -> None:
    """Add the callbacks."""
    _controls(app, services.plans)
    _ranking(app, services)
    _columns(app, services.plans)


def _controls(app: Dash, plans: Plans) -> None:
    """What the controls say of themselves."""

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
        shown = shown_of(plans, session)
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
        Output(ids.OWN, "data"),
        Output(ids.FORMULA, "error"),
        Input(ids.FORMULA, "value"),
        Input(ids.BETTER, "value"),
        prevent_initial_call=True,
    )
    def read_formula(formula: Any, better: Any) -> tuple[Any, Any]:
        try:
            expression(str(formula or ""), str(better))
        except InputError as error:
            return no_update, f"{error.what} {error.remedy}"  # the map keeps what it shows till the formula is one
        return {"formula": formula, "better": better}, False


def _ranking(app: Dash, services: Services) -> None:
    """Colours, legend, counts and picks."""
    plans = services.plans
    form = {
        "utility": ids.UTILITY,
        "k": ids.K,
        "gap": ids.GAP,
        "station_gap": ids.STATION_GAP,
        "budget": ids.BUDGET,
        "method": ids.METHOD,
        "capacity": ids.CAPACITY,
        "price": ids.PRICE,
        "capex": ids.CAPEX,
        "opex": ids.OPEX,
    }
    wishes = {name: Input(component, "value") for name, component in form.items()} | {
        "own": Input(ids.OWN, "data"),
        "zones": Input(ids.ZONES, "data"),
    }

    @app.callback(
        output={
            "paint": Output(ids.PAINT, "data"),
            "picks": Output(ids.PICKS, "data"),
            "legend": Output(ids.LEGEND, "children"),
            "unit": Output(ids.UTILITY_UNIT, "children"),
            "floor": Output(ids.FLOOR_TEXT, "children"),
            "excluded": Output(ids.EXCLUDED, "children"),
            "title": Output(ids.TOP_TITLE, "children"),
            "top_unit": Output(ids.TOP_UNIT, "children"),
            "top": Output(ids.TOP_LIST, "children"),
        },
        inputs={
            "session": Input(ids.SESSION, "data"),
            "wish": wishes,
            "floor": Input(ids.FLOOR, "value"),
            "mode": Input(ids.MODE, "value"),
            "layer": Input(ids.LAYER, "value"),
            "auto": State(ids.FLOOR_AUTO, "data"),
            "asked_floor": State(ids.FLOOR_ASKED, "data"),
        },
    )
    def look(session: Any, wish: Any, floor: Any, mode: Any, layer: Any, auto: Any, asked_floor: Any) -> dict[str, Any]:
        wanted = asked(session)
        if wanted is None:
            raise PreventUpdate
        level = asked_floor if asked_floor is not None else floor if auto is not None else None
        chosen = choice(_form(wish, level, wanted.area))
        card = chosen.objective
        unit = plain(card.unit_in("GB/h", chosen.assumptions.currency))
        shown = shown_of(plans, session)
        state = str(session.get("state", "empty"))
        if shown is None:
            words = "Picks appear here after a run." if state == "empty" else "Picks appear with the first draw."
            return {
                "paint": {"state": state, "area": wanted.area},
                "picks": {"area": wanted.area, "cells": []},
                "legend": legend(card.name, unit, "not generated yet", None),
                "unit": unit,
                "floor": "",
                "excluded": _nothing_yet(services, wanted),
                "title": "Top picks",
                "top_unit": "",
                "top": top_ghosts(words),
            }
        view = shown.view(chosen)
        painted = shade(view, layer_of(layer))
        week_top = _week_scale(shown) if mode == "hour" and shown.complete else None
        paint = _paint(view, painted, state) | {"area": wanted.area}
        before = shown_of(plans, session, AS_IT_IS) if wanted.scenario.changes else None
        if before is not None and before.complete:
            seen = before.view(chosen)
            paint["before"] = _paint(seen, replace(shade(seen, layer_of(layer)), scale=painted.scale), "ready")
        if week_top is not None:
            paint |= {"week": f"/plans/{shown.plan.provenance['fingerprint']}/week.f32", "hour_top": week_top.high}
            said = legend("Load at this hour", "GB/h", "Median of draws", week_top)
        else:
            said = legend(painted.title, painted.unit, painted.note, painted.scale)
        picks = [view.grid.ids[i] for i in view.selection.picks]
        made = _form(wish, view.selection.floor, wanted.area) | {"version": shown.version}
        return {
            "paint": paint,
            "picks": {"area": wanted.area, "cells": picks, "of": made},
            "legend": said,
            "unit": unit,
            "floor": f"{shown_number(view.selection.floor)} GB/h",
            "excluded": _excluded(view),
            "title": f"Top {len(picks)}" if picks else "Top picks",
            "top_unit": unit,
            "top": _list(view, source_faults(shown.plan.scene)),
        }


def _columns(app: Dash, plans: Plans) -> None:
    """The 3D map."""

    @app.callback(
        Output(ids.MAP3D, "figure"),
        Input(ids.VIEW, "value"),
        Input(ids.PAINT, "data"),
        Input(ids.THEME, "data"),
        State(ids.SESSION, "data"),
        State(ids.PICKS, "data"),
        State(ids.LAYER, "value"),
        prevent_initial_call=True,
    )
    def columns(map_view: Any, paint: Any, theme: Any, session: Any, picks: Any, layer: Any) -> Any:
        shown, wanted, chosen = shown_of(plans, session), asked(session), choice_of(picks)
        if map_view != "3D" or not paint or shown is None or wanted is None or chosen is None:
            return no_update
        view = shown.view(chosen)
        painted = shade(view, layer_of(layer))
        return map_figure(
            view.grid,
            painted.values,
            painted.scale,
            unit=painted.unit,
            shown=usable(view) & ~below(view) & ~barred(view) & np.isfinite(painted.values),
            marked=marked(view),
            tiles=tiles_address(plans, wanted.area),
            outside=outside_rings(view.grid),
            theme=theme_of(theme),
        )


def shown_of(plans: Plans, session: Any, scenario: Scenario | None = None) -> Shown | None:
    """What can be shown of the plan that a session names, or of the same one under another scenario."""
    wanted = asked(session)
    if wanted is None or not session.get("version"):
        return None
    return plans.shown(plans.request(wanted.area, wanted.draws, wanted.seed, wanted.scenario if scenario is None else scenario))


def _form(wish: Any, floor: Any, area: str) -> dict[str, Any]:
    """What ``choice`` reads, from what the controls hold; zones of another area do not count."""
    parts = dict(wish) if isinstance(wish, dict) else {}
    own, zones = parts.pop("own", None), parts.pop("zones", None)
    if isinstance(zones, dict) and zones.get("area") == area and zones.get("features"):
        parts["zones"] = zones
    return {**parts, **(own if isinstance(own, dict) else {}), "floor": floor}


def usable(view: PlanView) -> NDArray[np.bool_]:
    """Cells with a value that may be shown [cell]."""
    return np.asarray((view.reasons == "") & (view.pieces.faults == ""))


def below(view: PlanView) -> NDArray[np.bool_]:
    """Usable cells below the demand floor [cell]."""
    with np.errstate(invalid="ignore"):
        return usable(view) & ~(view.values("mean") >= view.selection.floor)


def barred(view: PlanView) -> NDArray[np.bool_]:
    """Usable cells above the floor at which a limit lets no site stand [cell]."""
    return np.asarray(usable(view) & ~below(view) & (view.selection.limits.barred != ""))


def worthless(view: PlanView) -> NDArray[np.bool_]:
    """Usable cells above the floor and not barred for which the utility has no value [cell]."""
    return usable(view) & ~below(view) & ~barred(view) & ~np.isfinite(view.values())


def marked(view: PlanView) -> dict[str, NDArray[np.int64]]:
    """Grid indices of the cells that carry no colour, by reason: the keys of the hatches in the left panel."""
    found = {key: np.flatnonzero(view.reasons == key) for key in REASONS if key}
    failed = np.flatnonzero((view.reasons == "") & (view.pieces.faults != ""))
    parts = {"low": below(view), "barred": barred(view), "void": worthless(view)}
    return found | {key: np.flatnonzero(cells) for key, cells in parts.items()} | {"failed": failed}


def choice_of(picks: Any) -> Choice | None:
    """The choice behind the picks now shown."""
    return choice(picks["of"]) if isinstance(picks, dict) and isinstance(picks.get("of"), dict) else None


def _paint(view: PlanView, painted: Shade, state: str) -> dict[str, Any]:
    """Numbers only: place on the ramp, value, below the floor, failed [cell]."""
    values, places = painted.values, painted.scale.fraction(painted.values)
    failed = (view.reasons == "") & (view.pieces.faults != "")
    return {
        "state": state,
        "t": _plain(places, 4),
        "raw": [None if not np.isfinite(v) else float(f"{v:.4g}") for v in values],
        "low": np.select([barred(view), below(view) | ~np.isfinite(values)], [2, 1], 0).tolist(),  # 2: a limit bars it
        "failed": failed.astype(int).tolist(),
        "unit": painted.unit,
        "ramp": list(RAMP),
    }


def _plain(values: NDArray[np.float64], decimals: int) -> list[float | None]:
    return [None if not np.isfinite(v) else round(float(v), decimals) for v in values]


def _list(view: PlanView, faults: tuple[str, ...]) -> list[Any]:
    values = view.values()
    places = shade(view, "value").scale.fraction(values)
    rows = [(view.grid.ids[i], float(values[i]), float(places[i])) for i in view.selection.picks]
    said = notes([*faults, *view.selection.notices])
    if not rows:
        return [*said] or top_ghosts("No cell meets these settings.")
    return [*top_rows(rows, view.utility.name, plain(view.unit_of(view.utility.key))), *said]


def _excluded(view: PlanView) -> list[Any]:
    counts = {key: len(cells) for key, cells in marked(view).items()}
    low, bar, void, failed = (counts.pop(key) for key in ("low", "barred", "void", "failed"))
    return list(excluded(counts, len(view.grid), low=low, barred=bar, void=void, failed=failed))


def _nothing_yet(services: Services, wanted: Asked) -> list[Any]:
    from netspatial_core.sources.constraints import feasibility

    scene = services.plans.scene(wanted.area, wanted.scenario)
    reasons = feasibility(scene.area.grid, scene.exclusions, scene.stations)
    counts = {key: int((reasons == key).sum()) for key in REASONS if key}
    return list(excluded(counts, len(reasons), low=0, barred=0, void=0, failed=0))


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
