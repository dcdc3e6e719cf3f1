"""Marked ground: what of a file or of the page is a zone, and which cells lie in it."""

from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely

from netspatial_core.area import StudyArea
from netspatial_core.errors import InputError
from netspatial_core.planning.zones import Zone, collection_of, read_zones, zones_of_geojson

AREA = StudyArea.from_centre(121.47, 31.23, 0.5)
WEST, SOUTH, EAST, NORTH = AREA.bounds_wgs84()
WIDE, HIGH = (EAST - WEST) / 5, (NORTH - SOUTH) / 5


def block(first: int, last: int, rows: tuple[float, float] = (0, 5)) -> Any:
    """Columns of the 5 x 5 cells, and rows counted from the south."""
    return shapely.box(WEST + first * WIDE, SOUTH + rows[0] * HIGH, WEST + last * WIDE, SOUTH + rows[1] * HIGH)


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": shapely.geometry.mapping(geometry), "properties": properties}


def test_a_zone_holds_the_cells_it_covers() -> None:
    inside = Zone("exclude", block(0, 2), "west").cells(AREA.grid)
    assert sorted(set(AREA.grid.columns[inside])) == [1, 2]
    assert inside.sum() == 10
    assert not Zone("exclude", shapely.box(0, 0, 1, 1), "far away").cells(AREA.grid).any()


def test_what_is_written_is_read_again() -> None:
    zones = (Zone("exclude", block(0, 1), "a"), Zone("include", block(1, 2), "b"), Zone("cost", block(2, 3), "c", 12.5))
    again = zones_of_geojson(collection_of(zones))
    assert [(z.kind, z.name, z.cost) for z in again] == [("exclude", "a", 0.0), ("include", "b", 0.0), ("cost", "c", 12.5)]
    assert all(a.geometry.equals(b.geometry) for a, b in zip(again, zones, strict=True))
    assert len({zones, zones_of_geojson(collection_of(zones))}) == 1  # a choice of them is a key


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".parquet"])
def test_files(tmp_path: Path, suffix: str) -> None:
    frame = geopandas.GeoDataFrame(
        {"kind": ["Include", None, "cost"], "name": ["a", None, "c"], "cost": [None, None, 3.0]},
        geometry=[block(0, 1), block(1, 2), block(2, 3)],
        crs=4326,
    )
    path = tmp_path / f"zones{suffix}"
    frame.to_parquet(path) if suffix == ".parquet" else frame.to_file(path)
    assert [(z.kind, z.name, z.cost) for z in read_zones(path)] == [
        ("include", "a", 0.0),
        ("exclude", "zone 2", 0.0),
        ("cost", "c", 3.0),
    ]


def test_a_ring_that_crosses_itself_is_mended() -> None:
    bow = shapely.Polygon([(WEST, SOUTH), (EAST, NORTH), (EAST, SOUTH), (WEST, NORTH)])
    (zone,) = zones_of_geojson({"features": [feature(bow)]})
    assert zone.geometry.is_valid
    assert 8 <= zone.cells(AREA.grid).sum() <= 17  # two of the four triangles


@pytest.mark.parametrize(
    ("collection", "said"),
    [
        (None, "no GeoJSON"),
        ({"features": "<script>"}, "no GeoJSON"),
        ({"features": [1]}, "no GeoJSON"),
        ({"features": [{"geometry": {"type": "Charm"}}]}, "'zone 1' has no geometry"),
        ({"features": [{"geometry": None, "properties": {"name": "x\u202ey"}}]}, "'xy' has no geometry"),
        ({"features": [feature(shapely.Point(1, 1))]}, "no polygon"),
        ({"features": [feature(shapely.LineString([(0, 0), (1, 1)]))]}, "no polygon"),
        ({"features": [feature(shapely.Polygon([(0, 0), (1, 1), (2, 2)]))]}, "no polygon"),
        ({"features": [feature(shapely.box(0, 0, 999, 9))]}, "outside of the earth"),
        ({"features": [feature(block(0, 1), kind="teapot")]}, "cannot be 'teapot'"),
        ({"features": [feature(block(0, 1), kind="cost")]}, "names no cost"),
        ({"features": [feature(block(0, 1), kind="cost", cost="much")]}, "cannot cost 'much'"),
        ({"features": [feature(block(0, 1), kind="cost", cost=-1)]}, "cannot cost -1"),
        ({"features": [feature(block(0, 1), kind="cost", cost=True)]}, "cannot cost True"),
        ({"features": [feature(block(0, 1))] * 41}, "more than 40 zones"),
        ({"features": [feature(shapely.Point(9, 9).buffer(1, 999))]}, "more than 2000"),
    ],
)
def test_what_is_no_zone_is_refused(collection: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        zones_of_geojson(collection)


def test_coordinates_of_chinese_maps_are_converted(tmp_path: Path) -> None:
    path = tmp_path / "zones.geojson"
    geopandas.GeoDataFrame({"kind": ["exclude"]}, geometry=[block(0, 1)], crs=4326).to_file(path)
    plain, moved = read_zones(path)[0], read_zones(path, crs="gcj02")[0]
    shift = np.array(moved.geometry.centroid.coords[0]) - np.array(plain.geometry.centroid.coords[0])
    assert 100 < np.hypot(*(shift * (95_000, 111_000))) < 900
