"""What stands for many draws where one thing must be shown: a typical month of a cell, the usual week of an area."""

import numpy as np
from numpy.typing import NDArray

from netspatial_core.planning.statistics import WEEK_H


def typical_draw(traffic: NDArray[np.float32]) -> int:
    """The draw of a point's traffic [draw, hour] whose mean load is nearest to the median of the means; the first of equals.

    One month as it could be: an average of months has no residual.
    """
    means = traffic.mean(axis=1, dtype=np.float64)
    return int(np.abs(means - np.median(means)).argmin())


def total_week(traffic: NDArray[np.float32]) -> NDArray[np.float64]:
    """Load of all points together at each hour of the mean week [168], mean over draws, of traffic [point, draw, hour].

    Points with a draw that is not finite carry nothing.
    """
    total = np.zeros(traffic.shape[2])
    for series in traffic:  # a point at a time: no copy of the whole ensemble
        hours = series.mean(axis=0, dtype=np.float64)
        total += hours if np.isfinite(hours).all() else 0.0
    return total.reshape(-1, WEEK_H).mean(axis=0)
