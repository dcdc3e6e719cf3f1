"""The scenarios that a browser keeps for each study area, which is shown, and what they were before the last changes."""

import json
from dataclasses import dataclass, replace
from typing import Any

from netspatial_core.errors import InputError
from netspatial_core.planning.scenario import AS_IT_IS, Scenario, scenario_of

UNDONE = 20  # changes that can be undone
MOST = 12  # scenarios of an area
KEPT = 200_000  # characters that a browser keeps for an area: they are sent with every question about it


@dataclass(frozen=True)
class History:
    """Scenarios of one study area.

    Attributes:
        scenarios: All of them, the area as it is left out.
        at: Index of the shown one; -1 is the area as it is.
        past: Earlier states (at, scenarios), the latest last.
    """

    scenarios: tuple[Scenario, ...] = ()
    at: int = -1
    past: tuple[tuple[int, tuple[Scenario, ...]], ...] = ()

    @property
    def scenario(self) -> Scenario:
        """The shown one."""
        return self.scenarios[self.at] if self.at >= 0 else AS_IT_IS

    def changed(self, scenario: Scenario) -> "History":
        """The shown one replaced; a change to the area as it is makes a new scenario."""
        if self.at < 0:
            return self.added(scenario)
        if scenario == self.scenario:
            return self
        return self._now(self.at, (*self.scenarios[: self.at], scenario, *self.scenarios[self.at + 1 :]))

    def added(self, scenario: Scenario) -> "History":
        """One more, which is shown, under the first free name.

        Raises:
            InputError: There are too many.
        """
        if len(self.scenarios) >= MOST:
            raise InputError(f"There are {MOST} scenarios.", "Delete one first.")
        names = {one.name for one in self.scenarios}
        name = next(f"Scenario {i}" for i in range(1, MOST + 2) if f"Scenario {i}" not in names)
        return self._now(len(self.scenarios), (*self.scenarios, replace(scenario, name=name)))

    def opened(self, scenario: Scenario) -> "History":
        """One more from a file, which is shown, under its own name where that is free.

        Raises:
            InputError: There are too many.
        """
        more = self.added(scenario)
        if scenario.name in {one.name for one in self.scenarios}:
            return more
        return replace(more, scenarios=(*self.scenarios, scenario))

    def deleted(self) -> "History":
        """Without the shown one.

        Raises:
            InputError: The area as it is is shown.
        """
        if self.at < 0:
            raise InputError("The area as it is cannot be deleted.", "Choose a scenario.")
        return self._now(-1, (*self.scenarios[: self.at], *self.scenarios[self.at + 1 :]))

    def chosen(self, at: int) -> "History":
        """Another one shown.

        Raises:
            InputError: There is none of that number.
        """
        if not -1 <= at < len(self.scenarios):
            raise InputError("That scenario is not there any more.", "Choose one of the list.")
        return replace(self, at=at)

    def undone(self) -> "History":
        """As it was before the last change.

        Raises:
            InputError: Nothing was changed.
        """
        if not self.past:
            raise InputError("There is nothing to undo.", "")
        (at, scenarios), past = self.past[-1], self.past[:-1]
        return History(scenarios, at, past)

    def json(self) -> dict[str, Any]:
        """As a browser keeps it; of what is too much for a request, the oldest changes can no longer be undone.

        Raises:
            InputError: The scenarios alone are too much.
        """
        now = {"at": self.at, "list": [one.json() for one in self.scenarios]}
        past = [{"at": at, "list": [one.json() for one in list_]} for at, list_ in self.past]
        left = KEPT - len(json.dumps(now))
        if left < 0:
            raise InputError("These scenarios are more than a browser can keep.", "Save some to files and delete them.")
        steps: list[dict[str, Any]] = []
        for step in reversed(past):
            left -= len(json.dumps(step))
            if left < 0:
                break
            steps.insert(0, step)
        return now | {"past": steps}

    def _now(self, at: int, scenarios: tuple[Scenario, ...]) -> "History":
        return History(scenarios, at, (*self.past, (self.at, self.scenarios))[-UNDONE:])


def history_of(stored: Any, area: str) -> History:
    """What a browser keeps for an area, nothing where it keeps nothing.

    Args:
        stored: Histories by study area.
        area: The study area.

    Raises:
        InputError: A scenario of it is none.
    """
    kept = stored.get(area) if isinstance(stored, dict) else None
    if kept is None:
        return History()
    at, scenarios = _state(kept)
    past = kept.get("past")
    steps = [_state(step) for step in past[-UNDONE:]] if isinstance(past, list) else []
    return History(scenarios, at, tuple(steps))


def with_history(stored: Any, area: str, new: History) -> dict[str, Any]:
    """What a browser keeps, with another history of one area.

    Raises:
        InputError: It is more than a browser can keep.
    """
    return {**(stored if isinstance(stored, dict) else {}), area: new.json()}


def _state(value: Any) -> tuple[int, tuple[Scenario, ...]]:
    if not isinstance(value, dict) or not isinstance(value.get("list"), list):
        raise InputError("What this tab keeps are no scenarios.", "Close it, and open the planner in a new one.")
    scenarios = tuple(scenario_of(one) for one in value["list"][:MOST])
    at = value.get("at")
    return at if isinstance(at, int) and -1 <= at < len(scenarios) else -1, scenarios
