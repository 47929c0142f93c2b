"""Where a command may write: what stands in the way, told before anything is computed."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from mijnrisico.core import files
from mijnrisico.core.run import store
from mijnrisico.errors import InputError, Problem
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


def none_there(folder: Path, names: Iterable[str], **params: object) -> None:
    """Raise `InputError` E114 where one of the files is in the folder already; `params` are of its message."""
    if there := tuple((folder / name).as_posix() for name in names if (folder / name).exists()):
        raise InputError(Problem("E114", folder.as_posix(), {"got": there, **params}))


def write_texts(folder: Path, contents: Mapping[str, str]) -> None:
    """Write files by name into a folder, which is made where it is not there; raises `InputError` E115 if it cannot."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            files.write_text(folder / name, content)
    except OSError as error:
        params = {"file": folder.as_posix(), "reason": error.strerror or str(error)}
        raise InputError(Problem("E115", folder.as_posix(), params)) from error


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
