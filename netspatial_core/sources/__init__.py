"""Where context comes from: imagery, points of interest, stations, traffic, constraints, and the one HTTP client."""
