"""A uniform hazard spectrum: the level at each period of vibration, with its band, at return periods."""

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from mijnrisico.messages import Language
from mijnrisico.report.draw import names, single, style
from mijnrisico.report.draw.curve import Place
from mijnrisico.report.draw.picture import Picture
from mijnrisico.report.draw.sheet import Drawing, Sheet, sheet, styled
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.words import Words

LINES: Final = {95.0: "#5b8fc4", 475.0: style.BLUE, 975.0: "#65459b", 2475.0: "#3f1c70"}
"""Colour of a return period; others take them in this order."""
_PGA_AT_S = 0.01
"""Peak acceleration is drawn at the shortest period, where the response follows the ground."""
_TICKS_S = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


def spectrum(
    run: RunFolder, at: Place, year: int, levels: Frame, lang: Language, *, beside: Frame | None = None
) -> Picture:
    """Draw the levels of every period at the return periods.

    Args:
        run: the run they come from.
        at: the point.
        year: year of the levels.
        levels: `imt`, `period_s`, `unit`, `component`, `surface`, `return_period_yr`, `mean`, `p10`, `p50`, `p90`.
        lang: language of the words.
        beside: a spectrum of the user, `period_s` and `sa_g`, with its name in `attrs["name"]`.
    """
    return Picture(_draw(run, at, year, levels, lang, beside))


@styled
def _draw(run: RunFolder, at: Place, year: int, levels: Frame, lang: Language, beside: Frame | None) -> Drawing:
    words = Words(lang)
    numbers = numbers_of(run, at.name, year, levels, words)
    title = words("F13.title", **numbers)
    subtitle = words("F13.subtitle", **numbers)
    source = single.source_of(run, "place", words)
    paper = sheet(3.85, title, subtitle, source)
    axes = paper.axes(0.75, 0.55, 5.0, 3.05)
    top = panel(axes, words, levels, run.return_period, beside=beside)
    axes.set_xlabel(words("F13.x"), fontsize=8.5)
    axes.set_ylabel(words("F13.y"), fontsize=8.5)
    _names(axes, words, levels, top, beside)
    _legend(axes, words, run.return_period)
    _table(paper, words, levels, run.threshold_g)
    named: dict[str, Any] = {"place": at.name, "x_rd": at.x, "y_rd": at.y, "year": year}
    data = pd.DataFrame(named | {name: levels[name].to_numpy() for name in levels if name not in named})
    if beside is not None:
        theirs = pd.DataFrame(named | {"imt": beside.attrs["name"], "period_s": beside.period_s, "mean": beside.sa_g})
        data = pd.concat([data, theirs.assign(unit="g")], ignore_index=True)
    reading = words("F13.reading", **numbers) + (words("F13.reading_beside") if beside is not None else "")
    name = f"spectrum_{''.join(c if c.isalnum() else '-' for c in at.name)}_{year}"
    return Drawing(name, paper.figure, data, title, subtitle, reading, words("F13.alt", **numbers), source)


def panel(axes: Axes, words: Words, levels: Frame, main: float, *, beside: Frame | None = None) -> float:
    """Draw the spectra into axes, the band at the return period `main` only; return the highest level drawn."""
    accelerations = levels[(levels["unit"] == "g") & levels["period_s"].notna()]
    axes.set_xscale("log")
    top = float(accelerations["mean"].max())
    for k, (period, rows) in enumerate(accelerations.groupby("return_period_yr")):
        rows = rows.sort_values("period_s")
        x = rows["period_s"].clip(lower=_PGA_AT_S).to_numpy(float)
        colour = colour_of(float(period), k)
        if float(period) == main:
            low, high = rows["p10"].to_numpy(float), rows["p90"].to_numpy(float)
            axes.fill_between(x, low, high, color=style.BLUE_BAND, linewidth=0, zorder=1)
            top = max(top, float(np.nanmax(high)))
        width = 2.4 if float(period) == main else 1.4
        mean = rows["mean"].to_numpy(float)
        first = int(x[0] <= _PGA_AT_S and len(x) > 1)  # between PGA and the shortest period nothing is known
        axes.plot(x[: first + 1], mean[: first + 1], color=colour, linewidth=1.0, linestyle=(0, (1, 2)), zorder=3)
        axes.plot(x[first:], mean[first:], color=colour, linewidth=width, zorder=3)
        axes.plot(x, mean, "o", color=colour, markersize=4, markeredgecolor=style.PAPER, markeredgewidth=0.5, zorder=3)
    if beside is not None:
        x = beside["period_s"].clip(lower=_PGA_AT_S).to_numpy(float)
        axes.plot(x, beside["sa_g"].to_numpy(float), color=style.ORANGE, linewidth=1.8, linestyle=(0, (4, 2)), zorder=4)
        top = max(top, float(beside["sa_g"].max()))
    axes.set_ylim(0.0, 1.06 * top)
    right = float(accelerations["period_s"].max())
    axes.set_xlim(_PGA_AT_S / 1.15, right * 1.02)
    axes.grid(visible=True)
    axes.xaxis.set_major_locator(FixedLocator([value for value in _TICKS_S if value <= right]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: "PGA" if v <= _PGA_AT_S else words.trimmed(v)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: words.trimmed(v)))
    return top


def colour_of(period: float, index: int) -> str:
    """Colour of a return period."""
    return LINES.get(period) or list(LINES.values())[index % len(LINES)]


def numbers_of(run: RunFolder, name: str, year: int, levels: Frame, words: Words) -> dict[str, object]:
    """What the texts say of the spectra at one place: the highest ordinate at the first return period, and PGA."""
    rows = levels[(levels["return_period_yr"] == run.return_period) & (levels["unit"] == "g")]
    peak = rows.loc[rows["mean"].idxmax()]
    ground = rows[rows["imt"] == "PGA"]
    return {
        "name": name,
        "year": year,
        "period": words.fixed(run.return_period),
        "peak": words.level(float(peak["mean"]), run.threshold_g),
        "low": words.level(float(peak["p10"]), run.threshold_g),
        "high": words.level(float(peak["p90"]), run.threshold_g),
        "at": words("F13.at_pga") if peak["imt"] == "PGA" else words("F13.at", seconds=words.trimmed(peak["period_s"])),
        "pga": words.level(float(ground["mean"].iloc[0]), run.threshold_g) if len(ground) else "–",
        "component": words.or_name("shaken.component", str(rows["component"].iloc[0])),
        "surface": words(f"surface.{rows['surface'].iloc[0]}"),
        "list": "; ".join(
            f"{words.measure(row.imt)} {words.level(row.mean, run.threshold_g)}"
            for row in rows.sort_values("period_s").itertuples()
        ),
    }


def _legend(axes: Axes, words: Words, main: float) -> None:
    """Say above the axes, clear of every line, what the band is and what the dots are."""
    colour = colour_of(main, 0)
    band = Patch(facecolor=style.BLUE_BAND, label=words("F13.band", period=words.fixed(main)))
    dots = Line2D([], [], marker="o", linestyle="none", markersize=4, color=colour, label=words("F13.points"))
    where = {"loc": "lower right", "bbox_to_anchor": (1.0, 1.0), "borderaxespad": 0.0, "ncols": 2}
    axes.legend(handles=[band, dots], fontsize=7.5, frameon=False, labelcolor=colour, **where)


def _names(axes: Axes, words: Words, levels: Frame, top: float, beside: Frame | None) -> None:
    """Write what each line is beside its last point, apart from each other."""
    accelerations = levels[(levels["unit"] == "g") & levels["period_s"].notna()]
    ends = []
    for k, (period, rows) in enumerate(accelerations.groupby("return_period_yr")):
        last = rows.loc[rows["period_s"].idxmax()]
        ends.append((float(last["mean"]), words("F13.years", period=words.fixed(float(period))), colour_of(period, k)))
    if beside is not None:
        shown = beside[beside["period_s"] <= accelerations["period_s"].max()]
        ends.append((float(shown["sa_g"].iloc[-1]), str(beside.attrs["name"]), style.ORANGE))
    right = float(axes.get_xlim()[1])
    names.beside(axes, right, ends, 0.06 * top)


def _table(paper: Sheet, words: Words, levels: Frame, threshold_g: float) -> None:
    """Write level and band at the main ordinates beside the figure: PGA, the peak, and PGV where it is known."""
    left, height = 6.75, 3.5
    for period, rows in levels.groupby("return_period_yr"):
        accelerations = rows[rows["unit"] == "g"]
        paper.text(
            left, height, words("F12.period", period=words.fixed(float(period))), fontsize=8.5, fontweight="bold"
        )
        shown = [("PGA", rows[rows["imt"] == "PGA"]), (words("F13.highest"), accelerations.nlargest(1, "mean"))]
        shown.append(("PGV", rows[rows["imt"] == "PGV"]))
        for name, row in shown:
            if not len(row):
                continue
            value = float(row["mean"].iloc[0])
            text = words.level(value, threshold_g) if name != "PGV" else f"{words.significant(value)} cm/s"
            height -= 0.17
            paper.text(left, height, f"{name} {text}", fontsize=8, color=style.QUIET)
        height -= 0.3
