"""Imagery as tiles and chips, from the local file of a study area, cacheable for a day and longer."""

from flask import Blueprint, Response, abort

from app.services import imagery
from app.services.plans import Plans

YEAR = {"Cache-Control": "public,max-age=31536000,immutable"}  # the address carries the picture's hash


def blueprint(plans: Plans) -> Blueprint:
    """``/tiles/<area>-<hash>/<z>/<x>/<y>.webp`` and ``/chips/<area>-<hash>/<cell>.png``."""
    routes = Blueprint("tiles", __name__)

    @routes.get("/tiles/none/<int:_z>/<int:_x>/<int:_y>.webp")
    def nothing(_z: int, _x: int, _y: int) -> Response:
        return Response(status=204)

    @routes.get("/tiles/<string:area>/<string:tag>/<int:z>/<int:x>/<int:y>.webp")
    def tile(area: str, tag: str, z: int, x: int, y: int) -> Response:
        path = plans.picture(area) if known(area, tag) else None
        if path is None:
            abort(404)
        picture = imagery.tile(path, z, x, y)
        return Response(picture, mimetype="image/webp", headers=YEAR) if picture else Response(status=204, headers=YEAR)

    @routes.get("/chips/<string:area>/<string:tag>/<string:cell>.png")
    def chip(area: str, tag: str, cell: str) -> Response:
        path = plans.picture(area) if known(area, tag) else None
        grid = plans.scene(area).area.grid if path is not None else None
        if path is None or grid is None or cell not in grid.ids:
            abort(404)
        return Response(imagery.chip(path, grid, grid.ids.index(cell)), mimetype="image/png", headers=YEAR)

    def known(area: str, tag: str) -> bool:
        return area in plans.names() and tag == picture_tag(plans, area)

    return routes


def picture_tag(plans: Plans, area: str) -> str:
    """The start of the picture's hash, '' without a picture: a new picture gets new addresses."""
    picture = plans.scene(area).imagery
    return "" if picture is None else picture.sha256[:12]


def tiles_address(plans: Plans, area: str) -> str:
    """Address template of an area's tiles."""
    tag = picture_tag(plans, area)
    return f"/tiles/{area}/{tag}/{{z}}/{{x}}/{{y}}.webp" if tag else "/tiles/none/{z}/{x}/{y}.webp"


def chip_address(plans: Plans, area: str, cell: str) -> str | None:
    """Address of a cell's picture."""
    tag = picture_tag(plans, area)
    return f"/chips/{area}/{tag}/{cell}.png" if tag else None
