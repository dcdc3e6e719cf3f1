"""Training of the fusion by masked reconstruction (eq. 12), or by contrast for the ablation: Adam, resumable.

The encoders and the projections stay fixed.
"""

import hashlib
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from netspatial_core.checkpoint import CHECKPOINT_SECONDS, Checkpoint
from netspatial_core.encoders.context import SiteContext
from netspatial_core.errors import InputError
from netspatial_core.fusion import Fusion, FusionConfig

Progress = Callable[[int, int], None]

CHECKPOINT = "fusion.safetensors"
SIZES = ("dim", "layers", "heads", "hidden", "vision_size", "text_size")  # what weights to start from must agree in


@dataclass(frozen=True)
class Places:
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

    def take(self, rows: Tensor) -> tuple["Places", Tensor]:
        """Some points with just the POIs near them.

        Args:
            rows: Which points [row], repeats allowed.

        Returns:
            The points [row], and for each of their pairs the row of its point [pair].
        """
        counts = self.offsets.diff()[rows]
        offsets = torch.cat([counts.new_zeros(1), counts.cumsum(0)])
        owner = torch.repeat_interleave(torch.arange(len(rows)), counts)
        pairs = self.index[self.offsets[rows][owner] + torch.arange(len(owner)) - offsets[owner]]
        pois, index = torch.unique(pairs, return_inverse=True)
        return Places(self.v[rows], self.has_v[rows], self.address[pois], self.surroundings[pois], index, offsets), owner


def train_fusion(
    contexts: Sequence[SiteContext],
    config: FusionConfig,
    *,
    seed: int,
    steps: int = 1500,
    init: Fusion | None = None,
    out: Path | None = None,
    resume: bool = False,
    on_progress: Progress | None = None,
) -> tuple[Fusion, dict[str, Any]]:
    """Train the fusion on points of one or more scenes; the encoders stay frozen.

    Args:
        contexts: Train points; those with neither a picture nor a POI are left out.
        config: Sizes and mode.
        seed: Of the initial weights, the batches, the masks and the dropout.
        steps: Batches.
        init: A fusion to start from, weights and projections, in place of random weights and projections fitted here.
        out: Folder of the checkpoint, written every minute and at the end; none is written without it.
        resume: Go on from the checkpoint in ``out`` if there is one: the weights come out as if nothing had stopped the run.
        on_progress: Called with steps done and steps in all.

    Returns:
        The fusion, and a log: points, steps and the mean loss of each tenth of the training.

    Raises:
        InputError: No point has both modalities, or ``init`` is of other sizes.
        WeightsError: The checkpoint belongs to another run.
    """
    config = replace(config, vision_size=contexts[0].vision.shape[1], text_size=contexts[0].poi_address.shape[1])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        fusion = Fusion(config)
        if init is None:
            _fit_projections(fusion, contexts)
        else:
            _start_from(fusion, init)
        identity = _identity(fusion, contexts, config, seed, steps)
        places = places_of(fusion, contexts)
        has_p = places.offsets.diff() > 0
        usable = torch.nonzero(places.has_v | has_p)[:, 0]
        if not (places.has_v & has_p).any():
            raise InputError("No train point has both imagery and POIs.", "Train on data sets that bring both.")
        optimiser = torch.optim.Adam(fusion.parameters(), lr=config.learning_rate)
        checkpoint = None if out is None else Checkpoint(out / CHECKPOINT, identity, {"model": fusion}, optimiser, fusion)
        losses: list[float] = []
        if resume and checkpoint is not None and checkpoint.path.is_file():
            random, values = checkpoint.restore()
            torch.set_rng_state(random)
            losses = values["losses"]
        fusion.train()
        saved = time.monotonic()
        for step in range(len(losses), steps):
            losses.append(_step(fusion, places, usable, optimiser, step / steps))
            if checkpoint is not None and (step + 1 == steps or time.monotonic() - saved > CHECKPOINT_SECONDS):
                checkpoint.save(torch.get_rng_state(), {"losses": losses})
                saved = time.monotonic()
            if on_progress is not None and (step + 1) % 50 == 0:
                on_progress(step + 1, steps)
        fusion.eval()
    tenths = [float(np.mean(part)) for part in np.array_split(losses, min(10, steps)) if len(part)]
    return fusion, {"points": len(usable), "steps": steps, "seed": seed, "loss": tenths}


def _fit_projections(fusion: Fusion, contexts: Sequence[SiteContext]) -> None:
    seen = np.concatenate([c.vision[c.has_vision] for c in contexts])
    texts = np.concatenate([part for c in contexts for part in (c.poi_address, c.poi_surroundings)])
    fusion.fit_projections(seen, np.unique(texts, axis=0))


def _start_from(fusion: Fusion, init: Fusion) -> None:
    other = [name for name in SIZES if getattr(init.config, name) != getattr(fusion.config, name)]
    if other:
        told = ", ".join(f"{name} {getattr(init.config, name)} instead of {getattr(fusion.config, name)}" for name in other)
        raise InputError(f"The fusion to start from has {told}.", "Leave these settings out, or start from another one.")
    fusion.load_state_dict(init.state_dict())


def _step(fusion: Fusion, places: Places, usable: Tensor, optimiser: torch.optim.Optimizer, done: float) -> float:
    """One step of Adam at the rate of that share of the training; the loss before it."""
    for group in optimiser.param_groups:
        group["lr"] = fusion.config.learning_rate * 0.5 * (1 + math.cos(math.pi * done))
    rows = usable[torch.randint(len(usable), (fusion.config.batch,))]
    loss = (contrastive_loss if fusion.config.mode == "contrastive" else reconstruction_loss)(fusion, places, rows)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    optimiser.step()
    return float(loss.detach())


def _identity(fusion: Fusion, contexts: Sequence[SiteContext], config: FusionConfig, seed: int, steps: int) -> str:
    """Hash of everything a run is a function of: its first weights (given or of the seed), its points, its settings."""
    digest = hashlib.sha256(json.dumps([config.to_dict(), seed, steps], sort_keys=True).encode())
    arrays = [value.numpy() for value in fusion.state_dict().values()]
    for c in contexts:
        arrays += [c.vision, c.has_vision, c.poi_address, c.poi_surroundings, c.poi_index, c.poi_offsets]
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def reconstruction_loss(fusion: Fusion, places: Places, rows: Tensor) -> Tensor:
    """Equation 12 on some points: 1 - cosine of what was hidden and what was reconstructed from the rest.

    In ``default`` mode a third of the points shows both modalities (as at inference, which eq. 10 never does), and z itself must
    reconstruct both, whatever was hidden: without that no gradient reaches h_F and W_z, of which z is made.

    Args:
        fusion: What is trained.
        places: The train points [point].
        rows: Which of them make the batch [row].

    Returns:
        The loss, a tensor of shape [].
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


def contrastive_loss(fusion: Fusion, places: Places, rows: Tensor) -> Tensor:
    """Symmetric cross-entropy of telling which POIs belong to which picture (CLIP, Radford et al. 2021, arXiv 2103.00020).

    z of imagery alone and z of POIs alone of the points that have both; logits are their cosines over the temperature. A point
    drawn twice counts once: its copy would be told apart from itself.

    Args:
        fusion: What is trained.
        places: The train points [point].
        rows: Which of them make the batch [row].

    Returns:
        The loss, a tensor of shape []; 0 where fewer than two points have both.
    """
    both = places.has_v & (places.offsets.diff() > 0)
    rows = torch.unique(rows[both[rows]])
    if len(rows) < 2:
        return fusion.fusion_token.sum() * 0.0
    part, owner = places.take(rows)
    p = fusion.pool_pois(fusion.fuse_prompts(part.address, part.surroundings), part.index, owner, len(rows))
    nowhere, everywhere = torch.zeros(len(rows), dtype=torch.bool), torch.ones(len(rows), dtype=torch.bool)
    seen = fusion.embedding(fusion(part.v, p, nowhere, everywhere))
    told = fusion.embedding(fusion(part.v, p, everywhere, nowhere))
    logits = seen @ told.T / fusion.config.temperature
    own = torch.arange(len(rows))
    return (cross_entropy(logits, own) + cross_entropy(logits.T, own)) / 2


def _missed(told: Tensor, truth: Tensor, where: Tensor) -> Tensor:
    """Mean of 1 - cosine of ``told`` and ``truth`` [point, d] over all points, 0 where ``where`` [point] is false."""
    return (where * (1 - (told * truth).sum(dim=-1))).mean()


def places_of(fusion: Fusion, contexts: Sequence[SiteContext]) -> Places:
    """The points of several scenes one after the other, their POIs numbered through."""
    shift = np.cumsum([0, *(len(c.poi_address) for c in contexts)])
    counts = np.concatenate([c.poi_counts for c in contexts])
    with torch.no_grad():
        v = fusion.project_vision(torch.from_numpy(np.concatenate([c.vision for c in contexts])))
    return Places(
        v,
        torch.from_numpy(np.concatenate([c.has_vision for c in contexts])),
        torch.from_numpy(np.concatenate([c.poi_address for c in contexts])),
        torch.from_numpy(np.concatenate([c.poi_surroundings for c in contexts])),
        torch.from_numpy(np.concatenate([c.poi_index + s for c, s in zip(contexts, shift, strict=False)])),
        torch.from_numpy(np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)),
    )
