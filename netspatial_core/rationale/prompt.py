"""What a language model is asked: one sentence a topic from a few notes, with one worked example of the same shape.

A small model garbles nine notes at once and stays close with two or three, so each topic is asked for on its own. Notes are JSON
data of our own making: no name of a POI, a station or a file is among them. The example's values are invented and differ from the
cell's, so that a copied one is caught by the verifier.
"""

import json
from collections.abc import Sequence

from netspatial_core.rationale.facts import Fact, Facts, number
from netspatial_core.rationale.plain import topics
from netspatial_core.sources.text import clean_text

SYSTEM = "You write one plain sentence from notes. Copy every number exactly. Add nothing that is not in the notes."
VERSION = 2  # of the wording and of what is accepted: texts of other versions are written again
Notes = dict[str, str]
Conversation = list[dict[str, str]]

# a made-up cell: what is known about it follows the cell that is asked about
_EXAMPLE: dict[str, str | float | int] = {
    "cell": "R04C11",
    "rank": 7,
    "ranked": 310,
    "p_topk": 71.0,
    "mean": 5.63,
    "mean_p10": 4.81,
    "mean_p90": 6.72,
    "peak": 19.3,
    "peak_hour": 19,
    "poi_total": 44,
    "nearest_station": 610.0,
}
_EXAMPLE_COUNTS = (16, 9, 4)


def notes(facts: Facts) -> list[Notes]:
    """The notes on a ranked cell, one set a topic of ``plain.topics``."""
    unit = next((clean_text(fact.unit, 16) for fact in facts if fact.id == "mean"), "")
    standing = {
        "cell": str(facts.get("cell")),
        "rank": f"{facts.get('rank')} of {facts.get('ranked')}",
        "ranked by": str(facts.get("utility_name")).lower(),
    }
    if facts.get("k") and facts.get("p_topk") is not None:
        standing[f"among the best {facts.get('k')} in"] = f"{facts.number('p_topk'):.0f} % of the draws"
    if not facts.get("picked"):
        standing["not picked"] = str(facts.get("reason"))
    load = {
        "peak load": f"{_shown(facts, 'peak')} {unit}",
        "mean load": f"{_shown(facts, 'mean')} {unit}",
    }
    if facts.get("mean_p10") is not None:
        load["mean load in most draws"] = f"between {_shown(facts, 'mean_p10')} and {_shown(facts, 'mean_p90')} {unit}"
    return [standing, load, _rhythm(facts), _surroundings(facts)]


def conversations(facts: Facts, wording: int = 1) -> list[Conversation]:
    """One conversation a topic, each with a worked example in the given wording of ``plain.topics``."""
    made_up = example(facts)
    told = [wordings[wording % len(wordings)] for wordings in topics(made_up)]
    return [
        [
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": _data(shown)},
            {"role": "assistant", "content": sentence},
            {"role": "user", "content": _data(asked)},
        ]
        for asked, shown, sentence in zip(notes(facts), notes(made_up), told, strict=True)
    ]


def again(conversation: Conversation, wrong: Sequence[str]) -> Conversation:
    """The same conversation, told what was wrong with the first answer."""
    *before, last = conversation
    return [*before, {"role": "user", "content": f"{last['content']}\nNot like this: {'; '.join(wrong[:2])}."}]


def example(facts: Facts) -> Facts:
    """A made-up cell about which as much is known as about this one."""
    counts = iter(_EXAMPLE_COUNTS)
    largest = {f"poi_{name.lower()}": next(counts) for name in [c for c in facts.categories() if c != "Other"][:3]}
    weekend = facts.number("weekend_change")
    values = _EXAMPLE | largest
    if weekend is not None and round(abs(weekend)):
        values["weekend_change"] = 12.0 if weekend > 0 else -12.0
    dropped = {
        fact.id
        for fact in facts
        if fact.id.startswith("poi_") and fact.id.removeprefix("poi_").capitalize() in facts.categories()
    }
    kept = [fact for fact in facts if fact.id not in dropped or fact.id in largest]
    return Facts(Fact(f.id, _instead(f, values), f.unit, f.source, f.text) for f in kept)


def _instead(fact: Fact, values: dict[str, str | float | int]) -> str | float | int | bool:
    known = fact.id in values and not (fact.id == "poi_total" and not fact.value)
    return values[fact.id] if known else fact.value


def _rhythm(facts: Facts) -> Notes:
    change = facts.number("weekend_change")
    out = {"the day peaks at": f"{int(facts.number('peak_hour') or 0):02d}:00"}
    if change is not None:
        size = round(abs(change))
        more = "more" if change > 0 else "less"
        out["load on weekends"] = f"{size} % {more} than on weekdays" if size else "like on weekdays"
    return out


def _surroundings(facts: Facts) -> Notes:
    radius = f"{facts.number('radius'):g} m"
    total = facts.get("poi_total")
    if facts.get("poi_status") != "ok":
        out = {"POIs": "unknown: " + ("the POI service failed" if facts.get("poi_status") == "failed" else "no POIs were given")}
    elif not total:
        out = {f"POIs within {radius}": "none"}
    else:
        out = {f"POIs within {radius}": str(total)}
        largest = [f"{name.lower()} ({count})" for name, count in facts.categories().items() if name != "Other"][:3]
        if largest:
            out["led by"] = ", ".join(largest)
    known = facts.number("nearest_station") is not None
    out["nearest station"] = f"{_shown(facts, 'nearest_station')} m away" if known else "no existing station is known"
    return out


def _shown(facts: Facts, key: str) -> str:
    value = facts.number(key)
    return "" if value is None else number(value)


def _data(noted: Notes) -> str:
    return "Notes: " + json.dumps({key: value[:120] for key, value in noted.items()}, ensure_ascii=False)
