"""Peak ground velocity of induced earthquakes in Groningen (Bommer, Stafford and Ntinalexis 2021).

PGV in cm/s at the surface, from the records of Groningen themselves: an empirical model, made for the judgement of
damage, in three components. Magnitude is the local magnitude, distance the hypocentral distance. Natural logarithms.

    ln PGV = c1 + c2 M + c3 ln min(R, 7) + c4 ln(min(max(R, 7), 12)/7) + c5 ln(max(R, 12)/12) + c8 ln(Vs30/200)
    R      = sqrt(Rhyp^2 + exp(c6 + c7 M)^2)
    sigma  = sqrt(tau^2 + phi_s2s^2 + phi_ss^2)

One median and one scatter. The site-to-site scatter is aleatory, as published; as branches it takes the epsilons of V7,
a choice of ours. The model has no reference horizon: Vs30 moves the motion, linearly.

The coefficients of the earlier model of 2019 are known, but not the limits of its segments: it is not here.
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from mijnrisico import data
from mijnrisico.seismic.motion import bommer_2021
from mijnrisico.seismic.motion.model import Component, Floats, GroundMotion, Motion, Response, Source

COMPONENTS: Final[tuple[Component, ...]] = ("geometric_mean", "larger", "max_rotated")
REFERENCE_VS30_M_S: Final = 200.0
_HINGES_KM = (7.0, 12.0)

MODEL = Motion(
    name="bommer_2021_pgv",
    predicts={"PGV": "cm/s"},
    needs=("magnitude", "hypocentral_distance", "vs30"),
    valid={"magnitude": (1.5, 3.6)},
    source=Source(
        reference="Bommer, J.J., Stafford, P.J. and Ntinalexis, M. (2021); described in Bommer et al. (2022), "
        "doi:10.1007/s10950-022-10120-w",
        tables="TNO/SHRA-Groningen-hazard-risk-models",
        licence="EUPL-1.2",
    ),
    departs="epistemic branches of the site term, when asked for, are those of V7; above M 3.6, the largest recorded, "
    "it extrapolates",
)


@cache
def coefficients(component: Component) -> dict[str, float]:
    """Coefficients c1..c8 and sds of a component; raises KeyError for one that the model does not have."""
    row = data.table("gmm_pgv_2021").set_index("component").loc[component]
    return {str(name): float(value) for name, value in zip(row.index, row.to_numpy(float), strict=True)}


def median_ln(
    magnitude: ArrayLike,
    hypocentral_km: ArrayLike,
    component: Component = "geometric_mean",
    vs30_m_s: ArrayLike = REFERENCE_VS30_M_S,
) -> Floats:
    """Median ln PGV (cm/s) at the surface by the equation above; the arguments broadcast."""
    c = coefficients(component)
    magnitude = np.asarray(magnitude, float)
    near, far = _HINGES_KM
    r = np.hypot(np.asarray(hypocentral_km, float), np.exp(c["c6"] + c["c7"] * magnitude))
    path = (
        c["c3"] * np.log(np.minimum(r, near))
        + c["c4"] * np.log(np.clip(r, near, far) / near)
        + c["c5"] * np.log(np.maximum(r, far) / far)
    )
    return c["c1"] + c["c2"] * magnitude + path + amplification_ln(vs30_m_s, component)


def amplification_ln(vs30_m_s: ArrayLike, component: Component = "geometric_mean") -> Floats:
    """ln of the motion beside that at Vs30 = 200 m/s, c8 ln(Vs30/200)."""
    return coefficients(component)["c8"] * np.log(np.asarray(vs30_m_s, float) / REFERENCE_VS30_M_S)


def _parts(measure: str, magnitude: Floats, hypocentral_km: Floats, component: Component) -> tuple[Floats, Floats]:
    """Sds between events and within an event at one station, each (row, 1, 1)."""
    del hypocentral_km
    if measure != "PGV":
        raise KeyError(measure)
    c, shape = coefficients(component), (magnitude.size, 1, 1)
    return np.full(shape, c["tau"]), np.full(shape, c["phi_ss"])


def _reference(measure: str, magnitude: Floats, hypocentral_km: Floats, component: Component) -> tuple[Floats, Floats]:
    """Median of ln PGV (row, 1) at Vs30 = 200 m/s and sd without the site term (row, 1, 1)."""
    between, within = _parts(measure, magnitude, hypocentral_km, component)
    return median_ln(magnitude, hypocentral_km, component)[:, None], np.hypot(between, within)


def _response(vs30_m_s: float, measure: str, component: Component = "geometric_mean") -> Response:
    """The linear response of Vs30 and a site-to-site scatter that does not depend on the motion."""
    del measure
    shift, phi = float(amplification_ln(vs30_m_s, component)), coefficients(component)["phi_s2s"]
    return Response(
        linear_ln=lambda magnitude, distance_km: np.full(
            np.broadcast_shapes(np.shape(magnitude), np.shape(distance_km)), shift
        ),
        s1=phi,
        s2=phi,
    )


PGV = GroundMotion(
    head=MODEL,
    units={"PGV": "cm/s"},
    reference=_reference,
    distance="hypocentral",
    kinks_km=_HINGES_KM,  # of the effective distance; of the hypocentral distance within 0.5 km up to M 3.6
    components=COMPONENTS,
    site="vs30",
    response=_response,
    site_term="aleatory",
    epsilon=bommer_2021.SITE_EPSILON,
    epsilon_weight=bommer_2021.SITE_EPSILON_WEIGHTS,
    parts=_parts,
)
