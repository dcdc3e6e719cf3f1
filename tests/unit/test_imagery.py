"""Imagery files: what is read lies where it should, and what cannot be read is refused before it costs anything."""

import io
import math
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from PIL import Image
from pyproj import Transformer

from netspatial_core.area import StudyArea
from netspatial_core.errors import InputError, SourceError
from netspatial_core.sources import geotiff
from netspatial_core.sources.http import Response
from netspatial_core.sources.imagery import Imagery, read_geotiff, write_cog
from netspatial_core.sources.tiles import HALF, _decode, _Service

AREA = StudyArea.from_centre(8.55, 47.37, 0.5)
W, S, E, N = AREA.outer_bounds
SIDE = math.ceil((E - W) / 1.5)


def field(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A smooth picture by projected metres: red grows to the east, green to the north, blue stays."""
    east, north = (x - W) / (E - W), (y - S) / (N - S)
    return np.stack([20 + 200 * east, 20 + 200 * north, np.full_like(x, 77.0)])


def sample(epsg: int, transform: Affine, height: int, width: int) -> np.ndarray:
    """The picture of ``field`` in another coordinate system [3, row, column]."""
    columns, rows = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    x, y = transform.a * columns + transform.c, transform.e * rows + transform.f
    if epsg != AREA.epsg:
        x, y = Transformer.from_crs(epsg, AREA.epsg, always_xy=True).transform(x, y)
    return field(x, y).clip(0, 255).round().astype(np.uint8)


def write(path: Path, data: np.ndarray, epsg: int | None, transform: Affine | None, **options: Any) -> Path:
    profile = {"driver": "GTiff", "count": data.shape[0], "height": data.shape[1], "width": data.shape[2], "dtype": data.dtype}
    crs = None if epsg is None else f"EPSG:{epsg}"
    with rasterio.open(path, "w", **profile, crs=crs, **({"transform": transform} if transform else {}), **options) as dst:
        dst.write(data)
    return path


def utm_file(path: Path, metres: float = 1.0, **options: Any) -> Path:
    side = math.ceil((E - W) / metres) + 40
    transform = Affine(metres, 0, W - 20 * metres, 0, -metres, N + 20 * metres)
    return write(path, sample(AREA.epsg, transform, side, side), AREA.epsg, transform, **options)


def error(imagery: Imagery, inset: int = 4) -> float:
    """Largest departure from ``field`` away from the border, in grey levels."""
    x = imagery.west + (np.arange(imagery.pixels.shape[2]) + 0.5) * imagery.resolution
    y = imagery.north - (np.arange(imagery.pixels.shape[1]) + 0.5) * imagery.resolution
    expected = field(*np.meshgrid(x, y))
    inside = slice(inset, -inset)
    return float(np.abs(imagery.pixels - expected)[:, inside, inside].max())


@pytest.mark.parametrize("metres", [0.6, 1.0, 1.5, 3.0])
def test_a_file_in_the_areas_zone_is_resampled_in_place(tmp_path: Path, metres: float) -> None:
    got = read_geotiff(utm_file(tmp_path / "i.tif", metres), AREA)
    assert got.pixels.shape == (3, SIDE, SIDE)
    assert (got.epsg, got.west, got.north, got.resolution) == (AREA.epsg, W, N, 1.5)
    assert got.valid.all()
    assert error(got) < 1.6  # a pixel moved by one would be off by 0.3; rounding twice by 1
    assert (got.source, len(got.sha256), got.fetched) == ("i.tif", 64, None)


@pytest.mark.parametrize("epsg", [3857, 4326, 2056, 32631])
def test_a_file_in_another_system_lands_on_the_same_ground(tmp_path: Path, epsg: int) -> None:
    to_file = Transformer.from_crs(AREA.epsg, epsg, always_xy=True)
    left, bottom, right, top = to_file.transform_bounds(W, S, E, N)
    width = 900
    pixel_x, pixel_y = (right - left) / width * 1.1, (top - bottom) / width * 1.1
    transform = Affine(pixel_x, 0, left - 0.05 * (right - left), 0, -pixel_y, top + 0.05 * (top - bottom))
    got = read_geotiff(write(tmp_path / "i.tif", sample(epsg, transform, width, width), epsg, transform), AREA)
    assert got.valid.all()
    assert error(got) < 1.6


def test_a_file_over_half_the_area_is_valid_over_half_of_it(tmp_path: Path) -> None:
    transform = Affine(1.0, 0, W + (E - W) / 2, 0, -1.0, N + 10)
    data = sample(AREA.epsg, transform, 1600, 900)
    got = read_geotiff(write(tmp_path / "i.tif", data, AREA.epsg, transform), AREA)
    middle = (E - W) / 2 / 1.5
    columns = np.arange(SIDE)
    assert not got.valid[:, columns < middle - 2].any()
    assert got.valid[:, columns > middle + 2].all()
    assert not got.pixels[:, ~got.valid].any()


def test_nodata_alpha_and_mask_are_no_picture(tmp_path: Path) -> None:
    side = math.ceil(E - W) + 20
    transform = Affine(1.0, 0, W - 10, 0, -1.0, N + 10)
    data = np.maximum(sample(AREA.epsg, transform, side, side), 1)
    hole = (slice(500, 900), slice(500, 900))
    nodata = data.copy()
    nodata[(slice(None), *hole)] = 0
    alpha = np.full((1, side, side), 255, np.uint8)
    alpha[(0, *hole)] = 0
    write(tmp_path / "nodata.tif", nodata, AREA.epsg, transform, nodata=0)
    write(tmp_path / "alpha.tif", np.concatenate([data, alpha]), AREA.epsg, transform, photometric="RGB", alpha="YES")
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        write(tmp_path / "mask.tif", data, AREA.epsg, transform)
        with rasterio.open(tmp_path / "mask.tif", "r+") as dst:
            dst.write_mask(alpha[0] > 0)
    for name in ("nodata.tif", "alpha.tif", "mask.tif"):
        got = read_geotiff(tmp_path / name, AREA)
        missing = (~got.valid).sum() * 1.5**2
        assert missing == pytest.approx(400 * 400, rel=0.02), name
        x = got.west + (np.arange(SIDE) + 0.5) * 1.5
        expected = field(*np.meshgrid(x, got.north - (np.arange(SIDE) + 0.5) * 1.5))
        assert np.abs(got.pixels - expected)[:, got.valid].max() < 2.1, f"{name}: the border of the hole was darkened"


def test_bands_named_by_colour_are_taken_by_colour(tmp_path: Path) -> None:
    transform = Affine(2.0, 0, W - 10, 0, -2.0, N + 10)
    data = sample(AREA.epsg, transform, 800, 800)
    infrared = np.full((1, 800, 800), 200, np.uint8)
    file = write(tmp_path / "i.tif", np.concatenate([data[::-1], infrared]), AREA.epsg, transform, photometric="MINISBLACK")
    from rasterio.enums import ColorInterp as C

    with rasterio.open(file, "r+") as dst:
        dst.colorinterp = [C.blue, C.green, C.red, C.undefined]
    assert error(read_geotiff(file, AREA)) < 1.6


def test_a_large_file_is_read_by_its_overviews(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = utm_file(tmp_path / "i.tif", 0.6, tiled=True)
    monkeypatch.setattr(geotiff, "MAX_WINDOW", 100_000)
    with pytest.raises(InputError, match="with overviews"):
        read_geotiff(file, AREA)
    with rasterio.open(file, "r+") as dst:
        dst.build_overviews([2, 4], rasterio.enums.Resampling.average)
    assert error(read_geotiff(file, AREA)) < 1.6


def test_a_cog_comes_back(tmp_path: Path) -> None:
    x = W + (np.arange(SIDE) + 0.5) * 1.5
    pixels = field(*np.meshgrid(x, N - (np.arange(SIDE) + 0.5) * 1.5)).clip(0, 255).astype(np.uint8)
    valid = np.ones((SIDE, SIDE), bool)
    valid[100:200, 300:400] = False
    pixels[:, ~valid] = 0
    given = Imagery(pixels, valid, AREA.epsg, W, N, 1.5, "tiles.example.org", "© Somebody", "", "2026-11-22T10:00:00+00:00")
    write_cog(given, tmp_path / "exact.tif", lossless=True)
    exact = read_geotiff(tmp_path / "exact.tif", AREA)
    np.testing.assert_array_equal(exact.pixels, pixels)
    np.testing.assert_array_equal(exact.valid, valid)
    assert (exact.source, exact.attribution, exact.fetched) == (given.source, given.attribution, given.fetched)
    write_cog(given, tmp_path / "small.tif")
    small = read_geotiff(tmp_path / "small.tif", AREA)
    np.testing.assert_array_equal(small.valid, valid)
    assert np.abs(small.pixels.astype(int) - pixels).mean() < 1.5
    with rasterio.open(tmp_path / "small.tif") as src:
        assert src.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert src.overviews(1)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["exact.tif", "small.tif"]


def test_a_cog_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    pixels = np.zeros((3, 8, 8), np.uint8)
    imagery = Imagery(pixels, np.ones((8, 8), bool), AREA.epsg, W, N, 1.5, "", "", "", None)
    with pytest.raises(InputError, match="cannot be written"):
        write_cog(imagery, tmp_path / "file" / "i.tif")


@pytest.mark.parametrize(
    ("bands", "dtype", "epsg", "transform", "words"),
    [
        (1, "uint8", AREA.epsg, True, "1 band"),
        (3, "uint16", AREA.epsg, True, "uint16"),
        (4, "float32", AREA.epsg, True, "float32"),
        (3, "uint8", None, True, "no coordinate system"),
        (3, "uint8", AREA.epsg, False, "georeference"),
        (3, "uint8", 32601, True, "do not meet"),
    ],
)
def test_files_that_are_no_use_are_refused(
    tmp_path: Path, bands: int, dtype: str, epsg: int | None, transform: bool, words: str
) -> None:
    data = np.ones((bands, 50, 50), dtype)
    with pytest.warns() if not transform else _nothing():
        file = write(tmp_path / "i.tif", data, epsg, Affine(30, 0, W, 0, -30, N) if transform else None)
        with pytest.raises(InputError, match=words) as caught:
            read_geotiff(file, AREA)
    assert caught.value.remedy


def _nothing() -> Any:
    import contextlib

    return contextlib.nullcontext()


def test_no_overlap_names_both_bounds(tmp_path: Path) -> None:
    transform = Affine(30, 0, W + 50_000, 0, -30, N)
    file = write(tmp_path / "i.tif", np.ones((3, 50, 50), np.uint8), AREA.epsg, transform)
    with pytest.raises(InputError, match=r"covers 9\.2.*study area 8\.5"):
        read_geotiff(file, AREA)


@pytest.mark.parametrize("kept", [0.0, 0.0005, 0.3, 0.9])
def test_a_file_cut_short_is_refused(tmp_path: Path, kept: float) -> None:
    file = utm_file(tmp_path / "i.tif", 1.0, compress="deflate", tiled=True)
    raw = file.read_bytes()
    file.write_bytes(raw[: int(len(raw) * kept)])
    with pytest.raises(InputError):
        read_geotiff(file, AREA)


def lying_tiff(width: int, height: int, rows_per_strip: int) -> bytes:
    """A few hundred bytes that claim to be a georeferenced RGB picture of any size."""
    keys = struct.pack("<16H", 1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, AREA.epsg)
    scale, tie = struct.pack("<3d", 1, 1, 0), struct.pack("<6d", 0, 0, 0, W, N, 0)
    strip = zlib.compress(b"\0" * 1000)
    entries = 15
    start = 8 + 2 + entries * 12 + 4
    bits_at, scale_at = start, start + 6
    tie_at, keys_at = scale_at + 24, scale_at + 24 + 48
    strip_at = keys_at + len(keys)
    tags = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 3, bits_at),
        (259, 3, 1, 8),
        (262, 3, 1, 2),
        (273, 4, 1, strip_at),
        (277, 3, 1, 3),
        (278, 4, 1, rows_per_strip),
        (279, 4, 1, len(strip)),
        (284, 3, 1, 1),
        (339, 3, 1, 1),
        (33550, 12, 3, scale_at),
        (33922, 12, 6, tie_at),
        (34735, 3, 16, keys_at),
        (42113, 2, 1, 0),
    ]
    body = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", entries)
    body += b"".join(struct.pack("<HHII", *tag) for tag in tags) + struct.pack("<I", 0)
    return body + struct.pack("<3H", 8, 8, 8) + scale + tie + keys + strip


@pytest.mark.parametrize(("side", "words"), [(200_000, "over the limit"), (60_000, "cut short"), (4_000, "cut short")])
def test_a_lying_header_is_refused(tmp_path: Path, side: int, words: str) -> None:
    file = tmp_path / "i.tif"
    file.write_bytes(lying_tiff(side, side, side))
    with pytest.raises(InputError, match=words):
        read_geotiff(file, AREA)


def test_a_file_of_one_huge_block_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    side = 16_384
    profile = {"driver": "GTiff", "count": 3, "height": side, "width": side, "dtype": "uint8", "crs": f"EPSG:{AREA.epsg}"}
    blocks = {
        "tiled": True,
        "blockxsize": side,
        "blockysize": side,
        "sparse_ok": True,
        "interleave": "pixel",
        "compress": "deflate",
    }
    with rasterio.open(tmp_path / "i.tif", "w", **profile, **blocks, transform=Affine(0.1, 0, W, 0, -0.1, N)):
        pass
    assert (tmp_path / "i.tif").stat().st_size < 10_000
    with pytest.raises(InputError, match="blocks"):
        read_geotiff(tmp_path / "i.tif", AREA)


@pytest.mark.parametrize(
    "path",
    [
        "/vsicurl/http://127.0.0.1/x.tif",
        "http://127.0.0.1/x.tif",
        "/vsizip/x.zip/x.tif",
        "gone.tif",
        "GTIFF_DIR:1:x.tif",
        "a\x00.tif",
    ],
)
def test_only_plain_local_files_are_opened(path: str) -> None:
    with pytest.raises(InputError):
        read_geotiff(path, AREA)  # type: ignore[arg-type]


def test_another_format_under_the_name_is_refused(tmp_path: Path) -> None:
    vrt = b'<VRTDataset rasterXSize="1" rasterYSize="1"><SourceFilename>/etc/passwd</SourceFilename></VRTDataset>'
    picture = io.BytesIO()
    Image.new("RGB", (64, 64)).save(picture, "PNG")
    for content in (vrt, picture.getvalue(), b"", b"II*\x00" + b"\xff" * 300):
        (tmp_path / "i.tif").write_bytes(content)
        with pytest.raises(InputError):
            read_geotiff(tmp_path / "i.tif", AREA)


def test_a_large_file_is_refused_by_its_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = utm_file(tmp_path / "i.tif", 3.0)
    monkeypatch.setattr(geotiff, "MAX_BYTES", 1000)
    with pytest.raises(InputError, match="limit"):
        read_geotiff(file, AREA)


@pytest.mark.parametrize("resolution", [0.0, 0.01, 100.0, math.nan, -1.0])
def test_a_resolution_out_of_range_is_refused(tmp_path: Path, resolution: float) -> None:
    with pytest.raises(InputError, match="m per pixel"):
        read_geotiff(utm_file(tmp_path / "i.tif", 3.0), AREA, resolution=resolution)


def encoded(kind: str, size: tuple[int, int] = (256, 256), mode: str = "RGB", colour: Any = (10, 200, 30)) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, kind)
    return out.getvalue()


def answer(content: bytes, kind: str = "image/png") -> Response:
    from datetime import UTC, datetime

    return Response(content, kind, datetime.now(UTC), stale=False, url="http://tiles.example.org/1/2/3")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("side", [256, 512])
def test_a_tile_is_decoded_whatever_its_type_is_called(kind: str, side: int) -> None:
    rgba = _decode(answer(encoded(kind, (side, side)), "application/octet-stream"))
    assert rgba.shape == (4, side, side)
    assert np.abs(rgba[:, 9, 9].astype(int) - [10, 200, 30, 255]).max() < 6


def test_a_transparent_tile_is_no_picture() -> None:
    assert not _decode(answer(encoded("PNG", mode="RGBA", colour=(1, 2, 3, 0))))[3].any()


def png_bomb(side: int) -> bytes:
    """A PNG of a few kilobytes whose header claims a square of a side, filled with zeros."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 10_000_000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>Too many requests</html>",
        encoded("GIF", mode="P", colour=1),
        encoded("BMP"),
        encoded("TIFF"),
        encoded("PNG", (257, 257)),
        encoded("PNG", (512, 256)),
        encoded("PNG", (1024, 1024)),
        encoded("JPEG", (512, 512))[:-400],
        encoded("PNG")[:200],
        png_bomb(50_000),
        b"\x89PNG\r\n\x1a\n" + b"\0" * (5 << 20),
    ],
    ids=["empty", "html", "gif", "bmp", "tiff", "odd", "oblong", "large", "half jpeg", "half png", "bomb", "bytes"],
)
def test_what_is_no_tile_is_refused(content: bytes) -> None:
    with pytest.raises(SourceError):
        _decode(answer(content))


def test_tile_numbers_are_those_of_the_standard() -> None:
    # OpenStreetMap's wiki: zoom 19 at lon 85.5244, lat 27.6341 by its formulas
    service = _Service("", None, 19)  # type: ignore[arg-type]
    x, y = Transformer.from_crs(4326, 3857, always_xy=True).transform(85.5244, 27.6341)
    column = math.floor((85.5244 + 180) / 360 * 2**19)
    row = math.floor((1 - math.asinh(math.tan(math.radians(27.6341))) / math.pi) / 2 * 2**19)
    assert service.tile_at(x, y) == (column, row)
    assert service.tile_at(HALF * 2, -HALF * 2) == (2**19 - 1, 2**19 - 1)
