"""What the planner says of sources on screen: none, failed and absent differ (THREATS 3); basemaps and their credit."""

import json
from typing import Any

import numpy as np
import pytest
from dash.development.base_component import Component
from plan_views import pieces

from app.callbacks.inspect import _flags, _mix_note
from app.callbacks.view import _list
from app.components.map2d import map2d
from netspatial_core.area import StudyArea
from netspatial_core.encoders.context import SiteContext
from netspatial_core.encoders.tabular import FEATURES
from netspatial_core.planning.flags import cell_flags
from netspatial_core.planning.view import Choice, PlanPieces, PlanView, view
from netspatial_core.rationale.facts import Surroundings, cell_facts
from netspatial_core.settings import Settings
from netspatial_core.sources.faults import source_faults
from netspatial_core.sources.pois import PoiSet
from netspatial_core.sources.scene import Scene
from netspatial_core.sources.stations import Stations

WHY = "overpass.example.org did not answer."
NOTES = {"failed": "the service failed", "absent": "none were given", "ok": "none within 500 m"}
FLAGS = {"failed": "POI service failed", "absent": "POIs not given", "ok": "No POIs within 500 m"}


def planned(status: Any) -> tuple[PlanView, Scene]:
    """A plan over a scene whose POIs have a status and are none, as the pipeline would flag it."""
    made, _ = pieces()
    area, cells = made.grid.area, len(made.grid)
    pois = PoiSet(np.empty((0, 2)), (), status, "test", "", "", None, (WHY,) if status == "failed" else ())
    scene = Scene(area, None, pois, Stations.none(), None, "measured", "here")
    empty, text = np.zeros((cells, 0), np.float32), np.zeros((0, 4), np.float32)
    context = SiteContext(
        made.grid.centres, empty, np.zeros(cells, bool), text, text, np.zeros(0, np.int64), np.zeros(cells + 1, np.int64),
        status, np.full((cells, len(FEATURES)), np.nan),
    )  # fmt: skip
    flags = cell_flags(scene, context, made.cells, made.statistics)
    flagged = PlanPieces(made.grid, made.reasons, made.cells, made.statistics, flags, made.provenance, "measured")
    return view(flagged, Choice("mean", k=2, floor=0.0)), scene


def words(parts: Any) -> str:
    """Everything that components say, as the browser gets it."""
    return json.dumps([part.to_plotly_json() for part in parts], default=lambda x: x.to_plotly_json())


@pytest.mark.parametrize("status", ["failed", "absent", "ok"])
def test_no_pois_and_no_answer_are_different_words_in_the_inspector(status: str) -> None:
    plan, scene = planned(status)
    cell = int(plan.selection.picks[0])
    facts = cell_facts(plan, Surroundings.of(scene.area, scene.pois, scene.stations), cell)
    assert _mix_note(facts) == NOTES[status]
    said = [text for text, _ in _flags(plan, cell)]
    assert FLAGS[status] in said
    assert not set(said) & ({*FLAGS.values()} - {FLAGS[status]})
    assert ("Real ground", "ok") in _flags(plan, cell)


@pytest.mark.parametrize("status", ["failed", "absent", "ok"])
def test_a_service_that_failed_is_told_beside_the_picks_with_its_reason(status: str) -> None:
    plan, scene = planned(status)
    said = words(_list(plan, source_faults(scene)))
    assert (f"Planned without POIs, their service failed: {WHY}" in said) == (status == "failed")
    assert plan.grid.ids[int(plan.selection.picks[0])] in said  # the plan stands all the same


def layers(settings: Settings) -> list[Component]:
    return list(map2d(settings, StudyArea.from_centre(9.0, 47.0, 1.0).centre).children)


def test_a_configured_basemap_lies_under_everything_with_its_attribution() -> None:
    address = "https://tiles.example.org/{z}/{x}/{y}.png"
    with_base = layers(Settings(basemap_url=address, basemap_attribution="© Example"))
    without = layers(Settings(basemap_url=None))
    assert len(with_base) == len(without) + 1
    assert (with_base[0].url, with_base[0].attribution) == (address, "© Example")
    assert [type(layer) for layer in with_base[1:]] == [type(layer) for layer in without]
    assert address not in words(without)
