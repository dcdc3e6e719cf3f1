import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from netspatial_core.errors import InputError
from netspatial_core.generator.transform import HEADROOM, Transform, Whitening, between_days


def lognormal(sites=40, seed=0):
    rng = np.random.default_rng(seed)
    return np.exp(rng.normal(size=(sites, 1)) + 0.5 * rng.normal(size=(sites, 168))).astype(np.float32)


def test_the_inverse_is_exact_and_the_scale_is_standard():
    traffic = lognormal()
    transform = Transform.fit(traffic)
    y = transform.forward(traffic)
    assert abs(y.mean()) < 1e-3
    assert abs(y.std() - 1) < 1e-3
    np.testing.assert_allclose(transform.inverse(torch.from_numpy(y)).numpy(), traffic, rtol=2e-5, atol=1e-6)


def test_it_agrees_with_the_formula_by_hand():
    transform = Transform(eps=0.5, mu=1.0, sigma=2.0, top=3.0, scale=1.0)
    assert transform.forward(np.array([1.5], np.float32))[0] == pytest.approx((np.log(2.0) - 1) / 2)
    assert transform.bottom == pytest.approx((np.log(0.5) - 1) / 2)


@settings(deadline=None)
@given(st.lists(st.floats(-50, 50, width=32), min_size=1, max_size=20))
def test_traffic_is_never_negative_nor_beyond_the_cap_and_order_is_kept(values):
    transform = Transform.fit(lognormal())
    y = torch.tensor(sorted(values))
    x = transform.inverse(y)
    cap = np.exp(transform.top * transform.sigma + transform.mu) - transform.eps
    assert bool((x >= 0).all())
    assert float(x.max()) <= cap * (1 + 1e-5)
    assert bool((x.diff() >= 0).all())


def test_the_cap_is_the_train_maximum_with_headroom():
    traffic = lognormal()
    transform = Transform.fit(traffic)
    cap = np.exp(transform.top * transform.sigma + transform.mu) - transform.eps
    assert cap == pytest.approx(np.exp(HEADROOM) * (traffic.max() + transform.eps) - transform.eps, rel=1e-5)


def test_gaps_and_nan_pass_through():
    traffic = lognormal()
    traffic[3, 5] = np.nan
    transform = Transform.fit(traffic)
    assert np.isnan(transform.forward(traffic)).sum() == 1
    assert bool(transform.inverse(torch.tensor([float("nan")])).isnan())


@pytest.mark.parametrize("bad", [np.full((2, 168), np.nan), np.zeros((2, 168)), np.full((2, 168), -1.0)])
def test_traffic_without_a_scale_is_refused(bad):
    with pytest.raises(InputError, match="empty, all zero or negative"):
        Transform.fit(bad.astype(np.float32))


def test_whitened_rows_have_unit_covariance_and_come_back():
    rng = np.random.default_rng(1)
    rows = (rng.normal(size=(20000, 6)) @ (np.eye(6) + 0.2 * rng.normal(size=(6, 6))) + 3).astype(np.float32)
    white = Whitening.fit(rows)
    z = white(torch.from_numpy(rows))
    np.testing.assert_allclose(np.cov(z.numpy().T), np.eye(len(white.scale)), atol=0.02)
    np.testing.assert_allclose(white.inverse(z).numpy(), rows, atol=1e-3)


def test_axes_without_variance_are_dropped_unless_all_are_wanted():
    rng = np.random.default_rng(2)
    rows = np.zeros((500, 5), np.float32)
    rows[:, :3] = rng.normal(size=(500, 3))
    assert len(Whitening.fit(rows).scale) == 3
    square = Whitening.fit(rows, centre=False, square=True)
    assert len(square.scale) == 5
    assert bool((square.inverse(torch.zeros(1, 5)) == 0).all())


def test_weights_have_mean_one_and_favour_the_strong_axes():
    rng = np.random.default_rng(3)
    white = Whitening.fit((rng.normal(size=(5000, 3)) * [4.0, 2.0, 1.0]).astype(np.float32))
    np.testing.assert_allclose(white.weights(), np.array([4, 2, 1]) / (7 / 3), rtol=0.05)


def test_the_days_prior_has_the_covariance_of_the_residuals():
    """Axis 0 runs on from day to day (AR 0.8), axis 1 leaves nothing over the weeks, axis 2 is white."""
    rng = np.random.default_rng(3)
    days, sites = 28, 4000
    lag = np.abs(np.subtract.outer(np.arange(days), np.arange(days)))
    same = (lag % 7 == 0).astype(float)
    wanted = np.stack([0.8**lag, (np.eye(days) - same / 4) * 4 / 3, np.eye(days)])
    root = [np.linalg.cholesky(c + 1e-9 * np.eye(days)) for c in wanted]
    rows = np.stack([rng.normal(size=(sites, days)) @ r.T for r in root], axis=-1).astype(np.float32)
    made = between_days(rows)
    found = made @ made.transpose(0, 2, 1)
    np.testing.assert_allclose(found, wanted, atol=0.1)
    assert np.abs(found - wanted).mean() < 0.02
    np.testing.assert_allclose(np.trace(found, axis1=1, axis2=2), days, rtol=1e-4)
    weeks = made[1].reshape(days, 4, 7).sum(axis=1)
    assert np.abs(weeks).max() < 0.1  # what is drawn leaves next to nothing over the weeks either
    rows[::2, 5] = np.nan  # a day that half of the sites lack is estimated from the other half
    np.testing.assert_allclose(between_days(rows), made, atol=0.1)


def test_the_days_prior_of_few_sites_or_of_gaps_alone_is_white():
    few = np.random.default_rng(0).normal(size=(1, 28, 24)).astype(np.float32)
    assert np.abs(between_days(few) - np.eye(28)).max() < 0.2
    np.testing.assert_allclose(between_days(np.full((5, 28, 2), np.nan, np.float32)), np.tile(np.eye(28), (2, 1, 1)), atol=1e-6)
