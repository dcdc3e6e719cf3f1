"""What picks must respect, and how they are chosen: the panel behind the word Limits, and the list of marked zones."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from app import ids
from app.components.parts import aria, box, segments, txt
from app.figures.numbers import number
from app.figures.templates import CONFIG, waiting
from netspatial_core.planning.picking import METHODS
from netspatial_core.planning.view import PlanView
from netspatial_core.planning.zones import KINDS, Zone

GAP_MAX = 2000  # metres that picks can be asked to keep
NAMES = {"greedy": "Best first", "exact": "Best set", "joint": "Together"}
FILES = ".geojson,.json,.gpkg,.parquet"


def limits() -> html.Details:
    """Method, distance to stations, budget, zones."""
    return html.Details(
        [
            html.Summary("Limits", title="Distance to stations, budget, zones, and how the picks are chosen"),
            box(_method(), _money(), _zones(), c="terms wide", role="group", **aria(label="Limits of the picks")),
        ],
        className="menu words",
    )


def _method() -> html.Div:
    return box(
        html.H3("How the picks are chosen"),
        segments(ids.METHOD, [{"value": key, "label": NAMES[key]} for key in METHODS], "greedy", "How the picks are chosen"),
        html.P(id=ids.METHOD_NOTE, className="sub"),
        box(
            dcc.Graph(id=ids.GAINS, figure=waiting("dark"), config=CONFIG, style={"height": "112px"}),
            id=ids.GAINS_BOX,
            hidden=True,
        ),
        c="stack",
    )


def _money() -> html.Div:
    gap = dmc.NumberInput(
        id=ids.STATION_GAP, label="Distance to stations", value=0, min=0, max=GAP_MAX, step=50, suffix=" m", allowDecimal=False,
        clampBehavior="strict", debounce=350,
    )  # fmt: skip
    budget = dmc.NumberInput(
        id=ids.BUDGET, label="Budget", value="", placeholder="none", min=0, max=1e12, step=10_000, suffix=" EUR",
        thousandSeparator=",", allowDecimal=False, debounce=350,
    )  # fmt: skip
    return box(gap, budget, c="two")


def _zones() -> html.Div:
    kind = dmc.Select(
        id=ids.ZONE_KIND,
        data=[{"value": key, "label": label} for key, label in KINDS.items()],
        value="exclude",
        allowDeselect=False,
        comboboxProps={"withinPortal": False},
        **aria(label="What the next zone means"),
    )
    cost = dmc.NumberInput(
        id=ids.ZONE_COST, value=120_000, min=0, max=1e12, step=10_000, suffix=" EUR", thousandSeparator=",", allowDecimal=False,
        **aria(label="What a site costs in the next zone of costs"),
    )  # fmt: skip
    cells = dmc.TextInput(id=ids.ZONE_CELLS, placeholder="R05C03:R12C09", size="xs", **aria(label="Cells of the next zone"))
    return box(
        html.H3("Zones"),
        box(kind, cost, c="two"),
        box(
            _button("Draw on the map", ids.ZONE_DRAW),
            dcc.Upload(html.Button("From a file", className="plain", type="button"), id=ids.ZONE_FILE, accept=FILES),
            c="two",
        ),
        box(cells, _button("Mark these cells", ids.ZONE_ADD, stay=True), c="two"),
        html.P(id=ids.ZONE_ERROR, className="bad", role="status"),
        box(id=ids.ZONE_LIST, c="zones"),
        c="stack",
    )


def _button(text: str, id_: str, *, stay: bool = False) -> html.Button:
    more: dict[str, Any] = {"data-stay": "1"} if stay else {}  # the panel stays open
    return html.Button(text, id=id_, n_clicks=0, className="plain", type="button", **more)


def zone_rows(zones: Sequence[Zone], cells: Sequence[int], currency: str) -> list[Any]:
    """The marked zones with how many cells each holds, and a button that removes it."""
    if not zones:
        return [html.P("No zone is marked: draw one, load a file, or name two corner cells.", className="sub")]
    return [
        box(
            html.I(className=f"zn zn-{zone.kind}"),
            txt(zone.name, "zone-n", title=zone.name),
            txt(_meaning(zone, currency), "sub"),
            txt(f"{count} cells", "num"),
            html.Button(
                "×",
                id={"type": ids.ZONE_DROP, "index": index},
                n_clicks=0,
                className="x",
                type="button",
                **({"data-stay": "1"} | aria(label=f"Remove {zone.name}")),
            ),
            c="zone",
        )
        for index, (zone, count) in enumerate(zip(zones, cells, strict=True))
    ]


def _meaning(zone: Zone, currency: str) -> str:
    return f"{number(zone.cost)} {currency} a site" if zone.kind == "cost" else KINDS[zone.kind].lower()


def method_note(view: PlanView) -> str:
    """How the picks came about, and what is proven about them."""
    chosen = view.selection
    said = METHODS[view.choice.method]
    if chosen.proof is not None:
        proof, unit = chosen.proof, view.unit_of(view.utility.key)
        proven = "Proven best" if proof.gap < 5e-4 else f"At most {100 * proof.gap:.1f} % from the best"  # less is shown as 0.0
        more = f" with {proof.more} sites fewer" if proof.more else ""
        said += f" {proven}: {number(proof.value)} {unit} in sum, best first has {number(proof.first)}{more}."
    if view.choice.method == "joint":
        what = "new load, which no station has now" if view.choice.utility == "net" else "mean load"
        together = 0.0 if chosen.gains is None else float(chosen.gains[: len(chosen.picks)].sum())
        said += f" They carry {number(together)} {view.unit} together, counted as {what}; {view.utility.short} does not count."
    return said
