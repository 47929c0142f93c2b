"""T19 and what stands beside it: buildings above the norm by class, the three risk classes, expected losses."""

from collections.abc import Iterable

import numpy as np

from mijnrisico.core import norm
from mijnrisico.report import building_facts, buildings
from mijnrisico.report.figures.f21_damage import DAMAGE, count
from mijnrisico.report.pages.tables.table import Table
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.stamp import day
from mijnrisico.report.words import Words
from mijnrisico.seismic import building_privacy

_POSTCODES = 10
_COUNTS = ("mean_above_1e-5", "p90_above_1e-5", "mean_above_1e-4")


def building_classes(run: RunFolder, words: Words) -> Table:
    """Buildings of every class, and how many lie above 1e-5 by mean and by P90, and above 1e-4.

    Classes that exist; those without any above stand in one row.
    """
    year = building_facts.year_of(run, "risk_classes" if building_facts.counted(run) else "building_classes")
    table = run.table("building_classes")
    known = table[(table.year == year) & (table.buildings > 0.0)]
    order = known.sort_values([*_COUNTS[:2], "buildings"], ascending=False)
    counts = ["buildings", *_COUNTS]
    some = (order[list(_COUNTS)] > 0.0).any(axis=1)
    rows = [
        (buildings.named(words, str(row["class"])), *(words.people(float(row[c])) for c in counts))
        for _, row in order[some].iterrows()
    ]
    if others := int((~some).sum()):
        rows.append((words("T19.others", count=others), *(words.people(v) for v in order.loc[~some, counts].sum())))
    rows.append((words("T19.all"), *(words.people(float(known[c].sum())) for c in counts)))
    if building_facts.counted(run):
        rows.append((words("T19.own"), *_own(run, words, year)))
    head = tuple(words(f"T19.{c}") for c in ("class", "buildings", "mean", "p90", "ten"))
    return Table(
        words("T19.caption", year=year), head, tuple(rows), words("T19.note"), "../tables/building_classes.csv"
    )


def _own(run: RunFolder, words: Words, year: int) -> tuple[str, ...]:
    """Count every building by its own risk: all, above 1e-5 by mean and by P90, and above 1e-4."""
    norm_, ten = building_facts.above(run, year), building_facts.above(run, year, building_facts.TEMPORARY_NORM)
    table, high = run.table("buildings_above"), float("nan")
    if "p90_above" in table:
        own = building_facts.at_level(table, building_facts.NORM)
        high = float(own.p90_above[(own.year == year) & (own["class"] == building_facts.ALL)].iloc[0])
    return tuple(words.people(v) for v in (building_facts.total(run, year), norm_.buildings, high, ten.buildings))


def risk_classes(run: RunFolder, words: Words) -> Table:
    """Buildings and people of the three risk classes in the told years that the run counted."""
    years = _told(run, run.table("risk_classes").year)
    found = {year: building_facts.in_risk_classes(run, year) for year in years}
    rows = tuple(
        (
            words(f"risk_classes.{name}"),
            words(f"risk_classes.{name}_means"),
            *(
                words(
                    "risk_classes.cell",
                    buildings=words.people(float(found[year].buildings[name])),
                    people=words.people(float(found[year].people[name])),
                )
                for year in years
            ),
        )
        for name in reversed(building_facts.RISK_CLASSES)
    )
    head = (words("risk_classes.class"), words("risk_classes.meaning"), *map(str, years))
    note = words("risk_classes.note", definition=definition(words))
    csv = "../tables/risk_classes.csv"
    return Table(words("risk_classes.caption"), head, rows, note, csv, text_columns=(1,))


def definition(words: Words) -> str:
    """Say by which rule of which day the three classes are defined, and what was not checked about it."""
    rule, later = norm.norm("risicoklassen"), norm.norm("risicoprofiel")
    dated = "" if rule.dated is None else day(rule.dated.isoformat(), words)
    return words(
        "risk_classes.definition", instrument=rule.instrument, article=rule.article, day=dated, later=later.instrument
    )


def losses(run: RunFolder, words: Words) -> Table:
    """Expected deaths and damaged buildings per year in the told years that the run computed, mean with P10-P90."""
    table = run.table("expected_losses")
    in_year = table.groupby("year").quantity.nunique()
    years = _told(run, in_year.index[in_year == in_year.max()])  # a run has some quantities in more years than others
    at = table.set_index(["quantity", "year"])
    names = [name for name in ("deaths", *DAMAGE) if name in set(table.quantity)]
    rows = tuple(
        (words(f"losses.{name}"), *(_band(words, at, name, year) for year in years))
        for name in names
        if all((name, year) in at.index for year in years)
    )
    head = (words("losses.quantity"), *map(str, years))
    note = words("losses.note") + (words("F21.reading_chimney") if "chimney" in names else "")
    note += (words("losses.note_light") if "ds1" in names else "") + _inside(run, words)
    return Table(words("losses.caption"), head, rows, note, "../tables/expected_losses.csv")


def _inside(run: RunFolder, words: Words) -> str:
    """Say who counts in expected deaths, and for how much of the time of the inhabitants where the run knows that."""
    kept = run.table("left_out").set_index("what")["value"] if run.has_table("left_out") else {}
    said = " " + words("losses.note_inside")
    if "time_outside_share" not in kept:
        return said
    return f"{said} {words('losses.note_share', percent=words.fixed(100.0 * (1.0 - kept['time_outside_share'])))}"


def building_postcodes(run: RunFolder, words: Words) -> Table:
    """The postcodes with most buildings above the norm, then the highest mean risk; those with few buildings hidden."""
    table = run.table("buildings_postcodes")
    year = building_facts.year_of(run, "risk_classes" if building_facts.counted(run) else "buildings_postcodes")
    shown, withheld = building_privacy.postcodes(table[table.year == year])
    order = shown.dropna(subset="buildings").sort_values(
        ["mean_above_1e-5", "p90_above_1e-5", "lpr_mean"], ascending=False
    )
    rows = tuple(
        (
            _named(row["pc4"]),
            _named(row["place"]),
            words.people(float(row["buildings"])),
            words.people(float(row["mean_above_1e-5"])),
            words.people(float(row["p90_above_1e-5"])),
            words.per_million(float(row["lpr_mean"])),
        )
        for _, row in order.head(_POSTCODES).iterrows()
    )
    head = tuple(words(f"T19.{c}") for c in ("pc4", "place", "buildings", "mean", "p90", "lpr_mean"))
    note = words("T19.postcodes_note", fewest=building_privacy.FEWEST, withheld=withheld)
    caption = words("T19.postcodes", year=year, count=len(rows))
    return Table(caption, head, rows, note, "../tables/buildings_postcodes.csv", text_columns=(1,))


def _named(value: object) -> str:
    """Write a postcode or place; a dash for buildings without one."""
    return str(value) if isinstance(value, str | int) and str(value) else "–"


def _told(run: RunFolder, years: Iterable[int]) -> tuple[int, ...]:
    """The told years among those of a table; its first and last where it has none of them."""
    there = {int(year) for year in years}
    return tuple(year for year in run.told_years if year in there) or tuple(sorted({min(there), max(there)}))


def _band(words: Words, at: Frame, name: str, year: int) -> str:
    row = at.loc[(name, year)]
    mean = count(words, float(row["mean"]))
    if not np.isfinite(float(row.p90)):
        return mean
    return f"{mean} ({words.band(count(words, float(row.p10)), count(words, float(row.p90)))})"
