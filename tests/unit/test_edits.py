"""Changes to a scenario one at a time: what each does, what it refuses, and that undo finds its way back."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import shapely

from app.callbacks.history import KEPT, MOST, UNDONE, History, history_of, with_history
from netspatial_core.errors import InputError
from netspatial_core.planning import edits
from netspatial_core.planning.scenario import AS_IT_IS, Scenario
from netspatial_core.sources.pois import PoiSet

CAFE = {"amenity": "cafe", "name": "Blue Door"}
POIS = PoiSet(np.array([[8.55, 47.37], [8.56, 47.38]]), (CAFE, {"shop": "books"}), "ok", "p.geojson", "", "ab", None)
STATIONS = ("S1", "New 1")


def test_sites_take_free_names_and_can_be_switched_moved_and_dropped() -> None:
    made = edits.place(edits.place(AS_IT_IS, 8.55, 47.37, STATIONS), 8.56, 47.38, STATIONS)
    assert [site.name for site in made.sites] == ["New 2", "New 3"]
    assert not edits.toggle(made, 1).sites[1].on
    assert edits.toggle(edits.toggle(made, 1), 1) == made
    moved = edits.move(made, "site", 0, 8.5512345678, 47.3712345678, POIS)
    assert (moved.sites[0].lon, moved.sites[0].lat) == (8.551235, 47.371235)
    assert edits.drop(moved, "site", 0, POIS).sites == made.sites[1:]


def test_a_station_is_switched_off_and_on_again() -> None:
    off = edits.switch(AS_IT_IS, "S1", STATIONS)
    assert off.off == ("S1",)
    assert edits.switch(off, "S1", STATIONS) == AS_IT_IS
    assert edits.drop(off, "off", 0, POIS) == AS_IT_IS
    with pytest.raises(InputError, match="No station"):
        edits.switch(AS_IT_IS, "S9", STATIONS)


def test_pois_added_together_stand_apart_and_are_one_group() -> None:
    made = edits.add(edits.add(AS_IT_IS, "Supermarket", 20, 8.55, 47.37), "Cinema", 1, 8.55, 47.37)
    assert [len(group) for group in edits.groups(made)] == [20, 1]
    at = np.array([(p.lon * math.cos(math.radians(47.37)), p.lat) for p in made.added[:20]]) * edits.METRES_PER_DEGREE
    away = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))[np.triu_indices(20, 1)]
    assert away.min() > 8
    assert away.max() < 2 * edits.GROUP_M
    moved = edits.move(made, "group", 0, 8.56, 47.38, POIS)
    assert (moved.added[0].lon, moved.added[0].lat) == (8.56, 47.38)
    np.testing.assert_allclose(moved.added[7].lon - made.added[7].lon, 0.01, atol=2e-6)
    assert moved.added[20] == made.added[20]
    assert edits.drop(made, "group", 3, POIS).added == made.added[20:]
    with pytest.raises(InputError, match="Keep to 200"):
        edits.add(made, "Hotel", 190, 8.55, 47.37)
    with pytest.raises(InputError, match="No kind"):
        edits.add(AS_IT_IS, "Castle", 1, 8.55, 47.37)


def test_a_poi_that_moves_is_taken_away_and_added_with_its_tags() -> None:
    moved = edits.move(AS_IT_IS, "poi", 0, 8.6, 47.4, POIS)
    assert moved.removed == (0,)
    assert dict(moved.added[0].tags) == CAFE
    gone = edits.drop(AS_IT_IS, "poi", 1, POIS)
    assert gone.removed == (1,)
    assert edits.drop(gone, "poi", 1, POIS) == AS_IT_IS


def test_what_is_not_there_cannot_be_changed() -> None:
    for wrong in (
        lambda: edits.toggle(AS_IT_IS, 0),
        lambda: edits.move(AS_IT_IS, "site", -1, 8, 47, POIS),
        lambda: edits.move(AS_IT_IS, "zone", 0, 8, 47, POIS),
        lambda: edits.move(AS_IT_IS, "poi", 2, 8, 47, POIS),
        lambda: edits.drop(AS_IT_IS, "zone", 0, POIS),
        lambda: edits.drop(AS_IT_IS, "group", 0, POIS),
    ):
        with pytest.raises(InputError):
            wrong()


def test_zones_take_free_names() -> None:
    ground = shapely.box(8.55, 47.37, 8.56, 47.38)
    made = edits.build(edits.build(AS_IT_IS, ground, "R01C01"), ground, "R02C02")
    assert [zone.name for zone in made.developments] == ["Zone 1", "Zone 2"]
    assert edits.build(edits.drop(made, "zone", 0, POIS), ground, "R03C03").developments[1].name == "Zone 1"


def test_a_change_to_the_area_as_it_is_makes_a_scenario_and_undo_takes_it_back() -> None:
    start = History()
    one = start.changed(edits.place(start.scenario, 8.55, 47.37, STATIONS))
    two = one.changed(edits.place(one.scenario, 8.56, 47.38, STATIONS))
    copy = two.added(two.scenario)
    assert [s.name for s in copy.scenarios] == ["Scenario 1", "Scenario 2"]
    assert copy.scenario.sites == two.scenario.sites
    assert copy.chosen(-1).scenario == AS_IT_IS
    assert copy.undone().scenarios == two.scenarios
    assert copy.undone().undone().scenario == one.scenario
    assert copy.undone().undone().undone() == start
    assert copy.deleted().scenarios == copy.scenarios[:1]
    stored = with_history({"there": start.json()}, "here", copy)
    assert history_of(stored, "here") == copy
    assert history_of(stored, "there") == history_of(stored, "elsewhere") == history_of(None, "here") == start
    for wrong in (start.undone, start.deleted, lambda: one.chosen(1)):
        with pytest.raises(InputError):
            wrong()


def test_a_history_forgets_and_has_an_end() -> None:
    kept = History()
    for i in range(UNDONE + 5):
        kept = kept.changed(replace(kept.scenario, removed=(i,)))
    assert len(kept.past) == UNDONE
    full = History(tuple(Scenario(str(i)) for i in range(MOST)), 0)
    with pytest.raises(InputError, match="Delete one"):
        full.added(AS_IT_IS)


def test_a_scenario_from_a_file_keeps_its_name_where_it_is_free() -> None:
    kept = History((Scenario("Later"),), 0)
    assert kept.opened(Scenario("Sooner")).scenario.name == "Sooner"
    assert kept.opened(Scenario("Later")).scenario.name == "Scenario 1"


@pytest.mark.parametrize("forged", ["x", 7, {"list": "x"}, {"list": [{"sites": [1]}], "at": 0}])
def test_forged_histories_are_refused(forged: object) -> None:
    with pytest.raises(InputError):
        history_of({"here": forged}, "here")


def test_what_a_browser_keeps_has_an_end() -> None:
    kept = History()
    for i in range(UNDONE):
        kept = kept.changed(replace(kept.scenario, removed=tuple(range(2000 - i))))
    assert len(kept.past) == UNDONE
    assert len(json.dumps(kept.json())) < 1.1 * KEPT
    assert 0 < len(kept.json()["past"]) <= UNDONE
    full = edits.add(Scenario("A", removed=tuple(range(2000))), "Hotel", 200, 8.55, 47.37)
    many = History((full,) * MOST, 0)
    with pytest.raises(InputError, match="more than a browser"):
        many.json()
