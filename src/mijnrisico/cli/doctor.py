"""`mijnrisico doctor`: is everything here that a run, a report or an export needs?"""

import importlib.metadata
import locale
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

from mijnrisico import __version__, messages
from mijnrisico.cli import show
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.errors import MissingDataError
from mijnrisico.messages import Language

State = Literal["ok", "warn", "missing"]
OLDEST: Final = (3, 11)
MEMORY_GIB: Final = 3.0
"""A run of the packaged scenario takes 2.1 GiB."""
DISK_GIB: Final = 1.0
EXTRAS: Final = {
    "report": ("matplotlib", "jinja2", "weasyprint"),
    "geo": ("geopandas", "pyogrio", "contourpy", "rasterio"),
    "cluster": ("dask", "distributed"),
}
_CORE: Final = ("numpy", "scipy", "numba", "pandas", "xarray", "h5netcdf", "pydantic", "shapely", "pyproj")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: its name, how it stands, what was found and, if need be, what to do."""

    name: str
    state: State
    found: str
    remedy: str = ""


def doctor(
    *, results: Annotated[Path, option("results", "--results")] = Path("results"), common: Common = COMMON
) -> int:
    """Look at the machine and the installation; exit code 4 when something essential is missing."""
    lang = common.language
    with common.inside():
        findings = list(examine(results, lang))
    worst = MissingDataError.exit_code if any(f.state == "missing" for f in findings) else 0
    if common.json:
        show.as_json({"findings": [asdict(finding) for finding in findings], "exit_code": worst})
        return worst
    out = show.console(no_color=common.no_color)
    signs = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "missing": ("✗", "red")}
    width = max(len(_named(finding, lang)) for finding in findings) + 2
    for finding in findings:
        sign, colour = signs[finding.state]
        out.print(f"{sign} ", style=colour, end="", markup=False)
        out.print(f"{_named(finding, lang):<{width}}{finding.found}", markup=False, soft_wrap=True)
        if finding.remedy:
            out.print(f"  {'':<{width}}→ {finding.remedy}", markup=False, soft_wrap=True)
    counted = {state: sum(f.state == state for f in findings) for state in signs}
    ending = "missing" if counted["missing"] else "warn" if counted["warn"] else "ok"
    out.print(f"\n{messages.text(f'doctor.end_{ending}', lang)}", markup=False, soft_wrap=True)
    return worst


def examine(results: Path, lang: Language) -> Iterator[Finding]:
    """Yield every finding, essentials first."""
    yield _python(lang)
    yield Finding("package", "ok", f"mijnrisico {__version__}")
    yield _libraries("core", _CORE, lang)
    yield _packaged(lang)
    yield from (_libraries(extra, names, lang) for extra, names in EXTRAS.items())
    yield _pango(lang)
    yield _fonts(lang)
    yield Finding("cores", "ok", str(os.cpu_count() or 1))
    yield from _room(results, lang)
    yield _numba_cache(lang)
    yield _language(lang)


def _named(finding: Finding, lang: Language) -> str:
    return messages.text(f"doctor.names.{finding.name}", lang)


def _text(key: str, lang: Language, **params: object) -> str:
    return messages.text(f"doctor.{key}", lang, **params)


def _python(lang: Language) -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] >= OLDEST:
        return Finding("python", "ok", version)
    return Finding("python", "missing", version, _text("python_old", lang, oldest=".".join(map(str, OLDEST))))


def _libraries(kind: str, names: tuple[str, ...], lang: Language) -> Finding:
    """Say which libraries of the core or of an extra are there, with their versions."""
    versions = {name: _version(name) for name in names}
    lacking = [name for name, version in versions.items() if not version]
    found = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    if not lacking:
        return Finding(kind, "ok", found)
    what = _text("lacking", lang, names=", ".join(lacking))
    target = "mijnrisico" if kind == "core" else f'"mijnrisico[{kind}]"'
    remedy = _text(f"install_{kind}", lang, command=f"pip install {target}")
    return Finding(kind, "missing" if kind == "core" else "warn", what, remedy)


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _packaged(lang: Language) -> Finding:
    from mijnrisico import data

    problems = data.verify()
    if not problems:
        return Finding("data", "ok", messages.text("sentences.data_good", lang, n=len(data.entries())))
    names = ", ".join(problem.where for problem in problems)
    return Finding("data", "missing", _text("damaged", lang, names=names), _text("reinstall", lang))


def _pango(lang: Language) -> Finding:
    """Say whether WeasyPrint finds Pango, the library of the system that sets its text."""
    if not _version("weasyprint"):
        return Finding("pdf", "warn", _text("no_pdf", lang), _text("install_report", lang, command=_REPORT))
    try:
        import weasyprint
    except OSError as error:  # a library of the system is not there
        return Finding("pdf", "warn", str(error).splitlines()[0], _text("install_pango", lang))
    return Finding("pdf", "ok", f"WeasyPrint {weasyprint.__version__}, Pango {_pango_version()}")


def _pango_version() -> str:
    from weasyprint.text import ffi

    number = int(ffi.pango.pango_version())  # pyright: ignore[reportOptionalMemberAccess] - there once it is imported
    return f"{number // 10000}.{number // 100 % 100}.{number % 100}"


_REPORT: Final = 'pip install "mijnrisico[report]"'


def _fonts(lang: Language) -> Finding:
    """Say whether the font of figures is there; matplotlib brings it along."""
    if not _version("matplotlib"):
        return Finding("fonts", "warn", _text("no_fonts", lang), _text("install_report", lang, command=_REPORT))
    from matplotlib import font_manager

    there = {font.name for font in font_manager.fontManager.ttflist}
    if "DejaVu Sans" in there:
        return Finding("fonts", "ok", "DejaVu Sans")
    return Finding("fonts", "warn", _text("no_dejavu", lang), _text("reinstall_matplotlib", lang))


def _room(results: Path, lang: Language) -> Iterator[Finding]:
    """Yield memory, disk and whether results can be written."""
    from mijnrisico.core import files, resources

    memory = resources.memory_free_gib()
    shown = f"{messages.number(memory, lang)} GiB"
    few = _text("little_memory", lang, needed=messages.number(MEMORY_GIB, lang))
    yield Finding("memory", "ok" if memory >= MEMORY_GIB else "warn", shown, "" if memory >= MEMORY_GIB else few)
    disk = resources.disk_free_gib(results)
    shown, enough = f"{messages.number(disk, lang)} GiB", disk >= DISK_GIB
    little = _text("little_disk", lang, needed=messages.number(DISK_GIB, lang))
    yield Finding("disk", "ok" if enough else "warn", shown, "" if enough else little)
    reason = files.cannot_hold(results)
    if reason:
        yield Finding("results", "warn", _text("not_writable", lang, folder=results.as_posix()), _text("other", lang))
    else:
        yield Finding("results", "ok", _text("writable", lang, folder=f"{results.as_posix()}/"))


def _numba_cache(lang: Language) -> Finding:
    """Say where numba keeps compiled code: without that every command compiles again, a minute or so."""
    from mijnrisico.seismic.source import extreme_threshold

    folder = Path(extreme_threshold.__file__).parent
    given = os.environ.get("NUMBA_CACHE_DIR", "")
    folder = Path(given) if given else folder
    if os.access(folder if folder.is_dir() else folder.parent, os.W_OK):
        return Finding("numba", "ok", _text("compiled_kept", lang))
    return Finding("numba", "warn", _text("compiled_elsewhere", lang), _text("set_numba", lang))


def _language(lang: Language) -> Finding:
    encoding = locale.getpreferredencoding(do_setlocale=False)
    found = _text("language", lang, language=lang, encoding=encoding)
    if encoding.lower().replace("-", "") == "utf8":
        return Finding("language", "ok", found)
    return Finding("language", "warn", found, _text("set_utf8", lang))
