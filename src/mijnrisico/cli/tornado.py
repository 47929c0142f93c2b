"""`mijnrisico tornado`: what drives an answer, as a table, figure F22 and its data; what was answered is kept."""

from typing import TYPE_CHECKING, Annotated, Final, Literal

from mijnrisico import front, messages
from mijnrisico.cli import drawn, show
from mijnrisico.cli.drawn import SPOT, WHERE, Spot, Where
from mijnrisico.cli.options import COMMON, Common, option

if TYPE_CHECKING:
    import pandas as pd

    from mijnrisico.front.finished import Run

Target = Literal["pga_max", "area", "site", "events", "lpr", "buildings", "deaths"]
_SHOWN: Final = 24
_DIGITS: Final = 3


def draw_tornado(
    run: Annotated[str | None, option("run")] = None,
    /,
    *,
    target: Annotated[Target, option("tornado_target", "--target")] = "pga_max",
    year: Annotated[int | None, option("tornado_year", "--year")] = None,
    spot: Spot = SPOT,
    where: Where = WHERE,
    common: Common = COMMON,
) -> int:
    """Show what drives an answer: every branch and every uncertain input in turn."""
    if not front.can_draw():
        return drawn.no_figures(common)
    with common.inside():
        found = front.open_run(run, where.results)
        when = found.scenario.years[0] if year is None else year
        asked = {"--target": target, "--year": when, "--place": spot.place, "--rd": spot.rd, "--lonlat": spot.lonlat}
        asked |= {"--out": where.out, "--force": where.force, "--results": where.results}
        again = drawn.command("tornado", [found.id], asked, common)
        table = _computed(found, when, point_of(found, "tornado", spot), again, common)
        from mijnrisico.report.figures import f22_tornado
        from mijnrisico.studies.groningen.tornado import TARGETS

        name = TARGETS[target]
        rows = table[table["target"] == name]
        picture = f22_tornado.tornado(table, found.folder, name, when, common.language)
        if not common.json:
            _show(rows, name, when, common)
        return drawn.keep(found, picture, where, common, numbers={"year": when, "rows": show.records(rows)})


def point_of(run: "Run", verb: str, spot: Spot) -> tuple[float, float] | None:
    """Return x, y (RD New, m) of the point that was asked for, None where none was."""
    if spot.place is None and spot.rd is None and spot.lonlat is None:
        return None
    site = drawn.site_of(run, verb, spot)
    return site.x, site.y


def _computed(
    run: "Run", year: int, point: tuple[float, float] | None, again: list[str], common: Common
) -> "pd.DataFrame":
    """Answer the changed questions, with progress; `again` is the command that goes on where the user stops it."""
    from mijnrisico.studies.groningen import tornado

    display = show.display(common.language, quiet=common.quiet, no_color=common.no_color)
    return drawn.resumable(
        display, "tornado", again, lambda progress: tornado.tornado(run.stored, year, point, progress)
    )


def _show(rows: "pd.DataFrame", target: str, year: int, common: Common) -> None:
    """Write the largest effects, how many exceed the factor, and what KEM-09 found."""
    from mijnrisico.report.figures.f22_tornado import option_name
    from mijnrisico.report.words import Words
    from mijnrisico.studies import sensitivity
    from mijnrisico.studies.groningen.tornado import changed

    lang, words, out = common.language, Words(common.language), show.console(no_color=common.no_color)
    known, by_difference = changed(rows)
    named = {"target": words(f"tornado.target.{target}"), "year": year}
    if known.empty:
        out.print(messages.text("tornado.say.nothing", lang, **named), markup=False, soft_wrap=True)
        return
    lines = [
        [
            words.or_name("tornado.input", str(row["input"])),
            option_name(words, row["option"]),
            messages.text(f"tornado.kind.{row['kind']}", lang),
            "–" if row["weight"] is None else messages.number(row["weight"], lang, _DIGITS),
            messages.number(row["value"], lang, _DIGITS),
            messages.number(row["change"], lang, _DIGITS),
        ]
        for row in show.records(known.head(_SHOWN))
    ]
    columns = ("input", "option", "kind", "weight", "value", "difference" if by_difference else "ratio")
    headings = [messages.text(f"tornado.column.{name}", lang) for name in columns]
    branch = known[known["kind"] == "branch"]
    base = float((branch if len(branch) else known)["base"].iloc[0])
    title = messages.text("tornado.say.title", lang, **named, base=messages.number(base, lang, _DIGITS))
    show.table(headings, lines, title=title, no_color=common.no_color)
    if by_difference:
        out.print(messages.text("tornado.say.differences", lang), markup=False, soft_wrap=True)
        return
    factor = sensitivity.published().significant
    beyond = int(((known["ratio"] > factor) | (known["ratio"] < 1.0 / factor)).sum())
    listed = "; ".join(words(f"tornado.published.{name}") for name in sensitivity.published().exceeded)
    said = [
        messages.text("tornado.say.beyond", lang, factor=factor, count=beyond, all=len(known)),
        messages.text("tornado.say.published", lang, list=listed),
    ]
    out.print("\n".join(said), markup=False, soft_wrap=True)
