"""Is synthetic traffic as real as real traffic is alike: every figure, its interval, and the verdict of one rule.

Against the UoMo cities a figure is inside when it differs from the nearer of them by no more than they differ from each other.
Against milan25 it is inside the bootstrap interval over Milan's cells; a distance to it, below the 95th percentile of the
distances between two resampled Milans. The strict reading of the first rule (no further from either than they are from each
other, so in between) is told beside it: a third real city would fail it twice in three.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netspatial_core.evaluation.bootstrap import resamples
from netspatial_core.evaluation.figures import DISTANCES, FIGURES, Cut, Distance, Figure, Rows
from netspatial_core.evaluation.measured import Sample
from netspatial_core.evaluation.traits import daily, weekly

LEVEL = 0.95
ROUNDS = 400


@dataclass(frozen=True)
class Finding:
    """One figure of synthetic traffic beside the measured ones.

    Attributes:
        key: Its name in files.
        label: Its name on paper.
        unit: "" for plain numbers.
        group: What it tells about.
        reference: Whom it is judged against, ``cities`` or ``milan25``.
        synthetic: Its value; for a distance, the one to the nearest of the reference.
        real: Values by sample; of a distance, what real samples lie apart (two cities; two resampled Milans, 95th percentile).
        intervals: 95 % bootstrap intervals over places, by sample.
        low: Least value that is inside.
        high: Largest value that is inside.
        inside: The verdict.
        between: Whether it lies between both cities, the strict reading; None against milan25 and for distances.
    """

    key: str
    label: str
    unit: str
    group: str
    reference: str
    synthetic: float
    real: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    low: float
    high: float
    inside: bool
    between: bool | None


@dataclass(frozen=True)
class _Known:
    """A sample with its cuts, and the rows of every resampling."""

    cuts: Sequence[Cut]
    everyone: Rows
    rounds: Sequence[Rows]

    def value(self, figure: Figure, rows: NDArray[np.int64] | None = None) -> float:
        return float(np.mean([figure.of(cut, self.everyone if rows is None else rows) for cut in self.cuts]))

    def interval(self, figure: Figure) -> tuple[float, float]:
        found = [self.value(figure, rows) for rows in self.rounds]
        low, high = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return float(low), float(high)


def compare(
    synthetic: Sample, cities: tuple[Sample, Sample], milan: Sample, *, rounds: int = ROUNDS, seed: int = 0
) -> list[Finding]:
    """Every figure of ``FIGURES`` and ``DISTANCES``.

    Args:
        synthetic: At least four weeks from a known weekday.
        cities: The two cities whose difference is the measure; at least eight days.
        milan: Four weeks from a known weekday.
        rounds: Resamples of each interval.
        seed: Of the resampling.

    Raises:
        InputError: A sample is too short or has gaps.
    """
    samples = (*cities, milan)
    rows = {sample.name: resamples(sample.place, rounds, seed) for sample in samples}

    def known(sample: Sample, cuts: Sequence[Cut]) -> _Known:
        return _Known(cuts, np.arange(len(sample.traffic)), rows.get(sample.name, ()))

    made = {"cities": known(synthetic, daily(synthetic)), "milan25": known(synthetic, weekly(synthetic))}
    days = {sample.name: known(sample, daily(sample)) for sample in samples}
    weeks = {milan.name: known(milan, weekly(milan))}
    names = (cities[0].name, cities[1].name)
    out = []
    for figure in FIGURES:
        if figure.reference == "cities":
            out.append(_against_cities(figure, made["cities"], days, names))
        else:
            out.append(_against_milan(figure, made["milan25"], weeks, milan.name))
    for distance in DISTANCES:
        if distance.reference == "cities":
            out.append(_distance_to_cities(distance, made["cities"], days, names))
        else:
            out.append(_distance_to_milan(distance, made["milan25"], weeks[milan.name], milan.name))
    groups = list(dict.fromkeys(finding.group for finding in out))
    return sorted(out, key=lambda finding: groups.index(finding.group))


def _against_cities(figure: Figure, made: _Known, days: Mapping[str, _Known], names: tuple[str, str]) -> Finding:
    value = made.value(figure)
    real = {name: known.value(figure) for name, known in days.items()}
    low, high = sorted(real[name] for name in names)
    gap = high - low
    inside = low - gap <= value <= high + gap
    intervals = {name: known.interval(figure) for name, known in days.items()}
    return _finding(figure, value, real, intervals, (low - gap, high + gap), inside=inside, between=low <= value <= high)


def _against_milan(figure: Figure, made: _Known, weeks: Mapping[str, _Known], name: str) -> Finding:
    value, interval = made.value(figure), weeks[name].interval(figure)
    inside = interval[0] <= value <= interval[1]
    return _finding(figure, value, {name: weeks[name].value(figure)}, {name: interval}, interval, inside=inside, between=None)


def _distance_to_cities(figure: Distance, made: _Known, days: Mapping[str, _Known], names: tuple[str, str]) -> Finding:
    apart = _apart(figure, days[names[0]], days[names[1]])
    value = min(_apart(figure, made, days[name]) for name in names)
    return _finding(figure, value, {" to ".join(names): apart}, {}, (0.0, apart), inside=value <= apart, between=None)


def _distance_to_milan(figure: Distance, made: _Known, milan: _Known, name: str) -> Finding:
    (cut,) = milan.cuts
    half = len(milan.rounds) // 2
    pairs = zip(milan.rounds[:half], milan.rounds[half:], strict=False)
    limit = float(np.quantile([figure.between(cut, a, cut, b) for a, b in pairs], LEVEL))
    value = _apart(figure, made, milan)
    return _finding(figure, value, {f"{name}, resampled": limit}, {}, (0.0, limit), inside=value <= limit, between=None)


def _apart(figure: Distance, a: _Known, b: _Known) -> float:
    """Mean over all pairs of cuts."""
    return float(np.mean([figure.between(one, a.everyone, other, b.everyone) for one in a.cuts for other in b.cuts]))


def _finding(
    figure: Figure | Distance,
    value: float,
    real: Mapping[str, float],
    intervals: Mapping[str, tuple[float, float]],
    limits: tuple[float, float],
    *,
    inside: bool,
    between: bool | None,
) -> Finding:
    return Finding(
        figure.key, figure.label, figure.unit, figure.group, figure.reference, value, real, intervals, *limits, inside, between
    )
