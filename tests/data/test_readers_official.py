"""The input set of the official source model, read as it is published; what is wrong with it is said in one pass."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mijnrisico import data, messages
from mijnrisico.core.scenario import Scenario
from mijnrisico.data.readers import dated, faults, outline, place_table, pressure, regrid, reservoir
from mijnrisico.errors import Problem
from mijnrisico.seismic.source import loading
from mijnrisico.studies import ground, inputs, preflight
from mijnrisico.subsurface import fault_stress

RD = "EPSG:28992"
X, Y = np.arange(226_000.0, 273_000.0, 2000.0), np.arange(564_000.0, 619_000.0, 2000.0)
DATES = ("1956-01-01", "1990-01-01", "2024-01-01")


def codes(problems: tuple[Problem, ...]) -> list[str]:
    return [problem.code for problem in problems]


def written(folder: Path, content: str | bytes, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def cells(values: np.ndarray, x: np.ndarray = X, y: np.ndarray = Y) -> xr.DataArray:
    return xr.DataArray(values * np.ones((y.size, x.size)), dims=("y", "x"), coords={"y": y, "x": x}, name="value")


def table(grid: xr.DataArray, label: str = "value") -> str:
    frame = grid.to_dataframe(label).reset_index()
    return frame.rename(columns={"x": "X", "y": "Y"})[["X", "Y", label]].to_csv(index=False)


# ------------------------------------------------------------------------------------------- values for each date


def pressures() -> xr.DataArray:
    fall = np.array([0.0, 150.0, 270.0])[:, None, None] * (1.0 + (X - X[0]) / 1e6) * np.ones((1, Y.size, 1))
    times = pd.to_datetime(DATES).as_unit("ns")
    return xr.DataArray(347.0 - fall, dims=("time", "y", "x"), coords={"time": times, "y": Y, "x": X}, name="pressure")


def wide(grid: xr.DataArray, prefix: str = "P", form: str = "%Y%m%d") -> pd.DataFrame:
    y, x = (axis.ravel() for axis in np.meshgrid(grid["y"], grid["x"], indexing="ij"))
    names = [f"{prefix}{pd.Timestamp(moment):{form}}" for moment in grid["time"].to_numpy()]
    return pd.DataFrame(dict(zip(("X", "Y", *names), (x, y, *grid.to_numpy().reshape(len(names), -1)), strict=True)))


@pytest.mark.parametrize("form", ["%Y%m%d", "%Y_%m_%d"])
def test_a_column_for_each_date_gives_the_grid_that_a_row_for_each_date_gives(tmp_path: Path, form: str):
    long = pressures().to_dataframe("pressure").reset_index().to_csv(index=False)
    one = pressure.read(written(tmp_path, wide(pressures(), form=form).to_csv(index=False)), unit="bar", crs=RD)
    other = pressure.read(written(tmp_path, long, "long.csv"), unit="bar", crs=RD)
    assert one.problems == other.problems == ()
    assert one.pressure is not None
    assert other.pressure is not None
    xr.testing.assert_allclose(one.pressure, other.pressure)


def test_the_wide_form_goes_through_the_checks_of_pressures(tmp_path: Path):
    frame = wide(pressures() * 1e5)
    assert codes(pressure.read(written(tmp_path, frame.to_csv(index=False)), unit="bar", crs=RD).problems) == ["E201"]
    empty = wide(pressures().where(pressures()["x"] > X[0]))
    found = pressure.read(written(tmp_path, empty.to_csv(index=False)), unit="bar", crs=RD)
    assert found.problems == ()
    assert found.pressure is not None
    assert int(found.pressure.isel(x=0).notnull().sum()) == 0
    yearly = pressures().interp(time=pd.to_datetime([f"{year}-01-01" for year in (2000, 2001, 2002, 2004, 2005)]))
    missing = pressure.read(written(tmp_path, wide(yearly).to_csv(index=False)), unit="bar", crs=RD)
    assert codes(missing.problems) == ["E302"]
    assert "2002-01-01" in str(missing.problems[0].params["missing"])
    assert codes(pressure.read(written(tmp_path, frame.to_csv(index=False)), unit="Pa").problems) == ["E102"]


WRONG_NAMES = {
    "goes back": (["P19560101", "P20240101", "P19900101"], "E301", "P19900101"),
    "twice": (["P19560101", "P19900101", "P19900101"], "E301", "P19900101"),
    "twice in two ways": (["P19560101", "P19900101", "P1990_01_01"], "E301", "P1990_01_01"),
    "no date": (["P19560101", "P19901301", "P20240101"], "E503", "P19901301"),
    "a year": (["P19560101", "P1990", "P20240101"], "E503", "P1990"),
    "another quantity": (["P19560101", "P19900101", "T20240101"], "E503", "T20240101"),
}


@pytest.mark.parametrize(("names", "code", "named"), WRONG_NAMES.values(), ids=WRONG_NAMES)
def test_dates_that_are_wrong_are_named(tmp_path: Path, names: list[str], code: str, named: str):
    frame = wide(pressures())
    frame.columns = ["X", "Y", *names]
    found = pressure.read(written(tmp_path, frame.to_csv(index=False)), unit="bar", crs=RD)
    assert codes(found.problems) == [code]
    assert named in str(found.problems[0].params["got"])


def test_strains_and_temperatures_have_the_same_form(tmp_path: Path):
    strain = (pressures() - 347.0) * 7e-6
    for prefix in ("T", "ezz_", ""):
        found = dated.read(written(tmp_path, wide(strain, prefix).to_csv(index=False)), crs=RD)
        assert found.problems == ()
        assert found.grid is not None
        np.testing.assert_allclose(found.grid.to_numpy(), strain.to_numpy(), atol=1e-15)
        np.testing.assert_array_equal(found.grid["time"].to_numpy(), strain["time"].to_numpy())


def test_a_plain_table_reads_the_same_at_once_and_cell_by_cell(tmp_path: Path):
    frame = wide(pressures().where(pressures()["y"] > Y[3], -9999.0)).round(3)
    fast = dated.read(written(tmp_path, frame.to_csv(index=False)), crs=RD)
    slow = dated.read(written(tmp_path, frame.to_csv(index=False, sep=";", decimal=",")), crs=RD)
    quoted = dated.read(written(tmp_path, "# a remark\n" + frame.to_csv(index=False)), crs=RD)
    assert fast.problems == quoted.problems == ()
    assert codes(slow.problems) == ["W208"]
    for other in (slow, quoted):
        assert fast.grid is not None
        assert other.grid is not None
        xr.testing.assert_identical(fast.grid, other.grid)
    assert fast.grid is not None
    assert bool(fast.grid.isel(y=0).isnull().all())


def test_a_row_with_text_is_named_by_its_line(tmp_path: Path):
    lines = wide(pressures()).to_csv(index=False).splitlines()
    lines[7] = lines[7].replace("347.0", "much", 1)
    found = dated.read(written(tmp_path, "\n".join(lines)), crs=RD)
    assert [(problem.code, problem.params["got"]) for problem in found.problems] == [("E503", ("'much' (:8)",))]


# ------------------------------------------------------------------------------------------------------- grids


GOOD: dict[reservoir.Role, tuple[float, str]] = {
    "thickness": (200.0, ""),
    "depth": (2900.0, ""),
    "compressibility": (7e-6, "1/bar"),
}


@pytest.mark.parametrize("role", GOOD)
def test_a_grid_is_read_whatever_its_third_column_is_called(tmp_path: Path, role: reservoir.Role):
    value, unit = GOOD[role]
    grid = cells(value * (1.0 + (X - X[0]) / 1e6))
    found = reservoir.read(written(tmp_path, table(grid, "Rot_50x50")), role, crs=RD, unit=unit)
    assert found.problems == ()
    assert found.grid is not None
    np.testing.assert_allclose(found.grid.to_numpy(), grid.to_numpy() * reservoir.UNITS.get(unit, 1.0), rtol=1e-12)
    assert found.grid.attrs["units"] == reservoir.UNIT[role]


def test_a_fourth_column_asks_which_is_meant(tmp_path: Path):
    frame = pd.read_csv(written(tmp_path, table(cells(np.array(200.0)), "H_total"))).assign(H_net=150.0)
    path = written(tmp_path, frame.to_csv(index=False))
    assert codes(reservoir.read(path, "thickness", crs=RD).problems) == ["E507"]
    found = reservoir.read(path, "thickness", columns={"thickness": "H_net"}, crs=RD)
    assert found.grid is not None
    assert float(found.grid.max()) == 150.0


@pytest.mark.parametrize("unit", reservoir.UNITS)
@pytest.mark.parametrize("stated", reservoir.UNITS)
def test_a_compressibility_in_another_unit_than_stated_is_named(tmp_path: Path, unit: str, stated: str):
    path = written(tmp_path, table(cells(np.array(7e-5 / reservoir.UNITS[unit]))))
    found = reservoir.read(path, "compressibility", crs=RD, unit=stated)
    if unit == stated:
        assert found.problems == ()
        assert found.grid is not None
        assert float(found.grid.mean()) == pytest.approx(7e-5)
        return
    assert codes(found.problems) == ["E203"]
    for lang in messages.LANGUAGES:
        assert f'"{unit}"' in messages.describe("E203", params=found.problems[0].params, lang=lang).fix


WRONG_VALUES: dict[str, tuple[reservoir.Role, float, str, str]] = {
    "heights": ("depth", -2900.0, "E206", "without a minus sign"),
    "kilometres": ("depth", 2.9, "E206", "multiply by 1000"),
    "heights in kilometres": ("depth", -2.9, "E206", "metres without a minus sign"),
    "thickness in kilometres": ("thickness", 1.2, "E206", "Check the column"),
    "negative thickness": ("thickness", -200.0, "E210", "Mend"),
    "no values": ("thickness", np.nan, "E401", "Fill"),
    "negative": ("compressibility", -7e-6, "E210", "Mend"),
}


@pytest.mark.parametrize(("role", "value", "code", "fix"), WRONG_VALUES.values(), ids=WRONG_VALUES)
def test_values_that_cannot_be_are_said(tmp_path: Path, role: reservoir.Role, value: float, code: str, fix: str):
    found = reservoir.read(written(tmp_path, table(cells(np.array(value)))), role, crs=RD, unit="1/bar")
    assert code in codes(found.problems)
    problem = next(problem for problem in found.problems if problem.code == code)
    assert fix in messages.describe(code, params=problem.params).fix
    assert found.grid is None


def test_zero_thickness_is_no_reservoir_and_said(tmp_path: Path):
    grid = cells(np.array(200.0)).where(cells(np.array(1.0))["x"] > X[0], 0.0)
    found = reservoir.read(written(tmp_path, table(grid)), "thickness", crs=RD)
    assert [(problem.code, problem.params["n"]) for problem in found.problems] == [("W210", Y.size)]
    assert found.grid is not None
    assert bool(found.grid.isel(x=0).isnull().all())


def test_a_grid_that_is_none_is_refused_in_its_own_words(tmp_path: Path):
    moved = cells(np.array(200.0)).assign_coords(x=np.where(X[3] == X, X[3] + 400.0, X))
    found = reservoir.read(written(tmp_path, table(moved)), "thickness", crs=RD)
    assert codes(found.problems) == ["E110"]
    assert "thickness" in messages.describe("E110", params=found.problems[0].params).what
    twice = table(cells(np.array(200.0))) + f"{X[0]},{Y[0]},210\n"
    found = reservoir.read(written(tmp_path, twice), "thickness", crs=RD)
    assert codes(found.problems) == ["E110"]
    assert found.problems[0].where.endswith(f":{X.size * Y.size + 2}")
    kilometres = cells(np.array(200.0)).assign_coords(x=X / 1000.0, y=Y / 1000.0)
    assert codes(reservoir.read(written(tmp_path, table(kilometres)), "thickness", crs=RD).problems) == ["E104"]
    assert codes(reservoir.read(written(tmp_path, table(kilometres)), "thickness").problems) == ["E102"]


@settings(max_examples=25)
@given(factor=st.integers(2, 6), seed=st.integers(0, 100))
def test_a_finer_grid_keeps_its_mean_on_the_cells(factor: int, seed: int):
    x, y = np.arange(6) * 500.0, np.arange(5) * 500.0
    fine = 500.0 / factor
    own_x = x[0] - 250.0 + fine * (np.arange(factor * x.size) + 0.5)
    own_y = y[0] - 250.0 + fine * (np.arange(factor * y.size) + 0.5)
    values = np.random.default_rng(seed).uniform(100.0, 300.0, (own_y.size, own_x.size))
    on_cells = regrid.to_cells(cells(values, own_x, own_y), x, y)
    blocks = values.reshape(y.size, factor, x.size, factor).mean(axis=(1, 3))
    np.testing.assert_allclose(on_cells.to_numpy(), blocks, rtol=1e-12)


def test_a_coarser_grid_is_bilinear_on_the_cells():
    x, y = np.arange(240_000.0, 246_000.0, 500.0), np.arange(580_000.0, 584_000.0, 500.0)
    plane = cells(X[None] / 1000.0 + 2.0 * Y[:, None] / 1000.0)
    expected = x[None] / 1000.0 + 2.0 * y[:, None] / 1000.0
    np.testing.assert_allclose(regrid.to_cells(plane, x, y).to_numpy(), expected, rtol=1e-12)


# ------------------------------------------------------------------------------------------------------- faults


def pillars(points: xr.Dataset) -> pd.DataFrame:
    """The packaged points in the layout that the public reader asks for."""
    own = points.to_dataframe().reset_index(drop=True)
    frame = pd.DataFrame({"FAULT_ID": own["fault_id"], "PILLAR_ID": own.index, "X": own["x"], "Y": own["y"]})
    frame = frame.assign(Offset=own["throw"], Dip=80.0, Azimuth=0.0)
    shares = {"Thickness_f": 0.3, "Thickness_h": 0.7, "Thickness1_f": 0.6, "Thickness1_h": 0.4}
    return frame.assign(**{name: share * own["thickness"] for name, share in shares.items()})


def sqlite_file(folder: Path, frame: pd.DataFrame, name: str = "pillar_geom") -> Path:
    path = folder / "faults.sqlite3"
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as held:
        frame.to_sql(name, held, index=False)
    return path


def few(count: int = 400) -> xr.Dataset:
    return data.dataset("fault_points").isel(point=slice(0, count))


def test_pillars_of_sqlite_give_the_packaged_fault_fields(tmp_path: Path):
    packaged = data.dataset("fault_points")
    found = faults.read(sqlite_file(tmp_path, pillars(packaged).sample(frac=1.0, random_state=1)), crs=RD)
    assert found.problems == ()
    assert found.points is not None
    assert found.points.sizes == packaged.sizes
    for name in ("x", "y", "throw", "thickness", "fault_id", "part"):
        np.testing.assert_allclose(found.points[name], packaged[name], rtol=1e-9, err_msg=name)
    np.testing.assert_allclose(found.points["length"], packaged["length"], atol=0.051)  # packaged in steps of 0.1 m
    grid = data.dataset("reservoir")
    own, theirs = (
        fault_stress.fault_fields(points, grid["x"].to_numpy(), grid["y"].to_numpy(), 0.4)
        for points in (found.points, packaged)
    )
    np.testing.assert_allclose(own["density"], theirs["density"], rtol=5e-3, atol=1e-9)
    np.testing.assert_allclose(own["gradient"], theirs["gradient"], rtol=5e-3)


def test_the_thickness_of_the_published_model_is_half_of_ours(tmp_path: Path):
    frame = pillars(few()).assign(Thickness_f=50.0, Thickness_h=60.0, Thickness1_f=70.0, Thickness1_h=80.0)
    found = faults.read(sqlite_file(tmp_path, frame), crs=RD)
    assert found.points is not None
    np.testing.assert_allclose(found.points["thickness"] * fault_stress.THICKNESS_SHARE, (50 + 60 + 70 + 80) / 4)


def test_points_of_csv_may_have_a_whole_thickness_and_a_length(tmp_path: Path):
    own = few().to_dataframe().reset_index(drop=True)
    text = own[["x", "y", "throw", "thickness", "length", "fault_id"]].to_csv(index=False)
    found = faults.read(written(tmp_path, text), crs=RD)
    assert found.problems == ()
    assert found.points is not None
    for name in ("x", "throw", "thickness", "length", "fault_id"):
        np.testing.assert_allclose(found.points[name], own[name], rtol=1e-9, err_msg=name)


def test_a_pillar_stands_for_half_the_way_to_its_neighbours_on_its_fault_and_not_across_a_gap(tmp_path: Path):
    rows = ["240000,580000,1", "240100,580000,1", "240300,580000,1", "241000,580000,1", "241000,580050,2"]
    text = "x,y,fault_id,throw,thickness\n" + "".join(f"{row},-20,200\n" for row in rows)
    found = faults.read(written(tmp_path, text), crs=RD)
    assert found.points is not None
    assert found.points["length"].to_numpy().tolist() == [50.0, 150.0, 100.0, 0.0, 0.0]
    assert found.points["part"].to_numpy().tolist() == [0, 0, 0, 1, 0]
    assert found.points["throw"].to_numpy().tolist() == [20.0] * 5


def test_what_is_wrong_with_pillars_is_said_at_once(tmp_path: Path):
    frame = pillars(few())
    wrong = frame.assign(Thickness_f=frame["Thickness_f"].where(frame.index != 3, -1.0))
    wrong = pd.concat([wrong, wrong.iloc[[5]]]).assign(X=frame["X"] / 1000.0, Y=frame["Y"] / 1000.0)
    found = faults.read(sqlite_file(tmp_path, wrong), crs=RD)
    assert sorted(codes(found.problems)) == ["E104", "E110", "E210"]
    assert found.points is None


def test_a_pillar_without_a_place_is_named(tmp_path: Path):
    frame = pillars(few())
    found = faults.read(sqlite_file(tmp_path, frame.assign(X=frame["X"].where(frame.index != 6))), crs=RD)
    assert [(problem.code, problem.params["n"]) for problem in found.problems] == [("E401", 1)]
    assert "(7)" in str(found.problems[0].params["got"])


def test_other_names_of_columns_are_asked_for_and_accepted(tmp_path: Path):
    frame = pillars(few()).rename(columns={"Offset": "versprong"})
    path = sqlite_file(tmp_path, frame)
    found = faults.read(path, crs=RD)
    assert codes(found.problems) == ["E507"]
    assert "throw" in messages.describe("E507", params=found.problems[0].params).why
    assert faults.read(path, columns={"throw": "versprong"}, crs=RD).problems == ()
    assert codes(faults.read(path, columns={"throw": "sprong"}, crs=RD).problems) == ["E507"]
    one_short = written(tmp_path, pillars(few()).drop(columns="Thickness1_h").to_csv(index=False))
    assert codes(faults.read(one_short, crs=RD).problems) == ["E507"]


def test_a_file_that_holds_no_pillars_is_refused(tmp_path: Path):
    assert codes(faults.read(sqlite_file(tmp_path, pillars(few()), "faults"), crs=RD).problems) == ["E209"]
    broken = written(tmp_path, b"SQLite format 3\0" + bytes(200), "broken.sqlite3")
    assert codes(faults.read(broken, crs=RD).problems) == ["E209"]
    assert codes(faults.read(written(tmp_path, "x,y,throw,thickness,fault_id\n"), crs=RD).problems) == ["E214"]


# ------------------------------------------------------------------------------------------------------- outline


SQUARE = np.array([(240_000, 580_000), (260_000, 580_000), (260_000, 600_000), (240_000, 600_000)], dtype=float)


def vertices(points: np.ndarray) -> str:
    return pd.DataFrame(points, columns=["x", "y"]).to_csv(index=False)


def polygon_file(folder: Path, *rings: np.ndarray, crs: str = "urn:ogc:def:crs:EPSG::28992", **more: object) -> Path:
    geometry = {"type": "Polygon", "coordinates": [np.vstack([ring, ring[:1]]).tolist() for ring in rings]} | more
    tree = {"type": "FeatureCollection", "crs": {"type": "name", "properties": {"name": crs}}}
    feature = {"type": "Feature", "properties": {}, "geometry": geometry}
    return written(folder, json.dumps(tree | {"features": [feature]}), "outline.geojson")


def test_the_packaged_outline_gives_the_packaged_shares_of_the_cells():
    grid = data.dataset("reservoir")
    field = data.polygons("groningen_outline")[1][0]
    fraction = outline.inside_fraction(field, grid["x"].to_numpy(), grid["y"].to_numpy())
    np.testing.assert_allclose(fraction, grid["inside_fraction"].to_numpy(), atol=2e-4)  # outline in steps of 0.1 m


def test_a_closed_ring_is_an_outline_without_a_word(tmp_path: Path):
    found = outline.read(written(tmp_path, vertices(np.vstack([SQUARE, SQUARE[:1]]))), crs=RD)
    assert found.problems == ()
    assert found.polygon is not None
    assert found.polygon.area == 4e8


def test_a_ring_whose_ends_lie_one_step_apart_is_closed_and_said(tmp_path: Path):
    found = outline.read(written(tmp_path, vertices(SQUARE)), crs=RD)
    assert codes(found.problems) == ["W109"]
    assert found.polygon is not None
    assert found.polygon.area == 4e8


def test_holes_parts_doubles_and_overlaps_are_counted(tmp_path: Path):
    hole = polygon_file(tmp_path, SQUARE, SQUARE * 0.5 + SQUARE.mean(axis=0) * 0.5)
    found = outline.read(hole)
    assert codes(found.problems) == ["W109"]
    assert "holes: 1" in messages.describe("W109", params=found.problems[0].params).what
    assert found.polygon is not None
    assert found.polygon.area == pytest.approx(3e8)
    parts = pd.DataFrame(np.vstack([SQUARE, SQUARE[:1], SQUARE + 10_000.0]), columns=["x", "y"])
    text = parts.assign(part=[1] * 5 + [2] * 4).to_csv(index=False)
    found = outline.read(written(tmp_path, text), crs=RD)
    said = messages.describe("W109", params=found.problems[0].params).what
    assert "2 parts" in said
    assert "100 km²" in said
    assert found.polygon is not None
    assert found.polygon.area == pytest.approx(7e8)
    doubled = outline.read(written(tmp_path, vertices(np.repeat(SQUARE, 2, axis=0))), crs=RD)
    assert "doubled vertices: 4" in messages.describe("W109", params=doubled.problems[0].params).what


def test_geojson_is_in_degrees_unless_it_says_otherwise(tmp_path: Path):
    degrees = np.array([(6.6, 53.2), (6.9, 53.2), (6.9, 53.4), (6.6, 53.4)])
    found = outline.read(polygon_file(tmp_path, degrees, crs="urn:ogc:def:crs:OGC:1.3:CRS84"))
    assert found.problems == ()
    assert found.polygon is not None
    assert found.polygon.area == pytest.approx(0.3 * 0.2 * 111_300.0**2 * np.cos(np.radians(53.3)), rel=0.01)
    swapped = outline.read(polygon_file(tmp_path, degrees[:, ::-1], crs="EPSG:4326"))
    assert codes(swapped.problems) == ["E103"]


NO_OUTLINES = {
    "crossing": (SQUARE[[0, 2, 1, 3, 0]], "crosses itself near 250000, 590000"),
    "unclosed": (np.vstack([SQUARE[:1] + np.array([[0, 5000.0 * i]]) for i in range(4)]), "not closed"),
    "one line": (SQUARE[[0, 1, 0, 1]], "no area"),
    "small": (SQUARE[0] + np.array([(0, 0), (50, 0), (50, 50), (0, 50), (0, 0)]), "no area"),
}


@pytest.mark.parametrize(("points", "words"), NO_OUTLINES.values(), ids=NO_OUTLINES)
def test_what_is_no_outline_is_refused(tmp_path: Path, points: np.ndarray, words: str):
    found = outline.read(written(tmp_path, vertices(points)), crs=RD)
    assert codes(found.problems) == ["E108"]
    assert words in messages.describe("E108", params=found.problems[0].params).what
    assert found.polygon is None


@pytest.mark.parametrize("content", ["{", "[]", '{"type": "Point", "coordinates": [6, 53]}', '{"features": 3}', "null"])
def test_a_geojson_without_a_polygon_is_refused(tmp_path: Path, content: str):
    assert codes(outline.read(written(tmp_path, content, "outline.geojson")).problems) == ["E209"]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_bytes_bring_down_a_reader(tmp_path: Path, drawn: st.DataObject):
    base = vertices(SQUARE).encode() if drawn.draw(st.booleans()) else polygon_file(tmp_path, SQUARE).read_bytes()
    start = drawn.draw(st.integers(0, len(base)))
    end = drawn.draw(st.integers(start, min(len(base), start + 30)))
    odd = st.sampled_from([b"", b"\0", b"\xff", b"-", b"1e308", b"nan", b"[", b"null", b"P20200101,", b"\n\n"])
    base = base[:start] + drawn.draw(odd | st.binary(max_size=8)) + base[end:]
    for name in ("a.csv", "a.geojson"):
        path = written(tmp_path, base, name)
        found = outline.read(path, crs=RD)
        assert found.polygon is not None or found.problems
        assert reservoir.read(path, "thickness", crs=RD).problems
        assert dated.read(path, crs=RD).problems
        assert faults.read(path, crs=RD).problems


def test_the_header_says_which_form_a_file_has(tmp_path: Path):
    path = written(tmp_path, '# remark\n"X";"Y";"P19560101"\n')
    assert place_table.header(path) == ("x", "y", "p19560101")
    assert place_table.header(tmp_path / "absent.csv") == ()
    assert dated.is_dated(("x", "y", "p19560101"))
    assert not dated.is_dated(("x", "y", "time", "pressure"))


# ----------------------------------------------------------------------------------------- all of it in a scenario


def input_set(folder: Path) -> Path:
    """The packaged ground as the files of the official input set."""
    packaged = loading.packaged_field()
    for name, variable in (("thickness", "thickness_filled"), ("depth", "top_depth")):
        written(folder, table(packaged.reservoir[variable]), f"{name}.csv")
    zones = packaged.reservoir["thickness_filled"].to_numpy() / 200.0
    written(folder, table(packaged.reservoir["top_depth"].copy(data=7e-6 * zones), "Cm"), "compressibility.csv")
    sqlite_file(folder, pillars(packaged.fault_points))
    field = data.polygons("groningen_outline")[1][0]
    written(folder, vertices(np.array(field.exterior.coords)), "outline.csv")
    roles = {name: f"{name}.csv" for name in ("thickness", "depth", "compressibility", "outline")}
    lines = ['title = "The official input"']
    for role, file in (roles | {"faults": "faults.sqlite3"}).items():
        lines += [f"[inputs.{role}]", f'file = "{file}"', f'crs = "{RD}"']
        lines += ['unit = "1/bar"'] if role == "compressibility" else []
    return written(folder, "\n".join(lines), "scenario.toml")


@pytest.fixture(scope="module", name="scenario")
def of_the_official_input(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    checked = preflight.read(input_set(tmp_path_factory.mktemp("official")))
    assert checked.scenario is not None, checked.errors
    return checked.scenario


def test_the_packaged_ground_as_files_gives_the_packaged_field(scenario: Scenario):
    own, packaged = inputs.reservoir(scenario), loading.packaged_field()
    np.testing.assert_allclose(own.reservoir["thickness_filled"], packaged.reservoir["thickness_filled"], rtol=1e-6)
    np.testing.assert_allclose(own.reservoir["top_depth"], packaged.reservoir["top_depth"], rtol=1e-6)
    np.testing.assert_allclose(own.reservoir["inside_fraction"], packaged.reservoir["inside_fraction"], atol=2e-4)
    np.testing.assert_allclose(own.fault_points["throw"], packaged.fault_points["throw"], rtol=1e-9)
    compressibility = own.compressibility_per_mpa
    assert isinstance(compressibility, xr.DataArray)
    assert compressibility.dims == ("y", "x")
    expected = 7e-5 * packaged.reservoir["thickness_filled"] / 200.0
    np.testing.assert_allclose(compressibility, expected, rtol=1e-6)
    assert loading.source_cells(own).x.size == pytest.approx(loading.source_cells().x.size, abs=2)


def test_without_files_the_ground_is_the_packaged_one():
    checked = preflight.read("groningen")
    assert checked.scenario is not None
    own, packaged = inputs.reservoir(checked.scenario), loading.packaged_field()
    xr.testing.assert_identical(own.reservoir, packaged.reservoir)
    xr.testing.assert_identical(own.fault_points, packaged.fault_points)
    assert own.compressibility_per_mpa == packaged.compressibility_per_mpa
    assert inputs.key(checked.scenario, "faults") is None


def test_each_file_has_a_row_in_the_table_and_a_key_of_its_contents(scenario: Scenario):
    rows = {row.role: row for row in preflight.inputs_table(scenario)}
    assert {"faults", "thickness", "depth", "compressibility", "outline"} <= rows.keys()
    for lang in messages.LANGUAGES:
        assert "1037" in messages.text(rows["faults"].what.key, lang, **rows["faults"].what.params)
        messages.text(rows["outline"].what.key, lang, **rows["outline"].what.params)
        messages.text(f"check.{rows['depth'].role}", lang)
    key = inputs.key(scenario, "compressibility")
    other = scenario.replace({"inputs.compressibility.crs": "EPSG:7415"})
    assert key != inputs.key(other, "compressibility")
    assert inputs.key(scenario, "depth") == inputs.key(other, "depth")
    assert scenario.digest() != other.digest()


def test_everything_that_is_wrong_with_the_files_is_found_in_one_pass(tmp_path: Path):
    path = input_set(tmp_path)
    written(tmp_path, vertices(SQUARE[[0, 2, 1, 3, 0]]), "outline.csv")
    elsewhere = cells(np.array(2900.0), X - 100_000.0, Y - 100_000.0)
    written(tmp_path, table(elsewhere), "depth.csv")
    written(tmp_path, table(cells(np.array(200.0)).where(cells(np.array(1.0))["y"] != Y[12])), "thickness.csv")
    written(tmp_path, table(cells(np.array(7e-5))), "compressibility.csv")
    shifted = pillars(few()).assign(X=few()["x"].to_numpy() - 50_000.0)
    sqlite_file(tmp_path, shifted)
    checked = preflight.read(path)
    assert sorted(codes(checked.errors)) == ["E106", "E106", "E108", "E203", "E401"]


def test_the_grid_grows_with_an_outline_that_reaches_beyond_it(tmp_path: Path):
    field = data.polygons("groningen_outline")[1][0]
    larger = shapely.Polygon(shapely.union(field, shapely.box(225_000, 590_000, 245_000, 592_000)).exterior)
    written(tmp_path, vertices(np.array(larger.exterior.coords)), "outline.csv")
    path = written(tmp_path, f'title = "t"\n[inputs.outline]\nfile = "outline.csv"\ncrs = "{RD}"\n', "s.toml")
    checked = preflight.read(path)
    assert checked.scenario is not None, checked.errors
    own, packaged = inputs.reservoir(checked.scenario), loading.packaged_field()
    assert float(own.reservoir["x"][0]) <= 225_000.0 - ground._RIM_CELLS * 500.0
    assert float(own.reservoir["x"][-1]) == float(packaged.reservoir["x"][-1])
    assert bool((np.diff(own.reservoir["x"]) == 500.0).all())
    assert float(own.reservoir["inside_fraction"].sum()) * 0.25e6 == pytest.approx(larger.area, rel=1e-6)
    assert bool(own.reservoir["thickness_filled"].notnull().all())


def test_an_outline_of_another_field_is_refused(tmp_path: Path):
    written(tmp_path, vertices(SQUARE - 60_000.0), "outline.csv")
    path = written(tmp_path, f'title = "t"\n[inputs.outline]\nfile = "outline.csv"\ncrs = "{RD}"\n', "s.toml")
    assert codes(preflight.read(path).errors) == ["E106"]


def test_a_compressibility_needs_its_unit(tmp_path: Path):
    path = input_set(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace('unit = "1/bar"', ""), encoding="utf-8")
    errors = preflight.read(path).errors
    assert codes(errors) == ["E503"]
    assert "1/MPa" in messages.describe("E503", params=errors[0].params).why
