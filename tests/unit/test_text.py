"""Prompts by hand; embeddings: unit length, meaning, independence of company, cache, refusals."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from netspatial_core.encoders.text import TextEncoder, address_prompt, surroundings_prompts
from netspatial_core.encoders.weights import TEXT, find_weights
from netspatial_core.errors import Cancelled, WeightsError


@pytest.fixture(scope="module")
def folder() -> Path:
    return find_weights(TEXT)[0].parent


@pytest.fixture(scope="module")
def encoder(folder: Path) -> TextEncoder:
    return TextEncoder(folder, name="minilm", sha256="0" * 64)


@pytest.mark.parametrize(
    ("tags", "prompt"),
    [
        ({"amenity": "fast_food", "cuisine": "pizza;kebab", "name": "Da Gino"}, "Pizza fast food."),
        (
            {"shop": "supermarket", "brand": "Lidl", "addr:street": "High Street", "addr:housenumber": "7", "addr:city": "Leeds"},
            "Supermarket shop of the brand Lidl on High Street in Leeds.",
        ),
        ({"office": "yes"}, "Office."),
        ({"tourism": "hotel", "amenity": "no"}, "Hotel."),
        ({"craft": "carpenter"}, "Carpenter workshop."),
        ({"name": "Somewhere"}, "Place."),
        ({"shop": "x" * 500}, f"X{'x' * 59} shop."),
    ],
)
def test_address_prompt(tags: dict[str, str], prompt: str) -> None:
    assert address_prompt(tags) == prompt


def test_surroundings_prompts_by_hand() -> None:
    """A cafe with 3 shops at 100 m, an office at 150 m and a school at 151 m, which is too far; one shop far from all."""
    xy = np.array([[0, 0], [100, 0], [100, 0], [100, 0], [0, 150], [0, -151], [5000, 0]], float)
    tags = [{"amenity": "cafe"}, *[{"shop": "yes"}] * 3, {"office": "yes"}, {"amenity": "school"}, {"shop": "yes"}]
    prompts = surroundings_prompts(xy, tags)
    assert prompts[0] == "Near several shops and one or two offices."
    assert prompts[1] == "Near one or two shops and one or two places to eat."
    assert prompts[5] == "With no other place near."
    assert prompts[6] == "With no other place near."
    assert surroundings_prompts(np.empty((0, 2)), []) == []


def test_many_neighbours_name_the_three_commonest_kinds() -> None:
    kinds = [{"shop": "yes"}] * 11 + [{"amenity": "cafe"}] * 4 + [{"office": "yes"}] * 3 + [{"tourism": "hotel"}] * 2
    prompts = surroundings_prompts(np.zeros((20, 2)), kinds)
    assert prompts[0] == "Near many shops, several places to eat and several offices."


def test_embeddings_have_unit_length_and_meaning(encoder: TextEncoder) -> None:
    supermarket, grocery, church = encoder.encode(["Supermarket shop.", "Grocery store.", "Place of worship."])
    assert np.linalg.norm([supermarket, grocery, church], axis=1) == pytest.approx(1, abs=1e-5)
    assert supermarket @ grocery > 0.6 > supermarket @ church


def test_mean_pooling_against_the_model_run_alone(encoder: TextEncoder) -> None:
    """One unpadded text through the transformer: the mean of its token states, normalised."""
    import torch

    text = "Bakery shop on Mill Lane."
    ids = torch.tensor([encoder._tokenizer.encode(text).ids])
    with torch.inference_mode():
        states = encoder._model(input_ids=ids).last_hidden_state[0].mean(dim=0).numpy()
    assert encoder.encode([text])[0] == pytest.approx(states / np.linalg.norm(states), abs=1e-5)


def test_a_text_does_not_depend_on_its_company(encoder: TextEncoder) -> None:
    texts = [f"{word} shop on Road {n}." for n, word in enumerate(["bread", "meat", "fish", "toys", "books", "hats"] * 7)]
    whole = encoder.encode(texts)
    order = np.random.default_rng(0).permutation(len(texts))[:13]
    assert np.array_equal(encoder.encode([texts[i] for i in order]), whole[order])
    assert np.array_equal(encoder.encode([texts[3], texts[3]]), whole[[3, 3]])


def test_no_texts(encoder: TextEncoder) -> None:
    assert encoder.encode([]).shape == (0, 384)


def test_the_cache_answers_and_survives_damage_and_deletion(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cached = TextEncoder(folder, cache_dir=tmp_path, sha256="1" * 64)
    first = cached.encode(["Cafe.", "Bank."])
    calls: list[tuple[int, int]] = []
    assert np.array_equal(cached.encode(["Bank.", "Cafe."], on_progress=lambda *s: calls.append(s)), first[::-1])
    assert calls == []  # nothing was left to embed
    (file,) = tmp_path.glob("*.sqlite")
    with sqlite3.connect(file) as db:
        db.execute("UPDATE embedding SET value = x'00'")  # of a wrong size: not taken
    assert np.array_equal(cached.encode(["Cafe."]), first[:1])
    file.write_bytes(b"no database at all, whatever its name says")
    assert np.array_equal(cached.encode(["Cafe."]), first[:1])
    assert "cannot be read" in caplog.text
    file.unlink()
    assert np.array_equal(cached.encode(["Cafe."]), first[:1])
    assert file.is_file()


def test_cancel(encoder: TextEncoder) -> None:
    with pytest.raises(Cancelled):
        encoder.encode(["A text never seen."], cancelled=lambda: True)


def test_a_folder_without_tokenizer_is_refused(folder: Path, tmp_path: Path) -> None:
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).symlink_to(folder / name)
    with pytest.raises(WeightsError, match=r"tokenizer\.json"):
        TextEncoder(tmp_path)
