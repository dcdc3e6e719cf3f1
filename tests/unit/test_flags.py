"""What the flags of a cell say of the picture around it."""

from dataclasses import replace

import numpy as np
import pytest
from test_app_sources import planned

from netspatial_core.encoders.context import SiteContext
from netspatial_core.encoders.tabular import FEATURES
from netspatial_core.encoders.vision import PatchMap, pool
from netspatial_core.planning.flags import cell_flags
from netspatial_core.sources.imagery import Imagery


def flags_under(shown_m: float) -> str:
    """Imagery flag of the first cell where the picture ends ``shown_m`` east of its centre."""
    plan, scene = planned("absent")
    grid = plan.grid
    x, y = grid.centres[0]
    side, resolution = 1200, 1.5
    west, north = x + shown_m - side * resolution, y + side * resolution / 2
    picture = Imagery(
        np.zeros((3, side, side), np.uint8), np.ones((side, side), bool), 32632, west, north, resolution, "s", "", "", None
    )
    tokens = side // 14
    features, valid = np.ones((tokens, tokens, 4), np.float16), np.ones((tokens, tokens), bool)
    whole = PatchMap(features, valid, west, north, 14 * resolution, 32632)
    vision, has_vision = pool(whole, grid.centres)
    text = np.zeros((0, 4), np.float32)
    cells = len(grid)
    context = SiteContext(
        grid.centres, vision, has_vision, text, text, np.zeros(0, np.int64), np.zeros(cells + 1, np.int64), "absent",
        np.full((cells, len(FEATURES)), np.nan),
    )  # fmt: skip
    return cell_flags(replace(scene, imagery=picture), context, plan.pieces.cells, plan.pieces.statistics)[0][0]


@pytest.mark.parametrize(
    ("shown_m", "flag"),
    [
        (-600.0, "imagery missing"),
        (-60.0, "imagery not used: it shows less than half of the 150 m around"),
        (75.0, "imagery shows 59 % of the 500 m around"),  # 1/2 + (75 x 1000) / (pi x 500^2), less a little for the curve
        (700.0, "POIs not given"),  # the next flag: there is nothing to say of the picture
    ],
)
def test_what_the_picture_shows_of_a_cell_is_told(shown_m: float, flag: str) -> None:
    assert flags_under(shown_m) == flag
