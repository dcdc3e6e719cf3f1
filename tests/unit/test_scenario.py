"""Scenarios: what they change of a scene, what they refuse, and that they survive JSON."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point

from netspatial_core.area import StudyArea
from netspatial_core.errors import InputError
from netspatial_core.planning.development import HALF_M, Development, fold, unfold
from netspatial_core.planning.scenario import AS_IT_IS, Poi, Scenario, Site, applied, scenario_of
from netspatial_core.planning.zones import zones_of_geojson
from netspatial_core.sources.constraints import Exclusions, feasibility
from netspatial_core.sources.imagery import Imagery
from netspatial_core.sources.pois import PoiSet
from netspatial_core.sources.scene import Scene
from netspatial_core.sources.stations import Stations

AREA = StudyArea.from_centre(8.55, 47.37, 2.0, name="somewhere")
SHOP = (("shop", "supermarket"),)


def at(cell: str) -> tuple[float, float]:
    lon, lat = AREA.grid.centres_wgs84[AREA.grid.ids.index(cell)]
    return float(lon), float(lat)


def square(cells: tuple[str, str]) -> shapely.Polygon:
    """The box around the centres of two cells, and half a cell more."""
    (x0, y0), (x1, y1) = (AREA.grid.centres[AREA.grid.ids.index(cell)] for cell in cells)
    box = shapely.box(min(x0, x1) - 50, min(y0, y1) - 50, max(x0, x1) + 50, max(y0, y1) + 50)
    return shapely.transform(box, AREA.to_wgs84)


def scene(**more: object) -> Scene:
    stations = Stations(("S1", "S2"), np.array([at("R05C05"), at("R15C15")]), np.array([50.0, np.nan]), "stations.csv", "ab")
    tags = ({"amenity": "cafe"}, {"shop": "books"}, {"office": "it"})
    pois = PoiSet(np.array([at("R03C03"), at("R10C10"), at("R16C16")]), tags, "ok", "pois.geojson", "", "cd", None)
    return replace(Scene(AREA, None, pois, stations, None, "measured", "somewhere"), **more)  # type: ignore[arg-type]


def test_without_changes_the_scene_is_the_very_same() -> None:
    given = scene()
    assert applied(AS_IT_IS, given) is given
    assert applied(Scenario(sites=(Site("A", *at("R02C02"), on=False),)), given) is given


def test_sites_join_the_stations_and_those_switched_off_leave() -> None:
    made = applied(Scenario(sites=(Site("A", *at("R02C02")), Site("B", *at("R08C08"), on=False)), off=("S1",)), scene()).stations
    assert made.ids == ("S2", "A")
    np.testing.assert_allclose(made.lonlat, [at("R15C15"), at("R02C02")])
    assert np.isnan(made.capacity).all()
    assert made.sha256 != "ab"


def test_pois_are_added_taken_away_and_moved() -> None:
    moved = Scenario(added=(Poi(*at("R19C01"), SHOP), Poi(*at("R01C01"), (("amenity", "cafe"),))), removed=(0,))
    made = applied(moved, scene()).pois
    assert [dict(t) for t in made.tags] == [{"shop": "books"}, {"office": "it"}, {"shop": "supermarket"}, {"amenity": "cafe"}]
    np.testing.assert_allclose(made.lonlat[2], at("R19C01"))
    assert made.status == "ok"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (Scenario(off=("S9",)), "no station 'S9'"),
        (Scenario(sites=(Site("S1", *at("R02C02")),)), "'S1' is taken"),
        (Scenario(sites=(Site("A", 8.7, 47.37),)), "outside of the study area"),
        (Scenario(removed=(3,)), "no POI 3"),
        (Scenario(added=(Poi(9.0, 47.37, SHOP),)), "outside of the study area"),
        (Scenario(developments=(Development("new town", square(("R01C01", "R02C02")), "R99C01"),)), "no cell 'R99C01'"),
        (Scenario(developments=(Development("far", shapely.box(9, 48, 9.01, 48.01), "R01C01"),)), "outside of the study area"),
    ],
)
def test_what_does_not_fit_the_scene_is_refused(wrong: Scenario, says: str) -> None:
    with pytest.raises(InputError, match=says):
        applied(wrong, scene())


def test_pois_cannot_be_changed_where_none_are_known() -> None:
    with pytest.raises(InputError, match="not known"):
        applied(Scenario(added=(Poi(*at("R02C02"), SHOP),)), scene(pois=PoiSet.absent()))


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        {"sites": {}},
        {"a": 1},
        {"sites": [{"name": "A"}]},
        {"sites": [{"lon": 8, "lat": 47}]},
        {"sites": [{"name": "A", "lon": "8", "lat": 47}]},
        {"sites": [{"name": "A", "lon": 8, "lat": 95}]},
        {"sites": [{"name": "A", "lon": 10**400, "lat": 47}]},
        {"sites": [3]},
        {"sites": [{"name": str(i), "lon": 8, "lat": 47} for i in range(51)]},
        {"added": [{"lon": 8, "lat": 47, "tags": {"building": "yes"}}]},
        {"removed": [-1]},
        {"removed": [True]},
        {"removed": ["1; drop"]},
        {"developments": [{"name": "x", "like": "R01C01"}]},
        {"developments": [{"name": "x", "like": "R01C01", "geometry": {"type": "Polygon", "coordinates": "here"}}]},
    ],
)
def test_forged_scenarios_are_refused(wrong: object) -> None:
    with pytest.raises(InputError):
        scenario_of(wrong)


def test_a_scenario_survives_json() -> None:
    made = Scenario(
        "Harbour, later",
        (Site("A", 8.55, 47.37), Site("B", 8.551, 47.371, on=False)),
        ("S1",),
        (Poi(8.55, 47.37, SHOP),),
        (0, 2),
        (Development("new town", square(("R01C01", "R02C02")), "R10C10"),),
    )
    assert scenario_of(made.json()) == made
    assert made.says == "1 new site, 1 station off, 1 POI added, 2 POIs removed, 1 building zone"
    assert made.sha256 == replace(made, name="another", sites=made.sites[:1]).sha256


@given(st.floats(-3000, 3000))
def test_every_offset_is_copied_from_the_square_and_found_again(offset: float) -> None:
    source = float(fold(np.array([offset]))[0])
    assert abs(source) <= HALF_M + 1e-9
    assert np.abs(unfold(source, -3001, 3001) - offset).min() < 1e-6


def test_a_zone_looks_like_its_model_and_takes_sites() -> None:
    zone = Development("new town", square(("R02C02", "R04C04")), "R10C10")  # 300 m, within one square: a plain copy
    side = 600
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (3, side, side), dtype=np.uint8)
    west, _, _, north = AREA.outer_bounds
    picture = Imagery(pixels, np.ones((side, side), bool), AREA.epsg, west, north, 5.0, "p.tif", "", "ef", None)
    green = Exclusions((square(("R01C01", "R06C06")),), ("green",), "x.geojson", "gh")
    before = scene(imagery=picture, exclusions=green)
    after = applied(Scenario(developments=(zone,)), before)

    def block(imagery: Imagery | None, cell: str) -> np.ndarray:
        assert imagery is not None
        x, y = AREA.grid.centres[AREA.grid.ids.index(cell)]
        row, column = int((north - y) / 5), int((x - west) / 5)
        return imagery.pixels[:, row - 8 : row + 8, column - 8 : column + 8]

    np.testing.assert_array_equal(block(after.imagery, "R03C03"), block(picture, "R10C10"))
    np.testing.assert_array_equal(block(after.imagery, "R12C12"), block(picture, "R12C12"))
    # the cafe of the zone is gone; the book shop at the model's middle stands in the zone's middle too
    assert [t.get("shop") or t.get("office") for t in after.pois.tags] == ["books", "it", "books"]
    np.testing.assert_allclose(after.pois.lonlat[2], at("R03C03"), atol=1e-5)
    then = feasibility(AREA.grid, after.exclusions, after.stations)
    cells = [AREA.grid.ids.index(cell) for cell in ("R03C03", "R02C04", "R06C01")]
    assert feasibility(AREA.grid, before.exclusions, before.stations)[cells].tolist() == ["green"] * 3
    assert then[cells].tolist() == ["", "", "green"]


def test_a_poi_that_is_added_in_a_building_zone_stands_there() -> None:
    zone = Development("new town", square(("R02C02", "R04C04")), "R19C01")
    made = applied(Scenario(added=(Poi(*at("R03C03"), SHOP),), developments=(zone,)), scene()).pois
    assert dict(SHOP) in [dict(tags) for tags in made.tags]


def test_an_outline_that_crosses_itself_a_thousand_times_is_refused_at_once() -> None:
    ring = np.random.default_rng(0).uniform(0, 0.01, (900, 2)) + np.array([8.55, 47.37])
    wild = {"type": "Polygon", "coordinates": [[*ring.tolist(), ring[0].tolist()]]}
    with pytest.raises(InputError, match="crosses itself"):
        scenario_of({"developments": [{"name": "x", "like": "R01C01", "geometry": wild}]})
    with pytest.raises(InputError, match="crosses itself"):
        zones_of_geojson({"features": [{"geometry": wild, "properties": {}}]})
    bow = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
    assert scenario_of({"developments": [{"name": "x", "like": "R01C01", "geometry": bow}]}).developments[0].geometry.is_valid


def test_a_point_is_no_zone() -> None:
    with pytest.raises(InputError, match="no polygon"):
        applied(Scenario(developments=(Development("dot", Point(8.55, 47.37), "R01C01"),)), scene())
