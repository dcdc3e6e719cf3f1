"""The tables of a plan: one row a cell, and one row a pick."""

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netspatial_core.planning.view import PlanView
from netspatial_core.rationale.writer import Rationale
from netspatial_core.sources.public import public
from netspatial_core.sources.text import clean_text

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the start of a formula

Columns = dict[str, list[Any]]
"""Values by column; None where a cell has none."""


def cell_columns(view: PlanView) -> Columns:
    """Everything known about every cell of the grid.

    ``cell_id, lon, lat, feasible, reason`` (why it is not feasible or why its traffic failed), ``outcome`` (picked, or why not),
    ``flags``, each utility with ``_p10`` and ``_p90``, ``rank`` among the candidates, ``pick`` (1 is the first), ``cost`` of a
    site, ``p_topk``, and over draws the place in the ranking with ``_p10`` and ``_p90`` (``draw_rank``) and the expected
    ``regret``; where known, the share of stations that are nearer to the model's training (``outside_training``, 0 to 1), and the
    mean load without a modality over that with it (``without_imagery``, ``without_pois``).
    """
    grid, selection = view.grid, view.selection
    faults = view.pieces.faults
    feasible = view.reasons == ""
    pick = dict(zip(selection.picks.tolist(), range(1, len(selection.picks) + 1), strict=True))
    out: Columns = {
        "cell_id": list(grid.ids),
        "lon": grid.centres_wgs84[:, 0].tolist(),
        "lat": grid.centres_wgs84[:, 1].tolist(),
        "feasible": feasible.tolist(),
        "reason": np.where(feasible, faults, view.reasons).tolist(),
        "outcome": ["picked" if i in pick else str(selection.reasons[i]) for i in range(len(grid))],
        "flags": ["; ".join(view.cell_flags(i)) for i in range(len(grid))],
    }
    for key in view.scores:
        score = view.scores[key]
        for suffix, values in (("", score.median), ("_p10", score.p10), ("_p90", score.p90)):
            # rows of cells that a later constraint has excluded keep no value: they are not for sale
            laid = np.where(feasible, view.pieces.on_grid(values), np.nan)
            out[key + suffix] = [_number(v) for v in laid.tolist()]
    out["rank"] = [int(r) or None for r in selection.rank]
    out["pick"] = [pick.get(i) for i in range(len(grid))]
    out["cost"] = selection.limits.cost.tolist()
    for name, values in _sureness(view).items():
        out[name] = [_number(v) for v in values.tolist()]
    return out


def pick_rows(view: PlanView, rationales: Mapping[str, Rationale] | None = None) -> list[dict[str, Any]]:
    """One record a pick, best first: id, place, rank, utilities, flags, attribution, and the rationale where there are any."""
    columns = cell_columns(view)
    dropped = {"feasible", "reason", "outcome"}
    first = ["cell_id", "lon", "lat", "rank", "pick"]
    order = first + [name for name in columns if name not in dropped and name not in first and name != "flags"] + ["flags"]
    credit = attribution(view)
    rows = []
    for cell in view.selection.picks.tolist():
        row = {name: columns[name][cell] for name in order}
        row |= {"data": view.pieces.origin, "attribution": credit}
        if rationales is not None:
            written = rationales.get(row["cell_id"])
            row["rationale"] = written.text if written else ""
            row["rationale_writer"] = written.writer if written else ""
        rows.append(row)
    return rows


def write_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], path: Path) -> None:
    """Records as UTF-8 CSV (RFC 4180). Texts are neutralised against formulas; numbers are written in full; None is empty."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        out = csv.writer(stream)
        out.writerow(columns)
        out.writerows([_cell(row.get(name)) for name in columns] for row in rows)


def pick_columns(view: PlanView, *, rationales: bool = False) -> list[str]:
    """Columns of ``pick_rows`` in order, also where there is no pick."""
    scores = [key + suffix for key in view.scores for suffix in ("", "_p10", "_p90")]
    names = ["cell_id", "lon", "lat", "rank", "pick", *scores, "cost", *_sureness(view), "flags", "data", "attribution"]
    return [*names, "rationale", "rationale_writer"] if rationales else names


def attribution(view: PlanView) -> str:
    """Whom the inputs of a plan must be credited to, as one text."""
    return "; ".join(str(public(name)) for name in view.provenance.get("attribution", ()))


def csv_text(text: str) -> str:
    """Text for a cell of a table: one visible line that no spreadsheet takes for a formula."""
    clean = clean_text(text, 2000)
    return f"'{clean}" if text.startswith(FORMULA) or clean.startswith(FORMULA) else clean


def _sureness(view: PlanView) -> dict[str, NDArray[np.float64]]:
    """What the draws say about the ranking, and how far the model can be believed, by column [cell]."""
    known, trust = view.sureness, view.pieces.trust
    more = {} if trust.outside is None else {"outside_training": trust.outside}
    more |= {f"without_{name}": ratio for name, ratio in trust.without.items()}
    return {
        "p_topk": known.p_topk,
        "draw_rank": known.rank,
        "draw_rank_p10": known.rank_p10,
        "draw_rank_p90": known.rank_p90,
        "regret": known.regret,
        **more,
    }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    return csv_text(value) if isinstance(value, str) else value
