"""Plans in the formats others use."""
