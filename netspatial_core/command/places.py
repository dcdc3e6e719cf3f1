"""Study areas as the command line writes them."""

from pathlib import Path
from typing import Literal

from netspatial_core.area import StudyArea
from netspatial_core.errors import InputError
from netspatial_core.sources.dataset import read_dataset
from netspatial_core.sources.scene import dataset_area

SIDE_KM = 3.0  # around --centre where no side is given
EXACT = 0.005  # by which whole cells may miss the side that was asked for


def area(bbox: str | None, centre: str | None, side_km: float | None, cell_m: float) -> StudyArea:
    """The area of ``--bbox W,S,E,N`` or ``--centre LON,LAT``.

    Raises:
        InputError: Both or neither are given, or the numbers are no place.
    """
    if (bbox is None) == (centre is None):
        raise InputError("A plan needs one place.", "Give --demo NAME, --bbox W,S,E,N or --centre LON,LAT: one of them.")
    if bbox is not None:
        west, south, east, north = numbers(bbox, 4, "--bbox W,S,E,N")
        return StudyArea.from_bbox(west, south, east, north, cell_m)
    lon, lat = numbers(centre or "", 2, "--centre LON,LAT")
    return StudyArea.from_centre(lon, lat, SIDE_KM if side_km is None else side_km, cell_m)


def plan_words(folder: Path) -> str:
    """The command that plans on a data set's own ground, with all that the folder holds."""
    data = read_dataset(folder)
    place = dataset_area(data)
    lon, lat = place.centre
    words = [f"plan --centre={lon:.7f},{lat:.7f} --side-km {round(place.side_m / place.scale) / 1000:g}"]
    words += [f"--{name} {path}" for name, path in (("imagery", data.imagery_path), ("pois", data.pois_path)) if path]
    words += [f"--stations {folder / 'stations.parquet'}"] if len(data.stations) else []
    words += [f"--exclude {data.exclusions_path}"] if data.exclusions_path else []
    return " ".join(["python -m netspatial_core", *words, f"--out {folder}-plan"])


def rounded(made: StudyArea, side_km: float | None, cell_m: float) -> str:
    """What to say where whole cells make another side than the one asked for; '' where they do not."""
    cells = round(made.side_m / made.cell_m)
    asked = 1000 * (SIDE_KM if side_km is None else side_km)
    if abs(cells * cell_m / asked - 1) <= EXACT:
        return ""
    return f"The area is {cells * cell_m / 1000:g} km wide, not {asked / 1000:g}: {cells} whole cells of {cell_m:g} m."


def numbers(text: str, count: int, option: str) -> list[float]:
    """The comma-separated numbers of an option.

    Raises:
        InputError: Not ``count`` numbers.
    """
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        values = []
    if len(values) != count:
        raise InputError(f"{text!r} is not {count} numbers.", f"Write {option} in degrees, separated by commas.")
    return values


def coordinates(name: str) -> Literal["wgs84", "gcj02"]:
    """The coordinates that ``--crs`` names.

    Raises:
        InputError: Others than these two.
    """
    if name == "wgs84":
        return "wgs84"
    if name == "gcj02":
        return "gcj02"
    raise InputError(f"The coordinates {name!r} are unknown.", "Give --crs wgs84, or gcj02 for data of Chinese maps.")
