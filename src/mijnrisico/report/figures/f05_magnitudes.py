"""F05: how often which magnitude, and what the largest possible earthquake does to the answer."""

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.ticker import FuncFormatter, LogLocator, MultipleLocator, NullFormatter, NullLocator

from mijnrisico.messages import Language
from mijnrisico.report import origin
from mijnrisico.report.draw import style
from mijnrisico.report.draw.sheet import Drawing, sheet, styled
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.words import Words
from mijnrisico.units import DAYS_PER_YEAR

_LOOK_AT = (3.6, 4.5)
_CLEARLY_MORE = 1.2
_HALF_BIN = 0.05  # magnitudes are rounded to tenths: 3.6 or more begins at 3.55


@styled
def f05_magnitudes(run: RunFolder, lang: Language) -> Drawing:
    """Draw the annual number of events of at least a magnitude: observed dots, one line per Mmax branch."""
    words = Words(lang)
    data = run.table("magnitude_frequency")
    column = "mmax" if "mmax" in data.columns else "branch"
    model = data[data.kind == "model"].copy()
    model[column] = model[column].astype(float)
    seen = data[data.kind == "observed"]
    branches = [(float(m), rows.sort_values("magnitude")) for m, rows in model.groupby(column)]
    numbers = _numbers(run, words, branches)
    reading = words("F05.reading", **numbers)
    reading += _dots(run, words, seen, branches)
    title = words("F05.title", **numbers)
    subtitle, source = words("F05.subtitle", **numbers), origin.source(run, words, "F05", "catalogue")
    paper = sheet(3.5, title, subtitle, source)
    axes = paper.axes(0.72, 0.48, 7.4, 2.9)
    colours = colormaps["viridis"](np.linspace(0.0, 0.82, max(2, len(branches))))
    for colour, (mmax, rows) in zip(colours, branches, strict=False):
        axes.plot(
            rows.magnitude,
            rows.annual_rate.where(rows.annual_rate > 0),
            color=colour,
            linewidth=1.7,
            label=words("F05.branch", mmax=words.fixed(mmax, 1), weight=numbers["weights"].get(mmax, "")),
        )
    until = str(run.setting("source", "until", default=f"{run.first_year}-01-01"))
    last = int(until[:4]) - until.endswith("01-01")
    span = {"since": str(run.setting("source", "from", default="1995"))[:4], "last": last}
    if len(seen):
        axes.plot(
            seen.magnitude,
            seen.annual_rate.where(seen.annual_rate > 0),
            "o",
            markersize=4,
            color=style.INK,
            markeredgecolor=style.PAPER,
            markeredgewidth=0.5,
            label=words("F05.observed", **span),
            zorder=3,
        )
    axes.set_yscale("log")
    axes.set_ylim(1e-5, 60)
    axes.set_xlim(1.4, 6.6)
    axes.yaxis.set_major_locator(LogLocator(numticks=12))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: words.once(v)))
    axes.xaxis.set_major_locator(MultipleLocator(1.0))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: words.fixed(v, 1)))
    axes.grid(visible=True)
    axes.set_xlabel(words("F05.x"))
    axes.legend(
        frameon=True,
        facecolor=style.PAPER,
        edgecolor="none",
        framealpha=0.9,
        fontsize=7.5,
        labelspacing=0.3,
        loc="lower left",
        title=words("F05.legend"),
        title_fontproperties={"weight": "bold", "size": 7.5},
        alignment="left",
    )
    return Drawing(
        "F05_magnitude_frequency",
        paper.figure,
        data,
        title,
        subtitle,
        reading,
        words("F05.alt", **numbers),
        source,
    )


def crossing(seen: Frame, branches: list[tuple[float, Frame]]) -> float | None:
    """Return the magnitude from which no observed dot lies above the highest line; None where the last one does."""
    dots = seen.sort_values("magnitude")
    highest = np.max([[_rate(rows, m) for m in dots.magnitude] for _, rows in branches], axis=0)
    above = np.flatnonzero(dots.annual_rate.to_numpy(float) > highest)
    if above.size == 0:
        return float(dots.magnitude.iloc[0])
    return None if above[-1] == len(dots) - 1 else float(dots.magnitude.iloc[above[-1] + 1])


def _dots(run: RunFolder, words: Words, seen: Frame, branches: list[tuple[float, Frame]]) -> str:
    """Say where the dots lie above the lines, and from which magnitude they do not; nothing where they hardly do."""
    top = max((float(rows.annual_rate.max()) for _, rows in branches), default=0.0)
    if seen.empty or not seen.annual_rate.max() > _CLEARLY_MORE * top:
        return ""
    cross = crossing(seen, branches)
    if cross is None:
        return words("F05.higher", year=run.first_year)
    rates = seen.set_index("magnitude").annual_rate
    share = rates[cross] / rates.max()
    lines = [_rate(rows, cross) / float(rows.annual_rate.max()) for _, rows in branches]
    said = words(
        "F05.crosses",
        year=run.first_year,
        cross=words.fixed(cross, 2),
        count=words.fixed(rates[cross] * _observed_years(run)),
    )
    return said + (words("F05.proportion") if share < min(lines) else "")


def _observed_years(run: RunFolder) -> float:
    since = pd.Timestamp(str(run.setting("source", "from", default="1995-01-01")))
    until = pd.Timestamp(str(run.setting("source", "until", default=f"{run.first_year}-01-01")))
    return (until - since).days / DAYS_PER_YEAR


def _numbers(run: RunFolder, words: Words, branches) -> dict:
    values = run.setting("source", "mmax", "values", default=[])
    weights = dict(
        zip(map(float, values), map(float, run.setting("source", "mmax", "weights", default=[])), strict=False)
    )
    rate = {m: np.array([_rate(rows, m - _HALF_BIN) for _, rows in branches]) for m in _LOOK_AT}
    weight = np.array([weights.get(mmax, np.nan) for mmax, _ in branches])
    if not np.isfinite(weight).all():
        weight = np.full(len(branches), 1.0 / max(1, len(branches)))
    weight = weight / weight.sum()
    huge, top = rate[_LOOK_AT[0]], rate[_LOOK_AT[1]]
    zero = float(weight[top <= 0].sum())
    return {
        "branches": len(branches),
        "m_first": words.fixed(_LOOK_AT[0], 1),
        "edge_first": words.fixed(_LOOK_AT[0] - _HALF_BIN, 2),
        "m_second": words.fixed(_LOOK_AT[1], 1),
        "mean_first": words.significant(float(weight @ huge)),
        "once_first": words.years(1 / float(weight @ huge)) if weight @ huge > 0 else "∞",
        "low_first": words.significant(float(huge.min())),
        "high_first": words.significant(float(huge.max())),
        "mean_second": words.significant(float(weight @ top)),
        "once_second": words.years(1 / float(weight @ top)) if weight @ top > 0 else "∞",
        "high_second": words.significant(float(top.max())),
        "impossible": words.fixed(100 * zero),
        "year": run.first_year,
        "mmax_low": words.fixed(branches[0][0], 1),
        "mmax_high": words.fixed(branches[-1][0], 1),
        "weights": {m: words.trimmed(100 * w) for m, w in weights.items()},
    }


def _rate(rows, magnitude: float) -> float:
    """Return the rate of at least a magnitude, log-linear between the tabulated ones; 0 above the last."""
    m, rate = rows.magnitude.to_numpy(float), rows.annual_rate.to_numpy(float)
    m, rate = m[rate > 0], rate[rate > 0]
    if m.size == 0 or magnitude > m[-1] + 1e-9:
        return 0.0
    return float(np.exp(np.interp(magnitude, m, np.log(rate))))
