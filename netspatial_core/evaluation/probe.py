"""Linear probes: how much of a question frozen features answer to a classifier that can only weigh them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax
from scipy.stats import rankdata

from netspatial_core.errors import InputError

STRENGTH = 1e-2  # weight decay per standardised feature; enough for a few hundred places and a thousand features


@dataclass(frozen=True)
class LinearProbe:
    """A multinomial logistic regression on standardised features.

    Attributes:
        classes: What is told apart, sorted [class].
        mean: Of each feature [feature].
        scale: Standard deviation of each feature, 1 where it is constant [feature].
        weights: [feature + 1, class]; the last row is the intercept.
    """

    classes: NDArray[np.str_]
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]

    def predict(self, features: NDArray[np.floating]) -> NDArray[np.float64]:
        """Probability of each class [place, class]."""
        return np.asarray(softmax(_with_one((features - self.mean) / self.scale) @ self.weights, axis=1))


def fit_probe(features: NDArray[np.floating], labels: NDArray[np.str_]) -> LinearProbe:
    """Fit by the mean log loss, every class weighing the same, plus ``STRENGTH`` / 2 times the squared weights.

    Args:
        features: [place, feature].
        labels: Class of each place [place], at least two.

    Raises:
        InputError: There is one class alone, or the fit did not settle.
    """
    classes, index = np.unique(labels, return_inverse=True)
    if len(classes) < 2:
        raise InputError(f"There is nothing to tell apart from {', '.join(classes)}.", "Give places of at least two classes.")
    mean, spread = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64)
    scale = np.where(spread > 0, spread, 1.0)
    x = _with_one((features - mean) / scale)
    share = 1 / (len(classes) * np.bincount(index)[index])
    truth = np.eye(len(classes))[index]

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = flat.reshape(x.shape[1], len(classes))
        decayed = weights.copy()
        decayed[-1] = 0
        logits = x @ weights
        value = (share * (logsumexp(logits, axis=1) - (logits * truth).sum(axis=1))).sum() + STRENGTH / 2 * (decayed**2).sum()
        gradient = x.T @ (share[:, None] * (softmax(logits, axis=1) - truth)) + STRENGTH * decayed
        return float(value), gradient.ravel()

    start = np.zeros(x.shape[1] * len(classes))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 2000, "maxfun": 4000})
    if not found.success:
        raise InputError(f"The probe did not settle ({found.message}).", "Give fewer features, or raise STRENGTH.")
    return LinearProbe(classes, mean, scale, found.x.reshape(x.shape[1], len(classes)))


def area_under_curve(scores: NDArray[np.floating], positive: NDArray[np.bool_]) -> float:
    """Chance that a positive place scores above a negative one, ties counting half (the area under the ROC curve).

    Args:
        scores: [place].
        positive: [place], some true and some false.

    Raises:
        InputError: All places are of one kind.
    """
    count = int(positive.sum())
    if not 0 < count < len(scores):
        raise InputError("All places are of one kind.", "Give some positive ones and some negative ones.")
    ranks = rankdata(scores)
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * (len(scores) - count)))


def balanced_accuracy(predicted: NDArray[np.str_], labels: NDArray[np.str_]) -> float:
    """Mean over the classes of ``labels`` of the share of its places that were recognised."""
    return float(np.mean([(predicted[labels == name] == name).mean() for name in np.unique(labels)]))


def _with_one(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([x, np.ones(len(x))])
