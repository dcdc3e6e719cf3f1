"""Long work off the request path: one job for one key, a bounded queue, co-operative cancel, errors as notices.

A job runs on a thread of its pool. Whoever asks for a key that is queued or running joins that job, so that a double click or
a second tab starts nothing.
"""

import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Literal

from netspatial_core.errors import Cancelled, NetSpatialError
from netspatial_core.export.incident import Notice, notice_of

State = Literal["queued", "running", "done", "failed", "cancelled"]
ENDED = ("done", "failed", "cancelled")
NICE = 4  # of a worker and of every thread it starts: pages and clicks come first, idle cores are still used in full
KEPT = 64  # ended jobs remembered, so that a late poll still learns how its job ended


class BusyError(NetSpatialError):
    """The queue is full; nothing was started."""


@dataclass
class Job:
    """One piece of work. Fields change under the manager's lock, the progress by its own thread only.

    Attributes:
        key: What it makes.
        state: Where it stands.
        progress: The last thing it reported.
        reports: How many times it reported.
        notice: Set when it failed.
        queued: ``time.monotonic`` when it was submitted.
        started: ``time.monotonic`` when it began to run, 0 before.
    """

    key: str
    state: State = "queued"
    progress: Any = None
    reports: int = 0
    notice: Notice | None = None
    queued: float = field(default_factory=time.monotonic)
    started: float = 0.0
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ENDED

    def report(self, progress: Any) -> None:
        """Keep the latest progress."""
        self.progress = progress
        self.reports += 1


Work = Callable[[Job], None]


class Jobs:
    """A pool of threads with a bounded queue."""

    def __init__(self, name: str, workers: int = 1, waiting: int = 8) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix=name, initializer=_step_back)
        self._limit = workers + waiting
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()

    def submit(self, key: str, work: Work) -> Job:
        """Start the work for a key, or join the job that is already at it.

        Raises:
            BusyError: Too many jobs wait; the message says how many.
        """
        with self._lock:
            job = self._jobs.get(key)
            if job is not None and not job.ended and not job.stop.is_set():
                return job
            open_jobs = self._open()
            if open_jobs >= self._limit:
                raise BusyError(f"{open_jobs} runs are waiting already.", "Try again when one has finished.")
            job = Job(key)
            self._jobs.pop(key, None)
            self._jobs[key] = job
            for old in [k for k, j in self._jobs.items() if j.ended][:-KEPT]:
                del self._jobs[old]
        self._pool.submit(self._run, job, work)
        return job

    def get(self, key: str) -> Job | None:
        """The latest job of a key."""
        with self._lock:
            return self._jobs.get(key)

    def open(self) -> int:
        """How many jobs wait or run."""
        with self._lock:
            return self._open()

    def position(self, job: Job) -> int:
        """How many jobs are before this one."""
        with self._lock:
            return sum(not j.ended and j.queued < job.queued for j in self._jobs.values())

    def cancel(self, key: str) -> None:
        """Ask a job to stop; it stops at its next check."""
        job = self.get(key)
        if job is not None and not job.ended:
            job.stop.set()

    def close(self) -> None:
        """Ask every job to stop and take no more."""
        with self._lock:
            for job in self._jobs.values():
                job.stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _open(self) -> int:
        return sum(not job.ended for job in self._jobs.values())

    def _run(self, job: Job, work: Work) -> None:
        if job.stop.is_set():
            job.state = "cancelled"
            return
        job.started = time.monotonic()
        job.state = "running"
        try:
            work(job)
            job.state = "done"
        except Cancelled:
            job.state = "cancelled"
        except Exception as error:  # noqa: BLE001 - a worker thread has nobody above it: every fault becomes a notice
            job.notice = notice_of(error)
            job.state = "failed"


def _step_back() -> None:
    """Lower the priority of the calling thread, where threads have one of their own."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
