"""Where a command may write: what stands in the way of one file, told before anything is computed."""

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
