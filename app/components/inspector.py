"""The right panel: one cell, from identity to evidence. Its charts stay in place while cells change."""

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from app import ids
from app.components.parts import aria, badge, bars, box, facts, named, segments, txt
from app.figures.templates import CONFIG, waiting

HEIGHTS = {ids.WEEK: "var(--h1)", ids.MONTH: "var(--h2)", ids.HEAT: "var(--h3)", ids.PARTS: "var(--h4)"}
ROOM = 2  # badges that fit beside the picture
TABS = [{"value": "t", "label": "Traffic"}, {"value": "d", "label": "Drivers"}, {"value": "x", "label": "Decomposition"}]


def inspector() -> html.Section:
    """The panel, shown empty until a cell is selected."""
    body = html.Div(
        [
            html.Div(id=ids.HEAD, className="i-head"),
            html.Div(id=ids.KPIS, className="kpis"),
            html.Div(id=ids.SAY, className="say", **aria(live="polite")),
            segments(ids.TAB, TABS, "t", "Evidence", c="tabs"),
            box(
                _chart(_pinning(), "", ids.WEEK, ids.WEEK_NOTE),
                _chart(
                    segments(ids.SECOND, [{"value": "m", "label": "Month"}, {"value": "c", "label": "Load curve"}], "m", "Chart"),
                    "",
                    ids.MONTH,
                    ids.MONTH_NOTE,
                    c="sec small",
                ),
                _chart("Hour by weekday", "", ids.HEAT, ids.HEAT_RANGE),
                c="pane pane-t",
            ),
            html.Div(id=ids.WHY, className="why"),
            html.Div(id=ids.FACTS, className="pane pane-d"),
            box(_chart("A typical generated month, taken apart", "", ids.PARTS, ids.PARTS_NOTE), c="pane pane-x"),
        ],
        id=ids.INSPECTOR_BODY,
        className="i-full tab-t",
    )
    return html.Section(
        [box(nothing(), c="i-none"), body], id=ids.INSPECTOR, className="panel insp no-cell", **aria(label="Cell inspector")
    )


def nothing() -> html.Div:
    """What to do next, and the keys."""
    keys = (
        ("Click", "inspect a cell"),
        ("← ↑ → ↓", "move the selection"),
        ("C", "compare its week"),
        ("Space", "play the week"),
        ("P", "present"),
    )
    return box(
        box(*[html.I() for _ in range(9)], c="e-grid"),
        html.H2("No cell selected"),
        html.P("Run the plan, then click a cell to see its generated traffic, what drives it and why it ranks where it does."),
        html.Dl([html.Div([html.Dt(html.Kbd(key)), html.Dd(what)]) for key, what in keys]),
        c="e-box",
    )


def no_traffic(title: str, text: str) -> list[html.Div]:
    """What stands in place of the charts of a cell that has none, and why."""
    return [box(html.I(className="hx hx-none", **aria(hidden="true")), html.H3(title), html.P(text))]


def head(cell: str, place: str, chip: str | None, rank: str, *, picked: bool, flags: Sequence[tuple[str, str]]) -> list[Any]:
    """Identity: picture, name, place, flags as (text, tone), rank."""
    picture = [html.Img(src=chip, alt=f"Overhead picture of {cell}")] if chip else []
    return [
        box(*picture, c="chip"),
        box(
            box(html.H2(cell), txt(rank, "rank" if picked else "rank off"), c="row"),
            txt(place, "sub"),
            box(*_badges(flags), c="flags"),
            c="grow",
        ),
    ]


def kpi(label: str, value: str, unit: str, band: str, *, on: bool = False) -> html.Div:
    """A key figure: label, value, p10 to p90."""
    return box(
        box(label, c="kpi-l"),
        html.P([value, html.Small(unit)] if unit else value, className="long" if len(value) > 4 and unit else None),
        box(band or " ", c="kpi-r"),
        c="kpi on" if on else "kpi",
    )


def say(text: str, label: str) -> list[Any]:
    """The reason in words, and who wrote it."""
    return [html.P(text, title=text), txt(label, "sub", title=label)]


def drivers(
    scores: Sequence[tuple[str, str, str, str, bool]],
    rows: Sequence[tuple[str, str]],
    mix: Sequence[tuple[str, int]],
    mix_note: str,
    text: str,
    label: str,
) -> list[Any]:
    """Every utility as (name with unit, value, p10 to p90, percentile, whether chosen), facts, POI mix, the rationale in full."""
    longest = max((count for _, count in mix), default=1)
    shares = [(name, count / longest, f"{count:,}") for name, count in mix]
    table = html.Table(
        [
            html.Thead(html.Tr([html.Th(name) for name in ("Utility", "Median", "p10–p90", "Percentile")])),
            html.Tbody([html.Tr([html.Td(part) for part in parts], className="on" if on else "") for *parts, on in scores]),
        ],
        className="scores",
    )
    return [
        *([box(table, c="sec")] if scores else []),
        box(html.H3("Facts"), facts(rows), c="sec"),
        box(box(html.H3("Points of interest"), txt(mix_note, "unit"), c="row"), bars(shares), c="sec"),
        box(box(html.H3("Why this cell"), c="row"), html.P(text, className="whole"), txt(label, "sub"), c="sec in-full"),
    ]


def _badges(flags: Sequence[tuple[str, str]]) -> list[html.Span]:
    """The first two flags, and how many more there are, named in the tip."""
    more = [text for text, _ in flags[ROOM:]]
    rest = [badge(f"+{len(more)}", "more", ", ".join(more))] if more else []
    return [*[badge(*flag) for flag in flags[:ROOM]], *rest]


def _pinning() -> html.Div:
    """The week's title, and the button that keeps a cell for comparison."""
    button = html.Button("Compare", id=ids.PIN, n_clicks=0, className="word", type="button", title="Keep this cell's week (C)")
    return box(html.H3("Week"), button, c="row")


def _chart(title: Any, note: str, id_: str, note_id: str | None = None, c: str = "sec") -> html.Div:
    """A chart under its title and a note."""
    right = txt(note, "unit", **named(note_id))
    graph = dcc.Graph(id=id_, figure=waiting("dark"), config=CONFIG, style={"height": HEIGHTS[id_]})
    return box(box(html.H3(title) if isinstance(title, str) else title, right, c="row"), graph, c=c)
