"""Results that outlive a process: flask-caching on files under the cache folder."""

import logging
from pathlib import Path
from typing import Any

from flask import Flask
from flask_caching import Cache

log = logging.getLogger(__name__)


class Results:
    """A cache that may fail to keep but never fails: a full disk or a deleted folder costs a recomputation, no error.

    Args:
        server: Of the planner.
        folder: Of these results alone.
        kept: Results that stay; beyond them the one written longest ago goes first. flask-caching's own threshold is off: it
            removes entries that never expire in no order at all.
    """

    def __init__(self, server: Flask, folder: Path, kept: int) -> None:
        self._folder = folder
        self._kept = kept
        self._folder.mkdir(parents=True, exist_ok=True)
        config = {"CACHE_TYPE": "FileSystemCache", "CACHE_DIR": str(folder), "CACHE_DEFAULT_TIMEOUT": 0, "CACHE_THRESHOLD": 0}
        self._cache = Cache(server, config=config)

    def get(self, key: str) -> Any:
        """The result of a key, None where there is none or it can no longer be read."""
        try:
            return self._cache.get(key)
        except Exception as error:  # noqa: BLE001 - written by another version of the program: made anew
            log.warning("a cached result could not be read (%s): it is made anew", type(error).__name__)
            return None

    def set(self, key: str, value: Any) -> bool:
        """Keep a result; False where it could not be kept."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            kept = bool(self._cache.set(key, value))
            self._prune()
        except OSError as error:
            log.warning("a result could not be kept: %s", error.strerror)
            return False
        if not kept:
            log.warning("a result could not be kept: is the disk full?")
        return kept

    def _prune(self) -> None:
        """Remove what was written longest ago; files with a suffix are still being written."""
        files = [file for file in self._folder.iterdir() if file.is_file() and not file.suffix]
        for file in sorted(files, key=lambda file: file.stat().st_mtime_ns)[: -self._kept]:
            file.unlink(missing_ok=True)
