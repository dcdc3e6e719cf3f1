"""Finding, comparing and presenting cells in Chromium."""

import pytest
from planner_page import Planner

WEEK_LINES = "data.length"


def test_a_cell_is_found_by_id_and_by_place(planner: Planner) -> None:
    planner.open("/?utility=mean")
    other = planner.picks()[2]
    planner.page.fill("#find", other.lower())
    planner.page.keyboard.press("Enter")
    planner.wait(lambda: planner.cell() == other, "the cell by its id")
    lon, lat = planner.js("(() => { const b = ns.area.bounds; return [(b[0] + b[2]) / 2 + 1e-4, (b[1] + b[3]) / 2 + 1e-4]; })()")
    planner.page.fill("#find", f"{lat:.6f}, {lon:.6f}")
    planner.page.keyboard.press("Enter")
    planner.wait(lambda: planner.cell() != other, "the cell by its place")
    row, column = int(planner.cell()[1:3]), int(planner.cell()[4:6])
    assert 15 <= row <= 16
    assert 15 <= column <= 16
    found = planner.cell()
    for wrong, said in (("R77C01", "There is no cell R77C01"), ("0, 0", "lies outside"), ("<b>", "There is no cell <B>")):
        planner.page.fill("#find", wrong)
        planner.page.keyboard.press("Enter")
        planner.wait(lambda said=said: said in planner.text(".toast"), f"the word on {wrong}")
    assert planner.cell() == found


def test_up_to_four_weeks_are_compared(planner: Planner) -> None:
    planner.open("/?utility=mean")
    picks = planner.picks()
    planner.wait(lambda: planner.chart("g-week", WEEK_LINES) == 2, "the week of one cell")
    planner.page.click("#pin")
    planner.wait(lambda: planner.js("document.querySelector('#pin').getAttribute('aria-pressed')") == "true", "the kept cell")
    for cell in picks[1:4]:
        planner.page.click(f".top-row[data-cell={cell}]")
        planner.wait(lambda cell=cell: planner.cell() == cell, "the next cell")
        planner.page.keyboard.press("c")
    planner.page.click(f".top-row[data-cell={picks[4]}]")
    planner.wait(lambda: planner.chart("g-week", WEEK_LINES) == 6, "four weeks beside the cell's own")
    for cell in picks[:4]:
        assert cell in planner.text("#week-note")
    planner.page.keyboard.press("c")
    planner.wait(lambda: "Four cells are compared at most" in planner.text(".toast"), "that it is full")


def test_the_second_chart_is_the_month_or_the_load_curve(planner: Planner) -> None:
    planner.open("/?utility=mean&capacity=10")
    planner.wait(lambda: "GB/day" in planner.text("#month-note"), "the month")
    planner.page.click("label:has-text('Load curve')")
    planner.wait(lambda: planner.text("#month-note").startswith("GB/h"), "the curve")
    loads = planner.js("Array.from(document.querySelector('#g-month .js-plotly-plot').calcdata[1], p => p.y)")
    assert loads == sorted(loads, reverse=True)
    assert len(loads) == 85


@pytest.mark.parametrize("planner", [(1366, 768)], indirect=True)
def test_one_key_presents(planner: Planner) -> None:
    planner.open("/?utility=mean")
    planner.page.mouse.click(5, 400)  # beside every control
    planner.page.keyboard.press("p")
    planner.wait(lambda: "present" in planner.classes("html"), "the presentation")
    size = "parseFloat(getComputedStyle(document.querySelector('.top-row')).fontSize)"
    assert planner.js(size) >= 16
    assert not planner.js("document.querySelector('#utility').checkVisibility()")
    planner.page.focus("#swipe")
    for _ in range(40):
        planner.page.keyboard.press("ArrowRight")
    planner.wait(lambda: planner.js("ns.leaflet.getPane('cells').style.clip").startswith("rect"), "the divider")
    planner.page.click("#present")
    planner.wait(lambda: "present" not in planner.classes("html"), "the planner again")
    planner.wait(lambda: planner.js("ns.leaflet.getPane('cells').style.clip") == "", "the whole plan")
    assert planner.js("document.querySelector('#utility').checkVisibility()")


def test_the_week_plays_in_3d_too(planner: Planner) -> None:
    planner.open("/?area=harbour-core&utility=mean&view=3D")
    planner.wait(lambda: planner.js("!!ns.map3d && !!ns.map3d.getSource('columns')"), "the columns")
    columns = "JSON.stringify(ns.columns.features.map(f => [f.properties.c, f.properties.h]))"
    still = planner.js(columns)
    planner.page.click("label:has-text('Hour')")
    planner.wait(lambda: planner.js(columns) != still, "the columns of one hour")
    evening = planner.js(columns)
    fetched = "performance.getEntriesByType('resource').filter(r => r.name.includes('_dash-update')).length"
    planner.page.wait_for_timeout(2500)
    assert planner.js(columns) == evening, "a figure drawn anew keeps the hour"
    before = planner.js(fetched)
    planner.page.click("#play")
    planner.wait(lambda: planner.js(columns) != evening, "the next hour")
    planner.page.click("#play")
    assert planner.js(fetched) - before <= 2, "the hours come from what the browser holds"
