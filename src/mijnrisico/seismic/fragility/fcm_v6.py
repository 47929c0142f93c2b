"""Fragility of the Groningen building classes, version 6 (Crowley and Pinho, 2019).

The form of version 7. Farmhouses are one class here, URM1_F; URM1_O and W1 are not in version 7.
So that the same buildings can be computed with each version, the three classes of farmhouses of version 7 (URM1F_B,
URM1F_HA, URM1F_HC) are there too, with the numbers of URM1_F.
"""

from functools import cache

from mijnrisico import data
from mijnrisico.seismic.fragility.displacement import Coefficients, Fragility, from_table
from mijnrisico.seismic.vulnerability import V6_FARMHOUSES, also_known_as


@cache
def coefficients() -> Coefficients:
    """Coefficients of the 35 classes, from the packaged table, and of the farmhouses of version 7."""
    return also_known_as(from_table(data.table("fcm_v6_fragility")), V6_FARMHOUSES)


MODEL = Fragility(
    name="V6",
    predicts={"P(CS1..CS3), P(DS2..DS4)": "1"},
    needs={"SaAvg": "g, geometric mean of ten periods 0.01-1 s, arbitrary component", "PGA": "g (chimneys)"},
    valid={"SaAvg_g": (0.001, 5.0)},
    source="Crowley and Pinho (2019), fragility and consequence models version 6; NAM's table as held by TNO, EUPL-1.2",
    departs="the three classes of farmhouses of version 7 take the one of version 6, URM1_F",
    coefficients=coefficients,
)
