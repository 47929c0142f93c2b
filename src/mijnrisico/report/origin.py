"""The source line of a figure whose data may be the user's own."""

from pathlib import PurePosixPath
from typing import Literal

from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.stamp import stamp
from mijnrisico.report.words import Words


def source(run: RunFolder, words: Words, figure: str, role: Literal["catalogue", "pressure"]) -> str:
    """Return the source line of a figure; it names the file where the scenario gave its own earthquakes or pressure."""
    file = str(run.setting("inputs", role, "file", default="") or "")
    if not file:
        return words(f"{figure}.source", **stamp(run, words))
    return words(f"{figure}.source_user", file=PurePosixPath(file).name, **stamp(run, words))
