"""Models of the rate of earthquakes: how loading becomes events.

`models()` lists them under the names of scenarios and branches.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mijnrisico.seismic.source.model import RateModel


def models() -> Mapping[str, "RateModel"]:
    """Every model of the rate by name; imported when asked for, since each brings compiled kernels."""
    from mijnrisico.seismic.source.dempsey_suckale import DEMPSEY_SUCKALE
    from mijnrisico.seismic.source.extreme_threshold import ELASTIC, ELASTIC_PLASTIC
    from mijnrisico.seismic.source.rate_and_state import RATE_AND_STATE
    from mijnrisico.seismic.source.smoothed_stationary import SMOOTHED

    listed = (ELASTIC, ELASTIC_PLASTIC, RATE_AND_STATE, DEMPSEY_SUCKALE, SMOOTHED)
    return {model.name: model for model in listed}
