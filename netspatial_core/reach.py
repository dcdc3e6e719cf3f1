"""How far a station reaches: one function for coverage, catchments and sleep decisions, from 3GPP path loss.

This is a planning radius with visible assumptions, not a propagation result: nothing here is ever shown as coverage or SINR.
"""

import math
from dataclasses import dataclass
from typing import Literal

from netspatial_core.errors import InputError

SLOPE_DB = {"UMa": 39.08, "UMi": 35.3}  # path loss over a decade of distance, TR 38.901, table 7.4.1-1


@dataclass(frozen=True)
class RadioAssumptions:
    """What a station's reach is computed from.

    Attributes:
        scenario: Urban macro or urban micro of 3GPP TR 38.901.
        band_ghz: Carrier frequency, GHz (0.5 to 100).
        tx_dbm: Transmit power plus antenna gains minus losses, dBm, per resource block of 180 kHz.
        sensitivity_dbm: Received power needed at the cell edge, dBm, per resource block.
        margin_db: Shadowing and penetration margin, dB.
        station_m: Antenna height, metres.
        terminal_m: Height of the user's terminal, metres.
    """

    scenario: Literal["UMa", "UMi"] = "UMa"
    band_ghz: float = 2.6
    tx_dbm: float = 41.0
    sensitivity_dbm: float = -113.0
    margin_db: float = 20.0
    station_m: float = 25.0
    terminal_m: float = 1.5

    def __post_init__(self) -> None:
        if not 0.5 <= self.band_ghz <= 100:
            raise InputError(f"A band of {self.band_ghz:g} GHz is outside the model.", "Choose 0.5 to 100 GHz.")
        if not (10 <= self.station_m <= 150 and 1.5 <= self.terminal_m <= 22.5 and self.terminal_m < self.station_m):
            raise InputError(
                f"An antenna at {self.station_m:g} m over a terminal at {self.terminal_m:g} m is outside the model.",
                "Choose 10 to 150 m over 1.5 to 22.5 m, the antenna above.",
            )


def path_loss_db(distance_m: float, radio: RadioAssumptions) -> float:
    """Non-line-of-sight path loss at a distance over ground, dB.

    3GPP TR 38.901, table 7.4.1-1: UMa NLOS ``13.54 + 39.08 log10 d + 20 log10 f - 0.6 (h - 1.5)`` and UMi street canyon NLOS
    ``22.4 + 35.3 log10 d + 21.3 log10 f - 0.3 (h - 1.5)``, d the slant distance in metres and f in GHz. The table's maximum
    with the line-of-sight loss binds only within 8 m, nearer than any antenna of 10 m and more.
    """
    slant = math.hypot(distance_m, radio.station_m - radio.terminal_m)
    lift = radio.terminal_m - 1.5
    if radio.scenario == "UMa":
        return 13.54 + SLOPE_DB["UMa"] * math.log10(slant) + 20 * math.log10(radio.band_ghz) - 0.6 * lift
    return 22.4 + SLOPE_DB["UMi"] * math.log10(slant) + 21.3 * math.log10(radio.band_ghz) - 0.3 * lift


def reach_m(radio: RadioAssumptions | None = None) -> float:
    """Distance over ground at which the path loss uses up the link budget, metres.

    Raises:
        InputError: The budget does not cover the distance straight below the antenna.
    """
    radio = radio or RadioAssumptions()
    budget = radio.tx_dbm - radio.sensitivity_dbm - radio.margin_db
    drop = radio.station_m - radio.terminal_m
    below = path_loss_db(0.0, radio)  # from here on the loss grows with the logarithm of the slant distance
    slant = drop * 10 ** ((budget - below) / SLOPE_DB[radio.scenario])
    if slant <= drop:
        raise InputError(f"A link budget of {budget:.0f} dB does not reach the ground.", "Raise the power or lower the antenna.")
    return math.sqrt(slant**2 - drop**2)
