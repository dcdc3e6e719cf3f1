"""The plan command refuses what it cannot use before it starts: no model is opened, nothing is encoded, nothing generated."""

from dataclasses import replace
from pathlib import Path

import pytest
from rationale_facts import make

from netspatial_core.area import StudyArea
from netspatial_core.command.places import area, rounded
from netspatial_core.command.plan import plan, unwritten
from netspatial_core.errors import InputError
from netspatial_core.pipeline import PlanRequest
from netspatial_core.planning.view import Choice
from netspatial_core.rationale.writer import FACTS, Rationale
from netspatial_core.settings import Settings

# a run of this request would end with "There is no model": any other message came before the run
REQUEST = PlanRequest(area=StudyArea.from_centre(8.55, 47.37, 0.8), pois="pois.geojson", model="no-such-model")


def test_an_out_that_cannot_be_written(local_settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for out, said in (
        (tmp_path / "file", "file is a file"),
        (tmp_path / "file" / "deep" / "out", "out cannot be written"),
        (Path("/proc/netspatial/out"), "out cannot be written"),  # refused even to root
    ):
        with pytest.raises(InputError, match=said):
            plan(REQUEST, Choice(), local_settings, out, keep="traffic", rationales=False)
    with pytest.raises(InputError, match="no model"):  # and one that can be: nothing is left of the trial
        plan(REQUEST, Choice(), local_settings, tmp_path / "new" / "out", keep="traffic", rationales=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def test_a_place_of_which_nothing_is_given_is_refused(local_settings: Settings, tmp_path: Path) -> None:
    nowhere = PlanRequest(area=area(None, "8.55,47.37", 0.8, 100.0), model="none")
    with pytest.raises(InputError, match="Neither imagery nor POIs were given"):
        plan(nowhere, Choice(), local_settings, tmp_path / "out", keep="traffic", rationales=False)
    assert list(tmp_path.iterdir()) == []


def test_a_distance_that_makes_no_sense_is_refused_before_the_run(local_settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="distance of -5 m"):
        plan(replace(REQUEST, min_distance_m=-5.0), Choice(), local_settings, tmp_path / "out", keep="traffic", rationales=False)


def test_texts_that_the_model_did_not_write_are_told_with_the_reason() -> None:
    facts = make()
    own = Rationale("x", "SmolLM2", facts, True)
    plain = Rationale("x", FACTS, facts, True, ("nothing is no model: no config.json.",))
    assert unwritten([own, own], "smollm2") == []
    assert unwritten([plain], "none") == []
    (told,) = unwritten([own, plain, plain], "smollm2")
    assert told.startswith("Rationales: 2 of 3 are plain text from the facts")
    assert "nothing is no model" in told


def test_a_side_that_is_no_whole_number_of_cells_is_told() -> None:
    assert rounded(area(None, "8.55,47.37", 3.0, 100.0), 3.0, 100.0) == ""
    said = rounded(area(None, "8.55,47.37", None, 400.0), None, 400.0)
    assert said == "The area is 3.2 km wide, not 3: 8 whole cells of 400 m."
