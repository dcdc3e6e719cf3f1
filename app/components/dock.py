"""The dock between the panels: legend above, time below."""

from typing import Any

import dash_mantine_components as dmc
import numpy as np
from dash import html
from numpy.typing import NDArray

from app import ids
from app.components.parts import aria, box, icon, segments, txt
from app.figures.layers import LAYERS
from app.figures.scales import Scale
from app.figures.templates import DAYS, RAMP


def dock() -> html.Section:
    """Legend, keys, play button, week track, colour mode."""
    keys = box(
        html.I(className="key st for-st"),
        txt("Station", "for-st", title="The ring is the busy hour's share of the capacity"),
        html.I(className="key st hot for-st"),
        txt("> 85 %", "for-st"),
        html.I(className="key pin"),
        txt("Pick"),
        c="keys",
    )
    layer = dmc.Select(
        id=ids.LAYER,
        data=[{"value": key, "label": name} for key, name in LAYERS.items()],
        value="value",
        w=132,
        allowDeselect=False,
        comboboxProps={"position": "top-start"},
        **aria(label="What the colours show"),
    )
    play = dmc.ActionIcon(icon("play"), id=ids.PLAY, size=32, radius=32, n_clicks=0, **aria(label="Play or pause the week"))
    hour = dmc.Slider(id=ids.HOUR, min=0, max=167, value=66, size=2, label=None, thumbLabel="Hour of the week", updatemode="drag")
    track = box(box(id=ids.SPARK, c="spark"), hour, box(*[txt(day) for day in DAYS], c="days"), c="track")
    return html.Section(
        [
            box(layer, box(id=ids.LEGEND, c="lg"), keys, c="dock-1"),
            box(
                play,
                box(html.B("Whole week", id=ids.NOW), txt("", "sub", id=ids.NOW_SUB), c="nowbox"),
                track,
                segments(ids.MODE, [{"value": "all", "label": "Week"}, {"value": "hour", "label": "Hour"}], "all", "Colour by"),
                c="dock-2",
            ),
        ],
        className="panel dock",
        **aria(label="Legend and time"),
    )


def legend(title: str, unit: str, note: str, scale: Scale | None) -> list[Any]:
    """What the colours mean; without a scale, that nothing is coloured yet."""
    head = box(html.Span([title, html.Small(unit)] if unit else title, className="lg-t"), txt(note, "lg-n"))
    ramp = box(*[html.I(style={"background": c}) for c in RAMP], c="ramp")
    if scale is None:
        return [head]
    ticks = box(*[txt(label, style={"left": f"{100 * at:.0f}%"}) for at, label in scale.ticks()], c="ticks")
    return [head, box(ramp, ticks, c="lg-r")]


def spark(week: NDArray[np.float64]) -> list[html.Img]:
    """The area's total load over the week [168] as a small silhouette."""
    top = float(week.max()) or 1.0
    points = " ".join(f"{100 * h / 167:.2f} {1 - 0.94 * v / top:.3f}" for h, v in enumerate(week))
    picture = (
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 100 1' preserveAspectRatio='none'%3E"
        f"%3Cpath fill='%238f9ca9' d='M0 1L{points}L100 1Z'/%3E%3C/svg%3E"
    )
    return [html.Img(src=picture, alt="", style={"width": "100%", "height": "100%", "display": "block"})]
