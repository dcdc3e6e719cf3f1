"""The straight path of flow matching (eq. 14) and the solvers that follow a velocity field from noise (t = 0) to data (t = 1)."""

import math
from collections.abc import Callable
from typing import TypeVar

import torch

Time = TypeVar("Time", float, torch.Tensor)
Field = Callable[[torch.Tensor, float], torch.Tensor]  # (x [series, size], t) -> velocity [series, size]


def between(x0: torch.Tensor, x1: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """x_t = t x1 + (1 - t) x0 (above eq. 14), its velocity is x1 - x0 throughout.

    Args:
        x0: Noise [..., size].
        x1: Data [..., size].
        t: Times, of a shape that broadcasts against them ([series, 1] for [series, size]).

    Returns:
        [..., size].
    """
    return torch.lerp(x0, x1, t)


def endpoint(xt: torch.Tensor, t: torch.Tensor, velocity: torch.Tensor) -> torch.Tensor:
    """Where x_t would arrive at t = 1 with this velocity: x_t + (1 - t) v, the expected x1 given x_t if v is exact.

    Args:
        xt: [..., size].
        t: Times, of a shape that broadcasts against it.
        velocity: [..., size].

    Returns:
        [..., size].
    """
    return torch.addcmul(xt, 1 - t, velocity)


def drift(t: Time) -> Time:
    """The velocity per unit of x on the path between two standard normals: (2t - 1) / (t^2 + (1 - t)^2).

    Targets are whitened, so this is the velocity of a target about which nothing else is known. It is added to what the networks
    answer: they only learn how traffic differs from noise, and what is sampled has the right spread from the first step on.
    """
    return (2 * t - 1) / (t * t + (1 - t) * (1 - t))


def midpoint(field: Field, x: torch.Tensor, steps: int) -> torch.Tensor:
    """The explicit midpoint rule, second order: two evaluations a step, at k/N and (k + 1/2)/N.

    Args:
        field: Velocity at x [series, size] and t.
        x: Where to start, at t = 0 [series, size].
        steps: N.

    Returns:
        Where it arrives, at t = 1 [series, size].
    """
    for k in range(steps):
        middle = torch.add(x, field(x, k / steps), alpha=0.5 / steps)
        x = torch.add(x, field(middle, (k + 0.5) / steps), alpha=1.0 / steps)
    return x


def spread(t: float) -> float:
    """Standard deviation of x_t on the path between two standard normals: sqrt(t^2 + (1 - t)^2), whose growth is ``drift``."""
    return math.hypot(t, 1 - t)


def midpoint_along(rest: Field, x: torch.Tensor, steps: int) -> torch.Tensor:
    """The midpoint rule in y = x / spread(t), where the drift is gone: for targets of mean zero about as spread as noise.

    A plain midpoint step from t = 0 halves x, which at t = 1/2 has a spread of 0.71 on the path: a network that reads from
    x_t how restless a station is takes the halved one for a quiet one, and quiets it further. Here x stays on the path. Targets
    with a large conditional mean are better served by ``midpoint``: there x is anything but noise-like on the way.

    Args:
        rest: Velocity at x and t beyond ``drift(t) x``.
        x: Where to start, at t = 0 [series, size].
        steps: N, two evaluations each.

    Returns:
        Where it arrives, at t = 1 [series, size].
    """

    def relative(y: torch.Tensor, t: float) -> torch.Tensor:
        return rest(spread(t) * y, t) / spread(t)

    return midpoint(relative, x, steps)


def euler_right(field: Field, x: torch.Tensor, steps: int, bound: float) -> torch.Tensor:
    """The paper's Algorithm 2: Euler steps whose velocity is taken at the right end t = k/N, k = 1..N, each followed by clipsym.

    At x of the left end and t of the right end this is only first order, and never asks the network at t = 0 (trap 2).

    Args:
        field: Velocity at x [series, size] and t.
        x: Where to start, at t = 0 [series, size].
        steps: N.
        bound: clipsym's.

    Returns:
        Where it arrives, at t = 1 [series, size].
    """
    for k in range(1, steps + 1):
        x = clipsym(torch.add(x, field(x, k / steps), alpha=1.0 / steps), bound)
    return x


def clipsym(x: torch.Tensor, bound: float) -> torch.Tensor:
    """Clip x, of any shape, to [-bound, bound]; NaN stays NaN."""
    return x.clamp(-bound, bound)
