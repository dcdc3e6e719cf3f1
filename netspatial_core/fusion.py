"""Fusion of what is seen and what is known of a place into one embedding: equations 8 to 12 of the paper.

Learned are the scoring network, the attention, the tokens, the transformer and the heads. The projections of both modalities into
the shared space are fixed: a whitening along principal axes, fitted on the train points. They make the targets of the
reconstruction, and a target that is learned together with what predicts it collapses to a constant: perfectly predictable.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import normalize

from netspatial_core.encoders.context import SiteContext
from netspatial_core.errors import InputError, WeightsError

Hide = Literal["none", "imagery", "pois"]
Mode = Literal["default", "paper"]
Progress = Callable[[int, int], None]

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
            trains the embedding itself to reconstruct both.
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
            raise InputError(f"The fusion mode {config.mode!r} does not exist.", "Choose default or paper.")
        if config.dim % config.heads:
            raise InputError(f"dim {config.dim} is no multiple of heads {config.heads}.", "Correct one of them.")
        return config


@dataclass(frozen=True)
class _Places:
    """Points of one or more scenes as tensors, ready to be fused.

    Attributes:
        v: Projected vision [point, d], unit length.
        has_v: Whether there is a picture [point].
        address, surroundings: Prompt embeddings [poi, text].
        index: POI of each pair of a point and a POI near it [pair].
        offsets: Where each point's pairs start [point + 1].
    """

    v: Tensor
    has_v: Tensor
    address: Tensor
    surroundings: Tensor
    index: Tensor
    offsets: Tensor

    def take(self, rows: Tensor) -> tuple["_Places", Tensor]:
        """Some points with just the POIs near them, and for each pair the row of its point."""
        counts = self.offsets.diff()[rows]
        offsets = torch.cat([counts.new_zeros(1), counts.cumsum(0)])
        owner = torch.repeat_interleave(torch.arange(len(rows)), counts)
        pairs = self.index[self.offsets[rows][owner] + torch.arange(len(owner)) - offsets[owner]]
        pois, index = torch.unique(pairs, return_inverse=True)
        return _Places(self.v[rows], self.has_v[rows], self.address[pois], self.surroundings[pois], index, offsets), owner


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
        result does not depend on the other points.
        """
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


def train_fusion(
    contexts: Sequence[SiteContext],
    config: FusionConfig,
    *,
    seed: int,
    steps: int = 1500,
    on_progress: Progress | None = None,
) -> tuple[Fusion, dict[str, Any]]:
    """Train the fusion on points of one or more scenes by masked reconstruction (eq. 12); the encoders stay frozen.

    Args:
        contexts: Train points; those with neither a picture nor a POI are left out.
        config: Sizes and mode.
        seed: Of the initial weights, the batches, the masks and the dropout.
        steps: Batches.
        on_progress: Called with steps done and steps in all.

    Returns:
        The fusion, and a log: points, steps and the mean loss of each tenth of the training.

    Raises:
        InputError: No point has both modalities.
    """
    config = replace(config, vision_size=contexts[0].vision.shape[1], text_size=contexts[0].poi_address.shape[1])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        fusion = Fusion(config)
        seen = np.concatenate([c.vision[c.has_vision] for c in contexts])
        texts = np.concatenate([part for c in contexts for part in (c.poi_address, c.poi_surroundings)])
        fusion.fit_projections(seen, np.unique(texts, axis=0))
        places = _places(fusion, contexts)
        has_p = places.offsets.diff() > 0
        usable = torch.nonzero(places.has_v | has_p)[:, 0]
        if not (places.has_v & has_p).any():
            raise InputError("No train point has both imagery and POIs.", "Train on data sets that bring both.")
        optimiser = torch.optim.Adam(fusion.parameters(), lr=config.learning_rate)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda s: 0.5 * (1 + math.cos(math.pi * min(1.0, s / steps))))
        losses = []
        fusion.train()
        for step in range(steps):
            rows = usable[torch.randint(len(usable), (config.batch,))]
            loss = reconstruction_loss(fusion, places, rows)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            schedule.step()
            losses.append(float(loss.detach()))
            if on_progress is not None and (step + 1) % 50 == 0:
                on_progress(step + 1, steps)
        fusion.eval()
    tenths = [float(np.mean(part)) for part in np.array_split(losses, min(10, steps)) if len(part)]
    return fusion, {"points": len(usable), "steps": steps, "seed": seed, "loss": tenths}


def reconstruction_loss(fusion: Fusion, places: _Places, rows: Tensor) -> Tensor:
    """Equation 12 on some points: 1 - cosine of what was hidden and what was reconstructed from the rest.

    In ``default`` mode a third of the points shows both modalities (as at inference, which eq. 10 never does), and z itself must
    reconstruct both, whatever was hidden: without that no gradient reaches h_F and W_z, of which z is made.
    """
    part, owner = places.take(rows)
    p = fusion.pool_pois(fusion.fuse_prompts(part.address, part.surroundings), part.index, owner, len(rows))
    targets = (part.v, p.detach())
    has = (part.has_v, part.offsets.diff() > 0)
    choice = torch.randint(3 if fusion.config.mode == "default" else 2, (len(rows),))
    masks = (~has[0] | ((choice == 0) & has[1]), ~has[1] | ((choice == 1) & has[0]))  # never hide the only one there is
    hidden = fusion(part.v, p, *masks)
    total = hidden.new_zeros(())
    for k in range(2):
        told = normalize(fusion.heads[k](hidden[:, k + 1]), dim=-1)
        total = total + _missed(told, targets[k], masks[k] & has[k])
        if fusion.config.mode == "default":
            told = normalize(fusion.heads_z[k](fusion.embedding(hidden)), dim=-1)
            total = total + _missed(told, targets[k], has[k])
    return total


def retrieval(fusion: Fusion, context: SiteContext) -> dict[str, float]:
    """How well one modality finds the other among held-out points.

    From each point's POIs its vision is reconstructed and all points' visions are ranked by their cosine with it; and the other
    way round.

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
    v, p = fusion.modalities(part)
    out = {"points": float(n), "chance_top1": 1 / n, "chance_top10": min(1.0, 10 / n), "chance_median_rank": (n + 1) / 2}
    for name, told, truth in (
        ("imagery_from_pois", fusion.reconstruct(part, "imagery"), v),
        ("pois_from_imagery", fusion.reconstruct(part, "pois"), p),
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


def _missed(told: Tensor, truth: Tensor, where: Tensor) -> Tensor:
    """Mean of 1 - cosine over all points, 0 where it does not apply."""
    return (where * (1 - (told * truth).sum(dim=-1))).mean()


def _places(fusion: Fusion, contexts: Sequence[SiteContext]) -> _Places:
    """The points of several scenes one after the other, their POIs numbered through."""
    shift = np.cumsum([0, *(len(c.poi_address) for c in contexts)])
    counts = np.concatenate([c.poi_counts for c in contexts])
    with torch.no_grad():
        v = fusion.project_vision(torch.from_numpy(np.concatenate([c.vision for c in contexts])))
    return _Places(
        v,
        torch.from_numpy(np.concatenate([c.has_vision for c in contexts])),
        torch.from_numpy(np.concatenate([c.poi_address for c in contexts])),
        torch.from_numpy(np.concatenate([c.poi_surroundings for c in contexts])),
        torch.from_numpy(np.concatenate([c.poi_index + s for c, s in zip(contexts, shift, strict=False)])),
        torch.from_numpy(np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)),
    )
