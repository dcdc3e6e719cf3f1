from dataclasses import replace

import numpy as np

from netspatial_core.area import StudyArea
from netspatial_core.sources.faults import ALONE, source_faults
from netspatial_core.sources.imagery import Imagery
from netspatial_core.sources.pois import PoiSet
from netspatial_core.sources.scene import Scene
from netspatial_core.sources.stations import Stations

AREA = StudyArea.from_centre(9.0, 47.0, 0.5, name="small")
SCENE = Scene(AREA, None, PoiSet.absent(), Stations.none(), None, "measured", "small")


def picture_of(share: float) -> Imagery:
    """A picture over the area and its margin, of which the western ``share`` is there."""
    west, south, east, north = AREA.outer_bounds
    rows, columns = round((north - south) / 1.5), round((east - west) / 1.5)
    valid = np.zeros((rows, columns), bool)
    valid[:, : round(share * columns)] = True
    return Imagery(np.zeros((3, rows, columns), np.uint8), valid, AREA.epsg, west, north, 1.5, "s", "", "", None)


def test_nothing_is_told_where_all_is_there_and_what_was_not_given_is():
    present = replace(PoiSet.absent(), status="ok")
    whole = replace(SCENE, imagery=picture_of(1.0), pois=present)
    assert source_faults(whole) == ()
    assert source_faults(replace(whole, imagery=None)) == (f"Planned without imagery, none was given. {ALONE}",)
    assert source_faults(replace(whole, pois=PoiSet.absent())) == (f"Planned without POIs, none were given. {ALONE}",)


def test_stale_copies_and_missing_tiles_are_told_once():
    missing, stale = "3 of 9 tiles are missing.", "The service failed: 2 tiles are copies of 2026-01-02 03:04 UTC or later."
    picture = replace(picture_of(1.0), notes=(missing, stale, missing))
    pois = replace(PoiSet.absent(), status="ok", notes=("The POI service failed: a copy of 2026-01-01 00:00 UTC is used.",))
    assert source_faults(replace(SCENE, imagery=picture, pois=pois)) == (
        f"Imagery: {missing}",
        f"Imagery: {stale}",
        "POIs: The POI service failed: a copy of 2026-01-01 00:00 UTC is used.",
    )


def test_each_service_that_failed_is_named_with_its_reason():
    failed = replace(PoiSet.absent(), status="failed", notes=("It answered 504.",))
    assert source_faults(replace(SCENE, imagery_fault="tiles.example answered 429.", pois=failed)) == (
        f"Planned without imagery, its service failed: tiles.example answered 429. {ALONE}",
        f"Planned without POIs, their service failed: It answered 504. {ALONE}",
    )


def test_ground_that_the_picture_does_not_show_is_told():
    scene = replace(SCENE, pois=replace(PoiSet.absent(), status="ok"))
    assert source_faults(replace(scene, imagery=picture_of(0.99))) == ()  # the area is 500 m of 1,500: the gap is its margin's
    (half,) = source_faults(replace(scene, imagery=picture_of(0.5)))
    assert "shows 50 % of the study area and 50 % of it with the 500 m around" in half
    (third,) = source_faults(replace(scene, imagery=picture_of(1 / 3)))  # the margin in the west, and nothing else
    assert "shows 0 % of the study area and 33.3 %" in third
    (most,) = source_faults(replace(scene, imagery=picture_of(0.9)))
    assert "shows all of the study area and 90 %" in most


def test_coverage_counts_what_lies_beyond_the_picture_as_unseen():
    picture = Imagery(np.zeros((3, 10, 10), np.uint8), np.ones((10, 10), bool), 32632, 100.0, 200.0, 2.0, "s", "", "", None)
    assert picture.coverage((100, 180, 120, 200)) == 1  # all of its 20 m by 20 m
    assert picture.coverage((90, 180, 110, 200)) == 0.5  # half of the box lies west of it
    assert picture.coverage((110, 170, 130, 190)) == 0.25
    assert picture.coverage((300, 180, 320, 200)) == 0
    assert picture.coverage((60, 180, 80, 200)) == 0
