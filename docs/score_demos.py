"""What the shipped model's ranking by mean load is worth in the embedded areas: as a table for docs/synthetic.md.

python -m docs.score_demos          (minutes)
"""

import sys

import numpy as np
import pyarrow.parquet as pq

from netspatial_core.evaluation.usefulness import regret, top_overlap
from netspatial_core.pipeline import PlanRequest, run
from netspatial_core.settings import Settings, get_settings
from netspatial_core.sources.dataset import read_dataset
from netspatial_core.sources.scene import demos

DRAWS, SEED, K = 32, 0, 10


def row(name: str, settings: Settings) -> str:
    """A line on one area: regret and overlap of the ten best, and the median cell's load against the truth's."""
    plan = run(PlanRequest(demo=name, model=settings.model, draws=DRAWS, seed=SEED), settings)
    truth_path = read_dataset(settings.data_dir / "demo" / name).truth_path
    assert truth_path is not None
    truth = np.array(pq.read_table(truth_path, columns=["mean"])["mean"])[plan.cells]
    made = np.median(plan.statistics.mean, axis=1)
    ratio = np.median(made) / np.median(truth)
    return f"| `{name}` | {regret(made, truth, K):.1%} | {top_overlap(made, truth, K) * K:.0f} of {K} | {ratio:.2f} |\n"


def main() -> None:
    """A row an area."""
    settings = get_settings()
    sys.stdout.write("| area | lost by the ten picks | truly best among them | median load, made / true |\n|---|---|---|---|\n")
    for name in demos(settings):
        sys.stdout.write(row(name, settings).replace("%", " %"))


if __name__ == "__main__":
    main()
