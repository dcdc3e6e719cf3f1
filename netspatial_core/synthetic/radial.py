"""The main roads of a radial city, and the field of directions that the streets between them follow.

A boulevard runs where the wall stood, avenues lead out of the gates, an outer ring joins them; main streets cross the old core.
"""

from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, box

from netspatial_core.synthetic.geometry import Points, normal, polygons, smooth, unit
from netspatial_core.synthetic.noise import noise_at
from netspatial_core.synthetic.terrain import PAD_M, Terrain
from netspatial_core.synthetic.zones import wall_radius

GATES = 7
BRIDGES_M = (-130.0, 150.0, 0.0, -60.0, 70.0, -210.0, 220.0)  # tried in turn, along the river from nearest to the centre
OUTER_RING = 2.75  # in radii of the wall
LONGEST_CROSSING_M = 110.0  # an avenue that would follow the river is not built


def gates(terrain: Terrain) -> NDArray[np.float64]:
    """Directions in which avenues leave the old core [gate], radians, uneven."""
    rng = np.random.default_rng([terrain.seed, 32])
    return np.asarray((np.arange(GATES) + rng.uniform(-0.16, 0.16, GATES)) * 2 * np.pi / GATES + rng.uniform(0, 1), np.float64)


def main_lines(terrain: Terrain) -> list[tuple[str, int, Points]]:
    """The rings and the avenues: kind, family of the direction field (0 outwards, 1 around), line [point, 2]."""
    rng = np.random.default_rng([terrain.seed, 33])
    around = np.linspace(0, 2 * np.pi, 240)
    wall = wall_radius(terrain.seed, around)
    ring = terrain.centre + np.column_stack([np.cos(around), np.sin(around)]) * wall[:, None]
    swell = 1 + 0.06 * np.sin(2 * around + rng.uniform(0, 6)) + 0.05 * np.sin(3 * around + rng.uniform(0, 6))
    outer = terrain.centre + np.column_stack([np.cos(around), np.sin(around)]) * (wall * OUTER_RING * swell)[:, None]
    found = [("boulevard", 1, ring)]
    bridges = _crossings(ring, terrain)
    around_town = LineString(outer)
    for part in polygons(terrain.river.buffer(26)):  # the outer ring crosses the river squarely or not at all
        for crossing in shapely.get_parts(around_town.intersection(part)):
            if crossing.length > LONGEST_CROSSING_M + 40:
                around_town = around_town.difference(crossing.buffer(1))
    for piece in shapely.get_parts(around_town):
        line = shapely.get_coordinates(piece)
        bridges += _crossings(line, terrain)
        found.append(("primary", 1, line))
    for turn in gates(terrain):
        start = float(wall_radius(terrain.seed, turn))
        away = np.arange(start - 4, terrain.size + 2800, 12.0)
        bend = rng.normal(0, 0.07) * np.sin((away - start) / rng.uniform(420, 800))
        line = terrain.centre + away[:, None] * np.column_stack([np.cos(turn + bend), np.sin(turn + bend)])
        wet = LineString(line).intersection(terrain.river)
        over = _crossings(line, terrain)
        apart = all(np.hypot(*(a - b)) > terrain.style.bridge_gap_m for a in over for b in bridges)
        if wet.length < LONGEST_CROSSING_M and apart:
            bridges += over
            found.append(("primary", 0, line))
        elif (dry := np.flatnonzero(shapely.contains_xy(terrain.river.buffer(30), *line.T)))[0] > 30:
            found.append(("primary", 0, line[: dry[0]]))  # ends on the bank
    for line in _through(terrain):
        over = _crossings(line, terrain)
        if len(over) == 1 and all(np.hypot(*(over[0] - b)) > terrain.style.bridge_gap_m * 0.7 for b in bridges):
            bridges += over
            found.append(("secondary", 0, line))
    square = box(-PAD_M + 6, -PAD_M + 6, terrain.size + PAD_M - 6, terrain.size + PAD_M - 6)
    pieces: list[tuple[str, int, Points]] = []
    for kind, family, points in found:
        inside = LineString(points).intersection(square)
        pieces += [
            (kind, family, shapely.get_coordinates(part))
            for part in shapely.get_parts(shapely.line_merge(inside))
            if part.geom_type == "LineString" and part.length > 60
        ]
    return pieces


def _once_over(line: Points, middle: Points, terrain: Terrain) -> Points:
    """The part of a line about a bridge's middle that meets the river nowhere else: a main street ends on the next bank."""
    wet: NDArray[np.bool_] = np.asarray(shapely.contains_xy(terrain.river.buffer(22), *line.T), bool)
    start = int(np.argmin(np.hypot(*(line - middle).T)))
    first, last = start, start
    while first > 0 and (not wet[first - 1] or wet[first]):
        first -= 1
    while last < len(line) - 1 and (not wet[last + 1] or wet[last]):
        last += 1
    return line[first : last + 1]


def _crossings(line: Points, terrain: Terrain) -> list[Points]:
    """Middles of a line's crossings of the river."""
    wet = LineString(line).intersection(terrain.river)
    return [np.array(part.centroid.coords[0]) for part in shapely.get_parts(wet) if part.length > 5]


def _through(terrain: Terrain) -> list[Points]:
    """Main streets of the old core, from a gate over a bridge to a gate on the other bank."""
    river = terrain.river_line
    near = int(np.clip(np.argmin(np.hypot(*(river - terrain.centre).T)), 40, len(river) - 41))
    step = float(np.hypot(*(river[near + 1] - river[near])))
    turns = gates(terrain)
    ports = terrain.centre + wall_radius(terrain.seed, turns)[:, None] * np.column_stack([np.cos(turns), np.sin(turns)])
    lines: list[Points] = []
    for shift in BRIDGES_M:
        at = int(np.clip(near + shift / step, 3, len(river) - 4))
        flow = river[at + 3] - river[at - 3]
        over = normal(flow / np.hypot(*flow))
        ends = [ports[int(np.argmin(np.hypot(*(ports - (river[at] + side * over * 420)).T)))] for side in (-1, 1)]
        knots = [ends[0], river[at] - over * 75, river[at] - over * 25, river[at] + over * 25, river[at] + over * 75, ends[1]]
        inside = np.hypot(*(river[at] - terrain.centre)) < 0.8 * float(wall_radius(terrain.seed, 0.0))
        if inside and all(np.hypot(*(a - b)) > 20 for a, b in pairwise(knots)):
            lines.append(_once_over(smooth(knots, 120), river[at], terrain))
    return lines


def directions(terrain: Terrain, east: NDArray[np.float64], south: NDArray[np.float64]) -> tuple[Points, Points]:
    """Double-angle cosine and sine of the directions out of the town, and how much they wind inside the wall.

    Returns:
        [2, row, column] vectors of the radial field with its weight, and the winding to be added to the angle [row, column].
    """
    dx, dy = east - terrain.centre[0], south - terrain.centre[1]
    away, turn = np.hypot(dx, dy), np.arctan2(dy, dx)
    weight = terrain.style.radial * np.exp(-((away / 1350) ** 4)) + 0.12
    within = np.clip((wall_radius(terrain.seed, turn) - 25 - away) / 60, 0, 1)
    winding = within * (0.75 * noise_at(east, south, 170, terrain.seed + 34) + 0.5 * noise_at(east, south, 75, terrain.seed + 35))
    return weight * np.stack([np.cos(2 * turn), np.sin(2 * turn)]), winding


def terminus_direction(terrain: Terrain) -> float:
    """Direction from the centre to the terminus: between two gates, as far off the river as any such gap lies."""
    turns = gates(terrain)
    middles = (turns + np.roll(turns, -1) + np.array([0.0] * (GATES - 1) + [2 * np.pi])) / 2
    spots = [terrain.centre + 620 * unit(turn) for turn in middles]
    return float(middles[int(np.argmax([terrain.river.distance(shapely.Point(spot)) for spot in spots]))])
