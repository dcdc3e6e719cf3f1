"""Points of interest: what is inside the buildings, with OSM tags, invented names, and addresses on invented streets."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import shapely
from shapely.geometry import Polygon

from netspatial_core.synthetic.canvas import Building
from netspatial_core.synthetic.city import City
from netspatial_core.synthetic.geometry import Points, Rng, along, scatter, unit
from netspatial_core.synthetic.names import place_name, street_name
from netspatial_core.synthetic.zones import urbanity

NUMBER_STEP_M = 9.0  # frontage of a house number
NAMED_ROADS = ("primary", "secondary", "street", "alley", "track", "arterial", "avenue", "boulevard", "lane")


class Kind(NamedTuple):
    """One kind of place that a building of some use may hold.

    Attributes:
        key: OSM key.
        value: OSM value.
        name: Pattern of its name.
        share: Mean number a building.
        per_1000: Mean number per 1000 m2 of floor, at most of two storeys.
    """

    key: str
    value: str
    name: str
    share: float = 0.0
    per_1000: float = 0.0


PLACES: dict[str, tuple[Kind, ...]] = {
    "mixed": (
        Kind("amenity", "restaurant", "Restaurant {}", 0.10), Kind("amenity", "cafe", "{} Cafe", 0.07),
        Kind("shop", "hairdresser", "Salon {}", 0.05), Kind("shop", "bakery", "{} Bakery", 0.04),
        Kind("amenity", "pharmacy", "{} Pharmacy", 0.02), Kind("shop", "convenience", "{} Market", 0.05),
        Kind("shop", "clothes", "{} Fashion", 0.08), Kind("amenity", "bank", "Bank of {}", 0.015),
        Kind("amenity", "dentist", "{} Dental Practice", 0.03), Kind("shop", "supermarket", "Super {}", 0.012),
        Kind("office", "lawyer", "{} & Partners", 0.02), Kind("amenity", "place_of_worship", "St. {}", 0.003),
        Kind("amenity", "kindergarten", "{} Kindergarten", 0.006), Kind("amenity", "post_office", "{} Post Office", 0.003),
    ),
    "retail": (
        Kind("shop", "clothes", "{} Fashion", per_1000=0.35), Kind("shop", "shoes", "{} Shoes", per_1000=0.2),
        Kind("shop", "electronics", "{} Electronics", per_1000=0.12), Kind("shop", "furniture", "{} Home", per_1000=0.08),
        Kind("amenity", "bank", "Bank of {}", 0.1), Kind("amenity", "cafe", "{} Cafe", 0.15),
        Kind("amenity", "fast_food", "{} Grill", 0.1), Kind("shop", "supermarket", "Super {}", 0.05),
    ),
    "entertainment": (
        Kind("amenity", "bar", "Bar {}", 0.3), Kind("amenity", "restaurant", "Restaurant {}", 0.35),
        Kind("amenity", "pub", "The {} Inn", 0.12), Kind("amenity", "nightclub", "Club {}", 0.05),
        Kind("amenity", "cinema", "{} Cinema", 0.02), Kind("amenity", "theatre", "{} Theatre", 0.012),
        Kind("tourism", "museum", "{} Museum", 0.012),
    ),
    "office": (
        Kind("office", "company", "{} Ltd", per_1000=0.22), Kind("office", "government", "Office of {}", 0.03),
        Kind("office", "it", "{} Systems", 0.12), Kind("amenity", "cafe", "{} Cafe", 0.12),
        Kind("amenity", "clinic", "{} Clinic", 0.012),
    ),
    "hotel": (Kind("tourism", "hotel", "Hotel {}", 1.0), Kind("amenity", "restaurant", "Restaurant {}", 0.4)),
    "apartments": (
        Kind("shop", "convenience", "{} Market", 0.03), Kind("amenity", "kindergarten", "{} Kindergarten", 0.02),
        Kind("amenity", "doctors", "Dr. {}", 0.016), Kind("shop", "hairdresser", "Salon {}", 0.012),
    ),
    "house": (
        Kind("amenity", "doctors", "Dr. {}", 0.004), Kind("amenity", "place_of_worship", "St. {}", 0.0025),
        Kind("amenity", "kindergarten", "{} Kindergarten", 0.003),
    ),
    "supermarket": (Kind("shop", "supermarket", "Super {}", 1.0), Kind("amenity", "fuel", "{} Fuel", 0.25)),
    "industrial": (
        Kind("man_made", "works", "{} Works", 0.14), Kind("shop", "car_repair", "{} Garage", 0.12),
        Kind("office", "logistics", "{} Logistics", 0.1), Kind("industrial", "warehouse", "{} Depot", 0.1),
    ),
    "university": (
        Kind("amenity", "university", "{} Faculty", 0.5), Kind("amenity", "library", "{} Library", 0.06),
        Kind("amenity", "cafe", "{} Cafe", 0.08), Kind("office", "research", "{} Institute", 0.15),
    ),
    "school": (Kind("amenity", "school", "{} School", 0.4),),
    "shops": (
        Kind("shop", "convenience", "{} Market", per_1000=0.28), Kind("amenity", "restaurant", "Restaurant {}", per_1000=0.6),
        Kind("amenity", "fast_food", "{} Snacks", per_1000=0.32), Kind("shop", "greengrocer", "{} Greens", per_1000=0.16),
        Kind("shop", "hairdresser", "Salon {}", per_1000=0.2), Kind("amenity", "pharmacy", "{} Pharmacy", per_1000=0.12),
        Kind("shop", "estate_agent", "{} Homes", per_1000=0.12), Kind("shop", "supermarket", "Super {}", 0.06),
        Kind("amenity", "bank", "Bank of {}", per_1000=0.05), Kind("amenity", "clinic", "{} Clinic", per_1000=0.05),
        Kind("shop", "laundry", "{} Laundry", per_1000=0.06), Kind("shop", "tea", "{} Tea", per_1000=0.05),
    ),
    "mall": (
        Kind("shop", "mall", "{} Plaza", 1.0), Kind("shop", "supermarket", "Super {}", 0.7),
        Kind("shop", "clothes", "{} Fashion", per_1000=0.45), Kind("shop", "shoes", "{} Shoes", per_1000=0.15),
        Kind("amenity", "restaurant", "Restaurant {}", per_1000=0.3), Kind("amenity", "cafe", "{} Cafe", per_1000=0.12),
        Kind("amenity", "cinema", "{} Cinema", 0.6), Kind("shop", "electronics", "{} Electronics", per_1000=0.08),
    ),
    "station": (
        Kind("railway", "station", "{} Station", 1.0), Kind("amenity", "fast_food", "{} Snacks", 0.9),
        Kind("amenity", "cafe", "{} Cafe", 0.8),
        Kind("shop", "convenience", "{} Market", 0.9),
    ),
    "hospital": (Kind("amenity", "hospital", "{} Hospital", 0.34), Kind("amenity", "pharmacy", "{} Pharmacy", 0.2)),
    "kindergarten": (Kind("amenity", "kindergarten", "{} Kindergarten", 1.0),),
    "church": (Kind("amenity", "place_of_worship", "St. {}", 1.0),),
    "farm": (Kind("shop", "farm", "{} Farm", 0.3),),
}  # fmt: skip
GREEN = {"park": ("leisure", "park", "{} Park", 2500.0), "pitch": ("leisure", "pitch", "{} Ground", 1000.0)}
CAR_PARK_M2 = 1800.0  # smaller ones are not mapped
METRO_GAP_M = 620.0  # between crossings of main roads that have a metro station
BUS_GAP_M = 380.0
BUS_ROADS = ("arterial", "avenue", "boulevard", "primary", "secondary")


@dataclass(frozen=True)
class Poi:
    """A point of interest.

    Attributes:
        place: Local metres [2].
        tags: OSM tags.
        building: Index of the building it is in, -1 outdoors.
    """

    place: Points
    tags: dict[str, str]
    building: int


class Addresses:
    """Names of the roads, and the address of a place: its nearest named road and a number along it."""

    def __init__(self, city: City) -> None:
        self.roads = [road for road in city.roads if road.kind in NAMED_ROADS]
        rng = np.random.default_rng([city.seed, 13])
        self.names = [street_name(city.style, road.kind, rng) for road in self.roads]

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree([road.line for road in self.roads])

    def of(self, place: Points) -> dict[str, str]:
        """``addr:street`` and ``addr:housenumber``; even numbers stand on the right of the road. Empty without roads."""
        if not self.roads:
            return {}
        index = int(self._tree.nearest(shapely.Point(place)))
        line = self.roads[index].line
        distance = line.project(shapely.Point(place))
        here, ahead = (np.array(line.interpolate(distance + d).coords[0]) for d in (-1.0, 1.0))
        way, off = ahead - here, place - here
        right = bool(way[0] * off[1] - way[1] * off[0] > 0)  # y runs to the south
        number = 2 * int(distance / NUMBER_STEP_M) + (2 if right else 1)
        return {**self.names[index], "addr:housenumber": str(number)}


def pois(city: City) -> list[Poi]:
    """The points of interest of a city: inside buildings by their use, and parks, pitches and large car parks."""
    rng, addresses = np.random.default_rng([city.seed, 12]), Addresses(city)
    found: list[Poi] = []
    for index, building in enumerate(city.buildings):
        for kind in PLACES.get(building.use, ()):
            for place in _inside(building, kind, rng):
                name = place_name(city.style, kind.value, kind.name, rng)
                found.append(Poi(place, {kind.key: kind.value, **name, **addresses.of(place)}, index))
    for area in city.areas:
        place = np.array(area.polygon.representative_point().coords[0])
        if area.kind in GREEN and area.polygon.area > GREEN[area.kind][3]:
            key, value, pattern, _ = GREEN[area.kind]
            found.append(Poi(place, {key: value, **place_name(city.style, value, pattern, rng)}, -1))
        elif area.kind == "car_park" and area.polygon.area > CAR_PARK_M2:
            found.append(Poi(place, {"amenity": "parking", **addresses.of(place)}, -1))
    return found if city.style.plan == "districts" else found + _stops(city, rng)


def _stops(city: City, rng: Rng) -> list[Poi]:
    """Metro entrances at crossings of main roads in the built-up area, bus stops along main roads."""
    main = [road for road in city.roads if road.kind in BUS_ROADS]
    found: list[Poi] = []
    crossings: list[Points] = []
    tree = shapely.STRtree([road.line for road in main])
    for a, b in tree.query([road.line for road in main], predicate="intersects").T:
        for place in shapely.get_coordinates(main[a].line.intersection(main[b].line)) if a < b else []:
            built = urbanity(city.terrain, *place) > (0.1 if city.style.plan == "superblocks" else 0.35)
            if built and all(np.hypot(*(place - other)) > METRO_GAP_M for other in crossings):
                crossings.append(place)
    for place in crossings:
        name = place_name(city.style, "subway_entrance", "{} Metro", rng)
        corners = [place + unit(np.pi / 4 + k * np.pi / 2) * rng.uniform(24, 32) for k in range(int(rng.integers(2, 5)))]
        found += [Poi(corner, {"railway": "subway_entrance", **name}, -1) for corner in corners]
    for road in main:
        side = road.built.width / 2 + 1.5
        for place, turn in zip(*along(road.line, BUS_GAP_M, rng, 0.2), strict=True):
            if urbanity(city.terrain, *place) > 0 and not city.terrain.water.contains(shapely.Point(place)):
                stop = place + unit(turn + np.pi / 2) * side
                found.append(Poi(stop, {"highway": "bus_stop", **place_name(city.style, "bus_stop", "{} Stop", rng)}, -1))
    return found


def _inside(building: Building, kind: Kind, rng: Rng) -> Points:
    """Places of a kind in a building [place, 2]; shops fill two storeys at most."""
    floor = min(building.floor_m2, 2 * building.area) / 1000
    count = int(rng.poisson(kind.per_1000 * floor)) if kind.per_1000 else int(rng.random() < kind.share)
    if count == 0:
        return np.zeros((0, 2))
    footprint = Polygon(building.ring)
    inner = footprint.buffer(-1)
    return scatter(footprint if inner.is_empty else inner, min(count, 9), rng)
