"""A cell whose generated traffic failed is marked with its reason, never coloured, never ranked.

Real means: a copy of the shipped model in which what stands for missing POIs is not a number, planned over a study area whose
POIs are all in one corner. Cells without a POI within 500 m get NaN from the generator, the others sound traffic.
"""

import json
import time
from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pytest
import torch
from planner_page import Planner, Server
from planner_server import serving
from shapely import Point

from netspatial_core.area import StudyArea
from netspatial_core.generator.model import Model
from netspatial_core.settings import Settings
from netspatial_core.sources.dataset import write_dataset
from netspatial_core.sources.scene import area_json

AREA = StudyArea.from_centre(9.0, 47.0, 1.5, name="corner")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("failed") / "data"
    rng = np.random.default_rng(5)
    corner = AREA.to_wgs84(np.array([AREA.west, AREA.south]) + rng.uniform(50, 650, (60, 2)))
    tags = [{"amenity": "restaurant", "name": f"Place {i}", "addr:street": "Main Street"} for i in range(len(corner))]
    pois = gpd.GeoDataFrame({"tags": [json.dumps(t) for t in tags]}, geometry=[Point(*p) for p in corner], crs=4326)
    folder = write_dataset(
        data / "demo" / "corner", name="corner", tz="UTC", licence="CC0-1.0", kind="synthetic", version="1", station_ids=[],
        lonlat=np.empty((0, 2)), capacity=np.empty(0), traffic=np.empty((0, 672), np.float32), first_hour="2024-01-01T00:00",
        extra={"area": area_json(AREA)},
    )  # fmt: skip
    pois.to_parquet(folder / "pois.parquet")
    model = Model.load(Settings().data_dir / "models" / Settings().model)
    assert model.fusion is not None
    with torch.no_grad():
        model.fusion.mask_tokens[1] = torch.nan
    model.save(data / "models" / "holed")
    with serving(Settings(data_dir=data, cache_dir=data.parent / "cache", model="holed", draws=3, writer="none")) as planner:
        plans, runs = planner.services.plans, planner.services.jobs[0]
        request = plans.request("corner", 3, planner.settings.seed)
        plans.start(request)
        job, end = runs.get(plans.key(request)), time.monotonic() + 300
        while not job.ended:  # encoders are opened for the first time: longer than a page should be waited for
            assert time.monotonic() < end, "the plan took more than five minutes"
            time.sleep(0.05)
        yield planner


def test_failed_cells_are_hatched_with_their_reason_and_never_ranked(planner: Planner) -> None:
    planner.open("/?utility=mean&k=50&gap=0&floor=0")
    plans = planner.server.services.plans
    shown = plans.shown(plans.request("corner", 3, planner.server.settings.seed))
    grid, faults = shown.plan.grid, shown.pieces.faults
    nearest = np.hypot(*(grid.centres[:, None] - AREA.from_wgs84(shown.plan.scene.pois.lonlat)).transpose(2, 0, 1)).min(axis=1)
    np.testing.assert_array_equal(faults == "failed: not finite", nearest > 500 * AREA.scale)
    assert set(faults) == {"", "failed: not finite"}

    fills = np.array(planner.fills())
    np.testing.assert_array_equal(fills == "url(#hx-failed)", faults != "")
    assert planner.coloured() == (faults == "").sum()
    row = "document.querySelector('#excluded .hx-failed').parentElement"
    assert planner.js(f"{row}.textContent") == f"No usable result{(faults != '').sum()}"
    assert not set(planner.picks()) & set(np.array(grid.ids)[faults != ""])
    assert len(planner.picks()) == 50

    broken = grid.ids[int(np.flatnonzero(faults != "")[-1])]
    point = planner.middle_of(broken)
    planner.page.mouse.move(*point)
    planner.wait(lambda: planner.text(".leaflet-tooltip") == f"{broken} no usable result", "the cell's tip")
    planner.page.mouse.click(*point)
    planner.wait(lambda: planner.cell() == broken, "the cell in the inspector")
    assert planner.text("#head .rank") == "not ranked"
    assert "Failed: not finite" in planner.text("#head .flags")
    values = planner.js("Array.from(document.querySelectorAll('#kpis .kpi p'), p => p.textContent)")
    assert values == ["–"] * 4
    planner.wait(lambda: planner.chart("g-week", "data.length") is None, "no chart of what is not there")
    assert "NaN" not in planner.text("#insp")
    assert "nan" not in planner.text("#say")


def test_failed_cells_get_no_column_in_three_dimensions(planner: Planner) -> None:
    planner.open("/?utility=mean&k=5&floor=0&view=3D")
    plans = planner.server.services.plans
    faults = plans.shown(plans.request("corner", 3, planner.server.settings.seed)).pieces.faults
    heights = "layout.meta && document.querySelector('#g3d .js-plotly-plot').layout.meta.heights"
    standing = planner.wait(lambda: planner.chart("g3d", heights), "the columns")
    assert len(standing) == (faults == "").sum()
