"""Measured displacements of the surface: what, where, between which moments, against which reference, how well.

One row is one number: the displacement between two epochs along a direction l (a unit vector: east, north, up), of a
point, less that of its reference point where it has one,

    value = l . [u(point, to) - u(point, from)] - l . [u(reference, to) - u(reference, from)]         [m]

so that a row with a reference is a double difference (in time and in space). Up is positive up: subsidence is a
negative value. The errors of rows hang together by reference, epoch, place and time: `covariance_m2` holds all of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase

Array = NDArray[np.float64]

TECHNIQUES: Final = ("levelling", "gnss", "insar")
COLUMNS: Final[Mapping[str, type]] = {
    "technique": str,
    "point": str,
    "x_m": float,
    "y_m": float,
    "from_year": float,
    "to_year": float,
    "east": float,
    "north": float,
    "up": float,
    "value_m": float,
    "reference": str,
    "reference_x_m": float,
    "reference_y_m": float,
}
"""Columns of `Observations.rows`; `reference` is "" for a displacement that is absolute, its place then NaN."""
SET: Final = "set"
"""Optional column: which set of its technique a row belongs to (a track of a satellite, a network); "" by default."""
_UNIT_TOLERANCE: Final = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """Rows of measured displacement and the covariance (row, row) of their errors, in m2.

    Made by `record`, which checks; the covariance must be positive definite before it is used in an update.
    """

    rows: pd.DataFrame
    covariance_m2: Array

    def __len__(self) -> int:  # noqa: D105
        return len(self.rows)

    @property
    def value_m(self) -> Array:
        """Measured displacements (row,)."""
        return self.rows["value_m"].to_numpy(dtype=float)

    @property
    def sigma_m(self) -> Array:
        """Standard deviation of each row (row,)."""
        return np.sqrt(np.diag(self.covariance_m2))

    @property
    def direction(self) -> Array:
        """Unit vectors (row, 3) of what is measured: east, north, up."""
        return self.rows[["east", "north", "up"]].to_numpy(dtype=float)

    @property
    def shown_sign(self) -> Array:
        """-1 for rows that are shown as subsidence, positive down; 1 for horizontal ones (row,)."""
        return np.where(np.abs(self.rows["up"].to_numpy(dtype=float)) > _UNIT_TOLERANCE, -1.0, 1.0)

    @property
    def campaigns(self) -> Array:
        """Moments at which something was measured last, ascending: the years to which rows run."""
        return np.unique(self.rows["to_year"].to_numpy(dtype=float))

    def chosen(self, which: ArrayLike) -> "Observations":
        """Return the rows of a mask (row,) or of indices, in that order, with their covariance."""
        index = np.arange(len(self))[np.asarray(which)]
        return Observations(self.rows.iloc[index].reset_index(drop=True), self.covariance_m2[np.ix_(index, index)])

    def in_time(self) -> "Observations":
        """Return the rows in the order in which they became known; rows of one campaign keep their order."""
        return self.chosen(np.argsort(self.rows["to_year"].to_numpy(dtype=float), kind="stable"))

    def until(self, year: float) -> "Observations":
        """Return the rows that were known at a moment."""
        return self.chosen(self.rows["to_year"].to_numpy(dtype=float) <= year)


def record(rows: pd.DataFrame, covariance_m2: ArrayLike, *, where: str = "observations") -> Observations:
    """Return checked observations; the frame may have columns of its own besides.

    Raises `InputError` with everything that is wrong: E507 for columns that are missing, E503 for a technique that is
    not known, a number that is none, a direction that is no unit vector, a period that does not go forward, a
    reference without a place, and a covariance that is not (row, row), symmetric and of positive variances.
    """
    problems = _wrong_columns(rows, where)
    if problems:
        raise InputError(problems)
    frame = rows.reset_index(drop=True).astype(dict(COLUMNS))
    if SET not in frame:
        frame[SET] = ""
    covariance = np.asarray(covariance_m2, dtype=float)
    problems = [*_wrong_rows(frame, where), *_wrong_covariance(covariance, len(frame), where)]
    if problems:
        raise InputError(problems)
    return Observations(frame, covariance)


def joined(sets: Sequence[Observations]) -> Observations:
    """Return the rows of several sets one after the other; errors of different sets are independent.

    Raises `InputError` E214 without any set.
    """
    if not sets:
        raise InputError(Problem("E214", "observations", {}))
    size = [len(one) for one in sets]
    covariance = np.zeros((sum(size), sum(size)))
    start = 0
    for one, count in zip(sets, size, strict=True):
        covariance[start : start + count, start : start + count] = one.covariance_m2
        start += count
    return Observations(pd.concat([one.rows for one in sets], ignore_index=True), covariance)


def gathered(rows: pd.DataFrame, cell_m: float) -> pd.DataFrame:
    """Return the average of the rows of each square cell: many scatterers in one street say one thing.

    Rows are of one cell where technique, set, period and reference agree too. The place, value and direction are
    averages (the direction a unit vector again), the point is the name of the first with the number of others; a
    column `gathered` has how many there were. A standard deviation `sigma_m` is averaged and not lessened, for
    neighbours share most of their error.
    """
    same = [SET] if SET in rows else []
    own = rows.assign(_column=np.floor(rows["x_m"] / cell_m), _row=np.floor(rows["y_m"] / cell_m), gathered=1)
    keys = ["technique", *same, "from_year", "to_year", "reference", "_column", "_row"]
    numbers = ["x_m", "y_m", "east", "north", "up", "value_m", "reference_x_m", "reference_y_m"]
    numbers += ["sigma_m"] if "sigma_m" in rows else []
    how = {**dict.fromkeys(numbers, "mean"), "point": "first", "gathered": "sum"}
    found = own.groupby(keys, sort=False, dropna=False).agg(how).reset_index().drop(columns=["_column", "_row"])
    length = np.linalg.norm(found[["east", "north", "up"]].to_numpy(dtype=float), axis=1)
    turned = {name: found[name] / length for name in ("east", "north", "up")}
    several = found["gathered"] > 1
    named = found["point"].astype(str) + " +" + (found["gathered"] - 1).astype(str)
    return found.assign(**turned, point=found["point"].astype(str).where(~several, named))


def double_differences(
    heights: pd.DataFrame,
    covariance_m2: ArrayLike,
    *,
    reference: str,
    epoch: float | None = None,
    technique: str = "levelling",
) -> Observations:
    """Return double differences of heights against a reference point and each point's first epoch.

    Args:
        heights: rows (point, x_m, y_m, year, height_m), one of each point and year.
        covariance_m2: of the heights (row, row).
        reference: the point that is held; it must have been measured in every year that is used.
        epoch: year against which differences are taken, for points measured then; else, and by default, each point's
            first year.
        technique: of all rows.

    With D the matrix of differences the values are D h and their covariance is D C D^T: rows hang together by the
    reference and by the epoch they share. Raises `InputError` E412 for a reference that is not among the points, E301
    for a point and year that stand there twice. Years in which the reference was not measured are left out.
    """
    frame = heights.reset_index(drop=True)
    points = frame["point"].astype(str)
    if reference not in set(points):
        known = tuple(dict.fromkeys(points))
        raise InputError(Problem("E412", "reference", {"got": reference, "known": known, "nearest": known[0]}))
    twice = frame.duplicated(["point", "year"])
    if twice.any():
        got = tuple(f"{row.point} {row.year:g}" for row in frame[twice].itertuples())
        raise InputError(Problem("E301", "observations", {"of": "pressure", "got": got}))
    own = {(point, year): index for index, (point, year) in enumerate(zip(points, frame["year"], strict=True))}
    held = {year for point, year in own if point == reference}
    signs: list[tuple[int, int, int, int]] = []
    for point in dict.fromkeys(points):
        years = sorted(year for other, year in own if other == point and year in held)
        if point == reference or len(years) < 2:
            continue
        first = epoch if epoch in years else years[0]
        signs += [
            (own[point, year], own[point, first], own[reference, year], own[reference, first])
            for year in years
            if year > first
        ]
    index = np.array(signs, dtype=int).reshape(-1, 4)
    differences = np.zeros((len(index), len(frame)))
    for column, sign in enumerate((1.0, -1.0, -1.0, 1.0)):
        differences[np.arange(len(index)), index[:, column]] += sign
    covariance = np.asarray(covariance_m2, dtype=float)
    year, x, y = (frame[name].to_numpy(dtype=float) for name in ("year", "x_m", "y_m"))
    there = index[0, 2] if len(index) else 0
    rows = pd.DataFrame(
        {
            "technique": technique,
            "point": points.to_numpy()[index[:, 0]],
            "x_m": x[index[:, 0]],
            "y_m": y[index[:, 0]],
            "from_year": year[index[:, 1]],
            "to_year": year[index[:, 0]],
            "east": 0.0,
            "north": 0.0,
            "up": 1.0,
            "value_m": differences @ frame["height_m"].to_numpy(dtype=float),
            "reference": reference,
            "reference_x_m": x[there],
            "reference_y_m": y[there],
        }
    )
    return record(rows, differences @ covariance @ differences.T)


def _wrong_columns(rows: pd.DataFrame, where: str) -> list[Problem]:
    missing = tuple(name for name in COLUMNS if name not in rows)
    if missing:
        params = {"needed": missing, "found": ", ".join(map(str, rows.columns)), "remedy": Phrase("tables.rename")}
        return [Problem("E507", where, params)]
    return [] if len(rows) else [Problem("E214", where, {})]


def _wrong_rows(frame: pd.DataFrame, where: str) -> list[Problem]:
    direction = frame[["east", "north", "up"]].to_numpy(dtype=float)
    length = np.linalg.norm(direction, axis=1)
    relative = frame["reference"].to_numpy() != ""
    numbers = frame[["x_m", "y_m", "from_year", "to_year", "value_m"]].to_numpy(dtype=float)
    places = frame[["reference_x_m", "reference_y_m"]].to_numpy(dtype=float)
    checks = (
        ("technique", ~frame["technique"].isin(TECHNIQUES).to_numpy(), "technique"),
        ("value_m", ~np.isfinite(numbers).all(axis=1), "finite"),
        ("to_year", frame["to_year"].to_numpy() <= frame["from_year"].to_numpy(), "forward"),
        ("up", ~(np.abs(length - 1.0) <= _UNIT_TOLERANCE), "unit_vector"),
        ("reference_x_m", relative & ~np.isfinite(places).all(axis=1), "reference_place"),
    )
    problems = []
    for column, wrong, expected in checks:
        if wrong.any():
            got = tuple(f"{frame['point'][i]}: {frame[column][i]}" for i in np.flatnonzero(wrong))
            words = {"expected": Phrase(f"subsidence_observe.expected.{expected}"), "example": _EXAMPLES[expected]}
            problems.append(Problem("E503", f"{where} [{column}]", {"got": got, **words}))
    return problems


_EXAMPLES: Final = {
    "technique": "levelling",
    "finite": "-0.012",
    "forward": "2012.5, 2018.5",
    "unit_vector": "0, 0, 1",
    "reference_place": "233883, 582065",
}


def _wrong_covariance(covariance: Array, size: int, where: str) -> list[Problem]:
    wrong = ""
    if covariance.shape != (size, size):
        wrong = " x ".join(map(str, covariance.shape)) or "–"
    elif not np.isfinite(covariance).all() or (np.diag(covariance) <= 0.0).any():
        wrong = f"{float(np.min(np.diag(covariance))):.3g}"
    elif np.abs(covariance - covariance.T).max() > 1e-9 * np.diag(covariance).max():
        wrong = f"{float(np.abs(covariance - covariance.T).max()):.3g}"
    if not wrong:
        return []
    expected = Phrase("subsidence_observe.expected.covariance", {"n": size})
    return [Problem("E503", f"{where} [covariance_m2]", {"got": wrong, "expected": expected, "example": "1e-6"})]
