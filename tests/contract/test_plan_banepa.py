"""The plan command on real ground: the tiles of Banepa through a local XYZ server, POIs from its OSM features."""

import json
import math
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from command_line import netspatial
from local_server import serving, tiles_of

POI_TAGS = ("amenity", "shop", "office", "leisure", "tourism")
ZOOM, WEST, EAST, NORTH, SOUTH = 19, 386690, 386695, 220241, 220248


def box() -> str:
    """West, south, east, north of the complete block of tiles, by the XYZ formulas."""

    def lon(x: int) -> float:
        return x / 2**ZOOM * 360 - 180

    def lat(y: int) -> float:
        return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / 2**ZOOM))))

    return f"{lon(WEST)},{lat(SOUTH + 1)},{lon(EAST + 1)},{lat(NORTH)}"


def thin_cells(features: gpd.GeoDataFrame, cells: gpd.GeoDataFrame) -> list[str]:
    """How many POIs lie within 150 m of each cell, 3 and more as one, counted by hand."""
    tagged = features[features[[c for c in POI_TAGS if c in features]].notna().any(axis=1)].to_crs(32645)
    centres = cells.to_crs(32645).centroid
    counts = [int((tagged.distance(centre) <= 150).sum()) for centre in centres]
    assert min(counts) == 1, "no cell of this ground is thin: the test shows nothing"
    return [str(n) if n < 3 else "3+" for n in counts]


@pytest.mark.shared_data
def test_real_ground(shared_data: Path, tmp_path: Path) -> None:
    features = gpd.read_file(shared_data / "banepa" / "osm_buildings.geojson")
    features.geometry = features.to_crs(32645).centroid.to_crs(4326)
    features.to_file(tmp_path / "pois.geojson", driver="GeoJSON")
    with serving(tiles_of(shared_data / "banepa" / "tiles")) as server:
        done = netspatial(
            "plan", f"--bbox={box()}", "--imagery", server.url + "/{z}/{x}/{y}.jpg", "--pois", tmp_path / "pois.geojson",
            "--attribution", "OpenAerialMap, CC BY 4.0; © OpenStreetMap contributors, ODbL",
            "--zoom", ZOOM, "--cell", 50, "--draws", 4, "--k", 3, "--rationales", "--out", tmp_path / "out",
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "plan.json", "topk.csv", "topk.geojson", "cells.parquet", "traffic.parquet", "rationales.jsonl",
    }  # fmt: skip
    cells = gpd.read_parquet(tmp_path / "out" / "cells.parquet")
    assert len(cells) == 64
    assert cells.feasible.all()
    assert (cells["mean"] > 0).all()
    # what is known here is thin, and every cell says so: a picture of 400 m, and a POI or two around a good part of the cells
    assert cells["flags"].str.contains("of the 500 m around").all()
    assert thin_cells(features, cells) == list(cells["flags"].str.extract(r"only (\d) POIs? within 150 m")[0].fillna("3+"))
    assert cells.geometry.to_crs(32645).area.between(2400, 2600).all()
    about = json.loads((tmp_path / "out" / "plan.json").read_text())
    assert about["provenance"]["ground"] == "real"
    assert about["data"].startswith("generated for real ground by a model trained on")
    assert "synthetic stations" in about["data"]
    assert about["provenance"]["inputs"]["pois"]["status"] == "ok"
    assert 10 <= about["provenance"]["inputs"]["pois"]["count"] <= 40
    assert about["attribution"] == ["OpenAerialMap, CC BY 4.0; © OpenStreetMap contributors, ODbL"]
    assert "synthetic" in about["provenance"]["model"]["trained_on"]
    top = pd.read_csv(tmp_path / "out" / "topk.csv")
    assert len(top) == 3
    assert set(top["data"]) == {about["data"]}
    assert "The imagery shows" in done.stderr
    assert "of 1,466 features have a POI tag" in done.stderr


@pytest.mark.shared_data
def test_without_pois_the_flags_say_so(shared_data: Path, tmp_path: Path) -> None:
    with serving(tiles_of(shared_data / "banepa" / "tiles")) as server:
        done = netspatial(
            "plan", f"--bbox={box()}", "--imagery", server.url + "/{z}/{x}/{y}.jpg", "--pois", "overpass",
            "--zoom", ZOOM, "--cell", 50, "--draws", 1, "--keep", "statistics", "--out", tmp_path / "out",
            NETSPATIAL_OVERPASS_URL=server.url + "/interpreter",
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    cells = gpd.read_parquet(tmp_path / "out" / "cells.parquet")
    assert cells["flags"].str.contains("POI service failed").all()
    assert not (tmp_path / "out" / "traffic.parquet").exists()
    assert (tmp_path / "out" / "statistics.parquet").is_file()


def test_a_private_address_is_refused(tmp_path: Path) -> None:
    done = netspatial(
        "plan", f"--bbox={box()}", "--imagery", "http://10.0.0.1/{z}/{x}/{y}.png", "--cell", 50, "--out", tmp_path / "out",
        NETSPATIAL_ALLOW_LOOPBACK="0",
    )  # fmt: skip
    assert done.returncode == 1
    assert "10.0.0.1" in done.stderr
    assert not (tmp_path / "out").exists()
