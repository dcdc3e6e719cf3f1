"""Limits in Chromium: zones by cells, by the mouse and from a file, budget, and the three ways to choose."""

import itertools
import json
from pathlib import Path

from planner_page import Planner

KEPT = "Array.from(document.querySelectorAll('.zones .zone-n'), n => n.textContent)"


def open_limits(planner: Planner) -> None:
    if not planner.js("document.querySelector('#zone-cells').checkVisibility()"):
        planner.page.click("summary:has-text('Limits')")


def mark(planner: Planner, cells: str, kind: str = "") -> None:
    open_limits(planner)
    if kind:
        planner.page.click("#zone-kind")
        planner.page.click(f"[role=option]:has-text('{kind}')")
    planner.page.fill("#zone-cells", cells)
    planner.page.click("#zone-add")


def corner(cell: str) -> str:
    """The cell as a zone of itself and its neighbour to the east."""
    return f"{cell}:{cell[:4]}{int(cell[4:]) + 1:02d}"


def test_cells_that_are_marked_take_no_pick_until_the_zone_is_removed(planner: Planner) -> None:
    planner.open("/?utility=mean")
    picks, fills = planner.picks(), planner.fills()
    mark(planner, corner(picks[0]))
    planner.wait(lambda: picks[0] not in planner.picks(), "another pick")
    planner.wait(lambda: planner.js(KEPT) == ["zone 1"], "the zone in the list")
    planner.wait(lambda: planner.fills() != fills, "the veil over the zone")
    planner.wait(lambda: "Barred by a limit" in planner.text(".left"), "its row in the legend")
    planner.wait(lambda: "zones=exclude" in planner.link(), "the link")
    link, after = planner.link(), planner.picks()
    planner.page.click("[aria-label='Remove zone 1']")
    planner.wait(lambda: planner.picks() == picks, "the picks of before")
    planner.open("/" + link)
    planner.wait(lambda: planner.picks() == after, "the picks of the link")
    planner.choose("area", "dry inland")
    planner.wait(lambda: planner.js(KEPT) == [] and planner.count(".top-row"), "no zone in another area")


def test_what_is_no_zone_is_refused_and_nothing_is_lost(planner: Planner) -> None:
    planner.open("/?utility=mean")
    mark(planner, "R01C01:R02C02")
    planner.wait(lambda: planner.js(KEPT) == ["zone 1"], "the zone")
    for wrong in ("R99C01", "<img src=x>", "R01C01:R02C02:R03C03"):
        mark(planner, wrong)
        planner.wait(lambda wrong=wrong: wrong[:6] in planner.text("#zone-error"), f"what is wrong with {wrong}")
    assert planner.js(KEPT) == ["zone 1"]


def test_a_polygon_drawn_with_the_mouse_excludes(planner: Planner) -> None:
    planner.open("/?utility=mean")
    first = planner.picks()[0]
    x, y = planner.middle_of(first)
    open_limits(planner)
    planner.draw_around(x, y)
    planner.wait(lambda: first not in planner.picks() and planner.picks(), "another pick")
    planner.wait(lambda: planner.js(KEPT) == ["zone 1"], "the zone in the list")
    planner.page.mouse.click(x, y)
    planner.wait(lambda: planner.cell() == first, "a cell under the zone can be looked at")


def test_zones_of_a_file_and_a_budget(planner: Planner, tmp_path: Path) -> None:
    planner.open("/?utility=mean")
    box = planner.js("ns.area.bounds")
    ring = [[box[0], box[1]], [box[2], box[1]], [box[2], box[3]], [box[0], box[3]], [box[0], box[1]]]
    zone = {"type": "Feature", "properties": {"kind": "cost", "name": "Old town", "cost": 100_000},
            "geometry": {"type": "Polygon", "coordinates": [ring]}}  # fmt: skip
    path = tmp_path / "zones.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [zone]}))
    open_limits(planner)
    planner.page.set_input_files("#zone-file input[type=file]", str(path))
    planner.wait(lambda: planner.js(KEPT) == ["Old town"], "the zone of the file")
    planner.page.fill("#budget", "350000")
    planner.page.keyboard.press("Tab")
    planner.wait(lambda: len(planner.picks()) == 3, "three sites of 100,000 each")
    assert "3 of 10 sites: the budget of 350,000 pays for no more" in planner.text(".picks")
    (tmp_path / "empty.geojson").write_text("{}")
    planner.page.set_input_files("#zone-file input[type=file]", str(tmp_path / "empty.geojson"))
    planner.wait(lambda: "zones.geojson" in planner.text("#zone-error"), "what is wrong with the file")
    assert planner.js(KEPT) == ["Old town"]


def test_three_ways_to_choose(planner: Planner) -> None:
    planner.open("/?utility=mean&gap=600")
    first = planner.picks()
    open_limits(planner)
    planner.page.click("label:has-text('Best set')")
    planner.wait(lambda: "Proven best" in planner.text("#method-note"), "the proof", seconds=240)
    assert "best first has" in planner.text("#method-note")
    planner.page.click("label:has-text('Together')")
    planner.wait(lambda: "together, counted as mean load" in planner.text("#method-note"), "what they carry together")
    planner.wait(lambda: planner.chart("g-gains", "calcdata[0].length"), "the marginal gains")
    gains = planner.js("Array.from(document.querySelector('#g-gains .js-plotly-plot').calcdata[0], b => b.s1 ?? b.y)")
    assert all(a >= b - 1e-6 for a, b in itertools.pairwise(gains))
    planner.wait(lambda: "method=joint" in planner.link(), "the link")
    planner.page.click("label:has-text('Best first')")
    planner.wait(lambda: planner.picks() == first, "the picks of before")
