"""Charts of the network that exists: how used it is hour by hour, and how unevenly."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.figures.templates import DAYS, TOKENS, blank

USED = {"idle": 0.06, "low": 0.30, "medium": 0.55, "high": 0.86}  # places on the ramp; hot stations are coral, as on the map
HOT = "#ff7a59"


def hours_figure(shares: NDArray[np.float64], theme: str) -> go.Figure:
    """Share of the stations that are under-used and overloaded at each hour of the week [3, 168], per cent."""
    tokens = TOKENS[theme]
    hours = np.arange(shares.shape[1])
    stamps = [f"{DAYS[h // 24]} {h % 24:02d}:00" for h in hours]
    figure = blank(theme, margin={"l": 34, "r": 4, "t": 6, "b": 20})
    parts = ((0, "under-used", tokens["second"], "rgba(143,168,224,.22)"), (2, "overloaded", HOT, "rgba(255,122,89,.30)"))
    for row, name, colour, fill in parts:
        figure.add_scatter(
            x=hours,
            y=100 * shares[row],
            name=name,
            mode="lines",
            line={"color": colour, "width": 1.75},
            fill="tozeroy",
            fillcolor=fill,
            text=stamps,
            hovertemplate=f"{name} %{{text}} · <b>%{{y:.0f}} %</b><extra></extra>",
        )
    figure.update_xaxes(range=[0, 167], tickvals=[12 + 24 * day for day in range(7)], ticktext=list(DAYS))
    return figure.update_yaxes(range=[0, 100], ticksuffix=" %", nticks=3)


def lorenz_figure(stations: NDArray[np.float64], load: NDArray[np.float64], theme: str) -> go.Figure:
    """The Lorenz curve beside the diagonal on which all stations would carry alike, per cent."""
    tokens = TOKENS[theme]
    figure = blank(theme, margin={"l": 40, "r": 8, "t": 6, "b": 34}, hovermode="closest")
    figure.add_scatter(
        x=[0, 100], y=[0, 100], mode="lines", line={"color": tokens["text"], "width": 1, "dash": "dot"}, hoverinfo="skip"
    )
    figure.add_scatter(
        x=100 * stations, y=100 * load, mode="lines", line={"color": tokens["line"], "width": 1.75}, fill="tonexty",
        fillcolor=tokens["band"], hovertemplate="the quietest %{x:.0f} % carry <b>%{y:.0f} %</b><extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(
        range=[0, 100], ticksuffix=" %", nticks=3, title={"text": "of the stations, quietest first", "standoff": 4}
    )
    return figure.update_yaxes(range=[0, 100], ticksuffix=" %", nticks=3)
