"""A planner's day in Chromium: exclude ground, place a site, change POIs, build, compare, present, export."""

import json
from pathlib import Path

from planner_page import RAMP, Planner

READY = "document.querySelector('#app').classList.contains('is-ready')"
SHOWN = "JSON.parse(sessionStorage.getItem('scenarios') || '{}')['harbour-core']"


def settled(planner: Planner, says: str) -> None:
    """Wait until the scenario says so and its plan is on the map."""
    planner.wait(lambda: says in planner.text(".sc-one[aria-pressed=true]"), f"a scenario with {says}")
    planner.page.wait_for_timeout(300)
    planner.wait(lambda: planner.js(READY), "its plan")


def opened(planner: Planner, path: str = "/?area=harbour-core&utility=mean") -> Planner:
    planner.open(path)
    planner.page.click("#sc-menu summary")
    return planner


def test_a_planners_day(planner: Planner, tmp_path: Path) -> None:
    planner.open("/?area=harbour-core")
    planner.choose("utility", "Mean load")
    planner.wait(lambda: "Mean load" in planner.text("#legend"), "another objective")
    first = planner.picks()
    # an exclusion, drawn around the best cell, takes it out; spacing thins the rest
    planner.page.click(".menu.words:has(#zone-add) summary")
    x, y = planner.middle_of(first[0])
    planner.draw_around(x, y)
    planner.wait(lambda: planner.picks() and first[0] not in planner.picks(), "a pick less")
    planner.page.keyboard.press("Escape")
    planner.page.fill("#gap", "500")
    planner.page.keyboard.press("Tab")
    planner.wait(lambda: "gap=500" in planner.link(), "the spacing")
    picks = planner.picks()
    # a site where the best pick is: its neighbours lose, and nothing can stand beside it
    planner.page.click("#sc-menu summary")
    planner.page.fill("#sc-where", picks[0])
    planner.page.click("text=Place a site")
    settled(planner, "1 new site")
    planner.wait(lambda: picks[0] not in planner.picks(), "another ranking")
    planner.wait(lambda: f"New 1 at {picks[0]}" in planner.text("#sc-changes"), "the site in the list")
    planner.wait(lambda: "stations lose" in planner.text("#sc-changes"), "what neighbours lose")
    planner.wait(lambda: planner.count(".sup-site") == 1, "the site on the map")
    # POIs
    planner.page.fill("#sc-where", picks[1])
    planner.page.fill("#sc-count", "12")
    planner.page.click("text=Add POIs")
    settled(planner, "12 POIs added")
    planner.wait(lambda: "12 added" in planner.text("#sc-changes"), "the POIs in the list")
    # compare
    planner.page.click(".scen a[href='/compare']")
    planner.wait(lambda: planner.count(".cmp-maps .leaflet-container") == 3, "three maps")
    planner.wait(lambda: "New 1" in planner.text(".cmp-tables .ag-root"), "the stations")
    rows = planner.js("Array.from(document.querySelectorAll('.cmp-scores tr'), r => r.textContent)")
    assert "+" in next(row for row in rows if row.startswith("New sites carry"))
    planner.wait(lambda: planner.count(".cmp-cells .ag-row") > 0, "the cells")
    planner.page.click("#nav-plan")
    # present, and back
    planner.page.click("#present")
    planner.wait(lambda: planner.js("document.documentElement.classList.contains('present')"), "the presentation")
    planner.page.keyboard.press("Escape")
    planner.wait(lambda: not planner.js("document.documentElement.classList.contains('present')"), "the plan again")
    # export
    planner.page.click("summary[aria-label=Export]")
    with planner.page.expect_download() as download:
        planner.page.click("#export-geojson")
    download.value.save_as(tmp_path / "picks.geojson")
    exported = json.loads((tmp_path / "picks.geojson").read_text())
    assert [f["properties"]["cell_id"] for f in exported["features"]][:3] == planner.picks()[:3]
    assert "scenario" in json.dumps(exported)


def test_a_scenario_is_edited_undone_and_kept(planner: Planner, tmp_path: Path) -> None:
    opened(planner)
    cell = planner.cell()
    planner.page.click("text=Place a site")
    settled(planner, "1 new site")
    planner.page.fill("#sc-name", "Later")
    planner.page.keyboard.press("Tab")
    planner.wait(lambda: planner.text("#sc-now") == "Later", "the name")
    planner.page.click("text=Duplicate")
    planner.wait(lambda: planner.count(".sc-one") == 3, "the copy in the list")
    settled(planner, "1 new site")
    planner.page.click(".zone button:has-text('Off')")
    settled(planner, "nothing changed")
    planner.page.click(".scen button:has-text('Undo')")
    settled(planner, "1 new site")
    planner.page.fill("#sc-where", "R05C05")
    planner.page.click(".zone button:has-text('Move')")
    planner.wait(lambda: "New 1 at R05C05" in planner.text("#sc-changes"), "the site elsewhere")
    settled(planner, "1 new site")
    with planner.page.expect_download() as download:
        planner.page.click("text=Save to a file")
    download.value.save_as(tmp_path / "s.json")
    kept = json.loads((tmp_path / "s.json").read_text())
    assert kept["sites"][0]["name"] == "New 1"
    planner.page.click(".sc-one:has-text('As it is')")
    settled(planner, "As it is")
    planner.wait(lambda: cell in planner.picks(), "the picks of the area as it is")
    planner.page.set_input_files(".scen input[type=file]", tmp_path / "s.json")
    planner.wait(lambda: planner.count(".sc-one") == 4, "the scenario of the file in the list")
    settled(planner, "1 new site")
    planner.page.reload()
    planner.wait(lambda: planner.count(".top-row") > 0 and planner.js(READY), "the plan after a reload")
    kept_name = planner.js(f"{SHOWN}.list[{SHOWN}.at].name")
    planner.wait(lambda: planner.text("#sc-now") == kept_name, "the scenarios of before the reload")


def test_a_site_is_dragged_and_a_station_switched_off(planner: Planner) -> None:
    opened(planner)
    planner.page.fill("#sc-where", "R15C15")
    planner.page.click("text=Place a site")
    settled(planner, "1 new site")
    planner.wait(lambda: planner.count(".sup-site") == 1, "the site on the map")
    planner.page.wait_for_timeout(500)
    box = planner.page.locator(".sup-site").bounding_box()
    planner.page.mouse.move(box["x"] + 11, box["y"] + 11)
    planner.page.mouse.down()
    planner.page.mouse.move(box["x"] + 71, box["y"] + 71, steps=6)
    planner.page.mouse.up()
    planner.wait(lambda: "New 1 at R15C15" not in planner.text("#sc-changes"), "the site where it was dropped")
    settled(planner, "1 new site")
    station = planner.js("ns.hideout && document.querySelector('.leaflet-marker-pane .st') !== null")
    assert station
    planner.page.click("#sc-station")
    name = planner.server.services.plans.scene("harbour-core").stations.ids[0]
    planner.page.click(f"[role=option][value={name}]")
    planner.page.click("text=On or off")
    settled(planner, "1 station off")
    planner.wait(lambda: f"{name} is off" in planner.text("#sc-changes"), "the station in the list")
    planner.wait(lambda: planner.count(".st.out") == 1, "the station crossed out")


def test_a_building_zone_becomes_feasible_and_what_cannot_be_is_said(planner: Planner) -> None:
    opened(planner)
    green = planner.js("Object.values(ns.layers).find(l => l.feature.properties.why === 'green').feature.properties.id")
    planner.page.fill("#sc-cells", green)
    planner.page.click("text='Build'")
    planner.wait(lambda: "No cell is named" in planner.text("#sc-error"), "what is missing")
    planner.page.fill("#sc-like", planner.cell())
    planner.page.click("text='Build'")
    settled(planner, "1 building zone")
    why = f"ns.layers['{green}']?.feature.properties.why"  # while cells are laid anew there is none for a moment
    planner.wait(lambda: planner.js(why) == "", "ground for a site")
    planner.wait(lambda: planner.text("#sc-error") == "", "no word of what was wrong")
    planner.page.fill("#sc-where", "nowhere")
    planner.page.click("text=Place a site")
    planner.wait(lambda: "is no cell of this area" in planner.text("#sc-error"), "what is wrong")
    planner.wait(lambda: "1 building zone" in planner.text(".sc-one[aria-pressed=true]"), "the zone, which is not lost")


def test_nothing_to_compare_says_what_to_do(planner: Planner) -> None:
    planner.open("/?area=inland-core")
    planner.page.click("#nav-compare")
    planner.wait(lambda: "nothing to compare yet" in planner.text("#cmp-body"), "the word on it")
    planner.page.set_viewport_size({"width": 1366, "height": 768})
    assert planner.js("document.documentElement.scrollWidth") <= 1366


def test_the_divider_lies_between_the_area_as_it_is_and_the_scenario(planner: Planner) -> None:
    opened(planner)
    planner.page.fill("#sc-where", planner.cell())
    planner.page.click("text=Place a site")
    settled(planner, "1 new site")
    planner.wait(lambda: planner.count(".st.out") == 0 and "supposed" not in planner.text("#head"), "no station off")
    said = "Object.values(ns.leaflet._layers).map(l => (l._tooltip && l._tooltip._content) || '')"
    tips = f"{said}.some(t => String(t).includes('in this scenario'))"
    planner.wait(lambda: planner.js(tips), "rings of the neighbours that follow")
    planner.page.keyboard.press("Escape")
    planner.page.keyboard.press("p")
    planner.wait(lambda: planner.js("document.documentElement.classList.contains('present')"), "the presentation")
    planner.wait(lambda: planner.text("#swipe-left") == "As it is", "what lies on the left")
    fills = "Array.from(document.querySelectorAll('.leaflet-before-pane path'), p => p.getAttribute('fill') || '')"
    planner.page.evaluate("() => { ns.swiped = 50; ns.swipe(); }")
    assert planner.js("ns.leaflet.getPane('before').style.display") == ""
    planner.wait(lambda: any(fill in RAMP for fill in planner.js(fills)) and planner.coloured(), "colours on both sides")
    left, right = planner.js(fills), planner.fills()
    assert len(left) == len(right) == 900
    assert left != right
    assert sum(fill in RAMP for fill in left) > sum(fill in RAMP for fill in right), "nothing stands beside the site any more"
    edge = "getComputedStyle(ns.leaflet.getPane('{}')).clip.split(/[^-0-9.]+/).filter(Boolean).map(Number)"
    before, after = (planner.js(edge.format(pane)) for pane in ("before", "cells"))
    assert before[1] == after[3], "one ends where the other begins"
    planner.page.evaluate("() => { ns.swiped = 100; ns.swipe(); }")
    assert planner.js("document.querySelector('.sup-site').style.visibility") == "hidden", "the site is not there as it is"
    planner.page.focus(".swipe input[type=range]")
    planner.page.keyboard.press("Escape")
    planner.wait(lambda: planner.js("ns.leaflet.getPane('before').style.display") == "none", "the scenario alone")
