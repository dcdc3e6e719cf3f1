"""Scenarios: every change the browser asks for is made here, checked against the area, and remembered for undo."""

import base64
import binascii
import json
import re
from collections.abc import Callable
from typing import Any, cast

import numpy as np
from dash import ALL, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from app import ids
from app.callbacks.history import History, history_of, with_history
from app.callbacks.inputs import asked, cell_index, number
from app.callbacks.limits import cells_between, last_drawn
from app.components.scenarios import MOST_POIS, SHOWN, change_rows, effect_note, near_rows, scenario_rows
from app.services import Services
from app.services.plans import Plans
from netspatial_core.area import Grid
from netspatial_core.errors import InputError
from netspatial_core.planning import edits
from netspatial_core.planning.scenario import AS_IT_IS, BYTES, Scenario, scenario_of
from netspatial_core.sources.scene import Scene
from netspatial_core.sources.text import clean_text

PLACE = re.compile(r"(-?\d+(?:\.\d+)?)\s*[,; ]\s*(-?\d+(?:\.\d+)?)")


def register(app: Dash, services: Services) -> None:
    """Add the callbacks."""
    _changing(app, services.plans)
    _telling(app, services.plans)


def _changing(app: Dash, plans: Plans) -> None:
    @app.callback(
        output={
            "scenarios": Output(ids.SCENARIOS, "data"),
            "error": Output(ids.SC_ERROR, "children"),
            "clear": Output(ids.EDIT, "editToolbar", allow_duplicate=True),
            "map": Output(ids.SUPPOSED, "data", allow_duplicate=True),
        },
        inputs={
            "_clicks": Input({"type": "sc", "act": ALL, "i": ALL}, "n_clicks"),
            "name": Input(ids.SC_NAME, "value"),
            "moved": Input(ids.MOVED, "data"),
            "drawn": Input(ids.EDIT, "geojson"),
            "content": Input(ids.SC_FILE, "contents"),
            "form": {
                "where": State(ids.SC_WHERE, "value"),
                "kind": State(ids.SC_KIND, "value"),
                "count": State(ids.SC_COUNT, "value"),
                "station": State(ids.SC_STATION, "value"),
                "cells": State(ids.SC_CELLS, "value"),
                "like": State(ids.SC_LIKE, "value"),
                "cell": State(ids.CELL, "data"),
            },
            "purpose": State(ids.DRAWN_FOR, "data"),
            "area": State(ids.AREA, "value"),
            "stored": State(ids.SCENARIOS, "data"),
        },
        prevent_initial_call=True,
        running=[(Output(ids.SC_MENU, "className"), "menu scenario on-plan busy", "menu scenario on-plan")],
    )
    def change(
        _clicks: Any, name: Any, moved: Any, drawn: Any, content: Any, form: Any, purpose: Any, area: Any, stored: Any
    ) -> dict[str, Any]:
        if not isinstance(area, str) or area not in plans.names():
            raise PreventUpdate
        now, clear = history_of(stored, area), cast("Any", no_update)
        used = causes()
        if ids.EDIT in used:
            if purpose != "build" or not (isinstance(drawn, dict) and drawn.get("features")):  # a zone of limits, or cleared
                raise PreventUpdate
            clear = {"mode": "remove", "action": "clear all", "n_clicks": len(now.past) + 1}
        try:
            scene, new = plans.scene(area), now
            for cause in used:
                new = _asked_for(new, cause, scene, area, name, moved, drawn, content, form)
            plans.scene(area, new.scenario)  # what does not fit the area is refused here, and nothing changes
            kept = no_update if new == now else with_history(stored, area, new)
        except InputError as error:
            back = {**supposed(now.scenario), "again": len(str(moved))}
            return {"scenarios": no_update, "error": f"{error.what} {error.remedy}", "clear": clear, "map": back}
        return {"scenarios": kept, "error": "", "clear": clear, "map": no_update}

    @app.callback(
        Output(ids.SC_SAVED, "data"),
        Input(ids.SC_SAVE, "n_clicks"),
        State(ids.SCENARIOS, "data"),
        State(ids.AREA, "value"),
        prevent_initial_call=True,
    )
    def save(clicks: Any, stored: Any, area: Any) -> dict[str, Any]:
        if not clicks or not isinstance(area, str):
            raise PreventUpdate
        scenario = history_of(stored, area).scenario
        slug = re.sub(r"[^A-Za-z0-9]+", "-", scenario.name).strip("-").lower() or "scenario"
        content = json.dumps({"area": area, **scenario.json()}, ensure_ascii=False, indent=1)
        return {"content": content, "filename": f"netspatial-{area}-{slug}.json", "type": "application/json"}


def _telling(app: Dash, plans: Plans) -> None:
    @app.callback(
        Output(ids.SC_NOW, "children"),
        Output(ids.SC_LIST, "children"),
        Output(ids.SC_NAME, "value"),
        Output(ids.SC_NAME, "disabled"),
        Output(ids.SC_STATION, "data"),
        Output(ids.SUPPOSED, "data"),
        Input(ids.SCENARIOS, "data"),
        Input(ids.AREA, "value"),
    )
    def tell(stored: Any, area: Any) -> tuple[Any, ...]:
        if not isinstance(area, str) or area not in plans.names():
            raise PreventUpdate
        now, scene = history_of(stored, area), plans.scene(area)
        scenario, off = now.scenario, set(now.scenario.off)
        stations = [{"value": name, "label": f"{name}, off" if name in off else name} for name in scene.stations.ids]
        name = scenario.name if now.at >= 0 else ""
        return scenario.name, scenario_rows(now.scenarios, now.at), name, now.at < 0, stations, supposed(scenario)

    @app.callback(
        Output(ids.SC_CHANGES, "children"),
        Input(ids.SCENARIOS, "data"),
        Input(ids.AREA, "value"),
        Input(ids.SESSION, "data"),
    )
    def list_changes(stored: Any, area: Any, session: Any) -> Any:
        if not isinstance(area, str) or area not in plans.names():
            raise PreventUpdate
        scenario, scene, wanted = history_of(stored, area).scenario, plans.scene(area), asked(session)
        draws = (wanted.draws, wanted.seed) if wanted is not None and wanted.area == area else None
        made = None if draws is None else plans.effect(area, *draws, scenario)
        on = [site for site in scenario.sites if site.on]
        loads = {} if made is None else {site.name: float(load) for site, load in zip(on, made.sites, strict=True)}
        grid = scene.area.grid
        cells = {site.name: _cell_of(grid, site.lon, site.lat) for site in scenario.sites}
        gone = [(i, scene.pois.tags[i]) for i in scenario.removed if i < len(scene.pois)]
        rows = change_rows(scenario, loads, cells, gone)
        if on or scenario.off:
            rows.append(effect_note(made, len(scene.stations)))
        return rows

    @app.callback(
        Output(ids.SC_NEAR, "children"),
        Output(ids.SC_WHERE, "placeholder"),
        Input(ids.SC_WHERE, "value"),
        Input(ids.CELL, "data"),
        Input(ids.SCENARIOS, "data"),
        Input(ids.AREA, "value"),
    )
    def near(text: Any, cell: Any, stored: Any, area: Any) -> Any:
        if not isinstance(area, str) or area not in plans.names():
            raise PreventUpdate
        scene, gone = plans.scene(area), set(history_of(stored, area).scenario.removed)
        grid = scene.area.grid
        selected = cell_index(cell, area, grid)
        try:
            index = grid.cell_at(*where({"where": text, "cell": cell}, grid, area))
        except InputError:  # still being typed
            index = selected
        usual = "a cell, or lat, lon" if selected is None else f"{grid.ids[selected]}, which is selected"
        if index is None:
            return [], usual
        there = [i for i in pois_in(scene, index) if i not in gone]
        listed = [(i, scene.pois.tags[i]) for i in there[:SHOWN]]
        return near_rows(grid.ids[index], listed, max(0, len(there) - SHOWN)), usual


def causes() -> list[Any]:
    """What was used, the name first: while a page is busy Dash hands over several at once, and none may get lost."""
    parts = [(ctx.triggered_prop_ids.get(one["prop_id"]), one["value"]) for one in ctx.triggered]
    used = [name for name, value in parts if value and isinstance(name, str | dict)]
    return sorted(used, key=lambda name: name != ids.SC_NAME)


def _asked_for(
    now: History, cause: Any, scene: Scene, area: str, name: Any, moved: Any, drawn: Any, content: Any, form: Any
) -> History:
    """What one used part of the page asks for."""
    if isinstance(cause, dict):
        return acted(now, str(cause.get("act")), int(number(cause.get("i"), -1, 10_000)), form, scene, area)
    if cause == ids.SC_NAME:
        return renamed(now, name)
    if cause == ids.MOVED and isinstance(moved, dict):
        lon, lat = number(moved.get("lon"), -180, 180), number(moved.get("lat"), -90, 90)
        part: Any = moved.get("part")
        return now.changed(edits.move(now.scenario, part, int(number(moved.get("index"), 0, 1e6)), lon, lat, scene.pois))
    if cause == ids.EDIT:
        ring: Any = last_drawn(drawn)
        return now.changed(edits.build(now.scenario, ring, _cell_name(form.get("like"))))
    if cause == ids.SC_FILE:
        return now.opened(uploaded(content, area))
    return now


def acted(now: History, act: str, index: int, form: Any, scene: Scene, area: str) -> History:
    """What a button does.

    Raises:
        InputError: It cannot be done; the message says why.
    """
    kept: dict[str, Callable[[], History]] = {
        "undo": now.undone,
        "choose": lambda: now.chosen(index),
        "new": lambda: now.added(AS_IT_IS),
        "copy": lambda: now.added(now.scenario),
        "delete": now.deleted,
    }
    return kept[act]() if act in kept else now.changed(edited(now.scenario, act, index, form, scene, area))


def edited(scenario: Scenario, act: str, index: int, form: Any, scene: Scene, area: str) -> Scenario:
    """The scenario with one more change.

    Raises:
        InputError: It cannot be made; the message says why.
    """
    grid, pois = scene.area.grid, scene.pois
    verb, _, rest = act.partition("-")
    part: Any = rest

    def at() -> tuple[float, float]:
        return where(form, grid, area)

    made: dict[str, Callable[[], Scenario]] = {
        "toggle": lambda: edits.toggle(scenario, index),
        "switch": lambda: edits.switch(scenario, str(form.get("station") or ""), scene.stations.ids),
        "build": lambda: edits.build(scenario, cells_between(form.get("cells"), grid), _cell_name(form.get("like"))),
        "place": lambda: edits.place(scenario, *at(), scene.stations.ids),
        "pois": lambda: edits.add(scenario, str(form.get("kind")), int(number(form.get("count"), 1, MOST_POIS)), *at()),
        "clear": lambda: edits.remove(scenario, _found(scene, *at())),
        "drop": lambda: edits.drop(scenario, part, index, pois),
        "move": lambda: edits.move(scenario, part, index, *at(), pois),
    }
    if verb not in made:
        raise InputError("That cannot be done to a scenario.", "Reload the page.")
    return made[verb]()


def _found(scene: Scene, lon: float, lat: float) -> list[int]:
    cell = scene.area.grid.cell_at(lon, lat)
    found = [] if cell is None else pois_in(scene, cell)
    if not found:
        raise InputError("There are no POIs in that cell.", "Choose another.")
    return found


def where(form: Any, grid: Grid, area: str) -> tuple[float, float]:
    """The place that the form names, (lon, lat): a cell's id, latitude and longitude, or else the selected cell.

    Raises:
        InputError: It names none in this area.
    """
    text = str(form.get("where") or "").strip().upper()
    found = PLACE.fullmatch(text)
    if found:
        lat, lon = (float(part) for part in found.groups())
        if abs(lat) > 90 or abs(lon) > 180 or grid.cell_at(lon, lat) is None:
            raise InputError(f"{text} lies outside of this study area.", "Give latitude, longitude of a place in it.")
        return lon, lat
    index = grid.ids.index(text) if text in grid.ids else None
    if text and index is None:
        raise InputError(f"{text[:20]!r} is no cell of this area.", "Give one such as R05C12, or latitude, longitude.")
    if index is None:
        index = cell_index(form.get("cell"), area, grid)
    if index is None:
        raise InputError("No cell is selected.", "Click one on the map, or name one.")
    lon, lat = grid.centres_wgs84[index]
    return float(lon), float(lat)


def pois_in(scene: Scene, cell: int) -> list[int]:
    """POIs in a cell, by their index in the scene."""
    if not len(scene.pois):
        return []
    half = scene.area.cell_m / 2
    away = np.abs(scene.area.from_wgs84(scene.pois.lonlat) - scene.area.grid.centres[cell])
    return np.flatnonzero((away <= half).all(axis=1)).tolist()


def renamed(now: History, name: Any) -> History:
    """The shown scenario under another name; the area as it is has none to change."""
    if now.at < 0 or not isinstance(name, str) or not name.strip() or name.strip() == now.scenario.name:
        return now
    return now.changed(scenario_of(now.scenario.json() | {"name": name}))


def uploaded(content: Any, area: str) -> Scenario:
    """A scenario of a file that a browser sends as a data address.

    Raises:
        InputError: It is no such file, or one of another study area.
    """
    try:
        data = base64.b64decode(str(content)[: 2 * BYTES].split(",", 1)[1], validate=True)
        value = json.loads(data[:BYTES])
    except (IndexError, binascii.Error, ValueError, RecursionError):
        raise InputError("That is no file of a scenario.", "Open one that was saved here.") from None
    of = value.get("area") if isinstance(value, dict) else None
    if of is not None and of != area:
        raise InputError(f"That is a scenario of {clean_text(of, 40)!r}.", "Choose that study area first.")
    return scenario_of(value)


def supposed(scenario: Scenario) -> dict[str, Any]:
    """What a scenario puts on the map, as GeoJSON."""
    points = [(site.lon, site.lat, "site", i, site.name, site.on) for i, site in enumerate(scenario.sites)]
    points += [(poi.lon, poi.lat, "added", i, ", ".join(dict(poi.tags).values()), True) for i, poi in enumerate(scenario.added)]
    features: list[dict[str, Any]] = [
        {
            "type": "Feature",
            "properties": {"part": part, "index": index, "name": name, "on": on},
            "geometry": {"type": "Point", "coordinates": [lon, lat]},
        }
        for lon, lat, part, index, name, on in points
    ]
    zones = scenario.json()["developments"]
    features += [{"type": "Feature", "properties": {"part": "zone", "name": z["name"]}, "geometry": z["geometry"]} for z in zones]
    return {"type": "FeatureCollection", "features": features}


def _cell_name(value: Any) -> str:
    text = str(value or "").strip().upper().removeprefix("LIKE CELL ").removeprefix("LIKE ")
    if not text:
        raise InputError("No cell is named that the zone will look like.", "Name one such as R10C10.")
    return text


def _cell_of(grid: Grid, lon: float, lat: float) -> str:
    cell = grid.cell_at(lon, lat)
    return "–" if cell is None else grid.ids[cell]
