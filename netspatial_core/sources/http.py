"""The one HTTP client: addresses checked and pinned, answers bounded, failures retried and never cached, stale copies dated."""

import contextlib
import hashlib
import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpcore
import httpx

from netspatial_core import __version__
from netspatial_core.errors import InputError, SourceError
from netspatial_core.settings import Settings
from netspatial_core.sources.address import PinnedTransport, check_url, shown
from netspatial_core.sources.files import replacing

HOPS = 5  # redirects followed
FAILURES, SILENCE_S = (
    4,
    60.0,
)  # requests failed in a row (each with its retries) after which a service is left alone, and how long
RETRY = {408, 425, 429, 500, 502, 503, 504}
REMEDY = "Try again later, or give a file instead."
# what a broken or silent server raises: httpcore's own below the transport, httpx's in decoding the body
_NETWORK = (
    httpx.TransportError,
    httpx.DecodingError,
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
)


@dataclass(frozen=True)
class Response:
    """An answer that can be used.

    Attributes:
        content: Its body.
        content_type: Media type as the server named it.
        fetched: When it was fetched, UTC.
        stale: It is an old copy, used because the service fails now.
        url: The address asked, without its query.
    """

    content: bytes
    content_type: str
    fetched: datetime
    stale: bool
    url: str


Check = Callable[[Response], object]


class HttpClient:
    """Fetches from public services, politely and within bounds. Use as a context manager; safe to share among threads.

    A good answer is kept in ``settings.cache_dir/http`` for ``max_age_s``; past that it is asked for again, and used with its
    date if the service fails then.

    Args:
        settings: Allow-list, loopback and cache folder.
        timeout_s: Longest wait for a connection or for the next bytes; a whole answer may take three times as long.
        retries: Further tries after 408, 425, 429, 5xx, a time-out or a broken connection.
        max_bytes: Largest answer read.
        max_age_s: How long a kept answer is used without asking.
        pause_s: First pause between tries; doubled each time, with jitter.
        longest_pause_s: Bound on every pause, Retry-After included: a server that asks for more counts as failed.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        timeout_s: float = 20.0,
        retries: int = 2,
        max_bytes: int = 64 << 20,
        max_age_s: float = 30 * 86400.0,
        pause_s: float = 0.5,
        longest_pause_s: float = 30.0,
    ) -> None:
        self._settings = settings
        self._timeout_s = timeout_s
        self._retries = retries
        self._max_bytes = max_bytes
        self._max_age_s = max_age_s
        self._pause_s = pause_s
        self._longest_pause_s = longest_pause_s
        self._cache = settings.cache_dir / "http"
        self._silence = _Silence()
        self._client = httpx.Client(
            transport=PinnedTransport(settings),
            timeout=timeout_s,
            follow_redirects=False,
            trust_env=False,  # a proxy from the environment would resolve names itself and undo the pinning
            headers={"User-Agent": f"NetSpatial/{__version__}"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        cache: bool = True,
        check: Check | None = None,
    ) -> Response:
        """GET an address.

        Args:
            url: http or https.
            params: Query, joined to the address.
            headers: Further headers.
            cache: Whether a kept answer may be used and this one kept.
            check: Raises SourceError for an answer that is no good (HTML instead of an image); such an answer is never kept.

        Raises:
            InputError: The address, or one it redirects to, is refused.
            SourceError: No usable answer after the retries, and no copy of an earlier one.
        """
        target = str(check_url(url, self._settings).copy_merge_params(dict(params))) if params else url
        return self._fetch("GET", target, None, headers or {}, cache, check)

    def post(
        self,
        url: str,
        *,
        data: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
        cache: bool = True,
        check: Check | None = None,
    ) -> Response:
        """POST a form; arguments and errors as for ``get``. Redirects are refused: a form is sent to the address given only."""
        return self._fetch("POST", url, dict(data), headers or {}, cache, check)

    def _fetch(
        self, method: str, url: str, data: dict[str, str] | None, headers: Mapping[str, str], cache: bool, check: Check | None
    ) -> Response:
        check_url(url, self._settings)
        form = json.dumps(data, sort_keys=True) if data else ""
        key = hashlib.sha256(f"{method}\n{url}\n{form}".encode()).hexdigest()
        kept = self._read(key, url) if cache else None
        if kept and (datetime.now(UTC) - kept.fetched).total_seconds() < self._max_age_s and _passes(check, kept):
            return kept
        try:
            answer = self._tried(method, url, data, headers)
            if check:
                check(answer)
        except SourceError:
            if kept and _passes(check, kept):
                return Response(kept.content, kept.content_type, kept.fetched, stale=True, url=kept.url)
            raise
        if cache:
            self._write(key, answer)
        return answer

    def _tried(self, method: str, url: str, data: dict[str, str] | None, headers: Mapping[str, str]) -> Response:
        """The first good answer within the retries; a service that fell silent is left alone for a while."""
        origin = httpx.URL(url).netloc
        if self._silence.holds(origin):
            raise SourceError(f"{shown(url)} is not asked: the service failed {FAILURES} times in a row just now.", REMEDY)
        for attempt in range(self._retries + 1):
            pause = self._pause_s * 2**attempt * random.uniform(0.5, 1.5)
            try:
                with self._followed(method, url, data, headers) as answer:
                    if answer.status_code == 200:
                        whole = self._whole(answer, url)
                        self._silence.clear(origin)
                        return whole
                    fault = f"answered {answer.status_code}"
                    if answer.status_code not in RETRY:  # the service is well, it has no such thing
                        self._silence.clear(origin)
                        raise SourceError(f"{shown(url)} {fault}.", REMEDY)
                    pause = max(pause, _retry_after(answer))
            except _NETWORK as error:
                timeout = isinstance(error, httpx.TimeoutException | httpcore.TimeoutException)
                fault = "did not answer in time" if timeout else "could not be reached or broke off"
            if attempt == self._retries or pause > self._longest_pause_s:
                break
            time.sleep(pause)
        self._silence.count(origin)
        raise SourceError(f"{shown(url)} {fault}.", REMEDY)

    @contextlib.contextmanager
    def _followed(
        self, method: str, url: str, data: dict[str, str] | None, headers: Mapping[str, str]
    ) -> Iterator[httpx.Response]:
        """The answer at the end of the redirects, each hop's address checked."""
        address = httpx.URL(url)
        for _ in range(HOPS + 1):
            check_url(str(address), self._settings)
            request = self._client.build_request(method, address, data=data, headers=dict(headers))
            answer = self._client.send(request, stream=True)
            try:
                if answer.status_code not in {301, 302, 303, 307, 308}:
                    yield answer
                    return
                if method != "GET":
                    raise SourceError(f"{shown(url)} redirects a form elsewhere.", "Give the address it redirects to.")
                target = address.join(answer.headers.get("location", ""))
                if address.scheme == "https" and target.scheme == "http":
                    raise SourceError(f"{shown(url)} redirects from https to http.", "Give an address that stays on https.")
                if target.host != address.host:
                    headers = {}  # what was meant for one host (a key) is not told to another
                address = target
            finally:
                answer.close()
        raise SourceError(f"{shown(url)} redirects more than {HOPS} times.", "Give the address it ends at.")

    def _whole(self, answer: httpx.Response, url: str) -> Response:
        """The body, read in pieces so that an endless or a slow one is cut off."""
        deadline = time.monotonic() + 3 * self._timeout_s
        body = bytearray()
        for piece in answer.iter_bytes():  # as they come: waiting for full pieces would hide a slow sender
            body += piece
            if len(body) > self._max_bytes:
                raise SourceError(f"{shown(url)} sent over {self._max_bytes >> 20} MB.", "Ask for a smaller area.")
            if time.monotonic() > deadline:
                self._silence.count(httpx.URL(url).netloc)
                raise SourceError(f"{shown(url)} sends too slowly.", REMEDY)
        kind = answer.headers.get("content-type", "").split(";")[0].strip().lower()
        return Response(bytes(body), kind, datetime.now(UTC), stale=False, url=shown(url))

    def _read(self, key: str, url: str) -> Response | None:
        """A kept answer; a damaged entry counts as none."""
        try:
            raw = self._entry(key).read_bytes()
            head, _, content = raw.partition(b"\n")
            about = json.loads(head)
            if hashlib.sha256(content).hexdigest() != about["sha256"]:
                return None
            fetched = datetime.fromisoformat(about["fetched"])
            return Response(content, str(about["content_type"]), fetched, stale=False, url=shown(url))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _write(self, key: str, answer: Response) -> None:
        """Keep an answer: a line of metadata, then the content, put in place at once. An unwritable cache is no fault."""
        about: dict[str, Any] = {
            "fetched": answer.fetched.isoformat(),
            "content_type": answer.content_type,
            "url": answer.url,
            "sha256": hashlib.sha256(answer.content).hexdigest(),
        }
        with contextlib.suppress(InputError), replacing(self._entry(key)) as temporary:
            temporary.write_bytes(json.dumps(about).encode() + b"\n" + answer.content)

    def _entry(self, key: str) -> Path:
        return self._cache / key[:2] / key


class _Silence:
    """Services that failed several times in a row: not asked again for a while, so that a dead one costs seconds, not an hour."""

    def __init__(self) -> None:
        self._failures: dict[bytes, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def holds(self, origin: bytes) -> bool:
        with self._lock:
            failures, last = self._failures.get(origin, (0, 0.0))
            return failures >= FAILURES and time.monotonic() - last < SILENCE_S

    def count(self, origin: bytes) -> None:
        with self._lock:
            self._failures[origin] = (self._failures.get(origin, (0, 0.0))[0] + 1, time.monotonic())

    def clear(self, origin: bytes) -> None:
        with self._lock:
            self._failures.pop(origin, None)


def _passes(check: Check | None, answer: Response) -> bool:
    if check is None:
        return True
    try:
        check(answer)
    except SourceError:
        return False
    return True


def _retry_after(answer: httpx.Response) -> float:
    """Seconds the server asks to wait (RFC 9110, 10.2.3: seconds or a date); 0 where it names none."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isdigit():
        return float(text)
    with contextlib.suppress(ValueError, TypeError):
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    return 0.0
