"""F17: map of local personal risk for one vulnerability class, and the highest value of each class."""

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from mijnrisico.messages import Language
from mijnrisico.report import branches, hazard_facts, norms
from mijnrisico.report.draw import maps, style
from mijnrisico.report.draw.sheet import Drawing, sheet, styled
from mijnrisico.report.figures.f10_hazard_map import BELOW
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.stamp import stamp
from mijnrisico.report.words import Words

NORM_PER_YEAR = norms.limit("veiligheidsnorm")
_NORM_TEMPORARY_PER_YEAR = norms.limit("tijdelijke_veiligheidsnorm")
_SHOWN = 12


@styled
def f17_risk_map(run: RunFolder, lang: Language) -> Drawing:
    """Draw mean LPR of the worst class by class of value, and beside it each class's highest node with its band."""
    words = Words(lang)
    highest = highest_by_class(run)
    klass = str(highest["class"].iloc[0])
    field = run.lpr.sel(vulnerability_class=klass, year=run.shown_year)
    values, x, y = field.values, field.x.values, field.y.values
    numbers = risk_numbers(run, words, highest, values, hazard_facts.cell_km2(field))
    title = words(f"F17.title_{numbers['case']}", **numbers)
    subtitle = words("F17.subtitle", **numbers)
    source = words("F17.source", vulnerability=run.setting("risk", "model", default="–"), **stamp(run, words))
    paper = sheet(5.42, title, subtitle, branches.noted(run, words, source))
    width, bottom = 3.5, 1.25
    axes = paper.axes(0.42, bottom, width, width * maps.ASPECT)
    maps.base(axes, words)
    maps.cells(axes, values, x, y, style.LPR_EDGES, style.LPR_COLOURS)
    maps.blanks(axes, values, x, y, hazard_facts.margin_m(run))
    maps.overlay(axes)
    maps.contour(axes, values, x, y, NORM_PER_YEAR)
    maps.places(axes, tuple(maps.background().places), size=7.5)
    maps.scale_and_north(axes, words)
    paper.text(
        0.42, bottom + width * maps.ASPECT + 0.07, words("F17.panel_map", **numbers), fontsize=9, fontweight="bold"
    )
    labels = maps.class_labels(words, style.LPR_EDGES, lambda v: words.significant(v * 1e6, 1))
    seen = np.unique(np.digitize(values[np.isfinite(values)], style.LPR_EDGES[1:-1]))
    labels = [f"{label}{words('F17.absent')}" if k >= 5 and k not in seen else label for k, label in enumerate(labels)]
    lines = [(Line2D([], [], color=style.INK, linewidth=0.9, linestyle=(0, (4, 2.5))), words("map.field"))]
    if np.nanmin(values) < NORM_PER_YEAR <= np.nanmax(values):
        lines.insert(0, (Line2D([], [], color="#000000", linewidth=1.3), words("F17.contour")))
    maps.legend(
        paper,
        0.1,
        1.0,
        words("F17.legend").replace("\n", " "),
        list(zip(style.LPR_COLOURS, labels, strict=True)),
        lines=lines,
        blank=words("map.blank"),
        fontsize=7.5,
        step=0.17,
        columns=BELOW,
    )
    _classes(paper, words, highest)
    xx, yy = np.meshgrid(x, y)
    known = np.isfinite(values)
    data = pd.concat(
        [
            pd.DataFrame(
                {
                    "part": "map",
                    "class": klass,
                    "year": run.shown_year,
                    "x_rd": xx[known],
                    "y_rd": yy[known],
                    "lpr_mean": values[known],
                }
            ),
            highest.assign(part="highest node of each class"),
        ]
    )
    return Drawing(
        "F17_risk_map",
        paper.figure,
        data,
        title,
        subtitle,
        words("F17.reading", **numbers),
        words("F17.alt", **numbers),
        source,
    )


def highest_by_class(run: RunFolder, year: int | None = None) -> Frame:
    """Return the highest node of each class in a year (default the shown one), most dangerous class first."""
    table = run.table("lpr_classes")
    table = table[(table.year == (run.shown_year if year is None else year)) & table.lpr_mean.notna()]
    order = table.sort_values("lpr_mean", ascending=False)
    return order.drop_duplicates("class").reset_index(drop=True)


def risk_numbers(run: RunFolder, words: Words, highest: Frame, values: np.ndarray, cell_km2: float) -> dict:
    """Return what the text says about risk: the worst class, its highest value with band, classes above the norm."""
    top = highest.iloc[0]
    mean_above, high_above = norms.exceeding(highest.lpr_mean), norms.exceeding(highest.p90)
    case = "above" if mean_above else "band" if high_above else "below"
    return {
        "case": case,
        "year": run.shown_year,
        "class": str(top["class"]),
        "class_name": words.or_name("class", str(top["class"])),
        "place": str(top.place) if isinstance(top.get("place"), str) else maps.nearest_place(top.x_rd, top.y_rd),
        "value": words.per_million(float(top.lpr_mean)),
        "low": words.per_million(float(top.p10)),
        "high": words.per_million(float(top.p90)),
        "above": words.fixed(mean_above),
        "above_high": words.fixed(high_above),
        "classes": words.fixed(len(highest)),
        "area": words.fixed(norms.exceeding(values.ravel()) * cell_km2),
    }


def _classes(paper, words: Words, highest: Frame) -> None:
    rows = highest.head(_SHOWN).iloc[::-1].reset_index(drop=True)
    axes = paper.axes(5.5, 0.52, 2.75, 4.52)
    axes.set_xscale("log")
    positive = rows.p10.clip(lower=1e-12)
    for k, row in rows.iterrows():
        axes.plot([positive[k], row.p90], [k, k], color=style.BLUE_BAND_DEEP, linewidth=5, solid_capstyle="butt")
    axes.plot(rows.lpr_mean, rows.index, "o", color=style.BLUE, markersize=5, markeredgecolor=style.PAPER)
    axes.set_yticks(range(len(rows)), rows["class"])
    axes.tick_params(axis="y", length=0, labelsize=7.5)
    low = max(1e-10, float(positive.min()) / 2)
    axes.set_xlim(10 ** np.floor(np.log10(low)), 3e-4 if rows.p90.max() < 2e-4 else 3 * float(rows.p90.max()))
    axes.set_ylim(-0.7, len(rows) - 0.3)
    axes.xaxis.set_major_locator(FixedLocator([10.0**e for e in range(-10, -2)]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: words.significant(v * 1e6, 1)))
    axes.tick_params(axis="x", labelsize=7.5)
    axes.xaxis.grid(visible=True)
    axes.spines["left"].set_visible(False)
    for norm, colour in ((NORM_PER_YEAR, style.ORANGE), (_NORM_TEMPORARY_PER_YEAR, style.QUIET)):
        axes.axvline(norm, color=colour, linewidth=1.2, linestyle="-" if norm == NORM_PER_YEAR else (0, (3, 2)))
    axes.annotate(
        words("F17.norm"),
        (NORM_PER_YEAR, len(rows) - 0.35),
        (-3, 2),
        textcoords="offset points",
        fontsize=7.5,
        color=style.ORANGE,
        fontweight="bold",
        ha="right",
        annotation_clip=False,
    )
    axes.set_xlabel(words("F17.x"), fontsize=8)
    paper.text(4.85, 5.23, words("F17.panel_classes"), fontsize=9, fontweight="bold")
