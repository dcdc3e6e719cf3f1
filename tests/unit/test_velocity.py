import torch

from netspatial_core.generator.velocity import Clock, DayVelocity, MlpVelocity


def test_the_clock_starts_as_shift_0_scale_1_gate_1():
    clock = Clock(width=4, layers=2)
    torch.nn.init.zeros_(clock.out.weight)
    parts = clock(torch.tensor([0.3])).view(2, 3, 4)
    assert parts.unique(dim=2)[..., 0].tolist() == [[0, 1, 1], [0, 1, 1]]


def test_mlp_answers_for_each_series_alone_and_depends_on_time_and_condition():
    torch.manual_seed(0)
    network = MlpVelocity(size=5, condition=3, width=16, blocks=2)
    x, c, t = torch.randn(6, 5), torch.randn(6, 3), torch.rand(6)
    v = network(x, network.clock(t), network.prepare(c))
    assert v.shape == (6, 5)
    alone = network(x[2:3], network.clock(t[2:3]), network.prepare(c[2:3]))
    torch.testing.assert_close(v[2:3], alone)
    assert not torch.allclose(v, network(x, network.clock(t * 0.5), network.prepare(c)))
    assert not torch.allclose(v, network(x, network.clock(t), network.prepare(c + 1)))


def test_day_tokens_hear_of_each_other_except_of_days_never_measured():
    torch.manual_seed(0)
    network = DayVelocity(days=14, condition=3, guide=48, width=16, blocks=2)
    x, c, guide = torch.randn(14, 2, 24), torch.randn(2, 3), torch.randn(14, 2, 48)
    seen = torch.ones(14, 2, 1)
    seen[9:] = 0
    steering, clock = network.prepare(c, guide), network.clock(torch.tensor([0.5]))
    changed = x.clone()
    changed[12] += 1
    open_, open_changed = network(x, clock, steering), network(changed, clock, steering)
    assert not torch.allclose(open_[0], open_changed[0])
    shut, shut_changed = network(x, clock, steering, seen), network(changed, clock, steering, seen)
    torch.testing.assert_close(shut[:9], shut_changed[:9])
    torch.testing.assert_close(network(x, clock, steering, torch.ones(14, 2, 1)), open_)


def test_days_are_told_apart_by_day_of_the_week_and_by_week():
    torch.manual_seed(0)
    network = DayVelocity(days=14, condition=3, guide=48, width=16, blocks=1)
    with torch.no_grad():
        network.between[0].zero_()
    x = torch.randn(1, 1, 24).expand(14, 1, 24)
    v = network(x, network.clock(torch.tensor([0.5])), network.prepare(torch.zeros(1, 3), torch.zeros(14, 1, 48)))[:, 0]
    assert (torch.cdist(v, v) + torch.eye(14)).min() > 1e-5
