"""The verbs that list, show, review and remove runs, and the one that computes a run again."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from mijnrisico import cli
from mijnrisico.core.run import StoredRun

Capture = pytest.CaptureFixture[str]


@pytest.fixture(name="run")
def one_run(study: Any, capsys: Capture) -> str:
    assert cli.call(["run", "groningen", "--quiet", "--json"]) == 0
    return json.loads(capsys.readouterr().out)["run"]


@pytest.fixture(name="other")
def another_run(run: str, capsys: Capture) -> str:
    assert cli.call(["run", "groningen", "--quiet", "--json", "--set", "title=Another"]) == 0
    return json.loads(capsys.readouterr().out)["run"]


def test_runs_lists_what_is_there_with_its_main_result(run: str, other: str, capsys: Capture) -> None:
    assert cli.call(["runs", "--lang", "nl"]) == 0
    shown = capsys.readouterr().out
    assert run in shown
    assert other in shown
    assert "concept" in shown
    assert "0,0568 g in 2024" in shown
    assert "mijnrisico rm --cache" in shown
    assert cli.call(["runs", "--json"]) == 0
    records = json.loads(capsys.readouterr().out)["runs"]
    assert {record["id"] for record in records} == {run, other}
    assert all(record["bytes"] > 0 for record in records)


def test_runs_of_an_empty_folder_says_how_to_make_one(capsys: Capture) -> None:
    assert cli.call(["runs", "--lang", "nl"]) == 0
    assert "mijnrisico run groningen" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("nl", ("is een concept", "Anders dan in het meegeleverde scenario", "niets", "druk", "Grootste PGA")),
        ("en", ("is a draft", "Differs from the packaged scenario in", "nothing", "pressure", "Largest PGA")),
    ],
)
def test_show_tells_a_run_from_result_to_files(run: str, lang: str, words: tuple[str, ...], capsys: Capture) -> None:
    assert cli.call(["show", run[-5:], "--lang", lang]) == 0
    captured = capsys.readouterr()
    shown = captured.out + captured.err
    for word in (run, *words):
        assert word in shown
    assert captured.out.index(words[-1]) < captured.out.index(words[1]), "the result comes first"


def test_show_names_its_files_where_they_are_asked_for(run: str, capsys: Capture) -> None:
    assert cli.call(["show", run]) == 0
    assert "summary.csv" not in capsys.readouterr().out
    assert cli.call(["show", run, "--files"]) == 0
    shown = capsys.readouterr().out
    assert shown.index("Stages") < shown.index("summary.csv")


def test_show_counts_the_packaged_data_in_one_line(run: str, capsys: Capture) -> None:
    assert cli.call(["show", run, "--lang", "nl"]) == 0
    shown = capsys.readouterr().out
    assert "mijnrisico data list" in shown
    assert "production_by_cluster" not in shown


def test_log_has_the_words_of_a_warning(run: str, folder: Path, capsys: Capture) -> None:
    place = folder / "results" / run
    manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    manifest["warnings"] = [{"code": "W409", "where": "source.from", "message": {"en": "Not complete"}}]
    (place / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    event = {"time": "2026-01-01T00:00:00Z", "event": "warning", "code": "W409", "where": "source.from"}
    (place / "log.jsonl").write_text(json.dumps(event) + "\n", encoding="utf-8")
    assert cli.call(["log", "--lang", "en"]) == 0
    assert "W409 Not complete" in capsys.readouterr().out


def test_show_config_is_a_scenario_that_asks_the_same_question(run: str, folder: Path, capsys: Capture) -> None:
    assert cli.call(["show", "--config"]) == 0
    (folder / "again.toml").write_text(capsys.readouterr().out, encoding="utf-8")
    assert cli.call(["run", "again.toml", "--quiet", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["run"] == run
    assert cli.call(["show", "--manifest"]) == 0
    assert json.loads(capsys.readouterr().out)["run_id"] == run


def test_log_tells_every_step(run: str, capsys: Capture) -> None:
    assert cli.call(["log", "--lang", "nl"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "begonnen" in lines[0]
    assert any("stap klaar" in line and "dreiging" in line for line in lines)
    assert "voltooid" in lines[-1]
    assert cli.call(["log", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["events"][0]["event"] == "start"


class TestRm:
    def answer(self, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
        monkeypatch.setattr("builtins.input", lambda question: given)

    @pytest.mark.parametrize(("lang", "yes"), [("nl", "j"), ("en", "y")])
    def test_it_asks_on_a_terminal_and_says_what_it_frees(
        self, run: str, lang: str, yes: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
    ) -> None:
        self.answer(monkeypatch, "n")
        assert cli.call(["rm", run, "--lang", lang]) == 0
        assert (folder / "results" / run).is_dir()
        assert "KiB" in capsys.readouterr().err
        self.answer(monkeypatch, yes)
        assert cli.call(["rm", run, "--lang", lang]) == 0
        assert not (folder / "results" / run).exists()

    def test_nothing_goes_when_one_of_several_is_not_known(self, run: str, folder: Path, capsys: Capture) -> None:
        assert cli.call(["rm", run, "nothing", "--yes"]) == 3
        assert "E701" in capsys.readouterr().err
        assert (folder / "results" / run).is_dir()

    def test_the_saved_stages_go_and_the_runs_stay(self, run: str, study: Any, folder: Path, capsys: Capture) -> None:
        assert cli.call(["rm", "--cache", "--yes"]) == 0
        assert list((folder / "results" / ".cache").iterdir()) == []
        study.computed.clear()
        assert cli.call(["run", "groningen", "--quiet", "--set", "title=Another"]) == 0
        assert study.computed == ["pressure", "hazard"]
        assert (folder / "results" / run).is_dir()

    def test_rm_of_nothing_says_what_there_is(self, run: str, capsys: Capture) -> None:
        assert cli.call(["rm"]) == 2
        assert run in capsys.readouterr().err

    def test_a_run_that_is_a_link_loses_the_link_and_says_what_that_frees(
        self, run: str, folder: Path, capsys: Capture
    ) -> None:
        kept = folder / "kept"
        (folder / "results" / run).rename(kept)
        (folder / "results" / run).symlink_to(kept)
        assert cli.call(["rm", run, "--yes"]) == 0
        assert "0 B" in capsys.readouterr().out
        assert (kept / "manifest.json").is_file()
        assert not [path.name for path in (folder / "results").iterdir() if run in path.name]

    def test_a_run_of_that_name_in_another_folder_stays(self, run: str, folder: Path, capsys: Capture) -> None:
        other = folder / "old" / run
        assert cli.call(["rm", str(other), "--yes"]) == 3
        assert "E701" in capsys.readouterr().err
        assert (folder / "results" / run).is_dir()


class TestReview:
    def test_a_published_run_is_said_to_stay_so(self, run: str, capsys: Capture) -> None:
        assert cli.call(["review", run, "--status", "published", "--by", "A. Name", "--lang", "nl"]) == 0
        assert "niet terug te draaien" in capsys.readouterr().out

    def test_on_a_terminal_publishing_is_asked_first(
        self, run: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.stdin.isatty", lambda: True)
        monkeypatch.setattr("builtins.input", lambda _: "n")
        assert cli.call(["review", run, "--status", "published", "--by", "A. Name"]) == 0
        assert "not changed" in capsys.readouterr().err
        assert StoredRun.open("results", run).review["status"] == "draft"

    def test_a_draft_takes_one_line_with_the_command_that_ends_it(self, run: str, capsys: Capture) -> None:
        assert cli.call(["show", run]) == 0
        (line,) = capsys.readouterr().err.strip().splitlines()
        assert line.startswith("W704")
        assert f"mijnrisico review {run} --status reviewed" in line

    def test_the_run_that_a_path_leads_to_is_reviewed_and_not_its_namesake(self, run: str, folder: Path) -> None:
        shutil.copytree(folder / "results" / run, folder / "old" / run)
        assert cli.call(["review", f"old/{run}", "--status", "reviewed", "--by", "A. Name"]) == 0
        status = [StoredRun.open(name, run).review["status"] for name in ("results", "old")]
        assert status == ["draft", "reviewed"]

    def test_a_review_is_shown_and_ends_the_draft(self, run: str, capsys: Capture) -> None:
        assert cli.call(["review", run, "--status", "reviewed", "--by", "A. Name", "--lang", "nl"]) == 0
        assert f"Run {run} is beoordeeld." in capsys.readouterr().out
        assert cli.call(["show", "--lang", "nl"]) == 0
        captured = capsys.readouterr()
        assert "W704" not in captured.err
        assert "beoordeeld, door A. Name op" in captured.out

    def test_a_superseded_run_says_by_which(self, run: str, other: str, capsys: Capture) -> None:
        words = ["review", run, "--status", "superseded", "--by", "A. Name", "--superseded-by", other[-6:]]
        assert cli.call(words) == 0
        assert other in capsys.readouterr().out
        assert cli.call(["show", run]) == 0
        assert f"was superseded by {other}" in capsys.readouterr().err

    def test_a_draft_says_so_where_it_is_used_but_not_to_programs(self, run: str, capsys: Capture) -> None:
        assert cli.call(["site", "--rd", "245459", "594583"]) == 0
        assert "W704" in capsys.readouterr().err
        assert cli.call(["site", "--rd", "245459", "594583", "--json"]) == 0
        captured = capsys.readouterr()
        assert captured.err == ""
        assert "W704" in {warning["code"] for warning in json.loads(captured.out)["warnings"]}


class TestVerify:
    def test_the_same_code_gives_the_same_and_touches_nothing(self, run: str, folder: Path, capsys: Capture) -> None:
        before = sorted(path.as_posix() for path in folder.rglob("*"))
        assert cli.call(["run", "--verify", run, "--lang", "nl"]) == 0
        assert "1 bestanden gelijk tot op het laatste bit" in capsys.readouterr().out
        assert sorted(path.as_posix() for path in folder.rglob("*")) == before
        assert cli.call(["run", "--verify", "--json", "--quiet"]) == 0
        assert json.loads(capsys.readouterr().out)["same"] is True

    def test_it_computes_without_saved_stages(self, run: str, study: Any) -> None:
        study.computed.clear()
        assert cli.call(["run", "--verify", "--quiet"]) == 0
        assert study.computed == ["pressure", "hazard"]


def test_what_the_user_wrote_is_shown_as_written(study: Any, capsys: Capture) -> None:
    assert cli.call(["run", "groningen", "--quiet", "--json", "--set", "title=Plan [/b] [red]oud[/red] :house:"]) == 0
    capsys.readouterr()
    assert cli.call(["runs"]) == 0
    assert "Plan [/b] [red]oud[/red] :house:" in capsys.readouterr().out


def test_no_place_of_this_machine_is_kept_in_a_run(study: Any, folder: Path, capsys: Capture) -> None:
    (folder / "home").mkdir()
    assert cli.call(["init", "home", "--quiet"]) == 0
    scenario = folder / "home" / "scenario.toml"
    settings = ["--set", f"inputs.scenario.file={folder / 'home' / 'production.csv'}"]
    settings += ["--set", f"output.dir={folder / 'out'}"]
    capsys.readouterr()
    assert cli.call(["run", str(scenario), "--quiet", "--json", *settings]) == 0
    (path,) = (folder / "out").glob("2*")
    told = [file.name for file in path.rglob("*") if file.is_file() and str(folder).encode() in file.read_bytes()]
    assert told == []
    manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
    assert "inputs.scenario.file=production.csv" in manifest["command"]


def test_run_without_a_scenario_is_wrong_use(capsys: Capture) -> None:
    assert cli.call(["run", "--lang", "nl"]) == 2
    assert "mijnrisico run groningen" in capsys.readouterr().err
