"""The losses of eq. 15: flow matching at three levels, and six auxiliary ones for which the paper has no formula; ours are below.

The auxiliary losses judge the one-step endpoint x_t + (1 - t) v (trap 9), an estimate of E[x1 | x_t]. tmp, per and bias are
therefore squares of linear functions of it: their minimum is the same conditional mean that flow matching seeks, so they
sharpen what matters without shrinking the spread of what is sampled. bnd is zero for any possible series. corr alone is not of
that kind and has the least weight. In ``paper`` mode, on a stated share of the batches, they judge what the whole sampler makes,
through all of its steps (Algorithm 1, line 10): there the same squares pull draws together.

Notation: y the transformed series [site, hour], y' its endpoint estimate, m the mask of measured hours, <.> a mean over what is
measured. Every loss is one number, a tensor of shape [].
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch.nn import functional

from netspatial_core.generator.decompose import DAY, WEEK, WEEKDAYS
from netspatial_core.generator.flow import between, drift, endpoint
from netspatial_core.generator.hierarchy import Generator
from netspatial_core.generator.history import history_numbers, random_windows
from netspatial_core.generator.noise import SIZE


@dataclass(frozen=True)
class Batch:
    """Train sites, all on the transformed scale.

    Attributes:
        embedding: Standardised [site, dim] or None.
        tabular: [site, feature + history].
        known: [site, feature + history].
        daily: Whitened d [site, rank].
        weekly: Whitened deviation of w from d [site, rank].
        residual: r, 0 in gaps [site, hour].
        measured: 1 where measured [site, hour].
        peak: Peak hour [site].
    """

    embedding: torch.Tensor | None
    tabular: torch.Tensor
    known: torch.Tensor
    daily: torch.Tensor
    weekly: torch.Tensor
    residual: torch.Tensor
    measured: torch.Tensor
    peak: torch.Tensor

    def take(self, rows: torch.Tensor) -> "Batch":
        """Some of the sites."""
        return Batch(*(None if part is None else part[rows] for part in vars(self).values()))  # type: ignore[arg-type]

    def shown(self, generator: Generator, share: float, random: torch.Generator) -> "Batch":
        """The batch with a share of the sites shown a random part of their own series."""
        days = generator.sizes.days
        window = random_windows(len(self.peak), days, share, random) & (self.measured.numpy() > 0)
        weekly = generator.week(generator.white1.inverse(self.daily), generator.white2.inverse(self.weekly))
        y = weekly[:, torch.arange(days * DAY) % WEEK] + self.residual
        told, known = history_numbers(np.where(window, y.numpy(), np.nan), generator.white1, generator.white2)
        features = generator.sizes.features
        tabular = torch.cat([self.tabular[:, :features], torch.from_numpy(told)], dim=1)
        return replace(self, tabular=tabular, known=torch.cat([self.known[:, :features], torch.from_numpy(known).float()], dim=1))


def masked_mean(values: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """<values>: the mean of values where the mask, of the same shape, is 1; 0 where it is nowhere."""
    return (values * mask).sum() / mask.sum().clamp_min(1.0)


def flow_matching(velocity: torch.Tensor, target: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Eq. 14 for levels 1 and 2: mean over sites and axes of weight_k (v_k - v*_k)^2.

    Args:
        velocity: v [site, rank].
        target: v* = x1 - x0 [site, rank].
        weights: Of the axes [rank].
    """
    return (weights * (velocity - target).square()).mean()


def residual_matching(velocity: torch.Tensor, target: torch.Tensor, measured: torch.Tensor, generator: Generator) -> torch.Tensor:
    """Eq. 14 for level 3 with gaps.

    On days measured throughout the squared error of the whitened axes. On days with gaps there is no whitened target: there the
    error is turned back to hours, in units of the hour's standard deviation, and counted where measured. Both expect 2 of an
    untrained network.

    Args:
        velocity: [day, site, 24], whitened.
        target: [day, site, 24], whitened.
        measured: [day, site, 24].
        generator: Its third whitening.
    """
    white = generator.white3
    error = velocity - target
    mixing = white.basis * white.scale
    hourly = (error @ mixing.T) / mixing.square().sum(dim=1).sqrt()
    whole = measured.amin(dim=-1, keepdim=True)
    return masked_mean(torch.lerp(hourly.square(), error.square(), whole), measured)


def boundary(y: torch.Tensor, bottom: float, top: float) -> torch.Tensor:
    """Bnd: mean of max(0, bottom - y')^2 + max(0, y' - top)^2: below the y of no traffic, above the largest ever allowed.

    Args:
        y: y' [site, hour].
        bottom: The y of no traffic.
        top: The largest y allowed.
    """
    return (functional.relu(bottom - y).square() + functional.relu(y - top).square()).mean()


def temporal(estimate: torch.Tensor, y: torch.Tensor, measured: torch.Tensor) -> torch.Tensor:
    """Tmp: <((y'_{t+1} - y'_t) - (y_{t+1} - y_t))^2> over neighbours both measured: as smooth as the real series.

    Args:
        estimate: y' [site, hour].
        y: y [site, hour].
        measured: m [site, hour].
    """
    both = measured[:, 1:] * measured[:, :-1]
    return masked_mean((estimate - y).diff(dim=1).square(), both)


def periodic(
    weekly: torch.Tensor, daily: torch.Tensor, residual: torch.Tensor, real: torch.Tensor, measured: torch.Tensor
) -> torch.Tensor:
    """Per: the week agrees with the day, and the residual brings no week of its own.

    Mean of (Fold_d(w') - d)^2, Fold_d the mean weekday and weekend day of the week, plus mean of (Fold_w(r') - Fold_w(r))^2,
    Fold_w the masked mean per hour of the week.

    Args:
        weekly: w' [site, 168].
        daily: d that it was generated from [site, 48].
        residual: r' [site, hour].
        real: r [site, hour].
        measured: [site, hour].
    """
    days = weekly.view(-1, 7, DAY)
    fold = torch.cat([days[:, :WEEKDAYS].mean(1), days[:, WEEKDAYS:].mean(1)], dim=1)
    pad = -residual.shape[1] % WEEK
    error = functional.pad((residual - real) * measured, (0, pad)).view(len(residual), -1, WEEK).sum(1)
    count = functional.pad(measured, (0, pad)).view(len(residual), -1, WEEK).sum(1)
    return (fold - daily).square().mean() + (error / count.clamp_min(1.0)).square().mean()


def bias(estimate: torch.Tensor, y: torch.Tensor, measured: torch.Tensor) -> torch.Tensor:
    """Bias: mean over sites of (<y'> - <y>)^2, of y' (``estimate``), y and m [site, hour]."""
    error = ((estimate - y) * measured).sum(1) / measured.sum(1).clamp_min(1.0)
    return error.square().mean()


def correlation(estimate: torch.Tensor, y: torch.Tensor, measured: torch.Tensor) -> torch.Tensor:
    """Corr: mean over sites of 1 - Pearson(y', y) over measured hours, of y' (``estimate``), y and m [site, hour]."""
    count = measured.sum(1, keepdim=True).clamp_min(1.0)
    a = (estimate - (estimate * measured).sum(1, keepdim=True) / count) * measured
    b = (y - (y * measured).sum(1, keepdim=True) / count) * measured
    return (1 - (a * b).sum(1) / (a.square().sum(1) * b.square().sum(1) + 1e-8).sqrt()).mean()


def losses(generator: Generator, batch: Batch, random: torch.Generator, *, augment: bool = True) -> dict[str, torch.Tensor]:
    """All losses of eq. 15 for one batch (Algorithm 1), unweighted: daily, weekly, residual, bnd, tmp, per, bias, peak, corr.

    In ``paper`` mode a share ``unroll`` of the batches has its auxiliary losses judged on sampled series.

    In ``default`` mode levels 2 and 3 see d and w with noise (trap 10), because at sampling they see generated ones. Conditions
    get noise and are hidden at random, which on real cities was worth more than any change of network. ``augment=False`` leaves
    all three out, for validation.
    """
    config, sites, days = generator.config, len(batch.peak), generator.sizes.days
    condition_noise, dropout = (config.condition_noise, config.condition_dropout) if augment else (0.0, 0.0)
    level_noise = config.level_noise if augment and config.mode == "default" else 0.0

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=random)

    def uniform(*shape: int) -> torch.Tensor:
        return torch.rand(*shape, generator=random)

    noisy, hidden = None, None
    if batch.embedding is not None:
        noisy = batch.embedding + condition_noise * normal(*batch.embedding.shape)
        hidden = uniform(sites, 1) < dropout
    # Histories are told as they are: a network that may not trust them to the last digit would be no forecaster.
    plain = (sites, generator.sizes.features)
    known = batch.known * _beside(uniform(*plain) >= dropout, batch.known, 1.0)
    tabular = batch.tabular + _beside(condition_noise * normal(*plain), batch.tabular, 0.0)
    c1 = generator.condition1(noisy, tabular, known, hidden)
    c2 = generator.condition2(noisy, tabular, known, hidden)
    c3 = generator.condition3(noisy, tabular, known, hidden)
    logits = generator.peak(c3)
    q = generator.peak_condition(logits, config.mode)

    def vector_level(network: torch.nn.Module, target: torch.Tensor, condition: torch.Tensor) -> tuple[torch.Tensor, ...]:
        x1, steering = target.repeat(config.repeats, 1), condition.repeat(config.repeats, 1)
        # Times spread evenly over the batch in place of independent ones: still uniform, with less variance.
        t = (torch.randperm(len(x1), generator=random) + uniform(1)).div(len(x1)).clamp(max=1.0)[:, None]
        x0 = normal(*x1.shape)
        xt = between(x0, x1, t)
        velocity = drift(t) * xt + network(xt, network.clock(t[:, 0]), network.prepare(steering))  # type: ignore[operator]
        return velocity, x1 - x0, endpoint(xt, t, velocity)[:sites]

    v1, target1, end1 = vector_level(generator.level1, batch.daily, c1)
    seen_d = batch.daily + level_noise * normal(*batch.daily.shape)
    v2, target2, end2 = vector_level(generator.level2, batch.weekly, torch.cat([c2, seen_d], dim=1))

    daily = generator.white1.inverse(batch.daily)
    noisy_daily = generator.white1.inverse(seen_d)
    noisy_weekly = generator.week(noisy_daily, generator.white2.inverse(batch.weekly + level_noise * normal(*batch.weekly.shape)))

    def by_day(series: torch.Tensor) -> torch.Tensor:
        return series.view(sites, days, DAY).transpose(0, 1)

    x1, measured = generator.white3(by_day(batch.residual)), by_day(batch.measured)
    x0 = generator.prior(normal(*x1.shape))
    t = (torch.randperm(sites, generator=random) + uniform(1)).div(sites).clamp(max=1.0)[:, None]
    xt = between(x0, x1, t)
    steering = generator.level3.prepare(torch.cat([c3, q], dim=1), generator.guide(noisy_daily, noisy_weekly))
    v3 = drift(t) * xt + generator.level3(xt, generator.level3.clock(t[:, 0]), steering, measured.amax(dim=-1, keepdim=True))
    r = generator.white3.inverse(endpoint(xt, t, v3)).transpose(0, 1).reshape(sites, -1)

    hours = torch.arange(days * DAY) % WEEK
    y = generator.week(daily, generator.white2.inverse(batch.weekly))[:, hours] + batch.residual
    if augment and config.mode == "paper" and float(uniform(1)) < config.unroll:  # Algorithm 1, line 10
        daily, weekly, r = generator.levels(c1, c2, c3, normal(sites, SIZE), "paper", {})
        shift = torch.zeros_like(y)
    else:
        weekly = generator.week(daily, generator.white2.inverse(end2))
        # The series as level 1's endpoint would carry it, so that bias and bounds reach every level.
        shift = generator.week(generator.white1.inverse(end1) - daily, torch.zeros_like(weekly))[:, hours]
    estimate = weekly[:, hours] + r
    transform = generator.transform
    return {
        "daily": flow_matching(v1, target1, generator.white1.weights()),
        "weekly": flow_matching(v2, target2, generator.white2.weights()),
        "residual": residual_matching(v3, x1 - x0, measured, generator),
        "bnd": boundary(estimate + shift, transform.bottom, transform.top),
        "tmp": temporal(estimate, y, batch.measured),
        "per": periodic(weekly, daily, r, batch.residual, batch.measured),
        "bias": bias(estimate + shift, y, batch.measured),
        "peak": functional.cross_entropy(logits, batch.peak),
        "corr": correlation(estimate + shift, y, batch.measured),
    }


def _beside(part: torch.Tensor, whole: torch.Tensor, fill: float) -> torch.Tensor:
    """The first columns, filled up to the width of ``whole``."""
    return functional.pad(part.to(whole.dtype), (0, whole.shape[1] - part.shape[1]), value=fill)


def total(parts: Mapping[str, torch.Tensor], auxiliary: Mapping[str, float]) -> torch.Tensor:
    """Eq. 15: the three levels with weight 1, the auxiliary losses with theirs."""
    return torch.stack([auxiliary.get(name, 1.0) * value for name, value in parts.items()]).sum()
