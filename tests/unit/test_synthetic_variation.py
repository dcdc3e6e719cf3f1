"""The coefficient of variation rises from a city's centre to its edge (section 2.2 of the paper) in the embedded cities."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from netspatial_core.settings import Settings
from netspatial_core.sources.dataset import read_dataset
from netspatial_core.sources.scene import dataset_area


@pytest.mark.parametrize("name", ["harbour-core", "inland-core"])
def test_traffic_varies_more_towards_the_edge(name: str) -> None:
    data = read_dataset(Settings().data_dir / "demo" / name)
    area = dataset_area(data)
    west, south, east, north = area.bounds
    away = np.hypot(*(area.from_wgs84(data.stations.lonlat) - ((west + east) / 2, (south + north) / 2)).T)
    variation = data.traffic.std(axis=1) / data.traffic.mean(axis=1)
    assert spearmanr(away, variation).statistic > 0.2
    inner, outer = np.quantile(away, [1 / 3, 2 / 3])
    assert np.median(variation[away > outer]) > 1.05 * np.median(variation[away < inner])
