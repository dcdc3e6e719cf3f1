"""GCJ-02, the obfuscated coordinates of Chinese map services, and the way back to WGS84.

The forward formula is the widely published reconstruction of the Chinese state transform (Krasovsky 1940 ellipsoid with periodic
offsets); the inverse is its fixed point. It applies inside China only.
"""

import numpy as np
from numpy.typing import NDArray

# Hosts whose tiles and coordinates are in GCJ-02 inside mainland China, and whose they are.
HOSTS = {
    "is.autonavi.com": "Amap (AutoNavi)",
    "amap.com": "Amap (AutoNavi)",
    "gtimg.com": "Tencent Maps",
    "map.qq.com": "Tencent Maps",
    "google.cn": "Google Maps China",
    "gaode.com": "Amap (AutoNavi)",
}

_AXIS = 6378245.0  # Krasovsky 1940, metres
_E2 = 0.00669342162296594323
CHINA = (72.004, 0.8293, 137.8347, 55.8271)  # west, south, east, north: where the transform is applied


def host_owner(host: str) -> str | None:
    """Whose service a host is when it is known to use GCJ-02, else None."""
    name = host.lower().rstrip(".")
    for known, owner in HOSTS.items():
        if name == known or name.endswith("." + known):
            return owner
    return None


def in_china(lonlat: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Where the transform is applied [...]: a box around China, as the public formula has it."""
    lon, lat = lonlat[..., 0], lonlat[..., 1]
    return (lon >= CHINA[0]) & (lon <= CHINA[2]) & (lat >= CHINA[1]) & (lat <= CHINA[3])


def wgs84_to_gcj02(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """(lon, lat) in WGS84 [..., 2] to GCJ-02; unchanged outside China."""
    lonlat = np.asarray(lonlat, dtype=float)
    return lonlat + np.where(in_china(lonlat)[..., None], _offset(lonlat), 0.0)


def gcj02_to_wgs84(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """(lon, lat) in GCJ-02 [..., 2] to WGS84, to about a millimetre; unchanged outside China."""
    lonlat = np.asarray(lonlat, dtype=float)
    guess = lonlat
    for _ in range(6):  # the offset changes by about 1e-2 of a step per degree: each round gains two digits
        guess = lonlat - np.where(in_china(lonlat)[..., None], _offset(guess), 0.0)
    return guess


def _offset(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Degrees that the transform adds at a WGS84 place [..., 2]."""
    x, y = lonlat[..., 0] - 105.0, lonlat[..., 1] - 35.0
    pi, root = np.pi, np.sqrt(np.abs(x))
    ripple = (20 * np.sin(6 * x * pi) + 20 * np.sin(2 * x * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y**2 + 0.1 * x * y + 0.2 * root + ripple
    north += (20 * np.sin(y * pi) + 40 * np.sin(y / 3 * pi)) * 2 / 3
    north += (160 * np.sin(y / 12 * pi) + 320 * np.sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x**2 + 0.1 * x * y + 0.1 * root + ripple
    east += (20 * np.sin(x * pi) + 40 * np.sin(x / 3 * pi)) * 2 / 3
    east += (150 * np.sin(x / 12 * pi) + 300 * np.sin(x / 30 * pi)) * 2 / 3
    phi = np.radians(lonlat[..., 1])
    magic = 1 - _E2 * np.sin(phi) ** 2
    meridian = _AXIS * (1 - _E2) / magic**1.5
    parallel = _AXIS / np.sqrt(magic) * np.cos(phi)
    return np.stack([np.degrees(east / parallel), np.degrees(north / meridian)], axis=-1)
