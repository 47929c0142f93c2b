"""The short version, the conclusions and the review: the same numbers as the figures, and nothing that reassures."""

import json
import re

import pytest
from markupsafe import Markup

from mijnrisico import messages, report
from mijnrisico.core import norm
from mijnrisico.report import hazard_facts
from mijnrisico.report.figures.f01_production import f01_production
from mijnrisico.report.figures.f10_hazard_map import f10_hazard_map
from mijnrisico.report.figures.f17_risk_map import f17_risk_map, highest_by_class
from mijnrisico.report.pages import conclusions, html, review, short
from mijnrisico.report.pages.blocks import Block
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.words import Words


@pytest.fixture(params=messages.LANGUAGES)
def words(request) -> Words:
    return Words(request.param)


@pytest.fixture
def run(run_path) -> RunFolder:
    return RunFolder(run_path)


def plain(page: str) -> str:
    page = re.sub(r"<style>.*?</style>|<svg .*?</svg>", " ", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def reviewed(run: RunFolder, **review_: str) -> RunFolder:
    changed = RunFolder(run.path)
    changed.__dict__["manifest"] = run.manifest | {"review": review_}
    return changed


def test_the_first_sentence_the_map_and_its_words_say_the_same_level(run, words):
    level = words.level(hazard_facts.shaking(run, run.shown_year).level_g, run.threshold_g)
    page = short.render(run, words, {})
    drawing = f10_hazard_map(run, words.lang)
    assert level in page[page.index('class="lead"') :][:300]
    assert level in drawing.alt
    assert level in drawing.title


def test_the_risk_in_the_text_the_figure_and_the_conclusion_is_one_number(run, words):
    value = words.per_million(float(highest_by_class(run).iloc[0].lpr_mean))
    rows = conclusions.conclusions(run, words, (run.shown_year,)).rows
    assert f" {value} " in plain(short.render(run, words, {}))
    assert value in f17_risk_map(run, words.lang).alt
    assert rows[0][2].startswith(f"{value} ")


def test_the_level_in_the_table_of_conclusions_is_that_of_the_alt_text(run, words):
    row = conclusions.conclusions(run, words, (run.shown_year,)).rows[-1]
    assert row[2] in f10_hazard_map(run, words.lang).alt


@pytest.mark.parametrize("scale", [0.3, 1.0, 1.6])
def test_a_conclusion_is_the_verdict_of_the_norm_on_the_unrounded_value(synthetic, tmp_path, scale):
    run = RunFolder(synthetic.write(tmp_path, scale=scale))
    rows = conclusions.conclusions(run, Words("en"), (run.shown_year,)).rows
    top = highest_by_class(run).iloc[0]
    exceeded = norm.judge(float(top.lpr_mean), norm.norm("veiligheidsnorm")).outcome == "exceeded"
    assert ("the highest place exceeds this limit" in rows[0][-1]) is exceeded
    reached = hazard_facts.shaking(run, run.shown_year).level_g >= run.threshold_g
    assert rows[-1][-1].startswith("The limit is reached on") is reached


def test_every_year_told_is_held_against_every_limit(run, words):
    rows = conclusions.conclusions(run, words).rows
    assert len(rows) == 3 * len(run.told_years)
    assert len({row[0] for row in rows}) == len(rows)


def test_once_in_475_years_is_a_chance_of_ten_per_cent_in_fifty_years():
    assert short.chance_percent(475.0) == pytest.approx(10.0, abs=0.1)


def test_a_place_without_a_value_gets_a_dash_and_not_a_zero(run, words):
    rows = {row[0]: row[1:] for row in short.places(run, words).rows}
    blank = run.table("hazard_places").query("mean_g.isna()").place.unique()
    assert all(set(rows[place]) == {"–"} for place in blank)


def test_a_draft_says_so_once_before_the_first_number(run, words):
    for page in (short.render(run, words, {}), html.render(run, words, {})):
        assert page.count('role="note"') == 1
        assert page.index('role="note"') < page.index('class="key"')
        assert words("review.mark_draft") in page


def test_a_reviewed_run_has_no_mark_and_names_who_reviewed_it(run, words):
    page = html.render(reviewed(run, status="reviewed", by="A. Jansen"), words, {})
    assert 'class="mark"' not in page
    assert 'role="note"' not in page
    assert "A. Jansen" in page


def test_a_superseded_run_leads_to_what_replaces_it(run, words):
    found = review.review(reviewed(run, status="superseded", superseded_by="2025-01-01-abcd"), words)
    assert "2025-01-01-abcd" in found.banner
    assert found.mark == words("review.mark_superseded")


def test_a_name_from_the_manifest_cannot_break_the_page(run, words):
    page = html.render(reviewed(run, status="reviewed", by="<b>&"), words, {})
    assert "<b>&" not in page
    assert "&lt;b&gt;&amp;" in page


def test_chapters_are_numbered_in_order_and_the_contents_lead_to_them(pages):
    for page in pages.values():
        marks = re.findall(r'<span class="mark-number">(\w+)</span>', page)
        numbers = [m for m in marks if m.isdigit()]
        assert numbers == [str(n) for n in range(1, len(numbers) + 1)]
        assert marks[len(numbers) :] == ["A", "B", "C"]
        assert all(f'href="#{name}"' in page for name in re.findall(r'<h2 id="([a-z]+)"><span', page))


def test_a_word_is_linked_to_its_meaning_once_and_only_the_first_time(pages):
    for page in pages.values():
        links = re.findall(r'class="term" href="#(word-[a-z_]+)"', page)
        assert len(links) >= 8
        assert len(links) == len(set(links))
        assert all(f'<dt id="{name}">' in page for name in links)


def test_every_model_of_the_run_has_a_card(pages, words):
    page = pages[words.lang]
    for name in ("gas_flow", "extreme_threshold", "thickness_split"):
        assert re.search(rf'<h4 id="card-\d+">[^<]*: [^<]+ \({name}\)</h4>', page)
    for name in ("V7", "TNO2020"):
        assert re.search(rf'<h4 id="card-\d+">[^<]*: {name}</h4>', page)


def test_the_command_reproduces_from_the_scenario_of_the_run(pages, run):
    for page in pages.values():
        assert f"<code>mijnrisico run results/{run.run_id}/scenario.toml</code>" in page


def test_settings_that_differ_stand_beside_the_packaged_ones(run, words, tmp_path):
    manifest = run.manifest | {"deviations_from_template": ["hazard.threshold", "source.mmax"]}
    changed = RunFolder(run.path)
    changed.__dict__["manifest"] = manifest
    rows = html._tables(changed, words)["deviations"].rows
    assert [row[0] for row in rows] == ["hazard.threshold", "source.mmax"]
    assert rows[0][1] == rows[0][2] == ("0,05" if words.lang == "nl" else "0.05")


@pytest.mark.slow
def test_the_scenario_of_the_run_decides_what_is_written(synthetic, tmp_path):
    path = synthetic.write(tmp_path)
    scenario = path / "scenario.toml"
    text = scenario.read_text(encoding="utf-8")
    scenario.write_text(text + '[report]\nformats = ["html"]\naudiences = ["short"]\n', encoding="utf-8")
    assert [p.name for p in report.write(path, ("nl",))] == ["short.nl.html"]
    scenario.write_text(text + "[report]\nformats = []\n", encoding="utf-8")
    assert report.write(path, ("nl",)) == []


def test_a_manifest_without_a_review_is_a_draft(synthetic, tmp_path):
    path = synthetic.write(tmp_path)
    manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
    del manifest["review"]
    (path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert review.review(RunFolder(path), Words("nl")).mark == "CONCEPT"


def test_what_was_asked_comes_from_the_volumes_and_not_from_the_title(run, words):
    drawing = f01_production(run, words.lang)
    page = plain(short.render(run, words, {"F01": Block("F01", drawing, Markup(""), "", "")}))
    assert drawing.title in page
    assert words("short.asked_years", first=run.first_year, last=run.last_year) in page


def test_a_place_above_every_node_of_a_coarse_map_is_named(run, words, monkeypatch):
    table = run.table("hazard_places")
    assert short._between_nodes(run, words) == ()
    higher = table.assign(mean_g=table["mean_g"] * 10)
    monkeypatch.setattr(RunFolder, "table", lambda self, name: higher)
    (said,) = short._between_nodes(run, words)
    top = higher[higher.year == run.shown_year].dropna(subset="mean_g").sort_values("mean_g").iloc[-1]
    assert str(top["place"]) in said
