import pytest

from netspatial_core import errors


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
