"""Ground-motion model V6 for induced earthquakes in the Groningen field (Bommer et al. 2019).

The equations are those of `motion.groningen`, as for V5. Beside V5 the medians at the reference horizon are higher
(10-100 % at M 3.6 and 5 km), the amplification is smaller, and so is tau up to 0.5 s.

Logic tree: 4 medians, each with its own tau (0.1/0.3/0.3/0.3), x 2 phi_ss. The site-to-site term is aleatory; the three
epistemic branches are those of V7.
"""

from mijnrisico.seismic.motion import groningen
from mijnrisico.seismic.motion.model import Component, Floats, Motion, Response, Source

MODEL = Motion(
    name="bommer_2019 (GMM V6)",
    predicts={"PGA": "g", "SA(0.025)..SA(5)": "g", "PGV": "cm/s"},
    needs=("magnitude", "rupture_distance", "site_zone"),
    valid={"magnitude": (2.5, 7.5), "rupture_distance_km": (3.0, 70.0)},
    source=Source(
        reference="Bommer, J.J. et al. (2019), V6 ground-motion model for induced seismicity in the Groningen field",
        tables="TNO/SHRA-Groningen-hazard-risk-models, V6 tables of NAM",
        licence="EUPL-1.2",
    ),
    departs="argument of phi_s2s in g as in the tables, where the public chain passes cm/s2 (selectable); dwelling "
    "mounds by the factor of V7, as in that chain, and none for PGV",
)


def _reference(measure: str, magnitude: Floats, distance_km: Floats, component: Component) -> tuple[Floats, Floats]:
    return groningen.reference("v6", measure, magnitude, distance_km, component)


def _parts(measure: str, magnitude: Floats, distance_km: Floats, component: Component) -> tuple[Floats, Floats]:
    return groningen.parts("v6", measure, magnitude, distance_km, component)


def _response(zone: float, measure: str, component: Component = "geometric_mean") -> Response:
    del component  # the response of a zone is the same for both
    return groningen.response("v6", int(zone), measure)


V6 = groningen.ground_motion("v6", MODEL, _reference, _parts, _response)
