"""The budgets of the design, measured on this machine: medians of a few runs, written as JSON whose keys end in their unit."""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import numpy as np

from netspatial_core import __version__
from netspatial_core.area import StudyArea
from netspatial_core.encoders.context import Encoders
from netspatial_core.engine import LocalEngine
from netspatial_core.errors import InputError
from netspatial_core.generator.hierarchy import multiply_adds
from netspatial_core.generator.model import Model
from netspatial_core.pipeline import Plan, PlanRequest, Progress, describe, load_scene, open_model, place_keys, run
from netspatial_core.planning.limits import Limits
from netspatial_core.planning.picking import Method
from netspatial_core.planning.view import Choice, PlanPieces, view
from netspatial_core.settings import Settings
from netspatial_core.sources.scene import Scene, demos

BUDGETS = {  # of DESIGN, on two cores
    "one_site_ms": 15.0,
    "grid_900x1_s": 2.0,
    "grid_900x32_s": 30.0,
    "encode_cold_s": 20.0,
    "encode_1000_prompts_s": 3.5,
    "encode_cached_s": 0.3,
    "rerank_s": 0.2,
    "first_page_s": 2.0,
    "first_map_s": 60.0,
}
PROMPTS = 1000
WIDE = 100  # cells along a side of the large grid that is ranked
START_S = 120.0  # after which a server that does not answer, or shows no map, is given up
POLL_S = 0.25


def run_bench(settings: Settings, *, demo: str | None = None, repeats: int = 3, seed: int = 0) -> dict[str, Any]:
    """Every figure once; see ``BUDGETS`` for what the design allows.

    Raises:
        InputError: There is no demo to measure on, or the planner does not start.
    """
    names = demos(settings)
    if not names:
        raise InputError("There is no demo to measure on.", "Install data/demo, or name one with --demo.")
    name = demo or names[0]
    scene = load_scene(name, settings)
    model = open_model(settings.model, settings)
    plan = run(PlanRequest(demo=name, draws=32, seed=seed), settings)

    return {
        "netspatial": __version__,
        "machine": {"cpu_count": os.cpu_count(), "platform": platform.platform(), "python": platform.python_version()},
        "demo": name,
        "model": model.name,
        "model_sha256": model.sha256,
        "seed": seed,
        "repeats": repeats,
        "pois": len(scene.pois),
        "feasible_cells": len(plan.cells),
        **_encoding(scene, settings, repeats),
        **_generating(model, scene, plan, settings, repeats, seed),
        **_ranking(plan, repeats),
        **_serving(settings, name, repeats, seed),
        "budgets": BUDGETS,
    }


def _encoding(scene: Scene, settings: Settings, repeats: int) -> dict[str, float]:
    """Features of every cell from nothing, of a thousand further prompts, and from the cache."""
    with tempfile.TemporaryDirectory() as folder:
        encoders = Encoders(_elsewhere(settings, Path(folder)))
        began = time.perf_counter()
        encoders.context(scene, scene.area.grid.centres)
        cold = time.perf_counter() - began
        prompts = [f"Shop number {i} on the road to town {i % 37}." for i in range(PROMPTS)]
        began = time.perf_counter()
        encoders.text.encode(prompts)
        text = time.perf_counter() - began
    describe(scene, settings, _quiet)
    cached = _median(repeats, lambda: describe(scene, settings, _quiet))
    return {
        "encode_cold_s": round(cold, 2),
        "encode_1000_prompts_s": round(1000 / PROMPTS * text, 2),
        "encode_cached_s": round(cached, 3),
    }


def _generating(model: Model, scene: Scene, plan: Plan, settings: Settings, repeats: int, seed: int) -> dict[str, float]:
    """One site; one and 32 draws of every cell, scaled to 900 cells."""
    points = scene.area.grid.centres
    one = model.condition(plan.context.take(np.arange(1)))
    site = _median(20 * repeats, lambda: model.sample(one, ["bench"], [0], seed))
    engine = LocalEngine(model, settings.threads)
    condition, keys = model.condition(plan.context), place_keys(scene.area, points)
    single = _median(repeats, lambda: list(engine.generate(condition, keys, range(1), seed)))
    whole = _median(repeats, lambda: list(engine.generate(condition, keys, range(32), seed)))
    return {
        "one_site_ms": round(1000 * site, 2),
        "grid_900x1_s": round(single * 900 / len(points), 2),
        "grid_900x32_s": round(whole * 900 / len(points), 2),
        "series_per_s": round(32 * len(points) / whole),
        "multiply_adds_per_step": sum(multiply_adds(model.generator).values()),
    }


def _ranking(plan: Plan, repeats: int) -> dict[str, float]:
    """Rank and pick the plan's cells, and 10,000: its draws laid again and again over a grid of 100 x 100."""
    area = plan.scene.area
    wide = StudyArea("wide", area.epsg, area.west, area.south, WIDE * area.cell_m, area.cell_m)
    cells = np.arange(WIDE**2)
    again = plan.statistics.take(cells % len(plan.cells))
    large = (wide.grid, np.full(len(cells), ""), cells, again, ((),) * len(cells))
    small = (plan.grid, plan.reasons, plan.cells, plan.statistics, plan.flags)

    def rerank(parts: tuple[Any, ...], method: Method) -> Callable[[], object]:
        return lambda: view(PlanPieces(*parts), Choice("mean", 12, None, Limits(300.0), method))

    return {
        "rerank_s": round(_median(5 * repeats, rerank(small, "greedy")), 4),
        "rerank_10000_s": round(_median(repeats, rerank(large, "greedy")), 4),
        "together_s": round(_median(repeats, rerank(small, "joint")), 3),
        "together_10000_s": round(_median(repeats, rerank(large, "joint")), 3),
    }


def _serving(settings: Settings, demo: str, repeats: int, seed: int) -> dict[str, float]:
    """The planner started as a user does, results cold: until it answers, until the map has colours, and its page when warm.

    Raises:
        InputError: It does not start, or shows no map.
    """
    with tempfile.TemporaryDirectory() as folder:
        cache = _elsewhere(settings, Path(folder)).cache_dir
        command = [sys.executable, str(Path(__file__).resolve().parents[1] / "run.py"), "--port", "0"]
        began = time.perf_counter()
        with subprocess.Popen(  # noqa: S603 - our own run.py
            command, env={**os.environ, "NETSPATIAL_CACHE_DIR": str(cache)}, stdout=subprocess.PIPE, text=True
        ) as server:
            try:
                address = _address(server)
                with httpx.Client(base_url=address, timeout=START_S) as client:

                    def page() -> None:
                        for path in ("/", "/_dash-layout", "/_dash-dependencies"):
                            client.get(path).raise_for_status()

                    page()
                    start = time.perf_counter() - began
                    _open_area(client, demo, settings.draws, seed)
                    coloured = time.perf_counter() - began
                    first = _median(5 * repeats, page)
            finally:
                server.terminate()
    return {"start_s": round(start, 2), "first_map_s": round(coloured, 2), "first_page_s": round(first, 3)}


def _open_area(client: httpx.Client, demo: str, draws: int, seed: int) -> None:
    """Ask for an area's plan as the page does when it opens, and follow it until a first draw of every cell can be painted.

    Raises:
        InputError: The server has no such plan within ``START_S``.
    """
    known = client.get("/_dash-dependencies").json()
    follow = next(c for c in known if "session.data" in c["output"] and any(i["id"] == "area" for i in c["inputs"]))
    outputs = [dict(zip(("id", "property"), o.rsplit(".", 1), strict=True)) for o in follow["output"].strip(".").split("...")]
    values: dict[str, Any] = {"area": demo, "draws": draws, "seed": seed}
    cause, deadline = "area.value", time.perf_counter() + START_S
    while time.perf_counter() < deadline:
        inputs, state = ([_asked(item, values) for item in follow[key]] for key in ("inputs", "state"))
        body = {"output": follow["output"], "outputs": outputs, "inputs": inputs, "state": state, "changedPropIds": [cause]}
        answer = client.post("/_dash-update-component", json=body).raise_for_status()
        values["session"] = answer.json()["response"].get("session", {}).get("data", values.get("session"))
        if values["session"]["version"] >= 1:
            return
        if values["session"]["state"] not in {"queued", "running"}:
            break
        cause = "beat.data"
        time.sleep(POLL_S)
    raise InputError(f"The planner shows no plan of {demo}.", "Run python run.py and read what it says.")


def _asked(item: dict[str, str], values: dict[str, Any]) -> Any:
    """An input of a callback with its value; nothing of the components that a pattern may find."""
    return [] if item["id"].startswith("{") else {**item, "value": values.get(item["id"])}


def _address(server: subprocess.Popen[str]) -> str:
    """Where a planner that was just started listens."""
    assert server.stdout is not None
    for line in server.stdout:
        if "http://" in line:
            return line[line.index("http://") :].strip()
    raise InputError("The planner did not start.", "Run python run.py and read what it says.")


def _elsewhere(settings: Settings, folder: Path) -> Settings:
    """The settings with an empty cache that shares only the weights: what is computed from a scene starts cold."""
    (folder / "weights").symlink_to(settings.cache_dir.resolve() / "weights")
    return settings.model_copy(update={"cache_dir": folder})


def run_and_write(path: Path, settings: Settings, *, demo: str | None, repeats: int, seed: int) -> Iterator[str]:
    """Measure, write the JSON, and tell each figure beside its budget."""
    figures = run_bench(settings, demo=demo, repeats=repeats, seed=seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    for key, budget in BUDGETS.items():
        verdict = "met" if figures[key] <= budget else "missed"
        yield f"{key:<24}{figures[key]:>9g}   budget {budget:g}   {verdict}"


def _median(repeats: int, work: Callable[[], object]) -> float:
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return median(times)


def _quiet(_progress: Progress) -> None:
    return None
