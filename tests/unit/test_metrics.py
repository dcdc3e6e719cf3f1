"""Every score against scipy, scoringrules or a sum by hand; a scaled, a shifted and a shuffled copy each hurt the right score."""

import numpy as np
import pytest
import scoringrules
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

from netspatial_core.errors import InputError
from netspatial_core.evaluation.bootstrap import interval, paired_difference
from netspatial_core.evaluation.calibration import pit_error, pit_histogram
from netspatial_core.evaluation.cost import BATCH, cost
from netspatial_core.evaluation.marginal import Histogram, Scale, differences, divergences, percentile_error, wasserstein
from netspatial_core.evaluation.metrics import score
from netspatial_core.evaluation.place import correlation, crps_of_weights, energy_score, level_r2, mae, rmse
from netspatial_core.evaluation.timing import acf, acf_distance, circular_gap, mean_week, peak_hour, residual, weekend_ratio
from netspatial_core.evaluation.usefulness import nearest_distance, novelty, regret, top_overlap
from netspatial_core.generator.calibration import coverage
from netspatial_core.generator.train import crps

HOURS = np.arange(336)


def city(rng: np.random.Generator, count: int, draws: int) -> np.ndarray:
    """[station, draw, hour]: levels over two decades, peaks at 10 or 20 h, weekends at half, AR(1) noise."""
    level = 10 ** np.linspace(0, 2, count)[:, None, None]
    peak = np.where(np.arange(count) % 2, 10, 20)[:, None, None]
    week = (0.3 + np.exp(2 * np.cos((HOURS - peak) * np.pi / 12))) * np.where(HOURS % 168 < 120, 1.0, 0.5)
    noise = rng.normal(0, 0.15, (count, draws, len(HOURS)))
    for hour in range(1, len(HOURS)):
        noise[..., hour] += 0.6 * noise[..., hour - 1]
    return (level * week * np.exp(noise)).astype(np.float32)


@pytest.fixture(scope="module")
def known() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    return city(rng, 40, 32), city(rng, 40, 1)[:, 0], city(rng, 40, 1)[:, 0]


# ---------- all together


def test_a_perfect_ensemble(known: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    found = score(*known)
    assert found["js_dist_nats"] == pytest.approx(found["js_dist_nats_floor"], rel=0.2)
    assert found["js_dist_nats_diff"] == pytest.approx(found["js_dist_nats_floor_diff"], rel=0.2)
    assert found["coverage_80"] == pytest.approx(0.8, abs=0.02)
    assert found["coverage_50"] == pytest.approx(0.5, abs=0.02)
    assert found["pit_error"] < 0.02
    assert found["peak_within_1h"] == 1
    assert found["weekend_error"] < 0.05
    assert found["residual_std_ratio"] == pytest.approx(1, abs=0.05)
    assert found["novelty"] == pytest.approx(1, abs=0.2)
    assert found["level_r2"] > 0.99
    assert abs(found["p95_error"]) < 0.05
    assert not any(np.isnan(list(found.values())))


def test_each_fault_hurts_its_score(known: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    ensemble, truth, train = known
    good = score(ensemble, truth, train)
    scaled = score(2 * ensemble, truth, train)
    shifted = score(np.roll(ensemble, 5, axis=2), truth, train)
    shuffled = score(ensemble[::-1], truth, train)
    copied = score(np.repeat(train[:, None], 32, axis=1), truth, train)
    calm = score(np.repeat(ensemble.mean(axis=1, keepdims=True), 32, axis=1), truth, train)

    for name in ("js_div_nats", "js_dist_nats", "js_dist_bits", "wasserstein", "p95_error"):
        assert scaled[name] > 2 * abs(good[name]), name
        # pooled values do not see who carries them or when: this is why the others are there
        assert shifted[name] == pytest.approx(good[name], rel=0.05, abs=0.002), name
        assert shuffled[name] == pytest.approx(good[name], rel=0.05, abs=0.002), name
    for name in ("crps", "energy_score", "rmse_mean", "mae_mean", "rmse_draw", "mae_draw"):
        assert min(scaled[name], shifted[name], shuffled[name]) > 1.3 * good[name], name
    assert shifted["peak_within_1h"] == 0
    assert shifted["correlation"] < 0.5 < good["correlation"]
    assert shuffled["level_r2"] < 0
    assert shuffled["acf_distance"] >= good["acf_distance"]
    assert max(scaled["coverage_80"], shifted["coverage_80"], shuffled["coverage_80"], calm["coverage_80"]) < 0.6
    assert calm["pit_error"] > 0.3
    assert calm["residual_std_ratio"] < 0.4
    assert calm["acf_distance"] > 1.5 * good["acf_distance"]
    assert copied["novelty"] == 0


def test_unknown_weekdays_have_no_weekend(known: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    ensemble, truth, train = (series[..., :192] for series in known)
    found = score(ensemble, truth, train, weekdays=False)
    assert "weekend_error" not in found
    assert found["peak_within_1h"] == 1
    with pytest.raises(InputError, match="do not fit"):
        score(ensemble, truth, train)


def test_gaps_are_not_scored(known: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    ensemble, truth, train = known
    holes = truth.copy()
    holes[:, 100:110] = np.nan
    a, b = score(ensemble, holes, train), score(ensemble, truth, train)
    for name in ("crps", "energy_score", "rmse_mean", "coverage_80", "js_dist_nats", "correlation", "acf_distance"):
        assert a[name] == pytest.approx(b[name], rel=0.12), name
    assert "novelty" not in a  # a distance to a series with holes is none


# ---------- values


def test_divergence_is_scipys(rng: np.random.Generator) -> None:
    train, made, real = rng.gamma(2, 1, 5000), rng.gamma(2, 1.2, 900), rng.gamma(2, 1, 700)
    histogram = Histogram.fit(train)
    edges = np.r_[-np.inf, histogram.edges, np.inf]
    p, q = (np.histogram(values, edges)[0] for values in (made, real))
    # numpy's last finite bin is half-open here, ours holds the train maximum: no value of these lies on it
    found = divergences(made, real, histogram)
    assert found.js_dist_nats == pytest.approx(jensenshannon(p, q))
    assert found.js_dist_bits == pytest.approx(jensenshannon(p, q, base=2))
    assert found.js_div_nats == pytest.approx(jensenshannon(p, q) ** 2)


def test_saturated_divergences_are_the_papers_table_1() -> None:
    histogram = Histogram(np.linspace(0, 1, 101))
    apart = divergences(np.full(10, 0.2), np.full(10, 0.8), histogram)
    assert apart.js_div_nats == pytest.approx(np.log(2))  # 0.6931
    assert apart.js_dist_nats == pytest.approx(0.8326, abs=1e-4)
    assert apart.js_dist_bits == pytest.approx(1)
    assert apart.epsilon_bins == 2
    assert apart.paper_eq18 == pytest.approx(np.sqrt(np.log(1e10)), rel=1e-6)  # only how small epsilon is


def test_equation_18_by_hand() -> None:
    histogram = Histogram(np.array([0.0, 0.5, 1.0]))
    found = divergences(np.repeat([0.2, 0.7], [3, 1]), np.repeat([0.2, 0.7], [1, 1]), histogram)
    there = 0.75 * np.log(0.75 / 0.5) + 0.25 * np.log(0.25 / 0.5)
    back = 0.5 * np.log(0.5 / 0.75) + 0.5 * np.log(0.5 / 0.25)
    assert found.paper_eq18 == pytest.approx(np.sqrt((there + back) / 2))
    assert found.epsilon_bins == 0


def test_the_histogram_belongs_to_train_and_not_to_each_set() -> None:
    """A common mistake: two histograms over their own ranges make a scaled copy perfect."""
    real = np.linspace(0.01, 1, 400)
    made = 3 * real
    own = [np.histogram(values, bins=100)[0] for values in (made, real)]
    assert jensenshannon(*own) < 0.01
    histogram = Histogram.fit(real)
    assert divergences(made, real, histogram).js_dist_nats > 0.4
    assert histogram.shares(made)[-1] == pytest.approx(2 / 3, abs=0.01)  # what lies above is counted, not dropped
    assert histogram.shares(real).sum() == pytest.approx(1)
    assert histogram.shares(real)[-1] == 0  # the train maximum lies inside


def test_values_are_binned_and_not_taken_for_probabilities(rng: np.random.Generator) -> None:
    """A common mistake: raw series as probabilities, which makes the order of the hours matter and a scaled copy perfect."""
    real = rng.gamma(2, 1, 500)
    histogram = Histogram.fit(real)
    assert jensenshannon(2 * real, real) == pytest.approx(0, abs=1e-6)
    assert divergences(2 * real, real, histogram).js_div_nats > 0.05
    assert divergences(rng.permutation(real), real, histogram).js_div_nats == 0


def test_differences_run_along_time() -> None:
    """A common mistake: differences between neighbouring stations."""
    series = np.add.outer(1000.0 * np.arange(3), np.array([0, 1, 4, 9, 16]))
    np.testing.assert_array_equal(differences(series), [[1, 3, 5, 7]] * 3)
    np.testing.assert_array_equal(differences(series[:, None]), [[[1, 3, 5, 7]]] * 3)


@given(st.floats(0.1, 10), st.floats(-5, 5))
def test_wasserstein_of_a_moved_and_of_a_scaled_copy(scale: float, step: float) -> None:
    x = np.random.default_rng(0).normal(0, 1, (20, 10))
    assert wasserstein(x + step, x) == pytest.approx(abs(step), abs=1e-9)
    assert wasserstein(scale * x, x) == pytest.approx(np.abs(scale * x - x).mean(), rel=1e-6, abs=1e-9)


def test_percentiles_and_scale() -> None:
    x = np.arange(1, 1001, dtype=float)
    assert percentile_error(1.1 * x, x, 99) == pytest.approx(0.1)
    scale = Scale.fit(np.r_[x, np.nan])
    assert scale.full == pytest.approx(np.percentile(x, 99.9))
    assert scale.apply(np.array([scale.full / 2, 2 * scale.full])).tolist() == pytest.approx([0.5, 1.0])
    with pytest.raises(InputError, match="0 nearly everywhere"):
        Scale.fit(np.zeros((2, 5)))
    with pytest.raises(InputError, match="no range"):
        Histogram.fit(np.ones(5))


# ---------- place


def test_crps_and_energy_score_are_scoringrules(rng: np.random.Generator) -> None:
    draws, truth = rng.gamma(2, 1, (6, 9, 30)).astype(np.float32), rng.gamma(2, 1, (6, 30)).astype(np.float32)
    fair = scoringrules.crps_ensemble(truth, draws, m_axis=1, estimator="fair", backend="numpy")
    np.testing.assert_allclose(crps(draws, truth), fair, rtol=1e-5, atol=1e-6)
    whole = scoringrules.es_ensemble(truth, draws, m_axis=1, v_axis=2, estimator="fair", backend="numpy")
    np.testing.assert_allclose(energy_score(draws, truth), whole, rtol=1e-5)


def test_crps_of_weights_is_exact(rng: np.random.Generator) -> None:
    series, truth = rng.gamma(2, 1, (7, 5)).astype(np.float32), rng.gamma(2, 1, (3, 5)).astype(np.float32)
    weights = rng.dirichlet(np.ones(7), 3)
    truth[1, 2] = np.nan
    found = crps_of_weights(series, weights, truth)
    for i in range(3):
        for h in range(5):
            pairs = np.abs(series[:, None, h] - series[None, :, h])
            by_hand = weights[i] @ np.abs(series[:, h] - truth[i, h]) - weights[i] @ pairs @ weights[i] / 2
            assert found[i, h] == pytest.approx(by_hand, rel=1e-5, nan_ok=True)
    drawn = series[np.searchsorted(np.cumsum(weights[0]), rng.random(20000)).clip(max=6)][None]
    np.testing.assert_allclose(crps(drawn, truth[:1]), found[:1], atol=0.02)


def test_errors_and_correlation(rng: np.random.Generator) -> None:
    a, b = rng.normal(5, 1, (4, 50)).astype(np.float32), rng.normal(5, 1, (4, 50)).astype(np.float32)
    assert rmse(a, b) == pytest.approx(np.sqrt(np.mean((a - b) ** 2)), rel=1e-5)
    assert mae(a, b) == pytest.approx(np.mean(np.abs(a - b)), rel=1e-5)
    np.testing.assert_allclose(correlation(a, b), [stats.pearsonr(x, y)[0] for x, y in zip(a, b, strict=True)], rtol=1e-4)
    b[2, :7] = np.nan
    assert correlation(a, b)[2] == pytest.approx(stats.pearsonr(a[2, 7:], b[2, 7:])[0], rel=1e-4)
    assert np.isnan(correlation(np.ones_like(a), b)).all()


def test_level_r2_by_hand() -> None:
    truth = np.exp(np.array([[0.0], [1], [2]])) * np.ones((3, 24))
    ensemble = np.exp(np.array([0.0, 1, 3]))[:, None, None] * np.ones((3, 2, 24))
    assert level_r2(ensemble.astype(np.float32), truth.astype(np.float32)) == pytest.approx(1 - 1 / 2)


# ---------- calibration


@pytest.mark.parametrize("draws", [9, 32, 99])
def test_a_perfect_forecaster_is_covered_as_promised(rng: np.random.Generator, draws: int) -> None:
    ensemble, truth = rng.gamma(2, 1, (200, draws, 50)), rng.gamma(2, 1, (200, 50))
    for level in (0.5, 0.8):
        assert coverage(ensemble, truth, level) == pytest.approx(level, abs=0.02)
    histogram = pit_histogram(ensemble, truth)
    assert histogram.sum() == pytest.approx(1)
    assert pit_error(histogram) < 0.02


def test_numpys_default_quantiles_would_look_over_confident(rng: np.random.Generator) -> None:
    ensemble, truth = rng.normal(0, 1, (200, 32, 50)), rng.normal(0, 1, (200, 50))
    low, high = np.quantile(ensemble, [0.1, 0.9], axis=1)
    assert ((truth >= low) & (truth <= high)).mean() < 0.77
    assert coverage(ensemble, truth, 0.8) > 0.785


def test_pit_shows_the_kind_of_fault(rng: np.random.Generator) -> None:
    truth = rng.normal(0, 1, (200, 50))
    too_sure, too_low = rng.normal(0, 0.4, (200, 32, 50)), rng.normal(-1, 1, (200, 32, 50))
    ends = pit_histogram(too_sure, truth)
    assert min(ends[0], ends[-1]) > 0.2
    assert pit_histogram(too_low, truth)[-1] > 0.3
    assert pit_histogram(np.zeros((5, 8, 40)), np.zeros((5, 40))).max() < 0.2  # ties are spread, not piled up
    assert pit_error(np.array([1.0, 0, 0, 0])) == pytest.approx(0.75)


# ---------- time


def test_peaks_go_round_the_clock() -> None:
    assert circular_gap(np.array([23, 0, 12]), np.array([1, 23, 0])).tolist() == [2, 1, 12]
    week = np.zeros((1, 168))
    week[0, [24 * day + 20 for day in range(5)]] = 2
    week[0, 5 * 24 + 3] = 100  # a weekend's peak is no weekday's
    assert peak_hour(week).tolist() == [20]
    assert peak_hour(np.eye(24)[7]).tolist() == 7


def test_weekend_ratio_by_hand() -> None:
    week = np.r_[np.full(120, 2.0), np.full(48, 3.0)]
    assert weekend_ratio(week) == pytest.approx(1.5)
    assert weekend_ratio(mean_week(np.tile(week, 3))) == pytest.approx(1.5)


def test_acf_is_the_sum_by_hand(rng: np.random.Generator) -> None:
    x = rng.normal(3, 1, (2, 200)).cumsum(axis=1) * 0.1 + rng.normal(0, 1, (2, 200))
    z = x[1] - x[1].mean()
    by_hand = [(z[: 200 - lag] * z[lag:]).sum() / (z * z).sum() for lag in range(50)]
    np.testing.assert_allclose(acf(x, 49)[1], by_hand, atol=1e-12)
    assert np.isnan(acf(np.ones(50), 5)).all()


def test_acf_over_gaps(rng: np.random.Generator) -> None:
    x = np.zeros(20000)
    for t in range(1, len(x)):
        x[t] = 0.7 * x[t - 1] + rng.normal()
    holes = x.copy()
    holes[rng.random(len(x)) < 0.3] = np.nan
    np.testing.assert_allclose(acf(holes, 3), 0.7 ** np.arange(4), atol=0.03)
    assert acf_distance(x[None, None, ::-1], x[None], 24) == pytest.approx(0, abs=1e-9)  # reversed: same autocorrelation


def test_residual_by_hand() -> None:
    series = np.tile([2.0, 6.0], 12)
    assert residual(series, 2) == pytest.approx(0)
    bumped = np.r_[np.full(24, 1.0), np.full(24, 3.0)]
    np.testing.assert_allclose(residual(bumped, 24), np.r_[np.full(24, -0.5), np.full(24, 0.5)])


# ---------- use, copies, sureness, cost


def test_rankings_by_hand() -> None:
    truth = np.array([10.0, 9, 8, 1, 0])
    assert top_overlap(np.array([5.0, 1, 4, 3, 2]), truth, 3) == pytest.approx(2 / 3)
    assert regret(np.array([5.0, 1, 4, 3, 2]), truth, 3) == pytest.approx(1 - 19 / 27)
    assert regret(truth**3, truth, 3) == 0
    assert top_overlap(np.ones(5), truth, 2) == 1  # equals keep their order


def test_copies_are_found(rng: np.random.Generator) -> None:
    train, held_out = rng.normal(0, 1, (30, 48)).astype(np.float32), rng.normal(0, 1, (20, 48)).astype(np.float32)
    assert nearest_distance(train[:3] + 0.5, train) == pytest.approx(0.5, abs=1e-6)
    assert novelty(train[:10], held_out, train) == 0
    assert novelty(rng.normal(0, 1, (20, 48)).astype(np.float32), held_out, train) == pytest.approx(1, abs=0.1)


def test_intervals_resample_places_and_not_rows(rng: np.random.Generator) -> None:
    values, places = rng.normal(0, 1, 400), np.arange(400)
    low, high = interval(lambda rows: float(values[rows].mean()), places, rounds=2000)
    half = 1.96 * values.std() / 20
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.02)
    clones, owners = np.repeat(values[:25], 16), np.repeat(np.arange(25), 16)
    wide = interval(lambda rows: float(clones[rows].mean()), owners)
    naive = interval(lambda rows: float(clones[rows].mean()), np.arange(400))
    assert wide[1] - wide[0] > 3 * (naive[1] - naive[0])
    difference, low, high = paired_difference(values + 0.1, values, places)
    assert difference == pytest.approx(low) == pytest.approx(high) == pytest.approx(0.1)


def test_cost_counts_calls_and_parameters() -> None:
    network = torch.nn.Linear(3, 2)
    seen: list[int] = []

    def sample(count: int) -> torch.Tensor:
        seen.append(count)
        x = torch.zeros(count, 3)
        for _ in range(4):
            y = network(x)
        return y

    found = cost(sample, network, [network], repeats=2)
    assert (found.evaluations, found.parameters) == (4, 8)
    assert sorted(set(seen)) == [1, BATCH]
    assert found.single_ms > found.batch_ms > 0
    assert found.peak_memory_mb > 10


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)
