from dataclasses import replace

import numpy as np

from netspatial_core.area import StudyArea
from netspatial_core.sources.faults import source_faults
from netspatial_core.sources.imagery import Imagery
from netspatial_core.sources.pois import PoiSet
from netspatial_core.sources.scene import Scene
from netspatial_core.sources.stations import Stations

AREA = StudyArea.from_centre(9.0, 47.0, 0.5, name="small")
SCENE = Scene(AREA, None, PoiSet.absent(), Stations.none(), None, "measured", "small")


def test_what_nobody_asked_for_is_no_fault():
    assert source_faults(SCENE) == ()


def test_stale_copies_and_missing_tiles_are_told_once():
    pixels = np.zeros((3, 2, 2), np.uint8)
    missing, stale = "3 of 9 tiles are missing.", "The service failed: 2 tiles are copies of 2026-01-02 03:04 UTC or later."
    picture = Imagery(pixels, np.ones((2, 2), bool), 32632, 0, 0, 1.5, "s", "", "", None, (missing, stale, missing))
    pois = replace(PoiSet.absent(), status="ok", notes=("The POI service failed: a copy of 2026-01-01 00:00 UTC is used.",))
    assert source_faults(replace(SCENE, imagery=picture, pois=pois)) == (
        f"Imagery: {missing}",
        f"Imagery: {stale}",
        "POIs: The POI service failed: a copy of 2026-01-01 00:00 UTC is used.",
    )


def test_each_service_that_failed_is_named_with_its_reason():
    failed = replace(PoiSet.absent(), status="failed", notes=("It answered 504.",))
    assert source_faults(replace(SCENE, imagery_fault="tiles.example answered 429.", pois=failed)) == (
        "Planned without imagery, its service failed: tiles.example answered 429.",
        "Planned without POIs, their service failed: It answered 504.",
    )
