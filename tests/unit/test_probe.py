import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netspatial_core.errors import InputError
from netspatial_core.evaluation.probe import STRENGTH, area_under_curve, balanced_accuracy, fit_probe

RNG = np.random.default_rng(5)


def test_a_probe_finds_what_is_linear_and_nothing_in_noise() -> None:
    x = RNG.normal(size=(600, 8))
    labels = np.where(x @ np.arange(8) > 0, "a", "b")
    probe = fit_probe(x[:400], labels[:400])
    assert area_under_curve(probe.predict(x[400:])[:, 0], labels[400:] == "a") > 0.97
    mixed = fit_probe(x[:400], RNG.permutation(labels[:400]))
    assert area_under_curve(mixed.predict(x[400:])[:, 0], labels[400:] == "a") == pytest.approx(0.5, abs=0.2)


def test_the_weights_are_where_the_loss_is_flat() -> None:
    """One feature, two classes: at the optimum the mean of (probability - truth) times the feature balances the decay."""
    x = np.array([[-2.0], [-1.0], [0.5], [3.0], [1.0], [-0.5]])
    labels = np.array(["a", "a", "a", "b", "b", "b"])
    probe = fit_probe(x, labels)
    z = (x[:, 0] - x.mean()) / x.std()
    wrong = probe.predict(x)[:, 1] - (labels == "b")
    assert (wrong * z).mean() + STRENGTH * probe.weights[0, 1] == pytest.approx(0, abs=1e-4)
    assert wrong.mean() == pytest.approx(0, abs=1e-4)
    np.testing.assert_allclose(probe.predict(x).sum(axis=1), 1)


def test_a_rare_class_weighs_as_much_as_a_common_one() -> None:
    x = np.concatenate([RNG.normal(-1, 1, (950, 1)), RNG.normal(1, 1, (50, 1))])
    labels = np.array(["common"] * 950 + ["rare"] * 50)
    probe = fit_probe(x, labels)
    said = probe.classes[probe.predict(x).argmax(axis=1)]
    assert balanced_accuracy(said, labels) > 0.8
    assert (said[950:] == "rare").mean() > 0.7


def test_area_under_curve_by_hand() -> None:
    assert area_under_curve(np.array([1.0, 2.0, 3.0, 4.0]), np.array([False, True, False, True])) == 0.75
    assert area_under_curve(np.array([1.0, 1.0]), np.array([False, True])) == 0.5


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=2, max_size=40))
@settings(max_examples=60, deadline=None)
def test_area_under_curve_counts_pairs(pairs: list[tuple[int, bool]]) -> None:
    scores, positive = np.array([s for s, _ in pairs], float), np.array([p for _, p in pairs])
    if positive.all() or not positive.any():
        return
    above = np.sign(scores[positive][:, None] - scores[~positive][None]).mean()
    assert area_under_curve(scores, positive) == pytest.approx((above + 1) / 2)


def test_balanced_accuracy_by_hand() -> None:
    assert balanced_accuracy(np.array(["a", "a", "b", "a"]), np.array(["a", "a", "b", "b"])) == 0.75


def test_one_class_alone_is_refused() -> None:
    with pytest.raises(InputError, match="two classes"):
        fit_probe(np.ones((3, 2)), np.array(["a"] * 3))
    for all_one in (np.ones(3, bool), np.zeros(3, bool)):
        with pytest.raises(InputError, match="one kind"):
            area_under_curve(np.arange(3.0), all_one)
