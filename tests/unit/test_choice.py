"""Encoders as settings: any vision and text model of transformers by folder, and everything made with them tied to which."""

import json
import pickle
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from toy_traffic import toy

from netspatial_core.area import StudyArea
from netspatial_core.encoders.choice import check_identity, choice, folder_of, identity
from netspatial_core.encoders.context import Encoders, SiteContext, context_key
from netspatial_core.encoders.folder import fingerprint
from netspatial_core.encoders.tabular import TabularEncoder
from netspatial_core.encoders.vision import VisionEncoder, _noise
from netspatial_core.encoders.weights import TEXT, VISION
from netspatial_core.errors import WeightsError
from netspatial_core.fusion import FusionConfig, retrieval
from netspatial_core.fusion_training import train_fusion
from netspatial_core.generator.config import GeneratorConfig
from netspatial_core.generator.ensemble import Condition
from netspatial_core.generator.model import Model
from netspatial_core.generator.train import new_generator
from netspatial_core.pipeline import PlanRequest, run
from netspatial_core.settings import Settings
from netspatial_core.sources.imagery import Imagery
from netspatial_core.sources.pois import PoiSet
from netspatial_core.sources.scene import Scene
from netspatial_core.sources.stations import Stations

AREA = StudyArea.from_centre(11.0, 48.0, 0.5, 100.0, "test")
WORDS = ["near", "many", "several", "one", "or", "two", "shops", "offices", "places", "to", "eat", "shop", "cafe", "bakery", "."]


def vit(folder: Path) -> None:
    from transformers import ViTConfig, ViTModel

    sizes = {"hidden_size": 16, "num_hidden_layers": 4, "num_attention_heads": 2, "intermediate_size": 32}
    ViTModel(ViTConfig(**sizes, patch_size=8, image_size=64), add_pooling_layer=False).save_pretrained(folder)


def dinov2(folder: Path) -> None:
    from transformers import Dinov2Config, Dinov2Model

    Dinov2Model(
        Dinov2Config(hidden_size=24, num_hidden_layers=4, num_attention_heads=2, patch_size=14, image_size=224)
    ).save_pretrained(folder)


def bert(folder: Path) -> None:
    from transformers import BertConfig, BertModel

    sizes = {"hidden_size": 20, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 40}
    BertModel(BertConfig(vocab_size=len(WORDS) + 1, **sizes)).save_pretrained(folder)
    tokenizer(folder)


def llama(folder: Path) -> None:
    """A causal language model, as the paper uses one, with its head."""
    from transformers import LlamaConfig, LlamaForCausalLM

    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 48}
    LlamaForCausalLM(LlamaConfig(vocab_size=len(WORDS) + 1, **sizes)).save_pretrained(folder)
    tokenizer(folder)


def tokenizer(folder: Path) -> None:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    made = Tokenizer(models.WordLevel({word: i for i, word in enumerate(["[UNK]", *WORDS])}, unk_token="[UNK]"))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.save(str(folder / "tokenizer.json"))


@dataclass(frozen=True)
class Pair:
    """A vision and a text model in folders, the settings that name them, and what they must give."""

    settings: Settings
    kinds: tuple[str, str]
    sizes: tuple[int, int]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch

    root = tmp_path_factory.mktemp("models")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for make in (vit, dinov2, bert, llama):
            make(root / make.__name__)
    return root


@pytest.fixture(scope="module", params=["vit bert", "dinov2 llama"])
def pair(request: pytest.FixtureRequest, folders: Path, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    eye, ear = request.param.split()
    cache = tmp_path_factory.mktemp("cache")
    settings = Settings(cache_dir=cache, vision=str(folders / eye), text=str(folders / ear))
    return Pair(settings, (eye, ear), {"vit": (16, 20), "dinov2": (24, 32)}[eye])


@pytest.fixture(scope="module")
def scene() -> Scene:
    rng = np.random.default_rng(0)
    west, south, east, north = AREA.outer_bounds
    side = int((east - west) / 1.5)
    picture = Imagery(_noise(1, side)[0], np.ones((side, side), bool), AREA.epsg, west, north, 1.5, "test", "", "a", None)
    xy = np.column_stack([rng.uniform(west, east, 60), rng.uniform(south, north, 60)])
    tags = tuple([{"shop": "bakery"}, {"amenity": "cafe"}, {"office": "company"}][i % 3] for i in range(60))
    return Scene(
        AREA, picture, PoiSet(AREA.to_wgs84(xy), tags, "ok", "test", "", "b", None), Stations.none(), None, "synthetic", "x"
    )


def test_the_shipped_ones_are_known_without_being_there(tmp_path: Path) -> None:
    settings = Settings(cache_dir=tmp_path / "none")
    assert identity(settings) == {
        "vision": f"{VISION.name}:{VISION.sha256}",
        "text": f"{TEXT.name}:{TEXT.sha256}",
    }
    assert [choice(role, settings).size for role in ("vision", "text")] == [384, 384]
    assert not (tmp_path / "none").exists()


def test_a_folder_is_known_by_kind_and_content(pair: Pair) -> None:
    folders = Path(pair.settings.vision), Path(pair.settings.text)
    for role, kind, size, folder in zip(("vision", "text"), pair.kinds, pair.sizes, folders, strict=True):
        chosen = choice(role, pair.settings)
        assert (chosen.name, chosen.size, chosen.sha256) == (kind, size, fingerprint(folder))
        assert folder_of(role, pair.settings) == folder
        assert identity(pair.settings)[role] == f"{kind}:{fingerprint(folder)}"


def test_the_context_has_their_sizes_and_is_kept_apart(pair: Pair, scene: Scene) -> None:
    eye, ear = pair.sizes
    context = Encoders(pair.settings).context(scene, AREA.grid.centres)
    assert context.vision.shape == (25, 2 * eye)
    assert context.poi_address.shape == context.poi_surroundings.shape == (60, ear)
    assert context.has_vision.all()
    assert np.linalg.norm(context.vision[:, :eye], axis=1) == pytest.approx(1, abs=1e-2)  # as eight bits keep a length of 1
    assert len(np.unique(context.poi_address, axis=0)) == 3
    bare = Scene(AREA, None, PoiSet.absent(), Stations.none(), None, "synthetic", "x")
    empty = Encoders(pair.settings).context(bare, AREA.grid.centres)
    assert (empty.vision.shape, empty.poi_address.shape) == ((25, 2 * eye), (0, ear))

    points, shipped = AREA.grid.centres, Settings(cache_dir=pair.settings.cache_dir)
    mixed = [pair.settings.model_copy(update={role: "shipped"}) for role in ("vision", "text")]
    keys = {context_key(scene, points, settings=settings) for settings in (pair.settings, shipped, *mixed)}
    assert len(keys) == 4
    assert len(list((pair.settings.cache_dir / "embeddings").glob("patches-*"))) == 1
    assert context_key(bare, points, settings=mixed[0]) != context_key(bare, points, settings=shipped)


def test_a_causal_model_reads_left_to_right_and_is_averaged(folders: Path, tmp_path: Path) -> None:
    """The embedding of a prompt is the mean of the states of the bare Llama, padding left out."""
    import torch
    from transformers import AutoModel

    text = Encoders(Settings(cache_dir=tmp_path, text=str(folders / "llama"))).text
    ids = torch.tensor([text._tokenizer.encode("Near many shops.").ids])
    with torch.inference_mode():
        states = AutoModel.from_pretrained(folders / "llama", dtype=torch.float32)(input_ids=ids).last_hidden_state[0].numpy()
    mean = states.mean(axis=0)
    assert text.encode(["Near many shops.", "Cafe."])[0] == pytest.approx(mean / np.linalg.norm(mean), abs=1e-5)


def test_a_model_trained_on_them_plans_with_them_and_with_no_others(pair: Pair, scene: Scene, tmp_path: Path) -> None:
    context = Encoders(pair.settings).context(scene, AREA.grid.centres)
    small = FusionConfig(dim=16, heads=2, layers=1, hidden=8, batch=32)
    fusion, _ = train_fusion([context], small, seed=0, steps=3)
    assert (fusion.config.vision_size, fusion.config.text_size) == (context.vision.shape[1], context.poi_address.shape[1])
    assert retrieval(fusion, context)["points"] == 25
    model = tiny(fusion.embed(context), context, pair.settings)
    Model("own", *model, fusion, identity(pair.settings)).save(tmp_path / "own")  # type: ignore[arg-type]

    plan = run(PlanRequest(area=AREA, model=str(tmp_path / "own"), draws=1), pair.settings)
    told = {role: plan.provenance["encoders"][role] for role in ("vision", "text")}
    assert told == identity(pair.settings)
    for role in ("vision", "text"):
        other = pair.settings.model_copy(update={role: "shipped"})
        with pytest.raises(WeightsError, match=f"NETSPATIAL_{role.upper()}") as caught:
            run(PlanRequest(area=AREA, model=str(tmp_path / "own"), draws=1), other)
        assert told[role] in caught.value.what
        assert identity(other)[role] in caught.value.what
    with pytest.raises(WeightsError, match="is in use"):
        run(PlanRequest(area=AREA, model="netspatial-s1", draws=1), pair.settings)


def tiny(embedding: np.ndarray, context: SiteContext, settings: Settings) -> tuple[object, TabularEncoder]:
    tabular = TabularEncoder.fit(context.tabular)
    values, known = tabular.encode(context.tabular)
    condition = Condition(embedding, values.astype(np.float32), known)
    config = GeneratorConfig(hidden=16, daily_width=16, weekly_width=16, residual_width=16)
    return new_generator(condition, toy(25)[2], np.ones(25, bool), config).eval(), tabular


def test_a_folder_that_is_moved_is_the_same_and_one_that_is_altered_is_not(folders: Path, tmp_path: Path) -> None:
    shutil.copytree(folders / "bert", tmp_path / "renamed")
    one, two = (Settings(cache_dir=tmp_path, text=str(f)) for f in (folders / "bert", tmp_path / "renamed"))
    assert identity(one) == identity(two)
    before = identity(two)
    weights = tmp_path / "renamed" / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(bytes(data))
    assert identity(two) != before
    with pytest.raises(WeightsError, match="text encoder"):
        check_identity(before, identity(two))


def test_colours_are_standardised_as_the_folder_says(folders: Path, tmp_path: Path) -> None:
    """(x - 0.5) / 0.5 of one picture is (x' - mean) / std of ImageNet for another x': the model sees the same."""
    plain = shutil.copytree(folders / "vit", tmp_path / "plain")
    other = shutil.copytree(folders / "vit", tmp_path / "other")
    (other / "preprocessor_config.json").write_text(json.dumps({"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}))
    assert fingerprint(plain) != fingerprint(other)
    one, two = VisionEncoder(plain), VisionEncoder(other)
    grey = np.full((1, 3, 128, 128), 64, np.uint8)
    seen = np.array([0.485, 0.456, 0.406]) + np.array([0.229, 0.224, 0.225]) * (64 / 255 - 0.5) / 0.5
    assert not np.allclose(one._tokens(grey), two._tokens(grey), atol=1e-3)
    same = np.broadcast_to(np.round(255 * seen).astype(np.uint8)[None, :, None, None], grey.shape).copy()
    np.testing.assert_allclose(one._tokens(same), two._tokens(grey), atol=0.02)
    for wrong in ({"image_mean": [0.5]}, {"image_std": [0, 0, 0]}, {"image_mean": "grey"}):
        (other / "preprocessor_config.json").write_text(json.dumps(wrong))
        with pytest.raises(WeightsError, match="three colours"):
            VisionEncoder(other)


@pytest.mark.parametrize("role", ["vision", "text"])
def test_what_is_no_folder_of_safetensors_is_refused(role: str, folders: Path, tmp_path: Path) -> None:
    def refused(named: str, words: str) -> None:
        with pytest.raises(WeightsError, match=words):
            identity(Settings(cache_dir=tmp_path / "cache", **{role: named}))  # type: ignore[arg-type]

    refused("meta-llama/Llama-3.1-8B", "no config.json")  # a name of the hub: nothing is ever fetched
    folder = tmp_path / "pickled"
    folder.mkdir()
    shutil.copy(folders / "bert" / "config.json", folder)
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps({}))
    refused(str(folder), r"pytorch_model\.bin, which is never opened")
    (folder / "config.json").write_text(json.dumps({"model_type": "clip"}))
    shutil.copy(folders / "bert" / "model.safetensors", folder)
    refused(str(folder), "no encoder")
    (folder / "config.json").write_text("[1]")
    refused(str(folder), "no JSON object")
