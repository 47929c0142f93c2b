import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from mijnrisico import messages, report
from mijnrisico.report.figures import FIGURES
from mijnrisico.report.pages import findings
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.words import Words

VOID = {"meta", "link", "br", "img", "hr", "input"}


class Page(HTMLParser):
    """What the checks ask of a page: its tags in order, its headings, its text, whether tags close."""

    def __init__(self, source):
        super().__init__(convert_charrefs=True)
        self.tags, self.headings, self.text, self.open, self.tables = [], [], [], [], []
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if tag == "table":
            self.tables.append([])
        if self.tables and tag in {"caption", "thead", "th", "td"}:
            self.tables[-1].append((tag, attributes))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> out of order"

    def handle_data(self, data):
        if not {"style", "svg"} & set(self.open):
            self.text.append(data)


@pytest.fixture(scope="module")
def parsed(pages):
    return {lang: Page(source) for lang, source in pages.items()}


@pytest.fixture(params=messages.LANGUAGES)
def lang(request):
    return request.param


def test_every_tag_closes_and_the_language_is_named(parsed, lang):
    assert parsed[lang].open == []
    assert next(a for t, a in parsed[lang].tags if t == "html")["lang"] == lang


def test_headings_go_down_one_step_at_a_time_and_there_is_one_first(parsed, lang):
    headings = parsed[lang].headings
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(headings))


def test_every_image_has_words_for_who_cannot_see_it(parsed, lang, run_path):
    images = [a for t, a in parsed[lang].tags if t in {"svg", "img"} and a.get("role") != "presentation"]
    assert len(images) == sum(figure.possible(RunFolder(run_path)) for figure in FIGURES) >= 8
    for attributes in images:
        assert attributes["role"] == "img"
        assert len(attributes["aria-label"]) > 80
        assert re.search(r"\d", attributes["aria-label"])


def test_every_table_has_a_caption_and_heads_with_a_scope(parsed, lang):
    assert len(parsed[lang].tables) >= 10
    for table in parsed[lang].tables:
        assert table[0][0] == "caption"
        assert all("scope" in attributes for tag, attributes in table if tag == "th")
        assert {attributes["scope"] for tag, attributes in table if tag == "th"} == {"col", "row"}


def test_identifiers_are_unique_and_every_reference_is_met(parsed, lang):
    names = [a["id"] for _, a in parsed[lang].tags if "id" in a]
    assert len(names) == len(set(names))
    for _, attributes in parsed[lang].tags:
        for key in ("href", "aria-labelledby"):
            value = attributes.get(key) or ""
            if key == "aria-labelledby" and value:
                assert value in names
            if key == "href" and value.startswith("#"):
                assert value[1:] in names
        for value in attributes.values():
            for name in re.findall(r"url\(#([^)]+)\)", value or ""):
                assert name in names


def test_a_page_needs_nothing_from_elsewhere_and_runs_no_script(parsed, lang):
    assert not any(t == "script" for t, _ in parsed[lang].tags)
    for tag, attributes in parsed[lang].tags:
        for key in ("src", "href", "data"):
            value = attributes.get(key) or ""
            assert not value.startswith(("http:", "https:", "//")), (tag, value)


def test_every_link_leads_to_a_file_of_the_run(parsed, lang, run_path):
    for tag, attributes in parsed[lang].tags:
        value = attributes.get("href") or ""
        if tag == "a" and value and not value.startswith("#"):
            assert (run_path / "report" / value).resolve().is_file(), value


def test_scrolling_parts_can_be_reached_and_have_a_name(parsed, lang):
    parts = [a for _, a in parsed[lang].tags if "scroll" in (a.get("class") or "").split()]
    assert parts
    assert all(a["tabindex"] == "0" and a["role"] == "region" and a["aria-label"] for a in parts)


def test_no_number_is_missing_or_in_the_other_language(parsed):
    for language, wrong in (("nl", r"\b0\.\d"), ("en", r"\b0,\d")):
        words = " ".join(parsed[language].text)
        words = words.replace("mijnrisico 0.1.0", "")
        assert not re.findall(wrong, words)
        assert not re.search(r"\bnan\b|\bNone\b(?! of)|\{[a-z_]+\}", words)


def test_the_page_says_what_it_is_not(parsed):
    dutch, english = (" ".join(parsed[lang].text) for lang in ("nl", "en"))
    for phrase in (
        "geen besluit",
        "niet over uw huis",
        "niet openbaar bekend",
        "niets doorgetrokken",
    ):
        assert phrase in dutch
    for phrase in (
        "not a decision",
        "not about your house",
        "not publicly known",
        "nothing is extrapolated",
    ):
        assert phrase in english


def test_the_year_in_which_the_area_vanishes_names_its_direction_and_its_bias(synthetic, tmp_path):
    run = RunFolder(synthetic.write(tmp_path, scale=0.93))
    rates = pd.read_csv(tmp_path / "tables" / "event_rate.csv")
    rates.assign(observed=rates.observed * 2).to_csv(tmp_path / "tables" / "event_rate.csv", index=False)
    sentence = findings.level_sentences(run, Words("en"))[1]
    assert sentence.startswith("From 20")
    assert "choice of direction" in sentence
    assert "geometric mean" in sentence
    assert "arbitrary direction" in sentence
    assert "such a year too early" in sentence


def test_the_band_of_the_count_is_not_called_uncertainty_about_the_model(parsed):
    for lang, wrong in (("en", "uncertainty about the model"), ("nl", "onzekerheid over het model")):
        assert wrong not in " ".join(parsed[lang].text)


def test_each_language_leads_to_the_other(parsed):
    for language, other in (("nl", "en"), ("en", "nl")):
        links = [a for t, a in parsed[language].tags if t == "a" and a.get("hreflang") == other]
        assert [a["href"] for a in links] == [f"report.{other}.html"]


def test_a_zero_is_explained_as_an_outcome(parsed):
    assert "Een nul in deze tabel is een uitkomst" in " ".join(parsed["nl"].text)
    assert "A zero in this table is an outcome" in " ".join(parsed["en"].text)


def test_the_page_is_small_enough_to_send_by_mail(pages):
    assert max(len(source) for source in pages.values()) < 2_000_000


def test_nothing_of_the_machine_is_in_the_page(pages, run_path):
    for source in pages.values():
        assert str(run_path) not in source
        assert str(Path.home()) not in source


def test_a_bare_run_folder_still_gives_a_page(tmp_path, synthetic):
    path = synthetic.write(tmp_path / "run")
    for table in (path / "tables").glob("*.csv"):
        table.unlink()
    (path / "manifest.json").unlink()
    for grid in (path / "grids").glob("*.nc"):
        grid.unlink()
    page = report.write(path, ("en",))[0].read_text(encoding="utf-8")
    assert Page(page).open == []
    assert RunFolder(path).title("nl") == "Groningen, winning gestopt"


def test_no_unfinished_file_stays_behind(run_path, pages):
    assert not list(run_path.rglob("*.part"))


def test_the_share_of_strong_earthquakes_is_compared_where_the_model_gives_more(synthetic, tmp_path):
    run = RunFolder(synthetic.write(tmp_path))
    file = tmp_path / "tables" / "magnitude_frequency.csv"
    for seen, model, more in ((0.002, 0.05, True), (0.01, 0.01, False)):
        rows = [("observed", "", 1.45, 10.0), ("observed", "", 3.45, 10.0 * seen)]
        rows += [("model", 6.0, 1.45, 4.0), ("model", 6.0, 3.45, 4.0 * model)]
        pd.DataFrame(rows, columns=["kind", "mmax", "magnitude", "annual_rate"]).to_csv(file, index=False)
        assert (findings.strong_shares(run) is not None) is more


def test_the_page_says_where_the_observations_end(parsed, run_path):
    last = findings.last_observed(RunFolder(run_path))
    assert f"up to and including {last}. What was measured since" in " ".join(parsed["en"].text)
    assert f"tot en met {last}. Wat sindsdien is gemeten" in " ".join(parsed["nl"].text)


def test_only_a_run_without_a_delayed_branch_says_that_it_lacks_one(pages, synthetic, tmp_path):
    old = RunFolder(synthetic.write(tmp_path, elastic_only=True))
    for lang, phrase in (
        ("nl", "die vertraging kennen, weinig of niets"),
        ("en", "that know delay have little or no weight"),
    ):
        assert phrase in findings.cautions(old, Words(lang))[0]
    for said in ("W607", "biased low", "little or no weight", "know no delay"):
        assert said not in pages["en"]
