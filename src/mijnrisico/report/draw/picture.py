"""A single figure in the hands of a person: shown in a notebook, saved as SVG, PNG or PDF with its data beside it."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mijnrisico.core import files
from mijnrisico.core.run import store
from mijnrisico.core.spreadsheet import harmless
from mijnrisico.errors import InputError, Problem
from mijnrisico.report.draw import sheet
from mijnrisico.report.draw.sheet import Drawing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ENDINGS: Final = (".svg", ".png", ".pdf")


@dataclass(frozen=True)
class Picture:
    """A drawing with its finding as title; `figure` is a matplotlib figure, `data` the numbers behind it."""

    drawing: Drawing

    def __repr__(self) -> str:
        """The finding."""
        return f"Picture({self.drawing.name}: {self.title})"

    def _repr_svg_(self) -> str:
        return sheet.svg(self.drawing)

    @property
    def figure(self) -> "Figure":
        """The matplotlib figure, to change or to place elsewhere."""
        return self.drawing.figure

    @property
    def data(self) -> Any:
        """The numbers behind the figure, a DataFrame with units in the names of its columns."""
        return self.drawing.data

    @property
    def title(self) -> str:
        """The finding in a sentence."""
        return self.drawing.title

    @property
    def alt(self) -> str:
        """The figure in words, for who cannot see it."""
        return self.drawing.alt

    @property
    def reading(self) -> str:
        """How to read the figure."""
        return self.drawing.reading

    def save(self, path: str | Path) -> tuple[Path, Path]:
        """Write the figure (.svg, .png or .pdf) and its data beside it (.csv); return both paths.

        Raises `InputError` E717 for another ending, E719 for a place inside the folder of a run.
        """
        path = Path(path)
        ending(path)
        if problem := store.inside_run(path, path.as_posix()):
            raise InputError(problem)
        match path.suffix.lower():
            case ".svg":
                content = sheet.svg(self.drawing).encode()
            case ".png":
                content = sheet.png(self.drawing, dpi=200)
            case _:
                content = _pdf(self.drawing)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".csv")
        with files.replacing(path) as temporary:
            temporary.write_bytes(content)
        files.write_text(beside, harmless(self.data).to_csv(index=False, float_format="%.6g", lineterminator="\r\n"))
        return path, beside


def ending(path: Path) -> None:
    """Raise `InputError` E717 when the name does not end as a picture does."""
    if path.suffix.lower() not in ENDINGS:
        params = {"ending": path.suffix or path.name, "example": path.with_suffix(".svg").name}
        raise InputError(Problem("E717", str(path), params))


@sheet.styled
def _pdf(drawing: Drawing) -> bytes:
    buffer = BytesIO()
    drawing.figure.savefig(buffer, format="pdf", metadata={"Title": drawing.title, "CreationDate": None})
    return buffer.getvalue()
