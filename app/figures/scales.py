"""Colour scales of the map: robust ends, honest labels, the same scale for the map, the legend and the columns."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.figures.numbers import number
from app.figures.templates import RAMP

TAILS = (2.0, 98.0)  # percentiles at the ends: a handful of extreme cells must not flatten the rest
ROUND = (1.0, 1.2, 1.6, 2.0, 2.4, 3.2, 4.0, 5.0, 6.0, 8.0, 10.0)
LOG_SPAN = 12.0  # values that span more than this go on a logarithmic scale, and the legend says so


@dataclass(frozen=True)
class Scale:
    """How values become colours.

    Attributes:
        low: Value of the ramp's dark end.
        high: Value of its light end.
        log: Whether equal steps are equal ratios.
        under: Whether values lie below ``low``.
        over: Whether values lie above ``high``.
    """

    low: float
    high: float
    log: bool = False
    under: bool = False
    over: bool = False

    def fraction(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Place of values on the ramp, 0 to 1, nan where there is no value."""
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.log:
                t = np.log(values / self.low) / math.log(self.high / self.low)
            else:
                t = (values - self.low) / (self.high - self.low)
        return np.clip(t, 0.0, 1.0)

    def ticks(self) -> list[tuple[float, str]]:
        """(place 0 to 1, label) of the legend's ticks; clipped ends carry a sign."""
        places = (0.0, 0.25, 0.5, 0.75, 1.0)
        if self.log:
            values = [self.low * (self.high / self.low) ** p for p in places]
        else:
            values = [self.low + p * (self.high - self.low) for p in places]
        labels = [number(v, 2) for v in values]
        labels[0] = f"≤ {labels[0]}" if self.under else labels[0]
        labels[-1] += "+" if self.over else ""
        ticks = list(zip(places, labels, strict=True))
        return ticks if max(map(len, labels[1:])) < 4 else ticks[::2]  # long labels would run into each other


def scale_of(values: NDArray[np.float64], *, from_zero: bool) -> Scale:
    """The scale of some values, round at both ends.

    Args:
        values: Any, nan where there is none.
        from_zero: Start at 0 (loads), else at the lower tail.
    """
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return Scale(0.0, 1.0)
    tail_low, tail_high = np.percentile(known, TAILS)
    low = 0.0 if from_zero else _round(tail_low, down=True)
    high = _round(tail_high, down=False)
    if high <= low:
        high = low + (abs(low) or 1.0)
    log = not from_zero and low > 0 and high / low > LOG_SPAN
    return Scale(low, high, log, bool((known < low).any()), bool((known > high).any()))


def colour(t: float) -> str:
    """The ramp's colour at a place 0 to 1."""
    return RAMP[min(len(RAMP) - 1, int(max(0.0, t) * len(RAMP)))]


def _round(value: float, *, down: bool) -> float:
    """The next round number away from the middle, one whose quarters are short."""
    if value <= 0:
        return float(value)
    unit = 10.0 ** math.floor(math.log10(value))
    ratio = value / unit
    if down:
        return float(f"{max(s for s in ROUND if s <= ratio + 1e-9) * unit:.6g}")
    return float(f"{min(s for s in ROUND if s >= ratio - 1e-9) * unit:.6g}")
