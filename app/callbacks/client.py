"""What happens in the browser alone: functions of ns.js, wired by name."""

from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State

from app import ids

OWN = (ids.FORMULA, ids.BETTER, ids.CAPACITY, ids.PRICE, ids.CAPEX, ids.OPEX, ids.STATION_GAP, ids.BUDGET, ids.METHOD)
"""What an objective and its picks may stand on; a link names what is not as at first."""


def register(app: Dash) -> None:
    """Add the callbacks."""

    def js(name: str, *parts: Any, **more: Any) -> None:
        app.clientside_callback(ClientsideFunction("ns", name), *parts, **more)  # type: ignore[no-untyped-call]

    js("theme", Output(ids.THEME, "data"), Output(ids.PROVIDER, "forceColorScheme"), Input(ids.THEME_BUTTON, "n_clicks"))
    js(
        "restore",
        Output(ids.AREA, "value"),
        Output(ids.UTILITY, "value"),
        Output(ids.K, "value"),
        Output(ids.GAP, "value"),
        Output(ids.FLOOR_ASKED, "data"),
        Output(ids.DRAWS, "value"),
        Output(ids.SEED, "value"),
        Output(ids.CELL, "data", allow_duplicate=True),
        Output(ids.VIEW, "value"),
        *[Output(name, "value") for name in OWN],
        Output(ids.ZONES_ASKED, "data"),
        Input(ids.URL, "search"),
        State(ids.AREA, "data"),
        State(ids.UTILITY, "data"),
        prevent_initial_call="initial_duplicate",
    )
    js(
        "shell",
        Output(ids.APP, "className"),
        Input(ids.SESSION, "data"),
        Input(ids.VIEW, "value"),
        Input(ids.URL, "pathname"),
        Input(ids.PLAYING, "data"),
        Input(ids.MODE, "value"),
        Input(ids.PLACE, "data"),
    )
    # apart from the shell: what waits for the paint comes late over a slow line, and a run must be seen at once
    js(
        "stale",
        Output(ids.STAGE, "className"),
        Input(ids.SESSION, "data"),
        Input(ids.AREA, "value"),
        Input(ids.PAINT, "data"),
    )
    js(
        "link",
        Output(ids.LINK, "data"),
        *[Input(name, "value") for name in (ids.AREA, ids.UTILITY, ids.K, ids.FLOOR)],
        Input(ids.FLOOR_AUTO, "data"),
        *[Input(name, "value") for name in (ids.GAP, ids.DRAWS, ids.SEED)],
        Input(ids.CELL, "data"),
        Input(ids.VIEW, "value"),
        Input(ids.URL, "pathname"),
        *[Input(name, "value") for name in OWN],
        Input(ids.ZONES, "data"),
        State(ids.FIRST, "data"),
    )
    js("place", Output(ids.MAP, "className"), Input(ids.PLACE, "data"))
    js(
        "choose",
        Output(ids.CELL, "data"),
        Input(ids.CELLS, "clickData"),
        Input(ids.MAP3D, "clickData"),
        Input({"type": "row", "cell": ALL}, "n_clicks"),
        Input(ids.PICKS, "data"),
        Input(ids.CELLS, "data"),  # an input, so that a link's cell is judged when its area is there
        State(ids.CELL, "data"),
    )
    js(
        "mark",
        Output(ids.SELECTED, "data"),
        Output(ids.PINS, "data"),
        Output(ids.PINS, "hideout"),
        Output(ids.INSPECTOR, "className"),
        Input(ids.CELL, "data"),
        Input(ids.PICKS, "data"),
        Input(ids.CELLS, "data"),
        Input(ids.SESSION, "data"),
    )
    js(
        "paint",
        Output(ids.CELLS, "hideout"),
        Output(ids.NOW, "children"),
        Output(ids.NOW_SUB, "children"),
        Input(ids.PAINT, "data"),
        Input(ids.HOUR, "value"),
        Input(ids.MODE, "value"),
    )
    js(
        "play",
        Output(ids.PLAYING, "data"),
        Output(ids.TICK, "disabled"),
        Output(ids.MODE, "value"),
        Input(ids.PLAY, "n_clicks"),
        State(ids.PLAYING, "data"),
        State(ids.MODE, "value"),
    )
    js("tick", Output(ids.HOUR, "value"), Input(ids.TICK, "n_intervals"), State(ids.HOUR, "value"), prevent_initial_call=True)
    js("beat", Output(ids.BEAT, "data"), Input(ids.POLL, "n_intervals"), State(ids.ASKED, "data"), prevent_initial_call=True)
    js(
        "find",
        Output(ids.CELL, "data", allow_duplicate=True),
        Input(ids.FIND, "n_submit"),
        State(ids.FIND, "value"),
        prevent_initial_call=True,
    )
    js("present", Output(ids.FOUND, "data"), Input(ids.PRESENT, "n_clicks"), prevent_initial_call=True)
    js("said", Output(ids.SC_SAID, "data"), Input(ids.SC_ERROR, "children"), prevent_initial_call=True)
    js("before", Output(ids.BEFORE, "hideout"), Output(ids.SWIPE_LEFT, "children"), Input(ids.PAINT, "data"))
    js("swipe", Output(ids.SWIPED, "data"), Input(ids.SWIPE, "value"), prevent_initial_call=True)
    js(
        "pin",
        Output(ids.PINNED, "data"),
        Output(ids.PIN, "aria-pressed"),
        Input(ids.PIN, "n_clicks"),
        Input(ids.CELL, "data"),
        State(ids.PINNED, "data"),
    )
    js(
        "draw",
        Output(ids.EDIT, "drawToolbar"),
        Output(ids.DRAWN_FOR, "data"),
        Input(ids.ZONE_DRAW, "n_clicks"),
        Input(ids.SC_DRAW, "n_clicks"),
        prevent_initial_call=True,
    )
    js("cost", Output(ids.ZONE_COST, "disabled"), Input(ids.ZONE_KIND, "value"))
    js("tab", Output(ids.INSPECTOR_BODY, "className"), Input(ids.TAB, "value"))
    js("badges", Output(ids.BADGES, "title"), Input(ids.MAP3D, "figure"), Input(ids.PICKS, "data"), Input(ids.CELL, "data"))
