"""The posterior and the forecast on a small field of our own, where the truth is known and sums can be written out."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mijnrisico.seismic import calibrate, forecast
from mijnrisico.seismic.magnitude import gutenberg_richter, linear_stress, thickness_split
from mijnrisico.seismic.source import loading

TRUTH = {"rmax": 0.4, "sigma": 3000.0, "theta1": 5.0, "b": 1.0}
MODELS = {"linear_stress": 0.4, "thickness_split": 0.6}
MMAX = {4.0: 0.5, 6.0: 0.5}
YEARS = (2020, 2021)


@pytest.fixture(scope="module")
def field():
    """Cells, faults and a pressure that falls, faster in the north: the real outline, an invented history."""
    cells = loading.source_cells()
    times = pd.date_range("1990-01-01", "2022-01-01", freq="YS")
    x, y = cells.grid_x[::2], cells.grid_y[::2]
    north = (y - y.min()) / np.ptp(y)
    share = np.linspace(0.0, 1.0, times.size) ** 1.3
    fall = 250.0 * share[:, None, None] * (0.3 + 0.7 * north[None, :, None]) * np.ones(x.size)
    return cells, xr.DataArray(350.0 - fall, dims=("time", "y", "x"), coords={"time": times, "y": y, "x": x})


def _member(field, rmax: float, sigma: float, times: np.ndarray):
    cells, pressure = field
    fall = loading.depletion_bar(pressure, cells, pressure.isel(time=0), times)
    return loading.member(fall, loading.faults(cells, rmax), sigma, cells)


def _simulated(field, count: int, seed: int) -> pd.DataFrame:
    """Events drawn from the model itself: cell and time by the rate, place in the cell, magnitudes by b."""
    cells, pressure = field
    times = pressure["time"].to_numpy().astype("datetime64[ns]")[5:-2]
    rng = np.random.default_rng(seed)
    density, stress = _member(field, TRUTH["rmax"], TRUTH["sigma"], times)
    relative = stress / stress[-1].max()
    rise = np.diff(np.exp(TRUTH["theta1"] * relative), axis=0) * density * cells.area_m2
    chosen = rng.choice(rise.size, size=count, p=(rise / rise.sum()).ravel())
    step, cell = np.unravel_index(chosen, rise.shape)
    part = rng.random(count)
    low, high = np.exp(TRUTH["theta1"] * relative[step, cell]), np.exp(TRUTH["theta1"] * relative[step + 1, cell])
    fraction = (np.log(low + part * (high - low)) / TRUTH["theta1"] - relative[step, cell]) / (
        relative[step + 1, cell] - relative[step, cell]
    )
    magnitude = np.round(1.45 + rng.exponential(1.0 / (TRUTH["b"] * np.log(10.0)), count) + 1e-9, 1).clip(1.5)
    events = pd.DataFrame(
        {
            "time": times[step] + fraction * (times[step + 1] - times[step]),
            "x": cells.x[cell],
            "y": cells.y[cell],
            "magnitude": magnitude,
        }
    )
    return events.sort_values("time", ignore_index=True)


def _posterior(field, events: pd.DataFrame, rmax=(0.3, 0.4, 0.5), sigma=(2000.0, 3000.0, 4000.0)) -> xr.Dataset:
    return calibrate.posterior(
        events, field[1], start="1995-01-01", until="2020-01-01", magnitude_min=1.45, rmax=rmax, sigma_m=sigma
    )


@pytest.fixture(scope="module")
def found(field):
    return _posterior(field, _simulated(field, 3000, seed=4))


def test_the_calibration_finds_the_parameters_that_made_the_events(found):
    table = calibrate.summary(found, MODELS).set_index("parameter")
    for name in ("rmax", "sigma", "theta1"):
        mean, sd = table.loc[name, ["mean", "sd"]].astype(float)
        assert abs(mean - TRUTH[name]) <= max(3.0 * sd, 0.02 * TRUTH[name]), name
    assert table.loc["theta1", "sd"] < 0.4
    assert table.loc["events_unloaded", "mean"] == 0.0
    b = table.loc["b0", "mean"] - 0.5 * table.loc["b_slope", "mean"]
    assert b == pytest.approx(TRUTH["b"], abs=0.15)


def test_the_counts_of_the_fit_equal_draws_of_rate_and_chance(found):
    weights = calibrate.mixed_weights(found, MODELS)
    annual = found["annual"].to_numpy()
    mean, (low, middle, high) = calibrate.annual_quantiles(found, annual, weights, (0.1, 0.5, 0.9))
    rng = np.random.default_rng(9)
    drawn = rng.choice(weights.size, size=40_000, p=weights.ravel())
    total = rng.gamma(found.attrs["events"], 1.0, drawn.size) / found["integral"].to_numpy().ravel()[drawn]
    for year in (0, 12, 24):
        counts = rng.poisson(total * annual.reshape(weights.size, -1)[drawn, year])
        assert counts.mean() == pytest.approx(mean[year], rel=0.01)
        for fractile, value in ((0.1, low), (0.5, middle), (0.9, high)):
            assert abs(np.quantile(counts, fractile) - value[year]) <= 1.0


def test_an_event_where_the_pressure_recovers_is_counted_and_does_not_decide(field, found):
    cells, pressure = field
    events = _simulated(field, 3000, seed=4)
    late = pressure["time"] > np.datetime64("2018-06-01")
    shut_in = (cells, pressure.where(~late, pressure.sel(time="2018-01-01").squeeze() + 2.0))
    events = events[events["time"] < "2018-01-01"].reset_index(drop=True)
    clean = calibrate.summary(_posterior(shut_in, events), MODELS).set_index("parameter")
    events.loc[len(events)] = {**events.iloc[-1].to_dict(), "time": pd.Timestamp("2019-06-01")}
    table = calibrate.summary(_posterior(shut_in, events), MODELS).set_index("parameter")
    assert clean.loc["events_unloaded", "mean"] == 0.0
    assert table.loc["events_unloaded", "mean"] == 1.0
    assert abs(table.loc["theta1", "mean"] - clean.loc["theta1", "mean"]) < 0.1


@pytest.fixture(scope="module")
def few(field):
    """A fit on few events and few members: wide posteriors, so that means over them matter."""
    return _posterior(field, _simulated(field, 60, seed=5), rmax=(0.4,), sigma=(2500.0, 3500.0))


def test_the_forecast_is_the_sum_over_members_parameters_and_b_values(field, few):
    cells, pressure = field
    made = forecast.forecast(few, pressure, pressure.isel(time=0), years=YEARS, magnitude_models=MODELS, mmax=MMAX)
    rate = made["maps"].dot(made["coefficient"], dim="map").transpose("cell", "magnitude", "year", "branch").to_numpy()
    times = np.array([f"{year}-01-01" for year in (*YEARS, YEARS[-1] + 1)], dtype="datetime64[ns]")
    chosen = np.argsort(rate[:, 0, 0, 0])[[-1, -200, -1000]]
    slow = np.zeros((chosen.size, 51, len(YEARS), 4))
    theta1, n = few["theta1"].to_numpy(), few.attrs["events"]
    linear_grid, split_grid = few["linear_grid"].to_numpy(), few["split_grid"].to_numpy()
    split_weight = calibrate.normalised(few["log_split"].to_numpy())
    split_b = thickness_split.b_value(split_grid, cells.thickness_m[chosen], few.attrs["split_width_m"])
    for index in range(few.sizes["member"]):
        density, stress = _member(field, float(few["rmax"][index]), float(few["sigma_m"][index]), times)
        relative = stress[:, chosen] / float(few["stress_scale"][index])
        exposure = (density * cells.area_m2)[chosen]
        linear_weight = calibrate.normalised(few["log_linear"].to_numpy()[index])
        for k, (name, top) in enumerate([(name, top) for name in MODELS for top in MMAX]):
            growth = calibrate.rate_weights(few, name)[index] * n / few["integral"].to_numpy()[index]
            rise = np.diff(np.exp(theta1[:, None, None] * relative), axis=1) * exposure
            counts = np.einsum("t,tyc->cy", growth, np.maximum(rise, 0.0))
            for c in range(chosen.size):
                for y in range(len(YEARS)):
                    if name == "linear_stress":
                        middle = np.array([(relative[y, c] + relative[y + 1, c]) / 2.0])
                        b, weight = linear_stress.b_value(linear_grid, middle)[:, 0], linear_weight
                    else:
                        b, weight = split_b[:, c], split_weight
                    slow[c, :, y, k] += counts[c, y] * (weight @ gutenberg_richter.bin_probability(b, top, 1.45))
    possible = slow > 1e-3 * slow[..., :1, :1].max() * 1e-6
    np.testing.assert_allclose(rate[chosen][possible], slow[possible], rtol=4e-3)
    np.testing.assert_allclose(rate[chosen].sum(axis=1), slow.sum(axis=1), rtol=1e-4)


def test_the_weights_of_the_branches_multiply_and_sum_to_one(field, few):
    made = forecast.forecast(few, field[1], field[1].isel(time=0), years=(2020,), magnitude_models=MODELS, mmax=MMAX)
    weight = made["weight"].to_series()
    assert weight.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(weight, [0.2, 0.2, 0.3, 0.3])
    total = forecast.by_magnitude(made).sum("magnitude").isel(year=0).to_numpy() @ weight.to_numpy()
    assert total == pytest.approx(forecast.mean_field(made).sum().item(), rel=1e-9)
