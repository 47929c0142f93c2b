"""F04: observed and modelled number of earthquakes per year."""

import numpy as np
from matplotlib.ticker import FuncFormatter, MultipleLocator
from scipy.special import gammaincinv

from mijnrisico.messages import Language
from mijnrisico.report import origin
from mijnrisico.report.draw import style
from mijnrisico.report.draw.sheet import Drawing, sheet, styled
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.words import Words

_RECENT_YEARS = 3


@styled
def f04_event_rate(run: RunFolder, lang: Language) -> Drawing:
    """Draw events per year: observed dots, modelled mean, and P10-P90 of the count (parameters and chance)."""
    words = Words(lang)
    data = run.table("event_rate").sort_values("year")
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
        "mean_start": words.count(_at(data, run.first_year, "mean")),
        "low_start": words.count(_at(data, run.first_year, "p10")),
        "high_start": words.count(_at(data, run.first_year, "p90")),
        "mean_end": words.count(_at(data, run.last_year, "mean")),
        "low_end": words.count(_at(data, run.last_year, "p10")),
        "high_end": words.count(_at(data, run.last_year, "p90")),
    }
    title = words(f"F04.title_{numbers['case']}", **numbers)
    subtitle = words("F04.subtitle", **numbers)
    source = origin.source(run, words, "F04", "catalogue")
    paper = sheet(2.95, title, subtitle, source)
    axes = paper.axes(0.42, 0.34, paper.width - 0.67, 2.3)
    axes.axvspan(run.first_year - 0.5, data.year.max() + 0.5, color="#eef4fb", zorder=0)
    axes.fill_between(data.year, data.p10, data.p90, color=style.BLUE_BAND, linewidth=0, label=words("F04.band"))
    axes.plot(data.year, data["mean"], color=style.BLUE, label=words("F04.mean"))
    axes.plot(
        seen.year,
        seen.observed,
        "o",
        markersize=4.6,
        color=style.INK,
        markeredgecolor=style.PAPER,
        markeredgewidth=0.6,
        label=words("F04.observed"),
    )
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
        fontsize=8,
        loc="lower left",
        bbox_to_anchor=(-0.01, 1.0),
        ncols=3,
        handlelength=1.6,
        columnspacing=1.6,
    )
    return Drawing(
        "F04_event_rate",
        paper.figure,
        data,
        title,
        subtitle,
        words("F04.reading", **numbers),
        words("F04.alt", **numbers),
        source,
    )


def outside(data: Frame) -> tuple[list[int], list[int]]:
    """Return the years in which the observed number lies above P90 and those in which it lies below P10."""
    seen = data.dropna(subset=["observed"])
    above, below = seen.year[seen.observed > seen.p90], seen.year[seen.observed < seen.p10]
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
