"""What the verbs that draw one figure share: the point asked, where the figure goes, and what is said of it."""

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeVar

from cyclopts import Parameter

from mijnrisico import messages
from mijnrisico.cli import USAGE, show, store
from mijnrisico.cli.options import Common, option
from mijnrisico.core.progress import Display, Progress
from mijnrisico.core.run import stopped_by_user
from mijnrisico.errors import InputError, InterruptedRun, Problem
from mijnrisico.front.finished import Run
from mijnrisico.messages import Phrase

if TYPE_CHECKING:
    from mijnrisico.front.point import Site
    from mijnrisico.report.draw.picture import Picture

Component = Literal["geometric_mean", "arbitrary", "larger", "max_rotated"]
Surface = Literal["regular", "wierde"]
Point = tuple[float, float]
RESULTS: Final = Path("results")
Answer = TypeVar("Answer")


def resumable(display: Display, stage: str, command: Sequence[str], compute: Callable[[Progress], Answer]) -> Answer:
    """Compute with progress; where the user stops it, E605 says what is kept and with which command it goes on."""
    begun = 0
    try:
        with display.stage(stage) as progress:

            def count(done: float) -> None:
                nonlocal begun
                begun += 1
                progress(done)

            return compute(count)
    except BaseException as error:
        if not stopped_by_user(error):
            raise
        kept = {"count": max(begun - 1, 0), "finished": Phrase(f"stages.{stage}"), "command": shlex.join(command)}
        raise InterruptedRun(Problem("E605", "", kept)) from None


def command(verb: str, names: Iterable[str], options: Mapping[str, object], common: Common) -> list[str]:
    """Return the command that asks the same again; an option that is None, False or empty is left out.

    A list is an option that is repeated, a tuple one with several values.

    >>> command("tornado", ["ab12"], {"--year": None, "--rd": (1.0, 2.0), "--of": ["a", "b"]}, Common(quiet=True))
    ['mijnrisico', 'tornado', 'ab12', '--rd', '1.0', '2.0', '--of', 'a', '--of', 'b', '--quiet']
    """
    of_all = {"-C": None if common.directory == Path() else common.directory, "--lang": common.lang}
    of_all |= {"--json": common.json, "--quiet": common.quiet, "--no-color": common.no_color}
    words = ["mijnrisico", verb, *names]
    for name, value in {**options, **of_all}.items():
        for each in value if isinstance(value, list) else [value]:
            if each is not None and each is not False:
                values = each if isinstance(each, tuple) else [] if each is True else [each]
                words += [name, *map(str, values)]
    return words


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Spot:
    """The point that a figure is about, given in one of three ways."""

    place: Annotated[str | None, option("place", "--place")] = None
    rd: Annotated[Point | None, option("rd", "--rd")] = None
    lonlat: Annotated[Point | None, option("lonlat", "--lonlat")] = None


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Where:
    """Where the figure goes, and where the runs are."""

    out: Annotated[Path | None, option("figure_out", "--out")] = None
    force: Annotated[bool, option("force", "--force")] = False
    results: Annotated[Path, option("results", "--results")] = RESULTS


SPOT: Final = Spot()
WHERE: Final = Where()


def site_of(run: Run, verb: str, spot: Spot) -> "Site":
    """Return the point that was asked for; raises `InputError` E503 unless it was given in exactly one way."""
    if sum(way is not None for way in (spot.place, spot.rd, spot.lonlat)) != 1:
        params = {"got": "–", "expected": Phrase("explore.curve_way"), "example": "--place Loppersum"}
        raise InputError(Problem("E503", f"mijnrisico {verb}", params))
    return run.site(place=spot.place, rd=spot.rd, lonlat=spot.lonlat)


def caution(runs: Iterable[Run], common: Common) -> None:
    """Say of each run that is a draft or was superseded that it is (W704)."""
    for run in {run.id: run for run in runs}.values():
        store.caution(run.stored, common)


def no_figures(common: Common) -> int:
    """Say that the libraries for figures are not installed."""
    text = messages.text("sentences.no_report", common.language)
    show.console(stderr=True, no_color=common.no_color).print(text, markup=False, soft_wrap=True)
    return USAGE


def keep(
    run: Run,
    picture: "Picture",
    where: Where,
    common: Common,
    *,
    said: str = "",
    numbers: Mapping[str, object] | None = None,
) -> int:
    """Save a figure and its data, and say what it shows and where both are.

    A name of our own tells run and choice, so what stands there is the same figure; a name of the user is not
    replaced without `--force`. `said` stands in place of the title, `numbers` go into the JSON.
    """
    from mijnrisico.report.draw.picture import ending

    out = where.out
    path = Path(f"{picture.drawing.name}_{run.id.rpartition('-')[2]}.{common.language}.svg") if out is None else out
    ending(path)
    taken = [] if out is None or where.force else [p for p in (path, path.with_suffix(".csv")) if p.exists()]
    if taken:
        raise InputError(Problem("E716", "--out", {"file": file.as_posix()}) for file in taken)
    written = picture.save(path)
    if common.json:
        figure, data = (file.as_posix() for file in written)
        told = {"run": run.id, "status": run.stored.review.get("status", "draft"), "finding": picture.title}
        told |= {"description": picture.alt, **(numbers or {}), "figure": figure, "data": data}
        show.as_json(told)
        return 0
    files = ", ".join(file.as_posix() for file in written)
    caution([run], common)
    lines = [said or f"{picture.title}.", messages.text("explore.table.written", common.language, files=files)]
    show.console(no_color=common.no_color).print("\n".join(lines), markup=False, soft_wrap=True)
    return 0
