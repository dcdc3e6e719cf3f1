"""Fact sets made by hand, shared by the tests of facts, verifier and writer."""

from netspatial_core.rationale.facts import Fact, Facts


def make(**changed) -> Facts:
    """Facts of a picked cell; a keyword changes a value, None leaves the fact out."""
    values = {
        "cell": ("R12C14", ""),
        "kind": ("synthetic", ""),
        "feasible": (True, ""),
        "picked": (True, ""),
        "k": (10, "count"),
        "reason": (None, ""),
        "utility_name": ("Load stability index", ""),
        "rank": (3, "count"),
        "utility": (0.4123, "h/GB"),
        "utility_p10": (0.3801, "h/GB"),
        "utility_p90": (0.4502, "h/GB"),
        "floor": (2.2, "GB/h"),
        "draws": (32, "count"),
        "ranked": (412, "count"),
        "p_topk": (84.375, "%"),
        "mean": (5.214, "GB/h"),
        "mean_p10": (4.307, "GB/h"),
        "mean_p90": (6.118, "GB/h"),
        "peak": (18.42, "GB/h"),
        "peak_p10": (16.03, "GB/h"),
        "peak_p90": (21.87, "GB/h"),
        "busy": (12.91, "GB/h"),
        "busy_p10": (11.2, "GB/h"),
        "busy_p90": (14.4, "GB/h"),
        "peak_to_mean": (18.42 / 5.214, "1"),
        "mean_percentile": (71.0, "%"),
        "stability_percentile": (92.0, "%"),
        "peak_hour": (20, "h"),
        "weekend_ratio": (0.7621, "1"),
        "weekend_change": (-23.79, "%"),
        "radius": (500.0, "m"),
        "poi_status": ("ok", ""),
        "poi_total": (37, "count"),
        "poi_food": (15, "count"),
        "poi_shops": (9, "count"),
        "poi_offices": (8, "count"),
        "poi_education": (4, "count"),
        "poi_health": (1, "count"),
        "stations": (6, "count"),
        "nearest_station": (823.4, "m"),
    }
    for key, value in changed.items():
        values[key] = (value, values.get(key, (None, ""))[1])
    return Facts(Fact(key, value, unit, "test", f"{key} {value}") for key, (value, unit) in values.items() if value is not None)
