"""The build script gives the same bytes for the same values, and a catalogue that says so."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr

from mijnrisico import data
from mijnrisico.data import catalogue
from mijnrisico.data.readers import csv_table, geojson, netcdf

REPOSITORY = Path(__file__).parents[2]
TABLES = [entry.name for entry in data.entries() if entry.kind == "table"]
DATASETS = [entry.name for entry in data.entries() if entry.kind == "dataset"]
POLYGONS = [entry.name for entry in data.entries() if entry.kind == "polygons"]


@pytest.fixture
def files(monkeypatch):
    monkeypatch.syspath_prepend(str(REPOSITORY / "scripts"))
    import data_files

    return data_files


@pytest.fixture
def texts(monkeypatch):
    monkeypatch.syspath_prepend(str(REPOSITORY / "scripts"))
    import data_catalogue

    return data_catalogue


def packaged(name):
    return Path(str(catalogue.package_root())) / data.entry(name).file


def target(files, name, folder):
    columns = tuple(column.name for column in data.entry(name).columns)
    return files.Target(folder / packaged(name).name, columns)


@pytest.mark.parametrize("name", TABLES)
def test_a_packaged_table_is_written_back_to_the_same_text(files, tmp_path, name):
    frame = csv_table.read(packaged(name))
    new = target(files, name, tmp_path)
    assert files.write_table(new, frame) == data.entry(name).rows
    unpack = gzip.decompress if new.path.suffix == ".gz" else bytes
    assert unpack(new.path.read_bytes()) == unpack(packaged(name).read_bytes())


@pytest.mark.parametrize("name", POLYGONS)
def test_packaged_polygons_are_written_back_to_the_same_text(files, tmp_path, name):
    records, geometries = geojson.read(packaged(name))
    new = target(files, name, tmp_path)
    files.write_features(new, records, geometries, decimals=1 if name == "groningen_outline" else 0)
    assert new.path.read_bytes() == packaged(name).read_bytes()


@pytest.mark.parametrize("name", DATASETS)
def test_a_dataset_written_twice_has_the_same_bytes_and_the_packaged_values(files, tmp_path, name):
    dataset = netcdf.read(packaged(name)).drop_encoding()
    steps = {"throw": 0.01, "length": 0.1} if name == "fault_points" else None
    twice = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        new = target(files, name, folder)
        files.write_dataset(new, dataset, steps)
        twice.append(new.path.read_bytes())
    assert twice[0] == twice[1]
    xr.testing.assert_identical(netcdf.read(tmp_path / "one" / packaged(name).name), dataset)


def test_a_zipped_table_holds_neither_time_nor_name(files, tmp_path):
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    new = files.Target(tmp_path / "small.csv.gz", ("b", "a"))
    assert files.write_table(new, frame) == 2
    content = new.path.read_bytes()
    assert content[3:8] == bytes(5)
    assert gzip.decompress(content) == b"b,a\nx,1\n,2\n"


def test_coordinates_are_rounded_without_breaking_the_polygon(files, tmp_path):
    sliver = shapely.Polygon([(0.2, 0.1), (10.4, 0.3), (10.1, 9.7), (0.2, 9.9), (0.3, 5.0)])
    new = files.Target(tmp_path / "small.geojson", ("name",))
    assert files.write_features(new, [{"name": "é", "other": 1}], [sliver]) == 1
    records, geometries = geojson.read(new.path)
    assert records == [{"name": "é"}]
    assert geometries[0].is_valid
    assert np.all(shapely.get_coordinates(geometries) == np.round(shapely.get_coordinates(geometries)))


def test_values_finer_than_their_step_are_refused(files, tmp_path):
    new = files.Target(tmp_path / "small.nc", ("depth",))
    fine = xr.Dataset({"depth": ("point", [1.25, 2.004])})
    with pytest.raises(SystemExit, match="depth"):
        files.write_dataset(new, fine, {"depth": 0.01})


def test_a_missing_column_stops_the_build(files, tmp_path):
    with pytest.raises(KeyError, match="magnitude"):
        files.write_table(files.Target(tmp_path / "t.csv", ("magnitude",)), pd.DataFrame({"mag": [1.0]}))


def test_the_measured_digest_goes_into_its_own_entry(texts, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"x\n1\n")
    entry = '\n[{}]\ntitle = "t"\nsha256 = ""\nbytes = 0\nrows = 0\n'
    text = texts.measured("# head\n" + entry.format("a") + entry.format("b"), "b", path, 1)
    first, second = text.split("[b]")
    assert 'sha256 = ""' in first
    assert "bytes = 4\nrows = 1" in second
    with pytest.raises(SystemExit, match=r"\[c\]"):
        texts.measured(text, "c", path, 1)
    with pytest.raises(SystemExit, match="rows"):
        texts.measured("\n[a]\nsha256 = ''\nbytes = 0\n", "a", path, 1)


def test_the_page_of_documentation_is_the_one_of_the_catalogue(texts):
    page = (REPOSITORY / "docs" / "look-up" / "data.md").read_text(encoding="utf-8")
    assert page == texts.page(data.entries())


def test_the_build_names_every_source_table_that_is_missing(monkeypatch, tmp_path):
    pytest.importorskip("pyarrow")
    monkeypatch.syspath_prepend(str(REPOSITORY / "scripts"))
    import build_data

    with pytest.raises(SystemExit) as error:
        build_data.build(tmp_path, None, Path(str(catalogue.package_root())))
    missing = str(error.value)
    for entry in data.entries():
        for name in entry.built_from:
            assert (name in missing) == (not entry.name.startswith("reference_"))


def test_the_exact_inside_fraction_of_a_triangle_on_four_cells(monkeypatch):
    monkeypatch.syspath_prepend(str(REPOSITORY / "scripts"))
    import build_data

    triangle = shapely.Polygon([(0, 0), (4, 0), (0, 4)])
    fraction = build_data.inside_fraction(triangle, np.array([1.0, 3.0]), np.array([1.0, 3.0]))
    np.testing.assert_allclose(fraction, [[1.0, 0.5], [0.5, 0.0]])
