"""`mijnrisico industry risk`: screening at the top of every output, the tables, a run as hazard, refusals."""

import json
import shutil
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from tests.seismic import hazard_twin

from mijnrisico import cli
from mijnrisico.studies.industry.risk import near_sources

RUN = "2026-03-02-aa11bb22"
EXAMPLE = Path(__file__).parents[1] / "studies" / "industry" / "risk" / "site_example.toml"


@pytest.fixture
def site(folder: Path) -> Path:
    """The example without what only makes a band: bands have their own tests."""
    text = EXAMPLE.read_text(encoding="utf-8")
    start, end = text.index("[uncertainty]"), text.index("[spectrum]")
    rows = (line for line in (text[:start] + text[end:]).splitlines() if not line.startswith(("p16_", "p84_")))
    (folder / "site.toml").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, synthetic: ModuleType) -> str:
    """A synthetic run with a forecast of four cells."""
    folder = tmp_path_factory.mktemp("results")
    path = synthetic.write(folder / RUN)
    manifest = path / "manifest.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("2024-01-17-3f2e", RUN), encoding="utf-8")
    made = hazard_twin.forecast(np.array([3.6, 4.4]), cells=2, spacing=2500.0, branches=2)
    made.assign(maps=10.0 * made["maps"]).to_netcdf(path / "grids" / "source.nc", engine="h5netcdf")
    return str(folder)


@pytest.fixture
def asks_a_run(site: Path) -> Path:
    """The site without a hazard or spectrum of its own, and with a building."""
    text = (site / "site.toml").read_text(encoding="utf-8")
    start, end = text.index("[hazard]"), text.index("[grid]")
    text = text[:start] + text[end : text.index("[spectrum]")] + _BUILDING
    (site / "site.toml").write_text(text, encoding="utf-8")
    return site


_BUILDING = """
[[building]]
name = "control room"
vulnerability_class = "URM3L"
linked_to = "tank 1"
x_rd = 245850
y_rd = 594900
"""


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "en",
            (
                "This is engineering screening",
                "RHDHV 2022-17",
                "A person decides",
                "[M]",
                "no contour",
                "Not checked here",
            ),
        ),
        ("nl", ("Dit is technische screening", "RHDHV 2022-17", "Een mens beslist", "[M]", "Hier niet getoetst")),
    ],
)
def test_the_screen_begins_with_what_it_is_and_ends_with_what_it_is_not(
    site: Path, capsys: pytest.CaptureFixture[str], lang: str, words: tuple[str, ...]
) -> None:
    assert cli.call(["industry", "risk", "site.toml", "--lang", lang]) == 0
    said = capsys.readouterr().out
    assert said.startswith(words[0])
    for each in words if lang == "nl" else (word for word in words if word != "no contour"):
        assert each in said


def test_every_file_has_the_warning_at_its_top(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.call(["industry", "risk", "site.toml", "--out", "risk", "--json", "--lang", "en"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert next(iter(told)) == "note"
    assert "screening" in told["note"][0]
    tables = sorted((site / "risk").glob("*.csv"))
    assert {path.stem for path in tables} >= {"rates", "alternatives", "places", "allowable", "contours", "tanks"}
    for path in tables:
        if path.stem != "map.en":  # the numbers beside the map, whose source line says it
            assert path.read_text(encoding="utf-8").startswith("# This is engineering screening")
            top = "".join(line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#"))
            assert "RHDHV 2022-17" in top
            assert "hazus_unanchored [M]" in top
            assert len(pd.read_csv(path, comment="#")) == len(told[path.stem])
    drawn = json.loads((site / "risk" / "contours.geojson").read_text(encoding="utf-8"))
    for words in ("screening", "RHDHV 2022-17", "hazus_unanchored [M]"):
        assert words in drawn["note"]
    lon, lat = np.array(drawn["features"][1]["geometry"]["coordinates"][0][0]).T
    assert (lon > 6.7).all()
    assert (lat < 53.4).all()
    picture = (site / "risk" / "map.en.svg").read_text(encoding="utf-8")
    for words in ("screening", "RHDHV 2022-17", "hazus_unanchored [M]"):
        assert words in picture
    assert cli.call(["industry", "risk", "site.toml", "--out", "risk"]) == 3
    assert "E716" in capsys.readouterr().err


def test_a_level_without_a_contour_is_told_and_is_a_feature_without_a_shape(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (site / "site.toml").read_text(encoding="utf-8")
    lower = text.replace("on = { DS4 = 0.3, DS5 = 0.3 }", "on = { DS5 = 1e-6 }").replace(
        "base_per_year = 1e-6", "base_per_year = 0.0"
    )
    lower = lower.replace("on = { leak = 0.5, rupture = 1.0 }", "on = { rupture = 1e-6 }").replace("= 5e-7", "= 0.0")
    (site / "site.toml").write_text(lower, encoding="utf-8")
    assert cli.call(["industry", "risk", "site.toml", "--out", "risk", "--lang", "en"]) == 0
    assert "no contour" in capsys.readouterr().out
    drawn = json.loads((site / "risk" / "contours.geojson").read_text(encoding="utf-8"))
    assert [feature["geometry"] for feature in drawn["features"]] == [None] * 4


def test_a_run_gives_the_hazard_the_spectrum_the_years_and_the_risk_of_buildings(
    asks_a_run: Path, results: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--run", "aa11", "--results", results, "--year", "2024", "--until", "2025", "--json"]
    assert cli.call(["industry", "risk", "site.toml", *arguments]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["hazard"]["source"].startswith(RUN)
    years = pd.DataFrame(told["years"]).set_index(["unit", "year"])["loss_per_year"]
    both = [years["tank 1", "2024"], years["tank 1", "2025"]]
    assert years["tank 1", "average"] == pytest.approx(np.mean(both))
    (building,) = told["buildings"]
    assert (building["building"], building["linked_to"], building["class"]) == ("control room", "tank 1", "URM3L")
    assert building["lpr_mean"] > 0.0
    assert told["tanks"][0]["impulsive_period_s"] > 0.0
    assert {row["input"] for row in told["drivers"]} >= {"hazard"}


def test_the_hazard_is_given_in_one_way(asks_a_run: Path, results: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.call(["industry", "risk", "site.toml", "--lang", "en"]) == 3
    assert "--run RUN" in capsys.readouterr().err
    shutil.copy(EXAMPLE, asks_a_run / "site.toml")
    assert cli.call(["industry", "risk", "site.toml", "--run", "aa11", "--results", results]) == 3
    assert "E503" in capsys.readouterr().err


def test_an_unknown_class_and_a_year_the_run_lacks_are_refused(
    asks_a_run: Path, results: str, capsys: pytest.CaptureFixture[str]
) -> None:
    site = asks_a_run
    run = ["--run", "aa11", "--results", results]
    assert cli.call(["industry", "risk", "site.toml", *run, "--year", "2050"]) == 3
    assert "E711" in capsys.readouterr().err
    text = (site / "site.toml").read_text(encoding="utf-8")
    (site / "site.toml").write_text(text.replace("URM3L", "URM33"), encoding="utf-8")
    assert cli.call(["industry", "risk", "site.toml", *run, "--year", "2024"]) == 3
    assert "E412" in capsys.readouterr().err


def test_years_that_do_not_fit_are_refused(asks_a_run: Path, results: str, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["industry", "risk", str(asks_a_run / "site.toml"), "--results", results, "--run", RUN]
    assert cli.call([*asked, "--until", "1999"]) == 3
    assert "--until" in capsys.readouterr().err


def test_years_are_refused_where_the_hazard_stands_in_the_file(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.call(["industry", "risk", str(site / "site.toml"), "--until", "2030"]) == 3
    assert "--until" in capsys.readouterr().err


def test_an_unknown_contour_says_which_cells_would_do(
    site: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near_sources, "MOST", 0)
    text = (site / "site.toml").read_text(encoding="utf-8")
    small = text.replace("bund_m2 = 2500.0", "bund_m2 = 50.0").replace("cell_m = 50", "cell_m = 100")
    (site / "site.toml").write_text(small, encoding="utf-8")
    assert cli.call(["industry", "risk", "site.toml", "--lang", "en"]) == 0
    assert "grid too coarse, use  cell_m =" in " ".join(capsys.readouterr().out.split()).replace(
        "use cell", "use  cell"
    )


def test_units_far_apart_and_no_rate_of_other_causes_are_warned_of(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (site / "site.toml").read_text(encoding="utf-8")
    apart = text.replace("x_rd = 245950", "x_rd = 247350").replace("base_per_year = 5e-7\n", "")
    (site / "site.toml").write_text(apart, encoding="utf-8")
    assert cli.call(["industry", "risk", "site.toml", "--lang", "en"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "up to 1.6 km apart" in said
    assert "All causes together: unknown" in said
    assert "ammonia tank, broken connection" in said
    assert "No loss while not full is your assumption" in said
    assert "equally likely in the band" in said
    assert "vulnerable objects" in said


def test_the_map_of_all_causes_says_unknown_where_a_rate_is_missing(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (site / "site.toml").read_text(encoding="utf-8")
    (site / "site.toml").write_text(text.replace("base_per_year = 5e-7\n", ""), encoding="utf-8")
    assert cli.call(["industry", "risk", "site.toml", "--out", "risk", "--lang", "en"]) == 0
    capsys.readouterr()
    assert "unknown: see the table of contours" in (site / "risk" / "map.en.svg").read_text(encoding="utf-8")
    drawn = json.loads((site / "risk" / "contours.geojson").read_text(encoding="utf-8"))
    unknown = [each["properties"]["unknown"] for each in drawn["features"] if each["properties"]["risk"] == "total"]
    assert unknown == ["base", "base"]
