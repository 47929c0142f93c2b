"""What stands beside exported files: where they come from, what they hold, and what must not be read into them."""

from collections.abc import Sequence
from pathlib import Path

from mijnrisico import messages
from mijnrisico.core.files import write_text
from mijnrisico.export.maps import Source


def write(source: Source, folder: Path, written: Sequence[Path]) -> Path:
    """Write `README.txt` in the language asked for and return its path."""
    lang, about = source.lang, source.about
    facts = {name: about[name] for name in ("run_id", "title", "created", "source")}
    lines = [messages.text("export.readme.from", lang, **facts), ""]
    lines += [messages.text(f"export.status.{source.review}", lang)]
    lines += [f"{w['code']} {w['message'][lang]}." for w in source.run.manifest.get("warnings", ())]
    lines += ["", messages.text("export.readme.numbers", lang, surface=_surface(source)), ""]
    kinds = ("netcdf", "csv", "gpkg", "geotiff", "nrml", "forecast", "quakeml")
    folders = {path.relative_to(folder).parts[0] for path in written}
    lines += [
        messages.text(f"export.readme.{kind}", lang)
        for kind in kinds
        if kind in folders or (kind == "gpkg" and any(name.endswith(".gpkg") for name in folders))
    ]
    lines += ["", *(path.relative_to(folder).as_posix() for path in written)]
    target = folder / "README.txt"
    write_text(target, "\n".join(lines) + "\n")
    return target


def _surface(source: Source) -> str:
    return messages.text(f"export.surfaces.{source.surface}", source.lang)
