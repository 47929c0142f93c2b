"""What the expert report and the short version have in common: the environment, the stamp, the mark, the texts."""

import re
from collections.abc import Mapping, Sequence
from importlib import resources
from types import SimpleNamespace

import jinja2
from markupsafe import Markup

from mijnrisico import messages
from mijnrisico.report import branches
from mijnrisico.report.pages import findings, terms
from mijnrisico.report.pages.blocks import Block
from mijnrisico.report.pages.review import mark_image, review
from mijnrisico.report.pages.tables import Table
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.stamp import day, stamp
from mijnrisico.report.words import Words


def render(template: str, page: SimpleNamespace) -> str:
    """Return a page of a template; an unknown name in it is an error."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("mijnrisico.report.pages"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    found = environment.get_template(template).render(page=page)
    return re.sub(r"\n\s*\n+", "\n", found).strip() + "\n"


def common(
    run: RunFolder,
    words: Words,
    blocks: Mapping[str, Block],
    tables: Mapping[str, Table],
    *,
    file: str,
    kind: str,
    paper: bool,
    glossary: Sequence[str] = terms.GLOSSARY,
) -> SimpleNamespace:
    """Return what the templates read on every page.

    Args:
        run: the run.
        words: the language.
        blocks: figures by number.
        tables: tables by name.
        file: name of the page without language and ending.
        kind: what sort of page it is, in words.
        paper: the page becomes a PDF.
        glossary: words that the list of words holds.
    """
    facts, status = _facts(run, words), review(run, words)
    return SimpleNamespace(
        w=words,
        other=next(code for code in messages.LANGUAGES if code != words.lang),
        file=file,
        kind=kind,
        paper=paper,
        title=run.title(words.lang),
        about=words(
            f"page.about{'_given' if branches.shaking_only(run) else ''}", first=facts["first"], last=facts["last"]
        ),
        css=Markup("\n".join(style(name) for name in ("report.css", "paper.css")[: 1 + paper])),
        mark=Markup(mark_image(status.mark)),
        word=status.mark,
        banner=status.banner,
        status=status.status,
        facts=facts,
        moment=str(run.manifest.get("created", "")),
        foot=Markup(css_text(f"{facts['model']} · {facts['run']}")),
        blocks=blocks,
        tables=tables,
        files=not (paper and file != "report"),
        stacked=("norms", "conclusions"),
        key_numbers=findings.key_numbers(run, words),
        glossary=glossary,
        explained=terms.explainer(words, glossary),
    )


def style(name: str) -> str:
    """Return a style sheet by its file name."""
    return (resources.files("mijnrisico.report.pages") / "templates" / name).read_text(encoding="utf-8")


def _facts(run: RunFolder, words: Words) -> dict[str, str]:
    software = run.manifest.get("software", {})
    return stamp(run, words) | {
        "command": f"mijnrisico run results/{run.run_id}/scenario.toml",
        "seed": str(run.manifest.get("seed", "–")),
        "software": ", ".join(f"{k} {v}" for k, v in software.items() if isinstance(v, str) and k not in {"lock"}),
        "hash": str((run.manifest.get("hash") or {}).get("run", "–")),
        "created": day(str(run.manifest.get("created", "")), words),
        "first": str(run.first_year),
        "last": str(run.last_year),
    }


def css_text(text: str) -> str:
    """Write a text so that it may stand between quotes in a style sheet."""
    return re.sub(r"""["\\<>\n]""", " ", text)
