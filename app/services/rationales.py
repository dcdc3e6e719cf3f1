"""Texts about cells: the plain one at once, the language model's when a background job has written and checked it."""

import threading
from dataclasses import dataclass

from app.services.cache import Results
from app.services.jobs import BusyError, Job, Jobs
from netspatial_core.encoders.weights import WRITER, ensure
from netspatial_core.planning.view import PlanView
from netspatial_core.rationale.facts import Facts, Surroundings, cell_facts
from netspatial_core.rationale.writer import FACTS, Rationale, Writer, open_writer
from netspatial_core.settings import Settings
from netspatial_core.sources.scene import Scene

PLAIN = "Plain text from the facts"
WAITING = "Plain text from the facts; a language model is writing"
REFUSED = "Plain text from the facts; what the language model wrote was refused"


@dataclass(frozen=True)
class Words:
    """A text about a cell.

    Attributes:
        text: Two to four sentences.
        label: Who wrote it.
        pending: Whether a better text is being written.
    """

    text: str
    label: str
    pending: bool


class Rationales:
    """Facts and texts of cells. Only the cell asked for last is written about: older requests give way."""

    def __init__(self, settings: Settings, results: Results, jobs: Jobs) -> None:
        self._settings = settings
        self._results = results
        self._jobs = jobs
        self._lock = threading.Lock()
        self._around: dict[str, tuple[Scene, Surroundings]] = {}
        self._plain = Writer(None)
        self._writer: Writer | None = None
        self._latest = ""

    def facts(self, scene: Scene, view: PlanView, cell: int) -> Facts:
        """The facts of a cell under a view."""
        with self._lock:
            held = self._around.get(scene.name)
            if held is None or held[0] is not scene:
                held = (scene, Surroundings.of(scene.area, scene.pois, scene.stations))
                self._around[scene.name] = held
        return cell_facts(view, held[1], cell)

    def best(self, facts: Facts) -> Rationale:
        """The best text there is now, without waiting: the model's where it is written, else the plain one."""
        written = self._results.get(self._key(facts))
        return written if isinstance(written, Rationale) else self._plain.write(facts)

    def words(self, facts: Facts, *, write: bool) -> Words:
        """The best text there is now; with ``write``, a better one is asked for in the background."""
        key = self._key(facts)
        written = self._results.get(key)
        if isinstance(written, Rationale):
            return Words(written.text, _label(written), pending=False)
        text = self._plain.write(facts).text
        if not write or self._settings.writer == "none" or facts.get("rank") is None:
            return Words(text, PLAIN, pending=False)
        job = self._ask(key, facts)
        if job is None or job.state == "failed":
            return Words(text, PLAIN, pending=False)
        return Words(text, WAITING, pending=True)

    def _ask(self, key: str, facts: Facts) -> Job | None:
        """The job that writes, started where there is none; None where too many wait."""
        job = self._jobs.get(key)
        if job is not None and (job.state == "failed" or not job.ended):
            return job
        with self._lock:
            if self._latest and self._latest != key:
                self._jobs.cancel(self._latest)
            self._latest = key
        try:
            return self._jobs.submit(key, lambda job: self._write(job, key, facts))
        except BusyError:
            return None

    def _write(self, job: Job, key: str, facts: Facts) -> None:
        if self._writer is None:  # one thread writes, so nobody else is opening it
            self._writer = open_writer(self._settings.writer, lambda: ensure(WRITER, self._settings))
        self._results.set(key, self._writer.write(facts, job.stop.is_set))

    def _key(self, facts: Facts) -> str:
        return f"text-{self._settings.writer.rsplit('/', 1)[-1]}-{facts.sha256}"


def _label(written: Rationale) -> str:
    if written.writer == FACTS:
        return REFUSED if written.rejected else PLAIN
    return f"Written by {written.writer}, every number checked" if written.verified else PLAIN
