"""Tables about the earthquakes of a run: which were used, how many come, how large, and what the fit left open."""

import numpy as np
import pandas as pd
import shapely
import xarray as xr

from mijnrisico import data
from mijnrisico.core.curve import weighted_fractile
from mijnrisico.core.scenario import Scenario
from mijnrisico.seismic import calibrate, event_counts
from mijnrisico.seismic import catalogue as earthquakes
from mijnrisico.seismic import forecast as forecasting
from mijnrisico.seismic.magnitude import MODELS, gutenberg_richter
from mijnrisico.studies.groningen.chain import Results
from mijnrisico.units import DAYS_PER_YEAR

CHANCE_MAGNITUDES = (3.6, 4.0, 4.5, 5.0)
"""Magnitudes whose yearly chance a run gives; 3.6 is the largest so far (Huizinge 2012)."""
REGION_MAGNITUDES = (1.5, 3.6)
COUNT_FRACTILES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
"""Fractiles of a count: with 5 and 95 % the band that holds nine years in ten, with 25 and 75 % one in two."""
MODEL_FRACTILES = (0.1, 0.5, 0.9)
_NEGLIGIBLE = 1e-6  # weight of a combination, relative to the largest, below which it is not written
_DRAWS = 1000
_RATE_COLUMNS = ("rmax", "sigma_m", "slope", "log10_hs", "theta1")
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
    """Earthquakes per year, observed and expected, with fractiles of the count: branches, parameters and chance.

    `expected_p10` and `expected_p90` are those of the expected number alone: branches and parameters without chance.
    Years of the fit are as fitted: they knew the earthquakes of those years, and expect the aftershocks that those
    themselves set off; chance is Poisson there. Years to come have chance by the law of a cascade.
    """
    names, draws = ("p05", "p10", "p25", "p50", "p75", "p90", "p95"), _past_draws(scenario, results)
    years = _past_years(results)
    past = _past_probability(draws, dict.fromkeys(draws, 1.0) | _source_weights(scenario))
    observed = earthquakes.annual_counts(used, years).astype(float)
    coming = forecasting.count_probability(results.forecast)
    weights = _source_weights(scenario)
    ahead = results.forecast["expected"].transpose("source", "draw", "year").to_numpy()
    parts = [
        _counts({"year": years, "observed": observed}, past, names, COUNT_FRACTILES).assign(
            **_without_chance(np.stack([draws[name] for name in weights]), np.array(list(weights.values())))
        ),
        _counts(
            {"year": results.forecast["year"].to_numpy(), "observed": np.nan}, coming, names, COUNT_FRACTILES
        ).assign(**_without_chance(ahead, results.forecast["source_weight"].to_numpy())),
    ]
    return pd.concat(parts, ignore_index=True)


def _without_chance(expected: np.ndarray, weight: np.ndarray) -> dict[str, np.ndarray]:
    """P10 and P90 over branches and draws of the expected number (source, draw, year)."""
    shares = np.repeat(weight / expected.shape[1], expected.shape[1])
    rows = expected.reshape(-1, expected.shape[2])
    low, high = np.array([weighted_fractile(rows[:, j], shares, [0.1, 0.9]) for j in range(rows.shape[1])]).T
    return {"expected_p10": low, "expected_p90": high}


def event_rate_models(scenario: Scenario, results: Results) -> pd.DataFrame:
    """The same per model of the rate, the magnitude models mixed by weight: year, model, mean, p10, p50, p90."""
    draws, magnitude = _past_draws(scenario, results), scenario.source.magnitude.tree
    rows = []
    for model in scenario.source.rate.tree:
        past = _past_probability(draws, {f"{model}|{name}": weight for name, weight in magnitude.items()})
        mine = [str(source).startswith(f"{model}|") for source in results.forecast["source"].to_numpy()]
        forecast = results.forecast.isel(source=np.flatnonzero(mine))
        share = forecast["source_weight"] / float(forecast["source_weight"].sum())
        coming = forecasting.count_probability(forecast.assign(source_weight=share))
        for years, probability in ((_past_years(results), past), (forecast["year"].to_numpy(), coming)):
            rows.append(_counts({"year": years, "model": model}, probability, ("p10", "p50", "p90"), MODEL_FRACTILES))
    return pd.concat(rows, ignore_index=True)


def _counts(
    before: dict[str, object], probability: np.ndarray, names: tuple[str, ...], fractiles: tuple[float, ...]
) -> pd.DataFrame:
    """Mean and quantiles of counts (year, count) as columns behind `before`."""
    quantiles = event_counts.quantile(probability, np.array(fractiles)).astype(float)
    mean, _ = event_counts.table_moments(probability)
    return pd.DataFrame(before | {"mean": mean} | dict(zip(names, quantiles, strict=True)))


def _past_years(results: Results) -> np.ndarray:
    return next(iter(results.posteriors.values()))["past_year"].to_numpy()


def _source_weights(scenario: Scenario) -> dict[str, float]:
    rate, magnitude = scenario.source.rate.tree, scenario.source.magnitude.tree
    return {f"{model}|{name}": rate[model] * magnitude[name] for model in rate for name in magnitude}


def _past_draws(scenario: Scenario, results: Results) -> dict[str, np.ndarray]:
    """Expected events of each year of the fit (draw, year), per source branch."""
    found = {}
    for index, (model, fitted) in enumerate(results.posteriors.items()):
        for name in scenario.source.magnitude.tree:
            drawn = calibrate.draws(fitted, name, _DRAWS, scenario.seed + index)
            found[f"{model}|{name}"] = calibrate.expected_past(fitted, drawn)
    return found


def _past_probability(draws: dict[str, np.ndarray], weight: dict[str, float]) -> np.ndarray:
    """Probability of counts (year, count) of independent events around the mixed draws of the sources in `weight`."""
    expected = np.concatenate([draws[name] for name in weight])
    shares = np.concatenate([np.full(draws[name].shape[0], w / draws[name].shape[0]) for name, w in weight.items()])
    return event_counts.mixture(
        event_counts.generalised_poisson, expected, np.zeros((expected.shape[0], 1)), shares / shares.sum()
    )


def magnitude_frequency(scenario: Scenario, results: Results, used: pd.DataFrame) -> pd.DataFrame:
    """Rate per year of at least a magnitude: observed up to now, and the first forecast year per largest magnitude."""
    edges = gutenberg_richter.MAGNITUDES - gutenberg_richter.HALF_BIN
    source = scenario.source
    span = (pd.Timestamp(source.until) - pd.Timestamp(source.since)).days / DAYS_PER_YEAR
    counted = np.array([np.count_nonzero(used["magnitude"].to_numpy() >= edge) for edge in edges])
    observed = pd.DataFrame({"kind": "observed", "mmax": np.nan, "magnitude": edges, "annual_rate": counted / span})
    rows = [observed[counted > 0]]
    rate = forecasting.by_magnitude(results.forecast).isel(year=0).to_numpy()
    tops = np.array([float(str(branch).rpartition("|")[2]) for branch in results.forecast["branch"].to_numpy()])
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

    The fractiles are over the branches of the source and the draws of their rate and aftershocks; b-values enter each
    branch by their posterior mean.
    """
    rows = []
    weight = np.repeat(forecast["weight"].to_numpy() / forecast.sizes["draw"], forecast.sizes["draw"])
    for magnitude in CHANCE_MAGNITUDES:
        of_draws = forecasting.chances(forecast, magnitude)
        for year, values in zip(forecast["year"].to_numpy(), of_draws, strict=True):
            low, high = weighted_fractile(values.ravel(), weight, [0.1, 0.9])
            rows.append((int(year), magnitude, float(values.ravel() @ weight), float(low), float(high)))
    return pd.DataFrame(rows, columns=["year", "magnitude", "chance", "p10", "p90"])


def chance_regions(forecast: xr.Dataset) -> pd.DataFrame:
    """Expected events and the chance of at least one, per municipality, year and magnitude: mean, P10, P90.

    The share of a municipality in the events of the field is that of each branch; the total of the field has the draws
    of its posterior. Chances are those of independent events: a cascade that crosses a border is not told apart, so
    they are somewhat high where several events are likely. Cells belong to the municipality of their centre; what lies
    in none is `other`.
    """
    region = _municipality(forecast["cell_x"].to_numpy(), forecast["cell_y"].to_numpy())
    maps, coefficient = forecast["maps"].transpose("cell", "map").to_numpy(), forecast["coefficient"]
    names = sorted(set(region))
    of_region = np.stack([maps[region == name].sum(axis=0) for name in names])
    rate = np.tensordot(of_region, coefficient.transpose("map", "magnitude", "year", "branch").to_numpy(), 1)
    whole = np.maximum(rate.sum(axis=(0, 1)), 1e-300)
    tops = forecast.sizes["branch"] // forecast.sizes["source"]
    expected = np.repeat(forecast["expected"].transpose("source", "draw", "year").to_numpy(), tops, axis=0)
    weight = np.repeat(forecast["weight"].to_numpy() / expected.shape[1], expected.shape[1])
    magnitudes, rows = forecast["magnitude"].to_numpy(), []
    for magnitude in REGION_MAGNITUDES:
        above = np.clip(rate[:, magnitudes > magnitude - 0.01].sum(axis=1), 0.0, None) / whole
        for k, name in enumerate(names):
            for j, year in enumerate(forecast["year"].to_numpy()):
                events = (above[k, j][:, None] * expected[:, :, j]).ravel()
                chances = -np.expm1(-events)
                low, high = weighted_fractile(chances, weight, [0.1, 0.9])
                row = (name, int(year), magnitude, events @ weight, chances @ weight, float(low), float(high))
                rows.append(row)
    return pd.DataFrame(rows, columns=["region", "year", "magnitude", "expected_events", "chance", "p10", "p90"])


def _municipality(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Name of the municipality at each point, `other` where there is none."""
    records, shapes = data.polygons("municipalities")
    points = shapely.points(x, y)
    found = np.full(x.size, "other", dtype=object)
    at, shape = shapely.STRtree(shapes).query(points, predicate="intersects")
    found[at] = np.array([str(record["municipality"]) for record in records], dtype=object)[shape]
    return found.astype(str)


def b_value_grid_of(forecast: xr.Dataset) -> xr.Dataset:
    """b-value of an earthquake in each cell in the first year, per magnitude model, and its spread.

    `b_value` and `b_value_sd` (magnitude_model, cell): mean and standard deviation over the posterior, the models of
    the rate mixed by weight, whether or not earthquakes are expected there. `weight` (magnitude_model) is that of the
    tree.
    """
    models = [str(source).partition("|")[2] for source in forecast["source"].to_numpy()]
    names = list(dict.fromkeys(models))
    mean, spread, weight = [], [], []
    for name in names:
        part = forecast.isel(source=np.flatnonzero([model == name for model in models]))
        share = (part["source_weight"] / part["source_weight"].sum()).to_numpy()
        b, sd = part["b_value"].to_numpy(), part["b_value_sd"].to_numpy()
        middle, square = share @ b, share @ (sd**2 + b**2)
        mean.append(middle)
        spread.append(np.sqrt(np.maximum(square - middle**2, 0.0)))
        weight.append(float(part["source_weight"].sum()))
    dims = ("magnitude_model", "cell")
    return xr.Dataset(
        {
            "b_value": (dims, np.array(mean), {"units": "1"}),
            "b_value_sd": (dims, np.array(spread), {"units": "1"}),
            "weight": ("magnitude_model", weight, {"units": "1"}),
        },
        coords={"magnitude_model": names},
    )


def posterior_grid(scenario: Scenario, posteriors: dict[str, xr.Dataset]) -> pd.DataFrame:
    """Joint posterior of the parameters of each model of the rate: model, its parameters, theta0, weight.

    Parameters are rmax (-), sigma_m (m), slope (-), log10_hs (log10 MPa), theta1 (-) and those of the other models,
    empty where a model has none. The magnitude branches are mixed by their weights. `theta0` is the mean of ln of the
    direct events over what the row expects, given the row (`calibrate.log_productivity`). Aftershocks are integrated
    out.
    Combinations below a millionth of the largest weight are left out.
    """
    tables = []
    for model, fitted in posteriors.items():
        of_share = calibrate.mixed_weights(fitted, scenario.source.magnitude.tree).sum(axis=1)
        weights = of_share.sum(axis=1)
        parameters = [name for name in fitted.attrs["parameters"].split(",") if name != "stress_scale"]
        table = pd.DataFrame({name: fitted[name].to_numpy() for name in parameters})
        theta0 = (of_share * calibrate.log_productivity(fitted)).sum(axis=1) / np.maximum(weights, 1e-300)
        tables.append(_heavy(table.assign(theta0=theta0, weight=weights)).assign(model=model))
    joined = pd.concat(tables, ignore_index=True)
    known = [name for name in (*_RATE_COLUMNS, "theta0") if name in joined]
    rest = [name for name in joined if name not in ("model", "weight", *known)]
    return joined[["model", *known, *rest, "weight"]]


def aftershock_grid(scenario: Scenario, posteriors: dict[str, xr.Dataset]) -> pd.DataFrame:
    """Joint posterior of the aftershocks of each model of the rate: model, etas_k, etas_a, etas_c_days, weight."""
    tables = []
    for model, fitted in posteriors.items():
        weights = calibrate.mixed_weights(fitted, scenario.source.magnitude.tree).sum(axis=0)
        shape = weights.shape
        table = pd.DataFrame(
            {
                "etas_k": calibrate.productivity(fitted).ravel(),
                "etas_a": np.repeat(fitted["alpha"].to_numpy(), shape[1]),
                "etas_c_days": np.repeat(fitted["c_days"].to_numpy(), shape[1]),
                "weight": weights.ravel(),
            }
        )
        tables.append(_heavy(table).assign(model=model))
    return pd.concat(tables, ignore_index=True)[["model", "etas_k", "etas_a", "etas_c_days", "weight"]]


def b_value_grid(scenario: Scenario, posteriors: dict[str, xr.Dataset]) -> pd.DataFrame:
    """Joint posterior of the first two parameters of each magnitude model: model, first, second, weight.

    Of `linear_stress`: b without stress and its fall at the largest stress; of `thickness_split`: b where the reservoir
    is thin and where it is thick; of `tanh_stress`: b at high stress and its rise to none; of `constant`: b, twice.
    Summed over the rest, the models of the rate mixed by weight. Weights of a model sum to one; a model without weight
    in the tree is left out.
    """
    rows = []
    for name in scenario.source.magnitude.tree:
        weight = np.sum(
            [
                share * calibrate.magnitude_weights(posteriors[model], name)
                for model, share in scenario.source.rate.tree.items()
            ],
            axis=0,
        )
        grid = next(iter(posteriors.values()))[f"{name}_grid"].to_numpy()
        second = grid[:, min(1, len(MODELS[name].parameters) - 1)]
        table = pd.DataFrame({"model": name, "first": grid[:, 0], "second": second, "weight": weight})
        rows.append(_heavy(table.groupby(["model", "first", "second"])[["weight"]].sum().reset_index()))
    return pd.concat(rows, ignore_index=True)


def _heavy(table: pd.DataFrame) -> pd.DataFrame:
    kept = table[table["weight"] > _NEGLIGIBLE * table["weight"].max()]
    return kept.assign(weight=kept["weight"] / kept["weight"].sum()).reset_index(drop=True)
