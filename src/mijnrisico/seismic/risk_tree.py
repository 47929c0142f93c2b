"""Local personal risk over the complete logic tree.

Fractiles take the complete tree: source branches x intervals of the comonotone variable of the medians x scatters and
site epsilons (18 in V7) x fragility 3 x consequence 3. Within a source branch the posterior enters as its mean. The
mean, for which a tree is not needed, is in `risk`.
"""

from collections.abc import Callable, Sequence

import numba
import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from mijnrisico.core import logic_tree
from mijnrisico.core.curve import FRACTILES, STATISTICS, leaf_fractiles
from mijnrisico.core.workers import threads
from mijnrisico.seismic import average_sa, hazard, loss, risk
from mijnrisico.seismic.average_sa import GRID_LN_G, Array, SiteCorrelation
from mijnrisico.seismic.consequence import occupants
from mijnrisico.seismic.fragility import displacement
from mijnrisico.seismic.hazard.motion_tree import tree
from mijnrisico.seismic.hazard.rates import for_model
from mijnrisico.seismic.motion.model import GroundMotion, SiteTerm, SiteVariabilityArgument, Surface

Progress = Callable[[float], None]


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

    Args and raises as `risk.risk`; `only` (site, vulnerability_class) is true where an answer is wanted; None = all.

    Returns:
        `lpr` (site, year, vulnerability_class, statistic), 1/year; NaN where the zone is -1 or no answer is wanted.
    """
    shaking, term = risk.motion_of(motion, site_term)
    vulnerable = loss.vulnerability(model, classes)
    ready = for_model(forecast, shaking)
    leaves = Leaves(ready, vulnerable, shaking, term)
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
                risk.reference_of(rates, shaking),
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
        {"lpr": (("site", "year", "vulnerability_class", "statistic"), result, risk.lpr_attrs())},
        coords={
            "year": years,
            "vulnerability_class": list(vulnerable.classes),
            "statistic": list(STATISTICS),
            "x": ("site", sites["x"].to_numpy(), {"units": "m"}),
            "y": ("site", sites["y"].to_numpy(), {"units": "m"}),
            "zone": ("site", zone_of_site, {"units": "1", "long_name": "geological zone, -1 = none"}),
        },
        attrs=risk.result_attrs(model, shaking, surface, term, site_correlation, site_variability_argument)
        | {"leaves": leaves.count},
    )


def branch_loss(intensity: average_sa.ZoneIntensity, vulnerable: loss.Vulnerability) -> Array:
    """LPR of one event in every branch, (class, pair, motion, fragility x consequence 9)."""
    states = displacement.collapse(vulnerable.fragility, GRID_LN_G)
    shares = occupants.collapse_shares(vulnerable.consequence)
    one, state = np.nonzero((shares != 0.0).any(axis=1))
    chimney = loss.loss_given_pga(vulnerable, GRID_LN_G)
    fallen, hit = intensity.branch_expectation(
        risk.visible(states[one, :, state].reshape(-1, GRID_LN_G.size).T),
        risk.visible(chimney.reshape(-1, GRID_LN_G.size).T),
    )
    shape = fallen.shape[:2]
    fallen = risk.visible(fallen).reshape(*shape, one.size, 3)
    hit = risk.visible(hit).reshape(*shape, -1, 1, 3)
    result = np.empty((len(vulnerable.classes), *shape, 9))
    for k in range(len(result)):
        own = one == k
        lost = np.tensordot(fallen[..., own, :], shares[k][:, state[own]], axes=([2], [1]))
        result[k] = (lost + hit[..., k, :, :]).reshape(*shape, 9)
    return result


class Leaves:
    """Leaves of the complete tree: weights once, values per site and class."""

    def __init__(
        self, ready: hazard.Sources, vulnerable: loss.Vulnerability, motion: GroundMotion, site_term: SiteTerm
    ) -> None:
        """Lay out the tree of sources, a vulnerability model and a motion model."""
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
                fill_leaves(parts[year], self._picks, leaves)
                result[year, 0] = weight @ leaves.ravel()
                leaf_fractiles(leaves.ravel(), weight, wanted, result[year, 1:])

        with threads() as spread:
            spread(fill, years)
        return result


@numba.njit(cache=True, nogil=True)
def fill_leaves(parts, picks, leaves):
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
