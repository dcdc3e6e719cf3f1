"""Imagery from an XYZ (or TMS) tile service in Web Mercator.

Ground whose tile is missing or unusable counts as without imagery, the notes say how many, and the run goes on.
"""

import hashlib
import io
import math
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import httpx
import numpy as np
from affine import Affine
from numpy.typing import NDArray
from PIL import Image
from pyproj import Transformer
from rasterio.warp import transform_bounds

from netspatial_core.area import StudyArea
from netspatial_core.errors import Cancelled, InputError, SourceError
from netspatial_core.sources.address import shown
from netspatial_core.sources.gcj02 import host_owner, in_china, wgs84_to_gcj02
from netspatial_core.sources.http import HttpClient, Response
from netspatial_core.sources.raster import RESOLUTION, Imagery, check_resolution, onto_area

FORMATS = ("JPEG", "PNG", "WEBP")
SIZES = (256, 512)
MAX_ZOOM = 19  # deepest tried when no zoom is given
MAX_TILES = 4096
MAX_TILE_BYTES = 4 << 20
THREADS = 4  # what a public tile service puts up with
HALF = math.pi * 6378137.0  # half the width of Web Mercator, metres


@dataclass(frozen=True)
class _Tile:
    rgba: NDArray[np.uint8]  # [4, row, column]
    fetched: datetime
    stale: bool


@dataclass(frozen=True)
class _Service:
    """A tile service at one zoom; ``size`` is that of its tiles once one was seen."""

    template: str
    client: HttpClient
    zoom: int
    size: int | None = None

    @property
    def span(self) -> float:
        """Side of a tile in Web Mercator metres."""
        return 2 * HALF / 2**self.zoom

    def tile_at(self, x: float, y: float) -> tuple[int, int]:
        """Column and row of the tile that holds a Web Mercator point."""
        last = 2**self.zoom - 1
        return min(last, max(0, math.floor((x + HALF) / self.span))), min(last, max(0, math.floor((HALF - y) / self.span)))

    def fetch(self, column: int, row: int) -> _Tile:
        """One tile.

        Raises:
            InputError: The address is refused.
            SourceError: The tile is missing, no good or of another size.
        """
        url = self.template.replace("{z}", str(self.zoom)).replace("{x}", str(column)).replace("{y}", str(row))
        url = url.replace("{-y}", str(2**self.zoom - 1 - row))
        answer = self.client.get(url, check=lambda answer: _decode(answer, self.size))
        return _Tile(_decode(answer, self.size), answer.fetched, answer.stale)


def fetch_xyz(
    template: str,
    area: StudyArea,
    client: HttpClient,
    *,
    zoom: int | None = None,
    resolution: float = RESOLUTION,
    attribution: str = "",
    crs: Literal["wgs84", "gcj02"] = "wgs84",
    on_progress: Callable[[int, int], object] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Imagery:
    """Imagery of an area and its margin from a tile service, resampled to the area's UTM zone.

    Args:
        template: Address with {z}, {x} and {y}, or {-y} where rows count from the south (TMS).
        area: The study area.
        client: The HTTP client.
        zoom: Zoom to use; without it the coarsest one at or below ``resolution`` that answers at the centre, up to 19.
        resolution: Metres per pixel of the result.
        attribution: Who is to be named.
        crs: gcj02 for services that draw China in that system: the picture is moved back by the offset at the area's centre,
            which leaves up to 8 m at the corners of a 3 km area.
        on_progress: Called with tiles done and tiles in all.
        cancelled: Asked between tiles.

    Raises:
        InputError: The address is refused or malformed, the zoom needs too many tiles, or the service is known to use GCJ-02.
        SourceError: No tile could be had at all.
        Cancelled: The user cancelled.
    """
    _check_template(template, area, crs)
    check_resolution(area, resolution)
    to_mercator = Transformer.from_crs(4326, 3857, always_xy=True)
    centre = np.array(area.centre)
    x, y = to_mercator.transform(*centre)
    shifted = to_mercator.transform(*wgs84_to_gcj02(centre)) if crs == "gcj02" else (x, y)
    dx, dy = shifted[0] - x, shifted[1] - y
    service = _service_at(template, client, shifted, float(centre[1]), zoom, resolution)
    box = transform_bounds(area.crs, 3857, *area.outer_bounds, densify_pts=21)
    first = service.tile_at(box[0] + dx, box[3] + dy)
    last = service.tile_at(box[2] + dx, box[1] + dy)
    columns, rows = last[0] - first[0] + 1, last[1] - first[1] + 1
    if columns * rows > MAX_TILES:
        raise InputError(f"Zoom {service.zoom} needs {columns * rows:,} tiles, over {MAX_TILES:,}.", "Choose a lower zoom.")
    places = [(first[0] + c, first[1] + r) for r in range(rows) for c in range(columns)]
    middle = service.tile_at(*shifted)
    places.sort(key=lambda p: (p[0] - middle[0]) ** 2 + (p[1] - middle[1]) ** 2)  # the centre says how large a tile is
    if service.size is None:
        service = _sized(service, places, cancelled)
    mosaic = _Mosaic(service, first, (rows, columns), float(centre[1]), resolution)
    _fill(mosaic, service, places, on_progress, cancelled)
    if not mosaic.dates:
        raise SourceError(f"No tile of {shown(template)} could be had: {mosaic.fault}", "Check the address and the zoom.")
    pixel = service.span / mosaic.side
    transform = Affine(pixel, 0, first[0] * service.span - HALF - dx, 0, -pixel, HALF - first[1] * service.span - dy)
    pixels, valid = onto_area(mosaic.rgba, transform, "EPSG:3857", area, resolution)
    west, _, _, north = area.outer_bounds
    digest = hashlib.sha256(pixels.tobytes() + np.packbits(valid).tobytes()).hexdigest()
    fetched = min(mosaic.dates).isoformat(timespec="seconds")
    source, notes = f"{shown(template)}, zoom {service.zoom}", tuple(mosaic.notes(len(places)))
    return Imagery(pixels, valid, area.epsg, west, north, resolution, source, attribution, digest, fetched, notes)


class _Mosaic:
    """Tiles side by side, each made smaller on arrival so that the whole stays near the resolution wanted."""

    def __init__(self, service: _Service, first: tuple[int, int], shape: tuple[int, int], lat: float, resolution: float) -> None:
        size = service.size or SIZES[0]
        pixel = _ground(service.span, lat) / size
        self._first = first
        self._factor = 2 ** max(0, math.floor(math.log2(resolution / pixel / 2)))
        self.side = size // self._factor  # of a tile in the mosaic, pixels
        self.rgba: NDArray[np.uint8] = np.zeros((4, shape[0] * self.side, shape[1] * self.side), dtype=np.uint8)
        self.dates: list[datetime] = []
        self.stale: list[datetime] = []
        self.missing = 0
        self.fault = ""

    def add(self, place: tuple[int, int], tile: _Tile) -> None:
        """Put a tile in its place."""
        row, column = (place[1] - self._first[1]) * self.side, (place[0] - self._first[0]) * self.side
        image = tile.rgba if self._factor == 1 else _reduced(tile.rgba, self._factor)
        self.rgba[:, row : row + self.side, column : column + self.side] = image
        self.dates.append(tile.fetched)
        if tile.stale:
            self.stale.append(tile.fetched)

    def miss(self, fault: str) -> None:
        """Count a tile that could not be used."""
        self.missing += 1
        self.fault = self.fault or fault

    def notes(self, total: int) -> list[str]:
        """What the reader should know of missing and stale tiles."""
        notes = []
        if self.missing:
            notes.append(f"{self.missing} of {total} tiles are missing, their ground is without imagery: {self.fault}")
        if self.stale:
            notes.append(
                f"The service failed: {len(self.stale)} tiles are copies of {min(self.stale):%Y-%m-%d %H:%M} UTC or later."
            )
        return notes


def _fill(
    mosaic: _Mosaic,
    service: _Service,
    places: list[tuple[int, int]],
    on_progress: Callable[[int, int], object] | None,
    cancelled: Callable[[], bool] | None,
) -> None:
    """Fetch all tiles, a few at a time, in the order given.

    Raises:
        InputError: The address is refused.
        Cancelled: The user cancelled; tiles under way are waited for, the others never asked.
    """

    def one(place: tuple[int, int]) -> _Tile | SourceError | None:
        if cancelled and cancelled():
            return None
        try:
            return service.fetch(*place)
        except SourceError as error:
            return error

    with ThreadPoolExecutor(THREADS) as pool:
        try:
            for done, (place, result) in enumerate(zip(places, pool.map(one, places), strict=True), start=1):
                if result is None:
                    raise Cancelled("Fetching imagery was cancelled.")
                if isinstance(result, _Tile):
                    mosaic.add(place, result)
                else:
                    mosaic.miss(result.what)
                if on_progress:
                    on_progress(done, len(places))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _service_at(
    template: str, client: HttpClient, point: tuple[float, float], lat: float, zoom: int | None, resolution: float
) -> _Service:
    """The service at the zoom asked for, or at the coarsest that is fine enough and answers at a Web Mercator point.

    Raises:
        SourceError: No zoom answers there.
    """
    if zoom is not None:
        if not 0 <= zoom <= 24:
            raise InputError(f"Zoom {zoom} does not exist.", "Choose 0 to 24, or leave it out.")
        return _Service(template, client, zoom)
    finest = _ground(2 * HALF, lat) / max(SIZES) / resolution
    start = min(MAX_ZOOM, max(0, math.ceil(math.log2(finest) - 1e-9)))
    fault = ""
    for level in range(start, MAX_ZOOM + 1):
        service = _Service(template, client, level)
        try:
            size = service.fetch(*service.tile_at(*point)).rgba.shape[1]
        except SourceError as error:
            fault = error.what
            continue
        if _ground(service.span, lat) / size <= resolution:
            return replace(service, size=size)
    raise SourceError(
        f"{shown(template)} has no tile at the area's centre at zooms {start} to {MAX_ZOOM}: {fault}",
        "Check the address and the area.",
    )


def _sized(service: _Service, places: list[tuple[int, int]], cancelled: Callable[[], bool] | None) -> _Service:
    """The service with the size of its tiles, from the first of the places that has one.

    Raises:
        SourceError: None of them has.
        Cancelled: The user cancelled.
    """
    fault = ""
    for place in places:
        if cancelled and cancelled():
            raise Cancelled("Fetching imagery was cancelled.")
        try:
            return replace(service, size=service.fetch(*place).rgba.shape[1])
        except SourceError as error:
            fault = fault or error.what
    raise SourceError(f"No tile of {shown(service.template)} could be had: {fault}", "Check the address and the zoom.")


def _ground(mercator: float, lat: float) -> float:
    """Metres on the ground of a length in Web Mercator at a latitude."""
    return mercator * math.cos(math.radians(lat))


def _decode(answer: Response, size: int | None = None) -> NDArray[np.uint8]:
    """The pixels of a tile [4, row, column], its format and size checked before it is decoded.

    Raises:
        SourceError: No image of an allowed format and size, or half of one.
    """
    remedy = "The ground of this tile is without imagery."
    if len(answer.content) > MAX_TILE_BYTES:
        raise SourceError(f"{answer.url} sent {len(answer.content) >> 20} MB for a tile.", remedy)
    try:
        with Image.open(io.BytesIO(answer.content), formats=FORMATS) as image:
            if image.width != image.height or image.width not in ((size,) if size else SIZES):
                raise SourceError(f"{answer.url} sent a tile of {image.width} x {image.height} px.", remedy)
            return np.ascontiguousarray(np.asarray(image.convert("RGBA")).transpose(2, 0, 1))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise SourceError(f"{answer.url} sent no whole image ({answer.content_type or 'no type'}).", remedy) from error


def _reduced(rgba: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Means of ``factor`` x ``factor`` pixels weighted by alpha."""
    side = rgba.shape[1] // factor
    blocks = rgba.reshape(4, side, factor, side, factor).astype(np.float32)
    weight = blocks[3].sum(axis=(1, 3))
    colour = (blocks[:3] * blocks[3]).sum(axis=(2, 4)) / np.maximum(weight, 1.0)
    return np.concatenate([colour, weight[None] / factor**2]).round().astype(np.uint8)


def _check_template(template: str, area: StudyArea, crs: str) -> None:
    fields = re.findall(r"\{([^}]*)\}", template)
    if sorted(fields) not in (["x", "y", "z"], ["-y", "x", "z"]):
        raise InputError(f"The tile address {shown(template)} is no template.", "Write {z}, {x} and {y} (or {-y}) once each.")
    try:
        owner = host_owner(httpx.URL(template).host)
    except httpx.InvalidURL as error:
        raise InputError(f"The tile address {shown(template)} is malformed.", "Write http(s)://host/{z}/{x}/{y}.") from error
    if owner and crs == "wgs84" and bool(in_china(np.array(area.centre))):
        raise InputError(
            f"{owner} draws China in GCJ-02: its tiles would lie up to 700 m off.", "Say --crs gcj02 to have them moved back."
        )
