"""Settings of the program, each from the environment as NETSPATIAL_<NAME> or a .env file in the working folder."""

from functools import lru_cache
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from netspatial_core.errors import InputError

REPOSITORY = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Every option of the program. A value that cannot be parsed stops the program with the option's name."""

    model_config = SettingsConfigDict(env_prefix="NETSPATIAL_", env_file=".env", extra="ignore", frozen=True)

    host: str = Field("127.0.0.1", description="Address the planner listens on.")
    port: int = Field(8050, ge=0, le=65535, description="Port the planner listens on; 0 takes a free one.")
    data_dir: Path = Field(REPOSITORY / "data", description="Folder with demo/ (study areas) and models/ (trained weights).")
    cache_dir: Path = Field(
        Path.home() / ".cache" / "netspatial",
        description="Folder for converted weights, tiles, embeddings and results.",
    )
    cache_gb: float = Field(
        8.0, gt=0, description="Most that pictures' features and places' descriptions may take up there; the oldest go first."
    )
    model: str = Field("netspatial-s1", description="Model folder, or its name under data_dir/models.")
    vision: str = Field("shipped", description="Vision encoder: shipped, or the folder of a vision transformer.")
    text: str = Field("shipped", description="Text encoder: shipped, or the folder of a text encoder or causal language model.")
    draws: int = Field(32, ge=1, le=1024, description="Draws of the ensemble in the planner.")
    seed: int = Field(0, ge=0, description="Seed of every run that names none.")
    threads: int = Field(0, ge=0, description="Threads of the local engine; 0 uses all cores.")
    overpass_url: str = Field(
        "https://overpass-api.de/api/interpreter",
        description="Overpass API asked for POIs when --pois overpass is given.",
    )
    allowed_hosts: tuple[str, ...] = Field(
        (), description="JSON list of the only hosts that may be contacted; empty allows any public host."
    )
    allow_loopback: bool = Field(False, description="Allow addresses on this host and in private ranges (tests).")
    basemap_url: str | None = Field(None, description="XYZ template of an online basemap; none is offered without it.")
    basemap_attribution: str = Field("", description="Attribution line of that basemap.")
    writer: str = Field("smollm2", description="Language model of the rationales: smollm2, a local model folder, or none.")
    shared_data: Path | None = Field(None, description="Public data that synth-report compares with; a folder.")


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The process's settings, read once.

    Raises:
        InputError: An option cannot be parsed; the message names each.
    """
    try:
        return Settings()  # type: ignore[call-arg]
    except ValidationError as error:
        wrong = [f"NETSPATIAL_{str(e['loc'][0]).upper()} is {e['input']!r} ({e['msg']})" for e in error.errors()]
        raise InputError(f"A setting cannot be used: {'; '.join(wrong)}.", "Correct the environment or .env.") from None
