"""Ways to choose K of the candidates under limits: best first, the proven best set, or together for what they carry jointly."""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from netspatial_core.planning.exact import best_set
from netspatial_core.planning.field import DemandField
from netspatial_core.planning.joint import choose_together
from netspatial_core.planning.limits import TOLERANCE_M, GridLimits

Method = Literal["greedy", "exact", "joint"]
METHODS = MappingProxyType(
    {
        "greedy": "One after the other, the best that the limits leave: exact where there are none (eq. 7).",
        "exact": "The set with the best sum that the limits allow, proven by a mixed-integer programme.",
        "joint": "Sites that share catchment count it once: the set that carries most together, by lazy greedy choice.",
    }
)


@dataclass(frozen=True)
class Proof:
    """How good an exact choice is.

    Attributes:
        value: Sum of the picks' utilities.
        gap: How much better the sum of another set could still be, as a share: 0 is proven best.
        first: Sum of the picks of best first, under the same limits.
        more: How many picks more than best first it has.
    """

    value: float
    gap: float
    first: float
    more: int


@dataclass(frozen=True)
class Picked:
    """What a way of choosing found.

    Attributes:
        cells: Grid indices of the picks [pick].
        gains: What each adds to what those before it carry [pick, and on for the chart], GB/h; of a joint choice only.
        proof: How good they are; of an exact choice only.
        note: What a planner must be told, '' for nothing.
    """

    cells: NDArray[np.int64]
    gains: NDArray[np.float64] | None = None
    proof: Proof | None = None
    note: str = ""


Picker = Callable[[NDArray[np.int64]], Picked]
"""From the candidates' grid indices, best first [candidate], to the picks."""


def greedy(points: NDArray[np.float64], k: int, limits: GridLimits) -> Picker:
    """Best first: a site for each zone that must have one, then the rest; each keeps its distance and fits into the budget."""

    def pick(order: NDArray[np.int64]) -> Picked:
        free, left = np.ones(len(order), dtype=np.bool_), limits.budget
        cost, chosen = limits.cost[order], np.zeros(len(order), dtype=np.bool_)

        def take(among: NDArray[np.bool_]) -> bool:
            nonlocal left
            fits = np.flatnonzero(free & among & (cost <= left))
            if len(fits) == 0:
                return False
            best = fits[0]
            chosen[best] = True
            left -= cost[best]
            free[np.hypot(*(points[order] - points[order[best]]).T) < limits.spacing_m - TOLERANCE_M] = False
            free[best] = False
            return True

        for zone in limits.wanted:
            inside = zone.cells[order]
            if chosen.sum() < k and not (chosen & inside).any():
                take(inside)
        everywhere = np.ones(len(order), dtype=np.bool_)
        while chosen.sum() < k and take(everywhere):
            pass
        return Picked(order[chosen])

    return pick


def exact(values: NDArray[np.float64], sign: int, points: NDArray[np.float64], k: int, limits: GridLimits) -> Picker:
    """The set with the best sum; where no set meets the limits or none is found in time, the greedy picks, and a note says so."""

    def pick(order: NDArray[np.int64]) -> Picked:
        groups = [np.flatnonzero(zone.cells[order]) for zone in limits.wanted]
        found = best_set(
            values[order],
            points[order],
            k,
            limits.spacing_m,
            sign=sign,
            cost=limits.cost[order],
            budget=limits.budget,
            include=[group for group in groups if len(group)],
        )
        first = greedy(points, k, limits)(order).cells
        if len(found.picks) == 0 and len(first):
            why = "No set of sites meets every limit" if found.proven else "The best set was not found in time"
            return Picked(first, note=f"{why}; these are the picks of best first.")
        note = "" if found.proven else f"Not proven: another set may be {100 * found.gap:.1f} % better."
        proof = Proof(found.value, found.gap, float(values[first].sum()), len(found.picks) - len(first))
        return Picked(order[np.sort(found.picks)], proof=proof, note=note)

    return pick


def joint(
    field: DemandField,
    rows: NDArray[np.int64],
    points: NDArray[np.float64],
    k: int,
    limits: GridLimits,
    *,
    fresh: bool,
    upto: int,
) -> Picker:
    """Sites chosen together for what they carry.

    Args:
        field: The demand of the ground.
        rows: Candidate of the field that each cell is [cell], -1 for none.
        points: Cell centres [cell, 2], metres on the ground.
        k: Sites to choose.
        limits: Over the grid.
        fresh: Count only demand that no station has now.
        upto: How many gains the chart wants, K or more.
    """

    def pick(order: NDArray[np.int64]) -> Picked:
        sites = np.zeros(int(rows.max(initial=-1)) + 1, dtype=np.int64)
        sites[rows[order]] = order
        allowed = np.zeros(len(sites), dtype=np.bool_)
        allowed[rows[order]] = True
        found = choose_together(
            field,
            points[sites],
            max(k, upto) if k else 0,
            limits.spacing_m,
            allowed=allowed,
            fresh=fresh,
            cost=limits.cost[sites],
            budget=limits.budget,
            wanted=[zone.cells[sites] & allowed for zone in limits.wanted],
        )
        return Picked(sites[found.picks[:k]], gains=found.gain, note=_order_of_choice(found.gain[:k]))

    return pick


def _order_of_choice(gains: NDArray[np.float64]) -> str:
    """Why a list of joint picks is not sorted by its values, and which of them add nothing."""
    if len(gains) < 2:
        return ""
    idle = int((gains <= 1e-6 * gains.max()).sum())
    more = f" {idle} of them {'adds' if idle == 1 else 'add'} nothing." if idle else ""
    return f"In the order of choice, each for what it adds to those before it; the values are each cell's alone.{more}"
