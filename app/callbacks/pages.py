"""The network and the models page, filled when they are opened."""

from typing import Any

from dash import Dash, Input, Output, no_update

from app import ids
from app.callbacks.inputs import theme_of
from app.components.running import notice_card
from app.pages import models, network
from app.services import Services
from app.services.models import model_card
from netspatial_core.errors import NetSpatialError
from netspatial_core.export.incident import notice_of
from netspatial_core.planning.station_load import station_loads


def register(app: Dash, services: Services) -> None:
    """Add the callbacks."""
    plans = services.plans

    @app.callback(Output(ids.NETWORK_BODY, "children"), Input(ids.URL, "pathname"), Input(ids.AREA, "value"))
    def show_network(path: Any, area: Any) -> Any:
        if path != "/network" or not isinstance(area, str) or area not in plans.names():
            return no_update
        dataset, scene = plans.dataset(area), plans.scene(area)
        hours = dataset.traffic.shape[1]
        period = f"{hours / 24:.0f} days from {dataset.first_hour[:10]}" if hours else "without traffic"
        return network.body(plans.title(area), scene.kind, period, station_loads(dataset, scene.area.grid))

    @app.callback(Output(ids.MODELS_BODY, "children"), Input(ids.URL, "pathname"), Input(ids.THEME, "data"))
    def show_models(path: Any, theme: Any) -> Any:
        if path != "/models":
            return no_update
        try:
            return models.body(model_card(services.settings), theme_of(theme))
        except (NetSpatialError, OSError) as error:
            return notice_card(notice_of(error))
