"""TOML read with the place of every slip, and written again; the standard library only reads."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mijnrisico.errors import Problem

Tree = dict[str, Any]


def parse(content: str, name: str) -> Tree | Problem:
    """Read TOML; a slip is E501 with line, column and a caret under the spot."""
    try:
        return tomllib.loads(content)
    except RecursionError:
        params = {"line": 1, "column": 1, "reason": "nested too deeply", "caret": ""}
        return Problem("E501", name, params)
    except ValueError as error:  # TOMLDecodeError, or Python refusing an integer of thousands of digits
        place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        lines = content.splitlines() or [""]
        line, column = (int(place[1]), int(place[2])) if place else (len(lines), len(lines[-1]) + 1)
        text = lines[min(line, len(lines)) - 1]
        start = max(0, column - 60)
        shown = text[start : start + 90]
        params = {
            "line": line,
            "column": column,
            "reason": str(error).split(" (at ")[0],
            "caret": f"\n{shown}\n{' ' * (column - 1 - start)}^",
        }
        return Problem("E501", f"{name}:{line}:{column}", params)


@dataclass(frozen=True, slots=True)
class Places:
    """Where a key stands: the line in the file, or the command line."""

    name: str
    content: str
    overridden: set[str] = field(default_factory=set)

    def where(self, key: str) -> str:
        """Point at a dotted key: `my.toml:14 [hazard.cell]`, or `--set hazard.cell`."""
        if any(key == name or key.startswith(f"{name}.") for name in self.overridden):
            return f"--set {key}"
        line = self._line(key)
        return f"{self.name}:{line} [{key}]" if line else f"{self.name} [{key}]"

    def _line(self, key: str) -> int:
        """Return the line where the key, or else the innermost table around it that is written out, begins."""
        section, best, depth = "", 0, 0
        for number, line in enumerate(self.content.splitlines(), start=1):
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
        return best


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
        case Mapping():
            return "{ " + ", ".join(f"{_key(str(k))} = {written(v)}" for k, v in value.items()) + " }"
        case _:
            return repr(value) if isinstance(value, float) else str(value)
