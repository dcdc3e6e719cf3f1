"""Two plans of one study area side by side: what differs, cell by cell and in sum."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netspatial_core.errors import InputError
from netspatial_core.planning.view import PlanView


@dataclass(frozen=True)
class Comparison:
    """What a second plan has otherwise than a first, under one choice.

    Attributes:
        first: Values of the first [cell], nan where a cell has none.
        second: Values of the second [cell].
        difference: Second less first [cell], nan where either has none.
        kept: Grid indices of cells that both pick.
        left: Those that only the first picks.
        joined: Those that only the second picks.
        changed: How many cells have another value in the second.
        feasible: How many cells can take a site, in the first and in the second.
    """

    first: NDArray[np.float64]
    second: NDArray[np.float64]
    difference: NDArray[np.float64]
    kept: NDArray[np.int64]
    left: NDArray[np.int64]
    joined: NDArray[np.int64]
    changed: int
    feasible: tuple[int, int]


def compare(first: PlanView, second: PlanView, key: str | None = None) -> Comparison:
    """Two plans under one choice.

    Args:
        first: A plan's view.
        second: Another's, of the same area and choice.
        key: The utility whose values are compared; None takes the choice's.

    Raises:
        InputError: They are of different areas or choices.
    """
    if first.grid.area != second.grid.area or first.choice != second.choice:
        raise InputError("The two plans are of different areas or settings.", "Compare scenarios of one study area.")
    a, b = first.values(key), second.values(key)
    picks = first.selection.picks, second.selection.picks
    return Comparison(
        a,
        b,
        b - a,
        np.intersect1d(*picks),
        np.setdiff1d(*picks),
        np.setdiff1d(picks[1], picks[0]),
        int(((a != b) & ~(np.isnan(a) & np.isnan(b))).sum()),
        (int((first.reasons == "").sum()), int((second.reasons == "").sum())),
    )
