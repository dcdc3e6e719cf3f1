"""Imagery from a tile service, over a real connection: the real tiles of Banepa, made ones, and what services do instead."""

import io
import math
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from local_server import Answer, serving, tiles_of
from PIL import Image
from pyproj import Transformer
from rasterio.warp import transform_bounds

from netspatial_core.area import StudyArea
from netspatial_core.errors import Cancelled, InputError, SourceError
from netspatial_core.settings import Settings
from netspatial_core.sources import tiles
from netspatial_core.sources.gcj02 import wgs84_to_gcj02
from netspatial_core.sources.http import HttpClient
from netspatial_core.sources.imagery import Imagery, fetch_xyz, read_geotiff, write_cog

AREA = StudyArea.from_centre(8.55, 47.37, 0.2)
TO_MERCATOR = Transformer.from_crs(4326, 3857, always_xy=True)
CENTRE = TO_MERCATOR.transform(*AREA.centre)
SCALE = 4000.0  # metres over which the made picture goes from dark to bright


@pytest.fixture
def client(local_settings: Settings) -> Iterator[HttpClient]:
    with HttpClient(local_settings, timeout_s=1.0, pause_s=0.005, longest_pause_s=1.0) as http:
        yield http


def colour(x: np.ndarray, y: np.ndarray, centre: tuple[float, float] = CENTRE) -> np.ndarray:
    """A smooth picture in Web Mercator about a centre [..., 3]."""
    return np.stack([127 + 127 * (x - centre[0]) / SCALE, 127 + 127 * (y - centre[1]) / SCALE, np.full_like(x, 60.0)], axis=-1)


@lru_cache(maxsize=2000)
def made_tile(z: int, x: int, y: int, size: int, centre: tuple[float, float] = CENTRE) -> bytes:
    span = 2 * tiles.HALF / 2**z
    step = (np.arange(size) + 0.5) / size * span
    xs, ys = np.meshgrid(x * span - tiles.HALF + step, tiles.HALF - y * span - step)
    out = io.BytesIO()
    Image.fromarray(colour(xs, ys, centre).clip(0, 255).round().astype(np.uint8)).save(out, "PNG", compress_level=1)
    return out.getvalue()


def service(
    size: int = 256, zooms: range = range(20), tms: bool = False, wrong: Callable[[int, int, int], Answer | None] | None = None
) -> Callable[[str, bytes], Answer]:
    def route(path: str, _: bytes) -> Answer:
        z, x, y = map(int, path.strip("/").split("/"))
        if tms:
            y = 2**z - 1 - y
        if wrong and (answer := wrong(z, x, y)):
            return answer
        return Answer(body=made_tile(z, x, y, size)) if z in zooms else Answer(404)

    return route


def error(imagery: Imagery, area: StudyArea = AREA) -> float:
    """Largest departure from the made picture where the imagery is valid, in grey levels."""
    rows, columns = np.nonzero(imagery.valid)
    xy = np.column_stack([imagery.west + (columns + 0.5) * 1.5, imagery.north - (rows + 0.5) * 1.5])
    x, y = TO_MERCATOR.transform(*area.to_wgs84(xy).T)
    return float(np.abs(imagery.pixels[:, rows, columns].T - colour(x, y, TO_MERCATOR.transform(*area.centre))).max())


@pytest.mark.parametrize(("size", "zoom"), [(256, 17), (512, 16)])
def test_the_coarsest_zoom_that_is_fine_enough_is_taken(client: HttpClient, size: int, zoom: int) -> None:
    # at 47.37 north a 256 px tile of zoom 17 has 0.81 m per pixel, one of zoom 16 1.62; 512 px halve it
    with serving(service(size)) as server:
        got = fetch_xyz(server.url + "/{z}/{x}/{y}", AREA, client, attribution="© Maker")
        zooms = {path.split("/")[1] for path in server.asked}
    assert str(zoom) in zooms
    assert got.source.endswith(f", zoom {zoom}")
    assert got.valid.all()
    assert error(got) < 1.6  # a pixel off would be 0.05, a tile off 19: see the next test for pixels
    assert got.pixels.shape == (3, math.ceil(1200 / 1.5), math.ceil(1200 / 1.5))
    assert (got.epsg, got.west, got.north) == (AREA.epsg, AREA.outer_bounds[0], AREA.outer_bounds[3])
    assert (got.attribution, len(got.sha256)) == ("© Maker", 64)
    assert got.fetched is not None


def test_a_pixel_lies_where_it_should(client: HttpClient) -> None:
    """One bright dot of 3 m at the centre comes out at the centre."""

    def dot(path: str, _: bytes) -> Answer:
        z, x, y = map(int, path.strip("/").split("/"))
        span = 2 * tiles.HALF / 2**z
        step = (np.arange(256) + 0.5) / 256 * span
        xs, ys = np.meshgrid(x * span - tiles.HALF + step, tiles.HALF - y * span - step)
        near = np.hypot(xs - CENTRE[0], ys - CENTRE[1]) < 3.0
        out = io.BytesIO()
        Image.fromarray(np.repeat(np.where(near, 255, 0).astype(np.uint8)[..., None], 3, axis=2)).save(
            out, "PNG", compress_level=1
        )
        return Answer(body=out.getvalue())

    with serving(dot) as server:
        got = fetch_xyz(server.url + "/{z}/{x}/{y}", AREA, client, zoom=17)
    weight = got.pixels[0].astype(float)
    rows, columns = np.mgrid[: weight.shape[0], : weight.shape[1]] + 0.5
    east = got.west + 1.5 * (weight * columns).sum() / weight.sum()
    north = got.north - 1.5 * (weight * rows).sum() / weight.sum()
    assert (east, north) == pytest.approx(AREA.from_wgs84(np.array(AREA.centre)), abs=0.5)


def test_a_service_of_one_deep_zoom_is_found(client: HttpClient) -> None:
    with serving(service(256, range(18, 19))) as server:
        got = fetch_xyz(server.url + "/{z}/{x}/{y}", AREA, client)
    assert got.source.endswith(", zoom 18")
    assert error(got) < 1.6


def test_rows_may_count_from_the_south(client: HttpClient) -> None:
    with serving(service(tms=True)) as server:
        assert error(fetch_xyz(server.url + "/{z}/{x}/{-y}", AREA, client, zoom=17)) < 1.6


def test_the_second_time_nothing_is_asked(client: HttpClient) -> None:
    with serving(service()) as server:
        first = fetch_xyz(server.url + "/{z}/{x}/{y}", AREA, client, zoom=16)
        asked = len(server.asked)
        again = fetch_xyz(server.url + "/{z}/{x}/{y}", AREA, client, zoom=16)
        assert len(server.asked) == asked
    assert again.sha256 == first.sha256
    assert again.fetched == first.fetched


def html(size: int) -> bytes:
    return b"<html>" + b"busy " * size


FAULTS: dict[str, Any] = {
    "404": lambda *_: Answer(404),
    "429": lambda *_: Answer(429, headers={"Retry-After": "0"}),
    "500": lambda *_: Answer(500),
    "html": lambda *_: Answer(body=html(20), headers={"Content-Type": "text/html"}),
    "size": lambda z, x, y: Answer(body=made_tile(z, x, y, 512)),
    "odd size": lambda z, x, y: Answer(body=made_tile(z, x, y, 300)),
    "half": lambda z, x, y: Answer(
        body=made_tile(z, x, y, 256)[: len(made_tile(z, x, y, 256)) // 2], headers={"Content-Type": "image/png"}
    ),
    "cut": lambda z, x, y: Answer(body=made_tile(z, x, y, 256), cut=True),
    "empty": lambda *_: Answer(body=b""),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_tile_that_fails_is_ground_without_imagery_and_the_run_goes_on(client: HttpClient, fault: str) -> None:
    span = 2 * tiles.HALF / 2**17
    column, row = (CENTRE[0] + tiles.HALF) / span, (tiles.HALF - CENTRE[1]) / span
    bad = (math.floor(column) + 1, math.floor(row))
    wrong = FAULTS[fault]
    with serving(service(wrong=lambda z, x, y: wrong(z, x, y) if (x, y) == bad else None)) as server:
        got = fetch_xyz(server.url + "/{z}/{x}/{y}", AREA, client, zoom=17)
        assert "1 of " in got.notes[0]
        assert "without imagery" in got.notes[0]
        middle = AREA.from_wgs84(
            np.array(
                TO_MERCATOR.transform((bad[0] + 0.5) * span - tiles.HALF, tiles.HALF - (bad[1] + 0.5) * span, direction="INVERSE")
            )
        )
        row, column = int((got.north - middle[1]) / 1.5), int((middle[0] - got.west) / 1.5)
        assert not got.valid[row, column]
        ground = (span * math.cos(math.radians(AREA.centre[1]))) ** 2
        assert (~got.valid).sum() * 2.25 == pytest.approx(ground, rel=0.03)
        assert error(got) < 1.6
        # the failure was not kept: when the service is well again, so is the picture
        server.route = service()
        again = fetch_xyz(server.url + "/{z}/{x}/{y}", AREA, client, zoom=17)
    assert again.valid.all()
    assert again.notes == ()


def test_a_service_that_dies_in_the_middle_costs_seconds(local_settings: Settings) -> None:
    good = 3
    state = {"asked": 0}

    def dying(z: int, x: int, y: int) -> Answer | None:
        state["asked"] += 1
        return None if state["asked"] <= good else Answer(body=b"late", after_s=1.0)

    with serving(service(wrong=dying)) as server, HttpClient(local_settings, timeout_s=0.1, pause_s=0.01) as http:
        got = fetch_xyz(server.url + "/{z}/{x}/{y}", AREA, http, zoom=18)
        assert state["asked"] < 60  # of 81 tiles with three tries each
    assert 0 < got.valid.mean() < 0.2
    assert "are missing" in got.notes[0]


def test_a_service_without_a_single_tile_is_a_source_error(client: HttpClient) -> None:
    for route in (service(zooms=range(0)), lambda *_: Answer(body=html(5))):
        with serving(route) as server:
            for zoom in (None, 17):
                with pytest.raises(SourceError, match="tile"):
                    fetch_xyz(server.url + "/{z}/{x}/{y}?key=secret", AREA, client, zoom=zoom)


def test_a_stale_copy_is_used_with_its_date(local_settings: Settings) -> None:
    with serving(service()) as server, HttpClient(local_settings, retries=0, max_age_s=0.0) as http:
        first = fetch_xyz(server.url + "/{z}/{x}/{y}", AREA, http, zoom=16)
        server.route = lambda *_: Answer(503)
        copy = fetch_xyz(server.url + "/{z}/{x}/{y}", AREA, http, zoom=16)
    assert copy.valid.all()
    assert copy.sha256 == first.sha256
    assert copy.fetched is not None
    assert copy.fetched[:10] in copy.notes[0]


def test_progress_and_cancelling(client: HttpClient) -> None:
    with serving(service()) as server:
        seen: list[tuple[int, int]] = []
        fetch_xyz(server.url + "/{z}/{x}/{y}", AREA, client, zoom=16, on_progress=lambda done, total: seen.append((done, total)))
        assert seen == [(i + 1, len(seen)) for i in range(len(seen))]
        before = len(server.asked)
        with pytest.raises(Cancelled):
            fetch_xyz(server.url + "/{z}/{x}/{y}", AREA, client, zoom=18, cancelled=lambda: len(server.asked) > before + 3)
        assert len(server.asked) < before + 20


@pytest.mark.parametrize(
    "template",
    [
        "http://example.org/{z}/{x}",
        "http://example.org/{z}/{x}/{y}/{y}",
        "http://example.org/{s}/{z}/{x}/{y}",
        "http://example.org/tiles",
        "file:///{z}/{x}/{y}",
        "http://169.254.169.254/{z}/{x}/{y}",
        "http://0x7f.1/{z}/{x}/{y}",
        "http://[/{z}/{x}/{y}",
    ],
)
def test_templates_that_are_refused(client: HttpClient, template: str) -> None:
    with pytest.raises(InputError):
        fetch_xyz(template, AREA, client)


@pytest.mark.parametrize("zoom", [-1, 25, 22])
def test_zooms_that_are_refused(client: HttpClient, zoom: int) -> None:
    with pytest.raises(InputError, match=r"[Zz]oom"):
        fetch_xyz("http://127.0.0.1:9/{z}/{x}/{y}", AREA, client, zoom=zoom)


def test_a_service_known_to_use_gcj02_is_named(client: HttpClient) -> None:
    shanghai = StudyArea.from_centre(121.47, 31.23, 0.2)
    with pytest.raises(InputError, match=r"Amap.*--crs gcj02"):
        fetch_xyz("https://webst01.is.autonavi.com/{z}/{x}/{y}", shanghai, client)


def test_a_picture_in_gcj02_is_moved_back(client: HttpClient) -> None:
    shanghai = StudyArea.from_centre(121.47, 31.23, 0.2)
    shown_at = TO_MERCATOR.transform(*wgs84_to_gcj02(np.array(shanghai.centre)))

    def route(path: str, _: bytes) -> Answer:
        z, x, y = map(int, path.strip("/").split("/"))
        return Answer(body=made_tile(z, x, y, 256, shown_at))

    with serving(route) as server:
        got = fetch_xyz(server.url + "/{z}/{x}/{y}", shanghai, client, crs="gcj02")
        untouched = fetch_xyz(server.url + "/{z}/{x}/{y}", shanghai, client)
    assert got.valid.all()
    assert error(got, shanghai) < 1.6
    assert error(untouched, shanghai) > 10


@pytest.mark.shared_data
def test_the_real_tiles_of_banepa(shared_data: Path, client: HttpClient, tmp_path: Path) -> None:
    folder = shared_data / "banepa" / "tiles"
    span = 2 * tiles.HALF / 2**19
    west, east = 386690 * span - tiles.HALF, 386696 * span - tiles.HALF
    north, south = tiles.HALF - 220241 * span, tiles.HALF - 220249 * span
    box = transform_bounds(3857, 4326, west, south, east, north)
    area = StudyArea.from_bbox(*box, cell_m=50.0, name="Banepa")
    assert area.count == 8  # 406 m of ground hold eight cells of 50 m
    with serving(tiles_of(folder)) as server:
        got = fetch_xyz(server.url + "/{z}/{x}/{y}.jpg", area, client, attribution="OpenAerialMap, CC BY 4.0")
    assert got.source.endswith(", zoom 19")
    assert "tiles are missing" in got.notes[0]  # the margin lies beyond the tiles that were saved
    w, s, e, n = area.bounds
    rows = slice(math.ceil((got.north - n) / 1.5), math.floor((got.north - s) / 1.5))
    columns = slice(math.ceil((w - got.west) / 1.5), math.floor((e - got.west) / 1.5))
    assert got.valid[rows, columns].all()
    # a place on the ground has the colour of the tile it lies in
    for column, row in ((386691, 220243), (386694, 220246)):
        with Image.open(folder / "19" / str(column) / f"{row}.jpg") as image:
            mean = np.asarray(image.convert("RGB"), dtype=float).mean(axis=(0, 1))
        lonlat = [TO_MERCATOR.transform((column + i) * span - tiles.HALF, tiles.HALF - (row + j) * span, direction="INVERSE")
                  for i in (0, 1) for j in (0, 1)]  # fmt: skip
        xy = area.from_wgs84(np.array(lonlat))
        c0, c1 = (round((v - got.west) / 1.5) for v in (xy[:, 0].min(), xy[:, 0].max()))
        r0, r1 = (round((got.north - v) / 1.5) for v in (xy[:, 1].max(), xy[:, 1].min()))
        np.testing.assert_allclose(got.pixels[:, r0:r1, c0:c1].mean(axis=(1, 2)), mean, atol=4)
    write_cog(got, tmp_path / "banepa.tif")
    back = read_geotiff(tmp_path / "banepa.tif", area)
    np.testing.assert_array_equal(back.valid, got.valid)
    assert back.attribution == "OpenAerialMap, CC BY 4.0"


@pytest.mark.shared_data
def test_the_real_features_of_banepa(shared_data: Path) -> None:
    from netspatial_core.sources.pois import category, read_pois

    area = StudyArea.from_centre(85.5217, 27.6303, 1.0)
    got = read_pois(shared_data / "banepa" / "osm_buildings.geojson", area)
    assert got.status == "ok"
    assert len(got) == 23  # of 1,466 features; the others are bare buildings
    names = {t.get("name", ""): category(t) for t in got.tags}
    assert names["Chandika Hotel"] == "Lodging"
    assert names["Mayur Cinema"] == "Leisure"
    assert names["banepa supermarket"] == "Shops"
    assert names["Ashok Stupa"] == "Worship"
