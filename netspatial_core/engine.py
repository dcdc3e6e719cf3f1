"""Generation spread over workers: one interface, today a pool of threads in this process.

An engine is handed the conditions of points and answers with blocks of traffic as they are done. Every (seed, point, draw) has
noise of its own and inner batches have a fixed size, so however the work is cut, the numbers are the same, bit for bit on one
machine type.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from netspatial_core.errors import Cancelled, InputError
from netspatial_core.generator.model import Condition, Model

SERIES_PER_TASK = 1024  # large enough that a task is all matrix products; a cancelled one stops after its next few series


@dataclass(frozen=True)
class Block:
    """Traffic of some points and draws.

    Attributes:
        rows: The points [start, stop) within the condition.
        draws: The draws [start, stop).
        traffic: [point, draw, hour], GB/h.
    """

    rows: range
    draws: range
    traffic: NDArray[np.float32]


class Engine(Protocol):
    """What every engine can do."""

    def generate(
        self, condition: Condition, keys: Sequence[str], draws: range, seed: int, cancelled: Callable[[], bool] | None = None
    ) -> Iterator[Block]:
        """Blocks that together cover all points and draws, the lowest draws first.

        Raises:
            Cancelled: ``cancelled`` answered true; blocks not yet handed out are dropped.
        """
        ...


class LocalEngine:
    """A pool of threads in this process, the model loaded once."""

    def __init__(self, model: Model, threads: int = 0) -> None:
        self.model = model
        self.threads = threads or os.cpu_count() or 1

    def generate(
        self, condition: Condition, keys: Sequence[str], draws: range, seed: int, cancelled: Callable[[], bool] | None = None
    ) -> Iterator[Block]:
        """See :class:`Engine`. One draw of every point comes first, then eight at a time."""

        def work(rows: range, block: range) -> Block:
            part = condition.take(np.arange(rows.start, rows.stop))
            return Block(rows, block, self.model.sample(part, [keys[i] for i in rows], block, seed, cancelled=cancelled))

        with ThreadPoolExecutor(self.threads, initializer=_one_thread_each, thread_name_prefix="generate") as pool:
            waiting: deque[Future[Block]] = deque()
            try:
                for rows, block in tasks(len(keys), draws):
                    waiting.append(pool.submit(work, rows, block))
                    if len(waiting) > self.threads:
                        yield _next(waiting, cancelled)
                while waiting:
                    yield _next(waiting, cancelled)
            finally:
                for future in waiting:
                    future.cancel()


def tasks(points: int, draws: range) -> Iterator[tuple[range, range]]:
    """The cut of points x draws into tasks: the first draw of all points, then blocks of eight draws."""
    cuts = sorted({draws.start, *range(draws.start + 1, draws.stop, 8), draws.stop})
    for start, stop in pairwise(cuts):
        step = max(1, SERIES_PER_TASK // (stop - start))
        for row in range(0, points, step):
            yield range(row, min(row + step, points)), range(start, stop)


def open_engine(address: str, model: Model, threads: int = 0) -> Engine:
    """The engine of an address: ``local``.

    Raises:
        InputError: An address this version has no engine for.
    """
    if address == "local":
        return LocalEngine(model, threads)
    raise InputError(f"There is no engine {address!r} in this version.", "Use --engine local; Ray clusters come later.")


def _next(waiting: deque[Future[Block]], cancelled: Callable[[], bool] | None) -> Block:
    block = waiting.popleft().result()
    if cancelled is not None and cancelled():
        raise Cancelled
    return block


def _one_thread_each() -> None:
    import torch

    torch.set_num_threads(1)
