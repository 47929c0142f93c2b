"""Every packaged file is the one that the catalogue describes, and says where it comes from."""

import subprocess
import sys
from pathlib import Path

import pytest

from mijnrisico import data
from mijnrisico.data import catalogue, load
from mijnrisico.errors import MissingDataError

ENTRIES = {entry.name: entry for entry in data.entries()}


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_the_file_has_the_digest_and_size_of_its_entry(entry):
    assert catalogue.problem_of(entry) is None
    assert len(catalogue.package_root().joinpath(entry.file).read_bytes()) == entry.bytes
    assert data.digest(entry.name) == entry.sha256


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_the_entry_states_its_whole_pedigree(entry):
    for field in ("title", "source", "address", "licence", "retrieved", "crs", "derivation"):
        assert getattr(entry, field).strip(), field
    assert entry.built_from
    assert entry.crs in ("EPSG:28992", "none")
    assert all(gap.endswith(".") for gap in entry.gaps)
    assert all(column.meaning for column in entry.columns)


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_columns_units_and_rows_are_those_of_the_entry(entry):
    promised = [column.name for column in entry.columns]
    if entry.kind == "table":
        table = data.table(entry.name)
        assert list(table.columns) == promised
        assert table.attrs["units"] == entry.units
        assert len(table) == entry.rows
        assert all(table[name].dtype.kind == "M" for name in entry.dates)
    elif entry.kind == "dataset":
        dataset = data.dataset(entry.name)
        assert list(dataset.data_vars) == promised
        assert {name: dataset[name].attrs["units"] for name in promised} == entry.units
    else:
        properties, geometries = data.polygons(entry.name)
        assert all(list(record) == promised for record in properties)
        assert len(properties) == len(geometries) == entry.rows


def test_a_unit_in_a_column_name_agrees_with_the_entry():
    suffix = {"_km": "km", "_bara": "bar", "_nm3": "Nm3", "_s": "s", "_rd": "m", "_m_s": "m/s", "_mm_s": "mm/s"}
    for entry in ENTRIES.values():
        for column in entry.columns:
            matching = [unit for end, unit in suffix.items() if column.name.endswith(end)]
            if matching and not entry.name.startswith("reference_"):
                assert column.unit in matching, f"{entry.name}.{column.name}"


def test_all_packaged_data_stay_below_six_megabytes():
    assert sum(entry.bytes for entry in ENTRIES.values()) < 6e6


def test_verify_finds_nothing_wrong_in_a_sound_package():
    assert data.verify() == []


def test_no_packaged_data_file_is_without_an_entry():
    root = Path(str(catalogue.package_root()))
    known = {entry.file for entry in ENTRIES.values()}
    for folder in ("tables", "grids", "polygons", "reference"):
        for path in (root / "data" / folder).iterdir():
            assert path.relative_to(root).as_posix() in known


def damaged_package(tmp_path, name, content):
    entry = data.entry(name)
    for item in ENTRIES.values():
        path = tmp_path / item.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(catalogue.package_root().joinpath(item.file).read_bytes())
    path = tmp_path / entry.file
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content(path.read_bytes()))


def changed_last_byte(content):
    return content[:-1] + bytes([content[-1] ^ 1])


@pytest.mark.parametrize(
    ("content", "code"), [(changed_last_byte, "E113"), (None, "E112")], ids=["one bit flipped", "file gone"]
)
@pytest.mark.parametrize(
    ("name", "read", "cached"),
    [
        ("earthquakes", data.table, load._table),
        ("fault_points", data.dataset, load._dataset),
        ("postcodes", data.polygons, load._polygons),
    ],
)
def test_a_damaged_or_missing_file_is_refused(tmp_path, monkeypatch, name, read, cached, content, code):
    damaged_package(tmp_path, name, content)
    monkeypatch.setattr(catalogue, "package_root", lambda: tmp_path)
    cached.cache_clear()
    with pytest.raises(MissingDataError) as error:
        read(name)
    assert [problem.code for problem in error.value.problems] == [code]
    assert error.value.exit_code == 4
    assert [(problem.code, problem.where) for problem in data.verify()] == [(code, data.entry(name).file)]


def test_an_unknown_name_gets_the_nearest_one():
    with pytest.raises(MissingDataError) as error:
        data.table("earthquake")
    assert error.value.code == "E112"
    assert error.value.problems[0].params["nearest"] == "earthquakes"


def test_a_table_is_not_handed_out_as_a_dataset():
    with pytest.raises(MissingDataError) as error:
        data.dataset("earthquakes")
    assert error.value.code == "E112"


def test_what_a_caller_does_to_a_table_stays_with_the_caller():
    table, reservoir = data.table("places"), data.dataset("reservoir")
    properties, geometries = data.polygons("groningen_outline")
    table.loc[0, "x_rd"] = -1
    table.attrs["units"]["x_rd"] = "mile"
    reservoir["thickness"].values[:] = -1.0
    reservoir["thickness"].attrs["units"] = "mile"
    properties[0]["name"] = "elsewhere"
    geometries[0] = None
    assert data.table("places").loc[0, "x_rd"] > 0
    assert data.table("places").attrs["units"]["x_rd"] == "m"
    assert float(data.dataset("reservoir")["thickness"].max()) > 0
    assert data.dataset("reservoir")["thickness"].attrs["units"] == "m"
    assert data.polygons("groningen_outline")[0][0]["name"] == "Groningen"
    assert data.polygons("groningen_outline")[1][0].area > 0


def test_listing_the_catalogue_imports_nothing_heavy():
    script = (
        "import sys; from mijnrisico import data; data.entries(); data.verify(); "
        "print([m for m in ('numpy', 'pandas', 'xarray', 'shapely') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
