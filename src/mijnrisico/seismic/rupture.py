"""Distance from a site to a rupture whose length and position are uncertain.

The rupture is a vertical plane of strike -30 degrees with its top edge and the hypocentre at depth d = 3 km. Its length
L is lognormal around the length of Leonard (2010, doi:10.1785/0120090189) and the hypocentre lies uniformly along it,
so it reaches o = U L from the epicentre towards the site. With epicentral distance e and azimuth a relative to the
strike

    R^2 = (e sin a)^2 + max(0, e cos a - o)^2 + d^2                                   [km]

o has a closed form: P(o > t) = P(L > t) - t E[1/L; L > t], a normal probability and a partial moment. R falls with o,
so P(R <= r) is one evaluation of it. The strike scatters with sd 30 degrees: kernels are smoothed over azimuth by
a Gaussian on the circle, which multiplies the n-th harmonic cos(2 n a) by exp(-(2 n sd)^2 / 2) and leaves five of them.

`projection` gives what the hazard sum needs: the weights w_j with E[f(R)] = sum_j w_j f(R_j) for f a polynomial of
ln R in each of the segments between the kinks of the motion model (3-7-12-25-70 km), R_j Gauss-Lobatto points, exact
where f is one. They sum to one but can be negative: they are quadrature weights, not a histogram. For point sources
R is the hypocentral distance itself and the R_j are a fine grid, between whose points f is cubic in ln R.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from math import ceil, cos, log, pi, sin

import numpy as np
from numba import njit
from numpy.polynomial import legendre
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_ndtr, ndtr

from mijnrisico.core.model import Model
from mijnrisico.core.workers import threads
from mijnrisico.errors import InputError, Problem
from mijnrisico.seismic.offsets import offset_stencil

Floats = NDArray[np.float64]

DEPTH_KM = 3.0
STRIKE_DEG = -30.0
STRIKE_SD_DEG = 30.0
LENGTH_SD_LN = 0.19 * np.log(10.0)
KINKS_KM = (7.0, 12.0, 25.0)
LARGEST_DISTANCE_KM = 70.0
SEGMENTS_KM = (DEPTH_KM, *KINKS_KM, LARGEST_DISTANCE_KM)
POINTS = (8, 6, 9, 7)
"""Gauss-Lobatto points per segment, ends included; neighbours share an end."""
HYPOCENTRAL_STEPS = (24, 14, 20, 24)
"""Steps in ln hypocentral distance per segment; cubic interpolation that does not reach across a segment end."""
HARMONICS = 5
POINT_STEPS_PER_LN = 160
"""Steps of the distance grid of point sources where ln R grows by one."""
_POINTS_PER_LN, _STEPS_PER_LN = 8, 28
_LONGEST_SEGMENT_LN = log(3.0)
_LEAST_SMOOTHING = 5.0
_MOST_HARMONICS = 40
_AZIMUTHS = 90
_REACH_PANELS_PER_OCTAVE = 2
_REACH_POINTS = 4
_LONGEST_REACH_KM = 160.0
_TABLES = 64  # of different depths, kept per process; 5 MB each


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

    def strike(self) -> tuple[float, float]:
        """Sine and cosine of the strike."""
        return sin(self.strike_deg * pi / 180.0), cos(self.strike_deg * pi / 180.0)


GRONINGEN = Geometry()


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
    distance_km: ArrayLike,
    magnitude: ArrayLike,
    hypocentral_km: ArrayLike,
    azimuth_deg: ArrayLike,
    depth_km: float = DEPTH_KM,
) -> Floats:
    """P(R <= r | M, hypocentral distance, azimuth relative to the strike), not smoothed over azimuth.

    R <= r when o >= e cos a - sqrt(r^2 - d^2 - (e sin a)^2), never when the root is imaginary. Arguments broadcast;
    azimuth in 0-90 degrees.
    """
    epicentral2 = np.maximum(np.asarray(hypocentral_km, float) ** 2 - depth_km**2, 0.0)
    a = np.deg2rad(np.asarray(azimuth_deg, float))
    room = np.asarray(distance_km, float) ** 2 - depth_km**2 - epicentral2 * np.sin(a) ** 2
    needed = np.sqrt(epicentral2) * np.cos(a) - np.sqrt(np.maximum(room, 0.0))
    return np.where(room >= 0.0, reach_exceedance(needed, magnitude), 0.0)


@lru_cache(maxsize=8)
def distance_nodes(points: tuple[int, ...] = POINTS, segments_km: tuple[float, ...] = SEGMENTS_KM) -> Floats:
    """Rupture distances R_j (km): Gauss-Lobatto points in ln R of every segment, ascending, shared ends once."""
    pieces = []
    for n, low, high in zip(points, segments_km[:-1], segments_km[1:], strict=True):
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


def distance_basis(
    distance_km: ArrayLike, points: tuple[int, ...] = POINTS, segments_km: tuple[float, ...] = SEGMENTS_KM
) -> Floats:
    """Lagrange basis over the distance nodes at each R, (..., node); rows sum to one."""
    r = np.asarray(distance_km, float)
    ln_nodes = np.log(distance_nodes(points, segments_km))
    out = np.empty((r.size, ln_nodes.size))
    for i, x in enumerate(np.log(r.ravel())):
        _basis(x, ln_nodes, _segment_ends(points), out[i])
    return out.reshape(*r.shape, -1)


def _segment_ends(points: tuple[int, ...]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(np.array(points) - 1)]).astype(np.int64)


@njit(cache=True, nogil=True)
def _basis_harmonics(first, last, depth_km, hypocentral_km, reach_km, azimuth, ln_nodes, ends, out):
    """Fourier coefficients over azimuth of the basis at R, into `out` (hypocentral node, harmonic, o, distance node).

    For the hypocentral nodes first..last; `out` is zero before.
    """
    count, harmonics = azimuth.size, out.shape[1]
    for h in range(first, last):
        basis, factor = np.empty(ln_nodes.size), np.empty(harmonics)
        epicentral = np.sqrt(max(hypocentral_km[h] ** 2 - depth_km**2, 0.0))
        for a in range(count):
            normal, along = epicentral * np.sin(azimuth[a]), epicentral * np.cos(azimuth[a])
            for n in range(harmonics):
                factor[n] = (1.0 if n == 0 else 2.0 * np.cos(2.0 * n * azimuth[a])) / count
            for o in range(reach_km.size):
                parallel = max(0.0, along - reach_km[o])
                _basis(0.5 * np.log(normal**2 + parallel**2 + depth_km**2), ln_nodes, ends, basis)
                for n in range(harmonics):
                    for j in range(ln_nodes.size):
                        if basis[j] != 0.0:
                            out[h, n, o, j] += factor[n] * basis[j]


@dataclass(frozen=True, slots=True)
class Projection:
    """Quadrature weights of rupture distance as a function of offset, ready for the sum over source cells.

    `weight` (magnitude, distance node, hypocentral node, harmonic): weights of event magnitude M at hypocentral
    node and relative azimuth a are sum_n weight[..., n] cos(2 n a). For point sources the distance nodes are the
    hypocentral nodes and the same for every magnitude: `weight` is the identity, its first axis has length one.
    """

    magnitude: Floats
    distance_km: Floats
    hypocentral_km: Floats
    steps: NDArray[np.int64]
    weight: Floats
    geometry: Geometry


def segments(geometry: Geometry, kinks_km: tuple[float, ...] = KINKS_KM) -> tuple[float, ...]:
    """Depth, the kinks beyond it and the largest distance (km); finite ruptures cut what is longer than a factor 3.

    Raises InputError E503 when the depth is not between zero and the largest distance.
    """
    depth, largest = geometry.depth_km, geometry.largest_km
    if not 0.0 < depth < largest < np.inf:
        expected = f"a depth between 0 and the largest distance of {largest:g} km"
        raise InputError(
            Problem("E503", where="rupture.depth", params={"got": depth, "expected": expected, "example": DEPTH_KM})
        )
    ends = (depth, *sorted(k for k in kinks_km if depth < k < largest), largest)
    if not geometry.finite:
        return ends
    pieces = [depth]
    for low, high in pairwise(ends):
        parts = ceil(log(high / low) / _LONGEST_SEGMENT_LN)
        pieces += [low * (high / low) ** (i / parts) for i in range(1, parts)] + [high]
    return tuple(pieces)


def _by_length(segments_km: tuple[float, ...], per_ln: float, least: int) -> tuple[int, ...]:
    return tuple(max(least, ceil(per_ln * log(high / low))) for low, high in pairwise(segments_km))


def harmonics_of(strike_sd_deg: float) -> int:
    """Harmonics of the azimuth that the scatter of the strike leaves, at most 40.

    The next is below 4e-6 of itself for a scatter of 3.6 degrees or more; without any scatter the means of what the
    distance makes of motion are off by up to 5e-4.
    """
    smallest = _LEAST_SMOOTHING / (2.0 * _MOST_HARMONICS)
    return max(1, ceil(_LEAST_SMOOTHING / (2.0 * max(np.deg2rad(strike_sd_deg), smallest))))


def _hypocentral_nodes(steps: tuple[int, ...], segments_km: tuple[float, ...]) -> Floats:
    parts = [
        np.geomspace(low, high, n + 1)[(0 if i == 0 else 1) :]
        for i, (n, low, high) in enumerate(zip(steps, segments_km[:-1], segments_km[1:], strict=True))
    ]
    return np.concatenate(parts)


def _reach_quadrature(magnitude: Floats, refine: int) -> tuple[Floats, Floats]:
    """Nodes of o (km), shared by all magnitudes, and weights (magnitude, node) that sum to one."""
    longest = length_km(magnitude.max()) * np.exp(4.0 * LENGTH_SD_LN)
    top = _LONGEST_REACH_KM * 2.0 ** max(0, ceil(np.log2(longest / _LONGEST_REACH_KM)))
    octaves = np.log2(top / 0.01)
    edges = np.concatenate([[0.0], np.geomspace(0.01, top, int(octaves * _REACH_PANELS_PER_OCTAVE * refine) + 1)])
    unit, gauss = legendre.leggauss(_REACH_POINTS)
    width = np.diff(edges)[:, None]
    nodes = (edges[:-1, None] + 0.5 * (unit + 1.0) * width).ravel()
    weights = (0.5 * gauss * width).ravel() * _reach_density(nodes[None, :], magnitude[:, None])
    return nodes, weights / weights.sum(axis=1, keepdims=True)


@dataclass(frozen=True, slots=True)
class _Discretisation:
    """Segments of the distance nodes and of the hypocentral nodes, what each is cut into, harmonics, refinement."""

    segments_km: tuple[float, ...]
    points: tuple[int, ...]
    hypocentral_segments_km: tuple[float, ...]
    steps: tuple[int, ...]
    harmonics: int
    refine: int


@lru_cache(maxsize=_TABLES)
def _finite(magnitude: tuple[float, ...], geometry: Geometry, chosen: _Discretisation) -> Projection:
    m = np.array(magnitude)
    reach, probability = _reach_quadrature(m, chosen.refine)
    hypocentral = _hypocentral_nodes(chosen.steps, chosen.hypocentral_segments_km)
    count = _AZIMUTHS * chosen.refine
    azimuth = (np.arange(count) + 0.5) * (np.pi / 2.0 / count)
    distance = distance_nodes(chosen.points, chosen.segments_km)
    coefficients = np.zeros((hypocentral.size, chosen.harmonics, reach.size, distance.size))
    settings = (hypocentral, reach, azimuth, np.log(distance), _segment_ends(chosen.points), coefficients)
    with threads() as spread:
        spread(lambda first, last: _basis_harmonics(first, last, geometry.depth_km, *settings), hypocentral.size)
    smoothing = np.exp(-0.5 * (2.0 * np.arange(chosen.harmonics) * np.deg2rad(geometry.strike_sd_deg)) ** 2)
    weight = np.moveaxis(np.tensordot(probability, coefficients, axes=(1, 2)) * smoothing[:, None], 3, 1)
    return _frozen(m, distance, hypocentral, chosen.steps, np.ascontiguousarray(weight), geometry)


@lru_cache(maxsize=4)
def _points(magnitude: tuple[float, ...], geometry: Geometry, chosen: _Discretisation) -> Projection:
    nodes = _hypocentral_nodes(chosen.steps, chosen.hypocentral_segments_km)
    return _frozen(np.array(magnitude), nodes, nodes, chosen.steps, np.eye(nodes.size)[None, :, :, None], geometry)


def _frozen(
    magnitude: Floats,
    distance: Floats,
    hypocentral: Floats,
    steps: tuple[int, ...],
    weight: Floats,
    geometry: Geometry,
) -> Projection:
    for array in (magnitude, distance, hypocentral, weight):
        array.flags.writeable = False
    return Projection(magnitude, distance, hypocentral, np.array(steps, dtype=np.int64), weight, geometry)


def projection(
    magnitude: ArrayLike,
    *,
    geometry: Geometry = GRONINGEN,
    kinks_km: tuple[float, ...] = KINKS_KM,
    shallowest_km: float | None = None,
    points: tuple[int, ...] | None = None,
    steps: tuple[int, ...] | None = None,
    harmonics: int | None = None,
    refine: int = 1,
) -> Projection:
    """Quadrature weights for magnitudes (magnitude,); kept per process for the last settings.

    `kinks_km` are distances where the median of the motion bends. With `shallowest_km` the distance nodes are those of
    that depth, so that tables of several depths share them. The last four keywords refine the discretisation; for V7
    the defaults give exceedance rates within 6e-4, levels within 2e-4 (see `benchmarks/hazard.py`), elsewhere
    their numbers follow the lengths of the segments in ln R. Raises InputError E503 for a depth that cannot be.
    """
    shared = geometry if shallowest_km is None else replace(geometry, depth_km=min(shallowest_km, geometry.depth_km))
    ends = segments(shared, kinks_km)
    own = ends if shared == geometry else segments(geometry, ends)
    if geometry.finite:
        default = POINTS if ends == SEGMENTS_KM else tuple(n + 2 for n in _by_length(ends, _POINTS_PER_LN, 3))
        default_steps = HYPOCENTRAL_STEPS if own == SEGMENTS_KM else _by_length(own, _STEPS_PER_LN, 6)
    else:
        own, default = ends, ()
        default_steps = _by_length(ends, POINT_STEPS_PER_LN, 4)
    chosen = _Discretisation(
        segments_km=ends,
        points=points or default,
        hypocentral_segments_km=own,
        steps=steps or default_steps,
        harmonics=harmonics or harmonics_of(geometry.strike_sd_deg),
        refine=refine,
    )
    key = tuple(float(m) for m in np.atleast_1d(np.asarray(magnitude, float)))
    return (_finite if geometry.finite else _points)(key, geometry, chosen)


def projected_weights(
    table: Projection, east_m: ArrayLike, north_m: ArrayLike, depth_km: ArrayLike | None = None
) -> Floats:
    """Weights (offset, magnitude, distance node) of events at offsets (m) from the site; a plain, slow reading.

    Offsets beyond the last hypocentral node give zeros. The depth is that of the table; only for point sources (one
    magnitude) it can be another.
    """
    depth = table.geometry.depth_km if depth_km is None or table.geometry.finite else depth_km
    east, north, depth = np.broadcast_arrays(
        np.atleast_1d(np.asarray(east_m, float)), np.asarray(north_m, float), np.asarray(depth, float)
    )
    ln_nodes = np.log(table.hypocentral_km)
    out = np.zeros((east.size, *table.weight.shape[:2]))
    cosines = np.empty(table.weight.shape[-1])
    nodes, values = np.empty(4, dtype=np.int64), np.empty(4)
    for i in range(east.size):
        place = (east[i], north[i], depth[i], *table.geometry.strike())
        if offset_stencil(*place, ln_nodes, table.steps, cosines, nodes, values):
            out[i] = np.einsum("mjhn,h,n->mj", table.weight[:, :, nodes], values, cosines)
    return out
