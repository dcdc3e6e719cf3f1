"""The generator: condition network, peak head and three flow-matching levels, each given the coarser ones (eq. 13, Algorithm 2).

    C -> c1, c2, c3 and q;   d = G1(z1, c1);   w = Exp(d) + G2(z2, d, c2);   u = Rep(w);   r = G3(z3, u, d, w, c3, q)

Level 2 generates the deviation of the week from the five equal weekdays and two equal weekend days of d, not the week itself:
what d already says is most of w's variance, and a network that had to repeat it would spend its precision there. Every level
works in the whitened coordinates of its train targets, on the transformed scale of traffic.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from netspatial_core.errors import Cancelled, InputError
from netspatial_core.generator.config import GeneratorConfig, Mode
from netspatial_core.generator.decompose import DAY, WEEK, WEEKDAYS
from netspatial_core.generator.ensemble import HOURS, Condition
from netspatial_core.generator.flow import drift, euler_right, midpoint, midpoint_along
from netspatial_core.generator.history import history_numbers, recent, whole_weeks
from netspatial_core.generator.noise import DAILY, RESIDUAL, WEEKLY, series_noise
from netspatial_core.generator.transform import Transform, Whitening
from netspatial_core.generator.velocity import DayVelocity, MlpVelocity

# Series solved together, always exactly so many: matrix kernels differ with the batch, and padding makes chunked = whole, bit
# for bit. Fourteen share the fixed cost of an operation, and keep a single series near 15 ms on a quick machine.
TILE = 14
PAPER_STEPS = 8  # Algorithm 2 leaves N open: as many evaluations as the design allows a level
RESIDUAL_LEVEL = 3
PAPER_RESIDUAL_PRIOR = 0.1  # Algorithm 2, line 12


@dataclass(frozen=True)
class Sizes:
    """What the train data decides about the networks.

    Attributes:
        embedding: Size of the fused embedding; 0 where the model has none.
        features: Number of tabular features.
        days: Longest horizon in days, as long as the train series.
        daily: Whitened axes of d.
        weekly: Whitened axes of w's deviation from d.
        history: Numbers of a history; 0 where the generator knows none.
    """

    embedding: int
    features: int
    days: int
    daily: int
    weekly: int
    history: int = 0


class ConditionNetwork(nn.Module):
    """The projection of C to one level's condition, C being the embedding and the tabular values together.

    Each level has a projection of its own: the daily level over-fits its few thousand examples long before the residual level
    has learned its noise, and levels that share nothing can each keep the weights of their own best validation.

    Unknown tabular values arrive as 0 with a 0 in the mask; a hidden or absent embedding is replaced by a learned one.
    """

    def __init__(self, embedding: int, features: int, hidden: int) -> None:
        super().__init__()
        size = max(embedding, 1)
        self.null = nn.Parameter(torch.zeros(size))
        self.first = nn.Linear(size + 2 * features, hidden)
        self.second = nn.Linear(hidden, hidden)

    def forward(
        self, embedding: torch.Tensor | None, tabular: torch.Tensor, known: torch.Tensor, hidden: torch.Tensor | None = None
    ) -> torch.Tensor:
        """The condition c of the level [site, hidden].

        Args:
            embedding: Standardised [site, dim]; None where there is none.
            tabular: [site, feature].
            known: 1 or 0 [site, feature].
            hidden: True where the embedding is replaced by the learned one [site, 1]; nowhere if None.
        """
        null = self.null.expand(len(tabular), -1)
        shown = null if embedding is None else embedding if hidden is None else torch.where(hidden, null, embedding)
        h = functional.silu(self.first(torch.cat([shown, tabular * known, known], dim=-1)))
        return self.second(h)


class Generator(nn.Module):
    """The three levels with everything train data fixed: transform, whitenings, sizes.

    Args:
        config: Widths, steps and mode.
        sizes: What the data decides.
        transform: The scale of traffic.
    """

    centre: torch.Tensor
    spread: torch.Tensor
    between_days: torch.Tensor

    def __init__(self, config: GeneratorConfig, sizes: Sizes, transform: Transform) -> None:
        super().__init__()
        # Of the embedding over train: l2-normalised embeddings have coordinates of about 0.1, which noise of a fixed size would
        # drown.
        self.register_buffer("centre", torch.zeros(sizes.embedding))
        self.register_buffer("spread", torch.ones(sizes.embedding))
        self.config, self.sizes, self.transform = config, sizes, transform
        self.temperature, self.temperature_told = 1.0, 1.0  # of level 1's prior, without and with a history: see ``calibration``
        self.condition1, self.condition2, self.condition3 = (
            ConditionNetwork(sizes.embedding, sizes.features + sizes.history, config.hidden) for _ in range(3)
        )
        self.peak = nn.Linear(config.hidden, 24)  # the peak classifier q = softmax(W c)
        self.white1 = Whitening(2 * DAY, sizes.daily)
        self.white2 = Whitening(WEEK, sizes.weekly)
        self.white3 = Whitening(DAY, DAY)
        # Square roots of the days' covariance of each whitened axis of r, see ``prior``.
        self.register_buffer("between_days", torch.eye(sizes.days).repeat(DAY, 1, 1))
        self.level1 = MlpVelocity(sizes.daily, config.hidden, config.daily_width, config.daily_blocks)
        self.level2 = MlpVelocity(sizes.weekly, config.hidden + sizes.daily, config.weekly_width, config.weekly_blocks)
        self.level3 = DayVelocity(sizes.days, config.hidden + 24, 2 * DAY, config.residual_width, config.residual_blocks)

    def describe(self) -> dict[str, Any]:
        """Everything but the tensors, for config.json."""
        parts = {"config": self.config.to_dict(), "sizes": asdict(self.sizes), "transform": asdict(self.transform)}
        return parts | {"temperature": self.temperature, "temperature_told": self.temperature_told}

    @classmethod
    def build(cls, description: dict[str, Any]) -> "Generator":
        """An untrained generator of the described shape; load its tensors with ``load_state_dict``."""
        config, sizes = GeneratorConfig.from_dict(description["config"]), Sizes(**description["sizes"])
        made = cls(config, sizes, Transform(**description["transform"]))
        made.temperature = float(description.get("temperature", 1.0))  # models of before there was one have none
        made.temperature_told = float(description.get("temperature_told", 1.0))
        return made

    @property
    def hours(self) -> int:
        """Longest horizon in hours."""
        return DAY * self.sizes.days

    def week(self, daily: torch.Tensor, deviation: torch.Tensor) -> torch.Tensor:
        """W = Exp(d) + deviation [series, 168] from d [series, 48]."""
        flat = torch.cat([daily[:, :DAY].repeat(1, WEEKDAYS), daily[:, DAY:].repeat(1, 7 - WEEKDAYS)], dim=1)
        return flat + deviation

    def guide(self, daily: torch.Tensor, weekly: torch.Tensor) -> torch.Tensor:
        """What level 3 is told of each day: its 24 h of u and of d's kind of day [day, series, 48]."""
        day = torch.arange(self.sizes.days) % 7
        u = weekly.view(-1, 7, DAY)[:, day]
        kind = daily.view(-1, 2, DAY)[:, (day >= WEEKDAYS).long()]
        return torch.cat([u, kind], dim=-1).transpose(0, 1)

    def prior(self, noise: torch.Tensor) -> torch.Tensor:
        """The residual's x0 from standard normal noise, both [day, series, 24]: as alike from day to day as residuals are.

        What a week's template leaves sums to almost nothing over the weeks, and its slow part runs on for days. A straight path
        from noise that knows neither bends, and few solver steps would leave it too little spread. On each axis x0 and x1
        have one covariance, so that ``drift`` stays the velocity of a residual of which nothing else is known.
        """
        return torch.einsum("kde,esk->dsk", self.between_days, noise)

    def peak_condition(self, logits: torch.Tensor, mode: Mode) -> torch.Tensor:
        """The distribution q, or in ``paper`` mode the argmax hour as one-hot, which has no gradient (trap 11) [series, 24]."""
        if mode == "paper":
            return functional.one_hot(logits.argmax(-1), 24).to(logits.dtype)
        return logits.softmax(-1)

    def sample(
        self,
        condition: Condition,
        keys: Sequence[str],
        draws: Sequence[int],
        seed: int,
        *,
        hours: int | None = None,
        mode: Mode | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> NDArray[np.float32]:
        """Traffic of some points, the same whoever else is asked for with them. Runs on the calling thread alone; thread-safe.

        Args:
            condition: Conditions of the points.
            keys: Names of the points, part of the noise's key [point].
            draws: Which draws [draw].
            seed: Seed of the run.
            hours: Horizon; whole days up to ``self.hours``, which is the default. A shorter one is the beginning of the longest.
            mode: ``default`` (midpoint, one prior, q) or ``paper`` (Algorithm 2 to the letter, whitened); None takes the
                one the generator was trained for.
            cancelled: Asked before every batch of ``TILE`` series.

        Returns:
            [point, draw, hour] in GB/h, not negative; a series that came out not finite is NaN throughout.

        Raises:
            InputError: The condition, the keys or the horizon do not fit the model.
            Cancelled: ``cancelled`` answered true.
        """
        length = self.hours if hours is None else hours
        mode = self.config.mode if mode is None else mode
        self._check(condition, keys, length)
        embedding, tabular, known = self.tensors(condition)
        rows = [(point, draw) for point in range(len(keys)) for draw in draws]
        out = np.empty((len(rows), length), dtype=np.float32)
        with torch.inference_mode(), _one_thread():
            clocks: dict[tuple[int, float], torch.Tensor] = {}
            for start in range(0, len(rows), TILE):
                if cancelled is not None and cancelled():
                    raise Cancelled
                tile = rows[start : start + TILE]
                filled = tile + [tile[-1]] * (TILE - len(tile))
                noise = torch.from_numpy(series_noise(seed, [keys[p] for p, _ in filled], [d for _, d in filled]))
                index = torch.tensor([p for p, _ in filled])
                chosen = None if embedding is None else embedding[index]
                traffic = self._solve(chosen, tabular[index], known[index], noise, mode, clocks)
                out[start : start + len(tile)] = traffic[: len(tile), :length].numpy()
        return out.reshape(len(keys), len(draws), length)

    def tensors(self, condition: Condition) -> tuple[torch.Tensor | None, torch.Tensor, torch.Tensor]:
        """Standardised embedding [site, dim] or None, values and masks as float [site, feature + history].

        A condition without the numbers of a history is one of places where nothing was measured.
        """
        embedding = None if condition.embedding is None else (torch.as_tensor(condition.embedding) - self.centre) / self.spread
        width = self.sizes.features + self.sizes.history - condition.tabular.shape[1]
        tabular, known = (
            functional.pad(torch.as_tensor(part, dtype=torch.float32), (0, width))
            for part in (condition.tabular, condition.known)
        )
        return embedding, tabular, known

    def with_history(self, condition: Condition, traffic: NDArray[np.float32]) -> Condition:
        """The condition of places of which something was measured.

        Args:
            condition: Without a history [site].
            traffic: GB/h [site, hour], NaN where nothing was measured, hour 0 a Monday 00:00, best in whole days. Of a site's
                series the last 21 days count, the longest history that training shows; a site without any known hour stays one
                without a history.

        Raises:
            InputError: The generator was trained without histories, or the sites are others.
        """
        if not self.sizes.history:
            raise InputError("This model was trained without histories.", "Train one with 'history: 0.5' in its configuration.")
        if len(traffic) != len(condition):
            raise InputError(f"Histories of {len(traffic)} sites do not fit {len(condition)} conditions.", "Give one a site.")
        if condition.tabular.shape[1] != self.sizes.features:
            raise InputError("The condition has a history already.", "Start from the condition of the places alone.")
        seen = recent(whole_weeks(traffic))
        told, known = history_numbers(self.transform.forward(seen), self.white1, self.white2)
        return Condition(
            condition.embedding,
            np.concatenate([condition.tabular, told], axis=1),
            np.concatenate([condition.known, known], axis=1),
        )

    def _solve(
        self,
        embedding: torch.Tensor | None,
        tabular: torch.Tensor,
        known: torch.Tensor,
        noise: torch.Tensor,
        mode: Mode,
        clocks: dict[tuple[int, float], torch.Tensor],
    ) -> torch.Tensor:
        """Algorithm 2 for one tile: traffic [series, hour], NaN throughout a series with any number not finite."""
        c1, c2, c3 = (project(embedding, tabular, known) for project in (self.condition1, self.condition2, self.condition3))
        if mode == "default" and (self.temperature, self.temperature_told) != (1.0, 1.0):
            told = known[:, self.sizes.features :].any(dim=1, keepdim=True)
            first = noise[:, DAILY] * torch.where(told, self.temperature_told, self.temperature)
            noise = torch.cat([first, noise[:, DAILY.stop :]], dim=1)
        _, weekly, residual = self.levels(c1, c2, c3, noise, mode, clocks)
        u = weekly.repeat(1, -(-self.sizes.days // 7))[:, : self.hours]
        y = u + residual
        # Checked before the clip, which would pass infinity off as the largest traffic ever seen.
        finite = y.isfinite().all(dim=1, keepdim=True)
        return torch.where(finite, self.transform.inverse(y), torch.nan)

    def levels(
        self,
        c1: torch.Tensor,
        c2: torch.Tensor,
        c3: torch.Tensor,
        noise: torch.Tensor,
        mode: Mode,
        clocks: dict[tuple[int, float], torch.Tensor],
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """D [series, 48], w [series, 168] and r [series, hour] on the transformed scale, each level solved given the coarser.

        Args:
            c1: Condition of level 1 [series, hidden].
            c2: Of level 2, likewise.
            c3: Of level 3, likewise.
            noise: Standard normal, in the layout of ``noise.series_noise`` [series, number].
            mode: As in ``sample``.
            clocks: Keeps what the networks make of a time, for the tiles that follow.
        """
        config = self.config
        logits = self.peak(c3)

        def solve(level: int, network: nn.Module, steering: Any, x0: torch.Tensor, steps: int) -> torch.Tensor:
            def rest(x: torch.Tensor, t: float) -> torch.Tensor:
                if (level, t) not in clocks:
                    clocks[level, t] = cast("MlpVelocity", network).clock(torch.tensor([t]))
                return cast("torch.Tensor", network(x, clocks[level, t], steering))

            def field(x: torch.Tensor, t: float) -> torch.Tensor:
                return torch.add(rest(x, t), x, alpha=drift(t))

            if mode == "paper":
                return euler_right(field, x0, PAPER_STEPS, config.bound)
            return midpoint_along(rest, x0, steps) if level == RESIDUAL_LEVEL else midpoint(field, x0, steps)

        z1 = solve(1, self.level1, self.level1.prepare(c1), noise[:, DAILY][:, : self.sizes.daily], config.daily_steps)
        daily = self.white1.inverse(z1)
        steering = self.level2.prepare(torch.cat([c2, z1], dim=1))
        z2 = solve(2, self.level2, steering, noise[:, WEEKLY][:, : self.sizes.weekly], config.weekly_steps)
        weekly = self.week(daily, self.white2.inverse(z2))

        days = self.sizes.days
        prior = noise[:, RESIDUAL].view(-1, HOURS // DAY, DAY)[:, :days].transpose(0, 1)
        prior = PAPER_RESIDUAL_PRIOR * prior if mode == "paper" else self.prior(prior)
        q = self.peak_condition(logits, mode)
        guided = self.level3.prepare(torch.cat([c3, q], dim=1), self.guide(daily, weekly))
        z3 = solve(RESIDUAL_LEVEL, self.level3, guided, prior.contiguous(), config.residual_steps)
        return daily, weekly, self.white3.inverse(z3).transpose(0, 1).reshape(len(noise), -1)

    def _check(self, condition: Condition, keys: Sequence[str], hours: int) -> None:
        if len(condition) != len(keys):
            raise InputError(f"There are {len(condition)} conditions for {len(keys)} points.", "Give one key a point.")
        if hours % DAY or not 0 < hours <= self.hours:
            raise InputError(f"A horizon of {hours} h cannot be generated.", f"Use whole days up to {self.hours} h.")
        found = 0 if condition.embedding is None else condition.embedding.shape[1]
        columns = {self.sizes.features, self.sizes.features + self.sizes.history}
        if condition.tabular.shape[1] not in columns or found not in {0, self.sizes.embedding}:
            raise InputError(
                f"The condition has {condition.tabular.shape[1]} features and an embedding of {found}.",
                f"This model was trained on {self.sizes.features} and {self.sizes.embedding}: encode with the model itself.",
            )


@contextmanager
def _one_thread() -> Iterator[None]:
    """Matrix products on this thread alone: tiles are too small to share, and sums must not depend on the machine's load."""
    before = torch.get_num_threads()
    if before == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def multiply_adds(generator: Generator) -> dict[str, int]:
    """Dense multiply-adds of one evaluation of one series by level: weights times the rows they are applied to."""

    def dense(network: nn.Module, skip: tuple[str, ...]) -> int:
        return sum(
            m.weight.numel() for name, m in network.named_modules() if isinstance(m, nn.Linear) and not name.startswith(skip)
        )

    once = ("clock", "embed", "blend", "steer", "guide")  # used once a series or once a solver step
    level3 = generator.level3
    mixing = sum(between.numel() for between in level3.between) * level3.width
    across = sum(across.numel() for across in level3.across)
    return {
        "daily": dense(generator.level1, once),
        "weekly": dense(generator.level2, once),
        "residual": generator.sizes.days * (dense(level3, once) + across) + mixing,
    }
