"""The colours of a difference: one hue for less, one for more, told apart by everyone; the middle is no change."""

import numpy as np
from numpy.typing import NDArray

from app.figures.numbers import number
from app.figures.scales import Scale, scale_of

LESS_MORE = ("#a8500a", "#d98032", "#eeb886", "#d7dbe0", "#9fbfe8", "#4f8fd6", "#1c5fae")
"""From much less to much more; the middle one is no change."""


def difference_scale(values: NDArray[np.float64]) -> Scale:
    """A scale about zero that reaches as far on both sides, for the larger of them."""
    known = np.abs(values[np.isfinite(values) & (values != 0)])
    end = scale_of(known, from_zero=True)
    return Scale(-end.high, end.high, under=end.over, over=end.over)


def difference_colour(value: float, scale: Scale) -> str:
    """The colour of a difference; anything but zero is told from zero."""
    if value == 0:
        return LESS_MORE[3]
    share = min(1.0, abs(value) / scale.high)
    step = 1 + min(2, int(share * 3))
    return LESS_MORE[3 + step if value > 0 else 3 - step]


def difference_ticks(scale: Scale) -> list[tuple[float, str]]:
    """(place 0 to 1, label) of the legend."""
    more = "+" if scale.over else ""
    return [(0.0, f"−{number(scale.high, 2)}{more}"), (0.5, "0"), (1.0, f"+{number(scale.high, 2)}{more}")]
