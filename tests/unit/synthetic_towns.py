"""Small synthetic towns that several tests look at, each made once a process."""

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


@cache
def dense() -> City:
    """760 m of a dense metropolis: towers, estates, an expressway, the river."""
    return generate(23, "metropolis", 760.0, workers=1)


@cache
def ringed() -> City:
    """600 m of a radial city: its old core."""
    return generate(4, "radial", 600.0, workers=1)
