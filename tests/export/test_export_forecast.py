"""The earthquakes of a run in the formats of other programs: rates come back, simulated catalogues are read back."""

import json
import re
import shutil
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mijnrisico import cli, export, messages
from mijnrisico.core import table
from mijnrisico.core.run import StoredRun
from mijnrisico.core.table import Table
from mijnrisico.data.readers import crs, quakeml
from mijnrisico.errors import InputError
from mijnrisico.export import forecast as writer
from mijnrisico.seismic.simulate import simulate

YEARS = (2024, 2026)
MAGNITUDES = np.round(np.arange(1.5, 6.55, 0.1), 1)
BED = "{http://quakeml.org/xmlns/bed/1.2}"


def rates() -> xr.Dataset:
    """A grid `source` as a run stores it: an L of cells, two maps, two branches, the years of the synthetic run."""
    x, y = np.meshgrid(240_000.0 + 500.0 * np.arange(5), 590_000.0 + 500.0 * np.arange(4))
    there = (x < 241_000.0) | (y < 591_000.0)
    x, y = x[there], y[there]
    maps = np.column_stack([np.full(x.size, 1.0), (x - 241_000.0) / 1000.0]) / x.size
    years = np.arange(2024, 2036)
    by_bin = 10.0 ** -(MAGNITUDES - 1.5)
    coefficient = np.array([4.0, 0.5])[:, None, None, None] * by_bin[None, :, None, None] * np.ones((1, 1, 12, 2))
    coefficient *= np.linspace(1.0, 0.4, 12)[:, None] * np.array([1.0, 1.5])
    return xr.Dataset(
        {
            "maps": (("cell", "map"), maps),
            "coefficient": (("map", "magnitude", "year", "branch"), coefficient),
            "weight": ("branch", [0.3, 0.7]),
        },
        coords={
            "magnitude": MAGNITUDES,
            "year": years,
            "branch": ["elastic|linear_stress|4", "elastic|thickness_split|6.5"],
            "cell_x": ("cell", x),
            "cell_y": ("cell", y),
            "cell_area": ("cell", np.full(x.size, 2.5e5)),
        },
    )


@pytest.fixture(scope="module", name="with_rates")
def run_with_rates(tmp_path_factory: pytest.TempPathFactory, synthetic: ModuleType) -> StoredRun:
    results = tmp_path_factory.mktemp("results")
    folder = synthetic.write(results / "2024-01-17-3f2e")
    rates().to_netcdf(folder / "grids" / "source.nc", engine="h5netcdf")
    return StoredRun.open(results)


@pytest.fixture(scope="module", name="folder")
def exported(with_rates: StoredRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    export.write(with_rates, folder, ["forecast", "quakeml"], years=YEARS, catalogues=4, seed=11)
    return folder


def mean_rate(year: int) -> np.ndarray:
    held = rates().sel(year=year)
    every = held["maps"].dot(held["coefficient"], dim="map")
    return (every * held["weight"]).sum("branch").transpose("cell", "magnitude").to_numpy()


def test_the_files_are_there_with_a_page_that_explains_them(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {"README.txt", "forecast", "quakeml"}
    assert {path.name for path in (folder / "forecast").iterdir()} == {
        "forecast.nc", "forecast_2024.csv", "forecast_2026.csv"
    }  # fmt: skip
    assert len(list((folder / "quakeml").iterdir())) == 4
    page = (folder / "README.txt").read_text(encoding="utf-8")
    assert "simulated catalogues" in page
    assert "forecast.nc" in page
    assert not list(folder.rglob(".*"))


def test_rates_come_back_from_netcdf_at_their_place_year_and_magnitude(folder: Path) -> None:
    found = xr.load_dataset(folder / "forecast" / "forecast.nc", engine="h5netcdf")
    assert found["rate"].dims == ("time", "magnitude", "y", "x")
    assert found["year"].to_numpy().tolist() == list(YEARS)
    held = rates()
    for index, year in enumerate(YEARS):
        at_cells = found["rate"].isel(time=index).sel(x=held["cell_x"], y=held["cell_y"])
        np.testing.assert_allclose(at_cells.transpose("cell", "magnitude"), mean_rate(year), rtol=1e-6)
    assert int(found["rate"].isel(time=0, magnitude=0).notnull().sum()) == held.sizes["cell"]
    total = float(found["rate"].sum())
    assert total == pytest.approx(sum(float(mean_rate(year).sum()) for year in YEARS), rel=1e-6)


def test_every_branch_follows_from_the_maps_of_the_file(folder: Path) -> None:
    found = xr.load_dataset(folder / "forecast" / "forecast.nc", engine="h5netcdf")
    of_branch = found["map_rate"].dot(found["coefficient"], dim="map")
    held = rates().sel(year=list(YEARS))
    expected = held["maps"].dot(held["coefficient"], dim="map")
    at_cells = of_branch.sel(x=held["cell_x"], y=held["cell_y"]).transpose("cell", "magnitude", "time", "branch")
    np.testing.assert_allclose(at_cells, expected.transpose("cell", "magnitude", "year", "branch"), rtol=1e-9)
    np.testing.assert_allclose(
        found["branch_rate"], expected.sum("cell").transpose("branch", "year", "magnitude"), rtol=1e-9
    )
    mean = (of_branch * found["weight"]).sum("branch").transpose("time", "magnitude", "y", "x")
    np.testing.assert_allclose(found["rate"].fillna(0.0), mean.fillna(0.0), rtol=1e-6)


def test_the_netcdf_follows_the_cf_conventions(folder: Path) -> None:
    found = xr.load_dataset(folder / "forecast" / "forecast.nc", engine="h5netcdf", decode_times=False)
    assert found.attrs["Conventions"] == "CF-1.11"
    assert found.attrs["run_id"] == "2024-01-17-3f2e"
    assert found["rate"].attrs["units"] == "year-1"
    assert found["rate"].attrs["grid_mapping"] == "crs"
    assert found["magnitude"].attrs["bounds"] == "magnitude_bounds"
    bounds = found["magnitude_bounds"].to_numpy()
    np.testing.assert_allclose(bounds[:, 1], found["magnitude"] + 0.05)
    np.testing.assert_allclose(bounds[1:, 0], bounds[:-1, 1])
    assert found["time"].attrs["bounds"] == "time_bnds"
    for name, variable in found.data_vars.items():
        if name not in ("crs", "time_bnds", "magnitude_bounds"):
            assert variable.attrs["units"], name
            assert variable.attrs["long_name"], name


def test_rates_come_back_from_csv(folder: Path) -> None:
    frame = pd.read_csv(folder / "forecast" / "forecast_2026.csv")
    columns = ["year", "x_rd_m", "y_rd_m", "magnitude_from", "magnitude_to", "rate_per_year", "run_id"]
    assert list(frame.columns) == columns
    assert (frame["rate_per_year"] > 0.0).all()
    assert frame["rate_per_year"].sum() == pytest.approx(mean_rate(2026).sum(), rel=1e-6)
    np.testing.assert_allclose(frame["magnitude_to"] - frame["magnitude_from"], 0.1)
    one = frame[(frame["x_rd_m"] == 240_500.0) & (frame["y_rd_m"] == 590_000.0) & (frame["magnitude_from"] == 1.95)]
    cell = int(np.flatnonzero((rates()["cell_x"] == 240_500.0) & (rates()["cell_y"] == 590_000.0))[0])
    assert one["rate_per_year"].item() == pytest.approx(mean_rate(2026)[cell, 5], rel=1e-6)


def test_rates_just_below_zero_are_zero() -> None:
    held = rates()
    odd = held.assign(maps=held["maps"].where(held["cell_x"] > 240_000.0, -1e-9))
    grid = writer.gridded(odd)
    assert float(grid["rate"].min()) == 0.0
    assert (writer.rows(grid, 2024)["x_rd_m"] > 240_000.0).all()


# --------------------------------------------------------------------------------------------------------- QuakeML


def drawn() -> pd.DataFrame:
    return simulate(rates().sel(year=list(YEARS)), catalogues=4, seed=11)


def as_read(path: Path) -> pd.DataFrame:
    """The events of a file by our own reader of QuakeML."""
    found = quakeml.read(path)
    assert isinstance(found, Table), found
    columns = {name: [row.cells[name] for row in found.rows] for name in quakeml.COLUMNS}
    frame = pd.DataFrame(columns)
    x, y = crs.to_rd(frame["lon"].astype(float), frame["lat"].astype(float))
    times = pd.to_datetime(frame["time"], format="ISO8601").dt.tz_localize(None)
    assert table.numbers(found, "magnitude")[1] == []
    return pd.DataFrame({"time": times, "x": x, "y": y, "magnitude": frame["magnitude"].astype(float)})


def test_our_own_reader_reads_the_catalogues_back(folder: Path) -> None:
    events = drawn()
    for number in range(4):
        own = events[events["catalogue"] == number].reset_index(drop=True)
        found = as_read(folder / "quakeml" / f"catalogue_{number:04d}.xml")
        assert len(found) == len(own) > 0
        assert (found["time"] == own["time"]).all()
        np.testing.assert_array_equal(found["magnitude"], own["magnitude"])
        np.testing.assert_allclose(found[["x", "y"]], own[["x", "y"]], atol=0.02)


def test_the_document_has_the_structure_of_quakeml_bed_1_2(folder: Path) -> None:
    root = ElementTree.parse(folder / "quakeml" / "catalogue_0000.xml").getroot()
    assert root.tag == "{http://quakeml.org/xmlns/quakeml/1.2}quakeml"
    (parameters,) = root
    assert parameters.tag == f"{BED}eventParameters"
    named = [element for element in parameters.iter() if element.get("publicID")]
    pattern = re.compile(
        r"(smi|quakeml):[\w\d][\w\d\-\.\*\(\)_~']{2,}/[\w\d\-\.\*\(\)_~'][\w\d\-\.\*\(\)\+\?_~'=,;#/&]*"
    )
    assert all(pattern.fullmatch(element.get("publicID", "")) for element in [parameters, *named])
    identifiers = {element.get("publicID") for element in named}
    assert len(identifiers) == len(named)
    events = parameters.findall(f"{BED}event")
    assert events
    for event in events:
        assert event.findtext(f"{BED}type") == "induced or triggered event"
        for name in ("preferredOriginID", "preferredMagnitudeID"):
            assert event.findtext(f"{BED}{name}") in identifiers
        origin, magnitude = event.find(f"{BED}origin"), event.find(f"{BED}magnitude")
        assert origin is not None
        assert magnitude is not None
        for name in ("time", "longitude", "latitude"):
            assert origin.findtext(f"{BED}{name}/{BED}value"), name
        assert magnitude.findtext(f"{BED}mag/{BED}value")
        assert magnitude.findtext(f"{BED}originID") == event.findtext(f"{BED}preferredOriginID")


def test_a_catalogue_says_that_it_is_simulated_by_what_and_from_which_seed(folder: Path) -> None:
    root = ElementTree.parse(folder / "quakeml" / "catalogue_0002.xml").getroot()
    comments = [text.text or "" for text in root.findall(f"./{BED}eventParameters/{BED}comment/{BED}text")]
    assert len(comments) == len(messages.LANGUAGES)
    assert any("SIMULATED" in text for text in comments)
    assert any("GESIMULEERDE" in text for text in comments)
    assert all("catalog" in text and " 2 " in text and " 11" in text and "2024-01-17-3f2e" in text for text in comments)
    assert all("elastic|linear_stress (0.3); elastic|thickness_split (0.7)" in text for text in comments)
    info = root.find(f"./{BED}eventParameters/{BED}creationInfo")
    assert info is not None
    assert info.findtext(f"{BED}agencyID") == "mijnrisico"
    assert "seed 11" in (info.findtext(f"{BED}author") or "")


def test_a_catalogue_without_events_is_a_file_too(with_rates: StoredRun) -> None:
    source = writer.Source(with_rates, YEARS, "en")
    tree = writer.quakeml(drawn().iloc[:0], source, number=7, seed=11, models=writer.models_of(rates()))
    root = tree.getroot()
    assert root is not None
    assert len(list(root.iter("eventParameters"))) == 1
    assert not list(root.iter("event"))


def test_the_same_seed_writes_the_same_files_and_another_does_not(
    with_rates: StoredRun, folder: Path, tmp_path: Path
) -> None:
    for seed in (11, 12):
        export.write(with_rates, tmp_path / str(seed), ["quakeml"], years=YEARS, catalogues=2, seed=seed)
    name = "quakeml/catalogue_0001.xml"
    assert (tmp_path / "11" / name).read_bytes() == (folder / name).read_bytes()
    assert (tmp_path / "12" / name).read_bytes() != (folder / name).read_bytes()
    export.write(with_rates, tmp_path / "own", ["quakeml"], years=YEARS, catalogues=1)
    author = ElementTree.parse(tmp_path / "own" / "quakeml" / "catalogue_0000.xml").find(f".//{BED}author")
    assert author is not None
    assert f"seed {with_rates.scenario.seed}" in (author.text or "")


# ------------------------------------------------------------------------------------------------------------- doors


def test_a_run_without_rates_is_refused_before_anything_is_written(run: StoredRun, tmp_path: Path) -> None:
    for name in ("forecast", "quakeml"):
        with pytest.raises(InputError) as caught:
            export.write(run, tmp_path / "out", ["csv", name])
        assert caught.value.code == "E702"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("number", [0, -1, export.MOST_CATALOGUES + 1])
def test_a_number_of_catalogues_that_cannot_be_is_refused(with_rates: StoredRun, tmp_path: Path, number: int) -> None:
    with pytest.raises(InputError) as caught:
        export.write(with_rates, tmp_path / "out", ["quakeml"], catalogues=number)
    assert (caught.value.code, caught.value.problems[0].where) == ("E503", "--catalogues")
    assert not (tmp_path / "out").exists()


def test_the_earthquakes_are_only_written_when_asked_for(with_rates: StoredRun, tmp_path: Path) -> None:
    written = export.write(with_rates, tmp_path, years=[2024])
    assert not {path.parent.name for path in written} & {"forecast", "quakeml"}


def test_the_command_writes_them(
    with_rates: StoredRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(with_rates.path, tmp_path / "results" / with_rates.path.name)
    monkeypatch.chdir(tmp_path)
    command = ["export", "--format", "quakeml,forecast", "--catalogues", "3", "--seed", "5", "--year", "2024", "--json"]
    assert cli.call(command) == 0
    files = json.loads(capsys.readouterr().out)["files"]
    assert sum(name.endswith(".xml") for name in files) == 3
    assert any(name.endswith("forecast/forecast_2024.csv") for name in files)
    for lang in messages.LANGUAGES:
        assert cli.call(["export", "--format", "quakeml", "--catalogues", "0", "--lang", lang]) == 2
        assert "--catalogues" in capsys.readouterr().err
    assert cli.call(["export", "--format", "quakeml", "--seed", "-1"]) == 2
    assert cli.call(["export", "--format", "quakeml", "--catalogues", "10001"]) == 3
