"""F13: uniform hazard spectra at six places: the level at every period of vibration, with the spread of the tree."""

from mijnrisico.messages import Language
from mijnrisico.report import branches
from mijnrisico.report.draw import single, spectrum, style
from mijnrisico.report.draw.sheet import Drawing, sheet, styled
from mijnrisico.report.figures.f12_hazard_curves import PREFERRED
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.words import Words

_PANELS = 6


def has_spectra(run: RunFolder) -> bool:
    """Say whether the run has the level of more than one acceleration at the return period of the rule."""
    table = run.table("hazard_spectra")
    rows = table[(table.return_period_yr == run.return_period) & (table.unit == "g") & table["mean"].notna()]
    return rows.imt.nunique() > 1


@styled
def f13_spectra(run: RunFolder, lang: Language) -> Drawing:
    """Draw the mean at every return period, and P10-P90 at that of the rule, for six places on the same axes."""
    words = Words(lang)
    table = run.table("hazard_spectra")
    rows = table[(table.return_period_yr == run.return_period) & (table.unit == "g") & table["mean"].notna()]
    highest = rows.groupby("place")["mean"].max().sort_values(ascending=False)
    known = [place for place in PREFERRED if place in highest.index]
    chosen = (known + [place for place in highest.index if place not in known])[:_PANELS]
    chosen.sort(key=lambda place: -highest[place])
    year = int(table.year.iloc[0])
    numbers = {place: spectrum.numbers_of(run, place, year, table[table.place == place], words) for place in chosen}
    said = numbers[chosen[0]] | {
        "first": chosen[0],
        "last": chosen[-1],
        "low": numbers[chosen[-1]]["peak"],
        "list": "; ".join(f"{place} {numbers[place]['peak']}" for place in chosen),
    }
    title, subtitle = words("F13.title_report", **said), words("F13.subtitle_report", **said)
    source = single.source_of(run, "place", words)
    columns, rows_count = 3, -(-len(chosen) // 3)
    paper = sheet(0.62 + 2.08 * rows_count, title, subtitle, branches.noted(run, words, source))
    top = 0.0
    panels = []
    for k, place in enumerate(chosen):
        column, row = k % columns, k // columns
        axes = paper.axes(0.62 + 2.62 * column, 0.6 + 2.08 * (rows_count - 1 - row), 2.3, 1.7)
        top = max(top, spectrum.panel(axes, words, table[table.place == place], run.return_period))
        axes.set_title(place, loc="left", fontsize=9, fontweight="bold", pad=5)
        axes.tick_params(labelsize=7.5, labelbottom=k + columns >= len(chosen), labelleft=column == 0)
        panels.append(axes)
    for axes in panels:
        axes.set_ylim(0.0, 1.06 * top)
    left = 0.62
    for k, period in enumerate(sorted(table.return_period_yr.unique())):
        text = words("F13.years", period=words.fixed(float(period)))
        paper.text(left, 0.1, text, fontsize=8, color=spectrum.colour_of(float(period), k), fontweight="bold")
        left += 0.85
    paper.text(left + 0.1, 0.1, f"{words('F13.y')}; {words('F13.x')}", fontsize=8, color=style.QUIET)
    return Drawing(
        "F13_spectra",
        paper.figure,
        table[table.place.isin(chosen)],
        title,
        subtitle,
        words("F13.reading", **said),
        words("F13.alt_report", **said),
        source,
    )
