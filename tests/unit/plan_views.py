"""A small plan made by hand, shared by the tests of facts and exports."""

import numpy as np

from netspatial_core.area import StudyArea
from netspatial_core.planning.statistics import statistics
from netspatial_core.planning.trust import Trust
from netspatial_core.planning.view import Choice, PlanPieces, PlanView, view

PROVENANCE = {
    "seed": 7,
    "model": {"name": "test-model", "sha256": "ab" * 32},
    "attribution": ["© OpenStreetMap contributors, ODbL"],
    "inputs": {
        "imagery": "/home/planner/secret-project/tiles.tif",
        "pois": "https://user:hunter2@maps.example.org/api?key=abc&zoom=3",
    },
    "api_key": "abc123",
    "command": "plan --imagery /data/in/tiles.tif --out=/tmp/x/y --pois overpass",
}


def traffic(cells: int, draws: int = 5, hours: int = 168) -> np.ndarray:
    """Traffic [cell, draw, hour] that peaks at 20:00 and halves on weekends."""
    rng = np.random.default_rng(11)
    hour = np.arange(hours)
    shape = (1.3 + np.cos((hour - 20) * np.pi / 12)) * np.where(hour % 168 >= 120, 0.5, 1.0)
    level = np.linspace(1, 6, cells)[:, None, None] * rng.lognormal(0, 0.1, (cells, draws, 1))
    return (level * shape * rng.lognormal(0, 0.01, (cells, draws, hours))).astype(np.float32)


def pieces() -> tuple[PlanPieces, np.ndarray]:
    """A 5 x 5 grid: water in the first column, a failed cell, flags; and its traffic."""
    grid = StudyArea.from_centre(121.47, 31.23, 0.5).grid
    reasons = np.where(grid.columns == 1, "water", "").astype("<U8")
    cells = np.flatnonzero(reasons == "")
    made = traffic(len(cells))
    made[3, 1, 5] = np.nan
    flags = [() for _ in grid.ids]
    flags[int(cells[-1])] = ("=cmd|' /C calc'!A0", "imagery missing")
    known = np.where(reasons == "", np.linspace(0, 1, len(grid)), np.nan)
    trust = Trust(known, {"imagery": 0.5 + known, "pois": 1.5 - known})
    return PlanPieces(grid, reasons, cells, statistics(made), tuple(flags), PROVENANCE, "synthetic", trust=trust), made


def plan_view(**choices) -> PlanView:
    """That plan seen by mean load."""
    return view(pieces()[0], Choice(**{"utility": "mean", "k": 4, "floor": 0.0} | choices))
