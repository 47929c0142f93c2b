"""F04: observed and modelled number of earthquakes per year."""

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter, MultipleLocator
from scipy.special import gammaincinv

from mijnrisico.messages import Language
from mijnrisico.report import branches, origin
from mijnrisico.report.draw import names, style
from mijnrisico.report.draw.sheet import Drawing, sheet, styled
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.words import Words

_RECENT_YEARS = 3


@styled
def f04_event_rate(run: RunFolder, lang: Language) -> Drawing:
    """Draw events per year: observed dots, modelled mean, and bands of the count.

    A run with several rate models has bands of 50 and 90 % (parameters, models and chance together), the interval of
    chance at every dot, and a thin line per model; an older one P10-P90 (parameters and chance).
    """
    words = Words(lang)
    data = run.table("event_rate").sort_values("year")
    models = run.table("event_rate_models") if run.has_table("event_rate_models") else None
    wide = "p25" in data.columns
    numbers = _numbers(run, words, data, models)
    title = words(f"F04.title_{numbers['case']}", **numbers)
    subtitle = words("F04.subtitle", **numbers)
    source = origin.source(run, words, "F04", "catalogue")
    paper = sheet(2.95, title, subtitle, source)
    axes = paper.axes(0.42, 0.34, paper.width - (0.67 if models is None else 1.95), 2.3)
    axes.axvspan(run.first_year - 0.5, data.year.max() + 0.5, color="#eef4fb", zorder=0)
    if wide:
        axes.fill_between(
            data.year, data.p05, data.p95, color=style.BLUE_BAND, linewidth=0, label=words("F04.band_most")
        )
        axes.fill_between(
            data.year, data.p25, data.p75, color=style.BLUE_BAND_DEEP, linewidth=0, label=words("F04.band_half")
        )
    else:
        axes.fill_between(data.year, data.p10, data.p90, color=style.BLUE_BAND, linewidth=0, label=words("F04.band"))
    axes.plot(data.year, data["mean"], color=style.BLUE, label=words("F04.mean"))
    if models is not None:
        _by_model(axes, words, models)
    _observed(axes, words, data.dropna(subset=["observed"]), bars=wide)
    axes.set_xlim(data.year.min() - 1, data.year.max() + 0.5)
    axes.set_ylim(0, None)
    axes.yaxis.grid(visible=True)
    axes.xaxis.set_major_locator(MultipleLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: words.fixed(v)))
    axes.text(
        run.first_year - 0.2,
        axes.get_ylim()[1] * 0.97,
        words("F04.forecast"),
        fontsize=8,
        color=style.BLUE,
        fontweight="bold",
        va="top",
    )
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(
        handles,
        labels,
        frameon=False,
        fontsize=8 if not wide else 7.5,
        loc="lower left",
        bbox_to_anchor=(-0.01, 1.0),
        ncols=len(labels),
        handlelength=1.6,
        columnspacing=1.6 if not wide else 1.1,
    )
    kind = "_models" if wide else ""
    return Drawing(
        "F04_event_rate",
        paper.figure,
        data if models is None else pd.concat([data.assign(model="all"), models], ignore_index=True),
        title,
        subtitle,
        words(f"F04.reading{kind}", **numbers),
        words(f"F04.alt{kind}", **numbers),
        source,
    )


def _observed(axes, words: Words, seen: Frame, *, bars: bool) -> None:
    """Draw the observed numbers; with the interval of yearly averages that go with each by chance where asked."""
    look = {"markersize": 4.6, "color": style.INK, "markeredgecolor": style.PAPER, "markeredgewidth": 0.6, "zorder": 3}
    if not bars:
        axes.plot(seen.year, seen.observed, "o", label=words("F04.observed"), **look)
        return
    observed = seen.observed.to_numpy(float)
    low, high = poisson_interval(observed)
    axes.errorbar(
        seen.year,
        observed,
        (observed - low, high - observed),
        fmt="o",
        elinewidth=0.8,
        ecolor=style.QUIET,
        label=words("F04.counted"),
        **look,
    )


def _by_model(axes, words: Words, models: Frame) -> None:
    """Draw the mean of every rate model as a thin line with its name at its end, at least a text height apart."""
    ends = []
    for name, rows in models.groupby("model", sort=False):
        look = style.MODELS.get(str(name), {"color": style.GREY})
        course = rows.sort_values("year")
        axes.plot(course.year, course["mean"], color=look["color"], linewidth=0.9, zorder=2.5)
        ends.append((float(course["mean"].iloc[-1]), branches.called(words, str(name)), look["color"]))
    last = float(models.year.max())
    high = max(float(models["mean"].max()), float(axes.get_ylim()[1]))
    names.beside(axes, last + 0.5, ends, 0.058 * high, away=4.0)


def _numbers(run: RunFolder, words: Words, data: Frame, models: Frame | None) -> dict[str, object]:
    seen = data.dropna(subset=["observed"])
    above, below = outside(data)
    numbers = recent(data, words) | {
        "above": words.years_listed(above),
        "below": words.years_listed(below),
        "start": run.first_year,
        "within": words.fixed(len(seen) - len(above) - len(below)),
        "seen": words.fixed(float(len(seen))),
        "end": run.last_year,
        "magnitude": words.fixed(float(run.setting("source", "magnitude_min", default=1.45)), 2),
        "from": int(data.year.iloc[0]),
        "lines": "" if models is None else words("F04.lines"),
        "models": "",
    }
    for name, year in (("start", run.first_year), ("end", run.last_year)):
        for label, column in (("mean", "mean"), ("low", "p10"), ("high", "p90")):
            numbers[f"{label}_{name}"] = words.count(_at(data, year, column))
    if models is not None:
        last = models[models.year == run.last_year].set_index("model")["mean"]
        said = "; ".join(f"{branches.called(words, str(m))} {words.count(float(v))}" for m, v in last.items())
        numbers["models"] = words("F04.models", end=run.last_year, list=said)
    if "p25" in data.columns:
        above, below = outside(data, "p05", "p95")
        high, low = outside(data, "p25", "p75")
        numbers |= {
            "above_most": words.years_listed(above),
            "below_most": words.years_listed(below),
            "within_most": words.fixed(len(seen) - len(above) - len(below)),
            "within_half": words.fixed(len(seen) - len(high) - len(low)),
        }
    return numbers


def outside(data: Frame, low: str = "p10", high: str = "p90") -> tuple[list[int], list[int]]:
    """Return the years in which the observed number lies above a band (P90), and those in which it lies below (P10)."""
    seen = data.dropna(subset=["observed"])
    above, below = seen.year[seen.observed > seen[high]], seen.year[seen.observed < seen[low]]
    return [int(year) for year in above], [int(year) for year in below]


def recent(data: Frame, words: Words) -> dict[str, object]:
    """Compare the last observed years with the model; `case` is low, high or close (80 % Poisson interval)."""
    seen = data.dropna(subset=["observed"]).tail(_RECENT_YEARS)
    observed, modelled = float(seen.observed.sum()), float(seen["mean"].sum())
    low, high = poisson_interval(np.array([observed]))
    case = "low" if modelled < low[0] else "high" if modelled > high[0] else "close"
    return {
        "case": case,
        "observed": words.fixed(observed),
        "modelled": words.fixed(modelled),
        "recent_from": int(seen.year.min()),
        "recent_to": int(seen.year.max()),
    }


def poisson_interval(count: np.ndarray, low: float = 0.1, high: float = 0.9) -> tuple[np.ndarray, np.ndarray]:
    """Return the exact central interval of a Poisson rate given a count (Garwood 1936); NaN where count is NaN."""
    lower = np.where(count > 0, gammaincinv(np.maximum(count, 1e-300), low), 0.0 * count)
    return lower, gammaincinv(count + 1.0, high)


def _at(data: Frame, year: int, column: str) -> float:
    row = data.loc[data.year == year, column]
    return float(row.iloc[0]) if len(row) else float("nan")
