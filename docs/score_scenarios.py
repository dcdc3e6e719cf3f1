"""How far scenarios are from the truth in the embedded areas: as tables for docs/guide.md.

python -m docs.score_scenarios          (minutes: the cities are made again, for the demand behind them)

Errors are sums of absolute errors over the sum of what is true.
"""

import sys
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from netspatial_core.area import point_scale
from netspatial_core.pipeline import Plan, PlanRequest, load_scene, run
from netspatial_core.planning.effect import effect
from netspatial_core.planning.scenario import Scenario, Site
from netspatial_core.planning.station_load import station_loads
from netspatial_core.settings import Settings, get_settings
from netspatial_core.sources.dataset import read_dataset
from netspatial_core.sources.scene import demos
from netspatial_core.synthetic.build import DEMO_CITIES
from netspatial_core.synthetic.city import generate
from netspatial_core.synthetic.demand import DemandModel, demand

DRAWS, SEED, SITES, MOVES = 32, 0, 60, 6
SIZE_M = 4000.0


class Ground:
    """An area with the demand behind it, all in the city's metres."""

    def __init__(self, name: str, settings: Settings) -> None:
        about = DEMO_CITIES[name]
        self.city = generate(about["seed"], about["style"], SIZE_M, maturity=about["maturity"])
        self.demand: DemandModel = demand(self.city)
        self.scene = load_scene(name, settings)
        self.cells = self.city.to_local(self.scene.area.grid.centres)
        self.stations = self.city.to_local(self.scene.area.from_wgs84(self.scene.stations.lonlat))

    def carried(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """True mean load of each of some stations [station], GB/h."""
        return self.demand.carried(places).sum(axis=1)


def wape(made: NDArray[np.float64], true: NDArray[np.float64]) -> float:
    """Sum of absolute errors over the sum of what is true."""
    return float(np.abs(made - true).sum() / true.sum())


def network(name: str, plan: Plan, ground: Ground, settings: Settings) -> tuple[float, float, float, float]:
    """Errors of what new sites carry, what neighbours lose in sum and one by one, and what neighbours of one that is off gain."""
    grid, scene = plan.grid, plan.scene
    scale = point_scale(scene.area.epsg, *scene.area.centre)
    stations = scene.area.from_wgs84(scene.stations.lonlat) / scale
    seen = {load.station: load.mean for load in station_loads(read_dataset(settings.data_dir / "demo" / name), grid)}
    observed = np.array([seen.get(station, np.nan) for station in scene.stations.ids])
    everyone, field = np.ones(len(stations), dtype=bool), plan.pieces.demand
    before = ground.carried(ground.stations)
    chosen = np.random.default_rng(SEED).choice(plan.cells, min(SITES, len(plan.cells)), replace=False)
    sites, lost = [], []
    for cell in chosen:
        made = effect(field, stations, observed, everyone, grid.centres[[cell]] / scale)
        then = ground.carried(np.vstack([ground.stations, ground.cells[cell]]))
        sites.append((made.sites[0], then[-1]))
        lost.append((made.before - made.after, before - then[:-1]))
    gained = []
    for station in range(len(stations)):
        on = everyone.copy()
        on[station] = False
        made = effect(field, stations, observed, on, np.empty((0, 2)))
        gained.append(((made.after - made.before)[on], ground.carried(ground.stations[on]) - before[on]))
    one_by_one = np.array([np.concatenate([pair[k] for pair in lost]) for k in (0, 1)])
    in_sum = np.array([[pair[k].sum() for pair in lost] for k in (0, 1)])
    handed = np.array([np.concatenate([pair[k] for pair in gained]) for k in (0, 1)])
    carried = np.array(sites).T
    return wape(*carried), wape(*in_sum), wape(*one_by_one), wape(*handed)


def regenerated(name: str, plan: Plan, ground: Ground, settings: Settings) -> tuple[float, float, float]:
    """Of cells that a new site changes: errors of their mean loads as they were, and regenerated; and the cells' mean share."""
    request = PlanRequest(demo=name, model=settings.model, draws=DRAWS, seed=SEED)
    best = plan.cells[np.argsort(-np.median(plan.statistics.mean, axis=1))[: 3 * MOVES : 3]]
    stale, fresh, true, share = [], [], [], []
    for cell in best:
        lon, lat = (float(x) for x in plan.grid.centres_wgs84[cell])
        made = run(replace(request, scenario=Scenario(sites=(Site("New 1", lon, lat),))), settings, base=plan)
        shared = np.intersect1d(plan.cells, made.cells)
        a, b = (np.median(p.statistics.mean[np.searchsorted(p.cells, shared)], axis=1) for p in (plan, made))
        changed = a != b
        share.append(changed.mean())
        stale.append(a[changed])
        fresh.append(b[changed])
        with_site = np.vstack([ground.stations, ground.cells[cell]])
        true.append(ground.demand.carried_by_new(ground.cells[shared[changed]], with_site).sum(axis=1))
    truth = np.concatenate(true)
    return wape(np.concatenate(stale), truth), wape(np.concatenate(fresh), truth), float(np.mean(share))


def main() -> None:
    """Two tables, a row an area that has stations."""
    settings = get_settings()
    first = "| area | a new site carries | its neighbours lose, in sum | one by one | neighbours of one that is off gain |\n"
    first += "|---|---|---|---|---|\n"
    second = "| area | cells that a site changes | their mean loads left as they were | regenerated |\n"
    second += "|---|---|---|---|\n"
    for name in demos(settings):
        ground = Ground(name, settings)
        if len(ground.stations) == 0:
            continue
        plan = run(PlanRequest(demo=name, model=settings.model, draws=DRAWS, seed=SEED), settings)
        first += f"| `{name}` | " + " | ".join(f"{100 * e:.1f} %" for e in network(name, plan, ground, settings)) + " |\n"
        stale, fresh, share = regenerated(name, plan, ground, settings)
        second += f"| `{name}` | {100 * share:.0f} % | {100 * stale:.1f} % | {100 * fresh:.1f} % |\n"
    sys.stdout.write(f"{first}\n{second}")


if __name__ == "__main__":
    main()
