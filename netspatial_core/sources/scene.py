"""Everything known about an area before any encoding, and how it is read from a data set or an embedded demo."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from netspatial_core.area import CELL_M, SIDE_KM, StudyArea
from netspatial_core.errors import InputError
from netspatial_core.settings import Settings, get_settings
from netspatial_core.sources.constraints import Exclusions, read_exclusions
from netspatial_core.sources.dataset import Dataset
from netspatial_core.sources.imagery import Imagery, read_geotiff
from netspatial_core.sources.pois import PoiSet, read_pois
from netspatial_core.sources.stations import Stations

INVENTED = "Synthetic city: invented, no real place"  # the credit that files of an invented city carry
DATASET_SIDE_KM = 24.0  # of the area of a data set that is trained on; plans are of smaller ones


@dataclass(frozen=True)
class Scene:
    """An area with its context.

    Attributes:
        area: The study area.
        imagery: Overhead picture of the area and its margin; None where there is none.
        pois: Points of interest, with the word on how they were had.
        stations: Existing stations, in the area and around it.
        exclusions: Polygons without sites; None where none were given.
        kind: Whether the ground is synthetic or real.
        name: What it is called.
        imagery_fault: Why imagery that was asked for is missing; '' where it is there or nobody asked.
    """

    area: StudyArea
    imagery: Imagery | None
    pois: PoiSet
    stations: Stations
    exclusions: Exclusions | None
    kind: Literal["synthetic", "measured"]
    name: str
    imagery_fault: str = ""


def kind_of(*credited: str) -> Literal["synthetic", "measured"]:
    """Whether ground is an invented city's, from whom its imagery and POIs credit: one of them is enough."""
    return "synthetic" if any(INVENTED in credit for credit in credited) else "measured"


def demos(settings: Settings | None = None) -> list[str]:
    """Names of the embedded study areas, in order."""
    folder = (settings or get_settings()).data_dir / "demo"
    return sorted(p.parent.name for p in folder.glob("*/dataset.json"))


def scene_of(dataset: Dataset, area: StudyArea | None = None) -> Scene:
    """The scene of a data set already read, over its own area or another one on its ground.

    Raises:
        InputError: A data set that neither names its area nor places its stations, or a file of it that cannot be read.
    """
    area = area or dataset_area(dataset)
    imagery = None if dataset.imagery_path is None else read_geotiff(dataset.imagery_path, area)
    pois = PoiSet.absent() if dataset.pois_path is None else read_pois(dataset.pois_path, area)
    exclusions = None if dataset.exclusions_path is None else read_exclusions(dataset.exclusions_path)
    return Scene(area, imagery, pois, dataset.stations.near(area), exclusions, dataset.kind, dataset.name)


def dataset_area(dataset: Dataset) -> StudyArea:
    """The area a data set names in dataset.json ("area", see ``area_json``), else the square around its stations.

    Raises:
        InputError: A malformed area, no station with coordinates, or stations too far apart for one area.
    """
    if "area" in dataset.extra:
        return area_from_json(dataset.extra["area"], str(dataset.path / "dataset.json"))
    lonlat = dataset.stations.lonlat[~np.isnan(dataset.stations.lonlat).any(axis=1)]
    remedy = 'Add "area" to dataset.json.'
    if len(lonlat) == 0:
        raise InputError(f"{dataset.name} names no area and no station's place.", remedy)
    lon, lat = (lonlat.min(axis=0) + lonlat.max(axis=0)) / 2
    probe = StudyArea.from_centre(lon, lat, SIDE_KM[0])
    reach = np.abs(probe.from_wgs84(lonlat) - probe.from_wgs84(np.array([lon, lat]))).max() / 1000
    side = max(SIDE_KM[0], math.ceil(20 * reach + 1) / 10)
    if side > SIDE_KM[1]:
        raise InputError(f"The stations of {dataset.name} spread over {side:.1f} km, more than {SIDE_KM[1]:g} km.", remedy)
    return StudyArea.from_centre(lon, lat, side, name=dataset.name)


def area_json(area: StudyArea) -> dict[str, Any]:
    """The area as dataset.json and plan.json hold it."""
    return asdict(area)


def area_from_json(value: Mapping[str, Any], where: str = "area") -> StudyArea:
    """The area that ``area_json`` wrote.

    Raises:
        InputError: A field missing or out of range.
    """
    try:
        numbers = {key: float(value[key]) for key in ("west", "south", "side_m", "cell_m")}
        epsg, name = int(value["epsg"]), str(value.get("name", ""))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{where}: the area cannot be read ({error}).", "It needs epsg, west, south, side_m, cell_m.") from error
    zone_ok = epsg // 100 in {326, 327} and 1 <= epsg % 100 <= 60
    cells = numbers["side_m"] / numbers["cell_m"] if numbers["cell_m"] > 0 else math.nan
    size_ok = 0.99 * CELL_M[0] <= numbers["cell_m"] <= 1.01 * CELL_M[1] and 0 < numbers["side_m"] <= 1010 * DATASET_SIDE_KM
    if not (zone_ok and all(map(math.isfinite, numbers.values())) and size_ok and abs(cells - round(cells)) < 1e-6):
        raise InputError(f"{where}: the area is no square of whole cells in a UTM zone.", "Correct epsg, side_m and cell_m.")
    return StudyArea(name, epsg, **numbers)
