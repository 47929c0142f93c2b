"""What the hindcast of a run says, as numbers: the best model, its gain and band, the years it missed, the weights."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from mijnrisico.report import branches
from mijnrisico.report.run_folder import Frame, RunFolder

REFERENCE = ("smoothed_stationary", "constant")
Case = Literal["positive", "none", "negative"]


@dataclass(frozen=True, slots=True)
class Gain:
    """Gain over another model with its 95 % band, in score over all years or per event, and what may be said of it."""

    mean: float
    low: float
    high: float

    @property
    def case(self) -> Case:
        """`positive` or `negative` where the band leaves out zero, else `none`."""
        if not np.isfinite(self.low) or not np.isfinite(self.high):
            return "none"
        return "positive" if self.low > 0.0 else "negative" if self.high < 0.0 else "none"


def has_reference(run: RunFolder) -> bool:
    """Say whether the model that gains are counted from was judged too."""
    table = years(run)
    return bool(len(one(table, *REFERENCE)))


def years(run: RunFolder) -> Frame:
    """Every model and year of the hindcast; `magnitude_model` is an empty text for an ensemble."""
    table = run.table("hindcast")
    return table.assign(magnitude_model=table.magnitude_model.fillna("").astype(str)).sort_values("year", kind="stable")


def summary(run: RunFolder) -> Frame:
    """One row per model over all years; `magnitude_model` as in `years`."""
    table = run.table("hindcast_summary")
    return table.assign(magnitude_model=table.magnitude_model.fillna("").astype(str))


def one(table: Frame, model: str, magnitude_model: str) -> Frame:
    """Return the rows of one model."""
    return table[(table.model == model) & (table.magnitude_model == magnitude_model)]


def single(table: Frame) -> Frame:
    """Return the rows of the models one by one, without the ensembles."""
    return table[~table.model.isin(branches.ENSEMBLES)]


def best_of_each(table: Frame) -> Frame:
    """Return the row of each rate model with the magnitude model that scored best, the best rate model first."""
    alone = single(table).sort_values("score", ascending=False, kind="stable")
    return alone.drop_duplicates("model")


def best(table: Frame) -> Frame:
    """Return the row of the single model (rate and magnitudes) with the highest score."""
    return best_of_each(table).iloc[0]


def gain(row: Frame) -> Gain:
    """Return the score of a row of the summary above that of the stationary reference, over all years.

    Its band takes years as independent, and what is said of a model rests on it.
    """
    return Gain(float(row.score_gain), float(row.score_gain_low), float(row.score_gain_high))


def gain_over_elastic(row: Frame) -> Gain:
    """Return the same above the elastic model."""
    values = (row.score_gain_over_elastic, row.score_gain_over_elastic_low, row.score_gain_over_elastic_high)
    return Gain(*map(float, values))


def gain_per_event(row: Frame) -> Gain:
    """Return the gain per event over the reference of the T-test, which takes events as independent."""
    return Gain(float(row.gain_per_event), float(row.gain_low), float(row.gain_high))


def total(row: Frame) -> tuple[float, float, float, float]:
    """Return the number over all years: observed, expected and the ends of the 95 % band."""
    return float(row.events), float(row.expected), float(row.total_low), float(row.total_high)


def late(row: Frame) -> tuple[float, float, float, float]:
    """Return the same of the last years, four at most."""
    return float(row.late_observed), float(row.late_expected), float(row.late_low), float(row.late_high)


def outside(part: Frame) -> tuple[list[int], list[int]]:
    """Return the years in which the observed number lies above the 95 % band of a model, and those below it."""
    return [int(y) for y in part.year[part.observed > part.p975]], [
        int(y) for y in part.year[part.observed < part.p025]
    ]


def cumulative_gain(table: Frame, model: str, magnitude_model: str) -> Frame:
    """Return year and the sum up to it of the log score above that of the reference; years without events count too."""
    part = one(table, model, magnitude_model).set_index("year").score
    known = one(table, *REFERENCE).set_index("year").score
    return (part - known).cumsum().rename("gain").reset_index()


def past_weights(table: Frame) -> Frame:
    """Weight by past log score of each rate model at the start of each year (year, model), summed over magnitudes."""
    wide = single(table).pivot_table(index="year", columns="model", values="past_score_weight", aggfunc="sum")
    order = [name for name in dict.fromkeys(single(table).model) if name in wide.columns]
    return wide[order]
