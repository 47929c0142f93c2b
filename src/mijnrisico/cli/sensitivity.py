"""`mijnrisico sensitivity`: the variance of an answer shared out over the nodes of the logic tree."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

from mijnrisico import front, messages
from mijnrisico.cli import drawn, show
from mijnrisico.cli.drawn import RESULTS, SPOT, Spot
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.cli.tornado import point_of

if TYPE_CHECKING:
    import pandas as pd

    from mijnrisico.studies.groningen.shares import Leaves

Target = Literal["pga_max", "site", "lpr", "deaths"]
_NAMES: Final = {"site": "site_pga"}
_OF_POINT: Final = ("site_pga", "lpr")
_DIGITS: Final = 3
_MORE_THAN_ONE: Final = 1.05


def sensitivity(
    run: Annotated[str | None, option("run")] = None,
    /,
    *,
    target: Annotated[Target, option("sensitivity_target", "--target")] = "pga_max",
    year: Annotated[int | None, option("tornado_year", "--year")] = None,
    samples: Annotated[int, option("sensitivity_samples", "--samples")] = 0,
    spot: Spot = SPOT,
    results: Annotated[Path, option("results", "--results")] = RESULTS,
    common: Common = COMMON,
) -> int:
    """Share out the variance of an answer over the nodes of the logic tree."""
    if samples and not front.can_draw():
        return drawn.no_figures(common)
    with common.inside():
        found = front.open_run(run, results)
        when = found.scenario.years[0] if year is None else year
        point = point_of(found, "sensitivity", spot)
        from mijnrisico.studies.groningen import shares

        display = show.display(common.language, quiet=common.quiet, no_color=common.no_color)
        name = _NAMES.get(target, target)
        with display.stage("sensitivity") as progress:
            leaves = shares.leaves(found.stored, when, name, point, progress)
        exact = leaves.shares()
        sampled = leaves.sampled(samples, found.scenario.seed) if samples else None
        if common.json:
            told = {"run": found.id, "target": name, "year": when, "leaves": leaves.values.size}
            told |= {"mean": leaves.mean, "median": leaves.fractile(0.5), "exact": show.records(exact)}
            show.as_json(told | ({} if sampled is None else {"sampled": show.records(sampled)}))
            return 0
        drawn.caution([found], common)
        said = {"target": messages.text(f"report.tornado.target.{name}", common.language), "year": when}
        where = _where(name, point, common)
        title = messages.text("tornado.say.shares", common.language, run=found.id, where=where, **said)
        _show(leaves, exact, sampled, title, samples, common)
        return 0


def _where(target: str, point: tuple[float, float] | None, common: Common) -> str:
    """Say which point a target is about, where it is about one."""
    from mijnrisico.studies.groningen import targets

    if target not in _OF_POINT:
        return ""
    x, y = (messages.fixed(value, common.language, 0) for value in point or targets.place())
    return messages.text("tornado.say.where", common.language, x=x, y=y)


def _show(
    leaves: "Leaves",
    exact: "pd.DataFrame",
    sampled: "pd.DataFrame | None",
    title: str,
    samples: int,
    common: Common,
) -> None:
    """Write the shares, the largest first, what lies in combinations, and how the mean compares with the median."""
    from mijnrisico.report.words import Words

    lang, words = common.language, Words(common.language)
    beside = {} if sampled is None else {str(row["name"]): row for row in show.records(sampled)}
    rows = []
    for row in show.records(exact.sort_values("st", ascending=False)):
        name = str(row["name"])
        cells = [words.or_name("tornado.input", name)]
        for column in ("s1", "st"):
            cells.append(messages.fixed(row[column], lang, _DIGITS))
            if beside:
                low, high = (beside[name][f"{column}_{end}"] for end in ("low", "high"))
                cells.append(f"{messages.fixed(low, lang, _DIGITS)} – {messages.fixed(high, lang, _DIGITS)}")
        rows.append(cells)
    interval = [messages.text("tornado.column.interval", lang)] if beside else []
    headings = [messages.text("tornado.column.input", lang)]
    for column in ("s1", "st"):
        headings += [messages.text(f"tornado.column.{column}", lang), *interval]
    show.table(headings, rows, title=title, no_color=common.no_color)
    median = leaves.fractile(0.5)
    numbers = {
        "mean": messages.number(leaves.mean, lang, _DIGITS),
        "median": messages.number(median, lang, _DIGITS),
        "ratio": messages.number(leaves.mean / median, lang, 2) if median > 0.0 else "–",
        "share": messages.number(100.0 * float(leaves.weight[leaves.values > leaves.mean].sum()), lang, 2),
    }
    alone, total = (float(exact[column].sum()) for column in ("s1", "st"))
    said = [messages.text("tornado.say.exact", lang, leaves=leaves.values.size)]
    if samples:
        said.append(messages.text("tornado.say.sampled", lang, leaves=samples * (len(exact) + 2)))
    said.append(messages.text("tornado.say.meaning", lang))
    if total > _MORE_THAN_ONE:
        sums = {"alone": messages.fixed(alone, lang, 2), "total": messages.fixed(total, lang, 2)}
        said.append(messages.text("tornado.say.together", lang, **sums))
    said += [messages.text(f"tornado.say.{key}", lang, **numbers) for key in ("ratio", "skewed")]
    show.console(no_color=common.no_color).print("\n".join(said), markup=False, soft_wrap=True)
