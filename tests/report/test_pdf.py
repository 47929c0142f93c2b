"""The PDF: four pages or a book, tagged, with words for every picture, text to select and nothing of the machine."""

import io
import re
from pathlib import Path

import pytest
from pypdf import PdfReader

from mijnrisico import report
from mijnrisico.errors import MissingDataError
from mijnrisico.report.figures import FIGURES
from mijnrisico.report.pages import pdf
from mijnrisico.report.run_folder import RunFolder

pytestmark = pytest.mark.skipif(pdf.missing() is not None, reason="needs Pango, which .ci/run installs")


@pytest.fixture(scope="module")
def papers(synthetic, tmp_path_factory) -> dict[str, Path]:
    """The PDFs of report and short version in Dutch, beside their pages."""
    path = synthetic.write(tmp_path_factory.mktemp("paper"))
    return {
        p.name: p
        for p in report.write(path, ("nl",), ("pdf",), ("expert", "short"), contact="Gemeente Voorbeeld, tel. 14 0596")
    }


@pytest.fixture(scope="module")
def expert(papers) -> PdfReader:
    return PdfReader(papers["report.nl.pdf"])


def elements(reader: PdfReader, kind: str) -> list[dict]:
    """Elements of the structure tree of one kind."""
    found, queue = [], [reader.trailer["/Root"]["/StructTreeRoot"]]
    while queue:
        node = queue.pop().get_object()
        if not isinstance(node, dict):
            continue
        if node.get("/S") == kind:
            found.append(node)
        children = node.get("/K", [])
        queue += [c for c in (children if isinstance(children, list) else [children]) if not isinstance(c, int)]
    return found


def text(path: Path) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(path).pages).split())


def test_a_pdf_comes_beside_its_page(papers):
    assert set(papers) == {"report.nl.html", "short.nl.html", "report.nl.pdf", "short.nl.pdf"}
    assert all(path.is_file() for path in papers.values())


def test_it_is_small_enough_to_send_and_every_page_is_a4(papers, expert):
    assert papers["report.nl.pdf"].stat().st_size < 15e6
    assert {tuple(round(float(v)) for v in page.mediabox[2:]) for page in expert.pages} == {(595, 842)}


def test_the_short_version_is_four_pages(papers):
    assert len(PdfReader(papers["short.nl.pdf"]).pages) == 4


def test_it_is_tagged_names_its_language_and_calls_itself_accessible(expert):
    root = expert.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "nl"
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data()


def test_every_picture_has_words_for_who_cannot_see_it(papers, expert):
    run = RunFolder(papers["report.nl.pdf"].parents[1])
    pictures = elements(expert, "/Figure")
    drawn = [each for each in pictures if len(str(each.get("/Alt", ""))) > 80]
    assert len(drawn) == sum(figure.possible(run) for figure in FIGURES)
    assert len(pictures) == len(drawn)


def test_the_outline_leads_to_every_chapter(papers, expert):
    def titles(entries):
        for entry in entries:
            yield from titles(entry) if isinstance(entry, list) else [str(entry["/Title"])]

    page = papers["report.nl.html"].read_text(encoding="utf-8")
    chapters = re.findall(r'<h2 id="[a-z]+"><span class="mark-number">\w+</span> ([^<]+)</h2>', page)
    outline = " ".join(titles(expert.outline))
    assert len(chapters) >= 9
    assert [name for name in chapters if name not in outline] == []


@pytest.mark.slow
def test_text_can_be_selected_and_every_page_has_its_number_and_run(expert):
    for number, page in enumerate(expert.pages, start=1):
        words = " ".join(page.extract_text().split())
        assert f"bladzijde {number} / {len(expert.pages)}" in words
        assert "2024-01-17-3f2e" in words


@pytest.mark.slow
def test_the_draft_is_said_once_in_words_and_drawn_behind_every_page(papers, expert):
    assert text(papers["report.nl.pdf"]).count("Niemand heeft dit rapport nog nagekeken") == 1
    assert not re.search(r"C\s?O\s?N\s?C\s?E\s?P\s?T\s+C\s?O\s?N\s?C\s?E\s?P\s?T", text(papers["report.nl.pdf"]))


def test_nothing_of_the_machine_is_in_it(papers):
    for name in ("report.nl.pdf", "short.nl.pdf"):
        reader = PdfReader(papers[name])
        links = [str(a.get_object().get("/A", {}).get("/URI", "")) for p in reader.pages for a in p.get("/Annots", [])]
        assert [link for link in links if link] == []
        assert str(papers[name].parents[1]) not in text(papers[name])


@pytest.mark.slow
def test_whom_to_ask_stands_in_the_short_version_only_when_given(papers, synthetic, tmp_path):
    assert "14 0596" in text(papers["short.nl.pdf"])
    path = synthetic.write(tmp_path / "run")
    page = report.write(path, ("nl",), ("html",), ("short",))[0].read_text(encoding="utf-8")
    assert 'id="contact"' not in page


def test_the_same_page_gives_the_same_bytes():
    page = '<!DOCTYPE html><html lang="nl"><head><title>t</title></head><body><h1>Kop</h1><p>tekst</p></body></html>'
    assert pdf.make(page, "a") == pdf.make(page, "a")
    assert len(PdfReader(io.BytesIO(pdf.make(page, "a"))).pages) == 1


@pytest.mark.slow
def test_without_pango_the_pages_are_made_and_the_pdf_is_refused_in_words(synthetic, tmp_path, monkeypatch):
    path = synthetic.write(tmp_path / "run")
    monkeypatch.setattr(pdf, "missing", lambda: pdf.Problem("W708", "PDF", {"reason": "no pango"}))
    with pytest.raises(MissingDataError) as refused:
        report.write(path, ("en",), ("html", "pdf"), ("short",))
    assert refused.value.code == "W708"
    assert (path / "report" / "short.en.html").is_file()
    assert not list(path.rglob("*.pdf"))
