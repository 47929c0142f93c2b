"""Local personal risk: the rate of events that a site sees times what they do to a person in a building of a class.

    R(site, class) = sum over (M, r) of lambda(site; M, r) L(class | M, r, zone)        per year
    L(class | M, r, zone) = sum over z of p(z | M, r, zone) LPR(class | z)

lambda comes from `hazard.rates`, p from `average_sa`, LPR(class | z) from `loss`. The sum is a matrix product per zone.
The mean uses branch-weighted rates and densities, which is exact because the three parts of the tree are independent
and R is linear in each. L does not know the forecast (`loss_tables`): it takes a minute, the product a second.

The complete tree, with its fractiles, is in `risk_tree`.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from mijnrisico.core.workers import one_blas_thread, threads
from mijnrisico.errors import InputError, Problem
from mijnrisico.seismic import average_sa, hazard, loss
from mijnrisico.seismic import motion as models
from mijnrisico.seismic.average_sa import GRID_LN_G, Array, SiteCorrelation
from mijnrisico.seismic.hazard.rates import averaged, for_model, mean_site_rates
from mijnrisico.seismic.motion.model import GroundMotion, SiteTerm, SiteVariabilityArgument, Surface

NEGLIGIBLE = 1e-30
"""A risk of one event below this is taken as zero: it cannot be seen in any sum, and numbers near the smallest float
make matrix products ten times slower."""

_BLOCK = 4096
"""Places x years whose rates are in memory at once."""
_TABLES_SHARE = 0.9
"""Of the time of a risk without tables, for the progress."""

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
    tables: xr.Dataset | None = None,
    progress: Progress = lambda _: None,
) -> xr.Dataset:
    """Mean local personal risk per year at every site for every vulnerability class.

    Sites at one place see the same earthquakes: those are summed once.

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
        tables: `loss_tables` with the same settings for at least the zones of the sites and these classes, which
            leaves only the rates to be computed; None makes them.
        progress: called with the fraction done.

    Returns:
        `lpr_mean` (site, year, vulnerability_class), 1/year; `rate_beyond` (site, year), the rate of events
        beyond the largest distance, which are left out.

    Raises:
        InputError: E503 for an unknown model or class, or a motion model without the ten periods of SaAvg.
        ValueError: the tables were made with other settings, nodes, zones or classes.
    """
    shaking, term = motion_of(motion, site_term)
    chosen = loss.vulnerability(model, classes).classes
    ready = averaged(for_model(forecast, shaking))
    distance_km = ready.table().distance_km
    zone_of_site = sites["zone"].to_numpy()
    known = np.flatnonzero(zone_of_site >= 0)
    zones, zone_index = np.unique(zone_of_site[known], return_inverse=True)
    attrs = result_attrs(model, shaking, surface, term, site_correlation, site_variability_argument)
    share_of_tables = 0.0
    if tables is None:
        share_of_tables = _TABLES_SHARE
        tables = loss_tables(
            zones,
            ready.magnitude,
            distance_km,
            model=model,
            classes=chosen,
            motion=shaking,
            surface=surface,
            site_term=term,
            site_correlation=site_correlation,
            site_variability_argument=site_variability_argument,
            progress=lambda done: progress(_TABLES_SHARE * done),
        )
    given = _checked(tables, zones, chosen, ready.magnitude, distance_km, attrs)
    result = np.full((zone_of_site.size, ready.year.size, len(chosen)), np.nan)
    beyond = np.full((zone_of_site.size, ready.year.size), np.nan)
    x, y = (sites[axis].to_numpy().astype(float)[known] for axis in "xy")
    places, place = np.unique(np.stack([x, y]), axis=1, return_inverse=True)
    step = max(_BLOCK // ready.year.size, 1)
    with one_blas_thread(), threads() as spread:
        for start in range(0, places.shape[1], step):
            stop = min(start + step, places.shape[1])
            near, far = mean_site_rates(ready, places[0, start:stop], places[1, start:stop], spread)
            near = near.reshape(*near.shape[:2], -1)
            here = np.flatnonzero((place >= start) & (place < stop))
            beyond[known[here]] = far[place[here] - start]
            for index in np.unique(zone_index[here]):
                rows = here[zone_index[here] == index]
                seen = near[place[rows] - start].reshape(-1, near.shape[-1])
                result[known[rows]] = (seen @ given[index].astype(float)).reshape(rows.size, ready.year.size, -1)
            progress(share_of_tables + (1.0 - share_of_tables) * stop / places.shape[1])
    return xr.Dataset(
        {
            "lpr_mean": (("site", "year", "vulnerability_class"), result, lpr_attrs()),
            "rate_beyond": (("site", "year"), beyond, {"units": "1/year", "long_name": "events too far to be counted"}),
        },
        coords={
            "year": ready.year,
            "vulnerability_class": list(chosen),
            "x": ("site", sites["x"].to_numpy(), {"units": "m"}),
            "y": ("site", sites["y"].to_numpy(), {"units": "m"}),
            "zone": ("site", zone_of_site, {"units": "1", "long_name": "geological zone, -1 = none"}),
        },
        attrs=attrs | {"sites": int(zone_of_site.size), "sites_without_zone": int((zone_of_site < 0).sum())},
    )


def loss_tables(
    zones: ArrayLike,
    magnitude: ArrayLike,
    distance_km: ArrayLike,
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
    """Mean risk to a person in one event, for every zone, magnitude, distance and class: L of the head of this module.

    It knows nothing of the forecast: another scenario, year or source branch takes the same tables. They are kept in
    single precision, which is 6e-8 of a value (31 MB for 160 zones x 51 magnitudes x 27 distances x 35 classes); sums
    are taken in double precision.

    Args:
        zones: numbers of zones with amplification in the motion model.
        magnitude: those of the forecast.
        distance_km: nodes of the rupture distance, `Sources.table().distance_km` or `rupture.projection(...)` of it.
        model: and the other settings as in `risk`.

    Returns:
        `loss` (zone, magnitude, distance, vulnerability_class), a probability per event; the settings in `attrs`.

    Raises:
        InputError: as `risk`.
        KeyError: a zone without amplification in the model.
    """
    shaking, term = motion_of(motion, site_term)
    vulnerable = loss.vulnerability(model, classes)
    curves = loss.mean_loss(vulnerable, GRID_LN_G)
    numbers = np.unique(np.asarray(zones, int))
    nodes = np.asarray(magnitude, float), np.asarray(distance_km, float)
    at = average_sa.default_reference(*(tuple(axis.tolist()) for axis in nodes), shaking)
    given = np.empty((numbers.size, *(axis.size for axis in nodes), len(vulnerable.classes)), np.float32)
    for row, zone in enumerate(numbers):
        intensity = average_sa.zone_intensity(
            int(zone), at, surface, site_variability_argument, site_term=term, site_correlation=site_correlation
        )
        given[row] = zone_loss(intensity, *curves).reshape(given.shape[1:])
        progress((row + 1) / numbers.size)
    return xr.Dataset(
        {
            "loss": (
                ("zone", "magnitude", "distance", "vulnerability_class"),
                given,
                {"units": "1", "long_name": "chance that one event kills someone who is always there"},
            )
        },
        coords={
            "zone": numbers,
            "magnitude": nodes[0],
            "distance": ("distance", nodes[1], {"units": "km"}),
            "vulnerability_class": list(vulnerable.classes),
        },
        attrs=result_attrs(model, shaking, surface, term, site_correlation, site_variability_argument),
    )


def _checked(
    tables: xr.Dataset,
    zones: NDArray[np.int64],
    classes: Sequence[str],
    magnitude: Array,
    distance_km: Array,
    attrs: Mapping[str, str],
) -> NDArray[np.float32]:
    """The tables of these zones and classes, (zone, pair, class); raises ValueError where they are for another risk."""
    for name, wanted in attrs.items():
        if tables.attrs.get(name) != wanted:
            raise ValueError(f"the loss tables have {name} {tables.attrs.get(name)!r}, asked is {wanted!r}")
    for name, nodes in (("magnitude", magnitude), ("distance", distance_km)):
        found = tables[name].to_numpy()
        if found.shape != nodes.shape or not np.allclose(found, nodes, rtol=1e-9, atol=0.0):
            raise ValueError(f"the loss tables have other nodes of {name} than the forecast")
    for name, wanted in (("zone", zones), ("vulnerability_class", classes)):
        missing = np.setdiff1d(np.asarray(wanted), tables[name].to_numpy())
        if missing.size:
            raise ValueError(f"the loss tables lack {name} {', '.join(map(str, missing))}")
    given = tables["loss"].transpose("zone", "magnitude", "distance", "vulnerability_class")
    given = given.sel(zone=zones, vulnerability_class=list(classes)).to_numpy()
    return given.reshape(zones.size, -1, len(classes))


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
