"""The monotone scale on which traffic is modelled, fixed on train data.

Cell means span three decades and the raw scale is heavy-tailed; y = (log(x + eps) - mu) / sigma is nearly Gaussian, x =
exp(sigma y + mu) - eps its exact inverse, and clippos keeps what returns from being negative.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from netspatial_core.errors import InputError

HEADROOM = 0.5  # generated traffic may exceed all train traffic by a factor of e^0.5 = 1.65, not without limit


@dataclass(frozen=True)
class Transform:
    """y = (log(x + eps) - mu) / sigma.

    Attributes:
        eps: Traffic below which differences stop mattering, GB/h.
        mu: Mean of log(x + eps) over train.
        sigma: Its standard deviation.
        top: Largest y that is turned back into traffic: train maximum plus headroom.
        scale: 99.9th percentile of train traffic, GB/h: the unit in which scores are reported.
    """

    eps: float
    mu: float
    sigma: float
    top: float
    scale: float

    @classmethod
    def fit(cls, traffic: NDArray[np.float32]) -> "Transform":
        """The transform of train traffic [site, hour], GB/h, NaN for gaps.

        eps is a tenth of the mean of the 5 % quietest sites' level: small enough that their days keep a shape, large enough that
        a logged zero is not minus infinity.

        Raises:
            InputError: There is no traffic, or it is negative.
        """
        seen = traffic[np.isfinite(traffic)].astype(np.float64)
        if not seen.size or seen.max() <= 0 or seen.min() < 0:
            raise InputError(
                "The train traffic is empty, all zero or negative somewhere.", "Give measured volumes per hour; leave gaps empty."
            )
        counts = np.isfinite(traffic).sum(axis=1)
        sums: NDArray[np.float64] = np.nansum(traffic, axis=1, dtype=np.float64)
        means = sums[counts > 0] / counts[counts > 0]
        eps = 0.1 * float(np.quantile(means[means > 0], 0.05))
        logs = np.log(seen + eps)
        mu, sigma = float(logs.mean()), max(float(logs.std()), 1e-3)
        return cls(eps, mu, sigma, (float(logs.max()) + HEADROOM - mu) / sigma, float(np.quantile(seen, 0.999)))

    @property
    def bottom(self) -> float:
        """The y of no traffic at all: everything below is clipped to it."""
        return (float(np.log(self.eps)) - self.mu) / self.sigma

    def forward(self, traffic: NDArray[np.float32]) -> NDArray[np.float32]:
        """Traffic in GB/h [...] to y [...], the same shape; NaN stays NaN."""
        return ((np.log(traffic + self.eps) - self.mu) / self.sigma).astype(np.float32)

    def inverse(self, y: torch.Tensor) -> torch.Tensor:
        """Y [...] to traffic in GB/h [...], clipped to [0, top] (clippos, eq. 13); NaN stays NaN."""
        return (torch.exp(y.clamp(max=self.top) * self.sigma + self.mu) - self.eps).clamp_min(0.0)


class Whitening(torch.nn.Module):
    """A fixed linear map of one level's targets to unit variance: one normal prior serves training and sampling (trap 3).

    Principal axes: z = (y - mean) B / s and y = mean + (z s) B^T. Axes with less than FLOOR of the first one's standard
    deviation are dropped: they hold rounding, not traffic.

    Attributes:
        mean: [size].
        basis: Orthonormal axes B [size, rank].
        scale: Standard deviations s along them [rank], falling.
    """

    FLOOR = 1e-2

    mean: torch.Tensor
    basis: torch.Tensor
    scale: torch.Tensor

    def __init__(self, size: int, rank: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("basis", torch.eye(size, rank))
        self.register_buffer("scale", torch.ones(rank))

    @classmethod
    def fit(cls, rows: NDArray[np.float32], *, centre: bool = True, square: bool = False) -> "Whitening":
        """The whitening of train rows.

        Args:
            rows: [row, size], without gaps.
            centre: Whether the mean is taken off; without it zero stays zero.
            square: Keep all axes, the weak ones with FLOOR of the first one's standard deviation.
        """
        rows64 = rows.astype(np.float64)
        mean = rows64.mean(axis=0) if centre else np.zeros(rows.shape[1])
        variance, axes = np.linalg.eigh((rows64 - mean).T @ (rows64 - mean) / max(len(rows), 1))
        scale = np.sqrt(np.maximum(variance[::-1], 0.0))
        floor = max(cls.FLOOR * float(scale[0]), 1e-6)
        rank = rows.shape[1] if square else max(1, int((scale > floor).sum()))
        # A covariance of few rows spreads its eigenvalues too far; unseen rows would not have unit variance on the weak axes.
        kept, doubt = scale[:rank] ** 2, rank / (rank + len(rows))
        scale = np.sqrt((1 - doubt) * kept + doubt * kept.mean())
        made = cls(rows.shape[1], rank)
        made.mean.copy_(torch.from_numpy(mean))
        made.basis.copy_(torch.from_numpy(axes[:, ::-1][:, :rank].copy()))
        made.scale.copy_(torch.from_numpy(np.maximum(scale, floor)))
        return made

    def forward(self, y: torch.Tensor) -> torch.Tensor:
        """Whitened coordinates [..., rank] of y [..., size]."""
        return (y - self.mean) @ self.basis / self.scale

    def inverse(self, z: torch.Tensor) -> torch.Tensor:
        """Y [..., size] of whitened coordinates z [..., rank]."""
        return torch.nn.functional.linear(z * self.scale, self.basis, self.mean)

    def weights(self) -> torch.Tensor:
        """Weight of each axis in the loss [rank], mean 1: proportional to its scale.

        An error of z counts s^2-fold in y, all axes count alike in z; this is the middle between the two.
        """
        return self.scale / self.scale.mean()


def between_days(residual: NDArray[np.float32]) -> NDArray[np.float32]:
    """Square roots of the covariance of the days of a residual [axis, day, day], one for each whitened axis, mean variance 1.

    Args:
        residual: Whitened residuals of train sites [site, day, axis]; days with gaps are NaN.
    """
    days = residual.shape[1]
    whole = np.asarray(np.isfinite(residual).all(axis=2), dtype=np.float64)
    known = np.nan_to_num(residual.astype(np.float64))
    pairs = whole.T @ whole
    covariance = np.einsum("sik,sjk->kij", known, known) / np.maximum(pairs, 1)
    # Few sites say little about so many pairs of days: they count against as many of unrelated days as there are days.
    trust = pairs / (pairs + days)
    mixed = trust * covariance + (1 - trust) * np.eye(days)
    variance, axes = np.linalg.eigh(mixed)
    variance = np.maximum(variance, 0.0)  # pairs of days that different sites saw may contradict each other
    variance *= days / variance.sum(axis=1, keepdims=True)
    return np.asarray(np.einsum("kie,ke,kje->kij", axes, np.sqrt(variance), axes), dtype=np.float32)
