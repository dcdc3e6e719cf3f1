"""What hangs on one modality, of the shipped model at a few cells of an embedded area."""

from dataclasses import replace

import numpy as np
import pytest

from netspatial_core.encoders.context import SiteContext, context_key
from netspatial_core.engine import LocalEngine
from netspatial_core.errors import Cancelled
from netspatial_core.pipeline import load_scene, open_model, place_keys
from netspatial_core.sensitivity import DRAWS, sensitivity
from netspatial_core.settings import Settings

SETTINGS = Settings()
CELLS = np.arange(30, 870, 60)


@pytest.fixture(scope="module")
def asked() -> tuple[SiteContext, list[str]]:
    scene = load_scene("harbour-core", SETTINGS)
    key = context_key(scene, scene.area.grid.centres)
    context = SiteContext.load(SETTINGS.data_dir / "demo" / "harbour-core" / "context.safetensors", key)
    assert context is not None
    return context.take(CELLS), place_keys(scene.area, scene.area.grid.centres[CELLS])


def test_by_hand(asked: tuple[SiteContext, list[str]]) -> None:
    model, (context, keys) = open_model("netspatial-s1", SETTINGS), asked
    shown = model.sample(model.condition(context), keys, range(4), 5)
    found = sensitivity(LocalEngine(model), model, context, keys, shown, 5)
    for hide in ("imagery", "pois"):
        blind = model.sample(model.condition(context, hide=hide), keys, range(DRAWS), 5)
        expected = blind.mean(axis=(1, 2), dtype=float) / shown[:, :DRAWS].mean(axis=(1, 2), dtype=float)
        np.testing.assert_allclose(found[hide], expected, rtol=1e-6)
        assert np.abs(np.log(expected)).max() > 0.1, "a model that ignores the modality changes nothing"


def test_hidden_pois_are_those_of_a_service_that_failed(asked: tuple[SiteContext, list[str]]) -> None:
    model, (context, _) = open_model("netspatial-s1", SETTINGS), asked
    hidden = model.condition(context, hide="pois")
    counts = [name.startswith("log1p_pois") for name in model.tabular.features]
    assert sum(counts) == 3
    none = np.zeros(0, dtype=np.int64)
    failed = replace(context, poi_index=none, poi_offsets=np.zeros(len(CELLS) + 1, np.int64), poi_status="failed")
    failed = replace(failed, tabular=np.where(counts, np.nan, context.tabular))
    expected = model.condition(failed)
    for name in ("embedding", "tabular", "known"):
        np.testing.assert_array_equal(getattr(hidden, name), getattr(expected, name))


def test_what_is_missing_anyway_changes_nothing(asked: tuple[SiteContext, list[str]]) -> None:
    model, (context, keys) = open_model("netspatial-s1", SETTINGS), asked
    blind = replace(context, has_vision=np.arange(len(CELLS)) > 2)
    shown = model.sample(model.condition(blind), keys, range(1), 5)
    ratio = sensitivity(LocalEngine(model), model, blind, keys, shown, 5)["imagery"]
    np.testing.assert_array_equal(ratio[:3], 1)
    assert (ratio[3:] != 1).any()


def test_a_model_of_plain_numbers_has_no_modality_and_cancelling_is_heard(asked: tuple[SiteContext, list[str]]) -> None:
    model, (context, keys) = open_model("netspatial-s1", SETTINGS), asked
    shown = np.ones((len(keys), 2, 24), dtype=np.float32)
    assert sensitivity(LocalEngine(model), replace(model, fusion=None), context, keys, shown, 5) == {}
    with pytest.raises(Cancelled):
        sensitivity(LocalEngine(model), model, context, keys, shown, 5, cancelled=lambda: True)
