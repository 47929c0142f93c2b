"""F30: how fast the risk without sampling settles, beside sampling: the error against the number of points."""

import numpy as np
from matplotlib.ticker import FuncFormatter

from mijnrisico.messages import Language
from mijnrisico.report.draw import style
from mijnrisico.report.draw.sheet import Drawing, sheet, styled
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.stamp import stamp
from mijnrisico.report.words import Words

_WAYS = {"nodes": "#31618c", "sobol": "#d9762f", "random": style.GREY}
_LEAST = 1e-6
"""Errors below this are drawn here: the reference is no better."""


@styled
def f30_convergence(run: RunFolder, lang: Language) -> Drawing:
    """Draw the relative error of each way (`seismic.average_sa_convergence`) against n, both axes logarithmic."""
    words = Words(lang)
    table = run.table("convergence")
    table = table.assign(error=np.maximum(np.abs(table.value / table.reference - 1.0), _LEAST))
    ours = table[table.what == "nodes"]
    in_use = ours.iloc[(ours.n - 10).abs().argmin()]
    most = table[table.what == "sobol"].sort_values("n").iloc[-1] if (table.what == "sobol").any() else in_use
    numbers = {
        "n": words.count(float(in_use.n)),
        "error": words.significant(100.0 * float(in_use.error), 1),
        "points": words.count(float(most.n)),
        "sampled": words.significant(100.0 * float(most.error), 1),
    }
    title = words("F30.title", **numbers)
    subtitle, source = words("F30.subtitle", **numbers), words("F30.source", **stamp(run, words))
    paper = sheet(3.0, title, subtitle, source)
    axes = paper.axes(0.75, 0.45, 5.6, 2.4)
    for what, colour in _WAYS.items():
        line = table[table.what == what].sort_values("n")
        if len(line):
            axes.plot(line.n, line.error, "o-", color=colour, markersize=3.5, linewidth=1.4)
            last = line.iloc[-1]
            axes.annotate(words(f"F30.way_{what}"), (float(last.n), float(last.error)), (6, 0), color=colour,
                          textcoords="offset points", va="center", fontsize=8, annotation_clip=False)  # fmt: skip
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.yaxis.grid(visible=True)
    axes.set_xlabel(words("F30.x"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{words.general(100.0 * value)}\N{NO-BREAK SPACE}%"))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: words.count(value)))
    reading, alt = words("F30.reading", **numbers), words("F30.alt", **numbers)
    data = table[["what", "n", "value", "reference", "error"]]
    return Drawing("F30_convergence", paper.figure, data, title, subtitle, reading, alt, source)
