import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from netspatial_core.catchment import assign, catchments, taken
from netspatial_core.reach import reach_m

R = 700.0
DISC_KM2 = math.pi * R**2 / 1e6
ORIGIN = np.zeros((1, 2))

places = st.lists(
    st.tuples(st.floats(-1500, 1500), st.floats(-1500, 1500)),
    min_size=1,
    max_size=12,
    unique_by=lambda p: (round(p[0]), round(p[1])),
).map(lambda p: np.array(p, dtype=float))


def segment_km2(distance: float) -> float:
    """Surface of the disc beyond a straight line at a distance from its centre."""
    return (R**2 * math.acos(distance / R) - distance * math.sqrt(R**2 - distance**2)) / 1e6


def test_alone_a_place_takes_its_whole_reach() -> None:
    alone = catchments(ORIGIN, np.empty((0, 2)), reach=R)
    assert alone.area_km2[0] == pytest.approx(DISC_KM2)
    assert alone.nearest_m[0] == math.inf
    far = catchments(ORIGIN, np.array([[2 * R + 1, 0.0]]), reach=R)
    assert far.area_km2[0] == pytest.approx(DISC_KM2)
    assert far.nearest_m[0] == pytest.approx(2 * R + 1)


def test_the_default_reach_is_the_one_reach_function() -> None:
    assert catchments(ORIGIN, np.empty((0, 2))).area_km2[0] == pytest.approx(math.pi * reach_m() ** 2 / 1e6)


@pytest.mark.parametrize("distance", [100.0, 400.0, 900.0, 1300.0])
def test_one_rival_cuts_off_the_segment_beyond_the_half_plane(distance: float) -> None:
    got = catchments(ORIGIN, np.array([[0.6 * distance, 0.8 * distance]]), reach=R)
    assert got.area_km2[0] == pytest.approx(DISC_KM2 - segment_km2(distance / 2), abs=0.01 * DISC_KM2)
    assert got.nearest_m[0] == pytest.approx(distance)


def test_four_rivals_leave_the_square_of_half_their_distance() -> None:
    rivals = np.array([[600.0, 0], [-600.0, 0], [0, 600.0], [0, -600.0]])
    assert catchments(ORIGIN, rivals, reach=R).area_km2[0] == pytest.approx(0.36, abs=0.01 * DISC_KM2)


def test_two_rivals_opposite_cut_two_segments() -> None:
    rivals = np.array([[800.0, 0], [-1000.0, 0]])
    expected = DISC_KM2 - segment_km2(400) - segment_km2(500)
    assert catchments(ORIGIN, rivals, reach=R).area_km2[0] == pytest.approx(expected, abs=0.01 * DISC_KM2)


def test_a_station_does_not_compete_with_itself_but_a_candidate_does() -> None:
    stations = np.array([[0.0, 0.0], [500.0, 0.0]])
    own = catchments(stations, stations, reach=R, own=np.arange(2))
    assert own.nearest_m == pytest.approx([500, 500])
    assert own.area_km2 == pytest.approx([DISC_KM2 - segment_km2(250)] * 2, abs=0.01 * DISC_KM2)
    beside = catchments(stations[:1], stations, reach=R)
    assert beside.nearest_m[0] == 0
    assert beside.area_km2[0] == pytest.approx(own.area_km2[0] / 2)  # two on one mast share its ground


def test_the_only_station_has_no_neighbour() -> None:
    only = catchments(ORIGIN, ORIGIN, reach=R, own=np.array([0]))
    assert only.nearest_m[0] == math.inf
    assert only.area_km2[0] == pytest.approx(DISC_KM2)


@given(places)
@settings(max_examples=40, deadline=None)
def test_catchments_of_stations_are_the_ground_that_is_assigned_to_them(stations: np.ndarray) -> None:
    got = catchments(stations, stations, reach=R, own=np.arange(len(stations)))
    step = 40.0
    axis = np.arange(-1500 - R, 1500 + R, step) + step / 2
    ground = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    counted = np.bincount(assign(ground, stations, R) + 1, minlength=len(stations) + 1)[1:] * step**2 / 1e6
    assert got.area_km2 == pytest.approx(counted, abs=0.03 * DISC_KM2)
    assert (got.area_km2 <= DISC_KM2 * (1 + 1e-9)).all()


@given(places, st.tuples(st.floats(-1500, 1500), st.floats(-1500, 1500)))
@settings(max_examples=40, deadline=None)
def test_a_further_station_never_enlarges_a_catchment(stations: np.ndarray, extra: tuple[float, float]) -> None:
    before = catchments(ORIGIN, stations, reach=R)
    after = catchments(ORIGIN, np.vstack([stations, extra]), reach=R)
    assert after.area_km2[0] <= before.area_km2[0]
    assert after.nearest_m[0] <= before.nearest_m[0]


def test_assign_takes_the_nearest_within_reach() -> None:
    stations = np.array([[0.0, 0.0], [1000.0, 0.0]])
    demand = np.array([[100.0, 0.0], [499.0, 0.0], [501.0, 0.0], [1000.0, 699.0], [1000.0, 701.0], [5000.0, 0.0]])
    assert assign(demand, stations, R).tolist() == [0, 0, 1, 1, -1, -1]
    assert assign(demand, np.empty((0, 2)), R).tolist() == [-1] * 6
    assert assign(np.array([[reach_m() - 1, 0.0], [reach_m() + 1, 0.0]]), stations[:1]).tolist() == [0, -1]


def test_what_is_taken_is_counted_by_hand() -> None:
    stations = np.array([[0.0, 0.0], [1000.0, 0.0]])
    pois = np.array([[100.0, 0.0], [499.0, 0.0], [501.0, 0.0], [1000.0, 699.0], [1000.0, 701.0], [-650.0, 0.0]])
    assert taken(stations, pois, stations, reach=R, own=np.arange(2)).tolist() == [3, 2]
    assert taken(np.array([[500.0, 0.0]]), pois, stations, reach=R).tolist() == [2]  # what is nearer to it than to either
    assert taken(ORIGIN, pois, np.empty((0, 2)), reach=R).tolist() == [4]
    assert taken(ORIGIN, pois, ORIGIN, reach=R, own=np.array([0])).tolist() == [4]
    assert taken(ORIGIN, pois, ORIGIN, reach=R).tolist() == [2]  # two on one mast share
    assert taken(ORIGIN, np.empty((0, 2)), stations, reach=R).tolist() == [0]


@given(places, places)
@settings(max_examples=40, deadline=None)
def test_stations_take_what_is_assigned_to_them(stations: np.ndarray, pois: np.ndarray) -> None:
    got = taken(stations, pois, stations, reach=R, own=np.arange(len(stations)))
    distance = np.sort(np.hypot(*(pois[:, None] - stations[None]).transpose(2, 0, 1)), axis=1)
    apart = len(stations) < 2 or (distance[:, 1] - distance[:, 0] > 0.1).all()
    assume(apart and (np.abs(distance[:, 0] - R) > 0.1).all())  # a place as near to two stations counts for both
    assert got.tolist() == np.bincount(assign(pois, stations, R) + 1, minlength=len(stations) + 1)[1:].tolist()
