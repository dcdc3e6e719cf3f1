"""Hatches on the ground of the 3D map: lines and dots per reason, drawn as geometry because a style without sprites has none."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netspatial_core.area import Grid

Lines = tuple[tuple[tuple[float, float], tuple[float, float]], ...]

_RISING: Lines = (((0, 0), (1, 1)), ((0, 0.5), (0.5, 1)), ((0.5, 0), (1, 0.5)))
_FALLING: Lines = (((0, 1), (1, 0)), ((0, 0.5), (0.5, 0)), ((0.5, 1), (1, 0.5)))
_LEVEL: Lines = (((0, 0.25), (1, 0.25)), ((0, 0.75), (1, 0.75)))
# Per reason as in the 2D map: lines in a cell's own coordinates (0 to 1, from the south-west), their colour
HATCHES: Mapping[str, tuple[Lines, str]] = {
    "water": (_LEVEL, "#9fd0ff"),
    "near": (_RISING, "#ffffff"),
    "excluded": (_RISING + _FALLING, "#ffffff"),
    "failed": (_RISING[:1] + _FALLING[:1], "#ff9d7a"),
}
DOTS: Mapping[str, tuple[tuple[tuple[float, float], ...], str]] = {
    "green": (((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)), "#cfe8c4"),
}
GROUND, VEIL = "#0b1016", 0.30  # under every hatch; cells below the floor have a darker veil and nothing on it
LOW = 0.50


def hatch_layers(grid: Grid, cells: Mapping[str, NDArray[np.int64]]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """MapLibre sources and layers that mark cells without a column.

    Args:
        grid: The cells.
        cells: Grid indices by reason: ``low``, or a key of ``HATCHES`` or ``DOTS``; reasons without cells get no layer.

    Returns:
        Sources by id, and the layers from the ground up.
    """
    sources: dict[str, Any] = {}
    layers: list[dict[str, Any]] = []
    corners = grid.polygons_wgs84(0.0)

    def add(id_: str, kind: str, geometry: dict[str, Any], paint: dict[str, Any]) -> None:
        sources[id_] = {"type": "geojson", "data": {"type": "Feature", "properties": {}, "geometry": geometry}}
        layers.append({"id": id_, "type": kind, "source": id_, "paint": paint})

    for reason, members in cells.items():
        if len(members) == 0:
            continue
        rings = corners[members]
        paint = {
            "fill-color": GROUND,
            "fill-opacity": LOW if reason in {"low", "barred", "void"} else VEIL,
            "fill-antialias": False,
        }
        ground = {"type": "MultiPolygon", "coordinates": [[ring] for ring in rings.round(6).tolist()]}
        add(f"ground-{reason}", "fill", ground, paint)
        if reason in HATCHES:
            lines, colour = HATCHES[reason]
            ends = _placed(rings, np.array(lines, dtype=float).reshape(-1, 2)).reshape(-1, 2, 2)
            strokes = {"type": "MultiLineString", "coordinates": ends.round(6).tolist()}
            add(f"hatch-{reason}", "line", strokes, {"line-color": colour, "line-width": 0.9, "line-opacity": 0.42})
        if reason in DOTS:
            places, colour = DOTS[reason]
            dots = {"type": "MultiPoint", "coordinates": _placed(rings, np.array(places)).reshape(-1, 2).round(6).tolist()}
            paint = {"circle-color": colour, "circle-radius": 1.1, "circle-opacity": 0.5, "circle-pitch-alignment": "map"}
            add(f"hatch-{reason}", "circle", dots, paint)
    return sources, layers


def _placed(rings: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points [n, 2] in a cell's own coordinates as (lon, lat) of every cell [cell, n, 2]."""
    south_west, south_east, _, north_west = np.moveaxis(rings[:, :4], 1, 0)
    across, up = south_east - south_west, north_west - south_west
    return np.asarray(south_west[:, None] + points[None, :, :1] * across[:, None] + points[None, :, 1:] * up[:, None])
