"""TOML read with the place of every slip, and written again; the standard library only reads."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

Tree = dict[str, Any]


_QUOTES: Final = "“”„‘’"
_SLIPS: Final = (
    ("quotes", "", rf"[{_QUOTES}]"),
    ("table_twice", "Cannot declare|Cannot overwrite", r"^\s*\[[^\[]"),
    ("twice", "Cannot overwrite|Cannot declare|Duplicate|Cannot mutate", ""),
    ("day", "", r"=\s*\d{1,2}[-/]\d{1,2}[-/]\d{4}\s*(#.*)?$"),
    ("decimal_comma", "", r"=\s*-?\d+,\d+\s*(#.*)?$"),
    ("backslash", "", r'"[^"]*\\[^"]*"'),
    ("colon", "", r"^\s*[\w.-]+\s*:"),
    ("no_value", "", r"=\s*(#.*)?$"),
    ("open_quote", "Illegal character|Unterminated|Expected", r"^[^\"#]*\"[^\"]*$"),
    ("with_unit", "", r"=\s*[-+]?[\d._]+\s*[A-Za-z%°²³/·]+[^\"]*$"),
    ("no_quotes", "", r"=\s*[A-Za-z]"),
    ("open_bracket", "Unclosed|Expected '\\]'|array|inline table", ""),
    ("no_equals", "Expected '='|Invalid initial character|Invalid statement", ""),
)
"""Slips that people make: name, what Python's reader says of it, how the line looks; the first that fits counts."""

_ON_ONE_LINE: Final = (
    "quotes",
    "twice",
    "decimal_comma",
    "backslash",
    "colon",
    "no_value",
    "with_unit",
    "no_quotes",
    "day",
)
_MOST_SLIPS: Final = 20


def parse(content: str, name: str) -> Tree | Problem:
    """Read TOML; a slip is E501 with line, column, a caret under the spot and what is probably meant."""
    try:
        return tomllib.loads(content)
    except RecursionError:
        return slip(name, 1, 1, "nested")
    except ValueError as error:  # TOMLDecodeError, or Python refusing an integer of thousands of digits
        place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        lines = content.split("\n")  # as Python's reader counts them
        line, column = (int(place[1]), int(place[2])) if place else (len(lines), len(lines[-1]) + 1)
        text = lines[min(line, len(lines)) - 1]
        start = max(0, column - 60)
        caret = f"\n{text[start : start + 90]}\n{' ' * (column - 1 - start)}^"
        reason = str(error).split(" (at ")[0]
        fitting = (kind for kind, says, looks in _SLIPS if re.search(says, reason) and re.search(looks, text))
        return slip(name, line, column, next(fitting, "other"), caret, **_corrected(text))


def slips(content: str, name: str) -> list[Problem]:
    """Return every slip that stands alone on its line; after one that may reach further (a bracket) nothing is sure."""
    found: list[Problem] = []
    lines = content.split("\n")
    while isinstance(problem := parse("\n".join(lines), name), Problem) and len(found) < _MOST_SLIPS:
        found.append(problem)
        line = int(str(problem.params["line"]))
        if problem.params["kind"] not in _ON_ONE_LINE or line > len(lines) or not lines[line - 1]:
            break
        lines[line - 1] = ""
    return found


def slip(name: str, line: int, column: int, kind: str, caret: str = "", **params: object) -> Problem:
    """Return E501 for a slip of the kinds in the catalogue (`toml.<kind>.reason` and `.remedy`)."""
    words = {part: Phrase(f"toml.{kind}.{part}", params) for part in ("reason", "remedy")}
    return Problem(
        "E501", f"{name}:{line}:{column}", {"line": line, "column": column, "caret": caret, "kind": kind, **words}
    )


def _corrected(text: str) -> dict[str, object]:
    """Return the parts of a line from which a message makes the line that was probably meant."""
    key, _, value = text.partition("=" if "=" in text else ":")
    bare = re.sub(r"\s*#.*$", "", value).strip()
    return {
        "key": key.strip() or "title",
        "table": text.partition("#")[0].strip().strip("[]").strip(),
        "value": bare.strip(f"{_QUOTES}\"'").replace("\\", "/"),
        "point": bare.replace(",", "."),
        "year": bare[-4:],
        "day": "-".join(reversed([part.zfill(2) for part in re.split("[-/]", bare)])),
        "number": re.match(r"[-+\d._]*", bare)[0],  # pyright: ignore[reportOptionalSubscript]
    }


@dataclass(frozen=True, slots=True)
class Places:
    """Where a key stands: the line in the file, or the command line."""

    name: str
    content: str
    overridden: set[str] = field(default_factory=set)
    base: "Places | None" = None
    """The file that this one extends."""
    by: str = "--set"
    """How the settings in `overridden` were given."""

    def where(self, key: str) -> str:
        """Point at a dotted key: `my.toml:14 [hazard.cell]`, or `--set hazard.cell`."""
        if any(key == name or key.startswith(f"{name}.") for name in self.overridden):
            return f"{self.by} {key}"
        line, depth = self._line(key)
        if self.base is not None and self.base._line(key)[1] > depth:
            return self.base.where(key)
        return f"{self.name}:{line} [{key}]" if line else f"{self.name} [{key}]"

    def _line(self, key: str) -> tuple[int, int]:
        """Return the line where the key, or else the innermost table around it that is written out, begins.

        The second number says how much of the key stands there; both are 0 when nothing does.
        """
        section, best, depth = "", 0, 0
        for number, line in enumerate(self.content.split("\n"), start=1):
            if header := re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line):
                section = header[1].replace(" ", "")
                found = section
            elif entry := re.match(r"\s*([A-Za-z0-9_.\-\" ]+?)\s*=", line):
                found = f"{section}.{entry[1]}" if section else entry[1]
            else:
                continue
            found = found.replace('"', "")
            if (key == found or key.startswith(f"{found}.")) and len(found) > depth:
                best, depth = number, len(found)
        return best, depth


def write(tree: Mapping[str, Any]) -> str:
    """Write plain values as TOML: scalars first, then a table for each section; tables of weights stay inline.

    >>> print(write({"title": "a", "time": {"start": 2024}}), end="")
    title = "a"
    <BLANKLINE>
    [time]
    start = 2024
    """
    lines: list[str] = []

    def table_of(branch: Mapping[str, Any], path: tuple[str, ...]) -> None:
        own = {k: v for k, v in branch.items() if not (isinstance(v, Mapping) and is_section((*path, k)))}
        if own or not path:
            if path:
                lines.extend(["", f"[{'.'.join(path)}]"])
            lines.extend(f"{_key(key)} = {written(value)}" for key, value in own.items())
        for key, value in branch.items():
            if key not in own:
                table_of(value, (*path, key))

    table_of(tree, ())
    return "\n".join(lines) + "\n"


def is_section(path: tuple[str, ...]) -> bool:
    """Say whether a table is a section of a scenario, written as `[name]`; other tables are values."""
    return len(path) == 1 or (len(path) == 2 and path[0] == "inputs")


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else written(key)


def written(value: object) -> str:
    """Write one plain value as TOML."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
        case list() | tuple():
            return f"[{', '.join(map(written, value))}]"
        case Mapping() if not value:
            return "{}"
        case Mapping():
            return "{ " + ", ".join(f"{_key(str(k))} = {written(v)}" for k, v in value.items()) + " }"
        case _:
            return repr(value) if isinstance(value, float) else str(value)
