"""The manifest of a run, `manifest.json`: what was computed, from what, with what, and what was said of it."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from mijnrisico.core import files, provenance
from mijnrisico.errors import Problem

FILE: Final = "manifest.json"
SCHEMA: Final = "mijnrisico-manifest/1"
UNLISTED: Final = (FILE, "log.jsonl")
ANSWER: Final = ("tables/", "grids/", "inputs/", "scenario.toml")
"""Question and numbers of a run; its figures and pages are drawn from them."""

Manifest = dict[str, Any]


def read(folder: Path) -> Manifest | None:
    """Return the manifest of a run folder; None where there is none of ours, or it is damaged."""
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    ours = isinstance(found, dict) and str(found.get("schema", "")).startswith("mijnrisico-manifest/")
    return found if ours else None


def is_newer(found: Mapping[str, Any]) -> bool:
    """Say whether a manifest was written by a newer version of the toolbox than this one."""
    return version(found) > version({"schema": SCHEMA})


def version(found: Mapping[str, Any]) -> int:
    """Return the number of the schema of a manifest; 0 where it has none."""
    number = str(found.get("schema", "")).rpartition("/")[2]
    return int(number) if number.isdigit() else 0


def write(folder: Path, content: Mapping[str, Any]) -> None:
    """Write the manifest of a run folder, whole or not at all."""
    files.write_text(folder / FILE, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def outputs(folder: Path) -> list[dict[str, str]]:
    """Return path and digest of everything a run left behind."""
    found = sorted(p for p in folder.rglob("*") if p.is_file() and p.name not in UNLISTED)
    return [{"path": p.relative_to(folder).as_posix(), "sha256": provenance.file_digest(p)} for p in found]


def is_whole(folder: Path, listed: Iterable[Mapping[str, str]]) -> bool:
    """Say whether a folder has every file that the manifest lists, and those of the answer unchanged."""
    for entry in listed:
        path = folder / entry["path"]
        if not path.is_file():
            return False
        if entry["path"].startswith(ANSWER) and provenance.file_digest(path) != entry["sha256"]:
            return False
    return True


def in_words(problem: Problem) -> dict[str, object]:
    """Return a problem as JSON values, in words of both languages."""
    from mijnrisico import messages

    sentences = {
        lang: messages.describe(problem.code, problem.where, problem.params, lang).what for lang in messages.LANGUAGES
    }
    return {"code": problem.code, "where": problem.where, "count": 1, "message": sentences}
