"""Ground-motion model for small to moderate earthquakes at short distance, for induced seismicity (Atkinson 2015).

PGA and spectral acceleration at 5 % damping in cm/s2, PGV in cm/s, on rock with Vs30 = 760 m/s (NEHRP B/C); moment
magnitude and hypocentral distance. The paper works in log10; here ln of g and of cm/s, with standard gravity.

    log10 Y = c0 + c1 M + c2 M^2 + c3 log10 R + c4 R,   R = sqrt(Rhyp^2 + heff^2)
    heff    = max(1, 10^(-1.72 + 0.43 M)) km               the model
    heff    = max(1, 10^(-0.28 + 0.19 M)) km               the alternative, stronger saturation near the source

The alternative has no weight, so it is a model of its own (`ALTERNATIVE`) with the same coefficients. Near the source
the choice matters by up to a factor of two; a public code of the model (Baker) takes the alternative on the word of the
author. One scatter, the published total; its parts tau and phi are scaled by up to 2 % to add up to it, because the
table rounds all three.

There is no site term: for soil the motion has to be amplified afterwards.
"""

from collections.abc import Callable
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from mijnrisico import data
from mijnrisico.seismic.motion.model import Component, Floats, GroundMotion, Motion, Source
from mijnrisico.units import CMS2_PER_STANDARD_G

PERIODS_S: Floats = np.array([0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 3.0, 5.0])
MEASURES: Final = ("PGA", *(f"SA({t:g})" for t in PERIODS_S), "PGV")
UNITS: Final = {measure: "cm/s" if measure == "PGV" else "g" for measure in MEASURES}
SATURATION: Final = (-1.72, 0.43)
ALTERNATIVE_SATURATION: Final = (-0.28, 0.19)
"""log10 of the effective depth in km at M 0, and its slope."""

_SOURCE = Source(
    reference="Atkinson, G.M. (2015), Bull. Seismol. Soc. Am. 105(2)",
    tables="table 2 as transcribed in OpenQuake hazardlib",
    licence="coefficients of the paper",
)
_PREDICTS = {"PGA": "g", "SA(0.03)..SA(5)": "g", "PGV": "cm/s"}
_NEEDS = ("moment_magnitude", "hypocentral_distance")
_VALID = {"magnitude": (3.0, 6.0), "hypocentral_distance_km": (0.0, 40.0)}

MODEL = Motion(
    name="atkinson_2015",
    predicts=_PREDICTS,
    needs=_NEEDS,
    valid=_VALID,
    source=_SOURCE,
    departs="the median over orientations of the paper is called geometric mean",
)
ALTERNATIVE_MODEL = Motion(
    name="atkinson_2015_alternative",
    predicts=_PREDICTS,
    needs=_NEEDS,
    valid=_VALID,
    source=_SOURCE,
    departs="the alternative effective depth of the paper with the coefficients of its table, which were fitted with "
    "the other; the median over orientations of the paper is called geometric mean",
)


@cache
def coefficients(measure: str) -> dict[str, float]:
    """Coefficients c0..c4 and sds (log10) of a measure; raises KeyError for one that the model does not have."""
    row = data.table("gmm_atkinson_2015").set_index("measure").loc[measure]
    return {str(name): float(value) for name, value in zip(row.index, row.to_numpy(float), strict=True)}


def effective_depth_km(magnitude: ArrayLike, saturation: tuple[float, float] = SATURATION) -> Floats:
    """Depth heff (km) that keeps the motion finite near the source, at least 1 km."""
    constant, slope = saturation
    return np.maximum(1.0, 10.0 ** (constant + slope * np.asarray(magnitude, float)))


def median_ln(
    measure: str,
    magnitude: ArrayLike,
    hypocentral_km: ArrayLike,
    saturation: tuple[float, float] = SATURATION,
) -> Floats:
    """Median ln Y in ln g or (PGV) ln cm/s; `magnitude` and `hypocentral_km` broadcast.

    Raises KeyError for a measure that the model does not have.
    """
    c = coefficients(measure)
    magnitude = np.asarray(magnitude, float)
    r = np.hypot(np.asarray(hypocentral_km, float), effective_depth_km(magnitude, saturation))
    log10 = c["c0"] + c["c1"] * magnitude + c["c2"] * magnitude**2 + c["c3"] * np.log10(r) + c["c4"] * r
    return log10 * np.log(10.0) - (0.0 if measure == "PGV" else np.log(CMS2_PER_STANDARD_G))


def _parts(measure: str, magnitude: Floats, hypocentral_km: Floats, component: Component) -> tuple[Floats, Floats]:
    """Sds between events and within an event, each (row, 1, 1), in ln units."""
    del hypocentral_km, component
    c = coefficients(measure)
    scale = np.log(10.0) * c["sigma"] / np.hypot(c["tau"], c["phi"])
    tau, phi = c["tau"] * scale, c["phi"] * scale
    return np.full((magnitude.size, 1, 1), tau), np.full((magnitude.size, 1, 1), phi)


def _reference(
    saturation: tuple[float, float], measure: str, magnitude: Floats, hypocentral_km: Floats
) -> tuple[Floats, Floats]:
    """Median (row, 1) and the published total sd (row, 1, 1), in ln units."""
    sigma = coefficients(measure)["sigma"] * np.log(10.0)
    return median_ln(measure, magnitude, hypocentral_km, saturation)[:, None], np.full((magnitude.size, 1, 1), sigma)


def _standard(measure: str, magnitude: Floats, hypocentral_km: Floats, component: Component) -> tuple[Floats, Floats]:
    del component
    return _reference(SATURATION, measure, magnitude, hypocentral_km)


def _alternative(
    measure: str, magnitude: Floats, hypocentral_km: Floats, component: Component
) -> tuple[Floats, Floats]:
    del component
    return _reference(ALTERNATIVE_SATURATION, measure, magnitude, hypocentral_km)


def _model(head: Motion, reference: Callable[[str, Floats, Floats, Component], tuple[Floats, Floats]]) -> GroundMotion:
    return GroundMotion(head=head, units=UNITS, reference=reference, distance="hypocentral", parts=_parts)


STANDARD = _model(MODEL, _standard)
ALTERNATIVE = _model(ALTERNATIVE_MODEL, _alternative)
