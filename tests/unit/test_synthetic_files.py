"""POIs of the synthetic city and the DATASET folder it is written to."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import rasterio
import shapely
from shapely.geometry import Polygon
from synthetic_towns import port

from netspatial_core.area import StudyArea
from netspatial_core.command.places import plan_words
from netspatial_core.errors import InputError
from netspatial_core.pipeline import PlanRequest, gather
from netspatial_core.settings import Settings
from netspatial_core.sources.constraints import feasibility, read_exclusions
from netspatial_core.sources.dataset import read_dataset
from netspatial_core.sources.imagery import read_geotiff
from netspatial_core.sources.pois import read_pois
from netspatial_core.sources.scene import dataset_area
from netspatial_core.synthetic import build, splits
from netspatial_core.synthetic.city import VERSION, City, generate
from netspatial_core.synthetic.cog import cog
from netspatial_core.synthetic.demand import demand, expected_traffic
from netspatial_core.synthetic.places import PLACES, Addresses, pois
from netspatial_core.synthetic.stations import place


@pytest.fixture(scope="module")
def town() -> City:
    return port()


def test_pois_are_inside_a_building_whose_use_allows_them(town: City) -> None:
    found = pois(town)
    inside = [poi for poi in found if poi.building >= 0]
    assert len(inside) > 30
    for poi in inside:
        building = town.buildings[poi.building]
        assert Polygon(building.ring).buffer(0.1).contains(shapely.Point(poi.place))
        assert any(poi.tags.get(kind.key) == kind.value for kind in PLACES[building.use])
        assert poi.tags["name"]
        assert poi.tags["addr:street"]
        assert int(poi.tags["addr:housenumber"]) > 0
    assert [poi.tags for poi in pois(town)] == [poi.tags for poi in found]


def test_house_numbers_rise_along_a_road_with_a_parity_for_each_side(town: City) -> None:
    addresses = Addresses(town)
    index = max(range(len(addresses.roads)), key=lambda i: addresses.roads[i].line.length)
    line = addresses.roads[index].line
    start, ahead = (np.array(line.interpolate(d).coords[0]) for d in (40.0, 41.0))
    aside = np.array([-(ahead - start)[1], (ahead - start)[0]])
    right, left = (int(addresses.of(start + s * 2 * aside)["addr:housenumber"]) for s in (1, -1))
    assert {right % 2, left % 2} == {0, 1}
    assert abs(right - left) == 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, City]:
    out = tmp_path_factory.mktemp("synthetic") / "city-21"
    shares: list[float] = []
    build.synth("inland", 0.2, 9, 21, out, workers=2, on_progress=lambda share, _: shares.append(share))
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] <= 1
    city = generate(21, "inland", 1200.0, workers=1)
    model = demand(city)
    build.write_dataset(
        city, place(city, model, 7, 2), out.parent / "city-21-b", seed=2, weeks=2, model=model, truth=False,
        links={"imagery": "../city-21/imagery.tif", "pois": "../city-21/pois.parquet"},
    )  # fmt: skip
    return out, city


def test_dataset_opens_again(folder: tuple[Path, City]) -> None:
    out, city = folder
    data = read_dataset(out)
    assert (data.kind, data.extra["seed"]) == ("synthetic", 21)
    assert data.traffic.shape == (9, 672)
    assert np.isfinite(data.traffic).all()
    assert data.split is not None
    assert data.extra["style"] == "inland"
    area = StudyArea(data.name, **data.extra["area"])
    assert area.side_m == 200
    local = city.to_local(area.from_wgs84(data.stations.lonlat))
    np.testing.assert_allclose(local, place(city, demand(city), 9, 21).places, atol=0.01)
    other = read_dataset(out.parent / "city-21-b")
    assert other.imagery_path == data.imagery_path
    assert len(other.stations) == 7


def test_a_plan_on_a_city_s_files_knows_that_it_is_invented(folder: tuple[Path, City]) -> None:
    out, _ = folder
    words = plan_words(out).split()
    given = {name: words[words.index(f"--{name}") + 1] for name in ("imagery", "pois", "stations", "exclude", "out")}
    lon, lat = map(float, next(word for word in words if word.startswith("--centre=")).removeprefix("--centre=").split(","))
    area = StudyArea.from_centre(lon, lat, 0.6)  # the least side of a plan
    for files in (("imagery", "pois"), ("imagery",), ("pois",)):
        request = PlanRequest(area=area, **{name: given[name] for name in files})
        assert gather(request, Settings(), lambda _: None).kind == "synthetic"
    assert Path(given["stations"]).is_file()
    assert Path(given["exclude"]).is_file()
    truth = pq.read_table(out / "truth.parquet", columns=["cell_id"])["cell_id"].to_pylist()
    data = read_dataset(out)
    same = dataset_area(data).grid.centres_wgs84
    again = StudyArea.from_centre(lon, lat, 0.6).centre
    assert len(truth) == len(same)
    np.testing.assert_allclose(again, dataset_area(data).centre, atol=1e-5)


def test_the_same_seed_writes_the_same_bytes(folder: tuple[Path, City], tmp_path: Path) -> None:
    build.synth("inland", 0.2, 9, 21, tmp_path / "city-21", workers=1)
    names = sorted(path.name for path in (tmp_path / "city-21").iterdir())
    assert names == sorted(path.name for path in folder[0].iterdir())
    assert {"imagery.tif", "traffic.parquet", "truth.parquet", "dataset.json"} <= set(names)
    for name in names:
        assert (tmp_path / "city-21" / name).read_bytes() == (folder[0] / name).read_bytes(), name


def test_cities_of_another_version_are_no_part_of_a_corpus(tmp_path: Path) -> None:
    def make() -> list[Path]:
        return build.corpus(tmp_path, [21], ["inland"], size_m=1200.0, layouts=(3,), val_seeds=(), workers=1)

    (made,) = make()
    told = (made / "dataset.json").read_text()
    written = (made / "imagery.tif").stat().st_mtime_ns
    assert make() == [made]
    assert (made / "imagery.tif").stat().st_mtime_ns == written  # it was there: nothing is made again
    (made / "dataset.json").write_text(told.replace(f'"version": "{VERSION}"', '"version": "0"'))
    with pytest.raises(InputError, match="version 0, not"):
        make()


def test_imagery_is_a_cog_that_covers_the_area_and_its_margin(folder: tuple[Path, City]) -> None:
    out, _ = folder
    data = read_dataset(out)
    assert data.imagery_path is not None
    with rasterio.open(data.imagery_path) as source:
        assert source.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert source.profile["compress"] == "jpeg"
        assert source.block_shapes[0] == (256, 256)
        assert source.overviews(1)
        assert source.res == pytest.approx((1.2, 1.2))
        assert "ynthetic" in source.tags()["attribution"]
    area = StudyArea(data.name, **data.extra["area"])
    assert read_geotiff(data.imagery_path, area).valid.all()


def test_a_small_picture_is_a_cog_too(tmp_path: Path) -> None:
    city = generate(21, "harbour", 400.0, workers=1)
    image = np.random.default_rng(0).integers(0, 255, (4, 4, 3)).repeat(75, axis=0).repeat(75, axis=1).astype(np.uint8)
    with cog(city, tmp_path / "small.tif", 300, 1.0, small=True) as put:
        put(0, 0, image)
    with rasterio.open(tmp_path / "small.tif") as source:
        assert source.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert source.profile["compress"] == "webp"
        assert "ynthetic" in source.tags()["attribution"]
        assert np.abs(np.moveaxis(source.read([1, 2, 3]), 0, 2).astype(float) - image).mean() < 6


def test_pois_and_exclusions_open_again(folder: tuple[Path, City]) -> None:
    out, city = folder
    data = read_dataset(out)
    area = StudyArea(data.name, **data.extra["area"])
    assert data.pois_path is not None
    assert len(read_pois(data.pois_path, area)) > 20
    assert data.exclusions_path is not None
    exclusions = read_exclusions(data.exclusions_path)
    assert set(exclusions.reasons) <= {"water", "green"}
    wet = shapely.union_all([g for g, r in zip(exclusions.geometries, exclusions.reasons, strict=True) if r == "water"])
    x, y = city.terrain.river.intersection(shapely.box(0, 0, 1200, 1200)).representative_point().coords[0]
    assert wet.contains(shapely.Point(*area.to_wgs84(city.to_world(np.array([x, y])))))
    reasons = feasibility(area.grid, exclusions, data.stations)
    assert reasons.shape == (4,)


def test_truth_is_what_a_new_site_in_each_cell_would_carry(folder: tuple[Path, City]) -> None:
    out, city = folder
    data = read_dataset(out)
    area = StudyArea(data.name, **data.extra["area"])
    assert data.truth_path is not None
    table = pq.read_table(data.truth_path).to_pydict()
    assert table["cell_id"] == area.grid.ids
    assert (np.array(table["lost"]) <= np.array(table["mean"]) * (1 + 1e-6)).all()
    stations = city.to_local(area.from_wgs84(data.stations.lonlat))
    truth = expected_traffic(demand(city), city.to_local(area.grid.centres), stations)
    np.testing.assert_allclose(table["mean"], truth.mean(axis=1), rtol=1e-4)
    np.testing.assert_allclose(np.array(table["week"], np.float32), truth, rtol=1e-3)


def test_blocks_of_a_split_are_whole() -> None:
    rng = np.random.default_rng(1)
    world = rng.uniform(0, 6000, (300, 2)) + 500_000
    split = np.array(splits.split_by_block(world))
    assert set(split) == {"train", "val", "test"}
    blocks = np.floor(world / 1000).astype(int)
    for block in np.unique(blocks, axis=0):
        assert len(set(split[(blocks == block).all(axis=1)])) == 1


def test_a_zero_shot_citys_scored_stations_are_drawn_from_its_study_area() -> None:
    area = StudyArea("city", 32632, 500_000, 4_000_000, 3000, 100)
    world = np.random.default_rng(1).uniform((499_500, 3_999_500), (503_500, 4_003_500), (200, 2))
    words = np.array(splits.sample_scored(world, area, 9, seed=4))
    west, south, east, north = area.bounds
    inside = ((world >= (west, south)) & (world <= (east, north))).all(axis=1)
    assert (words == "test").sum() == 9
    assert inside[words == "test"].all()
    assert set(words[words != "test"]) == {"rest"}
    assert splits.sample_scored(world, area, 9, seed=4) == words.tolist()
    assert splits.sample_scored(world, area, 9, seed=5) != words.tolist()
    with pytest.raises(InputError, match="stand in the study area"):
        splits.sample_scored(world, area, 201, seed=4)


def test_unknown_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="harbour-core"):
        build.demo("nowhere", tmp_path / "x")
    with pytest.raises(InputError, match="inland"):
        build.synth("atlantis", 0.2, 0, 5, tmp_path / "y")
    with pytest.raises(InputError, match="only 3 are placed"):
        build.synth("harbour", 1.0, 3, 5, tmp_path / "z", scored=4)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_take_a_city_is_refused_before_it_is_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "notes.txt").write_text("mine")
    for name, said in (("file", "is a file"), ("file/deep", "cannot be written"), ("work", "files that are no data set")):
        with pytest.raises(InputError, match=said):
            build.synth("harbour", 20.0, 0, 5, tmp_path / name)  # of this size it would take minutes
    assert (tmp_path / "work" / "notes.txt").read_text() == (tmp_path / "file").read_text() == "mine"


def test_more_to_score_than_stand_in_the_area_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="stand in the study area"):
        build.synth("harbour", 0.6, 12, 5, tmp_path / "city", scored=12)
    assert list(tmp_path.iterdir()) == []


def test_the_embedded_areas_stay_small() -> None:
    """Under 15 MB in all (issue 3): a clone must not be heavy."""
    files = [path for path in (Settings().data_dir / "demo").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 15e6
