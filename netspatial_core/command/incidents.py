"""The last resort of the command line: a fault nobody foresaw is one line, and its details lie in a file."""

from datetime import UTC, datetime

from netspatial_core.errors import InputError
from netspatial_core.export.incident import notice_of
from netspatial_core.settings import get_settings

FILE = "incidents.log"
MOST_BYTES = 1 << 20  # a file that has grown beyond is begun anew


def last_resort(error: Exception) -> str:
    """The line that tells of an unforeseen error; its trace goes to ``logs/incidents.log`` in the cache folder."""
    unwritten = ""

    def record(details: str) -> None:
        nonlocal unwritten
        try:
            file = get_settings().cache_dir / "logs" / FILE
            file.parent.mkdir(parents=True, exist_ok=True)
            grown = file.is_file() and file.stat().st_size > MOST_BYTES
            with file.open("w" if grown else "a", encoding="utf-8") as log:
                log.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {details}\n")
        except (OSError, InputError):  # no place to write to, or settings that cannot be read: the line must still come out
            unwritten = " (not written: the cache folder cannot be used)"

    notice = notice_of(error, record)
    return f"{notice.what} {notice.remedy} Incident {notice.incident} in logs/{FILE} of the cache folder{unwritten}."
