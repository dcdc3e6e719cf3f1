import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspatial_core.errors import InputError
from netspatial_core.reach import RadioAssumptions, path_loss_db, reach_m

RADIOS = st.builds(
    RadioAssumptions,
    scenario=st.sampled_from(["UMa", "UMi"]),
    band_ghz=st.floats(0.7, 6.0),
    tx_dbm=st.floats(35, 60),
    station_m=st.floats(10, 60),
    terminal_m=st.floats(1.5, 9.0),
)


def test_path_loss_by_hand() -> None:
    # slant distance of exactly 100 m: log10 is 2, and at 1 GHz the frequency term is 0
    macro = RadioAssumptions("UMa", band_ghz=1.0, station_m=61.5, terminal_m=1.5)
    assert path_loss_db(80.0, macro) == pytest.approx(13.54 + 2 * 39.08)
    micro = RadioAssumptions("UMi", band_ghz=10.0, station_m=61.5, terminal_m=1.5)
    assert path_loss_db(80.0, micro) == pytest.approx(22.4 + 2 * 35.3 + 21.3)
    raised = RadioAssumptions("UMa", band_ghz=1.0, station_m=71.5, terminal_m=11.5)
    assert path_loss_db(80.0, raised) == pytest.approx(13.54 + 2 * 39.08 - 6.0)


def test_default_reach_by_hand() -> None:
    # 134 dB of budget: log10 slant = (134 - 13.54 - 20 log10 2.6) / 39.08 = 2.87000
    slant = 10 ** ((134 - 13.54 - 20 * math.log10(2.6)) / 39.08)
    assert reach_m() == pytest.approx(math.sqrt(slant**2 - 23.5**2))
    assert 700 < reach_m() < 780


@given(RADIOS)
def test_reach_inverts_path_loss(radio: RadioAssumptions) -> None:
    budget = radio.tx_dbm - radio.sensitivity_dbm - radio.margin_db
    assert path_loss_db(reach_m(radio), radio) == pytest.approx(budget, abs=1e-9)


@given(RADIOS, st.floats(0, 3000), st.floats(1, 500))
def test_path_loss_grows_with_distance(radio: RadioAssumptions, distance: float, more: float) -> None:
    assert path_loss_db(distance + more, radio) > path_loss_db(distance, radio)


def test_more_power_reaches_farther_and_a_higher_band_less() -> None:
    assert reach_m(RadioAssumptions(tx_dbm=44)) > reach_m() > reach_m(RadioAssumptions(band_ghz=3.5))


def test_a_budget_that_does_not_reach_the_ground_is_refused() -> None:
    with pytest.raises(InputError, match="does not reach the ground"):
        reach_m(RadioAssumptions(tx_dbm=-40))


@pytest.mark.parametrize(
    "wrong", [{"band_ghz": 0.0}, {"band_ghz": 200.0}, {"station_m": 1.0}, {"terminal_m": -1.0}, {"terminal_m": 30.0}]
)
def test_assumptions_outside_the_model_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match="outside the model"):
        RadioAssumptions(**wrong)  # type: ignore[arg-type]
