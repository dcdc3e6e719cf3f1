"""Blocks: the ground between the roads."""

import numpy as np
from shapely.geometry import LineString, Polygon, box
from shapely.ops import unary_union

from netspatial_core.synthetic.geometry import cut, frame, polygons
from netspatial_core.synthetic.railways import station
from netspatial_core.synthetic.roads import Road
from netspatial_core.synthetic.terrain import PAD_M, Terrain
from netspatial_core.synthetic.zones import zone_at

BANK_M = 7.0  # between water and the nearest block
LARGEST_M2 = 45000.0
CLEARANCE_M = {"motorway": 6, "expressway": 5}  # between a road's edge and the nearest block


def make_blocks(terrain: Terrain, roads: list[Road]) -> tuple[list[Polygon], list[Road]]:
    """The blocks of a city, and the alleys that cut long ones."""
    surfaces = [
        road.line.buffer(road.built.width / 2 + road.built.pavement + CLEARANCE_M.get(road.kind, 0), quad_segs=3)
        for road in roads
    ]
    square = box(-PAD_M, -PAD_M, terrain.size + PAD_M, terrain.size + PAD_M)
    land = square.difference(terrain.water.buffer(BANK_M)).difference(unary_union(surfaces))
    stop = station(terrain)
    if stop is not None:
        land = land.difference(stop.yard.buffer(3))
    blocks: list[Polygon] = []
    alleys: list[Road] = []
    for piece in polygons(land):
        for block in polygons(piece.buffer(-0.5).buffer(0.4)):
            if block.area < 150:
                continue
            alley = _alley(terrain, block)
            if alley is not None:
                alleys.append(Road("alley", alley))
                blocks += [part for part in polygons(block.difference(alley.buffer(2.9))) if part.area > 150]
            elif block.area > LARGEST_M2 and not _whole(terrain, block):  # each piece gets a zone of its own
                blocks += cut(block, 30000, np.random.default_rng(int(block.area)))
            else:
                blocks.append(block)
    return blocks, alleys


def _whole(terrain: Terrain, block: Polygon) -> bool:
    """Whether a large block stays in one piece: a park, where pieces would differ in their lawns."""
    centre = block.representative_point().coords[0]
    return terrain.style.plan != "districts" and zone_at(terrain, *centre) == "central_park"


def _alley(terrain: Terrain, block: Polygon) -> LineString | None:
    """An alley across a long block of a dense zone."""
    if not 7000 < block.area < LARGEST_M2:
        return None
    box_ = frame(block)
    if box_.length <= 75 or zone_at(terrain, *box_.centre) not in ("mixed", "apartments", "houses", "entertainment"):
        return None
    rng = np.random.default_rng(int(block.area))
    middle = box_.centre + box_.along * box_.length * rng.uniform(-0.12, 0.12)
    across = box_.across + box_.along * rng.normal(0, 0.1)
    line = LineString([middle - across * box_.width, middle + across * box_.width]).intersection(block.buffer(4))
    return line if isinstance(line, LineString) and line.length > 20 else None
