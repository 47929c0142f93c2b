"""Units of a site, what may be done to them, and the rates of their losses side by side.

A measure changes the fragility (anchoring, strengthening), or how long a tank stands full (a use restriction, the
"fase 2c" of the practice of the rule), or both. What it buys is a row in `compare` beside the present.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import pandas as pd

from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase
from mijnrisico.studies.industry.risk import loss_of_containment as loss
from mijnrisico.studies.industry.risk.fragility_sets import FragilitySet
from mijnrisico.studies.industry.risk.loss_of_containment import Fragility, Hazard, Mixture, Rate

PRESENT: Final = "present"
ANY: Final = "any unit"


@dataclass(frozen=True, slots=True)
class Unit:
    """An installation at a place (m), with its fragility.

    `loss_from` is the first damage state that counts as loss of containment, that of the set by default. For a share
    `full_share` of the time the fragility holds; in the rest that of `when_low`, or none: no loss is then an assumption
    of the user, for damage below half filling is rare and not impossible.
    """

    name: str
    kind: str
    x_m: float
    y_m: float
    fragility: FragilitySet
    loss_from: str = ""
    full_share: float = 1.0
    when_low: FragilitySet | None = None

    @property
    def states(self) -> tuple[str, ...]:
        """Damage states that count as loss, in rising order."""
        every = tuple(self.fragility.states)
        return every[every.index(self.loss_from) :] if self.loss_from else every

    def curve(self, state: str) -> Fragility:
        """Chance of a state or worse given the acceleration, over the time that the unit is full and low."""
        full = self.fragility.states[state]
        if self.full_share >= 1.0:
            return full
        low = () if self.when_low is None else ((1.0 - self.full_share, self.when_low.states[state]),)
        return Mixture(((self.full_share, full), *low))


@dataclass(frozen=True, slots=True)
class Change:
    """What a measure does to one unit; what is None stays as it is. The factor is on both sets, full and low."""

    fragility: FragilitySet | None = None
    median_factor: float = 1.0
    full_share: float | None = None
    when_low: FragilitySet | None = None
    release_factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Measure:
    """A named alternative: changes by unit."""

    name: str
    changes: Mapping[str, Change] = field(default_factory=dict)


def changed(unit: Unit, change: Change) -> Unit:
    """Return the unit after a change.

    Raises:
        InputError: E503 where the new set lacks the state from which loss counts, or the share of time is no share.
    """
    fragility = (change.fragility or unit.fragility).medians(change.median_factor)
    share = unit.full_share if change.full_share is None else change.full_share
    low = change.when_low or unit.when_low
    low = None if low is None else low.medians(change.median_factor)
    return checked(replace(unit, fragility=fragility, full_share=share, when_low=low), unit.name)


def checked(unit: Unit, where: str) -> Unit:
    """Return the unit; raises `InputError` E503 for a state or a share that cannot be."""
    problems = []
    known = tuple(unit.fragility.states)
    if unit.loss_from and unit.loss_from not in known:
        expected = Phrase("industry_risk.expected.state", {"known": known})
        params = {"got": unit.loss_from, "expected": expected, "example": f'loss_from = "{known[0]}"'}
        problems.append(Problem("E503", f"{where}.loss_from", params))
    elif unit.when_low is not None and set(unit.states) - set(unit.when_low.states):
        expected = Phrase("industry_risk.expected.same_states", {"known": unit.states})
        params = {"got": tuple(unit.when_low.states), "expected": expected, "example": unit.fragility.name}
        problems.append(Problem("E503", f"{where}.when_low", params))
    if not 0.0 <= unit.full_share <= 1.0:
        expected = Phrase("industry_risk.expected.between", {"low": 0, "high": 1})
        params = {"got": unit.full_share, "expected": expected, "example": "full_share = 0.3"}
        problems.append(Problem("E503", f"{where}.full_share", params))
    if problems:
        raise InputError(problems)
    return unit


def after(units: Sequence[Unit], measure: Measure) -> tuple[Unit, ...]:
    """The units with a measure taken."""
    return tuple(changed(unit, measure.changes.get(unit.name, Change())) for unit in units)


def state_rates(curve: Hazard, unit: Unit) -> dict[str, Rate]:
    """Yearly rate of each state that counts, or worse."""
    return {state: loss.rate(curve, unit.curve(state)) for state in unit.states}


def exactly(curve: Hazard, units: Sequence[Unit]) -> dict[str, dict[str, float]]:
    """Yearly rate of exactly each state that counts, by unit; all units at once, as bands ask it a thousand times."""
    parts = [
        (unit.name, state, share, part)
        for unit in units
        for state in unit.states
        for share, part in loss.parts_of(unit.curve(state))
    ]
    found: dict[str, dict[str, float]] = {unit.name: dict.fromkeys(unit.states, 0.0) for unit in units}
    medians, betas = ([getattr(part, name) for _, _, _, part in parts] for name in ("median_g", "beta"))
    for (name, state, share, _), rate in zip(parts, loss.rates(curve, medians, betas), strict=True):
        found[name][state] += share * float(rate)
    return {name: loss.exclusive(states) for name, states in found.items()}


def loss_rate(curve: Hazard, unit: Unit) -> Rate:
    """Yearly rate of any loss of containment of a unit."""
    return loss.rate(curve, unit.curve(unit.states[0]))


def any_loss(curve: Hazard, units: Sequence[Unit]) -> Rate:
    """Yearly rate of earthquakes in which at least one unit of the site is lost: never the sum over units."""
    return loss.at_least(curve, [unit.curve(unit.states[0]) for unit in units])[0]


def rate_table(curve: Hazard, units: Sequence[Unit]) -> pd.DataFrame:
    """A row per unit and state: rate of it or worse and of exactly it (1/year), set and mark, bounds of the tail."""
    rows = []
    for unit in units:
        found = state_rates(curve, unit)
        exactly = loss.exclusive({state: each.per_year for state, each in found.items()})
        for state, each in found.items():
            row = {
                "unit": unit.name,
                "state": state,
                "or_worse_per_year": each.per_year,
                "exactly_per_year": exactly[state],
                "probability_per_year": loss.probability(each.per_year),
                **_bounds(each),
                "set": unit.fragility.name,
                "mark": unit.fragility.mark,
            }
            rows.append(row)
    return pd.DataFrame(rows)


def compare(curve: Hazard, units: Sequence[Unit], measures: Sequence[Measure]) -> pd.DataFrame:
    """A row per alternative and unit, the present first, and one for any unit of the site: rate of loss (1/year).

    `times_lower` is the rate at present over that of the alternative; inf where nothing is left.
    """
    rows, now = [], {}
    for measure in (Measure(PRESENT), *measures):
        changed_units = after(units, measure)
        found = {unit.name: loss_rate(curve, unit) for unit in changed_units}
        found[ANY] = any_loss(curve, changed_units)
        now = now or {name: each.per_year for name, each in found.items()}
        for name, each in found.items():
            rows.append(
                {
                    "alternative": measure.name,
                    "unit": name,
                    "loss_per_year": each.per_year,
                    "probability_per_year": loss.probability(each.per_year),
                    "times_lower": now[name] / each.per_year if each.per_year > 0.0 else float("inf"),
                    **_bounds(each),
                }
            )
    return pd.DataFrame(rows)


def _bounds(rate: Rate) -> dict[str, float]:
    return {
        "from_g": rate.from_g,
        "to_g": rate.to_g,
        "with_tail_low_per_year": rate.low,
        "with_tail_high_per_year": rate.high,
    }
