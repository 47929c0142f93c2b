"""What a scenario file says, as one tree: the file, the file it extends, the settings of the command line.

    given = build(content, "my.toml", folder, ["hazard.cell=2000"])
    given.tree         # every key, those left out with their packaged values
    given.places       # where each key stands, for messages

Tables of weights replace those below them as a whole; other tables are merged key by key.
"""

import copy
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from mijnrisico.core import table, toml
from mijnrisico.core.scenario.sections import INPUT_FILES
from mijnrisico.core.toml import Places, Tree, is_section
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

PACKAGED: Final = "groningen"
SECTIONS: Final[Mapping[str, str]] = {**{role: f"inputs.{role}" for role in INPUT_FILES}, "sites": "sites"}
"""Where a user names the file of each role."""

ROLES: Final = tuple(SECTIONS)

SCHEMA: Final = 1
"""Version of the keys; a file with a newer one is refused (E506)."""


@dataclass(frozen=True, slots=True)
class Given:
    """All settings of a question before they are checked: `own` without, `tree` with the packaged values."""

    own: Tree
    tree: Tree
    places: Places
    folders: Mapping[str, Path]
    """Where the file of each role is looked for."""
    problems: tuple[Problem, ...] = ()


def build(content: str, name: str, folder: Path, overrides: Iterable[str] = ()) -> Given | list[Problem]:
    """Read the text of a scenario file, the file it extends and `key=value` settings; E501 for each slip of TOML."""
    given = toml.parse(content, name)
    if isinstance(given, Problem):
        return [_expecting_a_number(slip, content) for slip in toml.slips(content, name)]
    places = Places(name, content)
    settings, problems = overrides_of(overrides)
    for key, value in settings.items():
        places.overridden.add(key)
        _put(given, key.split("."), value)
    given = _shorthand(given)
    problems += _newer(given, places)
    base, folder_of_base = {}, folder
    if "extends" in given:
        found = _base(given.pop("extends"), folder, places)
        if isinstance(found, tuple):
            base, places, folder_of_base = found[0], Places(name, content, places.overridden, found[1]), found[2]
            problems += _newer(base, found[1])
        else:
            problems.append(found)
    own = merged(base, given)
    if "title" in given and "title_nl" not in given:
        own["title_nl"] = given["title"]
    folders = {
        role: Path.cwd() if _named_by(settings, role) else (folder if _names(given, role) else folder_of_base)
        for role in ROLES
    }
    tree = merged(packaged(), own)
    if "title" in own and "title_nl" not in own:
        tree["title_nl"] = tree["title"]
    return Given(own, tree, places, folders, tuple(problems))


def _expecting_a_number(slip: Problem, content: str) -> Problem:
    """Say of a word without quotes behind a key with a number that the number is asked, and not the quotes."""
    if slip.params["kind"] != "no_quotes":
        return slip
    line, column = int(str(slip.params["line"])), int(str(slip.params["column"]))
    lines = content.split("\n")
    heads = [head[1] for text in lines[:line] if (head := re.match(r"\s*\[\s*([\w.]+)\s*\]", text))]
    name = lines[line - 1].partition("=")[0].strip()
    usual: object = packaged()
    for part in [*(heads[-1].split(".") if heads else ()), *name.split(".")]:
        usual = usual.get(part) if isinstance(usual, dict) else None
    if isinstance(usual, bool) or not isinstance(usual, int | float):
        return slip
    words = {"example": f"{name} = {toml.written(usual)}"}
    return toml.slip(slip.where.split(":")[0], line, column, "word_for_number", str(slip.params["caret"]), **words)


def changed(tree: Tree, changes: Mapping[str, object], folders: Mapping[str, Path]) -> Given:
    """Return complete settings with some values replaced, each under its dotted key; new files from here."""
    tree, places = copy.deepcopy(tree), Places("replace", "", by="replace")
    for key, value in changes.items():
        places.overridden.add(key)
        _put(tree, key.split("."), value)
    if "title" in changes and "title_nl" not in changes:
        tree["title_nl"] = tree["title"]
    tree = _shorthand(tree)
    moved = {role: Path() for role in ROLES if _named_by(changes, role)}
    return Given(tree, merged(packaged(), tree), places, {**folders, **moved})


def packaged(name: str = PACKAGED) -> Tree:
    """Return the values of a packaged scenario."""
    return copy.deepcopy(_packaged(name))


@cache
def _packaged(name: str) -> Tree:
    return tomllib.loads((resources.files("mijnrisico") / "scenarios" / f"{name}.toml").read_text(encoding="utf-8"))


def merged(base: Tree, given: Tree, path: tuple[str, ...] = ()) -> Tree:
    """Return `base` with the values of `given` in their place; neither is changed."""
    tree = dict(base)
    for key, value in given.items():
        inner = tree.get(key)
        if isinstance(value, dict) and isinstance(inner, dict) and is_section((*path, key)):
            tree[key] = merged(inner, value, (*path, key))
        else:
            tree[key] = value
    return tree


def leaves(tree: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterable[tuple[str, Any]]:
    """Yield dotted keys and values down to the tables that are values themselves (weights)."""
    for key, value in tree.items():
        if isinstance(value, Mapping) and is_section((*path, key)):
            yield from leaves(value, (*path, key))
        else:
            yield ".".join((*path, key)), value


def text_of(path: Path) -> str | Problem:
    """Return the text of a file in UTF-8, or in UTF-16 as Notepad may write it; E501 for anything else."""
    raw = path.read_bytes()
    encoding = "utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        return toml.slip(path.name, raw[: error.start].count(b"\n") + 1, 1, "encoding")


def _base(name: object, folder: Path, places: Places) -> tuple[Tree, Places, Path] | Problem:
    """Read the file that a scenario extends: its tree, its places and its folder."""
    where = places.where("extends")
    if not isinstance(name, str) or not name:
        params = {"got": toml.written(name), "expected": Phrase("expected.extends"), "example": 'extends = "base.toml"'}
        return Problem("E503", where, {"key": "extends", **params})
    path = table.find(name, folder, where)
    if isinstance(path, Problem):
        return path
    content = text_of(path)
    if isinstance(content, Problem):
        return content
    tree = toml.parse(content, path.name)
    if isinstance(tree, Problem):
        return tree
    below = Places(path.name, content)
    if "extends" in tree:
        second = _plain(tree["extends"])
        return Problem("E508", below.where("extends"), {"file": places.name, "base": path.name, "second": second})
    return _shorthand(tree), below, path.parent


def _plain(value: object) -> str:
    return value if isinstance(value, str) else toml.written(value)


def _newer(given: Tree, places: Places) -> list[Problem]:
    """Take the version of the keys out of the tree; E506 when it is newer than this toolbox."""
    if "schema" not in given:
        return []
    version, where = given.pop("schema"), places.where("schema")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        params = {"got": toml.written(version), "expected": Phrase("expected.schema"), "example": f"schema = {SCHEMA}"}
        return [Problem("E503", where, {"key": "schema", **params})]
    return [Problem("E506", where, {"got": version, "known": SCHEMA})] if version > SCHEMA else []


def table_of(tree: object, role: str) -> Tree | None:
    """Return the table in which the file of a role is named, None where there is no table."""
    for part in SECTIONS[role].split("."):
        tree = tree.get(part) if isinstance(tree, dict) else None
    return tree if isinstance(tree, dict) else None


def _names(given: Tree, role: str) -> bool:
    return "file" in (table_of(given, role) or {})


def _named_by(settings: Mapping[str, object], role: str) -> bool:
    """Say whether a setting of the command line or of `replace` names the file of a role."""
    section = SECTIONS[role]
    return bool({f"{section}.file", section, section.partition(".")[0]} & settings.keys())


def _shorthand(given: Tree) -> Tree:
    """Accept `scenario = "file.csv"` under [inputs], and so for each role, for a table with that file."""
    if isinstance(given.get("sites"), str):
        given = given | {"sites": {"file": given["sites"]}}
    inputs = given.get("inputs")
    if not isinstance(inputs, dict):
        return given
    tables = {k: {"file": v} if k in INPUT_FILES and isinstance(v, str) else v for k, v in inputs.items()}
    return given | {"inputs": tables}


def overrides_of(overrides: Iterable[str]) -> tuple[Tree, list[Problem]]:
    """Read settings `key=value`, the value in TOML; E503 for one without a key."""
    settings: Tree = {}
    problems: list[Problem] = []
    for override in overrides:
        key, equals, value = override.partition("=")
        if not equals or not key.strip():
            params = {"got": override, "expected": Phrase("expected.override"), "example": "hazard.cell=2000"}
            problems.append(Problem("E503", f"--set {override}", {"key": key, **params}))
            continue
        parsed = toml.parse(f"value = {value}", "--set")
        settings[key.strip()] = value if isinstance(parsed, Problem) or len(parsed) != 1 else parsed["value"]
    return settings, problems


def _put(tree: Tree, path: Sequence[str], value: object) -> None:
    for key in path[:-1]:
        inner = tree.get(key)
        if isinstance(inner, str) and key in ROLES:
            inner = {"file": inner}
        tree[key] = inner = dict(inner) if isinstance(inner, dict) else {}
        tree = inner
    tree[path[-1]] = value
