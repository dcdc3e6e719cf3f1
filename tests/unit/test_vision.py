"""Dense encoding: seams, holes, sizes, determinism; pooling against brute force; what folders are refused."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netspatial_core.encoders import weights
from netspatial_core.encoders.folder import fingerprint, load_frozen
from netspatial_core.encoders.vision import OVERLAP, WINDOW, PatchMap, VisionEncoder, _noise, _spans, pool
from netspatial_core.errors import Cancelled, InputError, WeightsError
from netspatial_core.settings import Settings
from netspatial_core.sources.imagery import Imagery


def picture(pixels: np.ndarray, valid: np.ndarray | None = None, west: float = 0.0, north: float = 0.0) -> Imagery:
    mask = np.ones(pixels.shape[1:], bool) if valid is None else valid
    return Imagery(pixels, mask, 32632, west, north, 1.5, "test", "", "", None)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> VisionEncoder:
    folder = weights.ensure(weights.VISION, Settings())
    return VisionEncoder(folder, cache_dir=Settings().cache_dir / "weights", name="dinov2", sha256=weights.VISION.sha256)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small vision transformer of another family, as a user might bring one."""
    import torch
    from transformers import ViTConfig, ViTModel

    folder = tmp_path_factory.mktemp("vit")
    torch.manual_seed(0)
    config = ViTConfig(
        hidden_size=16, num_hidden_layers=4, num_attention_heads=2, intermediate_size=32, patch_size=8, image_size=64
    )
    ViTModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


@given(st.integers(WINDOW, 400))
def test_spans_cover_an_axis_once_and_overlap_enough(length: int) -> None:
    spans = _spans(length)
    assert [i for _, keep in spans for i in range(keep.start, keep.stop)] == list(range(length))
    for start, keep in spans:
        assert 0 <= start <= length - WINDOW
        assert keep.start - start >= (OVERLAP // 2 if start else 0)
        assert start + WINDOW - keep.stop >= (OVERLAP // 2 if start + WINDOW < length else 0)


def test_moving_the_windows_hardly_changes_what_is_pooled(encoder: VisionEncoder) -> None:
    """The same ground encoded from corners 133 px apart: a point's two vectors are far more alike than those of two points."""
    pixels = _textured(700)
    one, two = encoder.encode(picture(pixels)), encoder.encode(picture(pixels[:, 133:, 133:], west=199.5, north=-199.5))
    points = np.array([(x, -y) for x in range(400, 860, 60) for y in range(400, 860, 60)], float)
    a, b = (pool(patches, points, (100.0,))[0] for patches in (one, two))
    centre = (a.mean(axis=0) + b.mean(axis=0)) / 2
    signal, noise = ((a - centre) ** 2).sum(), ((a - b) ** 2).sum() / 2
    assert signal > 4 * noise
    raw = [PatchMap(p.features, p.valid, p.west, p.north, p.patch_m, p.epsg) for p in (one, two)]
    assert raw[0].patch_m == 21


def _textured(size: int) -> np.ndarray:
    """A patchwork of textures 100 px wide, unlike each other."""
    noise = _noise(1, size)[0].astype(float)
    rng = np.random.default_rng(5)
    tint = np.kron(rng.uniform(0.4, 1.6, (3, 7, 7)), np.ones((1, 100, 100)))[:, :size, :size]
    lines = (np.indices((size, size)).sum(axis=0) % 12 < 4) * np.kron(rng.choice([0, 70], (7, 7)), np.ones((100, 100)))[
        :size, :size
    ]
    return np.clip(noise * tint + lines, 0, 255).astype(np.uint8)


def test_the_same_picture_has_the_same_features(encoder: VisionEncoder) -> None:
    image = picture(_noise(1, 300)[0])
    assert np.array_equal(encoder.encode(image).features, encoder.encode(image).features)


def test_holes_are_invalid_and_hardly_seen_by_their_neighbours(encoder: VisionEncoder) -> None:
    pixels = _noise(1, 14 * 20)[0]
    valid = np.ones(pixels.shape[1:], bool)
    valid[: 14 * 6, : 14 * 6 + 3] = False  # of the seventh patch column 3 of 14 pixels: still valid
    patches = encoder.encode(picture(pixels, valid))
    assert not patches.valid[:6, :6].any()
    assert patches.valid.sum() == 400 - 36
    assert not patches.features[:6, :6].any()
    black = pixels.copy()
    black[:, ~valid] = 0  # what lies under a hole is never looked at
    assert np.array_equal(encoder.encode(picture(black, valid)).features, patches.features)


def test_a_scene_smaller_than_a_window(encoder: VisionEncoder) -> None:
    patches = encoder.encode(picture(_noise(1, 100)[0]))
    assert patches.features.shape == (8, 8, 384)
    assert patches.valid[:7, :7].all()
    assert not patches.valid[7].any()  # 2 of 14 pixels


def test_nothing_valid_is_refused_and_cancel_is_heard(encoder: VisionEncoder) -> None:
    pixels = _noise(1, 64)[0]
    with pytest.raises(InputError, match="shows nothing"):
        encoder.encode(picture(pixels, np.zeros((64, 64), bool)))
    with pytest.raises(Cancelled):
        encoder.encode(picture(pixels), cancelled=lambda: True)


def test_progress_counts_windows(encoder: VisionEncoder) -> None:
    steps: list[tuple[int, int]] = []
    encoder.encode(picture(_noise(1, 14 * 31)[0]), on_progress=lambda *s: steps.append(s))
    assert steps == [(4, 9), (8, 9), (9, 9)]  # 31 patches: windows from 0, 8 and 15


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.floats(10, 200))
def test_pooling_equals_brute_force(seed: int, radius: float) -> None:
    rng = np.random.default_rng(seed)
    shape = rng.integers(3, 15, 2)
    valid = rng.random(shape) < 0.8
    features = rng.normal(size=(*shape, 5)).astype(np.float16) * valid[..., None]
    patches = PatchMap(features, valid, 1000.0, 5000.0, 21.0, 32632)
    points = np.column_stack([rng.uniform(950, 1350, 8), rng.uniform(4650, 5050, 8)])
    pooled, present = pool(patches, points, (radius, 2 * radius))
    big = 40  # patches around the map, so that discs over its border are counted whole
    rows, columns = np.mgrid[-big : shape[0] + big, -big : shape[1] + big]
    x, y = 1000 + (columns + 0.5) * 21, 5000 - (rows + 0.5) * 21
    for i, point in enumerate(points):
        distance = np.hypot(x - point[0], y - point[1])
        inside = (distance <= radius)[big:-big, big:-big] & valid
        assert present[i] == (inside.sum() > 0 and inside.sum() >= 0.5 * (distance <= radius).sum())
        for k, disc in enumerate((radius, 2 * radius)):
            seen = (distance <= disc)[big:-big, big:-big] & valid
            expected = features[seen].astype(float).mean(axis=0) if present[i] else np.zeros(5)
            expected = expected / (np.linalg.norm(expected) or 1)
            assert pooled[i, 5 * k : 5 * k + 5] == pytest.approx(expected, abs=1e-5)


def test_nine_hundred_points_in_a_moment(encoder: VisionEncoder) -> None:
    """Not a benchmark: a loop over points and patches would take minutes here."""
    features = np.random.default_rng(0).normal(size=(191, 191, 384)).astype(np.float16)
    patches = PatchMap(features, np.ones((191, 191), bool), 0.0, 0.0, 21.0, 32632)
    points = np.random.default_rng(1).uniform(500, 3500, (900, 2)) * [1, -1]
    pooled, present = pool(patches, points)
    assert pooled.shape == (900, 768)
    assert present.all()
    assert np.linalg.norm(pooled[:, :384], axis=1) == pytest.approx(1, abs=1e-5)


def test_another_vision_transformer_by_folder(tiny: Path, tmp_path: Path) -> None:
    mine = VisionEncoder(tiny, cache_dir=tmp_path)
    assert mine.sha256 == fingerprint(tiny)
    assert len(mine._model.encoder.layer if hasattr(mine._model, "encoder") else mine._model.layers) == 3  # 3/4 of 4
    patches = mine.encode(picture(_noise(1, 200)[0]))
    assert patches.features.shape == (25, 25, 16)
    assert patches.patch_m == 12
    (kept,) = tmp_path.glob("positions-*")
    again = VisionEncoder(tiny, cache_dir=tmp_path).encode(picture(_noise(1, 200)[0]))
    assert np.array_equal(again.features, patches.features)
    kept.write_bytes(b"damaged")
    again = VisionEncoder(tiny, cache_dir=tmp_path).encode(picture(_noise(1, 200)[0]))
    assert np.array_equal(again.features, patches.features)


def test_a_pickle_is_never_opened(tiny: Path, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path.touch, (tmp_path / "ran",))  # type: ignore[return-value]

    (tmp_path / "config.json").write_bytes((tiny / "config.json").read_bytes())
    (tmp_path / "pytorch_model.bin").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(WeightsError, match=r"pytorch_model\.bin.*never opened"):
        VisionEncoder(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(WeightsError, match="cannot be loaded"):
        load_frozen(tmp_path)
    assert not (tmp_path / "ran").exists()


def test_weights_of_another_config_are_refused(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes((tiny / "model.safetensors").read_bytes())
    config = json.loads((tiny / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 6}))
    with pytest.raises(WeightsError, match="lack"):
        load_frozen(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(config | {"hidden_size": 32}))
    with pytest.raises(WeightsError, match=r"cannot be loaded|lack"):
        load_frozen(tmp_path)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(WeightsError, match="no JSON"):
        VisionEncoder(tmp_path)


def test_a_text_model_is_no_vision_transformer() -> None:
    with pytest.raises(WeightsError, match="no vision transformer"):
        VisionEncoder(weights.find_weights(weights.TEXT)[0].parent)
