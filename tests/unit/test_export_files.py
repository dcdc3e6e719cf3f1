import csv
import json
import tempfile
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
from plan_views import pieces, plan_view
from rationale_facts import make

from netspatial_core.errors import InputError
from netspatial_core.export.folder import NOTICE, add_rationales, staged, write_plan
from netspatial_core.export.parquet import TrafficBlock, blocks_of, write_traffic
from netspatial_core.planning.utilities import UTILITIES
from netspatial_core.planning.view import Choice, view
from netspatial_core.rationale.writer import Writer

SECRETS = ("hunter2", "abc123", "key=abc", "/home/", "/data/in", "/tmp", "planner")


@pytest.fixture(scope="module")
def plan():
    base, made = pieces()
    return view(base, Choice("mean", k=4, floor=0.0)), made


@pytest.fixture(scope="module")
def folder(plan, tmp_path_factory):
    shown, made = plan
    ids = [shown.grid.ids[i] for i in shown.pieces.cells]
    rationales = {"R05C05": Writer(None).write(make(cell="R05C05"))}
    out = tmp_path_factory.mktemp("export") / "plan"
    write_plan(shown, out, traffic=blocks_of(ids, made))
    assert sorted(json.loads((out / "plan.json").read_text())["files"]) == sorted(
        p.name for p in out.iterdir() if p.suffix != ".json"
    )
    files = add_rationales(shown, out, rationales)
    assert [f.name for f in files] == [
        "plan.json",
        "topk.csv",
        "topk.geojson",
        "cells.parquet",
        "traffic.parquet",
        "rationales.jsonl",
    ]
    assert sorted(p.name for p in out.iterdir()) == sorted(f.name for f in files)
    return out


def test_the_csv_by_pandas(plan, folder):
    shown, _ = plan
    table = pd.read_csv(folder / "topk.csv")
    picks = shown.selection.picks
    assert table.cell_id.tolist() == [shown.grid.ids[i] for i in picks]
    assert table["rank"].tolist() == table.pick.tolist() == [1, 2, 3, 4]
    np.testing.assert_array_equal(table["lon"], shown.grid.centres_wgs84[picks, 0])  # in full, to the last bit
    for key in UTILITIES:
        score = shown.scores[key]
        rows = shown.pieces.rows[picks]
        for suffix, values in (("", score.median), ("_p10", score.p10), ("_p90", score.p90)):
            np.testing.assert_array_equal(table[key + suffix], np.where(np.isfinite(values[rows]), values[rows], np.nan))
    np.testing.assert_array_equal(table.p_topk, shown.p_topk[picks])
    assert set(table.data) == {"synthetic"}


def test_formulas_in_the_csv_are_text(folder):
    with (folder / "topk.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    flagged = next(r for r in rows if "calc" in r["flags"])
    assert flagged["flags"].startswith("'=cmd")
    assert all(not value.startswith(("=", "+", "@", "\t", "\r")) for row in rows for value in row.values())


def test_the_geojson_by_pyogrio(plan, folder):
    shown, _ = plan
    frame = pyogrio.read_dataframe(folder / "topk.geojson")
    assert frame.crs.to_epsg() == 4326
    assert frame.cell_id.tolist() == [shown.grid.ids[i] for i in shown.selection.picks]
    side = frame.to_crs(shown.grid.area.epsg).area
    np.testing.assert_allclose(side, shown.grid.area.cell_m**2, rtol=1e-3)
    assert frame.geometry.exterior.is_ccw.all()
    table = pd.read_csv(folder / "topk.csv")
    np.testing.assert_array_equal(frame["mean"], table["mean"])
    content = json.loads((folder / "topk.geojson").read_text())
    assert content["attribution"] == ["© OpenStreetMap contributors, ODbL"]
    assert set(table.attribution) == {"© OpenStreetMap contributors, ODbL"}
    assert content["provenance"]["seed"] == 7
    assert content["notice"] == NOTICE


def test_the_cells_by_geopandas(plan, folder):
    shown, _ = plan
    frame = gpd.read_parquet(folder / "cells.parquet")
    assert frame.crs.to_epsg() == 4326
    assert frame.cell_id.tolist() == shown.grid.ids
    assert frame.feasible.tolist() == (shown.reasons == "").tolist()
    assert set(frame[~frame.feasible].reason) == {"water"}
    assert frame[~frame.feasible][["mean", "lsi", "rank", "p_topk"]].isna().all(axis=None)
    failed = frame.iloc[shown.pieces.cells[3]]
    assert tuple(failed[["reason", "outcome", "flags"]]) == ("failed: not finite",) * 3
    assert np.isnan(failed["mean"])
    best = frame.sort_values("mean", ascending=False)["rank"].dropna()
    assert best.tolist() == list(range(1, 20))
    assert (
        frame[frame.outcome == "picked"].sort_values("pick").cell_id.tolist() == pd.read_csv(folder / "topk.csv").cell_id.tolist()
    )
    assert frame["flags"].iloc[-1].startswith("=cmd")  # no spreadsheet opens Parquet: as it is
    np.testing.assert_allclose(frame.geometry.centroid.x, frame.lon, atol=1e-9)


def test_parquet_files_carry_provenance(folder):
    for name in ("cells.parquet", "traffic.parquet"):
        about = json.loads(pq.read_schema(folder / name).metadata[b"netspatial"])
        assert about["attribution"] == ["© OpenStreetMap contributors, ODbL"]
        assert about["provenance"]["model"]["name"] == "test-model"
        assert about["data"] == "synthetic"


def test_the_traffic_by_pandas(plan, folder):
    shown, made = plan
    frame = pd.read_parquet(folder / "traffic.parquet")
    assert list(frame.columns) == ["cell_id", "draw", "hour", "traffic"]
    assert len(frame) == made.size
    series = frame[(frame.cell_id == shown.grid.ids[shown.pieces.cells[5]]) & (frame.draw == 2)].sort_values("hour")
    np.testing.assert_array_equal(series.traffic, made[5, 2])
    assert frame.traffic.isna().sum() == np.isnan(made).sum()


def test_the_plan_file(plan, folder):
    shown, _ = plan
    content = json.loads((folder / "plan.json").read_text())
    assert content["selection"]["picks"] == [shown.grid.ids[i] for i in shown.selection.picks]
    assert content["selection"]["utility"] == "mean"
    assert content["utilities"]["lsi"]["unit"] == "h/GB"
    assert content["files"] == ["cells.parquet", "rationales.jsonl", "topk.csv", "topk.geojson", "traffic.parquet"]
    assert content["provenance"]["inputs"]["imagery"] == "tiles.tif"


def test_rationales_by_line(folder):
    record = json.loads((folder / "rationales.jsonl").read_text())
    assert record["attribution"] == "© OpenStreetMap contributors, ODbL"
    assert record["cell_id"] == "R05C05"
    assert record["writer"] == "facts"
    assert record["verified"] is True
    assert {"id": "mean", "value": 5.214, "unit": "GB/h", "source": "test"} in record["facts"]
    table = pd.read_csv(folder / "topk.csv").set_index("cell_id")
    assert record["text"] == table.loc["R05C05", "rationale"]


def test_no_file_tells_host_paths_or_secrets(folder):
    for path in folder.iterdir():
        raw = path.read_bytes()
        for secret in SECRETS:
            assert secret.encode() not in raw, (path.name, secret)


def test_without_traffic_the_statistics_are_kept(plan, tmp_path):
    shown, _ = plan
    write_plan(shown, tmp_path / "out")
    frame = pd.read_parquet(tmp_path / "out" / "statistics.parquet")
    assert not (tmp_path / "out" / "traffic.parquet").exists()
    stats = shown.pieces.statistics
    assert len(frame) == stats.points * stats.draws
    np.testing.assert_array_equal(frame["std"].to_numpy().reshape(stats.points, -1), stats.std)


def test_an_older_plan_leaves_no_file_behind_and_other_files_stay(plan, folder, tmp_path):
    shown, made = plan
    out = tmp_path / "out"
    ids = [shown.grid.ids[i] for i in shown.pieces.cells]
    write_plan(shown, out, traffic=blocks_of(ids, made))
    add_rationales(shown, out, {})
    (out / "notes.txt").write_text("mine")
    write_plan(plan_view(k=2), out)
    assert sorted(p.name for p in out.iterdir()) == [
        "cells.parquet",
        "notes.txt",
        "plan.json",
        "statistics.parquet",
        "topk.csv",
        "topk.geojson",
    ]
    assert len(pd.read_csv(out / "topk.csv")) == 2
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_fault_in_the_middle_keeps_what_was_there(plan, tmp_path):
    shown, made = plan
    out = tmp_path / "out"
    write_plan(shown, out)
    before = {p.name: p.read_bytes() for p in out.iterdir()}

    def blocks():
        yield TrafficBlock([shown.grid.ids[1]], made[:1])
        raise OSError(28, "No space left on device")

    with pytest.raises(InputError, match="No space left on device"):
        write_plan(shown, out, traffic=blocks())
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_file_is_no_folder(plan, tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(InputError, match="is a file"):
        write_plan(plan[0], tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_a_folder_with_a_plan_file_is_whole(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "plan.json").write_text("old")
    (out / "topk.csv").mkdir()  # the new file cannot take its place

    def write():
        with staged(out) as folder:
            (folder / "plan.json").write_text("new")
            (folder / "topk.csv").write_text("new")

    with pytest.raises(InputError):
        write()
    assert not (out / "plan.json").exists()


def test_an_empty_selection_is_still_a_plan(tmp_path):
    write_plan(plan_view(k=0), tmp_path / "out")
    assert pd.read_csv(tmp_path / "out" / "topk.csv").empty
    assert json.loads((tmp_path / "out" / "topk.geojson").read_text())["features"] == []
    assert json.loads((tmp_path / "out" / "plan.json").read_text())["selection"]["binding"] == "k"
    assert len(gpd.read_parquet(tmp_path / "out" / "cells.parquet")) == 25


def test_traffic_is_written_in_row_groups_as_it_streams_in(tmp_path):
    made = np.random.default_rng(0).random((6, 4, 168)).astype(np.float32)
    ids = [f"R{i:02d}" for i in range(6)]
    blocks = [TrafficBlock(ids, made[:, :1]), TrafficBlock(ids, made[:, 1:], first_draw=1)]
    assert write_traffic(iter(blocks), {"data": "synthetic"}, tmp_path / "t.parquet") == made.size
    assert pq.ParquetFile(tmp_path / "t.parquet").num_row_groups == 2
    frame = pd.read_parquet(tmp_path / "t.parquet").sort_values(["cell_id", "draw", "hour"])
    np.testing.assert_array_equal(frame.traffic.to_numpy().reshape(6, 4, 168), made)


def test_blocks_of_other_cells_are_refused(tmp_path):
    with pytest.raises(InputError, match="do not fit"):
        write_traffic([TrafficBlock(["R01C01"], np.ones((2, 1, 168), dtype=np.float32))], {}, tmp_path / "t.parquet")


def test_rationales_that_cannot_be_written_leave_the_plan_whole(plan, tmp_path):
    shown, made = plan
    out = tmp_path / "out"
    write_plan(shown, out, traffic=blocks_of([shown.grid.ids[i] for i in shown.pieces.cells], made))
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    with pytest.raises(AttributeError):  # in the middle of rationales.jsonl
        add_rationales(shown, out, {"R05C05": "no rationale"})
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_own_ground_is_called_generated_and_names_what_the_model_learnt_from(tmp_path):
    base, _ = pieces()
    model = {"name": "m", "sha256": "ab", "trained_on": "12 synthetic stations of 1 data sets"}
    real = replace(base, kind="measured", provenance=base.provenance | {"model": model})
    write_plan(view(real, Choice("mean", k=2, floor=0.0)), tmp_path / "out")
    said = "generated for real ground by a model trained on 12 synthetic stations of 1 data sets"
    assert set(pd.read_csv(tmp_path / "out" / "topk.csv")["data"]) == {said}
    for name in ("plan.json", "topk.geojson"):
        about = json.loads((tmp_path / "out" / name).read_text())
        assert about["data"] == said
    assert "measured" not in (tmp_path / "out" / "topk.csv").read_text()


def test_a_linked_folder_on_another_file_system_is_written_and_keeps_what_it_had(plan):
    shown, _ = plan
    shm = Path("/dev/shm")
    if not shm.is_dir() or shm.stat().st_dev == Path(tempfile.gettempdir()).stat().st_dev:
        pytest.skip("no second file system here")
    with tempfile.TemporaryDirectory(dir=shm) as elsewhere, tempfile.TemporaryDirectory() as here:
        out = Path(here) / "out"
        out.symlink_to(elsewhere)
        write_plan(shown, out)
        write_plan(plan_view(k=2), out)
        assert len(pd.read_csv(out / "topk.csv")) == 2
        assert json.loads((out / "plan.json").read_text())["selection"]["k"] == 2
        assert not [path.name for path in out.iterdir() if path.name.startswith(".")]
