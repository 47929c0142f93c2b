"""Models of the rate of earthquakes: how loading becomes events."""
