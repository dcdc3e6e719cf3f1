"""What the generator is asked with and what it answers: conditions of points in, an ensemble of traffic out. Numpy only."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netspatial_core.errors import InputError

HOURS = 672  # 28 days, the longest horizon of one generation; hour 0 is Monday 00:00 local time


@dataclass(frozen=True)
class Condition:
    """What is known about each point before any traffic is generated.

    Attributes:
        embedding: Fused spatial embedding C [point, dim], or None where the model has no imagery and POI context at all.
        tabular: Encoded plain numbers [point, feature], 0 where unknown.
        known: Which of them are known [point, feature].

    Raises:
        InputError: The three parts do not describe the same points.
    """

    embedding: NDArray[np.float32] | None
    tabular: NDArray[np.float32]
    known: NDArray[np.bool_]

    def __post_init__(self) -> None:
        points = len(self.tabular)
        if self.known.shape != self.tabular.shape or (self.embedding is not None and len(self.embedding) != points):
            embedded = "no" if self.embedding is None else len(self.embedding)
            shapes = f"{embedded} embeddings, {self.tabular.shape} tabular values and {self.known.shape} known masks"
            raise InputError(
                f"The condition has {shapes}.",
                "Give all three the same points, and the mask the shape of the values.",
            )

    def __len__(self) -> int:
        return len(self.tabular)

    def take(self, rows: NDArray[np.int64]) -> "Condition":
        """The condition of some of the points, in the order of ``rows``."""
        return Condition(None if self.embedding is None else self.embedding[rows], self.tabular[rows], self.known[rows])


@dataclass(frozen=True)
class TrafficEnsemble:
    """Generated traffic of some points.

    Attributes:
        traffic: [point, draw, hour], not negative; NaN throughout a series that could not be generated.
        unit: Unit of the traffic.
    """

    traffic: NDArray[np.float32]
    unit: str = "GB/h"
