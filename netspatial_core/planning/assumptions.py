"""What a planner assumes of a new site where nothing is measured: its capacity and its money. Shown and editable everywhere."""

import math
from dataclasses import dataclass, fields

from netspatial_core.errors import InputError

MONTH_H = 672  # the month of a plan is 28 days
LIMIT = 1e12


@dataclass(frozen=True)
class Assumptions:
    """Of one new site. None of it is measured or generated.

    Attributes:
        capacity: Load it can carry, GB/h. By default that of three sectors of 20 MHz at 2.2 bit/s/Hz, the cell average that
            ITU-R M.2134 asks of a base station in urban cover: 132 Mbit/s, 59.4 GB/h.
        price: What a GB brings, currency per GB.
        capex: What it costs once, currency.
        opex: What it costs in 28 days, currency.
        currency: How the money is called.

    Raises:
        InputError: A number that is none, negative, or a capacity of 0.
    """

    capacity: float = 59.4
    price: float = 0.2
    capex: float = 80_000.0
    opex: float = 1_200.0
    currency: str = "EUR"

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name == "currency":
                if not (isinstance(value, str) and value.isalpha() and len(value) == 3):
                    raise InputError("The currency is no code of three letters.", "Name it as EUR, USD or CNY.")
            elif not (isinstance(value, int | float) and math.isfinite(value) and 0 <= value <= LIMIT):
                raise InputError(f"The {item.name} of a site is {value!r}.", "Give a number of 0 or more.")
        if self.capacity == 0:
            raise InputError("A site of capacity 0 GB/h carries nothing.", "Give a capacity above 0.")
