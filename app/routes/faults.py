"""What a browser gets where there is nothing or where something broke: a page, never a trace; the rest is in the log."""

from collections.abc import Sequence
from html import escape

from flask import Flask, abort, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, NotFound

from netspatial_core.export.incident import notice_of

PAGE = """<!DOCTYPE html>
<html lang="en" data-mantine-color-scheme="dark">
  <head>
    <meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
    <title>{what}</title><link rel="stylesheet" href="/assets/ns.css">
  </head>
  <body class="fault"><main class="panel">
    <h1>{what}</h1><p>{remedy}</p>{more}<a href="/">Open the planner</a>
  </main></body>
</html>"""


def register(server: Flask, pages: Sequence[str]) -> None:
    """Answer faults and unknown addresses.

    Args:
        server: Of the planner.
        pages: Paths of the planner's pages. Dash would answer every other path with the plan, too.
    """

    @server.before_request
    def known() -> None:
        if request.url_rule is not None and request.url_rule.rule == "/<path:path>" and request.path not in pages:
            abort(404)

    @server.errorhandler(NotFound)
    def missing(error: NotFound) -> ResponseReturnValue:
        return _page("There is nothing at this address", "It may be mistyped, or what it showed is gone."), error.code or 404

    @server.errorhandler(Exception)
    def broken(error: Exception) -> ResponseReturnValue:
        if isinstance(error, HTTPException):
            return error
        notice = notice_of(error)
        return _page(notice.what, notice.remedy, f"Incident {notice.incident}, details in the log"), 500


def _page(what: str, remedy: str, more: str = "") -> str:
    said = f'<p class="sub">{escape(more)}</p>' if more else ""
    return PAGE.format(what=escape(what), remedy=escape(remedy), more=said)
