"""Weeks of hourly traffic at stations: the demand of their catchments, with what makes real traffic differ from it.

Every factor has mean one, so that the mean over many months is the expected traffic; only the rare public holiday, when offices
rest, has nothing that makes up for it (0.2 % of an office's load).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from netspatial_core.synthetic.city import City
from netspatial_core.synthetic.demand import DemandModel
from netspatial_core.synthetic.geometry import Points
from netspatial_core.synthetic.profiles import CLASSES

STATION_SIGMA = 0.23  # what buildings do not explain
TILT_SIGMA = 0.1  # how much later than its classes a station's people stay up
WEEK_SIGMA, WEEK_COMMON = 0.02, 0.25  # of each step of the weekly drift; share that the whole city has in common
DAY_SIGMA = 0.01  # of a station's day
# Hourly noise: its size, how that differs between stations, and its parts: (share of the variance, correlation from hour to hour,
# share that the whole city has in common).
NOISE_SIGMA, NOISE_SPREAD = 0.166, 0.14
# The fewer people a station carries, the more each of them shows: noise goes with a power of the mean load. Among the train
# places of the two UoMo cities what is left after the daily template goes with the level to the power of about -0.35.
NOISE_POWER, TYPICAL_GBH, NOISE_RANGE = -0.31, 25.0, (0.5, 3.0)
NOISE_PARTS = ((0.12, 0.0, 0.1), (0.50, 0.3, 0.1), (0.38, 0.989, 0.1))
RAIN_CHANCE = 0.3
RAIN = {"leisure": 0.6, "entertainment": 0.93, "commercial": 0.95, "transit": 0.97, "residential": 1.05}  # factors of a rainy day
HOLIDAY_CHANCE = 0.25  # of a month that one of its weekdays is a public holiday, which goes like a Sunday
OUTAGE = (0.00025, 0.08)  # chance an hour that one begins (two to six hours); what is left
EVENT_CHANCE = (0.06, 0.06, 0.08, 0.1, 0.3, 0.4, 0.15)  # of a venue, Monday first
EVENT_REACH_M = 520.0
EVENT_HOURS = (19, 23)
EVENT_BOOST = 2.2  # times the visitors' share of the load
VISITED = ("entertainment", "university")
_HOUR = np.arange(24) + 0.5
EVENING = np.exp(-0.5 * ((_HOUR - 21.5) / 2.2) ** 2) - np.exp(-0.5 * ((_HOUR - 12.5) / 1.2) ** 2)


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
    expected = _asked(rng, load, model.profiles, weeks)
    count, hours = expected.shape
    days = hours // 24
    level = _lognormal(rng.normal(size=(count, 1)), STATION_SIGMA)
    tilt = _lognormal(rng.normal(size=(count, 1)), TILT_SIGMA * np.tile(EVENING, days))
    steps = WEEK_SIGMA * _partly_common(rng, (count, weeks), WEEK_COMMON)
    drift = _lognormal(np.cumsum(steps, axis=1) / WEEK_SIGMA, WEEK_SIGMA, np.sqrt(np.arange(1, weeks + 1)))
    daily = _lognormal(rng.normal(size=(count, days)), DAY_SIGMA)
    noise = _hourly(rng, restlessness(load.sum(axis=1)), hours)
    events = _events(rng, city, load, stations, days)
    outage = _outages(rng, count, hours)
    traffic = expected * level * tilt * np.repeat(drift, 168, axis=1) * np.repeat(daily, 24, axis=1) * noise * events * outage
    return traffic.astype(np.float32)


def _lognormal(
    z: NDArray[np.float64], sigma: float | NDArray[np.float64], scale: float | NDArray[np.float64] = 1.0
) -> NDArray[np.float64]:
    """``exp(sigma z)`` over its mean, where z has the standard deviation ``scale``."""
    return np.exp(sigma * z - (sigma * scale) ** 2 / 2)


def _asked(rng: np.random.Generator, load: NDArray[np.float64], profiles: NDArray[np.float64], weeks: int) -> NDArray[np.float64]:
    """What the classes ask for in this month of weather and holidays [station, hour]; rain leaves the mean as it is."""
    days = profiles.reshape(len(CLASSES), 7, 24)
    calendar = np.arange(7 * weeks) % 7
    if rng.random() < HOLIDAY_CHANCE:
        calendar[rng.choice(np.flatnonzero(calendar < 5))] = 6
    wet = np.array([RAIN.get(kind, 1.0) for kind in CLASSES])
    usual = 1 + RAIN_CHANCE * (wet - 1)
    rain = np.where(rng.random(7 * weeks) < RAIN_CHANCE, wet[:, None], 1.0) / usual[:, None]
    asked = days[:, calendar] * rain[:, :, None]
    return np.asarray(load @ asked.reshape(len(CLASSES), -1))


def restlessness(load: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much larger the noise of stations is [station] than at ``TYPICAL_GBH``, from their mean loads [station], GB/h."""
    low, high = NOISE_RANGE
    share = np.maximum(load, 1e-3) / TYPICAL_GBH
    return np.asarray(np.clip(share**NOISE_POWER, low, high))


def _hourly(rng: np.random.Generator, restless: NDArray[np.float64], hours: int) -> NDArray[np.float64]:
    """Noise of stations that is partly new every hour, partly of the last hours, partly of the last days [station, hour].

    Args:
        rng: Source of it.
        restless: ``restlessness`` [station].
        hours: How many.
    """
    count = len(restless)
    z = np.zeros((count, hours))
    for share, rho, common in NOISE_PARTS:
        shocks = _partly_common(rng, (count, hours), common)
        shocks[:, 1:] *= np.sqrt(1 - rho**2)
        z += np.sqrt(share) * lfilter([1.0], [1.0, -rho], shocks, axis=1)
    nature = _lognormal(rng.normal(size=(count, 1)), NOISE_SPREAD)
    return _lognormal(z, NOISE_SIGMA * restless[:, None] * nature)


def _partly_common(rng: np.random.Generator, shape: tuple[int, int], share: float) -> NDArray[np.float64]:
    """Standard normal numbers [station, time], of whose variance a share is the same at all stations."""
    return np.asarray(np.sqrt(1 - share) * rng.normal(size=shape) + np.sqrt(share) * rng.normal(size=shape[1]))


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
