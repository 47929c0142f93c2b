"""Significant duration D5-75 of the ground-motion model V5 for Groningen (Bommer et al. 2017), in seconds.

D5-75 is the time in which the energy of the motion grows from 5 to 75 % of its total. It is a function set of its own,
not a measure of the hazard: V5 uses it beside the spectral acceleration that it belongs to, with the correlation of
their residuals (negative below 2 s: harder motion at a given magnitude and distance is shorter).

    ln D = gs(M) + gp(M, R) + fs(Vs30) + eps_1 tau + eps_2 phi      geometric mean of the two horizontal components

Four branches with the weights of the medians of V5. Magnitude is the local magnitude, R the rupture distance >= 3 km.
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from mijnrisico import data
from mijnrisico.seismic.motion import groningen
from mijnrisico.seismic.motion.bommer_2017 import MODEL as MOTION
from mijnrisico.seismic.motion.model import Component, Floats, Motion

BRANCHES: Final = groningen.BRANCHES
_LETTERS = ("m6", "m7", "m8", "m9", "r6", "r7", "r8", "r9", "r10")
_HINGE = 5.25
_SITE_SLOPE = -0.2246
_SITE_REFERENCE_M_S = 600.0

MODEL = Motion(
    name="bommer_2017_duration (GMM V5)",
    predicts={"D5-75": "s"},
    needs=("magnitude", "rupture_distance", "vs30"),
    valid=MOTION.valid,
    source=MOTION.source,
    departs="",
)


@cache
def _coefficients() -> dict[str, Floats]:
    table = data.table("gmm_v5_duration").set_index("branch").loc[list(BRANCHES)]
    return {name: table[name].to_numpy(float) for name in (*_LETTERS, "tau", "phi")}


def median_ln(magnitude: ArrayLike, distance_km: ArrayLike, vs30_m_s: ArrayLike = _SITE_REFERENCE_M_S) -> Floats:
    """Median ln D5-75 (s) for every branch, (..., branch 4); the three arguments broadcast.

        gs = m6 + m7 (max(M, 3.25) - 5.25) up to M 5.25, m6 + m8 x + m9 x^2 above, x = M - 5.25
        gp = (r6 + r7 Mc) ln(min(R, 12)/3)^r8 + (r9 + r10 Mc) ln(max(R, 12)/12), Mc = M clipped to 3.25-6
        fs = -0.2246 ln(min(Vs30, 600)/600)

    Equations 6.13-6.15 of Bommer et al. (2017). A distance below 3 km counts as 3 km.
    """
    magnitude, distance_km, vs30_m_s = (
        a[..., None] for a in np.broadcast_arrays(*(np.asarray(a, float) for a in (magnitude, distance_km, vs30_m_s)))
    )
    c = _coefficients()
    x = magnitude - _HINGE
    source = np.where(
        x <= 0.0,
        c["m6"] + c["m7"] * (np.maximum(magnitude, 3.25) - _HINGE),
        c["m6"] + c["m8"] * x + c["m9"] * x**2,
    )
    clipped = np.clip(magnitude, 3.25, 6.0)
    near = np.log(np.clip(distance_km, 3.0, 12.0) / 3.0)
    far = np.log(np.maximum(distance_km, 12.0) / 12.0)
    path = (c["r6"] + c["r7"] * clipped) * near ** c["r8"] + (c["r9"] + c["r10"] * clipped) * far
    return source + path + _SITE_SLOPE * np.log(np.minimum(vs30_m_s, _SITE_REFERENCE_M_S) / _SITE_REFERENCE_M_S)


def component_variance(magnitude: ArrayLike, distance_km: ArrayLike) -> Floats:
    """Variance (ln) of an arbitrary component beside the geometric mean, 0.0299 + 2.434 (5.6 - M*) R^-1.95.

    M* is M clipped to 3.6-5.6; equation 6.16 of Bommer et al. (2017). The arguments broadcast.
    """
    room = 5.6 - np.clip(np.asarray(magnitude, float), 3.6, 5.6)
    return 0.0299 + 2.434 * room * np.maximum(np.asarray(distance_km, float), groningen.NEAREST_KM) ** -1.95


def parts(
    magnitude: ArrayLike, distance_km: ArrayLike, component: Component = "geometric_mean"
) -> tuple[Floats, Floats]:
    """Sds (ln) between events and within an event for every branch, each (..., branch 4)."""
    c = _coefficients()
    shape = np.broadcast_shapes(np.shape(magnitude), np.shape(distance_km))
    extra = component_variance(magnitude, distance_km) if component == "arbitrary" else np.zeros(shape)
    within = np.sqrt(c["phi"] ** 2 + extra[..., None])
    return np.broadcast_to(c["tau"], within.shape).copy(), within


def correlation(measures: tuple[str, ...]) -> Floats:
    """Correlation of the residual of ln D5-75 with those of the measures, PGV among them, (measure,)."""
    table = data.table("gmm_v5_duration_correlations").set_index("measure")["correlation"]
    return table.loc[["SA(0.01)" if measure == "PGA" else measure for measure in measures]].to_numpy(float)
