"""Points of interest: what people go to, with their OpenStreetMap tags, from files and from the Overpass API.

"No POIs here" is status ok with none in the set; "the service failed" is status failed; "none was asked for" is status absent.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from netspatial_core.area import StudyArea
from netspatial_core.errors import InputError, SourceError
from netspatial_core.sources.address import shown
from netspatial_core.sources.files import plain_file, replacing, sha256_of
from netspatial_core.sources.gcj02 import gcj02_to_wgs84
from netspatial_core.sources.http import HttpClient, Response
from netspatial_core.sources.tags import CATEGORIES, POI_KEYS, POI_VALUES, category, clean_tags, is_poi
from netspatial_core.sources.text import clean_text
from netspatial_core.sources.vector import SUFFIXES, read_features

__all__ = ["CATEGORIES", "PoiSet", "category", "fetch_overpass", "read_pois", "write_pois"]

OSM_ATTRIBUTION = "© OpenStreetMap contributors, ODbL"
QUERY_S = 18  # the service gives up, and says so, before the client does
_META = b"netspatial"


@dataclass(frozen=True)
class PoiSet:
    """POIs of an area and its margin.

    Attributes:
        lonlat: WGS84 [poi, 2].
        tags: OSM tags of each.
        status: ok, failed (the service did not answer) or absent (none was asked for).
        source: File or service.
        attribution: Who is to be named.
        sha256: Hash of the file or the answer; empty where there is none.
        fetched: ISO time of a fetched answer.
        notes: What the reader should know (stale copy, features left out, the failure).
    """

    lonlat: NDArray[np.float64]
    tags: tuple[Mapping[str, str], ...]
    status: Literal["ok", "failed", "absent"]
    source: str
    attribution: str
    sha256: str
    fetched: str | None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.tags)

    @classmethod
    def absent(cls) -> "PoiSet":
        """No POIs were asked for."""
        return cls(np.empty((0, 2)), (), "absent", "none", "", "", None)


def read_pois(path: Path, area: StudyArea, *, crs: Literal["wgs84", "gcj02"] = "wgs84", attribution: str = "") -> PoiSet:
    """POIs from GeoJSON, GeoPackage or GeoParquet: points and the centroids of other shapes, within the area and its margin.

    A file of ``write_pois`` keeps its status, source, attribution and notes.

    Raises:
        InputError: An unreadable file, or one of which no feature lies anywhere near the area.
    """
    file = plain_file(path, SUFFIXES)
    geometries, rows = read_features(file)
    about = _stored_about(file)
    lonlat = _centroids(geometries)
    if crs == "gcj02":
        lonlat = gcj02_to_wgs84(lonlat)
    placed = ~np.isnan(lonlat).any(axis=1)
    if placed.any():
        _check_overlap(lonlat[placed], area, file.name)
    tags = [_row_tags(row) for row in rows]
    kept = _collect(((lonlat[i], tags[i]) for i in np.flatnonzero(placed)), area)
    untagged = _untagged(tags)
    return PoiSet(
        *kept,
        about.get("status", "ok"),
        about.get("source") or file.name,
        attribution or about.get("attribution") or "",
        sha256_of(file),
        about.get("fetched"),
        (*about.get("notes", ()), *([untagged] if untagged else [])),
    )


def write_pois(pois: PoiSet, path: Path) -> None:
    """Write GeoParquet: a point and a JSON column ``tags`` a POI, the status and the attribution in the file's metadata.

    Raises:
        InputError: The file cannot be written.
    """
    geo = {
        "version": "1.0.0",
        "primary_column": "geometry",
        "columns": {"geometry": {"encoding": "WKB", "geometry_types": ["Point"]}},  # no "crs" means OGC:CRS84
    }
    about = {
        "status": pois.status,
        "source": pois.source,
        "attribution": pois.attribution,
        "fetched": pois.fetched,
        "notes": list(pois.notes),
    }
    tags = [json.dumps(dict(t), ensure_ascii=False, sort_keys=True) for t in pois.tags]
    points = [shapely.to_wkb(shapely.Point(place)) for place in pois.lonlat]
    table = pa.table({"tags": pa.array(tags, pa.string()), "geometry": pa.array(points, pa.binary())})
    table = table.replace_schema_metadata({b"geo": json.dumps(geo).encode(), _META: json.dumps(about).encode()})
    with replacing(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def fetch_overpass(area: StudyArea, client: HttpClient, url: str) -> PoiSet:
    """POIs of an area and its margin from an Overpass API: nodes, and ways and relations by their centres.

    A service that fails gives status failed with the fault in the notes; the run goes on without POIs.

    Raises:
        InputError: The address is refused.
    """
    try:
        answer = client.post(url, data={"data": overpass_query(area)}, check=_check_answer)
    except SourceError as error:
        return PoiSet(np.empty((0, 2)), (), "failed", shown(url), OSM_ATTRIBUTION, "", None, (error.what,))
    document = json.loads(answer.content)
    lonlat, tags, skipped = _elements(document["elements"], area)
    notes = []
    if answer.stale:
        notes.append(f"The POI service failed: a copy of {answer.fetched:%Y-%m-%d %H:%M} UTC is used.")
    if skipped:
        notes.append(f"{skipped} POIs came without a place and were left out.")
    digest = hashlib.sha256(answer.content).hexdigest()
    return PoiSet(
        lonlat, tags, "ok", answer.url, OSM_ATTRIBUTION, digest, answer.fetched.isoformat(timespec="seconds"), tuple(notes)
    )


def overpass_query(area: StudyArea) -> str:
    """The Overpass QL that asks for all POIs of an area and its margin."""
    west, south, east, north = area.bounds_wgs84(outer=True)
    box = f"{south:.6f},{west:.6f},{north:.6f},{east:.6f}"
    parts = [f'nwr["{key}"]({box});' for key in POI_KEYS]
    parts += [f'nwr["{key}"~"^({"|".join(sorted(values))})$"]({box});' for key, values in POI_VALUES.items()]
    return f"[out:json][timeout:{QUERY_S}];({''.join(parts)});out center tags;"


def _check_answer(answer: Response) -> None:
    """Refuse what is no complete Overpass answer, before it is cached.

    Raises:
        SourceError: HTML, half a document, or a remark that the query was cut off.
    """
    remedy = "Try again later or give a file of POIs."
    try:
        document = json.loads(answer.content)
    except ValueError as error:
        raise SourceError(f"The POI service at {answer.url} did not answer with JSON.", remedy) from error
    if not isinstance(document, dict) or not isinstance(document.get("elements"), list):
        raise SourceError(f"The POI service at {answer.url} did not answer with a list of elements.", remedy)
    remark = str(document.get("remark", ""))
    if "error" in remark.lower():  # Overpass answers 200 with what it had when it ran out of time or memory
        raise SourceError(f"The POI service at {answer.url} cut the answer off: {remark[:160]}", remedy)


def _elements(elements: Iterable[Any], area: StudyArea) -> tuple[NDArray[np.float64], tuple[Mapping[str, str], ...], int]:
    """Places and tags of the POIs among Overpass elements, and how many POIs had no place."""
    elements = [e for e in elements if isinstance(e, Mapping)]
    nodes = {e.get("id"): e for e in elements if e.get("type") == "node"}
    skipped = 0
    found = []
    for element in elements:
        raw = element.get("tags")
        tags = clean_tags(raw) if isinstance(raw, Mapping) else {}
        if not is_poi(tags):
            continue
        place = _place(element, nodes)
        if place is None:
            skipped += 1
        else:
            found.append((place, tags))
    return *_collect(found, area), skipped


def _place(element: Mapping[str, Any], nodes: Mapping[Any, Mapping[str, Any]]) -> NDArray[np.float64] | None:
    """Longitude and latitude of a node, of the centre given, or of the mean of a way's nodes if they came along."""
    candidates = [element, element.get("center") or {}]
    try:
        for point in candidates:
            if "lon" in point and "lat" in point:
                return _finite(np.array([float(point["lon"]), float(point["lat"])]))
        members = [nodes[n] for n in element.get("nodes", ()) if n in nodes]
        if members:
            return _finite(np.mean([(float(m["lon"]), float(m["lat"])) for m in members], axis=0))
    except (KeyError, TypeError, ValueError):
        return None
    return None


def _finite(place: NDArray[np.float64]) -> NDArray[np.float64] | None:
    on_globe = np.isfinite(place).all() and abs(place[0]) <= 180 and abs(place[1]) <= 90
    return place if on_globe else None


def _collect(
    found: Iterable[tuple[NDArray[np.float64], Mapping[str, str]]], area: StudyArea
) -> tuple[NDArray[np.float64], tuple[Mapping[str, str], ...]]:
    """POIs within the area and its margin, each place and set of tags once, in the order found."""
    pairs = [(place, tags) for place, tags in found if is_poi(tags)]
    lonlat = np.array([place for place, _ in pairs], dtype=float).reshape(-1, 2)
    inside = np.zeros(len(pairs), dtype=bool)
    near = np.abs(lonlat - area.centre).max(axis=1, initial=0.0) < 5  # UTM is undefined far from its zone
    west, south, east, north = area.outer_bounds
    x, y = area.from_wgs84(lonlat[near]).T
    inside[near] = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    unique: dict[tuple[float, float, tuple[tuple[str, str], ...]], int] = {}
    for i in np.flatnonzero(inside):
        lon, lat = lonlat[i].round(7)
        unique.setdefault((lon, lat, tuple(sorted(pairs[i][1].items()))), int(i))
    kept = sorted(unique.values())
    return lonlat[kept], tuple(pairs[i][1] for i in kept)


def _untagged(tags: Sequence[Mapping[str, str]]) -> str:
    """What to say of a file most of whose features are no POIs: a planner who sees none must know that it held none."""
    pois = sum(map(is_poi, tags))
    if 2 * pois >= len(tags):
        return ""
    have = f"{pois or 'None'} of {len(tags):,} features {'has' if pois == 1 else 'have'}"
    return f"{have} a POI tag ({', '.join(POI_KEYS[:4])}, ...); features without one are no POIs."


def _row_tags(row: Mapping[str, Any]) -> dict[str, str]:
    """Tags of a feature: the JSON column ``tags`` where there is one, else all its properties."""
    raw = row.get("tags")
    if isinstance(raw, str) and raw.startswith("{"):
        try:
            parsed = json.loads(raw)
        except ValueError:
            parsed = None
        if isinstance(parsed, dict):
            return clean_tags(parsed)
    return clean_tags(row)


def _centroids(geometries: NDArray[np.object_]) -> NDArray[np.float64]:
    """(lon, lat) [feature, 2]; nan where a feature has no shape or one off the globe."""
    centres = shapely.centroid(geometries)
    lonlat = np.column_stack([shapely.get_x(centres), shapely.get_y(centres)])
    lonlat[(np.abs(lonlat[:, 0]) > 180) | (np.abs(lonlat[:, 1]) > 90)] = np.nan
    return lonlat


def _check_overlap(lonlat: NDArray[np.float64], area: StudyArea, name: str) -> None:
    low, high = lonlat.min(axis=0), lonlat.max(axis=0)
    west, south, east, north = area.bounds_wgs84(outer=True)
    if low[0] > east or high[0] < west or low[1] > north or high[1] < south:
        raise InputError(
            f"{name} covers {low[0]:.4f},{low[1]:.4f},{high[0]:.4f},{high[1]:.4f}, the study area "
            f"{west:.4f},{south:.4f},{east:.4f},{north:.4f}: they do not meet.",
            "Give the POIs of this area, longitude before latitude.",
        )


def _stored_about(file: Path) -> dict[str, Any]:
    """What ``write_pois`` kept in the file's metadata; nothing where it is another's file or malformed."""
    if file.suffix.lower() != ".parquet":
        return {}
    metadata = pq.read_schema(file).metadata or {}
    try:
        about = json.loads(metadata.get(_META, b"{}"))
    except ValueError:
        return {}
    texts = ("source", "attribution", "fetched")
    well_formed = (
        isinstance(about, dict)
        and about.get("status", "ok") in {"ok", "failed", "absent"}
        and all(isinstance(about.get(key, ""), str | None) for key in texts)
        and isinstance(about.get("notes", []), list)
    )
    if not well_formed:
        return {}
    cleaned = {key: clean_text(about[key]) for key in texts if about.get(key)}
    return {"status": about.get("status", "ok"), "notes": [clean_text(n) for n in about.get("notes", [])[:20]], **cleaned}
