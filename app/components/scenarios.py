"""What is supposed to be otherwise: the panel behind the scenario's name, and the lists it shows."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from app import ids
from app.components.parts import aria, box, txt
from app.figures.numbers import number
from netspatial_core.planning.edits import NEW_POIS, groups
from netspatial_core.planning.effect import Effect
from netspatial_core.planning.scenario import Scenario
from netspatial_core.sources.tags import category

MOST_POIS = 50  # added at once
SHOWN = 12  # POIs of a cell that are listed


def act(text: Any, name: str, index: int = 0, *, c: str = "plain", label: str = "", **more: Any) -> html.Button:
    """A button of the panel, which stays open."""
    return html.Button(
        text,
        id={"type": "sc", "act": name, "i": index},
        n_clicks=0,
        className=c,
        type="button",
        **({"data-stay": "1"} | (aria(label=label) if label else {}) | more),
    )


def scenario_menu() -> html.Details:
    """The panel: scenarios, what can be changed, what has been."""
    keeps: dict[str, Any] = {"data-keep": "1"}  # clicks on the map are meant for it
    return html.Details(
        [
            html.Summary(
                [html.I(className="sc-i"), txt("As it is", id=ids.SC_NOW)], title="Scenarios: what if something were otherwise"
            ),
            box(_which(), _what(), _changes(), c="terms scen", role="group", **aria(label="Scenarios")),
        ],
        className="menu scenario on-plan",
        id=ids.SC_MENU,
        **keeps,
    )


def _which() -> html.Div:
    stays: dict[str, Any] = {"data-stay": "1"}
    name = dmc.TextInput(
        id=ids.SC_NAME,
        value="",
        size="xs",
        debounce=400,
        placeholder="Name",
        **aria(label="Name of the scenario"),
    )
    return box(
        box(html.H3("Scenarios"), dcc.Link("Compare", href="/compare", className="word"), act("Undo", "undo", c="word"), c="row"),
        box(id=ids.SC_LIST, c="sc-list"),
        box(name, act("New", "new"), act("Duplicate", "copy"), act("Delete", "delete"), c="sc-row four"),
        box(
            html.Button("Save to a file", id=ids.SC_SAVE, n_clicks=0, className="plain", type="button", **stays),
            dcc.Upload(html.Button("Open a file", className="plain", type="button", **stays), id=ids.SC_FILE),
            c="two",
        ),
        c="stack",
    )


def _what() -> html.Div:
    where = dmc.TextInput(
        id=ids.SC_WHERE,
        placeholder="the selected cell",
        size="xs",
        debounce=0,
        **aria(label="Where: a cell, or latitude, longitude"),
    )
    kind = dmc.Select(
        id=ids.SC_KIND,
        data=list(NEW_POIS),
        value="Supermarket",
        allowDeselect=False,
        comboboxProps={"withinPortal": False},
        **aria(label="Kind of POI"),
    )
    count = dmc.NumberInput(
        id=ids.SC_COUNT,
        value=1,
        min=1,
        max=MOST_POIS,
        step=1,
        allowDecimal=False,
        clampBehavior="strict",
        **aria(label="How many"),
    )
    station = dmc.Select(
        id=ids.SC_STATION,
        data=[],
        value=None,
        searchable=True,
        placeholder="Existing station",
        comboboxProps={"withinPortal": False},
        **aria(label="Existing station"),
    )
    cells = dmc.TextInput(id=ids.SC_CELLS, placeholder="R05C03:R08C06", size="xs", **aria(label="Cells of the building zone"))
    like = dmc.TextInput(
        id=ids.SC_LIKE, placeholder="like cell R10C10", size="xs", **aria(label="Cell that the zone will look like")
    )
    return box(
        box(html.H3("Change"), txt("at"), where, c="sc-row at"),
        box(kind, count, act("Add POIs", "pois"), c="sc-row three"),
        box(act("Place a site", "place"), act("Remove the cell's POIs", "clear"), c="two"),
        box(station, act("On or off", "switch"), c="sc-row station"),
        box(
            cells,
            like,
            act("Build", "build"),
            html.Button("Draw", id=ids.SC_DRAW, n_clicks=0, className="plain", type="button"),
            c="sc-row four",
        ),
        html.P(id=ids.SC_ERROR, className="bad", role="status"),
        c="stack",
    )


def _changes() -> html.Div:
    return box(html.H3("Changes"), box(id=ids.SC_CHANGES), html.Div(id=ids.SC_NEAR), c="stack")


def scenario_rows(scenarios: Sequence[Scenario], at: int) -> list[html.Button]:
    """All scenarios, the area as it is first; the shown one is marked."""
    rows = [("As it is", "no changes"), *((one.name, one.says) for one in scenarios)]
    return [
        act([html.I(className="dot"), txt(name, "zone-n"), txt(says, "sub")], "choose", index, c="sc-one",
            label=f"Show {name}", **aria(pressed="true" if index == at else "false"))
        for index, (name, says) in enumerate(rows, start=-1)
    ]  # fmt: skip


def change_rows(
    scenario: Scenario,
    sites: Mapping[str, float | None],
    cells: Mapping[str, str],
    gone: Sequence[tuple[int, Mapping[str, str]]] = (),
) -> list[Any]:
    """What a scenario changes, each with what can be done about it.

    Args:
        scenario: The scenario.
        sites: What each site would carry, GB/h, by name; None where it is not known.
        cells: Where each site stands, by name.
        gone: POIs that are taken away, by number, with their tags.
    """
    rows: list[Any] = []
    for i, site in enumerate(scenario.sites):
        load = sites.get(site.name)
        says = "off" if not site.on else "" if load is None else f"{number(load)} GB/h"
        switch = act(
            "On" if not site.on else "Off", "toggle", i, c="word", label=f"Switch {site.name} {'off' if site.on else 'on'}"
        )
        rows.append(_row(f"{site.name} at {cells.get(site.name, '–')}", says, "site", i, switch, movable=True))
    rows += [_row(f"{name} is off", "", "off", i) for i, name in enumerate(scenario.off)]
    for group in groups(scenario):
        name = _named(dict(scenario.added[group.start].tags))
        rows.append(_row(name, f"{len(group)} added", "group", group.start, movable=True))
    rows += [_row(_named(tags), "taken away", "poi", index, undo=True) for index, tags in gone[:SHOWN]]
    if len(gone) > SHOWN:
        rows.append(html.P(f"and {len(gone) - SHOWN} more POIs taken away", className="sub"))
    rows += [_row(f"{zone.name} built like {zone.like}", "", "zone", i) for i, zone in enumerate(scenario.developments)]
    return rows or [html.P("Nothing is changed yet.", className="sub")]


def near_rows(cell: str, pois: Sequence[tuple[int, Mapping[str, str]]], more: int) -> list[Any]:
    """The POIs in a cell, to be moved or taken away."""
    if not pois:
        return [html.P(f"{cell} has no POIs.", className="sub")]
    said = f"{len(pois)} of {len(pois) + more}" if more else str(len(pois))
    return [
        box(html.H3(f"POIs in {cell}"), txt(said, "sub"), c="row"),
        *[_row(_named(tags), "", "poi", index, movable=True) for index, tags in pois],
    ]


def effect_note(effect: Effect | None, stations: int) -> html.P:
    """What the network's loads do at once."""
    if effect is None:
        return html.P("The loads follow when the area as it is has been generated.", className="sub")
    lost = float((effect.before - effect.after).clip(min=0).sum())
    gained = float((effect.after - effect.before).clip(min=0).sum())
    parts = (
        [f"new sites carry {number(float(effect.sites.sum()))} GB/h, {number(effect.fresh)} of it new"]
        if len(effect.sites)
        else []
    )
    parts.append(f"{int((effect.after < effect.before - 1e-6).sum())} of {stations} stations lose {number(lost)} GB/h")
    if gained > 1e-6:
        parts.append(f"others gain {number(gained)}")
    if effect.dropped > 1e-6:
        parts.append(f"{number(effect.dropped)} reaches no station any more")
    text = "; ".join(parts)
    return html.P(
        f"{text[0].upper()}{text[1:]}. Mean loads by nearest station within reach, from the demand as it is.", className="sub"
    )


def _row(name: str, says: str, part: str, index: int, *more: Any, movable: bool = False, undo: bool = False) -> html.Div:
    move = [act("Move", f"move-{part}", index, c="word", label=f"Move {name} there")] if movable else []
    return box(
        html.I(className=f"zn zn-{part}"),
        txt(name, "zone-n", title=name),
        txt(says, "num"),
        *more,
        *move,
        act("×", f"drop-{part}", index, c="x", label=f"Bring back {name}" if undo else f"Remove {name}"),
        c="zone",
    )


def _named(tags: Mapping[str, str]) -> str:
    name = tags.get("name:en") or tags.get("name") or tags.get("brand")
    kind = category(tags)
    what = next((value for key, value in tags.items() if key in KEYS), "").replace("_", " ")
    return f"{name} ({what or kind.lower()})" if name else (what or kind).capitalize()


KEYS = {
    "amenity",
    "shop",
    "office",
    "tourism",
    "leisure",
    "healthcare",
    "craft",
    "railway",
    "highway",
    "man_made",
    "public_transport",
}
