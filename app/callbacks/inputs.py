"""Every value a browser sends is checked again here: a forged payload gets a refusal, never a trace."""

import math
import re
from dataclasses import dataclass
from typing import Any

from app.components.controls import K_MAX
from app.components.limits import GAP_MAX
from app.figures.layers import LAYERS, Layer
from netspatial_core.area import Grid
from netspatial_core.errors import InputError
from netspatial_core.planning.assumptions import Assumptions
from netspatial_core.planning.expression import KEY as CUSTOM
from netspatial_core.planning.limits import Limits
from netspatial_core.planning.scenario import AS_IT_IS, Scenario, scenario_of
from netspatial_core.planning.utilities import UTILITIES
from netspatial_core.planning.view import Choice
from netspatial_core.planning.zones import Zone, zones_of_geojson

CELL_ID = re.compile(r"R\d{2,3}C\d{2,3}")


@dataclass(frozen=True)
class Asked:
    """Which plan the browser shows: study area, draws, seed, scenario."""

    area: str
    draws: int
    seed: int
    scenario: Scenario = AS_IT_IS

    @property
    def parts(self) -> tuple[str, int, int, Scenario]:
        """As ``Plans.request`` takes them."""
        return self.area, self.draws, self.seed, self.scenario

    def json(self) -> dict[str, Any]:
        """As ``asked`` reads it again."""
        named = {"scenario": self.scenario.plain().json()} if self.scenario.changes else {}
        return {"area": self.area, "draws": self.draws, "seed": self.seed, **named}


def choice(form: Any) -> Choice:
    """The choice that a form of plan controls makes, every part in range; an emptied number field counts as its least value.

    Args:
        form: ``utility, k, floor, gap, station_gap, budget, zones, method, formula, better, capacity, price, capex, opex``; an
            empty budget is none, and zones are a GeoJSON FeatureCollection.

    Raises:
        InputError: A utility or method that does not exist, a formula that is none, or a zone that cannot be used.
    """
    if not isinstance(form, dict):
        raise InputError("That is no choice.", "Reload the page.")
    utility, floor, formula = form.get("utility"), form.get("floor"), form.get("formula")
    if not isinstance(utility, str) or utility not in {*UTILITIES, CUSTOM}:
        raise InputError("That utility does not exist.", "Choose one of the list.")
    level = None if floor is None else number(floor, 0, 1e9)
    capacity, price, capex, opex = (number(form.get(name), low, 1e9) for name, low in LEAST.items())
    own = {"formula": formula, "better": str(form.get("better"))} if utility == CUSTOM and isinstance(formula, str) else {}
    gap, station_gap = (number(form.get(name), 0, GAP_MAX) for name in ("gap", "station_gap"))
    money, zones = form.get("budget"), form.get("zones")
    budget = None if money is None or money == "" else number(money, 0, 1e12)
    limits = Limits(gap, station_gap, budget, zones_of_geojson(zones) if zones else ())
    method: Any = str(form.get("method") or "greedy")
    k = int(number(form.get("k"), 0, K_MAX))
    return Choice(utility, k, level, limits, method, Assumptions(capacity, price, capex, opex), **own)


def zones_here(stored: Any, area: str) -> tuple[Zone, ...]:
    """The zones that a browser keeps for an area; none where it keeps those of another.

    Raises:
        InputError: A zone cannot be used.
    """
    return zones_of_geojson(stored) if isinstance(stored, dict) and stored.get("area") == area else ()


LEAST = {"capacity": 1.0, "price": 0.0, "capex": 0.0, "opex": 0.0}
"""Least value of each assumption."""


def layer_of(value: Any) -> Layer:
    """The map layer, the utility itself for anything unknown."""
    return next((name for name in LAYERS if name == value), "value")


def asked(session: Any) -> Asked | None:
    """The plan a session names, None where it names none.

    Raises:
        InputError: Its scenario is none.
    """
    if not isinstance(session, dict) or not isinstance(session.get("area"), str):
        return None
    scenario = scenario_of(session["scenario"]) if session.get("scenario") else AS_IT_IS
    draws, seed = int(number(session.get("draws"), 1, 256)), int(number(session.get("seed"), 0, 2**31 - 1))
    return Asked(session["area"], draws, seed, scenario)


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
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:  # noqa: PLR0124  # nan
        return float(low)
    return float(min(max(value, low), high)) if abs(value) != math.inf else float(low)
