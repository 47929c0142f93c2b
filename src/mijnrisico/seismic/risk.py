"""Local personal risk: the rate of events that a site sees times what they do to a person in a building of a class.

    R(site, class) = sum over (M, r) of lambda(site; M, r) L(class | M, r, zone)        per year
    L(class | M, r, zone) = sum over z of p(z | M, r, zone) LPR(class | z)

lambda comes from `hazard.site_rates`, p from `average_sa`, LPR(class | z) from `loss`. The sum is a matrix product per
zone. The mean uses branch-weighted rates and densities, which is exact because the three parts of the tree are
independent and R is linear in each.

Fractiles take the complete tree: source branches x intervals of the comonotone variable of the medians x (tau, phi_ss,
site epsilon) 18 x fragility 3 x consequence 3. Within a source branch the posterior enters as its mean.
"""

from collections.abc import Callable, Sequence

import numba
import numpy as np
import xarray as xr

from mijnrisico.core import logic_tree
from mijnrisico.seismic import average_sa, hazard, loss
from mijnrisico.seismic.average_sa import GRID_LN_G, Array, Surface
from mijnrisico.seismic.motion import bommer_2021 as motion

STATISTICS = ("mean", "p10", "p50", "p90")
_FRACTILES = np.array([0.1, 0.5, 0.9])
_ROUNDING = 1e-12

Progress = Callable[[float], None]


def risk(
    forecast: xr.Dataset | hazard.Sources,
    sites: xr.Dataset,
    *,
    model: str = "TNO2020",
    classes: Sequence[str] | None = None,
    surface: Surface = "regular",
    site_variability_argument: motion.SiteVariabilityArgument = "g",
    progress: Progress = lambda _: None,
) -> xr.Dataset:
    """Mean local personal risk per year at every site for every vulnerability class.

    Args:
        forecast: factored event rates, as `seismic.forecast` makes them, or `hazard.sources` of it.
        sites: dimension `site` with x, y (m, RD New) and zone; zone -1 gives NaN, counted in `attrs`.
        model: vulnerability model, "TNO2020" or "V7".
        classes: vulnerability classes; all 35 when None.
        surface: ordinary ground or dwelling mound.
        site_variability_argument: unit of the argument of phi_s2s.
        progress: called with the fraction done.

    Returns:
        `lpr_mean` (site, year, vulnerability_class), 1/year; `rate_beyond` (site, year), the rate of events
        farther than the model reaches (70 km), which are left out.

    Raises:
        InputError: E503 for an unknown model or class.
    """
    vulnerable = loss.vulnerability(model, classes)
    collapse, chimney = loss.mean_loss(vulnerable, GRID_LN_G)
    ready = forecast if isinstance(forecast, hazard.Sources) else hazard.sources(forecast)
    years = ready.year
    result = np.full((sites.sizes["site"], years.size, len(vulnerable.classes)), np.nan)
    beyond = np.full((sites.sizes["site"], years.size), np.nan)
    zone_of_site = sites["zone"].to_numpy()
    zones = np.unique(zone_of_site[zone_of_site >= 0])
    for done, zone in enumerate(zones):
        rows = np.flatnonzero(zone_of_site == zone)
        rates = hazard.site_rates(ready, sites.isel(site=rows), branch_mean=True)
        given = zone_loss(int(zone), _reference_of(rates), collapse, chimney, surface, site_variability_argument)
        seen = rates["rate"].transpose("site", "year", "magnitude", "distance").to_numpy()
        result[rows] = seen.reshape(rows.size, years.size, -1) @ given
        beyond[rows] = rates["beyond"].transpose("site", "year").to_numpy()
        progress((done + 1) / zones.size)
    return xr.Dataset(
        {
            "lpr_mean": (("site", "year", "vulnerability_class"), result, _lpr_attrs()),
            "rate_beyond": (("site", "year"), beyond, {"units": "1/year", "long_name": "events too far to be counted"}),
        },
        coords={
            "year": years,
            "vulnerability_class": list(vulnerable.classes),
            "x": ("site", sites["x"].to_numpy(), {"units": "m"}),
            "y": ("site", sites["y"].to_numpy(), {"units": "m"}),
            "zone": ("site", zone_of_site),
        },
        attrs=_attrs(model, surface, site_variability_argument)
        | {"sites": int(zone_of_site.size), "sites_without_zone": int((zone_of_site < 0).sum())},
    )


def lpr_fractiles(
    forecast: xr.Dataset | hazard.Sources,
    sites: xr.Dataset,
    classes: Sequence[str],
    *,
    model: str = "TNO2020",
    surface: Surface = "regular",
    site_variability_argument: motion.SiteVariabilityArgument = "g",
    progress: Progress = lambda _: None,
) -> xr.Dataset:
    """Local personal risk over the complete logic tree: mean and 10, 50 and 90 % fractiles.

    Args and raises as `risk`; every class is computed at every site.

    Returns:
        `lpr` (site, year, vulnerability_class, statistic), 1/year; NaN where the zone is -1.
    """
    vulnerable = loss.vulnerability(model, classes)
    ready = forecast if isinstance(forecast, hazard.Sources) else hazard.sources(forecast)
    tree = _Tree(ready, vulnerable)
    years = ready.year
    shape = (sites.sizes["site"], years.size, len(vulnerable.classes), len(STATISTICS))
    result = np.full(shape, np.nan)
    zone_of_site = sites["zone"].to_numpy()
    zones = np.unique(zone_of_site[zone_of_site >= 0])
    for done, zone in enumerate(zones):
        given: Array | None = None
        for row in np.flatnonzero(zone_of_site == zone):
            rates = hazard.site_rates(ready, sites.isel(site=[row])).isel(site=0)
            if given is None:
                at = _reference_of(rates)
                intensity = average_sa.zone_intensity(int(zone), at, surface, site_variability_argument)
                given = branch_loss(intensity, vulnerable)
            seen = rates["rate"].transpose("magnitude", "year", "branch", "distance").to_numpy()
            for one in range(len(vulnerable.classes)):
                result[row, :, one] = tree.statistics(seen, given[one])
        progress((done + 1) / zones.size)
    return xr.Dataset(
        {"lpr": (("site", "year", "vulnerability_class", "statistic"), result, _lpr_attrs())},
        coords={
            "year": years,
            "vulnerability_class": list(vulnerable.classes),
            "statistic": list(STATISTICS),
            "x": ("site", sites["x"].to_numpy(), {"units": "m"}),
            "y": ("site", sites["y"].to_numpy(), {"units": "m"}),
            "zone": ("site", zone_of_site),
        },
        attrs=_attrs(model, surface, site_variability_argument) | {"leaves": tree.leaves},
    )


def highest_nodes(lpr_mean: xr.DataArray, year: int) -> xr.DataArray:
    """Index of the site with the highest mean risk in that year, per vulnerability class."""
    return lpr_mean.sel(year=year).fillna(-1.0).argmax("site")


def zone_loss(
    zone: int,
    at: average_sa.Reference,
    collapse: Array,
    chimney: Array,
    surface: Surface = "regular",
    site_variability_argument: motion.SiteVariabilityArgument = "g",
) -> Array:
    """Mean LPR of one event per (magnitude, distance) pair, (pair, class); tables (class, z) from `loss.mean_loss`."""
    intensity = average_sa.zone_intensity(zone, at, surface, site_variability_argument)
    sa_avg, pga = intensity.mean_density()
    return np.maximum(sa_avg @ collapse.T, 0.0) + np.maximum(pga @ chimney.T, 0.0)


def branch_loss(intensity: average_sa.ZoneIntensity, vulnerable: loss.Vulnerability) -> Array:
    """LPR of one event in every branch, (class, pair, motion 72, fragility x consequence 9)."""
    count = len(vulnerable.classes)
    collapse = loss.loss_given_sa_avg(vulnerable, GRID_LN_G).reshape(count * 9, -1).T
    chimney = loss.loss_given_pga(vulnerable, GRID_LN_G).reshape(count * 3, -1).T
    fallen, hit = intensity.branch_expectation(collapse, chimney)
    shape = fallen.shape[:2]
    both = np.maximum(fallen, 0.0).reshape(*shape, count, 3, 3) + np.maximum(hit, 0.0).reshape(*shape, count, 1, 3)
    return np.ascontiguousarray(np.moveaxis(both.reshape(*shape, count, 9), 2, 0))


class _Tree:
    """Leaves of the complete tree: weights once, values per site and class."""

    def __init__(self, ready: hazard.Sources, vulnerable: loss.Vulnerability) -> None:
        shaking = hazard.tree(ready.magnitude)
        self._groups = shaking.groups
        medians = shaking.median_weight.shape[1]
        self._picks = np.eye(medians)[shaking.intervals.branch].reshape(len(shaking.intervals.weight), -1)
        joint = logic_tree.joint_weights(
            shaking.intervals.weight,
            ready.weight,
            shaking.motion_weight,
            vulnerable.fragility_weight,
            vulnerable.consequence_weight,
        )
        self._weights = joint.ravel()
        self.leaves = int(self._weights.size)

    def statistics(self, rates: Array, given: Array) -> Array:
        """Mean and fractiles per year, (year, statistic).

        Args:
            rates: (magnitude, year, source branch, distance), events per year.
            given: LPR per event, (pair, motion 72, 9), pair = magnitude major.
        """
        magnitudes, years, sources, distances = rates.shape
        table = given.reshape(magnitudes, distances, -1)
        by_magnitude = rates.reshape(magnitudes, years * sources, distances) @ table
        grouped = np.stack([by_magnitude[group].sum(axis=0) for group in self._groups])
        medians = self._picks.shape[1] // grouped.shape[0]
        split = grouped.reshape(grouped.shape[0], years * sources, medians, -1)
        stacked = np.ascontiguousarray(split.transpose(0, 2, 1, 3)).reshape(self._picks.shape[1], -1)
        leaves = (self._picks @ stacked).reshape(-1, years, sources, split.shape[-1])
        values = np.ascontiguousarray(leaves.transpose(1, 0, 2, 3)).reshape(years, -1)
        return _statistics(values, self._weights, _FRACTILES)


@numba.njit(cache=True)
def _weighted_select(values, weights, wanted):
    """Smallest value whose cumulative weight reaches `wanted`, by partition; both arrays are reordered."""
    low, high = 0, values.size - 1
    below = 0.0
    while low < high:
        pivot = values[(low + high) // 2]
        less, k, more = low, low, high
        weight_less, weight_equal = 0.0, 0.0
        while k <= more:
            v, w = values[k], weights[k]
            if v < pivot:
                values[k], weights[k] = values[less], weights[less]
                values[less], weights[less] = v, w
                weight_less += w
                less += 1
                k += 1
            elif v > pivot:
                values[k], weights[k] = values[more], weights[more]
                values[more], weights[more] = v, w
                more -= 1
            else:
                weight_equal += w
                k += 1
        if below + weight_less >= wanted and less > low:
            high = less - 1
        elif below + weight_less + weight_equal >= wanted or more == high:
            return pivot
        else:
            below += weight_less + weight_equal
            low = more + 1
    return values[low]


@numba.njit(cache=True, parallel=True)
def _statistics(values, weights, fractiles):
    """Mean and weighted fractiles of each row; a fractile is the smallest value whose cumulative weight reaches it."""
    rows = values.shape[0]
    result = np.empty((rows, 1 + fractiles.size))
    total = weights.sum()
    for row in numba.prange(rows):
        result[row, 0] = (weights * values[row]).sum() / total
        v, w = values[row].copy(), weights.copy()
        for k in range(fractiles.size):
            result[row, 1 + k] = _weighted_select(v, w, fractiles[k] * total - _ROUNDING)
    return result


def _reference_of(rates: xr.Dataset) -> average_sa.Reference:
    """Reference motion on the magnitude and distance nodes of the rates."""
    return average_sa.default_reference(
        tuple(rates["magnitude"].to_numpy().tolist()), tuple(rates["distance"].to_numpy().tolist())
    )


def _lpr_attrs() -> dict[str, str]:
    return {"units": "1/year", "long_name": "local personal risk"}


def _attrs(model: str, surface: str, argument: str) -> dict[str, str]:
    return {
        "vulnerability_model": model,
        "motion_model": motion.MODEL.name,
        "component": "arbitrary",
        "surface": surface,
        "site_variability_argument": argument,
    }
