"""A forecast from a file: its shaking in any field, whole run folders, and what does not fit together."""

from pathlib import Path

import numpy as np
import pytest

from mijnrisico import front
from mijnrisico.core.run import StoredRun
from mijnrisico.data.readers import anywhere
from mijnrisico.errors import InputError
from mijnrisico.seismic import hazard
from mijnrisico.studies import from_forecast, given, preflight, shaking
from mijnrisico.studies.groningen import site_answer

MAGNITUDES = np.arange(1.55, 4.0, 0.2)
FAR = 'title = "Far"\n[time]\nyears = 2\n[inputs]\nforecast = "f.csv"\n[motion]\nmodel = "atkinson_2015"\n'
SITES = "name,lon,lat\nDorf,11.22,47.61\nStadt,11.30,47.65\n"


def forecast(folder: Path, scale: float = 1.0, columns: str = "", more: tuple[str, ...] = ("",)) -> None:
    rows = [
        f"{11.2 + 0.02 * i:.3f},47.61,2.5,{m:.2f},{scale * 10 ** (1.5 - m) / 3:.8g}{each}"
        for each in more
        for i in range(3)
        for m in MAGNITUDES
    ]
    head = f"lon,lat,depth_km,magnitude,rate_per_year{columns}"
    (folder / "f.csv").write_text("\n".join((head, *rows)) + "\n", encoding="utf-8")


def write(folder: Path, text: str = FAR, sites: str = "") -> Path:
    if sites:
        (folder / "s.csv").write_text(sites, encoding="utf-8")
        text = f'sites = "s.csv"\n{text}'
    (folder / "scenario.toml").write_text(text, encoding="utf-8")
    return folder / "scenario.toml"


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> StoredRun:
    folder = tmp_path_factory.mktemp("far")
    forecast(folder)
    scenario = front.load(write(folder, sites=SITES), ['hazard.measures=["PGV", "PGA", "SA(0.2)"]'])
    return front.run(scenario, folder / "results", report=False).stored


def test_the_run_is_whole_without_pressures_and_sources(far: StoredRun) -> None:
    stages = [stage["name"] for stage in far.manifest["stages"]]
    assert stages == ["given_forecast", "hazard_pga", "hazard_pgv", "hazard_sa_0_2"]
    assert {model["role"] for model in far.manifest["models"]} == {"rate", "motion"}
    motion = next(model for model in far.manifest["models"] if model["role"] == "motion")
    assert motion["settings"]["site_term"] == "epistemic"
    assert {path.stem for path in far.path.glob("tables/*.csv")} == {
        "forecast_rates", "hazard_curves", "hazard_places", "left_out", "logic_tree", "measure_curves",
        "summary", "velocity_places",
    }  # fmt: skip
    assert not far.scenario.replace({}).warnings


def test_the_summary_counts_every_earthquake_of_the_forecast(far: StoredRun) -> None:
    rows = far.table("summary").query("quantity == 'events_forecast'")
    assert rows["value"].to_numpy() == pytest.approx((10 ** (1.5 - MAGNITUDES)).sum(), rel=1e-6)
    rates = far.table("forecast_rates")
    assert rates["mean"].sum() == pytest.approx(rows["value"].iloc[0], rel=1e-6)


def test_the_levels_are_those_of_the_hazard_itself(far: StoredRun) -> None:
    scenario = far.scenario
    events = given.forecast(scenario)
    points = given.sites(scenario, events)
    direct = hazard.hazard(events, points, motion="atkinson_2015", thresholds=(scenario.hazard.threshold,))
    table = far.table("hazard_places").query("imt == 'PGA' and return_period_yr == 475 and year == 2024")
    expected = direct["level_g"].sel(statistic="mean", return_period=475).isel(year=0).to_numpy()
    assert table.set_index("place").loc[["Dorf", "Stadt"], "mean_g"].to_numpy() == pytest.approx(expected, rel=1e-9)
    assert direct["level_g"].notnull().all()


def test_a_rate_that_holds_for_every_year_gives_every_year_the_same(far: StoredRun) -> None:
    levels = far.table("hazard_places").pivot_table(
        index=["place", "imt", "return_period_yr"], columns="year", values="mean_g"
    )
    assert (levels[2024] == levels[2025]).all()


def test_ten_times_the_rate_is_ten_times_the_hazard(far: StoredRun, tmp_path: Path) -> None:
    forecast(tmp_path, scale=10.0)
    scenario = front.load(write(tmp_path, sites=SITES))
    run = front.run(scenario, tmp_path / "results", report=False).stored
    ratio = run.grid("sites_pga")["rate"] / far.grid("sites_pga")["rate"]
    np.testing.assert_allclose(ratio.sel(statistic="mean"), 10.0, rtol=1e-9)


def test_the_mean_over_branches_is_their_weighted_mean(far: StoredRun, tmp_path: Path) -> None:
    forecast(tmp_path, columns=",branch,weight", more=(",a,0.25", ",b,0.75"))
    text = (tmp_path / "f.csv").read_text().replace(",b,", ",B,")
    lines = text.splitlines()
    doubled = [lines[0], *(line if ",a," in line else _doubled(line) for line in lines[1:])]
    (tmp_path / "f.csv").write_text("\n".join(doubled) + "\n")
    run = front.run(front.load(write(tmp_path, sites=SITES)), tmp_path / "results", report=False).stored
    found, one = (each.grid("sites_pga")["rate"] for each in (run, far))
    ratio = found.sel(statistic="mean") / one.sel(statistic="mean")
    np.testing.assert_allclose(ratio, 0.25 + 0.75 * 2.0, rtol=1e-9)
    assert (found.sel(statistic="p10") <= found.sel(statistic="p90")).all()
    tree = run.table("logic_tree")
    assert dict(tree[tree.node == "forecast"][["branch", "weight"]].to_numpy()) == {"a": 0.25, "B": 0.75}


def _doubled(line: str) -> str:
    cells = line.split(",")
    cells[4] = f"{2 * float(cells[4]):.10g}"
    return ",".join(cells)


def test_without_sites_the_map_lies_around_the_places_of_the_forecast(tmp_path: Path) -> None:
    forecast(tmp_path)
    scenario = front.load(write(tmp_path), ["hazard.cell=2000", "hazard.margin=4000"])
    events = given.forecast(scenario)
    points = given.sites(scenario, events)
    x, y = points["x"].to_numpy(), points["y"].to_numpy()
    near = np.hypot(x[:, None] - events["cell_x"].to_numpy(), y[:, None] - events["cell_y"].to_numpy()).min(axis=1)
    assert near.max() <= 4000.0
    assert (x % 2000.0 == 0.0).all()
    lon, lat = anywhere.to_system(points["lon"], points["lat"], "EPSG:4326", str(events.attrs["crs"]))
    np.testing.assert_allclose((lon, lat), (x, y), atol=1e-3)


def test_a_place_in_the_netherlands_lies_outside_a_field_abroad(far: StoredRun) -> None:
    answer = site_answer(far, np.array([245_000.0]), np.array([590_000.0]), ["Groningen"], 2024)
    assert answer["distance_outside_km"].item() > 500.0
    assert np.isnan(answer["mean_g"].item())


@pytest.mark.slow
def test_in_groningen_a_forecast_from_a_file_gives_risk_and_the_norm_too(tmp_path: Path) -> None:
    rows = [
        f"{x},{y},{m:.2f},{10 ** (2.0 - m):.6g}" for x in (240_000, 246_000) for y in (590_000,) for m in MAGNITUDES
    ]
    (tmp_path / "f.csv").write_text("\n".join(("x_rd,y_rd,magnitude,rate_per_year", *rows)) + "\n")
    (tmp_path / "b.csv").write_text("building,x_rd,y_rd,vulnerability_class\na,240000,590000,URM4L\n")
    text = 'title = "Near"\n[time]\nyears = 1\n[inputs]\nforecast = "f.csv"\nexposure = "b.csv"\n'
    shown = ['risk.shown=["URM1F_B"]', "risk.mix={ URM1F_B = 1.0 }", "hazard.cell=9000", "risk.simulated_years=100"]
    scenario = front.load(write(tmp_path, text), shown)
    assert from_forecast.has_risk(scenario)
    run = front.run(scenario, tmp_path / "results", report=False).stored
    assert set(run.table("verdicts")["norm"]) == {"industrie_piekgrondversnelling", "veiligheidsnorm"}
    assert (run.table("lpr_classes")["lpr_mean"] > 0.0).all()
    assert run.table("buildings_above").query("`class` == 'all'")["buildings"].le(1.0).all()
    assert run.grid("hazard")["level_g"].dims == ("component", "year", "return_period", "statistic", "y", "x")
    again = front.load(write(tmp_path, text), [*shown, "motion.model=atkinson_2015"])
    assert not from_forecast.has_risk(again)
    assert shaking.surfaces(again) == ("regular",)


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        (["motion.model=V7"], "E503", "motion.model"),
        (['hazard.measures=["SA(7)"]'], "E503", "hazard.measures"),
        (["motion.model=bommer_2021_pgv", 'hazard.measures=["PGV"]'], "E503", "sites.file"),
        (["rupture.depth=80", "rupture.largest_distance=70"], "E503", "rupture.depth"),
        (["sites.file=s.csv", 'inputs.forecast.file=""', "motion.model=V7"], "E503", "sites.file"),
        (["inputs.catalogue.file=s.csv"], "W114", "f.csv"),
    ],
)
def test_what_does_not_fit_together_is_said_before_the_start(
    changes: list[str], code: str, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    forecast(tmp_path)
    (tmp_path / "s.csv").write_text(SITES)
    checked = preflight.read(write(tmp_path), changes)
    found = [problem for problem in (*checked.errors, *checked.warnings) if problem.code == code]
    assert any(where in problem.where for problem in found), (checked.errors, checked.warnings)


def test_a_year_that_the_file_does_not_hold_is_missed(tmp_path: Path) -> None:
    forecast(tmp_path, columns=",year", more=(",2024",))
    with pytest.raises(InputError) as caught:
        front.load(write(tmp_path))
    assert [problem.code for problem in caught.value.problems] == ["E303"]
    assert front.load(write(tmp_path), ["time.years=1"]).years == (2024,)


def test_check_shows_what_is_read_of_a_forecast(tmp_path: Path) -> None:
    forecast(tmp_path)
    scenario = front.load(write(tmp_path, sites=SITES))
    rows = {row.role: row for row in preflight.inputs_table(scenario)}
    assert list(rows) == ["forecast", "sites"]
    assert rows["forecast"].rows == 3 * MAGNITUDES.size
    assert preflight.estimate(scenario).seconds < 60.0


def test_check_shows_the_buildings_that_stand_beside_a_forecast(tmp_path: Path) -> None:
    lines = (f"244000,595000,3,{m:.2f},0.1" for m in MAGNITUDES)
    (tmp_path / "f.csv").write_text("\n".join(("x_rd,y_rd,depth_km,magnitude,rate_per_year", *lines)), "utf-8")
    (tmp_path / "b.csv").write_text("building,x_rd,y_rd,use\na,244441,595577,woon\nb,244500,595600,woon\n", "utf-8")
    (tmp_path / "c.csv").write_text("mapping,use,vulnerability_class,share\nown,woon,URM3L,1\n", "utf-8")
    exposed = '[inputs.exposure]\nfile = "b.csv"\n[inputs.exposure_classes]\nfile = "c.csv"\n'
    (tmp_path / "s.toml").write_text(f'title = "T"\n[inputs]\nforecast = "f.csv"\n{exposed}', "utf-8")
    rows = {row.role: row for row in preflight.inputs_table(front.load(tmp_path / "s.toml", ["hazard.cell=5000"]))}
    assert list(rows) == ["forecast", "sites", "exposure", "exposure_classes"]
    assert (rows["exposure"].file, rows["exposure"].rows) == ("b.csv", 2)
    assert rows["exposure_classes"].file == "c.csv"


def test_bins_between_tenths_count_from_their_edge_and_bins_on_tenths_as_rounded_magnitudes() -> None:
    between, on = np.arange(1.55, 6.0, 0.1), np.arange(1.5, 6.0, 0.1)
    assert between[from_forecast.share_above(between, 4.5) == 1.0][0] == pytest.approx(4.55)
    assert on[from_forecast.share_above(on, 4.5) == 1.0][0] == pytest.approx(4.5)
    assert set(from_forecast.share_above(on, 4.5)) == set(from_forecast.share_above(between, 4.5)) == {0.0, 1.0}
    assert from_forecast.share_above(np.array([3.5, 3.7]), 3.65).tolist() == pytest.approx([0.0, 0.75])


def test_the_chance_of_a_large_earthquake_is_that_of_the_bins_above_it(far: StoredRun) -> None:
    above = sum(10 ** (1.5 - m) * share for m, share in ((3.55, 0.25), (3.75, 1.0), (3.95, 1.0)))
    found = far.table("summary").query("quantity == 'chance_m3.6'")["value"]
    assert found.to_numpy() == pytest.approx(-np.expm1(-above), rel=1e-6)


def test_what_lies_outside_the_range_of_the_motion_model_is_counted_and_said(far: StoredRun) -> None:
    rate = 10 ** (1.5 - MAGNITUDES)
    counted = far.table("left_out").set_index("what")["value"]
    share = rate[MAGNITUDES < 3.0].sum() / rate.sum()
    assert counted["rate_outside_magnitudes_of_motion"] == pytest.approx(share, rel=1e-6)
    assert counted["cells_shallower_than_motion"] == 0
    assert [warning["code"] for warning in far.manifest["warnings"]].count("W606") == 1


def test_places_nearer_the_surface_than_the_model_reaches_are_counted(tmp_path: Path) -> None:
    forecast(tmp_path)
    scenario = front.load(write(tmp_path, sites=SITES))
    events = given.forecast(scenario)
    in_groningen = scenario.replace({"motion.model": "atkinson_2015"})
    assert shaking.outside(in_groningen, events).shallow == 0
    near = shaking.outside(front.load("groningen"), events)
    assert (near.shallow, near.nearest_km) == (3, 3.0)
    assert near.share == 0.0


def test_the_levels_below_the_lowest_of_every_measure_are_counted(far: StoredRun) -> None:
    flags = [far.grid(f"sites_{name}")["flag"] for name in ("pga", "pgv", "sa_0.2")]
    below = sum(int((flag == -1).sum()) for flag in flags)
    assert far.table("left_out").set_index("what").loc["levels_below_lowest", "value"] == below


def test_a_curve_of_a_measure_names_it_and_its_unit(far: StoredRun) -> None:
    table = far.table("measure_curves")
    assert dict(table[["imt", "unit"]].drop_duplicates().to_numpy()) == {"PGV": "cm/s", "SA(0.2)": "g"}
    found = far.grid("sites_pgv")["rate"].isel(site=0, year=0, component=0).sel(statistic="mean")
    rows = table.query("imt == 'PGV' and place == 'Dorf' and year == 2024")
    np.testing.assert_allclose(rows["mean_rate"], found, rtol=1e-9)
    np.testing.assert_allclose(rows["level"], found["level"], rtol=1e-9)


def test_a_model_computes_only_the_components_that_it_has_of_a_measure() -> None:
    scenario = front.load("groningen", ["motion.model=V6", 'hazard.measures=["PGA", "PGV"]'])
    assert shaking.components(scenario) == ("geometric_mean", "arbitrary")
    assert shaking.components(scenario, "PGV") == ("geometric_mean",)


def test_a_cubic_is_not_used_beyond_its_magnitudes(tmp_path: Path) -> None:
    forecast(tmp_path)
    douglas = FAR.replace("atkinson_2015", "douglas_2013")
    assert front.load(write(tmp_path, douglas)).motion.model == "douglas_2013"
    with (tmp_path / "f.csv").open("a") as stream:
        stream.write("11.2,47.61,2.5,5.15,1e-5\n")
    with pytest.raises(InputError) as caught:
        front.load(write(tmp_path, douglas))
    assert [problem.code for problem in caught.value.problems] == ["E503"]


def test_a_point_of_a_field_abroad_is_asked_in_its_own_coordinates(far: StoredRun) -> None:
    run = front.open_run(far.path)
    named, same = run.site(place="Dorf"), run.site(lonlat=(11.22, 47.61))
    assert np.hypot(named.x - same.x, named.y - same.y) < 0.01
    written = far.grid("sites_pga")["rate"].isel(site=0, component=0).sel(year=2024, statistic="mean")
    np.testing.assert_allclose(same.rates(2024).sel(statistic="mean"), written, rtol=1e-6)
    assert {"x_m", "y_m"} <= set(same.rates(2024).attrs)
    with pytest.raises(InputError) as caught:
        run.site(lonlat=(6.8, 53.3))
    assert [problem.code for problem in caught.value.problems] == ["E107"]


def test_a_model_with_a_vs30_answers_at_the_sites_that_state_it(tmp_path: Path) -> None:
    forecast(tmp_path)
    text = FAR.replace("atkinson_2015", "bommer_2021_pgv") + '[hazard]\nmeasures = ["PGV"]\n'
    sites = "name,lon,lat,vs30\nDorf,11.22,47.61,300\nStadt,11.30,47.65,500\n"
    run = front.run(front.load(write(tmp_path, text, sites)), tmp_path / "results", report=False)
    rates = run.site(place="Stadt").rates(2024, "PGV")
    written = run.stored.grid("sites_pgv")["rate"].isel(site=1, component=0).sel(year=2024, statistic="mean")
    np.testing.assert_allclose(rates.sel(statistic="mean"), written, rtol=1e-6)
    with pytest.raises(InputError) as caught:
        run.site(lonlat=(11.25, 47.62)).rates(2024, "PGV")
    assert [problem.code for problem in caught.value.problems] == ["E503"]


def test_peak_velocity_of_v6_has_its_one_component_beside_the_two_of_acceleration(tmp_path: Path) -> None:
    rows = [f"246000,594000,{m:.2f},{10 ** (2.0 - m):.6g}" for m in MAGNITUDES]
    (tmp_path / "f.csv").write_text("\n".join(("x_rd,y_rd,magnitude,rate_per_year", *rows)) + "\n")
    text = 'title = "Near"\n[time]\nyears = 1\n[inputs]\nforecast = "f.csv"\n[motion]\nmodel = "V6"\n'
    scenario = front.load(write(tmp_path, text, "name,x_rd,y_rd\nHier,246000,592000\n"))
    scenario = scenario.replace({"hazard.measures": ["PGA", "PGV"]})
    run = front.run(scenario, tmp_path / "results", report=False)
    assert run.stored.grid("sites_pga")["component"].to_numpy().tolist() == ["geometric_mean", "arbitrary"]
    assert run.stored.grid("sites_pgv")["component"].to_numpy().tolist() == ["geometric_mean"]
    site = run.site(place="Hier")
    with pytest.raises(InputError):
        site.rates(2024, "PGV", component="arbitrary")
    events = given.forecast(scenario)
    others = shaking.other_measures(scenario, shaking.ready(scenario, events), given.sites(scenario, events))
    assert others["level"].sel(component="geometric_mean").notnull().all()
    assert others["level"].sel(component="arbitrary").isnull().all()
    assert (others["flag"].sel(component="arbitrary") == 0).all()
