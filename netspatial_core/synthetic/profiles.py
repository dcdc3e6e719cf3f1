"""When each kind of place is busy: one week of hourly activity a class, mean 1.

Shapes follow section 2.2 and figure 3 of the paper (arXiv 2603.13839): offices peak on weekday mornings and afternoons, commerce
at noon and more at weekends, housing in the evening of every day, entertainment late and at weekends.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Week = NDArray[np.float64]

CLASSES = ("residential", "office", "commercial", "university", "school", "industrial", "entertainment", "transit", "leisure")
# Bumps of a day: (hour, width in hours, height); the first number of a day is its floor.
Bumps = tuple[tuple[float, float, float], ...]
_DAYS: Mapping[str, tuple[tuple[float, Bumps], tuple[float, Bumps]]] = {
    "residential": (
        (0.28, ((7.5, 1.3, 0.55), (12.5, 1.8, 0.42), (18.5, 2.0, 0.8), (21.2, 1.7, 1.45))),
        (0.32, ((10.5, 2.4, 0.75), (14.0, 2.4, 0.55), (18.0, 2.2, 0.65), (21.2, 1.8, 1.35))),
    ),
    "office": (
        (0.05, ((10.4, 1.5, 1.7), (13.0, 1.2, 0.75), (15.6, 1.6, 1.75), (18.2, 1.0, 0.4))),
        (0.05, ((11.5, 2.4, 0.22), (15.5, 2.4, 0.2))),
    ),
    "commercial": (
        (0.06, ((12.3, 1.6, 1.5), (17.4, 1.9, 1.0), (9.8, 1.3, 0.45), (20.0, 1.4, 0.35))),
        (0.06, ((12.6, 2.0, 2.05), (16.2, 2.1, 1.6), (19.5, 1.6, 0.5))),
    ),
    "university": (
        (0.16, ((10.3, 1.6, 1.5), (14.3, 1.9, 1.45), (12.4, 1.0, 0.6), (20.0, 2.0, 0.35))),
        (0.16, ((14.0, 3.2, 0.4), (20.0, 2.0, 0.25))),
    ),
    "school": (
        (0.03, ((8.3, 0.9, 1.3), (11.4, 1.5, 1.3), (14.8, 1.3, 1.1))),
        (0.03, ((12.0, 3.0, 0.08),)),
    ),
    "industrial": (
        (0.22, ((7.2, 1.2, 0.8), (11.0, 2.2, 1.0), (15.0, 2.0, 0.9), (22.0, 1.6, 0.2))),
        (0.2, ((11.0, 3.0, 0.25),)),
    ),
    "entertainment": (
        (0.12, ((12.8, 1.2, 0.5), (19.8, 1.6, 1.0), (22.6, 1.6, 0.9))),
        (0.2, ((13.5, 2.0, 0.85), (20.2, 1.9, 1.9), (23.2, 1.8, 2.2))),
    ),
    "transit": (
        (0.08, ((8.1, 0.9, 1.9), (12.5, 2.6, 0.6), (17.8, 1.2, 1.9), (21.0, 1.6, 0.3))),
        (0.08, ((11.5, 2.6, 0.8), (17.0, 2.6, 0.9))),
    ),
    "leisure": (
        (0.03, ((12.6, 1.4, 0.5), (17.8, 1.7, 0.9))),
        (0.03, ((11.5, 2.0, 1.1), (15.6, 2.2, 2.0))),
    ),
}
# What the days differ by beyond weekday and weekend, Monday first.
_DAY_FACTORS: Mapping[str, tuple[float, ...]] = {
    "residential": (1.0, 1.0, 1.0, 1.0, 0.97, 0.98, 1.06),
    "office": (1.02, 1.04, 1.04, 1.0, 0.88, 1.0, 0.7),
    "commercial": (0.93, 0.93, 0.96, 1.0, 1.1, 1.1, 0.9),
    "university": (1.02, 1.04, 1.04, 1.02, 0.84, 1.05, 0.95),
    "school": (1.0, 1.0, 1.0, 1.0, 0.9, 1.0, 1.0),
    "industrial": (1.0, 1.02, 1.02, 1.02, 0.95, 1.3, 0.7),
    "entertainment": (0.8, 0.85, 0.92, 1.05, 1.55, 1.15, 0.8),
    "transit": (1.0, 1.0, 1.0, 1.02, 1.1, 1.0, 0.92),
    "leisure": (0.95, 0.95, 1.0, 1.0, 1.1, 1.0, 1.1),
}


def week(kind: str) -> Week:
    """Hourly activity of a class through the week from Monday 00:00 [168], mean 1.

    Each hour's value is the day's curve in the middle of the hour; what happens after midnight belongs to the evening before,
    so a Friday night reaches into Saturday.
    """
    weekday, weekend = _DAYS[kind]
    hours = np.arange(168) + 0.5
    activity = np.zeros(168)
    for day, factor in enumerate(_DAY_FACTORS[kind]):
        floor, bumps = weekend if day >= 5 else weekday
        away = (hours - 24 * day + 84) % 168 - 84  # hours since this day's midnight, over the week's end
        today = (away >= 0) & (away < 24)
        activity += factor * floor * today
        for hour, width, height in bumps:
            activity += factor * height * np.exp(-0.5 * ((away - hour) / width) ** 2)
    return activity / activity.mean()


def weeks() -> NDArray[np.float64]:
    """All classes [class, 168], in the order of ``CLASSES``."""
    return np.stack([week(kind) for kind in CLASSES])
