"""The card: every figure has its unit and its meaning, and the shipped one is what the code writes."""

from dataclasses import fields

from netspatial_core.evaluation.heldout import HeldOut
from netspatial_core.generator.model import Model
from netspatial_core.model_card import FIGURES, model_card
from netspatial_core.settings import REPOSITORY

SHIPPED = REPOSITORY / "data" / "models" / "netspatial-s1"


def test_every_figure_is_explained() -> None:
    assert list(FIGURES) == [figure.name for figure in fields(HeldOut)]


def test_the_shipped_card_is_what_the_code_writes_of_its_configuration() -> None:
    model = Model.load(SHIPPED)
    card = model_card(model.name, model.about, model.generator.config)
    assert model.card.startswith(card.rstrip())
    crps = model.about["figures"]["crps"]
    assert f"| crps | {crps:g} | GB/h | continuous ranked" in card
    assert f"| level r2 | {model.about['figures']['level_r2']:g} |  | R²" in card


def test_without_test_stations_the_card_says_so() -> None:
    model = Model.load(SHIPPED)
    assert "there were no test stations" in model_card("x", {**model.about, "figures": {}}, model.generator.config)
