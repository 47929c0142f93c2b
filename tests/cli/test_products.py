"""`mijnrisico spectrum`, `disagg`, `curve` and `map` of any measure: asked of a small run, at the point itself."""

import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from tests.seismic import hazard_twin

from mijnrisico import cli

RUN = "2026-03-02-aa11bb22"
AT = ("--rd", "245900", "594900")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, synthetic: ModuleType) -> str:
    """A synthetic run with a forecast of nine cells, and a map of SA(0.3)."""
    folder = tmp_path_factory.mktemp("results")
    path = synthetic.write(folder / RUN)
    manifest = path / "manifest.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("2024-01-17-3f2e", RUN), encoding="utf-8")
    made = hazard_twin.forecast(np.array([3.6, 4.4]), cells=3, spacing=2500.0)
    made.assign(maps=10.0 * made["maps"]).to_netcdf(path / "grids" / "source.nc", engine="h5netcdf")
    with xr.open_dataset(path / "grids" / "hazard.nc", engine="h5netcdf") as hazard:
        mean = 2.5 * hazard["level_g"].sel(statistic="mean").drop_vars("statistic").load()
    attrs = {"imt": "SA(0.3)", "surface": "regular"}
    mean.to_dataset(name="level_g").assign_attrs(attrs).to_netcdf(
        path / "grids" / "hazard_sa_0.3.nc", engine="h5netcdf"
    )
    return str(folder)


def _call(results: str, *arguments: str) -> int:
    return cli.call([*arguments, "--results", results])


def test_disagg_says_the_sentence_and_its_numbers_add_up(
    results: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _call(results, "disagg", *AT, "--year", "2024", "--level", "0.05", "--out", "d.svg") == 0
    said = capsys.readouterr().out.splitlines()[0]
    assert "mostly by earthquakes of magnitude" in said
    assert "0.050" in said
    table = pd.read_csv(folder / "d.csv")
    assert table.loc[table["kind"] == "bin", "share"].sum() == pytest.approx(1.0)
    assert set(table["component"]) == {"geometric_mean"}
    arguments = ("disagg", *AT, "--year", "2024", "--level", "0.05", "--out", "d.svg", "--force")
    assert _call(results, *arguments, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["level"] == 0.05
    assert told["rate_per_year"] == pytest.approx(table["rate_per_year"][table["kind"] == "bin"].sum(), rel=1e-5)


def test_spectrum_lies_beside_a_spectrum_of_the_user(
    results: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "norm.csv").write_text("period_s,sa_g\n0,0.1\n1,0.05\n", encoding="utf-8")
    assert _call(results, "spectrum", *AT, "--year", "2024", "--beside", "norm.csv", "--out", "s.svg") == 0
    table = pd.read_csv(folder / "s.csv")
    assert {95.0, 475.0, 975.0, 2475.0} <= set(table["return_period_yr"])
    assert set(table.loc[table["component"].isna(), "imt"]) == {"norm"}
    assert "once in 475 years" in capsys.readouterr().out


def test_a_curve_of_another_measure_keeps_rate_and_probability_apart(results: str, folder: Path) -> None:
    asked = ("curve", *AT, "--year", "2024", "--measure", "SA(0.3)", "--component", "arbitrary", "--out", "c.svg")
    assert _call(results, *asked) == 0
    table = pd.read_csv(folder / "c.csv")
    assert set(table["imt"]) == {"SA(0.3)"}
    assert set(table["component"]) == {"arbitrary"}
    np.testing.assert_allclose(table["mean_annual_probability"], -np.expm1(-table["mean_rate"]), rtol=1e-4)
    assert (table["mean_annual_probability"] <= table["mean_rate"]).all()


def test_a_map_of_a_measure_of_the_scenario_is_drawn_and_another_is_refused_with_what_there_is(
    results: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _call(results, "map", "--measure", "SA(0.3)", "--out", "m.svg") == 0
    table = pd.read_csv(folder / "m.csv")
    assert set(table["imt"]) == {"SA(0.3)"}
    assert "sa_g" in table
    assert _call(results, "map", "--measure", "SA(1)", "--json") == 3
    said = capsys.readouterr()
    assert "SA(0.3)" in said.out + said.err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("disagg",), "E503"),
        (("disagg", *AT, "--level", "0.05", "--period", "475"), "E503"),
        (("disagg", *AT, "--level", "49"), "E204"),
        (("disagg", *AT, "--year", "2024", "--measure", "SA(9)"), "E711"),
        (("curve", *AT, "--year", "2050"), "E711"),
        (("spectrum", *AT, "--year", "2024", "--component", "larger"), "E711"),
        (("spectrum", *AT, "--year", "2024", "--beside", "nothing.csv"), "E101"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
)
def test_what_makes_no_sense_is_refused_in_words(
    results: str, arguments: tuple[str, ...], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _call(results, *arguments) == 3
    assert code in capsys.readouterr().err
