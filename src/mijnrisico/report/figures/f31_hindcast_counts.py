"""F31: how many earthquakes each model expected beforehand, year by year, and how many there were."""

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from mijnrisico.messages import Language
from mijnrisico.report import branches, hindcast_facts, origin
from mijnrisico.report.draw import style
from mijnrisico.report.draw.sheet import Drawing, sheet, styled
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.words import Words

_COLUMNS = 2
_STEP, _HIGH, _FOOT, _HEAD = 1.42, 1.02, 0.32, 0.2
_ROOM = 2.5  # years: names of years closer than this would stand on each other


@styled
def f31_hindcast_counts(run: RunFolder, lang: Language) -> Drawing:
    """Draw a panel per ensemble and rate model (with its best magnitude model): observed dots, 95 % band, median."""
    words = Words(lang)
    table = hindcast_facts.years(run)
    panels = _panels(table)
    numbers = _numbers(run, words, panels)
    title = words(f"F31.title_{numbers['case']}", **numbers)
    subtitle, source = words("F31.subtitle", **numbers), origin.source(run, words, "F31", "catalogue")
    rows = -(-len(panels) // _COLUMNS)
    paper = sheet(_FOOT + _STEP * rows + _HEAD, title, subtitle, source)
    highest = max(float(part[["observed", "p975"]].max().max()) for _, part in panels)
    for k, (name, part) in enumerate(panels):
        row, column = divmod(k, _COLUMNS)
        axes = paper.axes(0.42 + 4.1 * column, _FOOT + _STEP * (rows - 1 - row), 3.72, _HIGH)
        _panel(axes, words, part, highest)
        low, high = hindcast_facts.outside(part)
        called = branches.short(words, name)
        inside = words("F31.panel", name=called, inside=len(part) - len(low) - len(high), years=len(part))
        axes.set_title(inside, loc="left", fontsize=8.5, fontweight="bold", pad=4)
    _legend(paper, words, _FOOT + _STEP * rows)
    return Drawing(
        "F31_hindcast_counts",
        paper.figure,
        table,
        title,
        subtitle,
        words("F31.reading", **numbers),
        words("F31.alt", **numbers),
        source,
    )


def _panels(table: Frame) -> list[tuple[str, Frame]]:
    """Return name and rows of what gets a panel: the ensembles, then each rate model, the best score first."""
    found = [(name, "") for name in branches.ENSEMBLES if (table.model == name).any()]
    each = hindcast_facts.best_of_each(
        table.groupby(["model", "magnitude_model"], sort=False, as_index=False).score.sum()
    )
    found += list(zip(each.model, each.magnitude_model, strict=True))
    return [(m, hindcast_facts.one(table, m, b)) for m, b in found]


def _panel(axes, words: Words, part: Frame, highest: float) -> None:
    year = part.year.to_numpy()
    low, high = part.p025.to_numpy(float), part.p975.to_numpy(float)
    sides = np.stack([year - 0.43, year + 0.43, np.full(len(year), np.nan)], axis=1).ravel()
    low, middle, high = (np.repeat(values, 3) for values in (low, part.p50.to_numpy(float), high))
    axes.fill_between(sides, low, high, color=style.BLUE_BAND, linewidth=0)
    axes.plot(sides, middle, color=style.BLUE, linewidth=1.3, solid_capstyle="butt")
    outside = (part.observed < part.p025) | (part.observed > part.p975)
    for chosen, look in (
        (~outside, {"marker": "o", "markersize": 3.6, "color": style.INK}),
        (outside, {"marker": "D", "markersize": 4.6, "color": style.ORANGE}),
    ):
        rows = part[chosen]
        axes.plot(
            rows.year, rows.observed, linestyle="", markeredgecolor=style.PAPER, markeredgewidth=0.5, zorder=3, **look
        )
    before, lifted = 0.0, False
    for _, row in part[outside].iterrows():
        above = row.observed > row.p975
        lifted = row.year - before < _ROOM and not lifted
        before, away = row.year, 12 if lifted else 4
        axes.annotate(
            str(int(row.year)),
            (row.year, row.observed),
            (0, away if above else -away),
            textcoords="offset points",
            ha="center",
            va="bottom" if above else "top",
            fontsize=7,
            color=style.ORANGE,
            gid="halo",
            zorder=4,
        )
    axes.set_ylim(-0.12 * highest, 1.16 * highest)
    axes.set_xlim(year[0] - 0.8, year[-1] + 0.8)
    axes.yaxis.grid(visible=True)
    axes.xaxis.set_major_locator(MultipleLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:.0f}"))
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: words.fixed(v) if v >= 0 else ""))
    axes.tick_params(labelsize=7.5)


def _legend(paper, words: Words, y: float) -> None:
    dot = {"markeredgecolor": style.PAPER, "markeredgewidth": 0.5, "linestyle": ""}
    paper.add(Line2D([0.48], [y + 0.05], marker="o", markersize=4.2, color=style.INK, **dot))
    paper.text(0.6, y, words("F31.inside"), fontsize=8)
    paper.add(Line2D([2.7], [y + 0.05], marker="D", markersize=4.8, color=style.ORANGE, **dot))
    paper.text(2.82, y, words("F31.outside"), fontsize=8)
    paper.add(Rectangle((5.0, y - 0.02), 0.2, 0.14, facecolor=style.BLUE_BAND, edgecolor="none"))
    paper.add(Line2D([5.0, 5.2], [y + 0.05, y + 0.05], color=style.BLUE, linewidth=1.4))
    paper.text(5.28, y, words("F31.band"), fontsize=8)


def _numbers(run: RunFolder, words: Words, panels: list[tuple[str, Frame]]) -> dict[str, object]:
    name, first = panels[0]
    above, below = hindcast_facts.outside(first)
    missed = sorted(above + below)
    said = []
    for model, part in panels:
        high, low = hindcast_facts.outside(part)
        out = words.years_listed(sorted(high + low))
        called = branches.called(words, model, part.magnitude_model.iloc[0])
        said.append(words("F31.said", name=called, years=out, mean=words.count(float(part["mean"].sum()))))
    return {
        "case": "none" if not missed else "one" if len(missed) == 1 else "some",
        "name": branches.called(words, name, first.magnitude_model.iloc[0]),
        "count": len(missed),
        "missed": words.years_together(missed) if missed else "–",
        "years": len(first),
        "chance": words.fixed(0.05 * len(first), 1),
        "start": int(first.year.min()),
        "end": int(first.year.max()),
        "magnitude": words.fixed(float(run.setting("source", "magnitude_min", default=1.45)), 2),
        "observed": words.fixed(float(np.nansum(first.observed))),
        "list": "; ".join(said),
    }
