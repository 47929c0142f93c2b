"""F01: how much gas was produced, and how much the scenario produces."""

from matplotlib.ticker import FuncFormatter, MultipleLocator

from mijnrisico.messages import Language
from mijnrisico.report.draw import style
from mijnrisico.report.draw.sheet import Drawing, sheet, styled
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.stamp import stamp
from mijnrisico.report.words import Words

_CLOSURE_YEAR = 2023  # production stopped on 1 October 2023


@styled
def f01_production(run: RunFolder, lang: Language) -> Drawing:
    """Draw the produced volume per calendar year in bcm: history grey, scenario blue."""
    words = Words(lang)
    data = run.table("production")[["year", "volume_bcm", "kind"]].sort_values(["year", "kind"])
    history, scenario = data[data.kind == "history"], data[data.kind == "scenario"]
    peak = history.loc[history.volume_bcm.idxmax()]
    planned = float(scenario.volume_bcm.sum())
    numbers = {
        "total": words.fixed(history.volume_bcm.sum()),
        "peak": words.fixed(peak.volume_bcm, 1),
        "peak_year": int(peak.year),
        "last": words.fixed(history.volume_bcm.iloc[-1], 1),
        "last_year": int(history.year.iloc[-1]),
        "planned": words.fixed(planned, 1),
        "start": run.first_year,
        "end": run.last_year,
    }
    closed = "closed" if numbers["last_year"] == _CLOSURE_YEAR else "nothing"
    title = words(f"F01.title_{closed if planned == 0.0 else 'open'}", **numbers)
    subtitle, source = words("F01.subtitle"), words("F01.source", **stamp(run, words))
    paper = sheet(2.55, title, subtitle, source)
    axes = paper.axes(0.5, 0.34, paper.width - 0.75, 2.05)
    axes.bar(history.year, history.volume_bcm, width=0.82, color=style.GREY)
    axes.bar(scenario.year, scenario.volume_bcm, width=0.82, color=style.BLUE)
    axes.set_xlim(data.year.min() - 1, data.year.max() + 1)
    axes.set_ylim(0, max(1.0, data.volume_bcm.max()) * 1.13)
    axes.yaxis.grid(visible=True)
    axes.xaxis.set_major_locator(MultipleLocator(10))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: words.fixed(v)))
    axes.annotate(
        f"{numbers['peak_year']}: {numbers['peak']}",
        (peak.year, peak.volume_bcm),
        (0, 3),
        textcoords="offset points",
        ha="center",
        fontsize=8,
    )
    top = axes.get_ylim()[1]
    axes.axvspan(run.first_year - 0.5, run.last_year + 0.5, color="#eef4fb", zorder=0)
    axes.text(
        (run.first_year + run.last_year) / 2,
        top * 0.93,
        words("F01.scenario"),
        ha="center",
        fontsize=8,
        color=style.BLUE,
        fontweight="bold",
    )
    axes.text(
        (run.first_year + run.last_year) / 2,
        top * 0.85,
        words("F01.nothing") if planned == 0 else f"{numbers['planned']} {words('unit.bcm')}",
        ha="center",
        fontsize=8,
        color=style.BLUE,
    )
    return Drawing(
        "F01_production", paper.figure, data, title, subtitle, words("F01.reading"), words("F01.alt", **numbers), source
    )
