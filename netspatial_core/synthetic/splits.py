"""Which stations of a synthetic city are trained on, which stop training early, and which are scored."""

import numpy as np
from numpy.typing import NDArray

from netspatial_core.area import MARGIN_M, StudyArea
from netspatial_core.errors import InputError
from netspatial_core.synthetic.terrain import WIDE_M

SPLITS = (("train", 0.7), ("val", 0.1), ("test", 0.2))
BLOCK_M = (1000.0, 2000.0)  # side of a block of one split, in a city of one picture and in a wide one


def splits_of(world: NDArray[np.float64], area: StudyArea, split: str | None, scored: int, seed: int) -> list[str] | None:
    """Split of each station, None where there are none.

    Args:
        world: Projected metres [station, 2].
        area: Of the city.
        split: One word for all, where a city stands on one side as a whole.
        scored: Where above 0, the stations that ``sample_scored`` draws; by blocks of ground without either.
        seed: Of that draw.

    Raises:
        InputError: There are fewer stations in the area than are to be scored.
    """
    if scored:
        return sample_scored(world, area, scored, seed)
    if not len(world):
        return None
    return [split] * len(world) if split else split_by_block(world, BLOCK_M[area.side_m + 2 * MARGIN_M > WIDE_M])


def sample_scored(world: NDArray[np.float64], area: StudyArea, count: int, seed: int) -> list[str]:
    """Words for a city to be scored zero-shot: test for some stations of the study area, drawn at random, rest for all others.

    Args:
        world: Projected metres [station, 2].
        area: Stations beyond it are in no split.
        count: How many to score.
        seed: Of the draw.

    Raises:
        InputError: There are fewer stations in the area.
    """
    west, south, east, north = area.bounds
    inside = np.flatnonzero(((world >= (west, south)) & (world <= (east, north))).all(axis=1))
    if len(inside) < count:
        raise InputError(f"{count} stations are to be scored, but only {len(inside)} stand in the study area.", "Score fewer.")
    words = np.full(len(world), "rest", dtype=object)
    words[np.random.default_rng([seed, 51]).choice(inside, count, replace=False)] = "test"
    return [str(word) for word in words]


def split_by_block(world: NDArray[np.float64], block_m: float = BLOCK_M[0]) -> list[str]:
    """train, val or test of each station by its block of ground: neighbours are on two sides only where two blocks meet.

    Args:
        world: Projected metres [station, 2].
        block_m: Side of a block, metres.
    """
    east, north = np.floor(world / block_m).astype(int).T
    blocks = sorted(set(zip(east.tolist(), north.tolist(), strict=True)))
    rng = np.random.default_rng([abs(blocks[0][0]), abs(blocks[0][1]), len(blocks)])
    order = rng.permutation(len(blocks))
    edges = np.cumsum([share for _, share in SPLITS])
    word = {blocks[block]: SPLITS[int(np.searchsorted(edges, (k + 0.5) / len(blocks)))][0] for k, block in enumerate(order)}
    return [word[at] for at in zip(east.tolist(), north.tolist(), strict=True)]
