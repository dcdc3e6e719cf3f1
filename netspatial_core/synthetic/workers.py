"""Mapping over forked processes: children read what the parent holds, so that a city is never copied to them."""

import multiprocessing
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")
_SHARED: dict[str, Any] = {}


def forked_map(
    task: Callable[[Any, Any], T], shared: object, items: Iterable[Any], *, workers: int, chunk: int = 1
) -> Generator[T, None, None]:
    """``task(shared, item)`` of each item, in order.

    Args:
        task: A function at the top of a module.
        shared: What every task reads; children inherit it.
        items: What each task works on; small.
        workers: Processes; 1 works in this one.
        chunk: Items handed to a child at a time.
    """
    if workers <= 1:
        yield from (task(shared, item) for item in items)
        return
    _SHARED["task"], _SHARED["shared"] = task, shared
    try:
        with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("fork")) as pool:
            yield from pool.map(_run, items, chunksize=chunk)
    finally:
        _SHARED.clear()


def _run(item: object) -> Any:
    return _SHARED["task"](_SHARED["shared"], item)
