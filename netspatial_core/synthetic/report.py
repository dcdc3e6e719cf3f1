"""How the synthetic city compares with measured traffic: the data sets, the figures, and what report.json says."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from netspatial_core import __version__
from netspatial_core.errors import InputError
from netspatial_core.evaluation.comparison import LEVEL, ROUNDS, Finding, compare
from netspatial_core.evaluation.measured import Sample, read_milan, read_uomo
from netspatial_core.sources.dataset import read_dataset, synthetic_version
from netspatial_core.sources.files import sha256_of

FORMAT = "netspatial-synth-report-1"
RULE = (
    "inside: against the two UoMo cities, no further from the nearer one than they are from each other; "
    "against milan25, within its 95 % bootstrap interval over cells (a distance: below the 95th percentile between two resamples)"
)
DIGITS = 4


@dataclass(frozen=True)
class Report:
    """Synthetic traffic beside measured traffic.

    Attributes:
        synthetic: Series of all data sets.
        cities: The two UoMo cities.
        milan: The Milan month.
        findings: Every figure, by group.
        version: Of the synthetic city.
        seed: Of the choice of stations and of the resampling.
    """

    synthetic: Sample
    cities: tuple[Sample, Sample]
    milan: Sample
    findings: list[Finding]
    version: str
    seed: int

    @property
    def inside(self) -> int:
        """How many figures are inside."""
        return sum(finding.inside for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """The content of report.json."""
        samples = (self.synthetic, *self.cities, self.milan)
        return {
            "format": FORMAT,
            "netspatial": __version__,
            "synthetic_city_version": self.version,
            "notice": "Synthetic traffic compared with public measured traffic; every figure is free of units of volume.",
            "rule": RULE,
            "seed": self.seed,
            "rounds": ROUNDS,
            "interval_level": LEVEL,
            "samples": {
                sample.name: {
                    "series": len(sample.traffic),
                    "places": len(np.unique(sample.place)),
                    "cities": len(np.unique(sample.city)),
                    "hours": sample.traffic.shape[1],
                    "source": sample.source,
                    "sha256": sample.files,
                }
                for sample in samples
            },
            "figures": len(self.findings),
            "inside": self.inside,
            "findings": [_plain(asdict(finding)) for finding in self.findings],
        }


def report(folders: Sequence[Path], data: Path, *, stations: int | None = None, seed: int = 0) -> Report:
    """Compare the stations of synthetic DATASETs with the public data.

    Args:
        folders: DATASET folders; those without stations add nothing.
        data: Folder with ``uomo_sd.npz``, ``uomo_nc.npz`` and ``milan25.npz``.
        stations: Most stations to use, drawn by the seed; None uses all.
        seed: Of the choice of stations and of the resampling.

    Raises:
        InputError: A data set is not synthetic, of another version or too short, or a file of the public data is absent.
    """
    cities, milan = (read_uomo(data, "sd"), read_uomo(data, "nc")), read_milan(data)
    synthetic, version = _read(folders)
    if stations is not None and stations < len(synthetic.traffic):
        kept = np.sort(np.random.default_rng(seed).permutation(len(synthetic.traffic))[:stations])
        synthetic = Sample(
            synthetic.name,
            synthetic.traffic[kept],
            synthetic.place[kept],
            synthetic.city[kept],
            0,
            synthetic.source,
            synthetic.files,
        )
    return Report(synthetic, cities, milan, compare(synthetic, cities, milan, seed=seed), version, seed)


def _read(folders: Sequence[Path]) -> tuple[Sample, str]:
    """The stations with traffic of all data sets, one place each, and the version that they share."""
    sets = [dataset for dataset in map(read_dataset, folders) if len(dataset.traffic)]
    if not sets:
        raise InputError("None of the data sets has a station.", "Name data sets with --dataset.")
    for dataset in sets:
        if dataset.kind != "synthetic":
            raise InputError(f"{dataset.name} is measured, not synthetic.", "Name data sets written by synth.")
    version = synthetic_version(sets)
    hours = min(dataset.traffic.shape[1] for dataset in sets)
    traffic = np.concatenate([dataset.traffic[:, :hours] for dataset in sets]).astype(np.float64)
    city = np.repeat(np.arange(len(sets)), [len(dataset.traffic) for dataset in sets])
    carried = np.nanmax(traffic, axis=1) > 0
    files = {f"{dataset.name}/traffic.parquet": sha256_of(dataset.path / "traffic.parquet") for dataset in sets}
    names = ", ".join(dataset.name for dataset in sets)
    source = f"{names if len(sets) <= 4 else f'{len(sets)} data sets'}, version {version}, {sets[0].licence}"
    traffic, city = traffic[carried], city[carried]
    return Sample("synthetic", traffic, np.arange(len(traffic)), city, 0, source, files), version


def _plain(value: Any) -> Any:
    """Numbers with few digits, as JSON takes them."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    return value
