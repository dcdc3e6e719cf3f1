"""The command line, ``python -m netspatial_core COMMAND``: results on stdout or in files, errors on stderr with their remedy."""

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from netspatial_core.errors import InputError, NetSpatialError
from netspatial_core.planning.assumptions import Assumptions
from netspatial_core.settings import get_settings

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Plan cellular sites from what stands there and what people do there.",
)
train_app = typer.Typer(no_args_is_help=True, help="Train the fusion, then the generator, on data sets.")
app.add_typer(train_app, name="train")

ANYTHING = {"ignore_unknown_options": True, "allow_extra_args": True}  # of a part that is not there yet

Out = Annotated[
    Path, typer.Option(help="Folder to write when the run succeeds; the files of an older one are replaced, others stay.")
]
Seed = Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Seed; written into the output.")]
AnySeed = Annotated[int, typer.Option("--seed", hidden=True, help="Taken by every command; nothing is drawn here.")]
Datasets = Annotated[list[Path], typer.Option("--dataset", help="DATASET folder; repeat for several.")]


@app.command()
def weights(seed: AnySeed = 0) -> None:  # noqa: ARG001 - the contract: every command takes it
    """Install check: verify the pretrained weights and convert them once into the cache."""
    from netspatial_core.encoders.weights import ensure_weights

    paths = ensure_weights(get_settings(), on_progress=lambda line: typer.echo(line, err=True))
    for name in ("vision", "text", "writer"):
        typer.echo(f"{name}\t{getattr(paths, name)}")


@app.command()
def demos(seed: AnySeed = 0) -> None:  # noqa: ARG001 - as above
    """Names of the embedded study areas, one a line."""
    from netspatial_core.sources.scene import demos as names

    for name in names(get_settings()):
        typer.echo(name)


@app.command()
def plan(
    out: Out,
    demo: Annotated[str | None, typer.Option(help="An embedded study area (see demos).")] = None,
    bbox: Annotated[str | None, typer.Option(help="W,S,E,N in degrees.")] = None,
    centre: Annotated[str | None, typer.Option(help="LON,LAT in degrees.")] = None,
    side_km: Annotated[float | None, typer.Option(help="Side of the area around --centre; 3 when not given.")] = None,
    imagery: Annotated[str | None, typer.Option(help="GeoTIFF/COG file, or XYZ address with {z}/{x}/{y}.")] = None,
    pois: Annotated[str | None, typer.Option(help="GeoJSON/GeoPackage/GeoParquet file, or 'overpass'.")] = None,
    stations: Annotated[Path | None, typer.Option(help="CSV, GeoJSON or Parquet of existing stations.")] = None,
    exclude: Annotated[Path | None, typer.Option(help="Polygons where nothing can be built.")] = None,
    zoom: Annotated[int | None, typer.Option(min=0, max=22, help="Zoom of the XYZ tiles; chosen when not given.")] = None,
    crs: Annotated[str, typer.Option(help="wgs84, or gcj02 for tiles, POIs, stations, exclusions of Chinese maps.")] = "wgs84",
    attribution: Annotated[str, typer.Option(help="Whom your inputs must be credited to; goes into every export.")] = "",
    cell: Annotated[float | None, typer.Option(help="Side of a cell, metres; 100 when not given.")] = None,
    model: Annotated[str, typer.Option(help="MODEL folder, or a name under data/models.")] = "",
    draws: Annotated[
        int | None, typer.Option(min=1, max=1024, help="Draws of the ensemble; the setting DRAWS when not given.")
    ] = None,
    utility: Annotated[
        str,
        typer.Option(
            help="What to rank by: lsi, mean, peak, busy, mean_over_std, variation, overload, revenue, payback; or custom."
        ),
    ] = "lsi",
    formula: Annotated[
        str, typer.Option(help="Formula of --utility custom over per-draw statistics, as 'mean - 0.5 * std'.")
    ] = "",
    better: Annotated[str, typer.Option(help="Whether a high or a low value of the formula is better.")] = "high",
    capacity: Annotated[float, typer.Option(help="Assumed capacity of a new site, GB/h.")] = Assumptions.capacity,
    price: Annotated[float, typer.Option(help="Assumed price of a GB.")] = Assumptions.price,
    capex: Annotated[float, typer.Option(help="Assumed cost of a new site, once.")] = Assumptions.capex,
    opex: Annotated[float, typer.Option(help="Assumed cost of a new site in 28 days.")] = Assumptions.opex,
    currency: Annotated[str, typer.Option(help="Currency of price, capex and opex, three letters.")] = Assumptions.currency,
    floor: Annotated[float | None, typer.Option(help="Demand floor, GB/h; a default is computed when not given.")] = None,
    k: Annotated[int, typer.Option("--k", help="Sites to pick.")] = 10,
    min_spacing: Annotated[
        float,
        typer.Option(
            help="Least distance between picks, metres; 0 takes the best K wherever they lie (the planner begins with 300)."
        ),
    ] = 0.0,
    min_distance: Annotated[float, typer.Option(help="Least distance to an existing station, metres.")] = 150.0,
    station_gap: Annotated[
        float, typer.Option(help="Least distance of a pick to an existing station, metres; the cells nearer keep their traffic.")
    ] = 0.0,
    zones: Annotated[
        Path | None,
        typer.Option(
            help="Polygons with the property kind: exclude, include (at least one pick), or cost with the property cost."
        ),
    ] = None,
    budget: Annotated[
        float | None, typer.Option(help="Most that all picks may cost; a site costs the capex, or its zone's.")
    ] = None,
    method: Annotated[
        str, typer.Option(help="greedy; exact, the proven best set; or joint, picks that share catchment.")
    ] = "greedy",
    scenario: Annotated[
        Path | None, typer.Option(help="What is supposed to be otherwise: a file that the planner saved, of this very area.")
    ] = None,
    rationales: Annotated[
        bool, typer.Option("--rationales", help="Write a checked rationale for every pick, after the plan: some 10 s each.")
    ] = False,
    keep: Annotated[str, typer.Option(help="traffic, or statistics only.")] = "traffic",
    engine: Annotated[str, typer.Option(help="local; a Ray cluster is not in this version.")] = "local",
    from_bundle: Annotated[Path | None, typer.Option(help="Not in this version.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed; the setting SEED when not given.")] = None,
) -> None:
    """Generate traffic for every feasible cell, rank them, and write the plan's files."""
    from netspatial_core.command.places import area, coordinates, rounded
    from netspatial_core.command.plan import plan as make
    from netspatial_core.command.progress import Bars
    from netspatial_core.pipeline import PlanRequest
    from netspatial_core.planning.limits import Limits
    from netspatial_core.planning.scenario import AS_IT_IS, read_scenario
    from netspatial_core.planning.view import Choice
    from netspatial_core.planning.zones import read_zones

    if from_bundle is not None:
        not_yet("--from-bundle")
    if engine.startswith("ray://"):
        not_yet("--engine ray://...")
    if demo is not None and (bbox or centre or imagery or pois):
        raise InputError("A demo brings its own place, imagery and POIs.", "Give --demo, or --bbox or --centre with yours.")
    if side_km is not None and centre is None:
        raise InputError("--side-km is the side of the area around --centre.", "Give --centre LON,LAT, or leave it out.")
    if zoom is not None and "{z}" not in (imagery or ""):
        raise InputError("--zoom is the zoom of XYZ tiles.", "Give --imagery an address with {z}/{x}/{y}, or leave it out.")
    settings, cell_m = get_settings(), 100.0 if cell is None else cell
    place = None if demo else area(bbox, centre, side_km, cell_m)
    request = PlanRequest(
        demo=demo,
        area=place,
        imagery=imagery,
        pois=pois,
        stations=stations,
        exclude=exclude,
        zoom=zoom,
        crs=coordinates(crs),
        attribution=attribution,
        cell_m=cell,
        min_distance_m=min_distance,
        model=model,
        draws=settings.draws if draws is None else draws,
        seed=settings.seed if seed is None else seed,
        engine=engine,
        scenario=AS_IT_IS if scenario is None else read_scenario(scenario),
    )
    assumed = Assumptions(capacity, price, capex, opex, currency)
    marked = () if zones is None else read_zones(zones, crs=request.crs)
    limits = Limits(min_spacing, station_gap, budget, marked)
    choice = Choice(utility, k, floor, limits, method, assumed, formula, better)  # type: ignore[arg-type]  # checked by it
    with Bars(sys.stderr) as bars:
        written = make(request, choice, settings, out, keep=keep, rationales=rationales, on_progress=bars)
    for notice in (rounded(place, side_km, cell_m) if place and centre else "", *written.notices):
        if notice:
            _say(notice)
    for file in written.files:
        typer.echo(file)


@app.command()
def synth(
    out: Out,
    stations: Annotated[
        int, typer.Option(min=0, help="Stations to place, in the study area and the 500 m around it, where people are.")
    ] = 150,
    style: Annotated[str, typer.Option(help="Style of the city: harbour, inland, metropolis or radial.")] = "harbour",
    size_km: Annotated[
        float, typer.Option(min=0.6, max=23.0, help="Side of the study area; 500 m of context is added around.")
    ] = 3.0,
    maturity: Annotated[float, typer.Option(min=0.1, max=1.0, help="1 is a grown city, less an emerging district.")] = 1.0,
    scored: Annotated[
        int,
        typer.Option(min=0, help="For a zero-shot city: so many stations, drawn at random, are the split test, the others rest."),
    ] = 0,
    seed: Seed = 1,
) -> None:
    """Make a synthetic city as a DATASET: imagery, POIs, stations, a month of traffic and the truth about demand."""
    from netspatial_core.command.places import plan_words
    from netspatial_core.synthetic.build import synth as build

    build(style, size_km, stations, seed, out, maturity=maturity, scored=scored, on_progress=_share)
    typer.echo(str(out))
    _say(f"To plan on it: {plan_words(out)}")


@app.command("synth-corpus")
def synth_corpus(out: Annotated[Path, typer.Option(help="Folder to fill with DATASETs; those already there are kept.")]) -> None:
    """Make the synthetic cities that the shipped model was trained on: twenty of them, five layouts of stations each."""
    from netspatial_core.synthetic.build import corpus

    for folder in corpus(out, on_progress=_share):
        typer.echo(str(folder))


@app.command("synth-demos")
def synth_demos(out: Annotated[Path, typer.Option(help="Folder to write the three study areas to.")]) -> None:
    """Make the embedded study areas again."""
    from netspatial_core.synthetic.build import DEMO_CITIES, demo

    for name in DEMO_CITIES:
        typer.echo(str(demo(name, out / name, on_progress=_share)))


@app.command("encode-demos")
def encode_demos() -> None:
    """Encode the embedded study areas once more and keep the result beside them, so that a new machine need not."""
    from netspatial_core.encoders.context import context_key
    from netspatial_core.pipeline import encoders, load_scene
    from netspatial_core.sources.scene import demos as names

    settings = get_settings()
    for name in names(settings):
        scene = load_scene(name, settings)
        points = scene.area.grid.centres
        file = settings.data_dir / "demo" / name / "context.safetensors"
        encoders(settings).context(scene, points).save(file, context_key(scene, points, settings=settings))
        typer.echo(str(file))


@train_app.command("fusion")
def train_fusion(
    dataset: Datasets,
    out: Annotated[Path, typer.Option(help="MODEL folder to write.")],
    init: Annotated[Path | None, typer.Option(help="MODEL, or folder of a fusion, to start from.")] = None,
    config: Annotated[Path | None, typer.Option(help="YAML with a 'fusion' section.")] = None,
    mode: Annotated[str, typer.Option(help="default, paper, or contrastive.")] = "default",
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint beside --out.")] = False,
    seed: Seed = 0,
) -> None:
    """Train the masked fusion of imagery and POIs; the encoders stay frozen."""
    from netspatial_core.training import run_fusion

    line = run_fusion(
        dataset, out, get_settings(), init=init, config=config, mode=mode, resume=resume, seed=seed, on_progress=_say
    )
    typer.echo(line)


@train_app.command("generator")
def train_generator(
    dataset: Datasets,
    out: Annotated[Path, typer.Option(help="MODEL folder to write.")],
    init: Annotated[
        Path | None,
        typer.Option(help="MODEL to fine-tune, or folder of a fusion to train upon; else the fusion in --out."),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Take only the fusion of --init and train a generator anew.")] = False,
    config: Annotated[Path | None, typer.Option(help="YAML with a 'generator' section.")] = None,
    mode: Annotated[str, typer.Option(help="default, or paper.")] = "default",
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint beside --out.")] = False,
    seed: Seed = 0,
) -> None:
    """Train the multi-level flow-matching generator on stations' traffic, or fine-tune one on a few stations."""
    from netspatial_core.training import run_generator

    line = run_generator(
        dataset, out, get_settings(), init=init, config=config, mode=mode, resume=resume, seed=seed, fresh=fresh, on_progress=_say
    )
    typer.echo(line)


@app.command()
def bench(
    json_path: Annotated[Path, typer.Option("--json", help="File to write; keys end in their unit.")],
    demo: Annotated[str | None, typer.Option(help="Study area; the first demo when not given.")] = None,
    repeats: Annotated[int, typer.Option(min=1, help="Runs of each figure; medians are reported.")] = 3,
    seed: Seed = 0,
) -> None:
    """Measure every budget of the design on this machine."""
    from netspatial_core.bench import run_and_write

    for line in run_and_write(json_path, get_settings(), demo=demo, repeats=repeats, seed=seed):
        typer.echo(line)


@app.command(context_settings=ANYTHING)
def operate() -> None:
    """Sleep schedules and load balancing: not in this version."""
    not_yet("operate")


@app.command("synth-report")
def synth_report(
    out: Annotated[Path, typer.Option(help="Folder to write report.json and the charts to.")],
    dataset: Annotated[
        list[Path] | None, typer.Option(help="Synthetic DATASET folder; repeat for several; the demos without.")
    ] = None,
    stations: Annotated[
        int | None, typer.Option(min=2, help="Most stations to use, drawn by the seed; all when not given.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of the public data; the setting SHARED_DATA when not given.")] = None,
    seed: Seed = 0,
) -> None:
    """Compare the traffic of synthetic stations with public measured traffic, figure by figure."""
    from netspatial_core.command.synth_report import synth_report as compare

    written = compare(out, get_settings(), datasets=dataset or (), stations=stations, data=data, seed=seed)
    for line in written.lines:
        typer.echo(line)
    for file in written.files:
        _say(str(file))


@app.command("import", context_settings=ANYTHING)
def import_() -> None:
    """Import an operator's stations and traffic: not in this version."""
    not_yet("import")


@app.command(context_settings=ANYTHING)
def evaluate() -> None:
    """The evaluation suite: not in this version."""
    not_yet("evaluate")


def not_yet(part: str) -> NoReturn:
    """Leave with status 2: the contract names this part, this version has it not."""
    typer.echo(f"{part} is not part of this version of NetSpatial. See the issues for when it comes.", err=True)
    raise typer.Exit(2)


def _share(done: float, what: str) -> None:
    _say(f"{100 * done:3.0f} %  {what}")


def _say(line: str) -> None:
    typer.echo(line, err=True)


def main() -> None:
    """Run a command; every fault becomes one line on stderr and a status other than 0, never a trace."""
    try:
        sys.exit(app(standalone_mode=False))
    except typer.TyperException as error:  # an unknown option or a value of another kind: the library's words, on one line
        message = " ".join(error.format_message().split()).removesuffix(".")
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "python -m netspatial_core"
        if message:  # none where the help was shown for want of a command
            stop = "" if message.endswith("?") else "."
            typer.echo(f"error: {message}{stop} See {command} --help.", err=True)
        sys.exit(error.exit_code)
    except typer.Abort:
        typer.echo("error: Stopped. Start it again when you are ready.", err=True)
        sys.exit(130)
    except Exception as error:  # noqa: BLE001 - nobody is above: what was not foreseen ends here too
        typer.echo(f"error: {_told(error)}", err=True)
        sys.exit(1)


def _told(error: Exception) -> str:
    if isinstance(error, NetSpatialError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:  # a full disk, a read-only folder: the user's to mend
        file = f": {Path(str(error.filename)).name}" if error.filename else ""
        return f"{error.strerror}{file}. Check the folder and its space."
    from netspatial_core.command.incidents import last_resort

    return last_resort(error)


if __name__ == "__main__":
    main()
