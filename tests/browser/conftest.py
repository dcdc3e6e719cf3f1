"""The planner in Chromium, offline: a real server on loopback, the embedded study areas, a page that cannot leave the machine.

Chromium is Debian's, or the one NETSPATIAL_CHROMIUM names. Where it is absent these tests are skipped with the reason, and
fail with CI=true.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlparse

import pytest
from planner_page import DRAWS, PATIENCE, Planner, Server
from planner_server import serving

from netspatial_core.settings import Settings
from netspatial_core.sources.scene import demos

ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync"]  # fmt: skip
HERE = {"127.0.0.1", "localhost", None}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a browser test."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def absent(reason: str) -> NoReturn:
    """Skip, or fail where nothing may be skipped."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The planner on the embedded study areas, with few draws and results of its own."""
    settings = Settings(cache_dir=tmp_path_factory.mktemp("cache"), draws=DRAWS, writer="none")
    if not demos(settings):
        absent("No study area is embedded: data/demo is empty.")
    with serving(settings) as planner:
        yield planner


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One browser context for all tests: what the pages share is the cache of scripts, which is half of a test's time."""
    path = os.environ.get("NETSPATIAL_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    if not Path(path).exists():
        absent(f"No Chromium at {path}: install it, or name one with NETSPATIAL_CHROMIUM.")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGS)
        yield browser.new_context(accept_downloads=True, reduced_motion="reduce")
        browser.close()


@pytest.fixture
def planner(request: pytest.FixtureRequest, chromium: Any, server: Server) -> Iterator[Planner]:
    """A fresh page of 1366 x 768, or of the size given as parameter; fails if anything left the machine or went wrong."""
    width, height = getattr(request, "param", (1366, 768))
    page = chromium.new_page()
    page.set_viewport_size({"width": width, "height": height})
    page.set_default_timeout(1000 * PATIENCE)
    page.add_init_script("try { localStorage.clear() } catch { /* about:blank has none */ }")
    planner = Planner(page, server)

    def only_here(route: Any) -> None:
        if urlparse(route.request.url).hostname in HERE:
            route.continue_()
        else:
            planner.faults.append(f"left the machine: {route.request.url}")
            route.abort()

    page.route("**/*", only_here)
    page.on("pageerror", lambda error: planner.faults.append(f"page error: {error}"))
    page.on("console", lambda line: planner.faults.append(f"console: {line.text}") if line.type == "error" else None)
    page.on("response", lambda r: planner.faults.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    yield planner
    faults = list(planner.faults)
    page.close()
    assert not faults
