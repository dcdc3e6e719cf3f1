"""Whether a text says nothing that its facts do not bear, sentence by sentence (THREATS 12).

Every number is a fact's in its unit and place, every word is one whose claim is checked or that claims nothing, and what is not
understood is refused.
"""

import re
from dataclasses import dataclass

from netspatial_core.rationale.claims import check_claims
from netspatial_core.rationale.facts import Facts, fixed_phrases
from netspatial_core.rationale.lexicon import unknown_words
from netspatial_core.rationale.numbers import check_numbers

SENTENCES = range(2, 5)  # of a whole text
MAX_WORDS = 120


@dataclass(frozen=True)
class Verdict:
    """What was found wrong with one sentence; nothing means that the facts bear it."""

    sentence: str
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether the facts bear the sentence."""
        return not self.problems


@dataclass(frozen=True)
class Verification:
    """The verdicts of a text, and what is wrong with it as a whole."""

    verdicts: tuple[Verdict, ...]
    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the facts bear the whole text."""
        return not self.problems and all(verdict.ok for verdict in self.verdicts)

    @property
    def reasons(self) -> tuple[str, ...]:
        """All that is wrong, the text as a whole first."""
        return self.problems + tuple(problem for verdict in self.verdicts for problem in verdict.problems)


def verify(text: str, facts: Facts) -> Verification:
    """Check a whole text, two to four sentences, against the facts of its cell."""
    parts = sentences(text)
    problems = _form(text, parts)
    if parts and len(parts) not in SENTENCES:
        problems.append(f"the text has {len(parts)} sentences, not {SENTENCES[0]} to {SENTENCES[-1]}")
    return Verification(_verdicts(parts, facts), tuple(problems))


def verify_sentence(sentence: str, facts: Facts) -> Verification:
    """Check one sentence of a text against the facts of its cell."""
    parts = sentences(sentence)
    problems = _form(sentence, parts)
    if len(parts) > 1:
        problems.append("it is more than one sentence")
    return Verification(_verdicts(parts, facts), tuple(problems))


def sentences(text: str) -> list[str]:
    """The sentences of a text; points within numbers and a.m. end none."""
    cut = re.split(r"(?<=[.!?])(?<!\b[ap]\.m\.)\s+(?=[A-Z0-9])|\n+", text.strip())
    return [part.strip() for part in cut if part.strip()]


def _verdicts(parts: list[str], facts: Facts) -> tuple[Verdict, ...]:
    return tuple(Verdict(part, tuple(_problems(part, facts))) for part in parts)


def _problems(sentence: str, facts: Facts) -> list[str]:
    words = unknown_words(_without_phrases(sentence, facts))
    unknown = [f"nothing is known about '{word}'" for word in words]
    return unknown + check_numbers(sentence, facts) + check_claims(sentence, facts)


def _without_phrases(sentence: str, facts: Facts) -> str:
    """The sentence without cell ids and units, which are no words, and the facts' own fixed phrases."""
    text = re.sub(r"\bR\d+C\d+\b", "~", sentence, flags=re.IGNORECASE)
    units = {fact.unit for fact in facts if fact.unit}
    for phrase in sorted({*units, *fixed_phrases(facts)}, key=len, reverse=True):
        text = re.sub(rf"(?<![a-z]){re.escape(phrase)}(?![a-z])", "~", text, flags=re.IGNORECASE)
    return re.sub(r"(?<=\d)\s*(?:st|nd|rd|th|am|pm|x|h|m|km)\b|\b[ap]\.m\.", "", text, flags=re.IGNORECASE)


def _form(text: str, parts: list[str]) -> list[str]:
    problems = []
    if not parts:
        return ["the text is empty"]
    if len(text.split()) > MAX_WORDS:
        problems.append(f"the text is longer than {MAX_WORDS} words")
    if not parts[-1].endswith((".", "!", "?")):
        problems.append("the last sentence is cut off")
    if len(set(parts)) < len(parts):
        problems.append("a sentence is repeated")
    if re.search(r"[<>{}\[\]|\\`*_#]|https?:", text) or not text.isprintable():
        problems.append("the text carries markup or an address")
    return problems
