"""Posterior of the source model on a catalogue: stress members, rate and magnitudes.

Grid over (`rmax`, `sigma`, `theta1`, b-value parameters) with priors flat in each; `theta0` has a flat prior too and is
integrated exactly: given the rest, exp(theta0) follows a gamma law with shape n (events) and rate I, the integral of
`extreme_threshold.rises`. All events count as directly induced: aftershocks are not told apart here.

A purely elastic rate is zero where the pressure no longer falls, yet since 2020 a few events happened there: the model
holds them impossible. So that they do not decide the posterior, the loading rate at an event is at least
`LOWEST_LOADING` (the public chain clips at 1e-50 and leans on its aftershock term). This is a device, not a model: it
adds nothing to the integral or the forecast, and the result is a likelihood only of the other events.
`events_unloaded` counts them. A bound of 1e-50, 1e-4 or 1e-3 gives the same theta1 within 0.03.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import nbdtr

from mijnrisico.errors import InputError, Problem
from mijnrisico.seismic import catalogue
from mijnrisico.seismic.magnitude import linear_stress, thickness_split
from mijnrisico.seismic.source import extreme_threshold, loading
from mijnrisico.units import DAYS_PER_YEAR

THETA1 = np.linspace(1.0, 13.0, 49)
LOWEST_LOADING = 1e-3  # per year, of the largest stress in the field


def posterior(
    events: pd.DataFrame,
    pressure: xr.DataArray,
    *,
    start: str,
    until: str,
    magnitude_min: float,
    rmax: Sequence[float],
    sigma_m: Sequence[float],
    progress: Callable[[float], None] = lambda _: None,
) -> xr.Dataset:
    """Posterior over members (rmax, sigma), theta1 and the b-value parameters, from events in [start, until).

    `events` from `magnitude_min` as `catalogue.select` gives them; `pressure` (time, y, x) in bar on the flow grid
    from the start of production. Stress is expressed relative to its largest value over the field at `until` (the
    named scale `stress_scale`), so theta1 is the growth of ln rate from an unloaded place to the most loaded one.
    Raises `InputError` E408 for fewer than 20 events.
    """
    if len(events) < catalogue.FEWEST_EVENTS:
        raise InputError(Problem("E408", "source", {"n": len(events), "k": catalogue.FEWEST_EVENTS}))
    cells = loading.source_cells()
    times = _year_starts(pressure, start, until)
    fall = loading.depletion_bar(pressure, cells, pressure.isel(time=0), times)
    step_years = np.diff(times) / np.timedelta64(1, "D") / DAYS_PER_YEAR
    step, fraction = _steps(events["time"].to_numpy(), times)
    at = cells.nearest(events["x"].to_numpy(), events["y"].to_numpy())
    magnitude = events["magnitude"].to_numpy()
    years = pd.DatetimeIndex(times[:-1]).year.to_numpy()

    linear_grid, n = linear_stress.prior_grid(), len(events)
    rows: dict[str, list] = {name: [] for name in _PER_MEMBER}
    for i, ratio in enumerate(rmax):
        pillars = loading.faults(cells, ratio)
        for j, sigma in enumerate(sigma_m):
            density, stress = loading.member(fall, pillars, sigma, cells)
            scale = float(stress[-1].max())
            relative = stress / scale
            expected = extreme_threshold.rises(relative, density * cells.area_m2, THETA1)
            at_event, rate = extreme_threshold.at_events(relative, step_years, step, fraction, at)
            integral = expected.sum(axis=0)
            rows["rmax"].append(ratio)
            rows["sigma_m"].append(sigma)
            rows["stress_scale"].append(scale)
            rows["integral"].append(integral)
            rows["log_rate"].append(
                np.log(density[at]).sum()
                + np.log(np.maximum(rate, LOWEST_LOADING)).sum()
                + n * np.log(THETA1)
                + THETA1 * at_event.sum()
                - n * np.log(integral)
            )
            rows["events_unloaded"].append(np.count_nonzero(rate < LOWEST_LOADING))
            rows["annual"].append(expected.T)
            rows["log_linear"].append(linear_stress.log_likelihood(linear_grid, at_event, magnitude, magnitude_min))
            progress((i * len(sigma_m) + j + 1) / (len(rmax) * len(sigma_m)))

    split_grid = thickness_split.prior_grid()
    thickness = cells.thickness_m[at]
    width = thickness_split.width(thickness)
    log_split = thickness_split.log_likelihood(split_grid, thickness, magnitude, magnitude_min, width)
    dims = {
        "integral": ("member", "theta1"),
        "log_rate": ("member", "theta1"),
        "annual": ("member", "theta1", "past_year"),
        "log_linear": ("member", "linear"),
    }
    variables = {name: (dims.get(name, ("member",)), np.array(values)) for name, values in rows.items()}
    return xr.Dataset(
        variables
        | {
            "log_split": ("split", log_split),
            "linear_grid": (("linear", "linear_parameter"), linear_grid),
            "split_grid": (("split", "split_parameter"), split_grid),
        },
        coords={
            "theta1": THETA1,
            "past_year": years,
            "linear_parameter": list(linear_stress.PARAMETERS),
            "split_parameter": list(thickness_split.PARAMETERS),
        },
        attrs={
            "events": n,
            "start": start,
            "until": until,
            "magnitude_min": magnitude_min,
            "split_width_m": width,
        },
    )


_PER_MEMBER = (
    "rmax",
    "sigma_m",
    "stress_scale",
    "events_unloaded",
    "integral",
    "log_rate",
    "annual",
    "log_linear",
)


def _year_starts(pressure: xr.DataArray, start: str, until: str) -> np.ndarray:
    """`start`, every 1 January between, and `until`: within a year the loading is taken as even.

    Wells take more gas in winter than in summer; the faults, kilometres away, see little of that, and the public
    chain steps by years too.
    """
    first, last = np.datetime64(start, "ns"), np.datetime64(until, "ns")
    known = pressure["time"].to_numpy().astype("datetime64[ns]")
    if first < known[0] or last > known[-1]:
        raise InputError(
            Problem(
                "E303", "source", {"got": f"{start} - {until}", "start": str(known[0])[:10], "end": str(known[-1])[:10]}
            )
        )
    between = [np.datetime64(f"{year}-01-01", "ns") for year in range(int(start[:4]), int(until[:4]) + 1)]
    return np.array([first, *(day for day in between if first < day < last), last])


def _steps(moments: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Step of each moment and the fraction of that step gone by."""
    step = np.clip(np.searchsorted(times, moments, side="right") - 1, 0, times.size - 2)
    return step, (moments - times[step]) / (times[step + 1] - times[step])


def rate_weights(fitted: xr.Dataset, magnitude_model: str) -> np.ndarray:
    """Posterior weight of each (member, theta1) in one magnitude branch; sums to one.

    In the stress-dependent branch the magnitudes inform the member too; in the thickness split they do not.
    """
    log_weight = fitted["log_rate"].to_numpy().copy()
    if magnitude_model == linear_stress.NAME:
        log_weight += _log_mean_exp(fitted["log_linear"].to_numpy(), axis=1)[:, None]
    return normalised(log_weight)


def expected_unloaded(fitted: xr.Dataset) -> float:
    """Posterior mean of the number of events that the elastic model holds next to impossible."""
    member = normalised(fitted["log_rate"].to_numpy()).sum(axis=1)
    return float(member @ fitted["events_unloaded"].to_numpy())


def mixed_weights(fitted: xr.Dataset, magnitude_models: dict[str, float]) -> np.ndarray:
    """Posterior weight of each (member, theta1) with the magnitude branches mixed by their weights."""
    return np.sum([share * rate_weights(fitted, name) for name, share in magnitude_models.items()], axis=0)


def normalised(log_weight: np.ndarray) -> np.ndarray:
    """Weights that sum to one over the whole array, from unnormalised logs."""
    weight = np.exp(log_weight - log_weight.max())
    return weight / weight.sum()


def _log_mean_exp(log_value: np.ndarray, axis: int) -> np.ndarray:
    top = log_value.max(axis=axis, keepdims=True)
    return np.log(np.exp(log_value - top).mean(axis=axis)) + top.squeeze(axis)


def annual_quantiles(
    fitted: xr.Dataset, annual: np.ndarray, weights: np.ndarray, probabilities: Sequence[float]
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and quantiles of the number of events per year, parameters and counting together.

    `annual` (member, theta1, year) per unit exp(theta0), `weights` (member, theta1). Given member and theta1 the count
    is negative binomial: Poisson with a gamma(n, I) rate. Returns (year,) and (probability, year).
    """
    n = float(fitted.attrs["events"])
    keep = weights > 1e-7 * weights.max()
    share = weights[keep] / weights[keep].sum()
    relative = annual[keep] / fitted["integral"].to_numpy()[keep][:, None]
    mean = n * share @ relative
    counts = np.arange(int(mean.max() + 12.0 * np.sqrt(mean.max() + 1.0)) + 10)
    below = np.stack(
        [share @ nbdtr(counts[None], n, 1.0 / (1.0 + relative[:, [year]])) for year in range(relative.shape[1])]
    )
    return mean, np.stack([np.argmax(below >= p, axis=1) for p in probabilities]).astype(float)


def summary(fitted: xr.Dataset, magnitude_models: dict[str, float]) -> pd.DataFrame:
    """Posterior mean and standard deviation of every parameter; the branches of `magnitude_models` mixed."""
    weights = mixed_weights(fitted, magnitude_models)
    member, theta1 = weights.sum(axis=1), weights.sum(axis=0)
    n, log_integral = fitted.attrs["events"], np.log(fitted["integral"].to_numpy())
    theta0 = np.log(n) - log_integral
    rows = [
        ("rmax", "-", *_moments(fitted["rmax"].to_numpy(), member)),
        ("sigma", "m", *_moments(fitted["sigma_m"].to_numpy(), member)),
        ("theta0", "ln(events per m2 of fault)", *_moments(theta0, weights, 1.0 / n)),
        ("theta1", "-", *_moments(THETA1, theta1)),
        ("events_unloaded", "events", *_moments(fitted["events_unloaded"].to_numpy(), member)),
    ]
    linear = (
        normalised(fitted["log_linear"].to_numpy() + np.log(_rate_per_member(fitted))[:, None]).sum(axis=0)
    )  # fmt: skip
    split = normalised(fitted["log_split"].to_numpy())
    for names, grid, weight in (
        (linear_stress.PARAMETERS, fitted["linear_grid"].to_numpy(), linear),
        (thickness_split.PARAMETERS, fitted["split_grid"].to_numpy(), split),
    ):
        rows += [
            (name, "m" if name.endswith("_m") else "-", *_moments(grid[:, i], weight)) for i, name in enumerate(names)
        ]
    return pd.DataFrame(rows, columns=["parameter", "unit", "mean", "sd"])


def _rate_per_member(fitted: xr.Dataset) -> np.ndarray:
    return np.maximum(normalised(fitted["log_rate"].to_numpy()).sum(axis=1), 1e-300)


def _moments(values: np.ndarray, weight: np.ndarray, extra_variance: float = 0.0) -> tuple[float, float]:
    mean = float((values * weight).sum())
    if np.ptp(values[weight > 0.0]) == 0.0:
        return float(values[weight > 0.0].flat[0]), float(np.sqrt(extra_variance))
    return mean, float(np.sqrt(((values - mean) ** 2 * weight).sum() + extra_variance))
