"""F21: how many buildings are expected to be damaged in each year, from light damage to collapse."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from mijnrisico.messages import Language
from mijnrisico.report import branches
from mijnrisico.report.draw import style
from mijnrisico.report.draw.sheet import Drawing, sheet, styled
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.stamp import stamp
from mijnrisico.report.words import Words

DAMAGE = ("ds1", "ds2", "ds3", "ds4", "chimney", "cs1", "cs2", "cs3")
"""Quantities with a panel, in this order, as far as the run has them."""
_COLUMNS = 4
_LEAST = 1e-4


def has_damage(run: RunFolder) -> bool:
    """Say whether the run has a count of damaged buildings."""
    return bool(run.table("expected_losses").quantity.isin(DAMAGE).any())


@styled
def f21_damage(run: RunFolder, lang: Language) -> Drawing:
    """Draw a panel per state: expected buildings per year against the year, P10-P90 of the tree, one log scale.

    The band of light damage is that of the forecasts and readings of types alone, and is marked as such.
    """
    words = Words(lang)
    table = run.table("expected_losses")
    data = table[table.quantity.isin(DAMAGE)].sort_values(["quantity", "year"], ignore_index=True)
    known = [name for name in DAMAGE if (data.quantity == name).any()]
    numbers = _numbers(words, data, known)
    title, subtitle = words(f"F21.title_{numbers['case']}", **numbers), words("F21.subtitle")
    if "ds1" in known:
        subtitle += words("F21.subtitle_light")
    source = words("F21.source", **stamp(run, words))
    rows = -(-len(known) // _COLUMNS)
    paper = sheet(0.42 + 1.85 * rows, title, subtitle, branches.noted(run, words, source))
    limits = _limits(data)
    for k, name in enumerate(known):
        row, column = divmod(k, _COLUMNS)
        axes = paper.axes(0.62 + 1.95 * column, 0.36 + 1.85 * (rows - 1 - row), 1.68, 1.32)
        _panel(axes, words, data[data.quantity == name], limits)
        axes.tick_params(labelleft=column == 0)
        axes.set_title(
            words("F21.light" if name == "ds1" else f"F21.{name}"), loc="left", fontsize=8.5, fontweight="bold", pad=5
        )
    return Drawing(
        "F21_damage",
        paper.figure,
        data,
        title,
        subtitle,
        words("F21.reading", **numbers)
        + (words("F21.reading_chimney") if "chimney" in known else "")
        + (words("F21.reading_light") if "ds1" in known else ""),
        words("F21.alt", **numbers),
        source,
    )


def _limits(data: Frame) -> tuple[float, float]:
    """Powers of ten around every mean that is not zero; a band that reaches lower runs off the drawing."""
    positive = data["mean"][data["mean"] > 0.0]
    if positive.empty:
        return 1e-3, 1.0
    top = float(np.nanmax([data["mean"].max(), data.p90.max()]))
    return 10.0 ** np.floor(np.log10(positive.min() / 1.5)), 10.0 ** np.ceil(np.log10(1.5 * top))


def _panel(axes: Axes, words: Words, rows: Frame, limits: tuple[float, float]) -> None:
    axes.set_yscale("log")
    axes.set_ylim(*limits)
    years = rows.year.to_numpy(int)
    axes.set_xlim(years[0] - 0.6, years[-1] + 0.6)
    band = rows[rows.p90.notna()]
    low = band.p10.clip(lower=limits[0] / 10.0)
    if len(band) == len(rows) > 1:
        axes.fill_between(band.year, low, band.p90, color=style.BLUE_BAND, linewidth=0)
    else:
        axes.vlines(band.year, low, band.p90, color=style.BLUE_BAND_DEEP, linewidth=5)
    axes.plot(years, rows["mean"].where(rows["mean"] > 0.0), color=style.BLUE, marker="o", markersize=2.6)
    axes.yaxis.grid(visible=True)
    step = max(1, round(np.log10(limits[1] / limits[0]) / 5))
    exponents = np.arange(round(np.log10(limits[0])), round(np.log10(limits[1])) + 1, step)
    axes.yaxis.set_major_locator(FixedLocator([10.0**e for e in exponents]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: words.trimmed(v, 6)))
    axes.xaxis.set_major_locator(FixedLocator(sorted({int(years[0]), int(years[-1])})))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: str(int(v))))
    axes.tick_params(labelsize=7.5)
    ends = ((rows.iloc[0], "left"), (rows.iloc[-1], "right"))[: min(2, len(rows))]
    for row, side in ends:
        if row["mean"] > 0.0:
            axes.annotate(
                count(words, float(row["mean"])),
                (row.year, float(row["mean"])),
                (4, 6),
                textcoords="offset points",
                ha="left" if side == "left" else "right",
                fontsize=8,
                fontweight="bold",
                color=style.BLUE,
                gid="halo",
            )
    if not (rows["mean"] > 0.0).any():
        axes.text(0.5, 0.5, words("F21.none"), transform=axes.transAxes, ha="center", fontsize=8.5, fontweight="bold")


def count(words: Words, value: float) -> str:
    """Write an expected number per year with two significant digits, in full: 160, 4.2, 0.06; less than _LEAST so."""
    if not np.isfinite(value):
        return "–"
    if 0.0 < value < _LEAST:
        return f"<\N{NO-BREAK SPACE}{words.trimmed(_LEAST, 4)}"
    rounded = float(f"{value:.1e}")
    return words.fixed(rounded, max(0, 1 - int(np.floor(np.log10(rounded))))) if rounded > 0.0 else "0"


def _numbers(words: Words, data: Frame, known: list[str]) -> dict[str, object]:
    first, last = int(data.year.min()), int(data.year.max())
    at = data.set_index(["quantity", "year"])
    name = known[0]
    start, end = (float(at.loc[(name, year), "mean"]) for year in (first, last))
    return {
        "case": "one" if first == last else "none" if not (data["mean"] > 0.0).any() else "course",
        "state": words(f"F21.in_title_{name}"),
        "start": first,
        "end": last,
        "count_start": count(words, start),
        "count_end": count(words, end),
        "list": "; ".join(_said(words, at, n, first, last) for n in known),
    }


def _said(words: Words, at: Frame, name: str, first: int, last: int) -> str:
    row = at.loc[(name, first)]
    text = words(
        "F21.said" if np.isfinite(row.p90) else "F21.said_mean",
        name=words(f"F21.{name}"),
        year=first,
        count=count(words, float(row["mean"])),
        low=count(words, float(row.p10)),
        high=count(words, float(row.p90)),
    )
    if last == first:
        return text
    return text + words("F21.said_last", year=last, count=count(words, float(at.loc[(name, last), "mean"])))
