"""Every value a browser sends is checked again here: a forged payload gets a refusal, never a trace."""

import math
import re
from dataclasses import dataclass
from typing import Any

from app.components.controls import GAP_MAX, K_MAX
from netspatial_core.area import Grid
from netspatial_core.errors import InputError
from netspatial_core.planning.utilities import UTILITIES

CELL_ID = re.compile(r"R\d{2,3}C\d{2,3}")


@dataclass(frozen=True)
class Choice:
    """How a plan is looked at.

    Attributes:
        utility: Key of the utility.
        k: Sites to pick.
        floor: Demand floor, GB/h; None takes the default.
        gap: Least distance between picks, metres.
    """

    utility: str
    k: int
    floor: float | None
    gap: float


@dataclass(frozen=True)
class Asked:
    """Which plan the browser shows: study area, draws, seed."""

    area: str
    draws: int
    seed: int


def choice(utility: Any, k: Any, floor: Any, gap: Any) -> Choice:
    """The choice, every part in range; an emptied number field counts as its least value.

    Raises:
        InputError: A utility that does not exist.
    """
    if not isinstance(utility, str) or utility not in UTILITIES:
        raise InputError("That utility does not exist.", "Choose one of the list.")
    level = None if floor is None else number(floor, 0, 1e9)
    return Choice(utility, int(number(k, 0, K_MAX)), level, number(gap, 0, GAP_MAX))


def asked(session: Any) -> Asked | None:
    """The plan a session names, None where it names none."""
    if not isinstance(session, dict) or not isinstance(session.get("area"), str):
        return None
    return Asked(session["area"], int(number(session.get("draws"), 1, 256)), int(number(session.get("seed"), 0, 2**31 - 1)))


def cell_index(cell: Any, area: str, grid: Grid) -> int | None:
    """Grid index of a selected cell, None where nothing of this area is selected."""
    if not isinstance(cell, dict) or cell.get("area") != area or not isinstance(cell.get("id"), str):
        return None
    if not CELL_ID.fullmatch(cell["id"]):
        return None
    try:
        return grid.ids.index(cell["id"])
    except ValueError:
        return None


def theme_of(value: Any) -> str:
    """dark, or light where exactly that is asked for."""
    return "light" if value == "light" else "dark"


def number(value: Any, low: float, high: float) -> float:
    """A finite number clipped to its range; ``low`` for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return float(low)
    return float(min(max(value, low), high))
