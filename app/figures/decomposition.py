"""The four panels of the paper's Figure 2 for one generated month: series, daily, weekly, residual."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from app.figures.templates import DAYS, TEMPLATES, TOKENS
from netspatial_core.generator.decompose import Decomposition

TITLES = ("Month", "Mean day: weekday and weekend", "Weekly template", "Residual")


def decomposition_figure(series: NDArray[np.float32], parts: Decomposition, theme: str) -> go.Figure:
    """Panels of one series [hour] and its decomposition (of that one site), all in GB/h."""
    tokens = TOKENS[theme]
    figure = make_subplots(rows=4, cols=1, vertical_spacing=0.125, row_heights=[0.25, 0.25, 0.25, 0.25])
    line = {"color": tokens["line"], "width": 1.25}
    hours = np.arange(len(series))
    weeks = [168 * w for w in range(len(series) // 168)]

    def draw(row: int, x: NDArray[np.int64], y: NDArray[np.float32], name: str, text: list[str], colour: str = "") -> None:
        style = {**line, "color": colour or tokens["line"], "width": 1.75 if row in {2, 3} else 1}
        template = f"{name}%{{text}} · <b>%{{y:,.3~g}} GB/h</b><extra></extra>"
        figure.add_scatter(row=row, col=1, x=x, y=np.round(y, 4), mode="lines", line=style, text=text, hovertemplate=template)

    stamps = [f"day {h // 24 + 1}, {h % 24:02d}:00" for h in hours]
    clock = [f"{h:02d}:00" for h in range(24)]
    draw(1, hours, series, "", stamps)
    draw(2, np.arange(24), parts.daily[0, :24], "weekday ", clock)
    draw(2, np.arange(24), parts.daily[0, 24:], "weekend ", clock, tokens["second"])
    draw(3, np.arange(168), parts.weekly[0], "", [f"{DAYS[h // 24]} {h % 24:02d}:00" for h in range(168)])
    draw(4, hours, parts.residual[0], "", stamps)

    figure.update_layout(template=TEMPLATES[theme], margin={"l": 34, "r": 2, "t": 18, "b": 18}, hovermode="closest")
    week_ticks = {"tickvals": [w + 84 for w in weeks], "ticktext": [f"week {w // 168 + 1}" for w in weeks]}
    figure.update_xaxes(row=1, col=1, range=[0, len(series) - 1], **week_ticks)
    figure.update_xaxes(row=2, col=1, range=[0, 23], tickvals=[0, 6, 12, 18, 23], ticktext=["0", "6", "12 h", "18", "23"])
    figure.update_xaxes(row=3, col=1, range=[0, 167], tickvals=[12 + 24 * d for d in range(7)], ticktext=DAYS)
    figure.update_xaxes(row=4, col=1, range=[0, len(series) - 1], **week_ticks)
    figure.update_yaxes(nticks=3)
    for row in (1, 2, 3):
        figure.update_yaxes(row=row, col=1, rangemode="tozero")
    for row, title in enumerate(TITLES, start=1):
        top = figure.layout[f"yaxis{row if row > 1 else ''}"].domain[1]
        figure.add_annotation(_caption(title, tokens["strong"], 0, "left", top))
    day = figure.layout.yaxis2.domain[1]
    legend = f"<span style='color:{tokens['line']}'>━</span> weekday  <span style='color:{tokens['second']}'>━</span> weekend"
    figure.add_annotation(_caption(legend, tokens["text"], 1, "right", day))
    return figure


def _caption(text: str, colour: str, x: float, anchor: str, y: float) -> dict[str, object]:
    bold = f"<b>{text}</b>" if anchor == "left" else text
    return {
        "text": bold,
        "x": x,
        "xref": "paper",
        "xanchor": anchor,
        "xshift": -34 if anchor == "left" else 0,
        "y": y,
        "yref": "paper",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 11, "color": colour},
    }
