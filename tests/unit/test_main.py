"""The command line's last resort: an unforeseen fault is one line and status 1, its trace goes to a file, without host paths."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from netspatial_core.command.incidents import MOST_BYTES
from netspatial_core.settings import REPOSITORY

# the real command line with one more command, which fails in a way that no command foresees
FAULTY = """
from netspatial_core.__main__ import app, main

@app.command()
def faulty() -> None:
    raise {fault}

main()
"""
FAULT = "ZeroDivisionError('in /home/somebody/private/area.tif from https://user:pw@example.org/t?token=abc123')"


def failing(cache: Path, fault: str = FAULT, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", FAULTY.format(fault=fault), "faulty"],
        cwd=REPOSITORY,
        env=os.environ | {"NETSPATIAL_CACHE_DIR": str(cache)} | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_an_unforeseen_fault_is_one_line_and_its_trace_a_file(tmp_path: Path) -> None:
    done = failing(tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: Something went wrong that should not have.")
    assert "ZeroDivisionError" not in line
    assert not re.search(r"/\w+/", line), "a host path"
    (incident,) = re.findall(r"Incident ([0-9a-f]{8}) in logs/incidents.log of the cache folder\.$", line)
    log = (tmp_path / "logs" / "incidents.log").read_text()
    assert f"incident {incident}\n" in log
    assert "ZeroDivisionError: in area.tif" in log
    assert "Traceback" in log
    assert "__main__.py" in log
    for secret in (str(REPOSITORY), "somebody", "pw", "abc123"):
        assert secret not in log

    other = failing(tmp_path).stderr
    (second,) = re.findall(r"Incident ([0-9a-f]{8})", other)
    log = (tmp_path / "logs" / "incidents.log").read_text()
    assert incident in log
    assert second in log


def test_the_file_does_not_grow_for_ever(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    file = tmp_path / "logs" / "incidents.log"
    file.write_text("old\n" * (MOST_BYTES // 4 + 1))
    assert failing(tmp_path).returncode == 1
    assert file.stat().st_size < 10_000


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        ("MemoryError()", "error: There is not enough memory for this run. Ask for fewer draws. Incident"),
        ("OSError(28, 'No space left on device', '/srv/private/out.tif')", "error: No space left on device: out.tif."),
        ("OSError(5, 'Input/output error')", "error: Input/output error. Check"),
        ("OSError('bad block in /srv/private/out.tif')", "error: Something went wrong that should not have."),
    ],
)
def test_lack_of_room_is_told_apart(tmp_path: Path, fault: str, line: str) -> None:
    done = failing(tmp_path, fault)
    assert done.returncode == 1
    assert done.stderr.startswith(line)
    assert "private" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_line_comes_out_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for done in (failing(tmp_path / "file"), failing(tmp_path, NETSPATIAL_PORT="none")):
        assert done.returncode == 1
        assert "not written" in done.stderr
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["plan", "--oops"], "error: No such option: --oops"),
        (["plan", "--k", "many", "--out", "o"], "error: Invalid value for '--k'"),
        (["plam"], "error: No such command 'plam'."),
        (["plan"], "error: Missing option '--out'. See python -m netspatial_core plan --help."),
        (["train", "fusion"], "error: Missing option '--dataset'. See python -m netspatial_core train fusion --help."),
        (["nonsense"], "error: No such command 'nonsense'. See python -m netspatial_core --help."),
    ],
)
def test_wrong_words_are_one_line_with_the_remedy(words: list[str], line: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "netspatial_core", *words], cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    (said,) = done.stderr.splitlines()
    assert said.startswith(line)
    assert said.endswith("--help.")


def test_without_words_the_help_is_shown() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "netspatial_core"], cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "synth-corpus" in done.stdout + done.stderr
    assert "error" not in done.stderr


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--bbox", "8,47,8.1,47.1", "--side-km", "2"], "error: --side-km is the side of the area around --centre."),
        (["--demo", "harbour-core", "--zoom", "19"], "error: --zoom is the zoom of XYZ tiles."),
        (["--centre", "8,47", "--cell", "0"], "error: A cell of 0 m is not supported."),
    ],
)
def test_options_that_would_be_ignored_are_refused(words: list[str], line: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "netspatial_core", "plan", *words, "--out", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(line), done.stderr
    assert len(done.stderr.splitlines()) == 1
