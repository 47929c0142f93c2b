"""Files that are there whole or not at all: renaming into place, locks between processes, and a full disk in words."""

import errno
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Final

LOCK: Final = ".lock"
PART: Final = ".part"
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_CLOSED: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.ENOENT})


@contextmanager
def replacing(target: Path, owner: str = "") -> Iterator[Path]:
    """Yield a temporary name beside `target` and rename it when the block succeeds.

    The contents are on the disk before the name is, so that a power cut leaves the old file or the new one. `owner`
    goes into the temporary name and says whose remains those are after a kill.
    """
    temporary = target.with_name(f".{target.name}.{owner or os.getpid()}{PART}")
    try:
        yield temporary
        _to_disk(temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(target: Path, content: str) -> None:
    """Write a text file whole or not at all."""
    with replacing(target) as temporary:
        temporary.write_bytes(content.encode())


@contextmanager
def locked(path: Path, waiting: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold the lock of a file, waiting while another process has it; `waiting` is called once before the wait.

    The kernel gives a lock back when its process ends, however it ends. Without file locks (Windows) this does nothing.
    """
    stream = _take(path, wait=False)
    if stream is None:
        if waiting is not None:
            waiting()
        stream = _take(path, wait=True)
    assert stream is not None
    try:
        yield
    finally:
        stream.close()


@contextmanager
def if_free(path: Path) -> Iterator[bool]:
    """Hold the lock of a file if no other process has it; yields whether it is held.

    Without file locks nobody can say that the other is gone, so the answer is no.
    """
    if find_spec("fcntl") is None:
        yield False
        return
    stream = _take(path, wait=False)
    try:
        yield stream is not None
    finally:
        if stream is not None:
            stream.close()


def _take(path: Path, *, wait: bool) -> IO[bytes] | None:
    try:
        import fcntl
    except ImportError:  # Windows
        return path.open("ab")
    while True:
        stream = path.open("ab")
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            stream.close()
            return None
        except BaseException:
            stream.close()
            raise
        try:  # the file may have been removed while we waited; then the lock is on nothing
            if os.path.samestat(os.fstat(stream.fileno()), path.stat()):
                return stream
        except FileNotFoundError:
            pass
        stream.close()


def is_full(error: BaseException | None) -> bool:
    """Say whether a full disk (or quota, or limit of file size) is behind an error."""
    return any(isinstance(cause, OSError) and cause.errno in _FULL for cause in chain(error))


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it came from, newest first."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def cannot_hold(folder: Path) -> str:
    """Return why nothing can be written in a folder that is there or is to be made, or "" where it can.

    >>> cannot_hold(Path("/dev/null/results"))
    'not_a_folder'
    """
    there = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if _exists(parent))
    if not there.is_dir():
        return "not_a_folder"
    return "" if os.access(there, os.W_OK | os.X_OK) else "read_only"


def refused(error: OSError, folder: Path) -> str:
    """Return why making or writing a folder failed, as `cannot_hold` says it; "" for another kind of error."""
    return (cannot_hold(folder) or "read_only") if error.errno in _CLOSED else ""


def set_writable(folder: Path, *, writable: bool) -> None:
    """Take write permission from a folder and everything in it, or give it back to the owner."""
    writers = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
    for path in (folder, *folder.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | stat.S_IWUSR if writable else mode & ~writers)


def remove(folder: Path) -> None:
    """Remove a folder with everything in it, as far as that can be; of a link only the link goes."""
    if folder.is_symlink():
        folder.unlink(missing_ok=True)
    else:
        shutil.rmtree(folder, ignore_errors=True)


def size(folder: Path) -> int:
    """Return the bytes of all files in a folder; a link to one takes nothing."""
    if folder.is_symlink():
        return 0
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # below something that is not a folder, or may not be looked into
        return False


def _to_disk(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def measure_name(measure: str) -> str:
    """Return a measure as it stands in the name of a file.

    >>> measure_name("SA(0.3)"), measure_name("PGV")
    ('sa_0.3', 'pgv')
    """
    return measure.lower().replace("(", "_").removesuffix(")")
