"""Fusion of what is seen and what is known of a place into one embedding: equations 8 to 12 of the paper.

Learned are the scoring network, the attention, the tokens, the transformer and the heads. The projections of both modalities into
the shared space are fixed: a whitening along principal axes, fitted on the train points. They make the targets of the
reconstruction, and a target that is learned together with what predicts it collapses to a constant: perfectly predictable.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import normalize

from netspatial_core.encoders.context import SiteContext
from netspatial_core.errors import InputError, WeightsError

Hide = Literal["none", "imagery", "pois"]
Mode = Literal["default", "paper", "contrastive"]

BATCH = 256  # points run together at inference, always: so results do not depend on how the points are cut


@dataclass(frozen=True)
class FusionConfig:
    """Sizes and training of the fusion.

    Attributes:
        dim: Features of the embedding and of the shared space, d.
        layers: Layers of the transformer.
        heads: Heads of its attention.
        hidden: Width of the scoring network and of the POI attention.
        dropout: In the transformer, while training.
        mode: ``paper`` always hides one modality (eq. 10); ``default`` shows both in a third of the cases, as at inference, and
            trains the embedding itself to reconstruct both; ``contrastive`` reconstructs nothing but pulls the two embeddings of
            one place together, by imagery alone and by POIs alone, and those of other places apart (for the ablation).
        temperature: Of ``contrastive``'s softmax over places.
        shrink: Share of the mean variance added to each axis before whitening: noise is not blown up to the size of signal.
        batch: Points of a training step.
        learning_rate: Of Adam; falls to 0 along half a cosine.
        vision_size: Features of a point's pooled vision; training takes it from the contexts, and so from the encoder.
        text_size: Features of a text embedding; likewise.
    """

    dim: int = 128
    layers: int = 2
    heads: int = 4
    hidden: int = 64
    dropout: float = 0.1
    mode: Mode = "default"
    temperature: float = 0.07
    shrink: float = 0.5
    batch: int = 256
    learning_rate: float = 1e-3
    vision_size: int = 768
    text_size: int = 384

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain values, for a model's config.json."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "FusionConfig":
        """Settings from a model's config.json or a YAML file.

        Raises:
            InputError: An unknown key, or a value of another kind.
        """
        known = {f.name: f for f in fields(cls)}
        for key, value in values.items():
            if key not in known:
                raise InputError(f"The fusion has no setting {key!r}.", f"Known: {', '.join(known)}.")
            default = getattr(cls, key)
            if not isinstance(value, int | float if isinstance(default, float) else type(default)):
                raise InputError(f"The fusion setting {key} is {value!r}.", f"Give a value such as {default!r}.")
        config = cls(**values)
        if config.mode not in get_args(Mode):
            raise InputError(f"The fusion mode {config.mode!r} does not exist.", f"Choose {', '.join(get_args(Mode))}.")
        if config.temperature <= 0:
            raise InputError(f"The fusion's temperature is {config.temperature!r}.", "Give a number above 0, such as 0.07.")
        if config.dim % config.heads:
            raise InputError(f"dim {config.dim} is no multiple of heads {config.heads}.", "Correct one of them.")
        return config


class Fusion(nn.Module):
    """The multimodal encoder of section 4.1.2, from frozen features to the embedding z."""

    vision_mean: Tensor
    vision_axes: Tensor
    text_mean: Tensor
    text_axes: Tensor

    def __init__(self, config: FusionConfig) -> None:
        super().__init__()
        self.config = config
        d = config.dim
        for name, size in (("vision", config.vision_size), ("text", config.text_size)):
            self.register_buffer(f"{name}_mean", torch.zeros(size))
            self.register_buffer(f"{name}_axes", torch.zeros(size, d))
        self.score = nn.Sequential(nn.Linear(2 * config.text_size, config.hidden), nn.GELU(), nn.Linear(config.hidden, 2))
        self.attend = nn.Sequential(nn.Linear(d, config.hidden), nn.GELU(), nn.Linear(config.hidden, 1))
        self.fusion_token = nn.Parameter(torch.randn(d) / math.sqrt(d))
        self.mask_tokens = nn.Parameter(torch.randn(2, d) / math.sqrt(d))  # v_mask, p_mask
        self.kinds = nn.Parameter(torch.randn(3, d) / math.sqrt(d))  # tells the transformer which token is which
        layer = nn.TransformerEncoderLayer(d, config.heads, 2 * d, config.dropout, "gelu", batch_first=True, norm_first=True)
        self.transformer = nn.TransformerEncoder(layer, config.layers, nn.LayerNorm(d), enable_nested_tensor=False)
        self.to_z = nn.Linear(d, d, bias=False)
        self.heads = nn.ModuleList([nn.Linear(d, d), nn.Linear(d, d)])  # v-hat from h_v, p-hat from h_p (eq. 12)
        self.heads_z = nn.ModuleList([nn.Linear(d, d), nn.Linear(d, d)])  # both from z (default mode)

    def fit_projections(self, vision: NDArray[np.float32], texts: NDArray[np.float32]) -> None:
        """Fix the projections into the shared space from train features.

        Args:
            vision: Pooled vision of train points [point, vision].
            texts: Embeddings of both prompts of train POIs [text, text feature], each distinct one once.
        """
        for name, rows in (("vision", vision), ("text", texts)):
            mean, axes = whitening(rows, self.config.dim, self.config.shrink)
            getattr(self, f"{name}_mean").copy_(torch.from_numpy(mean))
            getattr(self, f"{name}_axes").copy_(torch.from_numpy(axes))

    def project_vision(self, vision: Tensor) -> Tensor:
        """Pooled vision [point, vision] in the shared space: v [point, d], unit length."""
        return normalize((vision - self.vision_mean) @ self.vision_axes, dim=-1)

    def fuse_prompts(self, address: Tensor, surroundings: Tensor) -> Tensor:
        """Equation 8 and the projection: both prompts of each POI [poi, text] to p_i [poi, d], unit length."""
        alpha = torch.softmax(self.score(torch.cat([address, surroundings], dim=-1)), dim=-1)
        e = normalize(alpha[:, :1] * address + alpha[:, 1:] * surroundings, dim=-1)
        return normalize((e - self.text_mean) @ self.text_axes, dim=-1)

    def pool_pois(self, p: Tensor, index: Tensor, owner: Tensor, points: int) -> Tensor:
        """Equation 9: attention over each point's POIs.

        Args:
            p: POIs in the shared space [poi, d].
            index: POI of each pair [pair].
            owner: Point of each pair [pair].
            points: How many points there are.

        Returns:
            [point, d], unit length; 0 where a point has no POI.
        """
        weight = self.attend(p)[index, 0]
        top = torch.full((points,), -math.inf).scatter_reduce(0, owner, weight.detach(), "amax")
        weight = torch.exp(weight - top[owner])  # any constant a point cancels in the softmax; this one keeps exp finite
        total = torch.zeros(points).index_add(0, owner, weight)
        beta = weight / total[owner]
        return normalize(torch.zeros(points, p.shape[1]).index_add(0, owner, beta[:, None] * p[index]), dim=-1)

    def forward(self, v: Tensor, p: Tensor, mask_v: Tensor, mask_p: Tensor) -> Tensor:
        """Equation 10 and the transformer: both modalities [point, d], and whether each is masked [point], to [h_F, h_v, h_p]."""
        v = torch.where(mask_v[:, None], self.mask_tokens[0], v)
        p = torch.where(mask_p[:, None], self.mask_tokens[1], p)
        tokens = torch.stack([self.fusion_token.expand_as(v), v, p], dim=1) + self.kinds
        return self.transformer(tokens * math.sqrt(self.config.dim))

    def embedding(self, hidden: Tensor) -> Tensor:
        """Equation 11: z [point, d] of the transformer's output, unit length."""
        return normalize(self.to_z(hidden[:, 0]), dim=-1)

    @torch.inference_mode()
    def embed(self, context: SiteContext, *, hide: Hide = "none") -> NDArray[np.float32]:
        """Embeddings of points [point, d], unit length.

        A modality is masked where it is hidden or missing; a point without POIs counts as missing them (section 4.1.2). A point's
        result does not depend on the other points. In ``contrastive`` mode, which never trains the two together, a point with
        both gets the mean of its two embeddings, as is usual there.
        """
        if self.config.mode == "contrastive" and hide == "none":
            seen, told = self.embed(context, hide="pois"), self.embed(context, hide="imagery")
            weight = np.stack([context.has_vision, context.poi_counts > 0], axis=1).astype(np.float32)
            weight[weight.sum(axis=1) == 0] = 1.0  # nothing known: both are that one constant
            mean = weight[:, :1] * seen + weight[:, 1:] * told
            return np.asarray(mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-12), dtype=np.float32)
        return self._run(context, hide, lambda hidden, _v, _p: self.embedding(hidden))

    @torch.inference_mode()
    def reconstruct(self, context: SiteContext, what: Literal["imagery", "pois"]) -> NDArray[np.float32]:
        """The modality ``what`` of each point as told by the other one [point, d], unit length (eq. 12)."""
        token = 1 if what == "imagery" else 2
        return self._run(context, what, lambda hidden, _v, _p: normalize(self.heads[token - 1](hidden[:, token]), dim=-1))

    @torch.inference_mode()
    def modalities(self, context: SiteContext) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Both modalities of each point in the shared space, v and p [point, d], of unit length or 0 where missing."""
        v = self._run(context, "none", lambda _hidden, v, _p: v)
        return v, self._run(context, "none", lambda _hidden, _v, p: p)

    def _run(self, context: SiteContext, hide: Hide, read: Callable[[Tensor, Tensor, Tensor], Tensor]) -> NDArray[np.float32]:
        """What ``read`` makes of the transformer's output, v and p of the points, in batches of one size.

        All products are then over arrays of one shape, whatever points are asked for: results are equal bit for bit.
        """
        self._check_sizes(context)
        self.eval()
        vision, has_v = torch.from_numpy(context.vision), torch.from_numpy(context.has_vision)
        offsets, index = torch.from_numpy(context.poi_offsets), torch.from_numpy(context.poi_index)
        # of all POIs of the scene, however few are near the points
        pois = self.fuse_prompts(torch.from_numpy(context.poi_address), torch.from_numpy(context.poi_surroundings))
        parts = []
        for start in range(0, len(context), BATCH):
            count = min(BATCH, len(context) - start)
            rows = torch.arange(start, start + BATCH).clamp(max=len(context) - 1)  # the last point fills the last batch up
            counts = offsets.diff()[rows]
            counts[count:] = 0
            near = index[int(offsets[start]) : int(offsets[start + count])]
            p = self.pool_pois(pois, near, torch.repeat_interleave(torch.arange(BATCH), counts), BATCH)
            v = self.project_vision(vision[rows])
            hidden = self(v, p, ~has_v[rows] | (hide == "imagery"), (counts == 0) | (hide == "pois"))
            parts.append(read(hidden, v * has_v[rows][:, None], p)[:count])
        return torch.cat(parts).numpy() if parts else np.empty((0, self.config.dim), dtype=np.float32)

    def _check_sizes(self, context: SiteContext) -> None:
        found = (context.vision.shape[1], context.poi_address.shape[1])
        if found != (self.config.vision_size, self.config.text_size):
            raise WeightsError(
                f"The context has {found[0]} vision and {found[1]} text features, the fusion was trained on "
                f"{self.config.vision_size} and {self.config.text_size}.",
                "Use the encoders the model was trained with.",
            )


def whitening(rows: NDArray[np.float32], dim: int, shrink: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean [feature] and scaled principal axes [feature, dim] of rows [row, feature].

    Axis k is divided by the square root of its variance plus ``shrink`` times the mean variance of the axes kept. Axes the rows
    do not span are 0. Signs are fixed (the largest entry of an axis is positive), so that a fit can be repeated.

    Raises:
        InputError: Fewer than two rows.
    """
    if len(rows) < 2:
        raise InputError(f"{len(rows)} train rows are too few to fit a projection.", "Train on more points with both modalities.")
    wide = rows.astype(np.float64)
    mean = wide.mean(axis=0)
    _, singular, axes = np.linalg.svd(wide - mean, full_matrices=False)
    kept = min(dim, int((singular > 1e-6 * max(singular[0], 1e-12)).sum()))
    variance = singular[:kept] ** 2 / len(rows)
    chosen = axes[:kept] * np.sign(axes[np.arange(kept), np.abs(axes[:kept]).argmax(axis=1)])[:, None]
    out = np.zeros((rows.shape[1], dim), dtype=np.float32)
    out[:, :kept] = (chosen / np.sqrt(variance + shrink * variance.mean())[:, None]).T
    return mean.astype(np.float32), out


def retrieval(fusion: Fusion, context: SiteContext) -> dict[str, float]:
    """How well one modality finds the other among held-out points.

    From each point's POIs its vision is reconstructed and all points' visions are ranked by their cosine with it; and the other
    way round. A ``contrastive`` fusion reconstructs nothing: there the embeddings by one modality alone are ranked.

    Returns:
        ``points`` (those with both modalities), ``chance_top1``, ``chance_top10``, ``chance_median_rank``, and for both
        ``imagery_from_pois`` and ``pois_from_imagery``: ``_top1``, ``_top10`` (shares) and ``_median_rank`` (1 is best).

    Raises:
        InputError: Fewer than two points have both modalities.
    """
    both = np.flatnonzero(context.has_vision & (context.poi_counts > 0))
    n = len(both)
    if n < 2:
        raise InputError(f"{n} points have both imagery and POIs: nothing to tell apart.", "Give more held-out points.")
    part = context.take(both)
    if fusion.config.mode == "contrastive":
        v, p = fusion.embed(part, hide="pois"), fusion.embed(part, hide="imagery")
        by_pois, by_imagery = p, v
    else:
        v, p = fusion.modalities(part)
        by_pois, by_imagery = fusion.reconstruct(part, "imagery"), fusion.reconstruct(part, "pois")
    out = {"points": float(n), "chance_top1": 1 / n, "chance_top10": min(1.0, 10 / n), "chance_median_rank": (n + 1) / 2}
    for name, told, truth in (
        ("imagery_from_pois", by_pois, v),
        ("pois_from_imagery", by_imagery, p),
    ):
        cosine = told @ truth.T
        own = np.diag(cosine)[:, None]
        # points that describe themselves alike tie: the rank is the middle of the tie, so that a constant answer scores chance
        rank = 1 + (cosine > own).sum(axis=1) + ((cosine == own).sum(axis=1) - 1) / 2
        out |= {
            f"{name}_top1": float((rank <= 1).mean()),
            f"{name}_top10": float((rank <= 10).mean()),
            f"{name}_median_rank": float(np.median(rank)),
        }
    return out
