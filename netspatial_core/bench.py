"""The budgets of the design, measured on this machine: medians of a few runs, written as JSON whose keys end in their unit."""

import json
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from netspatial_core import __version__
from netspatial_core.encoders.context import Encoders
from netspatial_core.engine import LocalEngine
from netspatial_core.errors import InputError
from netspatial_core.generator.hierarchy import multiply_adds
from netspatial_core.pipeline import PlanRequest, Progress, describe, load_scene, open_model, place_keys, run
from netspatial_core.planning.view import PlanPieces, view
from netspatial_core.settings import Settings
from netspatial_core.sources.scene import demos

BUDGETS = {  # of DESIGN, on two cores
    "one_site_ms": 15.0,
    "grid_900x1_s": 2.0,
    "grid_900x32_s": 30.0,
    "encode_cold_s": 20.0,
    "encode_cached_s": 0.3,
    "rerank_s": 0.2,
}


def run_bench(settings: Settings, *, demo: str | None = None, repeats: int = 3, seed: int = 0) -> dict[str, Any]:
    """Every figure once; see ``BUDGETS`` for what the design allows.

    Raises:
        InputError: There is no demo to measure on.
    """
    names = demos(settings)
    if not names:
        raise InputError("There is no demo to measure on.", "Install data/demo, or name one with --demo.")
    name = demo or names[0]
    scene = load_scene(name, settings)
    model = open_model(settings.model, settings)
    points = scene.area.grid.centres
    with tempfile.TemporaryDirectory() as folder:
        # the weights are those of the real cache; only what is computed from the scene starts cold
        (Path(folder) / "weights").symlink_to(settings.cache_dir / "weights")
        encoders = Encoders(settings.model_copy(update={"cache_dir": Path(folder)}))
        began = time.perf_counter()
        context = encoders.context(scene, points)
        encode_cold = time.perf_counter() - began
    describe(scene, settings, _quiet)
    encode_cached = _median(repeats, lambda: describe(scene, settings, _quiet))

    one = model.condition(context.take(np.arange(1)))
    one_site = _median(20 * repeats, lambda: model.sample(one, ["bench"], [0], seed))
    engine = LocalEngine(model, settings.threads)
    condition, keys = model.condition(context), place_keys(scene.area, points)
    single = _median(repeats, lambda: list(engine.generate(condition, keys, range(1), seed)))
    whole = _median(1, lambda: list(engine.generate(condition, keys, range(32), seed)))
    plan = run(PlanRequest(demo=name, draws=8, seed=seed), settings)

    def rerank() -> None:
        fresh = PlanPieces(plan.grid, plan.reasons, plan.cells, plan.statistics, plan.flags)
        view(fresh, "mean", 12, None, 300.0)

    return {
        "netspatial": __version__,
        "machine": {"cpu_count": os.cpu_count(), "platform": platform.platform(), "python": platform.python_version()},
        "demo": name,
        "model": model.name,
        "model_sha256": model.sha256,
        "repeats": repeats,
        "pois": len(scene.pois),
        "encode_cold_s": round(encode_cold, 2),
        "encode_cached_s": round(encode_cached, 3),
        "one_site_ms": round(1000 * one_site, 2),
        "grid_900x1_s": round(single * 900 / len(points), 2),
        "grid_900x32_s": round(whole * 900 / len(points), 2),
        "series_per_s": round(32 * len(points) / whole),
        "rerank_s": round(_median(5 * repeats, rerank), 4),
        "multiply_adds_per_step": sum(multiply_adds(model.generator).values()),
        "feasible_cells": len(plan.cells),
        "budgets": BUDGETS,
    }


def run_and_write(path: Path, settings: Settings, *, demo: str | None, repeats: int, seed: int) -> Iterator[str]:
    """Measure, write the JSON, and tell each figure beside its budget."""
    figures = run_bench(settings, demo=demo, repeats=repeats, seed=seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    for key, budget in BUDGETS.items():
        verdict = "met" if figures[key] <= budget else "missed"
        yield f"{key:<18}{figures[key]:>9g}   budget {budget:g}   {verdict}"


def _median(repeats: int, work: Callable[[], object]) -> float:
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return median(times)


def _quiet(_progress: Progress) -> None:
    return None
