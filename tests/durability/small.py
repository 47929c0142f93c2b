"""A run that takes milliseconds, in a process that can be killed or starved of disk at any moment.

The child is forked from a warm process, so that a hundred of them take seconds.
"""

import errno
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from mijnrisico.core import run as runs
from mijnrisico.core import scenario as scenarios
from mijnrisico.core.progress import Progress
from mijnrisico.errors import MijnrisicoError

STAGES = ("pressure_history", "hazard")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
TRACED = ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.copyfile", "shutil.rmtree")
OF_DISK = ("open", "os.rename", "os.mkdir", "shutil.copyfile")


def compute(value: float) -> Callable[[Progress], xr.Dataset]:
    def stage(progress: Progress) -> xr.Dataset:
        progress(0.5)
        data = np.linspace(value, value + 1.0, 600).reshape(20, 30)
        return xr.Dataset(
            {"a": (("y", "x"), data, {"units": "1"})}, coords={"y": np.arange(20.0), "x": np.arange(30.0)}
        )

    return stage


def answer(results: Path, title: str = "small", *, recompute: bool = False) -> runs.StoredRun:
    """Make a complete run; the same title is the same question."""
    scenario = scenarios.load("groningen", [f"title={title}"])
    with runs.begin(scenario, results, command="mijnrisico run small", recompute=recompute) as writer:
        if writer.run is None:
            writer.plan(*STAGES)
            before: list[runs.Staged] = []
            for number, name in enumerate(STAGES):
                before.append(writer.stage(name, compute(number), settings={"n": number}, after=before[-1:]))
            frame = pd.DataFrame({"quantity": ["pga475_max"], "year": [2024], "value": [0.1], "unit": ["g"]})
            writer.write_table("tables/summary.csv", frame)
            writer.write_grid("grids/hazard.nc", before[-1].data)
            writer.show("report", lambda folder, progress: writer.write_text("report/report.en.html", "<p>report</p>"))
    assert writer.run is not None
    return writer.run


def traced(results: Path, act: Callable[[str], None], events: tuple[str, ...] = TRACED) -> None:
    """Call `act` before every event of Python that touches a file in the results folder."""
    root = str(results)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in events and arguments and str(arguments[0]).startswith(root):
            if event == "open" and events is OF_DISK and not _writes(arguments):
                return
            act(event)

    sys.addaudithook(hook)


def _writes(arguments: tuple[object, ...]) -> bool:
    mode, flags = arguments[1], arguments[2]
    return (isinstance(mode, str) and mode != "rb" and mode != "r") or (
        isinstance(flags, int) and bool(flags & WRITING)
    )


def kill_at(results: Path, number: int) -> None:
    """Kill this process, as kill -9 does, before the given event on a file."""
    count = 0

    def act(event: str) -> None:
        nonlocal count
        count += 1
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)

    traced(results, act)


def full_at(results: Path, number: int) -> None:
    """Let the disk be full from the given writing event on."""
    count = 0

    def act(event: str) -> None:
        nonlocal count
        count += 1
        if count >= number:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    traced(results, act, OF_DISK)


def limit_files(size: int, *, kill: bool) -> None:
    """Let no file grow beyond a size: the write that would do so fails, or kills the process in the middle of it."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL if kill else signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def forked(body: Callable[[], None]) -> int:
    """Run a function in a child; return its exit code, negative for the signal that ended it.

    A code of the catalogue is 100 + its last two digits (E608 is 108), any other exception 1.
    """
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        code = 0
        try:
            body()
        except MijnrisicoError as error:
            code = 100 + int(error.code[-2:])
        except BaseException:  # noqa: BLE001 - a child must not return into pytest
            code = 1
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
