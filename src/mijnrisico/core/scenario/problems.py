"""Findings about the settings of a scenario, as problems of the catalogue."""

import difflib
import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from mijnrisico.core import toml
from mijnrisico.core.scenario import acceleration
from mijnrisico.core.scenario.sections import Source, Time, keys
from mijnrisico.core.scenario.tree import packaged
from mijnrisico.core.toml import Places, Tree
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

COMPLETE_FROM: Final = 1995
COMPLETE_MAGNITUDE: Final = 1.45
"""The packaged catalogue is complete from about M 1.5 since 1995 in Groningen (ORIGIN of `earthquakes`)."""

_DUTCH: Final = {
    "tijd": "time", "jaren": "years", "begin": "start", "soort": "kind", "invoer": "inputs", "bestand": "file",
    "winning": "scenario", "productie": "scenario", "bevingen": "catalogue", "aardbevingen": "catalogue",
    "catalogus": "catalogue", "druk": "pressure", "breuken": "faults", "dikte": "thickness", "diepte": "depth",
    "samendrukbaarheid": "compressibility", "omtrek": "outline", "eenheid": "unit", "kolommen": "columns",
    "tijdzone": "time_zone",
    "bron": "source", "vanaf": "from", "van": "from", "tot": "until", "waarden": "values", "gewichten": "weights",
    "dreiging": "hazard", "cel": "cell", "marge": "margin", "herhalingstijden": "return_periods",
    "herhalingstijd": "return_periods", "drempel": "threshold", "grens": "threshold", "risico": "risk",
    "mengsel": "mix", "rapport": "report", "rekenen": "compute", "geheugen": "memory_limit", "uitvoer": "output",
    "map": "dir",
}  # fmt: skip
"""Dutch words that a reader may write for a key."""

_DUTCH_VALUES: Final = {
    "nul": "zero", "geen": "zero", "lineair": "linear", "fout": "error", "eerste": "first", "kort": "short",
    "deskundige": "expert", "pascal": "Pa", "megapascal": "MPa",
}  # fmt: skip
"""Dutch words that a reader may write for a value."""

_WITHOUT_NEAR: Final = {"inputs.scenario.fill": "zero"}
"""What to try where a word is like none that is known, and the packaged value would only be the next error."""

_DAY: Final = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_NUMBER: Final = re.compile(r"[+-]?\d+([.,]\d+)?(?![\d.,])")
_OWN_CODE: Final = {"starts_in_history": "E307", "gas_year": "E304"}


def of_settings(found: list[ErrorDetails], places: Places) -> list[Problem]:
    """Turn the findings of pydantic into problems."""
    return sorted((_problem(details, places) for details in _causes(found)), key=_line)


def _line(problem: Problem) -> int:
    """Return the line that a problem points at, so that problems stand in the order of the file."""
    place = re.search(r":(\d+)", problem.where)
    return int(place[1]) if place else 0


def missing_title(places: Places) -> Problem:
    """Return E503 for a scenario without a title."""
    params = {"expected": Phrase("expected.missing"), "got": Phrase("scenario.nothing"), "example": example("title")}
    return Problem("E503", places.where("title"), {"key": "title", **params})


def unknown_classes(tree: Tree, of_models: Mapping[str, Collection[str]] | None, places: Places) -> list[Problem]:
    """Return E412 for every vulnerability class under [risk] that its model does not have; `of_models` by model."""
    risk = tree.get("risk")
    if of_models is None or not isinstance(risk, dict) or str(risk.get("model")) not in of_models:
        return []
    known = of_models[str(risk["model"])]
    problems: list[Problem] = []
    for key in ("shown", "mix"):
        names = risk.get(key)
        for name in names if isinstance(names, list | dict) else ():
            if isinstance(name, str) and name not in known:
                near = difflib.get_close_matches(name, known, n=1, cutoff=0.3)
                params = {"got": name, "nearest": near[0] if near else "–", "known": ", ".join(sorted(known))}
                problems.append(Problem("E412", places.where(f"risk.{key}"), params))
    return problems


def beyond_the_models(time: Time | None, source: Source | None, places: Places) -> list[Problem]:
    """Warn of a forecast longer than its fit (W606) and of a fit on years with missed earthquakes (W409)."""
    problems: list[Problem] = []
    if source is not None and source.since.year < COMPLETE_FROM:
        params = {"since": source.since.year, "minimum": source.magnitude_min, "complete": COMPLETE_FROM}
        problems.append(Problem("W409", places.where("source.from"), params))
    if time is not None and source is not None:
        first, last = source.since.year, source.until.year - 1
        limit = last + max(source.until.year - first, 1)
        if time.end > limit:
            fitted = {"first": first, "last": last, "n": limit - last, "end": time.end, "limit": limit}
            words = {"what": Phrase("scenario.long", fitted), "range": Phrase("scenario.long_range", fitted)}
            problems.append(Problem("W606", places.where("time.years"), words))
    return problems


def example(key: str) -> str | Phrase:
    """Return a line that would be right for a key: an example of its own, else the packaged value."""
    if key == "title":
        return Phrase("scenario.title_example")
    name, found = key.rpartition(".")[2], keys().get(key)
    if found is not None and found.examples:
        return f"{name} = {toml.written(found.examples[0])}"
    value = _usual(key)
    if isinstance(value, dict) and toml.is_section(tuple(key.split("."))):
        return f"[{key}]"
    return f"{name} = {toml.written(value)}" if value is not None else "–"


def _usual(key: str) -> Any:
    """Return the packaged value of a dotted key, None where there is none."""
    value: Any = packaged()
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _causes(found: list[ErrorDetails]) -> list[ErrorDetails]:
    """Leave out that a list is too short where that only follows from an item that cannot be read."""
    items = {details["loc"][:-1] for details in found if isinstance(details["loc"][-1], int)}
    return [details for details in found if details["type"] != "too_short" or details["loc"] not in items]


def _problem(details: ErrorDetails, places: Places) -> Problem:
    location, kind, context = details["loc"], details["type"], details.get("ctx", {})
    key = ".".join(str(part) for part in location if not isinstance(part, int))
    name, where = key.rpartition(".")[2], places.where(key)
    got = Phrase("scenario.nothing") if kind == "missing" else toml.written(_short(details["input"]))
    if kind == "weights":
        pairs = context["weights"].items()
        weights = tuple(Phrase("scenario.weight", {"name": each, "weight": weight}) for each, weight in pairs)
        return Problem("E504", where, {"key": key, "sum": context["sum"], "weights": weights})
    if kind == "extra_forbidden":
        return Problem("E502", where, {"key": key, "meant": _meant(location, details["input"], places)})
    if kind == "acceleration":
        found = acceleration.problem(float(details["input"]), where, f"{name} = ")
        assert found is not None
        return found
    if kind in _OWN_CODE:
        return Problem(_OWN_CODE[kind], where, {"key": key, "got": got})
    bounds = ("ge", "gt", "le", "lt", "min_length", "max_length")
    limits = {"limit": next((context[bound] for bound in bounds if bound in context), "")}
    known_as = "dict_type" if kind == "model_type" and not toml.is_section(tuple(key.split("."))) else kind
    expected = Phrase(f"expected.{known_as}", {**limits, **{k: str(v) for k, v in context.items()}})
    if kind == "literal_error":
        expected = _either(context["expected"])
    if "example" in context:
        line = f"{name} = {toml.written(_plain(context['example']))}"
    elif kind == "tuple_type":
        line = _as_list(key, name, details["input"])
    else:
        listed = any(isinstance(part, int) for part in location)
        value = _from(key, kind, details["input"], context) if kind == "literal_error" or not listed else None
        line = example(key) if value is None else f"{name} = {toml.written([value] if listed else value)}"
    return Problem("E503", where, {"key": key, "got": got, "expected": expected, "example": line})


def _either(expected: str) -> object:
    """Write the values of a choice in the reader's language: "html" or "pdf"."""
    *first, last = _choices(expected)
    return Phrase("expected.either", {"first": tuple(first), "last": last}) if first else last


def _choices(expected: str) -> list[str]:
    return [choice.replace("'", '"') for choice in re.split(r", | or ", expected)]


def _from(key: str, kind: str, value: object, context: Mapping[str, Any]) -> object:
    """Return the value that was probably meant by what was written, None where it says nothing."""
    if kind == "string_type" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        return None
    if kind == "literal_error":
        words = [choice.strip('"') for choice in _choices(context["expected"]) if choice.startswith('"')]
        translated = _DUTCH_VALUES.get(value.strip().lower(), value.strip().lower())
        near = difflib.get_close_matches(translated, words, n=1, cutoff=0.6)
        return near[0] if near else _WITHOUT_NEAR.get(key)
    if (day := _DAY.fullmatch(value.strip())) and kind.startswith(("date", "int")):
        return int(day[3]) if kind.startswith("int") else f"{day[3]}-{int(day[2]):02d}-{int(day[1]):02d}"
    if kind in ("int_type", "float_type") and (digits := _NUMBER.match(value.strip())):
        number = float(digits[0].replace(",", "."))
        return int(number) if number.is_integer() else None if kind == "int_type" else number
    return None


def _as_list(key: str, name: str, value: object) -> str | Phrase:
    """Return the value between brackets where that may be right: as the packaged list, of text or of numbers."""
    usual = _usual(key)
    kind = str if isinstance(usual, list) and isinstance(usual[0], str) else (int, float)
    return f"{name} = {toml.written([value])}" if isinstance(value, kind) and value is not True else example(key)


def _plain(values: list[object]) -> list[object]:
    """Write whole numbers without a decimal point."""
    return [int(value) if isinstance(value, float) and value.is_integer() else value for value in values]


def _short(value: object) -> object:
    if isinstance(value, str) and len(value) > 60:
        return f"{value[:57]}..."
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    return value


def _meant(location: tuple[int | str, ...], value: object, places: Places) -> Phrase:
    """Say which known key was probably meant: in the same table first, then anywhere; else the keys of this table.

    For a setting of the command line there is no line to move: then its whole name is given.
    """
    known = ["extends", "schema", *keys()]
    parent, name = ".".join(map(str, location[:-1])), str(location[-1])
    here = {key.rpartition(".")[2]: key for key in known if key.rpartition(".")[0] == parent}
    elsewhere: dict[str, list[str]] = {}
    for key in known:
        elsewhere.setdefault(key.rpartition(".")[2], []).append(key)
    translated = _DUTCH.get(name.lower(), name)
    if parent == "inputs.scenario" and name.lower().startswith(("volume", "winning", "productie", "production")):
        return Phrase("scenario.volumes")
    if near := difflib.get_close_matches(translated, here, n=1, cutoff=0.6):
        return Phrase("scenario.meant", {"nearest": _shown(here[near[0]])})
    if translated in elsewhere and ".".join(map(str, location)) in places.overridden:
        assignment = tuple(f"{key}={toml.written(value)}" for key in elsewhere[translated])
        return Phrase("scenario.set_instead", {"by": places.by, "assignment": assignment})
    if translated in elsewhere:
        sections = tuple(_shown(key.rpartition(".")[0]) for key in elsewhere[translated] if "." in key)
        return Phrase("scenario.moved" if sections else "scenario.to_top", {"key": translated, "sections": sections})
    if near := difflib.get_close_matches(translated, elsewhere, n=1, cutoff=0.6):
        return Phrase("scenario.meant", {"nearest": _shown(elsewhere[near[0]][0])})
    known_here = ", ".join(_shown(key) for key in here.values())
    return Phrase("scenario.known_keys" if parent else "scenario.known_top", {"section": parent, "known": known_here})


def _shown(key: str) -> str:
    """Write a table of the file as its header, a key as it is."""
    kind = keys()[key].annotation if key in keys() else None
    table = isinstance(kind, type) and issubclass(kind, BaseModel) and toml.is_section(tuple(key.split(".")))
    return f"[{key}]" if table else key
