import json
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely

from netspatial_core.area import StudyArea
from netspatial_core.errors import InputError
from netspatial_core.sources.gcj02 import gcj02_to_wgs84, host_owner, in_china, wgs84_to_gcj02
from netspatial_core.sources.stations import Stations, read_stations


def csv(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    file = tmp_path / "stations.csv"
    file.write_bytes(text.encode(encoding))
    return file


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("station_id,lon,lat,capacity\nA,121.5,31.25,40\nB,121.6,31.35,\n", "utf-8"),
        ("station_id,lon,lat,capacity\r\nA,121.5,31.25,40\r\nB,121.6,31.35,\r\n", "utf-8-sig"),
        ("id;longitude;latitude;capacity\nA;121,5;31,25;40,0\nB;121,6;31,35;\n", "utf-8"),
        ("ID\tLat\tLng\tCapacity\nA\t31.25\t121.5\t40\nB\t31.35\t121.6\t\n", "utf-8"),
        ('"station_id","lon","lat","note","capacity"\n"A",121.5,31.25,"a, b",40\n"B",121.6,31.35,"上海",\n', "gb18030"),
    ],
)
def test_a_table_in_the_forms_that_spreadsheets_save(tmp_path: Path, text: str, encoding: str) -> None:
    stations = read_stations(csv(tmp_path, text, encoding))
    assert stations.ids == ("A", "B")
    np.testing.assert_allclose(stations.lonlat, [[121.5, 31.25], [121.6, 31.35]])
    np.testing.assert_array_equal(stations.capacity, [40.0, np.nan])
    assert stations.source == "stations.csv"
    assert len(stations.sha256) == 64


def test_ids_are_numbered_where_the_table_has_none(tmp_path: Path) -> None:
    assert read_stations(csv(tmp_path, "lon,lat\n1,2\n3,4\n")).ids == ("S001", "S002")


def test_a_header_alone_is_no_station(tmp_path: Path) -> None:
    assert len(read_stations(csv(tmp_path, "lon,lat\n"))) == 0
    assert len(Stations.none()) == 0


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("A,1,2,\nB,x,2,", r"row 3: lon 'x' is not a number"),
        ("A,1,2,\nA,3,4,", r"row 3: the id 'A' is also in row 2"),
        ("A,31.2,121.5,", r"row 2: .*swapped"),
        ("A,1,88,", r"row 2: .*UTM"),
        ("A,1,,", r"row 2: .*missing"),
        ("A,nan,2,", r"row 2: .*missing"),
        ("A,inf,2,", r"row 2: .*not a place"),
        ("A,1,2,-5", r"row 2: Capacity -5 is not above 0"),
        ("A,1,2,many", r"row 2: capacity 'many' is not a number"),
    ],
)
def test_faults_are_named_by_row_and_nothing_is_kept(tmp_path: Path, rows: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read_stations(csv(tmp_path, f"id,lon,lat,capacity\n{rows}\n"))
    assert "nothing was read" in caught.value.remedy


def test_all_faults_are_counted(tmp_path: Path) -> None:
    rows = "\n".join(f"s{i},here,2" for i in range(12))
    with pytest.raises(InputError, match=r"row 2: .*row 6: .* and 7 more"):
        read_stations(csv(tmp_path, f"id,lon,lat\n{rows}\n"))


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "\x00\x00", "lon;lat\n"])
def test_a_table_without_places_names_the_columns(tmp_path: Path, text: str) -> None:
    if text == "lon;lat\n":
        assert len(read_stations(csv(tmp_path, text))) == 0
        return
    with pytest.raises(InputError, match="columns lon and lat"):
        read_stations(csv(tmp_path, text))


def test_names_lose_control_and_direction_characters_and_length(tmp_path: Path) -> None:
    ids = read_stations(csv(tmp_path, f"id,lon,lat\n\u202eevil\u0007 \u200b=1+1,1,2\n{'x' * 500},3,4\n")).ids
    assert ids == ("evil =1+1", "x" * 64)


def test_points_from_geojson_geopackage_and_parquet(tmp_path: Path) -> None:
    frame = geopandas.GeoDataFrame(
        {"station_id": ["A", "B"], "capacity": [5.0, None]}, geometry=shapely.points([[10.0, 50.0], [10.1, 50.1]]), crs=4326
    )
    frame.to_file(tmp_path / "s.geojson")
    frame.to_crs(32632).to_file(tmp_path / "s.gpkg")
    pd.DataFrame({"station_id": ["A", "B"], "lon": [10.0, 10.1], "lat": [50.0, 50.1], "capacity": [5.0, None]}).to_parquet(
        tmp_path / "s.parquet"
    )
    for name in ("s.geojson", "s.gpkg", "s.parquet"):
        stations = read_stations(tmp_path / name)
        assert stations.ids == ("A", "B")
        np.testing.assert_allclose(stations.lonlat, [[10.0, 50.0], [10.1, 50.1]], atol=1e-8)
        np.testing.assert_array_equal(stations.capacity, [5.0, np.nan])


def test_stations_are_points(tmp_path: Path) -> None:
    line = {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}
    features = [{"type": "Feature", "properties": {}, "geometry": line}]
    (tmp_path / "s.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    with pytest.raises(InputError, match="feature 1 is no point"):
        read_stations(tmp_path / "s.geojson")


@pytest.mark.parametrize("name", ["gone.csv", "/vsicurl/http://x/s.csv", "https://example.org/s.csv", "s.exe"])
def test_only_plain_files_of_known_kinds_are_opened(tmp_path: Path, name: str) -> None:
    (tmp_path / "s.exe").write_bytes(b"MZ")
    with pytest.raises(InputError):
        read_stations(Path(name) if name.startswith("/") else tmp_path / name if "://" not in name else name)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["s.gpkg", "s.geojson", "s.parquet"])
def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"<OGRVRTDataSource/>")
    with pytest.raises(InputError, match="first bytes"):
        read_stations(tmp_path / name)


@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        # published examples of other implementations
        ((116.404, 39.915), (116.41024449916938, 39.91640428150164)),
        ((116.0, 40.0), (116.006141221789, 40.001213650174)),
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
    ],
)
def test_gcj02_agrees_with_published_values(wgs84: tuple[float, float], gcj02: tuple[float, float]) -> None:
    assert wgs84_to_gcj02(np.array(wgs84)) == pytest.approx(gcj02, abs=2e-7)  # 2 cm: one of them takes another radius
    assert gcj02_to_wgs84(np.array(gcj02)) == pytest.approx(wgs84, abs=2e-7)


def test_gcj02_round_trip_is_below_half_a_metre() -> None:
    rng = np.random.default_rng(0)
    lonlat = rng.uniform([75, 18], [134, 53], (2000, 2))
    back = gcj02_to_wgs84(wgs84_to_gcj02(lonlat))
    metres = np.hypot((back - lonlat)[:, 0] * 111_320 * np.cos(np.radians(lonlat[:, 1])), (back - lonlat)[:, 1] * 110_574)
    assert metres.max() < 0.01
    moved = np.abs(wgs84_to_gcj02(lonlat) - lonlat).max(axis=1)
    assert (moved > 1e-4).all()


def test_gcj02_leaves_the_rest_of_the_world_alone() -> None:
    for place in ([2.35, 48.86], [-73.98, 40.75], [151.2, -33.9]):
        assert not in_china(np.array(place))
        assert wgs84_to_gcj02(np.array(place)).tolist() == place
        assert gcj02_to_wgs84(np.array(place)).tolist() == place


def test_services_known_to_use_gcj02_are_named() -> None:
    assert host_owner("webrd01.is.autonavi.com") == "Amap (AutoNavi)"
    assert host_owner("rt0.map.gtimg.com") == "Tencent Maps"
    assert host_owner("tile.openstreetmap.org") is None
    assert host_owner("notamap.com") is None


def test_stations_given_in_gcj02_are_converted(tmp_path: Path) -> None:
    file = csv(tmp_path, "id,lon,lat\nA,116.41024449916938,39.91640428150164\n")
    assert read_stations(file, crs="gcj02").lonlat[0] == pytest.approx((116.404, 39.915), abs=1e-7)
    assert read_stations(file).lonlat[0] == pytest.approx((116.41024449916938, 39.91640428150164))


def test_stations_far_away_are_left_out_and_named() -> None:
    area = StudyArea.from_centre(85.52, 27.63, 1.0)
    lonlat = np.array([[85.52, 27.63], [0.0, 0.0], [np.nan, np.nan], [85.52, 33.0], [90.0, 27.63]])
    all_of_them = Stations(("here", "nowhere", "unplaced", "north", "east"), lonlat, np.arange(5.0), "test", "")
    near = all_of_them.near(area)
    assert near.ids == ("here", "unplaced", "east")
    assert near.capacity.tolist() == [0.0, 2.0, 4.0]
    assert near.notes == ("2 of 5 lie over 5 degrees from the area and are left out: nowhere, north.",)
    assert near.near(area) is near
    assert np.isfinite(area.from_wgs84(near.lonlat[[0, 2]])).all()


def test_the_antimeridian_is_no_distance() -> None:
    area = StudyArea.from_centre(179.9, 10.0, 1.0)
    across = Stations(("x",), np.array([[-179.9, 10.0]]), np.array([np.nan]), "test", "")
    assert len(across.near(area)) == 1
