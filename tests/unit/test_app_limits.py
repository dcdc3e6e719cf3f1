"""What the page sends of zones, and what is said of the choice: no browser needed."""

import base64
from typing import Any

import numpy as np
import pytest
import shapely

from app.callbacks.inputs import zones_here
from app.callbacks.limits import cells_between, uploaded
from app.components.limits import method_note, zone_rows
from app.figures.gains import gains_figure
from netspatial_core.area import StudyArea
from netspatial_core.errors import InputError
from netspatial_core.planning.limits import Limits
from netspatial_core.planning.zones import Zone, collection_of
from tests.unit.plan_views import plan_view

GRID = StudyArea.from_centre(121.47, 31.23, 0.5).grid


@pytest.mark.parametrize(("text", "count"), [("R01C01:R02C03", 6), ("r02c03:r01c01", 6), ("R05C05", 1), ("R01C01 : R05C05", 25)])
def test_two_corner_cells_mark_all_between(text: str, count: int) -> None:
    ground = cells_between(text, GRID)
    assert Zone("exclude", ground, "z").cells(GRID).sum() == count
    assert len(shapely.get_coordinates(ground)) == 5  # four corners


@pytest.mark.parametrize("text", [None, "", "R06C01", "R01C01:R02C02:R03C03", "everything", 7])
def test_what_names_no_cells_is_refused(text: Any) -> None:
    with pytest.raises(InputError, match="names no cells"):
        cells_between(text, GRID)


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (None, None, "no file of zones"),
        ("data:,x", "zones.exe", "no file of zones"),
        ("data:;base64,####", "zones.geojson", "did not arrive whole"),
        ("nothing", "zones.geojson", "did not arrive whole"),
        ("data:;base64," + base64.b64encode(b"{}").decode(), "../../zones.geojson", "cannot be read"),
    ],
)
def test_a_forged_upload_is_refused(content: Any, name: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        uploaded(content, name)


def test_zones_of_another_area_do_not_count() -> None:
    stored = {"area": "here", **collection_of([Zone("exclude", shapely.box(0, 0, 1, 1), "z")])}
    assert len(zones_here(stored, "here")) == 1
    assert zones_here(stored, "there") == zones_here(None, "here") == zones_here("x", "here") == ()
    with pytest.raises(InputError):
        zones_here({"area": "here", "features": "x"}, "here")


def test_a_zone_s_row_names_it_and_can_remove_it() -> None:
    row = zone_rows([Zone("cost", shapely.box(0, 0, 1, 1), "<b>old</b>", 5e4)], [7], "EUR")[0]
    texts = [getattr(part, "children", None) for part in row.children]
    assert texts[1:4] == ["<b>old</b>", "50,000 EUR a site", "7 cells"]
    assert row.children[4].to_plotly_json()["props"]["aria-label"] == "Remove <b>old</b>"
    assert "No zone is marked" in zone_rows([], [], "EUR")[0].children


def test_what_is_proven_of_a_choice_is_said() -> None:
    best = method_note(plan_view(method="exact", limits=Limits(150.0)))
    assert "Proven best: " in best
    assert " GB/h in sum, best first has " in best
    joint = plan_view(method="joint", k=2)
    gains = joint.selection.gains
    assert gains is not None
    assert f"They carry {gains[:2].sum():.3g} GB/h together" in method_note(joint)
    assert "new load" in method_note(plan_view(method="joint", utility="net"))


def test_the_picked_ones_of_the_gains_are_amber() -> None:
    figure = gains_figure(np.array([9.0, 4.0, 1.0]), 2, "dark")
    assert list(figure.data[0].y) == [9, 4, 1]
    colours = figure.data[0].marker.color
    assert colours[0] == colours[1] != colours[2]
