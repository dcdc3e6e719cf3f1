import math

import pytest
import torch

from netspatial_core.generator.flow import between, clipsym, drift, endpoint, euler_right, midpoint, midpoint_along, spread


def test_the_path_is_straight_and_its_endpoint_is_the_data():
    x0, x1, t = torch.randn(5, 7), torch.randn(5, 7), torch.rand(5, 1)
    xt = between(x0, x1, t)
    torch.testing.assert_close(xt, t * x1 + (1 - t) * x0)
    torch.testing.assert_close(endpoint(xt, t, x1 - x0), x1)


def gaussian_field(mean, std):
    """The exact velocity from N(0, 1) to N(mean, std^2): E[x1 - x0 | x_t]; its flow maps x0 to mean + std x0."""

    def field(x, t):
        variance = (1 - t) ** 2 + (t * std) ** 2
        return mean + (t * std**2 - (1 - t)) / variance * (x - t * mean)

    return field


def test_midpoint_follows_the_exact_flow_of_a_gaussian_and_the_papers_euler_does_so_less():
    x0 = torch.linspace(-2, 2, 9, dtype=torch.float64)
    field, exact = gaussian_field(1.5, 0.5), 1.5 + 0.5 * x0
    fine = midpoint(field, x0, 2000)
    torch.testing.assert_close(fine, exact, atol=1e-5, rtol=0)
    ours = (midpoint(field, x0, 4) - exact).abs().max()
    papers = (euler_right(field, x0, 8, 10.0) - exact).abs().max()
    assert ours < 0.02
    assert papers > 2 * ours


@pytest.mark.parametrize(("solver", "order"), [(midpoint, 2), (lambda f, x, n: euler_right(f, x, n, 1e9), 1)])
def test_the_order_of_convergence(solver, order):
    x = torch.tensor([1.0], dtype=torch.float64)
    errors = [abs(float(solver(lambda x, t: x * (1 + t), x, n)) - math.exp(1.5)) for n in (40, 80)]
    assert math.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.15)


def test_the_papers_euler_asks_at_the_right_ends_and_clips_after_each_step():
    asked = []

    def field(x, t):
        asked.append(t)
        return torch.full_like(x, 100.0)

    assert float(euler_right(field, torch.zeros(1), 4, 3.0)) == 3.0
    assert asked == [0.25, 0.5, 0.75, 1.0]


def test_clipsym_is_symmetric_and_does_not_hide_nan():
    out = clipsym(torch.tensor([-9.0, 1.0, 9.0, float("nan")]), 2.0)
    assert out[:3].tolist() == [-2, 1, 2]
    assert bool(out[3].isnan())


def test_drift_is_the_whole_velocity_between_two_standard_normals():
    x0 = torch.linspace(-2, 2, 5, dtype=torch.float64)
    torch.testing.assert_close(midpoint(lambda x, t: drift(t) * x, x0, 500), x0, atol=1e-4, rtol=0)
    assert [drift(0.0), drift(0.5), drift(1.0)] == [-1, 0, 1]
    t = torch.tensor(0.3, dtype=torch.float64)
    pairs = torch.randn(2, 400_000, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    xt, velocity = between(pairs[0], pairs[1], t), pairs[1] - pairs[0]
    assert float((xt * velocity).mean() / xt.square().mean()) == pytest.approx(
        float(drift(t)), abs=0.01
    )  # the regression of v* on x_t


def test_the_drift_is_the_growth_of_the_spread():
    for t in (0.0, 0.3, 0.5, 0.9, 1.0):
        step = 1e-6
        growth = (spread(t + step) - spread(t - step)) / (2 * step) / spread(t)
        assert drift(t) == pytest.approx(growth, abs=1e-6)


def test_along_the_path_a_standard_normal_is_exact_and_the_network_meets_states_as_spread_as_in_training():
    x, met = torch.randn(4000, generator=torch.Generator().manual_seed(0)), []

    def nothing(state: torch.Tensor, t: float) -> torch.Tensor:
        met.append((t, float(state.std())))
        return torch.zeros_like(state)

    torch.testing.assert_close(midpoint_along(nothing, x, 3), x)
    assert [t for t, _ in met] == pytest.approx([0, 1 / 6, 1 / 3, 1 / 2, 2 / 3, 5 / 6])
    for t, found in met:
        assert found == pytest.approx(float(x.std()) * spread(t), rel=1e-5)


@pytest.mark.parametrize("std", [0.7, 1.4])
def test_along_the_path_it_converges_to_the_flow_of_another_spread(std):
    def rest(x: torch.Tensor, t: float) -> torch.Tensor:
        return x * ((t * std**2 - (1 - t)) / (t**2 * std**2 + (1 - t) ** 2) - drift(t))

    x = torch.ones(1)
    errors = [abs(float(midpoint_along(rest, x, steps)) - std) for steps in (8, 16, 32)]
    assert errors[2] < 2e-3
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.35)  # second order
    assert errors[1] / errors[2] == pytest.approx(4, rel=0.35)
