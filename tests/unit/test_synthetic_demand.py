"""Demand of the synthetic city: busy when the paper says so, and the truth about new sites against a brute-force sum."""

import numpy as np
import pytest
from synthetic_towns import dense, dry, port, ringed

from netspatial_core.errors import InputError
from netspatial_core.reach import reach_m
from netspatial_core.synthetic.city import City
from netspatial_core.synthetic.demand import (
    STEADY,
    STEADY_MOST,
    STEADY_SLOPE,
    DemandModel,
    demand,
    density,
    expected_traffic,
    steady_share,
    true_traffic,
)
from netspatial_core.synthetic.profiles import CLASSES, demand_weeks, week
from netspatial_core.synthetic.stations import CARRIERS_GBH, place
from netspatial_core.synthetic.traffic import (
    NOISE_PARTS,
    NOISE_POWER,
    TYPICAL_GBH,
    _hourly,
    restlessness,
    station_traffic,
)


@pytest.fixture(scope="module")
def town() -> City:
    return port()


@pytest.fixture(scope="module")
def model(town: City) -> DemandModel:
    return demand(town)


def days(kind: str) -> tuple[np.ndarray, np.ndarray]:
    hours = week(kind).reshape(7, 24)
    return hours[:5].mean(axis=0), hours[5:].mean(axis=0)


def test_what_is_carried_where_one_use_dwells_peaks_when_the_paper_says() -> None:
    """Figure 3 and section 2.2 on what sites carry: small catchments of four towns, of mostly one use."""
    shapes: dict[str, list[np.ndarray]] = {}
    for city in (port(), dry(), dense(), ringed()):
        made = demand(city)
        points = np.random.default_rng(1).uniform(60, city.size_m - 60, (400, 2))
        load = made.carried_by_new(points, np.empty((0, 2)), reach=45.0)
        moving = load[:, :-1]  # the last class is steady
        for row, share in zip(load, moving / np.maximum(moving.sum(axis=1, keepdims=True), 1e-9), strict=True):
            if row.sum() > 0.2 and share.max() > 0.7:
                shapes.setdefault(CLASSES[int(share.argmax())], []).append(row @ made.profiles / row.sum())
    days = {kind: np.mean(found, axis=0).reshape(7, 24) for kind, found in shapes.items() if len(found) >= 5}
    assert {"residential", "commercial", "office"} <= set(days)
    assert 19 <= days["residential"].mean(axis=0).argmax() <= 22
    assert 9 <= days["office"][:5].mean(axis=0).argmax() <= 18
    assert days["office"][:5].mean() > 1.05 * days["office"][5:].mean()
    assert days["commercial"][5:].mean() > days["commercial"][:5].mean()
    noon = days["commercial"] / days["residential"]
    assert 11 <= noon.mean(axis=0).argmax() <= 16
    if "entertainment" in days:
        assert days["entertainment"][5:].mean() > days["entertainment"][:5].mean()


def test_every_profile_has_mean_one_and_is_never_negative() -> None:
    assert demand_weeks().shape == (len(CLASSES), 168)
    for profiles in (demand_weeks(), np.stack([week(kind) for kind in CLASSES])):
        np.testing.assert_allclose(profiles.mean(axis=1), 1.0)
        assert (profiles > 0).all()


def test_what_is_asked_for_keeps_the_character_of_the_use() -> None:
    """A phone is used everywhere, so demand is less pointed than activity, but it peaks when the paper says."""
    asked = {kind: profile.reshape(7, 24) for kind, profile in zip(CLASSES, demand_weeks(), strict=True)}
    assert 9 <= asked["office"][:5].mean(axis=0).argmax() <= 17
    assert asked["office"][:5].mean() > 1.1 * asked["office"][5:].mean()
    assert 11 <= asked["commercial"][5:].mean(axis=0).argmax() <= 17
    assert asked["commercial"][5:].mean() > asked["commercial"][:5].mean()
    assert set(asked["residential"].argmax(axis=1)) <= {20, 21, 22}
    assert asked["entertainment"][5:].mean() > 1.05 * asked["entertainment"][:5].mean()
    for kind, profile in asked.items():
        if kind == "steady":
            continue
        own = week(kind).reshape(7, 24)
        assert profile.max() < own.max()
        assert np.corrcoef(profile.ravel(), own.ravel())[0, 1] > 0.5


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
        np.testing.assert_allclose(row, model.load[mine].sum(axis=0) @ demand_weeks(), rtol=1e-9, atol=1e-12)


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


def test_traffic_is_positive_and_repeatable(town: City, model: DemandModel) -> None:
    stations = place(town, model, 6, seed=1, spacing_m=150).places
    first = station_traffic(town, model, stations, seed=1)
    assert first.shape == (6, 672)
    assert first.dtype == np.float32
    assert (first >= 0).all()
    assert np.array_equal(first, station_traffic(town, model, stations, seed=1))
    assert not np.array_equal(first, station_traffic(town, model, stations, seed=2))


def test_a_month_has_a_holiday_now_and_then_that_goes_like_a_sunday(town: City, model: DemandModel) -> None:
    """Offices alone: a weekday with a Sunday's shape occurs in about a quarter of the months."""
    office = np.zeros_like(model.load)
    office[:, CLASSES.index("office")] = model.load.sum(axis=1)
    offices = DemandModel(model.places, office, np.stack([week(kind) for kind in CLASSES]))
    everywhere = np.array([[350.0, 350.0]])
    quiet = 0
    for seed in range(60):
        days = station_traffic(town, offices, everywhere, seed=seed).reshape(4, 7, 24)[:, :5].sum(axis=2)
        quiet += int((days < 0.4 * np.median(days)).any())
    assert 8 <= quiet <= 25


def test_noise_is_remembered_and_shared_as_stated() -> None:
    z = np.log(
        _hourly(np.random.default_rng(0), np.ones(150), 13440)
    )  # long: a series' own mean takes what is remembered for weeks
    z = (z - z.mean(axis=1, keepdims=True)) / z.std(axis=1, keepdims=True)
    lag = [float((z[:, k:] * z[:, :-k]).mean()) for k in (1, 24)]
    for hours, found in zip((1, 24), lag, strict=True):
        assert found == pytest.approx(sum(share * rho**hours for share, rho, _ in NOISE_PARTS), abs=0.04)
    others = np.corrcoef(z)[np.triu_indices(150, 1)].mean()
    assert others == pytest.approx(sum(share * common for share, _, common in NOISE_PARTS), abs=0.05)


def test_stations_of_few_people_are_more_restless() -> None:
    factor = 2 ** (1 / -NOISE_POWER)
    load = TYPICAL_GBH * np.array([1.0, factor, 1 / factor, 1e9, 0.0])
    np.testing.assert_allclose(restlessness(load), [1.0, 0.5, 2.0, 0.5, 3.0])  # clipped at both ends
    noise = np.log(_hourly(np.random.default_rng(1), np.repeat([1.0, 2.0], 900), 672)).std(axis=1)
    assert np.median(noise[900:]) / np.median(noise[:900]) == pytest.approx(2, rel=0.1)


def test_density_by_hand() -> None:
    """An even city is as dense at its edge as in its middle; one mass is spread by a Gaussian of 300 m."""
    axis = np.arange(25.0, 4000, 50)
    even = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    load = np.full(len(even), 0.25)  # GB/h in each 50 m x 50 m: 100 GB/h per km2
    np.testing.assert_allclose(density(even, load), 100.0, rtol=1e-6)
    load[:] = 0
    load[40 * 80 + 40] = 1.0
    peak = 1 / (2 * np.pi * 0.3**2)
    found = density(even, load).reshape(80, 80)
    assert found[40, 40] == pytest.approx(peak, rel=0.01)
    assert found[40, 46] == pytest.approx(peak * np.exp(-0.5), rel=0.01)  # 300 m away


def test_what_neighbours_lose_is_what_they_carried(model: DemandModel) -> None:
    rng = np.random.default_rng(4)
    stations, points = rng.uniform(0, 700, (6, 2)), rng.uniform(0, 700, (9, 2))
    for reach in (150.0, 400.0):
        carried, lost = model.taken_by_new(points, stations, reach)
        one_by_one = [true_traffic(model, point, stations, reach).lost.sum() / 168 for point in points]
        np.testing.assert_allclose(lost, one_by_one, rtol=1e-9, atol=1e-9)
        assert (lost <= carried.sum(axis=1) + 1e-9).all()
    assert not model.taken_by_new(points, np.empty((0, 2)))[1].any()


def test_the_steady_share_grows_with_density_within_bounds() -> None:
    share = steady_share(np.array([0.0, 30.0, 300.0, 300.0 * np.e, 1e9]))
    assert (np.diff(share) >= 0).all()
    assert share[0] == 0
    assert share[2] == STEADY
    assert share[3] == pytest.approx(STEADY + STEADY_SLOPE)
    assert share[4] == STEADY_MOST


def test_the_steady_part_is_the_share_of_the_density_around_and_never_moves(town: City, model: DemandModel) -> None:
    total = model.load.sum(axis=1)
    shares = model.load[:, CLASSES.index("steady")] / np.maximum(total, 1e-12)
    np.testing.assert_allclose(shares[total > 0], steady_share(density(model.places, total))[total > 0])
    assert not demand_weeks()[CLASSES.index("steady")].std()


def test_stations_stand_on_land_apart_and_can_carry_their_busy_hour(town: City, model: DemandModel) -> None:
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
