"""The answer to a question about salt caverns: each option followed by an ensemble, and tables of it.

What is not known is drawn evenly (stratified) from its distribution. The rate of creep is one factor for all caverns,
which lie in the same salt; permeability, temperature and strength are drawn for each.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy import special

from mijnrisico.studies.salt.question import Question
from mijnrisico.subsurface.cavern import abandonment, closure, history, laws, sinkhole
from mijnrisico.subsurface.cavern.abandonment import Followed, Salt
from mijnrisico.subsurface.cavern.geometry import Cavern

FRACTILES: Final = (0.1, 0.5, 0.9)
RISEN: Final = 0.95
"""Part of its rise at which the pressure counts as at rest."""
SINKHOLE_DRAWS: Final = 20_000
_P90: Final = float(special.ndtri(0.9))


@dataclass(frozen=True, slots=True)
class State:
    """A cavern at abandonment, (member,): what is left, what was lost while it was leached, its rate when open."""

    void_m3: np.ndarray
    lost_m3: np.ndarray
    closure_per_year: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """Each cavern followed by each option, keyed (cavern, option); tables by name."""

    question: Question
    states: Mapping[str, State]
    followed: Mapping[tuple[str, str], Followed]
    tables: Mapping[str, pd.DataFrame]

    def lost_m3(self, option: str) -> tuple[np.ndarray, np.ndarray]:
        """Years (time,) and the mean cumulative volume lost after abandonment [m3] (time, cavern) by one option."""
        paths = [self.followed[cavern.name, option] for cavern in self.question.caverns]
        return paths[0].years, np.stack([path.lost_m3.mean(axis=1) for path in paths], axis=1)


def assess(question: Question) -> Answer:
    """Follow every cavern by every option."""
    rng = np.random.default_rng(question.entry.seed)
    factor = question.entry.uncertainty.creep_factor ** (_normal(question, rng) / _P90)
    states: dict[str, State] = {}
    followed: dict[tuple[str, str], Followed] = {}
    years = np.array(question.years, dtype=float)
    for k, cavern in enumerate(question.caverns):
        salt = _salt(question, k, factor, rng)
        states[cavern.name] = state = _state(question, k, salt)
        for option in question.options:
            followed[cavern.name, option.name] = abandonment.follow(
                cavern,
                option,
                salt,
                question.gradients,
                years,
                cooler_k=question.entry.cavern[k].cooler_k,
                open_mpa=question.entry.cavern[k].pressure_mpa,
                void_m3=state.void_m3,
                brine=question.brine,
                heat=question.heat,
            )
    tables = {
        "summary": _summary(question, followed),
        "before": _before(question, states),
        "paths": _paths(followed),
        "totals": _totals(question, followed),
        "sinkholes": _sinkholes(question, rng),
        "origins": _origins(question),
    }
    return Answer(question, states, followed, tables)


def deepest_subsidence_m(lost_m3: float | np.ndarray, depth_m: float, poisson: float) -> float | np.ndarray:
    """Subsidence [m] right above a cavern that lost `lost_m3`, of a half space: (1 - nu) V/(pi D^2) (Geertsma 1973).

    >>> round(1000.0 * deepest_subsidence_m(1e5, 1500.0, 0.25), 1)
    10.6
    """
    return (1.0 - poisson) * lost_m3 / (math.pi * depth_m**2)


def _normal(question: Question, rng: np.random.Generator) -> np.ndarray:
    """Standard normal draws (member,), one in each of as many equally likely parts; the median where there is one."""
    members = question.entry.uncertainty.members
    if members == 1:
        return np.zeros(1)
    return special.ndtri((rng.permutation(members) + rng.random(members)) / members)


def _salt(question: Question, k: int, factor: np.ndarray, rng: np.random.Generator) -> Salt:
    given, doubt = question.entry.cavern[k], question.entry.uncertainty
    warmth, tightness, strength = (_normal(question, rng) for _ in range(3))
    temperature = given.temperature_c + doubt.temperature_sd_k * warmth
    grain = question.entry.salt.grain_mm or math.inf
    creep = laws.creep(question.dislocation, temperature, question.solution, grain, factor * given.creep_factor)
    permeability = given.permeability_m2 * doubt.permeability_factor ** (tightness / _P90)
    return Salt(creep, permeability, np.maximum(given.strength_mpa + doubt.strength_sd_mpa * strength, 0.0))


def _state(question: Question, k: int, salt: Salt) -> State:
    """Void at abandonment: that of the cavern. What it lost before follows from the leaching that left this void."""
    cavern, given = question.caverns[k], question.entry.cavern[k]
    depth, gradients = cavern.middle_m, question.gradients
    opened = gradients.brine_mpa(depth) if given.pressure_mpa is None else given.pressure_mpa
    deficit = gradients.rock_mpa(depth) - opened
    rate = np.broadcast_to(
        closure.rate_per_year(deficit, salt.creep, cavern.shape), (question.entry.uncertainty.members,)
    )
    lost = np.zeros_like(rate)
    if given.leached_from is not None and given.leached_until is not None:
        years = np.array([given.leached_from, given.leached_until, question.entry.start], dtype=float)
        void, gone = history.voids_m3(years, np.array([1.0, 0.0]), rate)
        lost = gone[-1] / void[-1] * cavern.volume_m3
    return State(np.full_like(rate, cavern.volume_m3), lost, rate)


def _fractiles(values: np.ndarray, name: str) -> dict[str, np.ndarray]:
    """Fractiles over the last axis as columns."""
    head, _, unit = name.partition("|")
    found = np.quantile(values, FRACTILES, axis=-1)
    return {f"{head}_p{100 * share:.0f}{unit}": each for share, each in zip(FRACTILES, found, strict=True)}


def _summary(question: Question, followed: Mapping[tuple[str, str], Followed]) -> pd.DataFrame:
    by_name = {cavern.name: cavern for cavern in question.caverns}
    return pd.DataFrame([_summed(question, by_name[name], option, path) for (name, option), path in followed.items()])


def _summed(question: Question, cavern: Cavern, option: str, path: Followed) -> dict[str, object]:
    sinks = 1000.0 * deepest_subsidence_m(path.lost_m3[-1], cavern.middle_m, question.entry.ground.poisson)
    rise = path.pressure_mpa - path.pressure_mpa[0]
    at_rest = np.argmax(rise >= RISEN * rise.max(axis=0), axis=0)
    rests = np.median(path.years[at_rest]) if (rise[-1] > 1e-9).any() else np.nan
    row: dict[str, object] = {"cavern": cavern.name, "option": option, "year": int(path.years[-1])}
    row |= _fractiles(path.pressure_mpa[-1], "pressure|_mpa") | _fractiles(
        path.roof_excess_mpa.max(axis=0), "roof_excess|_mpa"
    )
    row |= {"roof_parts": float((path.leaked_m3[-1] > 0.0).mean()), "at_rest_from": rests}
    row |= _fractiles(path.lost_m3[-1], "lost|_m3") | {"lost_mean_m3": float(path.lost_m3[-1].mean())}
    row |= {"lost_share_p50": float(np.median(path.lost_m3[-1])) / cavern.volume_m3}
    return row | _fractiles(path.brine_out_m3[-1], "brine_out|_m3") | _fractiles(np.asarray(sinks), "subsidence|_mm")


def _before(question: Question, states: Mapping[str, State]) -> pd.DataFrame:
    rows = []
    for cavern in question.caverns:
        state = states[cavern.name]
        row = {"cavern": cavern.name, "depth_m": cavern.middle_m, "void_m3": cavern.volume_m3}
        row |= _fractiles(state.closure_per_year, "open_closure|_per_year") | _fractiles(
            state.lost_m3, "lost_before|_m3"
        )
        rows.append(row | {"roof_above_rock_at_balance_mpa": question.gradients.roof_excess_mpa(cavern)})
    return pd.DataFrame(rows)


def _paths(followed: Mapping[tuple[str, str], Followed]) -> pd.DataFrame:
    parts = []
    for (cavern, option), path in followed.items():
        columns = _fractiles(path.pressure_mpa, "pressure|_mpa") | _fractiles(path.lost_m3, "lost|_m3")
        columns |= {"lost_mean_m3": path.lost_m3.mean(axis=1), "brine_out_mean_m3": path.brine_out_m3.mean(axis=1)}
        parts.append(pd.DataFrame({"cavern": cavern, "option": option, "year": path.years.astype(int)} | columns))
    return pd.concat(parts, ignore_index=True)


def _totals(question: Question, followed: Mapping[tuple[str, str], Followed]) -> pd.DataFrame:
    parts = []
    for option in question.options:
        paths = [followed[cavern.name, option.name] for cavern in question.caverns]
        lost = np.sum([path.lost_m3 for path in paths], axis=0)
        columns = _fractiles(lost, "lost|_m3") | {"lost_mean_m3": lost.mean(axis=1)}
        columns["rate_mean_m3_per_year"] = np.gradient(lost.mean(axis=1), paths[0].years)
        parts.append(pd.DataFrame({"option": option.name, "year": paths[0].years.astype(int)} | columns))
    return pd.concat(parts, ignore_index=True)


_SINKHOLES: Final = (
    "cavern", "chance_given_failure", "sampling_error", "chance", "height_p10_m", "height_p50_m", "height_p90_m",
    "crater_p10_m3", "crater_p50_m3", "crater_p90_m3",
)  # fmt: skip


def _sinkholes(question: Question, rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for cavern, case in zip(question.caverns, question.migrations, strict=True):
        if case is not None:
            found = sinkhole.reach(case, SINKHOLE_DRAWS, rng)
            chances = (found.given_failure, found.sampling, found.probability)
            rows.append((cavern.name, *chances, *found.height_m, *found.crater_m3))
    return pd.DataFrame(rows, columns=list(_SINKHOLES))


def _origins(question: Question) -> pd.DataFrame:
    """Where each number comes from that is not of the cavern itself, with its mark."""
    rows = [
        (f"salt.{law.mechanism}", law.name, law.mark, law.source)
        for law in (question.dislocation, question.solution)
        if law is not None
    ]
    brine = question.entry.brine
    for key in type(brine).model_fields:
        given = key in brine.model_fields_set
        source = question.file if given else "Berest and Brouard (2003), as remembered"
        rows.append((f"brine.{key}", getattr(brine, key), "user" if given else "memory", source))
    ground = question.entry.ground
    for key in type(ground).model_fields:
        given = key in ground.model_fields_set
        rows.append(
            (f"ground.{key}", getattr(ground, key), "user" if given else "memory", question.file if given else "–")
        )
    if not question.entry.option:
        rows += [
            (
                f"option.{each.name}",
                f"wait {each.wait_years:g}, fill {each.fill_share:g}",
                "example",
                "packaged options",
            )
            for each in question.options
        ]
    return pd.DataFrame([(a, str(b), c, d) for a, b, c, d in rows], columns=["what", "value", "mark", "source"])
