"""What holds for every synthetic city and every layout of stations, by hypothesis (issue: the truth about demand inside)."""

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from shapely.geometry import Point, Polygon
from synthetic_towns import port

from netspatial_core.synthetic import light
from netspatial_core.synthetic.city import generate
from netspatial_core.synthetic.demand import DemandModel, demand, true_traffic
from netspatial_core.synthetic.places import PLACES, pois
from netspatial_core.synthetic.style import STYLES

SIDE_M = 400.0
whole = settings(deadline=None, max_examples=8, suppress_health_check=[HealthCheck.too_slow])
often = settings(deadline=None, max_examples=40)
places = st.integers(1, 12).flatmap(lambda n: arrays(np.float64, (n, 2), elements=st.floats(0, 700)))
spots = arrays(np.float64, 2, elements=st.floats(0, 700))


@pytest.fixture(scope="module")
def model() -> DemandModel:
    return demand(port())


@whole
@given(st.integers(0, 10**6), st.sampled_from(sorted(STYLES)), st.sampled_from([0.4, 1.0]))
def test_no_building_stands_in_water_or_on_a_road_and_every_poi_is_in_a_building_of_its_use(
    seed: int, style: str, maturity: float
) -> None:
    city = generate(seed, style, SIDE_M, maturity=maturity, workers=1)
    roads = shapely.union_all([road.line.buffer(road.built.width / 2, cap_style="flat") for road in city.roads])
    for building in city.buildings:
        house = Polygon(building.ring).buffer(0)
        assert not house.intersects(city.terrain.water)
        assert house.intersection(roads).area < 1.0
    for poi in pois(city):
        if poi.building >= 0:
            building = city.buildings[poi.building]
            assert Polygon(building.ring).buffer(0.1).contains(Point(poi.place))
            assert any(poi.tags.get(kind.key) == kind.value for kind in PLACES[building.use])


@often
@given(st.floats(5, 150), st.integers(8, 40))
def test_a_shadow_lies_on_the_side_away_from_the_sun(height: float, half: int) -> None:
    """One block of a height in the middle of flat ground: what it darkens lies beyond it, none of it towards the sun."""
    heights = np.zeros((400, 400), np.float32)
    heights[200 - half : 200 + half, 200 - half : 200 + half] = height
    rows, columns = np.nonzero((light.cast_shadow(heights, 1.2) > 0.5) & (heights == 0))
    assert len(rows)
    towards = light.SUN[:2] + light.LEAN  # the leaning picture turns the shadow a little
    along = np.column_stack([columns - 199.5, rows - 199.5]) @ towards / np.hypot(*towards)
    assert along.max() < half * np.sqrt(2)  # none of it beyond the block's own sunny corner
    assert along.mean() < -0.3 * half


@often
@given(places, st.floats(50, 900))
def test_catchments_partition_the_demand(model: DemandModel, stations: NDArray[np.float64], reach: float) -> None:
    """The sum over stations is what lies within reach of any, to 1e-9."""
    distance = np.hypot(*(model.places[:, None] - stations[None]).transpose(2, 0, 1)).min(axis=1)
    near, sure = distance <= reach - 1e-6, distance <= reach + 1e-6
    served = model.carried(stations, reach).sum()
    if (near == sure).all():
        assert served == pytest.approx(model.load[near].sum(), rel=1e-9)
    assert model.load[near].sum() * (1 - 1e-9) <= served <= model.load[sure].sum() * (1 + 1e-9)


@often
@given(places, spots)
def test_a_new_station_never_raises_a_neighbours_traffic_and_takes_what_they_lose(
    model: DemandModel, stations: NDArray[np.float64], point: NDArray[np.float64]
) -> None:
    assume(np.hypot(*(stations - point).T).min() > 0.1)  # a site on a station's own mast is no new site
    found = true_traffic(model, point, stations)
    assert (found.lost >= -1e-9).all()
    before = model.carried(stations).sum()
    after = model.carried(np.vstack([stations, point])).sum()
    gained = found.carried.mean() - found.lost.sum(axis=0).mean()  # what nobody reached before
    assert gained == pytest.approx(after - before, rel=1e-9, abs=1e-9 * before)
