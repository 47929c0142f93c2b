"""Figures and reports of a run: reads a run folder and the packaged geometry, writes figures and pages."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mijnrisico.messages import Language


def write(run_path: Path, langs: "Sequence[Language]" = ("nl", "en")) -> list[Path]:
    """Write `figures/*.svg` with their CSV and `report/report.<lang>.html` into a run folder; return the pages.

    Needs the `report` extra. A figure or table whose data the run did not write is left out.
    Raises `MissingDataError` when the packaged geometry is missing or damaged.
    """
    from mijnrisico.report import html

    return [html.write(Path(run_path), lang) for lang in langs]
