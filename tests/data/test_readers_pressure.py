"""Pressure grids of a user: CSV and NetCDF give the same grid in bar; what is wrong is said before it computes."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mijnrisico import messages
from mijnrisico.data.readers import crs, pressure
from mijnrisico.data.readers.pressure import Read

X, Y = np.arange(230_000.0, 271_000.0, 10_000.0), np.arange(570_000.0, 611_000.0, 10_000.0)
TIMES = pd.to_datetime(["1956-01-01", "2000-01-01", "2040-01-01"]).as_unit("ns")
RD = "EPSG:28992"


def grid() -> xr.DataArray:
    """347 bar before production and a fall that differs from place to place."""
    fall = np.array([0.0, 200.0, 270.0])[:, None, None] * (1.0 + (X[None, None] - X[0]) / 1e6) * np.ones((1, Y.size, 1))
    return xr.DataArray(347.0 - fall, dims=("time", "y", "x"), coords={"time": TIMES, "y": Y, "x": X}, name="pressure")


def table(array: xr.DataArray) -> str:
    frame = array.to_dataframe("pressure").reset_index()[["x", "y", "time", "pressure"]]
    return frame.assign(time=frame["time"].dt.strftime("%Y-%m-%d")).to_csv(index=False)


def from_csv(folder: Path, content: str | bytes, unit: str = "bar", crs: str = RD, **settings: object) -> Read:
    path = folder / "pressure.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return pressure.read(path, unit=unit, crs=crs, **settings)  # pyright: ignore[reportArgumentType]


def from_netcdf(folder: Path, held: xr.Dataset, crs: str = RD, **settings: object) -> Read:
    path = folder / "pressure.nc"
    held.to_netcdf(path, engine="h5netcdf")
    return pressure.read(path, unit="bar", crs=crs, **settings)  # pyright: ignore[reportArgumentType]


def codes(found: Read) -> list[str]:
    return [problem.code for problem in found.problems]


def test_a_table_and_a_netcdf_give_the_same_grid(tmp_path: Path):
    one, other = from_csv(tmp_path, table(grid())), from_netcdf(tmp_path, grid().to_dataset())
    assert one.problems == other.problems == ()
    assert one.pressure is not None
    assert other.pressure is not None
    xr.testing.assert_allclose(one.pressure, other.pressure)
    np.testing.assert_allclose(one.pressure.to_numpy(), grid().to_numpy())


def test_a_netcdf_may_state_its_own_system(tmp_path: Path):
    assert codes(from_netcdf(tmp_path, grid().to_dataset(), crs="")) == ["E102"]
    held = grid().to_dataset().assign(crs=((), 0, {"epsg_code": RD}))
    held["pressure"].attrs["grid_mapping"] = "crs"
    assert codes(from_netcdf(tmp_path, held, crs="")) == []


@pytest.mark.parametrize(("unit", "bar"), pressure.BAR.items())
def test_every_unit_is_converted_to_bar(tmp_path: Path, unit: str, bar: float):
    found = from_csv(tmp_path, table(grid() / bar), unit)
    assert found.pressure is not None, found.problems
    np.testing.assert_allclose(found.pressure.to_numpy(), grid().to_numpy(), rtol=1e-6)


@pytest.mark.parametrize("unit", pressure.BAR)
@pytest.mark.parametrize("stated", pressure.BAR)
def test_another_unit_than_stated_is_named(tmp_path: Path, unit: str, stated: str):
    found = from_csv(tmp_path, table(grid() / pressure.BAR[unit]), stated)
    if unit == stated:
        assert codes(found) == []
        return
    assert codes(found) == ["E201"]
    assert found.problems[0].params["guess"] == unit


def test_values_that_fit_two_units_are_not_guessed(tmp_path: Path):
    late = grid().isel(time=[1, 2]) * 0.0 + 35.0
    found = from_csv(tmp_path, table(late), "psi")
    assert codes(found) == ["E202"]
    assert found.problems[0].params["fits"] == "bar, MPa"


def test_dutch_numbers_are_read_and_said(tmp_path: Path):
    dutch = table(grid()).replace(",", ";").replace(".", ",")
    found = from_csv(tmp_path, dutch)
    assert found.pressure is not None, found.problems
    assert set(codes(found)) <= {"W208"}


def test_a_grid_in_another_system_is_brought_to_rd(tmp_path: Path):
    east, north = np.arange(730_000.0, 780_001.0, 2000.0), np.arange(5_890_000.0, 5_945_001.0, 2000.0)
    values = 347.0 - (east[None, None] - 730_000.0) / 1000.0 * np.array([0.0, 1.0])[:, None, None] * np.ones((1, 28, 1))
    utm = xr.DataArray(
        values, dims=("time", "y", "x"), coords={"time": TIMES[:2], "y": north, "x": east}, name="pressure"
    )
    found = from_netcdf(tmp_path, utm.to_dataset(), crs="EPSG:25831")
    assert found.pressure is not None, found.problems
    x, y = crs.to_rd(755_000.0, 5_918_000.0, "EPSG:25831")
    there = found.pressure.isel(time=1).interp(x=float(x), y=float(y))
    assert float(there) == pytest.approx(347.0 - 25.0, abs=0.01)


def fine() -> xr.DataArray:
    """1 km cells with a pressure inside a slanting outline, and a slope that bilinear weights follow exactly."""
    x, y = np.arange(238_500.0, 262_000.0, 1000.0), np.arange(578_500.0, 607_000.0, 1000.0)
    inside = np.abs(x[None] - 250_000.0 + 0.3 * (y[:, None] - 592_000.0)) < 7000.0
    values = 347.0 - np.array([0.0, 200.0])[:, None, None] * (1.0 + (x[None, None] - x[0]) / 1e5) * np.ones((y.size, 1))
    times = TIMES[:2]
    whole = xr.DataArray(values, dims=("time", "y", "x"), coords={"time": times, "y": y, "x": x}, name="pressure")
    return whole.where(xr.DataArray(inside, dims=("y", "x"), coords={"y": y, "x": x}))


def test_a_system_that_is_only_rd_moved_gives_back_every_value(tmp_path: Path):
    own = fine()
    moved = own.assign_coords(x=own["x"] - 155_000.0, y=own["y"] - 463_000.0)  # RD as it was before 1968
    found = from_netcdf(tmp_path, moved.to_dataset(), crs="EPSG:28991")
    assert found.pressure is not None, found.problems
    assert int(found.pressure.notnull().sum()) == int(own.notnull().sum())
    back = found.pressure.assign_coords(x=found.pressure["x"].round(2), y=found.pressure["y"].round(2))
    np.testing.assert_allclose(back.sel(x=own["x"], y=own["y"]).to_numpy(), own.to_numpy(), atol=1e-3)


def test_rd_with_a_height_system_is_rd(tmp_path: Path):
    found = from_netcdf(tmp_path, fine().to_dataset(), crs="EPSG:7415")
    assert found.pressure is not None, found.problems
    np.testing.assert_array_equal(found.pressure.to_numpy(), fine().to_numpy())
    np.testing.assert_array_equal(found.pressure["x"], fine()["x"])


@pytest.mark.parametrize(("system", "dx", "dy"), [("EPSG:4258", 0.015, 0.009), ("EPSG:4326", 0.015, 0.009)])
def test_any_system_in_degrees_is_brought_to_rd(tmp_path: Path, system: str, dx: float, dy: float):
    lon, lat = np.arange(6.5, 7.0, dx), np.arange(53.1, 53.5, dy)
    values = 347.0 - np.array([0.0, 1.0])[:, None, None] * (lon[None, None] - 6.5) * 100.0 * np.ones((lat.size, 1))
    held = xr.DataArray(values, dims=("time", "y", "x"), coords={"time": TIMES[:2], "y": lat, "x": lon})
    found = from_netcdf(tmp_path, held.to_dataset(name="pressure"), crs=system)
    assert found.pressure is not None, found.problems
    x, y = crs.to_rd(6.75, 53.3, system)
    there = float(found.pressure.isel(time=1).interp(x=float(x), y=float(y)))
    assert there == pytest.approx(347.0 - 25.0, abs=0.05)
    steps = [float(found.pressure[name][1] - found.pressure[name][0]) for name in ("x", "y")]
    assert steps == pytest.approx([1000.0, 1000.0], rel=0.02)  # 0.015 and 0.009 degrees at this latitude


def test_a_rim_is_neither_lost_nor_smoothed_on_the_way_to_rd(tmp_path: Path):
    east, north = np.arange(730_000.0, 760_001.0, 1000.0), np.arange(5_900_000.0, 5_930_001.0, 1000.0)
    inside = np.hypot(east[None] - 745_000.0, north[:, None] - 5_915_000.0) < 10_000.0
    slope = (east[None, None] - 730_000.0) / 1000.0 * np.array([0.0, 1.0])[:, None, None] * np.ones((north.size, 1))
    held = xr.DataArray(347.0 - slope, dims=("time", "y", "x"), coords={"time": TIMES[:2], "y": north, "x": east})
    utm = held.where(xr.DataArray(inside, dims=("y", "x"))).to_dataset(name="pressure")
    found = from_netcdf(tmp_path, utm, crs="EPSG:25831")
    assert found.pressure is not None, found.problems
    count = int(found.pressure.isel(time=1).notnull().sum())
    assert count == pytest.approx(int(inside.sum()), rel=0.02)
    nodes = np.meshgrid(found.pressure["x"], found.pressure["y"])
    back = crs.from_rd(*nodes, "EPSG:25831")
    off = found.pressure.isel(time=1).to_numpy() - (347.0 - (back[0] - 730_000.0) / 1000.0)
    assert np.nanmax(np.abs(off)) < 1.0  # within a cell of the slope at the rim, exact inside
    assert np.nanmedian(np.abs(off)) < 1e-3


def test_a_grid_that_would_become_too_large_is_refused(tmp_path: Path):
    lon, lat = np.arange(5.0, 8.0, 0.01), np.linspace(53.3, 53.30001, 3)
    values = np.full((2, lat.size, lon.size), 347.0)
    held = xr.DataArray(values, dims=("time", "y", "x"), coords={"time": TIMES[:2], "y": lat, "x": lon})
    assert codes(from_netcdf(tmp_path, held.to_dataset(name="pressure"), crs="EPSG:4258")) == ["E110"]


@pytest.mark.parametrize("kind", ["csv", "netcdf"])
def test_zero_at_every_moment_is_no_pressure_and_said(tmp_path: Path, kind: str):
    zero = (grid()["x"] == X[0]) & (grid()["y"] == Y[0])
    held = grid().where(~zero, 0.0)
    found = from_csv(tmp_path, table(held)) if kind == "csv" else from_netcdf(tmp_path, held.to_dataset())
    assert [(problem.code, problem.params["n"]) for problem in found.problems] == [("W210", 1)]
    assert found.pressure is not None
    assert bool(found.pressure.isel(x=0, y=0).isnull().all())
    assert int(found.pressure.isnull().sum()) == TIMES.size


def test_zero_beside_empty_moments_is_no_pressure_either(tmp_path: Path):
    zero = (grid()["x"] == X[0]) & (grid()["y"] == Y[0])
    held = grid().where(~zero, 0.0).where(~zero | (grid()["time"] != grid()["time"][1]))
    assert codes(from_netcdf(tmp_path, held.to_dataset())) == ["W210"]


def test_a_grid_of_zeros_only_holds_no_pressures(tmp_path: Path):
    assert codes(from_netcdf(tmp_path, (grid() * 0.0).to_dataset())) == ["W210", "E401"]


def test_a_field_in_a_wide_box_of_zeros_is_no_rotated_grid(tmp_path: Path):
    x, y = np.arange(200_000.0, 300_000.0, 5000.0), np.arange(550_000.0, 625_000.0, 5000.0)
    wide = grid().isel(x=[1, 2, 3], y=[1, 2, 3]).reindex(x=x, y=y, fill_value=0.0)
    found = from_netcdf(tmp_path, wide.to_dataset())
    assert [(problem.code, problem.params["n"]) for problem in found.problems] == [("W210", x.size * y.size - 9)]


@pytest.mark.parametrize("unit", pressure.BAR)
@pytest.mark.parametrize("bar", [0.0, 0.5, 1.0])
def test_a_pressure_of_hardly_anything_is_refused(tmp_path: Path, unit: str, bar: float):
    there = (grid()["x"] == X[1]) & (grid()["y"] == Y[1]) & (grid()["time"] == grid()["time"][2])
    found = from_csv(tmp_path, table(grid().where(~there, bar) / pressure.BAR[unit]), unit)
    assert [(problem.code, problem.params["n"]) for problem in found.problems] == [("E210", 1)]


@pytest.mark.parametrize("kind", ["csv", "netcdf"])
def test_a_moment_is_a_day(tmp_path: Path, kind: str):
    noon = grid().assign_coords(time=TIMES + pd.Timedelta(hours=12))
    text = table(grid()).replace("-01-01", "-01-01T12:00")
    found = from_csv(tmp_path, text) if kind == "csv" else from_netcdf(tmp_path, noon.to_dataset())
    assert found.problems == ()
    assert found.pressure is not None
    np.testing.assert_array_equal(found.pressure["time"].to_numpy(), TIMES.to_numpy())


def test_two_moments_of_one_day_are_the_same_moment(tmp_path: Path):
    twice = grid().assign_coords(time=[TIMES[0], TIMES[0] + pd.Timedelta(hours=12), TIMES[2]])
    assert codes(from_netcdf(tmp_path, twice.to_dataset())) == ["E301"]


def _moved(values: np.ndarray) -> np.ndarray:
    moved = values.copy()
    moved[2] -= 700.0
    return moved


WRONG: dict[str, tuple[Callable[[xr.DataArray], xr.DataArray], str]] = {
    "spacing": (lambda array: array.assign_coords(x=_moved(X)), "E110"),
    "one column": (lambda array: array.isel(x=[0]), "E110"),
    "negative": (lambda array: array.where(array > 80.0, -array), "E210"),
    "all empty": (lambda array: array * np.nan, "E401"),
    "swapped": (lambda array: array.assign_coords(x=Y, y=X), "E104"),
    "kilometres": (lambda array: array.assign_coords(x=X / 1000.0, y=Y / 1000.0), "E104"),
}


@pytest.mark.parametrize(("change", "code"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_with_a_grid_is_said(tmp_path: Path, change: Callable[[xr.DataArray], xr.DataArray], code: str):
    wrong = change(grid())
    assert code in codes(from_csv(tmp_path, table(wrong)))
    assert code in codes(from_netcdf(tmp_path, wrong.to_dataset()))


def test_time_that_goes_back_is_said(tmp_path: Path):
    back = grid().isel(time=[0, 2, 1])
    assert codes(from_netcdf(tmp_path, back.to_dataset())) == ["E301"]
    assert codes(from_csv(tmp_path, table(back))) == []  # rows of a table may stand in any order


def test_a_rotated_grid_is_refused(tmp_path: Path):
    x, y = np.meshgrid(X, Y)
    turned = pd.DataFrame({"x": (x + 0.02 * y).ravel(), "y": (y - 0.02 * x).ravel(), "year": 1956, "pressure": 347.0})
    assert "E110" in codes(from_csv(tmp_path, turned.to_csv(index=False)))


def test_a_step_that_is_missing_is_said_and_a_coarser_future_is_not(tmp_path: Path):
    def steps(*years: int) -> list[str]:
        times = pd.to_datetime([f"{year}-01-01" for year in years]).as_unit("ns")
        return codes(from_csv(tmp_path, table(grid().isel(time=[0] * len(years)).assign_coords(time=times))))

    assert steps(1956, 1957, 1958, 1960, 1961) == ["E302"]
    assert steps(1956, 1957, 1958, 1963, 1968, 1973) == []


def test_a_netcdf_with_other_names_says_how_to_name_them(tmp_path: Path):
    held = grid().rename(x="x_coord", y="y_coord").to_dataset(name="druk")
    found = from_netcdf(tmp_path, held)
    assert codes(found) == ["E507"]
    columns = {"pressure": "druk", "x": "x_coord", "y": "y_coord"}
    assert codes(from_netcdf(tmp_path, held, columns=columns)) == []


def test_day_numbers_of_a_spreadsheet_are_named_as_such(tmp_path: Path):
    found = from_csv(tmp_path, table(grid()).replace("2040-01-01", "51136"))
    assert codes(found) == ["E209"]
    assert "2040-01-01" in messages.describe("E209", params=found.problems[0].params).why


def test_a_moment_may_have_an_hour_and_a_zone(tmp_path: Path):
    found = from_csv(tmp_path, table(grid()).replace("2040-01-01", "2040-01-01T00:00+01:00"))
    assert found.problems == ()


@pytest.mark.parametrize("cut", [8, 100, 3000])
def test_a_damaged_netcdf_is_refused(tmp_path: Path, cut: int):
    from_netcdf(tmp_path, grid().to_dataset())
    (tmp_path / "pressure.nc").write_bytes((tmp_path / "pressure.nc").read_bytes()[:cut])
    assert codes(pressure.read(tmp_path / "pressure.nc", unit="bar", crs=RD)) == ["E209"]


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
@example(None)
def test_no_bytes_bring_down_the_reader(tmp_path: Path, drawn: st.DataObject | None):
    base = table(grid().isel(x=[0, 1, 2], y=[0, 1])).encode()
    if drawn is not None:
        start = drawn.draw(st.integers(0, len(base)))
        end = drawn.draw(st.integers(start, min(len(base), start + 30)))
        odd = st.sampled_from(
            [b"", b"\0", b"\xff", b"-", b"NaT", b"0001-01-01", b"1e308", b"nan", b"240000.00001,", b"9"]
        )
        base = base[:start] + drawn.draw(odd | st.binary(max_size=8)) + base[end:]
    found = from_csv(tmp_path, base)
    assert found.pressure is not None or found.problems
