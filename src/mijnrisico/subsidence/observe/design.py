"""What a model predicts for measured displacements: linear in the amplitudes of the strain.

With G_c(p, j) the motion of place p along c (east, north, subsidence) per m3 lost in source j, V(t, j) the volume lost
there since the start for amplitudes of one, and B(j, k) how much amplitude k counts in source j (none: one each),

    d(row, k) = sum over j, c of l_c [G_c(point, j) - G_c(reference, j)] [V(to, j) - V(from, j)] B(j, k)

l is the direction of the row; what is measured up is minus the subsidence. The matrix d times the amplitudes is the
predicted displacement (m). Between the years of V it is linear, before the first nothing has happened yet.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase
from mijnrisico.subsidence.observe.observations import Observations

Array = NDArray[np.float64]

Displacement = Callable[[Array, Array, float], tuple[ArrayLike, ArrayLike, ArrayLike]]
"""East, north and up (m), each (place,) or (place, amplitude), at places x, y (m) in a year, since any fixed moment."""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """The distinct places of observations: x, y (place,), and which is the point and the reference of each row.

    `reference` is -1 for a row without one.
    """

    x_m: Array
    y_m: Array
    point: NDArray[np.intp]
    reference: NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Influence:
    """Motion (place, source) in m per m3 lost: subsidence positive down, east, north; a zero where not given.

    The places are those of `places`, in their order.
    """

    subsidence: Array
    east: Array | float = 0.0
    north: Array | float = 0.0


def places(observations: Observations) -> Places:
    """Return the distinct places at which influence is needed; a place that serves as both stands there once."""
    rows = observations.rows
    own = rows[["x_m", "y_m"]].to_numpy(dtype=float)
    relative = (rows["reference"] != "").to_numpy()
    other = rows.loc[relative, ["reference_x_m", "reference_y_m"]].to_numpy(dtype=float)
    distinct, index = np.unique(np.vstack([own, other]), axis=0, return_inverse=True)
    index = index.ravel()
    reference = np.full(len(rows), -1)
    reference[relative] = index[len(rows) :]
    return Places(distinct[:, 0], distinct[:, 1], index[: len(rows)], reference)


def matrix(
    observations: Observations,
    influence: Influence,
    volume_m3: ArrayLike,
    years: ArrayLike,
    basis: ArrayLike | None = None,
) -> Array:
    """Return the design matrix (row, amplitude) of the head of this file, in m per unit of amplitude.

    Args:
        observations: what was measured.
        influence: at `places(observations)`.
        volume_m3: lost since the start (time, source), for amplitudes of one.
        years: of the volumes (time,), ascending decimal years.
        basis: (source, amplitude); none: every source has an amplitude of its own.

    Raises `InputError` E503 for arrays that do not fit together and for rows that run beyond the last year.
    """
    where = places(observations)
    volume, moments = np.atleast_2d(np.asarray(volume_m3, dtype=float)), np.asarray(years, dtype=float)
    mixing = None if basis is None else np.asarray(basis, dtype=float)
    _check(observations, influence, where, volume, moments, mixing)
    along = [(_component(influence, name), direction) for name, direction in _directions(observations)]
    period = observations.rows[["from_year", "to_year"]].to_numpy(dtype=float)
    pairs, group = np.unique(period, axis=0, return_inverse=True)
    found = np.empty((len(observations), volume.shape[1] if mixing is None else mixing.shape[1]))
    for number, (start, end) in enumerate(pairs):
        rows = np.flatnonzero(group.ravel() == number)
        lost = at_year(volume, moments, end) - at_year(volume, moments, start)
        moved = np.zeros((len(rows), volume.shape[1]))
        for motion, direction in along:
            if motion is None or not direction[rows].any():
                continue
            relative = where.reference[rows] >= 0
            moved += direction[rows, None] * motion[where.point[rows]]
            moved[relative] -= direction[rows[relative], None] * motion[where.reference[rows[relative]]]
        moved *= lost
        found[rows] = moved if mixing is None else moved @ mixing
    return found


def predicted(observations: Observations, displacement: Displacement) -> Array:
    """Return what a displacement function gives for each row: (row,), or (row, amplitude) as the function does.

    The function is asked once for each year that occurs.
    """
    where = places(observations)
    rows = observations.rows
    direction = observations.direction
    total: Array | None = None
    for column, sign in (("to_year", 1.0), ("from_year", -1.0)):
        moment = rows[column].to_numpy(dtype=float)
        for year in np.unique(moment):
            chosen = np.flatnonzero(moment == year)
            motion = np.stack(
                [np.asarray(part, dtype=float) for part in displacement(where.x_m, where.y_m, float(year))]
            )
            if total is None:
                total = np.zeros((len(rows), *motion.shape[2:]))
            moved = motion[:, where.point[chosen]]
            relative = where.reference[chosen] >= 0
            moved[:, relative] -= motion[:, where.reference[chosen[relative]]]
            total[chosen] += sign * np.einsum("rc,cr...->r...", direction[chosen], moved)
    assert total is not None
    return total


def at_year(volume_m3: Array, years: Array, year: float) -> Array:
    """Return the volumes (source,) at a moment: linear between the years, nothing before the first.

    >>> at_year(np.array([[0.0], [10.0]]), np.array([2000.0, 2010.0]), 2004.0)
    array([4.])
    """
    if year <= years[0]:
        return volume_m3[0]
    after = min(int(np.searchsorted(years, year)), len(years) - 1)
    share = (year - years[after - 1]) / (years[after] - years[after - 1])
    return volume_m3[after - 1] + share * (volume_m3[after] - volume_m3[after - 1])


def _directions(observations: Observations) -> list[tuple[str, Array]]:
    direction = observations.direction
    return [("east", direction[:, 0]), ("north", direction[:, 1]), ("subsidence", -direction[:, 2])]


def _component(influence: Influence, name: str) -> Array | None:
    values = getattr(influence, name)
    return None if np.ndim(values) == 0 else np.asarray(values, dtype=float)


def _check(
    observations: Observations, influence: Influence, where: Places, volume: Array, years: Array, basis: Array | None
) -> None:
    shape = (len(where.x_m), volume.shape[1])
    problems = []
    for name in ("subsidence", "east", "north"):
        given = np.shape(getattr(influence, name))
        if given not in ((), shape) or (name == "subsidence" and given == ()):
            problems.append(_shape(f"influence.{name}", given, shape))
    if years.shape != (len(volume),) or (np.diff(years) <= 0.0).any():
        problems.append(_shape("years", years.shape, (len(volume),)))
    if basis is not None and (basis.ndim != 2 or len(basis) != volume.shape[1]):
        problems.append(_shape("basis", basis.shape, (volume.shape[1],)))
    last = observations.rows["to_year"].max()
    if not problems and last > years[-1]:
        params = {
            "expected": Phrase("subsidence_observe.expected.until", {"last": f"{years[-1]:g}"}),
            "example": "2018.5",
        }
        problems.append(Problem("E503", "observations [to_year]", {"got": f"{last:g}", **params}))
    if problems:
        raise InputError(problems)


def _shape(name: str, got: tuple[int, ...], expected: tuple[int, ...]) -> Problem:
    wanted = Phrase("subsidence_observe.expected.shape", {"shape": " x ".join(map(str, expected))})
    shown = " x ".join(map(str, got)) or "–"
    return Problem("E503", name, {"got": shown, "expected": wanted, "example": " x ".join(map(str, expected))})
