"""Demand of the synthetic city: busy when the paper says so, and the truth about new sites against a brute-force sum."""

import numpy as np
import pytest
from synthetic_towns import port

from netspatial_core.errors import InputError
from netspatial_core.reach import reach_m
from netspatial_core.synthetic.city import City
from netspatial_core.synthetic.demand import DemandModel, demand, expected_traffic
from netspatial_core.synthetic.profiles import CLASSES, week, weeks
from netspatial_core.synthetic.stations import CARRIERS_GBH, place
from netspatial_core.synthetic.traffic import station_traffic


@pytest.fixture(scope="module")
def town() -> City:
    return port()


@pytest.fixture(scope="module")
def model(town: City) -> DemandModel:
    return demand(town)


def days(kind: str) -> tuple[np.ndarray, np.ndarray]:
    hours = week(kind).reshape(7, 24)
    return hours[:5].mean(axis=0), hours[5:].mean(axis=0)


def test_every_profile_has_mean_one_and_is_never_negative() -> None:
    assert weeks().shape == (len(CLASSES), 168)
    np.testing.assert_allclose(weeks().mean(axis=1), 1.0)
    assert (weeks() > 0).all()


def test_offices_peak_twice_on_weekdays() -> None:
    weekday, weekend = days("office")
    assert 10 <= weekday[:13].argmax() <= 11
    assert 15 <= 13 + weekday[13:].argmax() <= 16
    assert weekday.mean() > 3 * weekend.mean()


def test_commerce_peaks_at_noon_and_more_at_weekends() -> None:
    weekday, weekend = days("commercial")
    assert 11 <= weekday.argmax() <= 13
    assert weekend.mean() > 1.1 * weekday.mean()


def test_housing_peaks_in_the_evening_of_every_day() -> None:
    assert set(week("residential").reshape(7, 24).argmax(axis=1)) <= {20, 21, 22}


def test_entertainment_peaks_late_and_at_weekends() -> None:
    weekday, weekend = days("entertainment")
    assert weekend.mean() > 1.4 * weekday.mean()
    assert weekday.argmax() >= 19
    assert week("entertainment")[5 * 24] > 2 * week("entertainment")[1 * 24]  # Friday night reaches into Saturday


@pytest.mark.parametrize("kind", ["university", "school"])
def test_learning_is_done_in_weekday_daytime(kind: str) -> None:
    weekday, weekend = days(kind)
    assert 8 <= weekday.argmax() <= 15
    assert weekday.mean() > 1.5 * weekend.mean()


def test_stations_partition_what_is_within_reach(model: DemandModel) -> None:
    stations = np.random.default_rng(0).uniform(0, 700, (9, 2))
    carried = model.carried(stations, reach=250.0)
    distance = np.hypot(*(model.places[:, None] - stations[None]).transpose(2, 0, 1))
    assert carried.sum() == pytest.approx(model.load[distance.min(axis=1) <= 250].sum(), rel=1e-9)


def test_truth_equals_the_brute_force_sum(model: DemandModel) -> None:
    rng = np.random.default_rng(3)
    stations, points = rng.uniform(0, 700, (8, 2)), rng.uniform(0, 700, (20, 2))
    found = expected_traffic(model, points, stations)
    for point, row in zip(points, found, strict=True):
        network = np.vstack([stations, point])  # the point alone is added
        served = np.hypot(*(model.places[:, None] - network[None]).transpose(2, 0, 1))
        mine = (served.argmin(axis=1) == 8) & (served[:, 8] <= reach_m())
        np.testing.assert_allclose(row, model.load[mine].sum(axis=0) @ weeks(), rtol=1e-9, atol=1e-12)


def test_a_new_station_never_raises_a_neighbours_traffic(model: DemandModel) -> None:
    stations = np.random.default_rng(4).uniform(0, 700, (6, 2))
    before = model.carried(stations).sum(axis=1)
    after = model.carried(np.vstack([stations, [350.0, 350.0]])).sum(axis=1)
    assert (after[:6] <= before + 1e-9).all()
    gained = expected_traffic(model, np.array([[350.0, 350.0]]), stations).mean()
    assert after[6] == pytest.approx(gained, rel=1e-9)
    assert (before - after[:6]).sum() <= gained + 1e-9  # the rest nobody reached before


def test_without_stations_a_site_takes_all_within_reach(model: DemandModel) -> None:
    point = np.array([[350.0, 350.0]])
    near = np.hypot(*(model.places - point).T) <= 200
    found = expected_traffic(model, point, np.empty((0, 2)), reach=200.0)
    assert found.mean() == pytest.approx(model.load[near].sum(), rel=1e-9)


def test_many_months_average_to_the_expected_week(town: City, model: DemandModel) -> None:
    stations = np.random.default_rng(5).uniform(100, 600, (6, 2))
    expected = model.carried(stations) @ model.profiles
    months = np.mean([station_traffic(town, model, stations, seed=s).reshape(6, 4, 168).mean(axis=1) for s in range(150)], axis=0)
    np.testing.assert_allclose(months.mean(axis=1), expected.mean(axis=1), rtol=0.04)
    big = expected > 1
    assert np.abs(months[big] / expected[big] - 1).mean() < 0.04


def test_traffic_is_positive_repeatable_and_noisier_where_little_is_carried(town: City, model: DemandModel) -> None:
    stations = place(town, model, 6, seed=1, spacing_m=150).places
    first = station_traffic(town, model, stations, seed=1)
    assert first.shape == (6, 672)
    assert first.dtype == np.float32
    assert (first >= 0).all()
    assert np.array_equal(first, station_traffic(town, model, stations, seed=1))
    assert not np.array_equal(first, station_traffic(town, model, stations, seed=2))
    weak = DemandModel(model.places, model.load / 1000, model.profiles, model.extent)
    low = station_traffic(town, weak, stations, seed=1) * 1000
    expected = np.tile(model.carried(stations) @ model.profiles, 4)
    spread = [np.diff(np.log(traffic / expected), axis=1).std() for traffic in (first, low)]
    assert spread[1] > 1.3 * spread[0]


def test_stations_stand_on_land_apart_where_the_demand_is(town: City, model: DemandModel) -> None:
    import shapely

    layout = place(town, model, 8, seed=2)
    gaps = np.hypot(*(layout.places[:, None] - layout.places[None]).transpose(2, 0, 1))[~np.eye(8, dtype=bool)]
    assert gaps.min() >= 120
    assert not shapely.contains_xy(town.terrain.water, *layout.places.T).any()
    assert set(layout.capacity) <= set(CARRIERS_GBH)
    busy = np.percentile(model.carried(layout.places) @ model.profiles, 95, axis=1)
    assert (layout.capacity >= np.minimum(busy, CARRIERS_GBH[-1])).all()
    assert len(place(town, model, 0, seed=2)) == 0
    with pytest.raises(InputError, match="do not fit"):
        place(town, model, 500, seed=2)
