"""A plan of measurements of subsidence: which rates and changes of rate it will be able to see.

    plan = read(Path("plan.toml"))          raises InputError with everything that is wrong
    assess(plan)                            a table: each technique, and all of them together

The plan names techniques with their epochs and errors, and a change of the rate that must be seen within some years
after it begins. Techniques are taken together as independent estimates of one vertical rate.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from mijnrisico.core import form, toml_places
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase
from mijnrisico.subsidence.observe import covariance, survey
from mijnrisico.subsidence.observe.survey import Series

DAYS_PER_YEAR: Final = 365.25
TOGETHER: Final = "together"
_MOST_EPOCHS: Final = 3000

Positive = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
Zero = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
Year = Annotated[float, Field(ge=1850.0, le=2200.0)]


class Goal(BaseModel):
    """What must be seen: a change of the rate, within some years, and a standard deviation of the rate."""

    model_config = ConfigDict(extra="forbid")
    change_mm_per_year: Positive = 1.0
    within_years: tuple[Positive, ...] = (1.0, 2.0, 3.0, 5.0)
    change_year: Year | None = None
    rate_sd_mm_per_year: Positive = 1.0
    power: Annotated[float, Field(gt=0.05, lt=1.0)] = survey.POWER
    significance: Annotated[float, Field(gt=0.0, lt=0.5)] = survey.SIGNIFICANCE


class Technique(BaseModel):
    """One technique at one point: its epochs and the errors of the point against its reference.

    Errors that are not given are those of `covariance.DEFAULTS`, for a reference at `distance_km`.
    """

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(min_length=1)]
    technique: Literal["levelling", "gnss", "insar"]
    epochs: tuple[Year, ...] = ()
    first: Year | None = None
    last: Year | None = None
    every_years: Positive | None = None
    every_days: Positive | None = None
    distance_km: Positive = 10.0
    epoch_mm: Positive | None = None
    walk_mm: Zero | None = None
    hurst: Annotated[float, Field(gt=0.0, le=1.0)] = 0.5
    reference_rate_mm_per_year: Zero = 0.0
    incidence_deg: Annotated[float, Field(ge=0.0, lt=90.0)] = 0.0
    source: str = ""

    @property
    def years(self) -> np.ndarray:
        """Moments of the epochs, ascending."""
        if self.epochs:
            return np.unique(self.epochs)
        step = self.step
        assert self.first is not None
        assert self.last is not None
        return self.first + step * np.arange(int((self.last - self.first) / step + 1e-9) + 1)

    @property
    def step(self) -> float:
        """Years between epochs; the average where they are listed."""
        if self.epochs:
            years = np.unique(self.epochs)
            return float((years[-1] - years[0]) / max(len(years) - 1, 1))
        return self.every_years if self.every_years is not None else (self.every_days or 0.0) / DAYS_PER_YEAR

    @property
    def series(self) -> Series:
        """The errors of a series of vertical motion: those along the line of sight over the cosine of the incidence."""
        usual = usual_errors(self.technique, self.distance_km)
        scale = 1.0 / float(np.cos(np.radians(self.incidence_deg)))
        epoch = usual[0] if self.epoch_mm is None else self.epoch_mm
        walk = usual[1] if self.walk_mm is None else self.walk_mm
        return Series(
            scale * epoch, walk_mm=scale * walk, hurst=self.hurst, stable_per_year_mm=self.reference_rate_mm_per_year
        )


class PlanFile(BaseModel):
    """The file of a plan."""

    model_config = ConfigDict(extra="forbid")
    title: str = ""
    goal: Goal = Goal()
    technique: Annotated[tuple[Technique, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan, checked, and the file that it is from."""

    entry: PlanFile
    file: str

    @property
    def change_year(self) -> float:
        """When the change begins: as the file says, else half-way the epochs of all techniques."""
        if self.entry.goal.change_year is not None:
            return self.entry.goal.change_year
        years = np.concatenate([one.years for one in self.entry.technique])
        return float(0.5 * (years.min() + years.max()))

    @property
    def conventions(self) -> tuple[str, ...]:
        """Techniques of which an error is a convention of this toolbox and not given."""
        return tuple(one.name for one in self.entry.technique if one.epoch_mm is None or one.walk_mm is None)


def usual_errors(technique: str, distance_km: float) -> tuple[float, float]:
    """Return the conventional errors (mm) of a point against a reference: of one epoch, and of the walk over a year.

    >>> [round(value, 2) for value in usual_errors("levelling", 16.0)]
    [4.02, 1.0]
    """
    total = {"epoch": 0.0, "walk": 0.0}
    for noise in covariance.DEFAULTS[technique]:
        shared = float(np.exp(-distance_km / noise.length_km)) if noise.space == "patch" else 0.0
        share = distance_km if noise.space == "network" else 2.0 * (1.0 - shared)
        total[noise.time] += share * noise.sigma_mm**2
    return float(np.sqrt(total["epoch"])), float(np.sqrt(total["walk"]))


def read(path: Path) -> Plan:
    """Read a file; raises `InputError` with all that is wrong: E101, E501, E502, E503."""
    return parse(form.text(path), path.name)


def parse(content: str, name: str) -> Plan:
    """Read the text of a plan of that name; raises as `read`."""
    entry, problems = form.read(content, name, PlanFile, _EXAMPLES)
    seen: set[str] = set()
    for k, one in enumerate(entry.technique):
        steps = [step for step in (one.every_years, one.every_days) if step is not None]
        ends = [end for end in (one.first, one.last) if end is not None]
        if (bool(one.epochs) + (len(ends) == 2 and len(steps) == 1) != 1) or (one.epochs and (ends or steps)):
            problems.append(_said(name, content, k, "epochs", "–", "plan_epochs", "first = 2025, last = 2035"))
        elif not one.epochs and len(ends) == 2 and ends[1] <= ends[0]:
            problems.append(_said(name, content, k, "last", one.last, "plan_last", "first = 2025, last = 2035"))
        elif not one.epochs and (ends[1] - ends[0]) / one.step > _MOST_EPOCHS:
            got = f"{(ends[1] - ends[0]) / one.step:.0f}"
            problems.append(_said(name, content, k, "last", got, "plan_most", "every_days = 6", most=_MOST_EPOCHS))
        if one.name in seen or one.name == TOGETHER:
            problems.append(_said(name, content, k, "name", one.name, "plan_name", f'name = "{one.name} 2"'))
        seen.add(one.name)
    if problems:
        raise InputError(problems)
    return Plan(entry, name)


def assess(plan: Plan) -> pd.DataFrame:
    """Return what each technique will see, and all together, for each number of years after the change.

    Columns technique, epochs, first_year, last_year, rate_sd_mm_per_year (over the whole plan), rate_sd_independent_mm_
    per_year (the same were all errors independent), years_to_rate_sd (how long at this interval until the rate has the
    standard deviation of the goal), within_years, change_sd_mm_per_year, smallest_change_mm_per_year, chance (of seeing
    the change of the goal). NaN or infinity where the epochs cannot tell.
    """
    goal = plan.entry.goal
    rows: list[dict[str, Any]] = []
    for one in plan.entry.technique:
        years, series = one.years, one.series
        whole = {
            "technique": one.name,
            "epochs": len(years),
            "first_year": years[0],
            "last_year": years[-1],
            "rate_sd_mm_per_year": survey.rate_sd(years, series.covariance_mm2(years)),
            "rate_sd_independent_mm_per_year": survey.velocity_sd(years, series.epoch_mm),
            "years_to_rate_sd": survey.years_until(goal.rate_sd_mm_per_year, one.step, series) if one.step else np.inf,
        }
        for within in goal.within_years:
            own = years[years <= plan.change_year + within]
            sd = survey.change_sd(own, series.covariance_mm2(own), plan.change_year) if len(own) else np.inf
            rows.append({**whole, **_change(goal, within, sd)})
    return pd.DataFrame([*rows, *_together(plan, pd.DataFrame(rows))])


def _change(goal: Goal, within: float, sd: float) -> dict[str, float]:
    seen = survey.power(goal.change_mm_per_year, sd, goal.significance) if np.isfinite(sd) else 0.0
    return {
        "within_years": within,
        "change_sd_mm_per_year": sd,
        "smallest_change_mm_per_year": survey.smallest_change(sd, goal.power, goal.significance),
        "chance": seen,
    }


def _together(plan: Plan, found: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of all techniques as independent estimates of one rate; none for a single technique."""
    if len(plan.entry.technique) < 2:
        return []
    first = found.drop_duplicates("technique")
    whole = {
        "technique": TOGETHER,
        "epochs": int(first["epochs"].sum()),
        "first_year": first["first_year"].min(),
        "last_year": first["last_year"].max(),
        "rate_sd_mm_per_year": _of_independent(first["rate_sd_mm_per_year"]),
        "rate_sd_independent_mm_per_year": _of_independent(first["rate_sd_independent_mm_per_year"]),
        "years_to_rate_sd": np.nan,
    }
    goal = plan.entry.goal
    return [
        {**whole, **_change(goal, within, _of_independent(own["change_sd_mm_per_year"]))}
        for within, own in ((w, found[found["within_years"] == w]) for w in goal.within_years)
    ]


def _of_independent(sds: pd.Series) -> float:
    precision = float(np.sum(1.0 / np.square(sds.to_numpy(dtype=float))))
    return float("inf") if precision == 0.0 else precision**-0.5


def _said(
    name: str, content: str, k: int, key: str, got: object, expected: str, example: str, **params: object
) -> Problem:
    words = {"got": got, "expected": Phrase(f"subsidence_survey.expected.{expected}", params), "example": example}
    return Problem("E503", toml_places.where(name, content, ("technique", k, key)), words)


_EXAMPLES: Final = {
    "technique": '[[technique]]  technique = "levelling"',
    "name": 'name = "levelling every five years"',
    "epochs": "epochs = [2020.0, 2025.0, 2030.0]",
    "within_years": "within_years = [1.0, 3.0]",
    "power": "power = 0.8",
    "significance": "significance = 0.05",
    "title": 'title = "Monitoring plan"',
    "source": 'source = "measuring plan 2025"',
    "first": "first = 2025.0",
    "last": "last = 2035.0",
    "goal": "[goal]",
}
