"""What is told of a fault: what happened and what helps, without a path or a trace, a number that finds the rest in the log."""

import logging
import secrets
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from netspatial_core.errors import NetSpatialError
from netspatial_core.sources.public import public

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Notice:
    """What the user is told of a fault; the incident's number finds the details in the log."""

    what: str
    remedy: str
    incident: str


def notice_of(error: Exception, record: Callable[[str], object] = log.error) -> Notice:
    """What the user is told of an error.

    Args:
        error: The error.
        record: Takes the details: the incident's number and the trace, with paths shortened and secrets hidden.
    """
    incident = secrets.token_hex(4)
    record(f"incident {incident}\n{public(''.join(traceback.format_exception(error)))}")
    if isinstance(error, NetSpatialError):
        return Notice(str(public(error.what)), str(public(error.remedy)), incident)
    if isinstance(error, MemoryError):
        return Notice("There is not enough memory for this run.", "Ask for fewer draws.", incident)
    return Notice("Something went wrong that should not have.", "Try again; if it happens again, report the incident.", incident)
