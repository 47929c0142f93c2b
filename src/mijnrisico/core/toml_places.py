"""Where a key of a file with lists of tables stands: its line, and its path in words that count from one."""

import re
from collections.abc import Sequence

Path = tuple[str | int, ...]


def shown(location: Sequence[str | int]) -> str:
    """Write a path for people.

    >>> shown(("unit", 1, "scenario", 0, "rate_kg_s"))
    'unit 2, scenario 1, rate_kg_s'
    """
    words: list[str] = []
    for part in location:
        if isinstance(part, int) and words:
            words[-1] += f" {part + 1}"
        else:
            words.append(str(part))
    return ", ".join(words)


def where(name: str, content: str, location: Sequence[str | int]) -> str:
    """Point at a key: `site.toml:14 [unit 2, x_rd]`; at the table around it where the key is not written."""
    line = _line(content, tuple(location))
    return f"{name}{f':{line}' if line else ''} [{shown(location)}]"


def _line(content: str, wanted: Path) -> int:
    best, depth = 0, 0
    table: Path = ()
    counts: dict[str, int] = {}
    for number, line in enumerate(content.split("\n"), start=1):
        if header := re.match(r"\s*(\[\[?)\s*([^\]]+?)\s*\]", line):
            table = found = _table(header[2], counts, listed=header[1] == "[[")
        elif entry := re.match(r"\s*([A-Za-z0-9_.\-\"]+)\s*=", line):
            found = (*table, *entry[1].replace('"', "").split("."))
        else:
            continue
        if len(found) > depth and found == wanted[: len(found)]:
            best, depth = number, len(found)
    return best


def _table(header: str, counts: dict[str, int], *, listed: bool) -> Path:
    """Path of a header; a list of tables counts on, and what stands below it begins anew."""
    parts = [part.strip().strip('"') for part in header.split(".")]
    if listed:
        name = ".".join(parts)
        for below in [key for key in counts if key.startswith(f"{name}.")]:
            del counts[below]
        counts[name] = counts.get(name, -1) + 1
    path: list[str | int] = []
    for k, part in enumerate(parts):
        path.append(part)
        if (name := ".".join(parts[: k + 1])) in counts:
            path.append(counts[name])
    return tuple(path)
