"""Imagery from and to GeoTIFF files: the header is checked first, and only the window over the area is read."""

import math
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.enums import ColorInterp, MaskFlags, Resampling
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader
from rasterio.warp import transform_bounds
from rasterio.windows import Window, from_bounds

from netspatial_core.area import StudyArea
from netspatial_core.errors import InputError
from netspatial_core.sources.files import plain_file, replacing, sha256_of
from netspatial_core.sources.raster import RESOLUTION, Imagery, check_resolution, onto_area
from netspatial_core.sources.text import clean_text

MAX_PIXELS = 4_000_000_000  # of a file: 63,000 x 63,000
MAX_BYTES = 16 << 30
MAX_BLOCK = 256 << 20  # bytes of one strip or tile: a file of one huge strip cannot be read by window
MAX_WINDOW = 1_500_000_000  # source pixels over the area, without overviews: 0.1 m over 3 km


def read_geotiff(path: Path, area: StudyArea, *, resolution: float = RESOLUTION, attribution: str = "") -> Imagery:
    """The part of a GeoTIFF or COG over an area and its margin, resampled to ``resolution``.

    The header is checked first; only the window over the area is read, decimated (from overviews where the file has them).

    Raises:
        InputError: An address instead of a file, another format, no coordinate system, fewer than three 8-bit bands, over the
            caps, cut short, or nowhere near the area.
    """
    file = plain_file(path, (".tif", ".tiff"), MAX_BYTES)
    check_resolution(area, resolution)
    try:
        # with siblings hidden and the driver fixed, nothing but this file is opened
        with (
            rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", GDAL_NUM_THREADS="1"),
            rasterio.open(file, driver="GTiff") as src,
        ):
            _check_header(src, file.name)
            tags = {key: clean_text(value) for key, value in src.tags().items() if key in {"attribution", "source", "fetched"}}
            rgba, transform = _window(src, area, resolution, file.name)
            pixels, valid = onto_area(rgba, transform, src.crs, area, resolution)
    except RasterioError as error:
        raise InputError(f"{file.name} cannot be read as a GeoTIFF, or is cut short.", "Export or copy it again.") from error
    return Imagery(
        pixels,
        valid,
        area.epsg,
        area.outer_bounds[0],
        area.outer_bounds[3],
        resolution,
        tags.get("source") or file.name,
        attribution or tags.get("attribution", ""),
        sha256_of(file),
        tags.get("fetched") or None,
    )


def write_cog(imagery: Imagery, path: Path, *, lossless: bool = False) -> None:
    """Write a cloud-optimised GeoTIFF (JPEG of quality 90 with a mask, or lossless) with overviews and attribution.

    Raises:
        InputError: The file cannot be written.
    """
    from rasterio.shutil import copy

    height, width = imagery.valid.shape
    profile = {"driver": "GTiff", "width": width, "height": height, "count": 3, "dtype": "uint8"}
    options = {"compress": "DEFLATE", "predictor": "YES"} if lossless else {"compress": "JPEG", "quality": 90}
    tags = {"attribution": imagery.attribution, "source": imagery.source, "fetched": imagery.fetched or ""}
    with replacing(path) as temporary, rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        try:
            with rasterio.MemoryFile() as memory:
                with memory.open(**profile, crs=f"EPSG:{imagery.epsg}", transform=imagery.transform, photometric="RGB") as dst:
                    dst.write(imagery.pixels)
                    dst.write_mask(imagery.valid)
                    dst.update_tags(**tags)
                copy(memory.name, temporary, driver="COG", blocksize=512, overview_resampling="AVERAGE", **options)
        except RasterioError as error:
            raise InputError(f"{path} cannot be written.", "Choose another folder or make room.") from error


def _check_header(src: DatasetReader, name: str) -> None:
    """Refuse what cannot be used or would cost too much, before a pixel is read."""
    if src.width * src.height > MAX_PIXELS:
        raise InputError(f"{name} has {src.width} x {src.height} pixels, over the limit.", "Cut it to the area first.")
    if src.crs is None:
        raise InputError(f"{name} has no coordinate system.", "Georeference it (gdal_translate -a_srs ...).")
    if src.transform.is_identity or src.transform.determinant == 0:
        raise InputError(f"{name} has no georeference.", "Georeference it.")
    if src.count < 3 or any(d != "uint8" for d in src.dtypes[:3]):
        raise InputError(
            f"{name} has {src.count} band(s) of {src.dtypes[0]}; three of uint8 (red, green, blue) are needed.",
            "Convert it (gdal_translate -ot Byte -scale, -b 1 -b 2 -b 3).",
        )
    rows, columns = src.block_shapes[0]
    if rows * columns * (src.count if src.interleaving and src.interleaving.value == "PIXEL" else 1) > MAX_BLOCK:
        raise InputError(f"{name} is stored in blocks of {columns} x {rows} pixels, over the limit.", "Save it tiled, as COG.")


def _window(src: DatasetReader, area: StudyArea, resolution: float, name: str) -> tuple[NDArray[np.uint8], Affine]:
    """RGBA [4, row, column] of the source over the area, decimated to half the output's pixel, and its transform."""
    if src.transform.b or src.transform.d:
        raise InputError(f"{name} is rotated.", "Warp it north up first (gdalwarp).")
    bounds = transform_bounds(area.crs, src.crs, *area.outer_bounds, densify_pts=21)
    pad_x, pad_y = 4 * abs(src.transform.a), 4 * abs(src.transform.e)
    wanted = from_bounds(bounds[0] - pad_x, bounds[1] - pad_y, bounds[2] + pad_x, bounds[3] + pad_y, src.transform)
    west, south = max(wanted.col_off, 0), max(wanted.row_off, 0)
    east, north = min(wanted.col_off + wanted.width, src.width), min(wanted.row_off + wanted.height, src.height)
    if east <= west or north <= south:
        spans = [",".join(f"{v:.4f}" for v in transform_bounds(src.crs, 4326, *src.bounds))]
        spans.append(",".join(f"{v:.4f}" for v in area.bounds_wgs84(outer=True)))
        raise InputError(f"{name} covers {spans[0]}, the study area {spans[1]}: they do not meet.", "Give imagery of this area.")
    window = Window(math.floor(west), math.floor(south), math.ceil(east) - math.floor(west), math.ceil(north) - math.floor(south))
    metres = transform_bounds(src.crs, area.crs, *rasterio.windows.bounds(window, src.transform))
    pixel = (metres[2] - metres[0]) / window.width
    if window.width * window.height > MAX_WINDOW and not src.overviews(1):
        raise InputError(f"{name} has {window.width} x {window.height} pixels over the area.", "Save it as COG, with overviews.")
    factor = max(1.0, 0.5 * resolution / pixel)
    shape = (max(1, round(window.height / factor)), max(1, round(window.width / factor)))
    rgb = src.read(_rgb_bands(src), window=window, out_shape=(3, *shape), resampling=Resampling.average)
    alpha = src.dataset_mask(window=window, out_shape=shape) if _has_mask(src) else np.full(shape, 255, dtype=np.uint8)
    transform = src.window_transform(window) @ Affine.scale(window.width / shape[1], window.height / shape[0])
    return np.concatenate([rgb, alpha[None].astype(np.uint8)]), transform


def _rgb_bands(src: DatasetReader) -> list[int]:
    """Bands 1 to 3, or those that say they are red, green and blue."""
    wanted = [ColorInterp.red, ColorInterp.green, ColorInterp.blue]
    colours = list(src.colorinterp)
    return [colours.index(c) + 1 for c in wanted] if all(c in colours for c in wanted) else [1, 2, 3]


def _has_mask(src: DatasetReader) -> bool:
    return any(MaskFlags.all_valid not in flags for flags in src.mask_flag_enums)
