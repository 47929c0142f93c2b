"""Local personal risk: the rate of events that a site sees times what they do to a person in a building of a class.

    R(site, class) = sum over (M, r) of lambda(site; M, r) L(class | M, r, zone)        per year
    L(class | M, r, zone) = sum over z of p(z | M, r, zone) LPR(class | z)

lambda comes from `hazard.site_rates`, p from `average_sa`, LPR(class | z) from `loss`. The sum is a matrix product per
zone. The mean uses branch-weighted rates and densities, which is exact because the three parts of the tree are
independent and R is linear in each.

The complete tree, with its fractiles, is in `risk_tree`.
"""

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr

from mijnrisico.errors import InputError, Problem
from mijnrisico.seismic import average_sa, hazard, loss
from mijnrisico.seismic import motion as models
from mijnrisico.seismic.average_sa import GRID_LN_G, Array, SiteCorrelation
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
    shaking, term = motion_of(motion, site_term)
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
            reference_of(rates, shaking),
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
            "lpr_mean": (("site", "year", "vulnerability_class"), result, lpr_attrs()),
            "rate_beyond": (("site", "year"), beyond, {"units": "1/year", "long_name": "events too far to be counted"}),
        },
        coords={
            "year": years,
            "vulnerability_class": list(vulnerable.classes),
            "x": ("site", sites["x"].to_numpy(), {"units": "m"}),
            "y": ("site", sites["y"].to_numpy(), {"units": "m"}),
            "zone": ("site", zone_of_site, {"units": "1", "long_name": "geological zone, -1 = none"}),
        },
        attrs=result_attrs(model, shaking, surface, term, site_correlation, site_variability_argument)
        | {"sites": int(zone_of_site.size), "sites_without_zone": int((zone_of_site < 0).sum())},
    )


def highest_nodes(lpr_mean: xr.DataArray, year: int) -> xr.DataArray:
    """Index of the site with the highest mean risk in that year, per vulnerability class."""
    return lpr_mean.sel(year=year).fillna(-1.0).argmax("site")


def zone_loss(intensity: average_sa.ZoneIntensity, collapse: Array, chimney: Array) -> Array:
    """Mean LPR of one event per (magnitude, distance) pair, (pair, class); tables (class, z) from `loss.mean_loss`."""
    sa_avg, pga = intensity.mean_density()
    return visible(sa_avg @ visible(collapse.T)) + visible(pga @ visible(chimney.T))


def visible(values: Array) -> Array:
    """The values with those below `NEGLIGIBLE` set to zero."""
    return np.where(values > NEGLIGIBLE, values, 0.0)


def motion_of(motion: str | GroundMotion, site_term: SiteTerm | None) -> tuple[GroundMotion, SiteTerm]:
    """The motion model and the site term in use; InputError E503 for a model that cannot give SaAvg."""
    model = models.model_of(motion)
    if not average_sa.suits(model):
        known = ", ".join(name for name, one in models.MODELS.items() if average_sa.suits(one))
        raise InputError(
            Problem("E503", where="motion", params={"got": model.head.name, "expected": known, "example": "V7"})
        )
    return model, site_term or model.site_term


def reference_of(rates: xr.Dataset, model: GroundMotion) -> average_sa.Reference:
    """Reference motion on the magnitude and distance nodes of the rates."""
    return average_sa.default_reference(
        tuple(rates["magnitude"].to_numpy().tolist()), tuple(rates["distance"].to_numpy().tolist()), model
    )


def lpr_attrs() -> dict[str, str]:
    """Unit and name of local personal risk."""
    return {"units": "1/year", "long_name": "local personal risk"}


def result_attrs(
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
