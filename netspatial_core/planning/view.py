"""One way of looking at a plan: a utility, K, a floor and a spacing over the same statistics; nothing is regenerated."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from netspatial_core.area import Grid, point_scale
from netspatial_core.errors import InputError
from netspatial_core.planning.selection import PENDING, Selection, check_settings, p_topk, select
from netspatial_core.planning.statistics import Statistics
from netspatial_core.planning.utilities import Utility, UtilityScores, per_draw, score_all, utility

BELOW_FLOOR = "below the demand floor"
TRAP = "would be among the best K without the demand floor"


@dataclass(frozen=True)
class PlanPieces:
    """What a view is made from: a plan without its traffic.

    Attributes:
        grid: The cells.
        reasons: Why a cell is not feasible [cell], '' where it is.
        cells: Grid index of each row of the statistics [row], without repeats.
        statistics: Per-draw statistics [row, draw].
        flags: What is known about the inputs of each cell [cell].
        provenance: What the plan was made from.
        kind: Whether the ground is a synthetic city's or a real place's (``measured``); the traffic is generated in both.
        unit: Unit of the traffic.

    Raises:
        InputError: The pieces do not belong together.
    """

    grid: Grid
    reasons: NDArray[np.str_]
    cells: NDArray[np.int64]
    statistics: Statistics
    flags: tuple[tuple[str, ...], ...]
    provenance: Mapping[str, Any] = field(default_factory=dict)
    kind: Literal["synthetic", "measured"] = "measured"
    unit: str = "GB/h"

    def __post_init__(self) -> None:
        cells = len(self.grid)
        fits = len(self.reasons) == len(self.flags) == cells and len(self.cells) == self.statistics.points
        if not fits or len(np.unique(self.cells)) < len(self.cells) or (len(self.cells) and self.cells.max() >= cells):
            raise InputError(
                f"A grid of {cells} cells, {len(self.reasons)} reasons, {len(self.flags)} flags, {len(self.cells)} rows and "
                f"statistics of {self.statistics.points} points do not belong together.",
                "Take them from one plan.",
            )

    @property
    def origin(self) -> str:
        """What the numbers are, as every file says it: ``synthetic``, or generated for real ground, and by what kind of model."""
        if self.kind == "synthetic":
            return "synthetic"
        trained_on = self.provenance.get("model", {}).get("trained_on", "")
        return "generated for real ground" + (f" by a model trained on {trained_on}" if trained_on else "")

    @cached_property
    def scores(self) -> Mapping[str, UtilityScores]:
        """Scores [row] of every utility, by key; computed once however many views are made."""
        return score_all(self.statistics)

    @cached_property
    def faults(self) -> NDArray[np.str_]:
        """Why a feasible cell's traffic cannot be used [cell], '' where it can."""
        out = np.full(len(self.grid), PENDING, dtype=object)
        out[self.cells] = self.statistics.faults()
        return out.astype(np.str_)

    @cached_property
    def usual_peak_hour(self) -> NDArray[np.float64]:
        """The peak hour most draws agree on [row], h."""
        return self.statistics.usual_peak_hour()

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """Row of each cell in the statistics [cell], -1 where it has none."""
        out = np.full(len(self.grid), -1)
        out[self.cells] = np.arange(len(self.cells))
        return out

    @cached_property
    def ground(self) -> NDArray[np.float64]:
        """Cell centres [cell, 2] in metres on the ground: projected metres over the scale of the zone here."""
        area = self.grid.area
        return self.grid.centres / point_scale(area.epsg, *area.centre)

    def on_grid(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values [row] laid over the grid [cell], nan where a cell has none."""
        out = np.full(len(self.grid), np.nan)
        out[self.cells] = values
        return out


@dataclass(frozen=True)
class PlanView:
    """A plan's pieces under one choice of utility, K, floor and spacing.

    Attributes:
        pieces: What was generated.
        utility: The objective.
        selection: Picks, ranks and reasons over the grid.
        p_topk: Share of draws in which a cell is among the K best [cell], nan where it has no traffic.
    """

    pieces: PlanPieces
    utility: Utility
    selection: Selection
    p_topk: NDArray[np.float64]

    @property
    def grid(self) -> Grid:
        """The cells."""
        return self.pieces.grid

    @property
    def reasons(self) -> NDArray[np.str_]:
        """Why a cell is not feasible [cell], '' where it is."""
        return self.pieces.reasons

    @property
    def unit(self) -> str:
        """Unit of the traffic."""
        return self.pieces.unit

    @property
    def provenance(self) -> Mapping[str, Any]:
        """What the plan was made from."""
        return self.pieces.provenance

    @property
    def scores(self) -> Mapping[str, UtilityScores]:
        """Scores [row] of every utility, by key."""
        return self.pieces.scores

    def values(self, key: str | None = None) -> NDArray[np.float64]:
        """Median of a utility over the grid [cell], by default the view's; nan where a cell has none or failed."""
        return self.pieces.on_grid(self.scores[key or self.utility.key].median)

    def cell_flags(self, cell: int) -> tuple[str, ...]:
        """What a reader must know about a cell: its inputs' flags, a fault of its traffic, the demand floor."""
        flags = list(self.pieces.flags[cell])
        fault = str(self.pieces.faults[cell])
        if self.reasons[cell] == "" and fault and not any(f.startswith("failed") for f in flags):
            flags.append(fault)
        if self.selection.reasons[cell].startswith("below the floor"):
            flags.append(BELOW_FLOOR)
        if self.selection.traps[cell]:
            flags.append(TRAP)
        return tuple(flags)


def check_choice(key: str, k: int, floor: float | None, min_spacing_m: float) -> None:
    """Whether a view can be asked for so, whatever was generated.

    Raises:
        InputError: The utility is unknown, or a setting makes no sense.
    """
    utility(key)
    check_settings(k, floor, min_spacing_m)


def view(pieces: PlanPieces, key: str = "lsi", k: int = 10, floor: float | None = None, min_spacing_m: float = 0.0) -> PlanView:
    """Rank and pick; nothing is generated (0.2 s for 900 cells is the budget).

    Args:
        pieces: What was generated.
        key: Utility to rank by.
        k: Sites to pick.
        floor: Least mean load of a candidate in the traffic's unit; None takes the default rule, 0 switches it off.
        min_spacing_m: Least distance between picks, metres.

    Raises:
        InputError: The utility is unknown, or a setting makes no sense.
    """
    chosen = utility(key)
    ids = pieces.grid.ids
    selection = select(
        pieces.on_grid(pieces.scores[key].median),
        ids=ids,
        points=pieces.ground,
        reasons=pieces.reasons,
        mean_load=pieces.on_grid(pieces.scores["mean"].median),
        k=k,
        floor=floor,
        min_spacing_m=min_spacing_m,
        faults=pieces.faults,
        sign=chosen.sign,
        unit=pieces.unit,
    )
    feasible = np.flatnonzero(
        pieces.reasons[pieces.cells] == ""
    )  # rows of cells that a change of constraints has excluded stay out
    share = np.full(len(pieces.cells), np.nan)
    share[feasible] = p_topk(
        per_draw(pieces.statistics, key)[feasible],
        pieces.statistics.mean[feasible],
        ids=[ids[i] for i in pieces.cells[feasible]],
        k=k,
        floor=selection.floor,
        sign=chosen.sign,
    )
    return PlanView(pieces, chosen, selection, pieces.on_grid(share))
