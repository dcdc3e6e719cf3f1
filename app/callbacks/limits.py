"""Zones that a planner marks, and what is said of how the picks were chosen."""

import base64
import binascii
import tempfile
from pathlib import Path
from typing import Any, cast

import numpy as np
import shapely
from dash import ALL, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate
from shapely.geometry.base import BaseGeometry

from app import ids
from app.callbacks.inputs import asked, number, theme_of, zones_here
from app.callbacks.view import choice_of, shown_of
from app.components.limits import method_note, zone_rows
from app.figures.gains import gains_figure
from app.figures.templates import waiting
from app.services import Services
from app.services.plans import Plans
from netspatial_core.area import Grid
from netspatial_core.errors import InputError
from netspatial_core.planning.zones import KINDS, Zone, collection_of, read_zones, zones_of_geojson
from netspatial_core.sources.vector import SUFFIXES

STRAIGHT = 1e-6  # degrees, some 0.1 m: corners of cells along a straight side are left out


def register(app: Dash, services: Services) -> None:
    """Add the callbacks."""
    _marking(app, services.plans)
    _telling(app, services.plans)


def _marking(app: Dash, plans: Plans) -> None:
    @app.callback(
        Output(ids.ZONES, "data"),
        Output(ids.ZONE_ERROR, "children"),
        Output(ids.EDIT, "editToolbar"),
        Input(ids.EDIT, "geojson"),
        Input(ids.ZONE_ADD, "n_clicks"),
        Input(ids.ZONE_FILE, "contents"),
        Input({"type": ids.ZONE_DROP, "index": ALL}, "n_clicks"),
        Input(ids.ZONES_ASKED, "data"),
        State(ids.AREA, "value"),
        State(ids.ZONE_KIND, "value"),
        State(ids.ZONE_COST, "value"),
        State(ids.ZONE_CELLS, "value"),
        State(ids.ZONE_FILE, "filename"),
        State(ids.ZONES, "data"),
        State(ids.DRAWN_FOR, "data"),
        prevent_initial_call=True,
    )
    def mark(
        drawn: Any,
        _add: Any,
        content: Any,
        drops: Any,
        wish: Any,
        area: Any,
        kind: Any,
        cost: Any,
        cells: Any,
        file: Any,
        now: Any,
        purpose: Any,
    ) -> tuple[Any, ...]:
        if not isinstance(area, str) or area not in plans.names():
            raise PreventUpdate
        cause = ctx.triggered_id
        kept, clear = zones_here(now, area), cast("Any", no_update)
        meaning = (kind if kind in KINDS else "exclude", number(cost, 0, 1e12))
        try:
            if cause == ids.EDIT:
                if purpose == "build":  # the polygon is a scenario's building zone
                    raise PreventUpdate
                ring = last_drawn(drawn)
                if ring is None:  # the drawing was cleared
                    raise PreventUpdate
                clear = {"mode": "remove", "action": "clear all", "n_clicks": len(kept) + 1}
                zones = (*kept, _marked(ring, *meaning, kept))
            elif cause == ids.ZONE_ADD:
                zones = (*kept, _marked(cells_between(cells, plans.scene(area).area.grid), *meaning, kept))
            elif cause == ids.ZONE_FILE:
                zones = (*kept, *uploaded(content, file))
            elif cause == ids.ZONES_ASKED:
                zones = zones_here(wish, area)
            elif isinstance(cause, dict) and any(drops):
                zones = tuple(zone for i, zone in enumerate(kept) if i != cause.get("index"))
            else:
                raise PreventUpdate
            made = zones_of_geojson(collection_of(zones))
        except InputError as error:
            return no_update, f"{error.what} {error.remedy}", clear
        return {"area": area, **collection_of(made)}, "", clear


def _telling(app: Dash, plans: Plans) -> None:
    @app.callback(
        Output(ids.ZONE_LIST, "children"),
        Output(ids.ZONE_LAYER, "data"),
        Output(ids.METHOD_NOTE, "children"),
        Output(ids.GAINS, "figure"),
        Output(ids.GAINS_BOX, "hidden"),
        Input(ids.PICKS, "data"),
        Input(ids.ZONES, "data"),
        Input(ids.AREA, "value"),
        Input(ids.THEME, "data"),
        State(ids.SESSION, "data"),
    )
    def tell(picks: Any, zones: Any, area: Any, theme: Any, session: Any) -> tuple[Any, ...]:
        if not isinstance(area, str) or area not in plans.names():
            raise PreventUpdate
        marked = zones_here(zones, area)
        grid = plans.scene(area).area.grid
        counts = [int(zone.cells(grid).sum()) for zone in marked]
        shown, wanted, chosen = shown_of(plans, session), asked(session), choice_of(picks)
        rows, layer = zone_rows(marked, counts, "EUR"), collection_of(marked)
        if shown is None or wanted is None or wanted.area != area or chosen is None:
            return rows, layer, "", waiting(theme_of(theme)), True
        view = shown.view(chosen)
        gains = view.selection.gains
        note = method_note(view)
        if gains is None or len(gains) == 0:
            return rows, layer, note, no_update, True
        return rows, layer, note, gains_figure(gains, len(view.selection.picks), theme_of(theme)), False


def cells_between(text: Any, grid: Grid) -> BaseGeometry:
    """The ground of all cells between two corner cells, ``R05C03:R12C09``, or of one cell.

    Raises:
        InputError: The text names no cells of this area.
    """
    ends = str(text or "").strip().upper().split(":")
    known = {name: i for i, name in enumerate(grid.ids)}
    if len(ends) not in {1, 2} or not all(end.strip() in known for end in ends):
        raise InputError(
            f"{str(text or '')[:30]!r} names no cells of this area.", "Give two corner cells, such as R05C03:R12C09."
        )
    corners = np.array([known[end.strip()] for end in ends])
    rows, columns = grid.rows[corners], grid.columns[corners]
    inside = (
        (grid.rows >= rows.min()) & (grid.rows <= rows.max()) & (grid.columns >= columns.min()) & (grid.columns <= columns.max())
    )
    return shapely.union_all(shapely.polygons(grid.polygons_wgs84(0.0)[inside])).convex_hull.simplify(STRAIGHT)


def uploaded(content: Any, name: Any) -> tuple[Zone, ...]:
    """Zones of a file that a browser sends as a data address.

    Raises:
        InputError: It is no such file, or a zone of it cannot be used.
    """
    suffix = Path(str(name or "")).suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError("That is no file of zones.", f"Give one of {', '.join(SUFFIXES)}.")
    try:
        data = base64.b64decode(str(content).split(",", 1)[1], validate=True)
    except (IndexError, binascii.Error):
        raise InputError("The file did not arrive whole.", "Choose it again.") from None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"zones{suffix}"
        path.write_bytes(data)
        return read_zones(path)


def _marked(geometry: BaseGeometry, kind: Any, cost: float, kept: tuple[Zone, ...]) -> Zone:
    """The next zone, under the first name that is free."""
    taken = {zone.name for zone in kept}
    name = next(f"zone {i}" for i in range(1, len(kept) + 2) if f"zone {i}" not in taken)
    return Zone(kind, shapely.make_valid(geometry), name, cost if kind == "cost" else 0.0)


def last_drawn(drawn: Any) -> BaseGeometry | None:
    """The polygon that was drawn last; None where nothing is drawn.

    Raises:
        InputError: What was drawn is no polygon.
    """
    features = drawn.get("features") if isinstance(drawn, dict) else None
    if not features:
        return None
    return zones_of_geojson({"features": features[-1:]})[0].geometry
