"""Whether the server is there, for whoever starts or watches it."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.services.plans import Plans
from netspatial_core import __version__


def blueprint(plans: Plans) -> Blueprint:
    """``/health``: version and the number of study areas; no path, no setting."""
    routes = Blueprint("health", __name__)

    @routes.get("/health")
    def health() -> ResponseReturnValue:
        return jsonify(status="ok", version=__version__, areas=len(plans.names()))

    return routes
