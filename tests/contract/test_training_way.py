"""The data scientist's way, whole: a synthetic city, fusion and generator trained on it for moments, a plan with that model."""

import json
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest
import yaml
from command_line import netspatial

from netspatial_core.sources.dataset import read_dataset
from netspatial_core.sources.scene import dataset_area


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("data") / "small-town"
    done = netspatial("synth", "--style", "harbour", "--size-km", 0.8, "--stations", 14, "--seed", 21, "--out", out)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def model(city: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    (folder / "short.yaml").write_text(
        yaml.safe_dump({"fusion": {"steps": 20, "batch": 32}, "generator": {"steps": 40, "batch": 8}})
    )
    for part in ("fusion", "generator"):
        done = netspatial("train", part, "--dataset", city, "--config", folder / "short.yaml", "--out", folder / "tiny")
        assert done.returncode == 0, done.stderr
    return folder / "tiny"


def test_the_city_is_a_dataset(city: Path) -> None:
    dataset = read_dataset(city)
    assert dataset.kind == "synthetic"
    assert dataset.traffic.shape == (14, 672)
    assert dataset.imagery_path is not None
    assert dataset.pois_path is not None
    assert dataset.truth_path is not None


def test_a_fusion_starts_from_another_and_a_finished_run_resumes_to_the_same(city: Path, model: Path, tmp_path: Path) -> None:
    weights = []
    for more in ((), ("--resume",)):
        words = ("--dataset", city, "--config", model.parent / "short.yaml", "--init", model, "--out", tmp_path / "tuned", *more)
        done = netspatial("train", "fusion", *words)
        assert done.returncode == 0, done.stderr
        weights.append((tmp_path / "tuned" / "fusion.safetensors").read_bytes())
    assert weights[0] == weights[1] != (model / "fusion.safetensors").read_bytes()
    about = json.loads((tmp_path / "tuned" / "fusion.json").read_text())
    assert "--init" in about["command"]
    done = netspatial("train", "fusion", *words, "--seed", 1)
    assert done.returncode == 1
    assert "another run" in done.stderr


def test_the_model_says_how_it_was_made(model: Path) -> None:
    config = json.loads((model / "config.json").read_text())
    assert config["command"].startswith("python -m netspatial_core train generator")
    assert "synthetic" in config["trained_on"]
    card = (model / "card.md").read_text()
    assert config["command"] in card
    assert "only ever seen synthetic cities" in card


def test_a_plan_with_it(city: Path, model: Path, tmp_path: Path) -> None:
    area = dataset_area(read_dataset(city))
    lon, lat = area.centre
    done = netspatial(
        "plan", f"--centre={lon},{lat}", "--side-km", 0.8, "--imagery", city / "imagery.tif", "--pois", city / "pois.parquet",
        "--stations", city / "stations.parquet", "--exclude", city / "exclusions.geojson", "--model", model,
        "--min-distance", 60, "--draws", 2, "--k", 2, "--utility", "mean", "--floor", 0, "--out", tmp_path / "out",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    cells = pd.read_parquet(tmp_path / "out" / "cells.parquet")
    assert len(cells) == 64
    assert {"near"} <= set(cells.reason) | {""}
    assert cells.feasible.any()
    best = cells.sort_values("mean", ascending=False).cell_id.iloc[0]
    assert pd.read_csv(tmp_path / "out" / "topk.csv").cell_id[0] == best


def test_a_whole_model_is_fine_tuned_and_says_from_what(city: Path, model: Path, tmp_path: Path) -> None:
    (tmp_path / "few.yaml").write_text("generator: {steps: 3, batch: 8}")
    words = ("--dataset", city, "--config", tmp_path / "few.yaml", "--init", model, "--out", tmp_path / "tuned")
    done = netspatial("train", "generator", *words)
    assert done.returncode == 0, done.stderr
    about = json.loads((tmp_path / "tuned" / "config.json").read_text())
    assert about["tuned_from"]["name"] == "tiny"
    assert about["tuned_from"]["sha256"] == sha256((model / "config.json").read_bytes()).hexdigest()
    assert (
        f"**Fine-tuned from** tiny (config.json has SHA-256 `{about['tuned_from']['sha256']}`)"
        in (tmp_path / "tuned" / "card.md").read_text()
    )
    begun = json.loads((model / "config.json").read_text())
    assert about["tabular"] == begun["tabular"]
    assert about["generator"]["sizes"] == begun["generator"]["sizes"]
    (tmp_path / "wide.yaml").write_text("generator: {hidden: 32}")
    wide = netspatial("train", "generator", *words[:2], "--config", tmp_path / "wide.yaml", *words[4:])
    assert wide.returncode == 1
    assert "hidden 128, not 32" in wide.stderr
    assert "--fresh" in wide.stderr


def test_resume_needs_the_same_run(city: Path, model: Path) -> None:
    done = netspatial("train", "generator", "--dataset", city, "--seed", 1, "--resume", "--out", model)
    assert done.returncode == 1
    assert "another run" in done.stderr


def test_an_unknown_setting_is_named(city: Path, model: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("generator: {heat: 1}")
    done = netspatial(
        "train", "generator", "--dataset", city, "--config", tmp_path / "bad.yaml", "--init", model, "--out", tmp_path / "m"
    )
    assert done.returncode == 1
    assert "heat" in done.stderr
