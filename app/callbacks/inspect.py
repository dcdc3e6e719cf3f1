"""What the inspector shows of the selected cell: identity, figures, reason, charts."""

from typing import Any

import numpy as np
from dash import Dash, Input, Output, State, html, no_update

from app import ids
from app.callbacks.inputs import LEAST, asked, cell_index, number, theme_of
from app.callbacks.view import choice_of
from app.components.inspector import drivers, head, kpi, no_traffic, say
from app.components.parts import txt
from app.figures.decomposition import decomposition_figure
from app.figures.layers import plain
from app.figures.numbers import number as shown_number
from app.figures.numbers import ordinal, percent, place, span
from app.figures.templates import waiting
from app.figures.traffic import duration_figure, heat_figure, month_figure, week_figure
from app.routes.tiles import chip_address
from app.services import Services
from app.services.plans import Shown
from netspatial_core.generator.decompose import decompose
from netspatial_core.planning.selection import PENDING
from netspatial_core.planning.statistics import daily_volume_band, quantiles, week_band
from netspatial_core.planning.trust import MODALITIES, STRANGE
from netspatial_core.planning.typical import typical_draw
from netspatial_core.planning.view import PlanView
from netspatial_core.rationale.facts import Facts, percentile
from netspatial_core.sources.constraints import REASONS

MIX = 8  # categories shown
NOT_PICKED = "Not picked"
PINS = 4  # cells compared
FOLLOWS = {"variation", "revenue"}  # are another utility's inverse or multiple: told where chosen, and in the exports
OUTSIDE = {"inverse", "months"}  # dimensions whose unit is too long to stand beside the value


def register(app: Dash, services: Services) -> None:
    """Add the callbacks."""
    _texts(app, services)
    _charts(app, services)


def _texts(app: Dash, services: Services) -> None:
    """Identity, key figures, reason, facts."""
    plans, rationales = services.plans, services.rationales

    def selected(session: Any, cell: Any, picks: Any) -> tuple[str, Shown, PlanView, int] | None:
        wanted, chosen = asked(session), choice_of(picks)
        if wanted is None or chosen is None or not session.get("version"):
            return None
        shown = plans.shown(plans.request(*wanted.parts))
        index = None if shown is None else cell_index(cell, wanted.area, shown.plan.grid)
        if shown is None or index is None:
            return None
        return wanted.area, shown, shown.view(chosen), index

    @app.callback(
        Output(ids.HEAD, "children"),
        Output(ids.KPIS, "children"),
        Output(ids.WHY, "children"),
        Input(ids.CELL, "data"),
        Input(ids.PICKS, "data"),
        State(ids.SESSION, "data"),
    )
    def describe(cell: Any, picks: Any, session: Any) -> tuple[Any, Any, Any]:
        found = selected(session, cell, picks)
        if found is None:
            return no_update, no_update, no_update
        area, _, view, index = found
        grid = view.grid
        ranked = int(view.selection.rank[index])
        picked = bool(view.selection.picked[index])
        at = np.flatnonzero(view.selection.picks == index)
        rank = f"#{at[0] + 1}" if picked else f"rank {ranked}" if ranked else "not ranked"
        lon, lat = grid.centres_wgs84[index]
        identity = place(lon, lat)
        row = int(view.pieces.rows[index])
        usable = row >= 0 and not view.pieces.faults[index]
        if picked and ranked != at[0] + 1:  # spacing, zones or the budget keep better cells out, or picks share catchment
            identity += f"  ·  rank {ranked} without limits"
        elif usable:
            identity += f"  ·  {ranked} of {view.selection.candidates} candidates" if ranked else "  ·  no candidate"
        top = head(
            grid.ids[index], identity, chip_address(plans, area, grid.ids[index]), rank, picked=picked, flags=_flags(view, index)
        )
        return (top, _kpis(view, index), []) if usable else (top, _no_kpis(view), no_traffic(*_why(view, index)))

    @app.callback(
        Output(ids.SAY, "children"),
        Output(ids.FACTS, "children"),
        Output(ids.SAY_POLL, "disabled"),
        Input(ids.CELL, "data"),
        Input(ids.PICKS, "data"),
        Input(ids.SAY_POLL, "n_intervals"),
        State(ids.SESSION, "data"),
    )
    def explain(cell: Any, picks: Any, _poll: Any, session: Any) -> tuple[Any, Any, Any]:
        found = selected(session, cell, picks)
        if found is None:
            return no_update, no_update, True
        _, shown, view, index = found
        scene = shown.plan.scene
        facts = rationales.facts(scene, view, index)
        words = rationales.words(facts, write=shown.complete)
        mix = list(facts.categories().items())[:MIX]
        rows = sorted([*_rows(facts), *_trust(view, index)], key=lambda row: row[0] == NOT_PICKED)
        evidence = drivers(_scores(view, index), rows, mix, _mix_note(facts), words.text, words.label)
        return say(words.text, words.label), evidence, not words.pending


def _charts(app: Dash, services: Services) -> None:
    """Week, month, heat and the four panels."""
    plans = services.plans

    @app.callback(
        Output(ids.WEEK, "figure"),
        Output(ids.MONTH, "figure"),
        Output(ids.HEAT, "figure"),
        Output(ids.HEAT_RANGE, "children"),
        Output(ids.WEEK_NOTE, "children"),
        Output(ids.MONTH_NOTE, "children"),
        Input(ids.CELL, "data"),
        Input(ids.SESSION, "data"),
        Input(ids.THEME, "data"),
        Input(ids.SECOND, "value"),
        Input(ids.PINNED, "data"),
        Input(ids.CAPACITY, "value"),
        State(ids.HOUR, "value"),
    )
    def charts(cell: Any, session: Any, theme: Any, second: Any, pinned: Any, capacity: Any, hour: Any) -> tuple[Any, ...]:
        name = theme_of(theme)
        found = _cell_traffic(plans, session, cell)
        if found is None:
            return (*(waiting(name),) * 3, "", "", "")
        shown, row = found
        traffic = shown.plan.ensemble.traffic[row, : shown.version]
        week = week_band(traffic)
        days = daily_volume_band(traffic)
        at = int(number(hour, 0, 167))
        reach = f"{span(float(week.median.min()), float(week.median.max()))} GB/h"
        band = f"80 % band of {shown.version} draws" if shown.version > 1 else "one draw, no band yet"
        others = _others(shown, pinned, session, cell)
        said = [
            f"GB/h · {band}" if not others else "GB/h",
            *[txt([html.I(className=f"dash d{k}"), other], "pinned") for k, (other, _) in enumerate(others)],
        ]
        month, unit = month_figure(days, name), "GB/day"
        if second == "c":
            curve = quantiles(shown.pieces.statistics.curve[row].astype(np.float64), axis=0)
            month, unit = duration_figure(curve, number(capacity, LEAST["capacity"], 1e9), name), "GB/h"
        return (week_figure(week, at, name, others), month, heat_figure(week.median, name), reach, said, f"{unit} · {band}")

    @app.callback(
        Output(ids.PARTS, "figure"),
        Output(ids.PARTS_NOTE, "children"),
        Input(ids.CELL, "data"),
        Input(ids.SESSION, "data"),
        Input(ids.THEME, "data"),
        Input(ids.TAB, "value"),
    )
    def parts(cell: Any, session: Any, theme: Any, tab: Any) -> tuple[Any, Any]:
        name = theme_of(theme)
        if tab != "x":
            return no_update, no_update
        found = _cell_traffic(plans, session, cell)
        if found is None:
            return waiting(name), ""
        shown, row = found
        traffic = shown.plan.ensemble.traffic[row, : shown.version]
        draw = typical_draw(traffic)
        series = traffic[draw]
        return decomposition_figure(
            series, decompose(series[None], prior_weeks=0.0), name
        ), f"GB/h · draw {draw + 1} of {shown.version}"


def _cell_traffic(plans: Any, session: Any, cell: Any) -> tuple[Shown, int] | None:
    """The plan and the row of a cell with usable traffic."""
    wanted = asked(session)
    if wanted is None or not session.get("version"):
        return None
    shown = plans.shown(plans.request(*wanted.parts))
    index = None if shown is None else cell_index(cell, wanted.area, shown.plan.grid)
    if shown is None or index is None:
        return None
    row = int(shown.pieces.rows[index])
    return None if row < 0 or shown.pieces.faults[index] else (shown, row)


def _others(shown: Shown, pinned: Any, session: Any, cell: Any) -> list[tuple[str, Any]]:
    """The weeks of the cells kept for comparison, without the selected one: id and median [168]."""
    wanted = asked(session)
    kept = pinned.get("cells") if isinstance(pinned, dict) and wanted and pinned.get("area") == wanted.area else None
    out = []
    for name in kept[:PINS] if isinstance(kept, list) else []:
        index = cell_index({"area": wanted.area, "id": name}, wanted.area, shown.plan.grid) if wanted else None
        row = -1 if index is None else int(shown.pieces.rows[index])
        if row >= 0 and not shown.pieces.faults[index] and name != cell.get("id"):
            out.append((name, week_band(shown.plan.ensemble.traffic[row, : shown.version]).median))
    return out


def _flags(view: PlanView, index: int) -> list[tuple[str, str]]:
    """Badges: first what kind of data this is, then what a reader must know, else that both modalities are there."""
    kind = [("Synthetic data", "")] if view.pieces.kind == "synthetic" else [("Real ground", "ok")]
    reason = str(view.reasons[index])
    known = [(REASONS[reason], "warn")] if reason else []
    flags = sorted(view.cell_flags(index), key=lambda flag: not flag.startswith("failed"))  # there is room for one
    known += [(_short(flag), "warn") for flag in flags]
    return [*kind, *(known or [("Imagery + POIs", "ok")])]


def _trust(view: PlanView, index: int) -> list[tuple[str, str]]:
    """How the mean load would change without each modality: label and value."""
    without = view.pieces.trust.without
    ratios = {said: float(without[name][index]) for name, said in MODALITIES.items() if name in without}
    return [(f"Without {name}", f"{100 * (ratio - 1):+.0f} %") for name, ratio in ratios.items() if np.isfinite(ratio)]


def _short(flag: str) -> str:
    words = {
        "below the demand floor": "Below the floor",
        "would be among the best K without the demand floor": "Dead-cell trap",
        STRANGE: "Unlike training",
    }
    return words.get(flag, flag[:1].upper() + flag[1:])


def _kpi_keys(key: str) -> list[str]:
    """The utilities among the key figures: the chosen one, mean load and busy hour, or peak where one of them is chosen."""
    return [key, *[other for other in ("mean", "busy", "peak") if other != key][:2]]


def _kpi_label(view: PlanView, key: str) -> str:
    """A short name; a unit that is too long to stand beside its value stands here."""
    card = view.scores.cards[key]
    return f"{card.short}, {plain(view.unit_of(key))}" if card.dimension in OUTSIDE else card.short


def _kpis(view: PlanView, index: int) -> list[Any]:
    """Three utilities and P(top-K)."""
    row, key, draws = int(view.pieces.rows[index]), view.utility.key, view.pieces.statistics.draws
    out = []
    for name in _kpi_keys(key):
        score, card = view.scores[name], view.scores.cards[name]
        value = shown_number(float(score.median[row]))
        band = span(float(score.p10[row]), float(score.p90[row])) if draws > 1 else "1 draw so far"
        out.append(
            kpi(
                _kpi_label(view, name),
                value,
                "" if card.dimension in OUTSIDE else plain(view.unit_of(name)),
                band,
                on=name == key,
            )
        )
    if draws == 1:  # it is in or out: no share of draws yet
        return [*out, kpi("P(top-K)", "–", "", "1 draw so far")]
    return [*out, kpi("P(top-K)", percent(float(view.p_topk[index])), "%", f"of {draws} draws")]


def _no_kpis(view: PlanView) -> list[Any]:
    """Four empty figures: a cell without traffic has none, not zeros."""
    return [kpi(label, "–", "", "") for label in (*(_kpi_label(view, key) for key in _kpi_keys(view.utility.key)), "P(top-K)")]


def _why(view: PlanView, index: int) -> tuple[str, str]:
    """Why a cell has no charts: a title and what to know of it."""
    reason, fault = str(view.reasons[index]), str(view.pieces.faults[index])
    if reason:
        return f"Excluded: {REASONS[reason].lower()}", "No site can stand here, so no traffic was generated for this cell."
    if fault == PENDING:
        return "Not generated yet", "The charts appear when the run has reached this cell."
    return fault[:1].upper() + fault[1:], "The traffic generated for this cell cannot be used. It is never coloured or ranked."


def _scores(view: PlanView, index: int) -> list[tuple[str, str, str, str, bool]]:
    """The utilities of a cell, for the Drivers tab; nothing where the cell has no usable traffic."""
    row = int(view.pieces.rows[index])
    if row < 0 or view.pieces.faults[index]:
        return []
    out = []
    for key in view.scores:
        if key in FOLLOWS and key != view.utility.key:
            continue
        score = view.scores[key]
        unit, short = plain(view.unit_of(key)), view.scores.cards[key].short
        out.append(
            (
                f"{short}, {unit}" if unit else short,
                shown_number(float(score.median[row])),
                span(float(score.p10[row]), float(score.p90[row])) if view.pieces.statistics.draws > 1 else "–",
                ordinal(max(1, round(percentile(score.median, row)))) if np.isfinite(score.median[row]) else "–",
                key == view.utility.key,
            )
        )
    return out


def _rows(facts: Facts) -> list[tuple[str, str]]:
    """The facts of the Drivers tab, those that are known."""
    rows: list[tuple[str, str]] = []
    hour, ratio, weekend = facts.number("peak_hour"), facts.number("peak_to_mean"), facts.number("weekend_change")
    if hour is not None:
        rows.append(("Day peaks at", f"{hour:02.0f}:00"))
    if ratio is not None:
        rows.append(("Peak over mean", f"{shown_number(ratio)} ×"))
    if weekend is not None:
        rows.append(("Weekend change", f"{weekend:+.0f} %"))
    near = facts.number("nearest_station")
    rows.append(("Nearest station", f"{near:,.0f} m" if near is not None else "none known"))
    reason = facts.get("reason")
    if reason:
        rows.append((NOT_PICKED, str(reason)))
    return rows


def _mix_note(facts: Facts) -> str:
    status, total = facts.get("poi_status"), facts.number("poi_total")
    if status == "failed":
        return "the service failed"
    if status == "absent":
        return "none were given"
    return f"{total:,.0f} within 500 m" if total else "none within 500 m"
