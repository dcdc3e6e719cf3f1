"""The styles of the synthetic city: each is built as its kind of city is, and told apart by what a planner would count."""

from collections import Counter

import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, Point, Polygon
from synthetic_towns import dense, dry, port, ringed

from netspatial_core.errors import InputError
from netspatial_core.sources.tags import category, clean_tags, is_poi
from netspatial_core.synthetic import light
from netspatial_core.synthetic.city import City, generate
from netspatial_core.synthetic.demand import INTENSITY, demand
from netspatial_core.synthetic.geometry import frame
from netspatial_core.synthetic.places import PLACES, pois
from netspatial_core.synthetic.railways import long_lines, station
from netspatial_core.synthetic.render import picture
from netspatial_core.synthetic.roads import MAIN, STEEPEST_CROSSING, make_roads
from netspatial_core.synthetic.style import GAPS, STYLES, get_style
from netspatial_core.synthetic.terrain import make_terrain
from netspatial_core.synthetic.zones import ZONES, urbanity, wall_radius, zones_at

NEW = ("metropolis", "radial")


@pytest.fixture(scope="module", params=NEW)
def town(request: pytest.FixtureRequest) -> City:
    return dense() if request.param == "metropolis" else ringed()


def test_four_styles_are_listed() -> None:
    assert set(STYLES) == {"harbour", "inland", "metropolis", "radial"}
    with pytest.raises(InputError, match="metropolis"):
        get_style("atlantis")
    assert len({style.centre for style in STYLES.values()}) == 4


@pytest.mark.parametrize("name", STYLES)
def test_every_zone_of_a_style_has_a_spacing_of_streets(name: str) -> None:
    axis = np.arange(0, 4000, 50.0)
    style = STYLES[name]
    for maturity in (1.0, 0.4):
        found = set(np.unique(zones_at(make_terrain(3, style, 4000, maturity), *np.meshgrid(axis, axis))).tolist())
        assert found <= set(style.gaps) & set(ZONES)
    assert set(GAPS) <= set(style.gaps)


def test_nothing_is_built_in_water_on_main_roads_or_on_the_station(town: City) -> None:
    wet, stop = town.terrain.water, station(town.terrain)
    main = [road for road in town.roads if road.kind in (*MAIN, "expressway", "motorway")]
    roads = shapely.union_all([road.line.buffer(road.built.width / 2 - 0.5) for road in main])
    assert stop is not None
    for building in town.buildings:
        house = Polygon(building.ring).buffer(0)
        assert not house.intersects(wet)
        assert house.intersection(roads).area < 1.0
        assert building.use == "station" or house.intersection(stop.yard).area < 1.0


@pytest.mark.parametrize("name", NEW)
def test_same_seed_same_city_with_any_number_of_workers(name: str) -> None:
    first, again = (generate(31, name, 400.0, workers=workers) for workers in (1, 2))
    assert len(again.buildings) == len(first.buildings) > 20
    assert all(np.array_equal(a.ring, b.ring) for a, b in zip(again.buildings, first.buildings, strict=True))
    assert np.array_equal(again.trees, first.trees)
    assert np.array_equal(again.cars, first.cars)
    assert [poi.tags for poi in pois(again)] == [poi.tags for poi in pois(first)]


def test_pois_are_inside_a_building_of_their_use(town: City) -> None:
    found = pois(town)
    inside = [poi for poi in found if poi.building >= 0]
    assert len(inside) > 100
    for poi in inside:
        building = town.buildings[poi.building]
        assert Polygon(building.ring).buffer(0.1).contains(Point(poi.place))
        assert any(poi.tags.get(kind.key) == kind.value for kind in PLACES[building.use])
    assert all(is_poi(poi.tags) and category(poi.tags) != "Other" for poi in found if "tourism" not in poi.tags)
    assert {building.use for building in town.buildings} <= set(INTENSITY)
    assert np.isfinite(demand(town).load).all()


def test_names_are_in_the_language_of_the_style_and_survive_cleaning() -> None:
    for poi in pois(dense()):
        assert clean_tags(poi.tags) == poi.tags
        if "name" in poi.tags:
            assert all(0x4E00 <= ord(character) <= 0x9FFF for character in poi.tags["name"])
            assert poi.tags["name:en"].isascii()
        if "addr:street" in poi.tags:
            assert poi.tags["addr:street:en"].split()[-1] in ("Road", "Street", "Avenue", "Lane", "Alley")
    for poi in pois(ringed()):
        assert "name:en" not in poi.tags
    streets = {poi.tags["addr:street"] for poi in pois(ringed()) if "addr:street" in poi.tags}
    assert any(street.endswith(("gasse", "straße", "ring")) for street in streets)


def test_a_city_has_more_schools_and_supermarkets_than_hotels() -> None:
    kinds = Counter(next(iter(poi.tags.values())) for poi in [*pois(dense()), *pois(ringed())])
    assert kinds["kindergarten"] + kinds["school"] > kinds["hotel"]
    assert kinds["supermarket"] > kinds["hotel"]
    assert kinds["bus_stop"] > 3
    assert kinds["park"] > 0


def test_tall_towers_throw_their_shadow_away_from_the_sun() -> None:
    city = dense()
    towers = [b for b in city.buildings if b.height > 55 and b.centre.min() > 160 and b.centre.max() < city.size_m - 160]
    assert len(towers) > 5
    grey = picture(city, workers=1).mean(axis=2)
    away = -light.SUN[:2] / np.hypot(*light.SUN[:2])
    ratios = []
    for tower in towers:
        reach = np.sqrt(tower.area / np.pi) + 0.35 * tower.height
        shade, sun = (grey[tuple((np.round((tower.centre + sign * away * reach) / 1.2)[::-1]).astype(int))] for sign in (1, -1))
        ratios.append(shade / sun)
    assert np.median(ratios) < 0.8  # neighbours' shadows fall on some of the sunny sides


def test_estates_of_the_metropolis_face_south() -> None:
    slabs = [b for b in dense().buildings if b.use == "apartments" and b.area > 350 and b.height > 14]
    boxes = [frame(Polygon(b.ring)) for b in slabs]
    long = [box for box in boxes if box.length > 1.8 * box.width]
    assert len(long) > 10
    assert np.mean([abs(box.along[0]) > 0.97 for box in long]) > 0.8


def measures(city: City) -> tuple[float, float, float]:
    """Height that floor space lies in on average, floor space over dry ground, share of footprints with tiled roofs."""
    floor = np.array([b.floor_m2 for b in city.buildings])
    height = np.array([b.height for b in city.buildings])
    area = np.array([b.area for b in city.buildings])
    tiled = np.array([b.roof == "pitched" for b in city.buildings])
    land = city.size_m**2 - city.terrain.water.intersection(shapely.box(0, 0, city.size_m, city.size_m)).area
    return float((floor * height).sum() / floor.sum()), float(floor.sum() / land), float((area * tiled).sum() / area.sum())


def test_a_planner_tells_the_styles_apart() -> None:
    tall, dense_floor, tiled = measures(dense())
    low, core_floor, core_tiled = measures(ringed())
    assert tall > 2.5 * low
    assert dense_floor > 1.2 * core_floor
    assert core_tiled > 0.6 > 0.3 > tiled
    assert measures(dry())[1] < core_floor
    assert low < 25
    assert measures(port())[0] < tall


def test_floor_space_by_use_is_a_citys() -> None:
    for city in (dense(), ringed()):
        floor: Counter[str] = Counter()
        for building in city.buildings:
            floor[building.use] += building.floor_m2  # type: ignore[assignment]
        total = sum(floor.values())
        homes = (floor["apartments"] + 0.6 * floor["mixed"] + floor["house"]) / total
        assert 0.2 < homes < 0.9
        assert floor["hotel"] / total < 0.06
    assert sum(b.floor_m2 for b in ringed().buildings if b.use == "mixed") > 0.25 * total


@pytest.mark.parametrize("name", NEW)
def test_bridges_keep_their_distance_and_cross_squarely(name: str) -> None:
    terrain = make_terrain(7, STYLES[name], 1600, 1.0)
    places, slants = [], []
    for road in make_roads(terrain):
        wet = road.line.intersection(terrain.river) if road.kind in MAIN else LineString()
        for part in shapely.get_parts(wet):
            if part.length > 20:
                ends = np.array(part.coords)[[0, -1]]
                middle = ends.mean(axis=0)
                at = int(np.argmin(np.hypot(*(terrain.river_line - middle).T)))
                flow = terrain.river_line[at + 1] - terrain.river_line[at - 1]
                way = ends[1] - ends[0]
                slants.append(abs(flow @ way) / np.hypot(*flow) / np.hypot(*way))
                places.append(middle)
    gaps = [np.hypot(*(a - b)) for i, a in enumerate(places) for b in places[i + 1 :]]
    assert places
    assert min(gaps, default=1e9) > 0.6 * terrain.style.bridge_gap_m  # measured between middles, kept between banks
    assert max(slants) < STEEPEST_CROSSING + 0.15


def test_the_old_core_has_lanes_within_a_boulevard_and_trains_end_outside_it() -> None:
    terrain = make_terrain(5, STYLES["radial"], 1600, 1.0)
    roads = make_roads(terrain)
    ring = next(road.line for road in roads if road.kind == "boulevard")
    assert Polygon(ring.coords).contains(Point(terrain.centre))
    turns = np.linspace(0, 6, 25)
    around = terrain.centre + wall_radius(terrain.seed, turns)[:, None] * np.column_stack([np.cos(turns), np.sin(turns)])
    assert max(ring.distance(Point(place)) for place in around) < 3
    lanes = [road.line for road in roads if road.kind == "lane"]
    assert len(lanes) > 10
    assert all(Polygon(ring.coords).contains(lane.interpolate(0.5, normalized=True)) for lane in lanes)
    stop, railway = station(terrain), long_lines(terrain)[1]
    assert stop is not None
    assert stop.terminus
    assert not Polygon(ring.coords).intersects(LineString(railway))
    assert stop.yard.distance(Point(railway[0])) < 1
    assert all(not road.line.intersects(stop.yard) for road in roads if road.kind in ("street", "lane", "secondary"))


@pytest.mark.parametrize("name", NEW)
def test_an_emerging_district_is_less_urban_and_waits_for_buildings(name: str) -> None:
    axis = np.arange(0, 4000, 80.0)
    grown, edge = (make_terrain(5, STYLES[name], 4000, maturity) for maturity in (1.0, 0.4))
    places = np.meshgrid(axis, axis)
    assert urbanity(edge, *places).mean() < urbanity(grown, *places).mean() - 0.2
    young = generate(6, name, 400.0, maturity=0.35, workers=1)
    sites = sum(area.polygon.area for area in young.areas if area.kind == "site")
    assert sites > 0.15 * 400**2
