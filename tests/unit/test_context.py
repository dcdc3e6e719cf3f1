"""Contexts of points: what is near, what is unknown, chunks, storage, what-if, and the identity of the encoders."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netspatial_core.area import StudyArea
from netspatial_core.catchment import catchments, taken
from netspatial_core.encoders.choice import check_identity, identity
from netspatial_core.encoders.context import (
    Encoders,
    SiteContext,
    context_key,
    neighbours,
    retabulate,
)
from netspatial_core.encoders.tabular import FEATURES
from netspatial_core.encoders.vision import _noise
from netspatial_core.errors import Cancelled, InputError, WeightsError
from netspatial_core.settings import Settings
from netspatial_core.sources.imagery import Imagery
from netspatial_core.sources.pois import PoiSet
from netspatial_core.sources.scene import Scene
from netspatial_core.sources.stations import Stations

AREA = StudyArea.from_centre(11.0, 48.0, 0.5, 100.0, "test")


@pytest.fixture(scope="module")
def scene() -> Scene:
    """Half a kilometre with a picture of its western half, 60 POIs and three stations, one of them of unknown place."""
    rng = np.random.default_rng(0)
    west, south, east, north = AREA.outer_bounds
    side = int((east - west) / 1.5)
    valid = np.zeros((side, side), bool)
    valid[300:700, :500] = True
    imagery = Imagery(_noise(1, side)[0], valid, AREA.epsg, west, north, 1.5, "test", "", "a" * 64, None)
    xy = np.column_stack([rng.uniform(west, east, 60), rng.uniform(south, north, 60)])
    tags = tuple([{"shop": "bakery"}, {"amenity": "cafe"}, {"office": "company"}][i % 3] for i in range(60))
    pois = PoiSet(AREA.to_wgs84(xy), tags, "ok", "test", "", "b" * 64, None)
    places = AREA.to_wgs84(np.array([[west + 600, south + 600], [west + 900, south + 700]]))
    stations = Stations(("A", "?", "B"), np.array([places[0], [np.nan, np.nan], places[1]]), np.full(3, np.nan), "test", "")
    return Scene(AREA, imagery, pois, stations, None, "synthetic", "test")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A cache of its own beside the machine's converted weights."""
    cache = tmp_path_factory.mktemp("cache")
    Encoders(Settings()).vision  # noqa: B018 - the machine's weights are there
    (cache / "weights").symlink_to(Settings().cache_dir / "weights")
    return Settings(cache_dir=cache)


@pytest.fixture(scope="module")
def encoders(config: Settings) -> Encoders:
    return Encoders(config)


@pytest.fixture(scope="module")
def context(encoders: Encoders, scene: Scene) -> SiteContext:
    return encoders.context(scene, AREA.grid.centres)


def test_shapes_and_what_is_seen(context: SiteContext) -> None:
    assert len(context) == 25
    assert context.vision.shape == (25, 768)
    assert context.poi_address.shape == context.poi_surroundings.shape == (60, 384)
    assert context.tabular.shape == (25, len(FEATURES))
    seen = context.has_vision.reshape(5, 5)
    assert seen[:, :2].all()  # the picture ends 250 m east of the area's west edge
    assert not seen[:, 4].any()
    assert not context.vision[~context.has_vision].any()
    assert np.linalg.norm(context.vision[context.has_vision][:, 384:], axis=1) == pytest.approx(1, abs=1e-2)
    assert len(np.unique(context.poi_address, axis=0)) == 3


def test_neighbours_are_those_within_500_m_nearest_first(context: SiteContext, scene: Scene) -> None:
    xy = AREA.from_wgs84(scene.pois.lonlat)
    for i, point in enumerate(context.points):
        distance = np.hypot(*(xy - point).T)
        mine = context.poi_index[context.poi_offsets[i] : context.poi_offsets[i + 1]]
        assert set(mine) == set(np.flatnonzero(distance < 500))
        assert (np.diff(distance[mine]) >= 0).all()
        assert context.tabular[i, 2] == pytest.approx(np.log1p((distance <= 150).sum()))
        assert context.tabular[i, 3] == pytest.approx(np.log1p(len(mine)))


def test_neighbours_are_capped_at_the_nearest_256() -> None:
    xy = np.column_stack([np.linspace(0, 400, 300), np.zeros(300)])
    index, offsets = neighbours(np.zeros((1, 2)), xy)
    assert index.tolist() == list(range(256))
    assert offsets.tolist() == [0, 256]
    index, offsets = neighbours(np.array([[0.0, 0], [1e4, 0]]), xy[:1])
    assert (index.tolist(), offsets.tolist()) == ([0], [0, 1, 1])


def test_catchments_are_those_of_the_placed_stations(context: SiteContext, scene: Scene, encoders: Encoders) -> None:
    placed = AREA.from_wgs84(scene.stations.lonlat[[0, 2]])
    expected = catchments(context.points, placed)
    assert context.tabular[:, 0] == pytest.approx(np.log(np.maximum(expected.area_km2, 1e-4)))
    assert context.tabular[:, 1] == pytest.approx(np.log(np.maximum(expected.nearest_m, 1)))
    own = encoders.context(scene, placed, own=np.array([0, 2]))  # numbered among all stations, the unknown one included
    expected = catchments(placed, placed, own=np.array([0, 1]))
    assert own.tabular[:, 0] == pytest.approx(np.log(expected.area_km2))
    assert own.tabular[:, 1] == pytest.approx(np.log(np.hypot(*(placed[0] - placed[1]))))
    pois = AREA.from_wgs84(scene.pois.lonlat)
    assert own.tabular[:, 4] == pytest.approx(np.log1p(taken(placed, pois, placed, reach=500, own=np.array([0, 1]))))
    assert context.tabular[:, 4] == pytest.approx(np.log1p(taken(context.points, pois, placed, reach=500)))


def test_the_pois_of_a_catchment_are_those_that_every_area_around_knows(encoders: Encoders, scene: Scene) -> None:
    """Nothing beyond the 500 m that POIs are known around an area: the same place is described alike in another area."""
    alone = encoders.context(replace(scene, imagery=None, stations=Stations.none()), AREA.grid.centres)
    np.testing.assert_array_equal(alone.tabular[:, 4], alone.tabular[:, 3])


def test_without_stations_the_nearest_is_far(encoders: Encoders, scene: Scene) -> None:
    alone = encoders.context(replace(scene, stations=Stations.none()), AREA.grid.centres[:2])
    assert alone.tabular[:, 1].tolist() == pytest.approx([np.log(1e4)] * 2)


def test_no_pois_here_and_no_answer_are_told_apart(encoders: Encoders, scene: Scene) -> None:
    none = replace(scene.pois, lonlat=np.empty((0, 2)), tags=())
    for status, count in (("ok", 0.0), ("failed", np.nan), ("absent", np.nan)):
        context = encoders.context(replace(scene, imagery=None, pois=replace(none, status=status)), AREA.grid.centres[:3])
        assert context.poi_status == status
        assert np.array_equal(context.tabular[:, 2:], np.full((3, 3), count), equal_nan=True)
        assert context.poi_counts.tolist() == [0, 0, 0]
        assert not context.has_vision.any()
        assert context.vision.shape == (3, 768)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, 24), max_size=30))
def test_take_is_what_the_points_alone_would_give(context: SiteContext, rows: list[int]) -> None:
    part = context.take(np.array(rows, dtype=np.int64))
    index, offsets = part.poi_index, part.poi_offsets
    assert np.array_equal(part.vision, context.vision[rows])
    assert len(offsets) == len(rows) + 1
    for i, row in enumerate(rows):
        whole = context.poi_index[context.poi_offsets[row] : context.poi_offsets[row + 1]]
        assert np.array_equal(index[offsets[i] : offsets[i + 1]], whole)


def test_chunks_are_the_whole_bit_for_bit(encoders: Encoders, scene: Scene, context: SiteContext) -> None:
    rows = np.array([3, 11, 20])
    _same(encoders.context(scene, AREA.grid.centres[rows]), context.take(rows))


def test_a_fresh_process_reads_the_cache_and_loads_no_model(config: Settings, scene: Scene, context: SiteContext) -> None:
    again = Encoders(config)
    _same(again.context(scene, AREA.grid.centres), context)
    assert again._vision is None
    assert "_model" not in vars(again.text)


def test_a_damaged_cache_is_made_again(config: Settings, scene: Scene, context: SiteContext) -> None:
    (file,) = (config.cache_dir / "embeddings").glob("patches-*")
    file.write_bytes(file.read_bytes()[:1000])
    _same(Encoders(config).context(scene, AREA.grid.centres), context)


def test_progress_reaches_its_end_and_cancel_is_heard(config: Settings, scene: Scene) -> None:
    assert scene.imagery is not None
    steps: list[tuple[int, int]] = []
    Encoders(config).context(scene, AREA.grid.centres, on_progress=lambda *s: steps.append(s))
    assert steps[-1][0] == steps[-1][1]
    other = replace(scene, imagery=replace(scene.imagery, pixels=255 - scene.imagery.pixels))
    with pytest.raises(Cancelled):
        Encoders(config).context(other, AREA.grid.centres, cancelled=lambda: True)


def test_storage_is_exact_and_tied_to_its_key(context: SiteContext, tmp_path: Path) -> None:
    path = tmp_path / "context.safetensors"
    context.save(path, "key")
    loaded = SiteContext.load(path, "key")
    assert loaded is not None
    _same(loaded, context)
    assert SiteContext.load(path, "another key") is None
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match="damaged"):
        SiteContext.load(path, "key")


def test_a_stored_context_that_points_beyond_its_rows_is_damaged(context: SiteContext, tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    path = tmp_path / "context.safetensors"
    context.save(path)
    arrays = load_file(path)
    arrays["vision_row"] += np.uint8(200)
    save_file(arrays, path, metadata={"key": "", "poi_status": context.poi_status})
    with pytest.raises(InputError, match="rows it does not hold"):
        SiteContext.load(path)


def test_the_key_follows_every_input(scene: Scene) -> None:
    points = AREA.grid.centres
    assert scene.imagery is not None
    pixels = scene.imagery.pixels.copy()
    pixels[0, 0, 0] ^= 1
    variants = [
        context_key(scene, points),
        context_key(scene, points[:-1]),
        context_key(scene, points, own=np.full(25, -1)),
        context_key(replace(scene, imagery=None), points),
        context_key(replace(scene, imagery=replace(scene.imagery, pixels=pixels)), points),
        context_key(replace(scene, pois=replace(scene.pois, status="failed")), points),
        context_key(replace(scene, pois=replace(scene.pois, tags=({"shop": "yes"}, *scene.pois.tags[1:]))), points),
        context_key(replace(scene, stations=Stations.none()), points),
    ]
    assert len(set(variants)) == len(variants)
    assert context_key(scene, points.copy()) == variants[0]


def test_retabulate_equals_a_fresh_context(encoders: Encoders, scene: Scene, context: SiteContext) -> None:
    added = Stations(("N",), AREA.to_wgs84(AREA.grid.centres[12:13] + 30), np.array([np.nan]), "what-if", "")
    changed = replace(scene, stations=added)
    moved = retabulate(context, changed, context.points)
    _same(moved, encoders.context(changed, AREA.grid.centres))
    assert not np.array_equal(moved.tabular, context.tabular)


def test_a_model_of_other_encoders_is_refused_naming_both() -> None:
    check_identity(identity())
    with pytest.raises(WeightsError) as caught:
        check_identity(identity() | {"text": "other:123"})
    assert "other:123" in str(caught.value)
    assert identity()["text"] in str(caught.value)


def _same(one: SiteContext, two: SiteContext) -> None:
    assert one.poi_status == two.poi_status
    for name in ("points", "vision", "has_vision", "poi_address", "poi_surroundings", "poi_index", "poi_offsets", "tabular"):
        assert np.array_equal(getattr(one, name), getattr(two, name), equal_nan=True), name
