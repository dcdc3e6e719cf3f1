import pickle

import pytest

from netspatial_core import errors
from netspatial_core.synthetic.workers import forked_map


@pytest.mark.parametrize("kind", [errors.InputError, errors.SourceError, errors.WeightsError, errors.InfeasibleError])
def test_an_error_is_one_line_of_what_and_remedy(kind: type[errors.NetSpatialError]) -> None:
    error = kind("The box is empty.", "Give a larger one.")
    assert (error.what, error.remedy) == ("The box is empty.", "Give a larger one.")
    assert str(error) == "The box is empty. Give a larger one."
    with pytest.raises(errors.NetSpatialError):
        raise error


def test_cancelling_has_words_of_its_own() -> None:
    assert "cancelled" in str(errors.Cancelled())
    assert errors.Cancelled("Encoding was cancelled.").what == "Encoding was cancelled."


@pytest.mark.parametrize("kind", [errors.InputError, errors.SourceError, errors.WeightsError, errors.InfeasibleError])
def test_a_fault_of_a_child_process_reaches_its_parent_whole(kind: type[errors.NetSpatialError]) -> None:
    again = pickle.loads(pickle.dumps(kind("It broke.", "Mend it.")))
    assert type(again) is kind
    assert (again.what, again.remedy, str(again)) == ("It broke.", "Mend it.", "It broke. Mend it.")
    stopped = pickle.loads(pickle.dumps(errors.Cancelled()))
    assert (type(stopped), str(stopped)) == (errors.Cancelled, str(errors.Cancelled()))


def refuse(_shared: object, _item: object) -> None:
    raise errors.InputError("No room.", "Make some.")


def test_a_child_s_refusal_is_the_parent_s() -> None:
    with pytest.raises(errors.InputError, match=r"No room\. Make some\."):
        list(forked_map(refuse, None, [1, 2], workers=2))
