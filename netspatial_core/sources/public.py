"""What may leave the house: texts and provenance without host paths, passwords and keys."""

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import numpy as np

HIDDEN = "hidden"
_SECRET = re.compile(
    r"pass|secret|token|credential|authori[sz]ation|cookie|api.?key|access.?key|signature|^key$|^sig$", re.IGNORECASE
)
_KEY = re.compile(r"(?=[\w~-]*\d)(?=[\w~-]*[A-Za-z])[\w~-]{16,}", re.ASCII)  # a name of 16 and more letters and digits, mixed
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://[^\s\"'<>]+", re.IGNORECASE)
_PATH = re.compile(
    r"(?<![\w:/.}%])(?:~|[A-Za-z]:)?[/\\](?:[^\s/\\\"',;:]+[/\\])+([^\s/\\\"',;:]*)|(?<![\w:/.}%])~[/\\]([^\s\"',;:]*)"
)


def public(value: Any) -> Any:
    """A JSON-ready copy: host paths shortened to file names, secrets hidden, numbers plain, what is not finite null."""
    if isinstance(value, Mapping):
        return {str(k): HIDDEN if _SECRET.search(str(k)) and v else public(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [public(v) for v in value]
    if isinstance(value, np.ndarray | np.generic):
        return public(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float):
        return value
    return value.name if isinstance(value, Path) else _public_text(str(value))


def without_keys(path: str) -> str:
    """The path of an address, its parts that look like an access key hidden: some services take it as a folder.

    A long identifier that is none is hidden with them: the two cannot be told apart.
    """
    return "/".join(_KEY.sub(HIDDEN, part) for part in path.split("/"))


def _public_text(text: str) -> str:
    parts, end = [], 0
    for match in _ADDRESS.finditer(text):
        parts += [_PATH.sub(_file_name, text[end : match.start()]), _public_address(match.group())]
        end = match.end()
    parts.append(_PATH.sub(_file_name, text[end:]))
    return "".join(parts)


def _file_name(match: re.Match[str]) -> str:
    return match.group(1) or match.group(2) or "…"


def _public_address(address: str) -> str:
    """An address without its user, password and keys; a file address is a host path."""
    parts = urlsplit(address)
    if parts.scheme.lower() == "file":
        return Path(parts.path).name
    query = [(k, HIDDEN if _SECRET.search(k) else v) for k, v in parse_qsl(parts.query, keep_blank_values=True)]
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], without_keys(parts.path), urlencode(query, safe="{}"), ""))
