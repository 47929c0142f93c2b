"""Fragility of installations as dated data: published sets with their source and mark, and sets of a user.

Every set rests on records of tectonic earthquakes of magnitude 5.5 to 8. Motion in Groningen is short, so by peak
acceleration alone damage is overstated: a screening on the safe side. Below half full, damage to a tank is rare; the
sets say nothing of that.

Lognormal curves with different beta always cross somewhere. Where the worse state gets clearly more likely than the
lesser one at an acceleration that can matter, the set is refused, and `repaired` gives curves that do not cross:

    beta' = mean beta,   theta' = theta exp(1.28 (beta' - beta))       keeps the acceleration of 10 % chance

(Porter's method as the JRC uses it in RAPID-N.)
"""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Final, Literal, get_args

import numpy as np

from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Language, Phrase
from mijnrisico.studies.industry.risk import dated
from mijnrisico.studies.industry.risk.loss_of_containment import Lognormal

Mark = Literal["V", "C", "M", "u", "?"]
MARKS: Final[tuple[Mark, ...]] = get_args(Mark)

TEN_PERCENT_Z: Final = 1.28
"""Standard normal quantile of 90 %, as rounded in the method."""
TOLERATED: Final = 5e-3
"""Chance by which a worse state may exceed a lesser one somewhere before the set is refused."""
RANGE_G: Final = (1e-3, 5.0)
"""Accelerations (g) on which curves must not cross."""
LOSS_BY_STATE: Final = {"DS1": "none", "DS2": "minor", "DS3": "moderate", "DS4": "major", "DS5": "catastrophic"}
"""Loss of containment by damage state, as RAPID-N reads the sets of tanks."""


def of_user(source: str, mark: Mark = "u") -> Mark:
    """Mark of what a user gives: "u", given and not read here, unless the user says another; "?" without a source."""
    return mark if source else "?"


@dataclass(frozen=True, slots=True)
class FragilitySet:
    """Lognormal curves of the damage states of one kind of installation, in rising order of damage."""

    name: str
    kind: str
    mark: Mark
    title: Mapping[Language, str]
    source: str
    read: str
    dated: int | None
    states: Mapping[str, Lognormal]
    repaired_from: str = ""

    def medians(self, factor: float) -> "FragilitySet":
        """Return the set with all medians times a factor: a strengthened installation, or an uncertain one."""
        states = {name: Lognormal(curve.median_g * factor, curve.beta) for name, curve in self.states.items()}
        return replace(self, states=states)


@dataclass(frozen=True, slots=True)
class Crossing:
    """Two neighbouring curves that cross at `at_g`; the worse state is at most `excess` more likely, at `worst_g`."""

    lesser: str
    worse: str
    at_g: float
    excess: float
    worst_g: float


@cache
def sets() -> Mapping[str, FragilitySet]:
    """All packaged sets by name, the refused one too."""
    found: dict[str, FragilitySet] = {}
    for name, entry in dated.read("fragility_sets").items():
        origin = entry.get("repaired_from", "")
        states = {state: Lognormal(**values) for state, values in entry.get("states", {}).items()}
        if origin:
            states = dict(repaired(found[origin]).states)
        head = {key: entry[key] for key in ("kind", "mark", "title", "source", "read")}
        found[name] = FragilitySet(name, **head, dated=entry.get("dated"), states=states, repaired_from=origin)
    return found


def named(name: str, where: str = "fragility") -> FragilitySet:
    """One packaged set that may be used.

    Raises:
        InputError: E503 for a name that is not known, and for a set whose curves cross: its remedy is the repaired set.
    """
    known = sets()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.3)
        expected = Phrase("industry_risk.expected.set", {"known": tuple(known)})
        example = f'fragility = "{near[0] if near else next(iter(known))}"'
        raise InputError(Problem("E503", where, {"got": name, "expected": expected, "example": example}))
    return usable(known[name], where)


def user_set(
    name: str, states: Mapping[str, Lognormal], *, kind: str, source: str = "", mark: Mark = "u", where: str = ""
) -> FragilitySet:
    """A set of a user, by explicit median (g) and beta (of ln g); its mark is "u", and "?" without a source.

    Raises:
        InputError: E503 where the curves cross.
    """
    title: dict[Language, str] = {"nl": name, "en": name}
    return usable(
        FragilitySet(name, kind, of_user(source, mark), title, source, "user", None, dict(states)), where or name
    )


def probit(k1: float, k2: float, unit: Literal["g", "percent_g"]) -> Lognormal:
    """The lognormal of a probit Y = k1 + k2 ln(PGA), P = Phi(Y - 5): beta = 1 / k2, median = exp((5 - k1) / k2).

    Papers print PGA in g or in per cent of g, a factor of a hundred in the median: `unit` must say which.
    """
    in_g = {"g": 1.0, "percent_g": 0.01}[unit]
    return Lognormal(in_g * math.exp((5.0 - k1) / k2), 1.0 / k2)


def crossings(found: FragilitySet) -> tuple[Crossing, ...]:
    """Where neighbouring curves cross on `RANGE_G`, with how much the worse state is the more likely there."""
    ln_a = np.linspace(math.log(RANGE_G[0]), math.log(RANGE_G[1]), 4001)
    crossed = []
    for (lesser, a), (worse, b) in pairwise(found.states.items()):
        excess = b.at(np.exp(ln_a)) - a.at(np.exp(ln_a))
        worst = int(np.argmax(excess))
        if excess[worst] <= 0.0:
            continue
        same = a.beta == b.beta
        ln_at = -math.inf if same else _ln_crossing(a, b)
        crossed.append(Crossing(lesser, worse, math.exp(ln_at), float(excess[worst]), float(np.exp(ln_a[worst]))))
    return tuple(crossed)


def repaired(found: FragilitySet) -> FragilitySet:
    """The set with one beta and medians that keep each acceleration of 10 % chance: these curves do not cross."""
    beta = float(np.mean([curve.beta for curve in found.states.values()]))
    states = {
        name: Lognormal(curve.median_g * math.exp(TEN_PERCENT_Z * (beta - curve.beta)), beta)
        for name, curve in found.states.items()
    }
    mark: Mark = "C" if found.mark == "V" else found.mark
    return replace(found, states=states, mark=mark, repaired_from=found.name)


def usable(found: FragilitySet, where: str = "fragility") -> FragilitySet:
    """Return the set; raises `InputError` E503 where its curves cross by more than `TOLERATED`, or there are none."""
    if not found.states:
        params = {"got": "–", "expected": Phrase("industry_risk.expected.states")}
        raise InputError(Problem("E503", where, {**params, "example": "DS4 = { median_g = 0.68, beta = 0.75 }"}))
    problems = [_crossed(each, found, where) for each in crossings(found) if each.excess > TOLERATED]
    if problems:
        raise InputError(problems)
    return found


def _crossed(each: Crossing, found: FragilitySet, where: str) -> Problem:
    params = {"set": found.name, "lesser": each.lesser, "worse": each.worse, "at": round(each.at_g, 4)}
    good = next((name for name, other in sets().items() if other.repaired_from == found.name), "")
    example = f'fragility = "{good}"' if good else "repair = true"
    got = Phrase("industry_risk.crossing", params)
    return Problem(
        "E503", where, {"got": got, "expected": Phrase("industry_risk.expected.no_crossing"), "example": example}
    )


def _ln_crossing(a: Lognormal, b: Lognormal) -> float:
    return (b.beta * math.log(a.median_g) - a.beta * math.log(b.median_g)) / (b.beta - a.beta)
