"""The network page, after the paper's Figure 1: which stations there are, how used they are, how dense and how uneven."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import dash_ag_grid as dag
import dash_leaflet as dl
import numpy as np
from dash import dcc, html

from app import ids
from app.components.map2d import style
from app.components.parts import aria, box, segments, txt
from app.components.stations import station_points
from app.figures.map3d import cell_features
from app.figures.network import HOT, USED
from app.figures.numbers import number, percent
from app.figures.scales import Scale, colour, scale_of
from app.figures.templates import CONFIG, RAMP, waiting
from netspatial_core.area import Grid
from netspatial_core.planning.network import AROUND_M, CLASSES, OVER, UNDER, NetworkState, utilisation_class
from netspatial_core.planning.station_load import StationLoad

GRID_THEME = (
    "themeQuartz.withParams({fontFamily:'var(--font)',fontSize:13,backgroundColor:'var(--panel)',foregroundColor:'var(--tx)',"
    "headerBackgroundColor:'var(--panel)',headerTextColor:'var(--tx2)',borderColor:'var(--line)',rowHoverColor:'var(--raise)',"
    "accentColor:'var(--accent)',wrapperBorderRadius:10,browserColorScheme:'inherit'})"
)
EQUATOR_M, TILE_PX, MAP_PX = 40_075_016.686, 256, 430  # of the web map's projection; height of the map on the page
NAMES = {"idle": "Idle", "low": "Low", "medium": "Medium", "high": "High", "hot": "Overloaded", "": "Unknown"}


def _decimals(count: int) -> dict[str, str]:
    """A column's number format; a dash where nothing is known."""
    return {"function": f"params.value == null ? '–' : d3.format(',.{count}f')(params.value)"}


COLUMNS = [
    {"field": "station", "headerName": "Station", "flex": 1.2},
    {"field": "place", "headerName": "Where"},
    {"field": "class", "headerName": "Class"},
    {"field": "capacity", "headerName": "Capacity, GB/h", "type": "rightAligned", "valueFormatter": _decimals(1)},
    {"field": "mean", "headerName": "Mean load, GB/h", "type": "rightAligned", "valueFormatter": _decimals(2)},
    {"field": "busy", "headerName": "Busy hour, GB/h", "type": "rightAligned", "valueFormatter": _decimals(2)},
    {"field": "used", "headerName": "Utilisation, %", "type": "rightAligned", "valueFormatter": _decimals(0), "sort": "desc"},
    {"field": "hours", "headerName": "Hours seen", "type": "rightAligned"},
]


def layout() -> html.Section:
    """The page, filled when it is opened."""
    return html.Section(
        [dcc.Store(id=ids.NETWORK_SHOWN), html.Div(id=ids.NETWORK_BODY)],
        className="page page-network",
        tabIndex=0,
        **aria(label="Network"),
    )


def body(
    name: str, kind: str, period: str, loads: Sequence[StationLoad], state: NetworkState, grid: Grid, dense: Any, tiles: str
) -> list[Any]:
    """Title, key figures, map, charts and the table of stations.

    Args:
        name: Of the study area.
        kind: Of its data.
        period: When the traffic was seen.
        loads: The stations.
        state: The network in figures.
        grid: The cells.
        dense: Stations per km2 around each cell [cell].
        tiles: Address template of the imagery.
    """
    data = "Synthetic data" if kind == "synthetic" else "Measured data"
    if not loads:
        lead = f"{name} has no stations in its data. {data}."
        return [html.H1("Network"), html.P(lead, className="lead")]
    lead = f"{len(loads)} stations of {name}, {period}. Busy hour is the 95th percentile of the hours seen. {data}."
    hours = f"% of capacity below {percent(UNDER)}, above {percent(OVER)}"
    return [
        html.H1("Network"),
        html.P(lead, className="lead"),
        box(*_cards(loads, state), c="cards six"),
        box(
            _map(grid, dense, loads, tiles),
            box(
                box(html.H2("Utilisation class"), box(id=ids.NETWORK_CLASSES, c="classes"), c="card"),
                _chart("Under-used and overloaded", f"share of stations by hour of the week · {hours}", ids.NETWORK_HOURS, 104),
                _chart("Concentration of the load", "Lorenz curve of the mean loads", ids.NETWORK_LORENZ, 116),
                c="stack",
            ),
            c="network",
        ),
        box(html.H2("Stations"), txt("", "sub", id=ids.NETWORK_COUNT), c="row table-head"),
        dag.AgGrid(
            id=ids.NETWORK_TABLE,
            rowData=rows(loads),
            columnDefs=COLUMNS,
            defaultColDef={"flex": 1, "resizable": False, "sortable": True},
            className="ag-ns",
            dashGridOptions={
                "theme": {"function": GRID_THEME},
                "rowHeight": 34,
                "headerHeight": 36,
                "domLayout": "autoHeight",
                "ensureDomOrder": True,
            },
            style={"height": None},
        ),
    ]


def rows(loads: Sequence[StationLoad]) -> list[dict[str, Any]]:
    """The table's rows."""
    return [_row(load) for load in loads]


def class_rows(loads: Sequence[StationLoad], shown: Collection[str]) -> list[html.Button]:
    """The classes as bars that filter map and table: pressed ones are shown, all where none is pressed."""
    counts = class_counts(loads)
    most = max(counts.values(), default=1) or 1
    return [
        html.Button(
            [
                html.I(style={"background": HOT if key == "hot" else colour(USED[key]) if key in USED else "var(--raise2)"}),
                txt(NAMES[key], "bar-n"),
                txt(_range(key), "sub"),
                box(html.Div(style={"width": f"{100 * count / most:.0f}%"}), c="bar-t"),
                txt(str(count), "num"),
            ],
            id={"type": ids.NETWORK_CLASSES, "key": key or "unknown"},
            n_clicks=0,
            className="class-row",
            **aria(pressed="true" if key in shown else "false", label=f"{NAMES[key]}: {count} stations"),
        )
        for key, count in counts.items()
    ]


def class_counts(loads: Sequence[StationLoad]) -> Mapping[str, int]:
    """Stations in each class, and in none where there are such."""
    names = [utilisation_class(load.used) for load in loads]
    counts = {key: names.count(key) for key in CLASSES}
    return counts | ({"": names.count("")} if "" in names else {})


def _range(key: str) -> str:
    if key == "":
        return "no capacity or traffic"
    low, high = CLASSES[key]
    return f"{percent(low)} to {percent(high)} %" if np.isfinite(high) else f"{percent(low)} % and more"


def _map(grid: Grid, dense: Any, loads: Sequence[StationLoad], tiles: str) -> html.Div:
    lon, lat = grid.area.centre
    scale = scale_of(np.asarray(dense, dtype=float), from_zero=True)
    shades = [{"c": colour(float(t))} for t in scale.fraction(np.asarray(dense, dtype=float))]
    cells = cell_features(grid, np.arange(len(grid)), properties=shades)
    head = box(
        html.H2("Where they stand"),
        segments(ids.NETWORK_LAYER, [{"value": "density", "label": "Density"}, {"value": "none", "label": "Imagery"}], "density",
                 "What lies under the stations"),
        c="row",
    )  # fmt: skip
    layers = [
        dl.TileLayer(url=tiles, maxZoom=19, className="t-area"),
        dl.Pane(
            dl.GeoJSON(id=ids.NETWORK_DENSITY, data=cells, hideout={"on": True}, style=style("dense")),
            name="dense",
            style={"zIndex": 380},
        ),
        dl.GeoJSON(id=ids.NETWORK_STATIONS, data=station_points(loads), pointToLayer=style("station")),
        dl.ScaleControl(imperial=False, position="bottomleft", maxWidth=60),
    ]
    shown = dl.Map(
        layers, id=ids.NETWORK_MAP, center=[lat, lon],
        zoom=area_zoom(grid, MAP_PX), zoomSnap=0, keyboard=False, scrollWheelZoom=False,
        attributionControl=False, trackViewport=False, style={"height": f"{MAP_PX}px"},
    )  # fmt: skip
    return box(head, shown, _legend(scale), c="card map-card")


def area_zoom(grid: Grid, height: int) -> float:
    """The web map's zoom at which the area fills a map's height in pixels, a little air around it."""
    metres_a_pixel = grid.area.side_m / grid.area.scale * 1.08 / height
    return float(np.log2(EQUATOR_M / TILE_PX * np.cos(np.radians(grid.area.centre[1])) / metres_a_pixel))


def _legend(scale: Scale) -> html.Div:
    ticks = box(*[txt(label, style={"left": f"{100 * at:.0f}%"}) for at, label in scale.ticks()], c="ticks")
    ramp = box(*[html.I(style={"background": c}) for c in RAMP], c="ramp")
    keys = box(
        html.I(className="key st"),
        txt("Busy hour's share of the capacity"),
        html.I(className="key st hot"),
        txt("> 85 %"),
        c="keys",
    )
    return box(txt(f"Stations per km² within {AROUND_M:g} m", "lg-n"), box(ramp, ticks, c="lg-r"), keys, c="map-legend")


def _chart(title: str, note: str, id_: str, height: int) -> html.Div:
    graph = dcc.Graph(id=id_, figure=waiting("dark"), config=CONFIG, responsive=True, style={"height": f"{height}px"})
    return box(box(html.H2(title), c="row"), html.P(note, className="sub"), graph, c="card")


def _cards(loads: Sequence[StationLoad], state: NetworkState) -> list[html.Div]:
    where = "in the area" if all(load.inside for load in loads) else "in and around the area"
    return [
        _card("Stations", str(state.stations), where),
        _card("Density", number(state.per_km2), "per km²"),
        _card("Busy hours of capacity", percent(state.used), "%"),
        _card("Under-used hours", percent(state.under), f"% below {percent(UNDER)} %"),
        _card("Overloaded hours", number(100 * state.over, 2), f"% above {percent(OVER)} %"),
        _card("Busiest tenth carries", percent(state.top_tenth), f"% · Gini {number(state.gini, 2)}"),
    ]


def _card(label: str, value: str, unit: str) -> html.Div:
    return box(html.Span(label, className="kpi-l"), html.P([value, html.Small(unit)]), c="card")


def _row(load: StationLoad) -> dict[str, Any]:
    def known(value: float, digits: int) -> float | None:
        return round(value, digits) if np.isfinite(value) else None

    return {
        "station": load.station,
        "place": load.cell or "outside",
        "class": NAMES[utilisation_class(load.used)],
        "capacity": known(load.capacity, 1),
        "mean": known(load.mean, 2),
        "busy": known(load.busy, 2),
        "used": known(100 * load.used, 0),
        "hours": load.hours,
    }
