"""The pipeline as one function: progress, partial plans, flags, determinism, and what stops it. With a tiny untrained model."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from toy_traffic import toy

from netspatial_core.area import StudyArea
from netspatial_core.encoders.choice import identity
from netspatial_core.encoders.tabular import FEATURES, TabularEncoder
from netspatial_core.errors import Cancelled, InfeasibleError, InputError, WeightsError
from netspatial_core.generator.config import GeneratorConfig
from netspatial_core.generator.ensemble import Condition
from netspatial_core.generator.model import OWN_HASH, Model, config_sha256
from netspatial_core.generator.train import new_generator
from netspatial_core.pipeline import Plan, PlanRequest, Progress, load_scene, model_folder, open_model, place_keys, run
from netspatial_core.planning.flags import picture_share
from netspatial_core.settings import Settings
from netspatial_core.sources.imagery import Imagery

AREA = StudyArea.from_centre(8.55, 47.37, 0.8, name="somewhere")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    config = GeneratorConfig(hidden=16, daily_width=16, weekly_width=16, residual_width=16)
    tabular = TabularEncoder.fit(np.random.default_rng(0).normal(size=(20, len(FEATURES))))
    condition = Condition(None, np.zeros((20, len(FEATURES)), np.float32), np.ones((20, len(FEATURES)), bool))
    generator = new_generator(condition, toy(20)[2], np.ones(20, bool), config).eval()
    folder = tmp_path_factory.mktemp("models") / "tiny"
    Model("tiny", generator, tabular, None, identity(), {"trained_on": "toys"}, "# tiny\n").save(folder)
    return folder


@pytest.fixture
def stations(tmp_path: Path) -> Path:
    lon, lat = AREA.centre
    file = tmp_path / "stations.csv"
    file.write_text(f"station_id,lon,lat\nS1,{lon},{lat}\n")
    return file


def planned(model: Path, settings: Settings, draws: int = 10, **more: object) -> tuple[Plan, list[Progress]]:
    seen: list[Progress] = []
    request = PlanRequest(area=AREA, model=str(model), draws=draws, **more)  # type: ignore[arg-type]
    return run(request, settings, on_progress=seen.append), seen


def test_one_draw_of_every_cell_is_shown_first_and_draws_stream_in(tiny: Path, local_settings: Settings) -> None:
    plan, seen = planned(tiny, local_settings)
    partial = [step.plan for step in seen if step.plan is not None]
    assert [part.ensemble.traffic.shape[1] for part in partial] == [1, 9, 10, 10]
    for part in partial:
        draws = part.ensemble.traffic.shape[1]
        np.testing.assert_array_equal(part.ensemble.traffic, plan.ensemble.traffic[:, :draws])
        np.testing.assert_array_equal(part.statistics.mean, plan.statistics.mean[:, :draws])
    assert [step.stage for step in seen][-1] == "ranking"
    draws_done = [step.done / step.total for step in seen if step.stage == "draws"]
    assert draws_done == sorted(draws_done)
    assert draws_done[-1] == 1


def test_missing_modalities_are_flagged_apart(tiny: Path, local_settings: Settings) -> None:
    plan, _ = planned(tiny, local_settings, draws=1)
    assert set(plan.flags) == {("imagery not given", "POIs not given")}
    assert plan.provenance["inputs"]["imagery"] == {"status": "absent"}


def test_a_station_excludes_what_is_near_and_takes_its_share(tiny: Path, local_settings: Settings, stations: Path) -> None:
    alone, _ = planned(tiny, local_settings, draws=1)
    plan, _ = planned(tiny, local_settings, draws=1, stations=stations, min_distance_m=120.0)
    gap = np.hypot(*(plan.grid.centres - AREA.from_wgs84(np.array(AREA.centre))).T)
    np.testing.assert_array_equal(plan.reasons == "near", gap < 120 * AREA.scale)
    np.testing.assert_array_equal(plan.cells, np.flatnonzero(plan.reasons == ""))
    column = FEATURES.index("log_catchment_km2")
    assert (plan.context.tabular[:, column] < alone.context.tabular[:, column]).all()


def test_results_do_not_depend_on_threads_or_on_the_other_cells(tiny: Path, local_settings: Settings, stations: Path) -> None:
    many, _ = planned(tiny, local_settings.model_copy(update={"threads": 3}))
    one, _ = planned(tiny, local_settings.model_copy(update={"threads": 1}))
    np.testing.assert_array_equal(many.ensemble.traffic, one.ensemble.traffic)
    far, _ = planned(tiny, local_settings, seed=1)
    assert (far.ensemble.traffic != one.ensemble.traffic).any()


def test_a_place_has_the_same_key_in_any_area() -> None:
    shifted = StudyArea(AREA.name, AREA.epsg, AREA.west + AREA.cell_m, AREA.south, AREA.side_m, AREA.cell_m)
    first, second = (dict(zip(place_keys(a, a.grid.centres), a.grid.ids, strict=True)) for a in (AREA, shifted))
    shared = set(first) & set(second)
    assert len(shared) == AREA.count * (AREA.count - 1)
    assert all(first[key] != second[key] for key in shared)


def test_provenance_is_complete_and_names_no_host_path(tiny: Path, local_settings: Settings, stations: Path) -> None:
    plan, _ = planned(tiny, local_settings, draws=1, stations=stations)
    made = plan.provenance
    assert made["inputs"]["stations"]["sha256"]
    assert made["inputs"]["pois"]["status"] == "absent"
    assert made["model"] == {"name": "tiny", "sha256": Model.load(tiny).sha256, "trained_on": "toys"}
    assert str(stations.parent) not in json.dumps(made)
    assert made["settings"] == {"min_distance_m": 150.0, "engine": "local", "zoom": None, "crs": "wgs84"}
    moved, _ = planned(tiny, local_settings, draws=1, stations=stations, crs="gcj02")
    assert moved.provenance["settings"]["crs"] == "gcj02"
    again, _ = planned(tiny, local_settings, draws=1, stations=stations)
    assert again.provenance == made
    other, _ = planned(tiny, local_settings, draws=1, stations=stations, seed=4)
    assert other.provenance["fingerprint"] != made["fingerprint"]


def test_cancel_leaves_nothing(tiny: Path, local_settings: Settings) -> None:
    asked = 0

    def after_a_while() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    with pytest.raises(Cancelled):
        run(PlanRequest(area=AREA, model=str(tiny), draws=64), local_settings, cancelled=after_a_while)


def test_everything_excluded_is_an_error_that_names_the_reason(tiny: Path, local_settings: Settings, stations: Path) -> None:
    with pytest.raises(InfeasibleError, match="near"):
        planned(tiny, local_settings, stations=stations, min_distance_m=5000.0)


def test_a_tile_service_that_is_down_leaves_imagery_missing(tiny: Path, local_settings: Settings) -> None:
    template = "http://127.0.0.1:9/9aB3xY7kLm2Qw8Zt0/{z}/{x}/{y}.png?key=abc123"
    plan, seen = planned(tiny, local_settings, draws=1, imagery=template, zoom=17)
    shown = " ".join(step.note for step in seen) + json.dumps(plan.provenance)
    assert "127.0.0.1" in shown
    assert not any(secret in shown for secret in ("abc123", "9aB3xY"))
    assert plan.scene.imagery is None
    assert all("imagery service failed" in flags for flags in plan.flags)
    told = plan.provenance["inputs"]["imagery"]
    assert told["status"] == "failed"
    assert "127.0.0.1" in told["notes"][0]


def test_a_model_of_other_encoders_is_refused(tiny: Path, local_settings: Settings, tmp_path: Path) -> None:
    other = shutil.copytree(tiny, tmp_path / "other")
    config = json.loads((other / "config.json").read_text())
    config["encoders"]["vision"] = "dinov2:0000"
    config[OWN_HASH] = config_sha256(config)
    (other / "config.json").write_text(json.dumps(config))
    with pytest.raises(WeightsError, match="dinov2:0000"):
        planned(other, local_settings)


def test_a_damaged_cache_is_made_again_and_the_log_names_no_folder(
    tiny: Path, local_settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    first, _ = planned(tiny, local_settings, draws=1)
    kept = list((local_settings.cache_dir / "contexts").glob("*.safetensors"))
    assert len(kept) == 1
    kept[0].write_bytes(b"not what it was")
    again, _ = planned(tiny, local_settings, draws=1)
    np.testing.assert_array_equal(first.ensemble.traffic, again.ensemble.traffic)
    assert "made again" in caplog.text
    assert str(local_settings.cache_dir) not in caplog.text


def test_picture_share_of_half_a_disc() -> None:
    side = 2 * 500 + 200
    valid = np.zeros((side, side), dtype=bool)
    valid[:, : side // 2] = True  # the western half, a metre a pixel
    picture = Imagery(np.zeros((3, side, side), np.uint8), valid, 32632, 0.0, float(side), 1.0, "made", "", "", None)
    share = picture_share(picture, np.array([[side / 2, side / 2], [100.0, side / 2]]))
    assert share[0] == pytest.approx(0.5, abs=0.04)  # samples on the border count for one side
    assert share[1] < 0.7
    assert picture_share(None, np.zeros((2, 2))).tolist() == [0, 0]


def test_a_model_is_found_by_folder_or_by_name(tiny: Path, local_settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "models").symlink_to(tiny.parent)
    settings = local_settings.model_copy(update={"data_dir": tmp_path})
    assert open_model("tiny", settings) is open_model(str(tiny), settings)
    for wrong in ("small", "..", ""):
        with pytest.raises(InputError, match="no model"):
            model_folder(wrong, settings)


def test_a_geotiff_is_not_taken_for_gcj02(tiny: Path, local_settings: Settings) -> None:
    with pytest.raises(InputError, match="only tiles are moved back"):
        planned(tiny, local_settings, draws=1, imagery="area.tif", crs="gcj02")


def test_another_engine_is_refused_before_any_work(tiny: Path, local_settings: Settings) -> None:
    seen: list[Progress] = []
    with pytest.raises(InputError, match="engine 'spark'"):
        run(PlanRequest(area=AREA, model=str(tiny), engine="spark"), local_settings, on_progress=seen.append)
    assert seen == []


@pytest.mark.parametrize("name", ["nowhere", "../core", "/etc", "UPPER", ""])
def test_an_unknown_demo_is_refused_and_the_known_are_named(local_settings: Settings, tmp_path: Path, name: str) -> None:
    (tmp_path / "demo" / "core").mkdir(parents=True)
    (tmp_path / "demo" / "core" / "dataset.json").write_text("{}")
    with pytest.raises(InputError, match="core"):
        load_scene(name, local_settings.model_copy(update={"data_dir": tmp_path}))


def test_nothing_named_is_refused(tiny: Path, local_settings: Settings) -> None:
    with pytest.raises(InputError, match="Nothing to plan"):
        run(PlanRequest(model=str(tiny)), local_settings)
