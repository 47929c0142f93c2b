"""Probability that the motion at the surface exceeds a level, given magnitude, distance, site and branch.

    ln S = y + clip(f1(M, R) + f2 ln((Y + f3)/f3), low, high) + eps phi_s2s(Y) + wierde,   y = ln Y ~ N(g, sigma)

with Y the motion at the reference horizon (`motion.model`). For a site branch (eps fixed) S rises with y, so S > s
exactly when y > y*(s), and P(S > s | M, R) is one normal probability: no integral and no grid over the reference
motion. y* needs no iteration either: the clip makes S the larger of a lower clip and the smaller of an upper clip
and the free curve, so y* is the same choice among three inverses, each tabulated once per site response.

Where the free curve falls with y (strong deamplification) its running maximum takes its place; responses where that
happens below 2 g are counted.

An aleatory site term, eps ~ N(0, 1), is integrated the other way round: given y the surface motion is normal, so
P = E over y of Q((ln s - surface(y)) / phi_s2s(y)), a smooth integrand (a sum over eps is not: the clips bend y*).

`truncation` n leaves out motions beyond n standard deviations on both sides and scales the rest to one:
P = (Q(z) - Q(n)) / (1 - 2 Q(n)) within 0 and 1; it cuts the scatter at the reference horizon. Zero leaves the
median alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, TypedDict, Unpack

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.special import ndtr

from mijnrisico.core.workers import Spread, serial
from mijnrisico.errors import InputError, Problem
from mijnrisico.seismic.motion.model import (
    Component,
    GroundMotion,
    Response,
    SiteTerm,
    SiteVariabilityArgument,
    Surface,
)
from mijnrisico.units import CMS2_PER_G

Floats = NDArray[np.float64]

SITE_NODES: Final = 9
"""Gauss-Hermite nodes of an aleatory site term where it has to be seen as branches."""
_SCALE: Final = {"g": 1.0, "cm/s": 100.0}
"""Size of strong motion in a unit, beside 1 g: the tables below reach as far in every unit."""
_Y_STEP = 0.005
_Y_RANGE_G = (1e-7, 100.0)
_COUNTED_BELOW_G = 2.0
_S_NODES = np.linspace(np.log(1e-6), np.log(50.0), 6001)
_Q_STEP = 1.0 / 64.0
_Q_LIMIT = 8.5
_MEDIAN_ALONE = 1e-9
_MEAN_STEP = 0.05
_LN_NOTHING = -60.0
"""ln of a probability that adds nothing to any sum."""
_SITE_STEP = 0.05
"""Steps of ln Y over which an aleatory site term is integrated."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a model: measure, component, surface, how the site term counts and where scatter is cut."""

    model: GroundMotion
    imt: str = "PGA"
    component: Component = "geometric_mean"
    surface: Surface = "regular"
    site_term: SiteTerm = "epistemic"
    argument: SiteVariabilityArgument = "g"
    truncation: float | None = None

    @property
    def unit(self) -> str:
        """Unit of the measure."""
        return self.model.units[self.imt]


class Choices(TypedDict, total=False):
    """What a computation may choose of a model; what is left out is the default of the model."""

    imt: str
    component: Component | None
    surface: Surface
    site_term: SiteTerm | None
    site_variability_argument: SiteVariabilityArgument
    truncation: float | None


def asked(model: GroundMotion, **choices: Unpack[Choices]) -> Asked:
    """Settings of a computation with the defaults of the model; raises InputError E503 for what it does not have."""
    imt, component = choices.get("imt", "PGA"), choices.get("component") or model.components[0]
    truncation = choices.get("truncation")
    pairs = (("imt", imt, tuple(model.units)), ("component", component, model.components))
    problems = [
        Problem("E503", where=name, params={"given": given, "expected": ", ".join(known)})
        for name, given, known in pairs
        if given not in known
    ]
    if truncation is not None and not (np.isfinite(truncation) and truncation >= 0.0):
        params = {"given": truncation, "expected": "standard deviations, zero or more"}
        problems.append(Problem("E503", where="truncation", params=params))
    if problems:
        raise InputError(problems)
    term = choices.get("site_term") or model.site_term
    argument = choices.get("site_variability_argument", "g")
    return Asked(model, imt, component, choices.get("surface", "regular"), term, argument, truncation)


def site_epsilons(wanted: Asked) -> tuple[Floats, Floats]:
    """Standard deviations of the site term at which it is evaluated, and their weights, both (epsilon,)."""
    if wanted.site_term == "epistemic":
        return wanted.model.epsilon, wanted.model.epsilon_weight
    nodes, weights = np.polynomial.hermite_e.hermegauss(SITE_NODES)
    return np.asarray(nodes, float), np.asarray(weights / weights.sum(), float)


def _q_table() -> tuple[Floats, Floats]:
    z = np.arange(-_Q_LIMIT, _Q_LIMIT + _Q_STEP / 2.0, _Q_STEP)
    return ndtr(-z), np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)


_Q, _DENSITY = _q_table()


@njit(cache=True, inline="always")
def _upper_tail(z, q, density):
    """Upper tail of the normal law by a Taylor series around a table of step 1/64; relative error below 1e-8."""
    z = min(max(z, -_Q_LIMIT), _Q_LIMIT)
    i = np.uint64((z + _Q_LIMIT) / _Q_STEP + 0.5)
    z0 = i * _Q_STEP - _Q_LIMIT
    d = z - z0
    series = 1.0 + d * (-z0 / 2.0 + d * ((z0 * z0 - 1.0) / 6.0 - d * z0 * (z0 * z0 - 3.0) / 24.0))
    return q[i] - density[i] * d * series


@njit(cache=True, inline="always")
def _inverse(s, first, step, inverse):
    """y*(s) from a table on equal steps of s, linear between its points; held at its ends."""
    position = min(max((s - first) / step, 0.0), inverse.size - 1.001)
    low = np.uint64(position)
    return inverse[low] + (position - low) * (inverse[low + np.uint64(1)] - inverse[low])


@njit(cache=True, nogil=True)
def _needed(first, last, ln_s, f1, start, step, free, clipped, limits, out):
    """Fill rows first..last of out (row, epsilon, level) with y*.

    `ln_s` (level,) ascending, less the wierde term; `f1` (row,); `free` and `clipped` (epsilon, point) are the
    inverses of y + f2 term + eps phi and of y + eps phi on equal steps.
    """
    at_top = np.empty((free.shape[0], ln_s.size))
    at_bottom = np.empty_like(at_top)
    for e in range(free.shape[0]):
        for level in range(ln_s.size):
            at_top[e, level] = _inverse(ln_s[level] - limits[1], start, step, clipped[e])
            at_bottom[e, level] = _inverse(ln_s[level] - limits[0], start, step, clipped[e])
    for row in range(first, last):
        for e in range(free.shape[0]):
            for level in range(ln_s.size):
                inside = _inverse(ln_s[level] - f1[row], start, step, free[e])
                out[row, e, level] = min(max(inside, at_top[e, level]), at_bottom[e, level])


@njit(cache=True, nogil=True)
def _probability(first, last, needed, median, sigma, cut, gain, q, density, out):
    """Fill rows first..last of out (row, median, scatter, epsilon, level); probabilities below 1e-17 are zero.

    `needed` (row, epsilon, level), `median` (row, median), `sigma` (row, median or 1, scatter); `cut` and `gain`
    are Q(n) and 1 / (1 - 2 Q(n)) of the truncation.
    """
    levels = needed.shape[2]
    for row in range(first, last):
        for e in range(needed.shape[1]):
            threshold = needed[row, e]
            for m in range(median.shape[1]):
                own = m if sigma.shape[1] > 1 else 0
                for t in range(sigma.shape[2]):
                    sd, middle, target = sigma[row, own, t], median[row, m], out[row, m, t, e]
                    scale, reached = 1.0 / sd, levels
                    while reached > 0 and threshold[reached - 1] >= middle + _Q_LIMIT * sd:
                        reached -= 1
                        target[reached] = 0.0
                    for level in range(reached):
                        target[level] = _upper_tail((threshold[level] - middle) * scale, q, density)
                    if cut > 0.0:
                        for level in range(reached):
                            target[level] = min(max((target[level] - cut) * gain, 0.0), 1.0)


@njit(cache=True, nogil=True)
def _fill_ln_mean(y, median, sigma, median_weight, scatter_weight, q, density, out):
    """Fill out (row, point) with ln of the mean probability that ln Y exceeds y (point,)."""
    for row in range(median.shape[0]):
        for k in range(y.size):
            total = 0.0
            for m in range(median.shape[1]):
                own = m if sigma.shape[1] > 1 else 0
                for t in range(sigma.shape[2]):
                    z = (y[k] - median[row, m]) / sigma[row, own, t]
                    total += median_weight[row, m] * scatter_weight[t] * _far_tail(z, q, density)
            out[row, k] = np.log(max(total, 1e-300))


@njit(cache=True, inline="always")
def _far_tail(z, q, density):
    """Upper tail of the normal law, beyond the table by its asymptotic series, so that its logarithm stays smooth."""
    if z < _Q_LIMIT:
        return _upper_tail(z, q, density)
    s = 1.0 / (z * z)
    return np.exp(-0.5 * z * z) / (z * np.sqrt(2.0 * np.pi)) * (1.0 - s * (1.0 - 3.0 * s * (1.0 - 5.0 * s)))


@njit(cache=True, nogil=True)
def _mean_probability(first, last, needed, ln_mean, y_first, y_step, weight, out):
    """Fill rows first..last of out (row, level): the mean over epsilon of exp of a table, cubic between its points.

    `ln_mean` (row, point) is ln of the mean probability that y exceeds a point on equal steps; `weight` (epsilon,).
    """
    points = ln_mean.shape[1]
    for row in range(first, last):
        for level in range(needed.shape[2]):
            total = 0.0
            for e in range(needed.shape[1]):
                position = min(max((needed[row, e, level] - y_first) / y_step, 0.0), points - 1.001)
                low = min(max(int(position) - 1, 0), points - 4)
                t = position - low
                a, b, c = t - 1.0, t - 2.0, t - 3.0
                if ln_mean[row, low + 1] < _LN_NOTHING:
                    continue
                value = (
                    -ln_mean[row, low] * a * b * c / 6.0
                    + ln_mean[row, low + 1] * t * b * c / 2.0
                    - ln_mean[row, low + 2] * t * a * c / 2.0
                    + ln_mean[row, low + 3] * t * a * b / 6.0
                )
                total += weight[e] * np.exp(value)
            out[row, level] = total


@njit(cache=True, nogil=True)
def _surface_tail(row, low, high, ln_s, f1, y, nonlinear, phi, limits, q, density, tail):
    """Fill tail (point, level) for the points low..high: the probability that the site term reaches a level from y."""
    for k in range(low, high):
        surface = y[k] + min(max(f1[row] + nonlinear[k], limits[0]), limits[1])
        for level in range(ln_s.size):
            tail[k, level] = _upper_tail((ln_s[level] - surface) / phi[k], q, density)


@njit(cache=True, nogil=True)
def _aleatory(first, last, ln_s, f1, y, nonlinear, phi, limits, median, sigma, reach, q, density, out):
    """Fill rows first..last of out (row, median, scatter, level): site term integrated over y on equal steps.

    `ln_s` (level,), `f1` (row,), `y`, `nonlinear` and `phi` (point,), `median` (row, median), `sigma` (row, median or
    1, scatter); normal weights out to `reach` sds, scaled to one.
    """
    step, tail = y[1] - y[0], np.empty((y.size, ln_s.size))
    for row in range(first, last):
        far = reach * sigma[row].max()
        low = max(int((median[row].min() - far - y[0]) / step), 0)
        high = min(int((median[row].max() + far - y[0]) / step) + 2, y.size)
        _surface_tail(row, low, high, ln_s, f1, y, nonlinear, phi, limits, q, density, tail)
        for m in range(median.shape[1]):
            own = m if sigma.shape[1] > 1 else 0
            for t in range(sigma.shape[2]):
                target, total = out[row, m, t], 0.0
                target[:] = 0.0
                for k in range(low, high):
                    z = (y[k] - median[row, m]) / sigma[row, own, t]
                    if abs(z) <= reach:
                        weight = np.exp(-0.5 * z * z)
                        total += weight
                        for level in range(ln_s.size):
                            target[level] += weight * tail[k, level]
                for level in range(ln_s.size):
                    target[level] /= total


@njit(cache=True, nogil=True)
def _mean_aleatory(first, last, ln_s, f1, y, nonlinear, phi, limits, mass, q, density, out):
    """Fill rows first..last of out (row, level) from the mean mass (row, point) of y over the branches."""
    tail = np.empty((y.size, ln_s.size))
    for row in range(first, last):
        low, high = 0, y.size
        while low < high and mass[row, low] < 1e-18:
            low += 1
        while high > low and mass[row, high - 1] < 1e-18:
            high -= 1
        _surface_tail(row, low, high, ln_s, f1, y, nonlinear, phi, limits, q, density, tail)
        target = out[row]
        target[:] = 0.0
        for k in range(low, high):
            for level in range(ln_s.size):
                target[level] += mass[row, k] * tail[k, level]


def _motion_curves(wanted: Asked, response: Response) -> tuple[Floats, Floats, Floats]:
    """ln Y (point,), the free curve y + f2 term + eps phi and the clipped curve y + eps phi, each (epsilon, point)."""
    low, high = np.log(np.array(_Y_RANGE_G) * _SCALE[wanted.unit])
    y = np.linspace(low, high, int((high - low) / _Y_STEP) + 1)
    kinks = np.log(np.array([response.xl, response.xh]) / _per_unit(wanted))
    y = np.unique(np.concatenate([y, kinks[(kinks > low) & (kinks < high)]]))
    clipped = y + site_epsilons(wanted)[0][:, None] * _phi(response, y, wanted)
    return y, clipped + _nonlinear(response, y), clipped


def _inverses(y: Floats, curves: Floats, scale: float) -> tuple[Floats, int]:
    """First y at which the running maximum of each curve (epsilon, point) passes s, on `_S_NODES`; how many fell.

    Only falls below 2 g of reference motion count: beyond, a table of strong deamplification always falls.
    """
    risen = np.maximum.accumulate(curves, axis=1)
    counted = y < np.log(_COUNTED_BELOW_G * scale)
    repaired = int(np.any(np.diff(curves[:, counted], axis=1) < 0.0, axis=1).sum())
    return np.stack([np.interp(_S_NODES + np.log(scale), one, y) for one in risen]), repaired


@lru_cache(maxsize=4)
def _site_inverses(wanted: Asked, key: float) -> tuple[Floats, Floats, int]:
    """Inverses of the free and the clipped curve of a site response, and how many fell; kept for its next use."""
    scale = _SCALE[wanted.unit]
    y, *both = _motion_curves(wanted, wanted.model.response(key, wanted.imt, wanted.component))
    (free, repaired_free), (clipped, repaired_clipped) = (_inverses(y, curves, scale) for curves in both)
    return free, clipped, repaired_free + repaired_clipped


@lru_cache(maxsize=16)
def reference(wanted: Asked, magnitude: tuple[float, ...], distance_km: tuple[float, ...]) -> tuple[Floats, Floats]:
    """Median ln Y (row, median) and sd (row, median or 1, scatter) at the reference horizon; row = M x R."""
    m, r = (a.ravel() for a in np.meshgrid(magnitude, distance_km, indexing="ij"))
    median, sd = wanted.model.reference(wanted.imt, m, r, wanted.component)
    if wanted.truncation == 0.0:
        sd = np.full_like(sd, _MEDIAN_ALONE)
    median, sd = np.ascontiguousarray(median), np.ascontiguousarray(sd)
    median.flags.writeable = sd.flags.writeable = False
    return median, sd


def thresholds(
    wanted: Asked, key: float, magnitude: Floats, distance_km: Floats, level: Floats, spread: Spread = serial
) -> tuple[Floats, int]:
    """Reference motion ln Y that exceeding a level takes, and the number of repaired curves.

    Returns (magnitude, distance, epsilon, level) for levels in the unit of the measure, and how many of the curves
    ln S(y) of the site (a free and a clipped one for each epsilon) were replaced by their running maximum.
    """
    response = wanted.model.response(key, wanted.imt, wanted.component)
    m, r = np.meshgrid(magnitude, distance_km, indexing="ij")
    f1 = np.ascontiguousarray(response.linear_ln(m, r).ravel())
    shift = wanted.model.wierde_ln(wanted.imt) if wanted.surface == "wierde" else 0.0
    free, clipped, repaired = _site_inverses(_of_site(wanted), key)
    start = _S_NODES[0] + np.log(_SCALE[wanted.unit])
    out = np.empty((f1.size, free.shape[0], level.size))
    limits = _limits(response)
    settings = (np.log(level) - shift, f1, start, _S_NODES[1] - _S_NODES[0], free, clipped, limits, out)
    spread(lambda first, last: _needed(first, last, *settings), f1.size)
    return out.reshape(magnitude.size, distance_km.size, *out.shape[1:]), repaired


@cache
def _of_site(wanted: Asked) -> Asked:
    """The part of the settings that the inverses of a site depend on."""
    return Asked(wanted.model, wanted.imt, site_term=wanted.site_term, argument=wanted.argument)


def _truncated(truncation: float | None) -> tuple[float, float]:
    """Q(n) and 1 / (1 - 2 Q(n)); without truncation, or with the median alone, 0 and 1."""
    cut = float(ndtr(-truncation)) if truncation else 0.0
    return cut, 1.0 / (1.0 - 2.0 * cut)


def exceedance(
    wanted: Asked, key: float, magnitude: Floats, distance_km: Floats, level: Floats, spread: Spread = serial
) -> tuple[Floats, int]:
    """P(surface motion > level | M, R) for every motion branch of the model, and the number of repaired curves.

    Returns (magnitude, distance, median, scatter, epsilon, level), with one epsilon where the site term is aleatory,
    and repairs as `thresholds`. `key` picks the response of the site (zone or Vs30), levels are in the unit of the
    measure.
    """
    median, sd = reference(wanted, tuple(map(float, magnitude)), tuple(map(float, distance_km)))
    branches = (len(median), median.shape[1], sd.shape[2])
    if wanted.site_term == "aleatory":
        out, repaired = np.empty((*branches, 1, level.size)), 0
        reach = wanted.truncation or _Q_LIMIT
        integral = (
            *_integral(wanted, key, magnitude, distance_km, level),
            median,
            sd,
            reach,
            _Q,
            _DENSITY,
            out[..., 0, :],
        )
        spread(lambda first, last: _aleatory(first, last, *integral), len(median))
    else:
        needed, repaired = thresholds(wanted, key, magnitude, distance_km, level, spread)
        needed = needed.reshape(-1, *needed.shape[2:])
        out = np.empty((*branches, *needed.shape[1:]))
        settings = (needed, median, sd, *_truncated(wanted.truncation), _Q, _DENSITY, out)
        spread(lambda first, last: _probability(first, last, *settings), len(median))
    return out.reshape(magnitude.size, distance_km.size, *out.shape[1:]), repaired


def _integral(
    wanted: Asked, key: float, magnitude: Floats, distance_km: Floats, level: Floats
) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
    """What the integral over an aleatory site term shares: ln levels, f1 (row,), points y with f2 term, phi; limits."""
    response, scale = wanted.model.response(key, wanted.imt, wanted.component), _SCALE[wanted.unit]
    m, r = np.meshgrid(magnitude, distance_km, indexing="ij")
    shift = wanted.model.wierde_ln(wanted.imt) if wanted.surface == "wierde" else 0.0
    y = _site_points(scale)
    nonlinear, phi = _nonlinear(response, y), _phi(response, y, wanted)
    f1 = np.ascontiguousarray(response.linear_ln(m, r).ravel())
    return np.log(level) - shift, f1, y, nonlinear, np.maximum(phi, _MEDIAN_ALONE), _limits(response)


def _site_points(scale: float) -> Floats:
    low, high = np.log(np.array(_Y_RANGE_G) * scale)
    return np.arange(low, high, _SITE_STEP)


def _nonlinear(response: Response, y: Floats) -> Floats:
    return response.f2 * np.log1p(np.exp(y) / response.f3)


def _limits(response: Response) -> Floats:
    return np.array([response.ln_low, response.ln_high])


def _phi(response: Response, y: Floats, wanted: Asked) -> Floats:
    """Site-to-site sd at ln Y (point,)."""
    ends = np.log(np.array([response.xl, response.xh]) / _per_unit(wanted))
    return response.s1 + (response.s2 - response.s1) * np.clip((y - ends[0]) / (ends[1] - ends[0]), 0.0, 1.0)


def _per_unit(wanted: Asked) -> float:
    """What Y is multiplied by before it is put against the limits of phi_s2s."""
    return CMS2_PER_G if wanted.argument == "cm/s2" and wanted.unit == "g" else 1.0


@lru_cache(maxsize=16)
def _ln_mean(
    wanted: Asked, magnitude: tuple[float, ...], distance_km: tuple[float, ...]
) -> tuple[float, float, Floats]:
    """First point, step and ln of the mean probability that ln Y exceeds each point, (row, point)."""
    median, sd = reference(wanted, magnitude, distance_km)
    weight = np.repeat(wanted.model.median_weights(np.array(magnitude)), len(distance_km), axis=0)
    first, last = np.log(np.array(_Y_RANGE_G) * _SCALE[wanted.unit])
    y = np.arange(first, last + _MEAN_STEP, _MEAN_STEP)
    ln_mean = np.empty((len(median), y.size))
    _fill_ln_mean(y, median, sd, weight, wanted.model.scatter_weight, _Q, _DENSITY, ln_mean)
    ln_mean.flags.writeable = False
    return float(first), _MEAN_STEP, ln_mean


@lru_cache(maxsize=16)
def _mean_mass(wanted: Asked, magnitude: tuple[float, ...], distance_km: tuple[float, ...]) -> Floats:
    """Mean probability mass of ln Y at the points of an aleatory site term, (row, point), over the branches."""
    median, sd = reference(wanted, magnitude, distance_km)
    weight = np.repeat(wanted.model.median_weights(np.array(magnitude)), len(distance_km), axis=0)
    y, reach = _site_points(_SCALE[wanted.unit]), wanted.truncation or _Q_LIMIT
    mass = np.empty((len(median), y.size))
    for row in range(len(median)):
        z = (y - median[row][:, None, None]) / sd[row][..., None]
        own = np.where(np.abs(z) <= reach, np.exp(-0.5 * z * z), 0.0)
        own /= own.sum(axis=-1, keepdims=True)
        mass[row] = np.einsum("m,t,mty->y", weight[row], wanted.model.scatter_weight, own)
    mass.flags.writeable = False
    return mass


def mean_exceedance(
    wanted: Asked, keys: Sequence[float], magnitude: Floats, distance_km: Floats, level: Floats, spread: Spread = serial
) -> tuple[Floats, int]:
    """P(surface motion > level | M, R) averaged over the motion branches by weight, for several sites' responses.

    Returns (key, magnitude, distance, level) and how many responses were repaired. The mean over medians and scatters
    is the same for all sites: it is tabulated once over the reference motion, its logarithm cubic between points of
    0.05. A model with truncation has kinks there and takes the branches one by one.
    """
    out = np.empty((len(keys), magnitude.size * distance_km.size, level.size))
    axes, repaired = (tuple(map(float, magnitude)), tuple(map(float, distance_km))), 0
    for k, key in enumerate(keys):
        if wanted.site_term == "aleatory":
            mass, repairs = _mean_mass(wanted, *axes), 0
            integral = (*_integral(wanted, key, magnitude, distance_km, level), mass, _Q, _DENSITY, out[k])
            spread(lambda a, b, integral=integral: _mean_aleatory(a, b, *integral), len(mass))
        elif wanted.truncation is not None:
            probability, repairs = exceedance(wanted, key, magnitude, distance_km, level, spread)
            weights = (wanted.model.median_weights(magnitude), wanted.model.scatter_weight, wanted.model.epsilon_weight)
            out[k] = np.einsum("mrctel,mc,t,e->mrl", probability, *weights, optimize=True).reshape(-1, level.size)
        else:
            first, step, ln_mean = _ln_mean(wanted, *axes)
            needed, repairs = thresholds(wanted, key, magnitude, distance_km, level, spread)
            table = (needed.reshape(-1, *needed.shape[2:]), ln_mean, first, step, wanted.model.epsilon_weight, out[k])
            spread(lambda a, b, table=table: _mean_probability(a, b, *table), len(ln_mean))
        repaired += repairs > 0
    return out.reshape(len(keys), magnitude.size, distance_km.size, level.size), repaired
