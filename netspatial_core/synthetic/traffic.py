"""Weeks of hourly traffic at stations: the demand of their catchments, with what makes real traffic differ from it.

Every factor has mean one, so that the mean over many months is the expected traffic.
"""

import numpy as np
from numpy.typing import NDArray

from netspatial_core.synthetic.city import City
from netspatial_core.synthetic.demand import DemandModel
from netspatial_core.synthetic.geometry import Points
from netspatial_core.synthetic.profiles import CLASSES

STATION_SIGMA = 0.12  # what buildings do not explain
WEEK_SIGMA = 0.03  # of each step of the weekly drift
DAY_SIGMA = (0.035, 0.05)  # weather and the like, shared by the city; the station's own
HOUR_SIGMA = (0.12, 0.14)  # of a busy station; added at no load
HOUR_SCALE_GBH = 20.0
HOUR_RHO = 0.6
OUTAGE = (0.00025, 0.08)  # chance an hour that one begins (two to six hours); what is left
EVENT_CHANCE = (0.06, 0.06, 0.08, 0.1, 0.3, 0.4, 0.15)  # of a venue, Monday first
EVENT_REACH_M = 520.0
EVENT_HOURS = (19, 23)
EVENT_BOOST = 2.2  # times the visitors' share of the load
VISITED = ("entertainment", "university")


def station_traffic(
    city: City, model: DemandModel, stations: Points, *, seed: int, weeks: int = 4, reach: float | None = None
) -> NDArray[np.float32]:
    """Hourly traffic of stations from a Monday 00:00 [station, weeks * 168], GB/h.

    Args:
        city: Where they stand.
        model: Its demand.
        stations: Local metres [station, 2].
        seed: Of everything random; the same city and stations in another month have another seed.
        weeks: Number of weeks.
        reach: Radius that clips a catchment, metres; by default the one reach function's.
    """
    rng = np.random.default_rng([city.seed, seed, 31])
    load = model.carried(stations, reach)
    expected = np.tile(load @ model.profiles, weeks)
    count, hours = expected.shape
    days = hours // 24
    level = _lognormal(rng.normal(size=(count, 1)), STATION_SIGMA)
    steps = rng.normal(0, WEEK_SIGMA, (count, weeks))
    drift = _lognormal(np.cumsum(steps, axis=1) / WEEK_SIGMA, WEEK_SIGMA, np.sqrt(np.arange(1, weeks + 1)))
    daily = _lognormal(rng.normal(size=(1, days)), DAY_SIGMA[0]) * _lognormal(rng.normal(size=(count, days)), DAY_SIGMA[1])
    noise = _hourly(rng, expected)
    events = _events(rng, city, load, stations, days)
    outage = _outages(rng, count, hours)
    traffic = expected * level * np.repeat(drift, 168, axis=1) * np.repeat(daily, 24, axis=1) * noise * events * outage
    return traffic.astype(np.float32)


def _lognormal(
    z: NDArray[np.float64], sigma: float | NDArray[np.float64], scale: float | NDArray[np.float64] = 1.0
) -> NDArray[np.float64]:
    """``exp(sigma z)`` over its mean, where z has the standard deviation ``scale``."""
    return np.exp(sigma * z - (sigma * scale) ** 2 / 2)


def _hourly(rng: np.random.Generator, expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """AR(1) noise whose relative size falls with the load [station, hour]."""
    count, hours = expected.shape
    z = np.empty((count, hours))
    z[:, 0] = rng.normal(size=count)
    shocks = rng.normal(size=(count, hours)) * np.sqrt(1 - HOUR_RHO**2)
    for hour in range(1, hours):
        z[:, hour] = HOUR_RHO * z[:, hour - 1] + shocks[:, hour]
    return _lognormal(z, HOUR_SIGMA[0] + HOUR_SIGMA[1] * np.exp(-expected / HOUR_SCALE_GBH))


def _events(rng: np.random.Generator, city: City, load: NDArray[np.float64], stations: Points, days: int) -> NDArray[np.float64]:
    """Concerts and matches: evenings when the visitors near a venue ask for more [station, hour]."""
    factor = np.ones((len(stations), days * 24))
    visitors = load[:, [CLASSES.index(kind) for kind in VISITED]].sum(axis=1) / np.maximum(load.sum(axis=1), 1e-9)
    chance = np.array([EVENT_CHANCE[day % 7] for day in range(days)])
    for disc in city.terrain.discs:
        if disc.zone not in VISITED:
            continue
        held = rng.random(days) < chance
        size = rng.lognormal(-0.08, 0.4, days)  # mean one
        near = np.exp(-0.5 * (np.hypot(*(stations - disc.centre).T) / (EVENT_REACH_M / 2)) ** 2)
        boost = EVENT_BOOST * visitors * near
        tonight = (1 + boost[:, None] * (held * size)) / (1 + boost[:, None] * chance)
        for hour in range(*EVENT_HOURS):
            factor[:, hour::24] *= tonight
    return factor


def _outages(rng: np.random.Generator, count: int, hours: int) -> NDArray[np.float64]:
    """Rare hours when next to nothing is carried [station, hour]."""
    chance, left = OUTAGE
    factor = np.ones((count, hours))
    for station, hour in np.argwhere(rng.random((count, hours)) < chance):
        factor[station, hour : hour + rng.integers(2, 7)] = left
    return factor / (1 - chance * 4 * (1 - left))  # four hours on average
