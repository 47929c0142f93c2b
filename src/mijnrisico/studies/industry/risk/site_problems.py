"""What pydantic finds in the file of a site, as problems of the catalogue with the line and an example."""

import difflib
from collections.abc import Sequence
from typing import Any, Final

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from mijnrisico.core import toml
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase
from mijnrisico.studies.industry.risk import site_places
from mijnrisico.studies.industry.risk.site_sections import SiteFile


def line(problem: Problem) -> int:
    """Line that a problem points at, so that problems stand in the order of the file."""
    digits = problem.where.partition(":")[2].partition(" ")[0]
    return int(digits) if digits.isdigit() else 0


def without(tree: Any, locations: Sequence[Sequence[str | int]]) -> Any:
    """Return a tree of plain values without the keys at these places."""
    gone = {tuple(location) for location in locations}

    def kept(value: Any, at: tuple[str | int, ...]) -> Any:
        if isinstance(value, dict):
            return {key: kept(each, (*at, key)) for key, each in value.items() if (*at, key) not in gone}
        if isinstance(value, list):
            return [kept(each, (*at, k)) for k, each in enumerate(value)]
        return value

    return kept(tree, ())


def of_pydantic(details: ErrorDetails, name: str, content: str) -> Problem:
    """Turn a finding of pydantic into a problem with its line, what was expected and an example."""
    location = tuple(part for part in details["loc"] if part not in ("str", "OwnProbit"))
    kind, context = details["type"], details.get("ctx", {})
    where = site_places.where(name, content, location)
    key = str(location[-1])
    if kind == "extra_forbidden":
        known = _keys(location[:-1])
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
        meant = (
            Phrase("scenario.meant", {"nearest": near[0]})
            if near
            else Phrase("industry_risk.known_keys", {"known": known})
        )
        return Problem("E502", where, {"key": site_places.shown(location), "meant": meant})
    got = Phrase("scenario.nothing") if kind == "missing" else _short(details["input"])
    limit = next(
        (context[bound] for bound in ("ge", "gt", "le", "lt", "min_length", "max_length") if bound in context), ""
    )
    if kind == "literal_error":
        expected: object = Phrase("industry_risk.expected.one_of", {"known": str(context["expected"])})
    else:
        expected = Phrase(f"expected.{kind}", {"limit": limit})
    return Problem(
        "E503", where, {"key": key, "got": got, "expected": expected, "example": _example(key, details["input"], kind)}
    )


def _keys(location: Sequence[str | int]) -> tuple[str, ...]:
    """Keys that may stand in a table of the file."""
    model: Any = SiteFile
    for part in location:
        if isinstance(part, int) or not (isinstance(model, type) and issubclass(model, BaseModel)):
            continue
        found = model.model_fields.get(str(part))
        model = _model_in(found.annotation) if found is not None else model
    return tuple(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else ()


def _model_in(annotation: Any) -> Any:
    """The table inside a kind such as a list of tables."""
    if isinstance(annotation, type) and not hasattr(annotation, "__args__"):
        return annotation
    inner = (_model_in(each) for each in getattr(annotation, "__args__", ()))
    return next((each for each in inner if isinstance(each, type) and issubclass(each, BaseModel)), None)


def _short(value: object) -> str:
    text = toml.written(value) if not isinstance(value, BaseModel) else "–"
    return text if len(text) <= 60 else f"{text[:57]}..."


_EXAMPLES: Final = {
    "title": 'title = "Tank farm"', "name": 'name = "tank 1"', "kind": 'kind = "atmospheric_tank"',
    "x_rd": "x_rd = 258300", "y_rd": "y_rd = 594200", "unit": '[[unit]]  name = "tank 1"',
    "effect": 'effect = "toxic"', "on": "on = { DS4 = 1.0 }", "stability": 'stability = "D"',
    "wind_m_s": "wind_m_s = 5.0",
    "share": "share = 0.5", "rose": "rose = [0.06, 0.05, ...]", "pga_g": "pga_g = [0.01, 0.1, 1.0]",
    "rate_per_year": "rate_per_year = [0.2, 5e-3, 2e-7]", "source": 'source = "paper, table 3"', "n": "n = 2.0",
    "heat_of_combustion_j_kg": "heat_of_combustion_j_kg = 44e6", "change": '[[measure.change]]  unit = "tank 1"',
    "vulnerability_class": 'vulnerability_class = "URM3L"', "linked_to": 'linked_to = "tank 1"', "mark": 'mark = "V"',
    "median_factor": "median_factor = 1.5", "release_factor": "release_factor = 0.5",
    "boundary": "boundary = [[x, y], ...]",
}  # fmt: skip
"""A line that would be right, by key; others have a number."""


def _example(key: str, got: object, kind: str) -> str:
    """Return a line that would be right; the number itself where it was written as text, with a decimal comma."""
    if kind == "float_type" and isinstance(got, str):
        try:
            return f"{key} = {float(got.strip().replace(',', '.'))!r}"
        except ValueError:
            pass
    return _EXAMPLES.get(key, f"{key} = 1.0")
