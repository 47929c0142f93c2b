"""Every public word of the toolbox, in Dutch and English, from one catalogue.

The texts stand in TOML files beside this module: `en.toml`, `nl.toml` and, for a room with many words of its
own, `<room>.en.toml` and `<room>.nl.toml`. Nested tables become dotted keys: `errors.E101.what`.
A word that goes with a count stands twice, `{count} {count:cell|cells}`: for one, and for any other number.
Numbers follow the language: 0.05 g in English, 0,05 g in Dutch.
"""

import string
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final, Literal, get_args

Language = Literal["nl", "en"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
SHOWN_EXAMPLES: Final = 5

_NO_BREAK_SPACE: Final = "\N{NO-BREAK SPACE}"
_ONE: Final = ("1", f"<{_NO_BREAK_SPACE}1")
_SUPERSCRIPT: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A parameter that is itself a text of the catalogue, so that it is written in the reader's language."""

    key: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """A problem in words: its code, what is wrong, where, why it matters and what to do about it."""

    code: str
    what: str
    where: str
    why: str
    fix: str


@cache
def catalogue(lang: Language) -> dict[str, str]:
    """Return all texts of one language by dotted key; a key that stands in two files raises `ValueError`."""
    folder = Path(__file__).parent
    texts: dict[str, str] = {}
    for path in (folder / f"{lang}.toml", *sorted(folder.glob(f"*.{lang}.toml"))):
        with path.open("rb") as stream:
            entries = dict(_flat(tomllib.load(stream)))
        if twice := texts.keys() & entries.keys():
            raise ValueError(f"{path.name} repeats {sorted(twice)}")
        texts |= entries
    return texts


def text(key: str, lang: Language = "en", /, **params: object) -> str:
    """Return the text of a key with its parameters filled in; raises `KeyError` for an unknown key or parameter."""
    return fill(catalogue(lang)[key], _shown(params, lang))


def has(key: str, lang: Language = "en") -> bool:
    """Say whether the catalogue knows a key."""
    return key in catalogue(lang)


def label(group: str, name: str, lang: Language = "en") -> str:
    """Return the public name of a stage, quantity or unit, and the name itself where no public one exists."""
    key = f"{group}.{name}"
    return text(key, lang) if has(key, lang) else name


def describe(
    code: str,
    where: str = "",
    params: Mapping[str, object] | None = None,
    lang: Language = "en",
    *,
    examples: int | None = SHOWN_EXAMPLES,
) -> Message:
    """Put one problem of the error catalogue into words.

    Never raises: a code or parameter without a text is shown as it is, because a problem that cannot be
    described must still reach the reader. `examples` limits how many items of a list are shown. A code that is about
    different things has a text for each, `errors.E302.pressure`, chosen by the parameter `of`.
    """
    values = _shown(params or {}, lang, examples)
    of = str((params or {}).get("of", ""))
    if not has(f"errors.{code}.what", lang):
        return Message(code, ", ".join(f"{k} = {v}" for k, v in values.items()) or code, where, "", "")
    filled = (fill(form(code, of, part, lang), _Forgiving(values)) for part in ("what", "why", "fix"))
    what, why, fix = filled
    return Message(code, what, where, why, fix)


def codes(lang: Language = "en") -> tuple[str, ...]:
    """Return the codes of the error catalogue in order of their number."""
    found = {key.split(".")[1] for key in catalogue(lang) if key.startswith("errors.")}
    return tuple(sorted(found, key=lambda code: (code[1:], code[0])))


def forms(code: str) -> tuple[str, ...]:
    """Return the forms that a code has by what it is `of`, see `describe`; "" first, the general one.

    >>> forms("E411")
    ('', 'damaged', 'missing')
    """
    keys = (key.split(".") for key in catalogue("en") if key.startswith(f"errors.{code}."))
    return ("", *dict.fromkeys(parts[2] for parts in keys if len(parts) == 4))


def form(code: str, of: str, part: str, lang: Language = "en") -> str:
    """Return the what, why or fix of a code in one of its `forms`; what a form lacks is the general text."""
    texts = catalogue(lang)
    return texts.get(f"errors.{code}.{of}.{part}", texts[f"errors.{code}.{part}"])


def fill(template: str, values: Mapping[str, str]) -> str:
    """Fill a text with parameters that are in words already; raises `KeyError` for one without a value.

    >>> [fill("{n} {n:cell|cells}", {"n": n}) for n in ("0", "1", "12")]
    ['0 cells', '1 cell', '12 cells']
    """
    return _Filled().vformat(template, (), values)


def parameters(template: str) -> frozenset[str]:
    """Return the names of the parameters that a text quotes."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(template) if name)


def number(value: float, lang: Language = "en", digits: int = 2) -> str:
    """Write a number in the reader's language with `digits` significant digits; an `int` is written in full.

    Thousands from 10 000 on are set apart by a no-break space; magnitudes below 1e-4 or from 1e9 on use powers of ten.

    >>> number(0.0512, "nl"), number(0.0512, "en"), number(3.14e-6, "nl")
    ('0,051', '0.051', '3,1\\xa0×\\xa010⁻⁶')
    """
    if isinstance(value, int):
        return _grouped(str(value))
    number_ = float(value)
    if number_ != number_ or number_ in (float("inf"), float("-inf")):
        return {"inf": "∞", "-inf": "-∞"}.get(str(number_), "–")
    if number_ == 0.0:
        return "0"
    mantissa, exponent = f"{number_:.{digits - 1}e}".split("e")
    power = int(exponent)
    if power < -4 or power >= 9:
        written = f"{mantissa}{_NO_BREAK_SPACE}×{_NO_BREAK_SPACE}10{str(power).translate(_SUPERSCRIPT)}"
    else:
        written = _grouped(format(Decimal(f"{mantissa}e{exponent}"), "f"))
    return written.replace(".", ",") if lang == "nl" else written


def fixed(value: float, lang: Language = "en", places: int = 1) -> str:
    """Write a number with a fixed count of decimals in the reader's language.

    >>> fixed(12.34, "nl")
    '12,3'
    """
    written = f"{value:.{places}f}"
    return written.replace(".", ",") if lang == "nl" else written


def _grouped(written: str) -> str:
    whole, point, rest = written.partition(".")
    if len(whole.lstrip("-")) > 4:
        whole = f"{int(whole):_}".replace("_", _NO_BREAK_SPACE)
    return whole + point + rest


def _flat(tree: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", str(value)


def _shown(params: Mapping[str, object], lang: Language, examples: int | None = SHOWN_EXAMPLES) -> dict[str, str]:
    return {name: _written(value, lang, examples) for name, value in params.items()}


def _written(value: object, lang: Language, examples: int | None) -> str:
    match value:
        case Phrase(key, params):
            return fill(catalogue(lang).get(key, key.rpartition(".")[2]), _Forgiving(_shown(params, lang, examples)))
        case bool() | int():
            return str(value)  # years and row numbers carry no thousands separator
        case float():
            written = f"{value:.6g}"
            return written.replace(".", ",") if lang == "nl" else written
        case list() | tuple() | set() | frozenset():
            items = [_written(item, lang, examples) for item in value]
            if examples is None or len(items) <= examples + 1:  # no line that hides a single one
                return ", ".join(items)
            more = catalogue(lang)["sentences.and_more"].format(n=len(items) - examples)
            return f"{', '.join(items[:examples])} {more}"
        case _:
            return str(value)


class _Filled(string.Formatter):
    """Writes for `{count:cell|cells}` the word that goes with the count: the first for one, and for less than one."""

    def format_field(self, value: str, format_spec: str) -> str:
        """Return the word, or the value itself where the text asks for no word."""
        one, mark, more = format_spec.partition("|")
        if not mark:
            return value
        return one if value in _ONE else more


class _Forgiving(dict[str, str]):
    """Shows a dash for a parameter without a value instead of raising."""

    def __missing__(self, name: str) -> str:
        del name
        return "–"
