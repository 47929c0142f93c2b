"""`mijnrisico industry`: advice on the screen and as JSON, the list of annex I, documents by article."""

import json
from pathlib import Path

import pytest

from mijnrisico import cli

Capture = pytest.CaptureFixture[str]
EXAMPLES = Path(__file__).parents[1] / "studies" / "industry" / "examples.json"
DOSSIER = """
id = "IND-1"
title = "Tank en kantoor"
received = 2021-03-01
claim_article = "5"
documents = ["cost_overview", "public_summary", "institute_declaration", "nam_consent"]
[company]
name = "Covestro"
location = "Foxhol"
annex_i = true
categories = ["a"]
[[objects]]
id = "T1"
kind = "installation"
realised = true
pga475_application = 0.05
[[objects]]
id = "B2"
kind = "building"
functionally_linked = false
realised = true
pga475_application = 0.05
[work]
activities_completed = true
[[costs]]
id = "c1"
eur = 40000.25
class = "external"
object = "T1"
[[costs]]
id = "c2"
eur = 100
class = "external"
object = "B2"
[[events]]
type = "supplement_request"
date = 2021-03-15
term_end = 2021-04-12
supplemented = 2021-04-06
[term]
notice_of_default_received = 2021-06-01
decision_announced = 2021-07-01
"""


@pytest.fixture
def dossier(tmp_path: Path) -> Path:
    path = tmp_path / "dossier.toml"
    path.write_text(DOSSIER, encoding="utf-8")
    return path


def test_the_examples_are_answered_as_json(capsys: Capture) -> None:
    assert cli.call(["industry", "decide", str(EXAMPLES), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found.keys() == {"cases", "term_cases"}
    assert [case["outcome"] for case in found["cases"]][:3] == ["GRANT", "GRANT", "PARTIAL_GRANT"]
    assert found["term_cases"][0]["penalty_eur"] == 392


def test_findings_come_with_the_answer_in_both_languages_when_asked(capsys: Capture) -> None:
    assert cli.call(["industry", "decide", str(EXAMPLES), "--json", "--findings"]) == 0
    case = json.loads(capsys.readouterr().out)["cases"][0]
    for finding in case["findings"]:
        assert finding.keys() == {"rule_id", "subject", "articles", "verdict", "inputs", "text", "ambiguities"}
        assert finding["text"].keys() == {"nl", "en"}
    assert case["lines"][0]["granted_eur"] == 40000


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("nl", ["deels toekennen", "€\u00a040.000,25", "een mens besluit", "0,05 g", "Laatste dag om te beslissen"]),
        ("en", ["grant in part", "€\u00a040,000.25", "a person decides", "0.05 g", "Last day to decide: 17 May 2021"]),
    ],
)
def test_a_dossier_is_explained_step_by_step(capsys: Capture, dossier: Path, lang: str, words: list[str]) -> None:
    assert cli.call(["industry", "decide", str(dossier), "--lang", lang]) == 0
    said = capsys.readouterr().out
    for word in (*words, "IND-1", "Tank en kantoor", "Awb 4:84", "13, 15, 28, 29", "A9", "[conv]", "4:15(1)(a)"):
        assert word in said, word


@pytest.mark.parametrize(("lang", "word"), [("nl", "te vroeg"), ("en", "too early")])
def test_a_penalty_says_what_was_not_tested(capsys: Capture, tmp_path: Path, lang: str, word: str) -> None:
    facts = {"notice_of_default_received": "2021-05-10", "decision_announced": "2021-06-10"}
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"term_cases": [{"id": "1", "facts": facts}]}), encoding="utf-8")
    assert cli.call(["industry", "decide", str(path), "--lang", lang]) == 0
    said = capsys.readouterr().out
    assert "Awb 4:17" in said
    assert word in said
    facts["received"] = "2021-03-08"
    path.write_text(json.dumps({"term_cases": [{"id": "1", "facts": facts}]}), encoding="utf-8")
    assert cli.call(["industry", "decide", str(path), "--lang", lang]) == 0
    assert word not in capsys.readouterr().out


def test_a_bad_case_says_what_is_wrong_and_the_others_are_judged(capsys: Capture, tmp_path: Path) -> None:
    cases = json.loads(EXAMPLES.read_text(encoding="utf-8"))["cases"][:3]
    cases[1]["facts"]["claim_article"] = "6"
    cases[1]["facts"]["costs"][0]["eur"] = "40.000,00"
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"cases": cases}), encoding="utf-8")
    assert cli.call(["industry", "decide", str(path), "--json", "--lang", "nl"]) == 3
    found = json.loads(capsys.readouterr().out)["cases"]
    assert [case.get("outcome") for case in found] == ["GRANT", None, "PARTIAL_GRANT"]
    assert [error["where"] for error in found[1]["errors"]] == ["facts.claim_article", "facts.costs[0].eur"]
    assert '"eur": 40000.00' in found[1]["errors"][1]["fix"]
    assert cli.call(["industry", "decide", str(path), "--lang", "nl"]) == 3
    said = capsys.readouterr().out
    assert "EX-02: zo niet te beoordelen" in said
    assert "EX-03" in said


def test_a_file_that_is_not_there_is_told(capsys: Capture, tmp_path: Path) -> None:
    assert cli.call(["industry", "decide", str(tmp_path / "none.toml")]) == 3
    assert "E101" in capsys.readouterr().err


def test_the_establishments_of_annex_i_can_be_searched(capsys: Capture) -> None:
    assert cli.call(["industry", "companies", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 40
    assert cli.call(["industry", "companies", "--annex-i", "--search", "wildeman", "--json"]) == 0
    assert [each["location"] for each in json.loads(capsys.readouterr().out)] == ["Chemiepark Delfzijl", "Hoogezand"]
    assert cli.call(["industry", "companies", "--search", "foxhol", "--lang", "nl"]) == 0
    assert "Inrichtingen van bijlage I: 3" in capsys.readouterr().out
    assert cli.call(["industry", "companies", "--search", "Rotterdam"]) == 0
    assert "Rotterdam" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("article", "letters"),
    [
        ("8", ["8(a)", "8(b)", "8(c)", "8(d)"]),
        ("7", ["8(a)", "8(b)", "8(c)", "8(d)"]),
        ("13", ["6(a)", "6(b)", "6(c)", "6(d)"]),
        ("10", ["10(a)", "10(b)", "10(c)", "10(c)", "10(d)"]),
        ("20", ["20(a)", "20(b)", "20(c)"]),
        ("22", ["23(a)", "23(b)", "23(c)", "23(d)"]),
    ],
)
def test_the_documents_of_an_article_come_with_their_letters(capsys: Capture, article: str, letters: list[str]) -> None:
    assert cli.call(["industry", "documents", "--article", article, "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert [each["letter"] for each in found["documents"]] == letters
    assert found["source_gap"] == (found["article"] in ("13", "15"))
    assert cli.call(["industry", "documents", "--article", article, "--lang", "nl"]) == 0
    said = capsys.readouterr().out
    assert all(letter in said for letter in letters)


def test_without_an_article_the_documents_of_all_eight_are_listed(capsys: Capture) -> None:
    assert cli.call(["industry", "documents", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 8


def test_an_article_that_asks_no_documents_is_refused(capsys: Capture) -> None:
    assert cli.call(["industry", "documents", "--article", "24"]) == 2
    assert "E412" in capsys.readouterr().err


def test_the_advice_is_written_as_pages_in_both_languages(capsys: Capture, dossier: Path, tmp_path: Path) -> None:
    out = tmp_path / "advice"
    asked = ["industry", "dossier", str(dossier), "--out", str(out), "--format", "html"]
    assert cli.call(asked) == 0
    assert sorted(path.name for path in out.iterdir()) == ["advice.en.html", "advice.json", "advice.nl.html"]
    dutch, english = ((out / f"advice.{lang}.html").read_text(encoding="utf-8") for lang in ("nl", "en"))
    for word in ("Deels toekennen", "40.000,25", "een mens besluit", "17 mei 2021", "bijlage II", "Bijvoegen"):
        assert word in dutch, word
    for word in ("Grant in part", "40,000.25", "a person decides", "17 May 2021", "annex II", "Attach"):
        assert word in english, word
    whole = json.loads((out / "advice.json").read_text(encoding="utf-8"))
    assert whole["advice_only"] is True
    assert whole["outcome"] == "PARTIAL_GRANT"
    capsys.readouterr()
    assert cli.call(asked) == 3
    assert capsys.readouterr().err.count("E716") == 3
    assert cli.call([*asked, "--force"]) == 0


def test_a_dossier_with_faults_makes_no_pages(capsys: Capture, dossier: Path, tmp_path: Path) -> None:
    dossier.write_text(DOSSIER.replace("eur = 100", 'eur = "100,00"'), encoding="utf-8")
    assert cli.call(["industry", "dossier", str(dossier), "--out", str(tmp_path / "advice")]) == 3
    assert "costs[1].eur" in capsys.readouterr().err
    assert not (tmp_path / "advice").exists()


SITE = """
[site]
name = "Farmsum"
[[object]]
id = "T1"
kind = "installation"
pga475_g = 0.12
anchorage = { value = "unanchored", evidence = "drawing 12" }
filling = "above_90"
design = "before_1990"
substance = "toxic"
quantity = "lower_tier"
[[object]]
id = "T2"
kind = "installation"
pga475_g = 0.04
"""


def test_a_site_is_screened_with_what_is_still_to_find_out(capsys: Capture, tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(SITE, encoding="utf-8")
    assert cli.call(["industry", "screen", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(one["id"], one["selection"]) for one in found["objects"]] == [("T1", "phase_2"), ("T2", "outside")]
    assert found["scores"]["mark"] == "conv"
    table = tmp_path / "priorities.csv"
    assert cli.call(["industry", "screen", str(path), "--out", str(table), "--lang", "nl"]) == 0
    said = capsys.readouterr().out
    for word in (
        "kwantitatieve analyse",
        "buiten de regeling",
        "niet de officiële methode",
        "Een mens beslist",
        "conv",
    ):
        assert word in said, word
    assert "drawing 12" in table.read_text(encoding="utf-8")


PAGE = Path(__file__).parents[2] / "docs" / "do" / "industry.md"


@pytest.mark.skipif(not PAGE.is_file(), reason="the pages are not in an installed package")
def test_the_dossier_of_the_page_is_in_order_and_lacks_a_declaration(capsys: Capture, tmp_path: Path) -> None:
    path = tmp_path / "dossier.toml"
    path.write_text(PAGE.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0], encoding="utf-8")
    assert cli.call(["industry", "decide", str(path), "--json"]) == 0
    (case,) = json.loads(capsys.readouterr().out)["cases"]
    assert (case["outcome"], case["missing"]) == ("SUPPLEMENT", ["6(c)"])
    assert "last_day_of_decision_term" not in case  # the request to supplement is open on the day of the assessment


def test_what_to_ask_for_is_said_in_words(capsys: Capture, dossier: Path) -> None:
    content = DOSSIER.replace('"institute_declaration", ', "").replace("pga475_application = 0.05\n", "", 1)
    dossier.write_text(content, encoding="utf-8")
    assert cli.call(["industry", "decide", str(dossier), "--lang", "nl"]) == 0
    (line,) = (line for line in capsys.readouterr().out.split("\n") if line.startswith("Vraag om"))
    assert "grondversnelling T1 (3(1))" in line
    assert "TU Delft) (6(c))" in line
