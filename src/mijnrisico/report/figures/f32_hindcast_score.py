"""F32: what each model foretold beyond a stationary reference, summed over the years, and its weight by that."""

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from mijnrisico.messages import Language
from mijnrisico.report import branches, hindcast_facts, origin
from mijnrisico.report.draw import names, style
from mijnrisico.report.draw.sheet import Drawing, sheet, styled
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.words import Words

_HIGH = 2.5
_GAP = 0.062  # of the height of a panel: least distance between two names


@styled
def f32_hindcast_score(run: RunFolder, lang: Language) -> Drawing:
    """Draw the cumulative gain per rate model (best magnitude model) and ensemble, and the weights by past score."""
    words = Words(lang)
    table = hindcast_facts.years(run)
    summary = hindcast_facts.summary(run)
    lines = _lines(table, summary)
    weights = hindcast_facts.past_weights(table)
    numbers = _numbers(words, summary, lines, weights)
    title = words(f"F32.title_{numbers['case']}", **numbers)
    subtitle, source = words("F32.subtitle", **numbers), origin.source(run, words, "F32", "catalogue")
    paper = sheet(3.2, title, subtitle, source)
    _gains(paper.axes(0.5, 0.34, 2.75, _HIGH), words, lines)
    _weights(paper.axes(5.05, 0.34, 1.95, _HIGH), words, weights)
    data = table.assign(
        gain=(
            table.score - table.year.map(hindcast_facts.one(table, *hindcast_facts.REFERENCE).set_index("year").score)
        )
    )
    columns = ["year", "model", "magnitude_model", "observed", "score", "gain", "official_weight", "past_score_weight"]
    return Drawing(
        "F32_hindcast_score",
        paper.figure,
        data[columns],
        title,
        subtitle,
        words("F32.reading", **numbers),
        words("F32.alt", **numbers),
        source,
    )


def _lines(table: Frame, summary: Frame) -> list[tuple[str, str, Frame]]:
    """Return model, magnitude model and cumulative gain: the ensembles, and each rate model at its best."""
    each = hindcast_facts.best_of_each(summary)
    drawn = [(name, "") for name in branches.ENSEMBLES if (table.model == name).any()]
    drawn += list(zip(each.model, each.magnitude_model, strict=True))
    return [(m, b, hindcast_facts.cumulative_gain(table, m, b)) for m, b in drawn]


def _gains(axes, words: Words, lines: list[tuple[str, str, Frame]]) -> None:
    axes.axhline(0.0, color=style.QUIET, linewidth=0.9)
    ends = []
    for model, _, course in lines:
        look = style.MODELS.get(model, {"color": style.GREY})
        year = np.concatenate([[course.year.iloc[0] - 1], course.year])
        axes.plot(year, np.concatenate([[0.0], course.gain]), **look)
        ends.append((float(course.gain.iloc[-1]), branches.short(words, model), look["color"]))
    low, high = axes.get_ylim()
    last = float(lines[0][2].year.iloc[-1])
    names.beside(axes, last, ends, _GAP * (high - low))
    _axes(axes, words, last, float(lines[0][2].year.iloc[0]) - 1)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: words.fixed(v)))
    axes.set_title(words("F32.panel_gain"), loc="left", fontsize=9, fontweight="bold", pad=6)


def _weights(axes, words: Words, weights: Frame) -> None:
    """Stack the weights of the rate models by year, with names where a model has some weight at the end."""
    year = weights.index.to_numpy(float)
    share = weights.fillna(0.0).to_numpy()
    top = np.cumsum(share, axis=1)
    ends = []
    for k, name in enumerate(weights.columns):
        look = style.MODELS.get(str(name), {"color": style.GREY})
        low = top[:, k] - share[:, k]
        axes.bar(year, share[:, k], 0.9, low, color=look["color"], linewidth=0, alpha=0.75)
        if share[-1, k] > 0.005:
            colour = look["color"]
            ends.append((float((low[-1] + top[-1, k]) / 2), branches.called(words, str(name)), colour))
    names.beside(axes, year[-1] + 0.5, ends, _GAP, away=4.0)
    axes.set_ylim(0.0, 1.0)
    _axes(axes, words, year[-1] + 0.5, year[0] - 0.5)
    axes.yaxis.set_major_locator(MultipleLocator(0.25))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{words.fixed(100 * v)}\N{NO-BREAK SPACE}%"))
    axes.set_title(words("F32.panel_weight"), loc="left", fontsize=9, fontweight="bold", pad=6)


def _axes(axes, words: Words, last: float, first: float) -> None:
    del words  # years are written the same in every language
    axes.set_xlim(first, last)
    axes.yaxis.grid(visible=True)
    axes.xaxis.set_major_locator(MultipleLocator(10 if last - first > 12 else 2))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:.0f}"))


def _numbers(words: Words, summary: Frame, lines: list, weights: Frame) -> dict[str, object]:
    top = hindcast_facts.best(summary)
    gain = hindcast_facts.gain(top)
    now = weights.iloc[-1]
    said = "; ".join(
        words(
            "F32.said",
            name=branches.called(words, model, magnitude),
            gain=words.fixed(float(course.gain.iloc[-1]), 1),
        )
        for model, magnitude, course in lines
    )
    return {
        "case": gain.case,
        "name": branches.called(words, str(top.model), top.magnitude_model),
        "gain": words.fixed(gain.mean, 1),
        "low": words.fixed(gain.low, 1),
        "high": words.fixed(gain.high, 1),
        "reference": branches.called(words, *hindcast_facts.REFERENCE),
        "start": int(weights.index.min()),
        "end": int(weights.index.max()),
        "leader": branches.called(words, str(now.idxmax())),
        "weight": words.fixed(100 * float(now.max())),
        "list": said,
    }
