"""The network page: filled when it is opened; its classes filter map and table."""

from typing import Any

import numpy as np
from dash import ALL, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from app import ids
from app.callbacks.inputs import theme_of
from app.components.stations import station_points
from app.figures.network import hours_figure, lorenz_figure
from app.pages import network
from app.routes.tiles import tiles_address
from app.services import Services
from app.services.plans import Plans
from netspatial_core.area import point_scale
from netspatial_core.planning.network import (
    CLASSES,
    class_shares,
    density,
    lorenz,
    mean_loads,
    network_state,
    utilisation_class,
)
from netspatial_core.planning.station_load import StationLoad, station_loads
from netspatial_core.sources.dataset import Dataset

KEYS = (*CLASSES, "unknown")


def register(app: Dash, services: Services) -> None:
    """Add the callbacks."""
    plans = services.plans

    @app.callback(Output(ids.NETWORK_BODY, "children"), Input(ids.URL, "pathname"), Input(ids.AREA, "value"))
    def show(path: Any, area: Any) -> Any:
        if path != "/network" or not isinstance(area, str) or area not in plans.names():
            return no_update
        dataset, scene = plans.dataset(area), plans.scene(area)
        grid = scene.area.grid
        loads = station_loads(dataset, grid)
        hours = dataset.traffic.shape[1]
        period = f"{hours / 24:.0f} days from {dataset.first_hour[:10]}" if hours else "without traffic"
        scale = point_scale(scene.area.epsg, *scene.area.centre)
        places = scene.area.from_wgs84(np.array([(load.lon, load.lat) for load in loads]).reshape(-1, 2)) / scale
        side_km = scene.area.side_m / scale / 1000
        state = network_state(
            np.array([load.inside for load in loads], dtype=np.bool_),
            side_km**2,
            np.array([load.capacity for load in loads]),
            np.array([load.busy for load in loads]),
            observed(dataset, loads),
        )
        dense = density(grid.centres / scale, places)
        return network.body(plans.title(area), scene.kind, period, loads, state, grid, dense, tiles_address(plans, area))

    @app.callback(
        Output(ids.NETWORK_SHOWN, "data"),
        Input({"type": ids.NETWORK_CLASSES, "key": ALL}, "n_clicks"),
        State(ids.NETWORK_SHOWN, "data"),
        State(ids.AREA, "value"),
        prevent_initial_call=True,
    )
    def press(clicks: Any, shown: Any, area: Any) -> Any:
        key = ctx.triggered_id.get("key") if isinstance(ctx.triggered_id, dict) else None
        if key not in KEYS or not any(clicks):
            raise PreventUpdate
        return {"area": area, "classes": sorted(set(classes_here(shown, area)) ^ {str(key)})}

    @app.callback(
        Output(ids.NETWORK_CLASSES, "children"),
        Output(ids.NETWORK_STATIONS, "data"),
        Output(ids.NETWORK_TABLE, "rowData"),
        Output(ids.NETWORK_COUNT, "children"),
        Input(ids.NETWORK_BODY, "children"),
        Input(ids.NETWORK_SHOWN, "data"),
        State(ids.AREA, "value"),
    )
    def filtered(_body: Any, shown: Any, area: Any) -> Any:
        loads = _loads(plans, area)
        if not loads:
            raise PreventUpdate
        wanted = classes_here(shown, area)
        kept = [load for load in loads if not wanted or (utilisation_class(load.used) or "unknown") in wanted]
        said = f"{len(kept)} of {len(loads)}" + ("" if wanted else " · press a class to see only its stations")
        pressed = {"" if key == "unknown" else key for key in wanted}
        return network.class_rows(loads, pressed), station_points(kept), network.rows(kept), said

    @app.callback(
        Output(ids.NETWORK_HOURS, "figure"),
        Output(ids.NETWORK_LORENZ, "figure"),
        Input(ids.NETWORK_BODY, "children"),
        Input(ids.THEME, "data"),
        State(ids.AREA, "value"),
    )
    def charts(_body: Any, theme: Any, area: Any) -> Any:
        loads = _loads(plans, area)
        if not loads:
            raise PreventUpdate
        traffic = observed(plans.dataset(area), loads)
        shares = class_shares(traffic, np.array([load.capacity for load in loads]))
        return hours_figure(shares, theme_of(theme)), lorenz_figure(*lorenz(mean_loads(traffic)), theme_of(theme))

    app.clientside_callback(  # type: ignore[no-untyped-call]
        "layer => ({on: layer === 'density'})", Output(ids.NETWORK_DENSITY, "hideout"), Input(ids.NETWORK_LAYER, "value")
    )


def classes_here(shown: Any, area: Any) -> list[str]:
    """The classes that a browser has pressed for an area; unknown ones do not count."""
    if not isinstance(shown, dict) or shown.get("area") != area or not isinstance(shown.get("classes"), list):
        return []
    return [key for key in shown["classes"] if key in KEYS]


def observed(dataset: Dataset, loads: list[StationLoad]) -> Any:
    """Traffic of the stations on the map [station, hour], GB/h."""
    at = {name: row for row, name in enumerate(dataset.stations.ids)}
    return dataset.traffic[[at[load.station] for load in loads]]


def _loads(plans: Plans, area: Any) -> list[StationLoad]:
    if not isinstance(area, str) or area not in plans.names():
        return []
    return station_loads(plans.dataset(area), plans.scene(area).area.grid)
