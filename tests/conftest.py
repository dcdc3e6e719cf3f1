"""What all tests share: where the public data lies, and settings that allow servers on loopback."""

import os
from pathlib import Path

import pytest

from netspatial_core.settings import REPOSITORY, Settings


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public data; the test is skipped where it is absent, and fails so with CI=true."""
    path = Settings().shared_data or REPOSITORY.parent / "shared" / "data"
    if not path.is_dir():
        message = f"The public data folder {path} is absent: set NETSPATIAL_SHARED_DATA."
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return path


@pytest.fixture
def local_settings(tmp_path: Path) -> Settings:
    """Settings with a cache of their own that allow servers on loopback."""
    return Settings(cache_dir=tmp_path / "cache", allow_loopback=True)
