"""`mijnrisico doctor`: what is here, what is not, and what to do about it."""

import json
from pathlib import Path

import pytest

from mijnrisico import cli, messages
from mijnrisico.cli import doctor
from mijnrisico.errors import Problem

Capture = pytest.CaptureFixture[str]


def findings(capsys: Capture) -> dict[str, dict[str, str]]:
    return {finding["name"]: finding for finding in json.loads(capsys.readouterr().out)["findings"]}


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_an_installation_in_order_is_ok(lang: str, capsys: Capture) -> None:
    assert cli.call(["doctor", "--lang", lang]) == 0
    assert "✗" not in capsys.readouterr().out


def test_every_finding_has_a_name_in_both_languages() -> None:
    for finding in doctor.examine(Path("results"), "en"):
        assert all(messages.has(f"doctor.names.{finding.name}", lang) for lang in messages.LANGUAGES)


def test_damaged_data_are_essential(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mijnrisico.data.verify", lambda: [Problem("E113", "data/tables/places.csv")])
    assert cli.call(["doctor", "--json"]) == 4
    data = findings(capsys)["data"]
    assert data["state"] == "missing"
    assert "places.csv" in data["found"]
    assert "pip install" in data["remedy"]


def test_an_extra_that_is_not_there_is_a_warning_with_the_line_to_type(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = doctor._version
    monkeypatch.setattr(doctor, "_version", lambda name: "" if name == "rasterio" else known(name))
    assert cli.call(["doctor", "--json"]) == 0
    geo = findings(capsys)["geo"]
    assert geo["state"] == "warn"
    assert 'pip install "mijnrisico[geo]"' in geo["remedy"]


def test_a_folder_that_cannot_hold_results_is_a_warning(capsys: Capture, folder: Path) -> None:
    (folder / "results").write_text("not a folder", encoding="utf-8")
    assert cli.call(["doctor", "--json"]) == 0
    assert findings(capsys)["results"]["state"] == "warn"


def test_little_memory_is_a_warning_with_a_remedy(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mijnrisico.core.resources.memory_free_gib", lambda: 1.0)
    assert cli.call(["doctor", "--json"]) == 0
    assert "hazard.cell=2000" in findings(capsys)["memory"]["remedy"]
