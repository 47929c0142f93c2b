"""Earthquakes and pressures of a user in the chain: the same numbers, the same answer; every problem at once."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mijnrisico import data, messages
from mijnrisico.core.scenario import Scenario
from mijnrisico.seismic import catalogue
from mijnrisico.studies import inputs, preflight
from mijnrisico.studies.groningen import chain
from mijnrisico.subsurface import gas_flow

X, Y = np.arange(226_000.0, 273_000.0, 2000.0), np.arange(564_000.0, 619_000.0, 2000.0)
YEARS = (1956, *range(1964, 2041, 2))
ONE_MEMBER = ["time.years=1", "source.rmax=[0.4]", "source.sigma=[3250.0]"]


@dataclass(frozen=True)
class Staged:
    """A finished stage as the chain hands it on."""

    data: xr.Dataset


def grid(years: tuple[int, ...] = YEARS, x: np.ndarray = X, y: np.ndarray = Y) -> xr.DataArray:
    """347 bar until 1960 and 65 bar from 2030, falling evenly, and more in the south."""
    fall = np.interp(years, (1960, 2030), (0.0, 280.0))[:, None, None]
    south = 1.0 - 0.1 * (y[None, :, None] - 564_000.0) / 54_000.0
    times = pd.to_datetime([f"{year}-01-01" for year in years]).as_unit("ns")
    values = 347.0 - fall * south * np.ones((1, 1, x.size))
    return xr.DataArray(values, dims=("time", "y", "x"), coords={"time": times, "y": y, "x": x}, name="pressure")


def embedded(folder: Path) -> None:
    """The packaged catalogue as a file of the user."""
    events = data.table("earthquakes")
    columns = {"event_id": "event_id", "time_utc": "time_utc", "magnitude": "magnitude", "x_rd": "x_rd", "y_rd": "y_rd"}
    shown = events[[*columns]].assign(time_utc=events["time_utc"].dt.strftime("%Y-%m-%dT%H:%M:%S.%f"))
    shown.to_csv(folder / "events.csv", index=False)


def scenario_file(folder: Path, *, pressure: bool = True, events: bool = True, more: str = "") -> Path:
    text = 'title = "Of our own"\n'
    text += '[inputs.catalogue]\nfile = "events.csv"\n' if events else ""
    text += '[inputs.pressure]\nfile = "pressure.nc"\nunit = "bar"\ncrs = "EPSG:28992"\n' if pressure else ""
    path = folder / "scenario.toml"
    path.write_text(text + more, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("own")
    embedded(path)
    grid().to_dataset().to_netcdf(path / "pressure.nc", engine="h5netcdf")
    return path


@pytest.fixture(scope="module")
def scenario(folder: Path) -> Scenario:
    checked = preflight.read(scenario_file(folder), ONE_MEMBER)
    assert checked.scenario is not None, checked.errors
    return checked.scenario


def test_the_packaged_catalogue_as_a_file_gives_the_same_events(scenario: Scenario):
    own = inputs.earthquakes(scenario)
    packaged = catalogue.packaged()
    pd.testing.assert_series_equal(own["inside"], packaged["inside"])
    columns = ["time", "x", "y", "magnitude"]
    pd.testing.assert_frame_equal(
        catalogue.select(1.45, "1995-01-01", "2024-01-01", own)[columns],
        catalogue.select(1.45, "1995-01-01", "2024-01-01")[columns],
    )


def test_the_events_of_a_scenario_say_which_ones_the_fit_uses(scenario: Scenario):
    events = chain.events(scenario)
    assert list(events.columns) == ["time", "x", "y", "magnitude", "depth_km", "type", "used"]
    assert events["time"].is_monotonic_increasing
    assert events["used"].sum() == 357
    used = events[events["used"]]
    assert used["magnitude"].min() >= scenario.source.magnitude_min
    assert used["time"].min() >= pd.Timestamp(scenario.source.since)


def test_pressures_of_the_user_reach_the_fit_and_the_forecast(scenario: Scenario):
    history = Staged(chain.pressure_history(scenario)(lambda _: None))
    coming = Staged(chain.pressure_scenario(scenario, history)(lambda _: None))  # pyright: ignore[reportArgumentType]
    past, future = history.data["pressure"], coming.data["pressure"]
    assert str(past["time"].to_numpy()[0])[:10] == "1956-01-01"
    assert str(past["time"].to_numpy()[-1])[:10] == str(future["time"].to_numpy()[0])[:10] == preflight.HISTORY_END
    assert str(future["time"].to_numpy()[-1])[:10] == "2025-01-01"
    # the chain reads between the moments of the grid
    np.testing.assert_allclose(past.sel(time="1990-01-01").squeeze(), grid().sel(time="1990-01-01").squeeze())
    np.testing.assert_allclose(
        past.sel(time="1973-01-01").squeeze(), grid((1972, 1974)).interp(time=np.datetime64("1973-01-01", "ns"))
    )
    fit = chain.source_posterior(scenario, history, "elastic")  # pyright: ignore[reportArgumentType]
    fitted = Staged(fit(lambda _: None))
    assert fitted.data.attrs["events"] == 357
    stages = (scenario, history, {"elastic": fitted}, coming)
    forecast = chain.event_forecast(*stages)(lambda _: None)  # pyright: ignore[reportArgumentType]
    assert forecast.sizes["year"] == 1
    assert float(forecast["expected"].min()) > 0.0


def test_our_own_pressures_handed_in_as_a_file_are_accepted(tmp_path: Path):
    cells = gas_flow.reservoir_grid(1000)
    own = xr.DataArray(
        np.where(cells["active"], 1.0, np.nan)
        * np.interp(YEARS, (1964, 2024, 2040), (347.0, 70.0, 65.0))[:, None, None],
        dims=("time", "y", "x"),
        coords={"time": grid()["time"], "y": cells["y"], "x": cells["x"]},
        name="pressure",
    )
    own.to_dataset().to_netcdf(tmp_path / "pressure.nc", engine="h5netcdf")
    checked = preflight.read(scenario_file(tmp_path, events=False))
    assert checked.errors == ()


def test_another_catalogue_or_pressure_is_another_question(folder: Path, tmp_path: Path, scenario: Scenario):
    embedded(tmp_path)
    (grid() - 1.0).to_dataset().to_netcdf(tmp_path / "pressure.nc", engine="h5netcdf")
    other = preflight.read(scenario_file(tmp_path), ONE_MEMBER).scenario
    assert other is not None
    assert inputs.key(other, "catalogue") == inputs.key(scenario, "catalogue")
    assert inputs.key(other, "pressure") != inputs.key(scenario, "pressure")
    assert other.digest() != scenario.digest()
    packaged = preflight.read(scenario_file(tmp_path, pressure=False, events=False), ONE_MEMBER).scenario
    assert packaged is not None
    assert inputs.key(packaged, "pressure") is inputs.key(packaged, "catalogue") is None


def test_problems_of_settings_production_earthquakes_and_pressures_come_in_one_pass(tmp_path: Path):
    embedded(tmp_path)
    events = (tmp_path / "events.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "events.csv").write_text("\n".join([*events, events[-1]]), encoding="utf-8")
    (grid((1995, 2000, 2030)) / 10.0).to_dataset().to_netcdf(tmp_path / "pressure.nc", engine="h5netcdf")
    (tmp_path / "volumes.csv").write_text("year,cluster,volume_bcm\n2024,field,-4\n", encoding="utf-8")
    more = '[inputs.scenario]\nfile = "volumes.csv"\n[hazard]\ncell = "klein"\n'
    checked = preflight.read(scenario_file(tmp_path, more=more))
    assert checked.scenario is None
    found = {problem.code for problem in checked.errors}
    assert {"E503", "E210", "E302", "E201"} <= found
    assert {"W114", "W401", "W407"} <= {problem.code for problem in checked.warnings}


def test_the_first_of_two_is_kept_when_the_scenario_says_so(tmp_path: Path):
    embedded(tmp_path)
    lines = (tmp_path / "events.csv").read_text(encoding="utf-8").splitlines()
    again = next(line for line in lines if "2012-08-16T20:30:33" in line).replace("K", "Z")
    (tmp_path / "events.csv").write_text("\n".join([*lines, again]), encoding="utf-8")
    path = scenario_file(tmp_path, pressure=False)
    refused = preflight.read(path)
    assert [problem.code for problem in refused.errors] == ["E403"]
    assert str(refused.errors[0].params["got"]).startswith("('2012-08-16 M 3.6")
    kept = preflight.read(path, ["inputs.catalogue.dedupe=first"]).scenario
    assert kept is not None
    assert chain.events(kept)["used"].sum() == 357
    assert "W403" in {problem.code for problem in kept.warnings}


def test_a_catalogue_that_stops_early_is_no_quiet_field(tmp_path: Path):
    embedded(tmp_path)
    lines = (tmp_path / "events.csv").read_text(encoding="utf-8").splitlines()
    early = [lines[0], *(line for line in lines[1:] if line.split(",")[1] < "2018")]
    (tmp_path / "events.csv").write_text("\n".join(early), encoding="utf-8")
    path = scenario_file(tmp_path, pressure=False)
    assert [problem.code for problem in preflight.read(path).errors] == ["E303"]
    assert preflight.read(path, ["source.until=2018-01-01"]).errors == ()


def test_the_check_on_the_past_needs_earthquakes_too(tmp_path: Path):
    embedded(tmp_path)
    lines = (tmp_path / "events.csv").read_text(encoding="utf-8").splitlines()
    late = [lines[0], *(line for line in lines[1:] if line.split(",")[1] >= "2015")]
    (tmp_path / "events.csv").write_text("\n".join(late), encoding="utf-8")
    found = preflight.read(scenario_file(tmp_path, pressure=False), ["source.from=2015-01-01"])
    assert [(problem.code, problem.params.get("of")) for problem in found.errors] == []
    found = preflight.read(
        scenario_file(tmp_path, pressure=False), ["source.from=2015-01-01", "source.magnitude_min=1.95"]
    )
    assert ("E408", "hindcast") in [(problem.code, problem.params.get("of")) for problem in found.errors]


HOLES: dict[str, tuple[Callable[[], xr.DataArray], list[str]]] = {
    "whole": (grid, []),
    "a hole": (lambda: grid().where((grid()["x"] != 250_000) | (grid()["y"] != 590_000)), ["E401"]),
    "a hole at one moment": (
        lambda: grid().where(
            (grid()["x"] != 250_000) | (grid()["y"] != 590_000) | (grid()["time"] < grid()["time"][2])
        ),
        ["E401"],
    ),
    "a hole outside the field": (lambda: grid().where((grid()["x"] != 228_000) | (grid()["y"] != 614_000)), []),
    "half the field": (lambda: grid(y=Y[:14]), ["E106"]),
    "from 1995": (lambda: grid(tuple(range(1995, 2041))), ["E303"]),
    "until 2030": (lambda: grid(tuple(range(1956, 2031))), ["E303"]),
    "the ends only": (lambda: grid((1956, 2040)), ["E302"]),
    "equal steps of twenty years": (lambda: grid((1944, 1964, 1984, 2004, 2024, 2044)), ["E302"]),
    "a forecast at its ends": (lambda: grid((*range(1956, 2025), 2036)), ["E302"]),
    "nothing of the time before production": (lambda: grid((1930, *range(1964, 2037, 2))), []),
    "nothing of the time after the forecast": (lambda: grid((*range(1956, 2037), 2060)), []),
}


@pytest.mark.parametrize(("make", "expected"), HOLES.values(), ids=HOLES)
def test_a_grid_must_cover_the_field_and_the_period(make: Callable[[], xr.DataArray], expected: list[str]):
    assert [problem.code for problem in inputs.uncovered(make(), "pressure.nc", "2036-01-01")] == expected


def test_moments_too_far_apart_are_all_named():
    (problem,) = inputs.uncovered(grid((1956, 1990, *range(1991, 2024), 2036)), "pressure.nc", "2036-01-01")
    assert problem.params["missing"] == ("1956-01-01 – 1990-01-01", "2023-01-01 – 2036-01-01")
    assert (problem.params["start"], problem.params["end"]) == ("1964-01-01", "2036-01-01")


def test_a_field_of_zeros_is_said_to_be_empty_and_not_read_as_0_bar(tmp_path: Path):
    hole = (grid()["x"] == 250_000) & (grid()["y"] == 590_000)
    grid().where(~hole, 0.0).to_dataset().to_netcdf(tmp_path / "pressure.nc", engine="h5netcdf")
    checked = preflight.read(scenario_file(tmp_path, events=False))
    assert [problem.code for problem in checked.errors] == ["E401"]
    assert "W210" in [problem.code for problem in checked.warnings]


def test_moments_at_noon_give_one_pressure_a_year(tmp_path: Path):
    noon = grid(tuple(range(1956, 2041))).assign_coords(
        time=pd.to_datetime([f"{year}-01-01T12:00" for year in range(1956, 2041)]).as_unit("ns")
    )
    noon.to_dataset().to_netcdf(tmp_path / "pressure.nc", engine="h5netcdf")
    found = preflight.read(scenario_file(tmp_path, events=False), ONE_MEMBER).scenario
    assert found is not None
    history = chain.pressure_history(found)(lambda _: None)["pressure"]
    first = history["time"].isel(time=history["time"].dt.dayofyear.to_numpy() == 1)
    assert list(first["time"].dt.year.to_numpy()) == list(range(1956, 2025))


def test_the_table_of_inputs_names_what_is_read(scenario: Scenario):
    rows = {row.role: row for row in preflight.inputs_table(scenario)}
    assert rows["scenario"].rows is None
    assert (rows["catalogue"].file, rows["catalogue"].rows) == ("events.csv", 1920)
    assert rows["pressure"].file == "pressure.nc"
    for lang in messages.LANGUAGES:
        shown = messages.text(rows["pressure"].what.key, lang, **rows["pressure"].what.params)
        assert f"{X.size * Y.size}" in shown
        assert "347" in shown


def test_the_estimate_of_the_packaged_scenario_is_near_what_was_measured():
    packaged = preflight.read("groningen").scenario
    assert packaged is not None
    need = preflight.estimate(packaged)
    measured_beside_other_work = 930.0 + 600.0  # without and for the buildings, of which the tree takes 500
    assert 0.7 * measured_beside_other_work <= need.seconds <= 1.1 * measured_beside_other_work
    assert 2.25 <= need.memory_gib <= 1.4 * 2.25
