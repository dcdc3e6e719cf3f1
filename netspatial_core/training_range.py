"""How far a place is from those a model was trained on, in the space of its embeddings.

The distance of a place is the mean distance to its nearest train stations, in embeddings standardised over the train stations;
its score is the share of stations the model has not trained on, better of cities it has not seen, that lie nearer. A place beyond
nearly all of them is one the model was never asked about: its number may be right, but nothing says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netspatial_core.errors import InputError

NEAREST = 5
TELLING = 100  # unseen stations, so that the hundredth part of them is one
MOST = 1024  # train stations that are kept: more hardly move the distances and make the model folder heavy
LEVELS = 101
BEYOND = 0.99  # a place beyond this share of unseen stations is flagged
CHUNK = 1024


@dataclass(frozen=True)
class TrainingRange:
    """Train stations to measure distances from, and what distances are usual.

    Attributes:
        mean: Of the embeddings over train [dim].
        std: Likewise, with a floor [dim].
        stations: Standardised embeddings of train stations [station, dim].
        usual: Distances of unseen stations at the 0th to the 100th percentile [101].
    """

    mean: NDArray[np.float32]
    std: NDArray[np.float32]
    stations: NDArray[np.float32]
    usual: NDArray[np.float32]

    @classmethod
    def fit(cls, train: NDArray[np.float32], unseen: NDArray[np.float32], seed: int = 0) -> "TrainingRange":
        """The range of a training.

        Args:
            train: Embeddings of train stations [station, dim].
            unseen: Of stations that were not trained on, better of other cities [station, dim].
            seed: Of the choice of the stations that are kept.

        Raises:
            InputError: Too few of either.
        """
        if len(train) < NEAREST or not len(unseen):
            raise InputError(
                f"{len(train)} train and {len(unseen)} val stations say nothing about what is usual.", f"Give {NEAREST} and one."
            )
        mean, std = train.mean(axis=0), np.maximum(train.std(axis=0), 1e-3)
        rows = np.sort(np.random.default_rng(seed).permutation(len(train))[:MOST])
        made = cls(mean, std, ((train[rows] - mean) / std).astype(np.float32), np.zeros(LEVELS, dtype=np.float32))
        usual = np.quantile(made.distance(unseen), np.linspace(0, 1, LEVELS))
        return cls(mean, std, made.stations, usual.astype(np.float32))

    def distance(self, embedding: NDArray[np.float32]) -> NDArray[np.float64]:
        """Mean Euclidean distance of places [place, dim] to their nearest train stations [place]."""
        own = (self.stations.astype(np.float64) ** 2).sum(axis=1)
        out = np.empty(len(embedding))
        for start in range(0, len(embedding), CHUNK):
            part = ((embedding[start : start + CHUNK] - self.mean) / self.std).astype(np.float64)
            squares = (part**2).sum(axis=1)[:, None] + own[None] - 2 * part @ self.stations.T.astype(np.float64)
            nearest = np.partition(np.maximum(squares, 0.0), NEAREST - 1, axis=1)[:, :NEAREST]
            out[start : start + CHUNK] = np.sqrt(nearest).mean(axis=1)
        return out

    def score(self, embedding: NDArray[np.float32]) -> NDArray[np.float64]:
        """Share of unseen stations nearer to the training than each place [place], 0 to 1."""
        return np.interp(self.distance(embedding), self.usual, np.linspace(0, 1, LEVELS))

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """What a file holds."""
        return dict(vars(self))

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[np.float32]]) -> "TrainingRange":
        """What ``arrays`` gave."""
        return cls(**{name: np.asarray(arrays[name], dtype=np.float32) for name in ("mean", "std", "stations", "usual")})
