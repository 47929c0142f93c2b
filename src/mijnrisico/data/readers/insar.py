"""Radar displacements of scatterers of a user: CSV, international or Dutch.

    point,lon,lat,from,to,toward_mm_per_year,incidence_deg,azimuth_deg,track        rates along the line of sight
    L0012,6.72,53.33,2015.3,2023.9,-4.1,34.2,258.1,88

    point,x_rd,y_rd,date,toward_mm,east,north,up                                    series, with the line of sight
    point,x_rd,y_rd,from,to,subsidence_mm                                           turned into vertical motion already

Along the line of sight, toward (naar_satelliet) is positive toward the satellite, away (van_satelliet) from it; `los`
and `value` need the setting `sign`. The line of sight is the unit vector east, north, up from the ground to the
satellite; or incidence_deg (from the vertical) with azimuth_deg (in which direction the satellite stands, clockwise
from north) or heading_deg (of the flight; the radar looks to the right of it, so that the satellite stands at heading
- 90). Angles may be settings instead, for all rows. Rates are multiplied by their period. Places, moments and units
as for `levelling`; `track` or `set` names sets with errors of their own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from mijnrisico.core import table
from mijnrisico.core.table import Table
from mijnrisico.data.readers import displacements, levelling
from mijnrisico.data.readers.displacements import Kind, Read, Settings
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

KIND: Final = Kind(
    "insar",
    {
        **levelling.DOWN,
        **{name: what for name, what in levelling.RISE.items() if name not in ("up", "omhoog")},
        "toward": ("los", 1.0),
        "naar_satelliet": ("los", 1.0),
        "away": ("los", -1.0),
        "van_satelliet": ("los", -1.0),
        **dict.fromkeys(("los", "value", "waarde", "displacement", "verplaatsing"), ("los", 0.0)),
    },
    "toward_mm_per_year",
    ("toward", "away"),
)
_VECTOR: Final = ("east", "north", "up")
_UNIT_TOLERANCE: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Angles:
    """Where the satellite stands, in degrees, for all rows of a file; columns of the file go before it."""

    incidence_deg: float
    azimuth_deg: float


def read(path: Path, settings: Settings | None = None, angles: Angles | None = None) -> Read:
    """Read a table of scatterers; see the head of this file and `displacements.read`.

    Besides: E507 where a line of sight is needed and not told, E503 for one that is no unit vector or no angle.
    """
    return displacements.read(path, KIND, settings or Settings(), _look(angles))


def line_of_sight(incidence_deg: ArrayLike, azimuth_deg: ArrayLike) -> np.ndarray:
    """Return the unit vectors (…, 3), east, north, up, from the ground to the satellite.

    Args:
        incidence_deg: angle between the line of sight and the vertical.
        azimuth_deg: in which direction the satellite stands, clockwise from north. A radar that looks to the right of
            its flight, at a heading h, stands at h - 90.

    >>> line_of_sight(0.0, 0.0)
    array([0., 0., 1.])
    """
    incidence, azimuth = np.radians(np.asarray(incidence_deg, float)), np.radians(np.asarray(azimuth_deg, float))
    flat = np.sin(incidence)
    return np.stack(np.broadcast_arrays(flat * np.sin(azimuth), flat * np.cos(azimuth), np.cos(incidence)), axis=-1)


def _look(angles: Angles | None) -> Callable[[Table], tuple[np.ndarray, list[Problem]]]:
    def look(found: Table) -> tuple[np.ndarray, list[Problem]]:
        nothing = np.zeros((len(found.rows), 3))
        if set(_VECTOR) <= set(found.columns):
            vector, problems = _columns(found, _VECTOR)
            return vector, [*problems, *_wrong(found, "up", np.linalg.norm(vector, axis=1), "unit_vector", "0, 0, 1")]
        turned = next((name for name in ("azimuth_deg", "heading_deg") if name in found.columns), "")
        if "incidence_deg" in found.columns and turned:
            given, problems = _columns(found, ("incidence_deg", turned))
            incidence, azimuth = given[:, 0], given[:, 1] - (90.0 if turned == "heading_deg" else 0.0)
            inside = np.where((incidence >= 0.0) & (incidence < 90.0) & np.isfinite(azimuth), 1.0, np.nan)
            return line_of_sight(incidence, azimuth), [
                *problems,
                *_wrong(found, "incidence_deg", inside, "incidence", "35"),
            ]
        if angles is not None:
            return nothing + line_of_sight(angles.incidence_deg, angles.azimuth_deg), []
        return nothing, table.missing_columns(found, [("east", "incidence_deg"), ("up", "azimuth_deg", "heading_deg")])

    return look


def _columns(found: Table, names: tuple[str, ...]) -> tuple[np.ndarray, list[Problem]]:
    read_ = [table.numbers(found, name) for name in names]
    columns = [[np.nan if value is None else value for value in numbers] for numbers, _ in read_]
    return np.array(columns, dtype=float).T.reshape(-1, len(names)), [each for _, wrong in read_ for each in wrong]


def _wrong(found: Table, column: str, length: np.ndarray, expected: str, example: str) -> list[Problem]:
    """E503 for the rows of which the length is not one."""
    rows = [row for row, size in zip(found.rows, length, strict=True) if not abs(size - 1.0) <= _UNIT_TOLERANCE]
    words = Phrase(f"subsidence_observe.expected.{expected}")
    return table.by_rows("E503", found, column, rows, expected=words, example=example)
