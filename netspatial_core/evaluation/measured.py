"""Public measured traffic to hold synthetic traffic against: train places of two UoMo cities, and a month of Milan."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from netspatial_core.errors import InputError
from netspatial_core.sources.files import sha256_of

MILAN_SKIP_DAYS = 2  # 1 November is a holiday; 28 whole days remain
MILAN_FIRST_WEEKDAY = 6  # 3 November 2013, a Sunday


@dataclass(frozen=True)
class Sample:
    """Traffic series of one kind, to be compared by shape and not by volume.

    Attributes:
        name: What it is called.
        traffic: [series, hour] from a midnight, without gaps, in any unit.
        place: Which place a series belongs to [series]; places are resampled as a whole.
        city: Which city it belongs to [series]; levels are compared within a city.
        first_weekday: Weekday of hour 0, Monday 0; None where it is unknown.
        source: Where it comes from, with its licence.
        files: SHA-256 by file name.
    """

    name: str
    traffic: NDArray[np.float64]
    place: NDArray[np.int64]
    city: NDArray[np.int64]
    first_weekday: int | None
    source: str
    files: dict[str, str]


def read_uomo(folder: Path, city: str) -> Sample:
    """The train places of a UoMo city, cells without traffic dropped.

    Args:
        folder: With ``uomo_sd.npz`` and ``uomo_nc.npz``.
        city: ``sd`` or ``nc``.

    Raises:
        InputError: The file is absent or damaged.
    """
    file, data = _read(folder, f"uomo_{city}.npz", ("traffic", "split"))
    train = np.flatnonzero(data["split"] == "train")
    traffic = data["traffic"][train].astype(np.float64)
    place = np.repeat(train, traffic.shape[1])
    series = traffic.reshape(-1, traffic.shape[-1])
    carried = series.max(axis=1) > 0
    origin = "UoMo (KDD 2025), tsinghua-fib-lab, MIT; train places"
    return Sample(
        f"uomo_{city}",
        series[carried],
        place[carried],
        np.zeros(int(carried.sum()), int),
        None,
        origin,
        {file.name: sha256_of(file)},
    )


def read_milan(folder: Path) -> Sample:
    """28 days from Sunday 3 November 2013 of 25 cells of Milan.

    Raises:
        InputError: The file is absent or damaged.
    """
    file, data = _read(folder, "milan25.npz", ("traffic",))
    series = data["traffic"][:, 24 * MILAN_SKIP_DAYS :].astype(np.float64)
    rows = np.arange(len(series))
    origin = "Telecom Italia Big Data Challenge, doi:10.7910/DVN/EGZHFV, ODbL 1.0"
    return Sample("milan25", series, rows, np.zeros_like(rows), MILAN_FIRST_WEEKDAY, origin, {file.name: sha256_of(file)})


def _read(folder: Path, name: str, keys: tuple[str, ...]) -> tuple[Path, dict[str, NDArray[np.generic]]]:
    file = folder / name
    if not file.is_file():
        raise InputError(
            f"There is no {name} in {folder.name or folder}.",
            "Name the folder of the public data with --data or NETSPATIAL_SHARED_DATA.",
        )
    try:
        with np.load(file, allow_pickle=False) as archive:
            return file, {key: archive[key] for key in keys}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(f"{name} cannot be read: {error}.", "Fetch it again.") from error
