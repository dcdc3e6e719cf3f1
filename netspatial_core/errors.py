"""The errors a user can meet: each message says what happened, where, and what to do about it."""

from typing import Any


class NetSpatialError(Exception):
    """Any fault with a remedy. Printed as one line by the command line, shown as a notice by the planner.

    Attributes:
        what: What went wrong and where (file, field, row, cell).
        remedy: What the reader can do about it.
    """

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what} {remedy}".strip())
        self.what = what
        self.remedy = remedy

    def __reduce__(self) -> tuple[Any, ...]:
        """So that a fault in a child process reaches its parent whole."""
        return _again, (type(self), self.what, self.remedy)


class InputError(NetSpatialError):
    """A file, an address, a value or a setting given by the user cannot be used."""


class SourceError(NetSpatialError):
    """A source of context (tile server, POI service) could not be read; the run may go on without it."""


class WeightsError(NetSpatialError):
    """Pretrained or trained weights are missing, altered, or belong to something else."""


class InfeasibleError(NetSpatialError):
    """No plan satisfies the settings; the message names the binding constraint."""


class Cancelled(NetSpatialError):  # noqa: N818 - not a fault: the user asked for it
    """The user cancelled the run; nothing half-done is kept."""

    def __init__(self, what: str = "The run was cancelled.") -> None:
        super().__init__(what, "Start it again when you are ready.")


def _again(kind: type[NetSpatialError], what: str, remedy: str) -> NetSpatialError:
    """An error as it was."""
    error = kind.__new__(kind)
    NetSpatialError.__init__(error, what, remedy)
    return error
