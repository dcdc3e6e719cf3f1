"""Minutes long, run by make soak: whole ensembles of the embedded areas, in flat memory, the same on any number of threads."""

import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from netspatial_core.pipeline import PlanRequest, run
from netspatial_core.settings import Settings
from netspatial_core.sources.dataset import read_dataset
from netspatial_core.sources.scene import dataset_area, demos


@pytest.mark.soak
def test_every_area_with_128_draws(tmp_path: Path) -> None:
    settings = Settings()
    for name in demos(settings):
        many = run(PlanRequest(demo=name, draws=128), settings).ensemble.traffic
        one = run(PlanRequest(demo=name, draws=16), settings.model_copy(update={"threads": 1})).ensemble.traffic
        assert np.isfinite(many).all()
        np.testing.assert_array_equal(many[:, :16], one)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 4 << 20  # KiB


def held_kib(pid: int) -> int:
    """Memory of a process and all below it, pages that several share counted once, KiB (PSS of Linux); 0 of what has ended."""
    try:
        rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        children = [
            int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
        ]
    except OSError:
        return 0
    own = next((int(row.split()[1]) for row in rows if row.startswith("Pss:")), 0)
    return own + sum(held_kib(child) for child in children)


@pytest.mark.soak
def test_a_metropolis_of_the_papers_size(tmp_path: Path) -> None:
    """Under 20 minutes and 6 GB on two cores, all its processes together."""
    out = tmp_path / "metropolis"
    words = ["synth", "--style", "metropolis", "--size-km", "20", "--stations", "5326", "--seed", "7", "--out", str(out)]
    began, most = time.monotonic(), 0
    with subprocess.Popen([sys.executable, "-m", "netspatial_core", *words]) as made:
        while made.poll() is None:
            most = max(most, held_kib(made.pid))
            time.sleep(1.0)
    took = time.monotonic() - began
    sys.stdout.write(f"20 km with 5,326 stations: {took / 60:.1f} minutes, {most / 2**20:.2f} GiB in all processes\n")
    assert made.returncode == 0
    assert took < 20 * 60
    assert 1e8 < 1024 * most < 6e9
    data = read_dataset(out)
    assert len(data.stations.ids) == 5326
    assert data.traffic.shape == (5326, 672)
    assert set(data.split) == {"train", "val", "test"}
    assert dataset_area(data).side_m == 20000
