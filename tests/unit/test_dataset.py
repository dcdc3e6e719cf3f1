import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netspatial_core.area import StudyArea
from netspatial_core.errors import InputError
from netspatial_core.settings import REPOSITORY, Settings
from netspatial_core.sources.constraints import feasibility
from netspatial_core.sources.dataset import check_first_hour, read_dataset, synthetic_version, write_dataset
from netspatial_core.sources.imagery import Imagery, write_cog
from netspatial_core.sources.pois import PoiSet, write_pois
from netspatial_core.sources.scene import area_from_json, area_json, demos, scene_of
from netspatial_core.training import run_fusion, run_generator

AREA = StudyArea.from_centre(121.47, 31.23, 1.0, name="Test")
MONDAY = "2026-01-05T00:00"


def values(stations: int = 3, hours: int = 200) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    traffic = rng.gamma(2, 3, (stations, hours)).astype(np.float32)
    traffic[0, 5:9] = np.nan
    traffic[1, -30:] = np.nan
    return {
        "name": "Test city",
        "tz": "Asia/Shanghai",
        "licence": "CC BY 4.0",
        "kind": "synthetic",
        "version": "1",
        "station_ids": [f"s{i}" for i in range(stations)],
        "lonlat": AREA.to_wgs84(AREA.grid.centres[:stations]),
        "capacity": np.array([10.0, np.nan, 20.0])[:stations],
        "traffic": traffic,
        "first_hour": MONDAY,
        "split": ["train", "val", "test"][:stations],
        "extra": {"area": area_json(AREA), "seed": 7},
    }


def change(folder: Path, **about: Any) -> None:
    file = folder / "dataset.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **about}))


def test_synthetic_cities_of_two_versions_are_never_taken_together(tmp_path: Path, local_settings: Settings) -> None:
    made = {}
    for name, kind, version in (("a", "synthetic", "3"), ("b", "synthetic", "2"), ("c", "measured", "1")):
        made[name] = read_dataset(write_dataset(tmp_path / name, **values() | {"name": name, "kind": kind, "version": version}))
    assert synthetic_version([made["a"], made["c"]]) == "3"
    assert synthetic_version([made["c"]]) == ""
    with pytest.raises(InputError, match="b is of version 2, a is of version 3"):
        synthetic_version(made.values())
    for train in (run_fusion, run_generator):
        with pytest.raises(InputError, match="different versions"):
            train(
                [tmp_path / "a", tmp_path / "b"],
                tmp_path / "out",
                local_settings,
                init=REPOSITORY / "data" / "models" / "netspatial-s1" if train is run_generator else None,
                config=None,
                mode="default",
                resume=False,
                seed=0,
                on_progress=lambda _: None,
            )
    assert not (tmp_path / "out").exists()


def test_what_is_written_is_read(tmp_path: Path) -> None:
    given = values()
    folder = write_dataset(tmp_path / "city", **given)
    got = read_dataset(folder)
    assert (got.name, got.unit, got.tz, got.kind, got.version, got.first_hour) == (
        "Test city",
        "GB/h",
        "Asia/Shanghai",
        "synthetic",
        "1",
        MONDAY,
    )
    np.testing.assert_array_equal(got.traffic, given["traffic"])
    assert got.traffic.dtype == np.float32
    assert got.stations.ids == ("s0", "s1", "s2")
    np.testing.assert_allclose(got.stations.lonlat, given["lonlat"])
    np.testing.assert_array_equal(got.stations.capacity, given["capacity"])
    assert got.split is not None
    assert got.split.tolist() == ["train", "val", "test"]
    assert got.extra == {"area": area_json(AREA), "seed": 7}
    assert (got.pois_path, got.imagery_path, got.exclusions_path, got.truth_path) == (None, None, None, None)


def test_time_is_the_local_wall_clock_and_gaps_are_rows_left_out(tmp_path: Path) -> None:
    folder = write_dataset(tmp_path / "city", **values())
    table = pq.read_table(folder / "traffic.parquet").to_pandas()
    assert len(table) == 3 * 200 - 4 - 30
    assert str(table.time.min()) == "2026-01-05 00:00:00"
    assert str(table.time.max()) == "2026-01-13 07:00:00"
    hours = set(table[table.station_id == "s0"].time.dt.strftime("%d %H"))
    assert "05 04" in hours
    assert "05 05" not in hours


def test_no_stations_is_a_data_set_too(tmp_path: Path) -> None:
    given = values() | {
        "station_ids": [],
        "lonlat": np.empty((0, 2)),
        "capacity": None,
        "traffic": np.empty((0, 672)),
        "split": None,
    }
    got = read_dataset(write_dataset(tmp_path / "empty", **given))
    assert got.traffic.shape == (0, 672)
    assert len(got.stations) == 0
    assert got.split is None


def test_rows_in_any_order_and_row_groups_are_read(tmp_path: Path) -> None:
    given = values()
    folder = write_dataset(tmp_path / "city", **given)
    file = folder / "traffic.parquet"
    table = pq.read_table(file)
    table = table.set_column(0, "station_id", table["station_id"].cast(pa.string()))
    shuffled = table.take(np.random.default_rng(0).permutation(len(table)))
    pq.write_table(shuffled, file, row_group_size=50)
    np.testing.assert_array_equal(read_dataset(folder).traffic, given["traffic"])


def test_a_city_of_500_stations_and_four_weeks_is_read_at_once(tmp_path: Path) -> None:
    traffic = np.random.default_rng(0).gamma(2, 3, (500, 672)).astype(np.float32)
    lonlat = AREA.to_wgs84(np.random.default_rng(1).uniform(AREA.bounds[:2], AREA.bounds[2:], (500, 2)))
    given = values() | {
        "station_ids": [f"s{i}" for i in range(500)],
        "lonlat": lonlat,
        "capacity": None,
        "traffic": traffic,
        "split": None,
    }
    folder = write_dataset(tmp_path / "city", **given)
    np.testing.assert_array_equal(read_dataset(folder).traffic, traffic)
    assert (folder / "traffic.parquet").stat().st_size < traffic.nbytes  # the times and names cost nothing to speak of


def test_an_existing_folder_keeps_its_imagery(tmp_path: Path) -> None:
    folder = tmp_path / "city"
    folder.mkdir()
    (folder / "imagery.tif").write_bytes(b"II*\x00")
    write_dataset(folder, **values())
    write_dataset(folder, **values() | {"name": "Again", "split": None})
    got = read_dataset(folder)
    assert got.name == "Again"
    assert got.split is None
    assert got.imagery_path == folder / "imagery.tif"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"first_hour": "2026-01-06T00:00"}, "not a Monday"),
        ({"first_hour": "2026-01-05T01:00"}, "not a Monday"),
        ({"first_hour": "Monday"}, "not a Monday"),
        ({"first_hour": "2026-13-05T00:00"}, "not a Monday"),
        ({"tz": "Nowhere/Town"}, "time zone"),
        ({"kind": "invented"}, "kind"),
        ({"name": ""}, "name is missing"),
        ({"station_ids": ["s0", "s0", "s2"]}, "share an id"),
        ({"station_ids": ["s0"]}, "1 stations"),
        ({"traffic": -np.ones((3, 200))}, "negative"),
        ({"traffic": np.full((3, 200), np.inf)}, "infinite"),
        ({"split": ["train", "train", "other"]}, "split"),
    ],
)
def test_nothing_is_left_of_a_data_set_that_cannot_be_written(tmp_path: Path, wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        write_dataset(tmp_path / "city", **values() | wrong)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="cannot be written"):
        write_dataset(tmp_path / "file" / "city", **values())


def rewrite(folder: Path, name: str, **columns: Any) -> None:
    table = pq.read_table(folder / name).to_pydict()
    for column, edit in columns.items():
        table[column] = edit(table[column])
    pq.write_table(pa.table(table), folder / name)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        ({"station_id": lambda c: ["nobody", *c[1:]]}, "row 1: the station 'nobody' is unknown"),
        ({"station_id": lambda c: [None, *c[1:]]}, "station_id is empty"),
        ({"traffic": lambda c: [c[0], -1.0, *c[2:]]}, "row 2: s0 is negative"),
        ({"time": lambda c: [c[0], c[0], *c[2:]]}, "row 2: s0 has this hour twice"),
        ({"time": lambda c: [*c[:-1], c[-1].replace(minute=30)]}, "not a whole hour"),
        ({"time": lambda c: [c[0].replace(year=2025), *c[1:]]}, "row 1: s0 lies outside"),
        ({"time": lambda c: [str(t) for t in c]}, "local timestamps"),
        ({"traffic": lambda c: ["much"] * len(c)}, "traffic holds text"),
    ],
)
def test_wrong_traffic_is_refused_by_row(tmp_path: Path, edit: dict[str, Any], words: str) -> None:
    folder = write_dataset(tmp_path / "city", **values())
    rewrite(folder, "traffic.parquet", **edit)
    with pytest.raises(InputError, match=words):
        read_dataset(folder)


@pytest.mark.parametrize(
    ("name", "edit", "words"),
    [
        ("stations.parquet", {"station_id": lambda c: ["s1", *c[1:]]}, "row 2: the station 's1' is there twice"),
        ("stations.parquet", {"lat": lambda c: [95.0, *c[1:]]}, "row 1: .* is no place"),
        ("splits.parquet", {"split": lambda c: ["holdout", *c[1:]]}, "'holdout' is unknown"),
        ("splits.parquet", {"station_id": lambda c: ["other", *c[1:]]}, "no split for station 's0'"),
    ],
)
def test_wrong_tables_are_refused(tmp_path: Path, name: str, edit: dict[str, Any], words: str) -> None:
    folder = write_dataset(tmp_path / "city", **values())
    rewrite(folder, name, **edit)
    with pytest.raises(InputError, match=words):
        read_dataset(folder)


def test_unknown_places_are_kept_as_unknown(tmp_path: Path) -> None:
    given = values()
    given["lonlat"] = np.vstack([given["lonlat"][:2], [[np.nan, np.nan]]])
    got = read_dataset(write_dataset(tmp_path / "city", **given))
    assert np.isnan(got.stations.lonlat[2]).all()
    assert not np.isnan(got.stations.lonlat[:2]).any()


def test_a_folder_without_dataset_json_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no dataset\.json"):
        read_dataset(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", '{"format": "other"}'])
def test_a_malformed_dataset_json_is_refused(tmp_path: Path, text: str) -> None:
    folder = write_dataset(tmp_path / "city", **values())
    (folder / "dataset.json").write_text(text)
    with pytest.raises(InputError, match=r"dataset\.json"):
        read_dataset(folder)


@pytest.mark.parametrize("link", ["../../secret.tif", "/etc/hostname", "../other/../../x.tif", "..\\x.tif", "", 7, "x\x00.tif"])
def test_links_out_of_the_parent_folder_are_refused(tmp_path: Path, link: Any) -> None:
    (tmp_path / "secret.tif").write_bytes(b"II*\x00")
    folder = write_dataset(tmp_path / "sets" / "city", **values())
    change(folder, imagery=link)
    with pytest.raises(InputError, match="imagery"):
        read_dataset(folder)


def test_a_symbolic_link_out_of_the_parent_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.tif").write_bytes(b"II*\x00")
    folder = write_dataset(tmp_path / "sets" / "city", **values())
    (folder / "imagery.tif").symlink_to(tmp_path / "secret.tif")
    with pytest.raises(InputError, match="outside"):
        read_dataset(folder)


def test_a_link_to_a_file_beside_the_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "shared.tif").write_bytes(b"II*\x00")
    folder = write_dataset(tmp_path / "city", **values())
    change(folder, imagery="../shared.tif")
    assert read_dataset(folder).imagery_path == tmp_path / "shared.tif"
    change(folder, imagery="../gone.tif")
    with pytest.raises(InputError, match="does not exist"):
        read_dataset(folder)


def test_check_first_hour_gives_the_time() -> None:
    assert check_first_hour(MONDAY).isoformat() == "2026-01-05T00:00:00"


def picture(area: StudyArea) -> Imagery:
    side = math.ceil((area.outer_bounds[2] - area.outer_bounds[0]) / 1.5)
    pixels = np.full((3, side, side), 90, dtype=np.uint8)
    return Imagery(
        pixels, np.ones((side, side), bool), area.epsg, area.outer_bounds[0], area.outer_bounds[3], 1.5, "t", "me", "", None
    )


def scene_folder(folder: Path) -> Path:
    write_dataset(folder, **values())
    write_cog(picture(AREA), folder / "imagery.tif")
    tags = ({"amenity": "cafe", "name": "Café"},)
    write_pois(PoiSet(np.array([AREA.centre]), tags, "ok", "synthetic", "me", "", None), folder / "pois.parquet")
    ring = AREA.grid.polygons_wgs84()[50].tolist()
    feature = {"type": "Feature", "properties": {"reason": "water"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    (folder / "exclusions.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return folder


def test_a_scene_is_all_that_is_known_of_an_area(tmp_path: Path) -> None:
    folder = scene_folder(tmp_path / "demo" / "core")
    assert demos(Settings(data_dir=tmp_path)) == ["core"]
    scene = scene_of(read_dataset(folder))
    assert scene.area == AREA
    assert scene.name == "Test city"
    assert scene.kind == "synthetic"
    assert scene.imagery is not None
    assert scene.imagery.valid.all()
    assert scene.imagery.attribution == "me"
    assert scene.pois.tags == ({"amenity": "cafe", "name": "Café"},)
    assert scene.stations.ids == ("s0", "s1", "s2")
    assert feasibility(AREA.grid, scene.exclusions, scene.stations, min_distance_m=0).tolist().count("water") == 1


def test_a_scene_without_files_says_absent(tmp_path: Path) -> None:
    scene = scene_of(read_dataset(write_dataset(tmp_path / "bare", **values())))
    assert scene.imagery is None
    assert scene.pois.status == "absent"
    assert scene.exclusions is None


def test_without_an_area_the_square_around_the_stations_is_taken(tmp_path: Path) -> None:
    given = values() | {"extra": None, "lonlat": np.array([[10.0, 50.0], [10.01, 50.01], [np.nan, np.nan]])}
    dataset = read_dataset(write_dataset(tmp_path / "city", **given))
    area = scene_of(dataset).area
    xy = area.from_wgs84(given["lonlat"][:2])
    west, south, east, north = area.bounds
    assert ((xy >= [west, south]) & (xy <= [east, north])).all()
    assert area.side_m < 1400  # the stations are 0.7 by 1.1 km apart
    given["lonlat"] = np.array([[10.0, 50.0], [10.5, 50.0], [np.nan, np.nan]])
    with pytest.raises(InputError, match="spread over"):
        scene_of(read_dataset(write_dataset(tmp_path / "wide", **given)))
    given["lonlat"] = np.full((3, 2), np.nan)
    with pytest.raises(InputError, match="no station's place"):
        scene_of(read_dataset(write_dataset(tmp_path / "nowhere", **given)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"epsg": 3857},
        {"epsg": "x"},
        {"cell_m": 0},
        {"cell_m": 33.3},
        {"side_m": 10**6},
        {"west": float("inf")},
        {"west": None},
    ],
)
def test_a_malformed_area_is_refused(wrong: dict[str, Any]) -> None:
    assert area_from_json(area_json(AREA)) == AREA
    with pytest.raises(InputError, match="area"):
        area_from_json({**area_json(AREA), **wrong})
    for nothing in (None, [], "area"):
        with pytest.raises(InputError, match="area"):
            area_from_json(nothing)  # type: ignore[arg-type]
