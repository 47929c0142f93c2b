"""`mijnrisico explain`: a code of the error catalogue in words, in each of its forms, or a word of the glossary."""

import difflib
import re
from typing import Annotated, Final

from mijnrisico import messages
from mijnrisico.cli import show
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.errors import Problem, UsageError
from mijnrisico.messages import Language, Phrase

PAGE: Final = "docs/look-up/errors.md"
GLOSSARY: Final = "docs/look-up/glossary.md"
_PARTS: Final = ("what", "why", "fix")


def explain(code: Annotated[str, option("code")], /, *, common: Common = COMMON) -> int:
    """Explain a code, with an example in the place of what a message fills in, or a word."""
    lang, known = common.language, messages.codes(common.language)
    asked, code = code.strip(), code.strip().upper()
    if code not in known:
        return _explain_word(asked, common)
    forms = [{part: example(code, part, lang, of) for part in _PARTS} for of in messages.forms(code)]
    kin, page = related(code), f"{PAGE}#{code.lower()}"
    if common.json:
        others = [{"of": of, **parts} for of, parts in zip(messages.forms(code)[1:], forms[1:], strict=True)]
        told = {"code": code, **forms[0], "forms": others}
        show.as_json({**told, "kind": kind(code, lang), "related": kin, "documented": page})
        return 0
    named = {"kind": kind(code, lang), "related": ", ".join(kin), "page": page}
    lines = []
    for parts in forms:
        lines += [f"{code} {parts['what']}", f"     {parts['why']}", f"     → {parts['fix']}", ""]
    if len(forms) > 1:
        lines += [messages.text("sentences.explain_forms", lang, n=len(forms))]
    lines += [messages.text(f"sentences.explain_{'stops' if code[0] == 'E' else 'warns'}", lang)]
    lines += [messages.text("sentences.explain_where", lang, **named)]
    show.console(no_color=common.no_color).print("\n".join(lines), markup=False, soft_wrap=True)
    return 0


def _explain_word(asked: str, common: Common) -> int:
    """Explain a word of the glossary; raises `UsageError` E412 for what is neither a word nor a code."""
    lang = common.language
    found = words(asked)
    if not found:
        raise UsageError(_unknown(asked, lang))
    told = [{part: messages.text(f"report.{part}.{name}", lang) for part in ("word", "meaning")} for name in found]
    if common.json:
        show.as_json({"words": told, "documented": GLOSSARY})
        return 0
    lines = [f"{each['word']}\n     {each['meaning']}" for each in told]
    lines += ["", messages.text("sentences.explain_glossary", lang, page=GLOSSARY)]
    show.console(no_color=common.no_color).print("\n".join(lines), markup=False, soft_wrap=True)
    return 0


def _unknown(asked: str, lang: Language) -> Problem:
    code, codes = asked.upper(), messages.codes(lang)
    if code[:1] in ("E", "W") and any(letter.isdigit() for letter in code):
        near = tuple(difflib.get_close_matches(code, codes, n=3, cutoff=0.6))
        nearest = near[0] if near else Phrase("tables.none_near")
        return Problem("E412", "CODE", {"got": asked, "known": near or codes, "nearest": nearest})
    known = tuple(messages.text(f"report.word.{name}", lang) for name in _glossary())
    return Problem("E412", "CODE", {"of": "word", "got": asked, "known": known, "page": GLOSSARY, "codes": PAGE})


def words(asked: str) -> list[str]:
    """Return the names of the words of the glossary that hold what was asked, in Dutch or English; a whole one alone.

    >>> words("lpr"), words("P90"), words("logische boom"), words("Loppersum")
    (['lpr'], ['fractile', 'spread'], ['tree'], [])
    """
    wanted, found = _split(asked), []
    for name in _glossary():
        labels = [_split(messages.text(f"report.word.{name}", lang)) for lang in messages.LANGUAGES]
        if [name] == wanted or wanted in labels:
            return [name]
        if wanted and any(set(wanted) <= set(label) for label in labels):
            found.append(name)
    return found


def _glossary() -> list[str]:
    prefix = "report.meaning."
    return [key.removeprefix(prefix) for key in messages.catalogue("en") if key.startswith(prefix)]


def _split(label: str) -> list[str]:
    return re.findall(r"[\w-]+", label.casefold())


def example(code: str, part: str, lang: Language, of: str = "") -> str:
    """Return a text of a form of a code with every parameter filled by an example; one without an example by a dash.

    >>> example("E107", "what", "en")
    'Loppersum lies 12 km outside the model area'
    """
    text = messages.form(code, of, part, lang)
    values = {name: sample(code, name, lang, of) for name in messages.parameters(text)}
    return messages.fill(text, values)


def sample(code: str, name: str, lang: Language, of: str = "") -> str:
    """Return the example of a parameter: that of this form, else of this code, else the general one."""
    for key in (f"samples.{code}.{of}.{name}", f"samples.{code}.{name}", f"samples.any.{name}"):
        if messages.has(key, lang):
            return messages.catalogue(lang)[key]
    return "–"


def related(code: str) -> tuple[str, ...]:
    """Return the other codes about the same kind of thing: those with the same first digit, nearest first."""
    same = [other for other in messages.codes() if other[1] == code[1] and other != code]
    return tuple(sorted(same, key=lambda other: (abs(int(other[1:]) - int(code[1:])), other))[:5])


def kind(code: str, lang: Language) -> str:
    """Return what the codes with this first digit are about."""
    return messages.label("kinds", code[1], lang)
