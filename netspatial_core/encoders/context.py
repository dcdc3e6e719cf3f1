"""The context of points: what the frozen encoders see around each, before any fusion. The same for stations and candidates."""

import hashlib
import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from netspatial_core.catchment import catchments, taken
from netspatial_core.encoders.choice import choice, folder_of, identity
from netspatial_core.encoders.storage import narrow, pack, packed, rounded, unpack
from netspatial_core.encoders.text import TextEncoder, address_prompt, surroundings_prompts
from netspatial_core.encoders.vision import RADII_M, PatchMap, VisionEncoder, pool, touched
from netspatial_core.errors import InputError
from netspatial_core.reach import reach_m
from netspatial_core.settings import Settings, get_settings
from netspatial_core.sources.files import keep_recent, replacing, used
from netspatial_core.sources.imagery import Imagery
from netspatial_core.sources.pois import PoiSet
from netspatial_core.sources.public import public
from netspatial_core.sources.scene import Scene

Progress = Callable[[int, int], None]
Cancel = Callable[[], bool]
log = logging.getLogger(__name__)

POIS_M, NEAR_M = 500.0, 150.0  # radii within which POIs are pooled, and counted as near
MAX_POIS = 256  # POIs of one point; the nearest are kept
VERSION = 5  # raise it when the same inputs would give other features
PATCHES_VERSION = 2  # likewise of the picture's alone, the slow part


@dataclass(frozen=True)
class SiteContext:
    """Frozen features of points. Vision and text are rounded to eight bits, so that a stored context equals a fresh one.

    Attributes:
        points: Projected metres [point, 2].
        vision: Pooled patch features of both discs [point, 2 * feature], 0 where absent.
        has_vision: Whether there is a picture around the point [point].
        poi_address: Embeddings of the address prompts of the scene's POIs [poi, text feature].
        poi_surroundings: Likewise of the surroundings prompts.
        poi_index: POIs within 500 m of each point, nearest first, all points one after the other [pair].
        poi_offsets: Where each point's POIs start in ``poi_index`` [point + 1].
        poi_status: ok, failed (the service did not answer) or absent (none was asked for).
        tabular: ``tabular.FEATURES`` [point, feature]; nan where unknown.
    """

    points: NDArray[np.float64] = field(repr=False)
    vision: NDArray[np.float32] = field(repr=False)
    has_vision: NDArray[np.bool_] = field(repr=False)
    poi_address: NDArray[np.float32] = field(repr=False)
    poi_surroundings: NDArray[np.float32] = field(repr=False)
    poi_index: NDArray[np.int64] = field(repr=False)
    poi_offsets: NDArray[np.int64] = field(repr=False)
    poi_status: Literal["ok", "failed", "absent"]
    tabular: NDArray[np.float64] = field(repr=False)

    def __len__(self) -> int:
        return len(self.points)

    @property
    def poi_counts(self) -> NDArray[np.int64]:
        """POIs of each point [point]."""
        return np.diff(self.poi_offsets)

    def take(self, rows: NDArray[np.int64]) -> "SiteContext":
        """The context of some of the points, in the order of ``rows``."""
        counts = self.poi_counts[rows]
        offsets = np.concatenate([[0], np.cumsum(counts)])
        within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], counts)
        index = self.poi_index[np.repeat(self.poi_offsets[:-1][rows], counts) + within]
        return replace(
            self,
            points=self.points[rows],
            vision=self.vision[rows],
            has_vision=self.has_vision[rows],
            poi_index=index,
            poi_offsets=offsets,
            tabular=self.tabular[rows],
        )

    def save(self, path: Path, key: str = "") -> None:
        """Write a safetensors file, whole or not at all, marked with the key of what it was made from.

        Raises:
            InputError: The file cannot be written.
        """
        from safetensors.numpy import save

        arrays = {name: np.ascontiguousarray(getattr(self, name)) for name in _EXACT}
        arrays |= {name: narrow(getattr(self, name)) for name in _INDICES}
        for name in _FEATURES:
            arrays |= pack(name, getattr(self, name))
        about = {"key": key, "poi_status": self.poi_status}
        with replacing(path) as temporary:
            temporary.write_bytes(save(arrays, metadata=about))

    @classmethod
    def load(cls, path: Path, key: str = "") -> "SiteContext | None":
        """Read what ``save`` wrote; None where it was made from something else than ``key``.

        Raises:
            InputError: The file is damaged.
        """
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, framework="np") as file:
                about = file.metadata() or {}
                if about.get("key") != key:
                    return None
                names = (*_EXACT, *_INDICES, *(name for feature in _FEATURES for name in packed(feature)))
                arrays = {name: file.get_tensor(name) for name in names}
        except (SafetensorError, OSError) as error:
            raise InputError(f"{path} is damaged: {error}.", "Delete it; it is made again.") from error
        status = about.get("poi_status")
        if status not in {"ok", "failed", "absent"}:
            raise InputError(f"{path} is damaged: no status of the POIs.", "Delete it; it is made again.")
        content: dict[str, Any] = {name: arrays[name] for name in _EXACT}
        content |= {name: arrays[name].astype(np.int64) for name in _INDICES}
        try:
            content |= {name: unpack(name, arrays) for name in _FEATURES}
        except IndexError as error:
            raise InputError(f"{path} is damaged: it points to rows it does not hold.", "Delete it; it is made again.") from error
        return cls(**content, poi_status=status)


_FEATURES = ("vision", "poi_address", "poi_surroundings")
_INDICES = ("poi_index", "poi_offsets")
_EXACT = ("points", "has_vision", "tabular")


@dataclass(frozen=True)
class Before:
    """What was known of the same points before something changed.

    Attributes:
        scene: The area and all that was known of it.
        context: The features then.
    """

    scene: Scene
    context: SiteContext


class Encoders:
    """The frozen encoders of the settings. Loaded when first needed; safe to use from several threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.Lock()  # one scene is encoded at a time: two would only share the cores, or do the same twice
        self._vision: VisionEncoder | None = None
        self._text: TextEncoder | None = None

    @property
    def vision(self) -> VisionEncoder:
        """The vision encoder."""
        if self._vision is None:
            chosen, folder = choice("vision", self.settings), folder_of("vision", self.settings)
            cache = self.settings.cache_dir / "weights"
            self._vision = VisionEncoder(folder, cache_dir=cache, name=chosen.name, sha256=chosen.sha256)
        return self._vision

    @property
    def text(self) -> TextEncoder:
        """The text encoder, with its cache on disk."""
        if self._text is None:
            chosen, folder = choice("text", self.settings), folder_of("text", self.settings)
            cache = self.settings.cache_dir / "embeddings"
            self._text = TextEncoder(folder, cache_dir=cache, name=chosen.name, sha256=chosen.sha256)
        return self._text

    def context(
        self,
        scene: Scene,
        points: NDArray[np.float64],
        own: NDArray[np.int64] | None = None,
        on_progress: Progress | None = None,
        cancelled: Cancel | None = None,
        before: "Before | None" = None,
    ) -> SiteContext:
        """Features of points of a scene.

        Args:
            scene: The area and all that is known of it.
            points: Projected metres [point, 2].
            own: Index of each point's own station in ``scene.stations`` [point], -1 for a candidate.
            on_progress: Called with steps done and steps in all; a step is about one window of the vision encoder.
            cancelled: Asked now and then.
            before: What is known of the same points under another picture, or the same: only what shows otherwise is encoded.

        Raises:
            WeightsError: Weights are missing or altered.
            Cancelled: ``cancelled`` answered true.
        """
        xy = scene.area.from_wgs84(scene.pois.lonlat) if len(scene.pois.tags) else np.empty((0, 2))
        with self._lock:
            report = on_progress or (lambda _done, _total: None)
            text_steps = max(1, len(scene.pois.tags) // 100)  # a hundred POIs cost about as much as a window
            vision, has_vision = self._see(scene.imagery, points, lambda d, n: report(d, n + text_steps), cancelled, before)
            address, surroundings = self._read(scene, xy, cancelled, before)
            report(1, 1)
        index, offsets = neighbours(points, xy)
        tabular = np.column_stack(
            [
                _catchment_features(points, _station_xy(scene), own),
                _poi_counts(points, xy, scene.pois.status),
                _pois_taken(points, xy, scene.pois.status, _station_xy(scene), own),
            ]
        )
        return SiteContext(points, vision, has_vision, address, surroundings, index, offsets, scene.pois.status, tabular)

    def patches(
        self,
        imagery: Imagery,
        on_progress: Progress | None = None,
        cancelled: Cancel | None = None,
        before: Imagery | None = None,
    ) -> PatchMap:
        """The dense features of a picture, from the cache where these very pixels have been encoded.

        Of a picture of the same ground ``before`` what shows the same is taken over.
        """
        path = self.settings.cache_dir / "embeddings" / f"patches-{_patches_key(imagery, self.settings)}.safetensors"
        stored = _load_patches(path, imagery) if path.is_file() else None
        if stored is not None:
            used(path)
            return stored
        known = None if before is None or before is imagery else (before, self.patches(before, on_progress, cancelled))
        made = self.vision.encode(imagery, on_progress, cancelled, known)
        try:
            _save_patches(made, path)
            keep_recent(path.parent, "patches-*.safetensors", self.settings.cache_gb * 1e9 / 2)
        except InputError as error:  # a cache that cannot be written costs time the next time, not this run
            log.warning("%s", public(str(error)))
        return made

    def _see(
        self,
        imagery: Imagery | None,
        points: NDArray[np.float64],
        report: Progress,
        cancelled: Cancel | None,
        before: "Before | None",
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        if imagery is None or not imagery.valid.any():
            size = len(RADII_M) * choice("vision", self.settings).size
            return np.zeros((len(points), size), dtype=np.float32), np.zeros(len(points), dtype=bool)
        seen = None if before is None else before.scene.imagery
        if before is not None and seen is not None and same_picture(imagery, seen):
            return before.context.vision, before.context.has_vision
        patches = self.patches(imagery, report, cancelled, seen)
        features, present = pool(patches, points)
        vision = rounded(features)
        if before is None or seen is None:
            return vision, present
        # features kept in a file may stem from another machine, whose last bits differ: they hold where nothing has changed
        same = ~touched(self.patches(seen), patches, points)
        vision[same], present[same] = before.context.vision[same], before.context.has_vision[same]
        return vision, present

    def _read(
        self, scene: Scene, xy: NDArray[np.float64], cancelled: Cancel | None, before: "Before | None"
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Embeddings of both prompts of every POI; those of prompts that were there before are taken over."""
        if not scene.pois.tags:
            none = np.empty((0, choice("text", self.settings).size), dtype=np.float32)
            return none, none
        known: dict[str, NDArray[np.float32]] = {}
        if before is not None and before.scene.pois.tags:
            then = before.scene.pois
            rows = np.concatenate([before.context.poi_address, before.context.poi_surroundings])
            known = dict(zip(_prompts(then, before.scene.area.from_wgs84(then.lonlat)), rows, strict=True))
        prompts = _prompts(scene.pois, xy)
        new = list(dict.fromkeys(prompt for prompt in prompts if prompt not in known))
        if new:
            known |= dict(zip(new, rounded(self.text.encode(new, cancelled=cancelled)), strict=True))
        both = np.stack([known[prompt] for prompt in prompts])
        return both[: len(scene.pois.tags)], both[len(scene.pois.tags) :]


def _prompts(pois: PoiSet, xy: NDArray[np.float64]) -> list[str]:
    """The address prompts of all POIs, then the surroundings prompts."""
    return [address_prompt(tags) for tags in pois.tags] + surroundings_prompts(xy, pois.tags)


def context_key(
    scene: Scene, points: NDArray[np.float64], own: NDArray[np.int64] | None = None, settings: Settings | None = None
) -> str:
    """Hash of all that a context is made from: inputs, points, encoders and this module's version.

    Args:
        scene: The area and all that is known of it.
        points: Projected metres [point, 2].
        own: As for ``Encoders.context``.
        settings: They name the encoders; the process's settings where not given.
    """
    settings = settings or get_settings()
    imagery = None if scene.imagery is None else _patches_key(scene.imagery, settings)
    about = {
        "version": VERSION,
        "encoders": identity(settings),
        "imagery": imagery,
        "tags": [dict(tags) for tags in scene.pois.tags],
        "status": scene.pois.status,
        "stations": scene.stations.ids if own is not None else len(scene.stations.ids),
    }
    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    for array in (points, scene.pois.lonlat, scene.stations.lonlat, np.empty(0) if own is None else own):
        digest.update(np.ascontiguousarray(array, dtype=np.float64).tobytes() + b"|")
    return digest.hexdigest()


def retabulate(
    context: SiteContext, scene: Scene, points: NDArray[np.float64], own: NDArray[np.int64] | None = None
) -> SiteContext:
    """The context with its catchments computed anew, after the scene's stations were changed; nothing is encoded."""
    tabular, stations = context.tabular.copy(), _station_xy(scene)
    xy = scene.area.from_wgs84(scene.pois.lonlat) if len(scene.pois.tags) else np.empty((0, 2))
    tabular[:, :2] = _catchment_features(points, stations, own)
    tabular[:, 4:] = _pois_taken(points, xy, scene.pois.status, stations, own)
    return replace(context, tabular=tabular)


def same_picture(one: Imagery, other: Imagery) -> bool:
    """Whether two pictures show the same at the same place."""
    if one is other:
        return True
    where = all(getattr(one, name) == getattr(other, name) for name in ("epsg", "west", "north", "resolution"))
    return where and np.array_equal(one.valid, other.valid) and np.array_equal(one.pixels, other.pixels)


def alike(one: SiteContext, other: SiteContext) -> NDArray[np.bool_]:
    """Whether the same is known of each point in both contexts [point]; both are of the same points."""
    same = (one.has_vision == other.has_vision) & (one.poi_counts == other.poi_counts)
    if len(one) != len(other) or one.poi_status != other.poi_status:
        return np.zeros(len(one), dtype=bool)
    same &= (one.vision == other.vision).all(axis=1)
    same &= ((one.tabular == other.tabular) | (np.isnan(one.tabular) & np.isnan(other.tabular))).all(axis=1)
    said = [np.hstack([context.poi_address, context.poi_surroundings]) for context in (one, other)]
    # each POI as a number that stands for what is said of it
    names = np.unique(np.concatenate(said), axis=0, return_inverse=True)[1].reshape(-1) if len(said[0]) + len(said[1]) else None
    if names is None:
        return np.asarray(same)
    mine, theirs = names[: len(said[0])][one.poi_index], names[len(said[0]) :][other.poi_index]
    for point in np.flatnonzero(same).tolist():
        a, b = (slice(*context.poi_offsets[point : point + 2]) for context in (one, other))
        same[point] = np.array_equal(mine[a], theirs[b])
    return np.asarray(same)


def neighbours(points: NDArray[np.float64], xy: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """POIs within 500 m of each point, the nearest ``MAX_POIS``, nearest first.

    Args:
        points: Projected metres [point, 2].
        xy: POIs, projected metres [poi, 2].

    Returns:
        POI of each pair [pair], and where each point's pairs start [point + 1].
    """
    if len(xy) == 0 or len(points) == 0:
        return np.empty(0, dtype=np.int64), np.zeros(len(points) + 1, dtype=np.int64)
    nearest = np.arange(1, min(MAX_POIS, len(xy)) + 1)  # as a list, so that the answer is [point, k] even for one POI
    distance, index = map(np.asarray, cKDTree(xy).query(points, k=nearest, distance_upper_bound=POIS_M))
    found = np.isfinite(distance)
    return index[found].astype(np.int64), np.concatenate([[0], np.cumsum(found.sum(axis=1))]).astype(np.int64)


def _catchment_features(
    points: NDArray[np.float64], stations: NDArray[np.float64], own: NDArray[np.int64] | None
) -> NDArray[np.float64]:
    """Log of the catchment's area in km2 and of the metres to the nearest other station [point, 2].

    Stations of unknown place are no rivals. A catchment of nothing counts as 100 m2, a station on the very spot as 1 m away, and
    one beyond 10 km, or none at all, as 10 km away.
    """
    rivals, own = _placed(stations, own)
    found = catchments(points, rivals, own=own)
    return np.column_stack([np.log(np.maximum(found.area_km2, 1e-4)), np.log(np.clip(found.nearest_m, 1.0, 1e4))])


def _pois_taken(
    points: NDArray[np.float64],
    xy: NDArray[np.float64],
    status: str,
    stations: NDArray[np.float64],
    own: NDArray[np.int64] | None,
) -> NDArray[np.float64]:
    """log(1 + POIs) in the catchment within 500 m, the ground known around any area [point, 1]; nan where they are not known."""
    if status != "ok":
        return np.full((len(points), 1), np.nan)
    rivals, own = _placed(stations, own)
    return np.log1p(taken(points, xy, rivals, reach=min(POIS_M, reach_m()), own=own))[:, None]


def _placed(stations: NDArray[np.float64], own: NDArray[np.int64] | None) -> tuple[NDArray[np.float64], NDArray[np.int64] | None]:
    """The stations whose place is known, and ``own`` in their numbering."""
    placed = ~np.isnan(stations).any(axis=1)
    if own is not None and len(stations):
        own = np.where(own >= 0, np.where(placed, np.cumsum(placed) - 1, -1)[own], -1)
    return stations[placed], own


def _poi_counts(points: NDArray[np.float64], xy: NDArray[np.float64], status: str) -> NDArray[np.float64]:
    """log(1 + POIs) within 150 m and 500 m [point, 2]; nan where the POIs are not known: no POIs is a fact, no answer is none."""
    if status != "ok":
        return np.full((len(points), 2), np.nan)
    if len(xy) == 0:
        return np.zeros((len(points), 2))
    tree = cKDTree(xy)
    return np.column_stack([np.log1p(tree.query_ball_point(points, radius, return_length=True)) for radius in (NEAR_M, POIS_M)])


def _station_xy(scene: Scene) -> NDArray[np.float64]:
    lonlat = scene.stations.lonlat
    return scene.area.from_wgs84(lonlat) if len(lonlat) else np.empty((0, 2))


def _patches_key(imagery: Imagery, settings: Settings) -> str:
    """Hash of the pixels as they are encoded (a file's own hash would not say which part of it, nor how resampled)."""
    encoder = choice("vision", settings).sha256
    digest = hashlib.sha256(f"{PATCHES_VERSION}:{encoder}:{imagery.epsg}:{imagery.resolution}".encode())
    digest.update(f"{imagery.west:.3f}:{imagery.north:.3f}:{imagery.pixels.shape}".encode())
    digest.update(np.ascontiguousarray(imagery.pixels).data)
    digest.update(np.packbits(imagery.valid).tobytes())
    return digest.hexdigest()[:32]


def _save_patches(patches: PatchMap, path: Path) -> None:
    from safetensors.numpy import save

    with replacing(path) as temporary:
        temporary.write_bytes(
            save({"features": patches.features, "valid": patches.valid}, metadata={"patch_m": repr(patches.patch_m)})
        )


def _load_patches(path: Path, imagery: Imagery) -> PatchMap | None:
    """A stored map; None where the file is damaged, so that it is made again."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            patch_m = float(file.metadata()["patch_m"])
            features, valid = file.get_tensor("features"), file.get_tensor("valid")
    except (SafetensorError, OSError, KeyError, ValueError, TypeError):
        return None
    return PatchMap(features, valid, imagery.west, imagery.north, patch_m, imagery.epsg)
