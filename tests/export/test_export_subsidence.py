"""A run of subsidence, exported and opened again by the libraries that users have."""

import sqlite3
import xml.etree.ElementTree as ET
from contextlib import closing
from pathlib import Path
from types import ModuleType

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely
import xarray as xr

from mijnrisico import export
from mijnrisico.core.run import StoredRun
from mijnrisico.errors import InputError

ID = "2026-11-29-5a1b"
YEARS = (2024, 2080)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, subsidence: ModuleType) -> StoredRun:
    results = tmp_path_factory.mktemp("subsidence_results")
    subsidence.write(results / ID)
    return StoredRun.open(results)


@pytest.fixture(scope="module")
def out(run: StoredRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("subsidence_export")
    export.write(run, folder, years=YEARS)
    return folder


@pytest.fixture(scope="module")
def package(out: Path) -> Path:
    return out / f"{ID}.gpkg"


def test_every_usual_format_is_there_and_a_page_says_what_it_is(out: Path) -> None:
    assert {path.name for path in out.iterdir()} == {"README.txt", f"{ID}.gpkg", "netcdf", "csv", "geotiff"}
    page = (out / "README.txt").read_text(encoding="utf-8")
    assert ID in page
    assert "DRAFT" in page
    assert "down positive" in page
    assert not list(out.rglob(".*"))


def test_what_such_a_run_does_not_have_is_refused_before_anything_is_written(run: StoredRun, tmp_path: Path) -> None:
    for formats, years, where in ((["nrml"], None, "--format"), (["csv"], [1999], "--year")):
        with pytest.raises(InputError) as error:
            export.write(run, tmp_path / "none", formats, years=years)
        assert error.value.problems[0].where == where
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(("folder", "statistic", "year"), [("total", "p90", 2080), ("caverns", "mean", 2024)])
def test_a_raster_holds_the_centimetres_of_its_cell(
    out: Path, run: StoredRun, folder: str, statistic: str, year: int
) -> None:
    grid = run.grid("subsidence")
    x, y = float(grid.x[20]), float(grid.y[21])
    field = grid.total_m.sel(statistic=statistic) if folder == "total" else grid.subsidence_m.sel(activity="Caverns")
    with rasterio.open(out / "geotiff" / f"subsidence_{folder}" / f"{statistic}_{year}.tif") as file:
        (value,) = next(file.sample([(x, y)]))
        assert value == pytest.approx(100.0 * float(field.sel(x=x, y=y, year=year)))
        assert file.units == ("cm",)
        assert file.crs.to_epsg() == 28992
        assert file.tags()["ACTIVITY"] == ("total" if folder == "total" else "Caverns")


def test_each_year_has_the_total_with_its_band_every_activity_and_the_rate(out: Path) -> None:
    found = sorted(path.relative_to(out / "geotiff").as_posix() for path in (out / "geotiff").rglob("*.tif"))
    assert len(found) == 2 * (3 + 3 + 1)
    for path in (out / "geotiff").rglob("*.tif"):
        items = ET.parse(path.with_suffix(".qml")).getroot().findall(".//item")
        assert len(items) >= 2


def test_the_activities_of_a_raster_add_up_to_its_total(out: Path) -> None:
    def values(name: str) -> np.ndarray:
        with rasterio.open(out / "geotiff" / name / "mean_2080.tif") as file:
            return file.read(1)

    parts = sum(values(f"subsidence_{name}") for name in ("groningen", "small_field", "caverns"))
    assert parts == pytest.approx(values("subsidence_total"))


def test_a_contour_runs_where_the_grid_has_its_value(package: Path, run: StoredRun) -> None:
    lines = gpd.read_file(package, layer="contours")
    assert set(lines.cm) >= {2.0, 4.0, 6.0, 10.0, 40.0}
    assert set(lines.statistic) == {"mean", "p10", "p90"}
    field = 100.0 * run.grid("subsidence").total_m.sel(statistic="mean", year=2080)
    line = lines.query("cm == 10 and year == 2080 and statistic == 'mean' and activity == 'total'").geometry.iloc[0]
    points = shapely.get_coordinates(line)
    x, y = (xr.DataArray(points[:, k], dims="point") for k in (0, 1))
    assert field.interp(x=x, y=y).to_numpy() == pytest.approx(10.0)


def test_higher_contours_of_one_map_lie_within_lower_ones(package: Path) -> None:
    lines = gpd.read_file(package, layer="contours").query("year == 2080 and activity == 'Caverns'")
    lengths = [lines[lines.cm == level].length.sum() for level in sorted(lines.cm)]
    assert lengths == sorted(lengths, reverse=True)


def test_points_lines_and_objects_say_what_the_tables_say(package: Path, run: StoredRun) -> None:
    points = gpd.read_file(package, layer="points").set_index("point")
    table = run.table("subsidence_points").query("point == 'Loppersum' and year == 2024 and activity == 'total'")
    assert points.loc["Loppersum", "subsidence_p90_2024_cm"] == pytest.approx(float(table.p90_cm.iloc[0]))
    assert "caverns_2080_cm" in points or "caverns_2024_cm" in points
    profile = gpd.read_file(package, layer="profiles").set_index("profile")
    assert profile.geometry["A-B"].length == pytest.approx(profile.length_m["A-B"])
    objects = gpd.read_file(package, layer="objects").set_index("object")
    assert objects.loc["Church of Loppersum", "limit_burland_negligible"] == "not_checked"
    assert objects.loc["Church of Loppersum", "limit_en1997_settlement"] == "exceeded"


def test_every_style_is_well_formed_and_each_layer_has_one_to_begin_with(package: Path) -> None:
    with closing(sqlite3.connect(package)) as database:
        rows = database.execute("SELECT f_table_name, styleQML, styleSLD, useAsDefault FROM layer_styles").fetchall()
    for layer, qml, sld, _ in rows:
        root = ET.fromstring(qml)
        assert root.tag == "qgis"
        assert ET.fromstring(sld).tag.endswith("StyledLayerDescriptor")
        renderer = root.find("renderer-v2")
        assert renderer is not None
        if attribute := renderer.get("attr"):
            assert attribute in pyogrio.read_info(package, layer=layer)["fields"]
    layers = {row[0] for row in rows}
    assert layers == {"contours", "points", "profiles", "objects"}
    assert {layer: sum(row[3] for row in rows if row[0] == layer) for layer in layers} == dict.fromkeys(layers, 1)


def test_netcdf_and_tables_are_those_of_the_run_with_its_name(out: Path, run: StoredRun) -> None:
    with xr.open_dataset(out / "netcdf" / "subsidence.nc", engine="h5netcdf") as data:
        assert data.attrs["Conventions"] == "CF-1.11"
        assert [str(t)[:10] for t in data.time.to_numpy()] == ["2024-12-31", "2080-12-31"]
        same = run.grid("subsidence").total_m.sel(year=list(YEARS)).to_numpy()
        assert data.total_m.transpose("statistic", "time", "y", "x").to_numpy() == pytest.approx(same)
    for file in (out / "csv").glob("*.csv"):
        assert set(pd.read_csv(file).run_id) == {ID}
    assert len(list((out / "csv").glob("*.csv"))) == len(list((run.path / "tables").glob("*.csv")))
