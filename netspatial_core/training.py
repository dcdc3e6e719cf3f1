"""Training from the command line: DATASET folders in, a MODEL folder with its card out.

The fusion needs no traffic: it learns from every cell of the data sets' areas. The generator learns from their stations.
"""

import hashlib
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from netspatial_core.encoders.choice import check_identity, identity
from netspatial_core.encoders.context import SiteContext, context_key
from netspatial_core.encoders.tabular import TabularEncoder
from netspatial_core.errors import InputError, WeightsError
from netspatial_core.evaluation.heldout import HeldOut, held_out
from netspatial_core.fusion import Fusion, FusionConfig, retrieval
from netspatial_core.fusion_training import train_fusion
from netspatial_core.generator.config import GeneratorConfig
from netspatial_core.generator.ensemble import HOURS, Condition
from netspatial_core.generator.model import Model
from netspatial_core.generator.train import train_generator
from netspatial_core.model_card import model_card
from netspatial_core.pipeline import encoders, place_keys
from netspatial_core.settings import Settings
from netspatial_core.sources.dataset import Dataset, read_dataset, synthetic_version
from netspatial_core.sources.files import keep_recent, replacing, sha256_of, used
from netspatial_core.sources.scene import Scene, scene_of
from netspatial_core.training_range import NEAREST, TELLING, TrainingRange

Say = Callable[[str], None]
TEST_DRAWS = 32
TRAINING_MINUTES, TUNING_STEPS = 10.0, 200
FUSION_TRAINING = ("command", "data", "held_out", "seed", "steps", "retrieval", "log")


@dataclass(frozen=True)
class Sites:
    """The stations of one data set with their context.

    Attributes:
        dataset: Where they come from.
        context: Frozen features of each station.
        traffic: [station, hour] over 672 h; NaN where nothing was measured.
        split: train, val, test or rest [station].
        keys: Place keys, for the noise.
    """

    dataset: Dataset
    context: SiteContext
    traffic: NDArray[np.float32]
    split: NDArray[np.str_]
    keys: list[str]


def run_fusion(
    paths: Sequence[Path],
    out: Path,
    settings: Settings,
    *,
    init: Path | None,
    config: Path | None,
    mode: str,
    resume: bool,
    seed: int,
    on_progress: Say,
) -> str:
    """Train a fusion on every cell of the data sets' areas; the last ground, where there are several, is held out to judge it.

    With ``init`` it starts from the fusion of that folder, of whose settings only those given are changed; with ``resume`` it
    goes on from the last checkpoint beside ``out``.

    Returns:
        A line with its held-out retrieval.

    Raises:
        InputError: A data set without imagery and POIs, different synthetic cities, an unknown setting, or sizes other than those
            of ``init``.
        WeightsError: ``init`` holds no fusion or one of other encoders, or the checkpoint is of another run.
    """
    options = _section(config, "fusion") | ({"mode": mode} if mode != "default" else {})
    steps = int(options.pop("steps", 2000))
    begun = None if init is None else load_fusion(init)[0]
    wanted = FusionConfig.from_dict(options if begun is None else begun.config.to_dict() | options)
    contexts = []
    grounds = _grounds(paths, on_progress)
    for scene in grounds:
        contexts.append(_context(scene, scene.area.grid.centres, settings))
        on_progress(f"{scene.name}: {len(contexts[-1].points)} places described")
    train, check = (contexts[:-1], contexts[-1]) if len(contexts) > 1 else (contexts, None)
    fusion, log = train_fusion(
        train,
        wanted,
        seed=seed,
        steps=steps,
        init=begun,
        out=_checkpoints(out),
        resume=resume,
        on_progress=lambda done, total: on_progress(f"{100 * done / total:3.0f} %  step {done} of {total}"),
    )
    about = {"command": _command(), "data": [s.name for s in grounds[: len(train)]], "seed": seed, "steps": steps, "log": log}
    if check is None:
        save_fusion(fusion, out, about)
        return f"{out}: trained on its only ground, so that none was left to judge it; give two data sets or more"
    scores = retrieval(fusion, check)
    save_fusion(fusion, out, about | {"held_out": grounds[-1].name, "retrieval": scores})
    return f"{out}: held-out retrieval " + ", ".join(f"{name} {value:.3g}" for name, value in scores.items())


def run_generator(
    paths: Sequence[Path],
    out: Path,
    settings: Settings,
    *,
    init: Path | None,
    config: Path | None,
    mode: str,
    resume: bool,
    seed: int,
    on_progress: Say,
    fresh: bool = False,
) -> str:
    """Train a generator on the stations of the data sets and write the model.

    Stations of the split ``val`` stop it early; those of ``test`` are only scored, for the card. Where ``init`` is a whole model
    its generator is fine-tuned, unless ``fresh``; its standardisation of plain numbers stays.

    Returns:
        A line with its figures.

    Raises:
        InputError: Data sets in different units (or other than that of ``init``) or of different synthetic cities, an unknown
            setting, no train station.
        WeightsError: ``init`` holds no fusion, or one of other encoders.
    """
    options = _section(config, "generator") | ({"mode": mode} if mode != "default" else {})
    length = {key: options.pop(key) for key in ("steps", "minutes") if key in options}
    start = Model.load(init, encoders=identity()) if init is not None and not fresh and (init / "config.json").is_file() else None
    wanted = GeneratorConfig.from_dict(options) if start is None else start.generator.config.tuned(options)
    fusion, fusion_training = load_fusion(init or out)
    datasets = [read_dataset(path) for path in expand(paths)]
    units, version = sorted({dataset.unit for dataset in datasets}), synthetic_version(datasets)
    if len(units) > 1:
        raise InputError(f"The data sets are in {' and '.join(units)}.", "Convert them to one unit.")
    if start is not None and units != [start.about["unit"]]:
        raise InputError(f"{start.name} answers {start.about['unit']}, the data are in {units[0]}.", "Convert the data.")
    if start is not None and version and start.about.get("synthetic_city") not in {None, version}:
        said = f"{start.name} knows cities of version {start.about['synthetic_city']}, the data are of version {version}."
        raise InputError(said, "Make the cities again with this program, or train anew with --fresh.")
    scenes = Scenes()
    data = [sites_of(dataset, scenes, settings, on_progress) for dataset in datasets]
    split = np.concatenate([sites.split for sites in data])
    traffic = np.concatenate([sites.traffic for sites in data])
    raw = np.concatenate([sites.context.tabular for sites in data])
    embedding = np.concatenate([fusion.embed(sites.context) for sites in data])
    tabular = TabularEncoder.fit(raw[split == "train"]) if start is None else start.tabular
    began = time.monotonic()
    generator, log = train_generator(
        embedding,
        tabular.encode(raw),
        traffic,
        split,
        wanted,
        seed=seed,
        out=_checkpoints(out),
        resume=resume,
        init=None if start is None else start.generator,
        on_progress=lambda done, line: on_progress(f"{100 * done:3.0f} %  {line}"),
        **(length or ({"minutes": TRAINING_MINUTES} if start is None else {"steps": TUNING_STEPS})),
    )
    keys = [key for sites in data for key in sites.keys]
    model = Model(out.name, generator, tabular, fusion, identity())
    condition = Condition(embedding, *tabular.encode(raw))
    score = _score(model, condition, keys, traffic, split, seed)
    found = training_range(embedding, traffic, split) if start is None else None  # a tuned one's range is that of its start
    known, counts = found or ((None, None) if start is None else (start.known, start.about.get("range")))
    about = {
        "trained_on": _trained_on(data, split),
        "command": _command(),
        "seed": seed,
        "minutes": round((time.monotonic() - began) / 60, 1),
        "unit": units[0],
        "synthetic_city": version,
        "figures": {} if score is None else score.to_dict(),
        "temperature": generator.temperature,
        "temperature_told": generator.temperature_told,
        "tuned_from": None if start is None else _origin(start, _score(start, condition, keys, traffic, split, seed)),
        "range": counts,
        "log": log,
        "fusion_training": fusion_training,
        "data": [{"name": sites.dataset.name, "sha256": _data_hash(sites)} for sites in data],
    }
    card = model_card(out.name, about, wanted)
    Model(out.name, generator, tabular, fusion, identity(), about, card, known=known).save(out)
    return f"{out}: " + (", ".join(f"{k} {v:g}" for k, v in score.to_dict().items()) if score else "no test stations to score")


def _checkpoints(out: Path) -> Path:
    """Where the checkpoints of both trainings lie: beside the model, which is replaced as a whole."""
    return out.with_name(f".{out.name}.checkpoint")


def expand(paths: Sequence[Path]) -> list[Path]:
    """DATASET folders among the paths; a folder that is none stands for those directly in it, by name.

    Raises:
        InputError: A path holds no data set.
    """
    found = []
    for path in paths:
        inside = [path] if (path / "dataset.json").is_file() else sorted(p.parent for p in path.glob("*/dataset.json"))
        if not inside:
            raise InputError(f"{path} holds no data set.", "Name a DATASET folder, or a folder of them.")
        found += inside
    return found


def save_fusion(fusion: Fusion, out: Path, about: Mapping[str, Any]) -> None:
    """Write fusion.safetensors and fusion.json, which names its hash: what ``train generator --init`` reads."""
    with replacing(out / "fusion.safetensors") as file:
        save_file({name: value.contiguous() for name, value in fusion.state_dict().items()}, file)
    config = {**about, "config": fusion.config.to_dict(), "encoders": identity(), "sha256": sha256_of(out / "fusion.safetensors")}
    with replacing(out / "fusion.json") as file:
        file.write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")


def load_fusion(folder: Path) -> tuple[Fusion, dict[str, Any]]:
    """The fusion of a folder that ``train fusion`` wrote, or of a whole model, and how it was trained.

    Raises:
        WeightsError: There is none, it was altered, or it was trained on other encoders.
    """
    if not (folder / "fusion.json").is_file():
        model = Model.load(folder, encoders=identity())
        if model.fusion is None:
            raise WeightsError(f"The model {folder.name} has no fusion.", "Name one that has, or run train fusion first.")
        return model.fusion, model.config.get("fusion_training", {})
    about = json.loads((folder / "fusion.json").read_text(encoding="utf-8"))
    check_identity(about["encoders"])
    found = sha256_of(folder / "fusion.safetensors")
    if found != about["sha256"]:
        raise WeightsError(f"{folder.name}/fusion.safetensors has the SHA-256 {found}, not {about['sha256']}.", "Train it again.")
    fusion = Fusion(FusionConfig.from_dict(about["config"]))
    fusion.load_state_dict(load_file(folder / "fusion.safetensors"))
    return fusion.eval(), {key: about.get(key) for key in FUSION_TRAINING}


def _section(config: Path | None, name: str) -> dict[str, Any]:
    if config is None:
        return {}
    try:
        content = yaml.safe_load(config.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"The configuration {config} cannot be read ({error}).", "Give a YAML file.") from error
    section = content.get(name, {}) if isinstance(content, dict) else None
    if not isinstance(section, dict):
        raise InputError(f"{config} has no table {name!r}.", f"Write the settings under '{name}:'.")
    return dict(section)


def _grounds(paths: Sequence[Path], say: Say) -> list[Scene]:
    """One scene per distinct ground: layouts of stations over the same imagery and POIs count once."""
    scenes = Scenes()
    datasets = [read_dataset(path) for path in expand(paths)]
    synthetic_version(datasets)
    for dataset in datasets:
        scene = scenes.of(dataset)
        if scene.imagery is None or scene.pois.status != "ok":
            raise InputError(f"{scene.name} lacks imagery or POIs.", "The fusion learns one from the other: give both.")
    say(f"{len(scenes.read)} grounds")
    return list(scenes.read.values())


class Scenes:
    """Scenes of data sets, each ground read once: a picture of 4 km takes seconds to resample."""

    def __init__(self) -> None:
        self.read: dict[tuple[Path | None, ...], Scene] = {}

    def of(self, dataset: Dataset) -> Scene:
        """The scene of a data set, with its own stations."""
        ground = (dataset.imagery_path, dataset.pois_path)
        if ground not in self.read:
            self.read[ground] = scene_of(dataset)
        return replace(self.read[ground], stations=dataset.stations, name=dataset.name)


def _context(scene: Scene, points: NDArray[np.float64], settings: Settings, own: NDArray[np.int64] | None = None) -> SiteContext:
    key = context_key(scene, points, own)
    cached = settings.cache_dir / "contexts" / f"{key}.safetensors"
    context = SiteContext.load(cached, key) if cached.is_file() else None
    if context is not None:
        used(cached)
        return context
    context = encoders(settings).context(scene, points, own=own)
    context.save(cached, key)
    keep_recent(cached.parent, "*.safetensors", settings.cache_gb * 1e9 / 2)
    return context


def sites_of(dataset: Dataset, scenes: Scenes, settings: Settings, say: Say) -> Sites:
    """The stations of a data set that lie in its area, with their context: from the cache, or encoded (seconds for each ground).

    Raises:
        InputError: Its picture or POIs cannot be read, or it names no split.
    """
    scene = scenes.of(dataset)
    everywhere = scene.area.from_wgs84(dataset.stations.lonlat)
    west, south, east, north = scene.area.bounds
    inside = (everywhere[:, 0] >= west) & (everywhere[:, 0] <= east) & (everywhere[:, 1] >= south) & (everywhere[:, 1] <= north)
    rows = np.flatnonzero(inside)  # beyond the area a station lacks context, but it still takes its share of the catchments
    points = everywhere[rows]
    context = _context(scene, points, settings, own=rows)
    series = np.full((len(rows), HOURS), np.nan, dtype=np.float32)
    hours = min(HOURS, dataset.traffic.shape[1])
    series[:, :hours] = dataset.traffic[rows, :hours]
    say(f"{dataset.name}: {len(rows)} stations described")
    return Sites(dataset, context, series, _split(dataset)[rows], place_keys(scene.area, points))


def _split(dataset: Dataset) -> NDArray[np.str_]:
    if dataset.split is None:
        if len(dataset.stations) == 0:
            return np.empty(0, dtype=np.str_)
        raise InputError(
            f"{dataset.name} has no splits.parquet.", "Write station_id and split (train, val, test) for each station."
        )
    return dataset.split


def _score(
    model: Model, condition: Condition, keys: list[str], traffic: NDArray[np.float32], split: NDArray[np.str_], seed: int
) -> HeldOut | None:
    test = np.flatnonzero((split == "test") & np.isfinite(traffic).all(axis=1) & (traffic.mean(axis=1) > 0))
    if len(test) == 0:
        return None
    made = model.sample(condition.take(test), [keys[i] for i in test], range(TEST_DRAWS), seed)
    return held_out(made, traffic[test], traffic[(split == "train") & np.isfinite(traffic).all(axis=1)], seed)


def _origin(start: Model, score: HeldOut | None) -> dict[str, Any]:
    """What a model was tuned from, and the figures of that one on the same held-out stations."""
    return {"name": start.name, "sha256": start.sha256, "figures": {} if score is None else score.to_dict()}


def training_range(
    embedding: NDArray[np.float32], traffic: NDArray[np.float32], split: NDArray[np.str_]
) -> tuple[TrainingRange, dict[str, int]] | None:
    """Which places are like those trained on, and how many train and val stations tell; None where too few val stations do."""
    carried = np.nan_to_num(traffic).max(axis=1) > 0
    train, val = (embedding[carried & (split == name)] for name in ("train", "val"))
    if len(train) < NEAREST or len(val) < TELLING:
        return None
    return TrainingRange.fit(train, val), {"train": len(train), "val": len(val)}


def _trained_on(data: Sequence[Sites], split: NDArray[np.str_]) -> str:
    kinds = sorted({sites.dataset.kind for sites in data})
    counts = {name: int((split == name).sum()) for name in ("train", "val", "test")}
    return (
        f"{counts['train']} {' and '.join(kinds)} stations of {len(data)} data sets "
        f"({counts['val']} for early stopping, {counts['test']} held out)"
    )


def _data_hash(sites: Sites) -> str:
    digest = hashlib.sha256(json.dumps([sites.dataset.name, sites.dataset.version]).encode())
    digest.update(np.ascontiguousarray(sites.traffic).tobytes())
    return digest.hexdigest()


def _command() -> str:
    """The command as it was given, without the folders of this machine."""
    words = ["python -m netspatial_core"]
    for word in sys.argv[1:]:
        option, equals, value = word.partition("=") if word.startswith("--") else ("", "", word)
        path = Path(value)
        words.append(option + equals + ("/".join(path.parts[-2:]) if path.is_absolute() else value))
    return " ".join(words)
