"""Tables about the earthquakes of a run: which were used, how many come, how large, and what the fit left open."""

import numpy as np
import pandas as pd
import xarray as xr

from mijnrisico.core.curve import FRACTILES, weighted_fractile
from mijnrisico.core.scenario import Scenario
from mijnrisico.seismic import calibrate
from mijnrisico.seismic import catalogue as earthquakes
from mijnrisico.seismic import forecast as forecasting
from mijnrisico.seismic.magnitude import gutenberg_richter, linear_stress, thickness_split
from mijnrisico.studies.groningen.chain import Results
from mijnrisico.units import DAYS_PER_YEAR

CHANCE_MAGNITUDES = (3.6, 4.0, 4.5, 5.0)
"""Magnitudes whose yearly chance a run gives; 3.6 is the largest so far (Huizinge 2012)."""
_NEGLIGIBLE = 1e-6  # weight of a combination, relative to the largest, below which it is not written
_COLUMNS = {"x": "x_rd", "y": "y_rd"}


def catalogue(events: pd.DataFrame) -> pd.DataFrame:
    """Every earthquake of the catalogue: time (UTC), magnitude, RD New (m), depth (km), type, used in the fit.

    All names of an induced earthquake, and none at all, are written as `induced`.
    """
    table = events.rename(columns=_COLUMNS).sort_values("time", ignore_index=True)
    moment = pd.DatetimeIndex(table["time"]).strftime("%Y-%m-%dT%H:%M:%S")
    columns = ["time", "magnitude", "x_rd", "y_rd", "depth_km", "type", "used"]
    kind = np.where(earthquakes.induced(table), "induced", table["type"])
    return table.assign(time=moment, type=kind)[columns]


def event_rate(scenario: Scenario, results: Results, used: pd.DataFrame) -> pd.DataFrame:
    """Earthquakes per year, observed and expected; the fractiles are of the count, parameters and chance together."""
    weights = calibrate.mixed_weights(results.posterior, scenario.source.magnitude.tree)
    past = results.posterior["past_year"].to_numpy()
    observed = earthquakes.annual_counts(used, past)
    rows = []
    for years, annual, seen in (
        (past, results.posterior["annual"].to_numpy(), observed.astype(float)),
        (results.forecast["year"].to_numpy(), results.forecast["annual"].to_numpy(), np.nan),
    ):
        mean, quantiles = calibrate.annual_quantiles(results.posterior, annual, weights, FRACTILES)
        columns = {"year": years, "observed": seen, "mean": mean}
        rows.append(pd.DataFrame(columns | dict(zip(("p10", "p50", "p90"), quantiles, strict=True))))
    return pd.concat(rows, ignore_index=True)


def magnitude_frequency(scenario: Scenario, results: Results, used: pd.DataFrame) -> pd.DataFrame:
    """Rate per year of at least a magnitude: observed up to now, and the first forecast year per largest magnitude."""
    edges = gutenberg_richter.MAGNITUDES - gutenberg_richter.HALF_BIN
    source = scenario.source
    span = (pd.Timestamp(source.until) - pd.Timestamp(source.since)).days / DAYS_PER_YEAR
    counted = np.array([np.count_nonzero(used["magnitude"].to_numpy() >= edge) for edge in edges])
    observed = pd.DataFrame({"kind": "observed", "mmax": np.nan, "magnitude": edges, "annual_rate": counted / span})
    rows = [observed[counted > 0]]
    rate = forecasting.by_magnitude(results.forecast).isel(year=0).to_numpy()
    tops = np.array([float(str(branch).split("|")[1]) for branch in results.forecast["branch"].to_numpy()])
    weight = results.forecast["weight"].to_numpy()
    for top in np.unique(tops):
        share = np.where(tops == top, weight, 0.0)
        at_least = np.cumsum((rate @ (share / share.sum()))[::-1])[::-1]
        below = edges < top
        rows.append(
            pd.DataFrame({"kind": "model", "mmax": top, "magnitude": edges[below], "annual_rate": at_least[below]})
        )
    return pd.concat(rows, ignore_index=True)


def chance(forecast: xr.Dataset) -> pd.DataFrame:
    """Probability per calendar year of at least one event of at least a magnitude: mean, P10, P90.

    The fractiles are over the source branches (magnitude model x largest magnitude), within each the posterior mean.
    """
    weight = forecast["weight"].to_numpy()
    rows = []
    for magnitude in CHANCE_MAGNITUDES:
        of_branches = forecasting.chance_of(forecast, magnitude)
        for year, branches in zip(forecast["year"].to_numpy(), of_branches, strict=True):
            low, high = weighted_fractile(branches, weight, [0.1, 0.9])
            rows.append((int(year), magnitude, float(branches @ weight), float(low), float(high)))
    return pd.DataFrame(rows, columns=["year", "magnitude", "chance", "p10", "p90"])


def posterior_grid(scenario: Scenario, posterior: xr.Dataset) -> pd.DataFrame:
    """Joint posterior of the rate parameters: rmax (-), sigma_m (m), theta0 (ln per m2 of fault), theta1 (-), weight.

    The magnitude branches are mixed by their weights. `theta0` is ln(n / I), from the mean of its gamma law given the
    rest; its own spread there is 1/sqrt(n). Combinations below a millionth of the largest weight are left out.
    """
    weights = calibrate.mixed_weights(posterior, scenario.source.magnitude.tree)
    theta1 = posterior["theta1"].to_numpy()
    theta0 = np.log(float(posterior.attrs["events"])) - np.log(posterior["integral"].to_numpy())
    table = pd.DataFrame(
        {
            "rmax": np.repeat(posterior["rmax"].to_numpy(), theta1.size),
            "sigma_m": np.repeat(posterior["sigma_m"].to_numpy(), theta1.size),
            "theta0": theta0.ravel(),
            "theta1": np.tile(theta1, posterior.sizes["member"]),
            "weight": weights.ravel(),
        }
    )
    return _heavy(table)


def b_value_grid(scenario: Scenario, posterior: xr.Dataset) -> pd.DataFrame:
    """Joint posterior of the two b-values of each magnitude model: model, first, second, weight.

    Of `linear_stress`: b without stress and its fall at the largest stress; of `thickness_split`: b where the reservoir
    is thin and where it is thick, summed over the thickness of the split. Weights of a model sum to one; a model
    without weight in the tree is left out.
    """
    member = np.maximum(calibrate.normalised(posterior["log_rate"].to_numpy()).sum(axis=1), 1e-300)
    linear = calibrate.normalised(posterior["log_linear"].to_numpy() + np.log(member)[:, None]).sum(axis=0)
    split = calibrate.normalised(posterior["log_split"].to_numpy())
    rows = []
    for name, grid, weight in (
        (linear_stress.NAME, posterior["linear_grid"].to_numpy(), linear),
        (thickness_split.NAME, posterior["split_grid"].to_numpy(), split),
    ):
        if scenario.source.magnitude.tree.get(name, 0.0) <= 0.0:
            continue
        table = pd.DataFrame({"model": name, "first": grid[:, 0], "second": grid[:, 1], "weight": weight})
        rows.append(_heavy(table.groupby(["model", "first", "second"])[["weight"]].sum().reset_index()))
    return pd.concat(rows, ignore_index=True)


def _heavy(table: pd.DataFrame) -> pd.DataFrame:
    kept = table[table["weight"] > _NEGLIGIBLE * table["weight"].max()]
    return kept.assign(weight=kept["weight"] / kept["weight"].sum()).reset_index(drop=True)
