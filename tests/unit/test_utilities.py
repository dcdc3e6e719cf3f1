import numpy as np
import pytest

from netspatial_core.errors import InputError
from netspatial_core.planning.statistics import statistics
from netspatial_core.planning.utilities import UTILITIES, per_draw, score, score_all, utility


@pytest.fixture
def traffic() -> np.ndarray:
    return np.random.default_rng(5).gamma(2.0, 1.5, (6, 9, 168)).astype(np.float32)


def test_lsi_is_equation_6_exactly():
    # two equal halves at 1 and 3: sigma = 1 with ddof 0
    series = np.where(np.arange(168) % 2 == 0, 1.0, 3.0)[None, None].astype(np.float32)
    assert per_draw(statistics(series), "lsi")[0, 0] == 1 / (1 + 1e-6)


def test_formulas_against_numpy(traffic):
    x, s = traffic.astype(np.float64), statistics(traffic)
    expected = {
        "lsi": 1 / (x.std(axis=2) + 1e-6),
        "mean": x.mean(axis=2),
        "peak": x.max(axis=2),
        "busy": np.quantile(x, 0.95, axis=2, method="weibull"),
        "mean_over_std": x.mean(axis=2) / x.std(axis=2),
    }
    assert set(expected) == set(UTILITIES)
    for key, values in expected.items():
        np.testing.assert_allclose(per_draw(s, key), values, rtol=1e-9)
        found = score(s, key)
        np.testing.assert_allclose(found.median, np.median(values, axis=1), rtol=1e-9)
        # nine draws: weibull puts p10 and p90 on the extremes
        np.testing.assert_allclose(found.p10, values.min(axis=1), rtol=1e-9)
        np.testing.assert_allclose(found.p90, values.max(axis=1), rtol=1e-9)


def test_a_utility_is_the_median_of_draws_not_of_the_mean_series(traffic):
    s = statistics(traffic)
    of_the_mean = 1 / (traffic.mean(axis=1, dtype=np.float64).std(axis=1) + 1e-6)
    assert (score(s, "lsi").median < 0.7 * of_the_mean).all()  # averaging draws first would smooth the noise away


def test_a_failed_point_has_no_score(traffic):
    traffic[0, 3, 7] = np.nan
    traffic[1, 2] = 0.0
    traffic[2, 0] = 4.0
    for found in score_all(statistics(traffic)).values():
        assert np.isnan(found.median[:3]).all()
        assert np.isnan(found.p90[:3]).all()
        assert np.isfinite(found.median[3:]).all()


def test_scaling_traffic_scales_utilities_by_their_dimension(traffic):
    one, ten = score_all(statistics(traffic)), score_all(statistics(10 * traffic))
    power = {"load": 10.0, "inverse": 0.1, "ratio": 1.0}
    for key, card in UTILITIES.items():
        np.testing.assert_allclose(ten[key].median, power[card.dimension] * one[key].median, rtol=1e-5)


def test_cards():
    assert utility("lsi").unit == "h/GB"
    assert utility("lsi").unit_in("Erlang") == "1/(Erlang)"
    assert utility("busy").unit_in("TB/h") == "TB/h"
    assert utility("mean_over_std").unit == "1"
    assert all(u.definition.endswith(".") and u.key == key for key, u in UTILITIES.items())
    assert utility("mean").sign == 1


def test_an_unknown_utility_names_the_known_ones():
    with pytest.raises(InputError, match="mean_over_std"):
        score(statistics(np.ones((1, 1, 168), dtype=np.float32)), "profit")
