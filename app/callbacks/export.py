"""Downloads of the picks, through the exporters of the core: the same rows as the command line writes."""

import json
import tempfile
from pathlib import Path
from typing import Any

from dash import Dash, Input, Output, State, ctx
from dash.exceptions import PreventUpdate

from app import ids
from app.callbacks.inputs import asked
from app.callbacks.view import choice_of
from app.services import Services
from netspatial_core.errors import InputError
from netspatial_core.export.folder import about
from netspatial_core.export.geo import geojson
from netspatial_core.export.tables import pick_columns, pick_rows, write_csv
from netspatial_core.planning.view import PlanView
from netspatial_core.rationale.writer import Rationale


def register(app: Dash, services: Services) -> None:
    """Add the callback."""
    plans = services.plans

    @app.callback(
        Output(ids.DOWNLOAD, "data"),
        Input(ids.EXPORT_CSV, "n_clicks"),
        Input(ids.EXPORT_GEOJSON, "n_clicks"),
        State(ids.SESSION, "data"),
        State(ids.PICKS, "data"),
        prevent_initial_call=True,
    )
    def download(_csv: Any, _geojson: Any, session: Any, picks: Any) -> dict[str, Any]:
        if not ctx.triggered or not ctx.triggered[0]["value"]:
            raise PreventUpdate
        wanted, chosen = asked(session), choice_of(picks)
        shown = None if wanted is None else plans.shown(plans.request(*wanted.parts))
        if wanted is None or chosen is None or shown is None or not shown.complete:
            raise InputError("There is no finished plan to export.", "Run the plan first.")
        view = shown.view(chosen)
        scene = shown.plan.scene
        texts = {
            view.grid.ids[i]: services.rationales.best(services.rationales.facts(scene, view, int(i)))
            for i in view.selection.picks
        }
        name = f"netspatial-{wanted.area}-{chosen.utility}-top{len(view.selection.picks)}"
        if ctx.triggered_id == ids.EXPORT_CSV:
            return {"content": csv_text(view, texts), "filename": f"{name}.csv", "type": "text/csv"}
        content = json.dumps(geojson(view, about(view), texts), ensure_ascii=False, allow_nan=False)
        return {"content": content, "filename": f"{name}.geojson", "type": "application/geo+json"}


def csv_text(view: PlanView, texts: dict[str, Rationale]) -> str:
    """topk.csv as the exporter writes it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "topk.csv"
        write_csv(pick_rows(view, texts), pick_columns(view, rationales=True), path)
        return path.read_bytes().decode()
