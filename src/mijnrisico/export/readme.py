"""What stands beside exported files: where they come from, what they hold, and what must not be read into them."""

from collections.abc import Collection, Sequence
from pathlib import Path

from mijnrisico import messages
from mijnrisico.core.files import write_text
from mijnrisico.export import FORMATS, buildings
from mijnrisico.export.maps import Source


def write(source: Source, folder: Path, written: Sequence[Path], formats: Collection[str] = ()) -> Path:
    """Write `README.txt` in the language asked for and return its path."""
    lang, about = source.lang, source.about
    facts = {name: about[name] for name in ("run_id", "title", "created", "source")}
    lines = [messages.text("export.readme.from", lang, **facts), ""]
    lines += [messages.text(f"export.status.{source.review}", lang)]
    lines += [f"{w['code']} {w['message'][lang]}." for w in source.run.manifest.get("warnings", ())]
    lines += ["", _numbers(source), *buildings.told(source, formats), ""]
    folders = {path.relative_to(folder).parts[0] for path in written}
    lines += [
        messages.text(f"export.readme.{kind}", lang)
        for kind in FORMATS
        if kind in folders or any(name.endswith(f".{kind}") for name in folders)
    ]
    lines += ["", *(path.relative_to(folder).as_posix() for path in written)]
    target = folder / "README.txt"
    write_text(target, "\n".join(lines) + "\n")
    return target


def _numbers(source: Source) -> str:
    """Say in what the numbers are: of levels at sites in the coordinates, measures and components of that run."""
    grids = source.run.path / "grids"
    at_sites = sorted(file.stem for file in grids.glob("sites_*.nc"))
    if (grids / "hazard.nc").is_file() or not at_sites:
        return messages.text("export.readme.numbers", source.lang, surface=_surface(source))
    found = [source.run.grid(name) for name in at_sites]
    components = dict.fromkeys(str(name) for one in found for name in one["component"].to_numpy())
    return messages.text(
        "export.readme.numbers_given",
        source.lang,
        crs=str(found[0].attrs["crs"]),
        measures=", ".join(str(one.attrs["imt"]) for one in found),
        surface=_surface(source),
        components=", ".join(components),
    )


def _surface(source: Source) -> str:
    return messages.text(f"export.surfaces.{source.surface}", source.lang)
