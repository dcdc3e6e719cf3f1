"""The study area in 3D: imagery under columns, on plotly's own MapLibre, offline."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.figures.hatching import hatch_layers
from app.figures.numbers import number
from app.figures.scales import Scale, colour
from app.figures.templates import blank
from netspatial_core.area import Grid

INSET = 0.2  # a fifth of a cell is free on each side of a column
BASE_M, RISE_M = 8.0, 330.0  # height of the lowest column, and what the highest adds (metres of the scene, no quantity)


def map_figure(
    grid: Grid,
    values: NDArray[np.float64],
    scale: Scale,
    *,
    unit: str,
    shown: NDArray[np.bool_],
    marked: Mapping[str, NDArray[np.int64]],
    tiles: str,
    outside: Sequence[Any],
    theme: str,
) -> go.Figure:
    """Columns over the imagery.

    Args:
        grid: The cells.
        values: What the columns show [cell].
        scale: Their colours and, through them, heights.
        unit: Of the values.
        shown: Cells that get a column [cell].
        marked: Grid indices of the others by reason: hatched on the ground as in the 2D map.
        tiles: Address template of the imagery.
        outside: Rings of the ground that is not the study area (see ``outside_rings``).
        theme: dark or light.

    Returns:
        A figure whose ``layout.meta`` holds the height of each column by cell id (``heights``, for the rank badges) and what
        heights are made of (``columns``, for the hours that the browser plays).
    """
    cells = np.flatnonzero(shown & np.isfinite(values))
    t = scale.fraction(values)
    heights = {grid.ids[i]: round(BASE_M + RISE_M * float(t[i]) ** 1.6, 1) for i in cells}
    columns = cell_features(
        grid, cells, inset=INSET, properties=[{"h": heights[grid.ids[i]], "c": colour(float(t[i]))} for i in cells]
    )
    flat = cell_features(grid, cells)
    trace = go.Choroplethmap(  # all but invisible: it gives hover and click, which plotly's extruded layers do not
        geojson=flat,
        locations=[grid.ids[i] for i in cells],
        z=t[cells],
        text=[f"<b>{grid.ids[i]}</b> {number(float(values[i]))} {unit}" for i in cells],
        marker={"opacity": 0.01, "line": {"width": 0}},
        showscale=False,
        hovertemplate="%{text}<extra></extra>",
    )
    lon, lat = grid.area.centre
    zoom = 13.22 - np.log2(grid.area.side_m / 3000.0)
    layout = {
        "map": {
            "style": _style(columns, hatch_layers(grid, marked), tiles, outside, theme),
            "center": {"lon": lon, "lat": lat},
            "zoom": zoom,
            "pitch": 52,
            "bearing": -22,
        },
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "uirevision": grid.area.name,
        "meta": {"heights": heights, "columns": {"low": BASE_M, "rise": RISE_M}},
    }
    return blank(theme).add_trace(trace).update_layout(**layout)


def cell_features(
    grid: Grid, cells: NDArray[np.int64], *, inset: float = 0.0, properties: Sequence[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """Cells as a GeoJSON FeatureCollection whose feature ids are cell ids."""
    rings = np.round(grid.polygons_wgs84(inset)[cells], 6)
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": grid.ids[i],
                "properties": {} if properties is None else properties[k],
                "geometry": {"type": "Polygon", "coordinates": [rings[k].tolist()]},
            }
            for k, i in enumerate(cells)
        ],
    }


def outside_rings(grid: Grid) -> list[list[list[float]]]:
    """A ring far around the study area and the area's own, (lon, lat): between them lies what is not studied."""
    area = grid.area
    w, s, e, n = area.bounds
    inner = area.to_wgs84(np.array([[w, s], [e, s], [e, n], [w, n], [w, s]])).round(7)
    lon, lat = area.centre
    outer = [[lon - 2, lat - 1.5], [lon + 2, lat - 1.5], [lon + 2, lat + 1.5], [lon - 2, lat + 1.5], [lon - 2, lat - 1.5]]
    return [outer, inner.tolist()]


def _style(
    columns: dict[str, Any],
    hatched: tuple[dict[str, Any], list[dict[str, Any]]],
    tiles: str,
    outside: Sequence[Any],
    theme: str,
) -> dict[str, Any]:
    dark = theme == "dark"
    paper = "#0b1016" if dark else "#e3e8ec"
    veil = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": outside}}
    raster = {"raster-opacity": 1, "raster-saturation": -0.35, "raster-brightness-max": 0.72 if dark else 0.95}
    return {
        "version": 8,
        "light": {"anchor": "viewport", "intensity": 0.35, "position": [1.3, 200, 40]},
        "sources": {
            "imagery": {"type": "raster", "tiles": [tiles], "tileSize": 256, "maxzoom": 18},
            "outside": {"type": "geojson", "data": veil},
            "columns": {"type": "geojson", "data": columns},
            **hatched[0],
        },
        "layers": [
            {"id": "paper", "type": "background", "paint": {"background-color": paper}},
            {"id": "imagery", "type": "raster", "source": "imagery", "paint": raster},
            {"id": "outside", "type": "fill", "source": "outside", "paint": {"fill-color": paper, "fill-opacity": 0.62}},
            *hatched[1],
            {
                "id": "columns",
                "type": "fill-extrusion",
                "source": "columns",
                "paint": {
                    "fill-extrusion-height": ["get", "h"],
                    "fill-extrusion-color": ["get", "c"],
                    "fill-extrusion-opacity": 0.86,
                },
            },
        ],
    }
