"""One way of looking at a plan: a choice of utility, assumptions, K, floor and spacing; nothing is regenerated."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from netspatial_core.area import Grid, point_scale
from netspatial_core.errors import InputError
from netspatial_core.planning.assumptions import Assumptions
from netspatial_core.planning.expression import KEY as CUSTOM
from netspatial_core.planning.expression import expression
from netspatial_core.planning.field import DemandField, demand_field
from netspatial_core.planning.limits import GridLimits, Limits, lay
from netspatial_core.planning.picking import METHODS, Method, Picker, exact, greedy, joint
from netspatial_core.planning.selection import PENDING, Selection, check_settings, select
from netspatial_core.planning.statistics import Statistics, quantiles
from netspatial_core.planning.trust import Trust
from netspatial_core.planning.uncertainty import RankUncertainty, rank_uncertainty
from netspatial_core.planning.utilities import UTILITIES, Case, Scores, Utility, utility

USUAL = Assumptions()
NO_LIMITS = Limits()
GAINS = 20  # sites of the chart of marginal gains, at least
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
        stations: Existing stations [station, 2], metres on the ground; None where none are known.
        trust: How far the numbers can be believed.

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
    stations: NDArray[np.float64] | None = None
    trust: Trust = field(default_factory=Trust)

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
    def scores(self) -> Scores:
        """Scores [row] of every utility under the default assumptions; each computed once however many views are made."""
        return Scores(self.case(USUAL))

    def case(self, assumptions: Assumptions) -> Case:
        """What utilities are computed from."""
        return Case(self.statistics, assumptions, lambda: self.demand.fresh)

    @cached_property
    def demand(self) -> DemandField:
        """The demand of the ground, as the generated mean loads tell it."""
        usable = self.statistics.faults() == ""
        loads = np.where(usable, quantiles(self.statistics.mean).median, np.nan)
        stations = np.empty((0, 2)) if self.stations is None else self.stations
        return demand_field(self.ground[self.cells], loads, stations, np.full(len(stations), np.nan))

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

    def limits(self, limits: Limits, cost: float) -> GridLimits:
        """Limits over these cells, where a site costs ``cost`` outside of the zones of costs."""
        stations = np.empty((0, 2)) if self.stations is None else self.stations
        return lay(limits, self.grid, self.ground, stations, cost)

    def on_grid(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values [row] laid over the grid [cell], nan where a cell has none."""
        out = np.full(len(self.grid), np.nan)
        out[self.cells] = values
        return out


@dataclass(frozen=True)
class Choice:
    """How the generated cells are ranked and picked; checked when it is made.

    Attributes:
        utility: Key of the utility to rank by; ``custom`` takes the formula.
        k: Sites to pick.
        floor: Least mean load of a candidate in the traffic's unit; None takes the default rule, 0 switches it off.
        limits: What the picks respect.
        method: How they are chosen, a key of ``METHODS``.
        assumptions: What is assumed of a new site.
        formula: Of the utility ``custom``: arithmetic over per-draw statistics, see ``expression``.
        better: Whether a high or a low value of the formula is better.

    Raises:
        InputError: The utility or method is unknown, the formula is none, or a setting makes no sense.
    """

    utility: str = "lsi"
    k: int = 10
    floor: float | None = None
    limits: Limits = NO_LIMITS
    method: Method = "greedy"
    assumptions: Assumptions = USUAL
    formula: str = ""
    better: str = "high"

    def __post_init__(self) -> None:
        check_settings(self.k, self.floor)
        if self.method not in METHODS:
            raise InputError(f"Sites cannot be chosen by {str(self.method)[:40]!r}.", f"Choose one of: {', '.join(METHODS)}.")
        assert self.objective

    @cached_property
    def objective(self) -> Utility:
        """The utility to rank by."""
        return expression(self.formula, self.better) if self.utility == CUSTOM else utility(self.utility)


@dataclass(frozen=True)
class PlanView:
    """A plan's pieces under one choice.

    Attributes:
        pieces: What was generated.
        choice: How they are ranked and picked.
        scores: Scores [row] of every utility, by key.
        selection: Picks, ranks and reasons over the grid.
        sureness: What the draws say about the ranking [cell], nan where a cell has no value.
    """

    pieces: PlanPieces
    choice: Choice
    scores: Scores
    selection: Selection
    sureness: RankUncertainty

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
    def utility(self) -> Utility:
        """The objective."""
        return self.choice.objective

    @property
    def p_topk(self) -> NDArray[np.float64]:
        """Share of draws in which a cell is among the K best [cell], nan where it has no value."""
        return self.sureness.p_topk

    def unit_of(self, key: str) -> str:
        """Unit of a utility of this plan."""
        return self.scores.cards[key].unit_in(self.unit, self.choice.assumptions.currency)

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


def view(pieces: PlanPieces, choice: Choice | None = None) -> PlanView:
    """Rank and pick; nothing is generated (0.2 s for 900 cells is the budget)."""
    choice = choice or Choice()
    card = choice.objective
    own = card if card.key not in UTILITIES else None
    scores = pieces.scores if own is None and choice.assumptions == USUAL else Scores(pieces.case(choice.assumptions), own)
    ids = pieces.grid.ids
    values = pieces.on_grid(scores[card.key].median)
    limits = pieces.limits(choice.limits, choice.assumptions.capex)
    selection = select(
        values,
        ids=ids,
        points=pieces.ground,
        reasons=pieces.reasons,
        mean_load=pieces.on_grid(scores["mean"].median),
        k=choice.k,
        floor=choice.floor,
        limits=limits,
        picker=_picker(pieces, choice, values, limits),
        faults=pieces.faults,
        sign=card.sign,
        unit=pieces.unit,
        void=card.void,
    )
    # rows of cells that a change of constraints has excluded stay out
    competing = np.flatnonzero((pieces.reasons[pieces.cells] == "") & (limits.barred[pieces.cells] == ""))
    sureness = rank_uncertainty(
        scores.per_draw(card.key)[competing],
        pieces.statistics.mean[competing],
        ids=[ids[i] for i in pieces.cells[competing]],
        k=choice.k,
        floor=selection.floor,
        sign=card.sign,
    )
    return PlanView(pieces, choice, scores, selection, _laid(pieces, competing, sureness))


def _picker(pieces: PlanPieces, choice: Choice, values: NDArray[np.float64], limits: GridLimits) -> Picker:
    """The way of choosing that a choice names."""
    if choice.method == "exact":
        return exact(values, choice.objective.sign, pieces.ground, choice.k, limits)
    if choice.method == "joint":
        fresh = choice.utility == "net"
        return joint(pieces.demand, pieces.rows, pieces.ground, choice.k, limits, fresh=fresh, upto=GAINS)
    return greedy(pieces.ground, choice.k, limits)


def _laid(pieces: PlanPieces, rows: NDArray[np.int64], sureness: RankUncertainty) -> RankUncertainty:
    """What is known of some rows, laid over the grid."""
    out = []
    for item in fields(sureness):
        values = np.full(len(pieces.cells), np.nan)
        values[rows] = getattr(sureness, item.name)
        out.append(pieces.on_grid(values))
    return RankUncertainty(*out)
