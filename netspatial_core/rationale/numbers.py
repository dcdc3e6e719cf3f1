"""Whether the facts bear the numbers of a sentence.

A number must be a fact's value in the fact's unit, rounded to the digits that are written, and it must be said of the right
thing: "a mean load of 30 GB/h" is refused where 30 is the peak.
"""

import itertools
import re

from netspatial_core.rationale.facts import Facts
from netspatial_core.rationale.lexicon import CATEGORY_OF
from netspatial_core.rationale.mentions import RANGE, Mention, read

_OF = re.compile(r"\s*(?:of|out of|among|from)\s+(?:the\s+|all\s+|its\s+)?", re.IGNORECASE)

# What a number may be said of: words, the kinds of number they speak of, and the facts meant.
_ROLES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (r"rank(?:s|ed|ing)?|position|place[sd]?|number", "count", ("rank",)),
    (r"mean load|mean|averag\w+|typical(?:ly)?|usually", "load", ("mean",)),
    (r"peak(?:s|ing)?|maximum|largest hour", "load", ("peak",)),
    (r"busy|busy-hour", "load", ("busy",)),
    (r"floor", "load", ("floor",)),
    (r"index|lsi|stability|deviation|score[sd]?|utility", "load inverse count", ("utility",)),
    (r"weekend\w*|weekday\w*", "percent times", ("weekend_change", "weekend_ratio")),
    (r"draws|chance|probability|best|top|odds", "percent", ("p_topk",)),
    (r"within|radius|around", "metre", ("radius",)),
    (r"station\w*|mast|away|distance", "metre", ("nearest_station",)),
    (r"peak|mean|averag\w+", "times", ("peak_to_mean",)),
    (r"best|top", "count", ("k",)),
    (r"k", "count", ("k",)),
)
_FOLLOWERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"(?:\w+ )?draws?\b", ("draws",)),
    (r"(?:points? of interest|pois?)\b", ("poi_total",)),
    (r"(?:existing |known )?stations?\b", ("stations",)),
    (r"(?:feasible |competing |ranked |other )?(?:cells|candidates)\b", ("ranked", "k")),
    (r"(?:sites|picks|best)\b", ("k",)),
)
_KIND_OF_UNIT = {"%": "percent", "m": "metre", "h/GB": "inverse", "1": "ratio", "count": "count", "h": "hour"}
_FIXED = {"days": 28.0, "day": 28.0, "weeks": 4.0}  # the horizon
_MEANT_BY_PERCENT = ("p_topk", "weekend_change", "mean_percentile", "stability_percentile")


def check_numbers(sentence: str, facts: Facts) -> list[str]:
    """What is wrong with the numbers, times and cell ids of a sentence; empty where the facts bear all of them."""
    found = read(sentence, facts)
    if not found.mentions:
        return found.problems
    paired, problems = _pairs(sentence, found.mentions, facts)
    rest = [m for m in found.mentions if id(m) not in paired]
    # "a mean load of 5 GB/h and a peak of 18 GB/h" or "5 GB/h on average and 18 GB/h at the peak": one order a sentence
    before = _check_order(sentence, rest, facts, after=False)
    if before and not _role_before(sentence, rest):
        before = _check_order(sentence, rest, facts, after=True)
    return found.problems + problems + before


def _kind(unit: str) -> str:
    return _KIND_OF_UNIT.get(unit, "load")


def _bears(mention: Mention, value: float, kind: str) -> bool:
    """Whether a fact's value, of a kind of number, is the one mentioned, rounded."""
    allowed = {
        "load": {"load"},
        "inverse": {"inverse"},
        "metre": {"metre"},
        "percent": {"percent"},
        "times": {"ratio"},
        "count": {"count", "load", "inverse", "ratio"},
    }.get(mention.kind, set())
    if kind not in allowed:
        return False
    if kind == "count":
        return mention.value == value
    gap = abs(mention.value - value) if mention.signed else abs(abs(mention.value) - abs(value))
    limit = mention.step * (1 + 1e-9)
    return gap <= limit and (kind == "percent" or gap <= 0.05 * abs(value))


def _matches(mention: Mention, facts: Facts, only: tuple[str, ...] | None) -> bool:
    for fact in facts:
        value = facts.number(fact.id)
        if value is None or (only is not None and fact.id not in only) or (only is None and fact.id.endswith(("_p10", "_p90"))):
            continue
        if _bears(mention, value, _kind(fact.unit)):
            return True
        if fact.id == "weekend_ratio" and mention.kind == "times" and value and _bears(mention, 1 / value, "ratio"):
            return True  # weekdays over weekends; the direction words are checked elsewhere
    return False


def _pairs(sentence: str, mentions: list[Mention], facts: Facts) -> tuple[set[int], list[str]]:
    """Numbers that only have a meaning together: a range "10.1 to 14.8 GB/h" and a place "3 of 412"."""
    done: set[int] = set()
    problems = []
    for first, second in itertools.pairwise(mentions):
        gap = sentence[first.end : second.start]
        if id(first) in done:
            continue
        if RANGE.fullmatch(gap) and first.kind == second.kind and first.kind in {"load", "inverse", "ratio", "count"}:
            done |= {id(first), id(second)}
            base = _range_of(sentence[: first.start])
            ends = [fact.id.removesuffix("_p10") for fact in facts if fact.id.endswith("_p10")]
            fits = [k for k in ends if _matches(first, facts, (f"{k}_p10",)) and _matches(second, facts, (f"{k}_p90",))]
            if not fits or (base is not None and base not in fits):
                problems.append(f"no interval of {base or 'the facts'} runs from {first.text} to {second.text}")
        elif _OF.fullmatch(gap) and first.kind == second.kind == "count" and not _category_after(sentence, second):
            done |= {id(first), id(second)}
            couples = (("rank", "ranked"), ("k", "ranked"))
            if not any(_matches(first, facts, (a,)) and _matches(second, facts, (b,)) for a, b in couples):
                rank, ranked = facts.get("rank"), facts.get("ranked")
                problems.append(
                    f"{first.text} of {second.text} is wrong: "
                    + (f"the rank is {rank} of {ranked}" if rank else "no rank is known")
                )
            elif (
                _matches(first, facts, ("k",))
                and not _matches(first, facts, ("rank",))
                and not re.search(r"\b(best|top|sites|picks)\W+$", sentence[: first.start])
            ):
                problems.append(f"{first.text} is K, not the rank")
    return done, problems


def _range_of(before: str) -> str | None:
    """What a range is said of: the last quantity named before it."""
    found = [
        (m.start(), ids[0])
        for words, kinds, ids in _ROLES
        if "load" in kinds
        for m in re.finditer(rf"\b(?:{words})\b", before, re.IGNORECASE)
    ]
    return max(found)[1] if found else None


def _category_after(sentence: str, mention: Mention) -> bool:
    word = re.match(r"\s+([a-z]+)", sentence[mention.end :], re.IGNORECASE)
    return bool(word and word.group(1).lower() in CATEGORY_OF)


def _role_before(sentence: str, mentions: list[Mention]) -> bool:
    loads = [m for m in mentions if m.kind in {"load", "inverse"}]
    return bool(loads) and _role(sentence[: loads[0].start], "load", last=True) is not None


def _role(text: str, kind: str, *, last: bool) -> tuple[str, ...] | None:
    """Facts named last (or first) in a piece of text that a number of this kind could be said of."""
    found = [
        (m.start() if not last else m.end(), -len(m.group()), ids)
        for words, kinds, ids in _ROLES
        if kind in kinds.split()
        for m in re.finditer(rf"\b(?:{words})\b", text, re.IGNORECASE)
    ]
    if not found:
        return None
    return (max if last else min)(found, key=lambda item: (item[0], -item[1] if last else item[1]))[2]


def _check_order(sentence: str, mentions: list[Mention], facts: Facts, *, after: bool) -> list[str]:
    problems = []
    for i, mention in enumerate(mentions):
        stop = mentions[i + 1].start if i + 1 < len(mentions) else len(sentence)
        if (fault := _fault(sentence, mention, sentence[mention.end : stop], facts, after)) is not None:
            problems.append(fault)
    return problems


def _fault(sentence: str, mention: Mention, following: str, facts: Facts, after: bool) -> str | None:
    """What is wrong with one number; None where a fact bears it in its place."""
    meant = _meant(sentence, mention, following, after)
    if meant is not None and meant and meant[0] in _FIXED:
        return None if mention.value == _FIXED[meant[0]] else f"{mention.text} {meant[0]} is not the horizon"
    if meant is None and mention.kind == "count":
        return f"{mention.text} is said of nothing the facts count"
    if _matches(mention, facts, meant):
        return None
    if meant is None or not _matches(mention, facts, None):
        return f"no fact says {mention.text}"
    return f"{mention.text} is not the {' or '.join(meant).replace('_', ' ')}"


def _meant(sentence: str, mention: Mention, following: str, after: bool) -> tuple[str, ...] | None:
    """Facts a number can only mean where it stands; None where the words do not tell."""
    if mention.ordinal:
        return ("rank",)
    before = sentence[: mention.start]
    if mention.kind == "count" and (counted := _counted(before, following)) is not None:
        return counted
    if mention.kind == "percent" and re.match(r"\s*of (?:the |all )?(?:feasible |other )?cells", following, re.IGNORECASE):
        return ("mean_percentile", "stability_percentile")
    role = _role(following, mention.kind, last=False) if after else None
    role = role or _role(before, mention.kind, last=True)
    if mention.kind in {"percent", "metre", "times"}:
        role = role or _role(following, mention.kind, last=False)
    if mention.kind == "percent" and role is None:
        return _MEANT_BY_PERCENT
    if mention.kind == "metre" and re.search(r"\bwithin\s*$", before, re.IGNORECASE):
        return ("radius",)
    return role


def _counted(before: str, following: str) -> tuple[str, ...] | None:
    """What a count counts: "15 food places", "food (15)", "32 draws"; None where neither side names it."""
    word = re.match(r"[\s-]*(?:of (?:them|these|which) )?(?:are |in |for )?([a-z]+)", following, re.IGNORECASE)
    bracket = re.search(r"([a-z]+)\s*(?:\(|:|=|(?:leads? )?(?:with|at))?\s*$", before, re.IGNORECASE)
    near = [match.group(1).lower() for match in (word, bracket) if match]
    if near and near[0] in _FIXED and word:
        return (near[0],)
    for name in near:
        if name in CATEGORY_OF:
            return (f"poi_{CATEGORY_OF[name].lower()}",)
    return next((ids for words, ids in _FOLLOWERS if re.match(rf"\s*{words}", following, re.IGNORECASE)), None)
