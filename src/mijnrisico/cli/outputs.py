"""Where a command may write: what stands in the way, told before anything is computed."""

from collections.abc import Iterable
from pathlib import Path

from mijnrisico.core import files
from mijnrisico.core.run import store
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase


def unwritable(out: Path, *, force: bool) -> list[Problem]:
    """E116 where the file cannot be made, E716 where there is one already, E719 where it would come in a run."""
    if problem := store.inside_run(out, "--out"):
        return [problem]
    if out.is_file() and not force:
        return [Problem("E716", "--out", {"file": out.as_posix()})]
    if reason := "tables.is_folder" if out.is_dir() else files.cannot_hold(out.parent):
        key = reason if "." in reason else f"unwritable.{reason}"
        return [Problem("E116", "--out", {"file": out.as_posix(), "reason": Phrase(key)})]
    return []


def unwritable_folder(out: Path, names: Iterable[str], *, force: bool) -> list[Problem]:
    """E719 in the folder of a run, E716 for each of the files that is there already, E116 where none can be made."""
    if problem := store.inside_run(out, "--out"):
        return [problem]
    taken = [] if force else [out / name for name in names if (out / name).exists()]
    if taken:
        return [Problem("E716", "--out", {"file": path.as_posix()}) for path in taken]
    if reason := files.cannot_hold(out):
        return [Problem("E116", "--out", {"file": out.as_posix(), "reason": Phrase(f"unwritable.{reason}")})]
    return []
