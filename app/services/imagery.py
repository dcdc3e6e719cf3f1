"""Tiles and chips read from an area's local GeoTIFF, by window, never the whole picture."""

import io
from functools import lru_cache
from pathlib import Path

import numpy as np
import rasterio
from PIL import Image
from rasterio.enums import Resampling
from rasterio.windows import Window, from_bounds
from rio_tiler.errors import TileOutsideBounds
from rio_tiler.io import Reader

from netspatial_core.area import Grid

TILE_PX, CHIP_PX = 256, 192
ZOOMS = (8, 22)


@lru_cache(maxsize=4096)
def tile(path: Path, z: int, x: int, y: int) -> bytes | None:
    """A Web Mercator tile as WebP with transparency outside the picture; None where the picture has no part in it."""
    if not ZOOMS[0] <= z <= ZOOMS[1] or not (0 <= x < 2**z and 0 <= y < 2**z):
        return None
    try:
        with Reader(str(path)) as reader:
            image = reader.tile(x, y, z, tilesize=TILE_PX, indexes=(1, 2, 3), resampling_method="bilinear")
    except TileOutsideBounds:
        return None
    if not image.mask.any():
        return None
    return bytes(image.render(img_format="WEBP", QUALITY=88))


@lru_cache(maxsize=512)
def chip(path: Path, grid: Grid, cell: int) -> bytes:
    """A picture of a cell and half a cell around it, as PNG; black where there is no picture."""
    east, north = grid.centres[cell]
    half = grid.area.cell_m
    with rasterio.open(path) as source:
        window: Window = from_bounds(east - half, north - half, east + half, north + half, source.transform)
        pixels = source.read(
            (1, 2, 3),
            window=window,
            boundless=True,
            fill_value=0,
            out_shape=(3, CHIP_PX, CHIP_PX),
            resampling=Resampling.bilinear,
        )
    out = io.BytesIO()
    Image.fromarray(np.moveaxis(pixels, 0, -1)).save(out, "PNG")
    return out.getvalue()
