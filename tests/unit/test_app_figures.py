"""Figures hold the numbers they are given, in both themes, and send nothing anywhere."""

import json

import numpy as np
import pytest

from app.figures.decomposition import decomposition_figure
from app.figures.hatching import HATCHES, hatch_layers
from app.figures.map3d import BASE_M, RISE_M, cell_features, map_figure, outside_rings
from app.figures.scales import Scale
from app.figures.templates import CONFIG, RAMP, TOKENS
from app.figures.traffic import heat_figure, month_figure, week_figure
from netspatial_core.area import StudyArea
from netspatial_core.generator.decompose import decompose
from netspatial_core.planning.statistics import Band

GRID = StudyArea.from_centre(9.0, 47.0, 0.5, name="small").grid
WEEK = np.arange(168.0)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_week_has_its_band_its_weekend_and_its_hour(theme: str) -> None:
    figure = week_figure(Band(WEEK, WEEK - 1, WEEK + 2), 66, theme)
    band, line = figure.data
    assert list(line.y) == list(WEEK)
    assert list(band.y[:168]) == list(WEEK + 2)
    assert list(band.y[168:]) == list((WEEK - 1)[::-1])
    weekend, now = figure.layout.shapes
    assert (weekend.x0, weekend.x1) == (120, 167)
    assert (now.x0, now.x1, now.line.color) == (66, 66, TOKENS[theme]["now"])  # ns.js moves shapes[1]


def test_the_month_shades_each_weekend() -> None:
    days = np.arange(28.0)
    figure = month_figure(Band(days, days, days), "dark")
    assert [(s.x0, s.x1) for s in figure.layout.shapes] == [(5.5, 7.5), (12.5, 14.5), (19.5, 21.5), (26.5, 28.5)]
    assert list(figure.data[1].x) == list(range(1, 29))


def test_the_heat_map_has_days_down_and_hours_across() -> None:
    z = np.array(heat_figure(WEEK, "dark").data[0].z)
    assert z.shape == (7, 24)
    assert z[2, 5] == 53


def test_the_four_panels_add_up() -> None:
    rng = np.random.default_rng(3)
    series = rng.gamma(3, 2, 672).astype(np.float32)
    parts = decompose(series[None])
    figure = decomposition_figure(series, parts, "light")
    month, weekday, weekend, weekly, residual = figure.data
    assert (len(weekday.y), len(weekend.y), len(weekly.y)) == (24, 24, 168)
    assert np.allclose(np.tile(weekly.y, 4) + residual.y, month.y, atol=2e-3)
    assert np.allclose(month.y, series, atol=1e-3)


def test_columns_stand_only_where_there_is_a_value_to_show() -> None:
    values = np.linspace(0, 10, len(GRID))
    values[3] = np.nan
    shown = np.ones(len(GRID), dtype=bool)
    shown[4] = False
    figure = map_figure(
        GRID,
        values,
        Scale(0, 10),
        unit="GB/h",
        shown=shown,
        marked={"near": np.array([3]), "low": np.array([4])},
        tiles="/t/{z}/{x}/{y}",
        outside=outside_rings(GRID),
        theme="dark",
    )
    heights = figure.layout.meta["heights"]
    assert set(heights) == set(GRID.ids) - {GRID.ids[3], GRID.ids[4]}
    assert heights[GRID.ids[0]] == BASE_M
    assert heights[GRID.ids[-1]] == pytest.approx(BASE_M + RISE_M)
    columns = figure.layout.map.style["sources"]["columns"]["data"]["features"]
    assert columns[-1]["properties"]["c"] == RAMP[-1]
    text = json.dumps(figure.to_plotly_json(), default=str)
    assert "http" not in text.replace("https://plotly.com", "")


def test_ground_is_hatched_where_no_column_stands_and_nowhere_else() -> None:
    cells = {"near": np.array([0, 7]), "green": np.array([3]), "low": np.array([5]), "failed": np.array([], dtype=int)}
    sources, layers = hatch_layers(GRID, cells)
    assert [layer["id"] for layer in layers] == ["ground-near", "hatch-near", "ground-green", "hatch-green", "ground-low"]
    assert {layer["type"] for layer in layers} == {"fill", "line", "circle"}
    near = sources["hatch-near"]["data"]["geometry"]["coordinates"]
    assert len(near) == 2 * len(HATCHES["near"][0])
    assert {GRID.cell_at(*np.mean(line, axis=0)) for line in near} == {0, 7}
    assert {GRID.cell_at(*dot) for dot in sources["hatch-green"]["data"]["geometry"]["coordinates"]} == {3}
    rings = [ring for (ring,) in sources["ground-low"]["data"]["geometry"]["coordinates"]]
    assert [GRID.cell_at(*np.mean(ring[:4], axis=0)) for ring in rings] == [5]


def test_cells_are_closed_rings_of_their_own_ground() -> None:
    features = cell_features(GRID, np.array([0, 7]))["features"]
    ring = np.array(features[1]["geometry"]["coordinates"][0])
    assert features[1]["id"] == GRID.ids[7]
    assert (ring[0] == ring[-1]).all()
    assert GRID.cell_at(*ring[:4].mean(axis=0)) == 7


def test_charts_offer_nothing_that_leaves_the_machine() -> None:
    assert CONFIG["showSendToCloud"] is False
    assert CONFIG["plotlyServerURL"] == ""
