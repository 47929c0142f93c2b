"""Consequence of building and chimney failure, version 6 (Crowley and Pinho, 2019)."""

from functools import cache

from mijnrisico import data
from mijnrisico.seismic.consequence.occupants import Coefficients, Consequence, from_table
from mijnrisico.seismic.vulnerability import V6_FARMHOUSES, also_known_as


@cache
def coefficients() -> Coefficients:
    """Coefficients of the 35 classes, from the packaged table, and of the farmhouses of version 7."""
    return also_known_as(from_table(data.table("fcm_v6_consequence")), V6_FARMHOUSES)


MODEL = Consequence(
    name="V6",
    predicts={"probability of death": "1"},
    needs={"P(CS1..CS3)": "1", "PGA": "g (chimneys)"},
    source="Crowley and Pinho (2019), fragility and consequence models version 6; NAM's table as held by TNO, EUPL-1.2",
    departs="the three classes of farmhouses of version 7 take the one of version 6, URM1_F",
    coefficients=coefficients,
)
