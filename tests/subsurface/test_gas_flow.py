"""The flow equations on small reservoirs: exact answers, properties and an obvious twin."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import root

from mijnrisico import messages
from mijnrisico.errors import InputError, NumericalError
from mijnrisico.subsurface.gas import gas_table
from mijnrisico.subsurface.gas_flow import Parameters, simulate
from mijnrisico.subsurface.gas_flow.model import field_system

LEAKY = Parameters(gas_in_place_bcm=20.0, permeability_md=100.0, fault_beta=2.0)
KEEP_FIXTURES = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)


@KEEP_FIXTURES
@given(
    shape=st.tuples(st.integers(1, 5), st.integers(2, 6)),
    seed=st.integers(0, 10**6),
    share=st.floats(0.0, 0.6),
    beta=st.floats(0.0, 8.0),
    trends=st.tuples(*[st.floats(-1.0, 1.0)] * 4),
)
def test_no_gas_is_lost(small_grid, some_wells, shape, seed, share, beta, trends):
    rng = np.random.default_rng(seed)
    grid = small_grid(np.ones(shape), rng.uniform(5, 200, shape), rng.uniform(0, 1, shape), rng.uniform(0, 1, shape))
    parameters = Parameters(100.0, 100.0, beta, *trends)
    every = [(f"{year}-{month:02d}", x, y) for year in (1990, 1991) for month in (2, 7) for x, y in [(400, 300)]]
    wells = some_wells(*[(when, share * 2.0 / len(every), x, y) for when, x, y in every])
    run = simulate(grid, parameters, wells, start="1990-01-01", until="1993-01-01")
    assert np.abs(run["mass_balance_error"]).max() < 1e-6
    assert run["produced_bcm"].values[-1] == pytest.approx(2.0 * share)


def test_one_cell_falls_on_the_straight_line_of_p_over_z(small_grid, some_wells):
    wells = some_wells(*[(f"19{60 + i}-05", 1.5, 500, 500) for i in range(10)])
    run = simulate(small_grid([[1]]), LEAKY, wells, start="1960-01-01", until="1971-01-01")
    table = gas_table()
    share = table.p_over_z(run["pressure"].values[:, 0, 0]) / table.p_over_z(347.0)
    np.testing.assert_allclose(share, 1.0 - run["produced_bcm"] / 20.0, rtol=1e-10)


def test_pressure_evens_out_to_that_of_one_tank_after_closure(small_grid, some_wells):
    wells = some_wells(("1960-01", 6.0, 500, 500))
    run = simulate(small_grid(np.ones((2, 3))), LEAKY, wells, start="1960-01-01", until="2060-01-01")
    tank = simulate(small_grid([[1]]), LEAKY, wells, start="1960-01-01", until="1961-01-01")
    assert np.ptp(run["pressure"].values[1]) > 10.0
    np.testing.assert_allclose(run["pressure"].values[-1], tank["pressure"].values[-1, 0, 0], atol=1e-3)


def test_history_and_forecast_apart_equal_one_run(small_grid, some_wells):
    grid = small_grid(np.ones((4, 5)))
    wells = some_wells(*[(f"{1970 + i}-03", 0.7, 900 * (i % 5), 800 * (i % 4)) for i in range(10)])
    whole = simulate(grid, LEAKY, wells, start="1970-01-01", until="1985-01-01")
    history = simulate(grid, LEAKY, wells, start="1970-01-01", until="1976-01-01")
    forecast = simulate(grid, LEAKY, wells, until="1985-01-01", initial=history.isel(time=-1))
    for name in ("pressure", "produced_bcm", "mass_balance_error"):
        joined = np.concatenate([history[name].values, forecast[name].values[1:]])
        np.testing.assert_allclose(joined, whole[name].values, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(np.concatenate([history["time"], forecast["time"][1:]]), whole["time"])


def test_mirrored_field_gives_mirrored_pressure(small_grid, some_wells):
    rng = np.random.default_rng(3)
    column = rng.uniform(20, 200, (4, 6))
    east = simulate(
        small_grid(column > 0, column), LEAKY, some_wells(("1980-02", 3.0, 500, 1500)), "1980-01-01", "1982-01-01"
    )
    west = simulate(
        small_grid(column > 0, column[:, ::-1]),
        LEAKY,
        some_wells(("1980-02", 3.0, 5500, 1500)),
        "1980-01-01",
        "1982-01-01",
    )
    np.testing.assert_allclose(east["pressure"].values, west["pressure"].values[:, :, ::-1], atol=1e-8)


def test_order_of_wells_does_not_matter(small_grid, some_wells):
    wells = some_wells(("1980-02", 1.0, 500, 500), ("1980-02", 2.0, 2500, 500), ("1980-08", 0.5, 1500, 500))
    grid = small_grid(np.ones((1, 3)))
    one = simulate(grid, LEAKY, wells, "1980-01-01", "1982-01-01")
    other = simulate(grid, LEAKY, wells.iloc[::-1], "1980-01-01", "1982-01-01")
    np.testing.assert_allclose(one["pressure"], other["pressure"], rtol=1e-12)


def test_sealing_fault_keeps_the_other_side_at_its_pressure(small_grid, some_wells):
    grid = small_grid(np.ones((1, 4)), fault_x=np.array([[0.0, 50.0, 0.0, 0.0]]))
    run = simulate(grid, LEAKY, some_wells(("1980-02", 3.0, 500, 500)), "1980-01-01", "1985-01-01")
    np.testing.assert_allclose(run["pressure"].values[-1, 0, 2:], 347.0, atol=1e-6)
    assert run["pressure"].values[-1, 0, 1] < 280.0


def test_march_equals_an_obvious_solver_cell_by_cell(small_grid, some_wells):
    rng = np.random.default_rng(11)
    active = np.array([[1, 1, 0], [1, 1, 1], [0, 1, 1]], dtype=bool)
    grid = small_grid(active, rng.uniform(50, 150, (3, 3)), rng.uniform(0, 0.5, (3, 3)), rng.uniform(0, 0.5, (3, 3)))
    wells = some_wells(("1980-02", 1.0, 500, 500), ("1980-05", 2.0, 2500, 2500))
    run = simulate(grid, LEAKY, wells, "1980-01-01", "1981-01-01")

    system, table = field_system(grid, LEAKY), gas_table()
    offtake = np.zeros((4, 7))
    offtake[0, 0], offtake[1, 6] = 1e9, 2e9
    p = np.full(7, 347.0)
    for quarter, days in enumerate((91, 91, 92, 92)):

        def imbalance(new: np.ndarray, old: np.ndarray = p, quarter: int = quarter, days: int = days) -> list[float]:
            rows = []
            for cell in range(7):
                inflow = 0.0
                for a, b, carried in zip(system.first, system.second, system.transmissibility, strict=True):
                    if cell in (a, b):
                        other = b if cell == a else a
                        inflow += carried * float(table.pseudo_pressure(new[other]) - table.pseudo_pressure(new[cell]))
                lost = float(table.p_over_z(old[cell]) - table.p_over_z(new[cell])) / float(table.p_over_z(347.0))
                rows.append(system.in_place_nm3[cell] * lost + 86400 * days * inflow - offtake[quarter, cell])
            return [row / 1e9 for row in rows]

        p = root(imbalance, p, tol=1e-13).x
        np.testing.assert_allclose(run["pressure"].values[quarter + 1][active], p, rtol=1e-9)


def test_a_well_that_takes_more_than_there_is_stops_the_run(small_grid, some_wells):
    with pytest.raises(NumericalError) as caught:
        simulate(small_grid([[1, 1]]), LEAKY, some_wells(("1980-02", 21.0, 500, 500)), "1980-01-01", "1981-01-01")
    assert caught.value.code == "E602"
    problem = caught.value.problems[0]
    said = messages.describe(problem.code, problem.where, problem.params).what
    assert "from 1980-01-01" in said
    assert "x 500, y 500" in said


@pytest.mark.parametrize(("start", "until"), [("1980-01-15", "1981-01-01"), ("1981-01-01", "1980-01-01")])
def test_period_must_start_and_end_with_a_month_in_order(small_grid, some_wells, start, until):
    with pytest.raises(InputError) as caught:
        simulate(small_grid([[1, 1]]), LEAKY, some_wells(("1980-02", 1.0, 500, 500)), start, until)
    assert caught.value.code == "E503"


def test_initial_of_another_grid_is_refused(small_grid, some_wells):
    wells = some_wells(("1980-02", 1.0, 500, 500))
    history = simulate(small_grid(np.ones((1, 2))), LEAKY, wells, "1980-01-01", "1981-01-01")
    with pytest.raises(InputError):
        simulate(small_grid(np.ones((1, 3))), LEAKY, wells, until="1982-01-01", initial=history.isel(time=-1))


def test_volume_outside_the_period_is_counted(small_grid, some_wells):
    wells = some_wells(("1979-12", 1.0, 500, 500), ("1980-02", 2.0, 500, 500), ("1985-01", 4.0, 500, 500))
    run = simulate(small_grid([[1, 1]]), LEAKY, wells, "1980-01-01", "1981-01-01")
    assert run.attrs["offtake_outside_period_bcm"] == pytest.approx(5.0)


def test_progress_rises_to_one(small_grid, some_wells):
    seen: list[float] = []
    simulate(
        small_grid([[1, 1]]),
        LEAKY,
        some_wells(("1980-02", 1.0, 500, 500)),
        "1980-01-01",
        "1990-01-01",
        progress=seen.append,
    )
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
