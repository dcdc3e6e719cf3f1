"""What is known about one cell, as typed facts with unit and source: all that a rationale may say.

Names from outside (POIs, stations, files) never become facts: categories and counts do.
"""

import hashlib
import json
from collections import Counter
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from netspatial_core.area import StudyArea, point_scale
from netspatial_core.planning.utilities import UTILITIES, UtilityScores
from netspatial_core.planning.view import PlanView
from netspatial_core.sources.pois import PoiSet
from netspatial_core.sources.stations import Stations
from netspatial_core.sources.tags import CATEGORIES, category

RADIUS_M = 500.0  # the context of a point
Value = str | int | float | bool


@dataclass(frozen=True)
class Fact:
    """One thing that is known.

    Attributes:
        id: What it is about: ``rank``, ``mean``, ``peak_hour``, ``poi_food`` ...
        value: Number, text or truth value; numbers are not rounded.
        unit: Unit of a number: ``GB/h``, ``%``, ``m``, ``h``, ``1`` for a ratio, ``count``; empty for texts.
        source: Where it comes from: ``generated traffic``, ``ranking``, ``POIs``, ``stations``, ``inputs`` ...
        text: The fact in words, numbers rounded.
    """

    id: str
    value: Value
    unit: str
    source: str
    text: str


class Facts(tuple[Fact, ...]):
    """The facts of one cell, in the order in which they matter."""

    __slots__ = ()

    def get(self, key: str) -> Value | None:
        """Value of the fact of this id, None where it is not known."""
        return next((fact.value for fact in self if fact.id == key), None)

    def number(self, key: str) -> float | None:
        """Value of the fact of this id where it is a number."""
        value = self.get(key)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def categories(self) -> dict[str, int]:
        """POI counts by category, the largest first."""
        found = {fact.id.removeprefix("poi_").capitalize(): int(fact.value) for fact in self if _is_category(fact)}
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    @property
    def sha256(self) -> str:
        """Hash of the facts: the key a rationale is cached by."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()

    def to_json(self) -> list[dict[str, Value]]:
        """Facts as plain records (id, value, unit, source, text)."""
        return [asdict(fact) for fact in self]


@dataclass(frozen=True)
class Surroundings:
    """What stands around the cells: POIs by category and stations, in metres on the ground.

    Attributes:
        area: The study area.
        poi_xy: Places of the POIs [poi, 2].
        poi_category: Category of each POI, index into ``CATEGORIES`` [poi].
        poi_status: Whether the POIs are known at all.
        station_xy: Existing stations [station, 2].
    """

    area: StudyArea
    poi_xy: NDArray[np.float64]
    poi_category: NDArray[np.int64]
    poi_status: Literal["ok", "failed", "absent"]
    station_xy: NDArray[np.float64]

    @classmethod
    def of(cls, area: StudyArea, pois: PoiSet, stations: Stations) -> "Surroundings":
        """The surroundings of a scene, computed once for all its cells."""
        scale = point_scale(area.epsg, *area.centre)
        placed = stations.lonlat[np.isfinite(stations.lonlat).all(axis=1)] if len(stations.lonlat) else stations.lonlat
        kinds = [CATEGORIES.index(category(tags)) for tags in pois.tags]
        return cls(
            area,
            area.from_wgs84(pois.lonlat.reshape(-1, 2)) / scale,
            np.array(kinds, dtype=np.int64),
            pois.status,
            area.from_wgs84(placed.reshape(-1, 2)) / scale,
        )

    @cached_property
    def centres(self) -> NDArray[np.float64]:
        """Cell centres [cell, 2], metres on the ground."""
        return self.area.grid.centres / point_scale(self.area.epsg, *self.area.centre)

    def poi_counts(self, cell: int) -> dict[str, int]:
        """POIs within 500 m of a cell's centre by category, the largest first, categories without any left out."""
        near = np.hypot(*(self.poi_xy - self.centres[cell]).T) <= RADIUS_M
        counts = Counter(CATEGORIES[i] for i in self.poi_category[near])
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def nearest_station_m(self, cell: int) -> float | None:
        """Distance to the nearest existing station, metres; None where none is known."""
        if len(self.station_xy) == 0:
            return None
        return float(np.hypot(*(self.station_xy - self.centres[cell]).T).min())


def cell_facts(view: PlanView, around: Surroundings, cell: int) -> Facts:
    """The facts of a cell: its place in the ranking, its traffic, its surroundings, its constraints and flags.

    A cell that is not feasible has no traffic and no rank, only its reason and surroundings.

    Args:
        view: The plan under the chosen utility, K and constraints.
        around: POIs and stations of the scene.
        cell: Grid index.
    """
    selection = view.selection
    feasible = view.reasons[cell] == ""
    picked = bool(selection.picked[cell])
    facts = [
        Fact("cell", view.grid.ids[cell], "", "grid", f"Cell {view.grid.ids[cell]}"),
        Fact("kind", *_KIND[view.pieces.kind]),
        Fact("feasible", bool(feasible), "", "constraints", "Feasible" if feasible else "Not feasible"),
        Fact("picked", picked, "", "ranking", f"Among the {len(selection.picks)} picks" if picked else "Not picked"),
        Fact("k", selection.k, "count", "ranking", f"{selection.k} sites are asked for"),
    ]
    if not picked:
        reason = str(selection.reasons[cell])
        facts.append(Fact("reason", reason, "", "ranking", f"Not picked: {reason}"))
    if feasible and view.pieces.rows[cell] >= 0 and not view.pieces.faults[cell]:
        facts += _ranking(view, cell) + _traffic(view, cell)
    facts += _neighbourhood(around, cell)
    facts += [Fact(f"flag_{i}", flag, "", "inputs", flag) for i, flag in enumerate(view.cell_flags(cell), start=1)]
    return Facts(facts)


_KIND = {  # value, unit, source, text
    "synthetic": ("synthetic", "", "inputs", "The area is a synthetic city"),
    "measured": ("real ground", "", "inputs", "The area is a real place; its traffic is generated"),
}


def _is_category(fact: Fact) -> bool:
    return fact.id.startswith("poi_") and fact.id.removeprefix("poi_").capitalize() in CATEGORIES


def _ranking(view: PlanView, cell: int) -> list[Fact]:
    selection, card = view.selection, view.utility
    row = view.pieces.rows[cell]
    score, unit = view.scores[card.key], view.unit_of(card.key)
    shown = "" if unit == "1" else f" {unit}"
    facts = [
        Fact("utility_name", card.name, "", "ranking", f"Ranked by {card.name.lower()}"),
        Fact("utility", float(score.median[row]), unit, "generated traffic", f"{card.name} {number(score.median[row])}{shown}"),
        *_range(view, "utility", card.name, score, int(row), unit),
        Fact("floor", selection.floor, view.unit, "constraints", f"The demand floor is {number(selection.floor)} {view.unit}"),
        Fact("draws", view.pieces.statistics.draws, "count", "generated traffic", f"{view.pieces.statistics.draws} draws"),
        Fact("ranked", selection.candidates, "count", "ranking", f"{selection.candidates} cells compete"),
    ]
    if selection.rank[cell]:
        facts.insert(0, Fact("rank", int(selection.rank[cell]), "count", "ranking", f"Rank {selection.rank[cell]}"))
    share = view.p_topk[cell]
    if np.isfinite(share) and _spread(view):
        text = f"Among the best {selection.k} in {share:.0%} of the draws"
        facts.append(Fact("p_topk", float(100 * share), "%", "ranking", text))
    return facts


def _spread(view: PlanView) -> bool:
    """Whether there is more than one draw: one says nothing about a range or a share of draws."""
    return view.pieces.statistics.draws > 1


def _range(view: PlanView, key: str, name: str, score: UtilityScores, row: int, unit: str) -> list[Fact]:
    """The 10th and 90th percentile over draws."""
    shown = "" if unit == "1" else f" {unit}"
    ends = (("p10", float(score.p10[row])), ("p90", float(score.p90[row])))
    return [
        Fact(f"{key}_{end}", value, unit, "generated traffic", f"{name}, {end}: {number(value)}{shown}")
        for end, value in ends
        if _spread(view)
    ]


def _traffic(view: PlanView, cell: int) -> list[Fact]:
    row, unit, source = view.pieces.rows[cell], view.unit, "generated traffic"
    facts = []
    for key in ("mean", "peak", "busy"):
        score, name = view.scores[key], UTILITIES[key].name
        facts.append(Fact(key, float(score.median[row]), unit, source, f"{name} {number(score.median[row])} {unit}"))
        facts += _range(view, key, name, score, int(row), unit)
    ratio = float(view.scores["peak"].median[row] / view.scores["mean"].median[row])
    facts.append(Fact("peak_to_mean", ratio, "1", source, f"The peak load is {number(ratio)} times the mean load"))
    for key, of, name in (("mean", "mean_percentile", "mean load"), ("lsi", "stability_percentile", "load stability index")):
        share = percentile(view.scores[key].median, int(row))
        facts.append(Fact(of, share, "%", source, f"Its {name} is at or above that of {share:.0f} % of the cells"))
    hour = int(view.pieces.usual_peak_hour[row])
    facts.append(Fact("peak_hour", hour, "h", source, f"The mean day peaks at {hour:02d}:00"))
    weekend = float(np.median(view.pieces.statistics.weekend_ratio[row]))
    if np.isfinite(weekend):
        facts.append(Fact("weekend_ratio", weekend, "1", source, f"Weekend load over weekday load: {number(weekend)}"))
        change = 100 * (weekend - 1)
        facts.append(Fact("weekend_change", change, "%", source, f"Weekends differ from weekdays by {change:+.0f} %"))
    return facts


def _neighbourhood(around: Surroundings, cell: int) -> list[Fact]:
    facts = [Fact("radius", RADIUS_M, "m", "POIs", f"POIs are counted within {RADIUS_M:g} m")]
    facts.append(Fact("poi_status", around.poi_status, "", "POIs", _STATUS[around.poi_status]))
    if around.poi_status == "ok":
        counts = around.poi_counts(cell)
        total = sum(counts.values())
        facts.append(Fact("poi_total", total, "count", "POIs", f"{total} POIs within {RADIUS_M:g} m"))
        facts += [Fact(f"poi_{name.lower()}", count, "count", "POIs", f"{name}: {count}") for name, count in counts.items()]
    facts.append(Fact("stations", len(around.station_xy), "count", "stations", f"{len(around.station_xy)} existing stations"))
    distance = around.nearest_station_m(cell)
    if distance is not None:
        facts.append(Fact("nearest_station", distance, "m", "stations", f"The nearest station is {number(distance)} m away"))
    return facts


_STATUS = {"ok": "The POIs are known", "failed": "The POI service failed: POIs are unknown", "absent": "No POIs were given"}


def percentile(values: NDArray[np.float64], row: int) -> float:
    """Share of the finite values that one of them is at or above, percent."""
    finite = values[np.isfinite(values)]
    return float(100 * (finite <= values[row]).mean())


def number(value: float) -> str:
    """A number to three significant digits, thousands with a comma, without an exponent: 0.0412, 3.3, 1,190."""
    if value == 0 or not np.isfinite(value):
        return f"{value:g}"
    decimals = 2 - int(np.floor(np.log10(abs(value))))
    rounded = round(float(value), decimals)
    return f"{rounded:,.0f}" if decimals <= 0 else f"{rounded:.{decimals}f}".rstrip("0").rstrip(".")


def fixed_phrases(facts: Facts) -> list[str]:
    """Texts among the facts that may be quoted as they are: the utility's name, the reason, the flags; the longest first."""
    texts = [facts.get("utility_name"), facts.get("reason"), *(fact.value for fact in facts if fact.id.startswith("flag_"))]
    return sorted({str(text).removeprefix("excluded: ") for text in texts if text}, key=len, reverse=True)
