from dataclasses import replace

from netspatial_core.area import StudyArea
from netspatial_core.sources.faults import source_faults
from netspatial_core.sources.pois import PoiSet
from netspatial_core.sources.scene import Scene
from netspatial_core.sources.stations import Stations

AREA = StudyArea.from_centre(9.0, 47.0, 0.5, name="small")
SCENE = Scene(AREA, None, PoiSet.absent(), Stations.none(), None, "measured", "small")


def test_what_nobody_asked_for_is_no_fault():
    assert source_faults(SCENE) == ()


def test_each_service_that_failed_is_named_with_its_reason():
    failed = replace(PoiSet.absent(), status="failed", notes=("It answered 504.",))
    assert source_faults(replace(SCENE, imagery_fault="tiles.example answered 429.", pois=failed)) == (
        "Planned without imagery, its service failed: tiles.example answered 429.",
        "Planned without POIs, their service failed: It answered 504.",
    )
