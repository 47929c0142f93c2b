"""F07: where the earthquakes are expected: events per km2 and year in four years, on one scale."""

import numpy as np
import pandas as pd

from mijnrisico.messages import Language
from mijnrisico.report import branches
from mijnrisico.report.draw import density as densities
from mijnrisico.report.draw import maps
from mijnrisico.report.draw.sheet import Drawing, sheet, styled
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.stamp import stamp
from mijnrisico.report.words import Words

_EXTENT = (229_000.0, 271_500.0, 565_000.0, 615_500.0)


@styled
def f07_event_density(run: RunFolder, lang: Language) -> Drawing:
    """Draw the expected number per km2 and year by class, in up to four years of the forecast."""
    words = Words(lang)
    density = run.grid("rate").events_per_km2.transpose("year", "y", "x")
    years = densities.years(density)
    chosen = density.sel(year=years)
    edges, colours = densities.edges(densities.top(density)), densities.colours()
    numbers = _numbers(run, words, chosen, years)
    title, subtitle = words(f"F07.title_{numbers['case']}", **numbers), words("F07.subtitle", **numbers)
    source = words("F07.source", **stamp(run, words))
    paper = sheet(2.62, title, subtitle, branches.noted(run, words, source))
    x, y = chosen.x.values, chosen.y.values
    xx, yy = np.meshgrid(x, y)
    frames = []
    for k, year in enumerate(years):
        values = chosen.sel(year=year).values
        left = 0.14 + 1.71 * k
        axes = paper.axes(left, 0.12, 1.62, 1.93)
        maps.base(axes, words, ticks=False, extent=_EXTENT)
        axes.tick_params(length=0)
        maps.cells(axes, values, x, y, edges, colours)
        maps.overlay(axes)
        maps.places(axes, ("Loppersum", "Hoogezand"), size=6.5)
        if k == 0:
            maps.scale_and_north(axes, words, 5)
        paper.text(left, 2.13, f"{year}: {words('F07.total', total=numbers['totals'][year])}", fontsize=8.5)
        known = np.isfinite(values)
        frames.append(
            pd.DataFrame({"year": year, "x_rd": xx[known], "y_rd": yy[known], "events_per_km2_per_year": values[known]})
        )
    labels = maps.class_labels(words, edges, lambda v: words.trimmed(v, 6))
    maps.legend(
        paper,
        0.18 + 1.71 * len(years),
        2.06,
        words("F07.legend"),
        list(zip(colours, labels, strict=True))[::-1],
        fontsize=7,
    )
    return Drawing(
        "F07_event_density",
        paper.figure,
        pd.concat(frames, ignore_index=True),
        title,
        subtitle,
        words("F07.reading", **numbers),
        words("F07.alt_one" if numbers["case"] == "one" else "F07.alt", **numbers),
        source,
    )


def _numbers(run: RunFolder, words: Words, density, years: list[int]) -> dict:
    expected = run.table("event_rate").set_index("year")["mean"]
    totals = {year: words.count(float(expected[year])) for year in years}
    tops = {}
    for year in (years[0], years[-1]):
        values = density.sel(year=year).values
        j, i = np.unravel_index(int(np.nanargmax(values)), values.shape)
        place = maps.nearest_place(float(density.x[i]), float(density.y[j]))
        tops[year] = (words.significant(float(values[j, i])), place, words.years(1 / max(float(values[j, i]), 1e-12)))
    first, last = tops[years[0]], tops[years[-1]]
    return {
        "case": "one" if len(years) == 1 else "same" if first[1] == last[1] else "moves",
        "magnitude": words.fixed(float(run.setting("source", "magnitude_min", default=1.45)), 2),
        "start": years[0],
        "end": years[-1],
        "highest": first[0],
        "place": first[1],
        "area": first[2],
        "highest_end": last[0],
        "place_end": last[1],
        "totals": totals,
        "years": words.years_together(years) if len(years) > 1 else str(years[0]),
        "list": "; ".join(f"{year}: {total}" for year, total in totals.items()),
    }
