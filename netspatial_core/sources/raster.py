"""A picture of a study area: RGB and where it is valid, north up in the area's UTM zone."""

import math
from dataclasses import dataclass, field

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.warp import reproject, transform_bounds

from netspatial_core.area import StudyArea
from netspatial_core.errors import InputError

RESOLUTION = 1.5  # metres per pixel that every context is described at
MAX_SIDE = 32_768  # output pixels along a side


@dataclass(frozen=True)
class Imagery:
    """A picture in projected metres.

    Attributes:
        pixels: RGB [3, row, column], north up.
        valid: [row, column]; False where there is no picture.
        epsg: UTM zone.
        west: Easting of the north-west corner, metres.
        north: Northing of the north-west corner, metres.
        resolution: Metres per pixel.
        source: File or service.
        attribution: Who is to be named.
        sha256: Hash of the file, or of the pixels fetched.
        fetched: ISO time of fetched imagery.
        notes: What the reader should know (missing tiles, stale copies).
    """

    pixels: NDArray[np.uint8] = field(repr=False)
    valid: NDArray[np.bool_] = field(repr=False)
    epsg: int
    west: float
    north: float
    resolution: float
    source: str
    attribution: str
    sha256: str
    fetched: str | None
    notes: tuple[str, ...] = ()

    @property
    def transform(self) -> Affine:
        """Pixel (column, row) to projected metres."""
        return Affine(self.resolution, 0, self.west, 0, -self.resolution, self.north)

    def coverage(self, bounds: tuple[float, float, float, float]) -> float:
        """Share of a box (west, south, east, north in projected metres, at least a pixel wide) that the picture shows, 0 to 1."""
        west, south, east, north = bounds
        left, right = (round((x - self.west) / self.resolution) for x in (west, east))
        top, bottom = (round((self.north - y) / self.resolution) for y in (north, south))
        seen = self.valid[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
        return float(seen.sum()) / ((right - left) * (bottom - top))


def onto_area(
    rgba: NDArray[np.uint8], transform: Affine, crs: object, area: StudyArea, resolution: float
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Resample a picture [4, row, column] with alpha onto an area and its margin: RGB [3, row, column] and where it is valid.

    Alpha weighs the mean, so that ground without a picture does not darken its border. A pixel is valid when over half of it is
    covered.
    """
    west, south, east, north = area.outer_bounds
    width, height = math.ceil((east - west) / resolution - 1e-6), math.ceil((north - south) / resolution - 1e-6)
    out = np.zeros((4, height, width), dtype=np.uint8)
    target = Affine(resolution, 0, west, 0, -resolution, north)
    corner = transform_bounds(crs, area.crs, *_bounds_of(rgba, transform))
    finer = (corner[2] - corner[0]) / rgba.shape[2] < 0.99 * resolution
    reproject(
        rgba,
        out,
        src_transform=transform,
        src_crs=crs,
        dst_transform=target,
        dst_crs=area.crs,
        src_alpha=4,
        dst_alpha=4,
        resampling=Resampling.average if finer else Resampling.bilinear,
        num_threads=2,
    )
    valid = out[3] > 127
    return np.where(valid, out[:3], np.uint8(0)), valid


def _bounds_of(rgba: NDArray[np.uint8], transform: Affine) -> tuple[float, float, float, float]:
    corners = [transform @ (x, y) for x in (0, rgba.shape[2]) for y in (0, rgba.shape[1])]
    xs, ys = zip(*corners, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def check_resolution(area: StudyArea, resolution: float) -> None:
    """Refuse a resolution that makes no picture of a sensible size.

    Raises:
        InputError: Out of range.
    """
    west, _, east, _ = area.outer_bounds
    if not 0.1 <= resolution <= 30 or (east - west) / resolution > MAX_SIDE:
        raise InputError(f"{resolution:g} m per pixel is not supported for this area.", "Choose 0.1 to 30 m, e.g. 1.5.")
