"""The whole way from a place to generated traffic, as one readable function that the planner and the command line both call."""

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from netspatial_core import __version__
from netspatial_core.area import Grid, StudyArea, point_scale
from netspatial_core.encoders.choice import check_identity, identity
from netspatial_core.encoders.context import VERSION as CONTEXT_VERSION
from netspatial_core.encoders.context import Before, Encoders, SiteContext, alike, context_key
from netspatial_core.engine import open_engine
from netspatial_core.errors import Cancelled, InfeasibleError, InputError, SourceError
from netspatial_core.generator.ensemble import Condition, TrafficEnsemble
from netspatial_core.generator.model import Model
from netspatial_core.planning.flags import cell_flags
from netspatial_core.planning.scenario import AS_IT_IS, Scenario, applied
from netspatial_core.planning.statistics import Statistics, statistics
from netspatial_core.planning.trust import STRANGE, Modality, Trust
from netspatial_core.planning.view import PlanPieces
from netspatial_core.sensitivity import DRAWS as SENSITIVITY_DRAWS
from netspatial_core.sensitivity import sensitivity
from netspatial_core.settings import Settings
from netspatial_core.sources.address import shown
from netspatial_core.sources.constraints import check_distance, covered, feasibility, read_exclusions
from netspatial_core.sources.dataset import read_dataset
from netspatial_core.sources.files import keep_recent, used
from netspatial_core.sources.http import HttpClient
from netspatial_core.sources.imagery import Imagery, fetch_xyz, read_geotiff
from netspatial_core.sources.pois import PoiSet, fetch_overpass, read_pois
from netspatial_core.sources.public import public
from netspatial_core.sources.scene import Scene, area_json, dataset_area, demos, kind_of, scene_of
from netspatial_core.sources.stations import Stations, read_stations

log = logging.getLogger(__name__)

UNIT = "GB/h"  # of every plan

Stage = Literal["imagery", "pois", "encoding", "draws", "ranking", "rationales"]
Cancel = Callable[[], bool]


@dataclass(frozen=True)
class PlanRequest:
    """What is asked for. Two equal requests over equal inputs give the same plan, bit for bit on one machine type.

    Attributes:
        demo: Name of an embedded study area; the next four are then read from it.
        area: The study area, where no demo is named.
        imagery: A GeoTIFF/COG, or an XYZ address with {z}, {x} and {y}; None plans without imagery.
        pois: A vector file, or ``overpass``; None plans without POIs.
        stations: File of existing stations.
        exclude: File of polygons where nothing can be built; besides those of the demo.
        zoom: Zoom of the XYZ tiles; None chooses it.
        crs: Whether tiles, POIs, stations and exclusions are in WGS84 or in China's GCJ-02; the area itself is always in WGS84.
        attribution: Whom the inputs must be credited to, besides what they say themselves.
        cell_m: Side of a cell, metres; None keeps the area's.
        min_distance_m: A cell nearer than this to an existing station is not feasible.
        model: Model folder or name; empty takes the setting's.
        draws: Draws of the ensemble.
        seed: Seed of the noise.
        engine: Address of the engine.
        scenario: What is supposed to be otherwise than the inputs say.
    """

    demo: str | None = None
    area: StudyArea | None = None
    imagery: str | None = None
    pois: str | None = None
    stations: Path | None = None
    exclude: Path | None = None
    zoom: int | None = None
    crs: Literal["wgs84", "gcj02"] = "wgs84"
    attribution: str = ""
    cell_m: float | None = None
    min_distance_m: float = 150.0
    model: str = ""
    draws: int = 32
    seed: int = 0
    engine: str = "local"
    scenario: Scenario = AS_IT_IS


@dataclass(frozen=True)
class Plan:
    """Generated traffic for every feasible cell of a study area, and what it was generated from.

    Attributes:
        name: Name of the study area.
        scene: The inputs.
        grid: The cells.
        reasons: Why a cell is not feasible [cell]; '' where it is.
        cells: Grid index of each row of the ensemble [row].
        ensemble: Traffic [row, draw, hour].
        statistics: Per-draw statistics of the ensemble.
        context: Features of every cell of the grid.
        flags: What a reader must know about a cell's inputs or result [cell].
        trust: How far the numbers can be believed; while draws stream in only what is known without any.
        provenance: Model, inputs' hashes, seed, settings and attribution: enough to make the plan again.
    """

    name: str
    scene: Scene
    grid: Grid
    reasons: NDArray[np.str_]
    cells: NDArray[np.int64]
    ensemble: TrafficEnsemble
    statistics: Statistics
    context: SiteContext
    flags: tuple[tuple[str, ...], ...]
    provenance: dict[str, Any] = field(default_factory=dict)
    trust: Trust = field(default_factory=Trust)

    @cached_property
    def pieces(self) -> PlanPieces:
        """What views, exports and rationales are made from: the plan without its traffic."""
        stations, area = self.scene.stations.lonlat, self.scene.area
        placed = stations[np.isfinite(stations).all(axis=1)] if len(stations) else np.empty((0, 2))
        return PlanPieces(
            self.grid,
            self.reasons,
            self.cells,
            self.statistics,
            self.flags,
            self.provenance,
            self.scene.kind,
            self.ensemble.unit,
            area.from_wgs84(placed) / point_scale(area.epsg, *area.centre),
            self.trust,
        )


@dataclass(frozen=True)
class Progress:
    """How far a run is: ``done`` of ``total`` in a stage; ``plan`` carries the draws so far once there are any."""

    stage: Stage
    done: int
    total: int
    note: str = ""
    plan: Plan | None = None


Report = Callable[[Progress], None]


def run(
    request: PlanRequest,
    settings: Settings,
    *,
    on_progress: Report | None = None,
    cancelled: Cancel | None = None,
    base: Plan | None = None,
) -> Plan:
    """Generate the traffic of every feasible cell of the requested area.

    Args:
        request: What is asked for.
        settings: Of the process.
        on_progress: Told how far the run is.
        cancelled: Asked now and then.
        base: A plan of the same area, model, seed and draws, without the request's scenario: cells of which the scenario changes
            nothing that is known keep their traffic, the others draw the same noise. The result is that of a run without it.

    Raises:
        InputError: An input cannot be used, or no cell is feasible.
        WeightsError: Weights are missing or belong to something else.
        Cancelled: ``cancelled`` answered true.
    """
    report = on_progress or (lambda _: None)
    check_distance(request.min_distance_m)
    model = open_model(request.model or settings.model, settings)
    engine = open_engine(request.engine, model, settings.threads)
    as_it_is = gather(request, settings, report, cancelled)
    scene = applied(request.scenario, as_it_is)
    _check(cancelled)
    shipped = None if request.demo is None else settings.data_dir / "demo" / request.demo / "context.safetensors"
    grid = scene.area.grid
    reasons = feasibility(grid, scene.exclusions, scene.stations, min_distance_m=request.min_distance_m)
    cells = np.flatnonzero(reasons == "")
    if len(cells) == 0:
        raise InfeasibleError(
            f"No cell of {scene.name} is feasible: every one is {', '.join(sorted(set(reasons.tolist())))}.",
            "Exclude less, or lower the distance to existing stations.",
        )
    made = provenance(request, scene, model)
    if base is not None:
        _check_base(base, made, grid)
    before = _before(as_it_is, base, settings, shipped) if request.scenario.changes else None
    context = describe(scene, settings, report, cancelled, shipped, before)
    traffic = np.empty((len(cells), request.draws, model.horizon), dtype=np.float32)
    new = np.arange(len(cells)) if base is None else _taken_over(base, context, cells, traffic)
    condition = model.condition(context.take(cells))
    keys = place_keys(scene.area, grid.centres[cells])
    summary: Statistics | None = None

    def plan(draws: int, summary: Statistics) -> Plan:
        ensemble = TrafficEnsemble(traffic[:, :draws], unit=UNIT)
        flags = told(cell_flags(scene, context, cells, summary), supposed, trust)
        return Plan(scene.name, scene, grid, reasons, cells, ensemble, summary, context, flags, made, trust)

    trust = Trust(_outside(model, condition, cells, len(grid)))
    supposed = {zone.name: covered(grid, [zone.outline(scene.area)]) for zone in request.scenario.developments}
    complete, series = 0, 0
    condition, keys = condition.take(new), [keys[row] for row in new]
    for block in engine.generate(condition, keys, range(request.draws), request.seed, cancelled):
        traffic[new[block.rows.start : block.rows.stop], block.draws.start : block.draws.stop] = block.traffic
        series += block.traffic.shape[0] * block.traffic.shape[1]
        partial = None
        if block.rows.stop == len(new):  # blocks come in order, so these draws are now complete for every cell
            further = statistics(traffic[:, complete : block.draws.stop])
            summary = further if summary is None else summary.append(further)
            complete = block.draws.stop
            partial = plan(complete, summary)
        report(Progress("draws", series, len(new) * request.draws, f"{complete} of {request.draws} draws", partial))
    if len(new) == 0 and request.draws > 0:
        summary = statistics(traffic)
    if summary is None:
        raise InputError("A plan of no draws says nothing.", "Ask for at least one draw.")
    report(Progress("ranking", 0, 1))
    ratios = sensitivity(
        engine,
        model,
        context.take(cells[new]),
        keys,
        traffic[new, :SENSITIVITY_DRAWS],
        request.seed,
        cancelled,
        lambda done, total: report(Progress("ranking", done, total)),
    )
    trust = replace(trust, without=_on_grid(ratios, base, cells, new, len(grid)))
    result = plan(request.draws, summary)
    report(Progress("ranking", 1, 1, "", result))
    return result


def _outside(model: Model, condition: Condition, cells: NDArray[np.int64], size: int) -> NDArray[np.float64] | None:
    if model.known is None or condition.embedding is None:
        return None
    out = np.full(size, np.nan)
    out[cells] = model.known.score(condition.embedding)
    return out


def _on_grid(
    ratios: dict[Modality, NDArray[np.float64]], base: Plan | None, cells: NDArray[np.int64], new: NDArray[np.int64], size: int
) -> dict[Modality, NDArray[np.float64]]:
    """Ratios of new rows laid over the grid, beside those of rows whose traffic a base had already."""
    out = {}
    for name, ratio in ratios.items():
        out[name] = np.full(size, np.nan)
        if base is not None and name in base.trust.without:
            out[name][cells] = base.trust.without[name][cells]
        out[name][cells[new]] = ratio
    return out


def _check_base(base: Plan, made: dict[str, Any], grid: Grid) -> None:
    """Whether a plan can be started from.

    Raises:
        InputError: It was made for something else.
    """
    if not np.array_equal(base.grid.centres, grid.centres):
        raise InputError("The plan to start from is of another area.", "Start from one of the same area.")
    for part in ("model", "encoders", "seed", "draws"):
        if base.provenance.get(part) != made[part]:
            raise InputError(f"The plan to start from has another {part}.", "Start from one that differs by its scenario alone.")


def _taken_over(base: Plan, context: SiteContext, cells: NDArray[np.int64], traffic: NDArray[np.float32]) -> NDArray[np.int64]:
    """Write the traffic of cells of which nothing has changed [row, draw, hour]; the rows that must be generated."""
    row_of = np.full(len(base.grid), -1)
    row_of[base.cells] = np.arange(len(base.cells))
    kept = alike(context, base.context)[cells] & (row_of[cells] >= 0)
    traffic[kept] = base.ensemble.traffic[row_of[cells[kept]]]
    return np.flatnonzero(~kept)


def gather(request: PlanRequest, settings: Settings, report: Report, cancelled: Cancel | None = None) -> Scene:
    """Everything known about the requested area as it is, before any encoding.

    A tile or POI service that fails leaves its modality missing, and the cells' flags say so; a file that cannot be read stops
    the run.
    """
    if request.demo is not None:
        scene = load_scene(request.demo, settings, request.cell_m)
        report(Progress("imagery", 1, 1, "embedded"))
        report(Progress("pois", 1, 1, "embedded"))
    elif request.area is not None:
        with HttpClient(settings) as client:
            imagery, fault = _imagery(request, request.area, client, report, cancelled)
            _check(cancelled)
            report(Progress("pois", 0, 1, Path(request.pois or "none").name))
            pois = _pois(request, request.area, client, settings)
            report(Progress("pois", 1, 1, pois.source))
        kind = kind_of(imagery.attribution if imagery else "", pois.attribution)
        scene = Scene(request.area, imagery, pois, Stations.none(), None, kind, request.area.name, fault)
    else:
        raise InputError("Nothing to plan was named.", "Give a demo, a box or a centre.")
    if request.stations is not None:
        more_stations = read_stations(request.stations, crs=request.crs).near(scene.area)
        scene = replace(scene, stations=scene.stations.joined(more_stations))
    if request.exclude is not None:
        more = read_exclusions(request.exclude, crs=request.crs)
        scene = replace(scene, exclusions=more if scene.exclusions is None else scene.exclusions.joined(more))
    return scene


def describe(
    scene: Scene,
    settings: Settings,
    report: Report,
    cancelled: Cancel | None = None,
    shipped: Path | None = None,
    before: Before | None = None,
) -> SiteContext:
    """Features of every cell's centre, from ``shipped`` or the cache where they were made from these very inputs.

    Where something was known of the same cells ``before``, only what has changed is encoded.
    """
    points = scene.area.grid.centres
    key = context_key(scene, points, settings=settings)
    cached = _kept_at(key, settings)
    for path in (shipped, cached):
        context = _stored(path, key)
        if context is not None:
            if path == cached:
                used(path)
            report(Progress("encoding", 1, 1, "cached"))
            return context

    def step(done: int, total: int) -> None:
        report(Progress("encoding", done, total))

    context = encoders(settings).context(scene, points, on_progress=step, cancelled=cancelled, before=before)
    try:
        context.save(cached, key)
        keep_recent(cached.parent, "*.safetensors", settings.cache_gb * 1e9 / 2)
    except InputError as error:  # a cache that cannot be written costs the next run's time, not this one
        log.warning("The features were not kept: %s", public(str(error)))
    return context


def told(flags: tuple[tuple[str, ...], ...], supposed: dict[str, NDArray[np.bool_]], trust: Trust) -> tuple[tuple[str, ...], ...]:
    """The flags, of cells in building zones that what is known of them is supposed, and which are unlike the training."""
    more = [(f"ground supposed ({name})", cells) for name, cells in supposed.items()]
    if trust.strange is not None:
        more.append((STRANGE, trust.strange))
    return tuple((*kept, *(text for text, cells in more if cells[i])) for i, kept in enumerate(flags))


def _before(as_it_is: Scene, base: Plan | None, settings: Settings, shipped: Path | None) -> Before | None:
    """What is known of the cells without the scenario, from a plan or kept in a file; None where it was never described."""
    if base is not None:
        return Before(base.scene, base.context)
    key = context_key(as_it_is, as_it_is.area.grid.centres, settings=settings)
    kept = (_stored(path, key) for path in (shipped, _kept_at(key, settings)))
    return next((Before(as_it_is, context) for context in kept if context is not None), None)


def _kept_at(key: str, settings: Settings) -> Path:
    return settings.cache_dir / "contexts" / f"{key}.safetensors"


def _stored(path: Path | None, key: str) -> SiteContext | None:
    """Features kept in a file; None where there are none, they were made from something else, or the file is damaged."""
    if path is None or not path.is_file():
        return None
    try:
        return SiteContext.load(path, key)
    except InputError as error:
        log.warning("The features are made again: %s", public(str(error)))
        return None


def load_scene(name: str, settings: Settings, cell_m: float | None = None) -> Scene:
    """An embedded study area, with cells of its own size or of ``cell_m`` metres.

    Raises:
        InputError: There is none of that name.
    """
    if name not in demos(settings):
        raise InputError(f"There is no demo {name!r}.", f"Choose one of: {', '.join(demos(settings)) or 'none is installed'}.")
    dataset = read_dataset(settings.data_dir / "demo" / name)
    area = dataset_area(dataset)
    if cell_m is not None:
        area = StudyArea.from_centre(*area.centre, round(area.side_m / area.scale) / 1000, cell_m, area.name)
    return scene_of(dataset, area)


def model_folder(name: str, settings: Settings) -> Path:
    """The folder of a model named by its path, or by its name under the models folder.

    Raises:
        InputError: There is none.
    """
    for folder in (Path(name), settings.data_dir / "models" / name):
        if (folder / "config.json").is_file():
            return folder
    raise InputError(f"There is no model {name!r}.", f"Name a folder, or one of {settings.data_dir.name}/models, or train it.")


def open_model(name: str, settings: Settings) -> Model:
    """A model by folder, or by name under the models folder; loaded once.

    Raises:
        InputError: There is none of that name, or it answers in another unit.
        WeightsError: It is damaged, or was trained on other encoders than those in use.
    """
    model = _load_model(model_folder(name, settings).resolve())
    check_identity(model.encoders, identity(settings))
    unit = str(model.config.get("unit", UNIT))
    if unit != UNIT:
        raise InputError(f"The model {model.name} answers in {unit}; plans are in {UNIT}.", f"Train it on traffic in {UNIT}.")
    return model


def encoders(settings: Settings) -> Encoders:
    """The frozen encoders, loaded once."""
    return _load_encoders(settings)


def place_keys(area: StudyArea, points: NDArray[np.float64]) -> list[str]:
    """A name for each place that depends on where it is and nothing else: the same place draws the same noise in any area."""
    return [f"{area.epsg}:{east:.1f}:{north:.1f}" for east, north in points]


def provenance(request: PlanRequest, scene: Scene, model: Model) -> dict[str, Any]:
    """What a plan was made from: no host path, no secret, enough to make it again."""
    area = scene.area
    inputs = {
        "imagery": _imagery_input(scene),
        "pois": {**_input(scene.pois), "status": scene.pois.status, "count": len(scene.pois.lonlat)},
        "stations": {"source": scene.stations.source, "sha256": scene.stations.sha256, "count": len(scene.stations.ids)},
        "exclusions": None
        if scene.exclusions is None
        else {"source": scene.exclusions.source, "sha256": scene.exclusions.sha256},
    }
    owed = (request.attribution, scene.imagery.attribution if scene.imagery else "", scene.pois.attribution)
    attribution = [credit for credit in owed if credit]
    made = {
        "netspatial": __version__,
        "area": {**area_json(area), "centre": list(area.centre), "bounds_wgs84": list(area.bounds_wgs84())},
        "ground": "synthetic" if scene.kind == "synthetic" else "real",
        "inputs": inputs,
        "encoders": {**model.encoders, "context": CONTEXT_VERSION},
        "model": {"name": model.name, "sha256": model.sha256, "trained_on": model.config.get("trained_on", "")},
        "seed": request.seed,
        "draws": request.draws,
        "unit": UNIT,
        "hour_0": "Monday 00:00 local time",
        "settings": {name: getattr(request, name) for name in ("min_distance_m", "engine", "zoom", "crs")},
        "attribution": list(dict.fromkeys(attribution)),
        "note": "Demand, not propagation: no coverage or SINR is computed.",
    }
    if request.scenario.changes:
        made["scenario"] = request.scenario.plain().json() | {"sha256": request.scenario.sha256}
    made["fingerprint"] = hashlib.sha256(json.dumps(made, sort_keys=True, default=str).encode()).hexdigest()
    return made


def _imagery(
    request: PlanRequest, area: StudyArea, client: HttpClient, report: Report, cancelled: Cancel | None
) -> tuple[Imagery | None, str]:
    """The picture, or why one that was asked for is missing: "no imagery" and "the service failed" are two facts."""
    if request.imagery is None:
        return None, ""
    if "://" not in request.imagery:
        if request.crs == "gcj02":
            raise InputError(
                f"{Path(request.imagery).name} cannot be converted: only tiles are moved back from GCJ-02.",
                "Georeference it in WGS84 (gdal_translate -a_ullr), and leave out --crs.",
            )
        report(Progress("imagery", 0, 1, Path(request.imagery).name))
        return read_geotiff(Path(request.imagery), area, attribution=request.attribution), ""

    report(Progress("imagery", 0, 1, shown(request.imagery)))

    def step(done: int, total: int) -> None:
        report(Progress("imagery", done, total, "tiles"))

    try:
        picture = fetch_xyz(
            request.imagery,
            area,
            client,
            zoom=request.zoom,
            attribution=request.attribution,
            crs=request.crs,
            on_progress=step,
            cancelled=cancelled,
        )
    except SourceError as error:
        report(Progress("imagery", 1, 1, f"missing: {error.what}"))
        return None, error.what
    return picture, ""


def _pois(request: PlanRequest, area: StudyArea, client: HttpClient, settings: Settings) -> PoiSet:
    if request.pois is None:
        return PoiSet.absent()
    if request.pois == "overpass":
        return fetch_overpass(area, client, settings.overpass_url)
    return read_pois(Path(request.pois), area, crs=request.crs)


def _imagery_input(scene: Scene) -> dict[str, Any]:
    if scene.imagery is not None:
        return {**_input(scene.imagery), "status": "ok"}
    return {"status": "failed", "notes": [scene.imagery_fault]} if scene.imagery_fault else {"status": "absent"}


def _input(source: Imagery | PoiSet) -> dict[str, Any]:
    return {"source": source.source, "sha256": source.sha256, "fetched": source.fetched, "notes": list(source.notes)}


def _check(cancelled: Cancel | None) -> None:
    if cancelled is not None and cancelled():
        raise Cancelled


@lru_cache(maxsize=4)
def _load_model(folder: Path) -> Model:
    return Model.load(folder)


@lru_cache(maxsize=1)
def _load_encoders(settings: Settings) -> Encoders:
    return Encoders(settings)
