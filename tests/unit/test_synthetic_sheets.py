"""A city drawn sheet by sheet is the city drawn whole; wide cities have several centres."""

import errno
from pathlib import Path

import numpy as np
import pytest
import rasterio
from shapely.geometry import Polygon

from netspatial_core.errors import InputError
from netspatial_core.synthetic import sheets
from netspatial_core.synthetic.canvas import Canvas
from netspatial_core.synthetic.city import generate, make_outline
from netspatial_core.synthetic.cog import cog
from netspatial_core.synthetic.fill import fill_block
from netspatial_core.synthetic.render import TILE_PX, picture
from netspatial_core.synthetic.sheets import survey
from netspatial_core.synthetic.style import get_style
from netspatial_core.synthetic.terrain import CENTRES_APART_M, Terrain, make_terrain
from netspatial_core.synthetic.zones import urbanity, zones_at

GSD = 0.4


def test_sheets_join_to_the_very_picture_and_records_of_the_whole(tmp_path: Path) -> None:
    size = 1.3 * 2 * TILE_PX * GSD  # two by two sheets of two by two tiles, the second ones cut
    whole = generate(4, "metropolis", size, workers=1)
    image = picture(whole, gsd=GSD, workers=1)
    with cog(whole, tmp_path / "whole.tif", image.shape[0], GSD) as put:
        put(0, 0, image)
    joined = survey(make_outline(4, "metropolis", size), tmp_path / "sheets.tif", gsd=GSD, tile=TILE_PX, tiles=2, workers=2)
    with rasterio.open(tmp_path / "whole.tif") as one, rasterio.open(tmp_path / "sheets.tif") as other:
        assert other.profile == one.profile
        assert other.overviews(1)
        np.testing.assert_array_equal(other.read(), one.read())
    assert len(joined.buildings) == len(whole.buildings)
    for made, expected in zip(joined.buildings, whole.buildings, strict=True):
        np.testing.assert_array_equal(made.ring, expected.ring)
        assert (made.use, made.height) == (expected.use, expected.height)
    assert [(a.kind, a.polygon.wkb) for a in joined.areas] == [(a.kind, a.polygon.wkb) for a in whole.areas]
    assert not joined.ground


def test_a_block_that_several_sheets_show_is_filled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled: list[int] = []

    def counted(terrain: Terrain, block: Polygon, number: int) -> Canvas:
        filled.append(number)
        return fill_block(terrain, block, number)

    monkeypatch.setattr(sheets, "fill_block", counted)
    outline = make_outline(4, "metropolis", 1.3 * TILE_PX * GSD)
    sheets.survey(outline, tmp_path / "sheets.tif", gsd=GSD, tile=TILE_PX, tiles=1, workers=1)
    assert sorted(filled) == list(range(len(outline.blocks)))
    assert [path.name for path in tmp_path.iterdir()] == ["sheets.tif"]


def test_a_run_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    def stop(_share: float, what: str) -> None:
        if what == "sheets":
            raise RuntimeError("stopped")

    outline = make_outline(4, "metropolis", 1.3 * TILE_PX * GSD)
    with pytest.raises(RuntimeError, match="stopped"):
        sheets.survey(outline, tmp_path / "sheets.tif", gsd=GSD, tile=TILE_PX, tiles=1, workers=2, on_progress=stop)
    assert not list(tmp_path.iterdir())


def test_no_room_for_blocks_is_told_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_self: Path, _content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    outline = make_outline(4, "metropolis", 1.3 * TILE_PX * GSD)
    with pytest.raises(InputError, match=r"sheets\.tif cannot be written"):
        sheets.survey(outline, tmp_path / "sheets.tif", gsd=GSD, tile=TILE_PX, tiles=1, workers=1)
    assert not list(tmp_path.iterdir())


def test_sheets_drawn_at_the_same_time_are_far_apart() -> None:
    places = [(column, row) for row in range(5) for column in range(5)]
    order = sheets._far_apart(places, 2)
    assert sorted(order) == sorted(places)
    for k in range(0, len(order) - 1, 2):
        assert abs(order[k][1] - order[k + 1][1]) >= 2
    assert sheets._far_apart(places, 1) == places


def test_a_wide_city_has_centres_apart_and_ends_in_fields() -> None:
    terrain = make_terrain(7, get_style("metropolis"), 20000.0, 1.0)
    centres = np.vstack([terrain.centre, terrain.subcentres])
    gaps = np.hypot(*(centres[:, None] - centres[None]).transpose(2, 0, 1))
    assert len(centres) > 12
    assert gaps[~np.eye(len(centres), dtype=bool)].min() > CENTRES_APART_M
    axis = np.arange(50.0, 20000.0, 250.0)
    x, y = np.meshgrid(axis, axis)
    urban, zones = urbanity(terrain, x, y), zones_at(terrain, x, y)
    assert 0.5 < (urban > 0).mean() < 0.95
    assert (urban[[0, 0, -1, -1], [0, -1, 0, -1]] < 0).all(), "the corners are open country"
    at_centres = urbanity(terrain, *centres.T)
    assert (at_centres > 0.6).all()
    assert {"cbd", "estate", "mixed", "industrial", "university", "rural"} <= set(np.unique(zones))


def test_a_town_has_one_centre() -> None:
    assert len(make_terrain(7, get_style("metropolis"), 4000.0, 1.0).subcentres) == 0


def test_a_city_beyond_the_largest_is_refused() -> None:
    with pytest.raises(InputError, match="24000"):
        make_outline(1, "metropolis", 30000.0)
