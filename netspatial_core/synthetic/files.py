"""The files of a city's data set: picture, places, where no site can stand, and the truth about every cell."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray
from shapely.geometry import box, mapping

from netspatial_core.area import StudyArea
from netspatial_core.sources.pois import PoiSet, write_pois
from netspatial_core.synthetic.city import City
from netspatial_core.synthetic.cog import ATTRIBUTION, cog
from netspatial_core.synthetic.demand import DemandModel
from netspatial_core.synthetic.places import pois
from netspatial_core.synthetic.traffic import station_traffic

GSD_M = 1.2
REASONS = {"water": "water", "park": "green", "wood": "green", "field": "green", "pitch": "green"}
LONGEST = ("pois", "traffic", "truth", "exclusions")
"""The parts that can be written side by side, the longest first."""


@dataclass(frozen=True)
class Writing:
    """What the parts of a data set are made from.

    Attributes:
        city: The city.
        demand: Its demand.
        stations: Local metres [station, 2].
        area: Its study area.
        out: Folder to write to.
        seed: Of the traffic.
        weeks: Of traffic.
    """

    city: City
    demand: DemandModel
    stations: NDArray[np.float64]
    area: StudyArea
    out: Path
    seed: int
    weeks: int


def write_part(given: Writing, job: str) -> NDArray[np.float32] | None:
    """One of the parts of ``LONGEST``; traffic is given back [station, hour], as the tables of stations hold it."""
    if job == "traffic":
        return station_traffic(given.city, given.demand, given.stations, seed=given.seed, weeks=given.weeks)
    if job == "pois":
        write_places(given.city, given.out / "pois.parquet")
    elif job == "exclusions":
        write_exclusions(given.city, given.out / "exclusions.geojson")
    else:
        write_truth(given.city, given.demand, given.stations, given.area, given.out / "truth.parquet")
    return None


def write_imagery(city: City, image: NDArray[np.uint8], out: Path, *, small: bool = False) -> Path:
    """Write the picture of the city's square as a cloud-optimised GeoTIFF (256 px blocks, overviews).

    Args:
        city: Says where it lies.
        image: [row, column, 3], drawn at ``GSD_M`` from the north-west corner.
        out: File to write.
        small: Whether as WebP, in few bytes, or as JPEG.

    Raises:
        InputError: The file cannot be written.
    """
    with cog(city, out, image.shape[0], GSD_M, small=small) as put:
        put(0, 0, image)
    return out


def write_places(city: City, out: Path) -> Path:
    """Write the city's POIs as GeoParquet with OSM tags."""
    found = pois(city)
    lonlat = city.study_area().to_wgs84(city.to_world(np.array([poi.place for poi in found]).reshape(-1, 2)))
    inside = np.array([(poi.place >= 0).all() and (poi.place <= city.size_m).all() for poi in found], dtype=bool)
    kept = tuple(poi.tags for poi, keep in zip(found, inside, strict=True) if keep)
    write_pois(PoiSet(lonlat[inside], kept, "ok", f"synthetic city {city.name}", ATTRIBUTION, "", None), out)
    return out


def write_exclusions(city: City, out: Path) -> Path:
    """Write where no site can stand as GeoJSON: water, and green (parks, woods, fields, pitches)."""
    square = box(0, 0, city.size_m, city.size_m)
    area, features = city.study_area(), []

    def to_wgs84(local: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.round(area.to_wgs84(city.to_world(local)), 7)

    for reason in ("water", "green"):
        ground = [item.polygon for item in city.areas if REASONS.get(item.kind) == reason]
        merged = shapely.union_all(ground).intersection(square).simplify(0.5)
        for part in getattr(merged, "geoms", [merged]):
            if part.geom_type == "Polygon" and part.area > 200:
                shape = shapely.transform(part, to_wgs84)
                features.append({"type": "Feature", "properties": {"reason": reason}, "geometry": mapping(shape)})
    out.write_text(json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":")), encoding="utf-8")
    return out


def write_truth(city: City, model: DemandModel, stations: NDArray[np.float64], area: StudyArea, out: Path) -> Path:
    """Write what a new site in each cell of an area would really carry, each added alone to the stations.

    Columns: cell_id; mean, busy (95th percentile) and std of the expected week's hours in GB/h, noise apart; lost (what
    of the mean its neighbours would lose, GB/h; the rest nobody reached before); week (168 values).
    """
    points = city.to_local(area.grid.centres)
    carried, lost = model.taken_by_new(points, stations)
    week = carried @ model.profiles
    table = pa.table(
        {
            "cell_id": pa.array(area.grid.ids),
            "mean": pa.array(week.mean(axis=1).astype(np.float32)),
            "busy": pa.array(np.percentile(week, 95, axis=1).astype(np.float32)),
            "std": pa.array(week.std(axis=1).astype(np.float32)),
            "lost": pa.array(lost.astype(np.float32)),
            "week": pa.array(list(week.astype(np.float16)), type=pa.list_(pa.float16())),
        }
    )
    pq.write_table(table, out, compression="zstd", compression_level=19)
    return out
