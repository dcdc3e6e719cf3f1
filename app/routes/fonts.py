"""Manrope from its pip package (SIL Open Font Licence); without the package the system's font is used."""

from flask import Blueprint, Response, abort, send_from_directory


def blueprint() -> Blueprint:
    """``/font/<file>``."""
    routes = Blueprint("fonts", __name__)

    @routes.get("/font/<string:name>")
    def font(name: str) -> Response:
        try:
            import font_manrope
        except ImportError:
            abort(404)
        return send_from_directory(font_manrope.font_directory, name, max_age=31536000)

    return routes
