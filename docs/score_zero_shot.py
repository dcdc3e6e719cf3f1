"""How the shipped model does in whole cities of seeds it has not seen: as a table for docs/synthetic.md.

python -m docs.score_zero_shot build/synthetic-b build/synthetic-n      (minutes; the folders are those synth --scored writes)

Climatology draws from the stations of the same city that are not scored: it knows the city, which the model does not.
"""

import sys
from pathlib import Path

import numpy as np

from netspatial_core.errors import InputError
from netspatial_core.evaluation.heldout import HeldOut, held_out
from netspatial_core.generator.model import Model
from netspatial_core.pipeline import model_folder
from netspatial_core.settings import Settings, get_settings
from netspatial_core.sources.dataset import read_dataset
from netspatial_core.training import Scenes, sites_of

DRAWS, SEED = 256, 0


def score(folder: Path, settings: Settings) -> HeldOut:
    """The figures of the shipped model at the stations of the split test."""
    dataset = read_dataset(folder)
    model = Model.load(model_folder(settings.model, settings))
    known = model.config.get("synthetic_city")
    if dataset.version != known:
        said = f"{folder} is a city of version {dataset.version}; the model knows version {known}."
        raise InputError(said, "Make it again.")
    sites = sites_of(dataset, Scenes(), settings, lambda line: sys.stderr.write(f"{line}\n"))
    rows = np.flatnonzero((sites.split == "test") & (sites.traffic.mean(axis=1) > 0))
    keys = [sites.keys[row] for row in rows]
    made = model.sample(model.condition(sites.context.take(rows)), keys, range(DRAWS), SEED)
    return held_out(made, sites.traffic[rows], sites.traffic[sites.split == "rest"], SEED)


def main(folders: list[Path]) -> None:
    """A row a city."""
    settings = get_settings()
    names = ("city", "stations", "CRPS, GB/h", "climatology", "80 % covers", "level R2", "level ratio", "peak within 1 h")
    sys.stdout.write(f"| {' | '.join(names)} |\n|{'---|' * len(names)}\n")
    for folder in folders:
        made = score(folder, settings)
        sys.stdout.write(
            f"| `{folder.name}` | {made.stations} | {made.crps:.2f} | {made.crps_climatology:.2f} | {made.coverage_80:.0%} "
            f"| {made.level_r2:.2f} | {made.level_ratio:.2f} | {made.peak_within_1h:.0%} |\n"
        )


if __name__ == "__main__":
    main([Path(word) for word in sys.argv[1:]])
