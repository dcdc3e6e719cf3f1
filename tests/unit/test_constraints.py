import json
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely

from netspatial_core.area import StudyArea
from netspatial_core.errors import InputError
from netspatial_core.sources.constraints import REASONS, Exclusions, feasibility, read_exclusions
from netspatial_core.sources.gcj02 import wgs84_to_gcj02
from netspatial_core.sources.stations import Stations

AREA = StudyArea.from_centre(8.55, 47.37, 1.0)  # 10 x 10 cells
W, S, E, N = AREA.bounds
K = AREA.cell_m


def polygon(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """A box in cells from the south-west corner, in WGS84."""
    box = shapely.box(W + west * K, S + south * K, W + east * K, S + north * K)
    return shapely.transform(box, AREA.to_wgs84)


def excluded(*pairs: tuple[str, shapely.Polygon]) -> Exclusions:
    return Exclusions(tuple(p for _, p in pairs), tuple(r for r, _ in pairs), "test", "")


def stations(*cells: tuple[float, float]) -> Stations:
    xy = np.array([(W + x * K, S + y * K) for x, y in cells], dtype=float).reshape(-1, 2)
    return Stations(tuple(f"s{i}" for i in range(len(xy))), AREA.to_wgs84(xy), np.full(len(xy), np.nan), "test", "")


def at(reasons: np.ndarray, column: int, row_from_south: int) -> str:
    return str(reasons[(9 - row_from_south) * 10 + column])


def test_everything_is_feasible_where_nothing_stands_against_it() -> None:
    assert feasibility(AREA.grid, None, Stations.none()).tolist() == [""] * 100
    assert feasibility(AREA.grid, excluded(("water", polygon(50, 50, 60, 60))), Stations.none()).tolist() == [""] * 100


def test_a_cell_is_excluded_by_its_centre_or_by_over_half_its_ground() -> None:
    ring = shapely.difference(polygon(4, 4, 5, 5), polygon(4.4, 4.4, 4.6, 4.6))  # 96 % of the cell, not its centre
    reasons = feasibility(
        AREA.grid,
        excluded(
            ("water", polygon(0.45, 0.45, 0.55, 0.55)),  # the centre alone: 1 % of the cell
            ("water", polygon(1.0, 0.0, 1.4, 1.0)),  # 40 %, not the centre
            ("green", ring),
            ("green", polygon(6.0, 6.0, 6.3, 7.0)),  # two pieces of 30 %, beside the centre
            ("green", polygon(6.7, 6.0, 7.0, 7.0)),
        ),
        Stations.none(),
    )
    assert at(reasons, 0, 0) == "water"
    assert at(reasons, 1, 0) == ""
    assert at(reasons, 4, 4) == "green"
    assert at(reasons, 6, 6) == "green"
    assert np.count_nonzero(reasons != "") == 3


def test_overlapping_polygons_count_once() -> None:
    twice = excluded(("water", polygon(0, 0, 0.3, 1)), ("water", polygon(0, 0, 0.3, 1)))
    assert feasibility(AREA.grid, twice, Stations.none()).tolist() == [""] * 100


def test_near_is_measured_from_the_centre() -> None:
    reasons = feasibility(AREA.grid, None, stations((5.5, 5.5)), min_distance_m=100 * K / 100 * 1.01)
    near = {(c, r) for c in range(10) for r in range(10) if at(reasons, c, r) == "near"}
    assert near == {(5, 5), (4, 5), (6, 5), (5, 4), (5, 6)}
    assert feasibility(AREA.grid, None, stations((5.5, 5.5)), min_distance_m=0).tolist() == [""] * 100


def test_a_station_outside_the_area_counts_and_one_without_a_place_does_not() -> None:
    outside = stations((-0.5, 0.5))
    assert at(feasibility(AREA.grid, None, outside), 0, 0) == "near"
    unknown = Stations(("x",), np.full((1, 2), np.nan), np.array([np.nan]), "test", "")
    assert feasibility(AREA.grid, None, unknown).tolist() == [""] * 100


@pytest.mark.parametrize(
    ("kinds", "winner"),
    [
        (["water", "green", "excluded"], "water"),
        (["excluded", "green"], "green"),
        (["excluded"], "excluded"),
        ([], "near"),
    ],
)
def test_the_first_of_water_green_excluded_near_is_given(kinds: list[str], winner: str) -> None:
    here = polygon(2, 2, 3, 3)
    for order in (kinds, kinds[::-1]):
        reasons = feasibility(AREA.grid, excluded(*((k, here) for k in order)), stations((2.5, 2.5)))
        assert at(reasons, 2, 2) == winner
    assert set(reasons.tolist()) <= set(REASONS)


def test_a_negative_distance_is_refused() -> None:
    for distance in (-1.0, float("nan")):
        with pytest.raises(InputError, match="distance"):
            feasibility(AREA.grid, None, Stations.none(), min_distance_m=distance)


def write(tmp_path: Path, *features: tuple[dict[str, Any], Any]) -> Path:
    file = tmp_path / "x.geojson"
    items = [
        {"type": "Feature", "properties": p, "geometry": None if g is None else json.loads(shapely.to_geojson(g))}
        for p, g in features
    ]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": items}))
    return file


def test_exclusions_from_geojson(tmp_path: Path) -> None:
    both = shapely.MultiPolygon([polygon(0, 0, 1, 1), polygon(2, 2, 3, 3)])
    got = read_exclusions(
        write(tmp_path, ({"reason": "water"}, polygon(0, 0, 1, 1)), ({}, both), ({"reason": "airport"}, polygon(0, 0, 1, 1)))
    )
    assert got.reasons == ("water", "excluded", "excluded")
    assert len(got.sha256) == 64
    reasons = feasibility(AREA.grid, got, Stations.none())
    assert (at(reasons, 0, 0), at(reasons, 2, 2), at(reasons, 1, 1)) == ("water", "excluded", "")


def test_exclusions_from_a_geopackage_in_metres(tmp_path: Path) -> None:
    frame = geopandas.GeoDataFrame({"reason": ["green"]}, geometry=[polygon(3, 3, 5, 5)], crs=4326).to_crs(2056)
    frame.to_file(tmp_path / "x.gpkg")
    reasons = feasibility(AREA.grid, read_exclusions(tmp_path / "x.gpkg"), Stations.none())
    assert np.count_nonzero(reasons == "green") == 4


def test_exclusions_given_in_gcj02_are_converted(tmp_path: Path) -> None:
    shanghai = StudyArea.from_centre(121.4737, 31.2304, 0.5)
    west, south, east, north = shanghai.bounds_wgs84()
    true = shapely.box(west - 1e-4, south - 1e-4, (west + east) / 2, north + 1e-4)  # the western half
    file = write(tmp_path, ({"reason": "water"}, shapely.transform(true, wgs84_to_gcj02)))
    wanted = feasibility(shanghai.grid, Exclusions((true,), ("water",), "", ""), Stations.none())
    assert 5 < np.count_nonzero(wanted == "water") < 20
    moved, unmoved = (feasibility(shanghai.grid, read_exclusions(file, crs=crs), Stations.none()) for crs in ("gcj02", "wgs84"))
    np.testing.assert_array_equal(moved, wanted)
    assert (unmoved != wanted).any()


def test_a_crossed_polygon_is_made_valid(tmp_path: Path) -> None:
    bow = shapely.Polygon([(8.55, 47.37), (8.56, 47.38), (8.56, 47.37), (8.55, 47.38)])
    assert read_exclusions(write(tmp_path, ({}, bow))).geometries[0].is_valid


@pytest.mark.parametrize("geometry", [shapely.Point(8.5, 47.3), shapely.LineString([(8.5, 47.3), (8.6, 47.4)]), None])
def test_what_is_no_polygon_is_refused(tmp_path: Path, geometry: Any) -> None:
    with pytest.raises(InputError, match="feature 2"):
        read_exclusions(write(tmp_path, ({}, polygon(0, 0, 1, 1)), ({}, geometry)))


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path, ({}, polygon(0, 0, 1, 1)))
    file.write_text(file.read_text()[:-40])
    with pytest.raises(InputError, match="cannot be read"):
        read_exclusions(file)


@pytest.mark.parametrize("box", [(-179, -89, 179, 89), (-10, 30, 25, 60)])
def test_a_polygon_far_larger_than_the_area_excludes_all_of_it(box: tuple[float, float, float, float]) -> None:
    west, south, east, north = box
    lon, lat = AREA.centre
    assert west < lon < east
    assert south < lat < north
    large = Exclusions((shapely.box(*box),), ("excluded",), "test", "")
    assert set(feasibility(AREA.grid, large, Stations.none()).tolist()) == {"excluded"}


def test_a_polygon_with_a_crossing_outline_still_excludes() -> None:
    bow = shapely.Polygon(AREA.to_wgs84(np.array([[W, S], [E, N], [E, S], [W, N]])))
    reasons = feasibility(AREA.grid, Exclusions((bow,), ("excluded",), "test", ""), Stations.none())
    assert 20 < np.count_nonzero(reasons == "excluded") < 80
