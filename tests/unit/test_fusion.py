"""The fusion: equations 8, 9, 11 and 12 by hand, missing modalities, independence of points, and that it learns."""

import math
import multiprocessing
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import normalize

from netspatial_core import fusion_training
from netspatial_core.encoders.context import SiteContext
from netspatial_core.errors import InputError, WeightsError
from netspatial_core.fusion import Fusion, FusionConfig, retrieval, whitening
from netspatial_core.fusion_training import CHECKPOINT, contrastive_loss, places_of, reconstruction_loss, train_fusion

SMALL = FusionConfig(dim=16, heads=2, hidden=16, layers=1, batch=64, vision_size=24, text_size=12, learning_rate=3e-3)


def toy(points: int, seed: int, *, kinds: int = 40, world: int = 0) -> SiteContext:
    """Points whose vision and POIs both tell of one hidden 6-vector a point; POIs come from a fixed vocabulary of prompts."""
    nature = np.random.default_rng(world)
    to_vision, meaning = nature.normal(size=(6, 24)), nature.normal(size=(kinds, 6))
    address, surroundings = nature.normal(size=(2, kinds, 12)) * 0.3
    address[:, :6] += meaning
    surroundings[:, 6:] += meaning
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(points, 6))
    fit = hidden @ meaning.T
    chosen = [np.argsort(-fit[i])[: rng.integers(1, 6)] for i in range(points)]
    vision = np.tanh(hidden @ to_vision) + 0.1 * rng.normal(size=(points, 24))
    offsets = np.cumsum([0, *map(len, chosen)])
    return SiteContext(
        points=rng.uniform(0, 3000, (points, 2)),
        vision=_unit(vision),
        has_vision=np.ones(points, bool),
        poi_address=_unit(address),
        poi_surroundings=_unit(surroundings),
        poi_index=np.concatenate(chosen).astype(np.int64),
        poi_offsets=offsets.astype(np.int64),
        poi_status="ok",
        tabular=np.zeros((points, 4)),
    )


def _unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def same(a: Fusion, b: Fusion) -> bool:
    mine, theirs = a.state_dict(), b.state_dict()
    return mine.keys() == theirs.keys() and all(torch.equal(mine[key], theirs[key]) for key in mine)


@pytest.fixture(scope="module")
def trained() -> Fusion:
    fusion, log = train_fusion([toy(600, 1), toy(300, 2)], SMALL, seed=0, steps=250)
    assert log["points"] == 900
    assert log["loss"][-1] < 0.7 * log["loss"][0]
    return fusion


def test_trained_retrieval_is_far_above_chance_on_held_out_points(trained: Fusion) -> None:
    found = retrieval(trained, toy(200, 99))
    assert found["points"] == 200
    assert found["chance_top10"] == 0.05
    for name in ("imagery_from_pois", "pois_from_imagery"):
        assert found[f"{name}_top10"] > 0.3
        assert found[f"{name}_median_rank"] < 30 < found["chance_median_rank"]


def test_untrained_retrieval_is_near_chance() -> None:
    torch.manual_seed(0)
    fusion = Fusion(SMALL)
    context = toy(200, 99)
    fusion.fit_projections(context.vision, np.concatenate([context.poi_address, context.poi_surroundings]))
    assert retrieval(fusion, context)["imagery_from_pois_top10"] < 0.2


def test_a_fusion_trained_on_unrelated_modalities_retrieves_at_chance() -> None:
    """The score cannot come from anything but the relation of imagery and POIs of a place."""
    context = toy(600, 1)
    shuffled = replace(context, vision=context.vision[np.random.default_rng(0).permutation(600)])
    fusion, _ = train_fusion([shuffled], SMALL, seed=0, steps=100)
    found = retrieval(fusion, toy(200, 99))
    assert abs(found["imagery_from_pois_top10"] - found["chance_top10"]) < 0.06


def test_constant_answers_score_chance(trained: Fusion) -> None:
    same = toy(50, 5)
    same = replace(same, vision=np.repeat(same.vision[:1], 50, axis=0))
    found = retrieval(trained, same)
    assert found["imagery_from_pois_median_rank"] == found["chance_median_rank"]
    assert found["imagery_from_pois_top1"] == 0


def test_retrieval_needs_points_with_both(trained: Fusion) -> None:
    context = toy(5, 5)
    with pytest.raises(InputError, match="both"):
        retrieval(trained, replace(context, has_vision=np.zeros(5, bool)))


def test_equation_8_by_hand() -> None:
    """Scores ln 3 and 0 give weights 3/4 and 1/4; with identity axes p is the normalised mixture."""
    fusion = Fusion(FusionConfig(dim=2, heads=1, hidden=4, text_size=2, vision_size=3))
    with torch.no_grad():
        fusion.score[2].weight.zero_()
        fusion.score[2].bias.copy_(torch.tensor([math.log(3), 0.0]))
        fusion.text_axes.copy_(torch.eye(2))
    p = fusion.fuse_prompts(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]]))
    assert p[0].tolist() == pytest.approx([3 / math.sqrt(10), 1 / math.sqrt(10)], abs=1e-6)


def test_equation_9_by_hand() -> None:
    """Attention scores 0 and ln 3 on orthogonal POIs: p is (1/4, 3/4) normalised; a single POI is itself; none is 0."""
    fusion = Fusion(FusionConfig(dim=2, heads=1, hidden=2, text_size=2, vision_size=3))
    fusion.attend = torch.nn.Sequential(torch.nn.Linear(2, 1, bias=False))
    with torch.no_grad():
        fusion.attend[0].weight.copy_(torch.tensor([[0.0, math.log(3)]]))
    p = torch.eye(2)
    out = fusion.pool_pois(p, torch.tensor([0, 1, 1]), torch.tensor([0, 0, 2]), 3)
    assert out[0].tolist() == pytest.approx([1 / math.sqrt(10), 3 / math.sqrt(10)], abs=1e-6)
    assert out[1].tolist() == [0, 0]
    assert out[2].tolist() == pytest.approx([0, 1])


def test_attention_survives_large_scores() -> None:
    fusion = Fusion(FusionConfig(dim=2, heads=1, hidden=2, text_size=2, vision_size=3))
    fusion.attend = torch.nn.Sequential(torch.nn.Linear(2, 1, bias=False))
    with torch.no_grad():
        fusion.attend[0].weight.copy_(torch.tensor([[0.0, 1e4]]))
    out = fusion.pool_pois(torch.eye(2), torch.tensor([0, 1]), torch.tensor([0, 0]), 1)
    assert out[0].tolist() == [0, 1]


def test_equation_10_replaces_masked_tokens_and_nothing_else() -> None:
    torch.manual_seed(0)
    fusion = Fusion(SMALL).eval()
    v, p = normalize(torch.randn(2, 3, 16), dim=-1)
    yes, no = torch.ones(3, dtype=torch.bool), torch.zeros(3, dtype=torch.bool)
    masked = fusion(v, p, yes, no)
    assert torch.equal(masked, fusion(torch.randn(3, 16), p, yes, no))
    assert torch.allclose(masked, fusion(fusion.mask_tokens[0].expand(3, 16), p, no, no), atol=1e-6)
    assert not torch.allclose(masked, fusion(v, p, no, no), atol=1e-3)


def test_equation_12_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """With heads that always answer the first axis, the loss is the mean of 1 - first entry of what was hidden."""
    torch.manual_seed(0)
    fusion = Fusion(replace(SMALL, mode="paper")).eval()
    context = toy(50, 3)
    fusion.fit_projections(context.vision, np.concatenate([context.poi_address, context.poi_surroundings]))
    first = torch.zeros(16)
    first[0] = 1
    with torch.no_grad():
        for head in fusion.heads:
            head.weight.zero_()
            head.bias.copy_(first)
    choice = torch.arange(50) % 2  # 0 hides imagery, 1 hides POIs
    monkeypatch.setattr(torch, "randint", lambda high, size: choice)
    loss = reconstruction_loss(fusion, places_of(fusion, [context]), torch.arange(50))
    v, p = fusion.modalities(context)
    expected = np.where(choice == 0, 1 - v[:, 0], 1 - p[:, 0]).mean()
    assert float(loss.detach()) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("mode", ["default", "paper"])
def test_gradients_reach_what_is_learned_and_never_the_projections(mode: str) -> None:
    torch.manual_seed(0)
    fusion = Fusion(replace(SMALL, mode=mode))
    context = toy(100, 3)
    fusion.fit_projections(context.vision, np.concatenate([context.poi_address, context.poi_surroundings]))
    reconstruction_loss(fusion, places_of(fusion, [context]), torch.arange(100)).backward()
    for module in (fusion.score, fusion.attend, fusion.heads):
        assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in module.parameters() if p.numel() > 1)
    assert fusion.mask_tokens.grad.abs().sum(dim=1).min() > 0
    assert (fusion.to_z.weight.grad is not None) == (mode == "default")  # eq. 12 alone leaves W_z untrained
    assert {"vision_axes", "text_axes"}.isdisjoint(dict(fusion.named_parameters()))


def test_the_contrastive_loss_by_hand() -> None:
    """Cross-entropy of both ways over the cosines of the two embeddings, from what ``embed`` says of one modality alone."""
    torch.manual_seed(0)
    fusion = Fusion(replace(SMALL, mode="contrastive", temperature=0.5)).eval()
    context = toy(30, 3)
    context = replace(context, has_vision=np.arange(30) >= 10)  # ten points have nothing to be told apart by
    fusion.fit_projections(context.vision, np.concatenate([context.poi_address, context.poi_surroundings]))
    rows = torch.arange(30).repeat(2)  # each twice
    loss = contrastive_loss(fusion, places_of(fusion, [context]), rows)
    logits = (fusion.embed(context, hide="pois")[10:] @ fusion.embed(context, hide="imagery")[10:].T).astype(float) / 0.5
    ways = [np.log(np.exp(part).sum(axis=1)) - np.diag(part) for part in (logits, logits.T)]
    assert float(loss.detach()) == pytest.approx(np.mean(ways), abs=1e-5)
    alone = contrastive_loss(fusion, places_of(fusion, [context]), torch.tensor([0, 12]))
    assert float(alone.detach()) == 0


def test_a_contrastive_fusion_retrieves_and_averages_what_it_was_trained_on_apart() -> None:
    fusion, log = train_fusion([toy(600, 1), toy(300, 2)], replace(SMALL, mode="contrastive"), seed=0, steps=250)
    assert log["loss"][-1] < 0.8 * log["loss"][0]
    found = retrieval(fusion, toy(200, 99))
    for name in ("imagery_from_pois", "pois_from_imagery"):
        assert found[f"{name}_top10"] > 0.3
        assert found[f"{name}_median_rank"] < 30 < found["chance_median_rank"]
    context = toy(6, 7)
    context = replace(context, has_vision=np.array([1, 1, 1, 0, 0, 1], bool))
    seen, told = (fusion.embed(context, hide=hidden) for hidden in ("pois", "imagery"))
    both = fusion.embed(context)
    np.testing.assert_allclose(both[:3], _unit(seen[:3] + told[:3]), atol=1e-6)
    np.testing.assert_allclose(both[3:5], told[3:5], atol=1e-6)
    empty = fusion.embed(replace(context, poi_index=context.poi_index[:0], poi_offsets=np.zeros(7, np.int64)))
    np.testing.assert_allclose(empty[:3], seen[:3], atol=1e-6)
    assert np.allclose(np.linalg.norm(empty, axis=1), 1, atol=1e-5)


def test_targets_have_no_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only POIs are hidden they are nothing but a target: the networks that make them get no gradient at all."""
    torch.manual_seed(0)
    fusion = Fusion(replace(SMALL, mode="paper"))
    context = toy(40, 3)
    fusion.fit_projections(context.vision, np.concatenate([context.poi_address, context.poi_surroundings]))
    monkeypatch.setattr(torch, "randint", lambda high, size: torch.ones(size, dtype=torch.long))
    loss = reconstruction_loss(fusion, places_of(fusion, [context]), torch.arange(40))
    loss.backward()
    assert float(loss.detach()) > 0.5
    for made_of in (fusion.score, fusion.attend):
        assert all(p.grad is None or not p.grad.any() for p in made_of.parameters())


def test_the_only_modality_of_a_point_is_never_hidden() -> None:
    torch.manual_seed(0)
    fusion = Fusion(replace(SMALL, mode="paper"))
    context = replace(toy(40, 3), has_vision=np.zeros(40, bool))
    fusion.fit_projections(context.vision, np.concatenate([context.poi_address, context.poi_surroundings]))
    assert float(reconstruction_loss(fusion, places_of(fusion, [context]), torch.arange(40)).detach()) == 0


def test_no_pois_equals_masked_pois(trained: Fusion) -> None:
    context = toy(30, 7)
    none = replace(context, poi_index=np.empty(0, np.int64), poi_offsets=np.zeros(31, np.int64))
    failed = replace(
        none, poi_address=np.empty((0, 12), np.float32), poi_surroundings=np.empty((0, 12), np.float32), poi_status="failed"
    )
    masked = trained.embed(context, hide="pois")
    assert np.array_equal(trained.embed(none), masked)
    assert np.array_equal(trained.embed(failed), masked)
    assert not np.allclose(trained.embed(context), masked, atol=1e-3)


def test_missing_imagery_equals_masked_imagery(trained: Fusion) -> None:
    context = toy(30, 7)
    missing = replace(context, vision=np.zeros_like(context.vision), has_vision=np.zeros(30, bool))
    assert np.array_equal(trained.embed(missing), trained.embed(context, hide="imagery"))


def test_nothing_known_is_one_constant_unit_vector(trained: Fusion) -> None:
    context = toy(3, 7)
    blind = replace(context, has_vision=np.zeros(3, bool), poi_index=np.empty(0, np.int64), poi_offsets=np.zeros(4, np.int64))
    z = trained.embed(blind)
    assert np.array_equal(z[0], z[1])
    assert np.linalg.norm(z[0]) == pytest.approx(1, abs=1e-6)


def test_embeddings_have_unit_length_and_no_points_give_none(trained: Fusion) -> None:
    context = toy(300, 8)
    z = trained.embed(context)
    assert z.shape == (300, 16)
    assert z.dtype == np.float32
    assert np.linalg.norm(z, axis=1) == pytest.approx(1, abs=1e-5)
    assert trained.embed(context.take(np.arange(0))).shape == (0, 16)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000))
def test_order_of_pois_does_not_matter(trained: Fusion, seed: int) -> None:
    context = toy(20, 9)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(context.poi_address))
    within = [
        rng.permutation(np.argsort(order)[context.poi_index[a:b]])
        for a, b in zip(context.poi_offsets, context.poi_offsets[1:], strict=False)
    ]
    shuffled = replace(
        context,
        poi_address=context.poi_address[order],
        poi_surroundings=context.poi_surroundings[order],
        poi_index=np.concatenate(within),
    )
    assert trained.embed(shuffled) == pytest.approx(trained.embed(context), abs=1e-5)


@settings(deadline=None, max_examples=10)
@given(st.lists(st.integers(0, 399), min_size=1, max_size=300))
def test_chunked_is_whole_bit_for_bit(trained: Fusion, rows: list[int]) -> None:
    context = toy(400, 10)
    assert np.array_equal(trained.embed(context.take(np.array(rows))), trained.embed(context)[rows])


def test_same_seed_same_weights_other_seed_others() -> None:
    context = toy(100, 3)
    one, two, three = (train_fusion([context], SMALL, seed=s, steps=8)[0].state_dict() for s in (4, 4, 5))
    assert all(torch.equal(one[k], two[k]) for k in one)
    assert not torch.equal(one["to_z.weight"], three["to_z.weight"])


def test_training_leaves_the_callers_random_numbers_alone() -> None:
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    train_fusion([toy(50, 3)], SMALL, seed=0, steps=2)
    assert torch.equal(torch.rand(1), expected)


def test_whitening_against_numpy() -> None:
    """Without shrinkage the projected rows have unit covariance; directions the rows do not span get 0."""
    rng = np.random.default_rng(0)
    rows = (rng.normal(size=(500, 3)) * [5, 2, 0.5] @ rng.normal(size=(3, 8))).astype(np.float32) + 3
    mean, axes = whitening(rows, 6, 0.0)
    projected = (rows - mean) @ axes
    assert np.cov(projected[:, :3].T, ddof=0) == pytest.approx(np.eye(3), abs=1e-3)
    assert not axes[:, 3:].any()


def test_shrinkage_by_hand() -> None:
    """Two axes of variance 4 and 0 + the mean variance 4 of the axes kept: the kept one is divided by sqrt(4 + 0.5 * 4)."""
    rows = np.array([[2.0, 0], [-2.0, 0], [2.0, 0], [-2.0, 0]], np.float32)
    _, axes = whitening(rows, 2, 0.5)
    assert axes[:, 0].tolist() == pytest.approx([1 / math.sqrt(6), 0], abs=1e-6)


def test_config_round_trip_and_refusals() -> None:
    assert FusionConfig.from_dict(SMALL.to_dict()) == SMALL
    for bad in ({"depth": 3}, {"dim": "wide"}, {"mode": "other"}, {"dim": 10, "heads": 4}):
        with pytest.raises(InputError):
            FusionConfig.from_dict(bad)


def test_context_of_another_encoder_is_refused(trained: Fusion) -> None:
    context = toy(3, 1)
    with pytest.raises(WeightsError, match="was trained on"):
        trained.embed(replace(context, vision=np.zeros((3, 48), np.float32)))


def test_training_without_common_points_is_refused() -> None:
    context = toy(10, 1)
    with pytest.raises(InputError, match="both imagery and POIs"):
        train_fusion(
            [replace(context, poi_index=np.empty(0, np.int64), poi_offsets=np.zeros(11, np.int64))], SMALL, seed=0, steps=1
        )


def test_resumed_is_uninterrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contexts = [toy(80, 3), toy(40, 4)]
    whole, log = train_fusion(contexts, SMALL, seed=0, steps=120)
    monkeypatch.setattr(fusion_training, "CHECKPOINT_SECONDS", 0.0)

    def stop(done: int, steps: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_fusion(contexts, SMALL, seed=0, steps=120, out=tmp_path, on_progress=stop)
    assert [item.name for item in tmp_path.iterdir()] == [CHECKPOINT]
    for _ in ("from the middle", "from the end"):
        resumed, again = train_fusion(contexts, SMALL, seed=0, steps=120, out=tmp_path, resume=True)
        assert same(whole, resumed)
        assert again == log
    with pytest.raises(WeightsError, match="another run"):
        train_fusion(contexts, SMALL, seed=1, steps=120, out=tmp_path, resume=True)
    with pytest.raises(WeightsError, match="another run"):
        train_fusion(contexts[:1], SMALL, seed=0, steps=120, out=tmp_path, resume=True)


def _train_until_killed(folder: Path) -> None:
    fusion_training.CHECKPOINT_SECONDS = 0.0
    torch.set_num_threads(1)
    train_fusion([toy(80, 3)], SMALL, seed=0, steps=100_000, out=folder)


def test_a_kill_leaves_a_checkpoint_that_can_be_read(tmp_path: Path) -> None:
    worker = multiprocessing.get_context("spawn").Process(target=_train_until_killed, args=(tmp_path,))
    worker.start()
    deadline = time.monotonic() + 60
    while not (tmp_path / CHECKPOINT).exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    worker.kill()
    worker.join()
    seen = []

    def stop(done: int, steps: int) -> None:
        seen.append(done)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_fusion([toy(80, 3)], SMALL, seed=0, steps=100_000, out=tmp_path, resume=True, on_progress=stop)
    assert seen


def test_training_can_start_from_another_fusion(trained: Fusion) -> None:
    """It keeps that one's projections, begins where that one is, and refuses one of other sizes."""
    context = toy(200, 5)
    _, fresh = train_fusion([context], SMALL, seed=1, steps=10)
    tuned, log = train_fusion([context], SMALL, seed=1, steps=10, init=trained)
    assert log["loss"][0] < 0.8 * fresh["loss"][0]
    assert torch.equal(tuned.vision_axes, trained.vision_axes)
    assert not torch.equal(tuned.to_z.weight, trained.to_z.weight)
    with pytest.raises(InputError, match="layers 1 instead of 2"):
        train_fusion([context], replace(SMALL, layers=2), seed=1, steps=1, init=trained)
