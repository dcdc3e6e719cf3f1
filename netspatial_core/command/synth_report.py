"""The synth-report command: synthetic traffic beside measured traffic, as report.json and charts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from netspatial_core.errors import InputError
from netspatial_core.evaluation.charts import NAMES, Charts
from netspatial_core.evaluation.comparison import Finding
from netspatial_core.settings import Settings
from netspatial_core.sources.files import replacing
from netspatial_core.sources.scene import demos
from netspatial_core.synthetic.report import Report, report

REPORT = "report.json"


@dataclass(frozen=True)
class Written:
    """What the command left behind: the files, and a line for each figure."""

    files: tuple[Path, ...]
    lines: tuple[str, ...]


def synth_report(
    out: Path,
    settings: Settings,
    *,
    datasets: Sequence[Path] = (),
    stations: int | None = None,
    data: Path | None = None,
    seed: int = 0,
) -> Written:
    """Compare and write charts and report.json, the last of all: a folder that has one is whole.

    Args:
        out: Folder to write.
        settings: Say where the demos and the public data lie.
        datasets: Synthetic DATASET folders; the demos without any.
        stations: Most stations to use; None uses all.
        data: Folder of the public data; the setting SHARED_DATA without it.
        seed: Of the choice of stations and of the resampling.

    Raises:
        InputError: A data set or the public data cannot be used, the latter is not named, or the folder cannot be written.
    """
    folders = list(datasets) or [settings.data_dir / "demo" / name for name in demos(settings)]
    public = data or settings.shared_data
    if public is None:
        raise InputError("The public data to compare with was not named.", "Give --data, or set NETSPATIAL_SHARED_DATA.")
    found = report(folders, public, stations=stations, seed=seed)
    (out / REPORT).unlink(missing_ok=True)
    charts = Charts.of(found.synthetic, found.cities, found.milan)
    for name in NAMES:
        with replacing(out / name) as temporary:
            charts.draw(name, temporary)
    with replacing(out / REPORT) as temporary:
        text = json.dumps(found.to_dict(), indent=1, ensure_ascii=False, allow_nan=False)
        temporary.write_text(text + "\n", encoding="utf-8")
    return Written((out / REPORT, *(out / name for name in NAMES)), _lines(found))


def _lines(found: Report) -> tuple[str, ...]:
    """A Markdown table of all figures, and how many are inside."""
    head = ("| figure | synthetic | measured (95 % interval) | allowed | verdict |", "|---|---|---|---|---|")
    rows: list[str] = []
    group = ""
    for finding in found.findings:
        if finding.group != group:
            group = finding.group
            rows.append(f"| **{group}** | | | | |")
        rows.append(_row(finding))
    return (*head, *rows, "", f"{found.inside} of {len(found.findings)} figures inside.")


def _row(finding: Finding) -> str:
    real = "; ".join(f"{name} {_number(value)}{_interval(finding, name)}" for name, value in finding.real.items())
    unit = f" ({finding.unit})" if finding.unit else ""
    allowed = f"{_number(finding.low)} to {_number(finding.high)}"
    verdict = "inside" if finding.inside else "**outside**"
    return f"| {finding.label}{unit} | {_number(finding.synthetic)} | {real} | {allowed} | {verdict} |"


def _interval(finding: Finding, name: str) -> str:
    if name not in finding.intervals:
        return ""
    low, high = finding.intervals[name]
    return f" ({_number(low)} to {_number(high)})"


def _number(value: float) -> str:
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 0.095 else f"{value:.3f}"
