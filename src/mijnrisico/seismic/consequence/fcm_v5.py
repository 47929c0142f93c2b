"""Consequence of building and chimney failure, version 5 (Crowley and Pinho, 2017): curves, not used for risk.

The form of the later versions (`occupants`); why it gives no risk stands with its fragility (`fragility.fcm_v5`).
"""

from functools import cache

from mijnrisico import data
from mijnrisico.seismic.consequence.occupants import Coefficients, Consequence, from_table


@cache
def coefficients() -> Coefficients:
    """Coefficients of the 54 classes, from the packaged table."""
    return from_table(data.table("fcm_v5_consequence"))


MODEL = Consequence(
    name="V5",
    predicts={"probability of death": "1"},
    needs={"P(CS1..CS3)": "1", "PGA": "g (chimneys)"},
    source="Crowley and Pinho (2017), fragility and consequence models version 5; NAM's table as held by TNO, EUPL-1.2",
    departs="curves only, no risk: the fragility that goes with it needs an intensity that is not computed",
    coefficients=coefficients,
)
