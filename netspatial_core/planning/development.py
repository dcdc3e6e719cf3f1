"""Ground that is supposed to be built on: it takes the picture and the POIs of a place that is built like that already.

The square around the model place is laid out over the zone and mirrored at its edges, as floor tiles are, so that no seam shows
what was copied. Streets do not meet across it: it says what kind of ground there will be, not where its houses stand.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from netspatial_core.area import StudyArea
from netspatial_core.errors import InputError
from netspatial_core.sources.constraints import Exclusions, projected
from netspatial_core.sources.imagery import Imagery
from netspatial_core.sources.pois import PoiSet

HALF_M = 200.0  # half a side of the square that is copied
LIFTED = "green"  # the only reason against sites that building takes away
MOST_KM2 = 4.0


@dataclass(frozen=True)
class Development:
    """A zone that is built on.

    Attributes:
        name: What the planner calls it.
        geometry: WGS84 polygon.
        like: Id of the cell whose surroundings it will look like.
    """

    name: str
    geometry: BaseGeometry
    like: str

    def outline(self, area: StudyArea) -> BaseGeometry:
        """The zone in projected metres.

        Raises:
            InputError: It is no polygon in the area, or too large.
        """
        if self.geometry.geom_type not in {"Polygon", "MultiPolygon"} or self.geometry.is_empty:
            raise InputError(f"The zone {self.name!r} is no polygon.", "Draw at least three corners that do not lie on a line.")
        outline = projected(area, [self.geometry])[0]
        if not outline.intersects(shapely.box(*area.bounds)):
            raise InputError(f"The zone {self.name!r} lies outside of the study area.", "Mark ground of this area.")
        if outline.area > MOST_KM2 * 1e6:
            raise InputError(f"The zone {self.name!r} has {outline.area / 1e6:.1f} km2.", f"Mark {MOST_KM2:g} km2 at most.")
        return outline

    def model(self, area: StudyArea) -> NDArray[np.float64]:
        """The middle of the model place [2], projected metres.

        Raises:
            InputError: The area has no such cell.
        """
        if self.like not in area.grid.ids:
            raise InputError(f"There is no cell {self.like[:20]!r} to build like.", "Name a cell of this area, such as R05C12.")
        return np.asarray(area.grid.centres[area.grid.ids.index(self.like)])


def built_picture(imagery: Imagery, development: Development, area: StudyArea) -> Imagery:
    """The picture with the zone's pixels replaced by those around the model place; holes stay where either has one."""
    outline, model = development.outline(area), development.model(area)
    left, low, right, high = outline.bounds
    size = imagery.resolution
    columns = np.arange(max(0, math.floor((left - imagery.west) / size)),
                        min(imagery.valid.shape[1], math.ceil((right - imagery.west) / size)))  # fmt: skip
    rows = np.arange(max(0, math.floor((imagery.north - high) / size)),
                     min(imagery.valid.shape[0], math.ceil((imagery.north - low) / size)))  # fmt: skip
    x, y = np.meshgrid(imagery.west + (columns + 0.5) * size, imagery.north - (rows + 0.5) * size)
    shapely.prepare(outline)
    inside = shapely.contains_xy(outline, x, y)
    middle = np.array(outline.centroid.coords[0])
    from_x, from_y = (model[axis] + fold(at[inside] - middle[axis]) for axis, at in ((0, x), (1, y)))
    column = np.clip(((from_x - imagery.west) / size).astype(int), 0, imagery.valid.shape[1] - 1)
    row = np.clip(((imagery.north - from_y) / size).astype(int), 0, imagery.valid.shape[0] - 1)
    pixels, valid = imagery.pixels.copy(), imagery.valid.copy()
    to_row, to_column = np.broadcast_to(rows[:, None], inside.shape)[inside], np.broadcast_to(columns, inside.shape)[inside]
    pixels[:, to_row, to_column] = imagery.pixels[:, row, column]
    valid[to_row, to_column] = imagery.valid[row, column]
    return replace(imagery, pixels=pixels, valid=valid)


def built_pois(pois: PoiSet, development: Development, area: StudyArea) -> PoiSet:
    """The POIs with those of the zone replaced by those around the model place."""
    outline, model = development.outline(area), development.model(area)
    shapely.prepare(outline)
    xy = area.from_wgs84(pois.lonlat) if len(pois) else np.empty((0, 2))
    kept = ~shapely.contains_xy(outline, xy[:, 0], xy[:, 1])
    middle = np.array(outline.centroid.coords[0])
    away = xy - model
    sources = np.flatnonzero((np.abs(away) <= HALF_M).all(axis=1))
    left, low, right, high = outline.bounds
    places: list[NDArray[np.float64]] = []
    tags = []
    for source in sources.tolist():
        across, up = (unfold(away[source, axis], begin - middle[axis], end - middle[axis])
                      for axis, begin, end in ((0, left, right), (1, low, high)))  # fmt: skip
        grid = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2) + middle
        here = grid[shapely.contains_xy(outline, grid[:, 0], grid[:, 1])]
        places.append(here)
        tags += [pois.tags[source]] * len(here)
    added = np.concatenate(places) if places else np.empty((0, 2))
    lonlat = np.concatenate([pois.lonlat[kept], area.to_wgs84(added) if len(added) else np.empty((0, 2))])
    return replace(pois, lonlat=lonlat, tags=(*(t for t, keep in zip(pois.tags, kept, strict=True) if keep), *tags))


def lifted(exclusions: Exclusions | None, developments: tuple[Development, ...], area: StudyArea) -> Exclusions | None:
    """The exclusions without what building takes away: parks, forests and fields in the zones."""
    if exclusions is None:
        return None
    for development in developments:
        development.outline(area)
    built = shapely.union_all([development.geometry for development in developments])
    cut = tuple(
        shapely.difference(shapely.make_valid(g), built) if reason == LIFTED and g.intersects(built) else g
        for g, reason in zip(exclusions.geometries, exclusions.reasons, strict=True)
    )
    left = [(g, r) for g, r in zip(cut, exclusions.reasons, strict=True) if not g.is_empty]
    return replace(exclusions, geometries=tuple(g for g, _ in left), reasons=tuple(r for _, r in left))


def fold(offset: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where in the square an offset from the zone's middle is copied from, metres from the model place: mirrored at its edges."""
    turned = np.mod(offset + HALF_M, 4 * HALF_M)
    return np.where(turned <= 2 * HALF_M, turned - HALF_M, 3 * HALF_M - turned)


def unfold(offset: float, low: float, high: float) -> NDArray[np.float64]:
    """All offsets between two bounds that ``fold`` to one within the square."""
    period = 4 * HALF_M
    turns = np.arange(math.floor((low - HALF_M) / period) - 1, math.ceil((high + HALF_M) / period) + 2)
    found = np.unique(np.concatenate([offset + period * turns, 2 * HALF_M - offset + period * turns]))
    return found[(found >= low) & (found <= high)]
