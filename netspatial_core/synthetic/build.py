"""From a city to files: imagery, POIs, stations, traffic, exclusions and the truth, as a DATASET folder."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from netspatial_core.area import MARGIN_M, StudyArea
from netspatial_core.errors import InputError
from netspatial_core.export.folder import check_out
from netspatial_core.sources.dataset import read_dataset
from netspatial_core.sources.dataset import write_dataset as write_tables
from netspatial_core.synthetic.city import VERSION, City, Progress, generate, make_outline
from netspatial_core.synthetic.cog import ATTRIBUTION
from netspatial_core.synthetic.demand import DemandModel, demand
from netspatial_core.synthetic.files import GSD_M, LONGEST, Writing, write_imagery, write_part
from netspatial_core.synthetic.render import picture
from netspatial_core.synthetic.sheets import survey
from netspatial_core.synthetic.splits import sample_scored, splits_of
from netspatial_core.synthetic.stations import StationLayout, place
from netspatial_core.synthetic.terrain import WIDE_M
from netspatial_core.synthetic.workers import forked_map

FIRST_HOUR = "2026-03-02T00:00"  # a Monday
TZ = "Etc/UTC"
LICENCE = "CC0-1.0 (synthetic: an invented city)"


def write_dataset(
    city: City,
    layout: StationLayout,
    out: Path,
    *,
    seed: int = 0,
    weeks: int = 4,
    name: str | None = None,
    title: str = "",
    links: dict[str, str] | None = None,
    truth: bool = True,
    split: Literal["train", "val", "test"] | None = None,
    scored: int = 0,
    model: DemandModel | None = None,
    small: bool = False,
    workers: int = 2,
    on_progress: Progress | None = None,
) -> Path:
    """Write a city and a layout of stations as a DATASET folder.

    Args:
        city: What to write.
        layout: Its stations, possibly none.
        out: Folder to write.
        seed: Of the traffic.
        weeks: Weeks of traffic.
        name: Name of the data set, by default the city's.
        title: What the planner calls the study area, by default its name.
        links: Relative paths of files beside the folder that are referred to and not written (imagery, pois, exclusions).
        truth: Whether to write what a new site would carry at each cell of the study area.
        split: Split of every station, where a city stands on one side as a whole; by blocks of ground without it.
        scored: Where above 0, so many stations of the study area, drawn at random, are the split test and all others are in none.
        model: The city's demand, if it is known already.
        small: Whether the picture is to take few bytes rather than be true to the last grain.
        workers: Processes that draw the picture.
        on_progress: Called with the share done and what is being done.

    Returns:
        The folder.

    Raises:
        InputError: The folder cannot be written, or there are fewer stations than are to be scored.
    """
    tell = on_progress or (lambda _share, _what: None)
    demands = model or demand(city)
    area, elsewhere = city.study_area(), links or {}
    world = city.to_world(layout.places)
    splits = splits_of(world, area, split, scored, seed)  # refused, if at all, before anything is written
    out.mkdir(parents=True, exist_ok=True)
    if "imagery" not in elsewhere and city.ground:  # a wide city's picture was written sheet by sheet
        image = picture(city, gsd=GSD_M, workers=workers, on_progress=lambda share, what: tell(0.8 * share, what))
        write_imagery(city, image, out / "imagery.tif", small=small)
    tell(0.85, "places and traffic")
    lonlat = area.to_wgs84(world) if len(layout) else np.empty((0, 2))
    jobs = [*({"pois", "exclusions"} - set(elsewhere)), *(["truth"] if truth else []), *(["traffic"] if len(layout) else [])]
    jobs.sort(key=LONGEST.index)  # a metropolis takes minutes for its places: the rest is written beside
    shared = Writing(city, demands, layout.places, area, out, seed, weeks)
    made = dict(zip(jobs, forked_map(write_part, shared, jobs, workers=min(workers, len(jobs))), strict=True))
    traffic = made.get("traffic")
    tell(0.95, "tables")
    return write_tables(
        out,
        name=name or city.name,
        tz=TZ,
        licence=LICENCE,
        kind="synthetic",
        version=VERSION,
        station_ids=list(layout.ids),
        lonlat=lonlat,
        capacity=layout.capacity,
        traffic=np.empty((0, weeks * 168), np.float32) if traffic is None else traffic,
        first_hour=FIRST_HOUR,
        split=splits,
        extra={**describe(city, area, seed), **({"title": title} if title else {}), **elsewhere},
    )


def describe(city: City, area: StudyArea, seed: int) -> dict[str, Any]:
    """What made a data set and where its study area lies."""
    return {
        "area": {"epsg": area.epsg, "west": area.west, "south": area.south, "side_m": area.side_m, "cell_m": area.cell_m},
        "seed": city.seed,
        "layout_seed": seed,
        "style": city.style.name,
        "maturity": city.maturity,
        "size_m": city.size_m,
        "attribution": ATTRIBUTION,
    }


def corpus(
    out: Path,
    seeds: Sequence[int] = range(101, 121),
    styles: Sequence[str] = ("harbour", "inland", "metropolis", "radial"),
    *,
    size_m: float = 4000.0,
    layouts: Sequence[int] = (16, 48, 100, 170, 5),
    maturities: Sequence[float] = (1.0, 1.0, 1.0, 0.75, 1.0, 1.0, 0.6),
    val_seeds: Sequence[int] = (117, 118, 119, 120),
    workers: int = 2,
    on_progress: Progress | None = None,
) -> list[Path]:
    """Training data: each city drawn once, with several layouts of stations, so that training sees different catchments.

    The defaults are what the shipped model was trained on. A city is train or, by ``val_seeds``, val as a whole: neighbouring
    stations share their ground, so that a split within a city would flatter.

    City k takes styles and maturities in turn. Its folder ``city-SEED`` is a DATASET with imagery, POIs, exclusions and the first
    layout; ``city-SEED-b``, ``-c``, ... are further layouts that refer to the first one's files (``"imagery":
    "../city-SEED/imagery.tif"`` in dataset.json). A city all of whose folders are there is left as it is.

    Returns:
        The folders.

    Raises:
        InputError: A setting of a city is out of range, a folder holds a city of another version, or cannot be written.
    """
    folders: list[Path] = []
    tell = on_progress or (lambda _share, _what: None)
    for k, seed in enumerate(seeds):
        names = [f"city-{seed}" + (f"-{chr(ord('a') + i)}" if i else "") for i in range(len(layouts))]
        folders += [out / name for name in names]
        if all(_made(out / name) for name in names):
            continue
        tell(k / len(seeds), f"city {seed}")
        city = generate(seed, styles[k % len(styles)], size_m, maturity=maturities[k % len(maturities)], workers=workers)
        model = demand(city)
        for i, (name, count) in enumerate(zip(names, layouts, strict=True)):
            layout = place(city, model, count, seed=1000 * (i + 1) + seed)
            links = {key: f"../{names[0]}/{file}" for key, file in _FILES.items()} if i else None
            write_dataset(
                city,
                layout,
                out / name,
                seed=1000 * (i + 1) + seed,
                name=name,
                links=links,
                truth=False,
                split="val" if seed in val_seeds else "train",
                model=model,
                workers=workers,
            )
    tell(1.0, "done")
    return folders


def _made(folder: Path) -> bool:
    """Whether a city of this version lies in a folder.

    Raises:
        InputError: It is one of another version.
    """
    if not (folder / "dataset.json").exists():
        return False
    version = read_dataset(folder).version
    if version != VERSION:
        raise InputError(
            f"{folder} holds a city of version {version}, not {VERSION}.", "Name another folder, or delete the old cities."
        )
    return True


_FILES = {"imagery": "imagery.tif", "pois": "pois.parquet", "exclusions": "exclusions.geojson"}
DEMO_CITIES: dict[str, dict[str, Any]] = {
    "harbour-core": {"seed": 1, "style": "harbour", "maturity": 1.0, "stations": 48, "title": "City core by the harbour"},
    "harbour-east": {
        "seed": 2,
        "style": "harbour",
        "maturity": 0.45,
        "stations": 0,
        "title": "Emerging district, no stations yet",
    },
    "inland-core": {"seed": 3, "style": "inland", "maturity": 1.0, "stations": 44, "title": "Core of a dry inland city"},
}


def demo(name: str, out: Path, *, workers: int = 2, on_progress: Progress | None = None) -> Path:
    """Make one of the embedded study areas: 3 km x 3 km with the context margin around it.

    Raises:
        InputError: There is no demo of that name, or the folder cannot be written.
    """
    if name not in DEMO_CITIES:
        raise InputError(f"There is no demo {name!r}.", f"Choose one of: {', '.join(DEMO_CITIES)}.")
    about = DEMO_CITIES[name]
    return _make(
        about["seed"],
        about["style"],
        4000.0,
        about["stations"],
        out,
        name,
        about["maturity"],
        title=about["title"],
        split="test",
        small=True,  # the demos are part of the program
        workers=workers,
        on_progress=on_progress,
    )


def synth(
    style: str,
    size_km: float,
    stations: int,
    seed: int,
    out: Path,
    *,
    maturity: float = 1.0,
    scored: int = 0,
    workers: int = 2,
    on_progress: Progress | None = None,
) -> Path:
    """Make a city of one's own: a study area of ``size_km`` with the context margin around it.

    Stations are train, val or test by blocks of ground; with ``scored`` as in ``sample_scored``, for a city nothing trains on.

    Raises:
        InputError: A setting is out of range, the stations do not fit, or the folder cannot be written or is no data set's.
    """
    check_room(out)
    if scored > stations:
        raise InputError(f"{scored} stations are to be scored, but only {stations} are placed.", "Score fewer, or place more.")
    size = size_km * 1000 + 2 * MARGIN_M
    return _make(seed, style, size, stations, out, None, maturity, scored=scored, workers=workers, on_progress=on_progress)


def check_room(out: Path) -> None:
    """Whether a city can be written there, asked before it is made.

    Raises:
        InputError: It is a file, cannot be written, or holds other files than a data set's.
    """
    check_out(out)
    if out.is_dir() and any(out.iterdir()) and not (out / "dataset.json").exists():
        raise InputError(f"{out.resolve().name} holds files that are no data set.", "Name a new folder for the city.")


def _make(
    seed: int,
    style: str,
    size_m: float,
    stations: int,
    out: Path,
    name: str | None,
    maturity: float,
    *,
    workers: int,
    on_progress: Progress | None,
    title: str = "",
    split: Literal["train", "val", "test"] | None = None,
    scored: int = 0,
    small: bool = False,
) -> Path:
    tell = on_progress or (lambda _share, _what: None)
    if size_m > WIDE_M:
        outline = make_outline(seed, style, size_m, maturity=maturity, on_progress=lambda share, what: tell(0.1 * share, what))
        out.parent.mkdir(parents=True, exist_ok=True)
        # Drawn beside the folder and moved in when nothing can be refused any more: what the folder holds stays whole till then.
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as room:
            drawn, begun = Path(room) / "imagery.tif", 0.8
            city = survey(outline, drawn, workers=workers, on_progress=lambda share, what: tell(0.1 + 0.7 * share, what))
            model, layout = _stations(city, stations, scored, seed)
            out.mkdir(exist_ok=True)
            drawn.replace(out / "imagery.tif")
    else:
        city = generate(
            seed, style, size_m, maturity=maturity, workers=workers, on_progress=lambda share, what: tell(0.4 * share, what)
        )
        begun = 0.4
        model, layout = _stations(city, stations, scored, seed)
    return write_dataset(
        city,
        layout,
        out,
        seed=seed,
        name=name,
        title=title,
        split=split,
        scored=scored,
        model=model,
        small=small,
        workers=workers,
        on_progress=lambda share, what: tell(begun + (1 - begun) * share, what),
    )


def _stations(city: City, count: int, scored: int, seed: int) -> tuple[DemandModel, StationLayout]:
    """The demand of a city and stations where it lies, enough of them in the study area to be scored."""
    model = demand(city)
    layout = place(city, model, count, seed)
    if scored:
        sample_scored(city.to_world(layout.places), city.study_area(), scored, seed)
    return model, layout
