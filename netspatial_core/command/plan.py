"""The plan command: run the pipeline, choose, and write the files of the contract."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from netspatial_core.encoders.weights import WRITER, ensure
from netspatial_core.errors import InputError
from netspatial_core.export.folder import add_rationales, check_out, write_plan
from netspatial_core.export.parquet import blocks_of
from netspatial_core.pipeline import Plan, PlanRequest, Progress, run
from netspatial_core.planning.view import Choice, PlanView, view
from netspatial_core.rationale.facts import Surroundings, cell_facts
from netspatial_core.rationale.writer import FACTS, Rationale, open_writer
from netspatial_core.settings import Settings
from netspatial_core.sources.faults import source_faults
from netspatial_core.sources.public import public


@dataclass(frozen=True)
class Written:
    """What the command left behind: the files, and what a planner must be told."""

    files: tuple[Path, ...]
    notices: tuple[str, ...]


def plan(
    request: PlanRequest,
    choice: Choice,
    settings: Settings,
    out: Path,
    *,
    keep: str,
    rationales: bool,
    on_progress: Callable[[Progress], None] | None = None,
) -> Written:
    """Run a plan and write its folder, all or nothing, then its rationales; what cannot be used is refused before the run.

    Raises:
        InputError: An input or a choice cannot be used, or the folder cannot be written.
        WeightsError: Weights are missing or belong to something else.
    """
    if keep not in {"traffic", "statistics"}:
        raise InputError(f"--keep {keep!r} is unknown.", "Choose traffic or statistics.")
    check_inputs(request)
    check_out(out)
    made = run(request, settings, on_progress=on_progress)
    seen = view(made.pieces, choice)
    blocks = None
    if keep == "traffic":
        blocks = blocks_of([made.grid.ids[i] for i in made.cells], made.ensemble.traffic)
    files = write_plan(seen, out, traffic=blocks)
    told = [*source_faults(made.scene), *seen.selection.notices]
    if rationales:  # they take minutes: whoever interrupts them keeps the plan
        texts = explain(made, seen, settings, on_progress)
        files = add_rationales(seen, out, texts)
        told += unwritten(texts.values(), settings.writer)
    return Written(tuple(files), tuple(told))


def check_inputs(request: PlanRequest) -> None:
    """Whether anything is to be known of the place.

    Raises:
        InputError: Neither imagery nor POIs were given.
    """
    if request.demo is None and request.imagery is None and request.pois is None:
        raise InputError(
            "Neither imagery nor POIs were given: nothing would be known of the place.", "Give --imagery, --pois, or better both."
        )


def unwritten(texts: Collection[Rationale], writer: str) -> list[str]:
    """What to say where the language model that was asked for did not write every text."""
    plain = [text for text in texts if text.writer == FACTS]
    if not plain or writer == "none":
        return []
    reasons = dict.fromkeys(reason for text in plain for reason in text.rejected[:1])
    why = "; ".join(public(reason) for reason in list(reasons)[:3]) or "there was nothing to weigh up"
    return [f"Rationales: {len(plain)} of {len(texts)} are plain text from the facts, not the language model's: {why}."]


def explain(
    made: Plan, seen: PlanView, settings: Settings, on_progress: Callable[[Progress], None] | None = None
) -> dict[str, Rationale]:
    """A checked rationale for every pick, by cell id, best first; a model takes seconds for each."""
    scene = made.scene
    around = Surroundings.of(scene.area, scene.pois, scene.stations)
    writer = open_writer(settings.writer, lambda: ensure(WRITER, settings))
    out: dict[str, Rationale] = {}
    picks = seen.selection.picks.tolist()
    for done, cell in enumerate(picks, start=1):
        out[made.grid.ids[cell]] = writer.write(cell_facts(seen, around, cell))
        if on_progress is not None:
            written = sum(text.writer != FACTS for text in out.values())
            on_progress(Progress("rationales", done, len(picks), f"{written} by the language model"))
    return out
