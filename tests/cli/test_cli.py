"""The command line: exit codes, both languages, JSON, resuming, and an answer to --help at once."""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from mijnrisico import cli

BAD = Path(__file__).parents[1] / "core" / "bad_input"
Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("file", "code", "exit_code", "dutch", "english"),
    [
        ("E101", "E101", 3, "niet gevonden", "not found"),
        ("E205", "E205", 3, "ongeloofwaardig", "not credible"),
        ("E208_two_ways", "E208", 3, "op twee manieren", "in two ways"),
        ("E302", "E302", 3, "ontbreken perioden", "Periods missing"),
        ("E501", "E501", 3, "kan niet gelezen worden", "cannot be read"),
        ("E502", "E502", 3, "Onbekende sleutel", "Unknown key"),
        ("E503", "E503", 3, "Verkeerd soort waarde", "Wrong kind of value"),
        ("E504", "E504", 3, "Gewichten tellen niet op", "Weights do not sum"),
        ("E507", "E507", 3, "ontbreken kolommen", "Columns are missing"),
        ("E601", "E601", 6, "Niet genoeg geheugen", "Not enough memory"),
    ],
)
@pytest.mark.parametrize("verb", ["check", "run"])
def test_bad_input_is_refused_before_anything_is_computed_or_written(
    file: str, code: str, exit_code: int, dutch: str, english: str, verb: str, study: Any, folder: Path, capsys: Capture
) -> None:
    for lang, words in (("nl", dutch), ("en", english)):
        assert cli.call([verb, str(BAD / f"{file}.toml"), "--lang", lang]) == exit_code
        shown = capsys.readouterr()
        assert shown.out == ""
        assert code in shown.err
        assert words in shown.err
    assert study.computed == []
    assert list(folder.iterdir()) == []


def test_all_examples_of_a_problem_are_shown_when_asked(folder: Path, capsys: Capture) -> None:
    rows = "".join(f"{year},field,nothing\n" for year in range(2024, 2036))
    (folder / "volumes.csv").write_text(f"year,cluster,volume_bcm\n{rows}")
    (folder / "bad.toml").write_text('title = "t"\n[inputs]\nscenario = "volumes.csv"\n')
    assert cli.call(["check", "bad.toml"]) == 3
    shown = capsys.readouterr().err
    assert "and 7 more" in shown
    assert "mijnrisico check bad.toml --all" in shown
    assert cli.call(["check", "bad.toml", "--all"]) == 3
    shown = capsys.readouterr().err
    assert "(:13)" in shown
    assert "more" not in shown


def test_check_tells_what_a_run_will_need(capsys: Capture) -> None:
    assert cli.call(["check", "groningen", "--lang", "nl"]) == 0
    assert "groningen is in orde: Groningen, winning gestopt, 2024 tot en met 2035." in capsys.readouterr().out
    assert cli.call(["check", str(BAD / "E208.toml"), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["errors"] == []
    assert [warning["code"] for warning in shown["warnings"]] == ["W208"]


def test_a_run_ends_with_a_table_in_the_language_of_the_reader(study: Any, capsys: Capture) -> None:
    assert cli.call(["run", "groningen", "--lang", "nl"]) == 0
    shown = capsys.readouterr()
    assert "0,0568 [0,030–0,080]" in shown.out
    assert "Grootste PGA, 475 jaar" in shown.out
    assert "Zeerijp" in shown.out
    assert "results/" in shown.out
    assert "1/2 druk" in shown.err
    assert study.computed == ["pressure", "hazard"]


def test_the_same_question_is_answered_at_once(study: Any, capsys: Capture) -> None:
    assert cli.call(["run", "groningen", "--quiet", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    start = time.perf_counter()
    assert cli.call(["run", "groningen", "--quiet", "--json"]) == 0
    assert time.perf_counter() - start < 3.0
    again = json.loads(capsys.readouterr().out)
    assert first == again
    assert study.computed == ["pressure", "hazard"]


def test_another_setting_reuses_the_stages_that_do_not_depend_on_it(study: Any, capsys: Capture) -> None:
    assert cli.call(["run", "groningen", "--quiet"]) == 0
    assert cli.call(["run", "groningen", "--quiet", "--set", "hazard.cell=2000"]) == 0
    assert study.computed == ["pressure", "hazard", "hazard"]


@pytest.mark.parametrize(("lang", "words"), [("nl", "dezelfde opdracht"), ("en", "the same command")])
def test_after_ctrl_c_the_same_command_goes_on(study: Any, capsys: Capture, lang: str, words: str) -> None:
    study.stop_in = "hazard"
    assert cli.call(["run", "groningen", "--lang", lang]) == 130
    shown = capsys.readouterr().err
    assert "E605" in shown
    assert words in shown
    assert "mijnrisico run groningen" in shown
    study.stop_in = ""
    assert cli.call(["run", "groningen", "--lang", lang]) == 0
    assert study.computed == ["pressure", "hazard"]


def test_a_fault_of_ours_becomes_a_report_and_not_a_traceback(study: Any, folder: Path, capsys: Capture) -> None:
    study.fail_in = "pressure"
    assert cli.call(["run", "groningen"]) == 1
    assert "E901" in capsys.readouterr().err
    (report,) = folder.glob("mijnrisico-fault-*.txt")
    assert "ZeroDivisionError: seventeen" in report.read_text()


def test_a_fault_is_json_for_a_program(study: Any, capsys: Capture) -> None:
    study.fail_in = "hazard"
    assert cli.call(["run", "groningen", "--quiet", "--json"]) == 1
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert problem["code"] == "E901"


@pytest.mark.parametrize("temporary", [True, False])
def test_a_fault_where_nothing_can_be_written_is_no_traceback(
    temporary: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "elsewhere" if temporary else tmp_path / "none"))
    monkeypatch.setattr("mijnrisico.cli._dispatch", lambda words, lang: 1 // 0)
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert cli.call(["runs", "--lang", "nl"]) == 1
    shown = capsys.readouterr().err
    assert "E901" in shown
    assert "ZeroDivisionError" in shown
    if temporary:
        (file,) = (tmp_path / "elsewhere").iterdir()
        assert file.as_posix() in shown.replace("\n", "")
    else:
        assert "nergens" in shown


def test_wrong_use_is_exit_code_2(capsys: Capture) -> None:
    assert cli.call(["nonsense"]) == 2
    assert cli.call(["run"]) == 2
    assert cli.call(["run", "groningen", "--nonsense"]) == 2
    assert cli.call(["check", "groningen", "--lang", "de"]) == 2


def test_a_folder_that_is_not_there_is_e101(capsys: Capture) -> None:
    assert cli.call(["check", "groningen", "-C", "nowhere"]) == 3
    assert "E101" in capsys.readouterr().err


def test_results_go_where_c_points(study: Any, folder: Path) -> None:
    (folder / "work").mkdir()
    assert cli.call(["run", "groningen", "-C", "work", "--quiet"]) == 0
    assert [path.name for path in folder.iterdir()] == ["work"]
    assert (folder / "work" / "results").is_dir()


def test_a_code_is_explained_in_both_languages(capsys: Capture) -> None:
    assert cli.call(["explain", "e302", "--lang", "nl"]) == 0
    assert "ontbreken perioden" in capsys.readouterr().out
    assert cli.call(["explain", "E302"]) == 0
    assert "Periods missing" in capsys.readouterr().out
    assert cli.call(["explain", "E999"]) == 2


def test_data_are_listed_and_verified(capsys: Capture) -> None:
    assert cli.call(["data", "verify", "--lang", "nl"]) == 0
    assert "volledig en onveranderd" in capsys.readouterr().out
    assert cli.call(["data", "list", "--json"]) == 0
    assert "earthquakes" in {entry["name"] for entry in json.loads(capsys.readouterr().out)}


def test_the_language_comes_from_the_option_then_the_environment() -> None:
    assert cli.language(["--lang", "nl"], {"LANG": "en_GB"}) == "nl"
    assert cli.language(["--lang=en"], {"LANG": "nl_NL"}) == "en"
    assert cli.language([], {"MIJNRISICO_LANG": "nl", "LANG": "C"}) == "nl"
    assert cli.language([], {"LC_ALL": "nl_NL.UTF-8"}) == "nl"
    assert cli.language([], {}) == "en"


def test_every_verb_explains_itself(capsys: Capture) -> None:
    for name in cli.VERBS:
        assert cli.call([*name.split(), "--help"]) == 0
        assert "--lang" in capsys.readouterr().out
    assert cli.call([]) == 0
    overview = capsys.readouterr().out
    assert all(name in overview for name in cli.VERBS)


HEAVY = ("numpy", "scipy", "numba", "pandas", "xarray", "matplotlib", "pydantic", "cyclopts", "rich", "shapely")


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; from mijnrisico import cli; cli.call(['--help']); print('|', *sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    modules = {name.split(".")[0] for name in shown.rpartition("|")[2].split()}
    assert not modules & set(HEAVY)


def test_help_takes_less_than_three_tenths_of_a_second() -> None:
    # processor time: what the user waits for on a machine that is not busy with something else, such as other tests
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "mijnrisico", "--help"], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime) < 0.3
