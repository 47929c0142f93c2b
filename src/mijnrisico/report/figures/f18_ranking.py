"""F18: how many buildings have a personal risk above each value, with the band of the logic tree."""

import numpy as np
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from mijnrisico.messages import Language
from mijnrisico.report import branches, building_facts
from mijnrisico.report.draw import style
from mijnrisico.report.draw.sheet import Drawing, sheet, styled
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.stamp import stamp
from mijnrisico.report.words import Words

_LEAST = 0.5  # buildings: the lowest count drawn, so that one building still stands clear of the axis
_HIGHEST = 3e-4  # per year: the end of the axis
_NAMED = 0.3  # of the axis: how far the name of the line reaches
_RARE = 1e-8, 1e-7  # per year: the lowest risk drawn, where the run has a band there and where it has none


@styled
def f18_ranking(run: RunFolder, lang: Language) -> Drawing:
    """Draw N(LPR > x) on two logarithmic axes: buildings by their mean risk, P10-P90 of the count, the two norms."""
    words = Words(lang)
    table = run.table("building_ranking")
    year = building_facts.year_of(run, "building_ranking")
    whole = table[table.year == year].sort_values("lpr", ignore_index=True)
    data = _drawn(whole)
    numbers = ranking_numbers(run, words, whole, year)
    title, subtitle = words(f"F18.title_{numbers['case']}", **numbers), words("F18.subtitle", **numbers)
    source = words("F18.source", **stamp(run, words))
    paper = sheet(3.7, title, subtitle, branches.noted(run, words, source))
    axes = paper.axes(0.98, 0.5, 7.1, 2.9)
    _panel(axes, words, data, float(str(numbers["whole"])))
    return Drawing(
        "F18_ranking",
        paper.figure,
        data,
        title,
        subtitle,
        words(f"F18.reading{'_none' if numbers['case'] != 'some' else ''}", **numbers)
        + (words("F18.reading_band") if (data.buildings_p90 > 0.0).any() else ""),
        words("F18.alt", **numbers),
        source,
    )


def ranking_numbers(run: RunFolder, words: Words, data: Frame, year: int) -> dict[str, object]:
    """Return what the text says: buildings above the norm and above ten times the norm, and the highest risk."""
    norm, ten = building_facts.above(run, year), building_facts.above(run, year, building_facts.TEMPORARY_NORM)
    whole = building_facts.total(run, year)
    reached = data[data.buildings > 0.0]
    highest = float(reached.lpr.max()) if len(reached) else float("nan")
    told = [_said(words, row) for _, row in _told(data).iterrows()]
    return {
        "case": "some" if norm.buildings > 0.0 else "none_p90" if norm.p90 > 0.0 else "none",
        "year": year,
        "whole": whole,
        "total": words.people(whole),
        "count": words.people(norm.buildings),
        "high": words.people(norm.p90),
        "band": words.band(words.people(norm.p10), words.people(norm.p90)),
        "count_ten": words.people(ten.buildings),
        "high_ten": words.people(ten.p90),
        "highest": words.per_million(highest),
        "list": f" {'; '.join(told)}." if told else "",
    }


def _drawn(data: Frame) -> Frame:
    """From the lowest value of which the run has a band: below it buildings are missing from the models' counts."""
    lowest = data.lpr[data.buildings_p90.notna()].min()
    start = np.clip(np.nan_to_num(lowest, nan=_RARE[1]), *_RARE)
    return data[data.lpr >= start * (1.0 - 1e-6)].reset_index(drop=True)


def _told(data: Frame) -> Frame:
    """The thresholds of whole powers of ten that a building exceeds, for who hears the figure."""
    exponent = np.log10(data.lpr.to_numpy(float))
    whole = (np.abs(exponent - np.round(exponent)) < 1e-6) & (exponent > np.log10(_RARE[0]) - 1e-6)
    return data[whole & (data.buildings_p90 > 0.0)]


def _said(words: Words, row: Frame) -> str:
    return words(
        "F18.said",
        lpr=words.per_million(float(row.lpr)),
        count=words.people(float(row.buildings)),
        band=words.band(words.people(float(row.buildings_p10)), words.people(float(row.buildings_p90))),
    )


def _panel(axes, words: Words, data: Frame, whole: float) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    top = 10.0 ** np.ceil(np.log10(max(whole, 10.0)))
    axes.set_xlim(float(data.lpr.min()), _HIGHEST)
    axes.set_ylim(_LEAST, top)
    axes.grid(visible=True)
    low, high = (data[c].clip(lower=1e-3) for c in ("buildings_p10", "buildings_p90"))
    axes.fill_between(data.lpr, low, high, color=style.BLUE_BAND, linewidth=0)
    drawn = data[data.buildings > 0.0]
    axes.plot(drawn.lpr, drawn.buildings, color=style.BLUE)
    for level, colour, dash in (
        (building_facts.NORM, style.ORANGE, "-"),
        (building_facts.TEMPORARY_NORM, style.QUIET, (0, (3, 2))),
    ):
        axes.axvline(level, color=colour, linewidth=1.2, linestyle=dash)
        axes.annotate(
            words("F18.norm" if level == building_facts.NORM else "F18.temporary"),
            (level, top),
            (0, 3),
            textcoords="offset points",
            ha="center",
            fontsize=7.5,
            color=colour,
            annotation_clip=False,
        )
    _names(axes, words, data)
    axes.xaxis.set_major_locator(FixedLocator([10.0**e for e in range(-8, -3)]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: words.trimmed(v * 1e6, 2)))
    axes.yaxis.set_major_locator(FixedLocator([10.0**e for e in range(8)]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: words.fixed(v)))
    axes.set_xlabel(words("F18.x"), fontsize=8.5)
    axes.set_ylabel(words("F18.y"), fontsize=8.5)


def _names(axes, words: Words, data: Frame) -> None:
    """Name the line below its beginning, clear of where it falls to, and the band at its lower edge."""
    first = float(data.lpr.min())
    for key, seen, column, at, away, weight in (
        ("line", "buildings", "buildings", first * (_HIGHEST / first) ** _NAMED, -16, "bold"),
        ("band", "buildings_p90", "buildings_p10", first, 7, "normal"),
    ):
        if (data[seen] > _LEAST).any():
            spot = data.loc[np.abs(np.log(data.lpr / at)).idxmin()]
            axes.annotate(
                words(f"F18.{key}"),
                (1.1 * first, max(spot[column], _LEAST)),
                (0, away),
                textcoords="offset points",
                fontsize=7.5,
                fontweight=weight,
                color=style.BLUE,
                gid="halo",
            )
