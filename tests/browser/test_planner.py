"""What a planner does, in the browser: look, click, change, play, run, link, export."""

import io
import json
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from planner_page import DRAWS, Planner

from app.callbacks.inspect import FOLLOWS
from app.figures.numbers import number

SCROLLING = """[document.documentElement, document.body, ...document.querySelectorAll('.panel, .top-list, .i-full, .pane')]
    .filter(e => e.clientHeight && (e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1))
    .map(e => e.className || e.tagName)"""

# holds the answer with the area's cells back for three seconds, so that the picks come first
LATE_CELLS = """(() => {
    const ask = fetch, late = (go, ...what) => setTimeout(() => go(ask(...what)), 3000);
    const cells = (what) => String((what[1] || {}).body).includes('"output":"..cells.data');
    window.fetch = (...what) => cells(what) ? new Promise((go) => late(go, ...what)) : ask(...what);
})()"""


@pytest.mark.parametrize("planner", [(1366, 768), (1440, 900), (1920, 1080)], indirect=True)
def test_it_opens_on_a_coloured_map_without_scrollbars(planner: Planner) -> None:
    planner.open()
    assert planner.coloured() > 50
    assert planner.js("document.documentElement.lang") == "en"
    assert "Synthetic data" in planner.text("#head")
    assert "h/GB" in planner.text("#utility-unit")
    assert f"{DRAWS} draws" in planner.text("#plan-note")
    assert "h/GB" in planner.text("#legend")
    for key, tab in (("t", "Traffic"), ("d", "Drivers"), ("x", "Decomposition")):
        choice = planner.page.locator("#tab").get_by_text(tab)
        if not choice.is_visible():  # on a large screen traffic and drivers stand in one tab
            assert tab == "Drivers"
            continue
        choice.click()
        planner.wait(lambda key=key: planner.classes("#insp-body").endswith(f"tab-{key}"), tab)
        planner.wait(lambda: planner.js(SCROLLING) == [], f"nothing that scrolls or is cut off beside {tab}", 15)
    planner.page.locator("#tab").get_by_text("Traffic").click()
    covered = planner.js("ns.leaflet.latLngToContainerPoint([ns.area.bounds[3], ns.area.bounds[0]]).x")
    panel = planner.js("document.querySelector('.left').getBoundingClientRect().right")
    assert covered > panel, "a panel covers the study area"


def test_excluded_cells_are_hatched_and_counted(planner: Planner) -> None:
    planner.open()
    fills = planner.fills()
    counts = {
        "water": sum("hx-water" in f for f in fills),
        "green": sum("hx-green" in f for f in fills),
        "near": sum("hx-near" in f for f in fills),
        "low": sum("hx-low" in f for f in fills),
    }
    rows = planner.js(
        "Object.fromEntries(Array.from(document.querySelectorAll('#excluded .xrow'), "
        "r => [r.querySelector('.hx').className.replace('hx hx-', ''), +r.querySelector('.num').textContent.replace(',', '')]))"
    )
    assert {k: v for k, v in counts.items() if v} == {k: v for k, v in rows.items() if k in counts}
    assert sum(counts.values()) + planner.coloured() <= len(fills)


def test_a_click_on_a_cell_opens_it(planner: Planner) -> None:
    planner.open()
    before = planner.cell()
    other = next(p for p in planner.picks() if p != before)
    point = planner.middle_of(other)
    planner.page.mouse.move(*point)
    planner.wait(lambda: planner.text(".leaflet-tooltip b") == other, "the cell's tip")
    planner.page.mouse.click(*point)
    planner.wait(lambda: planner.cell() == other, "the cell in the inspector")
    planner.wait(lambda: f"cell={other}" in planner.link(), "the cell in the link")
    planner.wait(lambda: planner.js("document.querySelector('#head img').naturalWidth") == 192, "the picture")
    planner.wait(lambda: planner.chart("g-week", "data.length") == 2, "the week")
    assert planner.chart("g-week", "_fullData[1].y.length") == 168
    planner.wait(lambda: other in planner.text("#say"), "the reason")
    plans = planner.server.services.plans
    shown = plans.shown(plans.request(plans.names()[0], DRAWS, planner.server.settings.seed))
    traffic = shown.plan.ensemble.traffic[shown.pieces.rows[shown.plan.grid.ids.index(other)]]
    days, week = traffic.reshape(DRAWS, 28, 24).sum(axis=2), traffic.reshape(DRAWS, 4, 7, 24).mean(axis=1)
    month = planner.wait(lambda: planner.chart("g-month", "_fullData.map(t => Array.from(t.y))"), "the month")
    np.testing.assert_allclose(month[1], np.median(days, axis=0), rtol=1e-4)
    assert (np.array(month[0][:28]) >= np.array(month[1]) - 1e-3).all()  # the band lies about the line
    assert (np.array(month[0][:27:-1]) <= np.array(month[1]) + 1e-3).all()
    heat = planner.wait(lambda: planner.chart("g-heat", "_fullData[0].z.map(row => Array.from(row))"), "hour by weekday")
    np.testing.assert_allclose(heat, np.median(week, axis=0), rtol=1e-4, atol=1e-4)
    assert "Plain text from the facts" in planner.text("#say")


def test_a_row_of_the_list_does_what_its_cell_does(planner: Planner) -> None:
    planner.open()
    third = planner.picks()[2]
    planner.page.focus(f".top-row[data-cell={third}]")
    planner.page.keyboard.press("Enter")
    planner.wait(lambda: planner.cell() == third, "the row's cell")
    planner.wait(lambda: planner.classes(f".top-row[data-cell={third}]") == "top-row on", "the row marked")


def test_evidence_is_in_three_tabs(planner: Planner) -> None:
    planner.open()
    planner.page.click("text=Drivers")
    planner.wait(lambda: planner.js("document.querySelector('.pane-d').offsetHeight") > 0, "the drivers")
    assert "Nearest station" in planner.text("#facts")
    assert "Points of interest" in planner.text("#facts")
    plans = planner.server.services.plans
    shown = plans.shown(plans.request(plans.names()[0], DRAWS, planner.server.settings.seed))
    row = shown.pieces.rows[shown.plan.grid.ids.index(planner.cell())]
    cells = "Array.from(document.querySelectorAll('.scores tbody tr'), r => Array.from(r.cells, c => c.textContent))"
    told = [scores for key, scores in shown.pieces.scores.items() if key not in FOLLOWS]
    expected = [[number(s.median[row]), f"{number(s.p10[row])}–{number(s.p90[row])}"] for s in told]
    assert [parts[1:3] for parts in planner.js(cells)] == expected
    labels = "LSI, h/GB|Mean, GB/h|Net, GB/h|Peak, GB/h|Busy hour, GB/h|Mean/std|Overload, %|Payback, months"
    assert [parts[0] for parts in planner.js(cells)] == labels.split("|")
    planner.page.click("text=Decomposition")
    planner.wait(lambda: (planner.chart("g-parts", "data") or [])[4:], "four panels")
    assert planner.chart("g-parts", "_fullData.map(t => t.y.length)") == [672, 24, 24, 168, 672]


def test_another_utility_recolours_and_generates_nothing(planner: Planner) -> None:
    planner.open()
    fills, picks = planner.fills(), planner.picks()
    planner.choose("utility", "Mean load")
    planner.wait(lambda: "Mean load" in planner.text("#legend"), "the legend")
    assert "GB/h" in planner.text("#legend .lg-t")
    planner.wait(lambda: planner.fills() != fills, "other colours")
    assert "GB/h" in planner.text("#utility-unit")
    assert planner.picks() != picks
    planner.wait(lambda: "utility=mean" in planner.link(), "the link")
    assert "is-ready" in planner.classes("#app")
    values = planner.js("Array.from(document.querySelectorAll('.top-row .num'), n => +n.textContent.replace(',', ''))")
    assert all(a >= b for a, b in pairwise(values))


def test_k_and_spacing_change_the_list(planner: Planner) -> None:
    planner.open("/?utility=mean&gap=0")
    planner.page.fill("#k", "4")
    planner.wait(lambda: len(planner.picks()) == 4, "four picks")
    planner.wait(lambda: planner.count(".leaflet-marker-pane .pin") == 4, "their pins")
    near = planner.picks()
    planner.page.fill("#gap", "800")
    planner.wait(lambda: planner.picks() != near, "picks that keep their distance")
    planner.page.fill("#k", "0")
    planner.wait(lambda: "No site was asked for" in planner.text("#top-list"), "the word on K = 0")


def test_the_floor_hides_quiet_cells(planner: Planner) -> None:
    planner.open("/?utility=mean")
    before = planner.coloured()
    planner.page.focus("#floor [role=slider]")
    for _ in range(12):
        planner.page.keyboard.press("ArrowRight")
    planner.wait(lambda: planner.coloured() < before, "fewer coloured cells")
    planner.wait(lambda: "floor=" in planner.link(), "the link")


def test_a_link_restores_the_view(planner: Planner) -> None:
    planner.open("/?utility=mean&k=6&gap=0")
    cell = planner.picks()[4]
    planner.page.click(f".top-row[data-cell={cell}]")
    planner.wait(lambda: f"cell={cell}" in planner.link(), "the cell in the link")
    picks, link = planner.picks(), planner.link()
    planner.page.goto("about:blank")
    planner.open("/" + link)
    planner.wait(lambda: planner.cell() == cell, "the linked cell")
    assert planner.picks() == picks
    assert planner.link() == link


def test_a_forged_link_opens_the_planner_all_the_same(planner: Planner) -> None:
    planner.open()
    usual, picks = planner.link(), planner.picks()
    planner.page.goto("about:blank")
    planner.open("/?area=../../etc&utility=__proto__&k=-7&gap=1e99&cell=<img src=x>&draws=1e9&floor=NaN&view=9D")
    planner.wait(lambda: planner.link() == usual, "the link of a planner opened without one")
    assert planner.picks() == picks
    assert "v2d" in planner.classes("#app")
    assert planner.count("img[src=x]") == 0
    said = planner.text(".toast")
    assert all(
        part in said for part in ("area=../../etc", "utility=__proto__", "k=-7", "gap=1e99", "draws=1e9", "floor=NaN", "9D")
    )
    assert planner.js("[document.querySelector('#k').value, document.querySelector('#gap').value]") == ["10", "300 m"]


def test_a_sound_link_is_not_complained_of_and_cells_are_no_tab_stops(planner: Planner) -> None:
    planner.open("/?utility=mean&k=7")
    assert planner.count(".toast") == 0
    planner.page.focus("#run")
    for _ in range(30):
        planner.page.keyboard.press("Tab")
        assert planner.js("document.activeElement.tagName") != "path"
        if planner.js("document.activeElement.id") == "k":
            return
    raise AssertionError("Tab never reached K")


def test_an_emptied_field_keeps_its_meaning_in_the_link(planner: Planner) -> None:
    planner.open("/?utility=mean&gap=500")
    box = planner.page.locator("#gap")
    box.fill("")
    box.press("Tab")
    planner.wait(lambda: "gap=0" in planner.link(), "the least spacing in the link")
    picks = planner.wait(planner.picks, "picks without spacing")
    planner.open("/?" + planner.link().lstrip("/?"))
    assert planner.count(".toast") == 0
    planner.wait(lambda: planner.picks() == picks, "the same picks")


def test_the_first_pick_is_selected_until_the_user_picks(planner: Planner) -> None:
    planner.open("/?utility=lsi")
    planner.wait(lambda: planner.cell() == planner.picks()[0], "the first pick")
    assert "cell=" not in planner.link(), "nobody chose it"
    planner.choose("utility", "Mean load")
    planner.wait(lambda: "Mean load" in planner.text("#legend"), "the legend")
    planner.wait(lambda: planner.cell() == planner.picks()[0], "the first pick by mean load")
    own = planner.picks()[3]
    planner.page.click(f".top-row[data-cell={own}]")
    planner.wait(lambda: planner.cell() == own, "the user's pick")
    planner.choose("utility", "Peak load")
    planner.wait(lambda: "Peak load" in planner.text("#legend"), "the legend")
    planner.page.wait_for_timeout(1000)
    assert planner.cell() == own, "the user's choice stays"


def test_a_linked_cell_outlasts_answers_in_any_order(planner: Planner) -> None:
    """Picks that come before the area's cells must not put the first pick in place of the link's cell."""
    planner.open()
    own = planner.picks()[5]
    planner.page.goto("about:blank")
    planner.page.add_init_script(LATE_CELLS)
    planner.open(f"/?cell={own}")
    planner.wait(lambda: planner.cell() == own, "the linked cell")
    planner.page.wait_for_timeout(1500)
    assert planner.cell() == own


def test_arrows_move_the_selected_cell_and_space_plays(planner: Planner) -> None:
    planner.open()
    start = planner.cell()
    planner.js("document.activeElement.blur()")
    row, column = int(start[1:3]), int(start[4:6])
    key, expected = (
        ("ArrowRight", f"R{row:02d}C{column + 1:02d}") if column < 20 else ("ArrowLeft", f"R{row:02d}C{column - 1:02d}")
    )
    planner.page.keyboard.press(key)
    planner.wait(lambda: planner.cell() == expected, "the neighbour")
    planner.page.keyboard.press("Space")
    planner.wait(lambda: "playing" in planner.classes("#app") and "by-hour" in planner.classes("#app"), "the week playing")
    hour = planner.text("#now")
    planner.wait(lambda: planner.text("#now") != hour, "the next hour")
    planner.page.keyboard.press("Space")
    planner.wait(lambda: "playing" not in planner.classes("#app"), "the week paused")


def test_the_map_follows_the_hour_on_a_fixed_scale(planner: Planner) -> None:
    planner.open("/?utility=mean")
    planner.page.click("#mode >> text=Hour")
    planner.wait(lambda: "Load at this hour" in planner.text("#legend"), "the hour's legend")
    planner.wait(lambda: planner.text("#now") == "Wed 18:00", "the hour")
    legend, fills = planner.text("#legend"), planner.fills()
    planner.page.focus("#hour [role=slider]")
    for _ in range(9):
        planner.page.keyboard.press("ArrowRight")
    planner.wait(lambda: planner.text("#now") == "Thu 03:00", "the night")
    planner.wait(lambda: planner.fills() != fills, "other colours")
    assert planner.text("#legend") == legend
    planner.wait(lambda: planner.chart("g-week", "layout.shapes[1].x0") == 75, "the line in the chart")


def test_three_dimensions(planner: Planner) -> None:
    planner.open("/?utility=mean&k=5")
    planner.page.click("#view >> text=3D")
    planner.wait(lambda: planner.count("#g3d canvas") > 0, "the canvas")
    planner.wait(lambda: planner.count("#badges b") == 5, "the rank badges")
    style = planner.js(
        "document.querySelector('#g3d .js-plotly-plot')._fullLayout.map._subplot.map.getStyle().layers.map(l => l.id)"
    )
    standing = [i for i in style if i.startswith("hatch-")]
    reasons = {f.replace("url(#hx-", "hatch-").rstrip(")") for f in planner.fills() if "hx-" in f}
    assert set(standing) == reasons - {"hatch-low"}
    assert ("ground-low" in style) == ("hatch-low" in reasons)
    assert planner.count(".key.st") == 2
    shown = planner.js("Array.from(document.querySelectorAll('.for-st')).some(e => e.offsetParent !== null)")
    assert not shown, "a key of stations, but no stations"
    assert "columns" in style  # plotly's MapLibre object is private: this fails if an update of plotly moves it
    planner.wait(lambda: "view=3D" in planner.link(), "the link")


def test_dark_and_light(planner: Planner) -> None:
    planner.open()
    scheme = "document.documentElement.getAttribute('data-mantine-color-scheme')"
    assert planner.js(scheme) == "dark"
    dark = planner.chart("g-week", "layout.template.layout.font.color")
    planner.page.click("#theme-button")
    planner.wait(lambda: planner.js(scheme) == "light", "the light theme")
    planner.wait(lambda: planner.chart("g-week", "layout.template.layout.font.color") != dark, "charts that follow")


def test_exports_open_in_other_libraries(planner: Planner) -> None:
    planner.open("/?utility=busy&k=7")
    picks = planner.picks()

    def download(button: str) -> bytes:
        planner.page.click("summary[aria-label=Export]")
        with planner.page.expect_download() as waiting:
            planner.page.click(button)
        return waiting.value.path().read_bytes()

    table = pd.read_csv(io.BytesIO(download("#export-csv")))
    assert table["cell_id"].tolist() == picks
    assert table["busy"].is_monotonic_decreasing
    assert set(table["data"]) == {"synthetic"}
    assert table["rationale_writer"].eq("facts").all()
    raw = download("#export-geojson")
    shapes = gpd.read_file(io.BytesIO(raw))
    assert shapes["cell_id"].tolist() == picks
    assert shapes.crs.to_epsg() == 4326
    said = json.loads(raw)
    assert said["provenance"]["draws"] == DRAWS
    assert "/home/" not in raw.decode()
    assert "/tmp/" not in raw.decode()


def test_a_second_open_takes_the_plan_from_the_cache(planner: Planner) -> None:
    planner.open()
    plans = planner.server.services.plans
    request = plans.request(plans.names()[0], DRAWS, planner.server.settings.seed)
    held = plans.shown(request)
    planner.page.reload()
    planner.wait(lambda: "is-ready" in planner.classes("#app") and planner.coloured() > 0, "the plan again")
    assert plans.shown(request) is held


def test_the_network_page_lists_the_observed_stations(planner: Planner) -> None:
    planner.open()
    plans = planner.server.services.plans
    busy = next((n for n in plans.names() if len(plans.scene(n).stations)), None)
    if busy is None:
        pytest.skip("no embedded study area has stations")
    planner.open(f"/?area={busy}")
    planner.page.click("#nav-network")
    planner.wait(lambda: planner.count(".ag-center-cols-container .ag-row") > 0, "the table")
    assert "Synthetic data" in planner.text("#network-body")
    assert planner.js("document.querySelector('#nav-network').getAttribute('aria-current')") == "page"
    stations = np.isfinite(plans.scene(busy).stations.lonlat).all(axis=1).sum()
    assert planner.js("document.querySelector('.cards .card p').firstChild.data") == f"{stations}"
    planner.wait(lambda: planner.count(".ag-center-cols-container .ag-row") == stations, "a row for each station")


def test_the_models_page_shows_the_card(planner: Planner) -> None:
    planner.open()
    planner.page.click("#nav-models")
    planner.wait(lambda: planner.count(".prose") > 0, "the card")
    settings = planner.server.settings
    assert settings.model in planner.text("#models-body h1")
    config = json.loads((settings.data_dir / "models" / settings.model / "config.json").read_text())
    rows = planner.js("Array.from(document.querySelectorAll('.prose tr'), r => Array.from(r.cells, c => c.textContent.trim()))")
    said = {row[0]: row[1:] for row in rows}
    for name, value in config["figures"].items():
        assert f"{value:.4g}" in said[name.replace("_", " ")][0], name
    assert "GB/h" in said["crps"][1]
    titles = planner.js("Array.from(document.querySelectorAll('#models-body .stack h3'), h => h.textContent)")
    assert not {"Figures", "Files"} & set(titles), "shown twice"
    for file in config["files"].values():
        assert file in planner.text("#models-body .stack")
    wide = planner.js(
        """[document.documentElement, ...document.querySelectorAll('.page-models, .page-models .card')]
        .filter(e => e.clientWidth && e.scrollWidth > e.clientWidth).map(e => e.className + e.textContent.slice(0, 40))"""
    )
    assert wide == []


def test_the_training_curves_are_those_of_the_models_log(planner: Planner) -> None:
    settings = planner.server.settings
    config = json.loads((settings.data_dir / "models" / settings.model / "config.json").read_text())
    log = config["log"]
    assert len(log) > 1
    planner.open()
    planner.page.click("#nav-models")
    drawn = "_fullData.map(t => [t.name, Array.from(t.x), Array.from(t.y)])"
    curves = planner.wait(lambda: planner.chart("models-body", drawn), "the curves")
    names = ["val_daily", "val_weekly", "val_residual"]
    assert curves == [[name, [row["step"] for row in log], [row[name] for row in log]] for name in names]


def test_an_excluded_cell_says_why_it_has_no_charts(planner: Planner) -> None:
    planner.open("/?utility=mean")
    cells = planner.js("Object.keys(ns.layers).filter(id => ns.layers[id].feature.properties.why === 'green')")
    planner.js(f"dash_clientside.set_props('cell', {{data: {{area: ns.area.name, id: '{cells[0]}'}}}})")
    planner.wait(lambda: planner.cell() == cells[0], "the excluded cell")
    labels = planner.js("Array.from(document.querySelectorAll('#kpis .kpi-l'), e => e.textContent)")
    assert labels == ["Mean", "Busy hour", "Peak", "P(top-K)"]
    assert planner.js("Array.from(document.querySelectorAll('#kpis .kpi p'), p => p.textContent)") == ["–"] * 4
    inside = "Array.from(document.querySelectorAll('{}'), e => e.scrollWidth - e.clientWidth)"
    assert max(planner.js(inside.format("#kpis .kpi"))) <= 0
    seen = planner.js(
        """Array.from(document.querySelectorAll('#head .badge')).filter(e => e.getBoundingClientRect().right >
        document.querySelector('#insp').getBoundingClientRect().right - 16).map(e => e.textContent)"""
    )
    assert seen == [], "a badge is cut off"
    for tab in ("Traffic", "Decomposition"):
        planner.page.locator("#tab").get_by_text(tab).click()
        planner.wait(lambda: planner.js("document.querySelector('#why').offsetHeight") > 0, "the reason in the charts' place")
        assert planner.text("#why h3") == "Excluded: park, forest, field"
        assert not planner.js("Array.from(document.querySelectorAll('.sec h3')).some(e => e.offsetParent !== null)")
    pick = planner.picks()[0]
    planner.page.click(f".top-row[data-cell={pick}]")
    planner.wait(lambda: planner.cell() == pick, "a pick")
    planner.wait(lambda: planner.count("#why > div") == 0, "the charts again")


@pytest.mark.parametrize("path", ["/", "/network", "/models"])
def test_what_the_data_is_stands_on_every_page(planner: Planner, path: str) -> None:
    planner.page.goto(planner.server.address + path)
    planner.wait(lambda: planner.text("#kind") == "Synthetic data", "the badge")
    for theme in ("dark", "light"):
        planner.wait(lambda t=theme: planner.js("document.documentElement.dataset.mantineColorScheme") == t, theme)
        dot = planner.js("getComputedStyle(document.querySelector('#kind .badge'), '::before').backgroundColor")
        red, _, blue = (int(part) for part in dot[4:-1].split(","))
        assert blue > red, f"{dot} looks like amber, which is for what is chosen or current"
        planner.page.click("#theme-button")


def test_labels_of_axes_never_touch(planner: Planner) -> None:
    planner.open()
    touching = """Array.from(document.querySelectorAll('.js-plotly-plot')).flatMap(plot => {
        const boxes = Array.from(plot.querySelectorAll(':is(.xtick, .ytick, .xaxislayer-above, .yaxislayer-above) text'))
          .map(e => [e.textContent, e.getBoundingClientRect()]).filter(([, r]) => r.width);
        return boxes.flatMap(([a, r], i) => boxes.slice(i + 1).filter(([b, s]) => r.left < s.right - 1 && s.left < r.right - 1 &&
          r.top < s.bottom - 3 && s.top < r.bottom - 3 && a !== b).map(([b]) => a + ' on ' + b)) })"""
    planner.wait(lambda: planner.chart("g-heat", "data.length"), "the charts")
    assert planner.count("#g-month .xtick text, #g-month .xaxislayer-above text") > 3
    assert planner.js(touching) == []
    planner.page.click("text=Decomposition")
    planner.wait(lambda: (planner.chart("g-parts", "data") or [])[4:], "four panels")
    assert planner.js(touching) == []


@pytest.mark.parametrize("planner", [(820, 1180)], indirect=True)
def test_on_a_tablet_nothing_lies_on_the_zoom_buttons(planner: Planner) -> None:
    planner.open()
    box = "(e => [e.left, e.top, e.right, e.bottom])(document.querySelector('{}').getBoundingClientRect())"
    zoom, scale = (planner.js(box.format(name)) for name in (".leaflet-control-zoom", ".leaflet-control-scale"))
    assert zoom[3] <= scale[1] or scale[3] <= zoom[1]


def test_cells_below_the_floor_stand_apart_from_excluded_ones(planner: Planner) -> None:
    planner.open()
    listed = "Array.from(document.querySelectorAll('#excluded > .xrow .num'), e => +e.textContent.replace(',', ''))"
    assert f"{sum(planner.js(listed)):,} of" in planner.text("#excluded .val")
    assert "Below the demand floor" in planner.text("#excluded .apart")


def test_every_control_has_a_name(planner: Planner) -> None:
    planner.open()
    nameless = planner.js(
        """Array.from(document.querySelectorAll('button, input, a, [role=slider], summary')).filter(e => e.offsetParent !== null)
        .filter(e => !e.getAttribute('aria-label') && !e.getAttribute('aria-labelledby') && !e.title)
        .filter(e => !e.textContent.trim() && !e.labels?.length)
        .filter(e => !e.closest('.js-plotly-plot') && e.getAttribute('aria-hidden') !== 'true' && e.tabIndex >= 0)
        .map(e => e.outerHTML.slice(0, 120))"""
    )
    assert nameless == []
