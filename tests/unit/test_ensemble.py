import numpy as np
import pytest

from netspatial_core.errors import InputError
from netspatial_core.generator.ensemble import Condition


def test_a_condition_of_different_points_is_refused():
    with pytest.raises(InputError, match="no embeddings"):
        Condition(None, np.zeros((3, 2), np.float32), np.ones((3, 1), bool))
    with pytest.raises(InputError, match="2 embeddings"):
        Condition(np.zeros((2, 4), np.float32), np.zeros((3, 2), np.float32), np.ones((3, 2), bool))


def test_taking_rows_keeps_their_order():
    tabular = np.arange(6, dtype=np.float32).reshape(3, 2)
    part = Condition(tabular * 10, tabular, tabular > 2).take(np.array([2, 0]))
    assert len(part) == 2
    assert part.tabular.tolist() == [[4, 5], [0, 1]]
    assert part.embedding is not None
    assert part.embedding[0, 0] == 40
    assert part.known.tolist() == [[True, True], [False, False]]
