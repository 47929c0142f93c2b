"""Memory and disk, looked at before the start: a run that cannot finish is refused (E601), not begun."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from mijnrisico.core import files
from mijnrisico.errors import Problem

GIB: Final = 2**30
_CGROUP: Final = (
    (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")),
    (
        Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
        Path("/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ),
)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run will need: peak memory and disk in GiB, time in seconds on two cores."""

    memory_gib: float
    disk_gib: float
    seconds: float


def shortages(
    need: Estimate, folder: Path, limit: float | Literal["auto"] = "auto", *, advice: str = "hazard.cell=2000"
) -> list[Problem]:
    """Return E601 for memory and for disk where `need` exceeds what is free (or the `limit`, for memory).

    A `folder` in which nothing can be written is E609; then its disk is not looked at.
    """
    free = memory_free_gib() if limit == "auto" else float(limit)
    problems: list[Problem] = []
    if need.memory_gib > free:
        problems.append(_shortage("memory", need.memory_gib, free, advice))
    if why := files.cannot_hold(folder):
        from mijnrisico.messages import Phrase

        params = {"folder": folder.as_posix(), "reason": Phrase(f"unwritable.{why}")}
        return [*problems, Problem("E609", folder.name, params)]
    free = disk_free_gib(folder)
    if need.disk_gib > free:
        problems.append(_shortage("disk", need.disk_gib, free, advice))
    return problems


def memory_total_gib() -> float:
    """Return the memory of the machine, or of the container where that is less."""
    total = _meminfo().get("MemTotal", _pages("SC_PHYS_PAGES"))
    return min([total, *(limit for limit, _ in _limits())]) / GIB


def memory_free_gib() -> float:
    """Return the memory that can still be had: what the system calls available, within the container's limit."""
    available = _meminfo().get("MemAvailable", _pages("SC_AVPHYS_PAGES"))
    return min([available, *(limit - used for limit, used in _limits())]) / GIB


def disk_free_gib(folder: Path) -> float:
    """Return the free disk where `folder` is or will be."""
    there = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
    return shutil.disk_usage(there).free / GIB


def _shortage(what: str, needed: float, free: float, advice: str) -> Problem:
    from mijnrisico.messages import Phrase

    params = {
        "what": Phrase(f"labels.{what}"),
        "needed_gib": round(needed, 1),
        "free_gib": round(free, 1),
        "advice": advice,
    }
    return Problem("E601", "", params)


def _meminfo() -> dict[str, float]:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:  # not Linux
        return {}
    return {name: float(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines)}


def _pages(name: str) -> float:
    try:
        return float(os.sysconf(name) * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, OSError, ValueError):  # a system that does not tell
        return float("inf")


def _limits() -> list[tuple[float, float]]:
    """Return (limit, used) in bytes for each container limit that is set."""
    found: list[tuple[float, float]] = []
    for limit_file, used_file in _CGROUP:
        try:
            limit, used = limit_file.read_text().strip(), used_file.read_text().strip()
        except OSError:
            continue
        if limit.isdigit() and int(limit) < 2**60:
            found.append((float(limit), float(used)))
    return found
