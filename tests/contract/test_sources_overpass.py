"""POIs from an Overpass API, over a real connection: the recorded answers, and everything a service does instead of answering."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pytest
from local_server import Answer, serving

from netspatial_core.area import StudyArea
from netspatial_core.errors import InputError
from netspatial_core.settings import Settings
from netspatial_core.sources.http import HttpClient
from netspatial_core.sources.pois import fetch_overpass, overpass_query

AREA = StudyArea.from_centre(11.2578, 46.4553, 0.5)
NODE = {"type": "node", "id": 1, "lon": 11.2578, "lat": 46.4553, "tags": {"amenity": "cafe", "name": "Bar"}}


@pytest.fixture
def client(local_settings: Settings) -> Iterator[HttpClient]:
    with HttpClient(local_settings, timeout_s=0.5, pause_s=0.01, longest_pause_s=1.0) as http:
        yield http


def answer(*elements: Any, **more: Any) -> Answer:
    body = json.dumps({"version": 0.6, "elements": list(elements), **more}).encode()
    return Answer(body=body, headers={"Content-Type": "application/json"})


@pytest.mark.shared_data
def test_a_recorded_answer(shared_data: Path, client: HttpClient) -> None:
    recorded = Answer(body=(shared_data / "fixtures" / "overpass_map.json").read_bytes())
    sent: list[bytes] = []

    def route(_: str, body: bytes) -> Answer:
        sent.append(body)
        return recorded

    with serving(route) as server:
        got = fetch_overpass(AREA, client, server.url + "/api/interpreter")
        again = fetch_overpass(AREA, client, server.url + "/api/interpreter")
    assert parse_qs(sent[0].decode())["data"] == [overpass_query(AREA)]
    assert len(sent) == 1
    # by hand from the recording: a fountain, a church, a car park and a school; houses, walls and streets are no POIs
    assert got.status == "ok"
    assert [t["amenity"] for t in got.tags] == ["fountain", "place_of_worship", "parking", "school"]
    assert got.tags[1]["name"] == "Pfarrkirche Sankt Michael"
    np.testing.assert_allclose(got.lonlat[0], [11.2573, 46.45556], atol=1e-3)
    assert np.abs(got.lonlat - [11.2578, 46.4553]).max() < 0.005
    assert "OpenStreetMap" in got.attribution
    assert got.fetched is not None
    assert again.tags == got.tags
    assert again.sha256 == got.sha256


@pytest.mark.shared_data
@pytest.mark.parametrize("name", ["overpass_area-01.json", "overpass_relation-04.json"])
def test_recordings_without_pois_are_no_pois_here(shared_data: Path, client: HttpClient, name: str) -> None:
    recorded = Answer(body=(shared_data / "fixtures" / name).read_bytes())
    with serving(lambda *_: recorded) as server:
        got = fetch_overpass(AREA, client, server.url)
    assert (got.status, len(got)) == ("ok", 0)


def test_nodes_centres_and_members_are_placed(client: HttpClient) -> None:
    corner = {"type": "node", "id": 7, "lon": 11.2570, "lat": 46.4550}
    other = {"type": "node", "id": 8, "lon": 11.2580, "lat": 46.4552}
    elements = [
        NODE,
        {"type": "way", "id": 2, "center": {"lon": 11.258, "lat": 46.456}, "tags": {"shop": "bakery"}},
        {"type": "relation", "id": 3, "center": {"lon": 11.259, "lat": 46.457}, "tags": {"leisure": "park"}},
        {"type": "way", "id": 4, "nodes": [7, 8, 99], "tags": {"office": "it"}},
        {"type": "way", "id": 5, "nodes": [99], "tags": {"office": "lost"}},
        {"type": "node", "id": 6, "lon": "here", "lat": 46.4, "tags": {"shop": "lost"}},
        {"type": "node", "id": 9, "lon": 11.9, "lat": 46.4, "tags": {"shop": "outside"}},
        {"type": "way", "id": 10, "center": {"lon": 11.258, "lat": 46.456}, "tags": {"building": "yes"}},
        NODE | {"id": 11},
        corner,
        other,
        "nonsense",
    ]
    with serving(lambda *_: answer(*elements)) as server:
        got = fetch_overpass(AREA, client, server.url)
    assert got.tags == ({"amenity": "cafe", "name": "Bar"}, {"shop": "bakery"}, {"leisure": "park"}, {"office": "it"})
    np.testing.assert_allclose(got.lonlat, [[11.2578, 46.4553], [11.258, 46.456], [11.259, 46.457], [11.2575, 46.4551]])
    assert got.notes == ("2 POIs came without a place and were left out.",)


def test_no_pois_here_and_failed_are_different_facts(client: HttpClient) -> None:
    with serving(lambda *_: answer()) as server:
        here = fetch_overpass(AREA, client, server.url)
    with serving(lambda *_: Answer(504)) as server:
        failed = fetch_overpass(AREA, client, server.url)
    assert (here.status, len(here), here.notes) == ("ok", 0, ())
    assert (failed.status, len(failed)) == ("failed", 0)
    assert "504" in failed.notes[0]


FAULTS = {
    "404": (Answer(404), "404"),
    "429": (Answer(429, headers={"Retry-After": "0"}), "429"),
    "429 for an hour": (Answer(429, headers={"Retry-After": "3600"}), "429"),
    "500": (Answer(500, b"oops"), "500"),
    "html": (Answer(body=b"<html><body>Dispatcher_Client::request_read_and_idx::timeout</body></html>"), "JSON"),
    "half": (Answer(body=json.dumps({"elements": [NODE]}).encode()[:60]), "JSON"),
    "cut": (Answer(body=b'{"elements": []}', cut=True), "broke off"),
    "list": (Answer(body=b"[]"), "list of elements"),
    "no elements": (Answer(body=b'{"elements": 7}'), "list of elements"),
    "out of time": (answer(NODE, remark='runtime error: Query timed out in "query" at line 1.'), "cut the answer off"),
    "never": (Answer(body=b"{}", after_s=2.5), "in time"),
    "bytes": (Answer(body=b"\xff\xfe\x00"), "JSON"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_status_failed_with_the_reason_and_is_never_kept(local_settings: Settings, fault: str) -> None:
    wrong, words = FAULTS[fault]
    answers = {"now": wrong}
    with serving(lambda *_: answers["now"]) as server:
        with HttpClient(local_settings, timeout_s=0.15, pause_s=0.01, longest_pause_s=1.0) as http:
            got = fetch_overpass(AREA, http, server.url + "/api?key=secret")
        assert (got.status, len(got), got.fetched) == ("failed", 0, None)
        assert words in got.notes[0]
        assert "secret" not in " ".join((got.source, *got.notes))
        answers["now"] = answer(NODE)
        with HttpClient(local_settings, timeout_s=2) as http:
            assert len(fetch_overpass(AREA, http, server.url + "/api?key=secret")) == 1


def test_a_stale_copy_is_used_and_says_its_date(local_settings: Settings) -> None:
    answers = {"now": answer(NODE)}
    with serving(lambda *_: answers["now"]) as server, HttpClient(local_settings, retries=0, max_age_s=0.0) as http:
        first = fetch_overpass(AREA, http, server.url)
        answers["now"] = Answer(503)
        copy = fetch_overpass(AREA, http, server.url)
    assert (copy.status, copy.tags, copy.fetched) == ("ok", first.tags, first.fetched)
    assert first.fetched is not None
    assert first.fetched[:10] in copy.notes[0]


@pytest.mark.parametrize("url", ["http://169.254.169.254/api", "ftp://example.org/api", "http://me:pw@example.org/api"])
def test_a_refused_address_is_an_error_of_input(client: HttpClient, url: str) -> None:
    with pytest.raises(InputError):
        fetch_overpass(AREA, client, url)
