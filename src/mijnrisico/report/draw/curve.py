"""One hazard curve as a figure of its own: how often which acceleration is exceeded at a point, with its band."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from mijnrisico.core.curve import return_level
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Language, Phrase
from mijnrisico.report.draw import layer, single, style
from mijnrisico.report.draw.exceedance import rate_at, ticks
from mijnrisico.report.draw.picture import Picture
from mijnrisico.report.draw.sheet import Drawing, Sheet, sheet, styled
from mijnrisico.report.run_folder import Frame, RunFolder, regular
from mijnrisico.report.words import Words

STATISTICS = ("mean", "p10", "p50", "p90")
_LEVELS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
_LOWEST_RATE = 1e-5
_SHOWN_FROM_G = 0.005


@dataclass(frozen=True, slots=True)
class Place:
    """A named point in RD New (m)."""

    name: str
    x: float
    y: float
    system: str = "rd"

    def where(self, start: str = "") -> dict[str, float]:
        """Coordinates by the name of their column: x_rd and y_rd, abroad x_m and y_m."""
        return {f"{start}x_{self.system}": self.x, f"{start}y_{self.system}": self.y}


@dataclass(frozen=True, slots=True)
class Of:
    """What a curve is of: measure and its unit, component of the motion, surface."""

    measure: str = "PGA"
    unit: str = "g"
    component: str = "geometric_mean"
    surface: str = "regular"


def curve(run: RunFolder, at: Place, year: int, rates: Frame, lang: Language, *, of: Of | None = None) -> Picture:
    """Draw the annual rate of exceeding each level.

    Args:
        run: the run it comes from.
        at: the point.
        year: year of the curve.
        rates: `pga_g` (the level, whatever the measure), `mean_rate`, `p10_rate`, `p50_rate`, `p90_rate` (1/year),
            levels ascending.
        lang: language of the words.
        of: what it is of; by default the peak acceleration, geometric mean, ordinary ground.

    Raises `InputError` E711 for a point without a value: it has no zone of site response.
    """
    if not np.isfinite(rates["mean_rate"].to_numpy(float)).any():
        what = {"what": Phrase("explore.of.curve"), "got": at.name, "known": _with_curve(run), "run": run.run_id}
        raise InputError(Problem("E711", "--place", what))
    return Picture(_draw(run, at, year, rates.sort_values("pga_g"), lang, of or Of()))


def of_place(run: RunFolder, at: Place, year: int | None, lang: Language) -> Picture | None:
    """Draw the curve that the run wrote for a named place; None where it did not write one."""
    if not run.has_table("hazard_curves"):
        return None
    table = regular(run.table("hazard_curves"), place=at.name)
    if table.empty:
        return None
    year = run.shown_year if year is None and run.shown_year in set(table.year) else year or int(table.year.min())
    layer.check(run, "year", year, sorted({int(value) for value in table.year}))
    return curve(run, at, year, table[table.year == year], lang)


def frame_of(rates: xr.DataArray) -> pd.DataFrame:
    """Return a curve (statistic, level in g) as the table that is drawn and written."""
    columns = {f"{name}_rate": rates.sel(statistic=name).to_numpy() for name in STATISTICS}
    return pd.DataFrame({"pga_g": rates["level"].to_numpy(), **columns})


@styled
def _draw(run: RunFolder, at: Place, year: int, rates: Frame, lang: Language, of: Of) -> Drawing:
    words = Words(lang)
    periods = [float(p) for p in run.setting("hazard", "return_periods", default=(475, 2475))]
    levels = {period: _levels(rates, period) for period in periods}
    threshold = run.threshold_g if of.measure == "PGA" else None
    numbers = _numbers(run, at, year, rates, levels, words, of)
    kind = f"title_{numbers['case']}", "subtitle", "x", "reading", "alt"
    if of != Of():
        kind = (kind[0] if of.measure == "PGA" else "title_measure"), *(f"{name}_measure" for name in kind[1:])
    title, subtitle, x, reading, alt = (words(f"curve.{name}", **numbers) for name in kind)
    source = single.source_of(run, "place", words)
    paper = sheet(4.1, title, subtitle, source)
    _panel(paper, words, rates, levels, threshold, x)
    _beside(paper, words, levels, threshold, of.unit)
    named = {"place": at.name, **at.where(), "year": year, "imt": of.measure}
    named |= {"component": of.component, "surface": of.surface}
    level = rates["pga_g"].to_numpy(float)
    column = "pga_g" if of.measure == "PGA" else "pgv_cms" if of.measure == "PGV" else "sa_g"
    written = [f"{name}_rate" for name in STATISTICS if f"{name}_rate" in rates]
    chance = -np.expm1(-rates["mean_rate"].to_numpy(float))
    data = pd.DataFrame(named | {column: level} | {name: rates[name].to_numpy() for name in written})
    data["mean_annual_probability"] = chance
    name = f"curve_{''.join(c if c.isalnum() else '-' for c in at.name)}_{year}"
    if of.measure != "PGA":
        name += "_" + "".join(c for c in of.measure.lower() if c not in "()")
    return Drawing(name, paper.figure, data, title, subtitle, reading, alt, source)


def _panel(
    paper: Sheet,
    words: Words,
    rates: Frame,
    levels: dict[float, dict[str, float]],
    threshold_g: float | None,
    label: str,
) -> None:
    axes = paper.axes(1.05, 0.52, 4.55, 3.4)
    axes.set_xscale("log")
    axes.set_yscale("log")
    highest = max((v["p90"] for v in levels.values() if np.isfinite(v["p90"])), default=0.5)
    last = max(0.5, 2.0 * highest) if threshold_g is not None else 2.0 * highest
    first = _SHOWN_FROM_G if threshold_g is not None else min(last / 100.0, float(levels[min(levels)]["mean"]) / 8.0)
    first = first if np.isfinite(first) else last / 100.0
    axes.set_xlim(first, last)
    axes.set_ylim(_LOWEST_RATE, 1.0)
    axes.grid(visible=True)
    level = rates["pga_g"].to_numpy(float)
    low, high = (rates[f"{name}_rate"].clip(lower=1e-12).to_numpy(float) for name in ("p10", "p90"))
    axes.fill_between(level, low, high, color=style.BLUE_BAND, linewidth=0, label=words("curve.band"))
    mean = rates["mean_rate"].to_numpy(float)
    axes.plot(level[mean > 0], mean[mean > 0], color=style.BLUE, label=words("curve.mean"))
    for period, found in levels.items():
        axes.axhline(1 / period, color=style.INK, linewidth=0.8, linestyle=(0, (4, 2)))
        axes.annotate(
            words("F12.period", period=words.fixed(period)),
            (last, 1 / period),
            (-3, 3),
            ha="right",
            textcoords="offset points",
            fontsize=8,
            gid="halo",
        )
        if np.isfinite(found["mean"]):
            axes.plot(
                found["mean"], 1 / period, "o", color=style.BLUE, markersize=6, markeredgecolor=style.PAPER, zorder=4
            )
    if threshold_g is not None:
        axes.axvline(threshold_g, color=style.ORANGE, linewidth=1.2)
        axes.annotate(
            f"{words.trimmed(threshold_g, 3)} g",
            (threshold_g, 1.0),
            (4, -10),
            textcoords="offset points",
            fontsize=8.5,
            color=style.ORANGE,
            fontweight="bold",
            gid="halo",
        )
    ticks(axes, words, [value for value in _LEVELS if first <= value <= last])
    axes.set_xlabel(label, fontsize=8.5)
    axes.set_ylabel(words("curve.y"), fontsize=8.5)
    axes.legend(frameon=False, fontsize=8, loc="lower left", bbox_to_anchor=(1.03, 0.0), handlelength=1.4)


def _beside(
    paper: Sheet, words: Words, levels: dict[float, dict[str, float]], threshold_g: float | None, unit: str
) -> None:
    """Write the level at each return period beside the curve."""
    top, step = 3.75, min(0.98, 3.0 / max(1, len(levels)))  # room for the legend below
    for period, found in levels.items():
        paper.text(5.85, top, words("F12.period", period=words.fixed(period)), fontsize=9, fontweight="bold")
        paper.text(5.85, top - 0.3, _written(found["mean"], words, threshold_g, unit), fontsize=15, color=style.BLUE)
        low, high = (_written(found[name], words, threshold_g, unit) for name in ("p10", "p90"))
        paper.text(5.85, top - 0.52, words("curve.between", low=low, high=high), fontsize=8.5, color=style.QUIET)
        top -= step


def _written(value: float, words: Words, threshold_g: float | None, unit: str) -> str:
    """Write a level; beside a threshold with as many digits as show its side."""
    if threshold_g is not None:
        return words.level(value, threshold_g)
    return f"{words.significant(value)} {unit}" if np.isfinite(value) else "–"


def _levels(rates: Frame, period: float) -> dict[str, float]:
    """Level (g) at a return period for the mean and its band; not a number below the lowest level."""
    grid = rates["pga_g"].to_numpy(float)
    found = {
        name: float(return_level(grid, rates[f"{name}_rate"].to_numpy(float), period))
        for name in ("mean", "p10", "p90")
    }
    return {name: value if np.isfinite(value) else float("nan") for name, value in found.items()}


def _numbers(
    run: RunFolder, at: Place, year: int, rates: Frame, levels: dict[float, dict[str, float]], words: Words, of: Of
) -> dict[str, Any]:
    limit = run.threshold_g if of.measure == "PGA" else None
    rate = rate_at(rates, run.threshold_g)
    first = next(iter(levels))
    write = {name: _written(value, words, limit, of.unit) for name, value in levels[first].items()}
    listed = (f"{words.fixed(p)}: {_written(found['mean'], words, limit, of.unit)}" for p, found in levels.items())
    return {
        "case": "often" if rate > _LOWEST_RATE else "seldom",
        "name": at.name,
        "year": year,
        "measure": words.measure(of.measure),
        "unit": of.unit,
        "component": words.or_name("shaken.component", of.component),
        "surface": words(f"surface.{of.surface}"),
        "threshold": words.trimmed(run.threshold_g, 3),
        "years": words.years(1 / rate) if rate > 0 else "∞",
        "seldom": words.fixed(1 / _LOWEST_RATE),
        "period": words.fixed(first),
        "level": write["mean"],
        "low": write["p10"],
        "high": write["p90"],
        "list": "; ".join(listed),
    }


def _with_curve(run: RunFolder) -> tuple[str, ...]:
    if not run.has_table("hazard_curves"):
        return ("–",)
    table = run.table("hazard_curves")
    return tuple(sorted(table.loc[table.mean_rate.notna(), "place"].unique()))
