"""A file of TOML with lists of tables, read into a record: all that is wrong, each with its line and an example.

    entry, problems = read(content, "site.toml", SiteFile, examples={"name": 'name = "tank 1"'})

The record is a pydantic model whose tables forbid unknown keys; a key that is not known hides no other error.
"""

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mijnrisico import messages
from mijnrisico.core import table, toml, toml_places
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase

Form = TypeVar("Form", bound=BaseModel)

_KEY: Final = "[key]"
"""What pydantic puts in a path where the name in a table, and not its value, is wrong."""
_BOUNDS: Final = ("ge", "gt", "le", "lt", "min_length", "max_length")


def read(
    content: str, name: str, form: type[Form], examples: Mapping[str, str], unions: Sequence[str] = ()
) -> tuple[Form, list[Problem]]:
    """Return the record of a file, and a problem (E502) for each key that is not known.

    Args:
        content: text of the file.
        name: what the file is called.
        form: the record.
        examples: a line that would be right, by key; others have a number.
        unions: names that pydantic puts in a path for the member of a union, which stand in no file.

    Raises `InputError` E501 where it is no TOML, E502 and E503 with everything else that is wrong.
    """
    if wrong := toml.slips(content, name):
        raise InputError(wrong)
    tree = tomllib.loads(content)
    try:
        return form.model_validate(tree), []
    except ValidationError as error:
        details = error.errors()
    problems = _once([_problem(each, name, content, form, examples, unions) for each in details])
    if any(each.code != "E502" for each in problems):
        raise InputError(sorted(problems, key=line))
    return form.model_validate(_without(tree, [each["loc"] for each in details])), problems


def text(path: Path) -> str:
    """Return the text of a file, whatever its encoding; raises `InputError` E101 where there is none."""
    there = table.find(path.name, path.parent, "FILE")
    if isinstance(there, Problem):
        raise InputError(there)
    return there.read_text(encoding="utf-8-sig", errors="replace")


def example(key: str, examples: Mapping[str, str]) -> str:
    """Return a line that would be right for a key."""
    return examples.get(key, f"{key} = 1.0")


def _once(found: Sequence[Problem]) -> list[Problem]:
    """Keep one problem a place: a key that may be of two kinds fails as both."""
    return list({each.where: each for each in reversed(found)}.values())


def line(problem: Problem) -> int:
    """Line that a problem points at, so that problems stand in the order of the file."""
    digits = problem.where.partition(":")[2].partition(" ")[0]
    return int(digits) if digits.isdigit() else 0


def _without(tree: Any, locations: Sequence[Sequence[str | int]]) -> Any:
    """Return a tree of plain values without the keys at these places."""
    gone = {tuple(location) for location in locations}

    def kept(value: Any, at: tuple[str | int, ...]) -> Any:
        if isinstance(value, dict):
            return {key: kept(each, (*at, key)) for key, each in value.items() if (*at, key) not in gone}
        if isinstance(value, list):
            return [kept(each, (*at, k)) for k, each in enumerate(value)]
        return value

    return kept(tree, ())


def _problem(
    details: ErrorDetails,
    name: str,
    content: str,
    form: type[BaseModel],
    examples: Mapping[str, str],
    unions: Sequence[str],
) -> Problem:
    """Turn a finding of pydantic into a problem with its line, what was expected and an example."""
    location = tuple(part for part in details["loc"] if part not in unions)
    kind, context = details["type"], details.get("ctx", {})
    if is_key := location[-1:] == (_KEY,):
        location = location[:-1]
    where = toml_places.where(name, content, location)
    key = str(location[-1]) if location else name
    if kind == "extra_forbidden":
        known = _keys(form, location[:-1])
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
        meant = Phrase("scenario.meant", {"nearest": near[0]}) if near else Phrase("form.known_keys", {"known": known})
        return Problem("E502", where, {"key": toml_places.shown(location), "meant": meant})
    got = Phrase("scenario.nothing") if kind == "missing" else _short(details["input"])
    limit = next((context[bound] for bound in _BOUNDS if bound in context), "")
    right = _example(key, details["input"], kind, examples)
    if kind == "literal_error":
        known = re.findall(r"'([^']*)'", str(context["expected"]))
        expected: object = Phrase("form.one_of", {"known": ", ".join(known) or str(context["expected"])})
        near = difflib.get_close_matches(str(details["input"]), known, n=1, cutoff=0.5) or known[:1]
        if near:
            right = f"{near[0]} = 1.0" if is_key else _quoted(location, near[0])
    elif kind in ("tuple_type", "list_type") and isinstance(details["input"], dict):
        expected, right = Phrase("form.list_of_tables", {"key": key}), f"[[{key}]]"
        got = f"[{key}]"
    else:
        named = f"expected.{kind}"
        expected = Phrase(named if messages.has(named) else "form.other", {"limit": limit})
    return Problem("E503", where, {"key": key, "got": got, "expected": expected, "example": right})


def _quoted(location: Sequence[str | int], value: str) -> str:
    """Return a line with a text, or with a list of it where the key holds one."""
    if isinstance(location[-1], int) and len(location) > 1:
        return f'{location[-2]} = ["{value}"]'
    return f'{location[-1]} = "{value}"'


def _keys(form: type[BaseModel], location: Sequence[str | int]) -> tuple[str, ...]:
    """Keys that may stand in a table of the file."""
    model: Any = form
    for part in location:
        if isinstance(part, int) or not (isinstance(model, type) and issubclass(model, BaseModel)):
            continue
        found = _field(model, str(part))
        model = _model_in(found.annotation) if found is not None else model
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return ()
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _field(model: type[BaseModel], key: str) -> Any:
    return next((field for name, field in model.model_fields.items() if key in (name, field.alias)), None)


def _model_in(annotation: Any) -> Any:
    """The table inside a kind such as a list of tables."""
    if isinstance(annotation, type) and not hasattr(annotation, "__args__"):
        return annotation
    inner = (_model_in(each) for each in getattr(annotation, "__args__", ()))
    return next((each for each in inner if isinstance(each, type) and issubclass(each, BaseModel)), None)


def _short(value: object) -> str:
    text = toml.written(value) if not isinstance(value, BaseModel) else "–"
    return text if len(text) <= 60 else f"{text[:57]}..."


def _example(key: str, got: object, kind: str, examples: Mapping[str, str]) -> str:
    """Return a line that would be right; the number itself where it was written as text, with a decimal comma."""
    if kind == "float_type" and isinstance(got, str):
        try:
            return f"{key} = {float(got.strip().replace(',', '.'))!r}"
        except ValueError:
            pass
    return example(key, examples)
