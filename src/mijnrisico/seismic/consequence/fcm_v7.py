"""Consequence of building and chimney failure, version 7 (Crowley and Pinho, 2020)."""

from functools import cache

from mijnrisico import data
from mijnrisico.seismic.consequence.occupants import Coefficients, Consequence, from_table


@cache
def coefficients() -> Coefficients:
    """Coefficients of the 35 classes, from the packaged table."""
    return from_table(data.table("fcm_v7_consequence"))


MODEL = Consequence(
    name="V7",
    predicts={"probability of death": "1"},
    needs={"P(CS1..CS3)": "1", "PGA": "g (chimneys)"},
    source="Crowley and Pinho (2020), fragility and consequence models version 7; NAM's table as held by TNO, EUPL-1.2",
    departs="none",
    coefficients=coefficients,
)
