"""Ground-motion model V7 for induced earthquakes in the Groningen field (Bommer et al. 2021).

Spectral acceleration SA(T) at 5 % damping in cm/s2 for ten periods; SA(0.01 s) stands for the peak ground
acceleration. Magnitude is the local magnitude, distance the rupture distance R >= 3 km to the plane. The motion is
given at the reference rock horizon (base of the North Sea Group); the amplification of a geological zone takes it to
the surface.

    ln SA_ref  = gs(M) + gp(M, R) + eps_1 tau + eps_2 phi_ss    geometric mean of the two horizontal components
    ln SA_surf = ln SA_ref + ln AF(M, R, SA_ref) + eps_s phi_s2s(SA_ref) + wierde

An arbitrary component adds `component_variance` to tau^2 + phi_ss^2. Natural logarithms throughout.

Logic tree: 4 medians (weights by magnitude) x 3 tau x 2 phi_ss x 3 site epsilons. The site-to-site term is
epistemic: a branch moves a site by a fixed number of standard deviations.

Site variability. phi_s2s runs linearly in ln SA_ref between limits that the tables give in g. The public chain
calls it with ln SA in cm/s2 and so always obtains the high-motion value; `site_variability_argument="cm/s2"` repeats
that, the default "g" does what the tables say.
"""

from dataclasses import dataclass, fields
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from mijnrisico import data
from mijnrisico.core import logic_tree
from mijnrisico.seismic.motion import groningen
from mijnrisico.seismic.motion.groningen import wierde_ln
from mijnrisico.seismic.motion.model import (
    Component,
    Floats,
    GroundMotion,
    Motion,
    Response,
    SiteVariabilityArgument,
    Source,
)
from mijnrisico.units import CMS2_PER_G

PERIODS_S: Floats = np.array([0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0])
BRANCHES = ("lower", "central_lower", "central_upper", "upper")

_MAGNITUDE_HINGE = 4.75
_SPREADING_HINGE = 3.875
_SEGMENT_START_KM: Floats = np.array([3.0, 7.0, 12.0, 25.0])
_TANH_UP_TO_S = (np.inf, 0.2, 0.5, np.inf)

MODEL = Motion(
    name="bommer_2021 (GMM V7)",
    predicts={"SA(0.01)": "cm/s2", "SA(0.1)..SA(1.0)": "cm/s2"},
    needs=("magnitude", "rupture_distance", "site_zone"),
    valid={"magnitude": (1.5, 6.5), "rupture_distance_km": (3.0, 70.0)},
    source=Source(
        reference="Bommer, J.J. et al. (2021), V7 ground-motion model for the Groningen gas field",
        tables="TNO/SHRA-Groningen-hazard-risk-models, V7 tables of NAM",
        licence="EUPL-1.2",
    ),
    departs="argument of phi_s2s in g as in the tables, where the public chain passes cm/s2 (selectable); the weights "
    "of the medians are applied once, where it counts them twice for the risk",
)


@cache
def _medians() -> tuple[Floats, Floats]:
    """Coefficients m (branch, period, 5) and r (branch, period, segment, 4)."""
    table = data.table("gmm_v7_medians").set_index(["branch", "period_s", "parameter"])["value"].to_dict()
    m = np.array([[[table[b, t, f"m{i}"] for i in range(5)] for t in PERIODS_S] for b in BRANCHES])
    r = np.array([[[[table[b, t, f"r{k}{c}"] for c in "abcd"] for k in range(4)] for t in PERIODS_S] for b in BRANCHES])
    return m, r


def reference_median_ln(magnitude: ArrayLike, distance_km: ArrayLike) -> Floats:
    """Median ln SA (cm/s2) at the reference horizon for every median branch and period.

        g  = gs + gp
        gs = m0 + m1 (M - 4.75) + m2 (M - 4.75)^2 below 4.75, with m3, m4 for m1, m2 above
        gp = sum_k r_k(M) ln(R clipped to segment k / start of k), segments 3-7-12-25-inf km
        r_k = ra + rb (M - 3.875) below 3.875, and above ra + rc tanh(rd (M - 3.875)): at every period for
              3-7 km and beyond 25 km, for 7-12 km at T <= 0.2 s, for 12-25 km at T <= 0.5 s, linear otherwise

    `magnitude` and `distance_km` broadcast; returns (..., branch 4, period 10).
    """
    magnitude, distance_km = np.broadcast_arrays(
        np.asarray(magnitude, float)[..., None, None], np.asarray(distance_km, float)[..., None, None]
    )
    m, r = _medians()
    x = magnitude - _MAGNITUDE_HINGE
    below = x <= 0.0
    median = m[..., 0] + np.where(below, m[..., 1], m[..., 3]) * x + np.where(below, m[..., 2], m[..., 4]) * x**2
    y = magnitude - _SPREADING_HINGE
    for k, start in enumerate(_SEGMENT_START_KM):
        end = _SEGMENT_START_KM[k + 1] if k + 1 < len(_SEGMENT_START_KM) else np.inf
        a, b, c, d = (r[:, :, k, i] for i in range(4))
        bent = (y > 0.0) & (_TANH_UP_TO_S[k] >= PERIODS_S)
        slope = a + np.where(bent, c * np.tanh(d * y), b * y)
        median = median + slope * np.log(np.clip(distance_km, start, end) / start)
    return median


@cache
def tau_phi() -> tuple[Floats, Floats]:
    """Between-event sd tau (branch 3, period 10) and within-event sd phi_ss (branch 2, period 10), ln."""
    table = data.table("gmm_v7_sigmas").set_index(["component", "branch", "period_s"])["value"].to_dict()
    tau = np.array([[table["tau", b, t] for t in PERIODS_S] for b in ("lower", "central", "upper")])
    phi_ss = np.array([[table["phi_ss", b, t] for t in PERIODS_S] for b in ("lower", "upper")])
    return tau, phi_ss


def component_variance(magnitude: ArrayLike, distance_km: ArrayLike) -> Floats:
    """Variance that an arbitrary component adds, `groningen.component_variance` at every period; (..., period 10)."""
    magnitude, distance_km = np.asarray(magnitude, float)[..., None], np.asarray(distance_km, float)[..., None]
    return groningen.component_variance(PERIODS_S, magnitude, distance_km)


def _weights(node: str, branches: tuple[str, ...], column: str = "weight") -> Floats:
    table = data.table("gmm_v7_logic_tree")
    rows = table[table["node"] == node].set_index("branch")[column]
    return np.array([float(rows[b]) for b in branches])


TAU_WEIGHTS: Floats = _weights("tau", ("lower", "central", "upper"))
PHI_SS_WEIGHTS: Floats = _weights("phi_ss", ("lower", "upper"))
SITE_EPSILON: Floats = _weights("site_to_site_epsilon", ("lower", "central", "upper"), "branch_value")
SITE_EPSILON_WEIGHTS: Floats = _weights("site_to_site_epsilon", ("lower", "central", "upper"))
MEDIAN_HINGES = (3.6, 5.0)
_MEDIAN_WEIGHTS: Floats = np.array([_weights(f"median_at_magnitude_hinge_{m:g}", BRANCHES) for m in MEDIAN_HINGES])


def median_weights(magnitude: ArrayLike) -> Floats:
    """Weights of the four medians: constant up to M 3.6 and from M 5, linear in M between; (..., branch 4)."""
    low, high = MEDIAN_HINGES
    share = np.clip((np.asarray(magnitude, float) - low) / (high - low), 0.0, 1.0)[..., None]
    return (1.0 - share) * _MEDIAN_WEIGHTS[0] + share * _MEDIAN_WEIGHTS[1]


@cache
def period_correlation() -> Floats:
    """Correlation of ln SA between periods given magnitude and distance, (10, 10); for the total residual."""
    table = data.table("gmm_v7_correlations")
    value = table.set_index(["period_1_s", "period_2_s"])["correlation"].to_dict()
    return np.array([[value[a, b] for b in PERIODS_S] for a in PERIODS_S])


@dataclass(frozen=True, slots=True)
class ZoneCoefficients:
    """Site response of one geological zone; every array is (period 10,).

    Letters as in the paper; f3, xl, xh in g; af_min, af_max are factors; s1, s2 are ln units; rref in km.
    """

    zone: int
    a0: Floats
    a1: Floats
    b0: Floats
    b1: Floats
    a2: Floats
    b2: Floats
    a3: Floats
    ma: Floats
    mb: Floats
    mref2: Floats
    rref: Floats
    f2: Floats
    f3: Floats
    s1: Floats
    s2: Floats
    xl: Floats
    xh: Floats
    af_min: Floats
    af_max: Floats


@cache
def zones() -> tuple[int, ...]:
    """Numbers of the geological zones that have V7 amplification, ascending."""
    return tuple(sorted({int(z) for z in data.table("gmm_v7_amplification")["zone"]}))


@cache
def _amplification_table() -> dict[int, dict[str, Floats]]:
    table = data.table("gmm_v7_amplification").sort_values(["zone", "period_s"])
    columns = {f.name: table[f.name].to_numpy(float) for f in fields(ZoneCoefficients) if f.name != "zone"}
    numbers = table["zone"].to_numpy(int)
    return {
        int(zone): {letter: column[numbers == zone] for letter, column in columns.items()}
        for zone in np.unique(numbers)
    }


@cache
def zone_coefficients(zone: int) -> ZoneCoefficients:
    """Coefficients of one zone; raises KeyError for a zone without V7 amplification (the lakes 2813, 3411)."""
    return ZoneCoefficients(zone=int(zone), **_amplification_table()[int(zone)])


def amplification_linear_ln(zone: ZoneCoefficients, magnitude: ArrayLike, distance_km: ArrayLike) -> Floats:
    """The part f1 of ln AF that does not depend on the level of motion, (..., period 10).

        f1 = a0 + a1 ln R + (b0 + b1 ln R)(m - Mref1) + a2 ln^2(R/Rref) + b2 (m - Mref2)^2
             + a3 (max(M, Mref1) - Mref1)
        Mref1 = Ma + (Mb - Ma) ln(R/3)/ln 20 clipped between Ma and Mb, m = min(M, Mref1)

    `magnitude` and `distance_km` broadcast.
    """
    magnitude = np.asarray(magnitude, float)[..., None]
    ln_r = np.log(np.maximum(np.asarray(distance_km, float), groningen.NEAREST_KM))[..., None]
    reference = zone.ma + (zone.mb - zone.ma) * (ln_r - np.log(3.0)) / np.log(20.0)
    reference = np.clip(reference, np.minimum(zone.ma, zone.mb), np.maximum(zone.ma, zone.mb))
    m = np.minimum(magnitude, reference)
    return (
        zone.a0
        + zone.a1 * ln_r
        + (zone.b0 + zone.b1 * ln_r) * (m - reference)
        + zone.a2 * (ln_r - np.log(zone.rref)) ** 2
        + zone.b2 * (m - zone.mref2) ** 2
        + zone.a3 * (np.maximum(magnitude, reference) - reference)
    )


def amplification_nonlinear_ln(zone: ZoneCoefficients, ln_sa_cms2: ArrayLike) -> Floats:
    """The part f2 ln((SA/981 + f3)/f3) of ln AF for ln SA (..., period 10) at the reference horizon."""
    sa_g = np.exp(np.asarray(ln_sa_cms2, float)) / CMS2_PER_G
    return zone.f2 * np.log1p(sa_g / zone.f3)


def amplification_ln(zone: ZoneCoefficients, linear_ln: ArrayLike, ln_sa_cms2: ArrayLike) -> Floats:
    """ln AF = f1 + f2 ln((SA/981 + f3)/f3), clipped to [ln AFmin, ln AFmax]; arguments (..., period 10)."""
    total = np.asarray(linear_ln, float) + amplification_nonlinear_ln(zone, ln_sa_cms2)
    low, high = amplification_limits_ln(zone)
    return np.clip(total, low, high)


def amplification_limits_ln(zone: ZoneCoefficients) -> tuple[Floats, Floats]:
    """Lower and upper limit of ln AF, each (period 10,)."""
    return np.log(zone.af_min), np.log(zone.af_max)


def site_phi(zone: ZoneCoefficients, sa_g: ArrayLike, argument: SiteVariabilityArgument = "g") -> Floats:
    """Site-to-site sd phi_s2s (ln units): linear in ln SA from s1 at xl to s2 at xh, constant outside.

    `sa_g` (..., period 10) is SA at the reference horizon in g. With `argument="cm/s2"` the value in cm/s2 is
    put against the limits in g, as the public chain did.
    """
    sa = np.asarray(sa_g, float) * (CMS2_PER_G if argument == "cm/s2" else 1.0)
    share = np.clip(np.log(sa / zone.xl) / np.log(zone.xh / zone.xl), 0.0, 1.0)
    return zone.s1 + (zone.s2 - zone.s1) * share


MEASURES = ("PGA", *(f"SA({t:g})" for t in PERIODS_S[1:]))
"""PGA is SA(0.01 s)."""


def _parts(measure: str, magnitude: Floats, distance_km: Floats, component: Component) -> tuple[Floats, Floats]:
    """Sds between events and within an event, each (row, 1, tau x phi_ss); the component adds to the second."""
    period = MEASURES.index(measure)
    tau, phi_ss = np.broadcast_arrays(*np.ix_(*(sd[:, period] for sd in tau_phi())))
    within = phi_ss.ravel() ** 2 + np.zeros((magnitude.size, 1, 1))
    if component == "arbitrary":
        within += component_variance(magnitude, distance_km)[:, period, None, None]
    return tau.ravel() + np.zeros_like(within), np.sqrt(within)


def _reference(measure: str, magnitude: Floats, distance_km: Floats, component: Component) -> tuple[Floats, Floats]:
    """Medians of ln SA in g (row, median) and sds (row, 1, tau x phi_ss) at the reference horizon."""
    median = reference_median_ln(magnitude, distance_km)[..., MEASURES.index(measure)] - np.log(CMS2_PER_G)
    between, within = _parts(measure, magnitude, distance_km, component)
    return np.ascontiguousarray(median), np.hypot(between, within)


def _correlation(measures: tuple[str, ...]) -> Floats:
    known = {measure: index for index, measure in enumerate(MEASURES)}
    rows = [known[measure] for measure in measures]
    return period_correlation()[np.ix_(rows, rows)]


def _response(zone: float, measure: str, component: Component = "geometric_mean") -> Response:
    del component  # the response of a zone is the same for both
    period = MEASURES.index(measure)
    own = zone_coefficients(int(zone))
    low, high = (float(limit[period]) for limit in amplification_limits_ln(own))
    alone = ZoneCoefficients(own.zone, *(getattr(own, f.name)[[period]] for f in fields(own) if f.name != "zone"))
    return Response(
        linear_ln=lambda magnitude, distance_km: amplification_linear_ln(alone, magnitude, distance_km)[..., 0],
        f2=float(own.f2[period]),
        f3=float(own.f3[period]),
        ln_low=low,
        ln_high=high,
        s1=float(own.s1[period]),
        s2=float(own.s2[period]),
        xl=float(own.xl[period]),
        xh=float(own.xh[period]),
    )


V7 = GroundMotion(
    head=MODEL,
    units=dict.fromkeys(MEASURES, "g"),
    reference=_reference,
    kinks_km=tuple(_SEGMENT_START_KM[1:].tolist()),
    components=("geometric_mean", "arbitrary"),
    medians=BRANCHES,
    median_weights=median_weights,
    scatters=tuple(f"tau {t}, phi_ss {p}" for t in ("lower", "central", "upper") for p in ("lower", "upper")),
    scatter_weight=logic_tree.joint_weights(TAU_WEIGHTS, PHI_SS_WEIGHTS).ravel(),
    site="zone",
    response=_response,
    epsilon=SITE_EPSILON,
    epsilon_weight=SITE_EPSILON_WEIGHTS,
    wierde_ln=lambda measure: float(wierde_ln(PERIODS_S[MEASURES.index(measure)])),
    parts=_parts,
    correlation=_correlation,
)
