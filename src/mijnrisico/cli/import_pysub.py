"""`mijnrisico import pysub`: workbooks and JSON of PySub as a question about subsidence with its tables."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from mijnrisico import messages
from mijnrisico.cli import outputs, show
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.errors import InputError, Problem, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mijnrisico.data.readers.pysub.notes import Note
    from mijnrisico.messages import Language

_EXAMPLE: Final = 'mijnrisico import pysub "Example gas.xlsx" --shapes Shapefiles --out my_fields'


def import_pysub(
    *files: Annotated[Path, option("pysub_files")],
    out: Annotated[Path, option("pysub_out", "--out")] = Path(),
    shapes: Annotated[Path | None, option("pysub_shapes", "--shapes")] = None,
    cumulative: Annotated[bool, option("pysub_cumulative", "--cumulative")] = False,
    common: Common = COMMON,
) -> int:
    """Write question.toml and the tables that it names; nothing is overwritten, all problems are shown at once."""
    if not files:
        raise UsageError(Problem("E003", "FILES", {"got": "FILES", "command": "import pysub", "example": _EXAMPLE}))
    from mijnrisico.data.readers.pysub import model, question

    with common.inside():
        if shapes is not None and not shapes.is_dir():
            params = {"file": shapes.as_posix(), "nearest": "–", "folder": Path.cwd()}
            raise InputError(Problem("E101", "--shapes", params))
        found = model.read(files, () if shapes is None else (shapes,), cumulative=cumulative)
        if found.problems:
            raise InputError(found.problems)
        written = question.files(found.inputs, found.notes, common.language)
        outputs.none_there(out, written.files, of="import")
        outputs.write_texts(out, written.files)
        facts = {
            "reservoirs": sum(len(each.reservoirs) for each in found.inputs),
            "caverns": sum(len(each.caverns) for each in found.inputs),
            "points": sum(len(each.points) for each in found.inputs),
            "observations": sum(len(each.measured) for each in found.inputs),
        }
        if common.json:
            notes = [
                {"group": note.group, "kind": note.kind, "n": note.n, "text": note.text(common.language)}
                for note in written.notes
            ]
            show.as_json({"folder": out.as_posix(), "files": list(written.files), **facts, "notes": notes})
            return 0
        named = {"folder": out.as_posix(), "files": ", ".join(written.files)}
        lines = [
            messages.text("pysub.written", common.language, **named),
            messages.text("pysub.counts", common.language, **facts),
            *_in_groups(written.notes, common.language),
            messages.text("pysub.next", common.language, path=(out / question.QUESTION).as_posix()),
        ]
        show.console(no_color=common.no_color).print("\n".join(lines), markup=False, soft_wrap=True)
        return 0


def _in_groups(notes: "Sequence[Note]", lang: "Language") -> list[str]:
    """Say what was done, the groups with their counts; what was left behind comes last and is never short."""
    lines: list[str] = []
    for group in dict.fromkeys(note.group for note in notes):
        own = [note for note in notes if note.group == group]
        lines += [messages.text(f"pysub.groups.{group}", lang, n=len(own))]
        lines += [f"  - {note.text(lang)}" for note in own]
    return lines
