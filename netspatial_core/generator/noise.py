"""The random numbers of one series, a function of (seed, point, draw) alone.

Each triple keys a Philox counter-based generator of its own (Salmon et al. 2011, as in numpy), so a series is the same whoever
computes it, in whatever order and together with whatever else. Numbers come from numpy, not torch: the same on every device and
thread count.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

DAILY, WEEKLY, RESIDUAL = slice(0, 48), slice(48, 216), slice(216, 888)
SIZE = 888  # 48 + 168 + 672: the starting points of the three levels


def series_noise(seed: int, keys: Sequence[str], draws: Sequence[int]) -> NDArray[np.float32]:
    """Standard normal deviates of some series.

    Args:
        seed: Seed of the run.
        keys: Name of the point of each series [series].
        draws: Draw of each series [series].

    Returns:
        Deviates [series, 888]: the daily, the weekly and the residual level's, at DAILY, WEEKLY and RESIDUAL.
    """
    noise = np.empty((len(keys), SIZE), dtype=np.float32)
    bits = np.random.Philox(key=0)
    generator = np.random.Generator(bits)
    # One generator is set to each key in turn: that is six times cheaper than making one a series.
    state = bits.state
    for row, key, draw in zip(noise, keys, draws, strict=True):
        digest = hashlib.blake2b(f"{seed}\x1f{draw}\x1f{key}".encode(), digest_size=16).digest()
        state["state"]["key"] = np.frombuffer(digest, dtype="<u8")
        bits.state = state  # counter 0, empty buffer: as freshly made
        generator.standard_normal(dtype=np.float32, out=row)
    return noise
