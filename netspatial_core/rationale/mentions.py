"""The numbers that a sentence mentions, with their units; times and cell ids are checked on the way."""

import itertools
import math
import re
from dataclasses import dataclass, field

from netspatial_core.rationale.facts import Facts, fixed_phrases

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen"
)
_SPELLED = {word: value for value, word in enumerate(_ONES.split())}
_SPELLED |= {
    word: 10 * value
    for value, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2)
}
_ORDINAL = {
    w: i
    for i, w in enumerate(
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"], start=1
    )
}
_TIMES = {"half": 0.5, "twice": 2.0, "double": 2.0}

_CELL = re.compile(r"\bR\d+C\d+\b", re.IGNORECASE)
_CLOCK = re.compile(
    r"(?P<clock>\b\d{1,2}[:h]\d\d)(?!\d)(?:\s*(?:h|o'clock|hours)\b)?|\b(?P<twelve>\d{1,2})(?::00)?\s*(?P<half>[ap])\.?m\b\.?"
    r"|\b(?P<word>noon|midday|midnight)\b",
    re.IGNORECASE,
)
_SPELLED_NUMBER = "|".join(sorted({*_SPELLED, *_ORDINAL, *_TIMES}, key=len, reverse=True))
_NUMBER = re.compile(
    rf"(?<![\w.,])(?P<sign>[-−+])?(?P<digits>\d[\d,]*(?:\.\d+)?)(?P<ordinal>st|nd|rd|th)?(?![\d])"
    r"|\b(?P<tens>twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
    r"[- ](?P<ones>one|two|three|four|five|six|seven|eight|nine)\b"
    rf"|\b(?P<spelled>{_SPELLED_NUMBER})\b",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"\s*(?:(?P<percent>%|percent\b|per cent\b)|(?P<kilometre>km\b|kilomet(?:re|er)s?\b)|(?P<metre>m\b|met(?:re|er)s?\b)"
    r"|(?P<inverse>h/GB\b|hours? per (?:GB|gigabyte)\b)"
    r"|(?P<load>GB/h\b|(?:GB|gigabytes?) (?:per|an|a|each|every) hour\b)|(?P<times>times\b|x\b|×)|(?P<bare>GB\b|gigabytes?\b))",
    re.IGNORECASE,
)
RANGE = re.compile(r"\s*(?:to|and|through|-|–|—)\s*", re.IGNORECASE)


@dataclass
class Mention:
    """A number in a sentence.

    Attributes:
        text: As written, with its unit.
        value: Its value in the unit.
        step: Half of its last written digit's place: how far a fact may lie and still be rounded to it.
        kind: load, inverse, percent, metre, times, or count where it has no unit.
        start: Where it starts.
        end: Where it ends.
        ordinal: Whether it is written as one (3rd, third).
        signed: Whether it carries a sign.
    """

    text: str
    value: float
    step: float
    kind: str
    start: int
    end: int
    ordinal: bool = False
    signed: bool = False


@dataclass
class Read:
    """What was read from a sentence: its mentions, and the problems with times and cell ids."""

    mentions: list[Mention]
    problems: list[str] = field(default_factory=list)


def read(sentence: str, facts: Facts) -> Read:
    """Mentions of a sentence, those of cells and times already checked and blanked out."""
    text = sentence
    for phrase in fixed_phrases(facts):  # a constraint's own words ("within 300 m of pick R05C07") are quoted whole
        text = re.sub(re.escape(phrase), _blank, text, flags=re.IGNORECASE)
    problems = [f"{match.group()} is not this cell" for match in _CELL.finditer(text) if match.group() != facts.get("cell")]
    text = _CELL.sub(_blank, text)
    problems += _check_times(text, facts)
    text = _CLOCK.sub(_blank, text)
    return Read(_numbers(text), problems)


def _blank(match: re.Match[str]) -> str:
    return "~" * len(match.group())


def _check_times(text: str, facts: Facts) -> list[str]:
    peak = facts.number("peak_hour")
    problems = []
    matches = list(_CLOCK.finditer(text))
    for i, match in enumerate(matches):
        hour = _hour(match)
        closes = i > 0 and RANGE.fullmatch(text[matches[i - 1].end() : match.start()]) is not None
        if hour is None or peak is None or hour != (peak + closes) % 24:
            says = "no peak hour is known" if peak is None else f"the mean day peaks at {int(peak):02d}:00"
            problems.append(f"{match.group().strip()} is wrong: {says}")
    return problems


def _hour(match: re.Match[str]) -> float | None:
    if match["word"]:
        return 0.0 if match["word"].lower() == "midnight" else 12.0
    if match["twelve"]:
        hour = int(match["twelve"])
        return float(hour % 12 + (12 if match["half"].lower() == "p" else 0)) if 1 <= hour <= 12 else None
    hour, minute = (int(part) for part in re.split("[:h]", match["clock"].lower()))
    return hour + minute / 60 if hour < 24 and minute < 60 else None


def _numbers(text: str) -> list[Mention]:
    out = []
    for match in _NUMBER.finditer(text):
        word = (match["spelled"] or "").lower()
        if word == "one" and re.match(r"\s+(?:of|another)\b", text[match.end() :]):
            continue  # "one of the best": no count
        if word in {"second", "third"} and re.search(r"\ba\s+$", text[: match.start()], re.IGNORECASE):
            out.append(Mention(match.group(), math.nan, 0, "count", match.start(), match.end()))  # a third: a share nobody gave
            continue
        value, step = _value(match, word)
        unit = _UNIT.match(text, match.end())
        kind = unit.lastgroup if unit and unit.lastgroup else "count"
        end = unit.end() if unit else match.end()
        if kind == "kilometre":
            value, step, kind = 1000 * value, 1000 * step, "metre"
        if word in _TIMES:
            kind = "times"
        ordinal = bool(match["ordinal"]) or word in _ORDINAL
        out.append(Mention(text[match.start() : end], value, step, kind, match.start(), end, ordinal, bool(match["sign"])))
    for first, second in itertools.pairwise(out):  # "10.1 to 14.8 GB/h": the unit is that of both
        if first.kind == "count" and second.kind != "count" and RANGE.fullmatch(text[first.end : second.start]):
            first.kind = second.kind
    return out


def _value(match: re.Match[str], word: str) -> tuple[float, float]:
    if match["tens"]:
        return float(_SPELLED[match["tens"].lower()] + _SPELLED[match["ones"].lower()]), 0.5
    if word:
        return float({**_SPELLED, **_ORDINAL, **_TIMES}[word]), 0.5 if word not in _TIMES else 0.05
    digits = match["digits"].rstrip(",").replace(",", "")
    value = float(digits) * (-1 if match["sign"] in {"-", "−"} else 1)
    if "." in digits:
        return value, 0.5 * 10.0 ** -len(digits.split(".")[1])
    zeros = len(digits) - len(digits.rstrip("0")) if value else 0
    return value, 0.5 * 10.0 ** min(zeros, max(0, len(digits) - 2))  # 1,200 has two digits that count, 10 has both
