import numpy as np
import pytest

from netspatial_core.errors import InputError
from netspatial_core.generator.ensemble import Condition, TrafficEnsemble, failures


def test_each_kind_of_failure_is_named_and_sound_points_are_not():
    rng = np.random.default_rng(0)
    traffic = rng.random((6, 3, 24)).astype(np.float32)
    traffic[1, 2, 5] = np.nan
    traffic[2, 0, 0] = np.inf
    traffic[3, 1] = 0.0  # one dead draw of three spoils the point
    traffic[4, 2] = 7.5
    traffic[5, 0, :23] = 0.0  # almost all zero is traffic
    assert failures(TrafficEnsemble(traffic)) == ("", "not finite", "not finite", "all zero", "constant", "")


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
