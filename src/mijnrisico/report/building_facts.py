"""The numbers that figures and texts say about buildings: how many lie above the norm, how sure, and of what kind.

A run counts in two ways, and they are never mixed: `buildings` are those whose own mean risk lies above a level, and
`p10`, `p50` and `p90` are fractiles of the whole count over the logic tree: in one model in ten there are `p90` or
more, and `mean` is the mean of that count. The first need not lie between the fractiles. The risk of a building is that
of its possible classes together; the rows of a class count as if each building were known to be of it. So the classes
need not add up to all (`by_class`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from mijnrisico.report import norms
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.words import Words
from mijnrisico.seismic import building_privacy

ALL = "all"
RISK_CLASSES = ("normal", "slightly_elevated", "elevated")
NORM = norms.limit("veiligheidsnorm")
_LITTLE = 0.1  # of the mean of a count: what may be missing in it without a word
ABOVE = ("mean_above_1e-5", "p90_above_1e-5", "mean_above_1e-4")
"""Columns with buildings whose own mean or P90 lies above a level."""
TEMPORARY_NORM = norms.limit("tijdelijke_veiligheidsnorm")


@dataclass(frozen=True, slots=True)
class Above:
    """How many buildings have a mean risk above a level, and the mean and fractiles of the count over the tree."""

    buildings: float
    mean: float
    p10: float
    p50: float
    p90: float


def counted(run: RunFolder) -> bool:
    """Say whether the run counted buildings."""
    return run.has_table("buildings_above") and run.has_table("risk_classes")


def file_of(run: RunFolder) -> str:
    """Return the name of the file that the buildings come from; empty where they are those of the package."""
    return PurePosixPath(str(run.setting("inputs", "exposure", "file", default="") or "")).name


def year_of(run: RunFolder, name: str) -> int:
    """Return the year that a table of buildings shows: that of the maps where it is there, else its first one."""
    years = run.table(name).year
    return run.shown_year if (years == run.shown_year).any() else int(years.min())


def year(run: RunFolder) -> int:
    """Return the year of which buildings are told: that of the maps where the run counted over the tree in it."""
    return year_of(run, "risk_classes")


def at_level(table: Frame, level: float) -> Frame:
    """Return the rows of `buildings_above` of one level."""
    return table[np.isclose(table.level, level, rtol=1e-6, atol=0.0)]


def by_class(run: RunFolder, year: int, level: float = NORM) -> float:
    """Return how many buildings lie above a level if each counts by its class: the expected number."""
    table = at_level(run.table("buildings_above"), level)
    rows = table[(table.year == year) & (table["class"] != ALL)]
    return float(rows.buildings.sum())


def above(run: RunFolder, year: int, level: float = NORM, name: str = ALL) -> Above:
    """Return how many buildings (of a class) lie above a level; not-a-number where the run does not say."""
    table = at_level(run.table("buildings_above"), level)
    found = table[(table.year == year) & (table["class"] == name)]
    if found.empty:
        return Above(*(float("nan"),) * 5)
    row = found.iloc[0]
    return Above(float(row.buildings), *(float(row[f"buildings_{s}"]) for s in ("mean", "p10", "p50", "p90")))


def band(words: Words, above: Above) -> dict[str, str]:
    """Return how the band of a count over the models is told, as `case`; `low`, `high`, `mean` and `half` in words.

    `none` where P90 is nothing, `same` where P10 and P90 are one number, `near` where they are written the same,
    `lifted` where the mean lies above P90, else `between`; empty where the run has no band.
    """
    if not np.isfinite(above.p90):
        return {}
    low, high, mean = (words.people(value) for value in (above.p10, above.p90, above.mean))
    if above.p90 == 0.0:
        case = "none"
    elif above.p10 == above.p90:
        case = "same"
    elif above.mean > above.p90:
        case = "lifted"
    else:
        case = "near" if low == high else "between"
    half = words("half.none") if above.p50 == 0.0 else words("half.less", count=words.people(above.p50))
    return {"case": case, "low": low, "high": high, "mean": mean, "half": half}


def least(run: RunFolder, words: Words, above: Above) -> dict[str, str]:
    """Return below which risk buildings are not in the band, and by how much its mean can be too low at most, in words.

    Empty where that is little beside the mean.
    """
    kept = run.table("left_out").set_index("what")["value"] if run.has_table("left_out") else {}
    most = float(kept.get("mean_count_too_low", 0.0))
    if not np.isfinite(above.p90) or most < max(1.0, _LITTLE * above.mean):
        return {}
    threshold = float(run.setting("risk", "fractiles_above", default=0.0))
    return {"threshold": words.per_million(threshold), "most": words.people(most)}


@dataclass(frozen=True, slots=True)
class Driver:
    """A choice of the tree: the branches with the lowest and the highest mean of the count, with their weights."""

    node: str
    low: float
    low_branch: str
    low_weight: float
    high: float
    high_branch: str
    high_weight: float


def drivers(run: RunFolder, year: int) -> list[Driver]:
    """Return what the number of buildings above the norm hangs on, the choice with the largest range of means first.

    Empty where no branch gives a building above the norm, or where the run has not counted them.
    """
    if not run.has_table("buildings_branches"):
        return []
    table = at_level(run.table("buildings_branches"), NORM)
    table = table[table.year == year]
    found = []
    for node, rows in table.groupby("node", sort=False):
        low, high = rows.loc[rows.buildings_mean.idxmin()], rows.loc[rows.buildings_mean.idxmax()]
        ends = [(float(row.buildings_mean), str(row.branch), float(row.weight)) for row in (low, high)]
        found.append(Driver(str(node), *ends[0], *ends[1]))
    found = found if any(one.high > 0.0 for one in found) else []
    return sorted(found, key=lambda one: one.low - one.high)


def municipalities(
    run: RunFolder, year: int, columns: Sequence[str] = (*ABOVE, "buildings_mean")
) -> tuple[Frame, Frame]:
    """Return the municipalities where one of some columns is not zero, most above the norm first, and the others.

    By the mean of their count over the tree, then by their buildings; those with few buildings are in neither.
    """
    table = building_privacy.municipalities(run.table("buildings_municipalities"))[0]
    table = table[table.year == year].dropna(subset="buildings")
    table = table.assign(municipality=table.municipality.fillna("").astype(str))
    order = table.sort_values(["buildings_mean", "buildings"], ascending=False)
    some = (order[list(columns)] != 0.0).any(axis=1)  # also where there is no number
    return order[some], order[~some]


def in_risk_classes(run: RunFolder, year: int) -> Frame:
    """Return buildings and people of the three risk classes in a year, indexed by class, the lowest risk first."""
    table = run.table("risk_classes")
    return table[table.year == year].set_index("risk_class").reindex(list(RISK_CLASSES))[["buildings", "people"]]


def total(run: RunFolder, year: int) -> float:
    """Return how many buildings the run counted in a year."""
    return float(in_risk_classes(run, year).buildings.sum())
