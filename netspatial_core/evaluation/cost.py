"""What a series costs: time, network evaluations, memory, parameters."""

import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from torch import nn

BATCH = 256


@dataclass(frozen=True)
class Cost:
    """Cost of generating.

    Attributes:
        single_ms: Milliseconds of one series alone.
        batch_ms: Milliseconds a series in a batch of 256.
        evaluations: Calls of the networks for one batch.
        peak_memory_mb: Largest resident memory of the process so far, MB.
        parameters: Trained numbers.
    """

    single_ms: float
    batch_ms: float
    evaluations: int
    peak_memory_mb: float
    parameters: int


def cost(sample: Callable[[int], object], model: nn.Module, networks: Sequence[nn.Module], repeats: int = 3) -> Cost:
    """Measure a sampler on this machine; medians over the repeats, after one call to warm up.

    Args:
        sample: Generates that many series.
        model: Whose parameters count.
        networks: Modules whose calls count as evaluations.
        repeats: Runs of each time.
    """
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    hooks = [network.register_forward_hook(count) for network in networks]
    try:
        sample(BATCH)
    finally:
        for hook in hooks:
            hook.remove()
    single, batch = (median(_seconds(sample, size) for _ in range(repeats)) for size in (1, BATCH))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Cost(1e3 * single, 1e3 * batch / BATCH, calls, memory, sum(p.numel() for p in model.parameters()))


def _seconds(sample: Callable[[int], object], size: int) -> float:
    began = time.perf_counter()
    sample(size)
    return time.perf_counter() - began
