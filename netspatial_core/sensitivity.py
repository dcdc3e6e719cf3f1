"""What hangs on one modality: the same draws of the same places with the picture hidden, and with the POIs hidden."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from netspatial_core.encoders.context import SiteContext
from netspatial_core.engine import Engine
from netspatial_core.generator.model import Model
from netspatial_core.planning.trust import MODALITIES, Modality

DRAWS = 2  # the noise is that of the draws they are held against, so that few tell enough


def sensitivity(
    engine: Engine,
    model: Model,
    context: SiteContext,
    keys: Sequence[str],
    traffic: NDArray[np.float32],
    seed: int,
    cancelled: Callable[[], bool] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> dict[Modality, NDArray[np.float64]]:
    """Mean load without each modality over that with it; empty for a model that uses none.

    Where a place lacks the modality anyway the ratio is 1.

    Args:
        engine: Runs the model.
        model: Its fusion masks what is hidden.
        context: Of the places [place].
        keys: Of the places, for the noise [place].
        traffic: What was generated with everything shown [place, draw, hour].
        seed: Of that run.
        cancelled: Asked now and then.
        on_progress: Told the series done and those in all.

    Raises:
        Cancelled: ``cancelled`` answered true.
    """
    if model.fusion is None:
        return {}
    draws = range(min(DRAWS, traffic.shape[1]))
    shown = traffic[:, : len(draws)].mean(axis=(1, 2), dtype=np.float64)
    found: dict[Modality, NDArray[np.float64]] = {}
    done, every = 0, len(MODALITIES) * len(draws) * len(keys)
    for hide in MODALITIES:
        total = np.zeros(len(keys))
        for block in engine.generate(model.condition(context, hide=hide), keys, draws, seed, cancelled):
            total[block.rows.start : block.rows.stop] += block.traffic.mean(axis=2, dtype=np.float64).sum(axis=1)
            done += block.traffic.shape[0] * block.traffic.shape[1]
            if on_progress is not None:
                on_progress(done, every)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = total / len(draws) / shown
        found[hide] = np.where(np.isfinite(ratio), ratio, np.nan)
    return found
