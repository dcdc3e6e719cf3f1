"""The compare page: two scenarios on linked maps, their difference, and what changes for the network in figures."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_ag_grid as dag
import dash_leaflet as dl
import dash_mantine_components as dmc
import numpy as np
from dash import html
from numpy.typing import NDArray

from app import ids
from app.components.map2d import style
from app.components.parts import aria, box, segments, txt
from app.figures.difference import LESS_MORE, difference_colour, difference_scale, difference_ticks
from app.figures.map3d import cell_features
from app.figures.numbers import number
from app.figures.scales import Scale, colour, scale_of
from app.figures.templates import RAMP
from app.pages.network import GRID_THEME, area_zoom
from netspatial_core.area import Grid
from netspatial_core.planning.comparison import Comparison

MAP_PX = 380
HOW = "mean loads by nearest station within reach, demand as it is: new POIs and zones do not count"


def _column(field: str, title: str, form: str) -> dict[str, Any]:
    """A column of numbers; a dash where there is none."""
    shown = {"function": f"params.value == null ? '–' : d3.format('{form}')(params.value)"}
    return {"field": field, "headerName": title, "type": "rightAligned", "valueFormatter": shown}


COLUMNS: list[dict[str, Any]] = [
    {"field": "name", "headerName": "Station", "flex": 1.4},
    {"field": "cell", "headerName": "Where"},
    _column("first", "A, GB/h", ",.2f"),
    _column("second", "B, GB/h", ",.2f"),
    _column("change", "B − A, GB/h", "+,.2f"),
]
CELLS: list[dict[str, Any]] = [
    {"field": "cell", "headerName": "Cell"},
    _column("first", "A", ",.4~g"),
    _column("second", "B", ",.4~g"),
    _column("change", "B − A", "+,.4~g"),
    _column("pick_a", "Pick in A", "d"),
    _column("pick_b", "Pick in B", "d"),
]


def layout() -> html.Section:
    """The page, filled when it is opened."""
    return html.Section(
        [
            html.H1("Compare"),
            box(
                _scenario(ids.CMP_A, "A"),
                _scenario(ids.CMP_B, "B"),
                segments(
                    ids.CMP_LAYER,
                    [{"value": "mean", "label": "Mean load"}, {"value": "utility", "label": "Utility"}],
                    "mean",
                    "What is compared",
                ),
                c="cmp-head",
            ),
            html.Div(id=ids.CMP_BODY),
        ],
        className="page page-compare",
        tabIndex=0,
        **aria(label="Compare"),
    )


def _scenario(id_: str, label: str) -> html.Div:
    chosen = dmc.Select(id=id_, data=[], value=None, w=220, allowDeselect=False, **aria(label=f"Scenario {label}"))
    return box(html.B(label, className=f"side side-{label.lower()}"), chosen, c="cmp-side")


def nothing(title: str, text: str) -> list[html.Div]:
    """Why there is nothing to compare, and what to do."""
    return [box(html.H2(title), html.P(text), c="card cmp-none")]


def body(
    grid: Grid,
    made: Comparison,
    names: tuple[str, str],
    picks: tuple[Sequence[int], Sequence[int]],
    what: tuple[str, str],
    figures: Sequence[tuple[str, str, str, str]],
    loads: Sequence[Mapping[str, Any]],
    cells: Sequence[Mapping[str, Any]],
    tiles: str,
) -> list[Any]:
    """Three maps, the figures, the stations, the cells.

    Args:
        grid: The cells.
        made: The comparison.
        names: Of the two scenarios.
        picks: Grid indices that each picks, best first.
        what: Name and unit of the values.
        figures: Rows of (what, A, B, B less A).
        loads: Rows of the stations' table.
        cells: Rows of the cells' table.
        tiles: Address template of the imagery.
    """
    shared = scale_of(np.concatenate([made.first, made.second]), from_zero=what[0] == "Mean load")
    apart = difference_scale(made.difference)
    title, unit = what
    maps = [
        _map(grid, "a", f"A  {names[0]}", _shades(made.first, shared, grid, unit), picks[0], _legend(title, unit, shared), tiles),
        _map(
            grid, "b", f"B  {names[1]}", _shades(made.second, shared, grid, unit), picks[1], _legend(title, unit, shared), tiles
        ),
        _map(grid, "d", "B − A", _differences(made, apart, grid, unit), [], _apart(title, unit, apart), tiles),
    ]
    return [
        box(*maps, c="cmp-maps"),
        box(
            box(html.H2("In figures"), _table(figures), c="card"),
            box(
                box(html.H2("Stations"), txt(HOW, "sub"), c="row"),
                _grid(COLUMNS, loads, 8, "No station's load differs."),
                c="card",
            ),
            c="cmp-tables",
        ),
        box(
            box(html.H2("Cells"), txt(f"{title}, {unit}; places among the picks", "sub"), c="row"),
            _grid(CELLS, cells, 12, "No cell differs."),
            c="card cmp-cells",
        ),
    ]  # fmt: skip


def _shades(values: NDArray[np.float64], scale: Scale, grid: Grid, unit: str) -> list[dict[str, Any]]:
    places = scale.fraction(values)
    return [
        {"c": colour(float(t)), "text": f"{name} {number(float(v))} {unit}"} if np.isfinite(v) else {"text": f"{name} no site"}
        for name, v, t in zip(grid.ids, values, places, strict=True)
    ]


def _differences(made: Comparison, scale: Scale, grid: Grid, unit: str) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    for name, a, b, d in zip(grid.ids, made.first, made.second, made.difference, strict=True):
        if np.isfinite(d):
            sign = "+" if d > 0 else "−" if d < 0 else ""
            out.append({"c": difference_colour(float(d), scale), "text": f"{name} {sign}{number(abs(float(d)))} {unit}"})
        else:
            only = "site possible in B alone" if np.isfinite(b) else "site possible in A alone" if np.isfinite(a) else "no site"
            line = "#1c5fae" if np.isfinite(b) else "#a8500a" if np.isfinite(a) else None
            out.append({"c": None, "line": line, "text": f"{name} {only}"})
    return out


def _map(
    grid: Grid, key: str, title: str, shades: Sequence[dict[str, Any]], picks: Sequence[int], legend: html.Div, tiles: str
) -> html.Div:
    lon, lat = grid.area.centre
    cells = cell_features(grid, np.arange(len(grid)), properties=shades)
    pins = [
        {
            "type": "Feature",
            "properties": {"id": grid.ids[i], "rank": rank},
            "geometry": {"type": "Point", "coordinates": [float(x) for x in grid.centres_wgs84[i]]},
        }
        for rank, i in enumerate(picks, start=1)
    ]
    shown = dl.Map(
        [
            dl.TileLayer(url=tiles, maxZoom=19, className="t-area"),
            dl.GeoJSON(data=cells, style=style("compared"), onEachFeature=style("linked")),
            dl.GeoJSON(data={"type": "FeatureCollection", "features": pins}, hideout={}, pointToLayer=style("pin")),
            dl.ScaleControl(imperial=False, position="bottomleft", maxWidth=60),
        ],
        id=f"cmp-map-{key}",
        center=[lat, lon],
        zoom=area_zoom(grid, MAP_PX),
        zoomSnap=0,
        keyboard=False,
        attributionControl=False,
        trackViewport=False,
        style={"height": f"{MAP_PX}px"},
    )
    return box(html.H2(title), shown, legend, c="card map-card")


def _legend(title: str, unit: str, scale: Scale) -> html.Div:
    ticks = box(*[txt(label, style={"left": f"{100 * at:.0f}%"}) for at, label in scale.ticks()], c="ticks")
    ramp = box(*[html.I(style={"background": c}) for c in RAMP], c="ramp")
    return box(txt(f"{title}, {unit}", "lg-n"), box(ramp, ticks, c="lg-r"), c="map-legend")


def _apart(title: str, unit: str, scale: Scale) -> html.Div:
    ticks = box(*[txt(label, style={"left": f"{100 * at:.0f}%"}) for at, label in difference_ticks(scale)], c="ticks")
    ramp = box(*[html.I(style={"background": c}) for c in LESS_MORE], c="ramp")
    keys = box(html.I(className="key only"), txt("Outlined: a site in one alone"), c="keys")
    return box(txt(f"{title}, {unit}", "lg-n"), box(ramp, ticks, c="lg-r"), keys, c="map-legend")


def _table(rows: Sequence[tuple[str, str, str, str]]) -> html.Table:
    return html.Table(
        [
            html.Thead(html.Tr([html.Th(name) for name in ("", "A", "B", "B − A")])),
            html.Tbody([html.Tr([html.Th(row[0], scope="row"), *[html.Td(part) for part in row[1:]]]) for row in rows]),
        ],
        className="scores cmp-scores",
    )


def _grid(columns: list[dict[str, Any]], rows: Sequence[Mapping[str, Any]], most: int, none: str) -> Any:
    """A table that shows up to ``most`` rows and scrolls through the others."""
    if not rows:
        return html.P(none, className="sub")
    return dag.AgGrid(
        rowData=list(rows),
        columnDefs=columns,
        defaultColDef={"flex": 1, "resizable": False, "sortable": True},
        className="ag-ns",
        dashGridOptions={"theme": {"function": GRID_THEME}, "rowHeight": 30, "headerHeight": 34, "ensureDomOrder": True},
        style={"height": f"{min(most, len(rows)) * 30 + 38}px"},
    )
