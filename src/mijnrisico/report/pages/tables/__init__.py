"""The tables of a report, made from the tables of a run."""

from mijnrisico.report.pages.tables.buildings import (
    building_classes,
    building_postcodes,
    definition,
    losses,
    risk_classes,
)
from mijnrisico.report.pages.tables.checked import discussion, passed, posterior, validation
from mijnrisico.report.pages.tables.counts import building_drivers, building_municipalities, municipality
from mijnrisico.report.pages.tables.outcome import choices, classes, inhabitants, places, postcodes, summary
from mijnrisico.report.pages.tables.past_years import municipalities
from mijnrisico.report.pages.tables.question import deviations, left_out, norms, tree
from mijnrisico.report.pages.tables.table import Table, plain

__all__ = [
    "Table",
    "building_classes",
    "building_drivers",
    "building_municipalities",
    "building_postcodes",
    "choices",
    "classes",
    "definition",
    "deviations",
    "discussion",
    "inhabitants",
    "left_out",
    "losses",
    "municipalities",
    "municipality",
    "norms",
    "passed",
    "places",
    "plain",
    "postcodes",
    "posterior",
    "risk_classes",
    "summary",
    "tree",
    "validation",
]
