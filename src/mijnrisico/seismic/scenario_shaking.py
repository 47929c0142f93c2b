"""Shaking of one given earthquake: fractiles of the motion at every site, with or without what stations recorded.

The rupture is uncertain, so are the branches of the motion model, and the motion scatters between events and within
one. A rupture j (strike, length, place of the hypocentre along it: a quadrature of `rupture`) and a branch (median m,
scatter s, site epsilon e) make everything Gaussian at the reference horizon:

    ln Y_k = g_jm(R_jk) + tau z + W_k,   z ~ N(0, 1) of the event,   cov(W_k, W_l) = phi_k phi_l rho(|x_k - x_l|)

and S_k > s exactly when ln Y_k > y*_e(s) (`exceedance`). Without records the distribution at a site is the mixture
over ruptures and branches by weight: the one that the hazard integral adds up. Records are turned into reference motion
by the same y*, exactly and in each branch, and condition z and W by the normal update (Worden et al. 2018,
doi:10.1785/0120170201); weights of ruptures and branches follow Bayes, by the density of the records under each.

A component other than the first of the model adds its excess variance, independent at every site and every record.
An epistemic site term is a branch: the same epsilon at all sites, as the published tree has it. An aleatory one is
part of W: its standard deviation on the scale of ln Y, to first order around the level.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numba import njit
from numpy.polynomial import hermite_e, legendre
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from mijnrisico.core.workers import Spread, serial
from mijnrisico.errors import InputError, Problem
from mijnrisico.seismic import motion as models
from mijnrisico.seismic import rupture, spatial_correlation
from mijnrisico.seismic.hazard import exceedance, site_keys
from mijnrisico.seismic.hazard.asked import SCALE, Asked, asked
from mijnrisico.seismic.motion.model import Component, GroundMotion, SiteTerm, SiteVariabilityArgument, Surface
from mijnrisico.seismic.rupture import Geometry

Floats = NDArray[np.float64]

FRACTILES = (0.1, 0.5, 0.9)
_STRIKES, _LENGTHS, _PLACES = 5, 3, 4
_LN_LEVELS = np.linspace(np.log(1e-5), np.log(5.0), 81)
_NEAR_RECORD = np.array([-0.02, -0.002, 0.0, 0.002, 0.02])
_BLOCK_SITES = 64
_Z_LIMIT, _Z_STEPS = 8.0, 8192
_TAIL = ndtr(-np.linspace(-_Z_LIMIT, _Z_LIMIT, _Z_STEPS + 1))
_LN_STEP = 1e-4


@dataclass(frozen=True, slots=True)
class Event:
    """One earthquake: epicentre in RD New (m) and magnitude; its depth and strike stand in the `Geometry`."""

    x: float
    y: float
    magnitude: float


@dataclass(frozen=True, slots=True)
class Records:
    """What stations recorded of the event: `value` (station,) in the unit of the measure, on regular ground.

    `sites` as of `site.sites_at`, with the variable that the model asks for; `component` of each value.
    """

    sites: xr.Dataset
    value: Floats
    component: tuple[Component, ...]


@dataclass(frozen=True, slots=True)
class Ruptures:
    """Possible ruptures of one event: strike (degrees), how far they reach from the hypocentre (km), weights."""

    strike_deg: Floats
    forward_km: Floats
    backward_km: Floats
    weight: Floats
    depth_km: float

    def distance_km(self, east_m: Floats, north_m: Floats) -> Floats:
        """Distances (site, rupture) to sites at offsets (m) from the epicentre; never nearer than the top edge."""
        strike = np.deg2rad(self.strike_deg)
        east, north = east_m[:, None] / 1000.0, north_m[:, None] / 1000.0
        along = east * np.sin(strike) + north * np.cos(strike)
        across = east * np.cos(strike) - north * np.sin(strike)
        beyond = np.maximum(np.maximum(along - self.forward_km, -along - self.backward_km), 0.0)
        return np.sqrt(across**2 + beyond**2 + self.depth_km**2)


def ruptures(magnitude: float, geometry: Geometry, *, finite: bool = True) -> Ruptures:
    """Quadrature over strike (Gauss-Hermite), ln length (Gauss-Hermite) and place of the hypocentre (Gauss-Legendre).

    A point where the geometry or `finite` says so. `rupture` has the laws; the hazard integral has them in closed form.
    Against a six times denser quadrature no fractile on the map moves by more than 0.3 % up to M 4.5, 2 % at M 6.5.
    """
    if not (finite and geometry.finite):
        zero = np.zeros(1)
        return Ruptures(zero, zero, zero, np.ones(1), geometry.depth_km)
    strikes, strike_weight = hermite_e.hermegauss(_STRIKES if geometry.strike_sd_deg > 0.0 else 1)
    lengths, length_weight = hermite_e.hermegauss(_LENGTHS)
    places, place_weight = legendre.leggauss(_PLACES)
    strike, length, place = (
        a.ravel()
        for a in np.meshgrid(
            geometry.strike_deg + geometry.strike_sd_deg * strikes,
            rupture.length_km(magnitude) * np.exp(rupture.LENGTH_SD_LN * lengths),
            0.5 * (places + 1.0),
            indexing="ij",
        )
    )
    weight = (strike_weight[:, None, None] * length_weight[:, None] * place_weight).ravel()
    return Ruptures(strike, place * length, (1.0 - place) * length, weight / weight.sum(), geometry.depth_km)


@dataclass(frozen=True, slots=True)
class _Scatter:
    """Medians (row, median) and sds of ln Y (row, median, scatter): between events, within one, and of the component.

    `extra` is a variance: what the component adds to the first of the model.
    """

    median: Floats
    tau: Floats
    phi: Floats
    extra: Floats


def _scatter(wanted: Asked, magnitude: float, distance_km: Floats) -> _Scatter:
    model = wanted.model
    m = np.full(distance_km.size, magnitude)
    if model.parts is None:
        raise ValueError(f"{model.head.name} does not say how its scatter splits between and within events")
    median, _ = model.reference(wanted.imt, m, distance_km, wanted.component)
    tau, phi = model.parts(wanted.imt, m, distance_km, wanted.component)
    _, plain = model.parts(wanted.imt, m, distance_km, model.components[0])
    common = np.minimum(phi, plain)
    shape = (*median.shape, tau.shape[-1])
    tau, common, extra = (np.broadcast_to(a, shape) for a in (tau, common, phi**2 - common**2))
    return _Scatter(median, tau, common, extra)


def _needed(wanted: Asked, key: float, magnitude: float, distance_km: Floats, level: Floats) -> tuple[Floats, Floats]:
    """y* (row, epsilon, level), and the sd (row, level) that an aleatory site term has on the scale of ln Y."""
    needed, _ = exceedance.thresholds(wanted, key, np.array([magnitude]), distance_km, level)
    needed = needed[0]
    if wanted.site_term == "epistemic":
        return needed, np.zeros((len(needed), level.size))
    epsilon = exceedance.site_epsilons(wanted)[0]
    middle = epsilon.size // 2
    low, high = middle - 1, middle + 1
    sd = (needed[:, low] - needed[:, high]) / (epsilon[high] - epsilon[low])
    return needed[:, middle : middle + 1], np.maximum(sd, 0.0)


@dataclass(frozen=True, slots=True)
class _Update:
    """What the records say: weights (rupture, median, scatter, epsilon) and how they move each site.

    For stations n with covariance V, residuals r, event sds t and within-event sds f: `solved` = V^-1 r
    (..., epsilon, station), `inverse` = V^-1 (..., station, station), `tau`, `phi` (rupture, median, scatter, station).
    """

    weight: Floats
    x: Floats
    y: Floats
    solved: Floats
    inverse: Floats
    tau: Floats
    phi: Floats
    b_km: float

    def event(self) -> tuple[Floats, Floats]:
        """Shift of z (rupture, median, scatter, epsilon) and the share of its variance that the records take away."""
        half = np.einsum("...n,...nk->...k", self.tau, self.inverse)
        return np.einsum("...n,...en->...e", self.tau, self.solved), np.einsum("...n,...n->...", half, self.tau)

    def within(self, x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
        """For sites x, y (m), beside the rupture, median and scatter axes: shift of W/phi, its covariance, its share.

        Shapes (site, ..., epsilon), (site, ...), (site, ...).
        """
        h = np.hypot(x[:, None] - self.x, y[:, None] - self.y) / 1000.0
        to_site = spatial_correlation.correlation(h, self.b_km)
        shift = np.einsum("kn,...n,...en->k...e", to_site, self.phi, self.solved)
        half = np.einsum("...n,...nm->...nm", self.phi, self.inverse)
        shared = np.einsum("kn,...n->k...", to_site, np.einsum("...nm,...m->...n", half, self.tau))
        inner = half * self.phi[..., None, :]
        return shift, shared, np.einsum("kn,...nm,km->k...", to_site, inner, to_site, optimize=True)


def _prior(wanted: Asked, possible: Ruptures, magnitude: float) -> Floats:
    """Weights (rupture, median, scatter, epsilon) before any record."""
    model = wanted.model
    median = model.median_weights(np.array([magnitude]))[0]
    epsilon = exceedance.site_epsilons(wanted)[1] if wanted.site_term == "epistemic" else np.ones(1)
    return np.einsum("j,m,s,e->jmse", possible.weight, median, model.scatter_weight, epsilon)


def _update(wanted: Asked, event: Event, possible: Ruptures, records: Records | None, b_km: float) -> _Update:
    """Condition on the records; without them nothing moves."""
    prior = _prior(wanted, possible, event.magnitude)
    if records is None or not records.value.size:
        none = (*prior.shape[:3], 0)
        return _Update(
            prior, np.zeros(0), np.zeros(0), np.zeros((*prior.shape, 0)), np.zeros((*none, 0)), np.zeros(none),
            np.zeros(none), 1.0,
        )  # fmt: skip
    x, y = records.sites["x"].to_numpy(), records.sites["y"].to_numpy()
    distance = possible.distance_km(x - event.x, y - event.y)
    shape = (*prior.shape[:3], x.size)
    tau, phi, noise, residual = np.empty(shape), np.empty(shape), np.empty(shape), np.empty((*prior.shape, x.size))
    stretch = np.zeros((prior.shape[0], prior.shape[3]))
    for n, (key, value, component) in enumerate(
        zip(site_keys(wanted.model, records.sites), records.value, records.component, strict=True)
    ):
        own = replace(wanted, component=component, surface="regular")
        level = value * np.exp(_LN_STEP * np.array([-1.0, 0.0, 1.0]))
        needed, site_sd = _needed(own, key, event.magnitude, distance[n], level)
        scatter = _scatter(own, event.magnitude, distance[n])
        tau[..., n], noise[..., n] = scatter.tau, scatter.extra
        phi[..., n] = np.sqrt(scatter.phi**2 + site_sd[:, 1, None, None] ** 2)
        residual[..., n] = needed[:, None, None, :, 1] - scatter.median[:, :, None, None]
        stretch += np.log(np.maximum((needed[:, :, 2] - needed[:, :, 0]) / (2.0 * _LN_STEP), 1e-6))
    h = np.hypot(x[:, None] - x, y[:, None] - y) / 1000.0
    covariance = tau[..., :, None] * tau[..., None, :]
    covariance += phi[..., :, None] * phi[..., None, :] * spatial_correlation.correlation(h, b_km)
    diagonal = np.arange(x.size)
    covariance[..., diagonal, diagonal] += noise + _JITTER
    inverse: Floats = np.linalg.inv(covariance).astype(float)
    solved = np.einsum("...nm,...em->...en", inverse, residual)
    misfit = np.einsum("...en,...en->...e", solved, residual)
    density = -0.5 * (misfit + np.linalg.slogdet(covariance)[1][..., None]) + stretch[:, None, None, :]
    ln_weight = np.log(np.maximum(prior, 1e-300)) + density
    weight = np.exp(ln_weight - ln_weight.max())
    return _Update(weight / weight.sum(), x, y, solved, inverse, tau, phi, b_km)


_JITTER = 1e-9
"""Variance of reading a record: keeps two records at one place from contradicting each other without end."""


@njit(cache=True, nogil=True)
def _mixture(
    first, last, needed, site_sd, median, tau, phi, extra, weight, moved, taken, shift, shared, share, tail, out
):
    """Fill sites first..last of out (site, level) with the probability that the surface motion exceeds a level.

    `needed` (site, rupture, epsilon, level), `site_sd` (site, rupture, level), `median` (site, rupture, median), `tau`,
    `phi`, `extra` (site, rupture, median, scatter), `weight`, `moved` (rupture, median, scatter, epsilon), `taken`
    (rupture, median, scatter), `shift` (site, rupture, median, scatter, epsilon), `shared`, `share` without epsilon.
    """
    levels = out.shape[1]
    limit = 8.0
    per_step = (tail.size - 1) / (2.0 * limit)
    for k in range(first, last):
        out[k] = 0.0
        for j in range(weight.shape[0]):
            for m in range(weight.shape[1]):
                for s in range(weight.shape[2]):
                    t, f2 = tau[k, j, m, s], phi[k, j, m, s] ** 2
                    between = t * t * (1.0 - taken[j, m, s]) + extra[k, j, m, s]
                    within, both = 1.0 - share[k, j, m, s], 2.0 * t * shared[k, j, m, s]
                    for e in range(weight.shape[3]):
                        w, middle = weight[j, m, s, e], median[k, j, m] + t * moved[j, m, s, e]
                        if w < 1e-12:
                            continue
                        last_sd, shifted, scale = -1.0, 0.0, 0.0
                        for i in range(levels):
                            if site_sd[k, j, i] != last_sd:
                                last_sd = site_sd[k, j, i]
                                g2 = f2 + last_sd * last_sd
                                g = np.sqrt(g2)
                                scale = 1.0 / np.sqrt(max(between + g2 * within - g * both, 1e-10))
                                shifted = middle + g * shift[k, j, m, s, e]
                            z = (needed[k, j, e, i] - shifted) * scale
                            if z <= -limit:
                                out[k, i] += w
                            elif z < limit:
                                position = (z + limit) * per_step
                                low = int(position)
                                out[k, i] += w * (tail[low] + (position - low) * (tail[low + 1] - tail[low]))
                            elif last_sd == 0.0:
                                break


def _exceedance(
    wanted: Asked, event: Event, possible: Ruptures, sites: xr.Dataset, level: Floats, update: _Update, spread: Spread
) -> Floats:
    """P(S > level) at every site, (site, level); NaN for a site without what picks the response of its ground."""
    x, y, key = sites["x"].to_numpy(), sites["y"].to_numpy(), site_keys(wanted.model, sites)
    out = np.full((x.size, level.size), np.nan)
    moved, taken = update.event()
    for number in np.unique(key[np.isfinite(key)]):
        there = np.flatnonzero(key == number)
        for chosen in np.array_split(there, -(-there.size // _BLOCK_SITES)):
            distance = possible.distance_km(x[chosen] - event.x, y[chosen] - event.y)
            rows = distance.ravel()
            needed, site_sd = _needed(wanted, float(number), event.magnitude, rows, level)
            scatter = _scatter(wanted, event.magnitude, rows)
            arrays = (needed, site_sd, scatter.median, scatter.tau, scatter.phi, scatter.extra)
            by_site = [np.ascontiguousarray(a).reshape(*distance.shape, *a.shape[1:]) for a in arrays]
            block = np.empty((chosen.size, level.size))
            moves = (np.ascontiguousarray(a) for a in update.within(x[chosen], y[chosen]))
            settings = (*by_site, update.weight, moved, taken, *moves, _TAIL, block)
            spread(lambda first, last, settings=settings: _mixture(first, last, *settings), chosen.size)
            out[chosen] = block
    return np.clip(out, 0.0, 1.0)


def _fractiles(probability: Floats, level: Floats, fractile: Sequence[float]) -> Floats:
    """Levels (fractile, site) below which the motion stays with the given probabilities; linear in ln s and probit."""
    out = np.full((len(fractile), len(probability)), np.nan)
    ln_level, wanted = np.log(level), ndtri(np.array(fractile))
    for k in np.flatnonzero(np.isfinite(probability[:, 0])):
        z = ndtri(np.clip(1.0 - np.minimum.accumulate(probability[k]), 1e-15, 1.0 - 1e-15))
        above = np.clip(np.searchsorted(z, wanted), 1, level.size - 1)
        step = np.maximum(z[above] - z[above - 1], 1e-12)
        part = np.clip((wanted - z[above - 1]) / step, 0.0, 1.0)
        out[:, k] = np.exp(ln_level[above - 1] + part * (ln_level[above] - ln_level[above - 1]))
    return out


def shaking(
    event: Event,
    sites: xr.Dataset,
    *,
    motion: str | GroundMotion = "V7",
    imt: str = "PGA",
    component: Component | None = None,
    surface: Surface = "regular",
    geometry: Geometry | None = None,
    records: Records | None = None,
    correlation_length_km: float | None = None,
    fractiles: Sequence[float] = FRACTILES,
    thresholds: Sequence[float] = (),
    site_term: SiteTerm | None = None,
    site_variability_argument: SiteVariabilityArgument = "g",
    spread: Spread = serial,
) -> xr.Dataset:
    """Fractiles of the motion that one event brings to every site, given the records if there are any.

    Args:
        event: where and how large.
        sites: x, y (RD New, m) and the variable that the model asks for (zone or vs30), each (site,).
        motion: name in `motion.MODELS`, or a model.
        imt: measure of the model.
        component: by default the first of the model.
        surface: of the sites; records stand on regular ground.
        geometry: depth and strike of the rupture; `Geometry()` by default.
        records: what stations recorded.
        correlation_length_km: b of `spatial_correlation`; by default that of its source for the measure.
        fractiles: probabilities of staying below, for `level`.
        thresholds: levels in the unit of the measure whose probability of being exceeded is wanted.
        site_term: as published by default.
        site_variability_argument: see `motion.model`.
        spread: how rows are shared out over threads.

    Returns:
        `level` (fractile, site) of the mixture over ruptures, branches and scatter: 0.5 is its median;
        `probability` (threshold, site) of exceeding; and, with records, for each `station` its `record` and
        `record_fraction`: the share of the distribution without any record that stays below it, with
        `record_residual`, the same in standard deviations of a normal law. In attrs the event term after the
        records in ln units (`event_term`, `event_term_sd`; 0 and the prior sd without). NaN where a site has no zone
        or lies beyond the largest distance; no `level` is below the attribute `floor`. A record without a zone is not
        used. Raises InputError E503 for what the model or the published correlation does not have.
    """
    model = models.model_of(motion)
    geometry = geometry or Geometry()
    wanted = asked(
        model,
        imt=imt,
        component=component,
        surface=surface,
        site_term=site_term,
        site_variability_argument=site_variability_argument,
    )
    used, known = None, np.zeros(0, bool)
    if records is not None:
        if foreign := [c for c in records.component if c not in model.components]:
            params = {"got": foreign[0], "expected": ", ".join(model.components), "example": model.components[0]}
            raise InputError(Problem("E503", where="component", params=params))
        known = np.isfinite(site_keys(model, records.sites))
        used = _chosen(records, known) if known.any() else None
    b_km = correlation_length_km
    if b_km is None:
        b_km = spatial_correlation.length_km(imt) if used is not None else 0.0
    possible = ruptures(event.magnitude, geometry, finite=model.distance == "rupture")
    level = _levels(wanted, thresholds, used)
    nothing = _update(wanted, event, possible, None, 0.0)
    update = _update(wanted, event, possible, used, b_km)
    probability = _exceedance(wanted, event, possible, sites, level, update, spread)
    epicentral_km = np.hypot(sites["x"].to_numpy() - event.x, sites["y"].to_numpy() - event.y) / 1000.0
    probability[np.hypot(epicentral_km, geometry.depth_km) > geometry.largest_km] = np.nan
    out = sites.copy()
    out["level"] = (("fractile", "site"), _fractiles(probability, level, fractiles), {"units": wanted.unit})
    out["probability"] = (("threshold", "site"), probability[:, np.searchsorted(level, thresholds)].T, {"units": "1"})
    out = out.assign_coords(fractile=list(fractiles), threshold=list(thresholds))
    out.attrs |= {"imt": imt, "component": wanted.component, "surface": surface, "unit": wanted.unit}
    out.attrs |= {"floor": float(level[0])}
    out.attrs |= _event_term(wanted, event, possible, update) | {"site_term": wanted.site_term}
    if records is not None:
        below = np.full(known.size, np.nan)
        for n in np.flatnonzero(known):
            own = replace(wanted, component=records.component[n], surface="regular")
            above = _exceedance(own, event, possible, records.sites.isel(site=[n]), records.value[[n]], nothing, serial)
            below[n] = 1.0 - above[0, 0]
        out["record"] = ("station", records.value, {"units": wanted.unit})
        out["record_fraction"] = ("station", below, {"units": "1"})
        out["record_residual"] = ("station", ndtri(below), {"units": "1", "long_name": "normal score of the fraction"})
        out.attrs |= {"correlation_length_km": b_km}
    return out


def _levels(wanted: Asked, thresholds: Sequence[float], records: Records | None) -> Floats:
    """Levels in the unit of the measure, ascending: a wide grid, what is asked, and closer together at the records."""
    grid = np.exp(_LN_LEVELS) * SCALE[wanted.unit]
    near = () if records is None else np.outer(records.value, 1.0 + _NEAR_RECORD).ravel()
    return np.unique(np.concatenate([grid, np.array(thresholds, float), near]))


def _chosen(records: Records, those: NDArray[np.bool_]) -> Records:
    components: tuple[Component, ...] = tuple(c for c, chosen in zip(records.component, those, strict=True) if chosen)
    return Records(records.sites.isel(site=those), records.value[those], components)


def _event_term(wanted: Asked, event: Event, possible: Ruptures, update: _Update) -> dict[str, float]:
    """Mean and sd of the between-event term in ln units over all ruptures and branches, at the epicentre."""
    here = possible.distance_km(np.zeros(1), np.zeros(1))[0]
    tau = _scatter(wanted, event.magnitude, here).tau
    moved, taken = update.event()
    mean = tau[..., None] * moved
    variance = (tau**2 * (1.0 - taken))[..., None] + mean**2
    middle = float((update.weight * mean).sum())
    return {"event_term": middle, "event_term_sd": float(np.sqrt((update.weight * variance).sum() - middle**2))}
