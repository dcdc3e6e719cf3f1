"""The card of a model in Markdown: what it is, what it learned from, how good it is, what it must not be used for."""

from collections.abc import Mapping
from typing import Any

from netspatial_core.generator.config import GeneratorConfig
from netspatial_core.training_range import BEYOND, MOST

# unit ("" where the traffic's own is meant) and meaning of each figure of evaluation.heldout
FIGURES = {
    "stations": ("1", "stations of the split test, which training never looked at"),
    "draws": ("1", "draws of the ensemble for each"),
    "crps": ("", "continuous ranked probability score of an hour, averaged; 0 is perfect, lower is better"),
    "crps_climatology": ("", "the same for other stations' series drawn at random, which know nothing of the place"),
    "coverage_80": ("1", "share of hours inside the interval of the 10th to the 90th percentile; 0.8 is perfect"),
    "level_r2": ("1", "R² of the logarithm of a station's mean load; 1 is perfect, 0 no better than one level for all"),
    "level_ratio": ("1", "mean generated over mean measured load, all stations together; 1 is perfect"),
    "peak_within_1h": ("1", "share of stations whose peak hour of the mean weekday is met within an hour"),
    "weekend_error": ("1", "median over stations of the absolute error of weekend over weekday load; 0 is perfect"),
    "residual_std_ratio": ("1", "generated over measured spread of what the weekly pattern leaves, median; 1 is perfect"),
}


def model_card(name: str, about: Mapping[str, Any], config: GeneratorConfig) -> str:
    """The card of a model.

    Args:
        name: Of the model.
        about: As in its config.json: trained_on, synthetic_city, command, seed, minutes, unit, figures, fusion_training and data.
        config: Of its generator.
    """
    figures = "\n".join(_figure(key, about["figures"][key], about["unit"]) for key in FIGURES if key in about["figures"])
    data = "\n".join(f"| {item['name']} | `{item['sha256']}` |" for item in about["data"])
    synthetic = "synthetic" in about["trained_on"] and "measured" not in about["trained_on"]
    warning = (
        "It has only ever seen synthetic cities. On real ground its traffic shows what such a place would carry in the synthetic "
        "world: a demonstration of the method, not a forecast, until it is fine-tuned on measured stations."
        if synthetic
        else "It knows the operator and the period it was trained on, and nothing else."
    )
    version = about.get("synthetic_city")
    city = f"- **Synthetic city** version {version}, whose results are never compared with another's\n" if version else ""
    more = city + _origin(about) + _calibrated(about) + _range(about)
    return f"""# {name}

Multi-level flow-matching generator of base-station traffic, conditioned on imagery, POIs and the catchment of a place
(arXiv 2603.13839, `{config.mode}` mode; docs/method.md says where we differ).

- **Trained on** {about["trained_on"]}
- **Command** `{about["command"]}` (seed {about["seed"]}, {about["minutes"]:g} minutes of wall time)
{more}- **Answers** {about["unit"]}, hourly, 28 days from Monday 00:00 local time, as an ensemble of draws

## Figures on held-out stations

| figure | value | unit | meaning |
|---|---|---|---|
{figures or "| none | | | there were no test stations in the data |"}
{_fusion_card(about["fusion_training"])}
## Use and limits

{warning}

It models demand, not propagation: no coverage, no SINR. A month in which the place itself changes is outside what it knows.

## Data

| data set | SHA-256 of its name, version and traffic |
|---|---|
{data}
"""


def _figure(key: str, value: float, unit: str) -> str:
    own, meaning = FIGURES[key]
    shown = own or unit
    return f"| {key.replace('_', ' ')} | {value:g} | {'' if shown == '1' else shown} | {meaning} |"


def _origin(about: Mapping[str, Any]) -> str:
    """What the model was tuned from, with the error of that one on the same stations."""
    origin = about.get("tuned_from")
    if not origin:
        return ""
    crps = origin["figures"].get("crps")
    told = "" if crps is None else f", whose CRPS on the held-out stations below is {crps:g} {about['unit']}"
    return f"- **Fine-tuned from** {origin['name']} (config.json has SHA-256 `{origin['sha256']}`){told}\n"


def _calibrated(about: Mapping[str, Any]) -> str:
    """How far its draws were spread so that intervals cover what they claim."""
    plain, told = about.get("temperature", 1.0), about.get("temperature_told", 1.0)
    if (plain, told) == (1.0, 1.0):
        return ""
    more = f", {told:g} times where something was measured" if told != 1.0 else ""
    return (
        f"- **Calibrated** level 1 starts from {plain:g} times its noise{more}: fitted, within 0.5 and 2, so that 80 % intervals "
        "cover 80 % of the val stations' hours\n"
    )


def _range(about: Mapping[str, Any]) -> str:
    """How it tells a place that is unlike its training."""
    known = about.get("range")
    if not known:
        return ""
    return (
        f"- **Range** a place is flagged whose embedding lies farther from the nearest of {min(MOST, known['train']):,} of "
        f"{known['train']:,} train stations than those of {100 * BEYOND:.0f} % of {known['val']:,} stations not trained on\n"
    )


def _fusion_card(training: Mapping[str, Any]) -> str:
    """The card's part on the fusion: how it was trained, and how well one modality finds the other on ground it has not seen."""
    if not training.get("retrieval"):
        return ""
    scores = training["retrieval"]
    rows = "\n".join(
        f"| {of} from {given} | {100 * scores[f'{key}_top10']:.1f} % | {scores[f'{key}_median_rank']:.0f} |"
        for of, given, key in (("imagery", "POIs", "imagery_from_pois"), ("POIs", "imagery", "pois_from_imagery"))
    )
    return f"""
## The fusion

Trained with `{training["command"]}` (seed {training["seed"]}, {training["steps"]} steps) on {len(training["data"])} grounds. On
{scores["points"]:.0f} cells of {training["held_out"]}, which it has not seen, one modality finds the other's cell:

| retrieval | among the first ten | median rank |
|---|---|---|
{rows}
| by chance | {100 * scores["chance_top10"]:.1f} % | {scores["chance_median_rank"]:.0f} |
"""
