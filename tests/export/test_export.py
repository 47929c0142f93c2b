"""Exported files, opened again by the libraries that users have: values, units, origin, style."""

import csv
import shutil
import sqlite3
import sys
import xml.etree.ElementTree as ET
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import pytest
import rasterio
import xarray as xr

from mijnrisico import export, messages
from mijnrisico.core.run import StoredRun
from mijnrisico.errors import InputError
from mijnrisico.export import styles
from mijnrisico.export.maps import Source
from mijnrisico.seismic import building_privacy

ID = "2024-01-17-3f2e"


def at(run: StoredRun, x: float, y: float, year: int, statistic: str = "mean") -> float:
    level = run.grid("hazard")["level_g"]
    chosen = level.sel(component="geometric_mean", return_period=475, year=year, statistic=statistic)
    return float(chosen.sel(x=x, y=y))


def test_every_format_leaves_its_files_and_a_page_that_explains_them(out: Path) -> None:
    assert {path.name for path in out.iterdir()} == {"README.txt", f"{ID}.gpkg", "netcdf", "csv", "geotiff"}
    page = (out / "README.txt").read_text(encoding="utf-8")
    assert ID in page
    assert "DRAFT" in page
    assert "W603" in page


def test_nothing_half_written_is_left(out: Path) -> None:
    assert not list(out.rglob(".*"))


def test_a_format_or_year_that_does_not_exist_is_refused(run: StoredRun, tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        export.write(run, tmp_path, ["shape"])
    assert error.value.code == "E503"
    with pytest.raises(InputError) as error:
        export.write(run, tmp_path, ["csv"], years=[2050])
    assert error.value.problems[0].where == "--year"


def test_netcdf_and_csv_need_no_library_of_maps(
    run: StoredRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("geopandas", "pyogrio", "rasterio", "contourpy"):
        monkeypatch.setitem(sys.modules, name, None)
    for name in ("gpkg", "geotiff"):
        monkeypatch.delitem(sys.modules, f"mijnrisico.export.{name}", raising=False)
        monkeypatch.delattr(export, name, raising=False)
    written = export.write(run, tmp_path, ["netcdf", "csv"])
    assert {path.suffix for path in written} == {".txt", ".nc", ".csv"}


def test_a_run_without_the_grid_says_so(run: StoredRun, tmp_path: Path) -> None:
    shutil.copytree(run.path, tmp_path / "results" / run.id)
    (tmp_path / "results" / run.id / "grids" / "lpr.nc").unlink()
    with pytest.raises(InputError) as error:
        export.write(StoredRun.open(tmp_path / "results"), tmp_path / "out", ["netcdf"])
    assert error.value.code == "E702"


class TestNetcdf:
    def test_values_are_those_of_the_run(self, out: Path, run: StoredRun) -> None:
        with xr.open_dataset(out / "netcdf" / "hazard.nc", engine="h5netcdf") as data:
            x, y = 245500.0, 595500.0
            level = data["level_g"].sel(component="geometric_mean", return_period=475, statistic="mean")
            assert float(level.sel(x=x, y=y).isel(time=0)) == at(run, x, y, 2024)
            assert data["year"].to_numpy().tolist() == [2024, 2030]

    @pytest.mark.parametrize("name", ["hazard", "lpr", "pressure"])
    def test_every_variable_says_what_it_is_and_in_what_unit(self, out: Path, name: str) -> None:
        with xr.open_dataset(out / "netcdf" / f"{name}.nc", engine="h5netcdf", decode_cf=False) as data:
            for variable in data.data_vars.values():
                if {"x", "y"} <= set(variable.dims) and "standard_name" not in variable.attrs:
                    assert variable.attrs["units"]
                    assert variable.attrs["long_name"]
                    assert variable.attrs["grid_mapping"] == "crs"
            assert data["crs"].attrs["grid_mapping_name"] == "stereographic"
            assert pyproj.CRS.from_cf(data["crs"].attrs).to_epsg() == 28992
            assert data["x"].attrs["standard_name"] == "projection_x_coordinate"
            assert data.attrs["Conventions"] == "CF-1.11"
            assert data.attrs["run_id"] == ID
            assert "DRAFT" in data.attrs["warnings"]

    def test_time_has_bounds_of_a_whole_year(self, out: Path) -> None:
        with xr.open_dataset(out / "netcdf" / "hazard.nc", engine="h5netcdf") as data:
            bounds = data["time_bnds"].to_numpy().astype("datetime64[D]").astype(str)
            assert bounds[0].tolist() == ["2024-01-01", "2025-01-01"]

    @pytest.mark.parametrize("name", ["hazard", "pressure"])
    def test_time_is_an_axis_by_its_standard_name(self, out: Path, name: str) -> None:
        with xr.open_dataset(out / "netcdf" / f"{name}.nc", engine="h5netcdf", decode_cf=False) as data:
            assert (data["time"].attrs["standard_name"], data["time"].attrs["axis"]) == ("time", "T")

    def test_longitude_and_latitude_stand_beside_rd(self, out: Path) -> None:
        with xr.open_dataset(out / "netcdf" / "hazard.nc", engine="h5netcdf") as data:
            node = data.sel(x=245500.0, y=594500.0)
            assert float(node["lon"]) == pytest.approx(6.74, abs=0.01)
            assert float(node["lat"]) == pytest.approx(53.33, abs=0.01)


class TestCsv:
    def test_the_header_says_the_unit_and_every_row_its_run(self, out: Path) -> None:
        with (out / "csv" / "map_pga.csv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        assert {"x_rd_m", "year", "component", "surface", "return_period_yr", "pga_mean_g", "run_id"} <= rows[0].keys()
        assert {row["run_id"] for row in rows} == {ID}
        assert {row["year"] for row in rows} == {"2024", "2030"}

    def test_values_are_those_of_the_run(self, out: Path, run: StoredRun) -> None:
        frame = pd.read_csv(out / "csv" / "map_pga.csv")
        row = frame.query("component == 'geometric_mean' and return_period_yr == 475 and year == 2030").iloc[100]
        assert row["pga_p90_g"] == pytest.approx(at(run, row["x_rd_m"], row["y_rd_m"], 2030, "p90"), rel=1e-11)

    def test_every_table_of_the_run_is_there(self, out: Path, run: StoredRun) -> None:
        tables = {path.name for path in (run.path / "tables").glob("*.csv")}
        assert tables <= {path.name for path in (out / "csv").iterdir()}
        assert "lpr_mean_per_year" in (out / "csv" / "lpr_places.csv").read_text(encoding="utf-8").splitlines()[0]


class TestGeopackage:
    def test_its_layers_are_in_rd_and_say_where_they_come_from(self, out: Path) -> None:
        path = out / f"{ID}.gpkg"
        layers = {name for name, _ in pyogrio.list_layers(path)}
        shown = {"URM1F_B", "URM3L", "URM4L", "URM8L", "RC2"}
        assert {"places", "pga_threshold_lines", "field_outline", "postcodes", "run", "layer_styles"} <= layers
        assert {f"lpr_{name}" for name in shown} <= layers
        for name in layers - {"layer_styles", "run"}:
            info = pyogrio.read_info(path, layer=name)
            assert info["crs"] == "EPSG:28992"
            assert info["layer_metadata"]["RUN_ID"] == ID
            assert "DRAFT" in info["layer_metadata"]["WARNINGS"]

    def test_a_cell_has_the_value_of_its_node(self, out: Path, run: StoredRun) -> None:
        cells = gpd.read_file(out / f"{ID}.gpkg", layer="hazard_pga475_geometric_mean")
        cell = cells.iloc[200]
        assert cell["pga_p10_2030_g"] == at(run, cell["x_rd_m"], cell["y_rd_m"], 2030, "p10")
        assert cell.geometry.area == 1e6
        assert cell.geometry.centroid.x == cell["x_rd_m"]

    def test_the_line_runs_between_cells_below_and_above_the_threshold(self, out: Path) -> None:
        path = out / f"{ID}.gpkg"
        lines = gpd.read_file(path, layer="pga_threshold_lines")
        chosen = "year == 2024 and statistic == 'mean' and component == 'geometric_mean' and return_period_yr == 475"
        line = lines.query(chosen).geometry.iloc[0]
        cells = gpd.read_file(path, layer="hazard_pga475_geometric_mean")
        cells["distance"] = cells.geometry.centroid.distance(line)
        near = cells[cells["distance"] < 1500]["pga_mean_2024_g"]
        assert near.min() < 0.05 <= near.max()

    def test_every_style_is_well_formed_and_each_layer_has_one_to_begin_with(self, out: Path) -> None:
        with closing(sqlite3.connect(out / f"{ID}.gpkg")) as database:
            rows = database.execute(
                "SELECT f_table_name, styleName, styleQML, styleSLD, useAsDefault FROM layer_styles"
            ).fetchall()
        for _, _, qml, sld, _ in rows:
            assert ET.fromstring(qml).tag == "qgis"
            assert ET.fromstring(sld).tag.endswith("StyledLayerDescriptor")
        layers = {row[0] for row in rows}
        assert {layer: sum(row[4] for row in rows if row[0] == layer) for layer in layers} == dict.fromkeys(layers, 1)

    def test_a_style_colours_a_column_that_the_layer_has(self, out: Path) -> None:
        path = out / f"{ID}.gpkg"
        with closing(sqlite3.connect(path)) as database:
            rows = database.execute("SELECT f_table_name, styleQML FROM layer_styles").fetchall()
        for layer, qml in rows:
            renderer = ET.fromstring(qml).find("renderer-v2")
            assert renderer is not None
            if attribute := renderer.get("attr"):
                assert attribute in pyogrio.read_info(path, layer=layer)["fields"]

    def test_its_words_are_dutch_when_asked(self, run: StoredRun, tmp_path: Path) -> None:
        _, path = export.write(run, tmp_path, ["gpkg"], years=[2024], lang="nl")
        with closing(sqlite3.connect(path)) as database:
            names = {name for (name,) in database.execute("SELECT styleName FROM layer_styles")}
        assert "PGA 2024, gemiddelde" in names


class TestGeotiff:
    def test_a_value_stands_where_its_node_is(self, out: Path, run: StoredRun) -> None:
        with rasterio.open(out / "geotiff" / "pga475_geometric_mean" / "mean_2030.tif") as file:
            x, y = 245500.0, 595500.0
            (value,) = next(file.sample([(x, y)]))
            assert value == at(run, x, y, 2030)
            assert file.crs.to_epsg() == 28992
            assert np.isnan(file.nodata)
            assert file.units == ("g",)

    def test_it_is_cloud_optimised_and_says_what_it_is(self, out: Path) -> None:
        with rasterio.open(out / "geotiff" / "lpr_URM3L" / "mean_2024.tif") as file:
            assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
            tags = file.tags()
        facts = {"RUN_ID": ID, "UNIT": "1/year", "STATISTIC": "mean", "YEAR": "2024", "VULNERABILITY_CLASS": "URM3L"}
        assert facts.items() <= tags.items()
        assert "DRAFT" in tags["WARNINGS"]

    def test_each_has_its_style_beside_it(self, out: Path) -> None:
        rasters = sorted((out / "geotiff").rglob("*.tif"))
        assert len(rasters) == (2 * 2 * 4 + 5) * 2
        for path in rasters:
            assert ET.parse(path.with_suffix(".qml")).getroot().tag == "qgis"


class TestBuildings:
    def test_no_layer_table_or_grid_has_an_area_with_few_buildings(self, out: Path) -> None:
        path = out / f"{ID}.gpkg"
        cells = gpd.read_file(path, layer="buildings_cells")
        codes = gpd.read_file(path, layer="buildings_postcodes")
        table = pd.read_csv(out / "csv" / "map_buildings.csv")
        with xr.open_dataset(out / "netcdf" / "building_risk.nc", engine="h5netcdf") as data:
            shown = data["buildings"].to_numpy()
        for number in (cells["buildings_2024"], codes["buildings_2024"], table["buildings"], shown[np.isfinite(shown)]):
            assert len(number) > 3
            assert number.min() >= building_privacy.FEWEST
        assert "9919" not in set(codes["pc4"])

    def test_the_numbers_of_a_cell_are_those_of_the_run(self, out: Path, run: StoredRun) -> None:
        cells = gpd.read_file(out / f"{ID}.gpkg", layer="buildings_cells")
        cell = cells.iloc[100]
        there = run.grid("building_risk").sel(x=cell["x_rd_m"], y=cell["y_rd_m"], year=2030)
        assert cell["lpr_mean_per_year_2030"] == float(there["lpr_mean"])
        assert cell["buildings_p90_above_1e5_2024"] >= cell["buildings_mean_above_1e5_2024"]

    def test_the_page_says_what_was_withheld_and_that_no_single_building_is_there(self, out: Path) -> None:
        page = (out / "README.txt").read_text(encoding="utf-8")
        assert f"fewer than {building_privacy.FEWEST} buildings" in page
        assert "no single buildings" in page
        assert not list(out.rglob("*.parquet"))

    def test_single_buildings_are_refused_where_the_run_kept_none(self, run: StoredRun, tmp_path: Path) -> None:
        with pytest.raises(InputError) as error:
            export.write(run, tmp_path / "out", ["parquet"])
        assert error.value.code == "E702"
        assert "exposure.single_buildings=true" in str(error.value.problems[0].params)
        assert not (tmp_path / "out").exists()

    def test_single_buildings_come_only_when_asked_for_by_name(self, run: StoredRun, tmp_path: Path) -> None:
        kept = tmp_path / "results" / run.id
        shutil.copytree(run.path, kept, ignore=shutil.ignore_patterns("grids", "figures", "report"))
        frame = pd.DataFrame({"building": ["0001"], "year": [2024], "lpr_mean": [1e-6]})
        frame.to_parquet(kept / "tables" / "buildings.parquet")
        asked = StoredRun.open(tmp_path / "results")
        page, file = export.write(asked, tmp_path / "out", ["parquet"])
        assert file.name == f"buildings-{run.id}.parquet"
        assert pd.read_parquet(file).equals(frame)
        assert "SINGLE BUILDINGS" in page.read_text(encoding="utf-8")


class TestStyles:
    def test_a_value_at_the_threshold_belongs_to_the_class_above_it(self) -> None:
        """QGIS counts a border to the class below; the rule says "from 0.05 g"."""
        qml = styles.raster_qml(styles.PALETTES["pga"], "en")
        items = ET.fromstring(qml).findall(".//item")
        colour = next(item.get("color") for item in items if float(item.get("value", "0")) >= 0.05)
        assert colour == "#fdb863"

    def test_classes_are_named_in_the_language_of_the_reader(self) -> None:
        assert styles.PALETTES["pga"].labels("nl")[-1] == "≥ 0,15 g"
        assert styles.PALETTES["pga"].labels("nl")[3] == "0,05–0,08 g"
        assert styles.PALETTES["pga"].labels("en")[-1] == "≥ 0.15 g"

    def test_there_are_as_many_colours_as_classes(self) -> None:
        for palette in styles.PALETTES.values():
            assert len(palette.edges) == len(palette.colours) + 1


def test_every_status_has_its_words(source: Source) -> None:
    assert source.review == "draft"
    for status in ("draft", "reviewed", "published", "superseded"):
        assert messages.has(f"export.status.{status}", "nl")
