"""Each floor of the house imports only from the floors below it, and the core never reaches for the web."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = [
    {"errors", "settings"},
    {"area", "reach", "catchment", "checkpoint"},
    {"sources"},
    {"encoders"},
    {"fusion", "fusion_training", "training_range"},
    {"generator"},
    {"planning"},
    {"rationale"},
    {"engine"},
    {"sensitivity"},
    {"pipeline"},
    {"export"},
    {"synthetic", "evaluation"},
    {"model_card"},
    {"training", "bench"},
    {"command"},
    {"__main__"},
]
LEVEL = {name: level for level, names in enumerate(FLOORS) for name in names}
WEB = {"app", "dash", "dash_ag_grid", "dash_leaflet", "dash_mantine_components", "flask", "flask_caching", "plotly", "werkzeug"}
FILES = sorted((ROOT / "netspatial_core").rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the floor"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names if node.module == "netspatial_core")


def floor(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if parts[0] == "netspatial_core" and len(parts) > 1 and parts[1] in LEVEL else None


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    own = path.relative_to(ROOT / "netspatial_core").with_suffix("").parts[0]
    if own == "__init__":
        return
    assert own in LEVEL, f"{path.name} stands on no floor: name it in FLOORS"
    for module in imported(path):
        assert module.split(".")[0] not in WEB, f"{path} reaches up to {module}"
        other = floor(module)
        assert other is None or LEVEL[other] <= LEVEL[own], f"{path} imports {module} from a floor above"


def test_there_are_files_to_check() -> None:
    assert len(FILES) > 10
