"""run.py in a process of its own: a wrong model is refused at the start, with one line that names the remedy."""

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from netspatial_core.generator.model import OWN_HASH, config_sha256

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "data" / "models" / "netspatial-s1"
RUN = [sys.executable, "run.py", "--port", "0"]


def other_encoders(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    config["encoders"]["vision"] = "0" * 64
    config[OWN_HASH] = config_sha256(config)
    (folder / "config.json").write_text(json.dumps(config))


def altered_configuration(folder: Path) -> None:
    text = (folder / "config.json").read_text()
    (folder / "config.json").write_text(text.replace('"residual_steps": 1', '"residual_steps": 2'))


def altered_weights(folder: Path) -> None:
    with (folder / "generator.safetensors").open("ab") as file:
        file.write(b"\0")


def pickled_weights(folder: Path) -> None:
    (folder / "weights.pt").write_bytes(b"\x80\x04.")


def missing(folder: Path) -> None:
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (other_encoders, "vision encoder"),
        (altered_configuration, "config.json has the SHA-256"),
        (altered_weights, "generator.safetensors has the SHA-256"),
        (pickled_weights, "weights.pt"),
        (missing, "There is no model"),
    ],
)
def test_a_wrong_model_is_refused_at_the_start(tmp_path: Path, spoil: Callable[[Path], None], said: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(SHIPPED, folder)
    spoil(folder)
    done = subprocess.run([*RUN, "--model", folder], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert said in line
    if spoil is other_encoders:
        trained = json.loads((SHIPPED / "config.json").read_text())["encoders"]["vision"]
        assert "0" * 64 in line
        assert str(trained) in line


def test_the_shipped_model_is_served() -> None:
    with subprocess.Popen([*RUN, "--model", SHIPPED], cwd=ROOT, stdout=subprocess.PIPE, text=True) as planner:
        try:
            assert planner.stdout is not None
            assert planner.stdout.readline().startswith("NetSpatial planner on http://127.0.0.1:")
        finally:
            planner.terminate()


def test_a_port_that_does_not_exist_is_one_line() -> None:
    run = [sys.executable, "run.py", "--port", "99999"]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1
    assert done.stderr == "error: There is no port 99999. Give 1024 to 65535, or 0 for a free one.\n"


def test_a_port_in_use_is_one_line_with_a_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = [sys.executable, "run.py", "--port", str(port)]
        done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: The planner cannot listen on 127.0.0.1:{port}: address already in use")
    assert "make run" in line
