"""The planner as a Dash application. Nothing happens at import: ``create_app`` makes everything, for one set of settings."""

import threading
from typing import Any

from dash import Dash, set_props
from flask import Flask

from app import ids
from app.callbacks import client, compare, export, inspect, limits, network, pages, scenarios, session, view
from app.components.running import notice_card
from app.routes import faults, fonts, geometry, health, tiles
from app.services import Services
from app.services.cache import Results
from app.services.jobs import Jobs
from app.services.plans import Plans
from app.services.rationales import Rationales
from app.shell import INDEX, PAGES, shell
from netspatial_core.export.incident import notice_of
from netspatial_core.settings import REPOSITORY, Settings

BODY_BYTES = 2 << 20  # the largest request a browser has reason to send
PLANS, TEXTS = 32, 2048  # kept on disk, each in a folder of its own: a plan holds some 50 MB, a text some 5 kB


def create_app(settings: Settings, *, warm: bool = True) -> Dash:
    """The planner.

    Args:
        settings: Of the process.
        warm: Load model and study areas in the background at once.
    """
    server = Flask("netspatial")
    server.config["MAX_CONTENT_LENGTH"] = BODY_BYTES
    server.after_request(_harden)
    faults.register(server, [path for _, _, path in PAGES])
    runs, texts = Jobs("plan"), Jobs("text", waiting=6)
    plans = Plans(settings, Results(server, settings.cache_dir / "results", PLANS), runs)
    written = Results(server, settings.cache_dir / "texts", TEXTS)
    services = Services(settings, plans, Rationales(settings, written, texts), (runs, texts))
    server.extensions["netspatial"] = services
    for blueprint in (tiles.blueprint(plans), geometry.blueprint(plans), fonts.blueprint(), health.blueprint(plans)):
        server.register_blueprint(blueprint)
    app = Dash(
        "netspatial",
        server=server,  # type: ignore[arg-type]  # Dash annotates a bool, takes a Flask
        assets_folder=str(REPOSITORY / "assets"),
        serve_locally=True,
        title="NetSpatial planner",
        update_title="",
        suppress_callback_exceptions=True,
        index_string=INDEX,
        on_error=_on_error,
    )
    app.layout = lambda: shell(settings, plans.choices(), plans.centre())
    client.register(app)
    for part in (session, view, limits, scenarios, inspect, export, compare, network, pages):
        part.register(app, services)
    if warm:
        threading.Thread(target=plans.warm, name="warm", daemon=True).start()
    return app


def _on_error(error: Exception) -> None:
    """A fault in a callback: a notice with an incident number on screen, the rest in the log."""
    set_props(ids.NOTICE, {"children": notice_card(notice_of(error))})


def _harden(response: Any) -> Any:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("X-Frame-Options", "SAMEORIGIN")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    return response
