"""Progress of a run on a terminal: one bar a stage with time left; one line a stage where the output is no terminal."""

import time
from types import TracebackType
from typing import Self, TextIO

from netspatial_core.pipeline import Progress

TITLES = {
    "imagery": "Imagery",
    "pois": "POIs",
    "encoding": "Encoding",
    "draws": "Draws",
    "ranking": "Ranking",
    "rationales": "Reasons",
}
WIDTH = 28


class Bars:
    """Called with each :class:`Progress`; writes to a stream."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.live = stream.isatty()
        self.stage = ""
        self.started = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.live and self.stage:
            self.stream.write("\n")

    def __call__(self, progress: Progress) -> None:
        """Show where the run is."""
        if progress.stage != self.stage:
            if self.live and self.stage:
                self.stream.write("\n")
            self.stage, self.started = progress.stage, time.monotonic()
        if self.live:
            self.stream.write("\r\x1b[2K" + line(progress, time.monotonic() - self.started))
        elif progress.done >= progress.total:
            self.stream.write(line(progress, time.monotonic() - self.started) + "\n")
        self.stream.flush()


def line(progress: Progress, elapsed: float) -> str:
    """One line: title, bar, count, and the seconds passed or left."""
    share = progress.done / progress.total if progress.total else 1.0
    bar = "#" * round(WIDTH * share) + "." * (WIDTH - round(WIDTH * share))
    left = f"about {elapsed * (1 - share) / share:.0f} s left" if 0 < share < 1 else ""
    taken = f"{elapsed:.1f} s" if share >= 1 else ""
    parts = [f"{TITLES[progress.stage]:<9}[{bar}] {100 * share:3.0f} %", progress.note, left, taken]
    return "  ".join(part for part in parts if part)
