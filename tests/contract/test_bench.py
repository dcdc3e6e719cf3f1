"""The bench command: every budget is measured, on the real pipeline and a real server."""

import json
from pathlib import Path

from command_line import netspatial

from netspatial_core.bench import BUDGETS


def test_every_budget_is_measured(tmp_path: Path) -> None:
    done = netspatial("bench", "--repeats", 1, "--seed", 3, "--json", tmp_path / "bench.json")
    assert done.returncode == 0, done.stderr
    figures = json.loads((tmp_path / "bench.json").read_text())
    assert figures["budgets"] == BUDGETS
    assert all(figures[key] > 0 for key in BUDGETS)
    assert all(key.endswith(("_s", "_ms")) for key in BUDGETS)
    assert figures["encode_cold_s"] > figures["encode_cached_s"], "the cold figure was not cold"
    assert figures["grid_900x32_s"] > figures["grid_900x1_s"] > 0.001 * figures["one_site_ms"]
    assert figures["first_map_s"] > figures["start_s"] > figures["first_page_s"], "the first map was not waited for"
    assert figures["seed"] == 3
    assert len(figures["model_sha256"]) == 64
    lines = [line.split() for line in done.stdout.splitlines()]
    verdicts = {words[0]: words[-1] for words in lines if words and words[0] in BUDGETS}
    assert verdicts == {key: "met" if figures[key] <= BUDGETS[key] else "missed" for key in BUDGETS}
    assert "/tmp" not in (tmp_path / "bench.json").read_text()
