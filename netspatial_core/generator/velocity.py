"""The velocity networks: a residual MLP for the daily and weekly levels, a mixer over day tokens for the residual.

Both are steered by adaptive layer norm (AdaLN): shift, scale and gate of every block are a sum of a part of the time t and a
part of the condition. The sum (in place of a network of both) lets the condition's part be computed once a series and the
time's part once a solver step; what is left per evaluation is the blocks alone.
"""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

FREQUENCIES = 16


@dataclass(frozen=True)
class Steering:
    """The part of a network's input that stays the same while a series is solved.

    Attributes:
        modulation: The condition's part of shift, scale and gate [series, M].
        offset: What is added to the embedded state: [series, width], or [day, series, width] for day tokens.
    """

    modulation: torch.Tensor
    offset: torch.Tensor


class Clock(nn.Module):
    """The time's part of all shifts, scales and gates of a network.

    Args:
        width: Width of the network.
        layers: Adaptive norms in the network; each has a shift, a scale and a gate.
    """

    frequencies: torch.Tensor

    def __init__(self, width: int, layers: int) -> None:
        super().__init__()
        self.register_buffer("frequencies", torch.exp(torch.linspace(0.0, 4.0, FREQUENCIES)), persistent=False)
        self.hidden = nn.Linear(2 * FREQUENCIES, 64)
        self.out = nn.Linear(64, 3 * layers * width)
        nn.init.normal_(self.out.weight, std=0.02)
        # Shift 0, scale 1, gate 1: the bias carries the ones, so that no evaluation has to add them.
        self.out.bias.data = torch.tensor([0.0, 1.0, 1.0]).repeat(layers).repeat_interleave(width)

    def forward(self, t: torch.Tensor) -> torch.Tensor:
        """[series or 1, M] of times [series or 1]."""
        angle = t[:, None] * self.frequencies
        return self.out(functional.silu(self.hidden(torch.cat([angle.sin(), angle.cos()], dim=-1))))


def _small(linear: nn.Linear, gain: float) -> nn.Linear:
    nn.init.normal_(linear.weight, std=gain / linear.in_features**0.5)
    nn.init.zeros_(linear.bias)
    return linear


def _mixture(days: int, block: int) -> torch.Tensor:
    """Where a block's mixture of days starts [day, day]: the same day of all weeks, the day before, the day after, in turn.

    A residual sums to almost nothing over the weeks, and it runs on over midnight: from random mixtures both take long to find.
    """
    day = torch.arange(days)
    same = (day[:, None] % 7 == day % 7).float()
    starts = (same / same.sum(dim=1, keepdim=True), torch.eye(days).roll(1, dims=0), torch.eye(days).roll(-1, dims=0))
    return starts[block % 3] + 0.02 * torch.randn(days, days)


class MlpVelocity(nn.Module):
    """Velocity of a vector: ``blocks`` residual layers of width -> 3 width -> width.

    Args:
        size: Size of the state.
        condition: Size of everything it is conditioned on.
        width: Width of the residual stream.
        blocks: Number of layers.
    """

    def __init__(self, size: int, condition: int, width: int, blocks: int) -> None:
        super().__init__()
        self.width, self.layers = width, blocks
        self.clock = Clock(width, blocks)
        self.state = nn.Linear(size, width)
        self.embed = nn.Linear(condition, width)
        self.blend = nn.Linear(width, width)
        self.steer = _small(nn.Linear(width, 3 * blocks * width), 0.5)
        self.up = nn.ModuleList(nn.Linear(width, 3 * width) for _ in range(blocks))
        self.down = nn.ModuleList(_small(nn.Linear(3 * width, width), 0.5) for _ in range(blocks))
        self.out = _small(nn.Linear(width, size), 0.3)

    def prepare(self, condition: torch.Tensor) -> Steering:
        """What stays the same while these series [series, condition] are solved."""
        embedded = functional.silu(self.blend(functional.silu(self.embed(condition))))
        return Steering(self.steer(embedded), embedded)

    def forward(self, x: torch.Tensor, clock: torch.Tensor, steering: Steering) -> torch.Tensor:
        """Velocity [series, size] at x [series, size] and the clock's answer for t."""
        parts = (steering.modulation + clock).view(len(x), 3 * self.layers, self.width).unbind(1)
        h = self.state(x) + steering.offset
        for i, (up, down) in enumerate(zip(self.up, self.down, strict=True)):
            shift, scale, gate = parts[3 * i : 3 * i + 3]
            inner = functional.silu(up(torch.addcmul(shift, functional.layer_norm(h, (self.width,)), scale)))
            h = torch.addcmul(h, gate, down(inner))
        return self.out(h)


class DayVelocity(nn.Module):
    """Velocity of a series of whole days, one token a day: a mixer whose hidden units see a day and a mixture of all days.

    Within a block, inner = silu(U n + V (M n)) with n the steered norm of the tokens [day, width] and M [day, day] the mixture.
    Days come first in memory, so M n is one matrix product for a whole batch; attention over 28 tokens took three times as long
    on a CPU for the same number of multiply-adds. A token knows its day of the week and its week (position by day index mod 7
    and div 7).

    Args:
        days: Days of a series.
        condition: Size of what steers the whole series.
        guide: Numbers that guide each day (its expected profile).
        width: Width of a token.
        blocks: Number of blocks.
    """

    def __init__(self, days: int, condition: int, guide: int, width: int, blocks: int) -> None:
        super().__init__()
        self.width, self.layers = width, blocks
        self.clock = Clock(width, blocks)
        self.state = nn.Linear(24, width)
        self.guide = nn.Linear(guide, width)
        self.weekday = nn.Parameter(0.02 * torch.randn(7, 1, width))
        self.week = nn.Parameter(0.02 * torch.randn(-(-days // 7), 1, width))
        self.embed = nn.Linear(condition, width)
        self.blend = nn.Linear(width, width)
        self.steer = _small(nn.Linear(width, 3 * blocks * width), 0.5)
        self.between = nn.ParameterList(_mixture(days, block) for block in range(blocks))
        self.up = nn.ModuleList(nn.Linear(width, 2 * width) for _ in range(blocks))
        self.across = nn.ParameterList(torch.randn(width, 2 * width) / width**0.5 for _ in range(blocks))
        self.down = nn.ModuleList(_small(nn.Linear(2 * width, width), 0.5) for _ in range(blocks))
        self.out = _small(nn.Linear(width, 24), 0.3)

    def prepare(self, condition: torch.Tensor, guide: torch.Tensor) -> Steering:
        """What stays the same while series are solved.

        Args:
            condition: [series, condition].
            guide: [day, series, guide].
        """
        embedded = functional.silu(self.blend(functional.silu(self.embed(condition))))
        day = torch.arange(len(guide))
        return Steering(self.steer(embedded), self.guide(guide) + self.weekday[day % 7] + self.week[day // 7] + embedded)

    def forward(self, x: torch.Tensor, clock: torch.Tensor, steering: Steering, seen: torch.Tensor | None = None) -> torch.Tensor:
        """Velocity [day, series, 24].

        Args:
            x: State [day, series, 24].
            clock: The clock's answer for t.
            steering: From ``prepare``.
            seen: 1 where a day was measured, 0 where it must tell the others nothing [day, series, 1]; all days if None.
        """
        days, series, _ = x.shape
        parts = (steering.modulation + clock).view(series, 3 * self.layers, self.width).unbind(1)
        h = self.state(x) + steering.offset
        for i in range(self.layers):
            shift, scale, gate = parts[3 * i : 3 * i + 3]
            normed = torch.addcmul(shift, functional.layer_norm(h, (self.width,)), scale)
            shown = normed if seen is None else normed * seen
            others = (self.between[i] @ shown.reshape(days, -1)).view(-1, self.width)
            inner = torch.addmm(self.up[i](normed).view(-1, 2 * self.width), others, self.across[i])
            h = torch.addcmul(h, gate, self.down[i](functional.silu(inner)).view_as(h))
        return self.out(h)
