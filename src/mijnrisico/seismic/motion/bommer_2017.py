"""Ground-motion model V5 for induced earthquakes in the Groningen field (Bommer et al. 2017).

The equations are those of `motion.groningen`; the significant duration of V5 is in `motion.bommer_2017_duration`.

Logic tree: 4 medians, each with its own tau (0.1/0.3/0.3/0.3), x 2 phi_ss. The site-to-site term is aleatory; the three
epistemic branches are those of V7.

Zones. V5 was made on its own zone map. The map in the package is that of V6, which cuts the zones 606 and 3321 of V5 in
two: there the number of V5 is taken. Over 140,672 cells of 100 m the raster of V5 then agrees with the map for 99.8 %.
"""

from typing import Final

from mijnrisico.seismic.motion import groningen
from mijnrisico.seismic.motion.model import Component, Floats, Motion, Response, Source

ZONE_OF_V5: Final = {631: 606, 632: 606, 3322: 3321, 3323: 3321}
"""Zones of the map of V6 that V5 knew under another number."""

MODEL = Motion(
    name="bommer_2017 (GMM V5)",
    predicts={"PGA": "g", "SA(0.025)..SA(5)": "g", "PGV": "cm/s"},
    needs=("magnitude", "rupture_distance", "site_zone"),
    valid={"magnitude": (2.5, 7.5), "rupture_distance_km": (3.0, 70.0)},
    source=Source(
        reference="Bommer, J.J. et al. (2017), V5 ground-motion model for the Groningen field",
        tables="TNO/SHRA-Groningen-hazard-risk-models, V5 tables of NAM",
        licence="EUPL-1.2",
    ),
    departs="argument of phi_s2s in g as in the tables, where the public chain passes cm/s2 (selectable); dwelling "
    "mounds by the factor of V7, as in that chain, and none for PGV; zones that V6 cut in two take the number of V5",
)


def _reference(measure: str, magnitude: Floats, distance_km: Floats, component: Component) -> tuple[Floats, Floats]:
    return groningen.reference("v5", measure, magnitude, distance_km, component)


def _parts(measure: str, magnitude: Floats, distance_km: Floats, component: Component) -> tuple[Floats, Floats]:
    return groningen.parts("v5", measure, magnitude, distance_km, component)


def _response(zone: float, measure: str, component: Component = "geometric_mean") -> Response:
    del component  # the response of a zone is the same for both
    return groningen.response("v5", ZONE_OF_V5.get(int(zone), int(zone)), measure)


V5 = groningen.ground_motion("v5", MODEL, _reference, _parts, _response)
