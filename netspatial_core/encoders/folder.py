"""Folders of pretrained models: what may be in them, who they are, and how they are loaded, always without a network."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from netspatial_core.errors import WeightsError
from netspatial_core.sources.files import sha256_of

# formats that can carry code which runs when they are opened
PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".npy", ".npz", ".h5", ".msgpack")
PREPROCESSOR = "preprocessor_config.json"
UNUSED = ("pooler.", "embeddings.mask_token", "embeddings.position_ids")  # parameters no encoder here reads


def offline_transformers() -> ModuleType:
    """The ``transformers`` library, told before its first import that there is no hub and no need to talk."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TRANSFORMERS_OFFLINE"] = "1"
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    return transformers


def pickles_in(folder: Path) -> list[str]:
    """Names of the files of a folder that are never opened, since opening them can run code."""
    return sorted(item.name for item in folder.iterdir() if item.suffix in PICKLES)


def model_files(folder: Path) -> list[Path]:
    """The files that decide what a model computes: config, weights, and what prepares its input where it has that.

    Raises:
        WeightsError: The folder is no model, or its weights are not safetensors (a pickle can run code when it is opened).
    """
    if not (folder / "config.json").is_file():
        raise WeightsError(
            f"{folder} is no model: it has no config.json.", "Name a folder with config.json and model.safetensors."
        )
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        pickles = pickles_in(folder)
        found = f"only {', '.join(pickles)}, which is never opened" if pickles else "none"
        raise WeightsError(
            f"{folder} has no safetensors weights ({found}).",
            "Save the model with save_pretrained of transformers: safetensors only.",
        )
    prepares = [folder / "tokenizer.json", folder / PREPROCESSOR]
    return [folder / "config.json", *weights, *(path for path in prepares if path.is_file())]


def fingerprint(folder: Path, hashed: Callable[[Path], str] = sha256_of) -> str:
    """SHA-256 over the hashes of a model's files: the identity that embeddings and trained models are tied to.

    Args:
        folder: The model's folder.
        hashed: Gives the SHA-256 of a file; one that remembers files already seen saves minutes on a large model.

    Raises:
        WeightsError: As ``model_files``.
    """
    digest = hashlib.sha256()
    for path in model_files(folder):
        digest.update(f"{path.name}:{hashed(path)}\n".encode())
    return digest.hexdigest()


def load_frozen(folder: Path, auto_class: str = "AutoModel", **config: Any) -> Any:
    """A model from its folder in float32, in evaluation mode and without gradients.

    Args:
        folder: config.json and safetensors.
        auto_class: Class of ``transformers`` that reads it.
        config: Entries of its config to use instead of the stored ones, e.g. fewer layers.

    Raises:
        WeightsError: As ``model_files``; or the weights do not fit the config: a parameter missing would be filled at random.
    """
    model_files(folder)
    transformers = offline_transformers()
    import torch

    try:
        model, report = getattr(transformers, auto_class).from_pretrained(
            folder,
            local_files_only=True,
            use_safetensors=True,
            trust_remote_code=False,
            dtype=torch.float32,
            output_loading_info=True,
            **config,
        )
    except Exception as error:
        # transformers and safetensors raise many kinds here (OSError, ValueError, RuntimeError, SafetensorError); all mean this
        line = str(error).strip().split("\n")[0]
        raise WeightsError(f"{folder} cannot be loaded: {line}", "Check that its weights belong to its config.json.") from error
    missing = sorted(k for k in report["missing_keys"] if not k.startswith(UNUSED))
    if missing:
        raise WeightsError(
            f"{folder}: the weights lack {len(missing)} parameters of the config, first {missing[0]}.",
            "Use the weights that belong to this config.json.",
        )
    return model.eval().requires_grad_(False)


def read_config(folder: Path, name: str = "config.json") -> dict[str, Any]:
    """The model's config.json, or another of its JSON files.

    Raises:
        WeightsError: As ``model_files``; or it is no JSON object.
    """
    model_files(folder)
    try:
        return dict(json.loads((folder / name).read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise WeightsError(f"{folder / name} is no JSON object: {error}", "Save the model again.") from error
