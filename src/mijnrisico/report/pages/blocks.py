"""The figures of a report as a page shows them: drawn once per language, each with its own file and data."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from mijnrisico.core import files
from mijnrisico.report.draw import sheet
from mijnrisico.report.figures import FIGURES
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.words import Words


@dataclass(frozen=True)
class Block:
    """A figure as the page shows it: its drawing and where its files are."""

    number: str
    drawing: sheet.Drawing
    svg: Markup
    csv: str
    file: str


def draw(run: RunFolder, words: Words) -> dict[str, Block]:
    """Draw every figure that the run has the data for, write SVG and CSV into `figures/`; blocks by number."""
    return {block.number: block for block in _drawn(run, words)}


def _drawn(run: RunFolder, words: Words) -> Iterable[Block]:
    folder = run.path / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    for figure in FIGURES:
        if not figure.possible(run):
            continue
        drawing = figure.draw(run, words.lang)
        image = sheet.svg(drawing)
        file, csv = f"{drawing.name}.{words.lang}.svg", f"{drawing.name}.csv"
        replace(folder / file, image)
        replace(folder / csv, drawing.data.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
        yield Block(figure.number, drawing, Markup(sheet.inline(image, drawing)), csv, file)


def replace(target: Path, content: str | bytes) -> None:
    """Write a file whole or not at all."""
    with files.replacing(target) as temporary:
        temporary.write_bytes(content if isinstance(content, bytes) else content.encode())
