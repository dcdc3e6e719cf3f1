"""A toy city for the generator's tests: weekly profiles that depend on the condition, levels over a decade, AR(1) noise."""

import numpy as np

from netspatial_core.generator.config import GeneratorConfig

# networks and a schedule that learn the toy city in a few hundred steps
LEARNS = GeneratorConfig(
    hidden=64,
    daily_width=64,
    weekly_width=32,
    residual_width=32,
    residual_blocks=2,
    batch=64,
    validate_every=100,
    ema=0.98,
    learning_rate=5e-3,
)


def bump(at, width):
    """A bell over the hours of a day."""
    return np.exp(-0.5 * (((np.arange(24) - at + 12) % 24 - 12) / width) ** 2)


def toy(sites, seed=0, hours=672, dim=16, gaps=0.0):
    """Embedding [site, dim], (tabular [site, 2], known), traffic GB/h [site, hour] and kind [site]: 0 office, 1 residential."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 2, sites)
    level = rng.normal(size=sites)
    office = np.stack([0.3 + 2.0 * bump(11, 3.5)] * 5 + [0.3 + 0.4 * bump(13, 4)] * 2)
    home = np.stack([0.5 + 1.2 * bump(21, 3)] * 5 + [0.6 + 1.4 * bump(20, 5)] * 2)
    week = np.where(kind[:, None], home.ravel(), office.ravel())
    noise = np.zeros((sites, hours))
    shock = rng.normal(size=(sites, hours))
    noise[:, 0] = shock[:, 0]
    for t in range(1, hours):
        noise[:, t] = 0.7 * noise[:, t - 1] + np.sqrt(1 - 0.49) * shock[:, t]
    spread = np.where(kind, 0.15, 0.3)[:, None]
    log = np.log(week[:, np.arange(hours) % 168]) + 0.8 * level[:, None] + 0.3 * rng.normal(size=(sites, 1)) + spread * noise
    traffic = np.exp(log).astype(np.float32)
    traffic[rng.random(traffic.shape) < gaps] = np.nan
    axes = np.random.default_rng(99).normal(size=(2, dim))
    embedding = np.stack([2.0 * kind - 1, level], axis=1) @ axes + 0.3 * rng.normal(size=(sites, dim))
    embedding /= np.linalg.norm(embedding, axis=1, keepdims=True)
    tabular = np.stack([level, rng.normal(size=sites)], axis=1).astype(np.float32)
    known = np.ones_like(tabular, dtype=bool)
    known[:, 1] = rng.random(sites) < 0.7
    tabular[~known] = 0
    return embedding.astype(np.float32), (tabular, known), traffic, kind


def splits(sites):
    """70 % train, 15 % val, 15 % test by position."""
    names = np.full(sites, "train", dtype=object)
    names[int(0.7 * sites) :] = "val"
    names[int(0.85 * sites) :] = "test"
    return names.astype(str)
