"""Which cells get a site: eq. 7 by sorting, greedy where picks must keep a distance, always under a demand floor.

Every cell that is not picked keeps its reason, and a selection of fewer than K sites names the constraint that binds.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from netspatial_core.errors import InputError
from netspatial_core.planning.statistics import NOT_FINITE

Binding = Literal["", "k", "excluded", "failed", "pending", "floor", "spacing"]

TOLERANCE_M = 0.01  # cells exactly as far apart as asked for are far enough, whatever the last digits say
PENDING = "pending: not generated yet"
EXCLUDED = "excluded: "
_SPOKEN = {"water": "open water", "green": "park, forest or field", "near": "near a station", "excluded": "excluded area"}


@dataclass(frozen=True)
class Selection:
    """The picks, and what became of every other cell. Arrays are [cell] over the whole grid.

    Attributes:
        picks: Grid indices of the picks, best first [pick].
        rank: Place by utility among the candidates, from 1; 0 for a cell that is none. Spacing does not move it.
        reasons: Why a cell was not picked, '' for a pick: ``excluded: open water``, ``failed: not finite``,
            ``below the floor of 1.2 GB/h``, ``within 300 m of pick R05C07``, ``beyond K = 10``.
        traps: Cells below the floor that would have been among the K best without it: the dead-cell trap of LSI.
        candidates: How many cells compete: feasible, generated, not failed, not below the floor.
        k: Sites asked for.
        floor: Demand floor in the traffic's unit.
        min_spacing_m: Least distance between picks, metres on the ground.
        binding: The constraint for which there are fewer than K picks, '' where there are K.
        notices: What a planner must be told, one sentence each.
    """

    picks: NDArray[np.int64]
    rank: NDArray[np.int64]
    reasons: NDArray[np.str_]
    traps: NDArray[np.bool_]
    candidates: int
    k: int
    floor: float
    min_spacing_m: float
    binding: Binding
    notices: tuple[str, ...]

    @property
    def picked(self) -> NDArray[np.bool_]:
        """Whether a cell is a pick [cell]."""
        out = np.zeros(len(self.rank), dtype=np.bool_)
        out[self.picks] = True
        return out


def default_floor(mean_load: NDArray[np.float64]) -> float:
    """The demand floor where none is set: the median of the positive mean loads, rounded down to two digits; 0 without any.

    LSI favours small loads (trap 5), so that its picks lie just above the floor wherever the floor is. The median says: a new
    site should carry at least what half of the places would. It is shown and can be changed; 0 switches it off.

    Args:
        mean_load: Mean load of each usable cell [cell], GB/h; nan counts as none.

    Returns:
        The floor, GB/h.
    """
    positive = mean_load[np.isfinite(mean_load) & (mean_load > 0)]
    if len(positive) == 0:
        return 0.0
    median = float(np.median(positive))
    unit = 10.0 ** (math.floor(math.log10(median)) - 1)
    return float(f"{math.floor(median / unit * (1 + 1e-12)) * unit:.2g}")


def select(
    values: NDArray[np.float64],
    *,
    ids: Sequence[str],
    points: NDArray[np.float64],
    reasons: NDArray[np.str_],
    mean_load: NDArray[np.float64],
    k: int,
    floor: float | None = None,
    min_spacing_m: float = 0.0,
    faults: NDArray[np.str_] | None = None,
    sign: int = 1,
    unit: str = "GB/h",
) -> Selection:
    """Pick the K best candidates (eq. 7): exact by sorting without spacing, greedy from the best down with it.

    Ties are broken by cell id. A cell whose value is not finite is never ranked.

    Args:
        values: Utility of each cell [cell]; nan where it has none.
        ids: Cell ids [cell].
        points: Centres [cell, 2] in metres on the ground.
        reasons: Why a cell is not feasible [cell], '' where it is.
        mean_load: Mean load of each cell [cell], for the floor.
        k: Sites to pick; 0 picks none and says so.
        floor: Least mean load of a candidate; None takes ``default_floor`` of the feasible cells; 0 is no floor.
        min_spacing_m: Least distance between picks.
        faults: Why a feasible cell's traffic cannot be used [cell], '' where it can.
        sign: 1 where a high utility is better, -1 where a low one is.
        unit: Unit of the load, for the texts.

    Raises:
        InputError: K is negative, or floor or spacing is negative or not finite.
    """
    check_settings(k, floor, min_spacing_m)
    feasible = reasons == ""
    told = np.full(len(values), "", dtype=object) if faults is None else faults.astype(object)
    told[(told == "") & ~np.isfinite(values)] = NOT_FINITE
    usable = feasible & (told == "")
    floor = default_floor(mean_load[usable]) if floor is None else float(floor)
    with np.errstate(invalid="ignore"):
        quiet = usable & ~(mean_load >= floor)
    candidate = usable & ~quiet
    order = _ordered(values, ids, sign, candidate)
    picks, blocked = _pick(order, points, k, min_spacing_m)

    out = np.where(feasible, told, _excluded(reasons))
    out[quiet] = f"below the floor of {floor:g} {unit}"
    out[order] = f"beyond K = {k}"
    for cell, by in blocked.items():
        out[cell] = f"within {min_spacing_m:g} m of pick {ids[by]}"
    out[picks] = ""
    rank = np.zeros(len(values), dtype=np.int64)
    rank[order] = np.arange(1, len(order) + 1)
    traps = np.zeros(len(values), dtype=np.bool_)
    traps[_ordered(values, ids, sign, usable)[:k]] = True
    traps &= quiet

    counts = {
        "excluded": int((~feasible).sum()),
        "pending": int((feasible & (told == PENDING)).sum()),
        "failed": int((feasible & (told != "") & (told != PENDING)).sum()),
        "floor": int(quiet.sum()),
        "spacing": len(blocked),
    }
    binding = _binding(k, len(picks), len(order), counts)
    notices = _notices(binding, k, len(picks), counts, reasons, floor, min_spacing_m, unit, int(traps.sum()))
    return Selection(picks, rank, out.astype(np.str_), traps, len(order), k, floor, float(min_spacing_m), binding, notices)


def p_topk(
    per_draw: NDArray[np.float64], mean_load: NDArray[np.float64], *, ids: Sequence[str], k: int, floor: float, sign: int = 1
) -> NDArray[np.float64]:
    """Share of draws in which a point is among the K best that meet the floor [point]; nan where a point has no value.

    Each draw is one possible month of every point: the floor applies to that month's mean load, and spacing does not (it would
    make the chance of one point hang on its neighbours'). Draws of two points are independent.

    Args:
        per_draw: Utility [point, draw]; a point with any nan takes no part.
        mean_load: Mean load [point, draw].
        ids: Cell ids [point], which break ties.
        k: Sites to pick.
        floor: Least mean load.
        sign: 1 where a high utility is better, -1 where a low one is.
    """
    points, draws = per_draw.shape
    valid = np.all(np.isfinite(per_draw), axis=1)
    by_id = np.argsort(np.asarray(ids), kind="stable")
    keys = np.where(valid[:, None] & (mean_load >= floor), -sign * per_draw, np.inf)[by_id]
    best = np.argsort(keys, axis=0, kind="stable")[: max(k, 0)]
    hits = np.zeros((points, draws), dtype=np.bool_)
    np.put_along_axis(hits, best, np.isfinite(np.take_along_axis(keys, best, axis=0)), axis=0)
    share = np.empty(points)
    share[by_id] = hits.mean(axis=1)
    return np.where(valid, share, np.nan)


def check_settings(k: int, floor: float | None, min_spacing_m: float) -> None:
    """Whether a selection can be asked for so.

    Raises:
        InputError: K is negative, or floor or spacing is negative or not finite.
    """
    if k != int(k) or k < 0:
        raise InputError(f"K = {k} is no number of sites.", "Give a whole number, 0 or more.")
    if floor is not None and not (math.isfinite(floor) and floor >= 0):
        raise InputError(f"A demand floor of {floor} is no load.", "Give a load of 0 or more; 0 switches the floor off.")
    if not (math.isfinite(min_spacing_m) and min_spacing_m >= 0):
        raise InputError(f"A spacing of {min_spacing_m} m is no distance.", "Give 0 or more metres.")


def _ordered(values: NDArray[np.float64], ids: Sequence[str], sign: int, among: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Grid indices of some cells, best first, equals by id."""
    cells = np.flatnonzero(among)
    names = np.asarray(ids)[cells]
    return cells[np.lexsort((names, -sign * values[cells]))]


def _pick(
    order: NDArray[np.int64], points: NDArray[np.float64], k: int, spacing: float
) -> tuple[NDArray[np.int64], dict[int, int]]:
    """The picks, and for each better cell that had to give way the pick that was in its way."""
    if spacing == 0:
        return order[:k], {}
    picks: list[int] = []
    in_the_way = np.full(len(order), -1)
    position = -1
    while len(picks) < k:
        free = np.flatnonzero(in_the_way[position + 1 :] < 0)
        if len(free) == 0:
            position = len(order)
            break
        position += 1 + int(free[0])
        pick = int(order[position])
        picks.append(pick)
        gap = np.hypot(*(points[order] - points[pick]).T)
        in_the_way[(in_the_way < 0) & (gap < spacing - TOLERANCE_M)] = pick
    blocked = {int(c): int(p) for c, p in zip(order[:position], in_the_way[:position], strict=False) if p >= 0 and c != p}
    return np.array(picks, dtype=np.int64), blocked


def _excluded(reasons: NDArray[np.str_]) -> NDArray[np.object_]:
    return np.array([EXCLUDED + _SPOKEN.get(str(r), str(r)) if r else "" for r in reasons], dtype=object)


def _binding(k: int, picked: int, candidates: int, counts: dict[str, int]) -> Binding:
    """What keeps the picks below K: the last constraint that took more cells than were to spare."""
    if k == 0:
        return "k"
    if picked == k:
        return ""
    if candidates >= k:
        return "spacing"
    left = candidates
    for constraint in ("floor", "failed", "pending"):
        left += counts[constraint]
        if left >= k:
            return constraint
    return "excluded"


def _notices(
    binding: Binding,
    k: int,
    picked: int,
    counts: dict[str, int],
    reasons: NDArray[np.str_],
    floor: float,
    spacing: float,
    unit: str,
    traps: int,
) -> tuple[str, ...]:
    out = []
    if binding == "k":
        out.append("No site was asked for (K = 0): raise K to get picks.")
    elif binding:
        few = f"{picked or 'None'} of {k} sites"
        why = {
            "spacing": f"the spacing of {spacing:g} m leaves no room for more; lower it or lower K",
            "floor": f"{_cells(counts['floor'])} {_lie(counts['floor'])} below the floor of {floor:g} {unit}; lower it, or K",
            "failed": f"the traffic of {_cells(counts['failed'])} failed; see their flags, then generate again",
            "pending": f"{_cells(counts['pending'])} {_lie(counts['pending'])} still to be generated",
            "excluded": f"only {_cells(int((reasons == '').sum()))} of {len(reasons)} are feasible"
            + (f", {counts['floor']} of them below the floor of {floor:g} {unit}" if counts["floor"] else "")
            + _breakdown(reasons)
            + "; exclude less or lower K",
        }[binding]
        out.append(f"{few}: {why}.")
    if traps:
        out.append(f"The demand floor of {floor:g} {unit} keeps {traps} quiet ones of the best {_cells(k)} out.")
    return tuple(out)


def _breakdown(reasons: NDArray[np.str_]) -> str:
    names, counts = np.unique(reasons[reasons != ""], return_counts=True)
    parts = [f"{count} {_SPOKEN.get(str(name), name)}" for name, count in zip(names, counts, strict=True)]
    return f" (excluded: {', '.join(parts)})" if parts else ""


def _cells(count: int) -> str:
    return f"{count} cell" if count == 1 else f"{count} cells"


def _lie(count: int) -> str:
    return "is" if count == 1 else "are"
