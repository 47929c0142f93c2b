"""What is asked of a motion model, and what all ways to answer share: reference motion, site response, normal tail."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypedDict, Unpack

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.special import ndtr

from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase
from mijnrisico.seismic.motion import MODELS
from mijnrisico.seismic.motion.model import (
    Component,
    GroundMotion,
    Response,
    SiteTerm,
    SiteVariabilityArgument,
    Surface,
)
from mijnrisico.units import CMS2_PER_G

Floats = NDArray[np.float64]

SCALE: Final = {"g": 1.0, "cm/s": 100.0}
"""Size of strong motion in a unit, beside 1 g: tables reach as far in every unit."""
Y_RANGE_G: Final = (1e-7, 100.0)
"""Reference motions that tables hold, times `SCALE`."""
Q_LIMIT: Final = 8.5
"""Standard deviations out to which the normal law is tabulated."""
MEDIAN_ALONE: Final = 1e-9
"""Standard deviation that leaves the median alone."""
LEAST_TRUNCATION: Final = 0.5
"""Fewest standard deviations at which scatter may be cut, unless there is none at all."""
_Q_STEP = 1.0 / 64.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a model: measure, component, surface, how the site term counts and where scatter is cut."""

    model: GroundMotion
    imt: str = "PGA"
    component: Component = "geometric_mean"
    surface: Surface = "regular"
    site_term: SiteTerm = "epistemic"
    argument: SiteVariabilityArgument = "g"
    truncation: float | None = None

    @property
    def unit(self) -> str:
        """Unit of the measure."""
        return self.model.units[self.imt]

    @property
    def scatters_site(self) -> bool:
        """Say whether the site term is integrated over; without any scatter its median is left."""
        return self.site_term == "aleatory" and self.truncation != 0.0


class Choices(TypedDict, total=False):
    """What a computation may choose of a model; what is left out is the default of the model."""

    imt: str
    component: Component | None
    surface: Surface
    site_term: SiteTerm | None
    site_variability_argument: SiteVariabilityArgument
    truncation: float | None


def asked(model: GroundMotion, **choices: Unpack[Choices]) -> Asked:
    """Settings of a computation with the defaults of the model; raises InputError E503 for what it does not have."""
    imt, component = choices.get("imt", "PGA"), choices.get("component") or model.components[0]
    truncation = choices.get("truncation")
    problems = []
    if imt not in model.units:
        problems.append(Problem("E503", where="imt", params=_measure_lacks(model, imt)))
    if component not in model.components:
        known = {"expected": ", ".join(model.components), "example": model.components[0]}
        problems.append(Problem("E503", where="component", params={"got": component, **known}))
    if truncation is not None and not (truncation == 0.0 or LEAST_TRUNCATION <= truncation < np.inf):
        expected = f"standard deviations, 0 or {LEAST_TRUNCATION:g} and more"
        params = {"got": truncation, "expected": expected, "example": "3.0"}
        problems.append(Problem("E503", where="truncation", params=params))
    if problems:
        raise InputError(problems)
    term = choices.get("site_term") or model.site_term
    argument = choices.get("site_variability_argument", "g")
    return Asked(model, imt, component, choices.get("surface", "regular"), term, argument, truncation)


def _measure_lacks(model: GroundMotion, imt: str) -> dict[str, object]:
    """Params of E503 for a measure that the model lacks: what it has, and which models have the measure."""
    known, others = ", ".join(model.units), ", ".join(name for name, other in MODELS.items() if imt in other.units)
    expected = (
        Phrase("shake.measure_elsewhere", {"known": known, "measure": imt, "models": others}) if others else known
    )
    return {"got": imt, "expected": expected, "example": next(iter(model.units))}


@lru_cache(maxsize=16)
def reference(wanted: Asked, magnitude: tuple[float, ...], distance_km: tuple[float, ...]) -> tuple[Floats, Floats]:
    """Median ln Y (row, median) and sd (row, median or 1, scatter) at the reference horizon; row = M x R."""
    m, r = (a.ravel() for a in np.meshgrid(magnitude, distance_km, indexing="ij"))
    median, sd = wanted.model.reference(wanted.imt, m, r, wanted.component)
    if wanted.truncation == 0.0:
        sd = np.full_like(sd, MEDIAN_ALONE)
    median, sd = np.ascontiguousarray(median), np.ascontiguousarray(sd)
    median.flags.writeable = sd.flags.writeable = False
    return median, sd


def linear_ln(response: Response, magnitude: Floats, distance_km: Floats) -> Floats:
    """The part f1 of the amplification for every magnitude and distance, (row,)."""
    m, r = np.meshgrid(magnitude, distance_km, indexing="ij")
    return np.ascontiguousarray(response.linear_ln(m, r).ravel())


def ln_levels(wanted: Asked, level: Floats) -> Floats:
    """ln of the levels, less the factor of a dwelling mound."""
    return np.log(level) - (wanted.model.wierde_ln(wanted.imt) if wanted.surface == "wierde" else 0.0)


def nonlinear_ln(response: Response, y: Floats) -> Floats:
    """The part of the amplification that depends on ln Y (point,)."""
    return response.f2 * np.log1p(np.exp(y) / response.f3)


def limits_ln(response: Response) -> Floats:
    """Lower and upper limit of the amplification."""
    return np.array([response.ln_low, response.ln_high])


def site_sd(response: Response, y: Floats, wanted: Asked) -> Floats:
    """Site-to-site sd at ln Y (point,)."""
    ends = np.log(np.array([response.xl, response.xh]) / per_unit(wanted))
    return response.s1 + (response.s2 - response.s1) * np.clip((y - ends[0]) / (ends[1] - ends[0]), 0.0, 1.0)


def per_unit(wanted: Asked) -> float:
    """What Y is multiplied by before it is put against the limits of phi_s2s."""
    return CMS2_PER_G if wanted.argument == "cm/s2" and wanted.unit == "g" else 1.0


def _q_table() -> tuple[Floats, Floats]:
    z = np.arange(-Q_LIMIT, Q_LIMIT + _Q_STEP / 2.0, _Q_STEP)
    return ndtr(-z), np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)


Q, DENSITY = _q_table()
"""Upper tail and density of the normal law on equal steps, for `upper_tail`."""


@njit(cache=True, inline="always")
def upper_tail(z, q, density):
    """Upper tail of the normal law by a Taylor series around a table of step 1/64; relative error below 1e-8."""
    z = min(max(z, -Q_LIMIT), Q_LIMIT)
    i = np.uint64((z + Q_LIMIT) / _Q_STEP + 0.5)
    z0 = i * _Q_STEP - Q_LIMIT
    d = z - z0
    series = 1.0 + d * (-z0 / 2.0 + d * ((z0 * z0 - 1.0) / 6.0 - d * z0 * (z0 * z0 - 3.0) / 24.0))
    return q[i] - density[i] * d * series
