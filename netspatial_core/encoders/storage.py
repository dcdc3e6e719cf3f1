"""Embeddings on disk: eight bits a feature, and rows that repeat kept once.

Features are rounded when they are made, not when they are stored, so that a stored context equals a fresh one.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

LEVELS = 127
Arrays = dict[str, NDArray[np.generic]]


def rounded(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Features [row, feature] as eight bits hold them: in steps of a power of two, a row's largest 64 to 127 of them."""
    codes, steps = _coded(values)
    return _decoded(codes, steps)


def pack(name: str, values: NDArray[np.float32]) -> Arrays:
    """What to store of rounded features [row, feature], under names that begin with ``name``; exact, as ``unpack`` returns it."""
    distinct, rows = np.unique(values, axis=0, return_inverse=True)
    codes, steps = _coded(distinct)
    return {name: codes, f"{name}_step": steps, f"{name}_row": narrow(rows.reshape(-1))}


def unpack(name: str, arrays: Mapping[str, NDArray[np.generic]]) -> NDArray[np.float32]:
    """The features that ``pack`` took [row, feature].

    Raises:
        IndexError: The arrays are not whole.
    """
    distinct = _decoded(arrays[name].astype(np.int8), arrays[f"{name}_step"].astype(np.float32))
    return distinct[arrays[f"{name}_row"].astype(np.int64)]


def packed(name: str) -> tuple[str, ...]:
    """The names that ``pack`` uses."""
    return name, f"{name}_step", f"{name}_row"


def narrow(index: NDArray[np.int64]) -> NDArray[np.generic]:
    """Indices from 0 in the smallest type that holds them."""
    return index.astype(np.min_scalar_type(int(index.max(initial=0))))


def _coded(values: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    mantissa, exponent = np.frexp(np.abs(values).max(axis=1, initial=0) / np.float32(LEVELS))
    steps = np.ldexp(np.float32(1), np.where(mantissa == 0.5, exponent - 1, exponent)).astype(np.float32)
    return np.rint(values / steps[:, None]).astype(np.int8), steps


def _decoded(codes: NDArray[np.int8], steps: NDArray[np.float32]) -> NDArray[np.float32]:
    return codes.astype(np.float32) * steps[:, None]
