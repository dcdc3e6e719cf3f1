"""Files at the edge of the program: only plain local files are opened, and nothing half-written is ever left behind."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from netspatial_core.errors import InputError

VECTOR_BYTES = 1 << 30  # a vector file of over 1 GB is an extract to be cut first
# first bytes a file of that name must have, so that the library below never guesses another driver
MAGIC = {
    ".geojson": (b"{",),
    ".json": (b"{",),
    ".gpkg": (b"SQLite format 3\x00",),
    ".parquet": (b"PAR1",),
    ".tif": (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
    ".tiff": (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
}


def plain_file(path: Path | str, suffixes: tuple[str, ...], max_bytes: int = VECTOR_BYTES) -> Path:
    """The resolved path of a plain local file of an expected kind.

    Raises:
        InputError: An address or a virtual path, no such file, another kind by name or by its first bytes, or over ``max_bytes``.
    """
    text = str(path)
    if "://" in text or text.startswith(("/vsi", "\\vsi")) or "\x00" in text:
        raise InputError(f"{text!r} is no plain local file.", "Give the path of a file on this machine.")
    file = Path(path).resolve()
    if not file.is_file():
        raise InputError(f"The file {text} does not exist.", "Check the path.")
    suffix = file.suffix.lower()
    if suffix not in suffixes:
        raise InputError(f"{file.name} is not of a kind that is read here.", f"Give one of {', '.join(suffixes)}.")
    size = file.stat().st_size
    if size > max_bytes:
        raise InputError(
            f"{file.name} has {size / 2**20:.0f} MB; the limit is {max_bytes / 2**20:.0f} MB.", "Cut it to the area first."
        )
    if suffix in MAGIC:
        with file.open("rb") as stream:
            head = stream.read(1024)
        if suffix in {".geojson", ".json"}:
            head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        if not head.startswith(MAGIC[suffix]):
            raise InputError(f"{file.name} is no {suffix[1:]} file: its first bytes say otherwise.", "Export it again.")
    return file


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside ``path`` that takes its place when the block ends well, and vanishes when it does not.

    Raises:
        InputError: The folder cannot be written to, or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".", suffix=path.suffix, dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise InputError(
            f"{path.parent} cannot be written to: {error.strerror}.", "Choose another folder or make room."
        ) from error
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.", "Choose another folder or make room.") from error
    finally:
        temporary.unlink(missing_ok=True)


def used(path: Path) -> None:
    """Mark a kept file as used just now, for ``keep_recent``; a folder that cannot be written to keeps the old mark."""
    with suppress(OSError):
        os.utime(path)


def keep_recent(folder: Path, pattern: str, most_bytes: float) -> None:
    """Remove the files of a cache that were used longest ago, until the rest takes up at most so much; the newest always stays.

    Args:
        folder: Of the cache; what else is in it stays.
        pattern: Of the names of its files.
        most_bytes: Of all of them together.
    """
    with suppress(OSError):  # a file that another process has removed, a folder that cannot be written to: the cache is as it is
        found = sorted(((file.stat(), file) for file in folder.glob(pattern)), key=lambda pair: -pair[0].st_mtime_ns)
        total = 0
        for i, (stat, file) in enumerate(found):
            total += stat.st_size
            if i and total > most_bytes:
                file.unlink(missing_ok=True)
