"""Uniform hazard spectrum: the level of every measure of a model at one return period, at one site.

Each ordinate is the level of its own hazard curve at the same return period; no single earthquake has all of them.
Peak ground velocity has no place on the axis of periods: it stands beside the spectrum with a period that is not a
number, peak ground acceleration with period zero.
"""

from collections.abc import Callable, Sequence
from typing import Unpack

import numpy as np
import xarray as xr

from mijnrisico.seismic.hazard import Sources, hazard, level_name
from mijnrisico.seismic.hazard.asked import Choices
from mijnrisico.seismic.hazard.rates import for_model
from mijnrisico.seismic.motion import GroundMotion, model_of

RETURN_PERIODS = (95.0, 475.0, 975.0, 2475.0)


def period_s(measure: str) -> float:
    """Period in seconds of a measure: 0 for PGA, not a number for PGV.

    >>> period_s("SA(0.3)"), period_s("PGA")
    (0.3, 0.0)
    """
    if measure.startswith("SA("):
        return float(measure.removeprefix("SA(").removesuffix(")"))
    return 0.0 if measure == "PGA" else float("nan")


def spectrum(
    forecast: xr.Dataset | Sources,
    sites: xr.Dataset,
    *,
    motion: str | GroundMotion = "V7",
    measures: Sequence[str] | None = None,
    return_periods: Sequence[float] = RETURN_PERIODS,
    progress: Callable[[float], None] | None = None,
    **choices: Unpack[Choices],
) -> xr.Dataset:
    """Levels of several measures at the return periods, mean and fractiles.

    `measures` are all of the model by default, in the order of their period; `choices` go to `hazard` (component,
    surface, site_term, ...). Returns `level` (measure, site, year, return_period, statistic), not a number
    where a level is outside the curve, with coordinates `period` (s) and `unit` along `measure`.

    Raises InputError E503 for a measure that the model does not have.
    """
    model = model_of(motion)
    ready = for_model(forecast, model)
    asked = list(measures if measures is not None else by_period(model))
    parts = []
    for done, measure in enumerate(asked, start=1):
        one: Choices = {**choices, "imt": measure}
        found = hazard(ready, sites, motion=model, return_periods=return_periods, **one)
        parts.append(found)
        if progress is not None:
            progress(done / len(asked))
    level = xr.concat(
        [part[level_name(part["level"].attrs["units"])].rename("level_of") for part in parts],
        "measure",
        combine_attrs="drop",
    )
    kept = ("component", "surface", "motion_model", "site_term", "site_variability_argument", "branches")
    return xr.Dataset(
        {"level": level},
        coords={
            "measure": asked,
            "period": ("measure", [period_s(measure) for measure in asked], {"units": "s"}),
            "unit": ("measure", [model.units[measure] for measure in asked]),
        },
        attrs={name: parts[0].attrs[name] for name in kept if name in parts[0].attrs},
    )


def by_period(model: GroundMotion) -> list[str]:
    """The measures of a model in the order of their period, peak velocity behind the longest."""
    return sorted(model.units, key=_order)


def _order(measure: str) -> float:
    return np.inf if np.isnan(period_s(measure)) else period_s(measure)
