"""Which cells get a site: the K best of a utility that meet the demand floor and the limits (eq. 7 where there are none).

Every cell that is not picked keeps its reason, and a selection of fewer than K sites names the constraint that binds.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netspatial_core.errors import InputError
from netspatial_core.planning.limits import GridLimits
from netspatial_core.planning.notices import Binding, Situation, excluded, notices, rejections
from netspatial_core.planning.picking import Picker, Proof, greedy
from netspatial_core.planning.statistics import NOT_FINITE

PENDING = "pending: not generated yet"


@dataclass(frozen=True)
class Selection:
    """The picks, and what became of every other cell. Arrays are [cell] over the whole grid.

    Attributes:
        picks: Grid indices of the picks [pick]: best first, or in the order in which a joint choice took them.
        rank: Place by utility among the candidates, from 1; 0 for a cell that is none. Limits between picks do not move it.
        reasons: Why a cell was not picked, '' for a pick: ``excluded: open water``, ``failed: not finite``,
            ``not ranked: its revenue does not cover the opex``, ``below the floor of 1.2 GB/h``, ``in zone Harbour``,
            ``within 300 m of pick R05C07``, ``costs 90,000, and 20,000 of the budget are left``, ``beyond K = 10``.
        traps: Cells below the floor that would have been among the K best without it: the dead-cell trap of LSI.
        candidates: How many cells compete: feasible, generated, not failed, not below the floor, not barred.
        k: Sites asked for.
        floor: Demand floor in the traffic's unit.
        limits: What the picks respect.
        gains: What each pick adds to what those before it carry [pick and on], GB/h; of a joint choice only.
        proof: How good the picks are; of an exact choice only.
        binding: The constraint for which there are fewer than K picks or a zone without its site, '' where all is met.
        notices: What a planner must be told, one sentence each.
    """

    picks: NDArray[np.int64]
    rank: NDArray[np.int64]
    reasons: NDArray[np.str_]
    traps: NDArray[np.bool_]
    candidates: int
    k: int
    floor: float
    limits: GridLimits
    gains: NDArray[np.float64] | None
    proof: Proof | None
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
    limits: GridLimits | None = None,
    picker: Picker | None = None,
    faults: NDArray[np.str_] | None = None,
    sign: int = 1,
    unit: str = "GB/h",
    void: str = "",
) -> Selection:
    """Pick K of the candidates: the best by sorting (eq. 7) where nothing limits them.

    Ties are broken by cell id. A cell whose value is not finite is never ranked.

    Args:
        values: Utility of each cell [cell]; nan where it has none.
        ids: Cell ids [cell].
        points: Centres [cell, 2] in metres on the ground.
        reasons: Why a cell is not feasible [cell], '' where it is.
        mean_load: Mean load of each cell [cell], for the floor.
        k: Sites to pick; 0 picks none and says so.
        floor: Least mean load of a candidate; None takes ``default_floor`` of the feasible cells; 0 is no floor.
        limits: What the picks respect; None is nothing.
        picker: Chooses among the candidates; None chooses best first.
        faults: Why a feasible cell's traffic cannot be used [cell], '' where it can.
        sign: 1 where a high utility is better, -1 where a low one is.
        unit: Unit of the load, for the texts.
        void: Why the utility may have no value for sound traffic, '' where it always has one.

    Raises:
        InputError: K is negative, or the floor is negative or not finite.
    """
    check_settings(k, floor)
    limits = GridLimits.none(len(values)) if limits is None else limits
    feasible = reasons == ""
    told = np.full(len(values), "", dtype=object) if faults is None else faults.astype(object)
    if not void:
        told[(told == "") & ~np.isfinite(values)] = NOT_FINITE
    sound = feasible & (told == "")
    floor = default_floor(mean_load[sound]) if floor is None else float(floor)
    worthless = sound & ~np.isfinite(values)
    usable = sound & ~worthless
    with np.errstate(invalid="ignore"):
        quiet = usable & ~(mean_load >= floor)
    barred = usable & ~quiet & (limits.barred != "")
    order = _ordered(values, ids, sign, usable & ~quiet & ~barred)
    picked = (picker or greedy(points, k, limits))(order)

    counts = {
        "pending": int((feasible & (told == PENDING)).sum()),
        "failed": int((feasible & (told != "") & (told != PENDING)).sum()),
        "void": int(worthless.sum()),
        "floor": int(quiet.sum()),
        "barred": int(barred.sum()),
    }
    now = Situation(k, picked.cells, order, counts, reasons, points, limits, floor, unit, void)
    out = np.where(feasible, told, excluded(reasons))
    out[worthless] = f"not ranked: {void}"
    out[quiet] = f"below the floor of {floor:g} {unit}"
    out[barred] = limits.barred[barred]
    out[order] = rejections(now, np.asarray(ids))
    rank = np.zeros(len(values), dtype=np.int64)
    rank[order] = np.arange(1, len(order) + 1)
    traps = np.zeros(len(values), dtype=np.bool_)
    traps[_ordered(values, ids, sign, usable & (limits.barred == ""))[:k]] = True
    traps &= quiet
    said = notices(now, int(traps.sum())) + ((picked.note,) if picked.note else ())
    return Selection(
        picked.cells,
        rank,
        out.astype(np.str_),
        traps,
        len(order),
        k,
        floor,
        limits,
        picked.gains,
        picked.proof,
        now.binding,
        said,
    )


def check_settings(k: int, floor: float | None) -> None:
    """Whether a selection can be asked for so.

    Raises:
        InputError: K is negative, or the floor is negative or not finite.
    """
    if k != int(k) or k < 0:
        raise InputError(f"K = {k} is no number of sites.", "Give a whole number, 0 or more.")
    if floor is not None and not (math.isfinite(floor) and floor >= 0):
        raise InputError(f"A demand floor of {floor} is no load.", "Give a load of 0 or more; 0 switches the floor off.")


def _ordered(values: NDArray[np.float64], ids: Sequence[str], sign: int, among: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Grid indices of some cells, best first, equals by id."""
    cells = np.flatnonzero(among)
    names = np.asarray(ids)[cells]
    return cells[np.lexsort((names, -sign * values[cells]))]
