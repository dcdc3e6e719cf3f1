"""Texts about cells: the plain one at once, the language model's when a background job has written and checked it."""

import hashlib
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from app.services.cache import Results
from app.services.jobs import BusyError, Job, Jobs
from netspatial_core.encoders.weights import WRITER, ensure
from netspatial_core.planning.view import PlanView
from netspatial_core.rationale.facts import Facts, Surroundings, cell_facts
from netspatial_core.rationale.prompt import VERSION
from netspatial_core.rationale.writer import FACTS, Rationale, Writer, open_writer
from netspatial_core.settings import Settings
from netspatial_core.sources.public import public
from netspatial_core.sources.scene import Scene

PLAIN = "Plain text from the facts"
WAITING = "Plain text from the facts; a language model is writing"
BUSY = "Plain text from the facts; the language model is busy with other cells"
REFUSED = "Plain text from the facts; what the language model wrote was refused"
BROKEN = "the language model failed"  # how a rationale's reason begins where the model could not run
WAITS_S = 5.0  # after which a page that has not asked again has moved on; a busy one asks late
HELD = 64  # texts in memory: where the disk keeps none, no poll asks the model again


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
    """Facts and texts of cells, one written at a time as asked for; what no page waits for any more gives way."""

    def __init__(self, settings: Settings, results: Results, jobs: Jobs) -> None:
        self._settings = settings
        self._results = results
        self._jobs = jobs
        self._lock = threading.Lock()
        self._around: dict[str, tuple[Scene, Surroundings]] = {}
        self._plain = Writer(None)
        self._writer: Writer | None = None
        self._asked: dict[str, float] = {}  # when a page last asked for a text that is not there yet
        self._held: OrderedDict[str, Rationale] = OrderedDict()

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
        return self._kept(self._key(facts)) or self._plain.write(facts)

    def words(self, facts: Facts, *, write: bool) -> Words:
        """The best text there is now; with ``write``, a better one is asked for in the background."""
        key = self._key(facts)
        written = self._kept(key)
        if written is not None:
            return Words(written.text, self._label(written), pending=False)
        text = self._plain.write(facts).text
        if not write or self._settings.writer == "none" or facts.get("rank") is None:
            return Words(text, PLAIN, pending=False)
        job = self._ask(key, facts)
        if job is None:
            return Words(text, BUSY, pending=True)
        if job.state == "failed":
            return Words(text, f"{PLAIN}; {BROKEN}: {job.notice.what}" if job.notice else PLAIN, pending=False)
        return Words(text, WAITING, pending=True)

    def _ask(self, key: str, facts: Facts) -> Job | None:
        """The job that writes, started where there is none; None where too many wait."""
        with self._lock:
            self._asked[key] = time.monotonic()
        job = self._jobs.get(key)
        if job is not None and (job.state == "failed" or not job.ended):
            return job
        try:
            return self._jobs.submit(key, lambda job: self._write(job, key, facts))
        except BusyError:
            return None

    def _write(self, job: Job, key: str, facts: Facts) -> None:
        if self._writer is None:  # one thread writes, so nobody else is opening it
            self._writer = open_writer(self._settings.writer, lambda: ensure(WRITER, self._settings))
        try:
            written = self._writer.write(facts, lambda: job.stop.is_set() or not self._wanted(key))
        finally:
            with self._lock:
                self._asked.pop(key, None)
        with self._lock:
            self._held[key] = written
            while len(self._held) > HELD:
                self._held.popitem(last=False)
        if not self._writer.absent and not _broken(written):  # a fault of today is not kept for another day
            self._results.set(key, written)

    def _wanted(self, key: str) -> bool:
        """Whether some page still waits for a text: it asks again every second while it does."""
        with self._lock:
            return time.monotonic() - self._asked.get(key, 0.0) < WAITS_S

    def _kept(self, key: str) -> Rationale | None:
        """The text that was written for a key, None before it is."""
        with self._lock:
            held = self._held.get(key)
        written = held if held is not None else self._results.get(key)
        return written if isinstance(written, Rationale) else None

    def _key(self, facts: Facts) -> str:
        asked = hashlib.sha256(f"{VERSION} {self._settings.writer} {facts.sha256}".encode()).hexdigest()
        return f"text-{asked}"

    def _label(self, written: Rationale) -> str:
        """Who wrote a text, and why it was not the model where it was not."""
        if written.writer != FACTS:
            return f"Written by {written.writer}, every number checked" if written.verified else PLAIN
        if not written.rejected:
            return PLAIN
        if self._writer is not None and self._writer.absent:
            return f"{PLAIN}; no language model: {public(self._writer.absent)}"
        return f"{PLAIN}; {written.rejected[0]}" if _broken(written) else REFUSED


def _broken(written: Rationale) -> bool:
    return any(reason.startswith(BROKEN) for reason in written.rejected)
