"""What the ground looks like: patch features of a vision transformer over the whole scene, and their means over discs.

A scene is encoded once, densely, in overlapping windows; a point's vector is then pooled from the patches around it, which costs
next to nothing however many points there are.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netspatial_core.encoders.folder import fingerprint, load_frozen, read_config
from netspatial_core.errors import Cancelled, InputError, WeightsError
from netspatial_core.sources.imagery import Imagery

Progress = Callable[[int, int], None]  # called with steps done and steps in all
Cancel = Callable[[], bool]

RADII_M = (150.0, 500.0)
WINDOW, OVERLAP = 37, 4  # patches
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, on which DINOv2 standardises its input


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

    def __init__(self, folder: Path, *, name: str = "", sha256: str = "", window: int = WINDOW, overlap: int = OVERLAP) -> None:
        """Load the model.

        Args:
            folder: config.json and safetensors.
            name: What artefacts call it; by default the folder's name.
            sha256: Its identity where already known; by default the fingerprint of its files.
            window: Side of a window, patches.
            overlap: Patches that neighbouring windows share at least.

        Raises:
            WeightsError: The folder holds no vision transformer, or weights that are not safetensors or do not fit.
        """
        config = read_config(folder)
        config = config.get("vision_config", config)
        if not isinstance(config.get("patch_size"), int):
            raise WeightsError(f"{folder} is no vision transformer: its config names no patch_size.", "Name one such as DINOv2.")
        self.name = name or folder.name
        self.sha256 = sha256 or fingerprint(folder)
        self.patch: int = config["patch_size"]
        self.window, self.overlap = window, overlap
        model = load_frozen(folder)
        self._model = getattr(model, "vision_model", model)  # of CLIP and SigLIP only the half that sees

    def encode(self, imagery: Imagery, on_progress: Progress | None = None, cancelled: Cancel | None = None) -> PatchMap:
        """Features of all patches of a picture.

        Windows are run one by one, all of one size, so that a patch's features depend on its window alone. Neighbouring windows
        share patches; each shared patch is taken from the window whose border is farther away.

        Raises:
            Cancelled: ``cancelled`` answered true before some window.
        """
        pixels, valid = _filled(imagery, self.patch, self.window)
        rows, columns = valid.shape
        features: NDArray[np.float16] | None = None
        tiles = list(_tiles(rows, columns, self.window, self.overlap))
        for done, ((top, left), keep) in enumerate(tiles):
            if cancelled is not None and cancelled():
                raise Cancelled
            if on_progress is not None:
                on_progress(done, len(tiles))
            if not valid[keep].any():
                continue
            p, n = self.patch, self.window
            tokens = self._tokens(pixels[:, top * p : (top + n) * p, left * p : (left + n) * p])
            if features is None:
                features = np.zeros((rows, columns, tokens.shape[-1]), dtype=np.float16)
            mine = slice(keep[0].start - top, keep[0].stop - top), slice(keep[1].start - left, keep[1].stop - left)
            features[keep] = tokens[mine] * valid[keep][..., None]
        if on_progress is not None:
            on_progress(len(tiles), len(tiles))
        if features is None:
            raise InputError(f"{imagery.source} shows nothing of the study area.", "Give imagery that covers it.")
        size = self.patch * imagery.resolution
        height, width = (math.ceil(side / self.patch) for side in imagery.valid.shape)
        inside = np.s_[:height, :width]
        return PatchMap(features[inside], valid[inside], imagery.west, imagery.north, size, imagery.epsg)

    def _tokens(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Patch tokens [row, column, feature] of one window [3, pixel, pixel]."""
        import torch

        mean, std = (torch.tensor(v)[:, None, None] for v in (MEAN, STD))
        image = (torch.from_numpy(np.ascontiguousarray(pixels)).float() / 255 - mean) / std
        options: dict[str, Any] = {} if self._model.config.model_type == "dinov2" else {"interpolate_pos_encoding": True}
        with torch.inference_mode():
            hidden = self._model(image[None], **options).last_hidden_state[0]
        n = self.window
        return hidden[-n * n :].reshape(n, n, -1).numpy()  # class and register tokens come first


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
    counted = np.zeros((rows, columns + 1, size + 1), dtype=np.float64)
    np.cumsum(patches.features, axis=1, dtype=np.float64, out=counted[:, 1:, :size])
    np.cumsum(patches.valid, axis=1, dtype=np.float64, out=counted[:, 1:, size])
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


def _disc_sums(
    counted: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64], radius: float
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


def _filled(imagery: Imagery, patch: int, window: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The picture padded to whole patches and at least one window, holes filled with its mean colour; which patches are valid."""
    height, width = (max(math.ceil(side / patch), window) * patch for side in imagery.valid.shape)
    valid = np.zeros((height, width), dtype=bool)
    valid[: imagery.valid.shape[0], : imagery.valid.shape[1]] = imagery.valid
    colours = imagery.pixels[:, imagery.valid]
    mean = colours.mean(axis=1) if colours.size else np.full(3, 127.0)
    pixels = np.empty((3, height, width), dtype=np.uint8)
    pixels[:] = np.round(mean).astype(np.uint8)[:, None, None]
    pixels[:, valid] = colours
    share = valid.reshape(height // patch, patch, width // patch, patch).mean(axis=(1, 3))
    return pixels, share >= 0.5


def _tiles(rows: int, columns: int, window: int, overlap: int) -> Iterator[tuple[tuple[int, int], tuple[slice, slice]]]:
    """Corner (row, column) of each window and the patches that are taken from it; together they cover every patch once."""
    for top, down in _spans(rows, window, overlap):
        for left, across in _spans(columns, window, overlap):
            yield (top, left), (down, across)


def _spans(length: int, window: int, overlap: int) -> list[tuple[int, slice]]:
    """Starts of evenly spread windows along one axis, and the part each answers for: to the middle of the overlaps."""
    count = max(1, math.ceil((length - overlap) / (window - overlap)))
    starts = [round(i * (length - window) / max(1, count - 1)) for i in range(count)]
    seams = [0, *((a + window + b) // 2 for a, b in pairwise(starts)), length]
    return [(start, slice(seams[i], seams[i + 1])) for i, start in enumerate(starts)]
