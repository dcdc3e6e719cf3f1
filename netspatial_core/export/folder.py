"""A plan as a folder of files: all of them or none."""

import json
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from netspatial_core.errors import InputError
from netspatial_core.export.geo import geojson, write_cells
from netspatial_core.export.parquet import TrafficBlock, write_statistics, write_traffic
from netspatial_core.export.tables import attribution, pick_columns, pick_rows, write_csv
from netspatial_core.planning.view import PlanView
from netspatial_core.planning.zones import collection_of
from netspatial_core.rationale.writer import Rationale
from netspatial_core.sources.public import public

PLAN = "plan.json"
LARGE = {"cells.parquet", "traffic.parquet", "statistics.parquet"}  # know nothing of rationales
FILES = (PLAN, "topk.csv", "topk.geojson", "cells.parquet", "traffic.parquet", "statistics.parquet", "rationales.jsonl")
NOTICE = "Generated demand, not a measurement and not propagation: no coverage or SINR is shown."


def about(view: PlanView) -> dict[str, Any]:
    """What every file says of itself: attribution, notice, what the numbers are, and the plan's provenance and choices."""
    provenance = dict(view.provenance)
    return {
        "attribution": provenance.get("attribution", []),
        "notice": NOTICE,
        "data": view.pieces.origin,
        "unit": view.unit,
        "provenance": provenance,
        "selection": _selection(view),
    }


def plan_json(view: PlanView, files: Iterable[str] = ()) -> dict[str, Any]:
    """The content of plan.json: ``about``, the utilities' definitions, the notices and the other files."""
    cards = {
        key: {"name": u.name, "unit": view.unit_of(key), "better": u.direction, "definition": u.definition}
        for key, u in view.scores.cards.items()
    }
    return dict(public({**about(view), "utilities": cards, "files": sorted(files)}))


def write_plan(view: PlanView, out: Path, *, traffic: Iterable[TrafficBlock] | None = None) -> list[Path]:
    """Write a plan's files into a folder, all or nothing.

    Args:
        view: The plan under its choices.
        out: Folder; made where it does not exist. Of an older plan there, no file stays; files of others are left alone.
        traffic: The ensemble in blocks, for traffic.parquet; None writes statistics.parquet instead.

    Returns:
        The files, plan.json first.

    Raises:
        InputError: The folder cannot be written, or the disk is full; what was there is intact.
    """
    said = about(view)
    with staged(out) as folder:
        _write_picks(view, None, folder)
        write_cells(view, said, folder / "cells.parquet")
        if traffic is None:
            ids = [view.grid.ids[i] for i in view.pieces.cells]
            write_statistics(ids, view.pieces.statistics, said, folder / "statistics.parquet")
        else:
            write_traffic(traffic, said, folder / "traffic.parquet")
        _write_json(plan_json(view, [p.name for p in folder.iterdir()]), folder / PLAN, indent=1)
    return _files(out)


def add_rationales(view: PlanView, out: Path, rationales: Mapping[str, Rationale]) -> list[Path]:
    """Put rationales, by cell id, into the folder that ``write_plan`` wrote of the same view; whole before and after.

    Returns:
        All files of the plan, plan.json first.

    Raises:
        InputError: The folder cannot be written, or the disk is full; the plan is there without its rationales.
    """
    large = {path.name for path in _files(out)} & LARGE
    with staged(out, keep=large) as folder:
        _write_picks(view, rationales, folder)
        _write_rationales(view, rationales, folder / "rationales.jsonl")
        _write_json(plan_json(view, [*large, *(p.name for p in folder.iterdir())]), folder / PLAN, indent=1)
    return _files(out)


def check_out(out: Path) -> None:
    """Whether a plan can be written there, asked before hours are spent on it; nothing is left behind.

    Raises:
        InputError: It is a file, or its folder cannot be written.
    """
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file.", "Name a folder.")
    above = next((folder for folder in (out.absolute(), *out.absolute().parents) if folder.exists()), Path("/"))
    try:
        tempfile.TemporaryFile(dir=above).close()
    except OSError as error:
        raise _unwritable(out, error) from error


@contextmanager
def staged(out: Path, *, keep: Collection[str] = ()) -> Iterator[Path]:
    """A temporary folder in ``out``, or beside it where it is new, whose files take their places there when the block ends well.

    Files of an older plan go, but for those in ``keep``. plan.json is taken away first and put in place last: a folder that has
    one is whole, whenever the machine stops.

    Raises:
        InputError: The folder cannot be written.
    """
    temporary = None
    try:
        check_out(out)
        out.parent.mkdir(parents=True, exist_ok=True)
        # on the file system of the folder itself, where there is one: it may be a link or a mount
        temporary = Path(tempfile.mkdtemp(prefix=".netspatial-", dir=out if out.exists() else out.parent))
        yield temporary
        _move(temporary, out, keep)
    except OSError as error:
        raise _unwritable(out, error) from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)


def _unwritable(out: Path, error: OSError) -> InputError:
    return InputError(f"The folder {out} cannot be written: {error.strerror or error}.", "Choose another folder or make room.")


def _move(temporary: Path, out: Path, keep: Collection[str]) -> None:
    if not out.exists():
        temporary.chmod(0o755)
        temporary.rename(out)
        return
    (out / PLAN).unlink(missing_ok=True)
    made = {path.name for path in temporary.iterdir()}
    for name in set(FILES) - made - set(keep):
        (out / name).unlink(missing_ok=True)
    for name in sorted(made, key=FILES.index, reverse=True):
        (temporary / name).replace(out / name)


def _files(out: Path) -> list[Path]:
    return [out / name for name in FILES if (out / name).is_file()]


def _write_picks(view: PlanView, rationales: Mapping[str, Rationale] | None, folder: Path) -> None:
    write_csv(pick_rows(view, rationales), pick_columns(view, rationales=rationales is not None), folder / "topk.csv")
    _write_json(geojson(view, about(view), rationales), folder / "topk.geojson")


def _selection(view: PlanView) -> dict[str, Any]:
    chosen, asked = view.selection, view.choice.limits
    return {
        "utility": view.utility.key,
        "assumptions": asdict(view.choice.assumptions),
        "k": chosen.k,
        "floor": chosen.floor,
        "method": view.choice.method,
        "proof": None if chosen.proof is None else asdict(chosen.proof),
        "gains": None if chosen.gains is None else chosen.gains[: len(chosen.picks)].tolist(),
        "min_spacing_m": asked.spacing_m,
        "station_gap_m": asked.station_gap_m,
        "budget": asked.budget,
        "spent": float(chosen.limits.cost[chosen.picks].sum()),
        "zones": collection_of(asked.zones),
        "picks": [view.grid.ids[i] for i in chosen.picks],
        "candidates": chosen.candidates,
        "cells": len(view.grid),
        "feasible": int((view.reasons == "").sum()),
        "binding": chosen.binding,
        "notices": chosen.notices,
    }


def _write_json(content: Mapping[str, Any], path: Path, indent: int | None = None) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, allow_nan=False, indent=indent) + "\n", encoding="utf-8")


def _write_rationales(view: PlanView, rationales: Mapping[str, Rationale], path: Path) -> None:
    credit, origin = attribution(view), view.pieces.origin
    with path.open("w", encoding="utf-8") as stream:
        for cell, written in rationales.items():
            record = {
                "cell_id": cell,
                "text": written.text,
                "writer": written.writer,
                "verified": written.verified,
                "rejected": list(written.rejected),
                "data": origin,
                "attribution": credit,
                "facts_sha256": written.facts.sha256,
                "facts": [{k: v for k, v in asdict(fact).items() if k != "text"} for fact in written.facts],
            }
            stream.write(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n")
