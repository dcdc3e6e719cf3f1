"""The network page in Chromium: figures, map, charts, and classes that filter map and table."""

from planner_page import Planner

ROWS = ".ag-center-cols-container .ag-row"
ON_MAP = "#network-map .leaflet-marker-icon"


def test_classes_filter_map_and_table(planner: Planner) -> None:
    planner.open("/?area=harbour-core")
    planner.page.click("#nav-network")
    planner.wait(lambda: planner.count(ROWS) > 0 and planner.count(ON_MAP) > 0, "table and map")
    every = planner.wait(lambda: planner.count(ON_MAP), "stations on the map")
    counts = [int(n) for n in planner.js("Array.from(document.querySelectorAll('.class-row .num'), n => n.textContent)")]
    assert sum(counts) == every
    key = max(range(len(counts)), key=counts.__getitem__)
    planner.page.click(f".class-row >> nth={key}")
    planner.wait(lambda: planner.count(ON_MAP) == counts[key], "the stations of the class on the map")
    planner.wait(lambda: planner.count(ROWS) == counts[key], "the stations of the class in the table")
    assert planner.js(f"document.querySelectorAll('.class-row')[{key}].getAttribute('aria-pressed')") == "true"
    planner.page.click(f".class-row >> nth={key}")
    planner.wait(lambda: planner.count(ON_MAP) == every, "all stations again")


def test_the_map_shows_the_area_and_its_density(planner: Planner) -> None:
    planner.open("/?area=harbour-core")
    planner.page.click("#nav-network")
    planner.wait(lambda: planner.count("#network-map .leaflet-dense-pane path") == 900, "the cells")
    opacity = "document.querySelector('#network-map .leaflet-dense-pane path').getAttribute('fill-opacity')"
    assert float(planner.js(opacity)) > 0
    width = "document.querySelector('#network-map .leaflet-dense-pane path').ownerSVGElement.querySelector('g').getBBox().height"
    assert 300 < planner.js(width) < 470, "the area fills the map"
    planner.page.click("#network-layer label:has-text('Imagery')")
    planner.wait(lambda: float(planner.js(opacity)) == 0, "imagery alone")
    assert planner.wait(lambda: planner.chart("g-hours", "data.length"), "the chart of hours") == 2
    assert planner.wait(lambda: planner.chart("g-lorenz", "data.length"), "the Lorenz curve") == 2


def test_an_area_without_stations_says_so(planner: Planner) -> None:
    planner.open("/?area=harbour-east")
    planner.page.click("#nav-network")
    planner.wait(lambda: "has no stations in its data" in planner.text("#network-body"), "the word on it")
    assert planner.count(ON_MAP) == 0
