"""The page on the data of the industry rule, made from those data."""

from mijnrisico import messages
from mijnrisico.studies.industry import rule, terms

HEAD = """# The industry rule as data

The policy rule on compensation of costs of earthquake-resistant industry in Groningen ({instrument}), as
`mijnrisico industry` applies it. **Texts are paraphrases**, in Dutch and English; the rule itself is at
<{source}>. It prints no article numbers: they follow from its order and its cross references. How the advice is made:
[under the rule](../understand/industry.md); how to use it: [judge an application](../do/industry.md).

What rests on a choice says so: *text* follows from the articles, *note* from the explanatory note, *purpose* from what
a provision is for, and **[conv]** is a convention of ours. Whoever disagrees changes the data
(`src/mijnrisico/studies/industry/rules/`), not the code.

{note}

This page is made from those data by `scripts/build_docs.py`.
"""


def page() -> str:
    """Return the whole page (Markdown)."""
    version = rule.versions()[-1]
    parts = [HEAD.format(instrument=version.instrument, source=version.source, note=version.note["en"])]
    parts += [_gaps(version), _paying(version), _categories(version), _documents(version), _costs(version)]
    parts += [_methods(version), _ambiguities(version), _legal_terms(version), _terms(), _articles(version)]
    return "\n".join(parts)


def _table(title: str, headings: list[str], rows: list[list[str]], under: str = "") -> str:
    lines = [f"## {title}", "", *([under, ""] if under else []), _row(headings), _row(["---"] * len(headings))]
    return "\n".join([*lines, *map(_row, rows)]) + "\n"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _gaps(version: rule.Rule) -> str:
    rows = [[gap.id, ", ".join(gap.reads_as) or "–", gap.text["en"]] for gap in version.gaps]
    return _table("Missing from the text at hand", ["article", "read as", "what is known"], rows)


def _paying(version: rule.Rule) -> str:
    rows = [
        [
            each.id,
            each.section,
            ", ".join(_needs(route) for route in version.routes if route.section == each.section),
            each.phase,
            each.application[0],
            f"after the {each.after}",
            each.incremental or "–",
        ]
        for each in version.paying.values()
    ]
    headings = ["pays", "section", "for", "activity", "application", "when", "expected incremental cost"]
    under = (
        "Where two sections fit, 2.x goes before 3.x [conv]. Two articles with the same activity pay the same thing "
        "(26(b), 26(c)). Where no section fits: reject, with a written test of Awb 4:84 (A4)."
    )
    return _table("Which article pays", headings, rows, under)


def _needs(route: rule.Route) -> str:
    letters = " or ".join("annex I" if each == "annex_i" else each for each in route.any_of)
    return f"{letters}, {'realised' if route.realised else 'not yet realised'} at filing"


def _categories(version: rule.Rule) -> str:
    rows = [[name, each.article, each.text["en"], each.text["nl"]] for name, each in version.categories.items()]
    return _table("Categories", ["letter", "article", "en", "nl"], rows)


def _documents(version: rule.Rule) -> str:
    rows = [
        [f"`{name}`", each.text["en"], each.text["nl"], ", ".join(_letters(version, name))]
        for name, each in version.documents.items()
    ]
    under = "Articles 13 and 15 are missing; they are read as 6 and 8. `mijnrisico industry documents --article 8`."
    return _table("Documents", ["word in a file", "en", "nl", "asked by"], rows, under)


def _letters(version: rule.Rule, code: str) -> list[str]:
    return [each[code] for each in version.applications.values() if code in each]


def _costs(version: rule.Rule) -> str:
    rows = [
        [
            f"`{name}`",
            each.text["en"],
            each.text["nl"],
            _counts(each),
            messages.text(f"industry.basis.{each.basis}", "en"),
        ]
        for name, each in version.costs.items()
    ]
    under = "Amounts in euro without recoverable VAT [conv]; no ceiling."
    return _table("Classes of cost", ["word in a file", "en", "nl", "counts under", "basis"], rows, under)


def _counts(each: rule.CostClass) -> str:
    counted = [f"{one} [conv]" if one in each.convention_under else one for one in each.under]
    asked = [f"{one}: asked, {' and '.join(refs)}" for one, refs in each.unclear_under.items()]
    return "; ".join([", ".join(counted), *asked]) if counted or asked else "never"


def _methods(version: rule.Rule) -> str:
    rows = [
        [f"`{name}`", each.kind, each.article, each.text["nl"], each.designated_for or "–"]
        for name, each in version.methods.items()
    ]
    return _table("Methods", ["word in a file", "analysis", "article", "name", "designated for"], rows)


def _ambiguities(version: rule.Rule) -> str:
    rows = [
        [name, each.issue["en"], each.answer["en"], messages.text(f"industry.basis.{each.basis}", "en")]
        for name, each in version.ambiguities.items()
    ]
    return _table("What the rule leaves open", ["", "question", "answer here", "basis"], rows)


def _legal_terms(version: rule.Rule) -> str:
    rows = [
        [each.term, each.law, each.article, str(each.valid_until or "–"), each.successor or "–"]
        for each in version.legal_terms
    ]
    return _table("Terms of other law", ["term", "law", "used in", "held until", "replaced by"], rows)


def _terms() -> str:
    law = rule.law_of_terms()
    names = {
        "decision": "decide",
        "payment": "pay",
        "objection": "object",
        "unprocessed": "announce leaving unprocessed",
    }
    rows = [[text, f"{law[name]['weeks']} weeks", _cited(law[name])] for name, text in names.items()]
    rows += [[f"suspension: {each['en']}", "its days", each["article"]] for each in law["suspensions"].values()]
    rows.append(["penalty", f"at most {terms.penalty_eur(1000)} euro", law["notice"]["article"]])
    lines = ["", "Days equated with public holidays by decree (Atw 3(3)):", ""]
    lines += [f"* {', '.join(map(str, each['days']))}. {each['source']}" for each in law["equated"]]
    rates = [
        f"Penalty rates {each['valid_from']} to {each['valid_until']}: {each['source']}" for each in law["penalty"]
    ]
    lines += ["", *rates, ""]
    return _table("Terms", ["what", "how long", "article"], rows) + "\n".join(lines)


def _cited(entry: dict) -> str:
    return entry.get("article") or ", ".join(entry["articles"])


def _articles(version: rule.Rule) -> str:
    rows = [
        [each.id, each.section, ("**missing** " if each.source_gap else "") + each.text["en"], each.text["nl"]]
        for each in version.articles.values()
    ]
    rows += [[each.id, "", each.text["en"], each.text["nl"]] for each in rule.other_articles().values()]
    return _table("Articles, paraphrased", ["article", "section", "en", "nl"], rows)
