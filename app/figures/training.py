"""Training curves of a model, from the log it brings."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from app.figures.templates import TOKENS, blank


def training_figure(curves: Mapping[str, Sequence[float]], steps: Sequence[float], theme: str) -> go.Figure:
    """Losses over steps, one line each; the first is the strongest."""
    tokens = TOKENS[theme]
    colours = [tokens["line"], tokens["second"], tokens["now"], tokens["text"]]
    figure = blank(theme)
    for index, (name, values) in enumerate(curves.items()):
        figure.add_scatter(
            x=list(steps), y=list(values), name=name, mode="lines", line={"color": colours[index % 4], "width": 1.75}
        )
    figure.update_layout(
        showlegend=True, legend={"orientation": "h", "y": 1.18, "x": 0}, margin={"l": 44, "r": 8, "t": 28, "b": 28}
    )
    return figure.update_xaxes(title={"text": "step", "standoff": 4})
