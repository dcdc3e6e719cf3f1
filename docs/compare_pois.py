"""How dense POIs are and of what kind, in the embedded cities and in the centre of Helsinki: as a table for docs/synthetic.md.

python -m docs.compare_pois ../shared/data/helsinki/Helsinki.osm.pbf data/demo/harbour-core data/demo/inland-core

The extract of Helsinki is 1.0 km x 1.7 km of its very centre; of a synthetic city the window of that size with the most POIs is
taken. POIs of Helsinki are its nodes alone, as GDAL reads them.
"""

import re
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyogrio
from numpy.typing import NDArray

from netspatial_core.area import utm_epsg
from netspatial_core.sources.dataset import read_dataset
from netspatial_core.sources.pois import read_pois
from netspatial_core.sources.scene import dataset_area
from netspatial_core.sources.tags import CATEGORIES, category, is_poi

Tags = Mapping[str, str]
PAIR = re.compile(r'"([^"]*)"=>"([^"]*)"')
STEP_M = 50.0


def helsinki(file: Path) -> tuple[NDArray[np.float64], list[Tags]]:
    """Places [poi, 2] in metres and tags of the nodes that are POIs."""
    frame = pyogrio.read_dataframe(file, layer="points")
    frame = frame.to_crs(utm_epsg(*frame.geometry.iloc[0].coords[0]))
    frame["other_tags"] = frame["other_tags"].fillna("")
    named = [name for name in frame.columns if name not in {"geometry", "osm_id", "other_tags"}]
    tags = [
        {name: row[name] for name in named if isinstance(row[name], str)} | dict(PAIR.findall(row["other_tags"]))
        for row in frame.to_dict("records")
    ]
    keep = [i for i, one in enumerate(tags) if is_poi(one)]
    return np.column_stack([frame.geometry.x, frame.geometry.y])[keep], [tags[i] for i in keep]


def densest(places: NDArray[np.float64], size: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which places [place, 2] lie in the window of a size [2], on a raster of 50 m, that holds the most of them."""
    best = np.zeros(len(places), dtype=np.bool_)
    low, high = places.min(axis=0), places.max(axis=0) - size
    for east in np.arange(low[0], high[0], STEP_M):
        column = (places[:, 0] >= east) & (places[:, 0] < east + size[0])
        for north in np.arange(low[1], high[1], STEP_M):
            inside = column & (places[:, 1] >= north) & (places[:, 1] < north + size[1])
            best = inside if inside.sum() > best.sum() else best
    return best


def main(extract: Path, folders: list[Path]) -> None:
    """A column a city: POIs a square kilometre, and the share of each category."""
    places, tags = helsinki(extract)
    size = np.ptp(places, axis=0)
    found = {"Helsinki": tags}
    for folder in folders:
        data = read_dataset(folder)
        area = dataset_area(data)
        assert data.pois_path is not None
        pois = read_pois(data.pois_path, area)
        inside = densest(area.from_wgs84(pois.lonlat), size)
        found[folder.name] = [one for one, keep in zip(pois.tags, inside, strict=True) if keep]
    sys.stdout.write(f"| | {' | '.join(found)} |\n|{'---|' * (1 + len(found))}\n")
    km2 = float(size.prod()) / 1e6
    sys.stdout.write(f"| POIs / km2 | {' | '.join(f'{len(one) / km2:.0f}' for one in found.values())} |\n")
    counts = {name: Counter(category(one) for one in kinds) for name, kinds in found.items()}
    for kind in CATEGORIES:
        shares = " | ".join(f"{count[kind] / count.total():.0%}".replace("%", " %") for count in counts.values())
        sys.stdout.write(f"| {kind.lower()} | {shares} |\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(word) for word in sys.argv[2:]])
