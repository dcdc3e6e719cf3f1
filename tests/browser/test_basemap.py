"""A basemap of one's own: asked for where it is configured, under the study area, with its credit on the map."""

import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image
from planner_page import Planner, Server
from planner_server import serving

from netspatial_core.settings import Settings

ASKED: list[str] = []


class Tiles(BaseHTTPRequestHandler):
    """Grey tiles for every address."""

    def do_GET(self) -> None:
        ASKED.append(self.path)
        data = io.BytesIO()
        Image.new("RGB", (256, 256), "#777").save(data, "PNG")
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.end_headers()
        self.wfile.write(data.getvalue())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    cache: Path = tmp_path_factory.mktemp("basemap")
    tiles = ThreadingHTTPServer(("127.0.0.1", 0), Tiles)
    threading.Thread(target=tiles.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{tiles.server_port}/base/{{z}}/{{x}}/{{y}}.png"
    with serving(
        Settings(cache_dir=cache, draws=1, writer="none", basemap_url=address, basemap_attribution="© Base map makers")
    ) as planner:
        yield planner
    tiles.shutdown()


def test_a_configured_basemap_is_shown_with_its_credit(planner: Planner) -> None:
    planner.page.goto(planner.server.address)
    planner.wait(lambda: planner.count(".t-base img.leaflet-tile-loaded") > 0, "tiles of the basemap")
    assert any(path.startswith("/base/") and path.endswith(".png") for path in ASKED)
    planner.wait(lambda: "© Base map makers" in planner.text("#attribution"), "its credit")
    order = "Array.from(document.querySelectorAll('.leaflet-tile-pane > .leaflet-layer'), e => e.className)"
    assert "t-base" in planner.js(order)[0], "the study area lies above"
