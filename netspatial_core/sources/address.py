"""Which addresses may be contacted, and connections pinned to the address that was checked."""

import ipaddress
import re
import socket
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

from netspatial_core.errors import InputError
from netspatial_core.settings import Settings
from netspatial_core.sources.public import without_keys

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
REMEDY = "Give a public http(s) address."


def check_url(url: str, settings: Settings) -> httpx.URL:
    """The address, if its form is allowed: http(s), no credentials, a plain host, on the allow-list if there is one.

    Raises:
        InputError: Saying which rule refuses it.
    """
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise InputError(f"The address {shown(url)} is malformed.", REMEDY) from error
    if parsed.scheme not in {"http", "https"}:
        raise InputError(f"The address {shown(url)} is not http or https.", REMEDY)
    if parsed.userinfo:
        raise InputError(f"The address of {parsed.host} carries a user name or password.", "Remove it from the address.")
    host = parsed.host.rstrip(".").lower()
    if not host:
        raise InputError(f"The address {shown(url)} names no host.", REMEDY)
    allowed = {name.rstrip(".").lower() for name in settings.allowed_hosts}
    if allowed and host not in allowed:
        raise InputError(
            f"The host {host} is not among the allowed ones.", "An administrator adds it to NETSPATIAL_ALLOWED_HOSTS."
        )
    literal = _literal(host)
    if literal is not None:
        check_address(literal, host, settings)
    return parsed


def check_address(address: Address, host: str, settings: Settings) -> None:
    """Refuse an address that is no public unicast one, however it is written.

    Loopback and private addresses pass only with ``allow_loopback``; link-local (cloud metadata), multicast and reserved ones
    never.

    Raises:
        InputError: Naming the host; the resolved address is left out, it may tell of an internal network.
    """
    embedded = _embedded(address)
    through = embedded if address in _NAT64 else (address, *embedded)  # NAT64 is only a way to the IPv4 address inside
    for inner in through:
        if inner.is_global and not inner.is_multicast and not inner.is_reserved:
            continue
        local = inner.is_loopback or any(inner in net for net in _PRIVATE if net.version == inner.version)
        if not (local and settings.allow_loopback):
            own = " NETSPATIAL_ALLOW_LOOPBACK=1 allows a server of your own." if local else ""
            raise InputError(f"The address of {host} is not a public one.", REMEDY + own)


def shown(url: object) -> str:
    """An address as messages show it: without user name, password, keys, query and fragment, and not endless."""
    text = re.sub(r"[?#].*", "", re.sub(r"//[^/@]*@", "//", str(url)), flags=re.DOTALL)
    return without_keys("".join(c for c in text if c.isprintable()))[:120]


class PinnedBackend(httpcore.SyncBackend):
    """Connects to the very address that was checked: a name that resolves to something else a moment later gains nothing."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A TCP connection to the first of the host's addresses that answers, once all of them are found allowed.

        Raises:
            InputError: One of the addresses is refused.
            httpcore.ConnectError: The name does not resolve, or nothing answers.
        """
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in self._resolve(host, port):
            try:
                return super().connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def _resolve(self, host: str, port: int) -> list[Address]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} does not resolve") from error
        addresses = list(dict.fromkeys(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))
        for address in addresses:
            check_address(address, host, self._settings)
        return addresses


class PinnedTransport(httpx.BaseTransport):
    """httpx over a connection pool whose connections are pinned; TLS still verifies the host's name."""

    def __init__(self, settings: Settings, connections: int = 8) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            max_connections=connections,
            keepalive_expiry=15.0,
            network_backend=PinnedBackend(settings),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; httpcore's own exceptions pass through."""
        url = httpcore.URL(
            scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path
        )
        answer = self._pool.handle_request(
            httpcore.Request(
                request.method, url, headers=request.headers.raw, content=request.read(), extensions=request.extensions
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions)

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Any:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


_PRIVATE = [ipaddress.ip_network(n) for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")]
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def _literal(host: str) -> Address | None:
    """The address a host is when it is one written out, None for a name.

    Raises:
        InputError: A number in a form (decimal, octal, hexadecimal, shortened) that only some resolvers read as an address.
    """
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        if not re.fullmatch(r"[\w.-]+", host):
            raise InputError(f"The host {shown(host)} is malformed.", REMEDY) from None
        last = host.rpartition(".")[2]
        if last.isdigit() or re.fullmatch(r"0x[0-9a-f]*", last):
            raise InputError(f"The host {shown(host)} is an address in an unusual form.", REMEDY) from None
        return None


def _embedded(address: Address) -> list[Address]:
    """IPv4 addresses that an IPv6 address stands for (mapped, compatible, 6to4, Teredo, NAT64)."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found: list[Address | None] = [address.ipv4_mapped, address.sixtofour]
    if address.teredo:
        found += list(address.teredo)
    if address in _NAT64:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [a for a in found if a is not None]
