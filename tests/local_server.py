"""A real HTTP server on loopback for the tests of sources: scripted answers, failures included, and the tiles of a folder."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Answer:
    """One answer; ``after_s`` waits first, ``drip_s`` waits between the bytes, ``cut`` closes before the announced length."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    after_s: float = 0.0
    drip_s: float = 0.0
    cut: bool = False


Route = Callable[[str, bytes], Answer]


class LocalServer:
    """Answers by ``route(path, body)`` and keeps the paths asked, so that a test can see what left the client."""

    def __init__(self, route: Route) -> None:
        self.route = route
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                server.asked.append(self.path)
                server.headers.append(dict(self.headers))
                answer = server.route(self.path, body)
                time.sleep(answer.after_s)
                try:
                    self.send_response(answer.status)
                    for name, value in answer.headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(answer.body) * (2 if answer.cut else 1)))
                    self.end_headers()
                    if answer.drip_s:
                        for byte in answer.body:
                            self.wfile.write(bytes([byte]))
                            self.wfile.flush()
                            time.sleep(answer.drip_s)
                    else:
                        self.wfile.write(answer.body)
                    self.close_connection = answer.cut
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            do_GET = do_POST = _answer

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def serving(route: Route) -> Iterator[LocalServer]:
    server = LocalServer(route)
    try:
        yield server
    finally:
        server.close()


def tiles_of(folder: Path) -> Route:
    """The tiles of a folder z/x/y.jpg, 404 for the others."""

    def route(path: str, _: bytes) -> Answer:
        file = folder / path.partition("?")[0].lstrip("/")
        if file.is_file() and file.suffix == ".jpg":
            return Answer(body=file.read_bytes(), headers={"Content-Type": "image/jpeg"})
        return Answer(404, b"no such tile", {"Content-Type": "text/plain"})

    return route
