"""A planner that serves on loopback while a test runs."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from planner_page import Server
from werkzeug.serving import make_server

from app.factory import create_app
from netspatial_core.settings import Settings


@contextmanager
def serving(settings: Settings) -> Iterator[Server]:
    """The planner of some settings, until the end of the block."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line per tile hides what failed
    app = create_app(settings)
    http = make_server("127.0.0.1", 0, app.server, threaded=True)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    services = app.server.extensions["netspatial"]
    try:
        yield Server(f"http://127.0.0.1:{http.server_port}", settings, services)
    finally:
        services.close()
        http.shutdown()
