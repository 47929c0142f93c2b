"""The measurements that a question confronts: files of the user, and what is packaged about Groningen."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mijnrisico import data
from mijnrisico.studies.subsidence.question import SubsidenceQuestion
from mijnrisico.studies.subsidence.sources import decimal_years
from mijnrisico.subsidence.observe import covariance, observations
from mijnrisico.subsidence.observe.covariance import Noise
from mijnrisico.subsidence.observe.observations import Observations

Array = NDArray[np.float64]

MIDDLE_OF_YEAR: Final = 0.5
"""A published value that names only its year is taken to hold at the middle of it."""
PUBLISHED_SD_CM: Final = 1.0
"""Of a published value that is rounded to a centimetre and says nothing of its error; larger where two are apart."""
SHALLOW_SD_MM_PER_YEAR: Final = 3.0
"""Before measuring, of the rate that parcels have in common by shallow soil and by the unknown reference of a track."""
OUTLIER_SDS: Final = 5.0
"""Robust standard deviations from the median beyond which a rate of a parcel is shown, but not used."""
PARCELS: Final = (
    Noise("soil of a parcel", 1.0, time="walk", hurst=1.0),
    Noise("soil of a neighbourhood", 1.0, space="patch", time="walk", length_km=3.0, hurst=1.0),
)
"""Rates of parcels differ by 1.4 mm per year where nothing deep happens (the packaged series): half of the variance a
parcel's own, half shared by neighbours; how it divides is our choice."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """All measurements of a question, which of them change the answer, and what their common shallow rate may be."""

    observations: Observations
    used: NDArray[np.bool_]
    shallow_sd_m_per_year: float = 0.0


def read(question: SubsidenceQuestion) -> Measured | None:
    """Return the measurements of a question, None where it names none."""
    asked = question.entry.observations
    found: list[Observations] = []
    used: list[NDArray[np.bool_]] = []
    for rows in question.inputs.displacements.values():
        one = observations.record(rows, covariance.of_techniques(rows, given="sigma_m"))
        found.append(one)
        used.append(np.ones(len(one), bool))
    if asked.packaged == "groningen":
        start = float(question.entry.time.start)
        for one, which in (published(start), parcels()):
            within = one.rows["to_year"].to_numpy() <= question.entry.time.end + 1.0
            found.append(one.chosen(within))
            used.append(which[within])
    found, used = [one for one in found if len(one)], [which for which in used if which.size]
    if not found:
        return None
    shallow = SHALLOW_SD_MM_PER_YEAR / 1e3 if any((one.rows["technique"] == "insar").any() for one in found) else 0.0
    return Measured(observations.joined(found), np.concatenate(used) & asked.use, shallow)


def published(start: float) -> tuple[Observations, NDArray[np.bool_]]:
    """Return the levelled values that were published for Groningen, since `start`; reports and forecasts not used."""
    table = data.table("published_subsidence")
    table = table[table["kind"] != "predicted"].reset_index(drop=True)
    middle = 0.5 * (table["low_cm"] + table["high_cm"])
    sd = np.maximum(PUBLISHED_SD_CM, 0.5 * (table["high_cm"] - table["low_cm"]).to_numpy())
    rows = _rows(
        "levelling", table["place"], table["x_rd"], table["y_rd"], start, table["year"] + MIDDLE_OF_YEAR, -middle / 100
    )
    return observations.record(rows, np.diag((sd / 100.0) ** 2)), (table["kind"] == "measured").to_numpy()


def parcels() -> tuple[Observations, NDArray[np.bool_]]:
    """Return what radar saw of parcels in and around Groningen, taken as vertical; far outliers are not used."""
    table = data.table("insar_parcel_rates")
    first, last = (decimal_years(pd.to_datetime(table[name]).to_numpy()) for name in ("first_epoch", "last_epoch"))
    rate = table["rate_mm_per_year"].to_numpy(dtype=float)
    rows = _rows(
        "insar", table["point"], table["x_rd"], table["y_rd"], first, last, rate * (last - first) / 1e3
    ).assign(set="Sentinel-1, track 88")
    error = (table["standard_error_mm_per_year"].to_numpy() * (last - first) / 1e3) ** 2
    spread = 1.4826 * np.median(np.abs(rate - np.median(rate)))
    usual = np.abs(rate - np.median(rate)) <= OUTLIER_SDS * spread
    return observations.record(rows, np.diag(error) + covariance.of_rows(rows, PARCELS)), usual


def _rows(
    technique: str, point: pd.Series, x: pd.Series, y: pd.Series, start: object, end: object, value_m: object
) -> pd.DataFrame:
    """Vertical displacements without a reference."""
    return pd.DataFrame(
        {
            "technique": technique,
            "point": point,
            "x_m": x.astype(float),
            "y_m": y.astype(float),
            "from_year": start,
            "to_year": end,
            "east": 0.0,
            "north": 0.0,
            "up": 1.0,
            "value_m": value_m,
            "reference": "",
            "reference_x_m": np.nan,
            "reference_y_m": np.nan,
        }
    )
