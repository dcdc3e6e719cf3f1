"""The engine's cut of the work, and that it does not change the numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspatial_core.engine import SERIES_PER_TASK, open_engine, tasks
from netspatial_core.errors import InputError


@given(points=st.integers(0, 3000), start=st.integers(0, 5), count=st.integers(0, 40))
def test_tasks_cover_every_series_once(points: int, start: int, count: int) -> None:
    seen = np.zeros((points, count), dtype=int)
    for rows, block in tasks(points, range(start, start + count)):
        seen[rows.start : rows.stop, block.start - start : block.stop - start] += 1
        assert len(rows) * len(block) <= max(SERIES_PER_TASK, 8)
    assert (seen == 1).all()


def test_the_first_draw_of_every_point_comes_first() -> None:
    order = list(tasks(2500, range(10)))
    firsts = [rows for rows, block in order if block == range(1)]
    assert [rows.stop for rows in firsts][-1] == 2500
    assert all(block != range(1) for _, block in order[len(firsts) :])


def test_an_unknown_engine_is_named() -> None:
    with pytest.raises(InputError, match="ray://head"):
        open_engine("ray://head", None)  # type: ignore[arg-type]
