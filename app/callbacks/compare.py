"""The compare page: which scenarios there are to compare, and what differs."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from dash import Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from app import ids
from app.callbacks.history import History, history_of
from app.callbacks.inputs import Asked, asked
from app.callbacks.view import choice_of
from app.figures.layers import plain
from app.figures.numbers import number
from app.pages import compare as page
from app.routes.tiles import tiles_address
from app.services import Services
from app.services.plans import Plans, Shown
from netspatial_core.area import Grid
from netspatial_core.planning.comparison import Comparison, compare
from netspatial_core.planning.effect import Effect
from netspatial_core.planning.scenario import AS_IT_IS, Scenario
from netspatial_core.planning.view import PlanView
from netspatial_core.sources.scene import Scene

LEAST = 0.005  # GB/h: smaller changes of a station's load are not listed


def register(app: Dash, services: Services) -> None:
    """Add the callbacks."""
    plans = services.plans

    @app.callback(
        Output(ids.CMP_A, "data"),
        Output(ids.CMP_B, "data"),
        Output(ids.CMP_A, "value"),
        Output(ids.CMP_B, "value"),
        Input(ids.SCENARIOS, "data"),
        Input(ids.AREA, "value"),
        State(ids.CMP_A, "value"),
        State(ids.CMP_B, "value"),
    )
    def offer(stored: Any, area: Any, first: Any, second: Any) -> tuple[Any, ...]:
        if not isinstance(area, str):
            raise PreventUpdate
        kept = history_of(stored, area)
        names = [{"value": "-1", "label": AS_IT_IS.name}]
        names += [{"value": str(i), "label": one.name} for i, one in enumerate(kept.scenarios)]
        known = {name["value"] for name in names}
        last = str(kept.at if kept.at >= 0 else len(kept.scenarios) - 1)
        picked = (str(first), str(second) if ctx.triggered_id != ids.SCENARIOS else last)  # the one that is worked on
        return names, names, picked[0] if picked[0] in known else "-1", picked[1] if picked[1] in known - {"-1"} else last

    @app.callback(
        Output(ids.CMP_BODY, "children"),
        Input(ids.URL, "pathname"),
        Input(ids.CMP_A, "value"),
        Input(ids.CMP_B, "value"),
        Input(ids.CMP_LAYER, "value"),
        Input(ids.SESSION, "data"),
        Input(ids.PICKS, "data"),
        State(ids.SCENARIOS, "data"),
        State(ids.FLOOR, "value"),
        State(ids.FLOOR_AUTO, "data"),
    )
    def show(path: Any, first: Any, second: Any, layer: Any, session: Any, picks: Any, stored: Any, floor: Any, auto: Any) -> Any:
        wanted = asked(session)
        if path != "/compare" or wanted is None or wanted.area not in plans.names():
            return no_update
        kept = history_of(stored, wanted.area)
        if not kept.scenarios:
            return page.nothing("There is nothing to compare yet.", "On the Plan page, open “As it is” and change something.")
        chosen = choice_of(picks) if isinstance(picks, dict) and picks.get("area") == wanted.area else None
        if chosen is None:
            raise PreventUpdate  # the plan page has not ranked this area yet; it will in a moment
        if floor == auto:
            chosen = replace(chosen, floor=None)  # each scenario has its own
        sides = [side(plans, wanted, scenario_at(kept, which)) for which in (first, second)]
        missing = [scenario_at(kept, which).name for which, shown in zip((first, second), sides, strict=True) if shown is None]
        if sides[0] is None or sides[1] is None:
            return page.nothing(
                f"{' and '.join(missing)} has not been generated with {wanted.draws} draws and seed {wanted.seed}.",
                "Choose it on the Plan page; it is generated there at once.",
            )
        names = scenario_at(kept, first), scenario_at(kept, second)
        views = sides[0].view(chosen), sides[1].view(chosen)
        return compared(plans, wanted, names, views, utility=layer == "utility")


def scenario_at(kept: History, which: Any) -> Scenario:
    """The scenario that a select names; the area as it is for anything unknown."""
    text = str(which)
    return kept.scenarios[int(text)] if text.isdecimal() and int(text) < len(kept.scenarios) else AS_IT_IS


def side(plans: Plans, wanted: Asked, scenario: Scenario) -> Shown | None:
    """A scenario's finished plan with the draws and seed that are shown."""
    shown = plans.shown(plans.request(wanted.area, wanted.draws, wanted.seed, scenario))
    return shown if shown is not None and shown.complete else None


def compared(
    plans: Plans, wanted: Asked, scenarios: tuple[Scenario, Scenario], views: tuple[PlanView, PlanView], *, utility: bool
) -> list[Any]:
    """The page's body."""
    key = None if utility else "mean"
    made = compare(*views, key)
    card = views[0].utility if utility else views[0].scores.cards["mean"]
    unit = plain(views[0].unit_of(card.key))
    effects = [plans.effect(wanted.area, wanted.draws, wanted.seed, scenario) for scenario in scenarios]
    scene = plans.scene(wanted.area)
    picks = [view.selection.picks.tolist() for view in views]
    return page.body(
        views[0].grid,
        made,
        (scenarios[0].name, scenarios[1].name),
        (picks[0], picks[1]),
        (card.name, unit),
        figures(made, views, effects),
        loads(scene, views[0].grid, scenarios, effects),
        cells(made, views),
        tiles_address(plans, wanted.area),
    )


def figures(made: Comparison, views: tuple[PlanView, PlanView], effects: list[Effect | None]) -> list[tuple[str, str, str, str]]:
    """Rows of the table of figures."""
    picks = [view.selection.picks for view in views]
    means = [float(np.nansum(view.values("mean")[chosen])) for view, chosen in zip(views, picks, strict=True)]
    before, after = made.feasible
    rows: list[tuple[str, str, str, str]] = [
        ("Cells that can take a site", f"{before:,}", f"{after:,}", f"{after - before:+,}"),
        _row("Demand floor, GB/h", *(view.selection.floor for view in views)),
        _row("Median cell's mean load, GB/h", *(float(np.nanmedian(view.values("mean"))) for view in views)),
        _row("Mean load of the picks, each alone, GB/h", *means),
        ("Picks in both", str(len(made.kept)), str(len(made.kept)), "–"),
        ("Cells with another value", "–", f"{made.changed:,}", "–"),
    ]
    if effects[0] is not None and effects[1] is not None:
        rows += [
            _row("Existing stations carry, GB/h", *(float(e.after.sum()) for e in effects if e is not None)),
            _row("New sites carry, GB/h", *(float(e.sites.sum()) for e in effects if e is not None)),
            _row("Reaches no station any more, GB/h", *(e.dropped for e in effects if e is not None)),
        ]
    return rows


def cells(made: Comparison, views: tuple[PlanView, PlanView]) -> list[dict[str, Any]]:
    """Rows of the cells that differ, in value or as a pick: those in one plan alone first, then the largest change."""
    places = [{int(cell): place for place, cell in enumerate(view.selection.picks, start=1)} for view in views]
    rows = []
    for cell, name in enumerate(views[0].grid.ids):
        a, b = float(made.first[cell]), float(made.second[cell])
        pick_a, pick_b = (place.get(cell) for place in places)
        if (a == b or (np.isnan(a) and np.isnan(b))) and pick_a == pick_b:
            continue
        known = [None if np.isnan(v) else float(f"{v:.6g}") for v in (a, b, b - a)]
        rows.append({"cell": name, "first": known[0], "second": known[1], "change": known[2], "pick_a": pick_a, "pick_b": pick_b})
    return sorted(rows, key=lambda row: (row["change"] is not None, -abs(row["change"] or 0.0)))


def loads(scene: Scene, grid: Grid, scenarios: tuple[Scenario, Scenario], effects: list[Effect | None]) -> list[dict[str, Any]]:
    """Rows of the stations whose load differs, and of the new sites, the largest change first."""
    first, second = effects
    if first is None or second is None:
        return []
    every = zip(scene.stations.ids, scene.stations.lonlat.tolist(), strict=True)
    stations = [(name, at) for name, at in every if np.isfinite(at).all()]
    rows = [_load(name, at, grid, a, b) for (name, at), a, b in zip(stations, first.after, second.after, strict=True)]
    sites: dict[tuple[str, float, float], list[float]] = {}  # of one name there may be one in each scenario
    for which, (scenario, effect) in enumerate(zip(scenarios, (first, second), strict=True)):
        on = [site for site in scenario.sites if site.on]
        for site, load in zip(on, effect.sites, strict=True):
            sites.setdefault((site.name, site.lon, site.lat), [0.0, 0.0])[which] = float(load)
    rows += [_load(name, at, grid, *both) for (name, *at), both in sites.items()]
    return sorted((row for row in rows if abs(row["change"]) >= LEAST), key=lambda row: -abs(row["change"]))


def _load(name: str, at: Sequence[float], grid: Grid, first: float, second: float) -> dict[str, Any]:
    cell = grid.cell_at(at[0], at[1])
    where = "outside" if cell is None else grid.ids[cell]
    change = round(float(second - first), 3)
    return {"name": name, "cell": where, "first": round(float(first), 3), "second": round(float(second), 3), "change": change}


def _row(name: str, first: float, second: float) -> tuple[str, str, str, str]:
    change = second - first
    sign = "+" if change > 0 else "−" if change < 0 else ""
    return name, number(first), number(second), f"{sign}{number(abs(change))}"
