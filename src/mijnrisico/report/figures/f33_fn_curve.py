"""F33: how often an earthquake kills so many people or more at once (the F-N curve), by simulation."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from mijnrisico.messages import Language
from mijnrisico.report import branches, building_facts
from mijnrisico.report.draw import style
from mijnrisico.report.draw.sheet import Drawing, sheet, styled
from mijnrisico.report.figures.f21_damage import count
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.stamp import stamp
from mijnrisico.report.words import Words

_NUMBERS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_TOLD = (1, 10, 100)


def has_deaths(run: RunFolder) -> bool:
    """Say whether the simulation had an earthquake in which somebody died."""
    return bool(len(run.table("fn_curve")))


@styled
def f33_fn_curve(run: RunFolder, lang: Language) -> Drawing:
    """Draw the rate of earthquakes with n deaths or more against n, log-log: first year with its band, and the last.

    The band is the error of the simulation; how much the models differ is said beside it, by the expected deaths.
    """
    words = Words(lang)
    table = run.table("fn_curve").sort_values(["year", "deaths"], ignore_index=True)
    year = building_facts.year_of(run, "fn_curve")
    last = int(table.year.max())
    shown = [year, last] if last != year else [year]
    data = table[table.year.isin(shown)]
    numbers = _numbers(words, data, year, last)
    title, subtitle = words(f"F33.title_{numbers['case']}", **numbers), words("F33.subtitle")
    spread = _spread(run, year)
    if spread:
        said = {name: count(words, value) for name, value in spread.items()}
        subtitle += words("F33.spread", **said)
        numbers["spread"] = words("F33.spread_said", **said)
    source = words("F33.source", **stamp(run, words))
    paper = sheet(3.45, title, subtitle, branches.noted(run, words, source))
    axes = paper.axes(0.95, 0.5, 6.6, 2.75)
    _panel(axes, words, data, shown)
    return Drawing(
        "F33_fn_curve",
        paper.figure,
        data,
        title,
        subtitle,
        words("F33.reading", **numbers),
        words("F33.alt", **numbers),
        source,
    )


def _panel(axes: Axes, words: Words, data: Frame, shown: list[int]) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    positive = data[data.rate_per_year > 0.0]
    most = float(positive.deaths.max()) if len(positive) else 10.0
    rates = positive.rate_per_year if len(positive) else np.array([1e-4])
    bottom, top = 10.0 ** np.floor(np.log10(rates.min())), 10.0 ** np.ceil(np.log10(1.2 * rates.max()))
    axes.set_xlim(0.9, max(12.0, 1.6 * most))
    axes.set_ylim(bottom, top)
    axes.grid(visible=True)
    for k, (year, colour) in enumerate(zip(shown, (style.BLUE, style.ORANGE), strict=False)):
        of_year = data[data.year == year]
        drawn = of_year[of_year.rate_per_year > 0.0]
        if drawn.empty:
            continue
        if k == 0:
            low, high = (drawn[c].clip(lower=bottom / 10.0) for c in ("p05", "p95"))
            axes.fill_between(drawn.deaths, low, high, color=style.BLUE_BAND, linewidth=0, label=words("F33.band"))
            axes.legend(loc="upper right", fontsize=8)
        axes.plot(drawn.deaths, drawn.rate_per_year, color=colour, linestyle="-" if k == 0 else (0, (4, 2)))
        end = drawn.iloc[-1]
        axes.annotate(
            str(year),
            (end.deaths, end.rate_per_year),
            (6, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            fontweight="bold",
            color=colour,
            annotation_clip=False,
            gid="halo",
        )
    if positive.empty:
        axes.text(0.5, 0.5, words("F33.none"), transform=axes.transAxes, ha="center", fontsize=9, fontweight="bold")
    axes.xaxis.set_major_locator(FixedLocator(_NUMBERS))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: words.fixed(v)))
    axes.yaxis.set_major_locator(FixedLocator([10.0**e for e in range(-9, 2)]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: words.once(v)))
    axes.set_xlabel(words("F33.x"), fontsize=8.5)
    axes.set_ylabel(words("F33.y"), fontsize=8.5)


def _spread(run: RunFolder, year: int) -> dict[str, float]:
    """Return P10, P90 and mean over the tree of the expected deaths in a year; empty where the run has no band."""
    if not run.has_table("expected_losses"):
        return {}
    table = run.table("expected_losses")
    found = table[(table.quantity == "deaths") & (table.year == year)].dropna(subset=["p10", "p90"])
    if found.empty:
        return {}
    row = found.iloc[0]
    return {"low": float(row.p10), "high": float(row.p90), "mean": float(row["mean"])}


def _rate(data: Frame, year: int, deaths: int) -> float:
    found = data[(data.year == year) & (data.deaths == deaths)]
    return float(found.rate_per_year.iloc[0]) if len(found) else float("nan")


def _numbers(words: Words, data: Frame, year: int, last: int) -> dict[str, object]:
    one, ten = (_rate(data, year, n) for n in (1, 10))
    case = "none" if not one > 0.0 else "ten" if ten > 0.0 else "one"
    told = [n for n in _TOLD if _rate(data, year, n) > 0.0]
    return {
        "case": case,
        "year": year,
        "last": last,
        "spread": "",
        "often_one": words.how_often(one),
        "often_ten": words.how_often(ten),
        "often_last": words.how_often(_rate(data, last, 1)),
        "list": "; ".join(words("F33.said", deaths=n, often=words.how_often(_rate(data, year, n))) for n in told)
        or words("F33.none"),
    }
