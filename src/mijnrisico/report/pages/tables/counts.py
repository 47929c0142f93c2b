"""The number of buildings above the norm: in each municipality, and what it hangs on."""

from mijnrisico.report import building_facts
from mijnrisico.report.figures.f22_tornado import option_name
from mijnrisico.report.pages.tables.table import Table, with_band
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.words import Words
from mijnrisico.seismic import building_privacy

_SAID = ("median", "site_epsilon")
"""Choices about which the reader of a range must know something."""


def building_municipalities(run: RunFolder, words: Words) -> Table:
    """Every municipality with its buildings, how many are above the norm and with which band; the rest in one row."""
    year = building_facts.year_of(run, "risk_classes" if building_facts.counted(run) else "buildings_municipalities")
    above, others = building_facts.municipalities(run, year)
    rows: list[tuple[str, ...]] = [
        (
            municipality(words, row["municipality"]),
            *(words.people(float(row[c])) for c in ("buildings", "people", "mean_above_1e-5", "p90_above_1e-5")),
            with_band(words, *(words.people(float(row[f"buildings_{s}"])) for s in ("mean", "p10", "p90"))),
            words.people(float(row["buildings_p50"])),
            words.people(float(row["buildings_mean_1e-4"])),
        )
        for _, row in above.iterrows()
    ]
    if len(others):
        total = (words.people(float(others[c].sum())) for c in ("buildings", "people"))
        rows.append((words(f"counts.{'others' if rows else 'every'}", count=len(others)), *total, *["0"] * 5))
    columns = ("counts.municipality", "T19.buildings", "counts.people", "T19.mean", "T19.p90", "counts.count")
    head = tuple(words(name) for name in (*columns, "counts.half", "counts.ten"))
    table = run.table("buildings_municipalities")
    withheld = building_privacy.municipalities(table[table.year == year])[1]
    note = [words("counts.note")]
    note += [] if building_facts.file_of(run) else [words("counts.parts")]
    note += [words("counts.without_band", count=int(n))] if (n := above.buildings_mean.isna().sum()) else []
    note += [words("counts.withheld", withheld=withheld, fewest=building_privacy.FEWEST)] if withheld else []
    caption = words("counts.municipalities", year=year)
    return Table(caption, head, tuple(rows), " ".join(note), "../tables/buildings_municipalities.csv")


def municipality(words: Words, name: str) -> str:
    """Write the name of a municipality; in words where it is not known."""
    return name or words("counts.unknown")


def building_drivers(run: RunFolder, words: Words) -> Table:
    """What the number of buildings above the norm hangs on, by choice of the tree: its lowest and highest branch."""
    year = building_facts.year(run)
    found = building_facts.drivers(run, year)
    whole = building_facts.above(run, year)
    rows = tuple(
        (
            words.or_name("tornado.input", one.node),
            _with(words, one.node, one.low, one.low_branch, one.low_weight),
            _with(words, one.node, one.high, one.high_branch, one.high_weight),
        )
        for one in found
    )
    if not rows:
        return Table("", (), ())
    low, high = words.people(found[0].low), words.people(found[0].high)
    caption = words("drivers.caption", year=year, node=rows[0][0], low=low, high=high)
    note = [words("drivers.note", mean=words.people(whole.mean))]
    note += [words(f"drivers.{name}") for name in _SAID if any(one.node == name for one in found)]
    head = tuple(words(f"drivers.{c}") for c in ("choice", "lowest", "highest"))
    return Table(caption, head, rows, " ".join(note), "../tables/buildings_branches.csv", text_columns=(1, 2))


def _with(words: Words, node: str, count: float, branch: str, weight: float) -> str:
    return words(
        "drivers.cell", count=words.people(count), branch=_branch(words, node, branch), weight=words.trimmed(weight, 4)
    )


def _branch(words: Words, node: str, name: str) -> str:
    """Write a branch: a largest magnitude as such, a deviation of the site in standard deviations."""
    if node == "mmax":
        return f"M {words.fixed(float(name), 1)}"
    if node == "site_epsilon":
        return words("drivers.deviation", value=words.general(float(name)))
    return option_name(words, name)
