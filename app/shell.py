"""The frame around every page: providers, stores, top bar, stage."""

from dataclasses import asdict
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from app import ids
from app.components.controls import FORMULA
from app.components.parts import aria, box, icon, segments, txt
from app.components.scenarios import scenario_menu
from app.figures.templates import FONT
from app.pages import compare, models, network, plan
from netspatial_core.planning.assumptions import Assumptions
from netspatial_core.settings import Settings

INDEX = """<!DOCTYPE html>
<html lang="en">
  <head>
    {%metas%}<meta name="viewport" content="width=device-width, initial-scale=1">
    <title>{%title%}</title>{%favicon%}{%css%}
  </head>
  <body>{%app_entry%}<footer>{%config%}{%scripts%}{%renderer%}</footer></body>
</html>"""
PAGES = (
    ("plan", "Plan", "/"),
    ("compare", "Compare", "/compare"),
    ("network", "Network", "/network"),
    ("models", "Models", "/models"),
)
AMBER = ["#fff6e0", "#ffebc2", "#ffdc94", "#ffcc66", "#ffb224", "#ffb224", "#f0a000", "#cc8400", "#a86b00", "#7a4d00"]
DARKS = ["#eef2f6", "#c6d0d9", "#a9b5c1", "#7d8a97", "#3a4652", "#2a343f", "#1d2630", "#141b22", "#0f151b", "#0b1016"]
SMALL = {"defaultProps": {"size": "xs"}}
THEME: dict[str, Any] = {
    "fontFamily": FONT,
    "primaryColor": "amber",
    "primaryShade": {"light": 4, "dark": 4},
    "autoContrast": True,
    "luminanceThreshold": 0.4,
    "defaultRadius": 6,
    "colors": {"amber": AMBER, "dark": DARKS},
    "focusRing": "auto",
    "components": {"Select": SMALL, "Button": SMALL, "NumberInput": SMALL},
}


def shell(settings: Settings, areas: list[dict[str, str]], centre: tuple[float, float]) -> dmc.MantineProvider:
    """The whole page. ``areas`` are the choices of the study area, as value and label; the map opens about ``centre``."""
    first = {"draws": settings.draws, "seed": settings.seed, "formula": FORMULA, "better": "high", **asdict(Assumptions())}
    first |= {ids.STATION_GAP: 0, ids.BUDGET: "", ids.METHOD: "greedy"}
    stores = [
        dcc.Location(id=ids.URL, refresh=False),
        *[
            dcc.Store(id=name)
            for name in (
                ids.SESSION,
                ids.PLACE,
                ids.CELL,
                ids.PICKS,
                ids.PAINT,
                ids.LINK,
                ids.FLOOR_ASKED,
                ids.ZONES,
                ids.ZONES_ASKED,
                ids.PINNED,
                ids.FOUND,
                ids.SWIPED,
                ids.MOVED,
                ids.SC_SAID,
                ids.GROUND,
                ids.DRAWN_FOR,
            )
        ],
        dcc.Store(id=ids.SCENARIOS, storage_type="session"),  # a reload keeps them
        dcc.Store(id=ids.THEME, data="dark"),
        dcc.Store(id=ids.PLAYING, data=False),
        dcc.Store(id=ids.FLOOR_AUTO),
        dcc.Store(id=ids.OWN, data={"formula": FORMULA, "better": "high"}),
        dcc.Store(id=ids.BEAT),
        dcc.Store(id=ids.ASKED, data=False),
        dcc.Store(id=ids.FIRST, data=first),
        dcc.Interval(id=ids.TICK, interval=600, disabled=True),
        dcc.Interval(id=ids.POLL, interval=500, disabled=True),
        dcc.Interval(id=ids.SAY_POLL, interval=900, disabled=True),
        dcc.Download(id=ids.DOWNLOAD),
        dcc.Download(id=ids.SC_SAVED),
    ]
    stage = html.Main(
        [*plan.layout(settings, centre), compare.layout(), network.layout(), models.layout()], className="stage", id=ids.STAGE
    )
    return dmc.MantineProvider(
        id=ids.PROVIDER,
        forceColorScheme="dark",
        theme=THEME,
        children=html.Div([*stores, _top(areas), stage], id=ids.APP, className="app is-empty v2d by-all p-plan"),
    )


def _top(areas: list[dict[str, str]]) -> html.Header:
    area = dmc.Select(
        id=ids.AREA,
        data=areas,
        value=None,
        w=212,
        allowDeselect=False,
        placeholder="No study area",
        **aria(label="Study area"),
    )
    export = html.Details(
        [
            html.Summary(icon("down"), title="Export", **aria(label="Export")),
            box(
                html.H3("Export"),
                html.Button([txt("Ranked picks"), txt("CSV", "ext")], id=ids.EXPORT_CSV, n_clicks=0),
                html.Button([txt("Picks on the map"), txt("GeoJSON", "ext")], id=ids.EXPORT_GEOJSON, n_clicks=0),
            ),
        ],
        className="menu on-plan",
    )
    theme = dmc.ActionIcon(
        icon("theme"),
        id=ids.THEME_BUTTON,
        variant="subtle",
        color="gray",
        size=30,
        n_clicks=0,
        **aria(label="Switch dark or light"),
    )
    return html.Header(
        [
            box(html.I(className="logo"), html.B("NetSpatial"), txt("planner"), c="brand"),
            html.Nav([dcc.Link(name, href=href, id=f"nav-{key}") for key, name, href in PAGES], **aria(label="Pages")),
            box(c="grow"),
            dmc.TextInput(
                id=ids.FIND, placeholder="Cell, or lat, lon", size="xs", w=132, className="on-plan", **aria(label="Find a cell")
            ),
            html.Span(id=ids.KIND),
            area,
            scenario_menu(),
            segments(ids.VIEW, ["2D", "3D"], "2D", "Map view", c="on-plan"),
            dmc.ActionIcon(
                icon("present"),
                id=ids.PRESENT,
                variant="subtle",
                color="gray",
                size=30,
                n_clicks=0,
                className="on-plan",
                **aria(label="Present, or leave the presentation"),
            ),
            export,
            theme,
            dmc.Button("Run plan", id=ids.RUN, h=30, fw=700, n_clicks=0),
        ],
        className="top",
    )
