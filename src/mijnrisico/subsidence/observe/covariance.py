"""How the errors of measured displacements hang together: by point, reference, epoch, distance and time.

Every row is a contrast: (point - reference) in space times (to - from) in time. An error process whose covariance is a
product of one in space and one in time, s2 K(p, q) T(t, u), therefore gives two rows a and b the covariance

    s2 * [K(p,q) - K(p,s) - K(r,q) + K(r,s)] * [T(t,u) - T(t,f') - T(f,u) + T(f,f')] * (l_a . W l_b)

with p, r, f, t point, reference, from and to of a, and q, s, f', u of b; K of a reference that is not there is 0. It is
an element-by-element product of matrices that have no negative eigenvalue, so neither has it (Schur). A sum of such
processes describes a technique:

    space "point"     K = 1 for the same point, else 0            reading of a staff, noise of a station
    space "network"   K = -d(p, q)/2, d in km                     levelled heights: the difference has variance s2 d
    space "patch"     K = exp(-d(p, q)/length)                    atmosphere, shallow soil
    time  "epoch"     T = 1 for the same moment, else 0           every campaign anew
    time  "walk"      T = -|t - u|^(2H)/2                         its change over dt has variance s2 |dt|^(2H)

-d/2 and -|dt|^2H/2 are generalised covariances: valid for contrasts (H at most 1), and only those occur; the network of
a set with rows without a reference takes 500 km exp(-d/1000 km) instead, which is the same nearby. Points that share a
reference, and rows that share an epoch, are so correlated as they should be: two points next to each other, levelled
from one far reference, have nearly the same error.

"walk" at a point is the idealisation noise of a benchmark or scatterer: it does not move exactly as the deep
subsidence does, and less so the longer it takes; "walk" in a patch is the part of it that neighbours share.

The numbers of `LEVELLING`, `GNSS` and `INSAR` are round conventions of this toolbox, of the order of magnitude that is
usual; they are settings. The adjustment of a network, or the residuals of series in quiet ground, give better ones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import pandas as pd
import scipy.linalg
from numpy.typing import ArrayLike, NDArray

from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase

Array = NDArray[np.float64]

CONVENTION: Final = "convention of this toolbox, not from a source"
_FAR_KM: Final = 1000.0
_ROUNDING: Final = 1e-10
"""Share of the variance of a row that must be its own; less is rounding."""


@dataclass(frozen=True, slots=True)
class Noise:
    """One error process of a technique.

    `sigma_mm` is the standard deviation of K = T = 1: per epoch ("epoch") or of the change over one year ("walk"), and
    over one km for a network. `length_km` belongs to a patch, `hurst` to a walk (0.5: a random walk). `vertical` and
    `horizontal` multiply the standard deviation along those directions. `source` says where the numbers come from.
    """

    name: str
    sigma_mm: float
    space: Literal["point", "network", "patch"] = "point"
    time: Literal["epoch", "walk"] = "epoch"
    length_km: float = 1.0
    hurst: float = 0.5
    vertical: float = 1.0
    horizontal: float = 1.0
    source: str = CONVENTION


LEVELLING: Final = (
    Noise("network", 1.0, space="network"),
    Noise("reading", 0.3),
    Noise("benchmark", 0.5, time="walk"),
    Noise("shallow", 0.5, space="patch", time="walk", length_km=1.0),
)
GNSS: Final = (
    Noise("epoch", 3.0, horizontal=0.4),
    Noise("common", 1.0, space="patch", length_km=500.0, horizontal=0.4),
    Noise("monument", 1.0, time="walk", horizontal=0.5),
    Noise("shallow", 0.5, space="patch", time="walk", length_km=1.0, horizontal=0.3),
)
INSAR: Final = (
    Noise("scatterer", 3.0),
    Noise("atmosphere", 2.0, space="patch", length_km=5.0),
    Noise("object", 0.7, time="walk"),
    Noise("shallow", 1.0, space="patch", time="walk", length_km=0.5),
)
DEFAULTS: Final[Mapping[str, tuple[Noise, ...]]] = {"levelling": LEVELLING, "gnss": GNSS, "insar": INSAR}


def of_rows(rows: pd.DataFrame, noises: Sequence[Noise]) -> Array:
    """Return the covariance (row, row) in m2 of rows with the columns of `observations`, all with the same processes.

    Raises `InputError` E503 for settings that make no covariance: a negative standard deviation, a length that is not
    positive, a Hurst exponent outside (0, 1].
    """
    _check(noises)
    space, time = _Space(rows), _Time(rows)
    direction = rows[["east", "north", "up"]].to_numpy(dtype=float)
    total = np.zeros((len(rows), len(rows)))
    for noise in noises:
        if noise.sigma_mm == 0.0:
            continue
        weighted = direction * (noise.horizontal, noise.horizontal, noise.vertical)
        part = space.contrast(noise)
        part *= time.contrast(noise)
        part *= weighted @ weighted.T
        part *= (1e-3 * noise.sigma_mm) ** 2
        total += part
    return 0.5 * (total + total.T)


def of_techniques(rows: pd.DataFrame, noises: Mapping[str, Sequence[Noise]] = DEFAULTS, given: str = "") -> Array:
    """Return the covariance (row, row) in m2 of rows of several techniques and sets; those are independent.

    `given` names a column with the standard deviation (m) of the measurement of each row, NaN where there is none: the
    measurement (the processes in time "epoch") is then scaled to it, its correlations stay.
    """
    from mijnrisico.subsidence.observe.observations import SET

    total = np.zeros((len(rows), len(rows)))
    kind = rows["technique"].astype(str) + "|" + (rows[SET].astype(str) if SET in rows else "")
    for name in dict.fromkeys(kind):
        index = np.flatnonzero((kind == name).to_numpy())
        own = rows.iloc[index].reset_index(drop=True)
        settings = noises[str(own["technique"].iloc[0])]
        measured = of_rows(own, [noise for noise in settings if noise.time == "epoch"])
        if given:
            measured = scaled(measured, own[given].to_numpy(dtype=float))
        total[np.ix_(index, index)] = measured + of_rows(own, [noise for noise in settings if noise.time == "walk"])
    return total


def scaled(covariance_m2: ArrayLike, sigma_m: ArrayLike) -> Array:
    """Return the covariance with other standard deviations (row,) and the same correlations; NaN keeps a row's own."""
    covariance = np.asarray(covariance_m2, dtype=float)
    own = np.sqrt(np.diag(covariance))
    wanted = np.where(np.isfinite(sigma_m), sigma_m, own)
    factor = np.divide(wanted, own, out=np.ones_like(own), where=own > 0.0)
    return covariance * factor[:, None] * factor[None, :]


def cholesky(covariance_m2: Array, *, where: str = "observations [covariance_m2]") -> Array:
    """Return L, lower triangular, with L L^T the covariance.

    Raises `InputError` E503, naming the rows (from 0) that say nothing new, where it is not positive definite: rows
    that follow from others, such as three differences between three epochs of one point, or a row that is there twice.
    """
    try:
        factor = np.asarray(scipy.linalg.cholesky(covariance_m2, lower=True, check_finite=False), dtype=float)
    except scipy.linalg.LinAlgError:
        factor = np.zeros_like(covariance_m2)
    if (np.diag(factor) ** 2 > _ROUNDING * np.diag(covariance_m2)).all():
        return factor
    deviation = np.sqrt(np.abs(np.diag(covariance_m2)))
    deviation[deviation == 0.0] = 1.0
    correlation = covariance_m2 / deviation[:, None] / deviation[None, :]
    (pstrf,) = scipy.linalg.get_lapack_funcs(("pstrf",), (correlation,))
    _, pivot, rank, _ = pstrf(correlation, tol=_ROUNDING, lower=1)
    redundant = tuple(str(row - 1) for row in sorted(pivot[rank:])) or ("–",)
    params = {"got": redundant, "expected": Phrase("subsidence_observe.expected.definite"), "example": "0.3 mm"}
    raise InputError(Problem("E503", where, params))


def _check(noises: Sequence[Noise]) -> None:
    problems = []
    for noise in noises:
        for name, value, good in (
            ("sigma_mm", noise.sigma_mm, noise.sigma_mm >= 0.0),
            ("length_km", noise.length_km, noise.length_km > 0.0),
            ("hurst", noise.hurst, 0.0 < noise.hurst <= 1.0),
        ):
            if not (good and np.isfinite(value)):
                params = {"got": value, "expected": Phrase(f"subsidence_observe.expected.{name}"), "example": "0.5"}
                problems.append(Problem("E503", f"{noise.name} [{name}]", params))
    if problems:
        raise InputError(problems)


class _Space:
    """Contrasts (row, row) between point and reference of every two rows, from those of its distinct pairs."""

    def __init__(self, rows: pd.DataFrame) -> None:
        own = rows[["x_m", "y_m"]].to_numpy(dtype=float)
        other = rows[["reference_x_m", "reference_y_m"]].to_numpy(dtype=float)
        relative = (rows["reference"].astype(str) != "").to_numpy() & np.isfinite(other).all(axis=1)
        names = pd.concat([rows["point"], rows["reference"]]).astype(str).to_numpy()
        places = np.vstack([own, np.where(relative[:, None], other, 0.0)])
        frame = pd.DataFrame({"name": names, "x": places[:, 0], "y": places[:, 1]})
        node = frame.groupby(["name", "x", "y"], sort=False).ngroup().to_numpy()
        first = np.unique(node, return_index=True)[1]
        self.place, self.name = places[first], names[first]
        self.all_relative = bool(relative.all())
        pairs = np.column_stack([node[: len(rows)], np.where(relative, node[len(rows) :], -1)])
        self.pair, self.of_row = np.unique(pairs, axis=0, return_inverse=True)

    def contrast(self, noise: Noise) -> Array:
        kernel = self._kernel(noise)
        kernel = np.pad(kernel, (0, 1))  # the last row and column stand for a reference that is not there
        point, reference = self.pair[:, 0], self.pair[:, 1]
        half = kernel[point] - kernel[reference]
        distinct = half[:, point] - half[:, reference]
        index = self.of_row.ravel()
        return distinct[np.ix_(index, index)]

    def _kernel(self, noise: Noise) -> Array:
        distance = 1e-3 * np.hypot(*(self.place[:, None, k] - self.place[None, :, k] for k in (0, 1)))
        if noise.space == "network":
            return -0.5 * distance if self.all_relative else 0.5 * _FAR_KM * np.exp(-distance / _FAR_KM)
        if noise.space == "patch":
            return np.exp(-distance / noise.length_km)
        return np.eye(len(self.place))


class _Time:
    """Contrasts (row, row) between the two epochs of every two rows, from those of its distinct pairs."""

    def __init__(self, rows: pd.DataFrame) -> None:
        pairs = rows[["from_year", "to_year"]].to_numpy(dtype=float)
        self.year, index = np.unique(pairs, return_inverse=True)
        self.pair, self.of_row = np.unique(index.reshape(pairs.shape), axis=0, return_inverse=True)

    def contrast(self, noise: Noise) -> Array:
        if noise.time == "epoch":
            kernel = np.eye(len(self.year))
        else:
            kernel = -0.5 * np.abs(self.year[:, None] - self.year[None, :]) ** (2.0 * noise.hurst)
        half = kernel[self.pair[:, 1]] - kernel[self.pair[:, 0]]
        distinct = half[:, self.pair[:, 1]] - half[:, self.pair[:, 0]]
        index = self.of_row.ravel()
        return distinct[np.ix_(index, index)]


def without(noises: Sequence[Noise], *names: str) -> tuple[Noise, ...]:
    """Return the processes without those of the given names."""
    return tuple(noise for noise in noises if noise.name not in names)


def changed(noises: Sequence[Noise], **sigma_mm: float) -> tuple[Noise, ...]:
    """Return the processes with other standard deviations, by name: `changed(LEVELLING, network=0.7)`."""
    return tuple(replace(noise, sigma_mm=sigma_mm.get(noise.name, noise.sigma_mm)) for noise in noises)
