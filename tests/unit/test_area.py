import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Geod, Transformer

from netspatial_core.area import MARGIN_M, StudyArea, check_point, point_scale, utm_epsg
from netspatial_core.errors import InputError

GEOD = Geod(ellps="WGS84")
LONGITUDES = [0.1, 3.0, 5.95, 121.47, -73.98]  # the middle of a zone, its edge and between


def ground_length(area: StudyArea, start: tuple[float, float], end: tuple[float, float]) -> float:
    lonlat = area.to_wgs84(np.array([start, end]))
    return GEOD.inv(*lonlat[0], *lonlat[1])[2]


@pytest.mark.parametrize("lat", [0.0, 31.0, 60.0, -33.9, 79.0])
@pytest.mark.parametrize("lon", LONGITUDES)
def test_a_3_km_side_is_3_km_on_the_ground(lon: float, lat: float) -> None:
    area = StudyArea.from_centre(lon, lat, 3.0)
    w, s, e, n = area.bounds
    middle_x, middle_y = (w + e) / 2, (s + n) / 2
    for start, end in [((w, s), (e, s)), ((w, n), (e, n)), ((w, s), (w, n)), ((e, s), (e, n)), ((w, middle_y), (e, middle_y))]:
        assert ground_length(area, start, end) == pytest.approx(3000, rel=0.005)
    # through the middle it is exact: the UTM scale is taken out there
    assert ground_length(area, (middle_x, s), (middle_x, n)) == pytest.approx(3000, rel=1e-5)


@pytest.mark.parametrize("lon", LONGITUDES)
def test_point_scale_is_that_of_the_ellipsoid(lon: float) -> None:
    epsg = utm_epsg(lon, 31.0)
    to_utm = Transformer.from_crs(4326, epsg, always_xy=True)
    east_of, north_of = GEOD.fwd(lon, 31.0, 0, 1000)[:2]
    assert math.dist(to_utm.transform(lon, 31.0), to_utm.transform(east_of, north_of)) / 1000 == pytest.approx(
        point_scale(epsg, lon, 31.0), rel=1e-6
    )


@pytest.mark.parametrize(
    ("lon", "lat", "epsg"),
    [
        (121.47, 31.23, 32651),
        (-73.98, 40.75, 32618),
        (-70.67, -33.45, 32719),
        (0.0, 0.0, 32631),
        (179.9, 10.0, 32660),
        (180.0, 10.0, 32660),
        (-180.0, 10.0, 32601),
        (5.32, 60.39, 32632),  # Bergen lies in zone 31 by arithmetic
        (5.32, 55.9, 32631),
        (5.32, 64.0, 32631),
        (15.63, 78.22, 32633),  # Longyearbyen
        (8.9, 78.0, 32631),
        (9.1, 78.0, 32633),
        (21.0, 78.0, 32635),
        (33.5, 78.0, 32637),
        (10.75, 59.91, 32632),  # Oslo
    ],
)
def test_zone_of_a_point(lon: float, lat: float, epsg: int) -> None:
    assert utm_epsg(lon, lat) == epsg


@given(lon=st.floats(-179.9, 179.9), lat=st.floats(-79.9, 83.9))
@settings(max_examples=200, deadline=None)
def test_every_zone_is_used_where_pyproj_says_it_may_be(lon: float, lat: float) -> None:
    use = CRS.from_epsg(utm_epsg(lon, lat)).area_of_use
    assert use is not None
    # the wide zones of Norway reach beyond the area the registry names by up to 6 degrees
    assert use.west - 6 <= lon <= use.east + 6
    assert (lat >= 0) == (use.north > 0)


@given(lon=st.floats(-179.5, 179.5), lat=st.floats(-79, 83), cell=st.sampled_from([50.0, 100.0, 250.0]))
@settings(max_examples=60, deadline=None)
def test_projection_and_cells_invert(lon: float, lat: float, cell: float) -> None:
    area = StudyArea.from_centre(lon, lat, 1.0, cell)
    assert area.centre == pytest.approx((lon, lat), abs=1e-8)
    grid = area.grid
    assert len(grid) == len(set(grid.ids)) == area.count**2 == round(1000 / cell) ** 2
    assert [grid.cell_at(*p) for p in grid.centres_wgs84] == list(range(len(grid)))


def test_cells_are_numbered_from_the_north_west() -> None:
    area = StudyArea.from_centre(121.47, 31.23, 3.0)
    grid = area.grid
    assert (grid.ids[0], grid.ids[29], grid.ids[30], grid.ids[-1]) == ("R01C01", "R01C30", "R02C01", "R30C30")
    assert grid.ids[11 * 30 + 13] == "R12C14"
    w, s, e, n = area.bounds
    k = area.cell_m
    assert grid.centres[0] == pytest.approx((w + k / 2, n - k / 2))
    assert grid.centres[-1] == pytest.approx((e - k / 2, s + k / 2))
    assert grid.cell_at(0.0, 31.23) is None


def test_wide_grids_have_three_digits() -> None:
    assert StudyArea.from_centre(0.5, 0.5, 10.0, 100.0).grid.ids[0] == "R001C001"


def test_polygons_are_closed_squares_and_shrink_by_the_inset() -> None:
    area = StudyArea.from_centre(5.0, 31.0, 1.0)
    rings = area.grid.polygons_wgs84()
    assert rings.shape == (100, 5, 2)
    assert np.array_equal(rings[:, 0], rings[:, -1])
    lon, lat = rings[0, :, 0], rings[0, :, 1]
    surface, _ = GEOD.polygon_area_perimeter(lon[:4], lat[:4])
    assert surface == pytest.approx(10_000, rel=0.002)  # positive: counter-clockwise, as GeoJSON wants it
    inner = area.grid.polygons_wgs84(inset=0.25)
    inner_surface, _ = GEOD.polygon_area_perimeter(inner[0, :4, 0], inner[0, :4, 1])
    assert inner_surface == pytest.approx(surface / 4, rel=1e-3)


def test_the_margin_is_around_the_bounds() -> None:
    area = StudyArea.from_centre(5.0, 31.0, 1.0)
    assert np.subtract(area.outer_bounds, area.bounds) == pytest.approx([-MARGIN_M, -MARGIN_M, MARGIN_M, MARGIN_M])
    inner, outer = area.bounds_wgs84(), area.bounds_wgs84(outer=True)
    assert outer[0] < inner[0] < inner[2] < outer[2]
    assert outer[1] < inner[1] < inner[3] < outer[3]


@pytest.mark.parametrize("lat", [0.0, 31.0, 60.0])
def test_a_box_gives_the_largest_square_of_whole_cells_inside(lat: float) -> None:
    west, south = 120.0, lat
    east = GEOD.fwd(west, south, 90, 2350)[0]
    north = GEOD.fwd(west, south, 0, 5000)[1]
    area = StudyArea.from_bbox(west, south, east, north)
    assert area.count == 23
    assert area.centre == pytest.approx(((west + east) / 2, (south + north) / 2), abs=1e-6)


def test_the_box_of_an_area_gives_the_area_again() -> None:
    area = StudyArea.from_centre(121.47, 31.23, 3.0)
    again = StudyArea.from_bbox(*area.bounds_wgs84())
    assert again.count in {30, 31}  # the box around a square that is slightly rotated is slightly larger
    assert again.centre == pytest.approx(area.centre, abs=1e-4)


@pytest.mark.parametrize(
    ("lon", "lat", "words"),
    [
        (31.23, 121.47, "swapped"),
        (352_000.0, 3_450_000.0, "not metres"),
        (10.0, 84.1, "UTM's range"),
        (10.0, -80.1, "UTM's range"),
        (10.0, 90.0, "UTM's range"),
        (27.6, 85.5, "swapped"),  # Nepal, latitude first
        (math.nan, 1.0, "not a place"),
        (1.0, math.inf, "not a place"),
        (180.0, 10.0, "antimeridian"),
        (-179.99, -16.5, "antimeridian"),
        (179.985, 71.0, "antimeridian"),
    ],
)
def test_places_that_cannot_be_planned_are_refused(lon: float, lat: float, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        StudyArea.from_centre(lon, lat, 3.0)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("box", "words"),
    [
        ((179.9, 10.0, -179.9, 10.1), "antimeridian"),
        ((10.0, 50.1, 10.1, 50.0), "empty"),
        ((10.0, 50.0, 10.0001, 50.0001), "not one cell"),
        ((10.0, 50.0, 11.0, 51.0), "not supported"),
        ((-170.0, -60.0, 170.0, 60.0), "degrees"),
        ((31.0, 121.0, 32.0, 122.0), "swapped"),
    ],
)
def test_boxes_that_cannot_be_planned_are_refused(box: tuple[float, float, float, float], words: str) -> None:
    with pytest.raises(InputError, match=words):
        StudyArea.from_bbox(*box)


@pytest.mark.parametrize(
    ("side", "cell"), [(0.1, 100.0), (11.0, 100.0), (math.nan, 100.0), (3.0, 20.0), (3.0, 0.0), (3.0, math.nan)]
)
def test_sizes_out_of_range_are_refused(side: float, cell: float) -> None:
    with pytest.raises(InputError, match="not supported"):
        StudyArea.from_centre(10.0, 50.0, side, cell)


def test_a_cell_of_no_size_is_refused_with_a_box_too() -> None:
    with pytest.raises(InputError, match="cell of 0 m"):
        StudyArea.from_bbox(10.0, 50.0, 10.1, 50.1, cell_m=0.0)


def test_check_point_passes_the_ends_of_the_range() -> None:
    for lat in (-80.0, 84.0):
        check_point(10.0, lat)
