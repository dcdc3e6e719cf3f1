"""Plain numbers of a site (its catchment, POI counts), standardised as in training; unknown ones stay known to be unknown."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netspatial_core.errors import InputError, WeightsError

FEATURES = ("log_catchment_km2", "log_nearest_station_m", "log1p_pois_150", "log1p_pois_500", "log1p_pois_catchment")
MIN_STD = 1e-3  # a feature that hardly varied in training must not blow up a small difference


@dataclass(frozen=True)
class TabularEncoder:
    """Standardisation fitted on train sites.

    Values outside the range seen in training are clipped to it: a network says nothing reliable beyond.

    Attributes:
        features: Names, in the order of the columns.
        mean: Of each feature over the train sites.
        std: Likewise, with ddof = 0 and a floor.
        lo: Smallest value seen in training.
        hi: Largest.
    """

    features: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    lo: tuple[float, ...]
    hi: tuple[float, ...]

    @classmethod
    def fit(cls, raw: NDArray[np.float64], features: tuple[str, ...] = FEATURES) -> "TabularEncoder":
        """Fit to train sites [site, feature]; nan and inf are unknown.

        A feature that is nowhere known gets mean 0, std 1 and an empty range: it is always encoded as 0.

        Raises:
            InputError: The columns are not the features.
        """
        _check_columns(raw, features)
        statistics = [_describe(column[np.isfinite(column)]) for column in raw.T]
        mean, std, lo, hi = zip(*statistics, strict=True)
        return cls(tuple(features), mean, std, lo, hi)

    def encode(self, raw: NDArray[np.float64]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Standardised values [site, feature], 0 where unknown, and whether each is known.

        Raises:
            InputError: The columns are not the features.
        """
        _check_columns(raw, self.features)
        known = np.isfinite(raw)
        clipped = np.clip(np.where(known, raw, self.mean), self.lo, self.hi)
        values = np.where(known, (clipped - self.mean) / self.std, 0.0)
        return values.astype(np.float32), known

    def to_json(self) -> dict[str, Any]:
        """The fit as plain lists, for a model's config.json."""
        return {key: list(getattr(self, key)) for key in ("features", "mean", "std", "lo", "hi")}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "TabularEncoder":
        """The fit that ``to_json`` wrote.

        Raises:
            WeightsError: A field is missing, of another length or not a number.
        """
        try:
            features = tuple(str(name) for name in value["features"])
            numbers = [tuple(float(v) for v in value[key]) for key in ("mean", "std", "lo", "hi")]
        except (KeyError, TypeError, ValueError) as error:
            raise WeightsError(
                f"The model's tabular encoder cannot be read ({error}).", "Use an unaltered model folder."
            ) from error
        if any(len(n) != len(features) for n in numbers) or not all(math.isfinite(v) for n in numbers for v in n):
            raise WeightsError("The model's tabular encoder is damaged.", "Use an unaltered model folder.")
        return cls(features, *numbers)


def _describe(known: NDArray[np.float64]) -> tuple[float, float, float, float]:
    if len(known) == 0:
        return 0.0, 1.0, 0.0, 0.0
    return float(known.mean()), max(float(known.std()), MIN_STD), float(known.min()), float(known.max())


def _check_columns(raw: NDArray[np.float64], features: tuple[str, ...]) -> None:
    if raw.ndim != 2 or raw.shape[1] != len(features):
        raise InputError(f"{raw.shape} numbers do not fit the features {', '.join(features)}.", "Give one column a feature.")
