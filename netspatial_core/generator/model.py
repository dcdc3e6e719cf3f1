"""A model folder: everything needed to turn the context of a point into traffic, and the proof of what it was made from.

config.json       name, shapes and settings of the parts; SHA-256 of the weights files, of the encoders they were trained with,
                  and of all that the file says itself
generator.safetensors, fusion.safetensors (where the model has a fusion)
range.safetensors (where it knows which places are like those it was trained on)
card.md           data, command, figures, intended use, limits
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file as load_arrays
from safetensors.numpy import save_file as save_arrays
from safetensors.torch import load_file, save_file

from netspatial_core.encoders.choice import check_identity
from netspatial_core.encoders.folder import pickles_in
from netspatial_core.errors import WeightsError
from netspatial_core.generator.ensemble import Condition
from netspatial_core.generator.hierarchy import Generator
from netspatial_core.sources.files import sha256_of
from netspatial_core.training_range import TrainingRange

if TYPE_CHECKING:
    from netspatial_core.encoders.context import SiteContext
    from netspatial_core.encoders.tabular import TabularEncoder
    from netspatial_core.fusion import Fusion

__all__ = ["Condition", "Model"]

Cancel = Callable[[], bool]

FORMAT = 3  # 1 did not vouch for the configuration itself; 2 knew neither the residual's days nor the catchment's POIs
GENERATOR, FUSION, RANGE = "generator.safetensors", "fusion.safetensors", "range.safetensors"
OWN_HASH = "config_sha256"
HASHES = "## Files"  # heading of the card's last section


@dataclass(frozen=True)
class Model:
    """Fusion, tabular encoder and generator that were trained together.

    Attributes:
        name: Name of the model.
        generator: The generator.
        tabular: Encoder of plain numbers.
        fusion: The fusion, or None for a model of plain numbers only.
        encoders: Identities of the frozen encoders by role ("vision", "text").
        about: Free facts for config.json and the planner: trained_on, command, seed, figures.
        card: The model card, Markdown.
        known: Which places are like those it was trained on; None where nobody noted it.
        sha256: Identity of a model loaded from or saved to a folder: SHA-256 of its config.json, which names those of its
        weights.
    """

    name: str
    generator: Generator
    tabular: "TabularEncoder"
    fusion: "Fusion | None"
    encoders: Mapping[str, str]
    about: Mapping[str, Any] = field(default_factory=dict)
    card: str = ""
    sha256: str = ""
    known: "TrainingRange | None" = None

    @property
    def horizon(self) -> int:
        """Hours of the longest series it generates."""
        return self.generator.hours

    @property
    def config(self) -> dict[str, Any]:
        """What config.json says, without the hashes of the weights files."""
        fusion = None if self.fusion is None else self.fusion.config.to_dict()
        return {
            "format": FORMAT,
            "name": self.name,
            **self.about,
            "encoders": dict(self.encoders),
            "tabular": self.tabular.to_json(),
            "fusion": fusion,
            "generator": self.generator.describe(),
        }

    def condition(self, context: "SiteContext", *, hide: Literal["none", "imagery", "pois"] = "none") -> Condition:
        """What the generator is asked with at each point of a context.

        Args:
            context: Frozen encoders' features of the points.
            hide: A modality to leave out, as if its service had failed: of the POIs their counts too.
        """
        values, known = self.tabular.encode(context.tabular)
        if hide == "pois":
            counts = [name.startswith("log1p_pois") for name in self.tabular.features]
            values[:, counts], known[:, counts] = 0.0, False
        embedding = None if self.fusion is None else self.fusion.embed(context, hide=hide)
        return Condition(embedding, values.astype(np.float32), known)

    def sample(
        self, condition: Condition, keys: Sequence[str], draws: Sequence[int], seed: int, cancelled: Cancel | None = None
    ) -> NDArray[np.float32]:
        """Traffic [point, draw, hour] over the whole horizon, in the mode it was trained for: see ``Generator.sample``."""
        return self.generator.sample(condition, keys, draws, seed, cancelled=cancelled)

    def save(self, path: Path) -> "Model":
        """Write the folder, whole or not at all, in place of what is there.

        Returns:
            The model with its ``sha256``.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
        try:
            partial.chmod(0o755)
            modules = {GENERATOR: self.generator} | ({} if self.fusion is None else {FUSION: self.fusion})
            for name, module in modules.items():
                save_file({key: value.contiguous() for key, value in module.state_dict().items()}, partial / name)
            if self.known is not None:
                save_arrays(self.known.arrays(), partial / RANGE)
            names = [*modules, *([] if self.known is None else [RANGE])]
            config = self.config | {"files": {name: sha256_of(partial / name) for name in names}}
            config[OWN_HASH] = config_sha256(config)
            (partial / "config.json").write_text(json.dumps(config, indent=1, sort_keys=True) + "\n", encoding="utf-8")
            (partial / "card.md").write_text(_with_hashes(self.card, config["files"]), encoding="utf-8")
            sha256 = sha256_of(partial / "config.json")
            _replace(partial, path)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        return replace(self, sha256=sha256)

    @classmethod
    def load(cls, path: Path, *, encoders: Mapping[str, str] | None = None) -> "Model":
        """Open a model folder.

        Args:
            path: The folder.
            encoders: Identities of the encoders in use by role; those the model was trained with must be the same. Not
                checked if None.

        Raises:
            WeightsError: Something is missing, altered, pickled, of another version, or trained with other encoders.
        """
        config = _read_config(path)
        for name, expected in config["files"].items():
            _verify(path / name, expected)
        if encoders is not None:
            check_identity(config["encoders"], encoders)
        from netspatial_core.encoders.tabular import TabularEncoder

        generator = Generator.build(config["generator"])
        _fill(generator, path / GENERATOR)
        fusion = None
        if config["fusion"] is not None:
            from netspatial_core.fusion import Fusion, FusionConfig

            fusion = Fusion(FusionConfig.from_dict(config["fusion"]))
            _fill(fusion, path / FUSION)
            fusion.eval().requires_grad_(requires_grad=False)
        known = {"format", "name", "encoders", "tabular", "fusion", "generator", "files", OWN_HASH}
        about = {key: value for key, value in config.items() if key not in known}
        card = path / "card.md"
        return cls(
            name=config["name"],
            generator=generator.eval().requires_grad_(requires_grad=False),
            tabular=TabularEncoder.from_json(config["tabular"]),
            fusion=fusion,
            encoders=config["encoders"],
            about=about,
            card=card.read_text(encoding="utf-8") if card.is_file() else "",
            sha256=sha256_of(path / "config.json"),
            known=TrainingRange.of(load_arrays(path / RANGE)) if RANGE in config["files"] else None,
        )


def config_sha256(config: Mapping[str, Any]) -> str:
    """SHA-256 of what a config.json says but for this hash, keys in order: the layout of the file does not matter."""
    content = {key: value for key, value in config.items() if key != OWN_HASH}
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _read_config(path: Path) -> dict[str, Any]:
    """config.json of a folder that holds the weights it names and no pickles, as it was written.

    Raises:
        WeightsError: It does not, or was altered.
    """
    if not path.is_dir():
        raise WeightsError(f"There is no model folder {path}.", "Check the name, or train a model with --out.")
    pickles = pickles_in(path)
    if pickles:
        raise WeightsError(
            f"{path} holds {', '.join(pickles)}: pickled weights can run code when opened and are never read.",
            "Remove them; a model's weights are *.safetensors files.",
        )
    try:
        config = json.loads((path / "config.json").read_text(encoding="utf-8"))
        missing = {"name", "encoders", "tabular", "fusion", "generator", "files"} - set(config)
    except (OSError, ValueError, TypeError) as error:
        raise WeightsError(
            f"{path} is no model: its config.json cannot be read ({error}).", "Copy the whole folder again."
        ) from error
    needed = {GENERATOR} | (set() if missing or config["fusion"] is None else {FUSION})
    if missing or config.get("format") != FORMAT or set(config["files"]) - {RANGE} != needed:
        raise WeightsError(
            f"{path}/config.json is not of format {FORMAT} of this program but of an older or another one.",
            "Use a model trained with this version.",
        )
    if (found := config_sha256(config)) != config.get(OWN_HASH):
        raise WeightsError(
            f"{path}/config.json has the SHA-256 {found}, but names {config.get(OWN_HASH)}: it was altered.",
            "Copy or train the model again.",
        )
    return dict(config)


def _verify(path: Path, expected: str) -> None:
    found = sha256_of(path) if path.is_file() else "missing"
    if found != expected:
        raise WeightsError(
            f"{path} has the SHA-256 {found}, but the model's config.json names {expected}.", "Copy or train the model again."
        )


def _fill(module: Any, path: Path) -> None:
    try:
        module.load_state_dict(load_file(path))
    except (SafetensorError, RuntimeError) as error:
        raise WeightsError(f"{path} does not fit the model's config.json ({error}).", "Copy or train the model again.") from error


def _with_hashes(card: str, files: Mapping[str, str]) -> str:
    """The card with the hashes of the weights at its end, in place of older ones."""
    rows = "\n".join(f"| {name} | `{sha256}` |" for name, sha256 in sorted(files.items()))
    return f"{card.partition(HASHES)[0].rstrip()}\n\n{HASHES}\n\n| file | SHA-256 |\n|---|---|\n{rows}\n"


def _replace(partial: Path, path: Path) -> None:
    """Put a finished folder in place; the old one is moved aside first and back again if that fails."""
    if not path.exists():
        os.replace(partial, path)  # noqa: PTH105 - the atomic one of the standard library
        return
    old = Path(tempfile.mkdtemp(prefix=f".{path.name}-old-", dir=path.parent))
    os.replace(path, old / path.name)  # noqa: PTH105
    try:
        os.replace(partial, path)  # noqa: PTH105
    except OSError:
        os.replace(old / path.name, path)  # noqa: PTH105
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)
