"""The plan page: map, controls, picks, inspector, dock."""

from typing import Any

from dash import dcc, html

from app import ids
from app.components.controls import left_column
from app.components.dock import dock
from app.components.inspector import inspector
from app.components.map2d import map2d
from app.components.parts import box, txt
from app.components.running import over
from app.figures.templates import CONFIG, waiting
from netspatial_core.settings import Settings


def layout(settings: Settings, centre: tuple[float, float]) -> list[Any]:
    """What lies on the stage, from the map up."""
    columns = dcc.Graph(id=ids.MAP3D, figure=waiting("dark"), config=CONFIG, responsive=True, style={"height": "100%"})
    return [
        box(map2d(settings, centre), c="m2d"),
        box(columns, html.Div(id=ids.BADGES), c="m3d"),
        html.Div(id=ids.ATTRIBUTION, className="attr"),
        left_column(settings),
        inspector(),
        dock(),
        html.Label(
            [
                txt("Imagery", id=ids.SWIPE_LEFT),
                dcc.Input(id=ids.SWIPE, type="range", min=0, max=100, step=1, value=0, className="swipe-range"),
                txt("Plan"),
            ],
            className="panel swipe",
        ),
        over(),
    ]
