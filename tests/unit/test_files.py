"""Files at the edge: what a cache keeps."""

import os
from pathlib import Path

from netspatial_core.sources.files import keep_recent, used


def filled(folder: Path, names: str, size: int = 100) -> list[Path]:
    """Files of ``size`` bytes, each used a second after the one before it."""
    files = [folder / f"{name}.safetensors" for name in names]
    for i, file in enumerate(files):
        file.write_bytes(bytes(size))
        os.utime(file, (1000 + i, 1000 + i))
    return files


def test_what_was_used_longest_ago_goes_first(tmp_path: Path) -> None:
    a, b, c, d = filled(tmp_path, "abcd")
    (tmp_path / "texts.sqlite").write_bytes(bytes(10_000))
    used(a)
    keep_recent(tmp_path, "*.safetensors", 250)
    assert [file.exists() for file in (a, b, c, d)] == [True, False, False, True]
    assert (tmp_path / "texts.sqlite").exists()
    keep_recent(tmp_path, "*.safetensors", 250)
    assert a.exists()
    assert d.exists()


def test_the_newest_stays_however_large_and_no_folder_is_no_error(tmp_path: Path) -> None:
    a, b = filled(tmp_path, "ab")
    keep_recent(tmp_path, "*.safetensors", 10)
    assert (a.exists(), b.exists()) == (False, True)
    keep_recent(tmp_path / "absent", "*", 10)
    used(tmp_path / "absent")
