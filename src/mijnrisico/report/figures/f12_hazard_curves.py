"""F12: hazard curves at six places at most: how often which acceleration, with the spread of the logic tree."""

from mijnrisico.messages import Language
from mijnrisico.report import branches
from mijnrisico.report.draw import style
from mijnrisico.report.draw.exceedance import rate_at, ticks
from mijnrisico.report.draw.sheet import Drawing, sheet, styled
from mijnrisico.report.run_folder import Frame, RunFolder, regular
from mijnrisico.report.stamp import stamp
from mijnrisico.report.words import Words

PREFERRED = ("Zeerijp", "Loppersum", "Ten Boer", "Delfzijl", "Groningen", "Hoogezand", "Appingedam", "Winsum", "Bedum")
_PANELS = 6


@styled
def f12_hazard_curves(run: RunFolder, lang: Language) -> Drawing:
    """Draw annual exceedance rate against PGA, mean and P10-P90, with the two return periods and the threshold."""
    words = Words(lang)
    table = regular(run.table("hazard_curves"))
    year = run.shown_year if (table.year == run.shown_year).any() else run.first_year
    table = table[table.year == year]
    known = [p for p in table.place.unique() if table.loc[table.place == p, "mean_rate"].notna().any()]
    chosen = [p for p in PREFERRED if p in known]
    chosen = (chosen + [p for p in known if p not in chosen])[:_PANELS]
    data = table[table.place.isin(chosen)]
    at = {p: rate_at(data[data.place == p], run.threshold_g) for p in chosen}
    chosen.sort(key=lambda p: -at[p])
    numbers = _numbers(run, words, chosen, at) | {"year": year}
    title = words(f"F12.title{_case(chosen, numbers)}", **numbers)
    subtitle = words("F12.subtitle", **numbers)
    source = words("F12.source", **stamp(run, words))
    columns = 3
    rows = -(-max(1, len(chosen)) // columns)
    paper = sheet(0.5 + 2.08 * rows, title, subtitle, branches.noted(run, words, source))
    for k, place in enumerate(chosen):
        column, row = k % columns, k // columns
        axes = paper.axes(0.72 + 2.6 * column, 0.52 + 2.08 * (rows - 1 - row), 2.3, 1.72)
        _panel(axes, words, data[data.place == place].sort_values("pga_g"), run)
        axes.set_title(place, loc="left", fontsize=9, fontweight="bold", pad=5)
        axes.tick_params(labelbottom=row == rows - 1 or k + columns >= len(chosen), labelleft=column == 0)
    paper.text(0.72, 0.08, words("F12.x"), fontsize=8.5, color=style.QUIET)
    return Drawing(
        "F12_hazard_curves",
        paper.figure,
        data,
        title,
        subtitle,
        words("F12.reading", **numbers),
        words("F12.alt", **numbers),
        source,
    )


def _case(chosen: list[str], numbers: dict[str, object]) -> str:
    """Return which title fits: for one place, for places where it is as rare everywhere, or for the two extremes."""
    if len(chosen) == 1:
        return "_one"
    return "_same" if numbers["first_often"] == numbers["last_often"] else ""


def _panel(axes, words: Words, curve: Frame, run: RunFolder) -> None:
    positive = curve[curve.mean_rate > 0]
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(0.005, 0.5)
    axes.set_ylim(1e-5, 0.3)
    axes.grid(visible=True)
    low = positive.p10_rate.clip(lower=1e-12)
    axes.fill_between(positive.pga_g, low, positive.p90_rate.clip(lower=1e-12), color=style.BLUE_BAND, linewidth=0)
    axes.plot(positive.pga_g, positive.mean_rate, color=style.BLUE)
    right = rate_at(curve, 0.045) < 1 / 475  # the words stand on the side that the curve leaves free
    spot, side = (0.49, "right") if right else (0.0055, "left")
    for period in (475, 2475):
        axes.axhline(1 / period, color=style.INK, linewidth=0.8, linestyle=(0, (4, 2)))
        axes.annotate(
            words("F12.period", period=words.fixed(period)),
            (spot, 1 / period),
            (0, 2),
            ha=side,
            textcoords="offset points",
            fontsize=7,
            color=style.INK,
            gid="halo",
        )
    axes.axvline(run.threshold_g, color=style.ORANGE, linewidth=1.1)
    axes.annotate(
        f"{words.fixed(run.threshold_g, 2)} g",
        (run.threshold_g, 0.3),
        (3, -9),
        textcoords="offset points",
        fontsize=7.5,
        color=style.ORANGE,
        fontweight="bold",
        gid="halo",
    )
    ticks(axes, words, [0.01, 0.02, 0.05, 0.1, 0.2, 0.5])


def _numbers(run: RunFolder, words: Words, chosen: list[str], at: dict[str, float]) -> dict[str, object]:
    return {
        "threshold": words.fixed(run.threshold_g, 2),
        "first": chosen[0],
        "last": chosen[-1],
        "first_often": words.how_often(at[chosen[0]]),
        "last_often": words.how_often(at[chosen[-1]]),
        "places": words.places(len(chosen)),
        "list": "; ".join(f"{p} {words.how_often(at[p])}" for p in chosen),
    }
