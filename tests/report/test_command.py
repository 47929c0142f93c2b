"""`mijnrisico report`: what is asked is made, what is not known is refused, and the manifest follows the files."""

import hashlib
import json

import pytest

from mijnrisico import cli


@pytest.fixture(scope="module")
def folder(synthetic, tmp_path_factory):
    results = tmp_path_factory.mktemp("command") / "results"
    return synthetic.write(results / "2024-01-17-3f2e")


@pytest.fixture
def here(folder, monkeypatch):
    monkeypatch.chdir(folder.parents[1])
    return folder


@pytest.mark.slow
def test_only_the_version_and_language_asked_for_are_drawn_and_named(here, capsys):
    assert cli.call(["report", "3f2e", "--audience", "short", "--lang", "nl", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["reports"] == ["results/2024-01-17-3f2e/report/short.nl.html"]
    assert [p.name for p in (here / "report").iterdir()] == ["short.nl.html"]


def test_the_manifest_holds_the_digest_of_what_was_drawn(here):
    assert cli.call(["report", "--audience", "short", "--lang", "en", "--contact", "Gemeente X", "--quiet"]) == 0
    listed = {o["path"]: o["sha256"] for o in json.loads((here / "manifest.json").read_text("utf-8"))["outputs"]}
    page = (here / "report" / "short.en.html").read_bytes()
    assert listed["report/short.en.html"].removeprefix("sha256:") == hashlib.sha256(page).hexdigest()
    assert b"Gemeente X" in page


@pytest.mark.parametrize("wrong", [("--format", "docx"), ("--audience", "minister"), ("--format", ",")])
def test_a_format_or_audience_that_is_not_known_is_refused_with_the_known_ones(here, capsys, wrong):
    assert cli.call(["report", *wrong, "--lang", "en"]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "E005" in said
    assert ("html" if wrong[0] == "--format" else "expert") in said
