"""What each further site adds to what the picks carry together."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.figures.templates import TOKENS, blank


def gains_figure(gains: NDArray[np.float64], k: int, theme: str) -> go.Figure:
    """Bars of the marginal gain [site], GB/h; the first K, which are picked, in amber."""
    tokens = TOKENS[theme]
    places = np.arange(1, len(gains) + 1)
    colours = [tokens["now"] if place <= k else tokens["grid"] for place in places]
    figure = blank(theme, hovermode="closest", bargap=0.25, margin={"l": 34, "r": 2, "t": 18, "b": 20})
    figure.add_bar(
        x=places,
        y=gains,
        marker={"color": colours, "line": {"width": 0}},
        hovertemplate="site %{x} adds <b>%{y:,.3~g} GB/h</b><extra></extra>",
    )
    caption = {
        "text": "<b>What each site adds, GB/h</b>", "x": 0, "xref": "paper", "xanchor": "left", "xshift": -34, "y": 1,
        "yref": "paper", "yanchor": "bottom", "showarrow": False, "font": {"size": 11, "color": tokens["strong"]},
    }  # fmt: skip
    figure.add_annotation(caption)
    figure.update_yaxes(nticks=3, rangemode="tozero")
    return figure.update_xaxes(dtick=5, tick0=0, range=[0.4, max(len(gains), 1) + 0.6])
