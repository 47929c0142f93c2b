"""A whole question about subsidence, from its file to its tables; and that measurements find what was put in."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr
from tests.studies.subsidence import small

from mijnrisico import front
from mijnrisico.core.run import StoredRun
from mijnrisico.errors import InputError
from mijnrisico.studies import ask
from mijnrisico.studies.subsidence import fit, measured, outlines, outputs, prediction, question, sources, study

MORE = """
[objects]
file = "objects.csv"

[[limit]]
name = "At the middle"
quantity = "subsidence_cm"
value = 10.0
at = "Middle"
source = "made up"

[[limit]]
name = "Rate"
quantity = "rate_mm_per_year"
value = 5.0
source = "made up"

[[limit]]
name = "Tilt"
quantity = "tilt"
value = 1.0e-4
at = "Middle"
source = "made up"

[[basin]]
name = "Basin"
outline = "field.geojson"
limit_mm_per_year = 4.0
sea_level_rise_mm_per_year = 2.0
average_years = 6
source = "made up"
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> StoredRun:
    folder = tmp_path_factory.mktemp("subsidence")
    asked = front.load(small.write(folder, small.QUESTION + MORE), ["report.formats=[]"])
    return front.run(asked, folder / "results", report=False).stored


def test_a_run_says_of_itself_which_study_answered(run: StoredRun) -> None:
    assert run.study == "subsidence"
    with pytest.raises(InputError) as refused:
        _ = run.scenario
    assert refused.value.problems[0].code == "E702"
    assert ask.again(run).digest() == run.manifest["hash"]["config"].removeprefix("sha256:")


def test_activities_add_up_at_points_on_lines_and_on_the_map(run: StoredRun) -> None:
    for name in ("subsidence_points", "subsidence_profiles"):
        table = run.table(name)
        keys = [key for key in ("point", "profile", "distance_m", "year") if key in table]
        total = table[table["activity"] == "total"].set_index(keys)["mean_cm"]
        parts = table[table["activity"] != "total"].groupby(keys)["mean_cm"].sum()
        np.testing.assert_allclose(total.sort_index(), parts.sort_index(), rtol=1e-9, atol=1e-12)
    grids = run.grid("subsidence")
    np.testing.assert_allclose(
        grids["subsidence_m"].sum("activity"), grids["total_m"].sel(statistic="mean"), rtol=1e-6, atol=1e-9
    )


def test_the_map_and_the_points_say_the_same(run: StoredRun) -> None:
    grids, points = run.grid("subsidence"), run.table("subsidence_points")
    for year in (2010, 2030):
        row = points[(points["year"] == year) & (points["activity"] == "total")].iloc[0]
        cell = grids["total_m"].sel(year=year, x=row["x_m"], y=row["y_m"])
        assert 100.0 * float(cell.sel(statistic="mean")) == pytest.approx(row["mean_cm"], rel=2e-5)
        band = 100.0 * float(cell.sel(statistic="p90") - cell.sel(statistic="p10"))
        assert band == pytest.approx(row["p90_cm"] - row["p10_cm"], rel=0.4)


def test_bands_are_in_order_and_the_volume_is_that_of_the_sources(run: StoredRun) -> None:
    total = run.grid("subsidence")["total_m"]
    assert bool((total.sel(statistic="p10") <= total.sel(statistic="p90")).all())
    volume = run.table("volumes").set_index(["activity", "year"])
    assert volume.loc[("Caverns", 2030), "mean_m3"] == pytest.approx(200_000.0, rel=1e-3)
    assert (volume["p10_m3"] <= volume["p90_m3"]).all()


def test_measurements_move_the_answer_and_narrow_it(run: StoredRun) -> None:
    table = run.table("observations")
    assert (abs(table["modelled_mm"] - table["value_mm"]) < abs(table["prior_mm"] - table["value_mm"])).all()
    assert ((table["modelled_p90_mm"] - table["modelled_p10_mm"]) < 20.0).all()
    branches = run.table("strain_models")
    assert branches["prior_weight"].sum() == pytest.approx(1.0)
    assert branches["posterior_weight"].sum() == pytest.approx(1.0)
    assert branches["posterior_weight"].max() > branches["prior_weight"].max()


def test_limits_and_basins_get_a_chance_for_each_campaign_and_year(run: StoredRun) -> None:
    flags = run.table("red_flag")
    assert list(flags.groupby("limit").size()) == [2, 2, 2]
    assert flags["probability"].between(0.0, 1.0).all()
    before, after = flags[flags["limit"] == "At the middle"]["probability"]
    assert before != after
    budget = run.table("budget")
    assert budget["year"].iloc[0] == 1995
    assert (budget["space_mm_per_year"] == 2.0).all()
    assert budget["load_mm_per_year"].iloc[-1] < budget["load_mm_per_year"].max()


def test_objects_settle_as_the_ground_does_and_share_it_out(run: StoredRun) -> None:
    table = run.table("subsidence_objects")
    farm = table[(table["object"] == "farm") & (table["year"] == 2030)].iloc[0]
    assert sum(farm[f"share_{name}"] for name in ("Field A", "Caverns", "Doublet")) == pytest.approx(1.0)
    assert farm["settlement_cm"] > table[(table["object"] == "weir") & (table["year"] == 2030)]["settlement_cm"].iloc[0]
    assert np.isfinite(farm["freeboard_change_cm"])
    assert (table["settlement_p10_cm"] <= table["settlement_p90_cm"]).all()
    assert farm["settlement_p10_cm"] < farm["settlement_cm"] < farm["settlement_p90_cm"]
    judged = table["verdict"].isin(["met", "exceeded"])
    assert (table["probability_exceeded"].notna() == judged).all()
    assert table["probability_exceeded"].dropna().between(0.0, 1.0).all()


def test_the_same_question_gives_the_same_numbers_again(run: StoredRun, tmp_path: Path) -> None:
    again = front.run(ask.again(run), tmp_path, report=False, recompute=True).stored
    assert again.manifest["hash"]["run"] == run.manifest["hash"]["run"]
    for name in ("subsidence_points", "summary", "red_flag"):
        pd.testing.assert_frame_equal(again.table(name), run.table(name))


def test_levelling_of_a_known_field_gives_its_compressibility_back(tmp_path: Path) -> None:
    places = [(x, y) for x in range(234000, 247000, 1500) for y in range(584000, 597000, 1500)]
    text = small.QUESTION.replace("linear = 0.5, time_decay = 0.5", "linear = 0.001, time_decay = 0.999")

    def levelling(values: np.ndarray) -> str:
        rows = [
            f"P{k % len(places)},{x},{y},1990.0,{2000.0 if k < len(places) else 2014.0},{value},0.1"
            for k, ((x, y), value) in enumerate(zip(2 * places, values, strict=True))
        ]
        return "point,x_rd,y_rd,from,to,subsidence_mm,sigma_mm\n" + "\n".join(rows) + "\n"

    def model(values: np.ndarray) -> tuple[prediction.Model, measured.Measured]:
        asked = question.read(small.write(tmp_path, text, levelling_csv=levelling(values))).scenario
        assert asked is not None
        known = measured.read(asked)
        assert known is not None
        return prediction.model(asked, sources.build(asked, sources.lattice(asked))), known

    first, known = model(np.ones(2 * len(places)))
    nodes = first.sources[0].nodes
    true = np.ones(first.factors)
    true[first.slices[0]] = 1.0 + 0.5 * (nodes[:, 0] - nodes[:, 0].mean()) / np.ptp(nodes[:, 0])
    truth = next(k for k, b in enumerate(first.branches) if first.strains[b.strain].name == "linear" and b.surface == 1)
    moved = fit.fit(first, known).designs[truth] @ true
    second, known = model(-1000.0 * moved)
    found = fit.fit(second, known)
    assert int(np.argmax(found.after.weights)) == truth  # though its prior weight is one in two thousand
    middle = np.hypot(*(nodes - nodes.mean(axis=0)).T) < 4000.0
    np.testing.assert_allclose(found.means()[truth][first.slices[0]][middle], true[first.slices[0]][middle], atol=0.1)
    others = found.left_out()
    assert np.median(abs(others.mean() - known.observations.value_m)) < 0.002
    assert (abs(others.mean() - known.observations.value_m) < 4.0 * others.sd()).all()


def test_measurements_that_contradict_each_other_are_told(tmp_path: Path) -> None:
    rows = "B1,240000,590000,1995.5,2008.5,300,0.5\nB2,240100,590000,1995.5,2008.5,-300,0.5\n"
    rows += "B3,236500,586500,1995.5,2008.5,-400,0.5\n"
    text = small.QUESTION.replace("sd = 0.4", "sd = 1.5")
    levelling = f"point,x_rd,y_rd,from,to,subsidence_mm,sigma_mm\n{rows}"
    asked = question.read(small.write(tmp_path, text, levelling_csv=levelling)).scenario
    assert asked is not None
    model = prediction.model(asked, sources.build(asked, sources.lattice(asked)))
    assert {problem.code for problem in study.warnings(fit.fit(model, measured.read(asked)))} == {"W608", "W609"}
    agreeing = question.read(small.write(tmp_path, small.QUESTION)).scenario
    assert agreeing is not None
    assert study.warnings(fit.fit(model, measured.read(agreeing))) == []


def test_without_measurements_the_answer_is_the_prior(tmp_path: Path) -> None:
    text = small.QUESTION.replace('levelling = "levelling.csv"\n', "")
    asked = question.read(small.write(tmp_path, text)).scenario
    assert asked is not None
    model = prediction.model(asked, sources.build(asked, sources.lattice(asked)))
    found = fit.fit(model, measured.read(asked))
    assert found.measured is None
    np.testing.assert_allclose(found.after.weights, [branch.weight for branch in model.branches])
    for mean in found.means():
        np.testing.assert_allclose(mean, 1.0)
    table = outputs.points(asked, found)
    assert table["p10_cm"].le(table["p90_cm"]).all()


@pytest.fixture(scope="module")
def groningen() -> measured.Measured:
    asked = question.read(question.PACKAGED).scenario
    assert asked is not None
    known = measured.read(asked)
    assert known is not None
    return known


def test_packaged_measurements_use_what_was_measured_and_show_the_rest(groningen: measured.Measured) -> None:
    rows = groningen.observations.rows
    levelled = rows[rows["technique"] == "levelling"]
    assert set(levelled["point"][groningen.used[: len(levelled)]]) == {
        "Eemshaven",
        "Loppersum",
        "Winschoten",
        "Winsum",
        "Zuidlaardermeer",
    }
    parcels = rows["technique"] == "insar"
    left = rows["point"][parcels & ~groningen.used]
    assert "P310" in set(left)
    assert len(left) <= 3
    assert groningen.shallow_sd_m_per_year > 0.0
    np.linalg.cholesky(groningen.observations.covariance_m2)


def test_outlines_and_places_of_the_question_are_kept_for_the_map(run: StoredRun) -> None:
    table = run.table("subsidence_outlines")
    parts = table.groupby(["kind", "name"])["part"].nunique().to_dict()
    assert parts == {
        ("gas", "Field A"): 1,
        ("cavern", "Caverns"): 2,
        ("geothermal", "Doublet"): 1,
        ("basin", "Basin"): 1,
    }
    field = table[table["name"] == "Field A"][["x_m", "y_m"]].to_numpy()
    np.testing.assert_allclose(field[0], field[-1])
    assert {tuple(corner) for corner in field} == {(x, y) for x in (236e3, 244e3) for y in (586e3, 594e3)}
    assert table[table["name"] == "Caverns"]["x_m"].tolist() == [248000.0, 249000.0]


def test_the_outline_of_a_grid_is_the_edge_of_its_cells_with_rock() -> None:
    thickness = xr.DataArray([[0.0, 50.0, 50.0], [np.nan, 50.0, 0.0]], {"y": [0.0, 100.0], "x": [0.0, 100.0, 200.0]})
    edge = outlines.of_cells(xr.Dataset({"thickness_m": thickness}))
    assert shapely.area(edge) == 3 * 100.0**2
    assert tuple(shapely.bounds(edge)) == (50.0, -50.0, 250.0, 150.0)
