"""The synthetic city: terrain, roads, zones, buildings, imagery, POIs, stations and demand."""
