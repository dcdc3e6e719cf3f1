"""When each kind of place is busy: one week of hourly activity a class, mean 1.

Shapes follow section 2.2 and figure 3 of the paper (arXiv 2603.13839): offices peak on weekday mornings and afternoons, commerce
at noon and more at weekends, housing in the evening of every day, entertainment late and at weekends.

What a site carries is far less pointed than what a use alone would ask for: people pass, wait and live everywhere. So a class's
demand is mostly a day that all places share, and its own week is what remains (``synth-report`` compares the sum with measured
traffic). And where a city is dense, something is always going on: a part of every use's demand there is steady.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Week = NDArray[np.float64]

CLASSES = (
    "residential",
    "office",
    "commercial",
    "university",
    "school",
    "industrial",
    "entertainment",
    "transit",
    "leisure",
    "steady",
)
# The day that all places share, hour by hour: the mean day of the train places of two measured cities (UoMo, KDD 2025).
COMMON_DAY = (
    0.80, 0.52, 0.36, 0.26, 0.21, 0.25, 0.41, 0.72, 0.98, 1.00, 1.08, 1.16, 1.28, 1.18, 1.13, 1.22, 1.27, 1.29, 1.40, 1.50, 1.62,
    1.64, 1.48, 1.18,
)  # fmt: skip
COMMON = 0.64  # its share of every class's demand but the steady
SHARP = (
    1.15  # stretch of a class's week about its mean, to make up for the steady part; demand must stay above 0 (a test holds it)
)
CALM = 0.49  # share of the differences between the days of a class's own week that goes when its people mix with others
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
    "steady": ((1.0, ()), (1.0, ())),
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
    "steady": (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
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


def demand_weeks() -> NDArray[np.float64]:
    """What the classes ask for [class, 168], mean 1, in the order of ``CLASSES``: the common day and each one's own week.

    The steady class alone asks for the same at every hour.
    """
    own = np.stack([week(kind) for kind in CLASSES]).reshape(-1, 7, 24)
    usual = own.mean(axis=1, keepdims=True)
    own = usual + (1 - CALM) * (own - usual)
    mixed = COMMON * np.array(COMMON_DAY) / np.mean(COMMON_DAY) + (1 - COMMON) * own
    asked = 1 + SHARP * (mixed.reshape(len(CLASSES), 168) - 1)
    asked[CLASSES.index("steady")] = 1.0
    return np.asarray(asked)
