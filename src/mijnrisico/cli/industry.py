"""`mijnrisico industry`: an application judged under the industry rule, annex I, and the documents of an article."""

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from mijnrisico import messages
from mijnrisico.cli import show
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.errors import InputError, Problem, UsageError
from mijnrisico.messages import Language

if TYPE_CHECKING:
    from rich.console import Console

    from mijnrisico.studies.industry import Advice, Refused, TermAnswer
    from mijnrisico.studies.industry.rule import Paying, Rule

_SIGN: Final = {"pass": "✓", "fail": "✗", "unknown": "?", "note": "·"}


def industry_decide(
    file: Annotated[Path, option("industry_file")],
    /,
    *,
    findings: Annotated[bool, option("industry_findings", "--findings")] = False,
    common: Common = COMMON,
) -> int:
    """Judge every application of a file; one that cannot be judged says why, and the others are judged."""
    from mijnrisico.studies import industry

    lang = common.language
    with common.inside():
        batch = industry.read(file)
    refused = [case for case in (*batch.cases, *batch.term_cases) if isinstance(case, industry.Refused)]
    code = InputError.exit_code if refused else 0
    if common.json:
        show.as_json(industry.of_batch(batch, lambda problem: show.as_dict(problem, lang), findings=findings))
        return code
    out = show.console(no_color=common.no_color)
    for case in batch.cases:
        if isinstance(case, industry.Refused):
            _refuse(case, out, common)
        else:
            _say(industry.decide(case), out, common)
    for case in batch.term_cases:
        if isinstance(case, industry.Refused):
            _refuse(case, out, common)
        else:
            _say_terms(industry.answer_terms(case), out, lang)
    return code


def _refuse(case: "Refused", out: "Console", common: Common) -> None:
    """Show what is wrong with a case, where its advice would stand."""
    lang = common.language
    _line(out, messages.text("industry.show.errors", lang, id=case.id), style="bold red")
    for problem in case.problems:
        message = messages.describe(problem.code, problem.where, problem.params, lang, examples=None)
        _line(out, f"  {message.code} {message.what}   {message.where}")
        _line(out, f"     {message.why}")
        _line(out, f"     → {message.fix}")
    _line(out)


def _say(advice: "Advice", out: "Console", common: Common) -> None:
    """Show the advice on one application: outcome, amounts, steps, cost, term, what is left open."""
    from mijnrisico.studies.industry import in_words

    lang = common.language

    def tell(key: str, **params: object) -> str:
        return messages.text(f"industry.show.{key}", lang, **params)

    _line(out, in_words.headline(advice, lang), style="bold")
    _line(out, in_words.amount(advice, lang))
    if asked := in_words.missing(advice, lang):
        _line(out, asked)
    _line(out, messages.text("industry.advises", lang))
    _heading(out, tell("steps"))
    signs = (f"{sign} {messages.text(f'industry.verdicts.{name}', lang)}" for name, sign in _SIGN.items())
    _line(out, f"  ({', '.join(signs)})")
    for one in in_words.steps(advice, lang):
        marks = f" [{one.ambiguities}]" if one.ambiguities else ""
        articles = f" ({one.articles})" if one.articles else ""
        _line(out, f"  {_SIGN[one.verdict]} {one.step}: {one.text}{articles}{marks}")
    if unexamined := in_words.skipped(advice, lang):
        _line(out, f"  {unexamined}")
    headings, rows = in_words.costs(advice, lang)
    if rows:
        _heading(out, tell("lines"))
        show.table(headings, rows, no_color=common.no_color, left=range(3))
    parts = (
        ("term", in_words.term(advice, lang)),
        ("conditions", advice.said(lang)),
        ("ambiguities", in_words.ambiguities(advice, lang)),
    )
    for name, lines in parts:
        if lines:
            _heading(out, tell(name))
            for line in lines:
                _line(out, f"  {line}")
    _line(out)
    for line in in_words.about_the_rule(advice, lang):
        _line(out, line)
    _line(out)


def _say_terms(found: "TermAnswer", out: "Console", lang: Language) -> None:
    """Show what follows from the dates of a term case."""
    from mijnrisico.studies.industry.findings import money

    def tell(key: str, **params: object) -> None:
        _line(out, f"  {messages.text(f'industry.term.{key}', lang, **params)}")

    _line(out, messages.text("industry.term.head", lang, id=found.id), style="bold")
    for name in ("last_day_of_decision_term", "first_penalty_day", "pay_by"):
        if (day := getattr(found, name)) is not None:
            tell(name, day=day)
    if found.premature_notice:
        tell("premature")
    if found.penalty_days is not None and found.penalty_eur is not None:
        tell("penalty", days=found.penalty_days, eur=money(found.penalty_eur, lang))
    elif found.penalty_days is not None:
        tell("penalty_unknown", days=found.penalty_days)
    if found.prematurity_untested:
        tell("prematurity_untested")
    if found.first_penalty_day is not None or found.penalty_days is not None:
        tell("no_penalty_where")
    if found.first_day is not None:
        tell("objection", first=found.first_day, last=found.last_day)
    if found.eur is not None:
        tell("eur", eur=money(found.eur, lang))
    _line(out)


def industry_companies(
    *,
    annex_i: Annotated[bool, option("industry_annex_i", "--annex-i")] = True,
    search: Annotated[str, option("industry_search", "--search")] = "",
    common: Common = COMMON,
) -> int:
    """List the establishments of annex I."""
    from dataclasses import asdict

    from mijnrisico.studies import industry

    del annex_i  # there is no other list
    lang, wanted = common.language, search.strip().casefold()
    found = [
        each
        for each in industry.annex_i()
        if any(wanted in text.casefold() for text in (each.name, each.location, each.municipality))
    ]
    if common.json:
        show.as_json([asdict(each) for each in found])
        return 0
    out = show.console(no_color=common.no_color)
    if not found:
        _line(out, messages.text("industry.tables.none_found", lang, search=search))
        return 0
    yes, no = (messages.text(f"sentences.{word}", lang) for word in ("yes", "no"))
    rows = [
        [str(each.nr), each.name, each.location, each.municipality, yes if each.in_note_to_article_3 else no]
        for each in found
    ]
    names = ("nr", "name", "location", "municipality", "in_note")
    headings = [messages.text(f"industry.tables.{name}", lang) for name in names]
    title = messages.text("industry.tables.companies", lang, n=len(found))
    show.table(headings, rows, title=title, no_color=common.no_color, left=range(1, 5))
    _line(out, f"\n{messages.text('industry.tables.companies_note', lang)}")
    return 0


def industry_documents(
    *,
    article: Annotated[str, option("industry_article", "--article")] = "",
    common: Common = COMMON,
) -> int:
    """List the documents that an application under an article needs; without an article those of every one."""
    from mijnrisico.studies import industry

    lang, rule = common.language, industry.versions()[-1]
    asked = _asked(article, rule)
    if common.json:
        show.as_json([_documents_of(paying, rule) for paying in asked])
        return 0
    out = show.console(no_color=common.no_color)
    gaps = {gap.id for gap in rule.gaps}
    for paying in asked:
        first = paying.application[0]
        title = messages.text("industry.tables.documents", lang, article=first, paying=paying.id)
        rows = [[letter, rule.documents[code].text[lang], code] for code, letter in paying.documents.items()]
        headings = [messages.text(f"industry.tables.{name}", lang) for name in ("letter", "document", "code")]
        show.table(headings, rows, title=title, no_color=common.no_color, left=range(3))
        if first in gaps:
            words = {"article": first, "as_": paying.application[1]}
            _line(out, messages.text("industry.tables.documents_of", lang, **words))
        if "public_summary" in paying.documents:
            _line(out, messages.text("industry.tables.documents_summary", lang))
            for name, each in rule.annex_ii.items():
                _line(out, f"  {name}: {each.text[lang]}")
        _line(out)
    return 0


def _asked(article: str, rule: "Rule") -> list["Paying"]:
    """Return the paying articles asked for: by their own number or by that of their application."""
    wanted = article.strip()
    if not wanted:
        return list(rule.paying.values())
    found = [each for each in rule.paying.values() if wanted in (each.id, each.application[0])]
    if not found:
        known = tuple(sorted({*rule.paying, *(each.application[0] for each in rule.paying.values())}, key=int))
        near = difflib.get_close_matches(wanted, known, n=1, cutoff=0.3)
        params = {"got": article, "known": known, "nearest": near[0] if near else "8"}
        raise UsageError(Problem("E412", "--article", params))
    return found


def _documents_of(paying: "Paying", rule: "Rule") -> dict[str, object]:
    documents = [
        {"letter": letter, "code": code, **rule.documents[code].text} for code, letter in paying.documents.items()
    ]
    gaps = {gap.id for gap in rule.gaps}
    return {
        "article": paying.application[0],
        "paying_article": paying.id,
        "source_gap": paying.application[0] in gaps,
        "documents": documents,
        "annex_ii": {name: dict(each.text) for name, each in rule.annex_ii.items()}
        if "public_summary" in paying.documents
        else {},
    }


def _heading(out: "Console", text: str) -> None:
    _line(out)
    _line(out, text, style="bold")


def _line(out: "Console", text: str = "", *, style: str = "") -> None:
    out.print(text, style=style or None, markup=False, soft_wrap=True)
