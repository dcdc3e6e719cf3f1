"""What a language model is asked: notes about a cell with slots for every value, one worked example, one paragraph wanted.

The model never sees a number, nor a name from outside: it writes around slots such as ``{mean}``, which are filled afterwards. A
small model copies slots more surely than figures, and a text in a prompt could carry an instruction.
"""

import re
from collections.abc import Sequence

from netspatial_core.rationale.facts import Facts, number

SYSTEM = (
    "You turn notes into one short paragraph for a network planner. The notes have slots in braces. "
    "Use every slot once, exactly as it is. Write no numbers and add nothing."
)
_EXAMPLE_NOTES = """- cell {cell} ranks {rank} by {utility}
- among the best {k} in {chance} of the draws
- mean load {mean}
- peak load {peak}
- the day peaks at {peak_hour}
- weekends carry {weekend} than weekdays
- {pois} within {radius}, led by {mix}
- the nearest station is {station} away"""
_EXAMPLE = (
    "Cell {cell} ranks {rank} by {utility} and is among the best {k} in {chance} of the draws. It would carry a mean load of "
    "{mean} and a peak load of {peak}; its day peaks at {peak_hour}, and weekends carry {weekend} than weekdays. Around it lie "
    "{pois} within {radius}, led by {mix}, and the nearest station is {station} away."
)
_SLOT = re.compile(r"\{(\w+)\}")


def slots(facts: Facts) -> dict[str, str]:
    """Values to fill in, by slot; only what is known."""
    unit = next((fact.unit for fact in facts if fact.id == "mean"), "")
    change, total = facts.number("weekend_change"), facts.get("poi_total")
    mix = [f"{name.lower()} ({count})" for name, count in facts.categories().items() if name != "Other"][:3]
    values = {
        "cell": facts.get("cell"),
        "rank": f"{facts.get('rank')} of {facts.get('ranked')}",
        "utility": str(facts.get("utility_name")).lower(),
        "k": facts.get("k"),
        "chance": _format(facts, "p_topk", "{:.0f} %"),
        "reason": facts.get("reason"),
        "mean": _number(facts, "mean", unit),
        "peak": _number(facts, "peak", unit),
        "peak_hour": _format(facts, "peak_hour", "{:02.0f}:00"),
        "weekend": f"{abs(change):.0f} % {'more' if change > 0 else 'less'}"
        if change is not None and abs(change) >= 0.5
        else None,
        "radius": _number(facts, "radius", "m"),
        "pois": (f"{total} POI" if total == 1 else f"{total} POIs") if total else None,
        "mix": " and ".join(filter(None, [", ".join(mix[:-1]), mix[-1]])) if mix else None,
        "station": _number(facts, "nearest_station", "m"),
    }
    return {name: str(value) for name, value in values.items() if value is not None}


def notes(facts: Facts) -> str:
    """The notes about a ranked cell, one a line; the same for all cells about which the same is known."""
    known = slots(facts)
    lines = ["cell {cell} ranks {rank} by {utility}", "among the best {k} in {chance} of the draws"]
    if not facts.get("picked"):
        lines.append("not picked: {reason}")
    lines += ["mean load {mean}", "peak load {peak}", "the day peaks at {peak_hour}"]
    lines.append("weekends carry {weekend} than weekdays" if "weekend" in known else "weekends are like weekdays")
    if "pois" in known:
        lines.append("{pois} within {radius}" + (", led by {mix}" if "mix" in known else ""))
    elif facts.get("poi_status") == "ok":
        lines.append("no POIs within {radius}")
    else:
        lines.append("the POIs are unknown")
    lines.append("the nearest station is {station} away" if "station" in known else "no station is known")
    return "\n".join(f"- {line}" for line in lines)


def messages(asked: str, wrong: Sequence[str] = ()) -> list[dict[str, str]]:
    """The conversation that asks for a paragraph from notes; ``wrong`` names what a first answer got wrong."""
    request = f"Notes:\n{asked}"
    if wrong:
        request += "\nThe last paragraph was refused: " + "; ".join(wrong[:3]) + "."
    return [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": f"Notes:\n{_EXAMPLE_NOTES}"},
        {"role": "assistant", "content": _EXAMPLE},
        {"role": "user", "content": request},
    ]


def draft_problems(draft: str, asked: str) -> list[str]:
    """What is wrong with a paragraph before it is filled: unknown, missing or repeated slots, numbers of its own."""
    wanted, used = _SLOT.findall(asked), _SLOT.findall(draft)
    problems = [f"the slot {{{name}}} is not in the notes" for name in dict.fromkeys(used) if name not in wanted]
    problems += [f"the slot {{{name}}} is missing" for name in wanted if name not in used]
    problems += [f"the slot {{{name}}} is used twice" for name in dict.fromkeys(used) if used.count(name) > 1]
    if re.search(r"\d", draft):
        problems.append("it has numbers of its own")
    return problems


def fill(draft: str, facts: Facts) -> str:
    """The paragraph with its slots filled."""
    values = slots(facts)
    return _SLOT.sub(lambda match: values.get(match.group(1), match.group()), draft)


def _number(facts: Facts, key: str, unit: str) -> str | None:
    value = facts.number(key)
    return None if value is None else f"{number(value)} {unit}"


def _format(facts: Facts, key: str, pattern: str) -> str | None:
    value = facts.number(key)
    return None if value is None else pattern.format(value)
