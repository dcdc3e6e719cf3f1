"""Overhead imagery of a study area and its margin: from a GeoTIFF, from an XYZ tile service, and to a COG."""

from netspatial_core.sources.geotiff import read_geotiff, write_cog
from netspatial_core.sources.raster import RESOLUTION, Imagery
from netspatial_core.sources.tiles import fetch_xyz

__all__ = ["RESOLUTION", "Imagery", "fetch_xyz", "read_geotiff", "write_cog"]
