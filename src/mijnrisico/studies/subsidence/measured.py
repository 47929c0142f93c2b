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
DEEPEST_YEAR: Final = 2018.5
"""Moment of the measured value of the deepest point."""
ROUNDING_SD_CM: Final = 0.5
"""Of a published value that is rounded to a centimetre and says nothing of its error; larger where two are apart."""
USUAL_SLOPE: Final = 1.5e-5
"""Of the bowl where values were published, as long as nothing better is known: 1.5 cm a kilometre."""
NEIGHBOURS_SD_CM: Final = 1.0
"""What published values have in common: other gas fields, and the date since which they are told; our estimate."""
LINE_OF_SIGHT_UP: Final = 0.79
"""Vertical share of the direction to Sentinel-1, which looks at 29 to 46 degrees from the vertical: of the middle."""
TRACK: Final = "Sentinel-1, track 88"
OUTLIER_SDS: Final = 5.0
"""Robust standard deviations from the median beyond which a rate of a parcel is shown, but not used."""
PARCELS: Final = (
    Noise("soil of a parcel", 1.0, time="walk", hurst=1.0),
    Noise("soil of a neighbourhood", 1.0, space="patch", time="walk", length_km=3.0, hurst=1.0),
)
"""Rates of parcels differ by 1.4 mm per year where nothing deep happens (the packaged series): half of the variance a
parcel's own, half shared by neighbours; how it divides is our choice."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """One way to read measurements that do not say what they are: the share (row,) of the motion that each holds."""

    name: str
    weight: float
    share: Array


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """All measurements of a question and which of them change the answer.

    `shallow_sd_m_per_year` is of the rate that scatterers of a set have in common, 0 for none. `readings` are
    alternatives with weights that sum to one.
    """

    observations: Observations
    used: NDArray[np.bool_]
    readings: tuple[Reading, ...]
    shallow_sd_m_per_year: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Bowl:
    """What a first fit says of the bowl: its deepest place (m, RD New), its slope (row) at each published value."""

    deepest: tuple[float, float]
    slope: Array


def read(question: SubsidenceQuestion, bowl: Bowl | None = None) -> Measured | None:
    """Return the measurements of a question, None where it names none.

    By a `bowl` published values of "the deepest point" hold where it is deepest, and their places are as uncertain as
    it is steep; without it the place that is named with them, and a usual slope.
    """
    asked = question.entry.observations
    found: list[Observations] = []
    used: list[NDArray[np.bool_]] = []
    for rows in question.inputs.displacements.values():
        one = observations.record(rows, covariance.of_techniques(rows, _noises(question), given="sigma_m"))
        found.append(one)
        used.append(np.ones(len(one), bool))
    if asked.packaged == "groningen":
        start = float(question.entry.time.start)
        for one, which in (published(start, bowl), parcels()):
            within = one.rows["to_year"].to_numpy() <= question.entry.time.end + 1.0
            found.append(one.chosen(within))
            used.append(which[within])
    found, used = [one for one in found if len(one)], [which for which in used if which.size]
    if not found:
        return None
    joined = observations.joined(found)
    return Measured(
        joined,
        np.concatenate(used) & asked.use,
        _readings(joined, packaged=asked.packaged is not None),
        asked.shallow_sd_mm_per_year / 1e3,
    )


def _noises(question: SubsidenceQuestion) -> dict[str, tuple[Noise, ...]]:
    """Error processes by technique: the conventions, with the standard deviations of the question in their place."""
    given = {str(name): own for name, own in question.entry.observations.noise.items()}
    return {name: covariance.changed(noises, **given.get(name, {})) for name, noises in covariance.DEFAULTS.items()}


def _readings(joined: Observations, *, packaged: bool) -> tuple[Reading, ...]:
    """The packaged radar does not say whether it is vertical or along the line of sight: both, equally likely."""
    whole = np.ones(len(joined))
    of_radar = (joined.rows["set"] == TRACK).to_numpy()
    if not packaged or not of_radar.any():
        return (Reading("", 1.0, whole),)
    slanted = Reading("line_of_sight", 0.5, np.where(of_radar, LINE_OF_SIGHT_UP, whole))
    return Reading("vertical", 0.5, whole), slanted


def published_table() -> pd.DataFrame:
    """Published values of what was seen, levelled or reported; without forecasts."""
    table = data.table("published_subsidence")
    return table[table["kind"] != "predicted"].reset_index(drop=True)


def published(start: float, bowl: Bowl | None = None) -> tuple[Observations, NDArray[np.bool_]]:
    """Return the levelled values that were published for Groningen, since `start`; those only reported are not used.

    Their errors: rounding, the slope of the bowl times the error of the place, and what all of them have in common.
    """
    table = published_table()
    middle = 0.5 * (table["low_cm"] + table["high_cm"])
    rounding = np.maximum(ROUNDING_SD_CM, 0.5 * (table["high_cm"] - table["low_cm"]).to_numpy())
    slope = np.full(len(table), USUAL_SLOPE) if bowl is None else bowl.slope
    place = 100.0 * slope * table["position_sd_m"].to_numpy(dtype=float)
    x, y = table["x_rd"].astype(float), table["y_rd"].astype(float)
    if bowl is not None:
        at_deepest = (table["at"] == "deepest").to_numpy()
        place = np.where(at_deepest, 0.0, place)  # at its deepest a bowl is flat
        x, y = x.mask(at_deepest, bowl.deepest[0]), y.mask(at_deepest, bowl.deepest[1])
    error = np.diag(rounding**2 + place**2) + NEIGHBOURS_SD_CM**2
    rows = _rows("levelling", table["place"], x, y, start, table["year"] + MIDDLE_OF_YEAR, -middle / 100)
    return observations.record(rows, error / 1e4), (table["kind"] == "measured").to_numpy()


def parcels() -> tuple[Observations, NDArray[np.bool_]]:
    """Return what radar saw of parcels in and around Groningen, as if vertical (see `Reading`); outliers not used."""
    table = data.table("insar_parcel_rates")
    first, last = (decimal_years(pd.to_datetime(table[name]).to_numpy()) for name in ("first_epoch", "last_epoch"))
    rate = table["rate_mm_per_year"].to_numpy(dtype=float)
    rows = _rows(
        "insar", table["point"], table["x_rd"], table["y_rd"], first, last, rate * (last - first) / 1e3
    ).assign(set=TRACK)
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
