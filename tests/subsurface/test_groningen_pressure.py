"""The gas model on the real field: grid, wells, fit to the measurements, calibration."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mijnrisico import data
from mijnrisico.errors import InputError
from mijnrisico.subsurface import gas_flow
from mijnrisico.subsurface.gas_flow.grid import fault_sums


@pytest.fixture(scope="module")
def wells() -> pd.DataFrame:
    return gas_flow.monthly_volumes(data.table("production_by_cluster"))


@pytest.fixture(scope="module")
def history(wells) -> xr.Dataset:
    return gas_flow.simulate(gas_flow.reservoir_grid(1000), gas_flow.CALIBRATED[1000], wells)


def rms(run: xr.Dataset, since: str = "1900-01-01") -> tuple[float, int]:
    fit = gas_flow.fit_to_measurements(run["pressure"], data.table("static_pressures"))
    residual = fit["residual_bar"][fit["date"] >= since]
    return float(np.sqrt(np.mean(residual**2))), len(residual)


def test_all_production_leaves_the_field(history):
    assert float(history["produced_bcm"][-1]) == pytest.approx(2249.4, abs=0.1)
    assert history.attrs["offtake_outside_period_bcm"] == 0.0
    assert np.abs(history["mass_balance_error"]).max() < 1e-6


def test_measured_pressures_are_met_within_3_bar_at_1_km(history):
    misfit, count = rms(history)
    assert count == 1936
    assert misfit <= 3.0


def test_pressures_after_2000_are_foretold_within_3_6_bar(wells):
    grid = gas_flow.reservoir_grid(1000)
    run = gas_flow.simulate(grid, gas_flow.CALIBRATED_BEFORE_2000[1000], wells, until="2019-01-01")
    misfit, count = rms(run, since="2000-01-01")
    assert count == 193
    assert misfit <= 3.6


@pytest.mark.slow
def test_measured_pressures_are_met_within_3_2_bar_at_500_m(wells):
    run = gas_flow.simulate(gas_flow.reservoir_grid(500), gas_flow.CALIBRATED[500], wells, until="2019-01-01")
    assert rms(run)[0] <= 3.2


def test_closed_field_evens_out_and_keeps_its_gas(history):
    closed = pd.DataFrame({"cluster": [], "month": [], "volume_nm3": []})
    later = gas_flow.simulate(
        gas_flow.reservoir_grid(1000),
        gas_flow.CALIBRATED[1000],
        closed,
        until="2036-01-01",
        initial=history.isel(time=-1),
    )
    now, then = (np.nanpercentile(later["pressure"].values[k], [2, 98]) for k in (0, -1))
    assert now[0] < then[0] < then[1] < now[1]
    assert float(later["produced_bcm"][-1]) == float(history["produced_bcm"][-1])


def test_grid_counts_what_it_leaves_out():
    grid = gas_flow.reservoir_grid(1000)
    assert int(grid["active"].sum()) == grid.attrs["active_cells"] == 981
    assert grid.attrs["separated_cells_dropped"] == 2
    assert 0.0 < grid.attrs["gas_volume_share_dropped"] < 0.005


def test_cell_size_must_be_a_multiple_of_the_data():
    with pytest.raises(InputError) as caught:
        gas_flow.reservoir_grid(750)
    assert caught.value.code == "E503"


def fault_line(x, y, throw=40.0, thickness=200.0, length=100.0) -> xr.Dataset:
    count = len(x)
    columns = {"x": x, "y": y, "throw": [throw] * count, "thickness": [thickness] * count, "length": [length] * count}
    columns |= {"fault_id": [1] * count, "part": [0] * count}
    return xr.Dataset({name: ("point", np.asarray(values)) for name, values in columns.items()})


def test_fault_running_north_seals_the_faces_to_the_east_only():
    centres = 500.0 + 1000.0 * np.arange(4)
    points = fault_line(x=[1100.0] * 5, y=[300.0, 400.0, 500.0, 600.0, 700.0])
    east, north, off = fault_sums(points, centres, centres)
    assert east[0, 0] == pytest.approx(5 * 40.0 / 200.0 * 100.0 / 1000.0)
    assert east.sum() == pytest.approx(east[0, 0])
    assert north.sum() == pytest.approx(0.0)
    assert off == 0


def test_slanting_fault_splits_over_both_faces_and_its_throw_ratio_is_capped():
    centres = 500.0 + 1000.0 * np.arange(4)
    points = fault_line(x=[1100.0, 1200.0], y=[1100.0, 1200.0], throw=500.0, thickness=10.0)
    east, north, _ = fault_sums(points, centres, centres)
    assert east.sum() == pytest.approx(2 * 3.0 * 0.1 / np.sqrt(2))
    assert north.sum() == pytest.approx(east.sum())


def test_volume_of_the_field_is_split_by_recent_shares():
    production = data.table("production_by_cluster")
    scenario = pd.DataFrame(
        {
            "cluster": ["field", "field", "BIR"],
            "month": ["2025-01", "2025-02", "2025-02"],
            "volume_nm3": [1e9, 2e9, 5e8],
        }
    )
    spread = gas_flow.volumes(production, scenario)
    by_month = spread.groupby("month")["volume_nm3"].sum()
    assert by_month.to_dict() == pytest.approx({"2025-01": 1e9, "2025-02": 2.5e9})
    assert gas_flow.recent_shares(production)["share"].sum() == pytest.approx(1.0)
    years = production["month"].str[:4].astype(int)
    recent = production[years.between(2018, 2022)]
    bierum = recent.loc[recent["cluster"] == "BIR", "volume_nm3"].sum() / recent["volume_nm3"].sum()
    first = spread[(spread["cluster"] == "BIR") & (spread["month"] == "2025-01")]["volume_nm3"].sum()
    assert first == pytest.approx(1e9 * bierum)


def test_cluster_without_a_place_is_refused():
    with pytest.raises(InputError) as caught:
        gas_flow.monthly_volumes(pd.DataFrame({"cluster": ["XYZ"], "month": ["2025-01"], "volume_nm3": [1.0]}))
    assert caught.value.problems[0].params["got"] == "XYZ"


def test_calibration_finds_the_parameters_that_made_the_pressures(wells):
    truth = gas_flow.Parameters(2900.0, 160.0, 3.0, 0.1, -0.2, -0.3, 0.2)
    grid = gas_flow.reservoir_grid(2000)
    run = gas_flow.simulate(grid, truth, wells, until="2019-01-01")
    measured = data.table("static_pressures")
    fit = gas_flow.fit_to_measurements(run["pressure"], measured)
    usable = measured[(measured["flag"] == 0) & measured["x_rd"].notna()]
    made = usable.assign(pressure_bara=fit["modelled_bar"].to_numpy())
    guess = gas_flow.Parameters(2950.0, 140.0, 2.5)
    found, diagnostics = gas_flow.calibrate(2000, static_pressures=made, first_guess=guess)
    assert diagnostics["rms_bar"] < 1e-3
    for name in gas_flow.Parameters.__dataclass_fields__:
        assert getattr(found, name) == pytest.approx(getattr(truth, name), rel=1e-3, abs=1e-3)
