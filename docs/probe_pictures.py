"""How well a linear probe on DINOv2 features tells a real picture from synthetic ones, and zone from zone.

python -m docs.probe_pictures build/corpus ../shared/data/banepa/tiles      (minutes; prints the tables of docs/synthetic.md)
"""

import json
import math
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from netspatial_core.area import utm_epsg
from netspatial_core.encoders.vision import PatchMap
from netspatial_core.evaluation.probe import area_under_curve, balanced_accuracy, fit_probe
from netspatial_core.pipeline import describe, encoders
from netspatial_core.settings import get_settings
from netspatial_core.sources.dataset import read_dataset
from netspatial_core.sources.geotiff import read_geotiff
from netspatial_core.sources.imagery import Imagery
from netspatial_core.sources.raster import RESOLUTION
from netspatial_core.sources.scene import dataset_area, scene_of
from netspatial_core.synthetic.style import get_style
from netspatial_core.synthetic.terrain import make_terrain
from netspatial_core.synthetic.zones import zones_at

ZOOM, WEST, NORTH, COLUMNS, ROWS, TILE = 19, 386690, 220241, 6, 8, 512  # the complete block of Banepa's tiles
LEAST_URBAN = 40  # cells of a zone in the training cities; rarer zones are left out
Vectors = NDArray[np.float32]


def banepa(tiles: Path) -> Imagery:
    """The real picture at the resolution every context has."""
    whole = Image.new("RGB", (COLUMNS * TILE, ROWS * TILE))
    for column in range(COLUMNS):
        for row in range(ROWS):
            with Image.open(tiles / str(ZOOM) / str(WEST + column) / f"{NORTH + row}.jpg") as tile:
                whole.paste(tile, (column * TILE, row * TILE))
    latitude = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * (NORTH + ROWS / 2) / 2**ZOOM))))
    fine = 40_075_016.686 * math.cos(math.radians(latitude)) / (TILE * 2**ZOOM)
    size = (round(whole.width * fine / RESOLUTION), round(whole.height * fine / RESOLUTION))
    pixels = np.moveaxis(np.asarray(whole.resize(size, Image.Resampling.BOX)), 2, 0)
    longitude = (WEST + COLUMNS / 2) / 2**ZOOM * 360 - 180
    return Imagery(
        pixels, np.ones(pixels.shape[1:], bool), utm_epsg(longitude, latitude), 0, 0, RESOLUTION, "banepa", "", "", None
    )


def middle(picture: Imagery, side_m: float = 800.0) -> Imagery:
    """The middle of a city's picture: its town."""
    half, (height, width) = round(side_m / 2 / picture.resolution), picture.valid.shape
    at = (slice(height // 2 - half, height // 2 + half), slice(width // 2 - half, width // 2 + half))
    shape = picture.valid[at]
    return Imagery(picture.pixels[:, at[0], at[1]], shape, picture.epsg, 0, 0, RESOLUTION, picture.source, "", "", None)


def halves(patches: PatchMap) -> tuple[Vectors, Vectors]:
    """Unit features [patch, feature] of the western and the eastern half, two columns between them left out."""
    vectors = patches.features.astype(np.float32)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=2, keepdims=True), 1e-6)
    cut = vectors.shape[1] // 2
    flat = vectors.shape[2]
    return vectors[:, : cut - 1].reshape(-1, flat), vectors[:, cut + 1 :].reshape(-1, flat)


def told_apart(first: tuple[Vectors, Vectors], second: tuple[Vectors, Vectors]) -> float:
    """Area under the curve of a probe that learnt from the western halves of two places, on their eastern halves."""
    probe = fit_probe(np.concatenate([first[0], second[0]]), np.array(["1"] * len(first[0]) + ["2"] * len(second[0])))
    scores = probe.predict(np.concatenate([first[1], second[1]]))[:, 0]
    return area_under_curve(scores, np.arange(len(scores)) < len(first[1]))


def zones(corpus: Path, settings: object) -> None:
    """Zone from zone: cells of later cities by a probe that learnt from earlier ones, style by style."""
    cells: dict[str, list[tuple[Vectors, NDArray[np.str_]]]] = {}
    for folder in sorted(folder for folder in corpus.iterdir() if (folder / "imagery.tif").is_file()):
        about = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))
        dataset = read_dataset(folder)
        scene = scene_of(dataset, dataset_area(dataset))
        terrain = make_terrain(about["seed"], get_style(about["style"]), about["size_m"], about["maturity"])
        border = (about["size_m"] - about["area"]["side_m"]) / 2
        grid = scene.area.grid
        x = (grid.columns - 0.5) * grid.area.cell_m + border
        y = (grid.rows - 0.5) * grid.area.cell_m + border
        vision = describe(scene, settings, lambda _: None).vision  # type: ignore[arg-type]
        cells.setdefault(about["style"], []).append((vision[:, : vision.shape[1] // 2], zones_at(terrain, x, y)))
    sys.stdout.write("\n| style | zones | balanced accuracy | by chance |\n|---|---|---|---|" + "\n")
    for style, places in cells.items():
        learn, judge = places[:-1], places[-1]
        names, counts = np.unique(np.concatenate([zone for _, zone in learn]), return_counts=True)
        kept = set(names[counts >= LEAST_URBAN]) & set(judge[1])
        inputs, labels = np.concatenate([x for x, _ in learn]), np.concatenate([zone for _, zone in learn])
        use, test = np.isin(labels, list(kept)), np.isin(judge[1], list(kept))
        probe = fit_probe(inputs[use], labels[use])
        said = probe.classes[probe.predict(judge[0][test]).argmax(axis=1)]
        sys.stdout.write(
            f"| `{style}` | {len(kept)} | {balanced_accuracy(said, judge[1][test]):.2f} | {1 / len(kept):.2f} |" + "\n"
        )


def main(corpus: Path, tiles: Path) -> None:
    """Two tables."""
    settings = get_settings()
    encode = encoders(settings).vision.encode
    real = halves(encode(banepa(tiles)))
    towns: dict[str, list[tuple[Vectors, Vectors]]] = {}
    for folder in sorted(folder for folder in corpus.iterdir() if (folder / "imagery.tif").is_file()):
        about = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))
        if about["maturity"] == 1 and len(towns.setdefault(about["style"], [])) < 2:
            picture = read_geotiff(folder / "imagery.tif", dataset_area(read_dataset(folder)))
            towns[about["style"]].append(halves(encode(middle(picture))))
    sys.stdout.write("| style | from Banepa | from another city of its style | from another style |\n|---|---|---|---|" + "\n")
    styles = list(towns)
    for number, style in enumerate(styles):
        other = towns[styles[(number + 1) % len(styles)]][0]
        figures = [told_apart(towns[style][0], place) for place in (real, towns[style][1], other)]
        sys.stdout.write(f"| `{style}` | " + " | ".join(f"{figure:.3f}" for figure in figures) + " |" + "\n")
    zones(corpus, settings)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
