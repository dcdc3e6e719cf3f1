"""What a measured day is worth on two real cities: as a table for docs/method.md.

python -m docs.score_history ../shared/data      (about half an hour)

One generator a city, trained on the plain numbers of its train places (UoMo, counts of POIs of the cell and of its 4 x 4 block)
and on histories; scored at the test places for the hours after the first day. Medians over three seeds, 256 draws; units and
protocol are those of the evaluation: traffic over the 99.9th percentile of train, clipped at 1.
"""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from netspatial_core.generator.config import GeneratorConfig
from netspatial_core.generator.ensemble import Condition
from netspatial_core.generator.train import crps, train_generator

HOURS, DAY, DRAWS, SEEDS, STEPS = 168, 24, 256, (0, 1, 2), 3000
LEAST_STD = 0.2  # a category that hardly occurs in training must not become a huge score elsewhere
CONFIG = GeneratorConfig(
    hidden=64, daily_width=64, weekly_width=64, residual_width=48, residual_blocks=2, condition_noise=0.7, condition_dropout=0.2,
    weight_decay=0.1, learning_rate=2e-3, ema=0.99, validate_every=50, patience=40, history=0.6,
)  # fmt: skip


def read(file: Path) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.str_]]:
    """Traffic [cell, hour] and plain numbers [cell, feature] in the evaluation's units, and the split [cell]."""
    with np.load(file, allow_pickle=False) as data:
        counts, series = data["poi_counts"].astype(float), data["traffic"][:, :, :HOURS].astype(float)
        split = np.repeat(data["split"], series.shape[1])
    block = np.log1p(counts.sum(axis=1, keepdims=True)).repeat(counts.shape[1], axis=1)
    raw = np.concatenate([np.log1p(counts), block], axis=2).reshape(len(split), -1)
    traffic = series.reshape(len(split), -1)
    carried = traffic.max(axis=1) > 0
    raw, traffic, split = raw[carried], traffic[carried], split[carried]
    train = split == "train"
    raw = np.clip(raw, raw[train].min(axis=0), raw[train].max(axis=0))
    raw = (raw - raw[train].mean(axis=0)) / np.maximum(raw[train].std(axis=0), LEAST_STD)
    scaled = np.clip(traffic / np.percentile(traffic[train], 99.9), 0, 1)
    return scaled.astype(np.float32), raw.astype(np.float32), split


def score(folder: Path, city: str) -> dict[str, list[float]]:
    """CRPS and coverage of the 80 % interval of each way, for the hours after the first day."""
    traffic, raw, split = read(folder / f"uomo_{city}.npz")
    train, test = np.flatnonzero(split == "train"), np.flatnonzero(split == "test")
    truth, first = traffic[test][:, DAY:], traffic[test][:, :DAY]
    rows: dict[str, list[list[float]]] = {}

    def note(way: str, made: NDArray[np.float32]) -> None:
        low, high = np.quantile(made, [0.1, 0.9], axis=1, method="weibull")
        covered = float(((truth >= low) & (truth <= high)).mean()) if made.shape[1] > 2 else float("nan")
        rows.setdefault(way, []).append([float(crps(made, truth).mean()), covered])

    naive = np.tile(first, (1, HOURS // DAY - 1))
    rows["the day repeated"] = [[float(np.abs(naive - truth).mean()), float("nan")]]
    ratio = first.mean(axis=1)[:, None] / np.maximum(traffic[train][:, :DAY].mean(axis=1), 1e-4)[None]
    note("other cells' weeks, scaled to the day's level", np.clip(ratio[:, :, None] * traffic[train][None, :, DAY:], 0, 1))
    known = np.ones(raw.shape, dtype=np.bool_)
    for seed in SEEDS:
        generator, log = train_generator(None, (raw, known), traffic, split, CONFIG, seed=seed, steps=STEPS)
        sys.stderr.write(f"{city} seed {seed}: {log[-1]['step']} steps, {log[-1]['seconds']:.0f} s\n")
        condition = Condition(None, raw[test], known[test])
        keys = [f"{city}-{i}" for i in test]
        for way, asked in (
            ("the generator without history", condition),
            ("the generator told the day", generator.with_history(condition, first)),
        ):
            note(way, np.minimum(generator.sample(asked, keys, range(DRAWS), seed), 1)[:, :, DAY:])
    return {way: np.median(np.array(found), axis=0).tolist() for way, found in rows.items()}


def main(folder: Path) -> None:
    """A row a way."""
    cities = {city: score(folder, city) for city in ("sd", "nc")}
    sys.stdout.write("| rest of the week | SD: CRPS | cover 80 | NC: CRPS | cover 80 |\n|---|---|---|---|---|\n")
    for way in cities["sd"]:
        parts = [f"{cities[city][way][0]:.4f} | {cities[city][way][1]:.0%}" for city in cities]
        sys.stdout.write(f"| {way} | {' | '.join(parts)} |\n".replace("nan%", ""))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
