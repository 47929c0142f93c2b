"""A command that was not written as it should be: what cyclopts found, as problems of our own catalogue."""

import difflib
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING

from mijnrisico.cli import manual
from mijnrisico.errors import Problem
from mijnrisico.messages import Language, Phrase

if TYPE_CHECKING:
    from cyclopts import CycloptsError
    from cyclopts.argument import Argument


def unknown_command(got: str, known: Sequence[str]) -> Problem:
    """Return E001 with the nearest command."""
    near = difflib.get_close_matches(got, known, n=1, cutoff=0.5)
    near = near or [name for name in known if name.split()[0] == got.split()[0]][:1]
    advice = Phrase("usage.try_command", {"nearest": near[0]}) if near else Phrase("usage.see_commands")
    return Problem("E001", got, {"got": got, "known": tuple(known), "advice": advice})


def problem(error: "CycloptsError", name: str, key: str, lang: Language) -> Problem:
    """Return what was wrong with the words after a verb: E002 to E007."""
    from cyclopts import (
        CoercionError,
        MissingArgumentError,
        RepeatArgumentError,
        UnknownOptionError,
        UnusedCliTokensError,
    )

    help_of = {"command": name, "example": manual.example_of(key, lang) or f"mijnrisico {name} --help"}
    match error:
        case UnknownOptionError():
            got = (error.token.keyword or error.token.value or "").partition("=")[0]
            options = chain.from_iterable(argument.names for argument in error.argument_collection if argument.parse)
            near = difflib.get_close_matches(got, [word for word in options if word.startswith("-")], n=1)
            if got == "--run":
                return Problem("E002", got, {"got": got, **help_of, "advice": Phrase("usage.bare_run", help_of)})
            advice = Phrase("usage.try_option", {"nearest": near[0]}) if near else Phrase("usage.see_help", help_of)
            return Problem("E002", got, {"got": got, **help_of, "advice": advice})
        case MissingArgumentError() if error.argument is not None:
            shown = _shown(error.argument, error.keyword)
            if not shown.startswith("-") or not _was_given(error, shown):
                return Problem("E003", shown, {"got": shown, **help_of})
            count, _ = error.argument.token_count()
            numbers = {"needed": max(count, 1), "given": len(error.tokens_so_far)}
            return Problem("E004", shown, {"got": shown, **numbers, **help_of})
        case CoercionError() if error.token is not None:
            keyword = error.token.keyword
            shown = keyword or (_shown(error.argument, None) if error.argument else "")
            params = {"got": error.token.value, "option": shown, "expected": _expected(error), **help_of}
            return Problem("E005", shown, params)
        case UnusedCliTokensError():
            extra = tuple(error.unused_tokens or ())
            return Problem("E006", extra[0] if extra else "", {"got": extra, **help_of})
        case RepeatArgumentError():
            shown = error.token.keyword or error.token.value
            return Problem("E007", shown, {"got": shown, **help_of})
        case _:
            got = tuple(error.unused_tokens or error.root_input_tokens or ())
            return Problem("E006", "", {"got": got, **help_of})


def _was_given(error: "CycloptsError", shown: str) -> bool:
    return any(token.partition("=")[0] == shown for token in error.root_input_tokens or ())


def _shown(argument: "Argument", keyword: str | None) -> str:
    """Return how the reader writes it: `--rd`, or RUN for a place in the command."""
    if keyword:
        return keyword
    return argument.name.lstrip("-").upper() if argument.index is not None else argument.name


def _expected(error: "CycloptsError") -> object:
    target = getattr(error, "target_type", None)
    if words := manual.choices(target):
        return " | ".join(words)
    known = {int: "usage.whole_number", float: "usage.number", bool: "usage.yes_or_no"}
    return Phrase(known[target]) if target in known else Phrase("usage.text")
