"""Colours, type and axes of every chart, for both themes, in one place."""

from collections.abc import Mapping
from typing import Any, Literal

import plotly.graph_objects as go

Theme = Literal["dark", "light"]

RAMP = ("#35264c", "#3d3a78", "#3f5a98", "#347fa6", "#34a0a9", "#4dc2ad", "#8fdcb4", "#dcf6e6")  # dark to light, one sweep
FONT = "Manrope, system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif"
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
TOKENS: Mapping[str, Mapping[str, str]] = {
    "dark": {
        "text": "#a9b5c1",
        "strong": "#eef2f6",
        "grid": "rgba(255,255,255,.08)",
        "line": "#4dc2ad",
        "second": "#8fa8e0",
        "band": "rgba(77,194,173,.20)",
        "weekend": "rgba(255,255,255,.035)",
        "now": "#ffb224",
        "hover": "#1d2630",
    },
    "light": {
        "text": "#4b5967",
        "strong": "#13202c",
        "grid": "rgba(16,32,48,.10)",
        "line": "#17777d",
        "second": "#3f5a98",
        "band": "rgba(23,119,125,.18)",
        "weekend": "rgba(16,32,48,.04)",
        "now": "#b86a00",
        "hover": "#ffffff",
    },
}
# no button that sends data anywhere, no address to send it to
CONFIG: Any = {"displayModeBar": False, "showSendToCloud": False, "plotlyServerURL": "", "responsive": True}


def _template(tokens: Mapping[str, str]) -> go.layout.Template:
    axis = {
        "gridcolor": tokens["grid"],
        "zeroline": False,
        "showline": False,
        "ticks": "",
        "tickfont": {"size": 11, "color": tokens["text"]},
        "fixedrange": True,
        "automargin": False,
    }
    hover = {
        "bgcolor": tokens["hover"],
        "bordercolor": tokens["grid"],
        "font": {"family": FONT, "size": 12, "color": tokens["strong"]},
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 11, "color": tokens["text"]},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "showlegend": False,
            "margin": {"l": 34, "r": 2, "t": 8, "b": 22},
            "xaxis": {**axis, "showgrid": False, "ticklabelstandoff": 3},
            "yaxis": {**axis, "nticks": 4, "ticklabelstandoff": 4},
            "hovermode": "x unified",
            "dragmode": False,
            "hoverlabel": hover,
        }
    )


TEMPLATES = {theme: _template(tokens) for theme, tokens in TOKENS.items()}


def blank(theme: str, **layout: Any) -> go.Figure:
    """An empty figure in a theme: a graph without a figure would flash white."""
    return go.Figure().update_layout(template=TEMPLATES[theme], **layout)


def waiting(theme: str) -> go.Figure:
    """A figure that shows nothing at all, not even axes."""
    return blank(theme, xaxis={"visible": False}, yaxis={"visible": False})


def shade_weekend(figure: go.Figure, theme: str, start: float, stop: float) -> go.Figure:
    """Shade a weekend behind the data."""
    return figure.add_vrect(start, stop, fillcolor=TOKENS[theme]["weekend"], line_width=0, layer="below")
