"""The plan command refuses what it cannot use before it starts: no model is opened, nothing is encoded, nothing generated."""

from pathlib import Path

import pytest

from netspatial_core.area import StudyArea
from netspatial_core.command.plan import Choice, plan
from netspatial_core.errors import InputError
from netspatial_core.pipeline import PlanRequest
from netspatial_core.settings import Settings

# a run of this request would end with "There is no model": any other message came before the run
REQUEST = PlanRequest(area=StudyArea.from_centre(8.55, 47.37, 0.8), model="no-such-model")


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (Choice(utility="charm"), "no utility 'charm'"),
        (Choice(k=-1), "K = -1"),
        (Choice(floor=float("nan")), "floor of nan"),
        (Choice(floor=-1.0), "floor of -1"),
        (Choice(min_spacing_m=float("inf")), "spacing of inf"),
    ],
)
def test_a_choice_that_makes_no_sense(choice: Choice, said: str, local_settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=said):
        plan(REQUEST, choice, local_settings, tmp_path / "out", keep="traffic", rationales=False)
    assert not (tmp_path / "out").exists()


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
