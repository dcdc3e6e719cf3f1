"""What a few stations of another operator teach the shipped model: as a table for docs/method.md.

python -m docs.score_tuning      (about ten minutes)

The other operator is made of the two embedded city cores, which the model has never seen: their stations at 0.35 of the load and
everything two hours later. Some of them tune it, the others are scored; medians over three choices of stations.
"""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netspatial_core.generator.ensemble import Condition
from netspatial_core.generator.hierarchy import Generator
from netspatial_core.generator.train import align_level, crps, train_generator
from netspatial_core.pipeline import open_model
from netspatial_core.settings import get_settings
from netspatial_core.sources.dataset import read_dataset
from netspatial_core.training import TUNING_STEPS, Scenes, sites_of

AREAS, SHARE, LATER = ("harbour-core", "inland-core"), 0.35, 2
FEW, CHOICES, DRAWS = (20, 40), (0, 1, 2), 32
SCHEDULES: dict[str, dict[str, Any]] = {
    "the default": {},
    "five times the rate": {"learning_rate": 2.5e-3},
    "a fifth of the rate": {"learning_rate": 1e-4},
    "no decay to the start": {"weight_decay": 0.0},
    "strong decay to the start": {"weight_decay": 25.0},
}

Fit = Callable[[Condition, NDArray[np.float32], NDArray[np.str_], int], Generator]


def main() -> None:
    """A row a way."""
    settings = get_settings()
    model, scenes = open_model(settings.model, settings), Scenes()
    data = [sites_of(read_dataset(settings.data_dir / "demo" / name), scenes, settings, _say) for name in AREAS]
    parts = [model.condition(sites.context) for sites in data]
    embedding = np.concatenate([part.embedding for part in parts if part.embedding is not None])
    condition = Condition(embedding, *(np.concatenate([getattr(part, name) for part in parts]) for name in ("tabular", "known")))
    traffic = SHARE * np.roll(np.concatenate([sites.traffic for sites in data]), LATER, axis=1)
    whole = np.flatnonzero(np.isfinite(traffic).all(axis=1) & (traffic.mean(axis=1) > 0))
    condition, traffic = condition.take(whole), traffic[whole].astype(np.float32)

    def tuned(options: dict[str, Any]) -> Fit:
        def fit(known: Condition, series: NDArray[np.float32], split: NDArray[np.str_], seed: int) -> Generator:
            config, tabular = model.generator.config.tuned(options), (known.tabular, known.known)
            return train_generator(
                known.embedding, tabular, series, split, config, seed=seed, steps=TUNING_STEPS, init=model.generator
            )[0]

        return fit

    def level(known: Condition, series: NDArray[np.float32], split: NDArray[np.str_], seed: int) -> Generator:
        rows = np.flatnonzero(split == "train")
        return align_level(model.generator, model.generator.config, known.take(rows), series[rows], seed)

    ways: dict[str, Fit] = {"as shipped": lambda *_: model.generator, "its level brought into line": level}
    ways |= {f"tuned, {name}": tuned(options) for name, options in SCHEDULES.items()}
    sys.stdout.write(f"| CRPS, GB/h | {' | '.join(f'{few} stations' for few in FEW)} |\n|---|{'---|' * len(FEW)}\n")
    for name, fit in ways.items():
        scores = [np.median([_score(fit, condition, traffic, few, choice) for choice in CHOICES]) for few in FEW]
        sys.stdout.write(f"| {name} | {' | '.join(f'{score:.2f}' for score in scores)} |\n")
        sys.stdout.flush()
    climate = [np.median([_climate(traffic, few, choice) for choice in CHOICES]) for few in FEW]
    sys.stdout.write(f"| climatology of these stations | {' | '.join(f'{score:.2f}' for score in climate)} |\n")


def _split(stations: int, few: int, choice: int) -> NDArray[np.str_]:
    split = np.full(stations, "test", dtype=object)
    split[np.random.default_rng(choice).permutation(stations)[:few]] = "train"
    return split.astype(str)


def _score(fit: Fit, condition: Condition, traffic: NDArray[np.float32], few: int, choice: int) -> float:
    split = _split(len(traffic), few, choice)
    test = np.flatnonzero(split == "test")
    generator = fit(condition, traffic, split, choice)
    made = generator.sample(condition.take(test), [f"station-{i}" for i in test], range(DRAWS), choice)
    return float(crps(made, traffic[test]).mean())


def _climate(traffic: NDArray[np.float32], few: int, choice: int) -> float:
    split = _split(len(traffic), few, choice)
    own, test = traffic[split == "train"], traffic[split == "test"]
    return float(crps(np.broadcast_to(own, (len(test), *own.shape)), test).mean())


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    main()
