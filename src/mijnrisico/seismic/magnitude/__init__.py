"""Models of the magnitudes of earthquakes: what sets the b-value."""

from mijnrisico.seismic.magnitude import linear_stress, thickness_split

MODELS = {model.NAME: model for model in (linear_stress, thickness_split)}
