"""The coefficient of variation rises from a city's centre to its edge (section 2.2 of the paper), in embedded and new cities."""

import numpy as np
import pytest
import shapely
from scipy.stats import spearmanr

from netspatial_core.settings import Settings
from netspatial_core.sources.dataset import read_dataset
from netspatial_core.sources.scene import dataset_area
from netspatial_core.synthetic.city import generate
from netspatial_core.synthetic.demand import demand
from netspatial_core.synthetic.stations import place
from netspatial_core.synthetic.traffic import station_traffic


@pytest.mark.parametrize("name", ["harbour-core", "inland-core"])
def test_traffic_varies_more_towards_the_edge(name: str) -> None:
    data = read_dataset(Settings().data_dir / "demo" / name)
    area = dataset_area(data)
    west, south, east, north = area.bounds
    away = np.hypot(*(area.from_wgs84(data.stations.lonlat) - ((west + east) / 2, (south + north) / 2)).T)
    check_rise(away, data.traffic)


@pytest.mark.parametrize(("style", "seed"), [("metropolis", 303), ("radial", 304)])
def test_a_new_city_varies_more_towards_its_edge_and_stations_stand_where_its_demand_is(style: str, seed: int) -> None:
    city = generate(seed, style, 2400.0)
    model = demand(city)
    layout = place(city, model, 60, seed)
    traffic = station_traffic(city, model, layout.places, seed=seed)
    check_rise(np.hypot(*(layout.places - city.terrain.centre).T), traffic)
    # and stations, where they are few, stand where more is asked for than on dry ground anywhere
    anywhere = np.random.default_rng(5).uniform(200, city.size_m - 200, (400, 2))
    anywhere = anywhere[~shapely.contains_xy(city.terrain.water, *anywhere.T)]
    few = np.concatenate([place(city, model, 8, layout_seed).places for layout_seed in range(8)])
    around = [model.carried_by_new(points, np.empty((0, 2)), reach=150.0).sum(axis=1) for points in (few, anywhere)]
    assert around[0].mean() > 1.05 * around[1].mean()


def check_rise(away: np.ndarray, traffic: np.ndarray) -> None:
    """Rank correlation with the distance from the centre, and the outer third against the inner."""
    variation = traffic.std(axis=1) / traffic.mean(axis=1)
    assert spearmanr(away, variation).statistic > 0.2
    inner, outer = np.quantile(away, [1 / 3, 2 / 3])
    assert np.median(variation[away > outer]) > 1.05 * np.median(variation[away < inner])


def test_the_emerging_district_has_no_station() -> None:
    assert len(read_dataset(Settings().data_dir / "demo" / "harbour-east").stations) == 0
