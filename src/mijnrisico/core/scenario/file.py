"""The scenario file for people and for editors: with remarks, and as a JSON Schema; both from one set of texts."""

import textwrap
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any, Final

from mijnrisico import messages
from mijnrisico.core import toml
from mijnrisico.core.scenario import SCENARIO_FILE
from mijnrisico.core.scenario.sections import INPUT_FILES, File
from mijnrisico.core.scenario.tree import PACKAGED, SCHEMA, merged, packaged
from mijnrisico.core.toml import Tree
from mijnrisico.messages import Language

KINDS: Final = (PACKAGED, "restart")
"""Scenarios of Groningen that `mijnrisico init` can start from."""

SUBSIDENCE: Final = "subsidence"
QUESTION: Final = "question.toml"
"""The other start of `mijnrisico init`, and what its file is called."""

FILE: Final = SCENARIO_FILE
SITES: Final = "sites.csv"

_FIRST: Final = ("time", "inputs.scenario", "report")
_OFF: Final = ("title_nl",)
"""Stands in the file behind a #: a Dutch title that nobody changed would stay on the Dutch report."""

_WIDTH: Final = 110
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def starter(kind: str, lang: Language) -> dict[str, str]:
    """Return the files of a new folder by name, what a user changes first: with remarks, and samples of its tables."""
    folder = resources.files("mijnrisico") / "scenarios"
    if kind == SUBSIDENCE:
        own = folder / SUBSIDENCE
        samples = sorted(path.name for path in own.iterdir() if path.name.startswith("example_"))
        names = {QUESTION: f"question.{lang}.toml", **{name: name for name in samples}}
        return {name: (own / there).read_text(encoding="utf-8") for name, there in names.items()}
    samples = {name: (folder / name).read_text(encoding="utf-8") for name in ("production.csv", SITES)}
    return {FILE: commented(kind, lang), **samples}


def commented(kind: str, lang: Language) -> str:
    """Write a packaged scenario with a remark at every key; what most people change stands first."""
    tree = merged(packaged(), packaged(kind) if kind != PACKAGED else {})
    if lang == "nl":
        tree["title"] = tree["title_nl"]
    top = {key: tree[key] for key in ("title", *_OFF)}
    tables = dict(_tables(tree))
    order = [*_FIRST, *(name for name in tables if name not in _FIRST)]
    lines = [f"# {line}" for line in messages.text("init.head", lang, file=FILE).split("\n")]
    lines += ["", *_rule(messages.text("init.first", lang)), ""]
    lines += _entries(top, "", lang)
    for name in order:
        if name == order[len(_FIRST)]:
            lines += ["", "", *_rule(messages.text("init.rest", lang))]
        lines += ["", *_remark(messages.text(f"keys.{name}", lang)), f"[{name}]"]
        if name == "inputs.scenario" and kind == PACKAGED:
            lines += _remark(messages.text("init.sample", lang))
        lines += _entries(tables[name], f"{name}.", lang)
    return "\n".join(lines) + "\n"


def schema(lang: Language) -> Tree:
    """Return the JSON Schema (2020-12) of a scenario file, every key with its description and packaged value."""
    whole = File.model_json_schema(by_alias=True)
    definitions = whole.pop("$defs")
    found = _described(whole, definitions, packaged(), "", lang)
    short = {"type": "string", "description": messages.text("schema.shorthand", lang)}
    of_inputs = found["properties"]["inputs"]["properties"]
    for tables, role in [*((of_inputs, role) for role in INPUT_FILES), (found["properties"], "sites")]:
        tables[role] = {"description": tables[role].pop("description"), "anyOf": [tables[role], short]}
    own = {
        "extends": {"type": "string", "minLength": 1, "description": messages.text("keys.extends", lang)},
        "schema": {"const": SCHEMA, "description": messages.text("keys.schema", lang)},
    }
    return {
        "$schema": _DIALECT,
        "title": messages.text("schema.title", lang),
        "description": messages.text("schema.description", lang),
        **{key: value for key, value in found.items() if key not in ("title", "description", "default")},
        "properties": found["properties"] | own,
        "anyOf": [{"required": ["title"]}, {"required": ["extends"]}],
    }


def _tables(tree: Tree, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Tree]]:
    for key, value in tree.items():
        if isinstance(value, Mapping) and toml.is_section((*path, key)):
            own = {k: v for k, v in value.items() if not isinstance(v, Mapping) or not toml.is_section((*path, key, k))}
            if own:
                yield ".".join((*path, key)), own
            yield from _tables(dict(value), (*path, key))


def _entries(tree: Tree, prefix: str, lang: Language) -> Iterator[str]:
    for key, value in tree.items():
        yield from _remark(messages.text(f"keys.{prefix}{key}", lang))
        yield f"{'# ' if not prefix and key in _OFF else ''}{key} = {toml.written(value)}"


def _remark(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)


def _rule(text: str) -> list[str]:
    return [f"# ===== {text} ".ljust(_WIDTH, "=")]


def _described(node: Tree, definitions: Tree, values: object, key: str, lang: Language) -> Tree:
    """Return a node of the schema with its references filled in, and each key described with its packaged value."""
    node = dict(node)
    if "$ref" in node:
        node = dict(definitions[node.pop("$ref").rpartition("/")[2]]) | node
    node.pop("title", None)
    node.pop("description", None)
    if key:
        node["description"] = messages.text(f"keys.{key}", lang)
    if "properties" not in node:
        return node if values is None else node | {"default": values}
    value_of: Mapping[str, Any] = values if isinstance(values, Mapping) else {}
    if not key or toml.is_section(tuple(key.split("."))):
        node.pop("required", None)
    node["properties"] = {
        name: _described(inner, definitions, value_of.get(name), f"{key}.{name}" if key else name, lang)
        for name, inner in node["properties"].items()
    }
    return node
