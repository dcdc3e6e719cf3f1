import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from netspatial_core.settings import REPOSITORY, Settings, get_settings


def test_every_option_is_described() -> None:
    assert [name for name, option in Settings.model_fields.items() if not option.description] == []


def test_defaults_are_safe_and_local() -> None:
    settings = Settings(_env_file=None)
    assert settings.host == "127.0.0.1"
    assert settings.allow_loopback is False
    assert settings.basemap_url is None
    assert settings.data_dir == REPOSITORY / "data"
    outside = [name for name, value in settings if isinstance(value, Path) and not value.is_relative_to(REPOSITORY)]
    assert outside == ["cache_dir"], "a default that is the layout of one machine"


def test_the_table_of_settings_is_whole() -> None:
    table = (REPOSITORY / "docs" / "running.md").read_text()
    assert [name for name in Settings.model_fields if f"`{name.upper()}`" not in table] == []


def test_options_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NETSPATIAL_PORT", "9001")
    monkeypatch.setenv("NETSPATIAL_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("NETSPATIAL_ALLOWED_HOSTS", '["tile.example.org"]')
    settings = Settings(_env_file=None)
    assert (settings.port, settings.cache_dir, settings.allowed_hosts) == (9001, tmp_path, ("tile.example.org",))


@pytest.mark.parametrize(("name", "value"), [("PORT", "70000"), ("PORT", "http"), ("DRAWS", "0"), ("SEED", "-1")])
def test_a_value_out_of_range_stops_with_the_options_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"NETSPATIAL_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings(_env_file=None)


def test_settings_cannot_change_and_are_read_once() -> None:
    assert get_settings() is get_settings()
    with pytest.raises(ValidationError, match="frozen"):
        get_settings().port = 1  # type: ignore[misc]


@pytest.mark.parametrize(("given", "found"), [(None, "PASSIVE"), ("ACTIVE", "ACTIVE")])
def test_threads_wait_without_spinning_unless_told_otherwise(given: str | None, found: str) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "OMP_WAIT_POLICY"}
    environment |= {} if given is None else {"OMP_WAIT_POLICY": given}
    code = "import netspatial_core, os, sys; print(os.environ['OMP_WAIT_POLICY'], 'torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [found, "False"]
