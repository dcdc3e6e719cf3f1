"""Results that outlive a process: flask-caching on files under the cache folder."""

import logging
from pathlib import Path
from typing import Any

from flask import Flask
from flask_caching import Cache

KEPT = 64  # results; the oldest go first
log = logging.getLogger(__name__)


class Results:
    """A cache that may fail to keep but never fails: a full disk or a deleted folder costs a recomputation, no error."""

    def __init__(self, server: Flask, folder: Path) -> None:
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)
        config = {"CACHE_TYPE": "FileSystemCache", "CACHE_DIR": str(folder), "CACHE_DEFAULT_TIMEOUT": 0, "CACHE_THRESHOLD": KEPT}
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
        except OSError as error:
            log.warning("a result could not be kept: %s", error.strerror)
            return False
        if not kept:
            log.warning("a result could not be kept: is the disk full?")
        return kept
