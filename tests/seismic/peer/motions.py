"""Peak ground acceleration by Sadigh et al. (1997) on rock and by Abrahamson, Silva and Kamai (2014), strike-slip.

Coefficients of the first: PEER 2018/03. Of the second: Earthquake Spectra 30(3), doi:10.1193/070913EQS198M, as
transcribed in OpenQuake hazardlib; only what is left of it for a vertical strike-slip fault in California.
"""

import numpy as np

from mijnrisico.seismic.motion.model import GroundMotion, Motion, Response, Source

VS30, Z1_KM = 760.0, 0.048


def _head(name, reference, tables):
    return Motion(
        name=name,
        predicts={"PGA": "g"},
        needs=("magnitude", "rupture_distance"),
        valid={},
        source=Source(reference, tables, "numbers only"),
        departs="one measure, one style of faulting",
    )


def sadigh_ln(magnitude, distance_km):
    """Median ln PGA (g): c1 + c2 M - 2.1 ln(R + exp(c5 + c6 M)), coefficients for M <= 6.5 and above."""
    small = magnitude <= 6.5
    c1, c2 = np.where(small, -0.624, -1.274), np.where(small, 1.0, 1.1)
    c5, c6 = np.where(small, 1.29649, -0.48451), np.where(small, 0.25, 0.524)
    return c1 + c2 * magnitude - 2.1 * np.log(distance_km + np.exp(c5 + c6 * magnitude))


def _sadigh(measure, magnitude, distance_km, component):
    sd = np.where(magnitude < 7.21, 1.39 - 0.14 * magnitude, 0.38)
    return sadigh_ln(magnitude, distance_km)[:, None], sd[:, None, None]


def ask_ln(magnitude, distance_km, vs30=VS30, z1_km=Z1_KM):
    """Median ln PGA (g) of a rupture that reaches the surface; M >= 5, Vs30 of 700-1500 m/s, where soil is linear."""
    m1, b, n, v_lin = 6.75, -1.47, 1.5, 660.0
    slope = np.where(magnitude >= m1, -0.41, -0.1)
    source = 0.587 + slope * (magnitude - m1) - 0.015 * (8.5 - magnitude) ** 2
    path = (-0.79 + 0.275 * (magnitude - m1)) * np.log(np.hypot(distance_km, 4.5)) - 0.0072 * distance_km
    usual_z1_km = np.exp(-7.67 / 4.0 * np.log((vs30**4 + 610.0**4) / (1360.0**4 + 610.0**4))) / 1000.0
    basin = -0.05 * np.log((z1_km + 0.01) / (usual_z1_km + 0.01))
    return source + path + (1.735 + b * n) * np.log(vs30 / v_lin) + basin


def ask_sd(magnitude):
    """Total sd with a measured Vs30: within an event 0.741 (M 4) to 0.501 (M 6), between 0.47 (M 5) to 0.36 (M 7)."""
    within = 0.741 - 0.120 * np.clip(magnitude - 4.0, 0.0, 2.0)
    between = 0.47 - 0.055 * np.clip(magnitude - 5.0, 0.0, 2.0)
    return np.hypot(within, between)


def ask_top(depth_km):
    """What the depth of the top edge adds to ln PGA."""
    return 1.1 * min(depth_km / 20.0, 1.0)


def _ask(measure, magnitude, distance_km, component):
    return ask_ln(magnitude, distance_km)[:, None], ask_sd(magnitude)[:, None, None]


def _of_top(key, measure, component="geometric_mean"):
    return Response(linear_ln=lambda m, r: np.full(np.broadcast_shapes(np.shape(m), np.shape(r)), ask_top(key)))


SADIGH = GroundMotion(
    head=_head("sadigh_1997", "Sadigh et al. (1997), Seismol. Res. Lett. 68(1)", "PEER 2018/03"),
    units={"PGA": "g"},
    reference=_sadigh,
)
ASK = GroundMotion(
    head=_head("abrahamson_silva_kamai_2014", "doi:10.1193/070913EQS198M", "OpenQuake hazardlib"),
    units={"PGA": "g"},
    reference=_ask,
    response=_of_top,
)
"""The key that picks the response of a site is here the depth of the top edge (km): both only shift ln PGA."""
