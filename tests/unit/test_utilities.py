import numpy as np
import pytest

from netspatial_core.errors import InputError
from netspatial_core.planning.assumptions import Assumptions
from netspatial_core.planning.statistics import statistics
from netspatial_core.planning.utilities import UTILITIES, Case, Scores, per_draw, score, utility

ASSUMED = Assumptions(capacity=4.0, price=0.5, capex=1000.0, opex=300.0)


def case(traffic: np.ndarray, assumptions: Assumptions = ASSUMED) -> Case:
    """A case of some traffic; the share of a point's demand that no station has now rises from 0 to 1."""
    return Case(statistics(traffic), assumptions, lambda: np.linspace(0, 1, len(traffic)))


@pytest.fixture
def traffic() -> np.ndarray:
    return np.random.default_rng(5).gamma(2.0, 1.5, (6, 9, 168)).astype(np.float32)


def test_lsi_is_equation_6_exactly():
    # two equal halves at 1 and 3: sigma = 1 with ddof 0
    series = np.where(np.arange(168) % 2 == 0, 1.0, 3.0)[None, None].astype(np.float32)
    assert per_draw(case(series), utility("lsi"))[0, 0] == 1 / (1 + 1e-6)


def test_formulas_against_numpy(traffic):
    x = traffic.astype(np.float64)
    expected = {
        "lsi": 1 / (x.std(axis=2) + 1e-6),
        "mean": x.mean(axis=2),
        "net": x.mean(axis=2) * np.array([0, 0.2, 0.4, 0.6, 0.8, 1])[:, None],
        "peak": x.max(axis=2),
        "busy": np.quantile(x, 0.95, axis=2, method="weibull"),
        "mean_over_std": x.mean(axis=2) / x.std(axis=2),
        "variation": x.std(axis=2) / x.mean(axis=2),
        "revenue": 672 * 0.5 * x.mean(axis=2),
        "payback": 1000 / (672 * 0.5 * x.mean(axis=2) - 300),
    }
    assert set(expected) == set(UTILITIES) - {"overload"}
    scores = Scores(case(traffic))
    assert list(scores) == list(UTILITIES)
    for key, values in expected.items():
        np.testing.assert_allclose(per_draw(case(traffic), utility(key)), values, rtol=1e-9)
        found = scores[key]
        np.testing.assert_allclose(found.median, np.median(values, axis=1), rtol=1e-9)
        # nine draws: weibull puts p10 and p90 on the extremes
        np.testing.assert_allclose(found.p10, values.min(axis=1), rtol=1e-9)
        np.testing.assert_allclose(found.p90, values.max(axis=1), rtol=1e-9)


def test_a_utility_is_the_median_of_draws_not_of_the_mean_series(traffic):
    of_the_mean = 1 / (traffic.mean(axis=1, dtype=np.float64).std(axis=1) + 1e-6)
    assert (Scores(case(traffic))["lsi"].median < 0.7 * of_the_mean).all()  # averaging draws first would smooth the noise away


def test_a_failed_point_has_no_score(traffic):
    traffic[0, 3, 7] = np.nan
    traffic[1, 2] = 0.0
    traffic[2, 0] = 4.0
    for found in Scores(case(traffic)).values():
        assert np.isnan(found.median[:3]).all()
        assert np.isnan(found.p90[:3]).all()
        assert np.isfinite(found.median[3:]).all()


def test_scaling_traffic_scales_utilities_by_their_dimension(traffic):
    one, ten = Scores(case(traffic)), Scores(case(10 * traffic))
    power = {"load": 10.0, "inverse": 0.1, "ratio": 1.0, "money": 10.0}
    for key, card in UTILITIES.items():
        if card.dimension not in power:
            continue
        np.testing.assert_allclose(ten[key].median, power[card.dimension] * one[key].median, rtol=1e-5)


def test_cards():
    assert utility("lsi").unit == "h/GB"
    assert utility("lsi").unit_in("Erlang") == "1/(Erlang)"
    assert utility("busy").unit_in("TB/h") == "TB/h"
    assert utility("mean_over_std").unit == "1"
    assert all(u.definition.endswith(".") and u.key == key for key, u in UTILITIES.items())
    assert utility("mean").sign == 1
    assert utility("payback").sign == -1
    assert utility("revenue").unit_in("GB/h", "CNY") == "CNY"


def test_an_unknown_utility_names_the_known_ones():
    with pytest.raises(InputError, match="mean_over_std"):
        utility("profit")


def test_the_share_of_hours_above_capacity(traffic):
    x = traffic.astype(np.float64)
    for capacity in (0.5, 2.0, 4.0, 9.0):
        exact = 100 * (x > capacity).mean(axis=2)
        found = per_draw(case(traffic, Assumptions(capacity=capacity)), utility("overload"))
        assert np.abs(found - exact).max() < 100 / 84  # the curve is straight between two of its 85 levels
    top = float(x.max())
    assert not per_draw(case(traffic, Assumptions(capacity=top)), utility("overload")).any()
    np.testing.assert_allclose(per_draw(case(traffic, Assumptions(capacity=float(x.min()) / 2)), utility("overload")), 100)


def test_a_site_that_never_pays_is_endless():
    series = np.linspace(1, 3, 168, dtype=np.float32)[None, None].repeat(9, axis=1)
    series[:, 4:] *= 2  # revenue 672 x 2 = 1344 in four draws, twice that in five
    months = Scores(case(series, Assumptions(price=1.0, opex=1344.5, capex=13_440.0)))["payback"]
    assert months.median[0] == pytest.approx(13_440 / (2688 - 1344.5))
    assert months.p90[0] == np.inf


def test_scores_between_endless_values_are_endless():
    found = score("payback", np.array([[np.inf] * 9, [1.0] * 4 + [np.inf] * 5]))
    assert (found.median == np.inf).all()
    assert found.p10[1] == 1
