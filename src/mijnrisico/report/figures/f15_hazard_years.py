"""F15: how the highest level and the area at or above the threshold change over the years of the forecast."""

import pandas as pd
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from mijnrisico.messages import Language
from mijnrisico.report import branches, hazard_facts
from mijnrisico.report.draw import style
from mijnrisico.report.draw.sheet import Drawing, sheet, styled
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.stamp import stamp
from mijnrisico.report.words import Words


@styled
def f15_hazard_years(run: RunFolder, lang: Language) -> Drawing:
    """Draw two panels against the year: highest level in g, and area in km2; mean with P10 and P90."""
    words = Words(lang)
    data = pd.concat(
        [
            pd.DataFrame(
                [(s.year, statistic, s.level_g, s.area_km2) for s in hazard_facts.course(run, statistic)],
                columns=["year", "statistic", "highest_pga_g", "area_km2"],
            )
            for statistic in ("mean", "p10", "p90")
        ],
        ignore_index=True,
    ).assign(component="geometric_mean", surface="regular")
    other = pd.DataFrame(
        [
            (y, "mean", s.level_g, s.area_km2, "arbitrary", "regular")
            for y in run.years
            if (s := hazard_facts.arbitrary(run, y))
        ],
        columns=list(data.columns),
    )
    numbers = _numbers(run, words, data)
    reading = words(f"F15.reading{'' if len(other) else '_mean_only'}", **numbers)
    reading += words("F15.early") if branches.elastic_only(run) else ""
    title = words(f"F15.title_{numbers['case']}", **numbers)
    subtitle, source = words("F15.subtitle", **numbers), words("F15.source", **stamp(run, words))
    paper = sheet(2.68, title, subtitle, branches.noted(run, words, source))
    for k, (column, decimals) in enumerate((("highest_pga_g", 2), ("area_km2", 0))):
        axes = paper.axes(0.5 + 4.1 * k, 0.34, 3.0, 2.02)
        wide = data.pivot_table(index="year", columns="statistic", values=column)
        axes.fill_between(wide.index, wide.p10, wide.p90, color=style.BLUE_BAND, linewidth=0)
        axes.plot(wide.index, wide["mean"], color=style.BLUE, marker="o", markersize=3.2)
        axes.plot(other.year, other[column], color=style.INK, linewidth=1.1, linestyle=(0, (3, 2)))
        if k == 0 and len(other):
            _name_dashed(axes, words, other, column)
        axes.set_ylim(0, float(wide.p90.max()) * 1.12 + 1e-9)
        axes.set_xlim(int(data.year.min()) - 0.3, int(data.year.max()) + 0.3)
        axes.yaxis.grid(visible=True)
        axes.xaxis.set_major_locator(MultipleLocator(2))
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _, d=decimals: words.fixed(v, d)))
        axes.set_title(words(f"F15.panel_{column}", **numbers), loc="left", fontsize=9, fontweight="bold", pad=6)
        _names_at_the_end(axes, words, wide)
        if column == "highest_pga_g":
            axes.axhline(run.threshold_g, color=style.ORANGE, linewidth=1.1)
            axes.annotate(
                f"{numbers['threshold']} g",
                (wide.index[0], run.threshold_g),
                (2, -9),
                fontsize=7.5,
                textcoords="offset points",
                color=style.ORANGE,
                fontweight="bold",
                gid="halo",
            )
    return Drawing(
        "F15_hazard_years",
        paper.figure,
        pd.concat([data, other], ignore_index=True) if len(other) else data,
        title,
        subtitle,
        reading,
        words("F15.alt", **numbers),
        source,
    )


def _name_dashed(axes, words: Words, other: Frame, column: str) -> None:
    """Write what the dashed line is above its third point, where the band leaves room."""
    at = other.iloc[min(2, len(other) - 1)]
    axes.annotate(
        words("F15.arbitrary"),
        (at.year, at[column]),
        (4, 4),
        textcoords="offset points",
        fontsize=7.5,
        color=style.INK,
        gid="halo",
    )


def _names_at_the_end(axes, words: Words, wide: Frame) -> None:
    """Write the name of each line beside its last point, at least a text height apart."""
    gap = 0.1 * (axes.get_ylim()[1] - axes.get_ylim()[0])
    height = -0.6 * gap  # the lowest name stays clear of the axis
    for statistic in ("p10", "mean", "p90"):
        height = max(float(wide[statistic].iloc[-1]), height + gap)
        axes.annotate(
            words(f"statistic.{statistic}"),
            (wide.index[-1], height),
            (7, 0),
            textcoords="offset points",
            va="center",
            fontsize=7.5,
            color=style.BLUE,
            annotation_clip=False,
            fontweight="bold" if statistic == "mean" else "normal",
        )


def _numbers(run: RunFolder, words: Words, data: Frame) -> dict[str, object]:
    mean = data[data.statistic == "mean"].set_index("year")
    start, end = int(mean.index[0]), int(mean.index[-1])
    below, below_high = hazard_facts.first_below(run), hazard_facts.first_below(run, "p90")
    peak = run.shown_year
    area = float(mean.area_km2.iloc[0]), float(mean.area_km2.iloc[-1])
    highest = float(mean.area_km2.max())
    case = (
        "one"
        if start == end
        else "never"
        if highest == 0
        else "until"
        if below is not None
        else "shrinks"
        if area[1] < highest
        else "stays"
    )
    moment = below if case == "until" and below is not None else peak if case == "never" else end
    other = hazard_facts.arbitrary(run, moment)
    if case in {"until", "never"} and hazard_facts.direction_decides(run, moment):
        case += "_decides"
    said: dict[str, object] = {
        "peak": peak,
        "area_peak": words.fixed(float(mean.area_km2[peak])),
        "level_peak": words.level(float(mean.highest_pga_g[peak]), run.threshold_g),
        "start": start,
        "end": end,
        "threshold": words.fixed(run.threshold_g, 2),
        "period": hazard_facts.return_period(run),
        "area_start": words.fixed(area[0]),
        "area_end": words.fixed(area[1]),
        "level_start": words.level(float(mean.highest_pga_g.iloc[0]), run.threshold_g),
        "level_end": words.level(float(mean.highest_pga_g.iloc[-1]), run.threshold_g),
        "other_area": "–" if other is None else words.fixed(other.area_km2),
        "other_level": "–" if other is None else words.level(other.level_g, run.threshold_g),
        "moment": moment,
        "below": below if below is not None else "–",
        "below_high": below_high if below_high is not None else words("F15.after", end=end),
    }
    via = "" if peak == start else "_via"
    return said | {
        "case": case,
        "areas": words(f"F15.areas{via}", **said),
        "levels": words(f"F15.levels{via}", **said),
        "when": words("F15.when_last" if below == end else "F15.when", **said),
    }
