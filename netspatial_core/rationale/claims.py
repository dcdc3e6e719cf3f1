"""Words that claim something without a number (high, evening, near, picked, food), each against the facts.

A clause is read on its own: "weekdays are higher, weekends lower" is two claims. What cannot be decided is refused: a refused
true sentence costs a retry, an accepted false one costs trust.
"""

import re
from collections.abc import Callable, Iterator

from netspatial_core.rationale.facts import Facts, fixed_phrases
from netspatial_core.rationale.lexicon import CATEGORY_OF, CATEGORY_WORDS

Check = Callable[[Facts], bool | None]
"""True where the facts bear the claim, False where they speak against it, None where they are silent."""

UPPER, LOWER = 67.0, 33.0  # percentiles from which a load is called high and stable, low and volatile
NEAR_M, FAR_M = 500.0, 1000.0
ALIKE = 5.0  # percent within which weekends are like weekdays

_UP = r"more|higher|busier|heavier|stronger|greater|bigger|rises?|increases?|increased|grows?|up|highest|busiest|larger"
_DOWN = r"less|fewer|lower|quieter|lighter|weaker|smaller|falls?|drops?|dropping|decreases?|decreased|down|lowest|quietest|fall"
_NEGATION = re.compile(r"\b(?:not|no|never|neither|nor|without|none|nothing|hardly)\b|n't\b", re.IGNORECASE)
_CLAUSE = re.compile(r"[;:]|,\s|\b(?:and|but|while|whereas|although|though)\b", re.IGNORECASE)
_WEEK = re.compile(r"\b(weekends?|saturdays?|sundays?|weekdays?)\b", re.IGNORECASE)
_STATION = re.compile(r"\b(?:stations?|mast)\b", re.IGNORECASE)
_HOURS = {  # hours of the day a word may stand for
    r"mornings?": range(5, 12),
    r"noon|midday": range(11, 14),
    r"afternoons?": range(12, 18),
    r"evenings?": range(17, 23),
    r"nights?|nightly|overnight": (*range(21, 24), *range(6)),
    r"daytime": range(8, 19),
    r"midnight": (23, 0, 1),
}


def check_claims(sentence: str, facts: Facts) -> list[str]:
    """What is wrong with the claims of a sentence; empty where the facts bear all of them."""
    text = _quoted_out(sentence, facts)
    problems = [*_because(text), *_whole(text, facts), *_categories(text, facts)]
    clauses = [clause for clause in _CLAUSE.split(text) if clause.strip()]
    for clause in clauses:
        problems += _week(clause, facts)
        problems += _day(clause, facts)
        problems += _words(clause, text, facts)
    return list(dict.fromkeys(problems))


def _quoted_out(sentence: str, facts: Facts) -> str:
    """The sentence without the facts' own fixed phrases: the utility's name, the reason, the flags."""
    for phrase in [*fixed_phrases(facts), "at or above", "demand floor", "busy-hour", "busiest hour"]:
        sentence = re.sub(re.escape(phrase), "~", sentence, flags=re.IGNORECASE)
    return sentence


def _because(text: str) -> list[str]:
    causal = re.search(r"\b(?:because|if|should)\b", text, re.IGNORECASE)
    bearable = re.search(r"\b(?:picked|ranked|ranks|feasible|selected|chosen|unknown|built)\b", text, re.IGNORECASE)
    return [f"'{causal.group()}': the facts name no causes"] if causal and not bearable else []


def _share(facts: Facts, key: str, *, low: float = -1.0, high: float = 101.0) -> bool | None:
    value = facts.number(key)
    return None if value is None else low <= value <= high


def _station_distance(facts: Facts, *, low: float = 0.0, high: float = float("inf")) -> bool | None:
    value = facts.number("nearest_station")
    return None if value is None else low <= value <= high


def _never(_facts: Facts) -> bool:
    return False


def _reason_has(word: str) -> Check:
    return lambda facts: word in str(facts.get("reason") or "")


# (words, what else the clause must name for the words to be this claim, the check, what to say)
_CLAIMS: tuple[tuple[str, str, Check, str], ...] = (
    (
        r"stable|steady|steadier|predictable|consistent|regular",
        "",
        lambda f: _share(f, "stability_percentile", low=UPPER),
        "stability",
    ),
    (
        r"volatile|variable|unstable|erratic|irregular|fluctuating",
        "",
        lambda f: _share(f, "stability_percentile", high=LOWER),
        "stability",
    ),
    (r"moderate|medium", "", lambda f: _share(f, "mean_percentile", low=LOWER, high=UPPER), "mean load"),
    (r"likely|probable|certain", "", lambda f: _share(f, "p_topk", low=50.0), "chance"),
    (r"unlikely|uncertain|doubtful", "", lambda f: _share(f, "p_topk", high=50.0), "chance"),
    (
        r"near|close|nearby|adjacent|closer|nearer",
        "station",
        lambda f: _station_distance(f, high=NEAR_M),
        "distance to the nearest station",
    ),
    (
        r"far|distant|remote|farther|further",
        "station",
        lambda f: _station_distance(f, low=FAR_M),
        "distance to the nearest station",
    ),
    (r"picked|chosen|selected|recommended", "", lambda f: f.get("picked") is True, "pick"),
    (r"rejected|unpicked|left out", "", lambda f: f.get("picked") is False, "pick"),
    (r"feasible|allowed", "", lambda f: f.get("feasible") is True, "feasibility"),
    (r"infeasible|unfeasible|excluded", "", lambda f: f.get("feasible") is False, "feasibility"),
    (r"unranked", "", lambda f: f.get("rank") is None, "rank"),
    (r"pending", "", _reason_has("pending"), "reason"),
    (r"failed", "", lambda f: f.get("poi_status") == "failed" or "failed" in str(f.get("reason")), "status"),
    (r"water|park|forest|field", "", _never, "ground"),  # only the reason's own words say what the ground is
    (r"beyond", "", _reason_has("beyond"), "reason"),
    (r"constant|zero|finite|open", "", _never, "reason"),
    (r"synthetic", "", lambda f: f.get("kind") == "synthetic", "kind of area"),
    (r"missing", "", lambda f: any("missing" in str(x.value) for x in f if x.id.startswith("flag_")), "flags"),
    (r"imagery", "", lambda f: any("imagery" in str(x.value) for x in f if x.id.startswith("flag_")), "flags"),
    (r"unknown", "poi|surround|stands|around", lambda f: f.get("poi_status") in {"failed", "absent"}, "POIs"),
    (r"worst|last|bottom", "", lambda f: f.get("rank") == f.get("ranked"), "rank"),
    (r"late|early", "", _never, "time"),
)
_LEVEL_UP = r"high|higher|highest|heavy|heavier|strong|stronger|busy|busier|greater"
_LEVEL_DOWN = r"low|lower|lowest|quiet|quieter|quietest|light|lighter|weak|weaker|smaller"


def _words(clause: str, text: str, facts: Facts) -> Iterator[str]:
    for words, context, check, about in _CLAIMS:
        if context and not re.search(context, clause, re.IGNORECASE):
            continue
        for match in re.finditer(rf"\b(?:{words})\b", clause, re.IGNORECASE):
            yield from _verdict(match, clause, check(facts), about, facts)
    yield from _distance(clause, facts)
    yield from _level(clause, text, facts)
    yield from _best(clause, text, facts)


def _verdict(match: re.Match[str], clause: str, holds: bool | None, about: str, facts: Facts) -> Iterator[str]:
    denied = _NEGATION.search(clause[max(0, match.start() - 24) : match.start()]) is not None
    if holds is None or holds == denied:
        fact = next((f.text for f in facts if f.id == _ABOUT.get(about, "")), "the facts do not say so")
        yield f"'{('not ' if denied else '') + match.group()}' is not borne out ({about}): {fact}"


_ABOUT = {
    "stability": "stability_percentile",
    "mean load": "mean_percentile",
    "chance": "p_topk",
    "distance to the nearest station": "nearest_station",
    "pick": "picked",
    "feasibility": "feasible",
    "rank": "rank",
    "reason": "reason",
    "POIs": "poi_status",
    "kind of area": "kind",
}


def _distance(clause: str, facts: Facts) -> Iterator[str]:
    """Near and far must be said of a station, and "no station near" means that none is."""
    match = re.search(r"\b(?:near|close|adjacent|far|distant|remote)\b(?!est)", clause, re.IGNORECASE)
    if match and not _STATION.search(clause):
        yield f"'{match.group()}' is said of nothing the facts know"
    none = re.search(r"\bno (?:existing |known |other )?(?:station|mast)s?\b", clause, re.IGNORECASE)
    distance = facts.number("nearest_station")
    if none and distance is not None and distance <= (facts.number("radius") or NEAR_M):
        yield f"there is a station {distance:.0f} m away"
    if none and distance is not None and not re.search(r"\bwithin\b|\bnear", clause, re.IGNORECASE):
        yield f"there is a station {distance:.0f} m away"
    if not none and distance is None and _STATION.search(clause) and not re.search(r"\bno\b", clause, re.IGNORECASE):
        yield "no station is known"
    if not none and distance is not None and distance > NEAR_M and _STATION.search(clause) and re.search(r"\bwithin\b", clause):
        yield f"the nearest station is {distance:.0f} m away"


def _level(clause: str, text: str, facts: Facts) -> Iterator[str]:
    """High and low said of the load itself; of weekends, see ``_week``."""
    if _WEEK.search(clause) or (_WEEK.search(text) and re.search(r"\bload\b.*%|%.*\bload\b|\bthan\b", clause)):
        return
    for words, low, high in ((_LEVEL_UP, UPPER, 101.0), (_LEVEL_DOWN, -1.0, LOWER)):
        for match in re.finditer(rf"\b(?:{words})\b(?!-ranked)", clause, re.IGNORECASE):
            rank = re.search(r"\brank", clause, re.IGNORECASE)
            if rank:
                place, last = facts.number("rank"), facts.number("ranked")
                first = words == _LEVEL_UP
                good = place is not None and last is not None and (place <= max(1, last / 3) if first else place >= last * 2 / 3)
                yield from _verdict(match, clause, good, "rank", facts)
            else:
                yield from _verdict(match, clause, _share(facts, "mean_percentile", low=low, high=high), "mean load", facts)


def _best(clause: str, text: str, facts: Facts) -> Iterator[str]:
    for match in re.finditer(r"\b(?:best|top|highest-ranked|first)\b", clause, re.IGNORECASE):
        after = clause[match.end() :]
        if re.match(r"\s+\d[\d.]*\s*(?:%|percent|per cent)", after):
            yield f"'{match.group()}' needs a number of sites, not a share"
        numbered = re.match(
            r"[\s-]*(?:\d|k\b|ten|five|three|twenty|[a-z]+\s+(?:sites|cells|picks|candidates))", after, re.IGNORECASE
        )
        rank, k = facts.number("rank"), facts.number("k")
        if numbered or re.search(r"\bamong the $", clause[: match.start()]):
            chance = re.search(r"%|percent|chance|probability|draws|odds|likely", text, re.IGNORECASE)
            holds = True if chance else rank is not None and k is not None and rank <= k
        else:
            holds = rank == 1
        yield from _verdict(match, clause, holds, "rank", facts)


def _week(clause: str, facts: Facts) -> Iterator[str]:
    """Weekends against weekdays: the day named outside "than ..." is the one that is more or less."""
    said = re.split(r"\bthan\b", clause, flags=re.IGNORECASE)
    days = [m.lower() for m in _WEEK.findall(said[0])] or (
        [_other(m.lower()) for m in _WEEK.findall(said[1])] if len(said) > 1 else []
    )
    weekend = {not day.startswith("weekday") for day in days}
    ups, downs = re.findall(rf"\b(?:{_UP})\b", said[0], re.IGNORECASE), re.findall(rf"\b(?:{_DOWN})\b", said[0], re.IGNORECASE)
    change = facts.number("weekend_change")
    if not days:
        return
    if change is None:
        yield "the facts do not compare weekends with weekdays"
        return
    if re.search(r"\b(?:like|same|similar|alike|equal|differ)\b", clause, re.IGNORECASE):
        if (abs(change) > ALIKE) != bool(re.search(r"\bdiffer", clause, re.IGNORECASE)):
            yield f"weekends differ from weekdays by {change:+.0f} %"
        return
    if not ups and not downs:
        if re.search(r"\b(?:peaks?|busy|high|low|quiet|heavy|light|strong|weak|drives?|most|mostly)\b", clause, re.IGNORECASE):
            yield "what is said of weekends or weekdays is no comparison the facts make"
        return
    if len(weekend) != 1 or (ups and downs) or _NEGATION.search(clause):
        yield "weekends and weekdays are compared in a way that cannot be checked"
    elif (change > 0) != (bool(ups) == next(iter(weekend))):
        yield f"weekends carry {abs(change):.0f} % {'more' if change > 0 else 'less'} than weekdays"


def _other(day: str) -> str:
    return "weekend" if day.startswith("weekday") else "weekday"


def _day(clause: str, facts: Facts) -> Iterator[str]:
    peak = facts.number("peak_hour")
    for words, hours in _HOURS.items():
        match = re.search(rf"\b(?:{words})\b", clause, re.IGNORECASE)
        if match is None:
            continue
        if peak is None:
            yield f"'{match.group()}': no peak hour is known"
        elif int(peak) not in hours or re.search(r"\b(?:quiet|low|lower|least|quietest|falls?|drops?)\b", clause, re.IGNORECASE):
            yield f"'{match.group()}' is wrong: the mean day peaks at {int(peak):02d}:00"
        elif _NEGATION.search(clause):
            yield f"'{match.group()}' is denied although the mean day peaks at {int(peak):02d}:00"


def _whole(text: str, facts: Facts) -> Iterator[str]:
    """POIs that are denied or asserted against what is known."""
    poi = re.search(r"\b(?:POIs?|points? of interest)\b", text, re.IGNORECASE)
    if poi is None:
        return
    status, total = facts.get("poi_status"), facts.number("poi_total")
    none = re.search(r"\b(?:no|without|zero|nor)\s+(?:any\s+)?(?:POIs?|points? of interest)\b", text, re.IGNORECASE)
    honest = re.search(r"\bunknown\b|\bfailed\b|\bgiven\b|\bknown\b", text, re.IGNORECASE)
    if status != "ok" and not honest:
        yield "the POIs are not known here"
    elif status == "ok" and none and total:
        yield f"there are {total:.0f} POIs"
    elif status == "ok" and (re.search(r"\bgiven\b", text, re.IGNORECASE) and none):
        yield "POIs were given"


def _categories(text: str, facts: Facts) -> Iterator[str]:
    counts = facts.categories()
    named = [
        (m.start(), CATEGORY_OF[m.group().lower()])
        for m in re.finditer(r"\b[a-z]+\b", text, re.IGNORECASE)
        if m.group().lower() in CATEGORY_OF
    ]
    for start, name in named:
        denied = re.search(r"\b(?:no|without|nor|not any|neither|zero)\s+(?:[a-z]+\s+or\s+)?$", text[:start], re.IGNORECASE)
        if denied and (name in counts or facts.get("poi_status") != "ok"):
            yield f"{name.lower()} is among the POIs" if name in counts else "the POIs are not known here"
        elif not denied and name not in counts:
            yield f"no {name.lower()} is among the POIs"
    order = list(counts)
    claim = re.search(
        r"\b(?:mostly|mainly|predominantly|chiefly|dominated|led|largest|most common|most numerous|leading|lead|leads)\b",
        text,
        re.IGNORECASE,
    )
    after = [name for start, name in named if claim and start > claim.start()]
    subject = [name for start, name in named if claim and start < claim.start()]
    first = (after or subject)[:1]
    top = max(counts.values(), default=0)
    if claim and first and first[0] in counts and counts[first[0]] < (top if "Other" not in order[:1] else _second(counts)):
        yield f"{first[0].lower()} is not the largest category"
    if claim and first and re.match(r"mostly|mainly|predominantly|chiefly|dominated", claim.group(), re.IGNORECASE):
        together = sum(counts.get(name, 0) for name in dict.fromkeys(after or subject))
        if together <= 0.5 * sum(counts.values()):
            yield f"{' and '.join(dict.fromkeys(n.lower() for n in after or subject))} are not most of the POIs"
    yield from _versus(text, counts)


def _second(counts: dict[str, int]) -> int:
    return max((count for name, count in counts.items() if name != "Other"), default=0)


_ANY = "|".join(sorted((w for words in CATEGORY_WORDS.values() for w in words.split()), key=len, reverse=True))


def _versus(text: str, counts: dict[str, int]) -> Iterator[str]:
    for match in re.finditer(rf"\b(more|fewer|less)\s+({_ANY})\b[^.;,]*?\bthan\s+({_ANY})\b", text, re.IGNORECASE):
        a, b = (counts.get(CATEGORY_OF[match.group(i).lower()], 0) for i in (2, 3))
        if not (a > b if match.group(1).lower() == "more" else a < b):
            yield f"'{match.group()}' is wrong: {a} against {b}"
