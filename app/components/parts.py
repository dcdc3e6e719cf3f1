"""The smallest parts: boxes, texts, icons, fields, badges."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

LONG = 16  # characters of a value that fills a row


def box(*children: Any, c: str = "", **more: Any) -> html.Div:
    """A div with a class."""
    return html.Div(list(children), className=c, **more)


def txt(text: Any, c: str = "", **more: Any) -> html.Span:
    """A span with a class."""
    return html.Span(text, className=c, **more)


def aria(**values: str) -> dict[str, Any]:
    """Attributes for assistive technology, ``label="..."`` as ``aria-label``."""
    return {f"aria-{name}": value for name, value in values.items()}


def icon(name: str) -> html.I:
    """One of the icons of ns.css."""
    return html.I(className=f"ic ic-{name}", **aria(hidden="true"))


def named(id_: str | None) -> dict[str, Any]:
    """The id of a component that may have none."""
    return {"id": id_} if id_ else {}


def field(label: str, control: Any, value: Any = "", value_id: str | None = None) -> html.Div:
    """A labelled control with its value or unit at the right."""
    right = txt(value, "val", **named(value_id))
    return box(box(txt(label, "lab"), right, c="row"), control, c="field")


def segments(id_: str, data: Sequence[Any], value: str, label: str, c: str = "") -> dmc.SegmentedControl:
    """A choice of a few."""
    return dmc.SegmentedControl(id=id_, data=list(data), value=value, size="xs", className=c, **aria(label=label))


def badge(text: str, tone: str = "", title: str = "") -> html.Span:
    """A flag: text and a dot, never colour alone; the title is its text in full."""
    return txt(text, f"badge {tone}".strip(), title=title or text)


def kind_badge(kind: str) -> html.Span:
    """What the ground is: invented or real. On every page."""
    return badge("Synthetic data") if kind == "synthetic" else badge("Real ground", "ok")


def bars(rows: Sequence[tuple[str, float, str]]) -> html.Div:
    """Named horizontal bars: (name, share of the longest 0 to 1, text)."""
    return box(
        *[
            box(
                txt(name, "bar-n"),
                box(html.Div(style={"width": f"{100 * share:.0f}%"}), c="bar-t"),
                txt(text, "bar-v"),
                c="bar",
            )
            for name, share, text in rows
        ],
        c="bars",
    )


def facts(rows: Sequence[tuple[str, str]]) -> html.Dl:
    """A list of names and values; a long value has a row of its own where others stand side by side."""
    return html.Dl(
        [html.Div([html.Dt(name), html.Dd(value)], className="wide" if len(value) > LONG else None) for name, value in rows]
    )
