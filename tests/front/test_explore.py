"""The notebook lines: a run, its labelled arrays, its points, its pictures, two runs side by side."""

import shutil
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import mijnrisico
from mijnrisico.core import files
from mijnrisico.core.run import manifest, store
from mijnrisico.errors import InputError
from mijnrisico.front.comparison import Comparison
from mijnrisico.front.finished import Run


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, synthetic: ModuleType) -> Path:
    """Two small runs of the same years: the second shakes less."""
    folder = tmp_path_factory.mktemp("results")
    for name, scale in (("2026-03-02-aa11bb22", 1.0), ("2026-03-02-cc33dd44", 0.8)):
        path = synthetic.write(folder / name, scale=scale)
        manifest = path / "manifest.json"
        text = manifest.read_text(encoding="utf-8")
        manifest.write_text(text.replace("2024-01-17-3f2e", name), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def run(results: Path) -> Run:
    return mijnrisico.open_run("aa11", results)


@pytest.fixture(scope="module")
def both(results: Path, run: Run) -> Comparison:
    return mijnrisico.compare(run, mijnrisico.open_run("cc33", results))


def test_a_run_opens_by_its_number_and_by_its_folder(results: Path, run: Run) -> None:
    assert mijnrisico.open_run(run.path) == run
    assert mijnrisico.open_run(results / "2026-03-02-cc33dd44").id == "2026-03-02-cc33dd44"
    assert run.path.name in repr(run)


def test_the_hazard_has_names_a_unit_and_a_system(run: Run) -> None:
    hazard = run.hazard(imt="PGA", return_period=475)
    assert hazard.dims == ("year", "statistic", "y", "x")
    assert (hazard.attrs["units"], hazard.attrs["crs"], hazard.attrs["run_id"]) == ("g", "EPSG:28992", run.id)
    stored = run.grid("hazard")["level_g"].sel(
        return_period=475, component="geometric_mean", statistic="p90", year=2030
    )
    np.testing.assert_array_equal(hazard.sel(statistic="p90", year=2030), stored)
    assert np.nanmax(run.hazard(component="arbitrary")) > np.nanmax(hazard)


def test_what_the_run_does_not_have_is_said_with_what_it_has(run: Run) -> None:
    for ask in (
        lambda: run.hazard(imt="SA(0.3)"),
        lambda: run.hazard(return_period=95),
        lambda: run.hazard(component="vertical"),
        lambda: run.lpr("URM99"),
        lambda: run.map("pga", year=2050),
        lambda: run.map("lpr", statistic="p90"),
        lambda: run.site(place="Amsterdam"),
    ):
        with pytest.raises(mijnrisico.InputError) as caught:
            ask()
        assert caught.value.code == "E711"
        assert caught.value.problems[0].params["known"]


def test_an_array_draws_itself_as_the_map_of_its_choice(run: Run) -> None:
    chosen = run.hazard().sel(year=2030, statistic="p90")
    picture = chosen.mijnrisico.map()
    assert set(picture.data["statistic"]) == {"p90"}
    assert picture.data["pga_g"].max() == pytest.approx(float(chosen.max()))
    twice = (2 * chosen).assign_attrs(chosen.attrs).mijnrisico.map()
    assert twice.data["pga_g"].max() == pytest.approx(2 * float(chosen.max()))


def test_an_array_with_more_than_x_and_y_is_not_a_map(run: Run) -> None:
    for array in (run.hazard(), run.hazard().sel(year=2030, statistic="mean").drop_attrs()):
        with pytest.raises(mijnrisico.InputError) as caught:
            array.mijnrisico.map()
        assert caught.value.code == "E713"


def test_the_notebook_shows_a_run_with_its_state_and_its_summary(run: Run) -> None:
    page = run._repr_html_()
    assert run.id in page
    assert "draft" in page
    assert "<table" in page


def test_a_summary_keeps_numbers_as_numbers(run: Run) -> None:
    frame = run.summary()
    chance = frame.loc[frame["quantity"] == "chance_m3.6", "value"]
    assert all(isinstance(value, float) for value in chance)
    assert "Zeerijp" in set(frame["value"])


def test_the_curve_of_a_named_place_is_the_one_the_run_wrote(run: Run) -> None:
    picture = run.site(place="loppersum").curve(2024)
    table = run.table("hazard_curves").query("place == 'Loppersum' and year == 2024")
    np.testing.assert_allclose(picture.data["mean_rate"], table.sort_values("pga_g")["mean_rate"])
    assert "Loppersum" in picture.title
    assert picture._repr_svg_().startswith("<?xml")


def test_a_point_is_checked_before_it_is_asked(run: Run) -> None:
    assert run.site(lonlat=(6.74, 53.33)).x == pytest.approx(245_000, abs=2_000)
    for code, ask in {
        "E107": lambda: run.site(rd=(200_000, 500_000)),
        "E103": lambda: run.site(lonlat=(53.33, 6.74)),
        "E503": lambda: run.site(rd=(245_000, 594_000), place="Loppersum"),
    }.items():
        with pytest.raises(mijnrisico.InputError) as caught:
            ask()
        assert caught.value.code == code


def test_a_comparison_shows_every_quantity_of_both_with_its_difference(both: Comparison) -> None:
    table = both.table()
    assert (table["difference"] == table["b"] - table["a"]).all()
    assert set(table["quantity"]) == {"chance_m3.6", "chance_m4.5"}
    assert both.changes().empty
    assert both.warnings == ()
    assert "<table" in both._repr_html_()


def test_the_map_of_differences_is_b_minus_a(both: Comparison) -> None:
    picture = both.map("pga", year=2030)
    data = picture.data
    np.testing.assert_allclose(data["pga_g_difference"], data["pga_g_b"] - data["pga_g_a"])
    assert data["pga_g_difference"].max() < 0.0
    assert "lower" in picture.title


def test_a_map_that_cannot_be_compared_is_refused_with_those_that_can(results: Path, run: Run, tmp_path: Path) -> None:
    coarse = tmp_path / "2026-03-03-ee55ff66"
    shutil.copytree(results / "2026-03-02-cc33dd44", coarse)
    scenario = coarse / "scenario.toml"
    scenario.write_text(scenario.read_text(encoding="utf-8").replace("cell = 1000", "cell = 2000"), encoding="utf-8")
    found = mijnrisico.compare(run, mijnrisico.open_run(coarse))
    assert [problem.code for problem in found.warnings] == ["W703"]
    with pytest.raises(mijnrisico.InputError) as caught:
        found.map("pga")
    assert caught.value.code == "E715"
    assert "pressure" in caught.value.problems[0].params["known"]
    assert found.map("pressure", year=2030).data["pressure_bar_difference"].abs().max() == 0.0


def test_checking_in_a_notebook_raises_nothing_and_shows_everything() -> None:
    bad = mijnrisico.check("groningen", ["hazard.cell=1", "risk.shown=['URM3']"])
    assert not bad.good
    assert {problem.code for problem in bad.problems} >= {"E412", "E503"}
    assert "E412" in repr(bad)
    assert "E412" in bad._repr_html_()
    good = mijnrisico.check(mijnrisico.template(overrides=["hazard.cell=5000"]), lang="nl")
    assert good.good
    assert len(good.inputs()) == 3
    assert "<table" in good._repr_html_()
    need = good.estimate()
    assert need is not None
    assert need.seconds > 0


def test_a_run_is_exported_for_other_programs(run: Run, tmp_path: Path) -> None:
    written = run.export(tmp_path / "out", ["csv"])
    assert written
    assert all(path.is_file() for path in written)


@pytest.fixture(name="mine")
def a_run_to_change(run: Run, tmp_path: Path) -> Run:
    shutil.copytree(run.path, tmp_path / run.path.name)
    return mijnrisico.open_run(tmp_path / run.path.name)


@pytest.mark.slow
def test_a_report_drawn_again_stands_in_the_manifest(mine: Run) -> None:
    pages = mine.report(["en"], formats=["html"], audiences=["short"])
    assert [page.name for page in pages] == ["short.en.html"]
    written = mijnrisico.open_run(mine.path).manifest["outputs"]
    assert written == manifest.outputs(mine.path)
    assert "report/short.en.html" in {entry["path"] for entry in written}


def test_the_report_of_a_published_run_is_not_drawn_again(mine: Run) -> None:
    store.review(mine.path.parent, mine.path.name, "published", "A. Name")
    with pytest.raises(InputError, match="E704"):
        mine.report(["en"])
    files.set_writable(mine.path, writable=True)


@pytest.mark.parametrize("name", ["map.svg", "figures/map.svg", "new/map.svg"])
def test_a_figure_is_not_saved_among_the_files_of_a_run(mine: Run, name: str) -> None:
    with pytest.raises(InputError, match="E719"):
        mine.map().save(mine.path / name)
    assert not (mine.path / name).exists()
    with pytest.raises(InputError, match="E719"):
        mine.export(mine.path / "export", ["csv"])
    assert not (mine.path / "export").exists()
