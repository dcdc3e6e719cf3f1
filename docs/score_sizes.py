"""What the sizes of the generator's networks are worth: as a table for docs/method.md.

python -m docs.score_sizes build/corpus      (an hour; the corpus is made by synth-corpus, its places are described once)

Every row is a training of 800 steps with seed 1 and all else as in data/models/training.yaml, upon the shipped fusion; the error
is that of the stations of the embedded city cores, which no training looks at, with 32 draws. Times are of one thread, the
quickest of twenty, and compare rows of one run only.
"""

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from netspatial_core.encoders.tabular import TabularEncoder
from netspatial_core.errors import InputError
from netspatial_core.generator.config import GeneratorConfig
from netspatial_core.generator.ensemble import Condition
from netspatial_core.generator.hierarchy import Generator, multiply_adds
from netspatial_core.generator.train import crps, train_generator
from netspatial_core.pipeline import open_model
from netspatial_core.settings import get_settings
from netspatial_core.sources.dataset import read_dataset
from netspatial_core.training import Scenes, expand, sites_of

STEPS, SEED, DRAWS, TIMES = 800, 1, 32, 20
SIZES: dict[str, dict[str, Any]] = {
    "as shipped": {},
    "half the widths": {"hidden": 64, "daily_width": 64, "weekly_width": 64, "residual_width": 32},
    "twice the widths": {"hidden": 256, "daily_width": 256, "weekly_width": 256, "residual_width": 128},
    "residual half as wide": {"residual_width": 32},
    "residual half as wide again": {"residual_width": 96},
    "residual of one block": {"residual_blocks": 1},
    "residual of five blocks": {"residual_blocks": 5},
    "daily and weekly of one block": {"daily_blocks": 1, "weekly_blocks": 1},
    "daily and weekly of four blocks": {"daily_blocks": 4, "weekly_blocks": 4},
}


def main(folder: Path) -> None:
    """A row a size."""
    settings = get_settings()
    model, scenes = open_model(settings.model, settings), Scenes()
    if model.fusion is None:
        raise InputError(f"{model.name} has no embeddings.", "Name a model with a fusion in NETSPATIAL_MODEL.")
    paths = [*expand([folder]), *(path for path in expand([settings.data_dir / "demo"]) if (path / "splits.parquet").is_file())]
    data = [sites_of(read_dataset(path), scenes, settings, lambda line: sys.stderr.write(f"{line}\n")) for path in paths]
    traffic, split = (np.concatenate([getattr(sites, name) for sites in data]) for name in ("traffic", "split"))
    raw = np.concatenate([sites.context.tabular for sites in data])
    embedding = np.concatenate([model.fusion.embed(sites.context) for sites in data])
    tabular = TabularEncoder.fit(raw[split == "train"]).encode(raw)
    test = np.flatnonzero((split == "test") & np.isfinite(traffic).all(axis=1) & (traffic.mean(axis=1) > 0))
    keys = [key for sites in data for key in sites.keys]
    asked = Condition(embedding, *tabular).take(test)
    sys.stdout.write("| networks | parameters | multiply-adds a series | ms a series | CRPS, GB/h |\n|---|---|---|---|---|\n")
    for name, sizes in SIZES.items():
        config = GeneratorConfig.from_dict({"validate_every": 100, **sizes})
        generator, _ = train_generator(embedding, tabular, traffic, split, config, seed=SEED, steps=STEPS)
        made = generator.sample(asked, [keys[i] for i in test], range(DRAWS), SEED)
        error = float(crps(made, traffic[test]).mean())
        parameters = sum(part.numel() for part in generator.parameters())
        sys.stdout.write(f"| {name} | {parameters:,} | {_work(generator):.1f} M | {_ms(generator, asked):.1f} | {error:.2f} |\n")
        sys.stdout.flush()


def _work(generator: Generator) -> float:
    """Millions of dense multiply-adds of a series: those of an evaluation times the evaluations of each level."""
    config, once = generator.config, multiply_adds(generator)
    return sum(2 * getattr(config, f"{level}_steps") * once[level] for level in ("daily", "weekly", "residual")) / 1e6


def _ms(generator: Generator, condition: Condition) -> float:
    """Milliseconds of one series of one place."""
    one, taken = condition.take(np.array([0])), []
    for draw in range(TIMES):
        began = time.perf_counter()
        generator.sample(one, ["place"], [draw], SEED)
        taken.append(time.perf_counter() - began)
    return 1000 * min(taken)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
