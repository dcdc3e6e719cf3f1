"""Checkpoints of a training: one file replaced in one step, that only the run it was written by goes on from."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from netspatial_core.errors import WeightsError

CHECKPOINT_SECONDS = 60.0


class Checkpoint:
    """Where a training can go on from: its modules, its optimiser, its random numbers and plain values.

    Args:
        path: The file.
        identity: Of the run: data, seed and configuration in one hash.
        modules: What is trained and kept, by name.
        optimiser: Its state is stored by the names of the parameters of ``trained``.
        trained: The module that the optimiser trains.
    """

    def __init__(
        self,
        path: Path,
        identity: str,
        modules: Mapping[str, torch.nn.Module],
        optimiser: torch.optim.Optimizer,
        trained: torch.nn.Module,
    ) -> None:
        self.path = path
        self.identity = identity
        self.modules = modules
        self.optimiser = optimiser
        self.trained = trained

    def save(self, random: torch.Tensor, values: Mapping[str, Any]) -> None:
        """Replace the file: a kill leaves the old checkpoint or the new one.

        Args:
            random: State of the random numbers [byte].
            values: What JSON can hold.
        """
        tensors = {"random": random}
        for name, module in self.modules.items():
            tensors |= {f"{name}.{key}": value for key, value in module.state_dict().items()}
        for name, parameter in self.trained.named_parameters():
            tensors |= {f"optimiser.{name}.{key}": value for key, value in self.optimiser.state[parameter].items()}
        about = json.dumps({**values, "identity": self.identity})
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".partial")
        save_file({key: value.contiguous() for key, value in tensors.items()}, partial, metadata={"run": about})
        os.replace(partial, self.path)  # noqa: PTH105 - the atomic one of the standard library

    def restore(self) -> tuple[torch.Tensor, dict[str, Any]]:
        """Put modules and optimiser back where they were.

        Returns:
            ``random`` and ``values`` as they were saved.

        Raises:
            WeightsError: The file is unreadable, or of another data set, seed or configuration.
        """
        try:
            with safe_open(self.path, framework="pt") as file:
                values = json.loads(file.metadata()["run"])
                tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a mapping
        except Exception as error:
            raise WeightsError(
                f"The checkpoint {self.path} cannot be read ({error}).", "Delete it to train from the start."
            ) from error
        found = values.pop("identity")
        if found != self.identity:
            raise WeightsError(
                f"The checkpoint {self.path} is of another run ({found[:12]}, this one is {self.identity[:12]}).",
                "Resume with the same data, seed and configuration, or delete it to train from the start.",
            )
        for name, module in self.modules.items():
            module.load_state_dict(_under(tensors, f"{name}."))
        for name, parameter in self.trained.named_parameters():
            self.optimiser.state[parameter] = _under(tensors, f"optimiser.{name}.")
        return tensors["random"], values


def _under(tensors: Mapping[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
