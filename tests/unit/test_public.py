import json
from pathlib import Path

import numpy as np
import pytest

from netspatial_core.export.tables import csv_text
from netspatial_core.sources.public import HIDDEN, public


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/home/anna/projects/tiles.tif", "tiles.tif"),
        ("could not read /srv/data/a b.csv", "could not read a b.csv"),
        ("C:\\Users\\anna\\pois.gpkg", "pois.gpkg"),
        ("~/maps/area.tif", "area.tif"),
        ("file:///srv/maps/area.tif", "area.tif"),
        (
            "https://user:pw@tiles.example.org/{z}/{x}/{y}.png?token=abc&v=2",
            "https://tiles.example.org/{z}/{x}/{y}.png?token=hidden&v=2",
        ),
        ("https://tiles.example.org/v4/9aB3xY7kLm2Qw8Zt/{z}/{x}/{y}.png", "https://tiles.example.org/v4/hidden/{z}/{x}/{y}.png"),
        ("https://tiles.example.org/World_Imagery/MapServer/tile/19/386690/220241.jpg",) * 2,
        ("https://tiles.example.org/a/b/c.png", "https://tiles.example.org/a/b/c.png"),
        ("12.5 GB/h, 7/10 of the draws", "12.5 GB/h, 7/10 of the draws"),
        ("© OpenStreetMap contributors, ODbL", "© OpenStreetMap contributors, ODbL"),
        ("netspatial-s1", "netspatial-s1"),
    ],
)
def test_texts_lose_host_paths_and_secrets_and_nothing_else(text, shown):
    assert public(text) == shown


def test_secrets_go_by_their_name():
    found = public({"api_key": "x1", "password": "x2", "nested": [{"Authorization": "Bearer x3"}], "keys": 3, "token": ""})
    assert found == {"api_key": HIDDEN, "password": HIDDEN, "nested": [{"Authorization": HIDDEN}], "keys": 3, "token": ""}


def test_values_become_json():
    found = public(
        {"a": np.float32(1.5), "b": np.array([1, 2]), "c": float("nan"), "d": Path("/x/y.tif"), "e": (True, None), 3: "z"}
    )
    assert found == {"a": 1.5, "b": [1, 2], "c": None, "d": "y.tif", "e": [True, None], "3": "z"}
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "\t=1", "\r=1", "=cmd|' /C calc'!A0", "\u202e=1"])
def test_formulas_are_neutralised(text):
    assert csv_text(text).startswith("'")
    assert csv_text(text).isprintable()


def test_other_text_is_left_alone():
    assert csv_text("Café 7 - 9, a=b") == "Café 7 - 9, a=b"
    assert csv_text("two\nlines\x00 and \u202ebidi") == "two lines and bidi"
