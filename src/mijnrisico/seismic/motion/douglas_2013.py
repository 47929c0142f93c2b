"""Ground-motion model for induced earthquakes in geothermal areas (Douglas et al. 2013), 36 stochastic variants.

PGA and spectral acceleration at 5 % damping in cm/s2, PGV in cm/s, geometric mean of the two horizontal components, on
rock with a shear-wave velocity of 1,100 m/s; moment magnitude and hypocentral distance. Here ln of g, with standard
gravity, and of cm/s.

    ln Y  = b1 + b2 (M - 3) + b3 (M - 3)^2 + b4 (M - 3)^3 + b5 ln(Rhyp + bh) + b6 (Rhyp + bh)
    sigma = sqrt(phi^2 + tau^2), tau = (tau_Soultz + tau_Basel)/2

The variants are three stress drops (1, 10, 100 bar) x three Q (200, 600, 1800) x four kappa (0.005-0.06 s). They are
the median branches. We found no published weights: Edwards and Douglas (2013) rank and weigh the variants by the
records of a site. Equal weights are a choice of ours, wide on purpose; `with_variants` keeps those that are wanted.

The cubic in magnitude must not be used outside its range. Medians go to 10 s, the scatter of the records to 0.5 s only:
the model stops at 0.5 s. phi is of a single station and there is no site term: differences between sites are missing.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from mijnrisico import data
from mijnrisico.core.logic_tree import check_weights
from mijnrisico.errors import InputError, Problem
from mijnrisico.seismic.motion.model import Component, Floats, GroundMotion, Motion, Source, constant_weights
from mijnrisico.units import CMS2_PER_STANDARD_G

PERIODS_S: Floats = np.array([0.01, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5])
MEASURES: Final = ("PGA", *(f"SA({t:g})" for t in PERIODS_S), "PGV")
UNITS: Final = {measure: "cm/s" if measure == "PGV" else "g" for measure in MEASURES}

MODEL = Motion(
    name="douglas_2013",
    predicts={"PGA": "g", "SA(0.01)..SA(0.5)": "g", "PGV": "cm/s"},
    needs=("moment_magnitude", "hypocentral_distance"),
    valid={"magnitude": (1.0, 5.0), "hypocentral_distance_km": (0.0, 50.0)},
    source=Source(
        reference="Douglas, J. et al. (2013), Bull. Seismol. Soc. Am. 103(3), 1875-1897",
        tables="as transcribed in OpenQuake hazardlib",
        licence="coefficients of the paper",
    ),
    departs="36 variants with equal weights, a choice of ours; standard deviations of the records interpolated in the "
    "logarithm of the period",
)


@dataclass(frozen=True, slots=True, order=True)
class Variant:
    """One of the 36: stress drop in bar, quality factor Q and kappa in s."""

    stress_drop_bar: float
    quality_factor: float
    kappa_s: float

    def __str__(self) -> str:
        """Name of the branch, such as "10 bar, Q 600, kappa 0.02 s"."""
        return f"{self.stress_drop_bar:g} bar, Q {self.quality_factor:g}, kappa {self.kappa_s:g} s"


@cache
def variants() -> tuple[Variant, ...]:
    """The 36 variants, by stress drop, then Q, then kappa."""
    table = data.table("gmm_douglas_2013_medians")
    rows = table[["stress_drop_bar", "quality_factor", "kappa_s"]].drop_duplicates().to_numpy(float)
    return tuple(sorted(Variant(*row) for row in rows.tolist()))


@cache
def _medians(measure: str) -> dict[str, Floats]:
    """Coefficients of a measure by letter, each (variant 36,); raises KeyError for one the model does not have."""
    if measure not in UNITS:
        raise KeyError(measure)
    table = data.table("gmm_douglas_2013_medians")
    rows = table[table["measure"] == measure].sort_values(["stress_drop_bar", "quality_factor", "kappa_s"])
    return {name: rows[name].to_numpy(float) for name in ("b1", "b2", "b3", "b4", "b5", "b6", "bh")}


def median_ln(measure: str, magnitude: ArrayLike, hypocentral_km: ArrayLike) -> Floats:
    """Median ln Y in ln g or (PGV) ln cm/s for every variant, (..., variant 36); the arguments broadcast."""
    c = _medians(measure)
    x = np.asarray(magnitude, float)[..., None] - 3.0
    r = np.asarray(hypocentral_km, float)[..., None] + c["bh"]
    median = c["b1"] + x * (c["b2"] + x * (c["b3"] + x * c["b4"])) + c["b5"] * np.log(r) + c["b6"] * r
    return median if measure == "PGV" else median - np.log(CMS2_PER_STANDARD_G)


@cache
def tau_phi(measure: str) -> tuple[float, float]:
    """Sds (ln) between events and within an event, linear in ln of the period between the tabulated periods."""
    table = data.table("gmm_douglas_2013_sigmas")
    rows = dict(zip(table["measure"].tolist(), table[["tau_soultz", "tau_basel", "phi"]].to_numpy(float), strict=True))
    if measure in rows:
        soultz, basel, phi = rows[measure]
    else:
        spectral = {float(name[3:-1]): row for name, row in rows.items() if name.startswith("SA")}
        ln_period, columns = np.log(list(spectral)), np.array(list(spectral.values())).T
        soultz, basel, phi = (np.interp(np.log(float(measure[3:-1])), ln_period, column) for column in columns)
    return 0.5 * float(soultz + basel), float(phi)


def _parts(measure: str, magnitude: Floats, hypocentral_km: Floats, component: Component) -> tuple[Floats, Floats]:
    """Sds between events and within an event, each (row, 1, 1)."""
    del hypocentral_km, component
    tau, phi = tau_phi(measure)
    return np.full((magnitude.size, 1, 1), tau), np.full((magnitude.size, 1, 1), phi)


def _reference(measure: str, magnitude: Floats, hypocentral_km: Floats, component: Component) -> tuple[Floats, Floats]:
    """Medians (row, variant 36) and sd (row, 1, 1)."""
    between, within = _parts(measure, magnitude, hypocentral_km, component)
    return median_ln(measure, magnitude, hypocentral_km), np.hypot(between, within)


def with_variants(weights: dict[Variant, float]) -> GroundMotion:
    """The model with only these variants and weights; raises InputError E503 for an unknown variant, E504 for a sum.

    with_variants({Variant(10, 600, 0.02): 0.6, Variant(10, 1800, 0.02): 0.4})
    """
    known = variants()
    unknown = [variant for variant in weights if variant not in known]
    if unknown:
        params = {"got": str(unknown[0]), "expected": "; ".join(map(str, known)), "example": str(known[0])}
        raise InputError(Problem("E503", where="douglas_2013", params=params))
    weight = check_weights("douglas_2013", np.array(list(weights.values()), float))
    kept = [known.index(variant) for variant in weights]

    def reference(
        measure: str, magnitude: Floats, hypocentral_km: Floats, component: Component
    ) -> tuple[Floats, Floats]:
        median, sd = _reference(measure, magnitude, hypocentral_km, component)
        return np.ascontiguousarray(median[:, kept]), sd

    names = tuple(str(variant) for variant in weights)
    return replace(DOUGLAS, reference=reference, medians=names, median_weights=constant_weights(weight))


DOUGLAS = GroundMotion(
    head=MODEL,
    units=UNITS,
    reference=_reference,
    distance="hypocentral",
    medians=tuple(str(variant) for variant in variants()),
    median_weights=constant_weights(np.full(len(variants()), 1.0 / len(variants()))),
    parts=_parts,
)
