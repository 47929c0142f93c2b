"""Figures and reports of a run: reads a run folder and the packaged geometry, writes figures and pages.

Three audiences from the same figures and tables: `expert` (everything, `report.<lang>.html`), `short` (a few pages
for a municipality, `short.<lang>.html`) and `resident` (two pages for who lives there, `resident.<lang>.html`), each as
a page and, where WeasyPrint is there, as a PDF. A run of subsidence has one report, for experts.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, cast, get_args

if TYPE_CHECKING:
    from mijnrisico.core.progress import Progress
    from mijnrisico.messages import Language
    from mijnrisico.report.run_folder import RunFolder

Format: TypeAlias = Literal["html", "pdf"]
Audience: TypeAlias = Literal["expert", "short", "resident"]
FORMATS: tuple[Format, ...] = get_args(Format)
AUDIENCES: tuple[Audience, ...] = get_args(Audience)
_FILES: dict[Audience, str] = {"expert": "report", "short": "short", "resident": "resident"}


def write(
    run_path: Path,
    langs: "Sequence[Language]" = ("nl", "en"),
    formats: Iterable[Format] | None = None,
    audiences: Iterable[Audience] | None = None,
    *,
    contact: str = "",
    progress: "Progress | None" = None,
) -> list[Path]:
    """Write `figures/*.svg` with their CSV and the reports into a run folder; return the reports, pages first.

    Needs the `report` extra. A figure or table whose data the run did not write is left out.

    Args:
        run_path: folder of a finished run.
        langs: languages.
        formats: `html`, `pdf`; by default those of the scenario of the run, as far as this machine can make them.
            A PDF comes beside its page; without any format only the figures are drawn.
        audiences: `expert`, `short`, `resident`; by default those of the scenario of the run.
        contact: whom to ask, for the short version and residents; where empty the `[report] contact` of the scenario,
            and without that the short version names nobody and the page for residents the authorities.
        progress: told how far it is, from 0 to 1.

    Raises:
        MissingDataError: the packaged geometry is missing or damaged, or (W708) a PDF was asked and Pango is absent;
            the pages are there then.
    """
    from mijnrisico.report import subsidence_facts
    from mijnrisico.report.pages import blocks, html, pdf, resident, short, subsidence
    from mijnrisico.report.run_folder import RunFolder
    from mijnrisico.report.words import Words

    run = RunFolder(Path(run_path))
    formats, audiences = _chosen(run, formats, audiences)
    audiences = audiences if formats else ()
    contact = contact or str(run.setting("report", "contact", default="") or "")
    folder = run.path / "report"
    folder.mkdir(parents=True, exist_ok=True)
    steps = len(langs) * (1 + ("pdf" in formats) * len(audiences))
    pages: dict[Path, str] = {}
    papers: dict[Path, str] = {}
    for done, lang in enumerate(langs, start=1):
        words = Words(lang)
        drawn = blocks.draw(run, words)
        for audience in audiences:
            target = folder / f"{_FILES[audience]}.{lang}.html"
            for paper in (False, True)[: 1 + ("pdf" in formats)]:
                if subsidence_facts.is_subsidence(run):
                    page = subsidence.render(run, words, drawn, paper=paper)
                elif audience == "expert":
                    page = html.render(run, words, drawn, paper=paper, short="short" in audiences)
                elif audience == "short":
                    page = short.render(run, words, drawn, paper=paper, contact=contact)
                else:
                    page = resident.render(run, words, paper=paper, contact=contact, expert="expert" in audiences)
                if paper:
                    papers[target.with_suffix(".pdf")] = page
                else:
                    pages[target] = page
        _tell(progress, done / steps)
    for target, page in pages.items():
        blocks.replace(target, page)
    for done, (target, page) in enumerate(papers.items(), start=1 + len(langs)):
        blocks.replace(target, pdf.make(page, f"{run.run_id} {target.name}"))
        _tell(progress, done / steps)
    return [*pages, *papers]


def _chosen(
    run: "RunFolder", formats: Iterable[Format] | None, audiences: Iterable[Audience] | None
) -> tuple[tuple[Format, ...], tuple[Audience, ...]]:
    """Return what is asked for, else what the scenario of the run asks for."""
    from mijnrisico.report import branches, subsidence_facts
    from mijnrisico.report.pages import pdf, resident

    found = set(run.setting("report", "formats", default=["html"]) if formats is None else formats)
    if formats is None and "pdf" in found and pdf.missing():
        found = {"html"}
    read_by = run.setting("report", "audiences", default=AUDIENCES) if audiences is None else audiences
    # the short version is about earthquakes in Groningen: its map, its people and its norms
    if subsidence_facts.is_subsidence(run) or branches.shaking_only(run):
        read_by = ("expert",) if read_by else ()
    elif not resident.possible(run):
        read_by = tuple(one for one in read_by if one != "resident")
    return (
        cast("tuple[Format, ...]", tuple(f for f in FORMATS if f in found)),
        cast("tuple[Audience, ...]", tuple(a for a in AUDIENCES if a in set(read_by))),
    )


def _tell(progress: "Progress | None", share: float) -> None:
    if progress is not None:
        progress(share)
