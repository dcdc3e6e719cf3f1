"""Ground that a planner marks: no site here, at least one site here, or what a site costs here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from netspatial_core.area import Grid
from netspatial_core.errors import InputError
from netspatial_core.sources.constraints import covered, projected
from netspatial_core.sources.files import plain_file
from netspatial_core.sources.gcj02 import gcj02_to_wgs84
from netspatial_core.sources.text import clean_text
from netspatial_core.sources.vector import SUFFIXES, read_features

Kind = Literal["exclude", "include", "cost"]
KINDS: Mapping[Kind, str] = MappingProxyType({"exclude": "No site", "include": "At least one site", "cost": "Cost of a site"})
MOST, CORNERS, NAME = 40, 2000, 40  # zones of a choice, corners of one zone, characters of a name
MENDED = 60  # corners of a zone that may cross itself: the crossings, and the time to find them, grow with their square


@dataclass(frozen=True)
class Zone:
    """One marked piece of ground.

    Attributes:
        kind: A key of ``KINDS``.
        geometry: WGS84 polygon or polygons.
        name: What the planner calls it.
        cost: What a site costs there, in the currency of the assumptions; of a zone of costs only.

    Raises:
        InputError: The kind is unknown, the geometry is no polygon on the earth, or the cost is no amount of money.
    """

    kind: Kind
    geometry: BaseGeometry
    name: str
    cost: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"A zone cannot be {clean_text(str(self.kind), NAME)!r}.", f"Choose {', '.join(KINDS)}.")
        if self.geometry.geom_type not in {"Polygon", "MultiPolygon"} or self.geometry.is_empty:
            raise InputError(f"The zone {self.name!r} is no polygon.", "Draw at least three corners that do not lie on a line.")
        corners = shapely.get_coordinates(self.geometry)
        if len(corners) > CORNERS:
            raise InputError(f"The zone {self.name!r} has {len(corners)} corners, more than {CORNERS}.", "Simplify it.")
        if not (np.isfinite(corners).all() and (np.abs(corners) <= (180, 90)).all()):
            raise InputError(f"The zone {self.name!r} lies outside of the earth.", "Give corners as longitude, latitude.")
        if isinstance(self.cost, bool) or not (isinstance(self.cost, int | float) and 0 <= self.cost <= 1e12):
            raise InputError(f"A site of the zone {self.name!r} cannot cost {self.cost!r}.", "Give a number of 0 or more.")

    def cells(self, grid: Grid) -> NDArray[np.bool_]:
        """Cells whose centre is in it or of which it covers over half [cell]."""
        return covered(grid, projected(grid.area, [self.geometry]))


def zones_of(features: Iterable[tuple[Any, Mapping[str, Any]]]) -> tuple[Zone, ...]:
    """Zones from geometries and their properties ``kind``, ``name`` and ``cost``; one without a kind excludes.

    Raises:
        InputError: A zone cannot be used, or there are too many; the message names it.
    """
    out = []
    for number, (geometry, row) in enumerate(features, start=1):
        properties = {key: value for key, value in row.items() if value == value}  # noqa: PLR0124  # empty cells are read as nan
        name = clean_text(str(properties.get("name") or f"zone {number}"), NAME)
        if not isinstance(geometry, BaseGeometry):
            raise InputError(f"The zone {name!r} has no geometry.", "Remove it, or draw it again.")
        kind = str(properties.get("kind") or "exclude").strip().lower()
        cost = properties.get("cost")
        if kind == "cost" and cost is None:
            raise InputError(f"The zone {name!r} names no cost.", "Give the property cost.")
        sound = sound_polygon(geometry, name)
        out.append(Zone(kind, sound, name, cost if kind == "cost" else 0.0))  # type: ignore[arg-type]
        if len(out) > MOST:
            raise InputError(f"There are more than {MOST} zones.", "Join some of them.")
    return tuple(out)


def sound_polygon(geometry: BaseGeometry, name: str) -> BaseGeometry:
    """A marked geometry without crossings; what is no polygon stays what it is.

    Raises:
        InputError: It has too many corners, or crosses itself with more of them than can be mended in a moment.
    """
    corners = shapely.get_num_coordinates(geometry)
    if corners > CORNERS:
        raise InputError(f"The zone {name!r} has {corners} corners, more than {CORNERS}.", "Simplify it.")
    if geometry.is_valid:
        return shapely.force_2d(geometry)
    if corners > MENDED:
        raise InputError(f"The outline of the zone {name!r} crosses itself.", "Draw it so that no sides cross.")
    sound = shapely.make_valid(shapely.force_2d(geometry))
    if sound.geom_type == "GeometryCollection":  # of a ring that crosses itself, lines may be left over
        sound = shapely.unary_union([part for part in shapely.get_parts(sound) if part.geom_type.endswith("Polygon")])
    return sound


def zones_of_geojson(collection: Any) -> tuple[Zone, ...]:
    """Zones from a GeoJSON FeatureCollection, as the planner's page and ``collection_of`` have them.

    Raises:
        InputError: It is no such collection, or a zone of it cannot be used.
    """
    features = collection.get("features") if isinstance(collection, Mapping) else None
    if not isinstance(features, list) or not all(isinstance(f, Mapping) for f in features):
        raise InputError("The zones are no GeoJSON FeatureCollection.", "Export them as one.")
    return zones_of((_geometry(f.get("geometry")), _properties(f.get("properties"))) for f in features)


def read_zones(path: Path, *, crs: Literal["wgs84", "gcj02"] = "wgs84") -> tuple[Zone, ...]:
    """Zones from GeoJSON, GeoPackage or GeoParquet.

    Args:
        path: The file.
        crs: gcj02 where its coordinates are those of Chinese maps; they are converted.

    Raises:
        InputError: The file cannot be read, or a zone of it cannot be used.
    """
    geometries, properties = read_features(plain_file(path, SUFFIXES))
    if crs == "gcj02":
        geometries = np.array([g and shapely.transform(g, gcj02_to_wgs84) for g in geometries], dtype=object)
    return zones_of(zip(geometries, properties, strict=True))


def collection_of(zones: Iterable[Zone]) -> dict[str, Any]:
    """The zones as a GeoJSON FeatureCollection, which ``zones_of_geojson`` reads again."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": mapping(zone.geometry),
                "properties": {"kind": zone.kind, "name": zone.name} | ({"cost": zone.cost} if zone.kind == "cost" else {}),
            }
            for zone in zones
        ],
    }


def _geometry(value: Any) -> BaseGeometry | None:
    try:
        return shape(value)
    except Exception:  # noqa: BLE001  # whatever shapely says of what is no geometry
        return None


def _properties(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
