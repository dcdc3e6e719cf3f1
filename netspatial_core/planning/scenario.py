"""What a planner supposes to be otherwise: sites placed, stations switched off, POIs changed, ground built on."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape

from netspatial_core.area import StudyArea, check_point
from netspatial_core.errors import InputError
from netspatial_core.planning.development import Development, built_picture, built_pois, lifted
from netspatial_core.planning.zones import sound_polygon
from netspatial_core.sources.files import plain_file
from netspatial_core.sources.pois import PoiSet
from netspatial_core.sources.scene import Scene
from netspatial_core.sources.stations import Stations
from netspatial_core.sources.tags import clean_tags, is_poi
from netspatial_core.sources.text import clean_text

NAME = 40  # characters of a name
BYTES = 400_000  # of a scenario's file
MOST = {"sites": 50, "off": 500, "added": 200, "removed": 2000, "developments": 10}


@dataclass(frozen=True)
class Site:
    """A hypothetical station; one that is not on is remembered, no more."""

    name: str
    lon: float
    lat: float
    on: bool = True


@dataclass(frozen=True)
class Poi:
    """A POI that is not there yet, with its OSM tags as sorted pairs."""

    lon: float
    lat: float
    tags: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Scenario:
    """Changes to a study area; without any it is the area as it is.

    Attributes:
        name: What the planner calls it.
        sites: Hypothetical stations.
        off: Ids of existing stations that are switched off.
        added: POIs that are added.
        removed: Indices of the scene's POIs that are taken away; a POI that moves is taken away and added.
        developments: Zones that are built on, in this order.
    """

    name: str = "As it is"
    sites: tuple[Site, ...] = ()
    off: tuple[str, ...] = ()
    added: tuple[Poi, ...] = ()
    removed: tuple[int, ...] = ()
    developments: tuple[Development, ...] = field(default=())

    @property
    def changes(self) -> bool:
        """Whether anything is otherwise; sites that are not on change nothing."""
        return bool(any(site.on for site in self.sites) or self.off or self.added or self.removed or self.developments)

    @property
    def says(self) -> str:
        """The changes in words."""
        on = sum(site.on for site in self.sites)
        counts = (
            (on, "new site"),
            (len(self.off), "station off"),
            (len(self.added), "POI added"),
            (len(self.removed), "POI removed"),
            (len(self.developments), "building zone"),
        )
        told = [f"{count} {_plural(word, count)}" for count, word in counts if count]
        return ", ".join(told) or "nothing changed"

    def json(self) -> dict[str, Any]:
        """As ``scenario_of`` reads it again."""
        return {
            "name": self.name,
            "sites": [{"name": s.name, "lon": s.lon, "lat": s.lat, "on": s.on} for s in self.sites],
            "off": list(self.off),
            "added": [{"lon": p.lon, "lat": p.lat, "tags": dict(p.tags)} for p in self.added],
            "removed": list(self.removed),
            "developments": [
                {"name": d.name, "like": d.like, "geometry": json.loads(shapely.to_geojson(d.geometry))}
                for d in self.developments
            ],
        }

    def plain(self) -> "Scenario":
        """The same changes without what does not change anything: its name and sites that are not on."""
        return replace(self, name="", sites=tuple(site for site in self.sites if site.on))

    @property
    def sha256(self) -> str:
        """Hash of the changes."""
        return hashlib.sha256(json.dumps(self.plain().json(), sort_keys=True).encode()).hexdigest()


AS_IT_IS = Scenario()


def scenario_of(value: Any) -> Scenario:
    """A scenario from JSON, every part checked; places are checked against an area when it is applied.

    Raises:
        InputError: Naming the part that cannot be used.
    """
    if not isinstance(value, Mapping):
        raise InputError("That is no scenario.", "Give what the planner exported.")
    if value and not set(value) & {"name", *MOST}:
        raise InputError("That is no scenario: it names no sites, stations, POIs or zones.", "Give what the planner exported.")
    parts = {key: [] if value.get(key) is None else value[key] for key in MOST}
    for key, most in MOST.items():
        if not isinstance(parts[key], list):
            raise InputError(f"A scenario's {key} are no list.", "Give what the planner exported.")
        if len(parts[key]) > most:
            raise InputError(f"A scenario has {len(parts[key])} {key}.", f"Keep to {most}.")
    try:
        return Scenario(
            clean_text(value.get("name") or "Scenario", NAME),
            tuple(
                Site(clean_text(s["name"], NAME), *_place(s), s.get("on") is not False)
                for s in _maps(parts["sites"])
            ),
            tuple(dict.fromkeys(str(name) for name in parts["off"])),
            tuple(Poi(*_place(p), _tags(p.get("tags"))) for p in _maps(parts["added"])),
            tuple(sorted({_index(i) for i in parts["removed"]})),
            tuple(_development(d) for d in _maps(parts["developments"])),
        )  # fmt: skip
    except KeyError as error:
        raise InputError(f"A scenario's part lacks {error}.", "Give what the planner exported.") from None


def read_scenario(path: Path) -> Scenario:
    """A scenario that the planner saved to a file.

    Raises:
        InputError: The file cannot be read, or holds none.
    """
    file = plain_file(path, (".json",))
    try:
        value = json.loads(file.read_bytes()[:BYTES])
    except ValueError as error:
        raise InputError(f"{file.name} is no JSON ({error}).", "Give a scenario that the planner saved.") from None
    return scenario_of(value)


def applied(scenario: Scenario, scene: Scene) -> Scene:
    """The scene as the scenario supposes it.

    Raises:
        InputError: A station or POI that is not there, a place outside of the area, a name that is taken, or POIs to change where
            none are known.
    """
    if not scenario.changes:
        return scene
    area, imagery, pois = scene.area, scene.imagery, _without(scenario, scene.pois)
    for development in scenario.developments:
        imagery = None if imagery is None else built_picture(imagery, development, area)
        pois = pois if pois.status != "ok" else built_pois(pois, development, area)
    if scenario.developments and imagery is not None:
        imagery = replace(imagery, sha256=_of(imagery.sha256, scenario))
    pois = _with(scenario, pois, area)  # last: what is added in a building zone stands there
    exclusions = lifted(scene.exclusions, scenario.developments, area) if scenario.developments else scene.exclusions
    return replace(scene, imagery=imagery, pois=pois, stations=_stations(scenario, scene.stations, area), exclusions=exclusions)


def _stations(scenario: Scenario, stations: Stations, area: StudyArea) -> Stations:
    sites = [site for site in scenario.sites if site.on]
    if not (sites or scenario.off):
        return stations
    unknown = [name for name in scenario.off if name not in stations.ids]
    if unknown:
        raise InputError(f"There is no station {clean_text(unknown[0], NAME)!r} to switch off.", "Name one of the study area.")
    names = [*stations.ids, *(site.name for site in scenario.sites)]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"The name {twice!r} is taken.", "Give each site a name of its own.")
    for site in sites:
        if area.grid.cell_at(site.lon, site.lat) is None:
            raise InputError(f"The site {site.name!r} stands outside of the study area.", "Place it within.")
    on = np.array([name not in scenario.off for name in stations.ids], dtype=bool)
    return replace(
        stations,
        ids=(*(name for name, kept in zip(stations.ids, on, strict=True) if kept), *(site.name for site in sites)),
        lonlat=np.concatenate([stations.lonlat[on], np.array([(site.lon, site.lat) for site in sites]).reshape(-1, 2)]),
        capacity=np.concatenate([stations.capacity[on], np.full(len(sites), np.nan)]),
        sha256=_of(stations.sha256, scenario),
    )


def _without(scenario: Scenario, pois: PoiSet) -> PoiSet:
    """The POIs that are not taken away."""
    if pois.status != "ok" and (scenario.added or scenario.removed):
        raise InputError("The POIs of this area are not known, so none can be changed.", "Give POIs first.")
    if not scenario.removed:
        return pois
    if scenario.removed[-1] >= len(pois):
        raise InputError(f"There is no POI {scenario.removed[-1]} to take away.", f"This area has {len(pois)}.")
    gone = set(scenario.removed)
    kept = [i for i in range(len(pois)) if i not in gone]
    return replace(pois, lonlat=pois.lonlat[kept], tags=tuple(pois.tags[i] for i in kept))


def _with(scenario: Scenario, pois: PoiSet, area: StudyArea) -> PoiSet:
    """The POIs and those that are added; with another hash where anything was changed."""
    west, south, east, north = area.outer_bounds
    for poi in scenario.added:
        x, y = area.from_wgs84(np.array([poi.lon, poi.lat]))
        if not (west <= x <= east and south <= y <= north):
            raise InputError(f"The POI at {poi.lon:.5f}, {poi.lat:.5f} lies outside of the study area.", "Place it within.")
    if not (scenario.added or scenario.removed or scenario.developments):
        return pois
    lonlat = np.concatenate([pois.lonlat, np.array([(p.lon, p.lat) for p in scenario.added]).reshape(-1, 2)])
    tags = (*pois.tags, *(dict(p.tags) for p in scenario.added))
    return replace(pois, lonlat=lonlat, tags=tags, sha256=_of(pois.sha256, scenario))


def _of(sha256: str, scenario: Scenario) -> str:
    return hashlib.sha256(f"{sha256}{scenario.sha256}".encode()).hexdigest()


def _maps(parts: list[Any]) -> list[Mapping[str, Any]]:
    if not all(isinstance(part, Mapping) for part in parts):
        raise InputError("A part of the scenario has no fields.", "Give what the planner exported.")
    return parts


def _place(part: Mapping[str, Any]) -> tuple[float, float]:
    numbers = [part.get("lon"), part.get("lat")]
    if not all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers):
        raise InputError("A place of the scenario is no longitude and latitude.", "Give both in degrees.")
    try:
        lon, lat = (float(n) for n in numbers)  # type: ignore[arg-type]
    except OverflowError:
        raise InputError("A place of the scenario is off the globe.", "Give longitude and latitude in degrees.") from None
    check_point(lon, lat)
    return round(lon, 6), round(lat, 6)


def _tags(value: Any) -> tuple[tuple[str, str], ...]:
    tags = clean_tags(value) if isinstance(value, Mapping) else {}
    if not is_poi(tags):
        raise InputError("What is added is no point of interest.", "Give it an OSM tag such as shop=supermarket.")
    return tuple(sorted(tags.items()))


def _index(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InputError(f"{str(value)[:20]!r} is no number of a POI.", "Give numbers of 0 and more.")
    return value


def _development(part: Mapping[str, Any]) -> Development:
    name = clean_text(part.get("name") or "zone", NAME)
    try:
        geometry = shape(part["geometry"])
    except KeyError:
        raise
    except Exception:  # noqa: BLE001  # whatever shapely says of what is no geometry
        raise InputError(f"The zone {name!r} is no polygon.", "Draw it again.") from None
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        raise InputError(f"The zone {name!r} has corners that are nowhere.", "Draw it again.")
    return Development(name, sound_polygon(geometry, name), clean_text(part.get("like") or "", NAME))


def _plural(word: str, count: int) -> str:
    if count == 1:
        return word
    head, _, tail = word.partition(" ")
    return f"{word}s" if word.endswith(("site", "zone")) else f"{head}s {tail}"
