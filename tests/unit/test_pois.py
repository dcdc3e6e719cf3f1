import json
import math
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from netspatial_core.area import StudyArea
from netspatial_core.errors import InputError
from netspatial_core.sources.gcj02 import wgs84_to_gcj02
from netspatial_core.sources.pois import CATEGORIES, PoiSet, category, overpass_query, read_pois, write_pois
from netspatial_core.sources.tags import MAX_TAGS, clean_tags, is_poi
from netspatial_core.sources.text import clean_text

AREA = StudyArea.from_centre(11.2578, 46.4553, 0.5)
LON, LAT = AREA.centre


def geojson(tmp_path: Path, *features: tuple[Any, dict[str, Any]]) -> Path:
    items = [
        {"type": "Feature", "properties": tags, "geometry": None if shape is None else json.loads(shapely.to_geojson(shape))}
        for shape, tags in features
    ]
    file = tmp_path / "pois.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": items}), encoding="utf-8")
    return file


HERE = shapely.Point(LON, LAT)


@pytest.mark.parametrize(
    ("tags", "name"),
    [
        ({"amenity": "restaurant"}, "Food"),
        ({"amenity": "cafe", "shop": "bakery"}, "Food"),
        ({"shop": "bakery"}, "Shops"),
        ({"office": "government"}, "Offices"),
        ({"amenity": "school"}, "Education"),
        ({"amenity": "pharmacy", "healthcare": "pharmacy"}, "Health"),
        ({"healthcare": "physiotherapist"}, "Health"),
        ({"leisure": "park"}, "Leisure"),
        ({"tourism": "museum"}, "Leisure"),
        ({"tourism": "hotel", "amenity": "restaurant"}, "Lodging"),
        ({"public_transport": "platform"}, "Transport"),
        ({"railway": "station"}, "Transport"),
        ({"highway": "bus_stop"}, "Transport"),
        ({"aeroway": "terminal"}, "Transport"),
        ({"man_made": "works"}, "Industry"),
        ({"craft": "carpenter"}, "Industry"),
        ({"amenity": "place_of_worship"}, "Worship"),
        ({"amenity": "bank"}, "Services"),
        ({"amenity": "something_new"}, "Other"),
        ({}, "Other"),
    ],
)
def test_category_of_a_place(tags: dict[str, str], name: str) -> None:
    assert category(tags) == name
    assert name in CATEGORIES


@given(
    st.dictionaries(
        st.sampled_from(["amenity", "shop", "office", "tourism", "name", "building"]), st.text(max_size=9), max_size=6
    )
)
def test_every_place_has_one_of_the_categories(tags: dict[str, str]) -> None:
    assert category(tags) in CATEGORIES


@pytest.mark.parametrize(
    ("tags", "counts"),
    [
        ({"building": "yes"}, False),
        ({"building": "school"}, False),
        ({"landuse": "retail"}, False),
        ({"highway": "crossing"}, False),
        ({"railway": "rail"}, False),
        ({"man_made": "water_tower"}, False),
        ({"aeroway": "taxiway"}, False),
        ({"amenity": "bench"}, False),
        ({"shop": "no"}, False),
        ({"shop": ""}, False),
        ({"name": "Nothing"}, False),
        ({"amenity": "bench", "shop": "kiosk"}, True),
        ({"building": "yes", "amenity": "school"}, True),
        ({"railway": "subway_entrance"}, True),
    ],
)
def test_what_counts_as_a_poi(tags: dict[str, str], counts: bool) -> None:
    assert is_poi(tags) is counts


def test_points_and_centroids_within_the_area_and_its_margin(tmp_path: Path) -> None:
    inside = AREA.to_wgs84(np.array([[AREA.outer_bounds[0] + 1, AREA.outer_bounds[1] + 1]]))[0]
    outside = AREA.to_wgs84(np.array([[AREA.outer_bounds[0] - 1, AREA.outer_bounds[1] + 1]]))[0]
    square = shapely.box(LON, LAT, LON + 0.002, LAT + 0.001)
    got = read_pois(
        geojson(
            tmp_path,
            (HERE, {"amenity": "cafe", "name": "Centre", "cuisine": None}),
            (square, {"shop": "mall", "building": "yes"}),
            (square, {"building": "yes"}),
            (shapely.Point(inside), {"office": "it"}),
            (shapely.Point(outside), {"office": "it", "name": "outside"}),
            (None, {"office": "it", "name": "nowhere"}),
            (HERE, {"amenity": "cafe", "name": "Centre"}),  # the same again
            (HERE, {"amenity": "cafe", "name": "Other"}),
            (shapely.Point(-170, 20), {"amenity": "cafe", "name": "far away"}),
        ),
        AREA,
    )
    assert got.status == "ok"
    assert [dict(t) for t in got.tags] == [
        {"amenity": "cafe", "name": "Centre"},
        {"building": "yes", "shop": "mall"},
        {"office": "it"},
        {"amenity": "cafe", "name": "Other"},
    ]
    np.testing.assert_allclose(got.lonlat[1], [LON + 0.001, LAT + 0.0005])
    assert (got.source, len(got.sha256), got.fetched) == ("pois.geojson", 64, None)


def test_no_pois_here_is_ok_with_none(tmp_path: Path) -> None:
    got = read_pois(geojson(tmp_path, (HERE, {"building": "yes"})), AREA)
    assert (got.status, len(got), got.lonlat.shape) == ("ok", 0, (0, 2))
    assert got.notes == (
        "None of 1 features have a POI tag (amenity, shop, office, tourism, ...); features without one are no POIs.",
    )
    assert PoiSet.absent().status == "absent"
    assert len(read_pois(geojson(tmp_path), AREA)) == 0


def test_a_file_of_another_place_is_refused_with_both_bounds(tmp_path: Path) -> None:
    swapped = shapely.Point(LAT, LON)
    with pytest.raises(InputError, match=r"46\.45.*11\.2.*longitude before latitude"):
        read_pois(geojson(tmp_path, (swapped, {"amenity": "cafe"})), AREA)


def test_geopackage_in_metres_and_geoparquet(tmp_path: Path) -> None:
    frame = geopandas.GeoDataFrame({"amenity": ["cafe", None], "levels": [2, 3]}, geometry=[HERE, HERE], crs=4326)
    frame.to_crs(25832).to_file(tmp_path / "p.gpkg")
    frame.to_parquet(tmp_path / "p.parquet")
    for name in ("p.gpkg", "p.parquet"):
        got = read_pois(tmp_path / name, AREA)
        assert [dict(t) for t in got.tags] == [{"amenity": "cafe", "levels": "2"}]
        np.testing.assert_allclose(got.lonlat, [[LON, LAT]], atol=1e-8)


def test_a_file_without_a_system_is_refused(tmp_path: Path) -> None:
    frame = geopandas.GeoDataFrame({"amenity": ["cafe"]}, geometry=[HERE])
    frame.to_file(tmp_path / "p.gpkg")
    with pytest.raises(InputError, match="coordinate system"):
        read_pois(tmp_path / "p.gpkg", AREA)


def test_gcj02_is_converted(tmp_path: Path) -> None:
    shanghai = StudyArea.from_centre(121.47, 31.23, 0.5)
    true = np.array(shanghai.centre)
    file = geojson(tmp_path, (shapely.Point(wgs84_to_gcj02(true)), {"amenity": "cafe"}))
    np.testing.assert_allclose(read_pois(file, shanghai, crs="gcj02").lonlat[0], true, atol=1e-7)
    off = read_pois(file, shanghai).lonlat[0] - true
    assert math.hypot(off[0] * 95_000, off[1] * 111_000) > 300  # taken for WGS84 it would lie hundreds of metres off


@pytest.mark.parametrize("status", ["ok", "failed", "absent"])
def test_what_is_written_is_read_with_its_status(tmp_path: Path, status: Any) -> None:
    tags = ({"amenity": "cafe", "name": "Café «Ω»"}, {"shop": "yes"}) if status == "ok" else ()
    lonlat = np.array([[LON, LAT], [LON + 0.001, LAT]])[: len(tags)].reshape(-1, 2)
    given = PoiSet(lonlat, tags, status, "overpass", "© OSM", "x", "2026-11-22T10:00:00+00:00", ("a note",))
    write_pois(given, tmp_path / "p.parquet")
    got = read_pois(tmp_path / "p.parquet", AREA)
    np.testing.assert_allclose(got.lonlat, lonlat)
    assert [dict(t) for t in got.tags] == [dict(t) for t in tags]
    assert (got.status, got.source, got.attribution, got.fetched, got.notes) == (
        status,
        "overpass",
        "© OSM",
        "2026-11-22T10:00:00+00:00",
        ("a note",),
    )
    frame = geopandas.read_parquet(tmp_path / "p.parquet")  # another library reads it as GeoParquet
    assert frame.crs.to_epsg() == 4326 or frame.crs.to_authority() == ("OGC", "CRS84")
    assert len(frame) == len(tags)


def test_foreign_metadata_is_not_trusted(tmp_path: Path) -> None:
    write_pois(PoiSet.absent(), tmp_path / "p.parquet")
    table = pq.read_table(tmp_path / "p.parquet")
    for about in (b"[1]", b"{", b'{"status": "<script>"}', b'{"notes": 7}'):
        metadata = {**table.schema.metadata, b"netspatial": about}
        pq.write_table(table.replace_schema_metadata(metadata), tmp_path / "q.parquet")
        got = read_pois(tmp_path / "q.parquet", AREA)
        assert (got.status, got.source, got.notes) == ("ok", "q.parquet", ())


def test_names_are_made_safe() -> None:
    assert clean_text("a\u202eb\u2066c\u0000d\u200be\ufefff\ttab\nline") == "abcdef tab line"
    assert clean_text("می\u200cخواهم") == "می\u200cخواهم"  # the joiner is part of the spelling
    assert len(clean_text("x" * 10_000)) == 160
    assert clean_text("<b>=1+1 & Söhne</b>") == "<b>=1+1 & Söhne</b>"  # escaping is for those who print it


@given(
    st.dictionaries(st.text(max_size=80), st.one_of(st.none(), st.text(max_size=300), st.floats(), st.integers()), max_size=20)
)
def test_cleaned_tags_are_bounded_text(raw: dict[str, Any]) -> None:
    tags = clean_tags(raw)
    assert list(tags) == list(clean_tags(dict(reversed(raw.items()))))
    for key, value in tags.items():
        assert 0 < len(key) <= 64
        assert 0 < len(value) <= 160
        assert value.replace("\u200c", "").replace("\u200d", "").isprintable()


def test_a_feature_with_endless_tags_is_cut() -> None:
    assert len(clean_tags({f"key{i}": "v" for i in range(5000)})) == MAX_TAGS
    assert clean_tags({"a": None, "b": float("nan"), "c": "", "d": [1], "e": {"f": 1}, "g": 3}) == {"g": "3"}


def test_the_query_asks_for_the_area_and_its_margin() -> None:
    query = overpass_query(AREA)
    west, south, east, north = AREA.bounds_wgs84(outer=True)
    assert f"({south:.6f},{west:.6f},{north:.6f},{east:.6f})" in query
    for key in ("amenity", "shop", "office", "tourism", "leisure", "healthcare", "craft", "public_transport"):
        assert f'nwr["{key}"]' in query
    assert "building" not in query
    assert "landuse" not in query
    assert query.startswith("[out:json]")
    assert query.endswith("out center tags;")


def test_a_file_with_few_pois_says_how_few(tmp_path: Path) -> None:
    few = read_pois(geojson(tmp_path, *[(HERE, {"building": "yes"})] * 2, (HERE, {"shop": "books"})), AREA)
    assert few.notes[0].startswith("1 of 3 features has a POI tag")
    half = read_pois(geojson(tmp_path, (HERE, {"building": "yes"}), (HERE, {"shop": "books"})), AREA)
    assert half.notes == ()
