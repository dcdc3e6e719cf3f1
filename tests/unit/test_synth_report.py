"""The comparison with measured traffic: traits by hand, faults that each hurt their figure, and the report as a whole."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspatial_core.command.synth_report import synth_report
from netspatial_core.errors import InputError
from netspatial_core.evaluation.comparison import Finding, compare
from netspatial_core.evaluation.measured import Sample, read_milan, read_uomo
from netspatial_core.evaluation.traits import Daily, circular_wasserstein, daily, mean_correlation, weekly
from netspatial_core.settings import Settings
from netspatial_core.sources.dataset import write_dataset
from netspatial_core.synthetic.report import report

HOURS = np.arange(672)


def sample(name: str, seed: int, count: int = 60, *, spread: float = 1.0, rho: float = 0.6, noise: float = 0.2) -> Sample:
    """Stations with a day, a quieter weekend, AR(1) noise and lognormal levels, from a Monday."""
    rng = np.random.default_rng(seed)
    z = rng.normal(0, 1, (count, len(HOURS)))
    for hour in HOURS[1:]:
        z[:, hour] = rho * z[:, hour - 1] + np.sqrt(1 - rho**2) * z[:, hour]
    peak = rng.choice([12.5, 20.5], count)[:, None] + rng.normal(0, 0.5, (count, 1))
    week = (1 + rng.uniform(0.4, 0.7, (count, 1)) * np.cos((HOURS + 0.5 - peak) * np.pi / 12)) * np.where(
        HOURS % 168 < 120, 1, 0.9
    )
    rows = np.arange(count)
    traffic = np.exp(spread * rng.normal(0, 1, (count, 1))) * week * np.exp(noise * z)
    return Sample(name, traffic, rows, np.zeros_like(rows), 0, "made up", {})


def found(synthetic: Sample) -> dict[str, Finding]:
    cities = sample("a", 1, spread=0.7, rho=0.5, noise=0.15), sample("b", 2, spread=1.3, rho=0.7, noise=0.25)
    return {finding.key: finding for finding in compare(synthetic, cities, sample("milan25", 3), rounds=40)}


@pytest.fixture(scope="module")
def good() -> dict[str, Finding]:
    return found(sample("synthetic", 4))


def test_traffic_like_the_cities_is_inside(good: dict[str, Finding]) -> None:
    must = (
        "level_std",
        "daily_std_p50",
        "daily_acf_1",
        "daily_distance",
        "weekend",
        "week_change",
        "weekly_acf_1",
        "weekly_std_p50",
    )
    assert all(good[key].inside for key in must), {key: good[key] for key in must if not good[key].inside}
    assert sum(finding.inside for finding in good.values()) > 0.6 * len(good)


def test_the_unit_of_volume_does_not_matter(good: dict[str, Finding]) -> None:
    real = sample("synthetic", 4)
    other = found(replace(real, traffic=1e6 * real.traffic))
    for key, finding in good.items():
        assert other[key].synthetic == pytest.approx(finding.synthetic, abs=1e-9), key


@pytest.mark.parametrize(
    ("faulty", "keys"),
    [
        ({"spread": 0.2}, ("level_std", "level_p10", "level_p90", "level_distance")),
        ({"rho": 0.0}, ("daily_acf_1", "daily_acf_2", "weekly_acf_1", "weekly_acf_2")),
        ({"rho": 0.95}, ("daily_acf_3", "weekly_acf_3", "weekly_acf_6")),
        ({"noise": 0.6}, ("daily_std_p50", "daily_distance", "weekly_std_p50", "weekly_distance", "daily_p99")),
    ],
)
def test_each_fault_puts_its_figures_outside(faulty: dict[str, float], keys: tuple[str, ...]) -> None:
    judged = found(sample("synthetic", 4, **faulty))
    assert not any(judged[key].inside for key in keys), {key: judged[key] for key in keys if judged[key].inside}


def test_a_shifted_day_and_a_lively_weekend_are_seen() -> None:
    real = sample("synthetic", 4)
    shifted = found(replace(real, traffic=np.roll(real.traffic, 6, axis=1)))
    assert not any(shifted[key].inside for key in ("wave1_hour", "peak_distance", "profile_distance"))
    lively = found(replace(real, traffic=real.traffic * np.where(HOURS % 168 < 120, 1, 1.6)))
    assert not any(lively[key].inside for key in ("weekend", "weekend_p10", "weekend_p90", "weekend_distance", "day_change"))


def test_the_rule_by_hand(good: dict[str, Finding]) -> None:
    finding = good["level_std"]
    low, high = sorted((finding.real["a"], finding.real["b"]))
    assert (finding.low, finding.high) == pytest.approx((2 * low - high, 2 * high - low))
    assert finding.between == (low <= finding.synthetic <= high)
    weekend = good["weekend"]
    assert (weekend.low, weekend.high) == weekend.intervals["milan25"]
    assert weekend.low < weekend.real["milan25"] < weekend.high


# ---------- traits


def test_waves_and_levels_by_hand() -> None:
    hours = np.arange(192) + 0.5
    day = 1 + 0.5 * np.cos((hours - 20) * np.pi / 12) + 0.25 * np.cos((hours - 3) * np.pi / 6)
    rows = np.arange(4)
    traffic = np.array([1.0, 10, 5, 50])[:, None] * np.tile(day, (4, 1)) * (1 + 1e-6 * np.random.default_rng(0).random((4, 192)))
    (cut,) = daily(Sample("x", traffic, rows, np.array([0, 0, 1, 1]), None, "", {}))
    assert isinstance(cut, Daily)
    # hourly values are of the middle of the hour, where these waves were sampled
    np.testing.assert_allclose(cut.amplitude, np.tile([0.5, 0.25, 0.0], (4, 1)), atol=1e-5)
    np.testing.assert_allclose(cut.phase, 20, atol=1e-4)
    np.testing.assert_allclose(cut.level, np.log([1, 10, 1, 10]) - np.log(10) / 2, atol=1e-5)
    np.testing.assert_allclose(cut.change, 0, atol=1e-5)


def test_weekends_are_found_whatever_the_first_weekday() -> None:
    real = sample("x", 4)
    sunday = replace(real, traffic=np.roll(real.traffic, 24, axis=1), first_weekday=6)
    np.testing.assert_allclose(weekly(sunday)[0].weekend, weekly(real)[0].weekend)
    assert np.median(weekly(real)[0].weekend) == pytest.approx(0.9, abs=0.01)


def test_a_known_weekday_offers_seven_cuts() -> None:
    assert len(daily(sample("x", 4))) == 7
    assert len(daily(replace(sample("x", 4), first_weekday=None))) == 1


@given(st.lists(st.integers(0, 23), min_size=1, max_size=6), st.lists(st.integers(0, 23), min_size=1, max_size=6))
def test_circular_wasserstein_is_the_best_assignment(a: list[int], b: list[int]) -> None:
    from scipy.optimize import linear_sum_assignment

    left, right = np.repeat(a, len(b)), np.repeat(b, len(a))
    gap = np.abs(left[:, None] - right[None])
    cost = np.minimum(gap, 24 - gap)
    assert circular_wasserstein(a, b) == pytest.approx(cost[linear_sum_assignment(cost)].mean(), abs=1e-9)


def test_a_series_drawn_twice_is_not_its_own_neighbour() -> None:
    left = weekly(sample("x", 4, 3))[0].residual
    between = np.corrcoef(left.values)
    assert mean_correlation(left, np.arange(3)) == pytest.approx((between[0, 1] + between[0, 2] + between[1, 2]) / 3)
    assert mean_correlation(left, np.array([0, 0, 1])) == pytest.approx(between[0, 1])
    two = replace(left, city=np.array([0, 1, 0]))  # places of two cities are no neighbours
    assert mean_correlation(two, np.arange(3)) == pytest.approx(between[0, 2])


# ---------- faults


def test_one_place_a_city_is_refused() -> None:
    with pytest.raises(InputError, match="one series a city"):
        daily(replace(sample("x", 4), city=np.arange(len(sample("x", 4).traffic))))


def test_what_cannot_be_compared_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"uomo_sd\.npz"):
        report([], tmp_path)
    short = sample("x", 4)
    with pytest.raises(InputError, match="gaps"):
        daily(replace(short, traffic=np.where(HOURS == 5, np.nan, short.traffic)))
    with pytest.raises(InputError, match="600 h"):
        weekly(replace(short, traffic=short.traffic[:, :600]))
    with pytest.raises(InputError, match="weekdays"):
        weekly(replace(short, first_weekday=None))
    (tmp_path / "uomo_sd.npz").write_bytes(b"no archive")
    with pytest.raises(InputError, match="cannot be read"):
        read_uomo(tmp_path, "sd")


def written(folder: Path, name: str, kind: str = "synthetic", version: str = "1", **options: float) -> Path:
    stations = sample(name, 4, 20, **options).traffic.astype(np.float32)
    return write_dataset(
        folder / name,
        name=name,
        tz="Etc/UTC",
        licence="CC0-1.0",
        kind=kind,  # type: ignore[arg-type]
        version=version,
        station_ids=[f"S{i}" for i in range(20)],
        lonlat=np.full((20, 2), np.nan),
        capacity=None,
        traffic=stations,
        first_hour="2026-03-02T00:00",
    )


@pytest.mark.shared_data
def test_only_synthetic_data_of_one_version_is_reported(shared_data: Path, tmp_path: Path) -> None:
    old, new, real = written(tmp_path, "old"), written(tmp_path, "new", version="2"), written(tmp_path, "real", kind="measured")
    with pytest.raises(InputError, match="different versions"):
        report([old, new], shared_data)
    with pytest.raises(InputError, match="measured, not synthetic"):
        report([real], shared_data)
    with pytest.raises(InputError, match="None of the data sets"):
        report([], shared_data)


# ---------- as a whole


def test_without_the_public_data_the_remedy_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"not named\. Give --data, or set NETSPATIAL_SHARED_DATA"):
        synth_report(tmp_path, Settings(_env_file=None, shared_data=None))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.shared_data
def test_the_public_samples(shared_data: Path) -> None:
    sd, nc, milan = read_uomo(shared_data, "sd"), read_uomo(shared_data, "nc"), read_milan(shared_data)
    assert (sd.traffic.shape, nc.traffic.shape, milan.traffic.shape) == ((283, 231), (192, 199), (25, 672))
    assert (len(np.unique(sd.place)), len(np.unique(nc.place))) == (22, 18)
    # the coldest days of the month's weeks are its Sundays: hour 0 is one
    sundays = milan.traffic.reshape(25, 4, 7, 24).mean(axis=(0, 1, 3))
    assert sundays.argmin() == 0


@pytest.mark.shared_data
def test_the_report_of_the_demos(shared_data: Path, tmp_path: Path) -> None:
    settings = Settings(shared_data=shared_data)
    done = synth_report(tmp_path / "a", settings, stations=40, seed=3)
    assert [file.name for file in done.files] == ["report.json", "shape.png", "level.png", "residual.png"]
    assert all(file.read_bytes()[:4] == b"\x89PNG" for file in done.files[1:])
    told = json.loads((tmp_path / "a" / "report.json").read_text())
    assert told["samples"]["synthetic"]["series"] == 40
    assert told["samples"]["uomo_sd"]["sha256"]["uomo_sd.npz"]
    assert "MIT" in told["samples"]["uomo_nc"]["source"]
    assert "ODbL" in told["samples"]["milan25"]["source"]
    assert told["figures"] == len(told["findings"]) == len({finding["key"] for finding in told["findings"]})
    assert told["inside"] == sum(finding["inside"] for finding in told["findings"])
    assert done.lines[-1] == f"{told['inside']} of {told['figures']} figures inside."
    for finding in told["findings"]:
        assert finding["inside"] == (finding["low"] <= finding["synthetic"] <= finding["high"]), finding["key"]
    synth_report(tmp_path / "b", settings, stations=40, seed=3)
    for file in done.files:
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes(), f"{file.name} is not the same twice"
