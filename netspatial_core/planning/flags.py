"""What a reader must know about a cell before believing its number: inputs missing or thin, and results that failed."""

import numpy as np
from numpy.typing import NDArray

from netspatial_core.area import MARGIN_M
from netspatial_core.encoders.context import SiteContext
from netspatial_core.encoders.tabular import FEATURES
from netspatial_core.planning.statistics import Statistics
from netspatial_core.sources.imagery import Imagery
from netspatial_core.sources.scene import Scene

WHOLE_PICTURE = 0.95  # of the 500 m disc; less is flagged
FEW_POIS = 3  # within 150 m; fewer say little about who is there


def cell_flags(scene: Scene, context: SiteContext, cells: NDArray[np.int64], summary: Statistics) -> tuple[tuple[str, ...], ...]:
    """The flags of every cell of the grid, in words.

    Args:
        scene: The inputs.
        context: Features of every cell.
        cells: Grid index of each row of the statistics [row].
        summary: Statistics of the generated traffic [row].
    """
    seen = picture_share(scene.imagery, context.points)
    near = np.expm1(np.nan_to_num(context.tabular[:, FEATURES.index("log1p_pois_150")])).round().astype(int)
    failed = dict(zip(cells.tolist(), summary.faults().tolist(), strict=True))
    return tuple(
        tuple(
            flag
            for flag in (
                _imagery(scene, has_vision=bool(context.has_vision[cell]), seen=float(seen[cell])),
                _pois(context.poi_status, int(context.poi_counts[cell]), int(near[cell])),
                failed.get(cell),
            )
            if flag
        )
        for cell in range(len(context.points))
    )


def picture_share(imagery: Imagery | None, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the ground within 500 m of each point that the picture shows [point]; sampled every 50 m."""
    if imagery is None:
        return np.zeros(len(points))
    step = np.arange(-MARGIN_M, MARGIN_M + 1, 50.0)
    offsets = np.stack(np.meshgrid(step, step), axis=-1).reshape(-1, 2)
    offsets = offsets[np.hypot(*offsets.T) <= MARGIN_M]
    x, y = np.moveaxis(points[:, None] + offsets[None], -1, 0)
    column = np.floor((x - imagery.west) / imagery.resolution).astype(int)
    row = np.floor((imagery.north - y) / imagery.resolution).astype(int)
    height, width = imagery.valid.shape
    # half a pixel of rounding at the outer edge is no gap
    on = (row >= -1) & (row <= height) & (column >= -1) & (column <= width)
    return np.asarray((on & imagery.valid[row.clip(0, height - 1), column.clip(0, width - 1)]).mean(axis=1))


def _imagery(scene: Scene, *, has_vision: bool, seen: float) -> str:
    if scene.imagery is None:
        return "imagery service failed" if scene.imagery_fault else "imagery not given"
    if not has_vision:
        return "imagery missing" if seen == 0 else "imagery not used: it shows less than half of the 150 m around"
    return f"imagery shows {100 * seen:.0f} % of the 500 m around" if seen < WHOLE_PICTURE else ""


def _pois(status: str, around: int, near: int) -> str:
    if status != "ok":
        return "POI service failed" if status == "failed" else "POIs not given"
    if around == 0:
        return "no POIs within 500 m"
    if near == 0:
        return "no POIs within 150 m"
    return f"only {near} POI{'s' if near > 1 else ''} within 150 m" if near < FEW_POIS else ""
