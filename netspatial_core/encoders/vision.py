"""What the ground looks like: patch features of a vision transformer over the whole scene, and their means over discs.

A scene is encoded once, densely, in overlapping windows; a point's vector is then pooled from the patches around it, which costs
next to nothing however many points there are.

What a patch's features say must not depend on how the windows happened to fall. So they are read at three quarters of the
transformer's depth (the last layers mix in the whole window), in windows about as large as the smaller disc, and without the part
that tells where in its window a patch lies. How much moving the windows still matters is tested in tests/unit/test_vision.py.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from netspatial_core.encoders.folder import PREPROCESSOR, fingerprint, load_frozen, read_config
from netspatial_core.errors import Cancelled, InputError, WeightsError
from netspatial_core.sources.files import replacing
from netspatial_core.sources.imagery import Imagery

Tile = tuple[tuple[int, int], tuple[slice, slice]]  # corner of a window, and the patches that are taken from it
Progress = Callable[[int, int], None]  # called with steps done and steps in all
Cancel = Callable[[], bool]

RADII_M = (150.0, 500.0)
WINDOW, OVERLAP = 16, 2  # patches; 16 of 14 px are the 224 px most vision transformers were trained on
DEPTH = 0.75  # share of the layers that is run
BATCH = 4  # windows run together, always
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet: how DINOv2 and most others standardise their input
CALIBRATION = 32  # pictures of noise that tell what a patch's place in its window adds to its features


@dataclass(frozen=True)
class PatchMap:
    """Features of a scene's patches, row by row from the north-west corner.

    Attributes:
        features: [row, column, feature]; float16 of float32 arithmetic, 0 where not valid.
        valid: [row, column]; False where under half of the patch has a picture.
        west: Easting of the north-west corner, metres.
        north: Northing of the north-west corner, metres.
        patch_m: Side of a patch, metres.
        epsg: UTM zone of these metres.
    """

    features: NDArray[np.float16] = field(repr=False)
    valid: NDArray[np.bool_] = field(repr=False)
    west: float
    north: float
    patch_m: float
    epsg: int


class VisionEncoder:
    """A frozen vision transformer of ``transformers``, read from a folder. Safe to use from several threads."""

    def __init__(self, folder: Path, *, cache_dir: Path | None = None, name: str = "", sha256: str = "") -> None:
        """Load the model.

        Args:
            folder: config.json and safetensors.
            cache_dir: Where the calibration is kept; None computes it once an encoder.
            name: What artefacts call it; by default the folder's name.
            sha256: Its identity where already known; by default the fingerprint of its files.

        Raises:
            WeightsError: The folder holds no vision transformer, or weights that are not safetensors or do not fit.
        """
        config = read_config(folder)
        patch, layers = config.get("patch_size"), config.get("num_hidden_layers")
        if not (isinstance(patch, int) and isinstance(layers, int)):
            raise WeightsError(
                f"{folder} is no vision transformer: no patch_size or num_hidden_layers.", "Name one such as DINOv2."
            )
        self.name = name or folder.name
        self.sha256 = sha256 or fingerprint(folder)
        self.patch = patch
        self._model = load_frozen(folder, num_hidden_layers=max(1, round(DEPTH * layers)))
        self._mean, self._std = _standard(folder)
        self._calibration = None if cache_dir is None else calibration_file(cache_dir, self.sha256)
        self._positions: NDArray[np.float32] | None = None

    def encode(
        self,
        imagery: Imagery,
        on_progress: Progress | None = None,
        cancelled: Cancel | None = None,
        before: tuple[Imagery, PatchMap] | None = None,
    ) -> PatchMap:
        """Features of all patches of a picture.

        Neighbouring windows share patches; each shared patch is taken from the window whose border is farther away. Windows are
        run in batches of one size, so that the same picture has the same features, bit for bit on one machine type.

        Args:
            imagery: The picture.
            on_progress: Called with windows done and windows in all.
            cancelled: Asked before every batch.
            before: A picture of the same ground and its features: windows that show the same are not run again.

        Raises:
            InputError: The picture has no valid part.
            Cancelled: ``cancelled`` answered true before some batch.
        """
        pixels, valid = _filled(imagery, self.patch)
        tiles = [tile for tile in _tiles(*valid.shape) if valid[tile[1]].any()]
        if not tiles:
            raise InputError(f"{imagery.source} shows nothing of the study area.", "Give imagery that covers it.")
        positions = self.calibrate()
        features = np.zeros((*valid.shape, positions.shape[-1]), dtype=np.float16)
        done, p = 0, self.patch
        if before is not None:
            tiles = _changed(tiles, pixels, valid, before, features, p)
        for batch in (tiles[i : i + BATCH] for i in range(0, len(tiles), BATCH)):
            if cancelled is not None and cancelled():
                raise Cancelled
            windows = [pixels[:, r * p : (r + WINDOW) * p, c * p : (c + WINDOW) * p] for (r, c), _ in batch]
            tokens = self._tokens(np.stack([*windows, *[windows[-1]] * (BATCH - len(windows))])) - positions
            for window, ((row, column), (rows, columns)) in zip(tokens, batch, strict=False):
                mine = window[rows.start - row : rows.stop - row, columns.start - column : columns.stop - column]
                features[rows, columns] = mine * valid[rows, columns][..., None]
            done += len(batch)
            if on_progress is not None:
                on_progress(done, len(tiles))
        height, width = (math.ceil(side / p) for side in imagery.valid.shape)
        inside = np.s_[:height, :width]
        return PatchMap(features[inside], valid[inside], imagery.west, imagery.north, p * imagery.resolution, imagery.epsg)

    def _tokens(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Patch tokens [window, row, column, feature] of windows [window, 3, pixel, pixel]."""
        import torch

        mean, std = (torch.tensor(v)[:, None, None] for v in (self._mean, self._std))
        image = (torch.from_numpy(pixels).float() / 255 - mean) / std
        # DINOv2 always interpolates its position embeddings to the window; others must be asked to
        options: dict[str, Any] = {} if self._model.config.model_type.startswith("dinov") else {"interpolate_pos_encoding": True}
        with torch.inference_mode():
            hidden = self._model(image, **options).last_hidden_state
        n = WINDOW
        return hidden[:, -n * n :].reshape(len(pixels), n, n, -1).numpy()  # class and register tokens come first

    def calibrate(self) -> NDArray[np.float32]:
        """What its row and column in the window add to a patch's features, on average over noise [row, column, feature].

        Kept on disk beside the weights, from which alone it follows.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file, save

        if self._positions is None and self._calibration is not None and self._calibration.is_file():
            try:
                self._positions = load_file(self._calibration)["effect"]
            except (SafetensorError, KeyError):
                self._calibration.unlink()  # damaged: it is made again
        if self._positions is None:
            noise = _noise(CALIBRATION, WINDOW * self.patch)
            tokens = np.concatenate([self._tokens(noise[i : i + BATCH]) for i in range(0, CALIBRATION, BATCH)]).astype(np.float64)
            rows, columns = tokens.mean(axis=(0, 2)), tokens.mean(axis=(0, 1))
            effect = rows[:, None] + columns[None] - 2 * tokens.mean(axis=(0, 1, 2))
            self._positions = effect.astype(np.float32)
            if self._calibration is not None:
                with replacing(self._calibration) as temporary:
                    temporary.write_bytes(save({"effect": self._positions}))
        return self._positions


def _standard(folder: Path) -> tuple[list[float], list[float]]:
    """Mean and spread of each colour that a model's input is standardised with, as its folder says; ImageNet's if it does not.

    Raises:
        WeightsError: The folder says something that are no three numbers.
    """
    said = read_config(folder, PREPROCESSOR) if (folder / PREPROCESSOR).is_file() else {}
    try:
        mean, std = ([float(v) for v in said.get(key, default)] for key, default in (("image_mean", MEAN), ("image_std", STD)))
    except (TypeError, ValueError):
        mean, std = [], []
    if not (len(mean) == len(std) == 3 and min(std) > 0):
        raise WeightsError(f"{folder / PREPROCESSOR}: image_mean and image_std are no three colours.", "Save the model again.")
    return mean, std


def calibration_file(cache_dir: Path, sha256: str) -> Path:
    """Where ``VisionEncoder.calibrate`` keeps its result."""
    return cache_dir / f"positions-{sha256[:16]}-{WINDOW}.safetensors"


def pool(
    patches: PatchMap, points: NDArray[np.float64], radii: tuple[float, ...] = RADII_M
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Mean features of the patches whose centres lie within each radius of a point.

    A disc's rows are spans of columns, and a span's sum is a difference of running sums: the cost does not grow with its width.

    Args:
        patches: Features of the scene.
        points: Projected metres [point, 2].
        radii: Metres, ascending.

    Returns:
        Features [point, radius * feature], l2-normalised for each radius, 0 where absent; and whether the picture is present
        [point]: at least half of the patches of the innermost disc are valid. (Farther out the mean is over what there is.)
    """
    rows, columns, size = patches.features.shape
    counted = np.zeros((rows, columns + 1, size + 1), dtype=np.float32)
    np.cumsum(patches.features, axis=1, dtype=np.float32, out=counted[:, 1:, :size])
    np.cumsum(patches.valid, axis=1, dtype=np.float32, out=counted[:, 1:, size])
    x = (points[:, 0] - patches.west) / patches.patch_m - 0.5  # in patches, with patch centres at whole numbers
    y = (patches.north - points[:, 1]) / patches.patch_m - 0.5
    parts, present = [], np.ones(len(points), dtype=bool)
    for index, radius in enumerate(radii):
        total, wanted = _disc_sums(counted, x, y, radius / patches.patch_m)
        count = total[:, size]
        if index == 0:
            present = (wanted > 0) & (count >= 0.5 * wanted)
        mean = total[:, :size] / np.maximum(count, 1)[:, None]
        norm = np.linalg.norm(mean, axis=1, keepdims=True)
        parts.append(mean / np.where(norm > 0, norm, 1))
    pooled = np.concatenate(parts, axis=1).astype(np.float32)
    pooled[~present] = 0
    return pooled, present


def touched(before: PatchMap, after: PatchMap, points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Points around which some patch differs between two maps of the same ground [point]; all where the maps do not match."""
    if before.features.shape != after.features.shape or (before.west, before.north) != (after.west, after.north):
        return np.ones(len(points), dtype=bool)
    differs = (before.features != after.features).any(axis=-1) | (before.valid != after.valid)
    rows, columns = np.nonzero(differs)
    if len(rows) == 0:
        return np.zeros(len(points), dtype=bool)
    size = after.patch_m
    changed = np.column_stack([after.west + (columns + 0.5) * size, after.north - (rows + 0.5) * size])
    distance, _ = cKDTree(changed).query(points)
    return np.asarray(distance <= max(RADII_M) + size)


def _disc_sums(
    counted: NDArray[np.float32], x: NDArray[np.float64], y: NDArray[np.float64], radius: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sums over discs of ``radius`` patches [point, feature + 1], and how many patches a disc has, the map's border ignored."""
    rows, columns = counted.shape[0], counted.shape[1] - 1
    total, wanted = np.zeros((len(x), counted.shape[2])), np.zeros(len(x))
    first = np.ceil(y - radius).astype(int)
    for step in range(math.floor(2 * radius) + 1):
        row = first + step
        half = np.sqrt(np.maximum(radius**2 - (row - y) ** 2, 0))
        inside = np.abs(row - y) <= radius
        start, stop = np.ceil(x - half).astype(int), np.floor(x + half).astype(int) + 1
        wanted += np.where(inside, stop - start, 0)
        on_map = inside & (row >= 0) & (row < rows)
        start, stop = np.clip(start[on_map], 0, columns), np.clip(stop[on_map], 0, columns)
        total[on_map] += counted[row[on_map], stop] - counted[row[on_map], start]
    return total, wanted


def _filled(imagery: Imagery, patch: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The picture padded to whole patches and at least one window, holes filled with its mean colour; which patches are valid."""
    height, width = (max(math.ceil(side / patch), WINDOW) * patch for side in imagery.valid.shape)
    valid = np.zeros((height, width), dtype=bool)
    valid[: imagery.valid.shape[0], : imagery.valid.shape[1]] = imagery.valid
    colours = imagery.pixels[:, imagery.valid]
    mean = colours.mean(axis=1) if colours.size else np.zeros(3)
    pixels = np.empty((3, height, width), dtype=np.uint8)
    pixels[:] = np.round(mean).astype(np.uint8)[:, None, None]
    pixels[:, valid] = colours
    share = valid.reshape(height // patch, patch, width // patch, patch).mean(axis=(1, 3))
    return pixels, share >= 0.5


def _changed(
    tiles: list[Tile],
    pixels: NDArray[np.uint8],
    valid: NDArray[np.bool_],
    before: tuple[Imagery, PatchMap],
    features: NDArray[np.float16],
    patch: int,
) -> list[Tile]:
    """The windows that show something else than before; the features of the others are taken over."""
    old_pixels, old_valid = _filled(before[0], patch)
    if old_pixels.shape != pixels.shape:
        return tiles
    rows, columns = before[1].valid.shape
    old = np.zeros_like(features)
    old[:rows, :columns] = before[1].features
    changed = []
    for (row, column), (down, across) in tiles:
        seen = np.s_[:, row * patch : (row + WINDOW) * patch, column * patch : (column + WINDOW) * patch]
        if np.array_equal(pixels[seen], old_pixels[seen]) and np.array_equal(valid[down, across], old_valid[down, across]):
            features[down, across] = old[down, across]
        else:
            changed.append(((row, column), (down, across)))
    return changed


def _tiles(rows: int, columns: int) -> Iterator[Tile]:
    """Corner (row, column) of each window and the patches that are taken from it; together they cover every patch once."""
    for top, down in _spans(rows):
        for left, across in _spans(columns):
            yield (top, left), (down, across)


def _spans(length: int) -> list[tuple[int, slice]]:
    """Starts of evenly spread windows along one axis, and the part each answers for: to the middle of the overlaps."""
    count = max(1, math.ceil((length - OVERLAP) / (WINDOW - OVERLAP)))
    starts = [round(i * (length - WINDOW) / max(1, count - 1)) for i in range(count)]
    seams = [0, *((a + WINDOW + b) // 2 for a, b in pairwise(starts)), length]
    return [(start, slice(seams[i], seams[i + 1])) for i, start in enumerate(starts)]


def _noise(count: int, size: int) -> NDArray[np.uint8]:
    """Pictures [count, 3, pixel, pixel] of coloured noise with the spectrum (about 1/f) of overhead imagery, always the same."""
    rng = np.random.default_rng(0)
    frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.fftfreq(size)[None])
    frequency[0, 0] = 1
    white = np.fft.fft2(rng.standard_normal((count, 4, size, size)))
    layers = np.fft.ifft2(white / frequency**1.2).real
    pictures = layers[:, :1] + 0.3 * layers[:, 1:]  # mostly brightness, some colour
    pictures -= pictures.mean(axis=(2, 3), keepdims=True)
    pictures /= pictures.std(axis=(1, 2, 3), keepdims=True)
    return np.clip(115 + 45 * pictures, 0, 255).astype(np.uint8)
