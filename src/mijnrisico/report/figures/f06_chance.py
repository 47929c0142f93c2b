"""F06: chance per year of at least one large earthquake, for four magnitudes, with its band."""

import numpy as np
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from mijnrisico.messages import Language
from mijnrisico.report import branches
from mijnrisico.report.draw import style
from mijnrisico.report.draw.sheet import Drawing, sheet, styled
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.stamp import stamp
from mijnrisico.report.words import Words

_DECADES = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)
_COLUMNS = 4


@styled
def f06_chance(run: RunFolder, lang: Language) -> Drawing:
    """Draw the chance in per cent against the year, a panel per magnitude on one scale; mean with P10 and P90."""
    words = Words(lang)
    data = run.table("chance").sort_values(["magnitude", "year"], ignore_index=True)
    magnitudes = sorted(data.magnitude.unique())[:_COLUMNS]
    numbers = _numbers(words, data, magnitudes)
    title, subtitle = words(f"F06.title_{numbers['case']}", **numbers), words("F06.subtitle", **numbers)
    source = branches.chosen(run, words, "F06.source", **stamp(run, words))
    paper = sheet(2.9, title, subtitle, branches.noted(run, words, source))
    floor = _floor(data)
    for k, magnitude in enumerate(magnitudes):
        rows = data[data.magnitude == magnitude]
        axes = paper.axes(0.66 + 1.93 * k, 0.36, 1.7, 2.2)
        _panel(axes, words, rows, floor, data.p90.max())
        axes.tick_params(labelleft=k == 0)
        axes.set_title(
            words("F06.panel", magnitude=words.fixed(magnitude, 1)), loc="left", fontsize=9, fontweight="bold", pad=6
        )
    return Drawing(
        "F06_chance",
        paper.figure,
        data,
        title,
        subtitle,
        words("F06.reading", **numbers) + (words("F06.impossible") if (data.p10 == 0.0).any() else ""),
        words("F06.alt_one" if numbers["case"] == "one" else "F06.alt", **numbers),
        source,
    )


def percent(words: Words, share: float) -> str:
    """Write a probability in per cent with two significant digits; below one in a million it only says so."""
    if 0.0 < share < 1e-6:
        return f"<\N{NO-BREAK SPACE}{words.trimmed(1e-4, 4)}\N{NO-BREAK SPACE}%"
    return f"{words.significant(100 * share)}\N{NO-BREAK SPACE}%"


def _floor(data: Frame) -> float:
    """The power of ten below the smallest mean that is not zero: bands that reach lower run off the drawing."""
    positive = data.chance[data.chance > 0]
    return 10.0 ** np.floor(np.log10(float(positive.min()) / 1.5)) if len(positive) else _DECADES[0]


def _panel(axes, words: Words, rows: Frame, floor: float, highest: float) -> None:
    axes.set_yscale("log")
    axes.set_ylim(floor, min(1.0, 2.2 * float(highest)))
    years = rows.year.to_numpy()
    axes.set_xlim(years[0] - 0.6, years[-1] + 0.6)
    axes.fill_between(years, rows.p10.clip(lower=floor / 10), rows.p90, color=style.BLUE_BAND, linewidth=0)
    axes.plot(years, rows.chance.where(rows.chance > 0), color=style.BLUE, marker="o", markersize=3)
    axes.yaxis.set_major_locator(FixedLocator(_DECADES))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{words.trimmed(100 * v, 4)}\N{NO-BREAK SPACE}%"))
    middle = years[len(years) // 2]
    axes.xaxis.set_major_locator(FixedLocator([years[0], middle, years[-1]] if len(years) > 4 else [years[0]]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: str(int(v))))
    axes.yaxis.grid(visible=True)
    if len(rows) == 1:
        axes.vlines(years, rows.p10.clip(lower=floor / 10), rows.p90, color=style.BLUE_BAND_DEEP, linewidth=5, zorder=1)
    ends = ((rows.iloc[0], "left"), (rows.iloc[-1], "right"))
    for row, side in ends[: len(rows)]:
        axes.annotate(
            percent(words, float(row.chance)),
            (row.year, max(float(row.chance), floor)),
            (-2, 7) if side == "left" else (2, -8),
            textcoords="offset points",
            ha=side,
            va="bottom" if side == "left" else "top",
            fontsize=8,
            color=style.BLUE,
            fontweight="bold",
            gid="halo",
        )


def _rate(chance: float) -> float:
    """Events per year of a Poisson process with this chance of at least one."""
    return -float(np.log1p(-chance))


def _course(said_start: str, said_end: str, start: float, end: float) -> str:
    """Say how the chance goes, as printed: what reads the same has stayed the same."""
    if said_start == said_end:
        return "stays"
    return "falls" if end < start else "rises"


def _numbers(words: Words, data: Frame, magnitudes: list[float]) -> dict[str, object]:
    at = data.set_index(["magnitude", "year"])
    first, last = int(data.year.min()), int(data.year.max())

    def said(magnitude: float, year: int) -> str:
        row = at.loc[(magnitude, year)]
        return words(
            "F06.said",
            year=year,
            chance=percent(words, row.chance),
            low=percent(words, row.p10),
            high=percent(words, row.p90),
        )

    small, large = magnitudes[0], magnitudes[-1]
    start, end = (float(at.loc[(small, year), "chance"]) for year in (first, last))
    sizes = [words.fixed(m, 1) for m in magnitudes]
    rare = float(at.loc[(large, first), "chance"])
    return {
        "case": "one" if last == first else _course(percent(words, start), percent(words, end), start, end),
        "start": first,
        "end": last,
        "small": words.fixed(small, 1),
        "large": words.fixed(large, 1),
        "chance_start": percent(words, start),
        "chance_end": percent(words, end),
        "once": words.years(1 / _rate(start)) if start > 0 else "∞",
        "once_large": words.years(1 / _rate(rare)) if rare > 0 else "∞",
        "sizes": f"{', '.join(sizes[:-1])} {words('and')} {sizes[-1]}" if len(sizes) > 1 else sizes[0],
        "list": "; ".join(
            f"M {words.fixed(m, 1)}: {said(m, first)}" + (f", {said(m, last)}" if last != first else "")
            for m in magnitudes
        ),
    }
