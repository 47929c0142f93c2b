"""What a run shows: bars in a terminal, plain lines elsewhere."""

import io
from pathlib import Path

import pytest

from mijnrisico.core.progress import Bars, Lines, Silent
from mijnrisico.core.resources import (
    Estimate,
    disk_free_gib,
    memory_free_gib,
    memory_total_gib,
    shortages,
)
from mijnrisico.messages import describe


def test_a_log_gets_one_line_per_stage_with_its_place_in_the_plan() -> None:
    stream = io.StringIO()
    lines = Lines(stream, "nl")
    lines.plan(("pressure", "hazard", "tables"))
    lines.reused("pressure")
    with lines.stage("hazard") as progress:
        progress(0.5)
    assert stream.getvalue().splitlines()[0] == " 1/3 druk: was er al, hergebruikt"
    assert stream.getvalue().splitlines()[1].startswith(" 2/3 dreiging: 0,")


def test_a_terminal_gets_a_bar_with_name_share_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    stream = io.StringIO()
    bars = Bars(stream, "en", color=False)
    bars.plan(("pressure", "hazard"))
    with bars.stage("hazard") as progress:
        progress(0.5)
        progress(7.0)
    shown = stream.getvalue()
    assert " 2/2 hazard" in shown
    assert "100%" in shown
    assert "left" in shown


def test_silence_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    silent = Silent()
    silent.plan(("a",))
    with silent.stage("a") as progress:
        progress(0.5)
    silent.reused("a")
    silent.note("x")
    assert capfd.readouterr() == ("", "")


def test_a_run_that_needs_more_than_there_is_is_refused_for_each_shortage(tmp_path: Path) -> None:
    found = shortages(Estimate(memory_gib=1e6, disk_gib=1e9, seconds=1.0), tmp_path)
    assert [problem.code for problem in found] == ["E601", "E601"]
    words = [describe("E601", "", problem.params, lang).what for problem, lang in zip(found, ("nl", "en"), strict=True)]
    assert words == ["Niet genoeg geheugen", "Not enough disk"]
    assert shortages(Estimate(1e-3, 1e-6, 1.0), tmp_path / "not" / "there" / "yet") == []


def test_a_limit_of_the_user_replaces_what_is_free(tmp_path: Path) -> None:
    need = Estimate(memory_gib=1.0, disk_gib=0.0, seconds=1.0)
    assert [problem.params["free_gib"] for problem in shortages(need, tmp_path, 0.5)] == [0.5]
    assert shortages(need, tmp_path, 1e6) == []


def test_free_memory_is_less_than_all_memory() -> None:
    assert 0.0 < memory_free_gib() <= memory_total_gib() < 1e6
    assert disk_free_gib(Path()) > 0.0


def test_a_long_stage_tells_every_tenth_and_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("mijnrisico.core.progress.time.perf_counter", lambda: clock[0])
    stream = io.StringIO()
    lines = Lines(stream, "nl")
    lines.plan(("pressure", "hazard"))
    with lines.stage("hazard") as progress:
        for done in range(1, 101):
            clock[0] += 1.0
            progress(done / 100)
    shown = stream.getvalue().splitlines()
    assert shown[0] == " 2/2 dreiging: 10 %, nog ongeveer 90 s"
    assert [line.split(": ")[1].split(" %")[0] for line in shown[:-1]] == [str(10 * n) for n in range(1, 10)]
    assert shown[-1] == " 2/2 dreiging: 100,0 s"


def test_a_short_stage_is_one_line() -> None:
    stream = io.StringIO()
    with Lines(stream, "en").stage("hazard") as progress:
        for done in range(101):
            progress(done / 100)
    assert len(stream.getvalue().splitlines()) == 1


@pytest.mark.parametrize(("name", "words"), [("", "same question"), ("hazard", "same stage (hazard)")])
def test_waiting_for_another_process_is_said(name: str, words: str) -> None:
    stream = io.StringIO()
    for display in (Lines(stream, "en"), Bars(stream, "en", color=False)):
        display.waiting(name)
    assert stream.getvalue().count(words) == 2
    Silent().waiting(name)
