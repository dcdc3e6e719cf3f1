"""The text that needs no model: two to four sentences straight from the facts, each topic in a few wordings.

The first wording of every topic makes the plain text; a language model may prefer others (see ``writer``). All of them are true.
"""

from netspatial_core.rationale.facts import Facts, number


def plain(facts: Facts) -> str:
    """The deterministic text of a cell."""
    return " ".join(wordings[0] for wordings in topics(facts))


def topics(facts: Facts) -> list[tuple[str, ...]]:
    """For each topic, in order, its wordings: standing, load, rhythm, surroundings; two for a cell without traffic."""
    parts = [_standing(facts)]
    if facts.get("mean") is not None:
        parts += [_load(facts), _rhythm(facts)]
    parts.append(_surroundings(facts))
    return [tuple(wordings) for wordings in parts]


def _standing(facts: Facts) -> list[str]:
    cell, rank = facts.get("cell"), facts.get("rank")
    reason = facts.get("reason")
    if not facts.get("feasible"):
        why = str(reason).removeprefix("excluded: ")
        return [f"Cell {cell} is not feasible: {why}.", f"Nothing can be built in cell {cell}: {why}."]
    if rank is None:
        return [f"Cell {cell} is not ranked: {reason}.", f"Cell {cell} was left out of the ranking: {reason}."]
    name, ranked = str(facts.get("utility_name")).lower(), facts.get("ranked")
    share = facts.number("p_topk")
    tail = (
        f" and is among the best {facts.get('k')} in {share:.0f} % of the draws" if facts.get("k") and share is not None else ""
    )
    if not facts.get("picked"):
        return [
            f"Cell {cell} ranks {rank} of {ranked} by {name}{tail}; it is not picked: {reason}.",
            f"By {name}, cell {cell} ranks {rank} of {ranked}{tail}, but it is not picked: {reason}.",
        ]
    return [
        f"Cell {cell} ranks {rank} of {ranked} by {name}{tail}.",
        f"By {name}, cell {cell} ranks {rank} of {ranked} candidates{tail}.",
        f"Of {ranked} candidates, cell {cell} ranks {rank} by {name}{tail}.",
    ]


def _load(facts: Facts) -> list[str]:
    mean, low, high, peak = (_n(facts, key) for key in ("mean", "mean_p10", "mean_p90", "peak"))
    unit = next(fact.unit for fact in facts if fact.id == "mean")
    if facts.get("mean_p10") is None:  # one draw has no range
        return [
            f"A site here would carry {mean} {unit} on average and peak at {peak} {unit}.",
            f"The peak load is {peak} {unit}; the mean load is {mean} {unit}.",
            f"The generated traffic peaks at {peak} {unit} and averages {mean} {unit}.",
        ]
    return [
        f"A site here would carry {mean} {unit} on average ({low} to {high} {unit} over the draws) and peak at {peak} {unit}.",
        # the range comes last: a small model that has to go on after it takes the peak for its end
        f"The peak load is {peak} {unit}; the mean load is {mean} {unit}, between {low} and {high} {unit} in most draws.",
        f"The generated traffic peaks at {peak} {unit} and averages {mean} {unit}, {low} to {high} {unit} in most draws.",
    ]


def _rhythm(facts: Facts) -> list[str]:
    hour = f"{int(facts.number('peak_hour') or 0):02d}:00"
    change = facts.number("weekend_change")
    if change is None:
        return [f"Its day peaks at {hour}.", f"The busiest hour of its mean day is {hour}."]
    size = round(abs(change))
    if size == 0:
        week = "weekends are like weekdays"
        return [f"Its day peaks at {hour}, and {week}.", f"The busiest hour of its mean day is {hour}; {week}."]
    more = "more" if change > 0 else "less"
    return [
        f"Its day peaks at {hour}, and weekends carry {size} % {more} than weekdays.",
        f"The busiest hour of its mean day is {hour}; on weekends the load is {size} % {'higher' if change > 0 else 'lower'}.",
        f"Traffic peaks at {hour}, with {size} % {more} of it on weekends than on weekdays.",
    ]


def _surroundings(facts: Facts) -> list[str]:
    distance = facts.number("nearest_station")
    nearest = "no existing station is known" if distance is None else f"the nearest station is {number(distance)} m away"
    radius = f"{facts.number('radius'):g} m"
    status, total = facts.get("poi_status"), facts.number("poi_total")
    if status != "ok":
        why = "the POI service failed" if status == "failed" else "no POIs were given"
        return [f"Its surroundings are unknown ({why}); {nearest}.", f"What stands around it is unknown, as {why}; {nearest}."]
    if not total:
        return [f"There are no POIs within {radius}, and {nearest}.", f"No POI lies within {radius}; {nearest}."]
    largest = [f"{name.lower()} ({count})" for name, count in _named(facts)[:3]]
    mix = ", led by " + (largest[0] if len(largest) == 1 else f"{', '.join(largest[:-1])} and {largest[-1]}") if largest else ""
    poi = "1 POI lies" if total == 1 else f"{total:.0f} POIs lie"
    return [
        f"{poi} within {radius}{mix}; {nearest}.",
        f"Within {radius} {poi.removesuffix(' lies').removesuffix(' lie')} can be counted{mix}, and {nearest}.",
        f"Around it, {poi} within {radius}{mix}, while {nearest}.",
    ]


def _named(facts: Facts) -> list[tuple[str, int]]:
    """POI counts by category, the largest first, without the rest that has no name."""
    return [(name, count) for name, count in facts.categories().items() if name != "Other"]


def _n(facts: Facts, key: str) -> str:
    value = facts.number(key)
    return "" if value is None else number(value)
