"""The overhead picture of a city, tile by tile and seamless: draw twice as fine, light, average, blur, add haze and noise."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from netspatial_core.synthetic import light
from netspatial_core.synthetic.canvas import STROKE, Ground, Solid
from netspatial_core.synthetic.city import City
from netspatial_core.synthetic.crowns import draw_trees
from netspatial_core.synthetic.geometry import Points
from netspatial_core.synthetic.materials import TEXTURE_ID, Rgb
from netspatial_core.synthetic.surfaces import finish, shore_distance, texture, water
from netspatial_core.synthetic.workers import forked_map

Window = tuple[float, float, float, float]  # x0, y0, x1, y1, local metres
TILE_PX = 840
MARGIN_M, MARGIN_PX = 153.6, 128  # a tile is drawn this much larger, at most so many output pixels: shadows and shores reach in
TRIM_PX = 8  # of which this much is kept until the lens has blurred


@dataclass
class Sheet:
    """The rasters one tile is drawn on, at half the output's pixel size.

    Attributes:
        column: World column of the west edge, pixels of ``resolution``.
        row: World row of the north edge.
        resolution: Metres per pixel.
        rgb: Colour [row, column, 3].
        kind: Index of the texture, direction of its stripes in 128ths of a half turn, and 0 on walls, whose light is their own,
            else 1 [row, column, 3]: together, because a polygon is filled once for all three.
        height: Surface height in the leaning picture [row, column], metres.
    """

    column: int
    row: int
    resolution: float
    rgb: NDArray[np.uint8]
    kind: NDArray[np.uint8]
    height: NDArray[np.float32]

    @classmethod
    def blank(cls, column: int, row: int, width: int, height: int, resolution: float, colour: tuple[int, int, int]) -> "Sheet":
        """A sheet of rough ground."""
        rgb = np.empty((height, width, 3), np.uint8)
        rgb[:] = colour
        rough = np.empty((height, width, 3), np.uint8)
        rough[:] = TEXTURE_ID["wild"], 0, 1
        return cls(column, row, resolution, rgb, rough, np.zeros((height, width), np.float32))

    @property
    def texture(self) -> NDArray[np.uint8]:
        """Index of the texture [row, column]."""
        return self.kind[..., 0]

    @property
    def turn(self) -> NDArray[np.uint8]:
        """Direction of stripes [row, column], 128ths of a half turn."""
        return self.kind[..., 1]

    @property
    def lit(self) -> NDArray[np.uint8]:
        """0 on walls [row, column], else 1."""
        return self.kind[..., 2]

    @property
    def bounds(self) -> Window:
        """The ground it covers."""
        height, width = self.height.shape
        x0, y0 = self.column * self.resolution, self.row * self.resolution
        return x0, y0, x0 + width * self.resolution, y0 + height * self.resolution

    def pixels(self, points: Points, height: float | NDArray[np.float64] = 0.0) -> NDArray[np.int32]:
        """Sixteenths of a pixel [point, 2] of ground points at a height; world-aligned, so the same in every tile.

        Args:
            points: Local metres [point, 2].
            height: Of all of them, or of each [point, 1], metres.
        """
        world = np.floor((points + light.LEAN * height) * (16 / self.resolution) - 7.5).astype(np.int64)
        return (world - 16 * np.array([self.column, self.row])).astype(np.int32)

    def rings(self, rings: Sequence[Points], heights: Sequence[float] | None = None) -> list[NDArray[np.int32]]:
        """``pixels`` of many rings, each at its height: all at once, as each alone costs more in calls than in arithmetic."""
        if not rings:
            return []
        sizes = [len(ring) for ring in rings]
        raised = 0.0 if heights is None else np.repeat(np.asarray(heights, np.float64), sizes)[:, None]
        placed = self.pixels(np.concatenate(rings), raised)
        ends = np.cumsum(sizes).tolist()
        return [placed[end - size : end] for end, size in zip(ends, sizes, strict=True)]

    def part(self, rows: slice, columns: slice) -> "Sheet":
        """A piece of the sheet."""
        at = (rows, columns)
        return Sheet(
            self.column + columns.start,
            self.row + rows.start,
            self.resolution,
            self.rgb[at],
            self.kind[at],
            self.height[at],
        )


def picture(
    city: City,
    window: Window | None = None,
    gsd: float = 1.2,
    *,
    tile: int = TILE_PX,
    workers: int = 2,
    on_progress: Callable[[float, str], None] | None = None,
) -> NDArray[np.uint8]:
    """The picture of a window [row, column, 3], north up.

    Args:
        city: What to draw.
        window: x0, y0, x1, y1 in local metres, by default the city's square; its edges move outwards to whole pixels.
        gsd: Metres per pixel.
        tile: Pixels along a tile: larger ones take more memory and less time, as their margins are drawn twice.
        workers: Processes used.
        on_progress: Called with the share done and what is being done.
    """
    x0, y0, x1, y1 = window or (0.0, 0.0, city.size_m, city.size_m)
    west, north = math.floor(x0 / gsd + 1e-6), math.floor(y0 / gsd + 1e-6)
    east, south = math.ceil(x1 / gsd - 1e-6), math.ceil(y1 / gsd - 1e-6)
    tiles = [
        (column, row, min(column + tile, east), min(row + tile, south))
        for row in range(north, south, tile)
        for column in range(west, east, tile)
    ]
    image = np.zeros((south - north, east - west, 3), np.uint8)
    _ = city.ground_boxes, city.solid_boxes  # computed once, before the processes part
    drawn = forked_map(_tile, (city, gsd), tiles, workers=workers)
    for number, ((left, top, right, bottom), pixels) in enumerate(zip(tiles, drawn, strict=True), 1):
        image[top - north : bottom - north, left - west : right - west] = pixels
        if on_progress:
            on_progress(number / len(tiles), "picture")
    return image


def _tile(shared: tuple[City, float], tile: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    return render_tile(*shared, tile)


def render_tile(city: City, gsd: float, tile: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """One tile, given as first and last (exclusive) column and row of the city's pixel grid [row, column, 3]."""
    column, row, end_column, end_row = (2 * edge for edge in tile)
    grow = 2 * margin_px(gsd)
    # the coarse shore raster is a quarter as fine: both edges of the sheet lie on its grid, whatever the tile
    left, top = (column - grow) // 4 * 4, (row - grow) // 4 * 4
    right, bottom = -(-(end_column + grow) // 4) * 4, -(-(end_row + grow) // 4) * 4
    sheet = Sheet.blank(left, top, right - left, bottom - top, gsd / 2, city.style.ground)
    _draw_ground(sheet, city)
    _draw_cars(sheet, city)
    _draw_solids(sheet, city)
    draw_trees(sheet, city.trees, city.style.canopy)
    shadow = light.cast_shadow(sheet.height, sheet.resolution) * sheet.lit
    shore = shore_distance(sheet.texture, sheet.resolution)
    keep = 2 * TRIM_PX
    rows = slice(row - top - keep, end_row - top + keep)
    columns = slice(column - left - keep, end_column - left + keep)
    sheet, shadow, shore = sheet.part(rows, columns), shadow[rows, columns], shore[rows, columns]
    colour = texture(sheet, city.seed)
    water(colour, sheet, shore, city.style.water, city.seed)
    crowns = sheet.texture == TEXTURE_ID["tree"]
    colour *= np.where(crowns, light.canopy_relief(sheet.height, sheet.resolution), np.float32(1))[..., None]
    dim = 1 - light.occlusion(sheet.height, sheet.resolution)
    for band, sky in enumerate(light.SKY):  # shade is bluish
        colour[..., band] *= dim * (1 - shadow * (1 - sky)) * city.style.tint[band]
    height, width = sheet.height.shape
    averaged = np.asarray(cv2.resize(colour, (width // 2, height // 2), interpolation=cv2.INTER_AREA), np.float32)
    finished = finish(averaged, tile[0] - TRIM_PX, tile[1] - TRIM_PX, gsd, city.seed, city.style.haze)
    return finished[TRIM_PX:-TRIM_PX, TRIM_PX:-TRIM_PX]


def margin_px(gsd: float) -> int:
    """Output pixels by which a tile is drawn larger on each side."""
    return min(MARGIN_PX, math.ceil(MARGIN_M / gsd - 1e-6))


def touching(boxes: NDArray[np.float64], bounds: Window, slack: float = 0.0) -> NDArray[np.int64]:
    """Indices of the boxes [box, 4] that touch a window, grown by ``slack`` metres."""
    x0, y0, x1, y1 = bounds
    across = (boxes[:, 2] > x0 - slack) & (boxes[:, 0] < x1 + slack)
    return np.flatnonzero(across & (boxes[:, 3] > y0 - slack) & (boxes[:, 1] < y1 + slack))


def _turn(radians: float) -> int:
    return int(radians / math.pi * 128) % 128


def _scalar(colour: Rgb) -> tuple[int, int, int]:
    return int(colour[0]), int(colour[1]), int(colour[2])


def _draw_ground(sheet: Sheet, city: City) -> None:
    items: list[Ground] = [city.ground[index] for index in touching(city.ground_boxes, sheet.bounds)]
    placed = iter(sheet.rings([ring for item in items for ring in (item.ring, *item.holes)]))
    for item in items:
        rings = [next(placed) for _ in range(1 + len(item.holes))]
        if item.texture == STROKE:
            thick = max(1, round(item.turn / sheet.resolution))
            cv2.polylines(sheet.rgb, rings[:1], False, _scalar(item.colour), thick, cv2.LINE_AA, 4)
            continue
        cv2.fillPoly(sheet.rgb, rings, _scalar(item.colour), cv2.LINE_8, 4)
        cv2.fillPoly(sheet.kind, rings, (item.texture, _turn(item.turn), 1), cv2.LINE_8, 4)
        cv2.fillPoly(sheet.height, rings, (item.height,), cv2.LINE_8, 4)


def _draw_cars(sheet: Sheet, city: City) -> None:
    places = city.cars[:, [0, 1, 0, 1]]
    for x, y, turn, length, width, height, *colour in city.cars[touching(places, sheet.bounds)]:
        ahead, aside = np.array([math.cos(turn), math.sin(turn)]), np.array([-math.sin(turn), math.cos(turn)])
        corners = np.array([(0.5, 0.5), (0.5, -0.5), (-0.5, -0.5), (-0.5, 0.5)])

        def outline(shift: float, long: float, wide: float) -> list[NDArray[np.int32]]:
            ring = np.array([x, y]) + (shift + corners[:, :1] * long) * ahead + corners[:, 1:] * wide * aside  # noqa: B023
            return [sheet.pixels(ring)]

        body = outline(0, length, width)
        cv2.fillPoly(sheet.rgb, body, tuple(colour), cv2.LINE_AA, 4)
        cv2.fillPoly(sheet.kind, body, (TEXTURE_ID["plain"], 0, 1), cv2.LINE_8, 4)
        cv2.fillPoly(sheet.height, body, (height,), cv2.LINE_8, 4)
        if length < 6:  # windscreen
            cv2.fillPoly(sheet.rgb, outline(0.5, 0.8, width * 0.8), tuple(c * 0.35 for c in colour), cv2.LINE_AA, 4)


def _draw_solids(sheet: Sheet, city: City) -> None:
    items: list[Solid] = [city.solid[index] for index in touching(city.solid_boxes, sheet.bounds, slack=15.0)]
    outlines = [item.ring for item in items]
    feet, tops = sheet.rings(outlines), sheet.rings(outlines, [item.height for item in items])
    for item, foot, top in zip(items, feet, tops, strict=True):
        if item.wall is not None:
            _draw_walls(sheet, item, foot, top)
        roof = [top]
        cv2.fillPoly(sheet.rgb, roof, tuple(map(float, item.colour)), cv2.LINE_8, 4)
        cv2.fillPoly(sheet.kind, roof, (item.texture, _turn(item.turn), 1), cv2.LINE_8, 4)
        cv2.fillPoly(sheet.height, roof, (item.height,), cv2.LINE_8, 4)


def _draw_walls(sheet: Sheet, item: Solid, foot: NDArray[np.int32], top: NDArray[np.int32]) -> None:
    """The walls that the leaning view shows, between an outline's pixels; each has the light of its own direction."""
    assert item.wall is not None
    ring = item.ring
    clockwise = 1 if (ring[:-1, 0] * ring[1:, 1] - ring[1:, 0] * ring[:-1, 1]).sum() > 0 else -1
    edges = np.diff(ring, axis=0)
    outward = clockwise * np.column_stack([edges[:, 1], -edges[:, 0]]) / np.maximum(1e-6, np.hypot(*edges.T))[:, None]
    bright = 0.34 + 0.6 * np.maximum(0, outward @ light.SUN[:2])
    walls = np.stack([foot[:-1], foot[1:], top[1:], top[:-1]], axis=1)
    colours = (bright[:, None] * np.asarray(item.wall, np.float64)).tolist()
    kind = (TEXTURE_ID["wall"], 0, 0)
    for wall, colour in zip(walls, colours, strict=True):
        cv2.fillPoly(sheet.rgb, [wall], colour, cv2.LINE_8, 4)
        cv2.fillPoly(sheet.kind, [wall], kind, cv2.LINE_8, 4)
        cv2.fillPoly(sheet.height, [wall], (item.height * 0.5,), cv2.LINE_8, 4)
