"""What a scenario does to the network's load at once: each piece of demand goes to the nearest station that is on and in reach.

The demand of the ground is the one that the generated loads tell (``field``), brought into line with what stations are known to
carry: too much of it is scaled down, what is missing is spread over the ground right around the mast, which no candidate sees.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netspatial_core.catchment import assign
from netspatial_core.planning.field import DemandField


@dataclass(frozen=True)
class Effect:
    """Mean loads, GB/h.

    Attributes:
        before: What each station carries now [station].
        after: What it would carry [station], 0 where it is off.
        sites: What each new site would carry [site].
        fresh: What new sites would carry that nobody carries now.
        dropped: What is carried now and would reach no station any more.
    """

    before: NDArray[np.float64]
    after: NDArray[np.float64]
    sites: NDArray[np.float64]
    fresh: float
    dropped: float


def effect(
    field: DemandField,
    stations: NDArray[np.float64],
    observed: NDArray[np.float64],
    on: NDArray[np.bool_],
    sites: NDArray[np.float64],
    reach: float | None = None,
) -> Effect:
    """Loads before and after a change of the network; demand itself stays as it is.

    Args:
        field: The demand of the ground, over these very stations.
        stations: All existing stations [station, 2], metres on the ground.
        observed: Mean load that each is known to carry [station], GB/h; nan where it is not known.
        on: Which stay on [station].
        sites: New sites [site, 2].
        reach: Radius of a catchment, metres; by default the one reach function's.
    """
    places, load, served = located(field, stations, observed)
    now = np.bincount(served[served >= 0], load[served >= 0], minlength=len(stations)).astype(np.float64)
    standing = np.concatenate([stations[on], sites])
    taker = assign(places, standing, reach)
    then = np.bincount(taker[taker >= 0], load[taker >= 0], minlength=len(standing)).astype(np.float64)
    after = np.zeros(len(stations))
    kept = int(on.sum())
    after[on] = then[:kept]
    return Effect(
        before=now,
        after=after,
        sites=then[kept:],
        fresh=float(load[(served < 0) & (taker >= kept)].sum()),
        dropped=float(load[(served >= 0) & (taker < 0)].sum()),
    )


def located(
    field: DemandField, stations: NDArray[np.float64], observed: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Places of demand [place, 2], their load and the station that has each now [place], in line with what is observed."""
    has = field.served >= 0
    seen = np.bincount(field.served[has], field.load[has], minlength=len(stations)).astype(np.float64)
    known = np.isfinite(observed)
    scale = np.ones(len(stations))
    over = known & (seen > observed)
    scale[over] = observed[over] / seen[over]
    load = field.load.copy()
    load[has] *= scale[field.served[has]]
    missing = np.where(known, np.maximum(observed - seen, 0.0), 0.0)
    unseen = has & (np.asarray(field.reaches.sum(axis=0)) == 0)
    room = np.bincount(field.served[unseen], minlength=len(stations))
    load[unseen] += missing[field.served[unseen]] / room[field.served[unseen]]
    at_mast = np.flatnonzero((missing > 0) & (room == 0))
    return (
        np.concatenate([field.places, stations[at_mast]]),
        np.concatenate([load, missing[at_mast]]),
        np.concatenate([field.served, at_mast]),
    )
