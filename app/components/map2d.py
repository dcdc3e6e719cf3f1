"""The 2D map: imagery tiles, cells coloured through ``hideout``, selection, stations and pins as layers of their own."""

from typing import Any

import dash_leaflet as dl
import numpy as np

from app import ids
from app.figures.map3d import cell_features
from netspatial_core.area import Grid
from netspatial_core.settings import Settings

EMPTY: dict[str, Any] = {"type": "FeatureCollection", "features": []}


def style(name: str) -> dict[str, str]:
    """A function of ns.js, by name."""
    return {"variable": f"ns.map.{name}"}


def map2d(settings: Settings, centre: tuple[float, float]) -> dl.Map:
    """The map without an area, about a (lon, lat); the callbacks fill it."""
    layers: list[Any] = []
    if settings.basemap_url:
        layers.append(
            dl.TileLayer(url=settings.basemap_url, maxZoom=19, attribution=settings.basemap_attribution, className="t-base")
        )
    layers += [
        dl.TileLayer(id=ids.TILES, url="/tiles/none/{z}/{x}/{y}.webp", maxZoom=19, className="t-area"),
        dl.Pane(
            dl.Polygon(id=ids.OUTSIDE, positions=[], stroke=False, className="outside", interactive=False),
            name="outside",
            style={"zIndex": 370},
        ),
        dl.Pane(
            dl.GeoJSON(id=ids.BEFORE, data=EMPTY, hideout={}, style=style("before")),
            name="before",
            style={"zIndex": 379, "display": "none"},
        ),
        # inline data, not url=: a hideout that changes while dash-leaflet fetches is lost
        dl.Pane(
            dl.GeoJSON(id=ids.CELLS, data=EMPTY, hideout={}, style=style("cell"), onEachFeature=style("tip")),
            name="cells",
            style={"zIndex": 380},
        ),
        dl.GeoJSON(id=ids.ZONE_LAYER, data=EMPTY, style=style("zone")),
        dl.Polygon(id=ids.EDGE, positions=[], color="#fff", weight=1, opacity=0.55, fill=False, interactive=False),
        dl.GeoJSON(id=ids.SELECTED, data=EMPTY, style=style("selection")),
        dl.GeoJSON(id=ids.STATIONS, data=EMPTY, pointToLayer=style("station")),
        dl.GeoJSON(id=ids.SUPPOSED, data=EMPTY, style=style("built"), pointToLayer=style("supposed")),
        dl.GeoJSON(id=ids.PINS, data=EMPTY, hideout={}, pointToLayer=style("pin")),
        dl.FeatureGroup(dl.EditControl(id=ids.EDIT, draw=_drawable(), edit=False)),
        dl.ScaleControl(imperial=False, position="bottomleft", maxWidth=60),
    ]
    return dl.Map(
        layers,
        id=ids.MAP,
        center=[centre[1], centre[0]],
        zoom=13,
        keyboard=False,
        zoomSnap=0,
        zoomDelta=0.5,
        wheelPxPerZoomLevel=120,
        minZoom=11,
        maxZoom=19,
        style={"height": "100%"},
        attributionControl=False,
        trackViewport=False,
    )


def _drawable() -> dict[str, Any]:
    """Polygons only; the tool is started by a button of the planner, its own bar is hidden."""
    look = {"color": "#ffb224", "weight": 2, "fillOpacity": 0.15}
    kinds = ("polygon", "polyline", "rectangle", "circle", "marker", "circlemarker")
    return {kind: {"showArea": False, "shapeOptions": look} if kind == "polygon" else False for kind in kinds}


def cells_data(grid: Grid, reasons: np.ndarray[Any, Any]) -> dict[str, Any]:
    """The cells with what never changes while an area is shown: index, id, why it is excluded."""
    every = np.arange(len(grid))
    return cell_features(grid, every, properties=[{"i": int(i), "id": grid.ids[i], "why": str(reasons[i])} for i in every])


def latlon(ring: list[list[float]]) -> list[list[float]]:
    """A ring of (lon, lat) as Leaflet's (lat, lon)."""
    return [[lat, lon] for lon, lat in ring]
