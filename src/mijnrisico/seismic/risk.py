"""Local personal risk: the rate of events that a site sees times what they do to a person in a building of a class.

    R(site, class) = sum over (M, r) of lambda(site; M, r) L(class | M, r, zone)        per year
    L(class | M, r, zone) = sum over z of p(z | M, r, zone) LPR(class | z)

lambda comes from `hazard.site_rates`, p from `average_sa`, LPR(class | z) from `loss`. The sum is a matrix product per
zone. The mean uses branch-weighted rates and densities, which is exact because the three parts of the tree are
independent and R is linear in each.

Fractiles take the complete tree: source branches x intervals of the comonotone variable of the medians x scatters and
site epsilons (18 in V7) x fragility 3 x consequence 3. Within a source branch the posterior enters as its mean.
"""

from collections.abc import Callable, Sequence

import numba
import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from mijnrisico.core import logic_tree
from mijnrisico.core.curve import FRACTILES, STATISTICS, leaf_fractiles
from mijnrisico.core.workers import threads
from mijnrisico.errors import InputError, Problem
from mijnrisico.seismic import average_sa, hazard, loss
from mijnrisico.seismic import motion as models
from mijnrisico.seismic.average_sa import GRID_LN_G, Array, SiteCorrelation
from mijnrisico.seismic.consequence import occupants
from mijnrisico.seismic.fragility import displacement
from mijnrisico.seismic.hazard.motion_tree import tree
from mijnrisico.seismic.hazard.rates import averaged, for_model
from mijnrisico.seismic.motion.model import GroundMotion, SiteTerm, SiteVariabilityArgument, Surface

NEGLIGIBLE = 1e-30
"""A risk of one event below this is taken as zero: it cannot be seen in any sum, and numbers near the smallest float
make matrix products ten times slower."""

Progress = Callable[[float], None]


def risk(
    forecast: xr.Dataset | hazard.Sources,
    sites: xr.Dataset,
    *,
    model: str = "TNO2020",
    classes: Sequence[str] | None = None,
    motion: str | GroundMotion = "V7",
    surface: Surface = "regular",
    site_term: SiteTerm | None = None,
    site_correlation: SiteCorrelation = "consistent",
    site_variability_argument: SiteVariabilityArgument = "g",
    progress: Progress = lambda _: None,
) -> xr.Dataset:
    """Mean local personal risk per year at every site for every vulnerability class.

    Args:
        forecast: factored event rates, as `seismic.forecast` makes them, or `hazard.sources` of it for
            the same motion model.
        sites: dimension `site` with x, y (m, RD New) and zone; zone -1 gives NaN, counted in `attrs`.
        model: vulnerability model, "TNO2020" or "V7".
        classes: vulnerability classes; all 35 when None.
        motion: ground-motion model of Groningen, by its name in a scenario or as such.
        surface: ordinary ground or dwelling mound.
        site_term: site-to-site deviation as branches ("epistemic") or as scatter ("aleatory"); None as published.
        site_correlation: correlation between periods of the deviation as scatter (see `average_sa`).
        site_variability_argument: unit of the argument of phi_s2s.
        progress: called with the fraction done.

    Returns:
        `lpr_mean` (site, year, vulnerability_class), 1/year; `rate_beyond` (site, year), the rate of events
        beyond the largest distance, which are left out.

    Raises:
        InputError: E503 for an unknown model or class, or a motion model without the ten periods of SaAvg.
    """
    shaking, term = _motion(motion, site_term)
    vulnerable = loss.vulnerability(model, classes)
    collapse, chimney = loss.mean_loss(vulnerable, GRID_LN_G)
    ready = averaged(for_model(forecast, shaking))
    years = ready.year
    result = np.full((sites.sizes["site"], years.size, len(vulnerable.classes)), np.nan)
    beyond = np.full((sites.sizes["site"], years.size), np.nan)
    zone_of_site = sites["zone"].to_numpy()
    zones = np.unique(zone_of_site[zone_of_site >= 0])
    for done, zone in enumerate(zones):
        rows = np.flatnonzero(zone_of_site == zone)
        rates = hazard.site_rates(ready, sites.isel(site=rows), branch_mean=True)
        intensity = average_sa.zone_intensity(
            int(zone),
            _reference_of(rates, shaking),
            surface,
            site_variability_argument,
            site_term=term,
            site_correlation=site_correlation,
        )
        given = zone_loss(intensity, collapse, chimney)
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
            "zone": ("site", zone_of_site, {"units": "1", "long_name": "geological zone, -1 = none"}),
        },
        attrs=_attrs(model, shaking, surface, term, site_correlation, site_variability_argument)
        | {"sites": int(zone_of_site.size), "sites_without_zone": int((zone_of_site < 0).sum())},
    )


def lpr_fractiles(
    forecast: xr.Dataset | hazard.Sources,
    sites: xr.Dataset,
    classes: Sequence[str],
    *,
    model: str = "TNO2020",
    motion: str | GroundMotion = "V7",
    surface: Surface = "regular",
    site_term: SiteTerm | None = None,
    site_correlation: SiteCorrelation = "consistent",
    site_variability_argument: SiteVariabilityArgument = "g",
    only: ArrayLike | None = None,
    progress: Progress = lambda _: None,
) -> xr.Dataset:
    """Local personal risk over the complete logic tree: mean and 10, 50 and 90 % fractiles.

    Args and raises as `risk`; `only` (site, vulnerability_class) is true where an answer is wanted, None = everywhere.

    Returns:
        `lpr` (site, year, vulnerability_class, statistic), 1/year; NaN where the zone is -1 or no answer is wanted.
    """
    shaking, term = _motion(motion, site_term)
    vulnerable = loss.vulnerability(model, classes)
    ready = for_model(forecast, shaking)
    leaves = _Tree(ready, vulnerable, shaking, term)
    years = ready.year
    shape = (sites.sizes["site"], years.size, len(vulnerable.classes), len(STATISTICS))
    result = np.full(shape, np.nan)
    wanted = np.ones(shape[::2], bool) if only is None else np.asarray(only, bool)
    zone_of_site = sites["zone"].to_numpy()
    zones = np.unique(zone_of_site[zone_of_site >= 0])
    for done, zone in enumerate(zones):
        rows = np.flatnonzero((zone_of_site == zone) & wanted.any(axis=1))
        here = np.flatnonzero(wanted[rows].any(axis=0))
        if rows.size:
            rates = hazard.site_rates(ready, sites.isel(site=rows))
            intensity = average_sa.zone_intensity(
                int(zone),
                _reference_of(rates, shaking),
                surface,
                site_variability_argument,
                site_term=term,
                site_correlation=site_correlation,
            )
            given = branch_loss(intensity, loss.vulnerability(model, [vulnerable.classes[one] for one in here]))
            seen = rates["rate"].transpose("site", "year", "branch", "magnitude", "distance").to_numpy()
            for site, row in enumerate(rows):
                for k, one in enumerate(here):
                    if wanted[row, one]:
                        result[row, :, one] = leaves.statistics(np.ascontiguousarray(seen[site]), given[k])
        progress((done + 1) / zones.size)
    return xr.Dataset(
        {"lpr": (("site", "year", "vulnerability_class", "statistic"), result, _lpr_attrs())},
        coords={
            "year": years,
            "vulnerability_class": list(vulnerable.classes),
            "statistic": list(STATISTICS),
            "x": ("site", sites["x"].to_numpy(), {"units": "m"}),
            "y": ("site", sites["y"].to_numpy(), {"units": "m"}),
            "zone": ("site", zone_of_site, {"units": "1", "long_name": "geological zone, -1 = none"}),
        },
        attrs=_attrs(model, shaking, surface, term, site_correlation, site_variability_argument)
        | {"leaves": leaves.count},
    )


def highest_nodes(lpr_mean: xr.DataArray, year: int) -> xr.DataArray:
    """Index of the site with the highest mean risk in that year, per vulnerability class."""
    return lpr_mean.sel(year=year).fillna(-1.0).argmax("site")


def zone_loss(intensity: average_sa.ZoneIntensity, collapse: Array, chimney: Array) -> Array:
    """Mean LPR of one event per (magnitude, distance) pair, (pair, class); tables (class, z) from `loss.mean_loss`."""
    sa_avg, pga = intensity.mean_density()
    return _visible(sa_avg @ _visible(collapse.T)) + _visible(pga @ _visible(chimney.T))


def _visible(values: Array) -> Array:
    """The values with those below `NEGLIGIBLE` set to zero."""
    return np.where(values > NEGLIGIBLE, values, 0.0)


def branch_loss(intensity: average_sa.ZoneIntensity, vulnerable: loss.Vulnerability) -> Array:
    """LPR of one event in every branch, (class, pair, motion, fragility x consequence 9)."""
    states = displacement.collapse(vulnerable.fragility, GRID_LN_G)
    shares = occupants.collapse_shares(vulnerable.consequence)
    one, state = np.nonzero((shares != 0.0).any(axis=1))
    chimney = loss.loss_given_pga(vulnerable, GRID_LN_G)
    fallen, hit = intensity.branch_expectation(
        _visible(states[one, :, state].reshape(-1, GRID_LN_G.size).T),
        _visible(chimney.reshape(-1, GRID_LN_G.size).T),
    )
    shape = fallen.shape[:2]
    fallen = _visible(fallen).reshape(*shape, one.size, 3)
    hit = _visible(hit).reshape(*shape, -1, 1, 3)
    result = np.empty((len(vulnerable.classes), *shape, 9))
    for k in range(len(result)):
        own = one == k
        lost = np.tensordot(fallen[..., own, :], shares[k][:, state[own]], axes=([2], [1]))
        result[k] = (lost + hit[..., k, :, :]).reshape(*shape, 9)
    return result


class _Tree:
    """Leaves of the complete tree: weights once, values per site and class."""

    def __init__(
        self, ready: hazard.Sources, vulnerable: loss.Vulnerability, motion: GroundMotion, site_term: SiteTerm
    ) -> None:
        shaking = tree(ready.magnitude, motion, site_term)
        self._groups = shaking.groups
        self._picks = shaking.intervals.branch
        others = logic_tree.joint_weights(
            shaking.motion_weight, vulnerable.fragility_weight, vulnerable.consequence_weight
        )
        self._weight = logic_tree.joint_weights(shaking.intervals.weight, ready.weight, others.ravel())
        self.count = self._weight.size

    def statistics(self, rates: Array, given: Array) -> Array:
        """Mean and fractiles per year, (year, statistic).

        Args:
            rates: (year, source branch, magnitude, distance), events per year.
            given: LPR per event, (pair, motion, 9), pair = magnitude major.
        """
        years, sources, _, distances = rates.shape
        seen = rates.reshape(years * sources, -1)
        table = given.reshape(seen.shape[1], -1)
        others = self._weight.shape[-1]
        parts = np.empty((years, len(self._groups), sources, table.shape[1] // others, others))
        for k, group in enumerate(self._groups):
            pairs = slice(group.start * distances, group.stop * distances)
            parts[:, k] = (seen[:, pairs] @ table[pairs]).reshape(parts[:, k].shape)
        result = np.empty((years, len(STATISTICS)))

        def fill(first: int, last: int) -> None:
            leaves, weight, wanted = np.empty(self._weight.shape), self._weight.ravel(), np.array(FRACTILES)
            for year in range(first, last):
                _fill_leaves(parts[year], self._picks, leaves)
                result[year, 0] = weight @ leaves.ravel()
                leaf_fractiles(leaves.ravel(), weight, wanted, result[year, 1:])

        with threads() as spread:
            spread(fill, years)
        return result


@numba.njit(cache=True, nogil=True)
def _fill_leaves(parts, picks, leaves):
    """Fill `leaves` (interval, source, other) of one year.

    `parts` (group, source, median, other) add up to a leaf by the medians that `picks` (interval, group) chooses.
    """
    leaves[:] = 0.0
    for interval in range(leaves.shape[0]):
        for source in range(leaves.shape[1]):
            row = leaves[interval, source]
            for group in range(parts.shape[0]):
                part = parts[group, source, picks[interval, group]]
                for o in range(row.size):
                    row[o] += part[o]


def _motion(motion: str | GroundMotion, site_term: SiteTerm | None) -> tuple[GroundMotion, SiteTerm]:
    """The motion model and the site term in use; InputError E503 for a model that cannot give SaAvg."""
    model = models.model_of(motion)
    if not average_sa.suits(model):
        known = ", ".join(name for name, one in models.MODELS.items() if average_sa.suits(one))
        raise InputError(
            Problem("E503", where="motion", params={"got": model.head.name, "expected": known, "example": "V7"})
        )
    return model, site_term or model.site_term


def _reference_of(rates: xr.Dataset, model: GroundMotion) -> average_sa.Reference:
    """Reference motion on the magnitude and distance nodes of the rates."""
    return average_sa.default_reference(
        tuple(rates["magnitude"].to_numpy().tolist()), tuple(rates["distance"].to_numpy().tolist()), model
    )


def _lpr_attrs() -> dict[str, str]:
    return {"units": "1/year", "long_name": "local personal risk"}


def _attrs(
    model: str,
    motion: GroundMotion,
    surface: str,
    site_term: SiteTerm,
    site_correlation: SiteCorrelation,
    argument: str,
) -> dict[str, str]:
    """What the numbers rest on; an epistemic site term is one value for all periods, hence its correlation full."""
    return {
        "vulnerability_model": model,
        "motion_model": motion.head.name,
        "component": "arbitrary",
        "surface": surface,
        "site_term": site_term,
        "site_correlation": site_correlation if site_term == "aleatory" else "full",
        "site_variability_argument": argument,
    }
