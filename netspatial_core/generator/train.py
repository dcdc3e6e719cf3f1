"""Training of the generator on stations with traffic (Algorithm 1): AdamW, averaged weights, early stopping, resumable."""

import hashlib
import json
import math
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from netspatial_core.checkpoint import CHECKPOINT_SECONDS, Checkpoint
from netspatial_core.errors import InputError
from netspatial_core.generator.calibration import calibrate
from netspatial_core.generator.config import GeneratorConfig
from netspatial_core.generator.decompose import DAY, PRIOR_WEEKS, WEEK, decompose, expand, peak_hours
from netspatial_core.generator.ensemble import HOURS, Condition
from netspatial_core.generator.hierarchy import Generator, Sizes
from netspatial_core.generator.history import history_size
from netspatial_core.generator.losses import Batch, losses, total
from netspatial_core.generator.transform import Transform, Whitening, between_days

CHECKPOINT = "checkpoint.safetensors"
KEPT = ("step", "seconds", "lowest", "stale", "log")  # of a run, in its checkpoint
LEVELS = {
    "daily": ("condition1.", "level1."),
    "weekly": ("condition2.", "level2."),
    "residual": ("condition3.", "level3.", "peak."),
}
WARM_UP = 100
VALIDATION_SITES, VALIDATION_DRAWS, VALIDATION_ROUNDS = 128, 8, 8

Log = list[dict[str, Any]]


def crps(draws: NDArray[np.float32], truth: NDArray[np.float32]) -> NDArray[np.float64]:
    """Fair CRPS of an ensemble: mean |x - y| - sum over pairs |x - x'| / (2 m (m - 1)), the sorted form.

    Args:
        draws: [point, draw, hour], at least two draws.
        truth: [point, hour], NaN where unknown.

    Returns:
        [point, hour], NaN where the truth is.
    """
    m = draws.shape[1]
    rank = 2.0 * np.arange(1, m + 1) - m - 1
    spread = np.einsum("d,pdh->ph", rank, np.sort(draws.astype(np.float64), axis=1)) / (m * (m - 1))
    return np.asarray(np.abs(draws - truth[:, None]).mean(axis=1, dtype=np.float64) - spread, dtype=np.float64)


def new_generator(
    condition: Condition, traffic: NDArray[np.float32], train: NDArray[np.bool_], config: GeneratorConfig
) -> Generator:
    """An untrained generator whose transform, whitenings, residual prior and standardisation are fixed on the train sites.

    Raises:
        InputError: The traffic is shorter than a week, longer than 28 days or not of whole days, or the train sites have none.
    """
    hours = traffic.shape[1]
    if hours % DAY or not WEEK <= hours <= HOURS:
        raise InputError(f"The train series have {hours} h.", "Cut them to whole days, at least 168 h and at most 672 h.")
    transform = Transform.fit(traffic[train])
    parts = decompose(transform.forward(traffic[train]), 0.0 if config.mode == "paper" else PRIOR_WEEKS)
    white1 = Whitening.fit(parts.daily)
    white2 = Whitening.fit(parts.weekly - expand(parts.daily))
    residual = parts.residual.reshape(-1, DAY)
    white3 = Whitening.fit(residual[np.isfinite(residual).all(axis=1)], centre=False, square=True)
    dim = 0 if condition.embedding is None else condition.embedding.shape[1]
    axes = len(white1.scale), len(white2.scale)
    history = history_size(*axes) if config.history else 0
    sizes = Sizes(dim, condition.tabular.shape[1], hours // DAY, *axes, history)
    generator = Generator(config, sizes, transform)
    generator.white1, generator.white2, generator.white3 = white1, white2, white3
    if config.mode != "paper":  # whose residual is trained from white noise
        whitened = white3(torch.from_numpy(residual)).numpy().reshape(len(parts.residual), -1, DAY)
        generator.between_days.copy_(torch.from_numpy(between_days(whitened)))
    if condition.embedding is not None:
        rows = condition.embedding[train]
        generator.centre.copy_(torch.from_numpy(rows.mean(axis=0)))
        generator.spread.copy_(torch.from_numpy(np.maximum(rows.std(axis=0), 1e-3)))
    return generator


def targets(generator: Generator, condition: Condition, traffic: NDArray[np.float32]) -> Batch:
    """The whole of some sites as one batch of targets and conditions."""
    parts = decompose(generator.transform.forward(traffic), 0.0 if generator.config.mode == "paper" else PRIOR_WEEKS)
    embedding, tabular, known = generator.tensors(condition)
    measured = np.isfinite(traffic)
    return Batch(
        embedding=embedding,
        tabular=tabular,
        known=known,
        daily=generator.white1(torch.from_numpy(parts.daily)),
        weekly=generator.white2(torch.from_numpy(parts.weekly - expand(parts.daily))),
        residual=torch.from_numpy(np.where(measured, parts.residual, 0.0).astype(np.float32)),
        measured=torch.from_numpy(measured.astype(np.float32)),
        peak=torch.from_numpy(peak_hours(parts.daily)),
    )


def validation_crps(generator: Generator, condition: Condition, traffic: NDArray[np.float32], seed: int) -> float:
    """CRPS of a few draws at some sites, in units of the transform's scale, clipped at 1, as the evaluation scores it.

    Args:
        generator: What is judged.
        condition: Conditions of the val sites [site].
        traffic: GB/h [site, hour], NaN for gaps.
        seed: Of the draws.
    """
    keys = [f"validation-{i}" for i in range(len(condition))]
    made = generator.sample(condition, keys, range(VALIDATION_DRAWS), seed, mode=generator.config.mode)
    scale = np.float32(generator.transform.scale)
    return float(np.nanmean(crps(np.minimum(made / scale, 1.0), np.minimum(traffic / scale, 1.0))))


def validation_losses(generator: Generator, data: Batch, seed: int) -> dict[str, float]:
    """Flow-matching loss of each level on val sites, always with the same times and noise, so that two steps can be compared."""
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        rounds = []
        for k in range(VALIDATION_ROUNDS):  # a generator that knows histories is judged with and without
            known = generator.config.history and k % 2
            shown = data.shown(generator, 1.0, random) if known else data
            rounds.append(losses(generator, shown, random, augment=False))
    return {level: float(np.mean([float(parts[level]) for parts in rounds])) for level in LEVELS}


@dataclass(frozen=True)
class _Check:
    """The val sites that training looks at."""

    condition: Condition
    traffic: NDArray[np.float32]
    data: Batch


@dataclass
class _Run:
    """Everything that changes while training, and so everything a checkpoint holds."""

    generator: Generator
    average: Generator
    best: Generator
    optimiser: torch.optim.AdamW
    random: torch.Generator
    identity: str
    anchor: list[torch.Tensor]  # weights that those of a tuned generator decay towards; a function of ``identity``
    step: int = 0
    seconds: float = 0.0
    lowest: dict[str, float] = field(default_factory=lambda: dict.fromkeys(LEVELS, math.inf))
    stale: int = 0
    log: Log = field(default_factory=list)

    def checkpoint(self, path: Path) -> Checkpoint:
        modules = {"model": self.generator, "average": self.average, "best": self.best}
        return Checkpoint(path, self.identity, modules, self.optimiser, self.generator)

    def save(self, path: Path) -> None:
        self.checkpoint(path).save(self.random.get_state(), {key: getattr(self, key) for key in KEPT})

    def restore(self, path: Path) -> None:
        random, values = self.checkpoint(path).restore()
        self.random.set_state(random)
        for key in KEPT:
            setattr(self, key, values[key])


def train_generator(
    embedding: NDArray[np.float32] | None,
    tabular: tuple[NDArray[np.float32], NDArray[np.bool_]],
    traffic: NDArray[np.float32],
    splits: NDArray[np.str_],
    config: GeneratorConfig,
    *,
    seed: int,
    steps: int | None = None,
    minutes: float | None = None,
    out: Path | None = None,
    resume: bool = False,
    init: Generator | None = None,
    on_progress: Callable[[float, str], None] | None = None,
) -> tuple[Generator, Log]:
    """Train a generator, or go on from one.

    With ``steps`` a run is a function of its inputs, resumed or not; with ``minutes`` the schedule follows the clock.

    With ``init`` its transform, whitenings and prior stay, the level is first brought into line with the train sites
    (``align_level``), weights decay towards those of ``init`` instead of zero, and those weights themselves stand for election at
    the first validation: with val sites the outcome is no worse than the start there.

    Args:
        embedding: Fused embeddings [site, dim], or None.
        tabular: Encoded values and known masks, each [site, feature].
        traffic: GB/h [site, hour], NaN for gaps, hour 0 = Monday 00:00; whole days, 168 to 672 h.
        splits: "train", "val" or anything else, which is not looked at [site].
        config: Sizes and schedule.
        seed: Seed of initial weights, batches and noise.
        steps: Length in steps; exactly one of the two is given.
        minutes: Length in minutes of wall time.
        out: Folder of the checkpoint, written every minute and at the end; none is written without it.
        resume: Go on from the checkpoint in ``out`` if there is one.
        init: A generator to start from, of the sizes and the mode of ``config``.
        on_progress: Told the share done and a line of text.

    Returns:
        The averaged weights, of each level at its lowest val loss (at the end, without val sites), calibrated on the val sites in
        ``default`` mode where there are enough, and the log: a dict per
        validation with step, seconds, learning_rate, every loss, val_daily, val_weekly, val_residual and val_crps.

    Raises:
        InputError: No train sites, both or neither of ``steps`` and ``minutes``, traffic of the wrong shape.
        WeightsError: The checkpoint belongs to another run.
    """
    if (steps is None) == (minutes is None):
        raise InputError("The length of training is not clear.", "Give either steps or minutes.")
    condition = Condition(embedding, *tabular)
    traffic = traffic[:, : _measured_hours(traffic)] if init is None else _padded(traffic, init.hours)
    measured = np.nan_to_num(traffic).max(axis=1) > 0  # a site without any traffic is a site without a station
    train, val = (splits == "train") & measured, np.flatnonzero((splits == "val") & measured)
    if not train.any():
        raise InputError("No site of the split 'train' has traffic.", "Check the split column and the traffic file.")
    torch.manual_seed(seed)
    generator = _first(init, config, condition, traffic, train, seed)
    data = targets(generator, condition.take(np.flatnonzero(train)), traffic[train])
    chosen = np.random.default_rng(seed).permutation(val)[:VALIDATION_SITES]
    check = _Check(condition.take(chosen), traffic[chosen], targets(generator, condition.take(val), traffic[val]))

    run = _start(
        generator, config, seed, _identity(condition, traffic, splits, config, seed, steps, init), tuned=init is not None
    )
    path = None if out is None else out / CHECKPOINT
    if resume and path is not None and path.is_file():
        run.restore(path)
    began, saved = time.monotonic() - run.seconds, time.monotonic()
    recent: list[dict[str, float]] = []
    if run.anchor and run.step == 0 and len(val):
        run.lowest = validation_losses(run.average, check.data, seed)
    while True:
        run.seconds = time.monotonic() - began
        done = run.step / steps if steps is not None else run.seconds / (60.0 * (minutes or 1.0))
        if done >= 1.0 or run.stale >= config.patience:
            break
        recent.append(_step(run, data, done))
        if run.step % config.validate_every == 0:
            _record(run, recent, check, seed)
            recent = []
            if on_progress is not None:
                on_progress(min(done, 1.0), _line(run, done))
            if path is not None and time.monotonic() - saved > CHECKPOINT_SECONDS:
                run.save(path)
                saved = time.monotonic()
    if recent:
        _record(run, recent, check, seed)
    if path is not None:
        run.save(path)
    return _finished(run, condition.take(val), traffic[val], seed), run.log


def _finished(run: _Run, condition: Condition, traffic: NDArray[np.float32], seed: int) -> Generator:
    """The weights that a run leaves, calibrated on the val sites."""
    made = (run.best if len(condition) else run.average).eval()
    if made.config.mode == "default":
        calibrate(made, condition, traffic, seed)
    return made


def _measured_hours(traffic: NDArray[np.float32]) -> int:
    """Whole weeks that some site was measured through: what none reaches cannot be learned, and plans are of whole weeks."""
    hours = np.flatnonzero(np.isfinite(traffic).any(axis=0))
    return min(traffic.shape[1], max(WEEK, (int(hours[-1]) + 1) // WEEK * WEEK)) if len(hours) else traffic.shape[1]


def _first(
    init: Generator | None,
    config: GeneratorConfig,
    condition: Condition,
    traffic: NDArray[np.float32],
    train: NDArray[np.bool_],
    seed: int,
) -> Generator:
    """The generator before its first step."""
    if init is None:
        return new_generator(condition, traffic, train, config)
    return align_level(init, config, condition.take(np.flatnonzero(train)), traffic[train], seed)


def _padded(traffic: NDArray[np.float32], hours: int) -> NDArray[np.float32]:
    """Traffic of ``hours`` hours, unknown beyond what is there."""
    out = np.full((len(traffic), hours), np.nan, dtype=np.float32)
    out[:, : traffic.shape[1]] = traffic[:, :hours]
    return out


def align_level(
    init: Generator, config: GeneratorConfig, condition: Condition, traffic: NDArray[np.float32], seed: int
) -> Generator:
    """A copy of a generator that generates the same, times one factor: that of the level of some sites.

    Another operator's share of the market scales all sites alike: one number, which few stations tell well, and which gradient
    steps would have to relearn in every level. It is the median over sites of measured over generated mean load, in logarithms
    and over the hours that were measured; the transform's mu, eps and scale take it up.

    Args:
        init: The generator.
        config: Settings of the copy.
        condition: Conditions of the sites [site].
        traffic: GB/h [site, hour], NaN for gaps.
        seed: Of the choice of sites and of the draws.
    """
    sites = np.random.default_rng(seed).permutation(len(traffic))[:VALIDATION_SITES]
    keys = [f"level-{i}" for i in sites]
    made = init.sample(condition.take(sites), keys, range(VALIDATION_DRAWS), seed, mode=init.config.mode)
    known = np.isfinite(traffic[sites])
    with np.errstate(divide="ignore", invalid="ignore"):
        real = np.log(np.where(known, traffic[sites], 0.0).sum(axis=1, dtype=np.float64))
        own = np.log((made * known[:, None]).sum(axis=2, dtype=np.float64)).mean(axis=1)
        gaps = real - own
    gap = float(np.median(gaps[np.isfinite(gaps)])) if np.isfinite(gaps).any() else 0.0
    old = init.transform
    transform = replace(old, mu=old.mu + gap, eps=old.eps * math.exp(gap), scale=old.scale * math.exp(gap))
    described = init.describe() | {"config": config.to_dict(), "transform": asdict(transform)}
    generator = Generator.build(described)
    generator.load_state_dict(init.state_dict())
    return generator.train()


def _start(generator: Generator, config: GeneratorConfig, seed: int, identity: str, *, tuned: bool) -> _Run:
    matrices = [p for p in generator.parameters() if p.ndim > 1]
    vectors = [p for p in generator.parameters() if p.ndim <= 1]
    decay = 0.0 if tuned else config.weight_decay  # a tuned one decays towards its start, in ``_step``
    groups = [{"params": matrices, "weight_decay": decay}, {"params": vectors, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=config.learning_rate, betas=(0.9, 0.99))
    average = deepcopy(generator).requires_grad_(requires_grad=False)
    random = torch.Generator().manual_seed(seed)
    anchor = [parameter.detach().clone() for parameter in generator.parameters()] if tuned else []
    return _Run(generator, average, deepcopy(average), optimiser, random, identity, anchor)


def _step(run: _Run, data: Batch, done: float) -> dict[str, float]:
    """One step of AdamW and of the average; the losses before it."""
    config = run.generator.config
    rate = config.learning_rate * min(1.0, (run.step + 1) / WARM_UP) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))
    for group in run.optimiser.param_groups:
        group["lr"] = rate
    rows = torch.randint(len(data.peak), (config.batch,), generator=run.random)
    batch = data.take(rows)
    if config.history:
        batch = batch.shown(run.generator, config.history, run.random)
    parts = losses(run.generator, batch, run.random)
    run.optimiser.zero_grad(set_to_none=True)
    total(parts, config.auxiliary).backward()
    torch.nn.utils.clip_grad_norm_(run.generator.parameters(), 1.0)
    run.optimiser.step()
    with torch.no_grad():
        for parameter, start in zip(run.generator.parameters(), run.anchor, strict=False):
            parameter.lerp_(start, rate * config.weight_decay)
    run.step += 1
    keep = min(config.ema, (run.step + 1) / (run.step + 10))
    with torch.no_grad():
        for mean, parameter in zip(run.average.parameters(), run.generator.parameters(), strict=True):
            mean.lerp_(parameter, 1 - keep)
    return {"learning_rate": rate, **{name: float(value.detach()) for name, value in parts.items()}}


def _record(run: _Run, recent: list[dict[str, float]], check: "_Check", seed: int) -> None:
    """A line of the log, with the validation that decides which weights each level keeps."""
    entry: dict[str, Any] = {"step": run.step, "seconds": round(run.seconds, 1)}
    entry |= {name: float(np.mean([line[name] for line in recent])) for name in recent[0]}
    if len(check.condition):
        found = validation_losses(run.average, check.data, seed)
        better = [level for level in LEVELS if found[level] < run.lowest[level]]
        run.stale = 0 if better else run.stale + 1
        kept, current = run.best.state_dict(), run.average.state_dict()
        for level in better:
            run.lowest[level] = found[level]
            kept |= {name: current[name] for name in current if name.startswith(LEVELS[level])}
        run.best.load_state_dict(kept)
        entry |= {f"val_{level}": value for level, value in found.items()}
        entry["val_crps"] = validation_crps(run.best, check.condition, check.traffic, seed)
    run.log.append(entry)


def _line(run: _Run, done: float) -> str:
    left = run.seconds * (1 - done) / max(done, 1e-6) / 60
    entry = run.log[-1]
    score = f", val CRPS {entry['val_crps']:.5f}" if "val_crps" in entry else ""
    return f"step {run.step}, residual loss {entry['residual']:.3f}{score}, about {left:.0f} min left"


def _identity(
    condition: Condition,
    traffic: NDArray[np.float32],
    splits: NDArray[np.str_],
    config: GeneratorConfig,
    seed: int,
    steps: int | None,
    init: Generator | None,
) -> str:
    told = [config.to_dict(), seed, steps, splits.tolist(), *([] if init is None else [init.describe()])]
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode())
    weights = [] if init is None else [value.numpy() for value in init.state_dict().values()]
    for part in (condition.embedding, condition.tabular, condition.known, traffic, *weights):
        digest.update(b"" if part is None else np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()
