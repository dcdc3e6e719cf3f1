"""Runs the real command line in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def netspatial(*words: object, cache: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """``python -m netspatial_core WORDS``, with weights from the user's cache unless ``cache`` names another."""
    env = os.environ | {"NETSPATIAL_ALLOW_LOOPBACK": "1"} | environment
    if cache is not None:
        env["NETSPATIAL_CACHE_DIR"] = str(cache)
    return subprocess.run(
        [sys.executable, "-m", "netspatial_core", *map(str, words)],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
