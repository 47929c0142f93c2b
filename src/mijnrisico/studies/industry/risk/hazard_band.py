"""The hazard at a site with its band: the mean curve, and fractiles that give a curve for any standard value.

    band = of_run(run, x, y, 2026)          from a finished run, at the surface
    band.mean, band.at(1.0)                 the mean curve; the curve one standard deviation up

All units of a site share one curve, that of the middle of the site: they share the shaking, and the hazard of a run
changes little over a site.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from mijnrisico.errors import InputError, Problem
from mijnrisico.studies.industry.risk import loss_of_containment as loss
from mijnrisico.studies.industry.risk.loss_of_containment import Hazard
from mijnrisico.studies.industry.risk.tanks import Spectrum, tabulated

if TYPE_CHECKING:
    import pandas as pd

    from mijnrisico.core.run import StoredRun


@dataclass(frozen=True, slots=True)
class HazardBand:
    """A mean curve and, at the same levels, yearly rates of fractiles; none where nobody gave them."""

    mean: Hazard
    fractiles: Mapping[float, tuple[float, ...]]
    source: str

    def at(self, z: float) -> Hazard:
        """The curve at a standard normal value: ln rate straight between the fractiles, and beyond them.

        Raises no rate with the level: what little the reading of fractiles would make it rise is cut off. A fractile
        of zero has no logarithm: next to one the rate itself is straight, and not below zero. Levels of rate zero at
        the end are left out; a curve of zeros says that nothing happens.
        """
        shares = sorted(self.fractiles)
        known = ndtri(np.array(shares))
        of = np.array([self.fractiles[share] for share in shares])
        k = int(np.clip(np.searchsorted(known, z) - 1, 0, known.size - 2))
        t = (z - known[k]) / (known[k + 1] - known[k])
        low, high = of[k], of[k + 1]
        straight = np.maximum(low + t * (high - low), 0.0)
        both = (low > 0.0) & (high > 0.0)
        ln_low, ln_high = (np.log(np.where(both, each, 1.0)) for each in (low, high))
        rates = np.minimum.accumulate(np.where(both, np.exp(ln_low + t * (ln_high - ln_low)), straight))
        some = int(np.count_nonzero(rates))
        if some < 2:
            return Hazard(self.mean.pga_g[:2], (0.0, 0.0))
        return Hazard(self.mean.pga_g[:some], tuple(rates[:some].tolist()))


def band(
    pga_g: object, mean_per_year: object, fractiles: Mapping[float, object], source: str, where: str = "hazard"
) -> HazardBand:
    """Check a table of a mean curve and of fractiles; raises `InputError` E503 as `loss_of_containment.hazard`."""
    mean = loss.hazard(np.asarray(pga_g, float), np.asarray(mean_per_year, float), where)
    count = len(mean.pga_g)
    kept = {share: tuple(np.asarray(rates, float)[:count].tolist()) for share, rates in fractiles.items()}
    return HazardBand(mean, kept if len(kept) > 1 else {}, source)


def of_run(run: "StoredRun", x_m: float, y_m: float, year: int, *, surface: str = "regular") -> HazardBand:
    """The hazard of peak ground acceleration at a point and year of a finished run, on the ground surface.

    Raises:
        InputError: E711 for a year that the run does not have, and where it does not know the ground.
    """
    from mijnrisico.studies import point

    curve = point.curve(run, x_m, y_m, year, surface=surface)
    named = {str(name): curve.sel(statistic=name).to_numpy() for name in curve["statistic"].to_numpy()}
    fractiles = {float(name[1:]) / 100.0: rates for name, rates in named.items() if name.startswith("p")}
    component = curve.attrs["component"].replace("_", " ")
    return band(curve["level"].to_numpy(), named["mean"], fractiles, f"{run.id}, {year}, {component}")


def spectrum_of_run(run: "StoredRun", x_m: float, y_m: float, year: int, return_period_yr: float) -> Spectrum:
    """The uniform hazard spectrum at a point of a run, mean over the tree, as `tanks.tabulated` (5 % damping).

    Raises:
        InputError: E711 as `of_run`.
    """
    from mijnrisico.studies import point

    found = point.spectrum(run, x_m, y_m, year, return_periods=(return_period_yr,))
    mean = found["level"].sel(statistic="mean").isel(return_period=0)
    periods, levels = np.asarray(found["period"].to_numpy(), float), mean.to_numpy()
    known = np.isfinite(periods) & np.isfinite(levels)
    order = np.argsort(periods[known])
    return tabulated(tuple(periods[known][order].tolist()), tuple(levels[known][order].tolist()))


def linked_building(run: "StoredRun", x_m: float, y_m: float, vulnerability_class: str, year: int) -> "pd.DataFrame":
    """Risk of a building that is functionally linked to an installation: local personal risk of its class at its place.

    From the toolbox's own fragility of buildings over the complete logic tree of the run: the chance per year that
    someone who is always in or beside it dies by the building. One row: class, year, lpr_mean, p10, p50, p90 (1/year).
    It says nothing of what the fall of a building does to the installation.

    Raises:
        InputError: E412 for a class that the run's model of buildings does not have, and as `studies.groningen`.
    """
    from mijnrisico.seismic import loss as building_loss
    from mijnrisico.studies import groningen

    known = sorted(building_loss.vulnerability(run.scenario.risk.model).classes)
    if vulnerability_class not in known:
        near = difflib.get_close_matches(vulnerability_class, known, n=1, cutoff=0.3)
        params = {"got": vulnerability_class, "nearest": near[0] if near else "–", "known": tuple(known)}
        raise InputError(Problem("E412", "vulnerability_class", params))
    return groningen.site_risk(run, x_m, y_m, year, [vulnerability_class])
