"""What pydantic finds in a question about salt, as problems of the catalogue with the line and an example."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from mijnrisico import messages
from mijnrisico.core import toml
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase
from mijnrisico.studies.industry.risk import site_places
from mijnrisico.studies.salt.sections import SaltFile

_UNIONS: Final = ("OwnLaw", "constrained-str", "str")
_LIMITS: Final = ("ge", "gt", "le", "lt", "min_length", "max_length")


def of_pydantic(details: ErrorDetails, name: str, content: str) -> Problem:
    """Turn a finding of pydantic into E502 for a key that is not known, E503 for a value that cannot be."""
    location = tuple(part for part in details["loc"] if part not in _UNIONS)
    kind, context = details["type"], details.get("ctx", {})
    where = site_places.where(name, content, location)
    key = str(location[-1])
    if kind == "extra_forbidden":
        known = keys(location[:-1])
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
        meant = Phrase("scenario.meant", {"nearest": near[0]}) if near else Phrase("salt.known_keys", {"known": known})
        return Problem("E502", where, {"key": site_places.shown(location), "meant": meant})
    if kind == "literal_error":
        expected: object = Phrase("salt.expected.one_of", {"known": str(context["expected"])})
    else:
        limit = next((context[bound] for bound in _LIMITS if bound in context), "")
        named = f"expected.{kind}"
        expected = Phrase(named if messages.has(named) else "salt.expected.other", {"limit": limit})
    got = Phrase("scenario.nothing") if kind == "missing" else _short(details["input"])
    return Problem("E503", where, {"got": got, "expected": expected, "example": example(key)})


def example(key: str) -> str:
    """Return a line that would be right."""
    return _EXAMPLES.get(key, f"{key} = 1.0")


def keys(location: Sequence[str | int]) -> tuple[str, ...]:
    """Keys that may stand in a table of the file."""
    model: Any = SaltFile
    for part in location:
        if not isinstance(part, int) and (found := model.model_fields.get(str(part))) is not None:
            model = _model_in(found.annotation) or model
    return tuple(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The table inside a kind such as a list of tables."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for each in get_args(annotation) if (found := _model_in(each)) is not None), None)


def _short(value: object) -> str:
    text = "–" if isinstance(value, BaseModel) else toml.written(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


_EXAMPLES: Final[Mapping[str, str]] = {
    "title": 'title = "Caverns of A"', "name": 'name = "A1"', "start": "start = 2025", "end": "end = 2225",
    "x_rd": "x_rd = 254000.0", "y_rd": "y_rd = 473000.0",
    "top_m": "top_m = 900.0", "bottom_m": "bottom_m = 1100.0",
    "radius_m": "radius_m = 30.0", "temperature_c": "temperature_c = 45.0",
    "permeability_m2": "permeability_m2 = 1e-21",
    "salt": '[salt]  dislocation = "bgra"', "dislocation": 'dislocation = "bgra"', "cavern": '[[cavern]]  name = "A1"',
    "shape": 'shape = "cylinder"', "height_m": "height_m = [10.0, 20.0, 40.0]", "bulking": "bulking = [1.1, 1.2, 1.4]",
    "cover_m": "cover_m = [150.0, 200.0, 250.0]", "members": "members = 200", "seed": "seed = 1",
    "leached_from": "leached_from = 1980", "leached_until": "leached_until = 2020", "plugged": "plugged = true",
    "source": 'source = "paper, table 3"',
}  # fmt: skip
"""A line that would be right, by key; others have a number."""
