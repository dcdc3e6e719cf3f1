"""The models page, filled when it is opened."""

from typing import Any

from dash import Dash, Input, Output, no_update

from app import ids
from app.callbacks.inputs import theme_of
from app.components.running import notice_card
from app.pages import models
from app.services import Services
from app.services.models import model_card
from netspatial_core.errors import NetSpatialError
from netspatial_core.export.incident import notice_of


def register(app: Dash, services: Services) -> None:
    """Add the callbacks."""

    @app.callback(Output(ids.MODELS_BODY, "children"), Input(ids.URL, "pathname"), Input(ids.THEME, "data"))
    def show_models(path: Any, theme: Any) -> Any:
        if path != "/models":
            return no_update
        try:
            return models.body(model_card(services.settings), theme_of(theme))
        except (NetSpatialError, OSError) as error:
            return notice_card(notice_of(error))
