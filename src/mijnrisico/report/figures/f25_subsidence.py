"""F25: how far the ground has gone down and will, in cm, at the shown years; how fast, and by which activity."""

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.lines import Line2D

from mijnrisico.messages import Language
from mijnrisico.report import subsidence_facts as facts
from mijnrisico.report.draw import bowl, given, style
from mijnrisico.report.draw.sheet import Drawing, Sheet, sheet, styled
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.stamp import stamp
from mijnrisico.report.words import Words

_WIDE, _SMALL = 3.72, 1.86
_LEFT, _GAP, _SMALL_GAP = 0.42, 0.36, 0.16
_HEAD, _LEGEND, _TITLE = 0.24, 0.66, 0.3
_LINE, _LINES = 0.175, 3  # of the legend: height of a sample, and how many go beside the classes
_MOST_YEARS, _MOST_PARTS = 4, 4
_LEAST_RATE = 0.1  # mm per year, below which a map of rates shows nothing


@styled
def f25_subsidence(run: RunFolder, lang: Language) -> Drawing:
    """Draw contours of the mean at up to four shown years; below them the rate, and each activity on its own."""
    words = Words(lang)
    years, year = _years(run), facts.main_year(run)
    means = {one: facts.total_cm(run, one) for one in years}
    shown = bowl.window(list(means.values()), _least(means))
    edges = bowl.levels(*_ends(list(means.values())))
    parts = _parts(run, years[-1])
    numbers = _numbers(run, words, years)
    title, subtitle = (
        words(f"F25.title_{numbers['case']}", **numbers),
        words(f"F25.subtitle{'' if parts else '_one'}", **numbers),
    )
    source = words("F25.source", **stamp(run, words))
    high, small = _WIDE * bowl.aspect(shown), _SMALL * bowl.aspect(shown)
    rows = -(-len(years) // 2)
    there = given.within(run, shown)
    lines = [(_sample(marker="+"), words("F25.deepest")), *given.samples(words, there)]
    if bowl.fields_in(shown):
        lines.append((_sample(**bowl.FIELD), words("F25.fields")))
    inner = _LEGEND + _TITLE + small + 0.06  # the row of small maps with its legend
    below = inner + _LEGEND + _LINE * max(0, len(lines) - _LINES)
    top = below + rows * (high + _HEAD) + 0.1 * (rows - 1)
    paper = sheet(top, title, subtitle, source)
    for k, one in enumerate(years):
        row, column = divmod(k, 2)
        bottom = top - (row + 1) * (high + _HEAD) - 0.1 * row
        left = _LEFT + column * (_WIDE + _GAP - 0.1)
        axes = paper.axes(left, bottom, _WIDE, high)
        _map(axes, run, words, means[one], shown, edges, there, ticks=row == rows - 1 and column == 0, year=one)
        deep = facts.deepest(run, one)
        paper.text(
            left, bottom + high + 0.06, words("F25.panel", **_panel(words, deep)), fontsize=8.5, fontweight="bold"
        )
    legend = {"wide": 4.3, "lines": lines}
    bowl.legend(paper, _LEFT, below - 0.14, words("F25.legend"), edges, lambda v: words.general(v, 3), **legend)
    _small_maps(paper, run, words, shown, edges, parts, years[-1], year)
    return Drawing(
        "F25_subsidence",
        paper.figure,
        _data(run, years),
        title,
        subtitle,
        words("F25.reading", **numbers) + (words("F25.reading_parts", **numbers) if parts else ""),
        words("F25.alt", **numbers) + (words("F25.alt_parts", **numbers) if parts else ""),
        source,
    )


def _years(run: RunFolder) -> tuple[int, ...]:
    """Return at most four of the shown years: the first, the last, and those between that lie far apart."""
    years = facts.shown_years(run)
    if len(years) <= _MOST_YEARS:
        return years
    kept = {years[round(k * (len(years) - 1) / (_MOST_YEARS - 1))] for k in range(_MOST_YEARS)}
    return tuple(sorted(kept))


def _least(means: dict[int, xr.DataArray]) -> float:
    """Return the movement (cm) that the window must hold: the first contour."""
    edges = bowl.levels(*_ends(list(means.values())))
    return min((abs(edge) for edge in edges), default=np.inf)


def _ends(fields: list[xr.DataArray]) -> tuple[float, float]:
    return max(float(field.max()) for field in fields), min(float(field.min()) for field in fields)


def _map(
    axes,
    run: RunFolder,
    words: Words,
    field: xr.DataArray,
    shown: bowl.Window,
    edges: list[float],
    there: given.Found,
    *,
    ticks: bool,
    year: int,
) -> None:
    bowl.base(axes, words, shown, ticks=ticks)
    deep = facts.deepest(run, year)
    taken = bowl.places(axes, shown, _named(run), free=(deep.x_m, deep.y_m))
    taken.append((deep.x_m, deep.y_m))
    bowl.filled(axes, field, edges, lambda v: words.general(v, 3), taken=taken)
    bowl.overlay(axes, shown)
    given.draw(axes, there)
    bowl.deepest(axes, deep.x_m, deep.y_m)
    bowl.scale_bar(axes, words)


def _small_maps(
    paper: Sheet,
    run: RunFolder,
    words: Words,
    shown: bowl.Window,
    edges: list[float],
    parts: list[tuple[str, float, float]],
    last: int,
    year: int,
) -> None:
    """Draw the rate in the main year and the largest activities in the last, small and side by side."""
    high = _SMALL * bowl.aspect(shown)
    bottom = _LEGEND
    rate = run.grid(facts.GRID).rate_mm_per_year.sel(year=year, drop=True).transpose("y", "x")
    size = float(np.abs(rate).max())
    steps = bowl.levels(float(rate.max()), float(rate.min())) if size >= _LEAST_RATE else []
    axes = paper.axes(_LEFT, bottom, _SMALL, high)
    bowl.base(axes, words, shown, ticks=False)
    bowl.filled(axes, rate, steps, lambda v: words.general(v, 3), size=6.0, width=0.6)
    bowl.overlay(axes, shown, fields=False)
    paper.text(_LEFT, bottom + high + 0.05, words("F25.rate", year=year), fontsize=8, fontweight="bold")
    if steps:
        bowl.legend(
            paper,
            _LEFT,
            bottom - 0.06,
            words("F25.legend_rate"),
            steps,
            lambda v: words.general(v, 3),
            wide=_SMALL + 0.2,
        )
    else:
        paper.text(_LEFT, bottom - 0.18, words("F25.no_rate"), fontsize=7.5)
    for k, (name, highest, _) in enumerate(parts):
        left = _LEFT + (k + 1) * (_SMALL + _SMALL_GAP)
        axes = paper.axes(left, bottom, _SMALL, high)
        bowl.base(axes, words, shown, ticks=False)
        bowl.filled(axes, facts.part_cm(run, name, last), edges, lambda v: words.general(v, 3), size=6.0, width=0.6)
        bowl.overlay(axes, shown, fields=False)
        label = words("F25.part", name=_short(name), highest=facts.cm(words, highest), year=last)
        paper.text(left, bottom + high + 0.05, label, fontsize=8, fontweight="bold")


def _parts(run: RunFolder, year: int) -> list[tuple[str, float, float]]:
    """Return the activities with a map of their own: those with the largest bowls, none where there is one only."""
    found = facts.by_share(run, year)
    return found[: _MOST_PARTS - 1] if len(found) > 1 else []


def _named(run: RunFolder) -> dict[str, tuple[float, float]]:
    if not run.has_table("subsidence_points"):
        return {}
    rows = run.table("subsidence_points").drop_duplicates("point")
    return {str(n): (float(x), float(y)) for n, x, y in zip(rows.point, rows.x_m, rows.y_m, strict=True)}


def _short(name: str, most: int = 17) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _sample(**look: object) -> Line2D:
    plain = {"color": style.INK, "linewidth": 0.9} | (
        {"markersize": 8, "markeredgewidth": 1.3} if "marker" in look else {}
    )
    return Line2D([], [], **(plain | look))  # pyright: ignore[reportArgumentType]


def _panel(words: Words, deep: facts.Deepest) -> dict[str, object]:
    return {
        "year": deep.year,
        "deepest": facts.cm(words, deep.mean_cm),
        "band": facts.band_cm(words, deep.p10_cm, deep.p90_cm),
    }


def _numbers(run: RunFolder, words: Words, years: tuple[int, ...]) -> dict[str, object]:
    first, last = (facts.deepest(run, year) for year in (years[0], years[-1]))
    year = facts.main_year(run)
    rate, x, y = facts.fastest(run, year)
    parts = facts.by_share(run, years[-1])
    listed = [words("F25.listed", **_panel(words, facts.deepest(run, one))) for one in years]
    least = facts.least_cm(run)
    return {
        "activity": parts[0][0],
        "case": "one" if len(years) == 1 else "grows" if last.mean_cm > 1.02 * first.mean_cm else "stays",
        "first": years[0],
        "last": years[-1],
        "place": facts.place(run, words, last.x_m, last.y_m),
        "deepest_first": facts.cm(words, first.mean_cm),
        "band_first": facts.band_cm(words, first.p10_cm, first.p90_cm),
        "deepest_last": facts.cm(words, last.mean_cm),
        "band_last": facts.band_cm(words, last.p10_cm, last.p90_cm),
        "year": year,
        "rate": words.fixed(rate, 1),
        "rate_place": facts.place(run, words, x, y),
        "list": "; ".join(listed),
        "least": words.general(least, 3),
        "area": facts.area(words, facts.area_km2(facts.total_cm(run, years[-1]), least)),
        "parts": "; ".join(words("F25.part_listed", name=n, highest=facts.cm(words, h)) for n, h, _ in parts),
        "start": run.setting("time", "start", default=years[0]),
    }


def _data(run: RunFolder, years: tuple[int, ...]) -> pd.DataFrame:
    """The fields as rows: mean and band of the total, the rate, and each activity."""
    grid = run.grid(facts.GRID).sel(year=list(years))
    total = (100.0 * grid.total_m.sel(statistic=["mean", "p10", "p90"])).to_dataset("statistic")
    frame = total.rename({name: f"{name}_cm" for name in ("mean", "p10", "p90")})
    for name in facts.activities(run):
        frame[f"{name}_cm"] = 100.0 * grid.subsidence_m.sel(activity=name, drop=True)
    frame["rate_mm_per_year"] = grid.rate_mm_per_year
    rows = frame.to_dataframe().reset_index().rename(columns={"x": "x_m", "y": "y_m"})
    first = ["year", "x_m", "y_m", "mean_cm", "p10_cm", "p90_cm", "rate_mm_per_year"]
    return rows[[*first, *(c for c in frame.data_vars if c not in first)]]
