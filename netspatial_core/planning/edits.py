"""Changes to a scenario, one at a time; each gives a new scenario and leaves the old one for undo."""

import math
from collections.abc import Collection, Iterable, Mapping, Sized
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Literal

from shapely.geometry.base import BaseGeometry

from netspatial_core.errors import InputError
from netspatial_core.planning.development import Development
from netspatial_core.planning.scenario import MOST, Poi, Scenario, Site
from netspatial_core.sources.pois import PoiSet

Part = Literal["site", "added", "group", "poi", "zone", "off"]
APART_M = 12.0  # between POIs that are added together
GROUP_M = 100.0  # within which POIs of one kind are one group
METRES_PER_DEGREE = 111_320.0

NEW_POIS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "Supermarket": {"shop": "supermarket"},
        "Shopping mall": {"shop": "mall"},
        "Restaurant": {"amenity": "restaurant"},
        "Café": {"amenity": "cafe"},
        "Office": {"office": "company"},
        "School": {"amenity": "school"},
        "University": {"amenity": "university"},
        "Hospital": {"amenity": "hospital"},
        "Hotel": {"tourism": "hotel"},
        "Cinema": {"amenity": "cinema"},
        "Nightclub": {"amenity": "nightclub"},
        "Sports centre": {"leisure": "sports_centre"},
        "Railway station": {"railway": "station"},
        "Bus stop": {"highway": "bus_stop"},
        "Factory": {"man_made": "works"},
    }
)
"""POIs that can be added by name, with their OSM tags."""


def place(scenario: Scenario, lon: float, lat: float, taken: Collection[str]) -> Scenario:
    """With one more site, under the first free name.

    Raises:
        InputError: There are too many.
    """
    _room("sites", len(scenario.sites) + 1)
    names = {*taken, *(site.name for site in scenario.sites)}
    name = next(f"New {i}" for i in range(1, len(names) + 2) if f"New {i}" not in names)
    return replace(scenario, sites=(*scenario.sites, Site(name, round(lon, 6), round(lat, 6))))


def toggle(scenario: Scenario, index: int) -> Scenario:
    """With a site switched on or off."""
    site = scenario.sites[_at(scenario.sites, index)]
    return replace(scenario, sites=_put(scenario.sites, index, replace(site, on=not site.on)))


def switch(scenario: Scenario, station: str, stations: Collection[str]) -> Scenario:
    """With an existing station switched off, or on again.

    Raises:
        InputError: There is no such station.
    """
    if station not in stations:
        raise InputError("No station was named.", "Choose one of the study area.")
    if station in scenario.off:
        return replace(scenario, off=tuple(name for name in scenario.off if name != station))
    _room("off", len(scenario.off) + 1)
    return replace(scenario, off=(*scenario.off, station))


def add(scenario: Scenario, kind: str, count: int, lon: float, lat: float) -> Scenario:
    """With POIs of a kind around a place, a few metres apart.

    Raises:
        InputError: There is no such kind, or there are too many.
    """
    if kind not in NEW_POIS:
        raise InputError("No kind of place was named.", f"Choose one of: {', '.join(NEW_POIS)}.")
    _room("added", len(scenario.added) + count)
    tags = tuple(sorted(NEW_POIS[kind].items()))
    new = []
    for k in range(count):
        radius, angle = APART_M * math.sqrt(k), k * math.pi * (3 - math.sqrt(5))
        north, east = radius * math.sin(angle), radius * math.cos(angle)
        shift = east / METRES_PER_DEGREE / math.cos(math.radians(lat))
        new.append(Poi(round(lon + shift, 6), round(lat + north / METRES_PER_DEGREE, 6), tags))
    return replace(scenario, added=(*scenario.added, *new))


def groups(scenario: Scenario) -> list[range]:
    """The added POIs by what was added together: neighbours in the list of one kind that stand near each other."""
    out: list[range] = []
    for i, poi in enumerate(scenario.added):
        last = scenario.added[out[-1].start] if out else None
        if last is not None and last.tags == poi.tags and _apart(last, poi) <= GROUP_M:
            out[-1] = range(out[-1].start, i + 1)
        else:
            out.append(range(i, i + 1))
    return out


def remove(scenario: Scenario, indices: Iterable[int]) -> Scenario:
    """Without some of the POIs that are there.

    Raises:
        InputError: There are too many.
    """
    gone = tuple(sorted({*scenario.removed, *indices}))
    _room("removed", len(gone))
    return replace(scenario, removed=gone)


def build(scenario: Scenario, geometry: BaseGeometry, like: str) -> Scenario:
    """With one more building zone, under the first free name.

    Raises:
        InputError: There are too many.
    """
    _room("developments", len(scenario.developments) + 1)
    names = {zone.name for zone in scenario.developments}
    name = next(f"Zone {i}" for i in range(1, len(names) + 2) if f"Zone {i}" not in names)
    return replace(scenario, developments=(*scenario.developments, Development(name, geometry, like)))


def move(scenario: Scenario, part: Part, index: int, lon: float, lat: float, pois: PoiSet) -> Scenario:
    """With a site or a POI somewhere else; an existing POI is taken away and added again.

    Raises:
        InputError: There is no such thing to move.
    """
    lon, lat = round(lon, 6), round(lat, 6)
    if part == "site":
        return replace(
            scenario, sites=_put(scenario.sites, index, replace(scenario.sites[_at(scenario.sites, index)], lon=lon, lat=lat))
        )
    if part == "added":
        moved = replace(scenario.added[_at(scenario.added, index)], lon=lon, lat=lat)
        return replace(scenario, added=_put(scenario.added, index, moved))
    if part == "group":
        group = _group(scenario, index)
        first = scenario.added[group.start]
        east, north = lon - first.lon, lat - first.lat
        several = scenario.added[group.start : group.stop]
        shifted = [replace(one, lon=round(one.lon + east, 6), lat=round(one.lat + north, 6)) for one in several]
        return replace(scenario, added=(*scenario.added[: group.start], *shifted, *scenario.added[group.stop :]))
    if part == "poi":
        tags = tuple(sorted(pois.tags[_at(pois.tags, index)].items()))
        _room("added", len(scenario.added) + 1)
        return replace(remove(scenario, [index]), added=(*scenario.added, Poi(lon, lat, tags)))
    raise InputError("That cannot be moved.", "Move a site or a POI.")


def drop(scenario: Scenario, part: Part, index: int, pois: PoiSet) -> Scenario:
    """Without one change; of an existing POI: without the POI, or with it again where it was taken away.

    Raises:
        InputError: There is no such change.
    """
    if part == "poi":
        _at(pois.tags, index)
        if index in scenario.removed:
            return replace(scenario, removed=tuple(i for i in scenario.removed if i != index))
        return remove(scenario, [index])
    if part == "group":
        group = _group(scenario, index)
        return replace(scenario, added=(*scenario.added[: group.start], *scenario.added[group.stop :]))
    name = {"site": "sites", "added": "added", "zone": "developments", "off": "off"}.get(part)
    if name is None:
        raise InputError("That cannot be taken back.", "Choose a change of the list.")
    parts = getattr(scenario, name)
    _at(parts, index)
    fewer: dict[str, Any] = {name: (*parts[:index], *parts[index + 1 :])}
    return replace(scenario, **fewer)


def _group(scenario: Scenario, index: int) -> range:
    _at(scenario.added, index)
    return next(group for group in groups(scenario) if index in group)


def _apart(one: Poi, other: Poi) -> float:
    east = (one.lon - other.lon) * math.cos(math.radians(one.lat))
    return METRES_PER_DEGREE * math.hypot(east, one.lat - other.lat)


def _room(part: str, count: int) -> None:
    if count > MOST[part]:
        raise InputError(f"That would be {count} {part}.", f"Keep to {MOST[part]}.")


def _at(parts: Sized, index: int) -> int:
    if not 0 <= index < len(parts):
        raise InputError("That is not there any more.", "Choose one of the list.")
    return index


def _put(parts: tuple[Any, ...], index: int, new: Any) -> tuple[Any, ...]:
    return (*parts[:index], new, *parts[index + 1 :])
