"""`mijnrisico explain`: a code of the error catalogue in words, with an example where a message fills something in."""

import difflib
from typing import Annotated, Final

from mijnrisico import messages
from mijnrisico.cli import show
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.errors import Problem, UsageError
from mijnrisico.messages import Language, Phrase

PAGE: Final = "docs/look-up/errors.md"
_PARTS: Final = ("what", "why", "fix")


def explain(code: Annotated[str, option("code")], /, *, common: Common = COMMON) -> int:
    """Explain a code, with an example in the place of what a message fills in."""
    lang, known = common.language, messages.codes(common.language)
    code = code.strip().upper()
    if code not in known:
        near = tuple(difflib.get_close_matches(code, known, n=3, cutoff=0.6))
        nearest = near[0] if near else Phrase("tables.none_near")
        raise UsageError(Problem("E412", "CODE", {"got": code, "known": near or known, "nearest": nearest}))
    parts = {part: example(code, part, lang) for part in _PARTS}
    kin, page = related(code), f"{PAGE}#{code.lower()}"
    if common.json:
        show.as_json({"code": code, **parts, "kind": kind(code, lang), "related": kin, "documented": page})
        return 0
    named = {"kind": kind(code, lang), "related": ", ".join(kin), "page": page}
    lines = [f"{code} {parts['what']}", f"     {parts['why']}", f"     → {parts['fix']}", ""]
    lines += [messages.text(f"sentences.explain_{'stops' if code[0] == 'E' else 'warns'}", lang)]
    lines += [messages.text("sentences.explain_where", lang, **named)]
    show.console(no_color=common.no_color).print("\n".join(lines), markup=False, soft_wrap=True)
    return 0


def example(code: str, part: str, lang: Language) -> str:
    """Return a text of a code with every parameter filled by an example; one without an example by a dash.

    >>> example("E107", "what", "en")
    'Loppersum lies 12 km outside the model area'
    """
    text = messages.catalogue(lang)[f"errors.{code}.{part}"]
    values = {name: sample(code, name, lang) for name in messages.parameters(text)}
    return messages.fill(text, values)


def sample(code: str, name: str, lang: Language) -> str:
    """Return the example of a parameter: that of this code, else the general one."""
    for key in (f"samples.{code}.{name}", f"samples.any.{name}"):
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
