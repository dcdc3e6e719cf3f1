"""Minutes long, run by make soak: whole ensembles of the embedded areas, in flat memory, the same on any number of threads."""

import resource
from pathlib import Path

import numpy as np
import pytest

from netspatial_core.pipeline import PlanRequest, run
from netspatial_core.settings import Settings
from netspatial_core.sources.scene import demos


@pytest.mark.soak
def test_every_area_with_128_draws(tmp_path: Path) -> None:
    settings = Settings()
    for name in demos(settings):
        many = run(PlanRequest(demo=name, draws=128), settings).ensemble.traffic
        one = run(PlanRequest(demo=name, draws=16), settings.model_copy(update={"threads": 1})).ensemble.traffic
        assert np.isfinite(many).all()
        np.testing.assert_array_equal(many[:, :16], one)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 4 << 20  # KiB
