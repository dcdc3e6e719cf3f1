"""The network page's rows and charts, without a browser."""

from typing import Any

import numpy as np
import pytest

from app.callbacks.network import classes_here
from app.figures.network import hours_figure, lorenz_figure
from app.pages.network import class_counts, class_rows, rows
from netspatial_core.planning.network import lorenz
from netspatial_core.planning.station_load import StationLoad

NAN = float("nan")


def load(used: float) -> StationLoad:
    return StationLoad("A", 9.0, 47.0, "", 10.0, 1.0, 10 * used, used, 4)


def test_classes_are_counted_and_unknown_ones_shown_only_where_there_are_some() -> None:
    assert class_counts([load(0.1), load(0.9), load(0.9)]) == {"idle": 1, "low": 0, "medium": 0, "high": 0, "hot": 2}
    assert class_counts([load(NAN)])[""] == 1
    pressed = [row.to_plotly_json()["props"]["aria-pressed"] for row in class_rows([load(0.1)], {"hot"})]
    assert pressed == ["false"] * 4 + ["true"]


def test_what_is_not_known_is_a_gap_in_the_table() -> None:
    (row,) = rows([StationLoad("A", 9.0, 47.0, "R01C01", NAN, 1.23456, 2.0, NAN, 4)])
    assert row == {
        "station": "A", "place": "R01C01", "class": "Unknown", "capacity": None, "mean": 1.23, "busy": 2.0,
        "used": None, "hours": 4,
    }  # fmt: skip


@pytest.mark.parametrize(
    "forged", [None, [], {"area": "there", "classes": ["hot"]}, {"area": "here"}, {"area": "here", "classes": "hot"}]
)
def test_forged_classes_are_none(forged: Any) -> None:
    assert classes_here(forged, "here") == []


def test_known_classes_are_kept_and_others_dropped() -> None:
    assert classes_here({"area": "here", "classes": ["hot", "<b>", 3]}, "here") == ["hot"]


def test_charts_show_per_cent() -> None:
    shares = np.zeros((3, 168))
    shares[0] = 0.25
    figure = hours_figure(shares, "dark")
    assert set(figure.data[0].y) == {25.0}
    curve = lorenz_figure(*lorenz(np.array([1.0, 3.0])), "light").data[1]
    assert list(curve.y) == [0, 25, 100]
