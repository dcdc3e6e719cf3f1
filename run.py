"""Start the planner: settings -> app.factory -> server. ``python run.py --help`` explains the options."""

import argparse
import ipaddress
import logging
import socket
import sys

from werkzeug.serving import make_server

from app.factory import create_app
from netspatial_core.errors import InputError, NetSpatialError
from netspatial_core.pipeline import open_model
from netspatial_core.settings import Settings, get_settings


def main() -> None:
    """Parse the options, refuse what is unsafe, serve until interrupted."""
    defaults = get_settings()
    parser = argparse.ArgumentParser(description="The NetSpatial planner in the browser.")
    parser.add_argument("--host", default=defaults.host, help="address to listen on; only this machine by default")
    parser.add_argument("--port", type=int, default=defaults.port, help="port to listen on; 0 takes a free one")
    parser.add_argument("--model", default=defaults.model, help="model folder, or a name under data/models")
    parser.add_argument("--allow-remote", action="store_true", help="listen beyond this machine although there is no sign-in yet")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # a line per tile helps nobody
    try:
        if not 0 <= given.port <= 65535:
            raise InputError(f"There is no port {given.port}.", "Give 1024 to 65535, or 0 for a free one.")
        settings = Settings(host=given.host, port=given.port, model=given.model)  # type: ignore[call-arg]
        check_host(settings.host, allowed=given.allow_remote)
        check_port(settings.host, settings.port)
        open_model(settings.model, settings)  # a wrong model is refused now, not at the first run
        app = create_app(settings)
    except NetSpatialError as error:
        sys.exit(f"error: {error}")
    server = make_server(settings.host, settings.port, app.server, threaded=True)
    print(f"NetSpatial planner on http://{settings.host}:{server.server_port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        app.server.extensions["netspatial"].close()


def check_host(host: str, *, allowed: bool) -> None:
    """Refuse to be reachable from other machines without a word: there is no sign-in yet.

    Raises:
        InputError: The address is not this machine's own and nobody said that this is meant.
    """
    try:
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local and not allowed:
        raise InputError(
            f"The planner has no sign-in, and {host} can be reached from other machines.",
            "Use 127.0.0.1 behind a proxy that authenticates, or add --allow-remote if everybody may use it.",
        )


def check_port(host: str, port: int) -> None:
    """Refuse a port that cannot be had before anything is loaded.

    Raises:
        InputError: Another program has it, or this user may not listen on it.
    """
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        why = f"The planner cannot listen on {host}:{port}: {(error.strerror or str(error)).lower()}."
        if isinstance(error, socket.gaierror):
            raise InputError(why, "Give an address of this machine, such as 127.0.0.1.") from error
        other = port + 1 if 1024 <= port < 65535 else 8050
        raise InputError(why, f"Take another port: NETSPATIAL_PORT={other} make run, or 0 for a free one.") from error


if __name__ == "__main__":
    main()
