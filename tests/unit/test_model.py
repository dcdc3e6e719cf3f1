import hashlib
import json
import pickle
import shutil

import numpy as np
import pytest
import torch
from toy_traffic import toy

from netspatial_core.encoders.context import SiteContext
from netspatial_core.encoders.tabular import FEATURES, TabularEncoder
from netspatial_core.errors import WeightsError
from netspatial_core.fusion import Fusion, FusionConfig
from netspatial_core.generator.config import GeneratorConfig
from netspatial_core.generator.ensemble import Condition
from netspatial_core.generator.model import GENERATOR, OWN_HASH, Model, config_sha256
from netspatial_core.generator.train import new_generator

ENCODERS = {"vision": "a" * 64, "text": "b" * 64}


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    config = GeneratorConfig(hidden=16, daily_width=16, weekly_width=16, residual_width=16)
    tabular = TabularEncoder.fit(np.random.default_rng(0).normal(size=(20, len(FEATURES))))
    condition = Condition(None, np.zeros((20, len(FEATURES)), np.float32), np.ones((20, len(FEATURES)), bool))
    generator = new_generator(condition, toy(20)[2], np.ones(20, bool), config).eval()
    return Model("toy", generator, tabular, None, ENCODERS, {"trained_on": "toys", "seed": 0}, "# toy\n")


@pytest.fixture
def folder(model, tmp_path):
    model.save(tmp_path / "toy")
    return tmp_path / "toy"


def conditions(sites=3):
    rng = np.random.default_rng(1)
    return Condition(None, rng.normal(size=(sites, len(FEATURES))).astype(np.float32), np.ones((sites, len(FEATURES)), bool))


def test_what_is_loaded_generates_what_was_saved(model, folder):
    loaded = Model.load(folder, encoders=ENCODERS)
    keys = ["a", "b", "c"]
    np.testing.assert_array_equal(loaded.sample(conditions(), keys, [0, 4], 9), model.sample(conditions(), keys, [0, 4], 9))
    assert (loaded.name, loaded.config["trained_on"], loaded.horizon) == ("toy", "toys", 672)
    assert loaded.card.startswith("# toy\n\n## Files\n")
    written = json.loads((folder / "config.json").read_text())["files"]
    assert all(f"| {name} | `{sha256}` |" in loaded.card for name, sha256 in written.items())
    again = loaded.save(folder.with_name("again"))
    assert (folder.with_name("again") / "card.md").read_text() == loaded.card, "the section of hashes is written once"
    assert again.sha256 == loaded.sha256
    assert loaded.config == json.loads(json.dumps(model.config))
    assert sorted(item.name for item in folder.iterdir()) == ["card.md", "config.json", GENERATOR]


def test_a_model_with_a_fusion_embeds_contexts_after_loading_as_before(model, tmp_path):
    torch.manual_seed(1)
    fusion = Fusion(FusionConfig(dim=16, heads=2, layers=1, hidden=8, vision_size=12, text_size=6)).eval().requires_grad_(False)
    rng = np.random.default_rng(2)
    fusion.fit_projections(rng.normal(size=(40, 12)).astype(np.float32), rng.normal(size=(40, 6)).astype(np.float32))
    sites, tabular = 20, rng.normal(size=(20, len(FEATURES)))
    context = SiteContext(
        points=rng.normal(size=(sites, 2)),
        vision=rng.normal(size=(sites, 12)).astype(np.float32),
        has_vision=np.ones(sites, bool),
        poi_address=rng.normal(size=(5, 6)).astype(np.float32),
        poi_surroundings=rng.normal(size=(5, 6)).astype(np.float32),
        poi_index=rng.integers(0, 5, 2 * sites),
        poi_offsets=2 * np.arange(sites + 1),
        poi_status="ok",
        tabular=np.where(rng.random(tabular.shape) < 0.2, np.nan, tabular),
    )
    values, known = model.tabular.encode(context.tabular)
    condition = Condition(fusion.embed(context), values, known)
    generator = new_generator(condition, toy(20)[2], np.ones(20, bool), model.generator.config).eval()
    made = Model("fused", generator, model.tabular, fusion, ENCODERS).save(tmp_path / "fused")
    loaded = Model.load(tmp_path / "fused")
    found = loaded.condition(context)
    np.testing.assert_array_equal(found.embedding, condition.embedding)
    np.testing.assert_array_equal(found.known, np.isfinite(context.tabular))
    assert not np.array_equal(loaded.condition(context, hide="pois").embedding, condition.embedding)
    keys = [f"c{i}" for i in range(sites)]
    np.testing.assert_array_equal(loaded.sample(found, keys, [0], 1), made.sample(condition, keys, [0], 1))


def test_the_identity_is_of_the_content(model, folder, tmp_path):
    again = model.save(tmp_path / "other")
    assert Model.load(folder).sha256 == again.sha256
    changed = Model("toy", model.generator, model.tabular, None, {"vision": "c" * 64}, model.about).save(tmp_path / "third")
    assert changed.sha256 != again.sha256


def test_saving_replaces_a_model_whole_and_leaves_nothing_beside_it(model, folder):
    (folder / "stale.txt").write_text("old")
    model.save(folder)
    assert not (folder / "stale.txt").exists()
    assert [item.name for item in folder.parent.iterdir()] == ["toy"]


def test_a_save_that_fails_leaves_the_old_model(model, folder, monkeypatch):
    before = Model.load(folder).sha256

    def full(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("netspatial_core.generator.model.save_file", full)
    with pytest.raises(OSError, match="No space"):
        model.save(folder)
    assert Model.load(folder).sha256 == before
    assert [item.name for item in folder.parent.iterdir()] == ["toy"]


def test_altered_weights_are_refused_naming_both_hashes(folder):
    config = json.loads((folder / "config.json").read_text())
    data = bytearray((folder / GENERATOR).read_bytes())
    data[-1] ^= 1
    (folder / GENERATOR).write_bytes(bytes(data))
    with pytest.raises(WeightsError) as fault:
        Model.load(folder)
    assert config["files"][GENERATOR] in fault.value.what
    assert fault.value.what.count("SHA-256") == 1
    (folder / GENERATOR).unlink()
    with pytest.raises(WeightsError, match="missing"):
        Model.load(folder)


def test_other_encoders_are_refused_naming_both_hashes(folder):
    with pytest.raises(WeightsError) as fault:
        Model.load(folder, encoders={**ENCODERS, "text": "d" * 64})
    assert "text encoder" in fault.value.what
    assert "b" * 64 in fault.value.what
    assert "d" * 64 in fault.value.what
    with pytest.raises(WeightsError, match="none is in use"):
        Model.load(folder, encoders={})


class _Bomb:
    def __reduce__(self):
        return (exec, ("raise SystemExit('a pickle was opened')",))


@pytest.mark.parametrize("name", ["generator.pt", "fusion.bin", "model.pkl"])
def test_pickles_are_refused_by_name_and_never_opened(folder, name):
    (folder / name).write_bytes(pickle.dumps(_Bomb()))
    with pytest.raises(WeightsError, match=name):
        Model.load(folder)


def test_a_pickle_under_the_name_of_weights_is_not_opened_either(folder):
    data = pickle.dumps(_Bomb())
    (folder / GENERATOR).write_bytes(data)
    config = json.loads((folder / "config.json").read_text())
    config["files"][GENERATOR] = hashlib.sha256(data).hexdigest()
    rewrite(folder, config)
    with pytest.raises(WeightsError, match="does not fit"):
        Model.load(folder)


def test_weights_of_another_shape_are_refused(folder):
    config = json.loads((folder / "config.json").read_text())
    config["generator"]["config"]["hidden"] = 24
    rewrite(folder, config)
    with pytest.raises(WeightsError, match="does not fit"):
        Model.load(folder)


def rewrite(folder, config):
    """A config.json that vouches for itself."""
    (folder / "config.json").write_text(json.dumps(config | {OWN_HASH: config_sha256(config)}))


def test_an_altered_configuration_is_refused_naming_both_hashes(folder):
    config = json.loads((folder / "config.json").read_text())
    before = config[OWN_HASH]
    (folder / "config.json").write_text(json.dumps(config))  # laid out otherwise, the same content
    assert Model.load(folder).config["name"] == "toy"
    config["generator"]["config"]["residual_steps"] += 1
    config["generator"]["transform"]["mu"] += 0.5
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(WeightsError) as fault:
        Model.load(folder)
    assert before in fault.value.what
    assert config_sha256(config) in fault.value.what


def test_a_model_that_does_not_vouch_for_its_configuration_is_of_an_older_version(folder):
    config = json.loads((folder / "config.json").read_text())
    del config[OWN_HASH]
    (folder / "config.json").write_text(json.dumps(config | {"format": 1}))
    with pytest.raises(WeightsError, match="older"):
        Model.load(folder)


@pytest.mark.parametrize("damage", ["gone", "not json", "other format", "older format", "no key", "no hash", "a list"])
def test_what_is_no_model_is_refused(folder, damage):
    path = folder / "config.json"
    config = json.loads(path.read_text())
    match damage:
        case "gone":
            shutil.rmtree(folder)
        case "not json":
            path.write_text("{")
        case "other format":
            rewrite(folder, config | {"format": 99})
        case "older format":
            rewrite(folder, config | {"format": 2})
        case "no key":
            del config["generator"]
            rewrite(folder, config)
        case "no hash":
            del config[OWN_HASH]
            path.write_text(json.dumps(config))
        case "a list":
            path.write_text("[]")
    with pytest.raises(WeightsError):
        Model.load(folder)
