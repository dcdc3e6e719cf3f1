"""What a model folder says about itself: card, configuration, hashes, training log."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from netspatial_core.errors import InputError
from netspatial_core.pipeline import model_folder
from netspatial_core.settings import Settings
from netspatial_core.sources.files import sha256_of

CURVES = ("val_daily", "val_weekly", "val_residual")  # flow-matching loss of each level, 2 for an untrained one


@dataclass(frozen=True)
class ModelCard:
    """A model as its folder describes it.

    Attributes:
        name: Name of the folder.
        text: card.md.
        config: config.json.
        files: (name, bytes, SHA-256) of the weights.
        steps: Steps of the training log; empty where there is none.
        curves: Losses by name, one value a step.
    """

    name: str
    text: str
    config: Mapping[str, Any]
    files: tuple[tuple[str, int, str], ...]
    steps: tuple[float, ...]
    curves: Mapping[str, tuple[float, ...]]


def model_card(settings: Settings) -> ModelCard:
    """The card of the model in use.

    Raises:
        InputError: The folder or its configuration cannot be read.
    """
    folder = model_folder(settings.model, settings)
    card = folder / "card.md"
    text = card.read_text(encoding="utf-8") if card.is_file() else "This model brings no card."
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"config.json of {folder.name} is no JSON.", "Restore the model folder.") from error
    files = tuple((f.name, f.stat().st_size, sha256_of(f)) for f in sorted(folder.glob("*.safetensors")))
    steps, curves = _log(config)
    return ModelCard(folder.name, text, config, files, steps, curves)


def _log(config: dict[str, Any]) -> tuple[tuple[float, ...], dict[str, tuple[float, ...]]]:
    """Steps of the training log, and the losses on cities kept apart for early stopping."""
    rows = [row for row in config.get("log", []) if isinstance(row, dict) and isinstance(row.get("step"), int | float)]
    whole = [n for n in CURVES if rows and all(isinstance(row.get(n), int | float) for row in rows)]
    return tuple(row["step"] for row in rows), {n: tuple(row[n] for row in rows) for n in whole}
