"""`mijnrisico site`: points, tables and GeoJSON; refused before the answer is computed, in both languages."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mijnrisico import cli
from mijnrisico.cli.show import near, verdicts

Capture = pytest.CaptureFixture[str]


class TestSite:
    """Answers at points."""

    @pytest.fixture(autouse=True)
    def _run(self, study: Any, capsys: Capture) -> None:
        assert cli.call(["run", "groningen", "--quiet", "--set", "time.years=2"]) == 0
        capsys.readouterr()

    def test_a_value_just_below_the_threshold_is_not_rounded_onto_it(self, capsys: Capture) -> None:
        assert cli.call(["site", "--rd", "245459", "594583", "--year", "2024", "--lang", "nl"]) == 0
        shown = capsys.readouterr().out
        assert "0,04996 g" in shown
        assert " nee " in shown
        assert "0,42" in shown

    @pytest.mark.parametrize(
        ("lang", "answer", "named"),
        [
            ("nl", "hangt af van de keuze", "0,065 g (willekeurige richting, op een wierde; 30 % meer)"),
            ("en", "depends on the choice", "0.065 g (arbitrary direction, on a dwelling mound (wierde); 30 % more)"),
        ],
    )
    def test_an_answer_that_component_or_surface_can_turn_is_no_answer(
        self, study: Any, capsys: Capture, lang: str, answer: str, named: str
    ) -> None:
        study.highest_g = 0.065
        assert cli.call(["site", "--rd", "245459", "594583", "--year", "2024", "--lang", lang]) == 0
        shown = capsys.readouterr().out
        assert answer in shown
        assert named in shown

    def test_names_are_shown_as_they_were_written(self, folder: Path, capsys: Capture) -> None:
        names = ("Loods [oud]", "Loods [nieuw]", "Tank [/A1]")
        rows = [f"{name},{245459 + 10 * k},594583" for k, name in enumerate(names)]
        (folder / "sites.csv").write_text("\n".join(["name,x_rd,y_rd", *rows, ""]), encoding="utf-8")
        assert cli.call(["site", "--csv", "sites.csv", "--year", "2024"]) == 0
        shown = capsys.readouterr().out
        assert all(name in shown for name in names)

    def test_a_name_that_a_spreadsheet_would_compute_is_written_as_text(self, folder: Path) -> None:
        names = ["=HYPERLINK(1)", "+A1", "-Nul", "@SUM", "Plain"]
        rows = [f"{name},{245459 + 10 * k},594583" for k, name in enumerate(names)]
        (folder / "sites.csv").write_text("\n".join(["name,x_rd,y_rd", *rows, ""]), encoding="utf-8")
        assert cli.call(["site", "--csv", "sites.csv", "--year", "2024", "--out", "out.csv"]) == 0
        written = pd.read_csv(folder / "out.csv", dtype=str)["name"].tolist()
        assert written == ["'=HYPERLINK(1)", "'+A1", "'-Nul", "'@SUM", "Plain"]

    @pytest.mark.parametrize("point", [("nan", "594583"), ("245459", "inf"), ("-inf", "nan")])
    @pytest.mark.parametrize("way", ["--rd", "--lonlat"])
    def test_a_point_that_is_no_number_is_e503(self, way: str, point: tuple[str, str], capsys: Capture) -> None:
        assert cli.call(["site", way, *point, "--json"]) == 3
        (problem,) = json.loads(capsys.readouterr().out)["problems"]
        assert (problem["code"], problem["where"]) == ("E503", way)

    def test_answers_are_not_written_among_the_files_of_a_run(self, folder: Path, capsys: Capture) -> None:
        (run,) = (folder / "results").glob("2*")
        assert cli.call(["site", "--rd", "245459", "594583", "--out", str(run / "answers.csv")]) == 3
        assert "E719" in capsys.readouterr().err
        assert not (run / "answers.csv").exists()

    def test_longitude_and_latitude_are_brought_to_rd(self, capsys: Capture) -> None:
        assert cli.call(["site", "--lonlat", "6.689", "53.331", "--json"]) == 0
        (row, _) = json.loads(capsys.readouterr().out)["sites"]
        assert row["x_rd"] == pytest.approx(241_900, abs=500)
        assert row["y_rd"] == pytest.approx(594_600, abs=500)

    def test_a_site_outside_the_model_area_is_e107(self, capsys: Capture) -> None:
        for lang, words in (("nl", "10,7 km buiten het modelgebied"), ("en", "10.7 km outside the model area")):
            assert cli.call(["site", "--rd", "282300", "594583", "--lang", lang]) == 3
            shown = capsys.readouterr()
            assert "E107" in shown.err
            assert words in shown.err
            assert shown.out == ""

    def test_a_table_of_sites_gives_a_row_each_and_names_what_lies_outside(self, folder: Path, capsys: Capture) -> None:
        (folder / "sites.csv").write_text(
            "name;x_rd;y_rd\nFabriek;245459,5;594583\nVer weg;290000;571220\nWad;1;600000\n"
        )
        assert cli.call(["site", "--csv", "sites.csv", "--year", "2025", "--lang", "nl"]) == 0
        shown = capsys.readouterr()
        assert "W208" in shown.err
        assert "buiten modelgebied (E107)" in shown.out
        assert "geen zone" in shown.out
        assert "0,04996" in shown.out

    @pytest.mark.parametrize(
        ("rows", "code", "words"),
        [
            ("name,lon,lat\nA,53.33,6.69\n", "E103", "verwisseld"),
            ("name,x_rd,y_rd\nA,594583,245459\n", "E104", "lijken op RD met x en y verwisseld"),
            ("naam,X,Y\nA,1,2\n", "E507", "naam, x, y"),
            ("name,x_rd,y_rd\nA,here,594583\n", "E503", "'here' (:2)"),
            ("name,x_rd,y_rd\n", "E214", "geen rijen"),
        ],
    )
    def test_a_bad_table_of_sites_is_refused(
        self, folder: Path, capsys: Capture, rows: str, code: str, words: str
    ) -> None:
        (folder / "sites.csv").write_text(rows)
        assert cli.call(["site", "--csv", "sites.csv", "--lang", "nl"]) == 3
        shown = capsys.readouterr().err
        assert code in shown
        assert words in shown

    @pytest.mark.parametrize(
        ("file", "content", "options"),
        [
            ("a.csv", "name,lon,lat\nA,6.7449944,53.33000222\n", []),
            ("a.csv", "name;x;y\nA;749356,59;5915522,03\n", ["--crs", "EPSG:25831"]),
            ("a.csv", "name,x_rd,y_rd\nA,349833.23,5911352.34\n", ["--crs", "EPSG:25832"]),
            ("a.csv", "Naam,RD X,RD Y\nA,245459,594583\n", ["--columns", "name=naam,x_rd=RD X,y_rd=RD Y"]),
            ("a.geojson", """{"features": [{"properties": {"naam": "A"},
                "geometry": {"type": "Point", "coordinates": [6.7449944, 53.33000222]}}]}""", []),
            ("a.json", """{"crs": {"properties": {"name": "urn:ogc:def:crs:EPSG::28992"}}, "features": [
                {"id": "A", "geometry": {"type": "Point", "coordinates": [245459, 594583, 0]}}]}""", []),
        ],
    )  # fmt: skip
    def test_the_same_place_is_found_in_every_system_and_format(
        self, folder: Path, capsys: Capture, file: str, content: str, options: list[str]
    ) -> None:
        (folder / "deep").mkdir()
        (folder / "deep" / file).write_text(content)
        assert cli.call(["site", "--csv", f"deep/{file}", "--year", "2024", "--json", *options]) == 0
        (row,) = json.loads(capsys.readouterr().out)["sites"]
        assert (row["name"], row["x_rd"], row["y_rd"]) == (
            "A", pytest.approx(245_459, abs=2), pytest.approx(594_583, abs=2))  # fmt: skip

    def test_a_file_that_is_not_there_is_looked_for_in_the_current_folder(self, folder: Path, capsys: Capture) -> None:
        (folder / "sites.csv").write_text("name,x_rd,y_rd\n")
        (folder / "site.txt").write_text("")
        assert cli.call(["site", "--csv", "sits.csv"]) == 3
        shown = capsys.readouterr().err
        assert str(folder) in shown
        assert "Nearest name there: sites.csv" in shown
        assert cli.call(["site", "--csv", "bedrijven.xlsx", "--lang", "nl"]) == 3
        assert "geen enkele naam lijkt erop" in capsys.readouterr().err

    def test_the_answers_are_written_unrounded_and_never_over_a_file(self, folder: Path, capsys: Capture) -> None:
        ask = ["site", "--rd", "245459", "594583", "--year", "2024", "--out", "answers.csv"]
        assert cli.call(ask) == 0
        assert "Written: answers.csv" in capsys.readouterr().out
        frame = pd.read_csv(folder / "answers.csv")
        assert (frame["mean_g"][0], frame["threshold_g"][0]) == (0.04996, 0.05)
        assert (folder / "results" / frame["run"][0]).is_dir()
        (folder / "answers.csv").write_text("mine")
        assert cli.call(ask) == 3
        assert "E716" in capsys.readouterr().err
        assert (folder / "answers.csv").read_text() == "mine"
        assert cli.call([*ask, "--force"]) == 0

    def test_json_carries_the_warnings_too(self, folder: Path, capsys: Capture) -> None:
        (folder / "sites.csv").write_text("name,x_rd,y_rd\nA,245459,594583\nA,245459,594583\n")
        assert cli.call(["site", "--csv", "sites.csv", "--year", "2024", "--json"]) == 0
        answer = json.loads(capsys.readouterr().out)
        assert "W109" in [warning["code"] for warning in answer["warnings"]]
        assert [row["name"] for row in answer["sites"]] == ["A (2)", "A (3)"]

    @pytest.mark.parametrize("threshold", ["nan", "inf", "-1", "0"])
    def test_a_threshold_that_is_no_level_is_e503(self, capsys: Capture, threshold: str) -> None:
        assert cli.call(["site", "--rd", "245459", "594583", f"--threshold={threshold}"]) == 3
        assert "E503" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("lang", "words"),
        [
            ("nl", ("Lokaal persoonlijk risico", "2,7\xa0×\xa010⁻⁵", "ja", "niet op een wierde", "metselwerk")),
            ("en", ("Local personal risk", "2.7\xa0×\xa010⁻⁵", "yes", "not on a dwelling mound", "masonry")),
        ],
    )
    def test_the_risk_of_a_type_stands_beside_the_norm(
        self, capsys: Capture, lang: str, words: tuple[str, ...]
    ) -> None:
        ask = ["site", "--place", "loppersum", "--class", "URM3L", "--class", "PC2", "--year", "2024", "--lang", lang]
        assert cli.call(ask) == 0
        shown = capsys.readouterr().out
        for word in (*words, "Loppersum", "URM3L", "PC2", "1\xa0×\xa010⁻⁵"):
            assert word in shown, word

    def test_the_risk_is_in_the_table_and_the_json_for_programs(self, folder: Path, capsys: Capture) -> None:
        ask = ["site", "--place", "Loppersum", "--class", "URM3L", "--class", "URM3L", "--year", "2024"]
        assert cli.call([*ask, "--out", "a.csv", "--json"]) == 0
        (row,) = json.loads(capsys.readouterr().out)["sites"]
        written = pd.read_csv(folder / "a.csv").iloc[0]
        for name, value in {"mean": 2.7e-5, "p10": 6e-9, "p50": 1.1e-6, "p90": 5.7e-5}.items():
            column = f"lpr_{name}_URM3L_per_year"
            assert row[column] == written[column] == value
        assert row["lpr_norm_per_year"] == 1e-5
        assert row["curve"] is not None

    def test_a_point_outside_has_no_risk_either(self, folder: Path, capsys: Capture) -> None:
        (folder / "sites.csv").write_text("name,x_rd,y_rd\nHier,245459,594583\nVer weg,290000,571220\n")
        assert cli.call(["site", "--csv", "sites.csv", "--class", "URM3L", "--year", "2024"]) == 0
        shown = capsys.readouterr().out
        assert shown.count("outside the model area (E107)") == 2

    def test_a_type_that_the_models_do_not_have_is_e711_with_the_nearest_first(self, capsys: Capture) -> None:
        assert cli.call(["site", "--place", "Loppersum", "--class", "URM3", "--lang", "en"]) == 3
        shown = capsys.readouterr().err
        assert "E711" in shown
        assert "It has: URM3L" in shown

    def test_a_run_without_risk_says_how_to_get_it(self, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("mijnrisico.studies.shaking.has_risk", lambda scenario: False)
        assert cli.call(["site", "--place", "Loppersum", "--class", "URM3L"]) == 3
        shown = capsys.readouterr().err
        assert "E702" in shown
        assert "motion.model=V7" in shown

    def test_a_place_that_is_not_there_is_e412_with_the_nearest(self, capsys: Capture) -> None:
        assert cli.call(["site", "--place", "Loppersom", "--lang", "en"]) == 3
        shown = capsys.readouterr().err
        assert "E412" in shown
        assert "Nearest name: Loppersum" in shown
        assert "--rd X Y" in shown

    def test_all_wrong_arguments_are_named_at_once(self, capsys: Capture) -> None:
        arguments = ["--lonlat", "53.33", "6.69", "--year", "1999", "--run", "zzz", "--threshold", "-1", "--json"]
        assert cli.call(["site", *arguments]) == 3
        found = [problem["code"] for problem in json.loads(capsys.readouterr().out)["problems"]]
        assert found == ["E103", "E503", "E701"]
        assert cli.call(["site"]) == 3


def test_a_site_without_any_run_is_e703(capsys: Capture) -> None:
    assert cli.call(["site", "--rd", "245459", "594583"]) == 3
    assert "E703" in capsys.readouterr().err


def test_digits_are_added_until_the_side_of_the_threshold_shows() -> None:
    assert near(0.0612, 0.05, "nl") == "0,061"
    assert near(0.0499, 0.05, "nl") == "0,0499"
    assert near(0.049999, 0.05, "nl") == "0,049999"
    assert near(0.05, 0.05, "nl") == "0,050"
    assert near(0.04999999996, 0.05, "en") == "0.04999999996"


@pytest.mark.parametrize(
    ("value", "limit", "shown"),
    [(0.04998, 0.05, "0.04998"), (1.0004e-5, 1e-5, "1.0004\xa0×\xa010⁻⁵"), (0.0612, 0.05, "0.0612")],
)
def test_a_verdict_is_not_contradicted_by_the_value_beside_it(
    value: float, limit: float, shown: str, capsys: Capture
) -> None:
    columns = ["norm", "year", "place", "value", "unit", "limit", "outcome"]
    frame = pd.DataFrame([("veiligheidsnorm", 2024, "Zeerijp", value, "g", limit, "exceeded")], columns=columns)
    verdicts(frame, "en")
    assert shown in capsys.readouterr().out


def test_a_verdict_without_a_limit_is_shown(capsys: Capture) -> None:
    columns = ["norm", "year", "place", "value", "unit", "limit", "outcome"]
    frame = pd.DataFrame([("veiligheidsnorm", 2024, "Zeerijp", 0.01, "g", None, "not_configured")], columns=columns)
    verdicts(frame, "en")
    assert "0.0100" in capsys.readouterr().out
