"""The HTTP client against a real server on loopback, and its rules on addresses without any."""

import gzip
import ipaddress
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from local_server import Answer, serving

from netspatial_core.errors import InputError, SourceError
from netspatial_core.settings import Settings
from netspatial_core.sources.address import check_address, check_url, shown
from netspatial_core.sources.http import FAILURES, HttpClient, Response

PUBLIC = Settings(_env_file=None)
LOCAL = Settings(_env_file=None, allow_loopback=True)


def client(settings: Settings, **options: Any) -> HttpClient:
    return HttpClient(settings, **{"timeout_s": 0.4, "pause_s": 0.01, "longest_pause_s": 1.0} | options)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/x",
        "file:///etc/passwd",
        "gopher://example.org",
        "//example.org/x",
        "example.org/x",
        "http://",
        "http:///x",
        "http://user:secret@example.org/x",
        "http://127.0.0.1/x",
        "http://127.1/x",
        "http://0/x",
        "http://2130706433/x",
        "http://0x7f000001/x",
        "http://0x7f.0.0.1/x",
        "http://0177.0.0.1/x",
        "http://10.0.0.1/x",
        "http://172.16.3.4/x",
        "http://192.168.1.1/x",
        "http://169.254.169.254/latest/meta-data",
        "http://100.64.0.1/x",
        "http://224.0.0.1/x",
        "http://240.0.0.1/x",
        "http://255.255.255.255/x",
        "http://[::1]/x",
        "http://[::]/x",
        "http://[fe80::1]/x",
        "http://[fc00::1]/x",
        "http://[ff02::1]/x",
        "http://[::ffff:127.0.0.1]/x",
        "http://[::ffff:10.0.0.1]/x",
        "http://[64:ff9b::7f00:1]/x",
        "http://[2002:7f00:1::]/x",
        "http://[2001:db8::1]/x",
        "http://exa mple.org/x",
    ],
)
def test_addresses_that_are_refused_by_their_form(url: str) -> None:
    with pytest.raises(InputError) as caught:
        check_url(url, PUBLIC)
    assert "secret" not in str(caught.value)
    with HttpClient(PUBLIC) as http, pytest.raises(InputError):
        http.get(url)


@pytest.mark.parametrize(
    "url", ["https://tile.example.org/1/2/3.png", "http://8.8.8.8/x", "http://[2606:4700::1111]/x", "https://example.org.:8443/x"]
)
def test_public_addresses_pass(url: str) -> None:
    assert check_url(url, PUBLIC).scheme in url


@pytest.mark.parametrize("host", ["169.254.169.254", "224.0.0.1", "0.0.0.0", "fe80::1", "ff02::1", "::", "240.0.0.1"])
def test_some_addresses_are_refused_even_where_loopback_is_allowed(host: str) -> None:
    with pytest.raises(InputError):
        check_address(ipaddress.ip_address(host), host, LOCAL)
    for allowed in ("127.0.0.1", "10.1.2.3", "192.168.0.9", "::1", "fd00::1"):
        check_address(ipaddress.ip_address(allowed), allowed, LOCAL)


@given(st.ip_addresses(v=4))
def test_what_passes_is_global_however_it_is_wrapped(ip: ipaddress.IPv4Address) -> None:
    forms: list[Any] = [ip, ipaddress.IPv6Address(f"64:ff9b::{ip}"), ipaddress.IPv6Address(f"::ffff:{ip}")]
    for form in forms:
        try:
            check_address(form, "host", PUBLIC)
        except InputError:
            continue
        assert ip.is_global
        assert not ip.is_multicast


def test_only_hosts_on_the_list_are_asked(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, allowed_hosts=("Tile.example.org",), allow_loopback=True, cache_dir=tmp_path)
    assert check_url("https://tile.example.org/x", settings).host == "tile.example.org"
    with serving(lambda *_: Answer(body=b"x")) as server, client(settings) as http:
        with pytest.raises(InputError, match="allowed"):
            http.get(server.url)
        assert server.asked == []


def test_messages_show_no_secrets() -> None:
    assert shown("https://me:key@example.org/a?token=abc#x") == "https://example.org/a"
    assert len(shown("https://example.org/" + "a" * 500)) == 120


def test_a_key_in_the_path_of_an_address_is_not_shown() -> None:
    keyed = "https://tiles.example.org/v4/9aB3xY7kLm2Qw8Zt0/{z}/{x}/{y}"
    assert shown(keyed) == "https://tiles.example.org/v4/hidden/{z}/{x}/{y}"
    assert shown(keyed.replace("{z}/{x}/{y}", "19/386690/220241.png")).endswith("/v4/hidden/19/386690/220241.png")
    for plain in (
        "https://tiles.example.org/World_Imagery_Clarity/MapServer/19/1/2",
        "https://a.example.org/wmts-2020/3/1/2.jpg",
    ):
        assert shown(plain) == plain


def test_loopback_is_refused_without_the_setting_and_nothing_is_sent(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, cache_dir=tmp_path)
    with serving(lambda *_: Answer(body=b"x")) as server, client(settings) as http:
        for url in (server.url, f"http://localhost:{server.port}/", f"http://[::ffff:127.0.0.1]:{server.port}/"):
            with pytest.raises(InputError, match="public"):
                http.get(url)
        assert server.asked == []


def test_a_name_that_resolves_to_a_private_address_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        both = ["93.184.216.34", "10.0.0.7"]  # one good address among them gains nothing
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in both]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with client(Settings(_env_file=None, cache_dir=tmp_path)) as http, pytest.raises(InputError, match="public"):
        http.get("http://rebind.example.org/x")


def test_the_connection_goes_to_the_address_that_was_checked(local_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    real, names = socket.getaddrinfo, []

    def resolve(host: Any, port: Any, *args: Any, **options: Any) -> list[Any]:
        if host != "tiles.example.org":
            return real(host, port, *args, **options)
        names.append(host)
        # a name server that changes its mind after the check: a second look would lead elsewhere
        ip = "127.0.0.1" if len(names) == 1 else "192.0.2.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with serving(lambda *_: Answer(body=b"ok")) as server, client(local_settings) as http:
        assert http.get(f"http://tiles.example.org:{server.port}/x").content == b"ok"
        assert [h["Host"] for h in server.headers] == [f"tiles.example.org:{server.port}"]
    assert names == ["tiles.example.org"]


def test_a_redirect_to_an_address_that_is_refused_is_not_followed(local_settings: Settings) -> None:
    for target in ("http://169.254.169.254/latest", "file:///etc/passwd", "http://2130706433/", "http://a:b@127.0.0.1/"):
        with serving(lambda *_, t=target: Answer(302, headers={"Location": t})) as server, client(local_settings) as http:
            with pytest.raises(InputError):
                http.get(server.url + "/start")
            assert server.asked == ["/start"]


def test_redirects_are_followed_five_times_at_most(local_settings: Settings) -> None:
    def hops(path: str, _: bytes) -> Answer:
        left = int(path.rpartition("/")[2])
        return Answer(302, headers={"Location": f"/hop/{left - 1}"}) if left else Answer(body=b"there")

    with serving(hops) as server, client(local_settings) as http:
        assert http.get(f"{server.url}/hop/5").content == b"there"
        with pytest.raises(SourceError, match="more than 5"):
            http.get(f"{server.url}/hop/6")
        with pytest.raises(SourceError, match="redirects a form"):
            http.post(f"{server.url}/hop/1", data={"a": "b"})


def test_headers_for_one_host_are_not_told_to_another(local_settings: Settings) -> None:
    with serving(lambda *_: Answer(body=b"x")) as other:
        to_other = Answer(302, headers={"Location": f"http://localhost:{other.port}/"})
        with serving(lambda *_: to_other) as server, client(local_settings) as http:
            http.get(server.url, headers={"Authorization": "Bearer key"})
    assert other.headers[0].get("Authorization") is None
    assert server.headers[0].get("Authorization") == "Bearer key"


def test_a_good_answer_is_kept_and_not_asked_for_again(local_settings: Settings) -> None:
    with (
        serving(lambda *_: Answer(body=b"abc", headers={"Content-Type": "Image/PNG; x=y"})) as server,
        client(local_settings) as http,
    ):
        first = http.get(server.url + "/a")
        assert (first.content, first.content_type, first.stale) == (b"abc", "image/png", False)
        assert datetime.now(UTC) - first.fetched < timedelta(seconds=10)
        assert http.get(server.url + "/a") == first
        assert server.asked == ["/a"]
        http.get(server.url + "/a", cache=False)
        http.get(server.url + "/a", params={"k": "v"})
        http.post(server.url + "/a", data={"q": "1"})
        http.post(server.url + "/a", data={"q": "2"})
        http.post(server.url + "/a", data={"q": "2"})
        assert server.asked == ["/a", "/a", "/a?k=v", "/a", "/a"]


def test_kept_answers_hold_no_secrets_and_a_damaged_one_is_asked_again(local_settings: Settings) -> None:
    with serving(lambda *_: Answer(body=b"abc")) as server, client(local_settings) as http:
        http.get(server.url + "/a?key=secret")
        (entry,) = [p for p in (local_settings.cache_dir / "http").rglob("*") if p.is_file()]
        raw = entry.read_bytes()
        assert b"secret" not in raw
        entry.write_bytes(raw[:-1] + b"X")
        assert http.get(server.url + "/a?key=secret").content == b"abc"
        assert len(server.asked) == 2


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_passing_fault_is_tried_again(local_settings: Settings, status: int) -> None:
    answers = iter([Answer(status), Answer(status), Answer(body=b"at last")])
    with serving(lambda *_: next(answers)) as server, client(local_settings) as http:
        assert http.get(server.url + "/a").content == b"at last"
        assert len(server.asked) == 3


@pytest.mark.parametrize(("status", "asked"), [(500, 3), (429, 3), (404, 1), (403, 1), (204, 1), (304, 1)])
def test_a_lasting_fault_is_one_line_and_is_never_kept(local_settings: Settings, status: int, asked: int) -> None:
    with serving(lambda *_: Answer(status)) as server, client(local_settings) as http:
        with pytest.raises(SourceError, match=f"answered {status}") as caught:
            http.get(server.url + "/a?key=secret")
        assert "secret" not in str(caught.value)
        assert len(server.asked) == asked
    assert not (local_settings.cache_dir / "http").exists()


def test_retry_after_is_honoured_within_bounds(local_settings: Settings) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    for value, bound, waits in (("1", 2.0, True), ("3600", 2.0, False), (soon, 2.0, False), ("soon", 2.0, True)):
        answers = iter([Answer(429, headers={"Retry-After": value}), *[Answer(body=b"ok")] * 5])
        with serving(lambda *_, a=answers: next(a)) as server, client(local_settings, longest_pause_s=bound) as http:
            start = time.monotonic()
            if waits:
                assert http.get(server.url + "/a", cache=False).content == b"ok"
                assert time.monotonic() - start >= (1.0 if value == "1" else 0.0)
            else:  # a server that asks for an hour is a server that failed, at once
                with pytest.raises(SourceError, match="429"):
                    http.get(server.url + "/a", cache=False)
                assert time.monotonic() - start < 1.0


def test_a_server_that_never_answers_costs_its_time_outs(local_settings: Settings) -> None:
    with serving(lambda *_: Answer(body=b"late", after_s=3)) as server, client(local_settings, timeout_s=0.1) as http:
        start = time.monotonic()
        with pytest.raises(SourceError, match="in time"):
            http.get(server.url + "/a")
        assert time.monotonic() - start < 1.5
        assert len(server.asked) == 3


def test_a_server_that_drips_is_cut_off(local_settings: Settings) -> None:
    dripping = Answer(body=b"x" * 200, drip_s=0.05)
    with serving(lambda *_: dripping) as server, client(local_settings, timeout_s=0.1) as http:
        start = time.monotonic()
        with pytest.raises(SourceError, match="too slowly"):
            http.get(server.url + "/a")
        assert time.monotonic() - start < 2.0


def test_half_an_answer_is_none(local_settings: Settings) -> None:
    with serving(lambda *_: Answer(body=b"x" * 1000, cut=True)) as server, client(local_settings) as http:
        with pytest.raises(SourceError, match="broke off"):
            http.get(server.url + "/a")
        assert len(server.asked) == 3
    assert not (local_settings.cache_dir / "http").exists()


def test_a_port_that_nobody_listens_on(local_settings: Settings) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with client(local_settings) as http, pytest.raises(SourceError, match="could not be reached"):
        http.get(f"http://127.0.0.1:{port}/")


def test_an_answer_over_the_cap_is_not_read_to_its_end(local_settings: Settings) -> None:
    bomb = gzip.compress(b"\0" * (8 << 20))
    packed = Answer(body=bomb, headers={"Content-Encoding": "gzip"})
    large = Answer(body=b"x" * (3 << 20))
    for answer in (packed, large):
        with (
            serving(lambda *_, a=answer: a) as server,
            client(local_settings, max_bytes=2 << 20) as http,
            pytest.raises(SourceError, match="over 2 MB"),
        ):
            http.get(server.url)


def test_a_check_keeps_bad_answers_out_of_the_cache(local_settings: Settings) -> None:
    def check(answer: Response) -> None:
        if b"<html" in answer.content:
            raise SourceError("HTML.", "Try again.")

    answers = iter([Answer(body=b"<html>sorry"), Answer(body=b"good")])
    with serving(lambda *_: next(answers)) as server, client(local_settings) as http:
        with pytest.raises(SourceError, match="HTML"):
            http.get(server.url + "/a", check=check)
        assert http.get(server.url + "/a", check=check).content == b"good"


def test_a_stale_copy_is_used_with_its_date_when_the_service_fails(local_settings: Settings) -> None:
    well = threading.Event()
    well.set()
    with serving(lambda *_: Answer(body=b"abc") if well.is_set() else Answer(503)) as server:
        with client(local_settings, max_age_s=0.0) as http:
            first = http.get(server.url + "/a")
            well.clear()
            copy = http.get(server.url + "/a")
            assert copy.stale
            assert (copy.content, copy.fetched) == (b"abc", first.fetched)
            with pytest.raises(SourceError):
                http.get(server.url + "/b")
            with pytest.raises(SourceError):
                http.get(server.url + "/a", cache=False)
        well.set()
        with client(local_settings, max_age_s=0.0) as again:
            assert not again.get(server.url + "/a").stale


def test_a_dead_service_is_left_alone_after_some_failures(local_settings: Settings) -> None:
    with serving(lambda *_: Answer(500)) as server, client(local_settings, retries=0) as http:
        for i in range(FAILURES):
            with pytest.raises(SourceError, match="answered 500"):
                http.get(f"{server.url}/{i}")
        with pytest.raises(SourceError, match="in a row"):
            http.get(f"{server.url}/more")
        assert len(server.asked) == FAILURES


def test_answers_of_404_do_not_make_a_service_dead(local_settings: Settings) -> None:
    with (
        serving(lambda path, _: Answer(404 if path != "/good" else 200, b"x")) as server,
        client(local_settings, retries=0) as http,
    ):
        for i in range(FAILURES + 2):
            with pytest.raises(SourceError, match="answered 404"):
                http.get(f"{server.url}/{i}")
        assert http.get(f"{server.url}/good").content == b"x"


def test_a_cache_folder_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file in the way")
    settings = Settings(_env_file=None, cache_dir=tmp_path / "cache", allow_loopback=True)
    with serving(lambda *_: Answer(body=b"x")) as server, client(settings) as http:
        assert http.get(server.url + "/a").content == b"x"


def test_threads_share_one_client(local_settings: Settings) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with (
        serving(lambda path, _: Answer(body=path.encode())) as server,
        client(local_settings) as http,
        ThreadPoolExecutor(8) as pool,
    ):
        answers = list(pool.map(lambda i: http.get(f"{server.url}/{i % 10}").content, range(60)))
    assert answers == [f"/{i % 10}".encode() for i in range(60)]


def test_a_service_that_drips_is_left_alone_too(local_settings: Settings) -> None:
    dripping = Answer(body=b"x" * 200, drip_s=0.05)
    with serving(lambda *_: dripping) as server, client(local_settings, timeout_s=0.3) as http:
        for i in range(FAILURES):
            with pytest.raises(SourceError, match="too slowly"):
                http.get(f"{server.url}/{i}")
        start = time.monotonic()
        with pytest.raises(SourceError, match="in a row"):
            http.get(f"{server.url}/more")
        assert time.monotonic() - start < 0.2
        assert len(server.asked) == FAILURES
