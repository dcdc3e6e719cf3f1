"""From generated traffic to ranked sites: statistics of the ensemble, utilities, selection."""
