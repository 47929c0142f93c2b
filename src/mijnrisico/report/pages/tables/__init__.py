"""The tables of a report, made from the tables of a run."""

from mijnrisico.report.pages.tables.checked import discussion, passed, posterior, validation
from mijnrisico.report.pages.tables.outcome import choices, classes, inhabitants, places, postcodes, summary
from mijnrisico.report.pages.tables.past_years import municipalities
from mijnrisico.report.pages.tables.question import deviations, left_out, norms, tree
from mijnrisico.report.pages.tables.table import Table, plain

__all__ = [
    "Table",
    "choices",
    "classes",
    "deviations",
    "discussion",
    "inhabitants",
    "left_out",
    "municipalities",
    "norms",
    "passed",
    "places",
    "plain",
    "postcodes",
    "posterior",
    "summary",
    "tree",
    "validation",
]
