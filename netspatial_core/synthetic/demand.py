"""Who asks for how much data where and when, and what a station or a new site would carry of it.

Demand lies at building level: floor space times what its use asks for (GB/h per 1000 m2), and along roads and in parks. A
station carries the demand that is nearer to it than to any other station and within reach. Because demand is known everywhere,
what a new site would carry is known exactly: the truth that no measured data set has.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from netspatial_core.catchment import assign
from netspatial_core.reach import reach_m
from netspatial_core.synthetic.city import City
from netspatial_core.synthetic.fill import tone
from netspatial_core.synthetic.geometry import Points, scatter
from netspatial_core.synthetic.noise import noise_on
from netspatial_core.synthetic.profiles import CLASSES, demand_weeks

# GB/h per 1000 m2 of floor, mean over the week, by building use: shares of the demand classes.
INTENSITY: dict[str, dict[str, float]] = {
    "house": {"residential": 0.125},
    "apartments": {"residential": 0.182},
    "mixed": {"residential": 0.113, "commercial": 0.085, "office": 0.035},
    "office": {"office": 0.367, "commercial": 0.0175},
    "retail": {"commercial": 0.472},
    "supermarket": {"commercial": 0.56},
    "hotel": {"residential": 0.158, "entertainment": 0.14},
    "entertainment": {"entertainment": 0.665, "commercial": 0.07},
    "university": {"university": 0.403},
    "school": {"school": 0.175},
    "industrial": {"industrial": 0.055},
    "farm": {"industrial": 0.01, "residential": 0.01},
    "shops": {"commercial": 0.36, "residential": 0.02},
    "mall": {"commercial": 0.4, "entertainment": 0.06},
    "station": {"transit": 1.4, "commercial": 0.2},
    "hospital": {"office": 0.16, "residential": 0.12},
    "kindergarten": {"school": 0.12},
    "church": {"leisure": 0.02},
    "garage": {},
    "shed": {},
}
ROAD_GBH_PER_KM = {
    "motorway": 1.57, "primary": 0.77, "secondary": 0.42, "street": 0.105, "rail": 0.7, "ramp": 0.175,
    "arterial": 1.5, "avenue": 0.7, "boulevard": 0.9, "lane": 0.12, "expressway": 1.9,
}  # fmt: skip
PARK_GBH_PER_HA = {"park": 0.193, "pitch": 0.28}
ROAD_STEP_M = 60.0
SPREAD = 0.35  # of a building's demand about its use's, as the standard deviation of the logarithm
CHARACTER = 0.28  # weight of the neighbourhood's tone, which also colours its roofs
# The steady share of demand: at the usual density (GB/h per km2), more for each factor e of it, at most. With the noise that few
# people make (``traffic.restlessness``) it is why the coefficient of variation rises from a city's centre to its edge, as
# section 2.2 of the paper says.
STEADY, STEADY_SLOPE, STEADY_MOST, USUAL_DENSITY = 0.14, 0.107, 0.35, 300.0
DENSITY_M, DENSITY_STEP_M = 300.0, 50.0  # standard deviation of the weights around a place; raster of the sum


@dataclass(frozen=True)
class DemandModel:
    """Demand as point masses, in local metres.

    Attributes:
        places: Where [mass, 2].
        load: Mean demand by class [mass, class], GB/h, classes as in ``CLASSES``.
        profiles: Activity through the week [class, 168], mean 1.
    """

    places: Points
    load: NDArray[np.float64]
    profiles: NDArray[np.float64]

    def carried(self, stations: Points, reach: float | None = None) -> NDArray[np.float64]:
        """Mean demand by class that each station carries [station, class], GB/h."""
        served = assign(self.places, stations, reach)
        load = np.zeros((len(stations), len(CLASSES)))
        np.add.at(load, served[served >= 0], self.load[served >= 0])
        return load

    def carried_by_new(self, points: Points, stations: Points, reach: float | None = None) -> NDArray[np.float64]:
        """Mean demand by class that each point would carry if it alone were added to the stations [point, class], GB/h."""
        return self.taken_by_new(points, stations, reach)[0]

    def taken_by_new(
        self, points: Points, stations: Points, reach: float | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """``carried_by_new`` [point, class], and what of it the stations together would lose [point], both GB/h."""
        served = assign(self.places, stations, reach) >= 0
        load = np.hstack([self.load, np.where(served, self.load.sum(axis=1), 0.0)[:, None]])
        radius = reach_m() if reach is None else reach
        limit = np.full(len(self.places), radius)
        if len(stations):
            limit = np.minimum(limit, cKDTree(stations).query(self.places)[0])
        takers = cKDTree(points).query_ball_point(self.places, limit)
        counts = np.array([len(found) for found in takers])
        taken = np.zeros((len(points), load.shape[1]))
        if counts.any():
            np.add.at(taken, np.concatenate([found for found in takers if found]).astype(int), np.repeat(load, counts, axis=0))
        return np.ascontiguousarray(taken[:, :-1]), taken[:, -1]


@dataclass(frozen=True)
class TrueTraffic:
    """What one new station would really do, noise apart, in GB/h.

    Attributes:
        carried: What it would carry through the week [168].
        lost: What each existing station would lose to it [station, 168]; the rest of ``carried`` nobody reached before.
    """

    carried: NDArray[np.float64]
    lost: NDArray[np.float64]


def true_traffic(model: DemandModel, point: Points, stations: Points, reach: float | None = None) -> TrueTraffic:
    """What a new station at a point [2] would carry, and what its neighbours would lose, all in local metres."""
    lost = model.carried(stations, reach) - model.carried(np.vstack([stations, point]), reach)[: len(stations)]
    return TrueTraffic(model.carried_by_new(point[None], stations, reach)[0] @ model.profiles, lost @ model.profiles)


def demand(city: City) -> DemandModel:
    """The demand of a city: buildings at their centroids, roads every 60 m, parks at scattered places."""
    places: list[Points] = []
    loads: list[NDArray[np.float64]] = []
    _buildings(city, places, loads)
    _roads(city, places, loads)
    _parks(city, places, loads)
    where, load = np.concatenate(places), np.concatenate(loads)
    steady = steady_share(density(where, load.sum(axis=1)))[:, None]
    load = np.hstack([load[:, :-1] * (1 - steady), load.sum(axis=1, keepdims=True) * steady])
    return DemandModel(where, load, demand_weeks())


def density(places: Points, load: NDArray[np.float64]) -> NDArray[np.float64]:
    """Demand around each place [place], GB/h per km2, weighted by a Gaussian, as if the city went on beyond its edge.

    Args:
        places: Local metres [place, 2].
        load: Mean demand there [place], GB/h.
    """
    cell = np.floor((places - places.min(axis=0)) / DENSITY_STEP_M).astype(np.int64)
    raster = np.zeros(cell.max(axis=0) + 1)
    np.add.at(raster, tuple(cell.T), load)
    spread = DENSITY_M / DENSITY_STEP_M
    known = gaussian_filter(np.ones_like(raster), spread, mode="constant")
    around = gaussian_filter(raster, spread, mode="constant") / known / (DENSITY_STEP_M / 1000) ** 2
    return np.asarray(around[tuple(cell.T)])


def steady_share(dense: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the demand that is the same at every hour [same shape], from the density of demand, GB/h per km2."""
    return np.clip(STEADY + STEADY_SLOPE * np.log(np.maximum(dense, 1e-9) / USUAL_DENSITY), 0, STEADY_MOST)


def _row(shares: dict[str, float]) -> NDArray[np.float64]:
    return np.array([shares.get(kind, 0.0) for kind in CLASSES])


def _buildings(city: City, places: list[Points], loads: list[NDArray[np.float64]]) -> None:
    rng = np.random.default_rng([city.seed, 21])
    if not city.buildings:
        return
    centres = np.array([building.centre for building in city.buildings])
    floor = np.array([building.floor_m2 for building in city.buildings]) / 1000
    rows = {use: _row(shares) for use, shares in INTENSITY.items()}
    shares = np.array([rows[building.use] for building in city.buildings])
    character = tone(city.terrain, *centres.T)
    level = CHARACTER * character + rng.normal(0, SPREAD, len(centres)) - SPREAD**2 / 2
    places.append(centres)
    loads.append(shares * (floor * np.exp(level))[:, None])


def _roads(city: City, places: list[Points], loads: list[NDArray[np.float64]]) -> None:
    transit = _row({"transit": 1.0})
    for road in city.roads:
        per_km = ROAD_GBH_PER_KM.get(road.kind, 0.0)
        if not per_km:
            continue
        count = max(1, round(road.line.length / ROAD_STEP_M))
        at = (np.arange(count) + 0.5) / count
        points = shapely.get_coordinates(shapely.line_interpolate_point(road.line, at, normalized=True))
        busy = np.exp(0.6 * noise_on(points, 700, city.seed + 22))
        places.append(points)
        loads.append(np.outer(busy * per_km * road.line.length / 1000 / count, transit))


def _parks(city: City, places: list[Points], loads: list[NDArray[np.float64]]) -> None:
    rng, leisure = np.random.default_rng([city.seed, 23]), _row({"leisure": 1.0})
    for area in city.areas:
        per_ha = PARK_GBH_PER_HA.get(area.kind, 0.0)
        if not per_ha:
            continue
        points = scatter(area.polygon, max(1.0, area.polygon.area / 2500), rng)
        if len(points):
            places.append(points)
            loads.append(np.outer(np.full(len(points), per_ha * area.polygon.area / 1e4 / len(points)), leisure))


def expected_traffic(model: DemandModel, points: Points, stations: Points, reach: float | None = None) -> NDArray[np.float64]:
    """Noise-free traffic a new site at each point would carry [point, 168], GB/h: each added alone to the stations."""
    return model.carried_by_new(points, stations, reach) @ model.profiles
