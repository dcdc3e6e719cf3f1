"""A scenario generated from its base is that of a run of its own, and makes no more than what has changed."""

from dataclasses import replace

import numpy as np
import pytest
import shapely

from netspatial_core.errors import InputError
from netspatial_core.pipeline import Plan, PlanRequest, Progress, encoders, run
from netspatial_core.planning.development import Development
from netspatial_core.planning.scenario import Poi, Scenario, Site
from netspatial_core.planning.trust import MODALITIES
from netspatial_core.settings import Settings

REQUEST = PlanRequest(demo="harbour-core", draws=2)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A cache of its own, so that scenarios are encoded here and nowhere else."""
    return Settings(cache_dir=tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Another cache, for the runs that know of no base."""
    return Settings(cache_dir=tmp_path_factory.mktemp("apart"))


@pytest.fixture(scope="module")
def base(settings: Settings) -> Plan:
    return run(REQUEST, settings)


def centre(plan: Plan, cell: str) -> tuple[float, float]:
    lon, lat = plan.grid.centres_wgs84[plan.grid.ids.index(cell)]
    return float(lon), float(lat)


def both_ways(base: Plan, scenario: Scenario, settings: Settings, apart: Settings) -> tuple[Plan, int]:
    """The scenario from its base, proven equal to one without it; and how many series were generated."""
    steps: list[Progress] = []
    request = replace(REQUEST, scenario=scenario)
    made = run(request, settings, on_progress=steps.append, base=base)
    alone = run(request, apart)
    np.testing.assert_array_equal(made.cells, alone.cells)
    np.testing.assert_array_equal(made.ensemble.traffic, alone.ensemble.traffic)
    np.testing.assert_array_equal(made.statistics.mean, alone.statistics.mean)
    for name in MODALITIES:
        np.testing.assert_array_equal(made.trust.without[name], alone.trust.without[name])
    assert made.provenance == alone.provenance
    assert made.provenance["fingerprint"] != base.provenance["fingerprint"]
    return made, max((step.total for step in steps if step.stage == "draws"), default=0) // 2


def changed(base: Plan, made: Plan) -> np.ndarray:
    """Cells of both plans with other traffic [cell]."""
    out = np.zeros(len(base.grid), dtype=bool)
    shared = np.intersect1d(base.cells, made.cells)
    rows = [np.searchsorted(plan.cells, shared) for plan in (base, made)]
    out[shared] = (base.ensemble.traffic[rows[0]] != made.ensemble.traffic[rows[1]]).any(axis=(1, 2))
    return out


def test_a_site_changes_its_neighbours_and_nothing_farther(base: Plan, settings: Settings, apart: Settings) -> None:
    cell = base.grid.ids[base.cells[len(base.cells) // 2]]
    made, generated = both_ways(base, Scenario(sites=(Site("A", *centre(base, cell)),)), settings, apart)
    away = np.hypot(*(base.grid.centres - base.grid.centres[base.grid.ids.index(cell)]).T)
    touched = changed(base, made)
    assert 0 < touched.sum() <= generated < len(base.cells)
    assert away[touched].max() < 1500
    assert base.grid.ids.index(cell) not in made.cells  # too near to what stands there now


def test_pois_change_the_cells_that_know_them(base: Plan, settings: Settings, apart: Settings) -> None:
    cell = base.grid.ids[base.cells[100]]
    shops = tuple(Poi(*centre(base, cell), (("shop", kind),)) for kind in ("mall", "supermarket", "clothes"))
    made, generated = both_ways(base, Scenario(added=shops, removed=(5,)), settings, apart)
    touched = changed(base, made)
    assert touched[base.grid.ids.index(cell)]
    assert 0 < touched.sum() <= generated < len(base.cells)


def test_a_building_zone_is_encoded_where_it_lies(base: Plan, settings: Settings, apart: Settings) -> None:
    green = np.flatnonzero(base.reasons == "green")[0]
    lon, lat = base.grid.centres_wgs84[green]
    zone = Development(
        "new town", shapely.box(lon - 0.002, lat - 0.0015, lon + 0.002, lat + 0.0015), base.grid.ids[base.cells[0]]
    )
    made, generated = both_ways(base, Scenario(developments=(zone,)), settings, apart)
    assert made.reasons[green] == ""
    assert generated < len(made.cells)
    assert "ground supposed (new town)" in made.flags[green]
    # encoded as one whole, without anything from before: last bits may differ from features that another machine has kept
    whole = encoders(apart).context(made.scene, made.grid.centres)
    far = 1 - (whole.vision * made.context.vision).sum(axis=1) / 2  # both discs have norm 1
    assert far[whole.has_vision].max() < 0.01
    moved = 1 - (base.context.vision * made.context.vision).sum(axis=1) / 2
    assert moved[green] > 0.03
    assert (base.context.vision == made.context.vision).all(axis=1).mean() > 0.3, "far away nothing is encoded anew"
    said = [context.poi_surroundings[context.poi_index] for context in (whole, made.context)]
    np.testing.assert_allclose(*said, atol=0.02)
    np.testing.assert_array_equal(whole.tabular, made.context.tabular)


def test_stations_that_are_off_free_their_ground(base: Plan, settings: Settings, apart: Settings) -> None:
    made, _ = both_ways(base, Scenario(off=base.scene.stations.ids[:1]), settings, apart)
    assert len(made.cells) >= len(base.cells)
    assert changed(base, made).any()


def test_a_base_of_something_else_is_refused(base: Plan, settings: Settings) -> None:
    with pytest.raises(InputError, match="another seed"):
        run(replace(REQUEST, seed=1, scenario=Scenario(removed=(1,))), settings, base=base)
    with pytest.raises(InputError, match="another area"):
        run(PlanRequest(demo="inland-core", draws=2), settings, base=base)
