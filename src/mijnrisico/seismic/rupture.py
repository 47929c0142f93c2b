"""Distance from a site to a rupture whose length and position are uncertain.

The rupture is a vertical plane of strike -30 degrees with its top edge and the hypocentre at 3 km. Its length L is
lognormal around the length of Leonard (2010, doi:10.1785/0120090189) and the hypocentre lies uniformly along it, so
it reaches o = U L from the epicentre towards the site. With epicentral distance e and azimuth a relative to the strike

    R^2 = (e sin a)^2 + max(0, e cos a - o)^2 + 3^2                                   [km]

o has a closed form: P(o > t) = P(L > t) - t E[1/L; L > t], a normal probability and a partial moment. R falls with o,
so P(R <= r) is one evaluation of it. The strike scatters with sd 30 degrees: kernels are smoothed over azimuth by
a Gaussian on the circle, which multiplies the n-th harmonic cos(2 n a) by exp(-(2 n sd)^2 / 2) and leaves five of them.

`projection` gives what the hazard sum needs: the weights w_j with E[f(R)] = sum_j w_j f(R_j) for f a polynomial of
ln R in each of the segments 3-7-12-25-70 km of the motion model, R_j Gauss-Lobatto points, exact where f is one.
They sum to one but can be negative: they are quadrature weights, not a histogram.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numba import njit
from numpy.polynomial import legendre
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_ndtr, ndtr

from mijnrisico.core.model import Model
from mijnrisico.core.workers import threads

Floats = NDArray[np.float64]

DEPTH_KM = 3.0
STRIKE_DEG = -30.0
STRIKE_SD_DEG = 30.0
LENGTH_SD_LN = 0.19 * np.log(10.0)
SEGMENTS_KM = (3.0, 7.0, 12.0, 25.0, 70.0)
LARGEST_DISTANCE_KM = SEGMENTS_KM[-1]
POINTS = (8, 6, 9, 7)
"""Gauss-Lobatto points per segment, ends included; neighbours share an end."""
HYPOCENTRAL_STEPS = (24, 14, 20, 24)
"""Steps in ln hypocentral distance per segment; cubic interpolation that does not reach across a segment end."""
HARMONICS = 5
SCATTER_COLUMNS = 32
_AZIMUTHS = 90
_REACH_PANELS_PER_OCTAVE = 2
_REACH_POINTS = 4



@dataclass(frozen=True, slots=True)
class Geometry:
    """How ruptures lie: depth of hypocentre and top edge, strike and its scatter, finite or a point, farthest distance.

    A model of the motion that takes the hypocentral distance sees points whatever `finite` says.
    """

    depth_km: float = DEPTH_KM
    strike_deg: float = STRIKE_DEG
    strike_sd_deg: float = STRIKE_SD_DEG
    finite: bool = True
    largest_km: float = LARGEST_DISTANCE_KM


MODEL = Model(
    name="finite_rupture",
    role="rupture",
    predicts={"rupture_distance": "km"},
    needs={"magnitude": "1", "epicentre": "m"},
    valid={"rupture_distance_km": (SEGMENTS_KM[0], LARGEST_DISTANCE_KM)},
    source="length by Leonard (2010), doi:10.1785/0120090189; strike and depth of the public chain of TNO",
    departs="the distribution of the distance in closed form instead of sampled",
)


def length_km(magnitude: ArrayLike) -> Floats:
    """Median length: log10 L[m] = (log10 M0 - 6.1)/3, slope 1/2.5 above 5.5 km; log10 M0[N m] = 1.5 M + 9.1."""
    log_moment = 1.5 * np.asarray(magnitude, float) + 9.1
    bend = 3.0 * np.log10(5500.0) + 6.1
    short = (log_moment - 6.1) / 3.0
    long = np.log10(5500.0) + (log_moment - bend) / 2.5
    return 10.0 ** np.where(log_moment <= bend, short, long) / 1000.0


def reach_exceedance(reach_km: ArrayLike, magnitude: ArrayLike) -> Floats:
    """P(o > t), o = U L: P(L > t) - t E[1/L; L > t] with ln L ~ N(m, s); 1 for t <= 0. Arguments broadcast."""
    t, m = np.broadcast_arrays(np.asarray(reach_km, float), np.log(length_km(magnitude)))
    positive = np.maximum(t, 1e-300)
    d = (m - np.log(positive)) / LENGTH_SD_LN
    moment = np.exp(np.log(positive) - m + LENGTH_SD_LN**2 / 2.0 + log_ndtr(d - LENGTH_SD_LN))
    return np.where(t > 0.0, np.maximum(ndtr(d) - moment, 0.0), 1.0)


def _reach_density(reach_km: Floats, magnitude: Floats) -> Floats:
    """Probability density of o (1/km): E[1/L; L > o]."""
    m = np.log(length_km(magnitude))
    d = (m - np.log(reach_km)) / LENGTH_SD_LN
    return np.exp(-m + LENGTH_SD_LN**2 / 2.0 + log_ndtr(d - LENGTH_SD_LN))


def distance_cdf(
    distance_km: ArrayLike, magnitude: ArrayLike, hypocentral_km: ArrayLike, azimuth_deg: ArrayLike
) -> Floats:
    """P(R <= r | M, hypocentral distance, azimuth relative to the strike), not smoothed over azimuth.

    R <= r when o >= e cos a - sqrt(r^2 - 9 - (e sin a)^2), never when the root is imaginary. Arguments broadcast;
    azimuth in 0-90 degrees.
    """
    epicentral2 = np.maximum(np.asarray(hypocentral_km, float) ** 2 - DEPTH_KM**2, 0.0)
    a = np.deg2rad(np.asarray(azimuth_deg, float))
    room = np.asarray(distance_km, float) ** 2 - DEPTH_KM**2 - epicentral2 * np.sin(a) ** 2
    needed = np.sqrt(epicentral2) * np.cos(a) - np.sqrt(np.maximum(room, 0.0))
    return np.where(room >= 0.0, reach_exceedance(needed, magnitude), 0.0)


@lru_cache(maxsize=8)
def distance_nodes(points: tuple[int, ...] = POINTS) -> Floats:
    """Rupture distances R_j (km): Gauss-Lobatto points in ln R of every segment, ascending, shared ends once."""
    pieces = []
    for n, low, high in zip(points, SEGMENTS_KM[:-1], SEGMENTS_KM[1:], strict=True):
        coefficients = np.zeros(n)
        coefficients[-1] = 1.0
        inner = legendre.legroots(legendre.legder(coefficients))
        unit = np.concatenate([[-1.0], np.sort(inner.real), [1.0]])
        pieces.append(np.exp(np.log(low) + 0.5 * (unit + 1.0) * np.log(high / low)))
        pieces[-1][[0, -1]] = low, high
    return np.concatenate([pieces[0]] + [p[1:] for p in pieces[1:]])


@njit(cache=True)
def _basis(x, ln_nodes, first, out):
    """Lagrange basis at ln R = x of the segment that holds x; `first` are the indices of segment ends."""
    out[:] = 0.0
    segment = 0
    while segment < first.size - 2 and x > ln_nodes[first[segment + 1]]:
        segment += 1
    start, stop = first[segment], first[segment + 1] + 1
    for j in range(start, stop):
        value = 1.0
        for k in range(start, stop):
            if k != j:
                value *= (x - ln_nodes[k]) / (ln_nodes[j] - ln_nodes[k])
        out[j] = value


def distance_basis(distance_km: ArrayLike, points: tuple[int, ...] = POINTS) -> Floats:
    """Lagrange basis over the distance nodes at each R, (..., node); rows sum to one."""
    r = np.asarray(distance_km, float)
    ln_nodes = np.log(distance_nodes(points))
    out = np.empty((r.size, ln_nodes.size))
    for i, x in enumerate(np.log(r.ravel())):
        _basis(x, ln_nodes, _segment_ends(points), out[i])
    return out.reshape(*r.shape, -1)


def _segment_ends(points: tuple[int, ...]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(np.array(points) - 1)]).astype(np.int64)


@njit(cache=True, nogil=True)
def _basis_harmonics(first, last, hypocentral_km, reach_km, azimuth, ln_nodes, ends, out):
    """Fourier coefficients over azimuth of the basis at R, into `out` (hypocentral node, harmonic, o, distance node).

    For the hypocentral nodes first..last; `out` is zero before.
    """
    count, harmonics = azimuth.size, out.shape[1]
    for h in range(first, last):
        basis, factor = np.empty(ln_nodes.size), np.empty(harmonics)
        epicentral = np.sqrt(max(hypocentral_km[h] ** 2 - DEPTH_KM**2, 0.0))
        for a in range(count):
            normal, along = epicentral * np.sin(azimuth[a]), epicentral * np.cos(azimuth[a])
            for n in range(harmonics):
                factor[n] = (1.0 if n == 0 else 2.0 * np.cos(2.0 * n * azimuth[a])) / count
            for o in range(reach_km.size):
                parallel = max(0.0, along - reach_km[o])
                _basis(0.5 * np.log(normal**2 + parallel**2 + DEPTH_KM**2), ln_nodes, ends, basis)
                for n in range(harmonics):
                    for j in range(ln_nodes.size):
                        if basis[j] != 0.0:
                            out[h, n, o, j] += factor[n] * basis[j]


@dataclass(frozen=True, slots=True)
class Projection:
    """Quadrature weights of rupture distance as a function of offset, ready for the sum over source cells.

    `weight` (magnitude, distance node, hypocentral node, harmonic): weights of event magnitude M at hypocentral
    node and relative azimuth a are sum_n weight[..., n] cos(2 n a).
    """

    magnitude: Floats
    distance_km: Floats
    hypocentral_km: Floats
    steps: NDArray[np.int64]
    weight: Floats


def _hypocentral_nodes(steps: tuple[int, ...]) -> Floats:
    parts = [
        np.geomspace(low, high, n + 1)[(0 if i == 0 else 1) :]
        for i, (n, low, high) in enumerate(zip(steps, SEGMENTS_KM[:-1], SEGMENTS_KM[1:], strict=True))
    ]
    return np.concatenate(parts)


def _reach_quadrature(magnitude: Floats, refine: int) -> tuple[Floats, Floats]:
    """Nodes of o (km), shared by all magnitudes, and weights (magnitude, node) that sum to one."""
    octaves = np.log2(160.0 / 0.01)
    edges = np.concatenate([[0.0], np.geomspace(0.01, 160.0, int(octaves * _REACH_PANELS_PER_OCTAVE * refine) + 1)])
    unit, gauss = legendre.leggauss(_REACH_POINTS)
    width = np.diff(edges)[:, None]
    nodes = (edges[:-1, None] + 0.5 * (unit + 1.0) * width).ravel()
    weights = (0.5 * gauss * width).ravel() * _reach_density(nodes[None, :], magnitude[:, None])
    return nodes, weights / weights.sum(axis=1, keepdims=True)


@lru_cache(maxsize=4)
def _projection(
    magnitude: tuple[float, ...], points: tuple[int, ...], steps: tuple[int, ...], harmonics: int, refine: int
) -> Projection:
    m = np.array(magnitude)
    reach, probability = _reach_quadrature(m, refine)
    hypocentral = _hypocentral_nodes(steps)
    count = _AZIMUTHS * refine
    azimuth = (np.arange(count) + 0.5) * (np.pi / 2.0 / count)
    distance = distance_nodes(points)
    coefficients = np.zeros((hypocentral.size, harmonics, reach.size, distance.size))
    settings = (hypocentral, reach, azimuth, np.log(distance), _segment_ends(points), coefficients)
    with threads() as spread:
        spread(lambda first, last: _basis_harmonics(first, last, *settings), hypocentral.size)
    smoothing = np.exp(-0.5 * (2.0 * np.arange(harmonics) * np.deg2rad(STRIKE_SD_DEG)) ** 2)
    weight = np.moveaxis(np.tensordot(probability, coefficients, axes=(1, 2)) * smoothing[:, None], 3, 1)
    for array in (m, hypocentral, weight):
        array.flags.writeable = False
    return Projection(m, distance, hypocentral, np.array(steps, dtype=np.int64), np.ascontiguousarray(weight))


def projection(
    magnitude: ArrayLike,
    *,
    points: tuple[int, ...] = POINTS,
    steps: tuple[int, ...] = HYPOCENTRAL_STEPS,
    harmonics: int = HARMONICS,
    refine: int = 1,
) -> Projection:
    """Quadrature weights for magnitudes (magnitude,); kept per process for the last settings.

    The keywords refine the discretisation; the defaults give exceedance rates within 6e-4, levels within 2e-4 (see
    `benchmarks/hazard.py`).
    """
    key = tuple(float(m) for m in np.atleast_1d(np.asarray(magnitude, float)))
    return _projection(key, points, steps, harmonics, refine)


@njit(cache=True)
def offset_stencil(east_m, north_m, ln_nodes, steps, cosines, nodes, values):
    """Where an offset (m) falls in the table: four hypocentral nodes and weights, and cos(2 n a) for each harmonic.

    Fills `cosines` (harmonic,), `nodes` (4,), `values` (4,); False when the hypocentre is beyond the last node.
    """
    strike = STRIKE_DEG * np.pi / 180.0
    along = east_m * np.sin(strike) + north_m * np.cos(strike)
    across = east_m * np.cos(strike) - north_m * np.sin(strike)
    square = along * along + across * across
    x = 0.5 * np.log(square * 1e-6 + DEPTH_KM**2)
    if x > ln_nodes[-1]:
        return False
    c = (along * along - across * across) / square if square > 0.0 else 1.0
    cosines[0] = 1.0
    if cosines.size > 1:
        cosines[1] = c
    for n in range(2, cosines.size):
        cosines[n] = 2.0 * c * cosines[n - 1] - cosines[n - 2]
    start, segment = 0, 0
    while segment < steps.size - 1 and x > ln_nodes[start + steps[segment]]:
        start += steps[segment]
        segment += 1
    width = ln_nodes[start + 1] - ln_nodes[start]
    lowest = min(max(int((x - ln_nodes[start]) / width) - 1, 0), steps[segment] - 3)
    t = (x - ln_nodes[start + lowest]) / width
    for i in range(4):
        value = 1.0
        for k in range(4):
            if k != i:
                value *= (t - k) / (i - k)
        nodes[i], values[i] = start + lowest + i, value
    return True


def projected_weights(table: Projection, east_m: ArrayLike, north_m: ArrayLike) -> Floats:
    """Weights (offset, magnitude, distance node) of events at offsets (m) from the site; a plain, slow reading.

    Offsets beyond the last hypocentral node give zeros.
    """
    east, north = np.broadcast_arrays(np.atleast_1d(np.asarray(east_m, float)), np.asarray(north_m, float))
    ln_nodes = np.log(table.hypocentral_km)
    out = np.zeros((east.size, table.magnitude.size, table.distance_km.size))
    cosines = np.empty(table.weight.shape[-1])
    nodes, values = np.empty(4, dtype=np.int64), np.empty(4)
    for i in range(east.size):
        if offset_stencil(east[i], north[i], ln_nodes, table.steps, cosines, nodes, values):
            out[i] = np.einsum("mjhn,h,n->mj", table.weight[:, :, nodes], values, cosines)
    return out


@njit(cache=True, nogil=True)
def scatter(first, last, site_x, site_y, x, y, maps, ln_nodes, steps, harmonics, out):
    """Sum cells at x, y with `maps` (cell, q) onto the offset nodes of each site: out (site, node x harmonic + 1, q).

    The last row holds what lies beyond the largest distance. Tasks first..last are pairs of a site and a block of
    `SCATTER_COLUMNS` columns of the maps, site major.
    """
    cells, columns = maps.shape
    last_row = ln_nodes.size * harmonics
    blocks = (columns + SCATTER_COLUMNS - 1) // SCATTER_COLUMNS
    sums, source = np.empty((last_row + 1, SCATTER_COLUMNS)), np.zeros(SCATTER_COLUMNS)
    cosines, nodes, values = np.empty(harmonics), np.empty(4, dtype=np.int64), np.empty(4)
    for task in range(first, last):
        site, start = task // blocks, (task % blocks) * SCATTER_COLUMNS
        width = min(SCATTER_COLUMNS, columns - start)
        sums[:] = 0.0
        for cell in range(cells):
            for q in range(width):
                source[q] = maps[cell, start + q]
            east, north = site_x[site] - x[cell], site_y[site] - y[cell]
            if offset_stencil(east, north, ln_nodes, steps, cosines, nodes, values):
                for i in range(4):
                    for n in range(harmonics):
                        factor = values[i] * cosines[n]
                        target = sums[nodes[i] * harmonics + n]
                        for q in range(SCATTER_COLUMNS):
                            target[q] += factor * source[q]
            else:
                target = sums[last_row]
                for q in range(SCATTER_COLUMNS):
                    target[q] += source[q]
        for row in range(last_row + 1):
            for q in range(width):
                out[site, row, start + q] = sums[row, q]
