"""A wide city, sheet by sheet: blocks are filled, drawn and forgotten, so that memory depends on the sheet.

Those that several sheets show lie on disk till the city is drawn.
"""

import math
import os
import pickle
import tempfile
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from netspatial_core.synthetic.canvas import Area, Building, Canvas
from netspatial_core.synthetic.city import City, Outline, Progress, assemble, boxes
from netspatial_core.synthetic.cog import cog, told
from netspatial_core.synthetic.fill import fill_block
from netspatial_core.synthetic.render import margin_px, picture, touching
from netspatial_core.synthetic.streets import draw_streets
from netspatial_core.synthetic.workers import forked_map

GSD_M = 1.5
WIDE_TILE_PX = 1680  # along a tile: fewer pixels of its margins are drawn twice than with smaller ones, in more memory
SHEET_TILES = 2  # tiles along a sheet: whole ones, so that sheets join to the picture drawn in one piece
LEAN_M = 15.0  # how far a high roof leans out of its block in the picture


@dataclass(frozen=True)
class _Survey:
    """What every sheet reads.

    Attributes:
        outline: The city.
        gsd: Metres per pixel.
        pixels: Side of the whole picture.
        tile: Side of a tile, pixels.
        side: Side of a sheet, pixels.
        streets: Water and everything on the roads.
        ground_boxes: Extent of its flat primitives [primitive, 4].
        solid_boxes: Extent of its raised ones [primitive, 4].
        block_boxes: Extent of each block [block, 4].
        owner: Column and row of the sheet that keeps a block's records [block, 2].
        out: The picture to come.
        shelf: Folder for the blocks that several sheets show: the first to fill one leaves it there.
    """

    outline: Outline
    gsd: float
    pixels: int
    tile: int
    side: int
    streets: Canvas
    ground_boxes: NDArray[np.float64]
    solid_boxes: NDArray[np.float64]
    block_boxes: NDArray[np.float64]
    owner: NDArray[np.int64]
    out: Path
    shelf: Path


def survey(
    outline: Outline,
    out: Path,
    *,
    gsd: float = GSD_M,
    tile: int = WIDE_TILE_PX,
    tiles: int = SHEET_TILES,
    workers: int = 2,
    on_progress: Progress | None = None,
) -> City:
    """Fill and draw a city sheet by sheet, write its picture, and keep its records.

    The picture and the records are those of ``generate`` and ``picture`` with tiles of that size, to the pixel.

    Args:
        outline: The city.
        out: COG to write.
        gsd: Metres per pixel.
        tile: Pixels along a tile.
        tiles: Tiles along a sheet.
        workers: Processes used.
        on_progress: Called with the share done and what is being done.

    Returns:
        The city with its records and without its drawing list.

    Raises:
        InputError: The picture cannot be written.
    """
    tell = on_progress or (lambda _share, _what: None)
    tell(0.0, "streets")
    pixels = math.ceil(outline.size_m / gsd - 1e-6)
    side = tiles * tile
    across = -(-pixels // side)
    streets = draw_streets(outline.terrain, list(outline.roads))
    middles = np.array([block.representative_point().coords[0] for block in outline.blocks]).reshape(-1, 2)
    places = _far_apart([(column, row) for row in range(across) for column in range(across)], workers)
    buildings, areas = _by_block(outline), _by_block(outline)
    with cog(outline, out, pixels, gsd) as put, tempfile.TemporaryDirectory(dir=out.parent, prefix=".blocks-") as shelf:
        shared = _Survey(
            outline,
            gsd,
            pixels,
            tile,
            side,
            streets,
            boxes([item.ring for item in streets.ground]),
            boxes([item.ring for item in streets.solid]),
            shapely.bounds(np.array(outline.blocks, dtype=object)).reshape(-1, 4),
            np.clip(np.floor(middles / (side * gsd)), 0, across - 1).astype(np.int64),
            out,
            Path(shelf),
        )
        with closing(forked_map(_sheet, shared, places, workers=workers)) as drawn:  # whatever goes wrong, before the shelf
            for number, ((column, row), (piece, kept)) in enumerate(zip(places, drawn, strict=True), start=1):
                put(column * side, row * side, piece)
                for block, (built, named) in kept.items():
                    buildings[block], areas[block] = built, named
                tell(number / len(places), "sheets")
    empty = assemble(outline, [replace(streets, ground=[], solid=[], trees=[], cars=[])])
    return replace(
        empty,
        buildings=(*empty.buildings, *(one for block in buildings for one in block)),
        areas=(*empty.areas, *(one for block in areas for one in block)),
    )


def _far_apart(places: list[tuple[int, int]], workers: int) -> list[tuple[int, int]]:
    """Sheets in an order in which those drawn at the same time are mostly no neighbours, whose shared blocks both would fill."""
    part = -(-len(places) // workers)
    return [places[k * part + i] for i in range(part) for k in range(workers) if k * part + i < len(places)]


def _by_block(outline: Outline) -> list[tuple]:  # type: ignore[type-arg]
    return [() for _ in outline.blocks]


def _sheet(
    shared: _Survey, place: tuple[int, int]
) -> tuple[NDArray[np.uint8], dict[int, tuple[tuple[Building, ...], tuple[Area, ...]]]]:
    """The pixels of one sheet, and the records of the blocks it keeps."""
    outline, gsd = shared.outline, shared.gsd
    left, top = (k * shared.side for k in place)
    right, bottom = (min(edge + shared.side, shared.pixels) for edge in (left, top))
    x0, y0, x1, y1 = (edge * gsd for edge in (left, top, right, bottom))
    grow = margin_px(gsd) * gsd + LEAN_M
    seen = (x0 - grow, y0 - grow, x1 + grow, y1 + grow)
    mine = np.flatnonzero((shared.owner == place).all(axis=1))
    near = np.union1d(touching(shared.block_boxes, seen), mine)
    inner = np.array([x0 + grow, y0 + grow, grow - x1, grow - y1])  # what lies within is shown by no other sheet
    alone = np.all(shared.block_boxes * (1, 1, -1, -1) > inner, axis=1)
    canvases = {
        number: fill_block(outline.terrain, outline.blocks[number], number) if alone[number] else _shelved(shared, number)
        for number in near.tolist()
    }
    streets = _within(shared, seen)
    piece = picture(assemble(outline, [streets, *canvases.values()]), (x0, y0, x1, y1), gsd, tile=shared.tile, workers=1)
    kept = {}
    for number in mine.tolist():
        block = assemble(outline, [replace(canvases[number], ground=[], solid=[], trees=[], cars=[])])
        kept[number] = (block.buildings, block.areas)
    return piece, kept


def _shelved(shared: _Survey, number: int) -> Canvas:
    """A block that several sheets show, from the shelf, or filled and put there."""
    kept = shared.shelf / str(number)
    if kept.exists():
        found = pickle.loads(kept.read_bytes())  # noqa: S301 (of our own run, a moment old)
        assert isinstance(found, Canvas)
        return found
    canvas = fill_block(shared.outline.terrain, shared.outline.blocks[number], number)
    draft = kept.with_suffix(f".{os.getpid()}")
    with told(shared.out):
        draft.write_bytes(pickle.dumps(canvas))
        draft.replace(kept)  # at once, so that no other process reads half of it
    return canvas


def _within(shared: _Survey, window: tuple[float, float, float, float]) -> Canvas:
    """What of the streets a window shows, in the order it was drawn."""
    streets = shared.streets
    x0, y0, x1, y1 = window

    def inside(x: float, y: float) -> bool:
        return x0 < x < x1 and y0 < y < y1

    return Canvas(
        ground=[streets.ground[k] for k in touching(shared.ground_boxes, window)],
        solid=[streets.solid[k] for k in touching(shared.solid_boxes, window)],
        trees=[tree for tree in streets.trees if inside(tree[0], tree[1])],
        cars=[car for car in streets.cars if inside(car[0], car[1])],
    )
