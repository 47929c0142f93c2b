"""Models of the magnitudes of earthquakes: what sets the b-value."""
