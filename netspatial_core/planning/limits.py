"""What a selection must respect besides the demand floor: distances, marked zones, a budget. As asked for, and over a grid."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from netspatial_core.area import Grid
from netspatial_core.errors import InputError
from netspatial_core.planning.zones import MOST, Zone

TOLERANCE_M = 0.01  # cells exactly as far apart as asked for are far enough, whatever the last digits say


@dataclass(frozen=True)
class Limits:
    """What is asked for.

    Attributes:
        spacing_m: Least distance between two picks, metres.
        station_gap_m: Least distance between a pick and an existing station, metres.
        budget: Most that all picks may cost, currency; None is no limit.
        zones: Marked ground. Where zones of costs overlap the later one counts.

    Raises:
        InputError: A distance or the budget is negative or not finite, or there are too many zones.
    """

    spacing_m: float = 0.0
    station_gap_m: float = 0.0
    budget: float | None = None
    zones: tuple[Zone, ...] = ()

    def __post_init__(self) -> None:
        for metres, what in ((self.spacing_m, "spacing"), (self.station_gap_m, "distance to stations")):
            if not (math.isfinite(metres) and metres >= 0):
                raise InputError(f"A {what} of {metres} m is no distance.", "Give 0 or more metres.")
        if self.budget is not None and not (math.isfinite(self.budget) and self.budget >= 0):
            raise InputError(f"A budget of {self.budget} is no amount of money.", "Give 0 or more, or no budget.")
        if len(self.zones) > MOST:
            raise InputError(f"There are more than {MOST} zones.", "Join some of them.")


@dataclass(frozen=True)
class Wanted:
    """A zone that must have a site.

    Attributes:
        name: Of the zone.
        cells: Whether a cell lies in it [cell].
    """

    name: str
    cells: NDArray[np.bool_]


@dataclass(frozen=True)
class GridLimits:
    """Limits over the cells of a grid.

    Attributes:
        spacing_m: Least distance between two picks, metres.
        barred: Why the limits let no site stand at a cell [cell], '' where they do: ``within 250 m of a station``,
            ``in zone Harbour``.
        cost: What a site costs [cell], currency.
        budget: Most that all picks may cost; infinite where there is none.
        wanted: Zones of which each must have a site.
    """

    spacing_m: float
    barred: NDArray[np.str_]
    cost: NDArray[np.float64]
    budget: float = math.inf
    wanted: tuple[Wanted, ...] = ()

    @classmethod
    def none(cls, cells: int, spacing_m: float = 0.0) -> "GridLimits":
        """No limits but a spacing."""
        return cls(spacing_m, np.full(cells, ""), np.zeros(cells))


def lay(limits: Limits, grid: Grid, points: NDArray[np.float64], stations: NDArray[np.float64], cost: float) -> GridLimits:
    """Limits over a grid.

    Args:
        limits: What is asked for.
        grid: The cells.
        points: Their centres [cell, 2], metres on the ground.
        stations: Existing stations [station, 2], metres on the ground.
        cost: What a site costs outside of the zones of costs.
    """
    barred = np.full(len(grid), "", dtype=object)
    costs = np.full(len(grid), float(cost))
    wanted = []
    if limits.station_gap_m > 0 and len(stations):
        away, _ = cKDTree(stations).query(points)
        barred[away < limits.station_gap_m - TOLERANCE_M] = f"within {limits.station_gap_m:g} m of a station"
    for zone in limits.zones:
        cells = zone.cells(grid)
        if zone.kind == "exclude":
            barred[cells] = f"in zone {zone.name}"
        elif zone.kind == "cost":
            costs[cells] = zone.cost
        else:
            wanted.append(Wanted(zone.name, cells))
    budget = math.inf if limits.budget is None else limits.budget
    return GridLimits(limits.spacing_m, barred.astype(np.str_), costs, budget, tuple(wanted))
