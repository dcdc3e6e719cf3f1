"""The network page: the stations that are there, what they can carry and what they were seen to carry."""

from typing import Any

import dash_ag_grid as dag
import numpy as np
from dash import html
from numpy.typing import NDArray

from app import ids
from app.components.parts import aria, box
from app.figures.numbers import number, percent
from netspatial_core.planning.station_load import StationLoad

GRID_THEME = (
    "themeQuartz.withParams({fontFamily:'var(--font)',fontSize:13,backgroundColor:'var(--panel)',foregroundColor:'var(--tx)',"
    "headerBackgroundColor:'var(--panel)',headerTextColor:'var(--tx2)',borderColor:'var(--line)',rowHoverColor:'var(--raise)',"
    "accentColor:'var(--accent)',wrapperBorderRadius:10,browserColorScheme:'inherit'})"
)


def _decimals(count: int) -> dict[str, str]:
    """A column's number format; a dash where nothing is known."""
    return {"function": f"params.value == null ? '–' : d3.format(',.{count}f')(params.value)"}


COLUMNS = [
    {"field": "station", "headerName": "Station", "flex": 1.2},
    {"field": "place", "headerName": "Where"},
    {"field": "capacity", "headerName": "Capacity, GB/h", "type": "rightAligned", "valueFormatter": _decimals(1)},
    {"field": "mean", "headerName": "Mean load, GB/h", "type": "rightAligned", "valueFormatter": _decimals(2)},
    {"field": "busy", "headerName": "Busy hour, GB/h", "type": "rightAligned", "valueFormatter": _decimals(2)},
    {"field": "used", "headerName": "Utilisation, %", "type": "rightAligned", "valueFormatter": _decimals(0), "sort": "desc"},
    {"field": "hours", "headerName": "Hours seen", "type": "rightAligned"},
]


def layout() -> html.Section:
    """The page, filled when it is opened."""
    return html.Section(html.Div(id=ids.NETWORK_BODY), className="page page-network", **aria(label="Network"))


def body(name: str, kind: str, period: str, loads: list[StationLoad]) -> list[Any]:
    """Title, key figures and the table of stations."""
    data = "Synthetic data" if kind == "synthetic" else "Measured data"
    if not loads:
        lead = f"{name} has no stations in its data. {data}."
        return [html.H1("Network"), html.P(lead, className="lead")]
    lead = f"{len(loads)} stations of {name}, {period}. Busy hour is the 95th percentile of the hours seen. {data}."
    return [
        html.H1("Network"),
        html.P(lead, className="lead"),
        box(*_figures(loads), c="cards"),
        dag.AgGrid(
            id="stations-table",
            rowData=[_row(load) for load in loads],
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


def _figures(loads: list[StationLoad]) -> list[html.Div]:
    capacity = np.array([load.capacity for load in loads])
    busy = np.array([load.busy for load in loads])
    used = np.array([load.used for load in loads])
    both = np.isfinite(capacity) & np.isfinite(busy)
    hot = int((used > 0.85).sum())
    return [
        _card("Stations", str(len(loads)), "in the area" if all(load.inside for load in loads) else "in and around the area"),
        _card("Busy hour, median", number(_median(busy)), "GB/h"),
        _card("Busy hours of capacity", percent(busy[both].sum() / capacity[both].sum()) if both.any() else "unknown", "%"),
        _card("Above 85 %", str(hot), "stations" if hot != 1 else "station"),
    ]


def _median(values: NDArray[np.float64]) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")


def _card(label: str, value: str, unit: str) -> html.Div:
    return box(html.Span(label, className="kpi-l"), html.P([value, html.Small(unit)]), c="card")


def _row(load: StationLoad) -> dict[str, Any]:
    def known(value: float, digits: int) -> float | None:
        return round(value, digits) if np.isfinite(value) else None

    return {
        "station": load.station,
        "place": load.cell or "outside",
        "capacity": known(load.capacity, 1),
        "mean": known(load.mean, 2),
        "busy": known(load.busy, 2),
        "used": known(100 * load.used, 0),
        "hours": load.hours,
    }
