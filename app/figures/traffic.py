"""Charts of one cell's traffic: the mean week, the month, the heat of hours and weekdays."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.figures.templates import DAYS, RAMP, TOKENS, blank, shade_weekend
from netspatial_core.planning.statistics import CURVE, Band

OTHERS = (("dash", "second"), ("dot", "strong"), ("dashdot", "text"), ("longdash", "second"))  # dash and token
HOVER = "%{y:,.3~g} <span style='opacity:.7'>(%{customdata[0]:,.3~g} to %{customdata[1]:,.3~g})</span><extra></extra>"


def week_figure(week: Band, hour: int, theme: str, others: Sequence[tuple[str, NDArray[np.float64]]] = ()) -> go.Figure:
    """The mean week [168] with its 80 % band over draws, GB/h; the current hour as an amber line.

    Args:
        week: Of the cell.
        hour: Of the week, 0 to 167.
        theme: dark or light.
        others: Cells to compare with: id and median week [168], each with a dash and a shade of its own.
    """
    figure = _banded(np.arange(168), week, theme)
    for (name, load), (dash, tone) in zip(others, OTHERS, strict=False):
        line = {"color": TOKENS[theme][tone], "width": 1.5, "dash": dash}
        shown = f"{name} · <b>%{{y:,.3~g}}</b><extra></extra>"
        figure.add_scatter(x=np.arange(168), y=np.round(load, 4), mode="lines", line=line, hovertemplate=shown)
    shade_weekend(figure, theme, 120, 167)
    figure.add_vline(hour, line={"color": TOKENS[theme]["now"], "width": 1.5})  # the second shape: moved by the browser
    figure.update_xaxes(tickvals=[12 + 24 * d for d in range(7)], ticktext=DAYS, range=[0, 167])
    names = [f"{DAYS[h // 24]} {h % 24:02d}:00" for h in range(168)]
    figure.data[1].update(text=names, hovertemplate="%{text} · <b>" + HOVER.replace("<extra>", "</b><extra>", 1))
    return figure.update_layout(hovermode="closest" if len(week.median) == 0 else "x", xaxis_showspikes=False)


def month_figure(days: Band, theme: str) -> go.Figure:
    """Load of each day [28] with its 80 % band over draws, GB/day."""
    x = np.arange(1, len(days.median) + 1)
    figure = _banded(x, days, theme)
    for start in range(6, len(x), 7):
        shade_weekend(figure, theme, start - 0.5, start + 1.5)
    figure.update_xaxes(tickvals=[1, 8, 15, 22, 28], ticktext=["1", "8", "day 15", "22", "28"], range=[0.4, len(x) + 0.6])
    figure.data[1].update(hovertemplate="day %{x} · <b>" + HOVER.replace("<extra>", "</b><extra>", 1))
    return figure.update_yaxes(tickformat="~s").update_layout(hovermode="x")


def duration_figure(curve: Band, capacity: float, theme: str) -> go.Figure:
    """Load-duration curve [85] with its 80 % band over draws: the load that a share of the month's hours exceeds, GB/h.

    The assumed capacity is a dotted line where it lies in the range of the loads.
    """
    share = np.linspace(0, 100, CURVE + 1)
    figure = _banded(share, curve, theme)
    text = "<b>%{y:,.3~g} GB/h</b> or more in %{x:.0f} % of the hours"
    figure.data[1].update(hovertemplate=text + "<extra></extra>")
    if capacity <= 1.2 * float(curve.p90.max()):
        label = {"text": "assumed capacity", "font": {"size": 11, "color": TOKENS[theme]["text"]}, "yanchor": "bottom"}
        figure.add_hline(
            capacity,
            line={"color": TOKENS[theme]["text"], "width": 1, "dash": "dot"},
            annotation=label,
            annotation_position="top right",
        )
    figure.update_xaxes(tickvals=[0, 25, 50, 75, 100], ticktext=["0", "25", "50 % of hours", "75", "100"], range=[0, 100])
    return figure.update_layout(hovermode="x")


def heat_figure(week: NDArray[np.float64], theme: str) -> go.Figure:
    """Hour by weekday of the mean week [168], GB/h."""
    figure = blank(theme, hovermode="closest").add_heatmap(
        z=np.round(week.reshape(7, 24), 4),
        x=np.arange(24),
        y=DAYS,
        colorscale=list(RAMP),
        showscale=False,
        xgap=1,
        ygap=1,
        hovertemplate="%{y} %{x:02d}:00 · <b>%{z:,.3~g} GB/h</b><extra></extra>",
    )
    figure.update_yaxes(autorange="reversed", showgrid=False, nticks=7, ticklabelstandoff=4)
    return figure.update_xaxes(tickvals=[0, 6, 12, 18, 23], ticktext=["0", "6", "12 h", "18", "23"])


def _banded(x: NDArray[np.number], band: Band, theme: str) -> go.Figure:
    """A line over the band of p10 to p90, from zero."""
    tokens = TOKENS[theme]
    low, high, middle = (np.round(v, 4) for v in (band.p10, band.p90, band.median))
    figure = blank(theme)
    figure.add_scatter(
        x=np.concatenate([x, x[::-1]]),
        y=np.concatenate([high, low[::-1]]),
        fill="toself",
        fillcolor=tokens["band"],
        line_width=0,
        mode="lines",
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=x, y=middle, mode="lines", line={"color": tokens["line"], "width": 1.75}, customdata=np.column_stack([low, high])
    )
    return figure.update_yaxes(rangemode="tozero")
