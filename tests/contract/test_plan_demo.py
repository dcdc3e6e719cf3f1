"""The plan command on an embedded study area: every file of the contract, reopened by other libraries."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from command_line import netspatial

from netspatial_core.settings import REPOSITORY

UTILITIES = ("lsi", "mean", "peak", "busy", "mean_over_std", "net", "variation", "overload", "revenue", "payback")


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("plan") / "out"
    done = netspatial(
        "plan", "--demo", "harbour-core", "--draws", 3, "--k", 4, "--min-spacing", 300, "--rationales", "--out", out
    )
    assert done.returncode == 0, done.stderr
    assert sorted(Path(line).name for line in done.stdout.split()) == sorted(path.name for path in out.iterdir())
    return out


def test_plan_json_says_what_was_used(planned: Path) -> None:
    about = json.loads((planned / "plan.json").read_text())
    made = about["provenance"]
    assert made["model"]["sha256"]
    assert made["inputs"]["imagery"]["sha256"]
    assert made["inputs"]["pois"]["count"] > 100
    assert (made["seed"], made["draws"]) == (0, 3)
    assert made["ground"] == "synthetic"
    assert any("ynthetic" in line for line in about["attribution"])
    assert "/work" not in (planned / "plan.json").read_text()


def test_tables_agree(planned: Path) -> None:
    cells = gpd.read_parquet(planned / "cells.parquet")
    assert len(cells) == 900
    assert cells.crs.to_epsg() == 4326
    assert cells.geometry.is_valid.all()
    feasible = cells[cells.feasible]
    for key in UTILITIES:
        known = feasible if key != "payback" else feasible.dropna(subset=["payback_p90"])  # some never pay
        assert (known[f"{key}_p10"] <= known[key] + 1e-9).all()
        assert (known[key] <= known[f"{key}_p90"] + 1e-9).all()
    assert cells.loc[~cells.feasible, "reason"].str.len().gt(0).all()
    assert cells.loc[~cells.feasible, list(UTILITIES)].isna().all(axis=None)

    top = pd.read_csv(planned / "topk.csv")
    assert len(top) == 4
    assert top["rationale"].str.len().gt(40).all()
    shapes = gpd.read_file(planned / "topk.geojson")
    assert list(shapes.cell_id) == list(top.cell_id)
    best = feasible[feasible["rank"].notna()].sort_values("rank").iloc[0]
    assert top.cell_id[0] == best.cell_id
    metres = shapes.to_crs(shapes.estimate_utm_crs()).centroid
    gaps = [metres.iloc[i].distance(metres.iloc[j]) for i in range(4) for j in range(i)]
    assert min(gaps) >= 299


def test_traffic_gives_the_utilities(planned: Path) -> None:
    cells = gpd.read_parquet(planned / "cells.parquet").set_index("cell_id")
    traffic = pd.read_parquet(planned / "traffic.parquet")
    feasible = int(cells.feasible.sum())
    assert len(traffic) == feasible * 3 * 672
    assert (traffic.traffic >= 0).all()
    per_draw = traffic.groupby(["cell_id", "draw"], observed=True).traffic
    mean = per_draw.mean().groupby("cell_id", observed=True).median()
    lsi = (1 / (per_draw.std(ddof=0) + 1e-6)).groupby("cell_id", observed=True).median()
    np.testing.assert_allclose(cells.loc[mean.index, "mean"], mean, rtol=1e-4)
    np.testing.assert_allclose(cells.loc[lsi.index, "lsi"], lsi, rtol=1e-4)


def test_rationales_come_with_their_facts(planned: Path) -> None:
    lines = [json.loads(line) for line in (planned / "rationales.jsonl").read_text().splitlines()]
    top = pd.read_csv(planned / "topk.csv").set_index("cell_id")
    assert [line["cell_id"] for line in lines] == list(top.index)
    assert any(line["writer"] != "facts" for line in lines), [line["rejected"] for line in lines]
    for line in lines:
        assert line["verified"]
        assert line["data"] == "synthetic"
        assert "ynthetic" in line["attribution"]
        facts = {fact["id"]: fact for fact in line["facts"]}
        assert {"id", "value", "unit", "source"} <= set(facts["mean"])
        assert facts["mean"]["value"] == pytest.approx(top.loc[line["cell_id"], "mean"], rel=1e-6)


def test_the_same_request_gives_the_same_numbers(planned: Path, tmp_path: Path) -> None:
    done = netspatial(
        "plan", "--demo", "harbour-core", "--draws", 3, "--k", 4, "--out", tmp_path / "again", NETSPATIAL_THREADS="1"
    )
    assert done.returncode == 0, done.stderr
    first, second = (pd.read_parquet(folder / "traffic.parquet") for folder in (planned, tmp_path / "again"))
    assert first.equals(second)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--demo", "atlantis"), "harbour-core"),
        ((), "--bbox"),
        (("--bbox", "1,2,3"), "4 numbers"),
        (("--centre", "60.1,170.2"), "swapped"),
        (("--demo", "harbour-core", "--utility", "charm"), "lsi"),
        (("--demo", "harbour-core", "--imagery", "x.tif"), "its own"),
        (("--centre", "8.5,47.3", "--imagery", "missing.tif"), "missing.tif"),
        (("--centre", "8.5,47.3", "--imagery", "https://tiles.example/z/x/y.png"), "{z}, {x} and {y}"),
        (("--demo", "harbour-core", "--engine", "spark"), "--engine local"),
        (("--centre", "8.5,47.3", "--imagery", "area.tif", "--crs", "gcj02"), "leave out --crs"),
        (("--centre", "8.5,47.3", "--floor", "nan"), "floor of nan"),
        (("--demo", "harbour-core", "--model", "unheard-of"), "unheard-of"),
        (("--centre", "8.5,47.3", "--crs", "bd09"), "gcj02"),
    ],
)
def test_bad_input_is_one_line_with_a_remedy(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = netspatial("plan", *words, "--out", tmp_path / "out")
    assert done.returncode == 1
    lines = done.stderr.strip().splitlines()
    assert said in lines[-1]
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("operate", "--dataset", "d", "--out", "o"),
        ("import", "--uomo", "f.npz", "--out", "d"),
        ("evaluate", "--dataset", "d", "--model", "m", "--json", "o"),
        ("plan", "--demo", "harbour-core", "--engine", "ray://head:10001", "--out", "o"),
        ("plan", "--demo", "harbour-core", "--from-bundle", "b.zip", "--out", "o"),
    ],
)
def test_parts_that_do_not_exist_yet_say_so(words: tuple[str, ...]) -> None:
    done = netspatial(*words)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()  # and not a line of progress before it
    part = {"--engine": "--engine ray://...", "--from-bundle": "--from-bundle"}.get(words[-4], words[0])
    assert line.startswith(f"{part} is not part of this version")


def test_a_wrong_setting_is_one_line_too() -> None:
    done = netspatial("demos", NETSPATIAL_PORT="abc")
    assert done.returncode == 1
    assert "NETSPATIAL_PORT is 'abc'" in done.stderr
    assert "Traceback" not in done.stderr


def test_demos_are_listed() -> None:
    assert netspatial("demos").stdout.split() == ["harbour-core", "harbour-east", "inland-core"]


def test_limits_on_the_command_line(tmp_path: Path) -> None:
    west, south, east, north = gpd.read_file(REPOSITORY / "data/demo/harbour-core/exclusions.geojson").total_bounds
    half = shapely.box(west, south, (west + east) / 2, north)
    gpd.GeoDataFrame({"kind": ["exclude"], "name": ["the west"]}, geometry=[half], crs=4326).to_file(tmp_path / "zones.geojson")
    limits = ("--zones", tmp_path / "zones.geojson", "--budget", 250_000, "--station-gap", 200, "--min-spacing", 300)
    words = ("plan", "--demo", "harbour-core", "--draws", 1, "--utility", "mean", "--k", 5, "--keep", "statistics")
    done = netspatial(*words, *limits, "--method", "exact", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "3 of 5 sites: the budget of 250,000 pays for no more" in done.stderr  # of 80,000 each
    about = json.loads((tmp_path / "out" / "plan.json").read_text())["selection"]
    assert (about["method"], about["spent"], about["budget"], about["station_gap_m"]) == ("exact", 240_000, 250_000, 200)
    assert about["proof"]["gap"] == pytest.approx(0, abs=1e-6)
    assert about["zones"]["features"][0]["properties"] == {"kind": "exclude", "name": "the west"}
    cells = gpd.read_parquet(tmp_path / "out" / "cells.parquet").set_index("cell_id")
    assert (cells.loc[about["picks"], "lon"] > (west + east) / 2).all()
    assert {"in zone the west", "within 200 m of a station"} <= set(cells["outcome"])
    refused = netspatial(*words, "--method", "luck", "--out", tmp_path / "other")
    assert refused.returncode == 1
    assert refused.stderr.startswith("error: Sites cannot be chosen by 'luck'. Choose one of: greedy, exact, joint.")
    assert not (tmp_path / "other").exists()


def test_a_scenario_on_the_command_line(planned: Path, tmp_path: Path) -> None:
    name = str(pd.read_parquet(REPOSITORY / "data/demo/harbour-core/stations.parquet")["station_id"][0])
    scenario = {"name": "Without one", "off": [name], "sites": [], "added": [], "removed": [3], "developments": []}
    (tmp_path / "scenario.json").write_text(json.dumps(scenario))
    words = ("plan", "--demo", "harbour-core", "--draws", 1, "--keep", "statistics", "--scenario")
    done = netspatial(*words, tmp_path / "scenario.json", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    about = json.loads((tmp_path / "out" / "plan.json").read_text())
    assert about["provenance"]["scenario"]["off"] == [name]
    near = [(gpd.read_parquet(folder / "cells.parquet")["reason"] == "near").sum() for folder in (planned, tmp_path / "out")]
    assert near[1] < near[0], "the station that is off keeps nothing away"
    (tmp_path / "scenario.json").write_text(json.dumps(scenario | {"off": ["nobody"]}))
    refused = netspatial(*words, tmp_path / "scenario.json", "--out", tmp_path / "other")
    assert refused.returncode == 1
    assert "no station 'nobody'" in refused.stderr
    assert not (tmp_path / "other").exists()
