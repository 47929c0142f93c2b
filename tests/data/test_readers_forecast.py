"""A forecast and sites of a user, for any field: what is read, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from mijnrisico.data.readers import anywhere, forecast, site_list

HEAD = "lon,lat,magnitude,rate_per_year"


def table(folder: Path, *rows: str, head: str = HEAD) -> Path:
    path = folder / "forecast.csv"
    path.write_text("\n".join((head, *rows)) + "\n", encoding="utf-8")
    return path


def codes(found: forecast.Read | site_list.Read) -> list[str]:
    return [problem.code for problem in found.problems]


def test_a_place_and_a_magnitude_without_a_row_have_no_earthquakes(tmp_path: Path) -> None:
    found = forecast.read(table(tmp_path, "11.2,47.6,1.55,0.3", "11.2,47.6,1.65,0.2", "11.3,47.6,1.65,0.1"))
    assert found.forecast is not None
    assert found.forecast["rate"].to_numpy()[..., 0, 0].tolist() == [[0.3, 0.2], [0.0, 0.1]]
    assert found.forecast["magnitude"].to_numpy().tolist() == [1.55, 1.65]
    assert found.forecast["weight"].to_numpy().tolist() == [1.0]
    assert "cell_depth" not in found.forecast


def test_a_field_abroad_gets_a_system_of_its_own_in_which_distances_are_right(tmp_path: Path) -> None:
    from pyproj import Geod

    found = forecast.read(table(tmp_path, "11.2,47.6,1.55,1", "12.0,47.9,1.55,1")).forecast
    assert found is not None
    assert found.attrs["crs"].startswith("+proj=aeqd")
    x, y = found["cell_x"].to_numpy(), found["cell_y"].to_numpy()
    distance = Geod(ellps="WGS84").inv(11.2, 47.6, 12.0, 47.9)[2]
    assert np.hypot(x[1] - x[0], y[1] - y[0]) == pytest.approx(distance, rel=3e-5)


def test_the_same_places_in_degrees_and_in_metres_are_the_same_cells(tmp_path: Path) -> None:
    degrees = forecast.read(table(tmp_path, "11.2,47.6,1.55,1", "11.3,47.7,1.55,1")).forecast
    east, north = anywhere.to_system([11.2, 11.3], [47.6, 47.7], "EPSG:4326", "EPSG:32632")
    rows = [f"{x:.4f},{y:.4f},1.55,1" for x, y in zip(east, north, strict=True)]
    metres = forecast.read(table(tmp_path, *rows, head="x,y,magnitude,rate_per_year"), crs="EPSG:32632").forecast
    assert degrees is not None
    assert metres is not None
    for axis in ("cell_x", "cell_y"):
        assert np.ptp(metres[axis].to_numpy()) == pytest.approx(np.ptp(degrees[axis].to_numpy()), rel=1e-5)


def test_a_field_in_the_netherlands_is_in_rd_new(tmp_path: Path) -> None:
    found = forecast.read(table(tmp_path, "245459,594583,2.05,0.1", head="x_rd,y_rd,magnitude,rate_per_year")).forecast
    assert found is not None
    assert found.attrs["crs"] == "EPSG:28992"
    assert (float(found["cell_x"][0]), float(found["cell_y"][0])) == (245459.0, 594583.0)


def test_years_branches_and_depths_are_axes_of_the_rate(tmp_path: Path) -> None:
    head = HEAD + ",depth_km,year,branch,weight"
    rows = [f"11.2,47.6,2.05,{r},{d},{y},{b},{w}" for d in (2, 4) for y, r in ((2024, 1), (2025, 2)) for b, w in
            (("low", 0.25), ("high", 0.75))]  # fmt: skip
    found = forecast.read(table(tmp_path, *rows, head=head)).forecast
    assert found is not None
    assert dict(found["rate"].sizes) == {"cell": 2, "magnitude": 1, "year": 2, "branch": 2}
    assert found["cell_depth"].to_numpy().tolist() == [2.0, 4.0]
    assert dict(zip(found["branch"].to_numpy(), found["weight"].to_numpy(), strict=True)) == {"low": 0.25, "high": 0.75}
    assert found["rate"].sel(year=2025).to_numpy().tolist() == [[[2.0, 2.0]], [[2.0, 2.0]]]


def test_every_problem_of_a_table_is_found_at_once_with_its_row(tmp_path: Path) -> None:
    head = "x,y,magnitude,rate_per_year,depth_km,year,branch,weight"
    rows = ("5e5,5e6,2.05,-1,-3,2024,a,0.5", "5e5,5e6,20.5,1,3,20.5,b,0.4", "5e5,5e6,2.15,,3,2024,b,0.4")
    found = forecast.read(table(tmp_path, *rows, head=head))
    assert found.forecast is None
    assert set(codes(found)) == {"E401", "E102", "E210", "E404", "E206", "E503", "E504"}
    where = {problem.code: problem.where for problem in found.problems}
    assert where["E210"] == "forecast.csv:2 [rate_per_year]"
    assert where["E401"] == "forecast.csv:4 [rate_per_year]"


@pytest.mark.parametrize(
    ("rows", "head", "code"),
    [
        ((), HEAD, "E214"),
        (("1,2,3,4",), "lon,lat,mag,rate", "E507"),
        (("11.2,47.6,2.05,1", "11.2,47.6,2.05,1"), HEAD, "E301"),
        (("47.6,191.2,2.05,1",), HEAD, "E503"),
        (("53.3,6.8,2.05,1",), HEAD, "E103"),
        (("11.2,47.6,2.05,1,a",), HEAD + ",branch", "E507"),
        (("11.2,47.6,2.05,1,a,0.5", "11.2,47.6,2.15,1,a,0.6"), HEAD + ",branch,weight", "E503"),
        (("11.2,47.6,2.05,1,a,0.5",), HEAD + ",branch,weight", "E504"),
        (("1e9,2e9,2.05,1",), "x_rd,y_rd,magnitude,rate_per_year", "E105"),
    ],
)
def test_a_table_that_cannot_be_right_is_refused(rows: tuple[str, ...], head: str, code: str, tmp_path: Path) -> None:
    found = forecast.read(table(tmp_path, *rows, head=head))
    assert found.forecast is None
    assert codes(found) == [code]


def test_places_without_any_rate_are_left_out_and_counted(tmp_path: Path) -> None:
    found = forecast.read(table(tmp_path, "11.2,47.6,1.55,0.3", "11.3,47.6,1.55,0", "11.4,47.6,1.55,0")).forecast
    assert found is not None
    assert (found.sizes["cell"], found.attrs["cells_without_rate"]) == (1, 2)


def grid() -> xr.Dataset:
    rate = np.arange(24.0).reshape(2, 3, 4)
    rate[0, 0] = np.nan
    coords = {"y": [5.0e6, 5.001e6], "x": [5.0e5, 5.01e5, 5.02e5], "magnitude": [1.55, 1.65, 1.75, 1.85]}
    return xr.Dataset({"rate_per_year": (("y", "x", "magnitude"), rate)}, coords=coords)


def test_a_grid_of_rates_is_read_with_its_blank_cells_left_out(tmp_path: Path) -> None:
    grid().to_netcdf(tmp_path / "f.nc", engine="h5netcdf")
    found = forecast.read(tmp_path / "f.nc", crs="EPSG:32632")
    assert codes(found) == []
    assert found.forecast is not None
    assert found.forecast["rate"].sum() == grid()["rate_per_year"].sum()
    assert found.forecast.sizes["cell"] == 5


def test_cells_with_years_branches_and_a_name_of_their_own_are_read(tmp_path: Path) -> None:
    rate = np.ones((2, 3, 2, 2))
    given_ = xr.Dataset(
        {
            "rates": (("cell", "magnitude", "year", "branch"), rate),
            "weight": ("branch", [0.4, 0.6]),
            "depth_km": ("cell", [2.0, 3.0]),
        },
        coords={
            "lon": ("cell", [11.2, 11.3]),
            "lat": ("cell", [47.6, 47.7]),
            "magnitude": [2.05, 2.15, 2.25],
            "year": [2024, 2025],
            "branch": ["a", "b"],
        },
    )
    given_.to_netcdf(tmp_path / "f.nc", engine="h5netcdf")
    found = forecast.read(tmp_path / "f.nc", columns={"rate_per_year": "rates"})
    assert found.forecast is not None
    assert found.forecast["rate"].to_numpy().tolist() == rate.tolist()
    assert found.forecast["cell_depth"].to_numpy().tolist() == [2.0, 3.0]
    assert codes(forecast.read(tmp_path / "f.nc")) == ["E507"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda d: d.assign(rate_per_year=-d["rate_per_year"]), "E210"),
        (lambda d: d.assign(rate_per_year=d["rate_per_year"].where(d["magnitude"] < 1.7)), "E401"),
        (lambda d: d.assign(rate_per_year=d["rate_per_year"].where(d["rate_per_year"] != 23.0, np.inf)), "E210"),
        (lambda d: d.assign(depth_km=d["rate_per_year"].isel(magnitude=0) * np.nan), "E206"),
        (lambda d: d.assign_coords(magnitude=[1.55, 1.65, 1.75, np.nan]), "E404"),
        (lambda d: d.assign_coords(magnitude=[1.55, 1.55, 1.75, 1.85]), "E301"),
        (lambda d: d.assign_coords(magnitude=[1.55, 1.65, 1.75, 99.0]), "E404"),
        (lambda d: d.rename(rate_per_year="something"), "E507"),
        (lambda d: d.isel(magnitude=0), "E209"),
    ],
)
def test_a_grid_that_cannot_be_right_is_refused(change, code: str, tmp_path: Path) -> None:
    change(grid()).to_netcdf(tmp_path / "f.nc", engine="h5netcdf")
    found = forecast.read(tmp_path / "f.nc", crs="EPSG:32632")
    assert found.forecast is None
    assert codes(found) == [code]


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f.nc").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    assert codes(forecast.read(tmp_path / "f.nc")) == ["E209"]
    assert codes(forecast.read(tmp_path / "none.csv")) == ["E209"]


@settings(max_examples=25)
@given(st.dictionaries(st.tuples(st.integers(0, 3), st.integers(0, 4)), st.floats(0.0, 10.0), min_size=1))
def test_no_rate_is_lost(tmp_path_factory: pytest.TempPathFactory, rates: dict[tuple[int, int], float]) -> None:
    lines = [f"{11.0 + 0.1 * i},47.6,{1.55 + 0.1 * m:.2f},{rate!r}" for (i, m), rate in rates.items()]
    found = forecast.read(table(tmp_path_factory.mktemp("f"), *lines))
    assert found.forecast is not None
    assert float(found.forecast["rate"].sum()) == pytest.approx(sum(rates.values()))


def test_sites_come_in_the_system_of_the_field_with_what_they_state(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("name,lon,lat,vs30\nA,11.2,47.6,300\nB,11.3,47.6,\n")
    system = anywhere.system_of([11.2], [47.6])
    found = site_list.read(tmp_path / "s.csv", system=system)
    assert codes(found) == []
    assert found.sites is not None
    assert found.sites["name"].to_numpy().tolist() == ["A", "B"]
    assert np.isnan(found.sites["vs30"].to_numpy()).tolist() == [False, True]
    assert float(found.sites["x"][0]) == pytest.approx(0.0, abs=1e-3)
    assert "zone" not in found.sites


def test_sites_of_geojson_state_their_properties(tmp_path: Path) -> None:
    feature = (
        '{"type":"Feature","properties":{"name":"A","zone":7},"geometry":{"type":"Point","coordinates":[6.8,53.3]}}'
    )
    (tmp_path / "s.geojson").write_text('{"type":"FeatureCollection","features":[' + feature + "]}")
    found = site_list.read(tmp_path / "s.geojson")
    assert found.sites is not None
    assert found.sites["zone"].to_numpy().tolist() == [7.0]
    assert "vs30" not in found.sites


def test_a_speed_of_shear_waves_that_cannot_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("name,lon,lat,vs30\nA,11.2,47.6,0.3\n")
    found = site_list.read(tmp_path / "s.csv")
    assert codes(found) == ["E503"]
    assert found.problems[0].where == "s.csv:2 [vs30]"


def test_sites_without_names_are_called_by_their_line(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("lon,lat,vs30\n11.2,47.6,300\n")
    found = site_list.read(tmp_path / "s.csv")
    assert found.sites is not None
    assert found.sites["name"].to_numpy().tolist() == ["s.csv:2"]
    (tmp_path / "s.csv").write_text("11.2,47.6\n11.3,47.6\n")
    (problem,) = site_list.read(tmp_path / "s.csv").problems
    assert problem.code == "E507"


@pytest.mark.parametrize("value", [np.nan, np.inf, -0.5])
@pytest.mark.parametrize("name", ["maps", "coefficient"])
def test_a_factored_forecast_that_cannot_be_right_is_refused(name: str, value: float, tmp_path: Path) -> None:
    maps, coefficient = np.full((2, 1), 0.5), np.ones((1, 2, 1, 1))
    dims = {"maps": ("cell", "map"), "coefficient": ("map", "magnitude", "year", "branch")}

    def written(**more: np.ndarray) -> forecast.Read:
        values = {"maps": maps, "coefficient": coefficient} | more
        held = xr.Dataset(
            {each: (dims[each], values[each]) for each in dims} | {"weight": ("branch", [1.0])},
            coords={"magnitude": [1.5, 1.6], "year": [2024], "branch": ["a"]},
        ).assign_coords(cell_x=("cell", [240e3, 241e3]), cell_y=("cell", [590e3, 590e3]))
        held.to_netcdf(tmp_path / "f.nc", engine="h5netcdf")
        return forecast.read(tmp_path / "f.nc")

    assert codes(written()) == []
    wrong = {"maps": maps, "coefficient": coefficient}[name].copy()
    wrong.flat[0] = value
    assert codes(written(**{name: wrong})) == ["E210"]
