from pathlib import Path

import numpy as np
import pytest

from netspatial_core.area import StudyArea
from netspatial_core.planning.station_load import station_loads
from netspatial_core.sources.dataset import read_dataset, write_dataset
from netspatial_core.sources.scene import area_json

AREA = StudyArea.from_centre(9.0, 47.0, 0.5, name="small")


def test_loads_are_over_the_hours_seen(tmp_path: Path):
    traffic = np.full((3, 168), np.nan, np.float32)
    traffic[0, :19] = np.arange(1, 20)  # 19 hours of 1 to 19: mean 10, the 95th percentile is rank 0.95 x (19 + 1) = 19
    traffic[1, 0] = 4.0
    folder = write_dataset(
        tmp_path / "small", name="small", tz="UTC", licence="CC0-1.0", kind="synthetic", version="1", station_ids=["A", "B", "C"],
        lonlat=np.array([AREA.centre, (9.5, 47.0), (np.nan, np.nan)]), capacity=np.array([38.0, np.nan, 5.0]), traffic=traffic,
        first_hour="2024-01-01T00:00", extra={"area": area_json(AREA)},
    )  # fmt: skip
    inside, outside = station_loads(read_dataset(folder), AREA.grid)  # the third has no place on the map
    assert (inside.station, inside.cell, inside.inside) == ("A", "R03C03", True)
    assert (inside.mean, inside.busy, inside.used, inside.hours) == (pytest.approx(10), pytest.approx(19), pytest.approx(0.5), 19)
    assert (outside.station, outside.inside, outside.mean, outside.hours) == ("B", False, 4.0, 1)
    assert np.isnan(outside.used)
