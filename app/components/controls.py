"""The left column: what is asked for, what is excluded, and the picks."""

from collections.abc import Mapping, Sequence

import dash_mantine_components as dmc
import numpy as np
from dash import html
from numpy.typing import NDArray

from app import ids
from app.components.limits import GAP_MAX, limits
from app.components.parts import aria, box, field, segments, txt
from app.figures.numbers import number
from netspatial_core.planning.assumptions import Assumptions
from netspatial_core.planning.expression import KEY as CUSTOM
from netspatial_core.planning.expression import NAMES
from netspatial_core.planning.utilities import UTILITIES
from netspatial_core.settings import Settings
from netspatial_core.sources.constraints import REASONS

K_MAX = 50
FORMULA = "mean - 0.5 * std"  # to begin with
GHOSTS = 10
BARS = 32  # of the histogram behind the floor slider


def left_column(settings: Settings) -> html.Div:
    """Plan controls above, picks below."""
    return box(_controls(settings), _picks(), c="col")


def _controls(settings: Settings) -> html.Section:
    utility = dmc.Select(
        id=ids.UTILITY,
        data=[*({"value": u.key, "label": u.name} for u in UTILITIES.values()), {"value": CUSTOM, "label": "Own formula"}],
        value="lsi",
        allowDeselect=False,
        **aria(label="Utility"),
    )
    floor = dmc.Slider(
        id=ids.FLOOR,
        min=0,
        max=1,
        step=0.01,
        value=0,
        size=4,
        label=None,
        thumbLabel="Demand floor, GB per hour",
        updatemode="drag",
    )
    return html.Section(
        [
            box(html.H2("Plan"), txt("", "sub", id=ids.PLAN_NOTE), c="row"),
            box(
                box(txt("Utility", "lab"), _terms(), txt("", "val", id=ids.UTILITY_UNIT), c="row"),
                utility,
                c="field",
            ),
            field("Demand floor", box(box(id=ids.FLOOR_BARS, c="hist"), floor), "", ids.FLOOR_TEXT),
            box(
                field("Picks K", _number(ids.K, 10, 0, K_MAX, 1, "Number of picks K")),
                box(
                    box(txt("Spacing", "lab"), limits(), c="row"),
                    _number(ids.GAP, 300, 0, GAP_MAX, 50, "Minimum spacing in metres", suffix=" m"),
                    c="field",
                ),
                c="two",
            ),
            box(
                _number(ids.DRAWS, settings.draws, 1, 256, 8, "Draws of the next run", suffix=" draws"),
                _number(ids.SEED, settings.seed, 0, 2**31 - 1, 1, "Seed of the next run", prefix="seed "),
                c="two",
            ),
            box(id=ids.EXCLUDED, c="field"),
        ],
        className="panel left",
        **aria(label="Plan controls"),
    )


def _terms() -> html.Details:
    """What the utilities stand on: assumptions of a new site, and the planner's own formula."""
    formula = dmc.TextInput(
        id=ids.FORMULA,
        value=FORMULA,
        size="xs",
        debounce=500,
        error=False,
        label="Own formula",
        description=f"Over {', '.join(NAMES)}; + - * / ** and abs, sqrt, log, exp, min, max",
    )
    usual = Assumptions()
    return html.Details(
        [
            html.Summary("Assumptions", title="What is assumed of a new site, and your own formula"),
            box(
                html.H3("Assumed of a new site, not measured"),
                box(
                    _assumed(ids.CAPACITY, "Capacity", usual.capacity, "GB/h", 1),
                    _assumed(ids.PRICE, "Price of a GB", usual.price, usual.currency, 2),
                    _assumed(ids.CAPEX, "Capex", usual.capex, usual.currency, 0),
                    _assumed(ids.OPEX, "Opex in 28 days", usual.opex, usual.currency, 0),
                    c="two",
                ),
                formula,
                segments(
                    ids.BETTER,
                    [{"value": "high", "label": "High is better"}, {"value": "low", "label": "Low is better"}],
                    "high",
                    "Which value of the formula is better",
                ),
                c="terms",
            ),
        ],
        className="menu words",
    )


def _assumed(id_: str, label: str, value: float, unit: str, decimals: int) -> dmc.NumberInput:
    return dmc.NumberInput(
        id=id_,
        label=label,
        value=value,
        min=0,
        max=1e9,
        step=10.0**-decimals if decimals else 100,
        decimalScale=decimals,
        suffix=f" {unit}",
        thousandSeparator=",",
        debounce=350,
    )


def _number(
    id_: str, value: int, low: int, high: int, step: int, label: str, *, prefix: str = "", suffix: str = ""
) -> dmc.NumberInput:
    return dmc.NumberInput(
        id=id_,
        value=value,
        min=low,
        max=high,
        step=step,
        prefix=prefix,
        suffix=suffix,
        clampBehavior="strict",
        allowDecimal=False,
        debounce=350,
        **aria(label=label),
    )


def _picks() -> html.Section:
    return html.Section(
        [
            box(html.H2("Top picks", id=ids.TOP_TITLE), txt("", "unit", id=ids.TOP_UNIT), c="row"),
            html.Div(top_ghosts("Picks appear here after a run."), id=ids.TOP_LIST, className="top-list"),
        ],
        className="panel picks",
        **aria(label="Top picks"),
    )


def top_ghosts(message: str) -> list[html.Div]:
    """The picks' place while there are none, with the word on why."""
    return [box(*[box(html.I(), c="ghost") for _ in range(GHOSTS)], html.P(message), c="ghosts")]


def top_rows(rows: Sequence[tuple[str, float, float]], name: str, unit: str) -> list[html.Button]:
    """The picks: (cell id, value, place on the scale 0 to 1), best first. A row does what its map cell does."""
    return [
        html.Button(
            [
                txt(rank, "pinno"),
                txt(cell, "id"),
                box(box(style={"width": f"{max(4.0, 100 * t):.0f}%"}), c="bar-t"),
                txt(number(value), "num"),
            ],
            id={"type": "row", "cell": cell},
            className="top-row",
            n_clicks=0,
            **({"data-cell": cell} | aria(label=f"Rank {rank}, cell {cell}, {name} {number(value)} {unit}")),
        )
        for rank, (cell, value, t) in enumerate(rows, start=1)
    ]


def notes(lines: Sequence[str]) -> list[html.P]:
    """What a planner must be told about the selection."""
    return [html.P(line, className="note") for line in lines]


def excluded(counts: Mapping[str, int], cells: int, *, low: int, barred: int, void: int, failed: int) -> list[html.Div]:
    """The legend of hatched cells, with counts: first the excluded ones, then, apart, feasible ones without a colour."""
    total = sum(counts.values())
    rows = [_hatch_row(key, REASONS[key], count) for key, count in counts.items() if count]
    feasible = [
        _hatch_row(key, label, count)
        for key, label, count in (
            ("low", "Below the demand floor", low),
            ("barred", "Barred by a limit", barred),
            ("void", "No value to rank", void),
            ("failed", "No usable result", failed),
        )
        if count
    ]
    head = box(txt("Excluded", "lab"), txt(f"{total:,} of {cells:,} cells", "val"), c="row")
    return [head, *rows, *([box(*feasible, c="apart")] if feasible else [])]


def _hatch_row(key: str, label: str, count: int) -> html.Div:
    return box(html.I(className=f"hx hx-{key}"), txt(label), txt(f"{count:,}", "num"), c="xrow")


def histogram(loads: NDArray[np.float64], top: float) -> list[html.I]:
    """Bars of how many cells have which mean load, up to the slider's end."""
    known = loads[np.isfinite(loads)]
    counts = np.histogram(np.clip(known, 0, top), BARS, (0, top))[0] if len(known) and top > 0 else np.zeros(BARS, int)
    tallest = max(1, counts.max())
    return [html.I(style={"height": f"{4 + 96 * (count / tallest) ** 0.5:.0f}%" if count else "2%"}) for count in counts]
