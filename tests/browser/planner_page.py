"""A page of the planner as a test drives it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from netspatial_core.settings import Settings

DRAWS = 3
PATIENCE = 180.0  # seconds; on an idle machine nothing here takes five, on a crowded one a run takes minutes
RAMP = {"#35264c", "#3d3a78", "#3f5a98", "#347fa6", "#34a0a9", "#4dc2ad", "#8fdcb4", "#dcf6e6"}


@dataclass
class Server:
    """A running planner."""

    address: str
    settings: Settings
    services: Any


@dataclass
class Planner:
    """A page of the planner and what went wrong on it."""

    page: Any
    server: Server
    faults: list[str] = field(default_factory=list)

    def open(self, path: str = "/") -> "Planner":
        """Go to an address and wait until the plan is on the map."""
        self.page.goto(self.server.address + path)
        self.wait(lambda: self.count(".top-row") > 0 and "is-ready" in self.classes("#app"), "a finished plan")
        self.wait(lambda: self.coloured() > 0, "a coloured map")
        self.wait(lambda: self.count("#head h2") > 0, "a selected cell")
        return self

    def wait(self, condition: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
        """Poll: under a strict content policy ``wait_for_function`` is blocked."""
        end = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < end, f"waited {seconds:.0f} s in vain for {what}; faults: {self.faults}"
            self.page.wait_for_timeout(60)
        return found

    def js(self, code: str) -> Any:
        """The value of an expression in the page."""
        return self.page.evaluate(f"() => ({code})")

    def count(self, query: str) -> int:
        """How many elements match."""
        return int(self.js(f"document.querySelectorAll({query!r}).length"))

    def text(self, query: str) -> str:
        """Text of the first match, '' without one."""
        return str(self.js(f"(document.querySelector({query!r}) || {{textContent: ''}}).textContent"))

    def classes(self, query: str) -> str:
        """Classes of the first match."""
        return str(self.js(f"(document.querySelector({query!r}) || {{className: ''}}).className"))

    def fills(self) -> list[str]:
        """Fill of every cell, in grid order."""
        return list(
            self.js("Array.from(document.querySelectorAll('.leaflet-cells-pane path'), p => p.getAttribute('fill') || '')")
        )

    def coloured(self) -> int:
        """Cells that carry a colour of the ramp (hatches are patterns)."""
        return sum(fill in RAMP for fill in self.fills())

    def cell(self) -> str:
        """The cell in the inspector."""
        return self.text("#head h2")

    def picks(self) -> list[str]:
        """Cell ids of the list, best first."""
        return list(self.js("Array.from(document.querySelectorAll('.top-row'), r => r.dataset.cell)"))

    def link(self) -> str:
        """The query of the address bar."""
        return str(self.js("location.search"))

    def choose(self, select: str, option: str) -> None:
        """Pick an option of one of the drop-downs."""
        self.page.click(f"#{select}")
        self.page.click(f"[role=option]:has-text('{option}')")

    def middle_of(self, cell: str) -> list[float]:
        """A point of a cell on the screen, a little below its middle, where no pin lies."""
        inside = f"ns.leaflet.latLngToContainerPoint(ns.layers['{cell}'].getBounds().getCenter())"
        frame = "document.querySelector('.leaflet-container').getBoundingClientRect()"
        x, y = self.js(f"[{frame}.x + {inside}.x, {frame}.y + {inside}.y]")
        return [x, y + 7]

    def draw_around(self, x: float, y: float) -> None:
        """Draw a zone of 60 by 60 pixels about a point of the screen with the mouse."""
        self.page.click("#zone-draw")
        self.wait(lambda: self.js("document.querySelector('.leaflet-draw-tooltip')"), "the drawing tool")
        for dx, dy in ((-30, -30), (30, -30), (30, 30), (-30, 30), (-30, -30)):
            self.page.mouse.move(x + dx, y + dy, steps=3)
            self.page.mouse.click(x + dx, y + dy)
            self.page.wait_for_timeout(150)

    def chart(self, id_: str, expression: str) -> Any:
        """Something of a chart's plotly element, e.g. ``data.length``; None while it has no data."""
        found = f"document.querySelector('#{id_} .js-plotly-plot')"
        return self.js(f"{found} && {found}.data && {found}.data.length ? {found}.{expression} : null")
