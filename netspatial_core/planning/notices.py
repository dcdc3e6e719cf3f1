"""What a selection says of itself: why a cell was not picked, and which constraint keeps the picks below K."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from netspatial_core.planning.limits import TOLERANCE_M, GridLimits

Binding = Literal["", "k", "excluded", "failed", "pending", "void", "floor", "barred", "spacing", "budget", "zone"]

EXCLUDED = "excluded: "
_SPOKEN = {"water": "open water", "green": "park, forest or field", "near": "near a station", "excluded": "excluded area"}


@dataclass(frozen=True)
class Situation:
    """A selection as the notices need it.

    Attributes:
        k: Sites asked for.
        picks: Grid indices of the picks, best first [pick].
        order: Grid indices of the candidates, best first [candidate].
        counts: Cells that each constraint took, by ``Binding``.
        reasons: Why a cell is not feasible [cell].
        points: Cell centres [cell, 2], metres on the ground.
        limits: Over the grid.
        floor: Demand floor, in ``unit``.
        unit: Of the load.
        void: Why the utility may have no value.
    """

    k: int
    picks: NDArray[np.int64]
    order: NDArray[np.int64]
    counts: dict[str, int]
    reasons: NDArray[np.str_]
    points: NDArray[np.float64]
    limits: GridLimits
    floor: float
    unit: str
    void: str

    @property
    def left(self) -> float:
        """What the picks leave of the budget."""
        return self.limits.budget - float(self.limits.cost[self.picks].sum())

    @property
    def ways(self) -> NDArray[np.int64]:
        """For each candidate the first pick that is too near to it, as its grid index [candidate]; -1 where none is."""
        out = np.full(len(self.order), -1)
        for pick in self.picks[::-1]:
            gap = np.hypot(*(self.points[self.order] - self.points[pick]).T)
            out[gap < self.limits.spacing_m - TOLERANCE_M] = pick
        out[np.isin(self.order, self.picks)] = -1
        return out

    @property
    def binding(self) -> Binding:
        """What keeps the picks below K: the last constraint that took more cells than were to spare."""
        if self.k == 0:
            return "k"
        if len(self.picks) == self.k:
            return "zone" if self.empty_zones else ""
        if len(self.order) >= self.k:
            return "budget" if self._too_dear() else "spacing"
        left = len(self.order)
        constraint: Binding
        for constraint in ("barred", "floor", "void", "failed", "pending"):
            left += self.counts[constraint]
            if left >= self.k:
                return constraint
        return "excluded"

    @property
    def empty_zones(self) -> list[str]:
        """Names of the zones that must have a site and have none."""
        return [zone.name for zone in self.limits.wanted if not zone.cells[self.picks].any()]

    def _too_dear(self) -> bool:
        """Whether a candidate far enough from all picks is left that the budget does not pay for."""
        free = (self.ways < 0) & ~np.isin(self.order, self.picks)
        return bool(free.any())


def excluded(reasons: NDArray[np.str_]) -> NDArray[np.object_]:
    """Reasons as a planner reads them [cell], '' for feasible cells."""
    return np.array([EXCLUDED + _SPOKEN.get(str(r), str(r)) if r else "" for r in reasons], dtype=object)


def rejections(now: Situation, ids: NDArray[np.str_]) -> NDArray[np.object_]:
    """Why each candidate was not picked [candidate], '' for a pick."""
    out = np.full(len(now.order), f"beyond K = {now.k}", dtype=object)
    picked = np.isin(now.order, now.picks)
    full = len(now.picks) == now.k
    last = int(np.flatnonzero(picked)[-1]) if picked.any() else -1
    before = slice(0, last + 1) if full else slice(None)  # what comes after the last pick lost to K alone
    dear = now.limits.cost[now.order] > now.left + TOLERANCE_M
    for place in np.flatnonzero(dear[before]):
        cost = now.limits.cost[now.order[place]]
        out[place] = f"costs {cost:,.0f}, and {max(0.0, now.left):,.0f} of the budget are left"
    ways = now.ways
    for place in np.flatnonzero(ways[before] >= 0):
        out[place] = f"within {now.limits.spacing_m:g} m of pick {ids[ways[place]]}"
    out[picked] = ""
    return out


def notices(now: Situation, traps: int) -> tuple[str, ...]:
    """What a planner must be told, one sentence each; the binding constraint first."""
    out = []
    binding, counts = now.binding, now.counts
    if binding == "k":
        out.append("No site was asked for (K = 0): raise K to get picks.")
    elif binding and binding != "zone":
        few = f"{len(now.picks) or 'None'} of {now.k} sites"
        why = {
            "budget": f"the budget of {now.limits.budget:,.0f} pays for no more, {max(0.0, now.left):,.0f} are left; raise it",
            "spacing": f"the spacing of {now.limits.spacing_m:g} m leaves no room for more; lower it or lower K",
            "barred": f"{_cells(counts['barred'])} {_lie(counts['barred'])} {_bars(now.limits.barred)}; loosen that, or lower K",
            "floor": f"{_cells(counts['floor'])} {_lie(counts['floor'])} below the floor of {now.floor:g} {now.unit}; "
            "lower it, or K",
            "void": f"{_cells(counts['void'])} {_lie(counts['void'])} not ranked, as {now.void}",
            "failed": f"the traffic of {_cells(counts['failed'])} failed; see their flags, then generate again",
            "pending": f"{_cells(counts['pending'])} {_lie(counts['pending'])} still to be generated",
            "excluded": f"only {_cells(int((now.reasons == '').sum()))} of {len(now.reasons)} are feasible"
            + (f", {counts['floor']} of them below the floor of {now.floor:g} {now.unit}" if counts["floor"] else "")
            + _breakdown(now.reasons)
            + "; exclude less or lower K",
        }[binding]
        out.append(f"{few}: {why}.")
    out += [_empty_zone(now, name) for name in now.empty_zones if now.k]
    if traps:
        out.append(f"The demand floor of {now.floor:g} {now.unit} keeps out {traps} of the best {_cells(now.k)}: quiet ones.")
    return tuple(out)


def _empty_zone(now: Situation, name: str) -> str:
    """Why a zone that must have a site has none."""
    zone = next(zone for zone in now.limits.wanted if zone.name == name)
    inside = zone.cells[now.order]
    if not zone.cells.any():
        why = "no cell lies in it; draw it larger"
    elif not inside.any():
        why = f"none of its {_cells(int(zone.cells.sum()))} can be picked; their reasons say why"
    elif (now.ways[inside] >= 0).all():
        why = f"all its cells are within {now.limits.spacing_m:g} m of other picks; lower the spacing"
    elif (now.limits.cost[now.order][inside] > now.left).all():
        least = float(now.limits.cost[now.order][inside].min())
        why = f"a site costs {least:,.0f} there, and {max(0.0, now.left):,.0f} of the budget are left; raise it"
    else:
        why = f"K = {now.k} is used up by other zones; raise K"
    return f"The zone {name} has no site: {why}."


def _bars(barred: NDArray[np.str_]) -> str:
    names = [str(name) for name in np.unique(barred[barred != ""])]
    return " or ".join(names[:3]) + (" or another zone" if len(names) > 3 else "")


def _breakdown(reasons: NDArray[np.str_]) -> str:
    names, counts = np.unique(reasons[reasons != ""], return_counts=True)
    parts = [f"{count} {_SPOKEN.get(str(name), name)}" for name, count in zip(names, counts, strict=True)]
    return f" (excluded: {', '.join(parts)})" if parts else ""


def _cells(count: int) -> str:
    return f"{count} cell" if count == 1 else f"{count} cells"


def _lie(count: int) -> str:
    return "is" if count == 1 else "are"
