"""Where stations stand and what they can carry: more where demand is high, on land, at a distance from each other."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from netspatial_core.errors import InputError
from netspatial_core.synthetic.city import City
from netspatial_core.synthetic.demand import DemandModel
from netspatial_core.synthetic.geometry import Points

SPACING_M = 180.0
SPACING_FLOOR_M = 120.0
EVENNESS = 0.55  # stations go where demand to this power lies: 0 is even over the ground, 1 follows demand
CARRIERS_GBH = (10.0, 20.0, 40.0, 60.0, 90.0, 130.0, 180.0, 250.0, 350.0, 500.0, 700.0, 1000.0)
CELL_M = 50.0


@dataclass(frozen=True)
class StationLayout:
    """Stations of a city.

    Attributes:
        ids: Their names.
        places: Local metres [station, 2].
        capacity: GB/h [station].
    """

    ids: tuple[str, ...]
    places: Points
    capacity: NDArray[np.float64]

    @classmethod
    def none(cls) -> "StationLayout":
        """No stations."""
        return cls((), np.empty((0, 2)), np.empty(0))

    def __len__(self) -> int:
        return len(self.ids)


def place(city: City, model: DemandModel, count: int, seed: int, *, spacing_m: float = SPACING_M) -> StationLayout:
    """Stations by demand and spacing.

    Args:
        city: Where.
        model: Its demand.
        count: How many.
        seed: Of the layout.
        spacing_m: Least distance; gives way, down to 120 m, in a town too small for the count.

    Raises:
        InputError: The city has no room for so many.
    """
    if count == 0:
        return StationLayout.none()
    rng = np.random.default_rng([city.seed, seed, 41])
    cells, weight = _weights(city, model, rng)
    chosen: list[int] = []
    nearest = np.full(len(cells), np.inf)
    spacing = spacing_m
    while len(chosen) < count:
        free = np.where(nearest >= spacing, weight, 0)
        if free.sum() == 0:
            spacing *= 0.93
            if spacing < min(SPACING_FLOOR_M, spacing_m):
                raise InputError(
                    f"{count} stations do not fit on {city.size_m / 1000:g} km x {city.size_m / 1000:g} km.",
                    f"Ask for at most {len(chosen)}, or a larger city.",
                )
            continue
        chosen.append(int(rng.choice(len(cells), p=free / free.sum())))
        nearest = np.minimum(nearest, np.hypot(*(cells - cells[chosen[-1]]).T))
    places = cells[chosen]
    busy = np.percentile(model.carried(places) @ model.profiles, 95, axis=1)
    wanted = busy * rng.uniform(1.1, 2.2, count)
    sizes = np.array(CARRIERS_GBH)
    capacity = sizes[np.minimum(np.searchsorted(sizes, wanted), len(sizes) - 1)]
    return StationLayout(tuple(f"S{i:04d}" for i in range(1, count + 1)), places, capacity)


def _weights(city: City, model: DemandModel, rng: np.random.Generator) -> tuple[Points, NDArray[np.float64]]:
    """A place in each dry cell [cell, 2], and how much it attracts a station [cell]: the demand around it, damped."""
    axis = np.arange(CELL_M / 2, city.size_m, CELL_M)
    cells = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    cells = cells + rng.uniform(-0.4, 0.4, cells.shape) * CELL_M
    cells = cells[~shapely.contains_xy(city.terrain.water.buffer(12), *cells.T)]
    tree = cKDTree(model.places)
    load = model.load.sum(axis=1)
    around = np.array([load[found].sum() for found in tree.query_ball_point(cells, 150.0)])
    return cells, (around + 0.02) ** EVENNESS
