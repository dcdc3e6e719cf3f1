"""The job manager: one job for one key, a bounded queue, cancel, faults as notices; and the cache behind it."""

import logging
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask

from app.services.cache import Results
from app.services.jobs import NICE, BusyError, Job, Jobs
from netspatial_core.errors import Cancelled, InputError


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    pool = Jobs("test", workers=1, waiting=2)
    yield pool
    pool.close()


def until(condition: object, seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


def test_a_double_click_joins_the_running_job(jobs: Jobs) -> None:
    go, runs = threading.Event(), []

    def work(_: Job) -> None:
        runs.append(1)
        go.wait(5)

    first = jobs.submit("a", work)
    assert jobs.submit("a", work) is first
    until(lambda: first.state == "running")
    assert jobs.submit("a", work) is first
    go.set()
    until(lambda: first.state == "done")
    assert len(runs) == 1
    assert jobs.submit("a", work) is not first  # asked for again after it ended: made again


def test_the_queue_is_bounded_and_says_how_full_it_is(jobs: Jobs) -> None:
    go = threading.Event()
    made = [jobs.submit(str(i), lambda _: go.wait(5) and None) for i in range(3)]
    with pytest.raises(BusyError, match="3 runs"):
        jobs.submit("one too many", lambda _: None)
    assert [jobs.position(job) for job in made] == [0, 1, 2]
    go.set()
    until(lambda: all(job.ended for job in made))
    assert jobs.submit("later", lambda _: None).key == "later"


def test_a_job_and_the_threads_it_starts_give_way_to_requests(jobs: Jobs) -> None:
    def nice() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    seen: list[int] = []

    def work(_: Job) -> None:
        with ThreadPoolExecutor(1) as pool:
            seen.extend([nice(), pool.submit(nice).result()])

    job = jobs.submit("a", work)
    until(lambda: job.ended)
    assert nice() < NICE
    assert seen == [NICE if sys.platform == "linux" else nice()] * 2


def test_a_cancelled_job_stops_at_its_next_check_and_a_waiting_one_never_starts(jobs: Jobs) -> None:
    def work(job: Job) -> None:
        while True:
            time.sleep(0.005)
            if job.stop.is_set():
                raise Cancelled

    running, waiting = jobs.submit("a", work), jobs.submit("b", work)
    until(lambda: running.state == "running")
    jobs.cancel("b")
    jobs.cancel("a")
    until(lambda: running.ended and waiting.ended)
    assert (running.state, waiting.state, waiting.started) == ("cancelled", "cancelled", 0.0)
    assert running.notice is None


def test_a_fault_becomes_a_notice_without_paths_and_the_log_has_the_rest(jobs: Jobs, caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: Job) -> None:
        raise ZeroDivisionError("secret detail in /home/somebody/data.tif")

    def refused(_: Job) -> None:
        raise InputError("/srv/private/area.tif is no GeoTIFF.", "Give a GeoTIFF.")

    with caplog.at_level(logging.ERROR):
        one, two = jobs.submit("broken", broken), jobs.submit("refused", refused)
        until(lambda: one.ended and two.ended)
    assert one.notice is not None
    assert two.notice is not None
    assert "secret" not in one.notice.what + one.notice.remedy
    assert one.notice.incident in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert two.notice.what == "area.tif is no GeoTIFF."
    assert two.notice.remedy == "Give a GeoTIFF."
    assert two.state == "failed"


def test_results_outlive_the_process_and_a_deleted_folder_is_no_fault(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    Results(Flask("one"), folder, 9).set("key", {"value": 1})
    again = Results(Flask("two"), folder, 9)
    assert again.get("key") == {"value": 1}
    shutil.rmtree(folder)
    assert again.get("key") is None
    assert again.set("key", 2)
    assert again.get("key") == 2


def test_an_unreadable_result_counts_as_none(tmp_path: Path) -> None:
    results = Results(Flask("one"), tmp_path, 9)
    results.set("key", "value")
    for file in tmp_path.iterdir():
        file.write_bytes(b"\x00" * 40)
    assert results.get("key") is None


def test_of_more_results_than_are_kept_the_oldest_go_first(tmp_path: Path) -> None:
    results = Results(Flask("one"), tmp_path, 4)
    for i in range(8):
        results.set(f"key {i}", i)
        for file in tmp_path.iterdir():  # a coarse clock must not hide the order
            os.utime(file, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns - 10**9))
    assert [results.get(f"key {i}") for i in range(8)] == [None, None, None, None, 4, 5, 6, 7]


def test_texts_never_drive_out_plans(tmp_path: Path) -> None:
    server = Flask("one")
    plans, texts = Results(server, tmp_path / "plans", 2), Results(server, tmp_path / "texts", 3)
    plans.set("plan", "kept")
    for i in range(9):
        texts.set(f"text {i}", i)
    assert plans.get("plan") == "kept"
    assert [texts.get(f"text {i}") for i in (5, 6)] == [None, 6]
