"""F11: map of the acceleration at the long return period: the mean, and P10 and P90 beside it."""

import numpy as np
from matplotlib.lines import Line2D

from mijnrisico.messages import Language
from mijnrisico.report import branches
from mijnrisico.report.draw import maps, style
from mijnrisico.report.draw.sheet import Drawing, sheet, styled
from mijnrisico.report.figures.f10_hazard_map import BELOW, level_panels
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.stamp import stamp
from mijnrisico.report.words import Words

_PREFERRED = 2475


def long_period(run: RunFolder) -> int | None:
    """Return the return period of F11: 2475 years where the run has it, else its longest; None without a longer one."""
    periods = {int(p) for p in run.hazard.return_period.values if p > run.return_period}
    return _PREFERRED if _PREFERRED in periods else max(periods, default=None)


def has_long_period(run: RunFolder) -> bool:
    """Say whether the run computed a longer return period than that of the rule."""
    return long_period(run) is not None


@styled
def f11_long_return_period(run: RunFolder, lang: Language) -> Drawing:
    """Draw the level in g of the shown year by classes of its own, without a limit: no norm is read for it."""
    words = Words(lang)
    period = long_period(run)
    field = run.hazard.sel(year=run.shown_year, return_period=period)
    numbers = _numbers(run, words, field) | {"period": period}
    title, subtitle = words("F11.title", **numbers), words("F11.subtitle", **numbers)
    source = words("F11.source", **stamp(run, words))
    paper = sheet(5.68, title, subtitle, branches.noted(run, words, source))
    data = level_panels(paper, run, words, field, style.LONG_PGA_EDGES_G, style.LONG_PGA_COLOURS)
    labels = maps.class_labels(words, style.LONG_PGA_EDGES_G, lambda v: words.fixed(v, 2))
    maps.legend(
        paper,
        0.1,
        1.0,
        words("F10.legend"),
        list(zip(style.LONG_PGA_COLOURS, labels, strict=True)),
        lines=[(Line2D([], [], color=style.INK, linewidth=0.9, linestyle=(0, (4, 2.5))), words("map.field"))],
        blank=words("map.blank"),
        fontsize=7.5,
        step=0.17,
        columns=BELOW,
    )
    return Drawing(
        "F11_hazard_map_long",
        paper.figure,
        data,
        title,
        subtitle,
        words("F11.reading", **numbers),
        words("F11.alt", **numbers),
        source,
    )


def _numbers(run: RunFolder, words: Words, field) -> dict[str, object]:
    mean = field.sel(statistic="mean").transpose("y", "x")
    j, i = np.unravel_index(int(np.nanargmax(mean.values)), mean.shape)
    there = field.isel(y=int(j), x=int(i))
    level = float(there.sel(statistic="mean"))
    first = run.hazard.sel(year=run.shown_year, return_period=run.return_period, statistic="mean")
    beside = float(first.isel(y=int(j), x=int(i)))
    return {
        "year": run.shown_year,
        "place": maps.near(words, float(there.x), float(there.y)),
        "level": words.level(level),
        "low": words.level(float(there.sel(statistic="p10"))),
        "high": words.level(float(there.sel(statistic="p90"))),
        "first": run.return_period,
        "beside": words.level(beside, run.threshold_g),
        "ratio": words.significant(level / beside),
    }
