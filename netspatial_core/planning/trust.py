"""How far a plan's numbers can be believed beyond their own spread: places unlike the training, what hangs on a modality."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from netspatial_core.training_range import BEYOND

Modality = Literal["imagery", "pois"]
MODALITIES: Mapping[Modality, str] = MappingProxyType({"imagery": "imagery", "pois": "POIs"})  # as spoken


@dataclass(frozen=True)
class Trust:
    """What is known of each cell of the grid; nan where no site can stand.

    Attributes:
        outside: Share of stations the model has not trained on that are nearer to its training than the cell [cell]; None
            where the model does not know its training's range.
        without: Mean load without a modality over that with it, by modality: same draws, same noise [cell]. Empty where the
            model uses none.
    """

    outside: NDArray[np.float64] | None = None
    without: Mapping[Modality, NDArray[np.float64]] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def strange(self) -> NDArray[np.bool_] | None:
        """Whether a cell is beyond nearly all stations the model was tried on [cell]."""
        if self.outside is None:
            return None
        with np.errstate(invalid="ignore"):
            return np.asarray(self.outside >= BEYOND)


STRANGE = f"unlike what the model was trained on: beyond {100 * BEYOND:.0f} % of the stations it was tried on"
