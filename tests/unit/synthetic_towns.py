"""Two small synthetic towns that several tests look at, each made once a process."""

from functools import cache

from netspatial_core.synthetic.city import City, generate


@cache
def port() -> City:
    """700 m of a river port."""
    return generate(11, "harbour", 700.0, workers=1)


@cache
def dry() -> City:
    """600 m of a dry inland city, half built."""
    return generate(13, "inland", 600.0, maturity=0.6, workers=1)
