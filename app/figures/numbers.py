"""Numbers as the planner shows them: three significant digits, thousands spelled out, units apart from values."""

import math


def number(value: float, digits: int = 3) -> str:
    """A value to three significant digits without exponents: ``0.0123``, ``4.56``, ``169``, ``1,240``; ``no value`` for nan."""
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if math.isnan(value):
        return "no value"
    if value == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(value)))
    decimals = max(0, digits - 1 - magnitude)
    return f"{round(value, decimals):,.{min(decimals, 8)}f}"


def span(low: float, high: float) -> str:
    """A range, p10 to p90."""
    return f"{number(low)}–{number(high)}"


def percent(share: float) -> str:
    """A share as a whole per cent; ``no value`` for nan."""
    return f"{100 * share:.0f}" if math.isfinite(share) else "no value"


def place(lon: float, lat: float) -> str:
    """Coordinates as a planner reads them, latitude first, with hemispheres."""
    return f"{abs(lat):.4f}° {'N' if lat >= 0 else 'S'}  {abs(lon):.4f}° {'E' if lon >= 0 else 'W'}"


def ordinal(value: int) -> str:
    """``1st``, ``22nd``, ``97th``."""
    suffix = "th" if 10 <= value % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    return f"{value}{suffix}"
