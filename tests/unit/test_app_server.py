"""The server without a browser: tiles, chips, numbers, refusals; and the address it listens on."""

import io
import logging
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image
from pyproj import Transformer

import run
from app.factory import create_app
from app.services.imagery import chip, tile
from app.services.plans import Plans
from netspatial_core.area import StudyArea
from netspatial_core.errors import InputError
from netspatial_core.planning.station_load import station_loads
from netspatial_core.settings import REPOSITORY, Settings
from netspatial_core.sources.dataset import read_dataset, write_dataset
from netspatial_core.sources.imagery import Imagery, write_cog
from netspatial_core.sources.scene import area_json

AREA = StudyArea.from_centre(9.0, 47.0, 0.5, name="tiny")
RED_WEST = (200, 30, 30)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A study area of 25 cells: its western half red, its eastern half blue; one busy station, one without coordinates."""
    root = tmp_path_factory.mktemp("planner")
    west, _, east, north = AREA.outer_bounds
    side = round((east - west) / 3)
    pixels = np.zeros((3, side, side), np.uint8)
    pixels[:, :, : side // 2] = np.array(RED_WEST, np.uint8)[:, None, None]
    pixels[2, :, side // 2 :] = 200
    folder = root / "data" / "demo" / "tiny"
    lonlat = np.array([AREA.centre, (np.nan, np.nan)])
    traffic = np.tile(np.arange(1, 101, dtype=np.float32), (2, 7))[:, :672]
    traffic[0, :10] = np.nan
    write_dataset(
        folder, name="tiny", tz="UTC", licence="CC0-1.0", kind="synthetic", version="1", station_ids=["S1", "S2"], lonlat=lonlat,
        capacity=np.array([120.0, np.nan]), traffic=traffic, first_hour="2024-01-01T00:00", extra={"area": area_json(AREA)},
    )  # fmt: skip
    picture = Imagery(
        pixels, np.ones((side, side), bool), AREA.epsg, west, north, (east - west) / side, "test", "Test picture", "0" * 64, None
    )
    write_cog(picture, folder / "imagery.tif")
    return Settings(data_dir=root / "data", cache_dir=root / "cache", writer="none")


@pytest.fixture(scope="module")
def client(settings: Settings) -> FlaskClient:
    return create_app(settings, warm=False).server.test_client()


def tile_of(lon: float, lat: float, z: int) -> tuple[int, int]:
    x, y = Transformer.from_crs(4326, 3857, always_xy=True).transform(lon, lat)
    size = 2 * 20037508.342789244 / 2**z
    return int((x + 20037508.342789244) // size), int((20037508.342789244 - y) // size)


def picture_of(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))


def tag(client: FlaskClient) -> str:
    services = client.application.extensions["netspatial"]
    return str(services.plans.scene("tiny").imagery.sha256[:12])


def test_tiles_come_from_the_file_and_may_be_cached(client: FlaskClient) -> None:
    x, y = tile_of(*AREA.centre, 17)
    answer = client.get(f"/tiles/tiny/{tag(client)}/17/{x}/{y}.webp")
    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    assert "immutable" in answer.headers["Cache-Control"]
    assert picture_of(answer.data).shape == (256, 256, 4)


def test_a_tile_shows_what_lies_there(settings: Settings) -> None:
    path = settings.data_dir / "demo" / "tiny" / "imagery.tif"
    lon, lat = AREA.to_wgs84(np.array([AREA.west, AREA.south + AREA.side_m / 2]))
    data = tile(path, 19, *tile_of(lon, lat, 19))
    assert data is not None
    assert np.abs(picture_of(data)[..., :3].mean(axis=(0, 1)) - RED_WEST).max() < 6


def test_outside_the_picture_there_is_no_content(client: FlaskClient) -> None:
    x, y = tile_of(20.0, 10.0, 17)
    assert client.get(f"/tiles/tiny/{tag(client)}/17/{x}/{y}.webp").status_code == 204
    assert client.get("/tiles/none/3/1/1.webp").status_code == 204


@pytest.mark.parametrize(
    "address",
    [
        "/tiles/tiny/{tag}/40/1/1.webp",
        "/tiles/tiny/{tag}/3/99/1.webp",
    ],
)
def test_tiles_that_cannot_exist_have_no_content(client: FlaskClient, address: str) -> None:
    assert client.get(address.format(tag=tag(client))).status_code == 204


@pytest.mark.parametrize(
    "address",
    [
        "/tiles/other/{tag}/17/1/1.webp",
        "/tiles/tiny/000000000001/17/1/1.webp",
        "/chips/tiny/{tag}/R99C99.png",
        "/plans/abc/week.f32",
        "/plans/" + "0" * 64 + "/week.f32",
    ],
)
def test_what_is_not_there_is_not_found_and_says_no_more(client: FlaskClient, address: str) -> None:
    answer = client.get(address.format(tag=tag(client)))
    assert answer.status_code == 404
    assert str(REPOSITORY).encode() not in answer.data
    assert b"Traceback" not in answer.data


@pytest.mark.parametrize(
    "address",
    [
        "/tiles/..%2f..%2fetc/{tag}/17/1/1.webp",
        "/chips/tiny/{tag}/..%2fpasswd.png",
        "/font/../../run.py",
        "/font/%2e%2e%2frun.py",
    ],
)
def test_path_tricks_end_at_the_page_itself(client: FlaskClient, address: str) -> None:
    answer = client.get(address.format(tag=tag(client)))
    assert answer.status_code == 404 or b"<title>NetSpatial planner</title>" in answer.data
    assert b"create_app" not in answer.data


def test_a_chip_is_centred_on_its_cell(settings: Settings, client: FlaskClient) -> None:
    answer = client.get(f"/chips/tiny/{tag(client)}/R03C03.png")
    assert answer.status_code == 200
    pixels = picture_of(answer.data).astype(int)
    assert np.abs(pixels[90:100, 20, :3] - RED_WEST).max() < 4  # the border between red and blue runs through the middle cell
    assert (pixels[90:100, 170, 2] > 190).all()
    path = settings.data_dir / "demo" / "tiny" / "imagery.tif"
    assert chip(path, AREA.grid, 0) != chip(path, AREA.grid, 24)


def test_observed_load_is_the_data_sets(settings: Settings) -> None:
    loads = station_loads(read_dataset(settings.data_dir / "demo" / "tiny"), AREA.grid)
    assert [load.station for load in loads] == ["S1"]  # the other has no place on the map
    seen = np.tile(np.arange(1, 101.0), 7)[10:672]
    assert loads[0].mean == pytest.approx(seen.mean())
    assert loads[0].busy == pytest.approx(np.percentile(seen, 95))
    assert loads[0].used == pytest.approx(np.percentile(seen, 95) / 120)
    assert (loads[0].hours, loads[0].cell) == (662, "R03C03")


def test_a_fault_in_a_route_is_a_page_with_an_incident_and_no_detail(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = create_app(Settings(data_dir=settings.data_dir, cache_dir=tmp_path, writer="none"), warm=False).server
    folder = tmp_path / "hidden-folder" / "deeper"

    @server.get("/broken")
    def broken() -> str:
        raise RuntimeError(f"cannot read {folder}/plan.bin from https://me:hunter2@example.org/x?token=abc123def")

    with caplog.at_level(logging.INFO):
        answer = server.test_client().get("/broken")
    page = answer.get_data(as_text=True)
    incident = re.search(r"Incident ([0-9a-f]{8})", page)
    assert answer.status_code == 500
    assert incident is not None
    assert "RuntimeError" not in page
    assert f"incident {incident[1]}" in caplog.text
    assert "plan.bin" in caplog.text
    for secret in (str(folder), "hidden-folder", "hunter2", "abc123def", str(REPOSITORY)):
        assert secret not in page
        assert secret not in caplog.text


@pytest.mark.parametrize("address", ["/nonsense", "/network/more", "/plans"])
def test_an_unknown_address_is_a_page_that_says_so(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 404
    assert "There is nothing at this address" in page
    assert 'href="/"' in page
    assert "react-entry-point" not in page


@pytest.mark.parametrize("address", ["/", "/network", "/models"])
def test_each_page_opens_by_its_address(client: FlaskClient, address: str) -> None:
    assert "react-entry-point" in client.get(address).get_data(as_text=True)


def test_a_forged_callback_is_refused_without_a_trace(client: FlaskClient) -> None:
    answer = client.post("/_dash-update-component", json={"output": "x"})
    assert answer.status_code == 500
    assert "Incident" in answer.get_data(as_text=True)
    assert "Traceback" not in answer.get_data(as_text=True)


def test_the_page_names_its_language_and_loads_nothing_from_elsewhere(client: FlaskClient) -> None:
    page = client.get("/").get_data(as_text=True)
    assert '<html lang="en">' in page
    assert "http://" not in page
    assert "https://" not in page
    assert client.get("/health").get_json()["status"] == "ok"


def test_the_font_is_served_from_its_package(client: FlaskClient) -> None:
    assert client.get("/font/Manrope-VariableFont_wght.ttf").status_code == 200


def test_without_a_study_area_the_planner_still_opens(tmp_path: Path) -> None:
    empty = create_app(Settings(data_dir=tmp_path, cache_dir=tmp_path / "cache"), warm=False).server.test_client()
    assert empty.get("/").status_code == 200
    assert empty.get("/_dash-layout").status_code == 200


def test_a_missing_model_is_a_notice_with_an_incident_and_no_path(client: FlaskClient, settings: Settings) -> None:
    body = {
        "output": "..session.data...poll.disabled...run-title.children...run-left.children...run-share.children..."
        "run-bar.value...run-steps.children...notice.children..",
        "outputs": [
            {"id": i, "property": p}
            for i, p in (
                ("session", "data"), ("poll", "disabled"), ("run-title", "children"), ("run-left", "children"),
                ("run-share", "children"), ("run-bar", "value"), ("run-steps", "children"), ("notice", "children"),
            )
        ],
        "inputs": [
            {"id": "area", "property": "value", "value": "tiny"},
            {"id": "run", "property": "n_clicks", "value": 0},
            {"id": "cancel", "property": "n_clicks", "value": 0},
            {"id": "beat", "property": "data", "value": None},
            [],
            {"id": "scenarios", "property": "data", "value": None},
        ],
        "state": [
            {"id": "session", "property": "data", "value": None},
            {"id": "draws", "property": "value", "value": 2},
            {"id": "seed", "property": "value", "value": 0},
        ],
        "changedPropIds": ["area.value"],
    }  # fmt: skip
    answer = client.post("/_dash-update-component", json=body)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200, text
    assert "There is no model" in text
    assert "Incident" in text
    assert str(settings.data_dir) not in text
    assert "Traceback" not in text


@pytest.mark.parametrize("wrong", [("nowhere", 2, 0), ("../../etc", 2, 0), ("tiny", 0, 0), ("tiny", 10**6, 0), ("tiny", 2, -1)])
def test_requests_out_of_range_are_refused(client: FlaskClient, wrong: tuple[str, int, int]) -> None:
    plans: Plans = client.application.extensions["netspatial"].plans
    with pytest.raises(InputError):
        plans.request(*wrong)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "planner.example.com"])
def test_it_refuses_to_be_reachable_without_a_word(host: str) -> None:
    with pytest.raises(InputError, match="no sign-in"):
        run.check_host(host, allowed=False)
    run.check_host(host, allowed=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.9"])
def test_this_machine_is_always_fine(host: str) -> None:
    run.check_host(host, allowed=False)


def test_the_refusal_ends_the_program_with_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "run.py", "--host", "0.0.0.0"], cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
