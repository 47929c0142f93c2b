"""Light damage by earthquakes: cracks that can be seen, long before a building is unsafe; a model a file."""

from mijnrisico.seismic.damage import ds1, korswagen_2022
from mijnrisico.seismic.damage.ds1 import ds1_counts, ds1_rates

MODELS = (ds1.MODEL, korswagen_2022.MODEL)

__all__ = ["MODELS", "ds1", "ds1_counts", "ds1_rates", "korswagen_2022"]
