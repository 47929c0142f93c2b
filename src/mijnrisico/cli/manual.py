"""`--help`: what a verb does, what it takes and an example, in the language asked for.

Written here and not by cyclopts, whose help is partly English whatever the language, and costs a quarter of a second.
`docs/look-up/commands.md` is made from the same functions.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from mijnrisico import messages
from mijnrisico.messages import Language

if TYPE_CHECKING:
    from cyclopts import App
    from cyclopts.argument import Argument

COMMON_NAMES = ("-C", "--lang", "--json", "--quiet", "--no-color")
_OPTIONS = "cli.options."


@dataclass(frozen=True, slots=True)
class Part:
    """One argument or option of a verb: how it is written, the key of its help, its choices and its default."""

    written: str
    key: str
    choices: tuple[str, ...]
    default: str
    required: bool
    positional: bool
    common: bool

    def help(self, lang: Language) -> str:
        """Return what it is for, with choices and default."""
        notes = [messages.text(self.key, lang)]
        if self.choices:
            notes.append(messages.text("cli.manual.choices", lang, choices=" | ".join(self.choices)))
        if self.default:
            notes.append(messages.text("cli.manual.default", lang, default=self.default))
        if self.required:
            notes.append(messages.text("cli.manual.required", lang))
        return " ".join(notes)


def parts(app: "App", lang: Language) -> tuple[Part, ...]:
    """Return arguments and options of a verb in the order of its signature, those of every verb last."""
    found = [
        _part(argument, lang) for argument in app.assemble_argument_collection() if argument.parse and argument.show
    ]
    return tuple(sorted((part for part in found if part), key=lambda part: (part.common, not part.positional)))


def usage(name: str, found: Sequence[Part], lang: Language) -> str:
    """Return how a verb is written: `mijnrisico site [RUN] [OPTIONS]`."""
    given = [part.written if part.required else f"[{part.written}]" for part in found if part.positional]
    needed = [part.written for part in found if part.required and not part.positional]
    return " ".join(["mijnrisico", name, *given, *needed, f"[{messages.text('cli.manual.options_word', lang)}]"])


def of_verb(name: str, key: str, app: "App", lang: Language, *, common: bool = True) -> str:
    """Return the help of one verb, with or without the options that every verb has."""
    found = [part for part in parts(app, lang) if common or not part.common]
    lines = [f"{messages.text('cli.manual.usage', lang)}: {usage(name, found, lang)}", ""]
    lines += [messages.text(f"cli.help.{key}", lang)]
    for (of_all, positional), group in groupby(found, key=lambda part: (part.common, part.positional)):
        title = "common" if of_all else "arguments" if positional else "options"
        lines += ["", f"{messages.text(f'cli.manual.{title}', lang)}:", *_rows(list(group), lang)]
    if example := example_of(key, lang):
        lines += ["", f"{messages.text('cli.manual.example', lang)}:", f"  {example}"]
    return "\n".join(lines)


def of_group(group: str, verbs: Sequence[tuple[str, str]], lang: Language) -> str:
    """Return the help of a word that needs another behind it, such as `data`; `verbs` are (name, key)."""
    width = max(len(name) for name, _ in verbs) + 2
    lines = [messages.text(f"cli.help.{group}", lang), ""]
    lines += [f"  {name:<{width}}{messages.text(f'cli.help.{key}', lang)}" for name, key in verbs]
    return "\n".join([*lines, "", messages.text("cli.more", lang)])


def example_of(key: str, lang: Language) -> str:
    """Return a command that works, for a verb; empty where the catalogue has none."""
    return messages.text(f"cli.examples.{key}", lang) if messages.has(f"cli.examples.{key}", lang) else ""


def _rows(found: Sequence[Part], lang: Language) -> Iterator[str]:
    from textwrap import wrap

    width = min(max(len(part.written) for part in found) + 2, 28)
    for part in found:
        first, *more = wrap(part.help(lang), 96 - width) or [""]
        if len(part.written) + 2 > width:
            yield f"  {part.written}"
            yield f"  {'':<{width}}{first}"
        else:
            yield f"  {part.written:<{width}}{first}"
        yield from (f"  {'':<{width}}{line}" for line in more)


def _part(argument: "Argument", lang: Language) -> Part | None:
    key = argument.parameter.help or ""
    if not key.startswith(_OPTIONS):
        return None
    positional = argument.index is not None
    default, words = argument.field_info.default, choices(argument.hint)
    names = ", ".join(argument.names)
    value = _value(argument, key, lang) if not words else ("|".join(words) if len(words) < 4 else "…")
    written = (argument.name.lstrip("-").upper() if positional else f"{names} {value}").strip()
    plain = isinstance(default, str | int | float | Path) and not isinstance(default, bool) and default != Path()
    shown = default if plain else ""
    if isinstance(default, tuple):
        shown = ",".join(map(str, default))
    listed = words if len(words) > 3 or positional else ()
    return Part(written, key, listed, str(shown), argument.required, positional, argument.name in COMMON_NAMES)


def _value(argument: "Argument", key: str, lang: Language) -> str:
    """Word for the value of an option: its own, or a number, file or text by its type."""
    count, _ = argument.token_count()
    if count == 0:
        return ""
    if (own := f"cli.values.{key.removeprefix(_OPTIONS)}") and messages.has(own, lang):
        return messages.text(own, lang)
    inner = str(argument.hint)
    word = "number" if "int" in inner or "float" in inner else "path" if "Path" in inner else "text"
    return " ".join([messages.text(f"cli.values.any_{word}", lang)] * max(count, 1))


def choices(hint: Any) -> tuple[str, ...]:
    """Return the words of a Literal, also inside a union or a tuple."""
    if get_origin(hint) is Literal:
        return tuple(map(str, get_args(hint)))
    return tuple(dict.fromkeys(word for inner in get_args(hint) for word in choices(inner)))
