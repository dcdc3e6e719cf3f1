"""Numbers for the map that are too many for a callback: the load of every cell at every hour of the week."""

import re

import numpy as np
from flask import Blueprint, Response, abort

from app.services.plans import Plans

FINGERPRINT = re.compile(r"[0-9a-f]{64}")
YEAR = {"Cache-Control": "private,max-age=31536000,immutable"}  # equal fingerprints, equal numbers


def blueprint(plans: Plans) -> Blueprint:
    """``/plans/<fingerprint>/week.f32``: little-endian float32 [cell, 168], GB/h, nan where a cell has no value."""
    routes = Blueprint("geometry", __name__)

    @routes.get("/plans/<string:key>/week.f32")
    def week(key: str) -> Response:
        shown = plans.by_key(key) if FINGERPRINT.fullmatch(key) else None
        if shown is None:
            abort(404)
        return Response(
            np.ascontiguousarray(shown.week, dtype="<f4").tobytes(), mimetype="application/octet-stream", headers=YEAR
        )

    return routes
