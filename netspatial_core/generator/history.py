"""What was measured at a place, as numbers its traffic can be conditioned on: its own day, its own week, and how much was seen.

A history is a part of a place's series, from a day to three weeks. Told are the whitened coordinates of its mean weekday and
weekend day (what level 1 generates, from the hours that were measured), the leading ones of its week's deviation from them
(level 2), and how many weekdays and weekend days were seen. They stand beside the plain numbers of the tabular encoder, and where
nothing was measured all of them are unknown, as at every candidate site: the networks are the same ones.
"""

import math

import numpy as np
import torch
from numpy.typing import NDArray

from netspatial_core.generator.decompose import DAY, PRIOR_WEEKS, WEEK, WEEKDAYS, decompose, expand
from netspatial_core.generator.transform import Whitening

LEADING = 24  # axes of the week's deviation that are told: they hold most of its variance
LENGTHS = (1, 2, 3, 7, 14, 21)  # days of the histories that training shows; those shorter than the train series are used

Told = tuple[NDArray[np.float32], NDArray[np.bool_]]


def history_size(daily: int, weekly: int) -> int:
    """How many numbers a history becomes, of a generator with so many whitened axes of d and of w's deviation."""
    return daily + min(LEADING, weekly) + 2


def history_numbers(y: NDArray[np.float32], white1: Whitening, white2: Whitening) -> Told:
    """The numbers of some histories and whether they are known, each [site, number].

    Args:
        y: Transformed traffic [site, hour], NaN where nothing was measured, hour 0 a Monday 00:00; at least 168 h.
        white1: The generator's whitening of d.
        white2: That of w's deviation from d.
    """
    size = history_size(len(white1.scale), len(white2.scale))
    told, seen = np.zeros((len(y), size), dtype=np.float32), np.isfinite(y)
    rows = np.flatnonzero(seen.any(axis=1))
    known = np.zeros(told.shape, dtype=np.bool_)
    if not len(rows):
        return told, known
    parts = decompose(y[rows], PRIOR_WEEKS)
    daily = white1(torch.from_numpy(parts.daily)).numpy()
    weekly = white2(torch.from_numpy(parts.weekly - expand(parts.daily))).numpy()[:, :LEADING]
    weekend = np.arange(y.shape[1]) // DAY % 7 >= WEEKDAYS
    days = np.stack([seen[rows][:, ~weekend].sum(axis=1), seen[rows][:, weekend].sum(axis=1)], axis=1) / DAY
    told[rows] = np.concatenate([daily, weekly, np.log1p(days) / math.log(2)], axis=1)
    known[rows] = True
    return told, known


def random_windows(sites: int, days: int, share: float, random: torch.Generator) -> NDArray[np.bool_]:
    """The hours that training shows of each site [site, hour]: none, or a stretch of whole days, one of ``LENGTHS``.

    Args:
        sites: How many.
        days: Of the train series.
        share: Of sites that are shown any.
        random: Source of the choice.
    """
    lengths = torch.tensor([length for length in LENGTHS if length < days])
    length = lengths[torch.randint(len(lengths), (sites,), generator=random)]
    length = length * (torch.rand(sites, generator=random) < share)
    first = (torch.rand(sites, generator=random) * (days - length + 1)).long()
    day = torch.arange(days)
    shown = (day >= first[:, None]) & (day < (first + length)[:, None])
    return np.repeat(shown.numpy(), DAY, axis=1)


def whole_weeks(traffic: NDArray[np.float32]) -> NDArray[np.float32]:
    """Traffic [site, hour] filled up with unknown hours to whole weeks: a survey of a day is a week of which a day is known."""
    out = np.full((len(traffic), -(-max(traffic.shape[1], 1) // WEEK) * WEEK), np.nan, dtype=np.float32)
    out[:, : traffic.shape[1]] = traffic
    return out


def recent(traffic: NDArray[np.float32]) -> NDArray[np.float32]:
    """Traffic [site, hour] of which each site keeps the longest of ``LENGTHS`` up to its last known day; the rest is unknown."""
    day = np.arange(traffic.shape[1]) // DAY
    last = np.where(np.isfinite(traffic), day, -1).max(axis=1, initial=-1)
    return np.where(day[None] > last[:, None] - max(LENGTHS), traffic, np.float32(np.nan)).astype(np.float32)
