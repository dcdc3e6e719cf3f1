"""The synthetic city: the same from the same seed, dry where it is built, drawn alike in any tiles."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Polygon, box
from synthetic_towns import dense, dry, port, ringed

from netspatial_core.errors import InputError
from netspatial_core.synthetic import light
from netspatial_core.synthetic.canvas import Building
from netspatial_core.synthetic.city import City, generate
from netspatial_core.synthetic.geometry import cut, frame, half_plane, rectangle, scatter, unit
from netspatial_core.synthetic.noise import grid_noise, hash01, noise_at
from netspatial_core.synthetic.render import picture
from netspatial_core.synthetic.style import STYLES
from netspatial_core.synthetic.terrain import make_terrain
from netspatial_core.synthetic.zones import urbanity, vacancy, zones_at


@pytest.fixture(scope="module")
def town() -> City:
    return port()


# --- pieces


@settings(deadline=None)
@given(st.floats(0, 3.1), st.floats(20, 200), st.floats(0.2, 0.95))
def test_frame_of_a_turned_rectangle_is_the_rectangle(turn: float, length: float, ratio: float) -> None:
    shape = rectangle(np.array([30.0, -7.0]), unit(turn), length, length * ratio)
    found = frame(shape)
    assert found.centre == pytest.approx([30, -7], abs=1e-6)
    assert (found.length, found.width) == pytest.approx((length, length * ratio), rel=1e-6)
    assert abs(found.along @ unit(turn)) == pytest.approx(1, abs=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(200, 3000))
def test_lots_partition_their_block(seed: int, target: float) -> None:
    block = Polygon([(0, 0), (140, 12), (120, 90), (20, 70)])
    lots = cut(block, target, np.random.default_rng(seed))
    assert sum(lot.area for lot in lots) == pytest.approx(block.area, abs=25 * len(lots))  # slivers under 25 m2 are dropped
    assert all(a.intersection(b).area < 1e-6 for i, a in enumerate(lots) for b in lots[i + 1 :])
    assert max(lot.area for lot in lots) < 1.7 * target + 60


def test_half_plane_lies_on_its_side() -> None:
    side = half_plane(np.array([5.0, 5.0]), np.array([0.0, 1.0]), np.array([1.0, 0.0]))
    assert side.contains(shapely.Point(5, 6))
    assert not side.intersects(shapely.Point(5, 4))


def test_scatter_stays_inside() -> None:
    triangle = Polygon([(0, 0), (100, 0), (0, 100)])
    points = scatter(triangle, 60, np.random.default_rng(1))
    assert 30 < len(points) <= 60
    assert shapely.contains_xy(triangle, *points.T).all()


def test_hash_is_even_and_noise_is_continuous() -> None:
    values = hash01(np.arange(200)[None], np.arange(200)[:, None], 3)
    assert values.min() >= 0
    assert values.max() < 1
    assert values.mean() == pytest.approx(0.5, abs=0.01)
    x = np.linspace(0, 1000, 4001)
    assert np.abs(np.diff(noise_at(x, np.full_like(x, 33.3), 50.0, 4))).max() < 0.05
    assert not np.array_equal(noise_at(x, x, 50.0, 4), noise_at(x, x, 50.0, 5))


def test_grid_noise_depends_on_the_place_and_not_on_the_window() -> None:
    whole = grid_noise(-60, -60, 300, 200, 0.6, 9.0, 7)
    part = grid_noise(-60 + 90 * 0.6, -60 + 40 * 0.6, 100, 80, 0.6, 9.0, 7)
    np.testing.assert_allclose(part, whole[40:120, 90:190], atol=0.05)


def test_shadows_fall_away_from_the_sun_and_grow_with_height() -> None:
    flat = np.zeros((200, 200), np.float32)
    reach = []
    for height in (10.0, 20.0):
        scene = flat.copy()
        scene[98:103, 98:103] = height
        rows, columns = np.nonzero(light.cast_shadow(scene, 0.5) > 0.5)
        offset = np.array([columns.mean() - 100, rows.mean() - 100])
        seen = light.SUN[:2] + light.LEAN  # the leaning picture turns the shadow a little
        assert offset @ seen < 0
        reach.append(np.hypot(columns - 100, rows - 100).max() * 0.5)
    expected = 10 * np.hypot(*(-light.SUN[:2] / light.SUN[2] - light.LEAN))  # metres a 10 m wall throws
    assert reach[1] - reach[0] == pytest.approx(expected, rel=0.15)


def test_a_slope_towards_the_sun_is_brighter_than_a_flat_roof() -> None:
    assert light.shade(np.array([0.0, 0.0, 1.0])) == pytest.approx(1.0)
    assert light.shade(light.SUN) > 1 > light.shade(light.SUN * [-1, -1, 1])


# --- the ground


def test_styles_differ_where_they_should() -> None:
    harbour, plain = (make_terrain(5, STYLES[name], 4000, 1.0) for name in ("harbour", "inland"))
    assert harbour.sea.area > 1e6
    assert plain.sea.is_empty
    assert plain.river.area > 1e5
    assert plain.coast is None


def test_an_emerging_district_is_less_urban_and_partly_vacant() -> None:
    axis = np.arange(0, 4000, 80.0)
    places = np.meshgrid(axis, axis)
    grown, edge = (make_terrain(5, STYLES["harbour"], 4000, maturity) for maturity in (1.0, 0.4))
    assert np.hypot(*(edge.centre - 2000)) > np.hypot(*(grown.centre - 2000)) + 500
    assert urbanity(edge, *edge.growth) == pytest.approx(max(0.5, urbanity(replace(edge, growth=None), *edge.growth)))
    assert vacancy(grown, 2000, 2000) == 0
    assert vacancy(edge, *edge.growth) == pytest.approx(0.95 * 0.6)
    assert (zones_at(edge, *places) == "rural").any()


# --- a whole small town


def test_same_seed_same_city_with_any_number_of_workers(town: City) -> None:
    again = generate(11, "harbour", 700.0, workers=2)
    assert len(again.buildings) == len(town.buildings) > 100
    assert all(np.array_equal(a.ring, b.ring) for a, b in zip(again.buildings, town.buildings, strict=True))
    assert np.array_equal(again.trees, town.trees)
    assert np.array_equal(again.cars, town.cars)
    other = generate(12, "harbour", 700.0, workers=2)
    assert len(other.buildings) != len(town.buildings)
    assert not np.array_equal(make_terrain(12, STYLES["harbour"], 700.0, 1.0).centre, town.terrain.centre)


def test_nothing_is_built_in_water_or_on_main_roads(town: City) -> None:
    for city in (town, dry()):
        wet = city.terrain.water
        main = [road for road in city.roads if road.kind in ("primary", "motorway")]
        roads = shapely.union_all([road.line.buffer(road.built.width / 2 - 0.5) for road in main])
        for building in city.buildings:
            house = Polygon(building.ring).buffer(0)
            assert not house.intersects(wet)
            assert house.intersection(roads).area < 1.0


def test_bridges_keep_their_distance() -> None:
    from netspatial_core.synthetic.roads import make_roads

    terrain = make_terrain(7, STYLES["harbour"], 1600, 1.0)
    crossings = [
        np.array(road.line.intersection(terrain.river).centroid.coords[0])
        for road in make_roads(terrain)
        if road.kind in ("primary", "secondary") and road.line.intersection(terrain.river).length > 20
    ]
    gaps = [np.hypot(*(a - b)) for i, a in enumerate(crossings) for b in crossings[i + 1 :]]
    assert crossings
    assert not gaps or min(gaps) > 0.75 * terrain.style.bridge_gap_m  # banks are found on a 5 m raster, middles differ a little


def test_buildings_have_storeys_that_fit_their_height() -> None:
    ring = np.array([(0, 0), (10, 0), (10, 10), (0, 10), (0, 0)], float)
    assert Building(ring, 15.5, "apartments", "flat", 100.0, np.zeros(2)).levels == 5
    assert Building(ring, 12.0, "industrial", "metal", 100.0, np.zeros(2)).floor_m2 == 200.0
    assert Building(ring, 2.0, "shed", "flat", 100.0, np.zeros(2)).levels == 1


def test_areas_are_inside_the_square_and_of_known_kinds(town: City) -> None:
    known = {"water", "park", "wood", "field", "pitch", "garden", "allotments", "car_park", "site"}
    for city in (town, dry(), dense(), ringed()):
        square = box(-221, -221, city.size_m + 221, city.size_m + 221)
        assert {area.kind for area in city.areas} <= known
        assert all(square.contains(area.polygon) for area in city.areas)
    assert "car_park" in {area.kind for area in town.areas}


def test_uses_stand_in_the_zones_where_they_are_at_home(town: City) -> None:
    """Three in four at least: a zone is that of a block's middle, and blocks reach over its edge."""
    home = {
        "industrial": {"industrial", "rural", "houses", "estate", "apartments"},
        "university": {"university", "estate"},
        "entertainment": {"entertainment", "mixed", "oldtown", "apartments"},
        "office": {"cbd", "mixed", "commercial", "perimeter", "oldtown", "entertainment", "university"},
        "house": {"houses", "apartments", "rural", "slabs", "industrial", "allotments"},
        "farm": {"rural", "houses"},
        "mall": {"commercial", "estate", "mixed"},
    }
    found: dict[str, list[str]] = {}
    for city in (town, dry(), dense(), ringed()):
        zones = zones_at(city.terrain, *np.array([building.centre for building in city.buildings]).T)
        for building, zone in zip(city.buildings, zones, strict=True):
            found.setdefault(building.use, []).append(str(zone))
    seen = {
        use: np.mean([zone in home[use] for zone in zones]) for use, zones in found.items() if use in home and len(zones) > 20
    }
    assert len(seen) >= 3
    assert min(seen.values()) > 0.75, seen


def test_world_and_local_frames_agree(town: City) -> None:
    local = np.array([[0.0, 0.0], [700.0, 700.0]])
    world = town.to_world(local)
    assert world.tolist() == [[town.west, town.north], [town.west + 700, town.north - 700]]
    assert np.array_equal(town.to_local(world), local)


def test_bad_settings_are_refused() -> None:
    with pytest.raises(InputError, match="style"):
        generate(1, "atlantis", 700.0)
    with pytest.raises(InputError, match="maturity"):
        generate(1, "harbour", 700.0, maturity=1.5)
    with pytest.raises(InputError, match="seed"):
        generate(-1, "harbour", 700.0)


def test_tiles_are_seamless(town: City) -> None:
    whole = picture(town, (96.0, 96.0, 576.0, 336.0), workers=1).astype(int)
    left = picture(town, (96.0, 96.0, 336.0, 336.0), workers=1).astype(int)
    right = picture(town, (336.0, 96.0, 576.0, 336.0), workers=1).astype(int)
    assert whole.shape == (200, 400, 3)
    difference = np.abs(np.hstack([left, right]) - whole)
    assert (difference > 3).mean() < 1e-3
    assert difference[:, 190:210].mean() < 0.1  # nor along the seam


def test_picture_looks_like_ground_and_water(town: City) -> None:
    image = picture(town, workers=2, gsd=1.2)
    assert image.shape == (584, 584, 3)
    assert 90 < image.mean() < 150
    assert image.std() > 25
    deep = town.terrain.water.intersection(shapely.box(20, 20, 680, 680)).buffer(-8)
    x, y = deep.representative_point().coords[0]
    patch = image[int(y / 1.2) - 3 : int(y / 1.2) + 3, int(x / 1.2) - 3 : int(x / 1.2) + 3].reshape(-1, 3).mean(axis=0)
    assert patch[2] > patch[0]  # blue over red
