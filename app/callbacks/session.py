"""Which plan is shown: opening an area, running, cancelling, following the run, and what the area puts on the map."""

from dataclasses import replace
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from app import ids
from app.callbacks.history import history_of
from app.callbacks.inputs import Asked, asked, number
from app.components.map2d import EMPTY, cells_data, latlon
from app.components.parts import kind_badge
from app.components.running import left, notice_card, steps
from app.components.stations import station_points
from app.figures.map3d import outside_rings
from app.routes.tiles import tiles_address
from app.services import Services
from app.services.plans import Plans, Status
from netspatial_core.errors import NetSpatialError
from netspatial_core.export.incident import notice_of
from netspatial_core.planning.station_load import station_loads
from netspatial_core.sources.constraints import feasibility

POLL_ACTIVE = ("queued", "running")


def register(app: Dash, services: Services) -> None:
    """Add the callbacks."""
    _ground(app, services)
    _following(app, services.plans)


def _ground(app: Dash, services: Services) -> None:
    """What the study area puts on the map."""
    plans = services.plans

    @app.callback(
        Output(ids.CELLS, "data"),
        Output(ids.TILES, "url"),
        Output(ids.OUTSIDE, "positions"),
        Output(ids.EDGE, "positions"),
        Output(ids.STATIONS, "data"),
        Output(ids.PLACE, "data"),
        Output(ids.ATTRIBUTION, "children"),
        Output(ids.KIND, "children"),
        Output(ids.GROUND, "data"),
        Output(ids.BEFORE, "data"),
        Input(ids.AREA, "value"),
        Input(ids.SCENARIOS, "data"),
        State(ids.GROUND, "data"),
        State(ids.SESSION, "data"),
    )
    def show_area(area: Any, scenarios: Any, ground: Any, session: Any) -> tuple[Any, ...]:
        if not isinstance(area, str) or area not in plans.names():
            raise PreventUpdate
        scenario = history_of(scenarios, area).scenario
        now = {"area": area, "scenario": scenario.sha256}
        if now == ground:
            raise PreventUpdate
        scene = plans.scene(area, scenario)
        grid = scene.area.grid
        rings = outside_rings(grid)
        request = plans.request(area, services.settings.draws, services.settings.seed)
        reasons = feasibility(grid, scene.exclusions, scene.stations, min_distance_m=request.min_distance_m)
        loads = station_loads(plans.dataset(area), grid)
        place = {"name": area, "bounds": scene.area.bounds_wgs84(), "stations": len(loads), "kind": scene.kind}
        basemap = services.settings.basemap_attribution if services.settings.basemap_url else ""
        said = [scene.imagery.attribution if scene.imagery else "", scene.pois.attribution, basemap]
        attribution = " · ".join(dict.fromkeys(x for x in said if x)) or ("Synthetic city" if scene.kind == "synthetic" else "")
        wanted = asked(session)
        draws, seed = (wanted.draws, wanted.seed) if wanted is not None else (services.settings.draws, services.settings.seed)
        points = station_points(loads, frozenset(scenario.off), plans.load_ratios(area, draws, seed, scenario))
        before = EMPTY
        if scenario.changes:
            plain = plans.scene(area)
            before = cells_data(grid, feasibility(grid, plain.exclusions, plain.stations, min_distance_m=request.min_distance_m))
        if isinstance(ground, dict) and ground.get("area") == area:  # the map stays where it is
            return (cells_data(grid, reasons), *(no_update,) * 3, points, *(no_update,) * 3, now, before)
        return (
            cells_data(grid, reasons),
            tiles_address(plans, area),
            [[latlon(ring) for ring in rings]],
            latlon(rings[1]),
            points,
            place,
            attribution,
            kind_badge(scene.kind),
            now,
            before,
        )


def _following(app: Dash, plans: Plans) -> None:
    """The run that is asked for, and how far it is."""

    @app.callback(
        Output(ids.SESSION, "data"),
        Output(ids.POLL, "disabled"),
        Output(ids.RUN_TITLE, "children"),
        Output(ids.RUN_LEFT, "children"),
        Output(ids.RUN_SHARE, "children"),
        Output(ids.RUN_BAR, "value"),
        Output(ids.RUN_STEPS, "children"),
        Output(ids.NOTICE, "children"),
        Input(ids.AREA, "value"),
        Input(ids.RUN, "n_clicks"),
        Input(ids.CANCEL, "n_clicks"),
        Input(ids.BEAT, "data"),
        Input({"type": ids.DISMISS, "incident": ALL}, "n_clicks"),
        Input(ids.SCENARIOS, "data"),
        State(ids.SESSION, "data"),
        State(ids.DRAWS, "value"),
        State(ids.SEED, "value"),
        running=[(Output(ids.ASKED, "data"), True, False)],
    )
    def follow(
        area: Any, run: Any, _cancel: Any, _beat: Any, dismissed: Any, scenarios: Any, session: Any, draws: Any, seed: Any
    ) -> tuple[Any, ...]:
        cause = cause_of(list(ctx.triggered_prop_ids.values()))
        if cause == ids.DISMISS:
            if not any(dismissed):
                raise PreventUpdate
            return (*(no_update,) * 7, [])
        if not isinstance(area, str):
            raise PreventUpdate
        scenario = history_of(scenarios, area).scenario
        wanted = Asked(area, int(number(draws, 1, 256)), int(number(seed, 0, 2**31 - 1)), scenario)
        current = asked(session)
        try:
            if cause in {ids.CANCEL, ids.BEAT} and current is not None:
                wanted = current
                request = plans.request(*wanted.parts)
                if cause == ids.CANCEL:
                    plans.cancel(request)
            else:
                if cause == ids.SCENARIOS:
                    wanted = _supposed(plans, current, wanted)
                request = plans.request(*wanted.parts)
                again = cause == ids.RUN and current is not None and plans.request(*current.parts) == request
                plans.start(request, fresh=again)
            status = plans.status(request)
        except (NetSpatialError, OSError, RuntimeError, ValueError) as error:
            notice = notice_card(notice_of(error))
            return (
                wanted.json() | {"state": "empty", "version": 0},
                True,
                *(no_update,) * 5,
                notice,
            )
        return _answer(wanted, status, session, run if cause == ids.RUN else None)


def _supposed(plans: Plans, current: Asked | None, wanted: Asked) -> Asked:
    """The shown plan under another scenario: draws and seed wait for the next run; what nobody waits for any more is stopped."""
    if current is None or current.area != wanted.area:
        return wanted
    now, before = replace(current, scenario=wanted.scenario), plans.request(*current.parts)
    if before.scenario.changes and before != plans.request(*now.parts):
        plans.cancel(before)
    return now


def cause_of(triggered: list[Any]) -> str:
    """The one of the things that happened that is acted upon, '' at the start.

    While a page is busy Dash hands over several at once: a click on Cancel must not get lost behind the beat of the clock.
    """
    names = [name if isinstance(name, str) else str(name["type"]) for name in triggered]
    return next((name for name in (ids.CANCEL, ids.RUN, ids.AREA, ids.DISMISS, ids.SCENARIOS, ids.BEAT) if name in names), "")


def _answer(wanted: Asked, status: Status, session: Any, run: Any) -> tuple[Any, ...]:
    new = wanted.json() | {"state": status.state, "version": status.version}
    if run is not None and status.state in POLL_ACTIVE:
        new["run"] = run  # a fresh run of the shown plan changes the session even though nothing else does
    elif isinstance(session, dict) and "run" in session:
        new["run"] = session["run"]
    same = new == session
    if status.running is None:
        return (no_update if same else new, True, *(no_update,) * 5, notice_card(status.notice))
    running = status.running
    title = "Stopping" if running.stopping else "Waiting for its turn" if status.state == "queued" else "Running plan"
    return (
        no_update if same else new,
        False,
        title,
        left(running),
        f"{100 * running.share:.0f} %",
        round(100 * running.share, 1),
        steps(wanted.draws, running.stage),
        [],
    )
