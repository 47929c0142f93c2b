"""Losses of one event, slow and obvious: building by building, straight from the components of `average_sa`."""

import numpy as np
import xarray as xr

from mijnrisico.seismic import average_sa, loss
from mijnrisico.seismic.building_stock import SQUARE_M
from mijnrisico.seismic.consequence import occupants
from mijnrisico.seismic.fragility import displacement
from mijnrisico.seismic.motion.bommer_2021 import V7
from mijnrisico.seismic.vulnerability import lognormal

NODES = 40
STATES = ("DS2", "DS3", "DS4", "CS1", "CS2", "CS3")


def at_square(x, y):
    """Centre of the square of a building."""
    return (np.floor(np.array([x, y]) / SQUARE_M) + 0.5) * SQUARE_M


def losses(buildings: xr.Dataset, epicentre, magnitude, branch, t, leaf, night):
    """Expected losses, in the order of `QUANTITIES`, of a point source at 3 km depth, with t the same everywhere.

    `branch` is (median, scatter, site epsilon), `leaf` (mapping, fragility, consequence).
    """
    mapping, f, c = leaf
    total = np.zeros(8)
    place = occupants.presence()
    names = [str(name) for name in buildings["vulnerability_class"].to_numpy()]
    vulnerable = loss.vulnerability("TNO2020", names)
    people, capacity = vulnerable.consequence, vulnerable.fragility
    for b in range(buildings.sizes["building"]):
        one = buildings.isel(building=b)
        away = np.hypot(*(at_square(float(one["x"]), float(one["y"])) - epicentre)) / 1000.0
        mean, variance, peak, peak_variance = surface(
            int(one["zone"]), magnitude, np.hypot(away, 3.0), branch, t, wierde=bool(one["wierde"])
        )
        z, weight = np.polynomial.hermite_e.hermegauss(NODES)
        weight = weight / weight.sum()
        inside = float(one["people_night" if night else "people_day"])
        states = displacement.exceedance(capacity, mean + np.sqrt(variance) * z)[:, f] @ weight  # class, state
        fallen, struck = (
            lognormal(m, s, peak + np.sqrt(peak_variance) * z) @ weight
            for m, s in (
                (capacity.chimney_median_g[:, f], capacity.chimney_beta[:, f]),
                (people.chimney_median_g[:, c], people.chimney_beta[:, c]),
            )
        )
        beside = place.outside / place.inside
        dies = np.diff(people.pd_inside[:, c] + beside * people.pd_outside[:, c], axis=-1, prepend=0.0)
        share = one["share"].isel(mapping=mapping).to_numpy()
        total[0] += inside * share @ ((dies * states[:, :3]).sum(axis=1) + beside * struck)
        total[1] += float(one["number"]) * share @ fallen
        for k, state in enumerate(STATES):
            total[2 + k] += float(one["number"]) * share @ states[:, displacement.LIMIT_STATES.index(state)]
    return total


def surface(zone, magnitude, distance_km, branch, t, *, wierde):
    """Mean and variance of ln SaAvg and ln PGA at one place, from draws of the ten periods given t."""
    median, scatter, site = branch
    at = average_sa.reference([magnitude], [distance_km], V7)
    x = at.mu[0, median] + at.along[0, 0, scatter] * t
    rest = at.rest[0, 0, scatter]
    reach = np.sqrt(3.0 * np.diag(rest))
    epsilon = V7.epsilon[site]
    ln_af, phi = np.empty((3, 10)), np.empty((3, 10))
    for i, measure in enumerate(average_sa.MEASURES):
        r = V7.response(float(zone), measure, "arbitrary")
        for k, step in enumerate((0.0, -1.0, 1.0)):
            y = x[i] + step * reach[i]
            free = float(r.linear_ln(magnitude, distance_km)) + r.f2 * np.log1p(np.exp(y) / r.f3)
            ln_af[k, i] = np.clip(free, r.ln_low, r.ln_high)
            phi[k, i] = np.interp(y, np.log([r.xl, r.xh]), [r.s1, r.s2])
    moved = ln_af + epsilon * phi
    centre = x + (4.0 * moved[0] + moved[1] + moved[2]) / 6.0
    slope = 1.0 + (moved[2] - moved[1]) / (2.0 * reach)
    if wierde:
        centre = centre + np.array([V7.wierde_ln(measure) for measure in average_sa.MEASURES])
    return centre.mean(), slope @ rest @ slope / 100.0, centre[0], slope[0] ** 2 * rest[0, 0]
