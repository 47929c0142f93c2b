"""What ground-motion models of Groningen share: the forms of V5 and V6, the arbitrary component and dwelling mounds.

V5 and V6 are one set of equations with two sets of coefficients, for 23 spectral accelerations SA(T) in cm/s2 and for
peak ground velocity (PGV) in cm/s. Magnitude is the local magnitude, distance the rupture distance R >= 3 km; SA(0.01)
stands for the peak ground acceleration. Natural logarithms throughout.

    ln Y      = gs(M) + gp(M, R) + eps_1 tau + eps_2 phi_ss         reference horizon, geometric mean
    ln Y_surf = ln Y + ln AF(M, R, Y) + eps_s phi_s2s(Y) + wierde

Tables are named by version, "v5" or "v6". Medians and sds are given in ln of g for SA and of cm/s for PGV: the limits
and scales of the site response are in those units, so for PGV nothing is rescaled.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from mijnrisico import data
from mijnrisico.errors import InputError, Problem
from mijnrisico.seismic.motion.model import (
    Component,
    Floats,
    GroundMotion,
    Motion,
    Response,
    SiteResponse,
    constant_weights,
)
from mijnrisico.units import CMS2_PER_G

Reference = Callable[[str, Floats, Floats, Component], tuple[Floats, Floats]]

BRANCHES: Final = ("lower", "central_lower", "central_upper", "upper")
PHI_BRANCHES: Final = ("lower", "upper")
_SHORT_S = (0.01, 0.025, 0.05, 0.075, 0.1, 0.125, 0.15, 0.175, 0.2, 0.25, 0.3, 0.4)
_LONG_S = (0.5, 0.6, 0.7, 0.85, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0)
PERIODS_S: Floats = np.array([*_SHORT_S, *_LONG_S])
MEASURES: Final = ("PGA", *(f"SA({t:g})" for t in PERIODS_S[1:]), "PGV")
UNITS: Final = {measure: "cm/s" if measure == "PGV" else "g" for measure in MEASURES}
COMPONENTS: Final[tuple[Component, ...]] = ("geometric_mean", "arbitrary")
SEGMENT_START_KM: Floats = np.array([3.0, 7.0, 12.0])

_HINGE_LOW, _HINGE_HIGH = 4.7, 5.45
NEAREST_KM = 3.0
"""Smallest rupture distance of the Groningen models: nearer earthquakes move the ground as at this distance."""
_COMPONENT_SHORT = (0.026, 1.03, -2.22)
_COMPONENT_LONG = (0.045, 5.315, -2.92)
_ZONE_COLUMNS = ("a0", "a1", "b0", "b1", "m1", "m2", "d", "f2", "f3", "s1", "s2", "xl", "xh", "af_min", "af_max")


def component_variance(period_s: ArrayLike, magnitude: ArrayLike, distance_km: ArrayLike) -> Floats:
    """Variance (ln units) that an arbitrary horizontal component adds to the geometric mean; arguments broadcast.

    v(0.1 s) = 0.026 + 1.03 (5.6 - M*) R^-2.22, v(0.85 s) = 0.045 + 5.315 (5.6 - M*) R^-2.92, linear in ln T
    between and constant outside, M* = M clipped to 3.6-5.6, R at least 3 km, where the model begins.
    """
    room = 5.6 - np.clip(np.asarray(magnitude, float), 3.6, 5.6)
    distance = np.maximum(np.asarray(distance_km, float), NEAREST_KM)
    short, long = (v0 + v1 * room * distance**power for v0, v1, power in (_COMPONENT_SHORT, _COMPONENT_LONG))
    share = np.log(np.clip(np.asarray(period_s, float), 0.1, 0.85) / 0.1) / np.log(0.85 / 0.1)
    return short + (long - short) * share


def wierde_ln(period_s: ArrayLike) -> Floats:
    """ln factor on a dwelling mound (wierde) at a period in s: linear in T between the rows of the table, zero outside.

    A feature of V7. The public chain applies it to V5 and V6 as well; the table has no factor for PGV.
    """
    table = data.table("gmm_wierde_factor").sort_values("period_s")
    period, factor = table["period_s"].to_numpy(float), table["wierde_ln_factor"].to_numpy(float)
    return np.interp(np.asarray(period_s, float), period, factor, left=0.0, right=0.0)


def wierde_of(measure: str) -> float:
    """`wierde_ln` of a measure of V5 and V6; zero for PGV."""
    return 0.0 if measure == "PGV" else float(wierde_ln(_period_s(measure)))


def _label(measure: str) -> str:
    """Name of a measure in the tables; raises KeyError for one that V5 and V6 do not have."""
    if measure not in UNITS:
        raise KeyError(measure)
    return "SA(0.01)" if measure == "PGA" else measure


def _period_s(measure: str) -> float:
    return float(PERIODS_S[MEASURES.index(measure)])


@cache
def _medians(version: str, measure: str) -> tuple[Floats, Floats]:
    """Coefficients m0..m5 and r0..r5 of a measure, each (6, branch)."""
    table = data.table(f"gmm_{version}_medians")
    rows = table[table["measure"] == _label(measure)].set_index("branch").loc[list(BRANCHES)]
    m, r = (rows[[f"{letter}{i}" for i in range(6)]].to_numpy(float).T for letter in "mr")
    return m, r


def median_ln(version: str, measure: str, magnitude: ArrayLike, distance_km: ArrayLike) -> Floats:
    """Median ln Y of one measure at the reference horizon, in ln g or (PGV) ln cm/s, for every median branch.

        g  = gs + gp
        gs = m0 + m1 (M - 4.7) + m2 (M - 4.7)^2 up to 4.7, m0 + m3 (M - 4.7) up to 5.45,
             and from there m0 + 0.75 m3 + m4 (M - 5.45) + m5 (M - 5.45)^2
        gp = sum_k (r_2k + r_2k+1 M) ln(R clipped to segment k / start of k), segments 3-7-12-inf km

    `magnitude` and `distance_km` broadcast; returns (..., branch 4). Equations 5.1-5.3 of Bommer et al. (2019).
    """
    magnitude, distance_km = np.broadcast_arrays(
        np.asarray(magnitude, float)[..., None], np.asarray(distance_km, float)[..., None]
    )
    m, r = _medians(version, measure)
    low, high = magnitude - _HINGE_LOW, magnitude - _HINGE_HIGH
    middle = m[0] + m[3] * np.minimum(low, _HINGE_HIGH - _HINGE_LOW)
    median = np.where(
        low <= 0.0, m[0] + m[1] * low + m[2] * low**2, middle + np.where(high > 0.0, m[4] * high + m[5] * high**2, 0.0)
    )
    ends = np.append(SEGMENT_START_KM[1:], np.inf)
    for k, (start, end) in enumerate(zip(SEGMENT_START_KM, ends, strict=True)):
        median = median + (r[2 * k] + r[2 * k + 1] * magnitude) * np.log(np.clip(distance_km, start, end) / start)
    return median if measure == "PGV" else median - np.log(CMS2_PER_G)


@cache
def tau_phi(version: str, measure: str) -> tuple[Floats, Floats]:
    """Between-event sd tau of every median (branch 4,) and within-event sd phi_ss (branch 2,), ln."""
    row = data.table(f"gmm_{version}_sigmas").set_index("measure").loc[_label(measure)]
    tau = row[[f"tau_{branch}" for branch in BRANCHES]].to_numpy(float)
    return tau, row[[f"phi_ss_{branch}" for branch in PHI_BRANCHES]].to_numpy(float)


def parts(
    version: str, measure: str, magnitude: Floats, distance_km: Floats, component: Component
) -> tuple[Floats, Floats]:
    """Sds between events and within an event, each (row, median 4, phi_ss 2); the component adds to the second.

    Raises InputError E503 for PGV in an arbitrary component: its variance was not published with the tables.
    """
    tau, phi_ss = tau_phi(version, measure)
    within = np.zeros((magnitude.size, tau.size, 1)) + phi_ss**2
    if component == "arbitrary":
        if measure == "PGV":
            params = {"got": "arbitrary (PGV)", "expected": "geometric_mean", "example": "geometric_mean"}
            raise InputError(Problem("E503", where="component", params=params))
        within = within + component_variance(_period_s(measure), magnitude, distance_km)[:, None, None]
    return np.zeros_like(within) + tau[:, None], np.sqrt(within)


def reference(
    version: str, measure: str, magnitude: Floats, distance_km: Floats, component: Component
) -> tuple[Floats, Floats]:
    """Medians of ln Y (row, median 4) and sds (row, median 4, phi_ss 2), as `GroundMotion.reference` wants them."""
    between, within = parts(version, measure, magnitude, distance_km, component)
    return median_ln(version, measure, magnitude, distance_km), np.hypot(between, within)


@cache
def weights(version: str, node: str, column: str = "weight") -> Floats:
    """Weights (or `branch_value`) of a node of the tree: median_and_tau, phi_ss or site_to_site_epsilon."""
    table = data.table(f"gmm_{version}_logic_tree")
    return table.loc[table["node"] == node, column].to_numpy(float)


@cache
def _zone_table(version: str, measure: str) -> pd.DataFrame:
    table = data.table(f"gmm_{version}_amplification")
    return table[table["measure"] == _label(measure)].set_index("zone")


@cache
def zones(version: str) -> tuple[int, ...]:
    """Numbers of the zones with amplification, ascending."""
    return tuple(sorted(int(zone) for zone in _zone_table(version, "PGA").index))


def zone_coefficients(version: str, measure: str, zone: int) -> dict[str, float]:
    """Coefficients of the response of one zone by letter; raises KeyError for a zone without amplification.

    f3, xl and xh are in g, for PGV in cm/s; af_min and af_max are factors; s1 and s2 are ln units.
    """
    row = _zone_table(version, measure).loc[int(zone), list(_ZONE_COLUMNS)]
    return {letter: float(value) for letter, value in zip(_ZONE_COLUMNS, row.to_numpy(float), strict=True)}


def linear_ln(c: dict[str, float], measure: str, magnitude: ArrayLike, distance_km: ArrayLike) -> Floats:
    """The part f1 of ln AF that does not depend on the level of motion; `magnitude` and `distance_km` broadcast.

        SA   f1 = a0 + a1 ln R + (b0 + b1 ln R) min(M - Mref, 0),  Mref = M1 - (M1 - M2) ln(R/3)/ln 20
        PGV  f1 = a0 + a1 ln R + (b0 + b1 ln R)(min(M, M1) - M1) + d (max(M, M1) - M1)

    Mref goes on beyond 60 km, unlike that of V7. Equations 5.8-5.10 of Bommer et al. (2019).
    """
    magnitude, ln_r = np.asarray(magnitude, float), np.log(np.maximum(np.asarray(distance_km, float), NEAREST_KM))
    level, slope = c["a0"] + c["a1"] * ln_r, c["b0"] + c["b1"] * ln_r
    if measure == "PGV":
        above = magnitude - c["m1"]
        return level + slope * np.minimum(above, 0.0) + c["d"] * np.maximum(above, 0.0)
    hinge = c["m1"] - (c["m1"] - c["m2"]) * (ln_r - np.log(3.0)) / np.log(20.0)
    return level + slope * np.minimum(magnitude - hinge, 0.0)


def response(version: str, zone: int, measure: str) -> Response:
    """Response of a zone; raises KeyError for one without amplification.

    ln AF = f1 + f2 ln((Y + f3)/f3), clipped to [ln AFmin, ln AFmax]
    phi_s2s is linear in ln Y from s1 at xl to s2 at xh, constant outside
    """
    c = zone_coefficients(version, measure, zone)
    return Response(
        linear_ln=lambda magnitude, distance_km: linear_ln(c, measure, magnitude, distance_km),
        f2=c["f2"],
        f3=c["f3"],
        ln_low=float(np.log(c["af_min"])),
        ln_high=float(np.log(c["af_max"])),
        s1=c["s1"],
        s2=c["s2"],
        xl=c["xl"],
        xh=c["xh"],
    )


def correlation_table(name: str, measures: Sequence[str]) -> Floats:
    """Matrix (measure, measure) from a table of pairs of SA(T); raises KeyError for a measure it does not have."""
    table = _pairs(name)
    labels = [_label(measure) for measure in measures]
    for label in labels:
        if label not in table.index:
            raise KeyError(label)
    return table.loc[labels, labels].to_numpy(float)


@cache
def _pairs(name: str) -> pd.DataFrame:
    return data.table(name).pivot(index="measure_1", columns="measure_2", values="correlation")


def site_correlation_2024(measures: Sequence[str]) -> Floats:
    """Empirical correlation of the site-to-site residual between periods, (measure, measure); no PGV.

    Offered in the public chain after March 2025 for the site term only, the reference motion keeping the matrix of its
    model. Much weaker than those (mean over 0.01-1 s 0.40 against 0.73); the data behind it are not stated.
    """
    return correlation_table("gmm_site_correlations_2024", measures)


def ground_motion(
    version: str, head: Motion, reference: Reference, parts: Reference, response: SiteResponse
) -> GroundMotion:
    """What V5 and V6 share as models: measures, bends, 4 medians x 2 phi_ss, an aleatory site term."""
    return GroundMotion(
        head=head,
        units=UNITS,
        reference=reference,
        kinks_km=(7.0, 12.0),
        components=COMPONENTS,
        medians=BRANCHES,
        median_weights=constant_weights(weights(version, "median_and_tau")),
        scatters=("phi_ss lower", "phi_ss upper"),
        scatter_weight=weights(version, "phi_ss"),
        site="zone",
        response=response,
        site_term="aleatory",
        epsilon=weights(version, "site_to_site_epsilon", "branch_value"),
        epsilon_weight=weights(version, "site_to_site_epsilon"),
        wierde_ln=wierde_of,
        parts=parts,
        correlation=lambda measures: correlation_table(f"gmm_{version}_correlations", measures),
    )
