"""What the picks of each objective would truly carry in the embedded areas: as a table for docs/guide.md.

python -m docs.score_objectives          (minutes: the cities are made again, for the demand behind them)
"""

import sys
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from netspatial_core.pipeline import PlanRequest, run
from netspatial_core.planning.limits import Limits
from netspatial_core.planning.utilities import UTILITIES
from netspatial_core.planning.view import Choice, view
from netspatial_core.settings import Settings, get_settings
from netspatial_core.sources.scene import demos
from netspatial_core.synthetic.build import DEMO_CITIES
from netspatial_core.synthetic.city import generate
from netspatial_core.synthetic.demand import demand

DRAWS, SEED, K, SPACING_M = 32, 0, 10, 300.0
SIZE_M = 4000.0
WAYS = (*((key, "greedy") for key in UTILITIES), ("mean", "exact"), ("mean", "joint"), ("net", "joint"))
NAMES = {"greedy": "best first", "exact": "best set", "joint": "together"}


def truth_of(name: str, settings: Settings) -> tuple[Callable[[NDArray[np.int64]], tuple[float, float]], NDArray[np.float64]]:
    """For an area: what a set of cells truly carries together and how much of it is new, GB/h; and each cell alone [cell]."""
    about = DEMO_CITIES[name]
    city = generate(about["seed"], about["style"], SIZE_M, maturity=about["maturity"])
    model = demand(city)
    from netspatial_core.pipeline import load_scene

    scene = load_scene(name, settings)
    points = city.to_local(scene.area.grid.centres)
    lonlat = scene.stations.lonlat
    stations = city.to_local(scene.area.from_wgs84(lonlat)) if len(lonlat) else np.empty((0, 2))
    before = float(model.carried(stations).sum()) if len(stations) else 0.0

    def carried(cells: NDArray[np.int64]) -> tuple[float, float]:
        loads = model.carried(np.vstack([stations, points[cells]])).sum(axis=1)
        return float(loads[len(stations) :].sum()), float(loads.sum()) - before

    return carried, model.carried_by_new(points, stations).sum(axis=1)


def main() -> None:
    """A table an area: a row a way of choosing."""
    settings = get_settings()
    for name in demos(settings):
        plan = run(PlanRequest(demo=name, model=settings.model, draws=DRAWS, seed=SEED), settings)
        carried, alone = truth_of(name, settings)
        sys.stdout.write(
            f"\n`{name}`, {K} picks, {SPACING_M:g} m apart\n\n"
            "| objective | each alone, summed | together | of it new |\n|---|---|---|---|\n"
        )
        for key, method in WAYS:
            seen = view(plan.pieces, Choice(key, K, None, Limits(SPACING_M), method))  # type: ignore[arg-type]
            picks = seen.selection.picks
            together, new = carried(picks) if len(picks) else (0.0, 0.0)
            short = f" ({len(picks)} picks)" if len(picks) < K else ""
            sys.stdout.write(
                f"| {UTILITIES[key].name}, {NAMES[method]}{short} | {alone[picks].sum():.0f} | {together:.0f} | {new:.0f} |\n"
            )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
