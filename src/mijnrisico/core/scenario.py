"""A scenario: the question in one TOML file, checked completely before anything is computed.

    checked = read("my_scenario.toml")     # all problems at once: checked.errors, checked.warnings
    scenario = load("my_scenario.toml")    # the scenario, or InputError with all problems

A file states what differs from the packaged scenario `groningen`, which holds every key with a comment. Tables of
weights replace the packaged ones as a whole; other tables are merged key by key.
"""

import difflib
import hashlib
import json
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from mijnrisico.core import production, table
from mijnrisico.core.production import Volume
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase

if TYPE_CHECKING:
    import pandas as pd

FIRST_YEAR: Final = 2024
TEMPLATES: Final = ("groningen",)
WEIGHT_TOLERANCE: Final = 1e-9
GRID_CELLS: Final = (100, 10_000)

Tree = dict[str, Any]


def _day(value: object) -> object:
    """Accept a day as TOML date or as ISO text, so that quotes do not matter."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return value


def _gibibytes(value: object) -> object:
    if value == "auto" or (isinstance(value, int | float) and not isinstance(value, bool) and value > 0):
        return value
    raise PydanticCustomError("memory_limit", "memory limit")


Day = Annotated[date, BeforeValidator(_day)]
Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]


def _list(item: Any, *, least: int = 1) -> Any:
    return Annotated[tuple[item, ...], Field(strict=False, min_length=least, max_length=1000)]


class _Section(BaseModel):
    """A table of the file: no unknown keys, no conversion of text to numbers, immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, populate_by_name=True)


class Time(_Section):
    """Calendar years of the forecast."""

    start: Annotated[int, Field(ge=FIRST_YEAR, le=2100)]
    years: Annotated[int, Field(ge=1, le=100)]
    kind: Literal["calendar"]

    @property
    def end(self) -> int:
        """Last year of the forecast."""
        return self.start + self.years - 1


class ScenarioFile(_Section):
    """Production after the history: a CSV file ("" = the field stays closed) and what a gap in it means."""

    file: str
    fill: production.Fill


class Inputs(_Section):
    """Files that the user names."""

    scenario: ScenarioFile


class Pressure(_Section):
    """Gas-flow grid."""

    cell: Literal[1000, 500]


class Mmax(_Section):
    """Largest possible magnitude: values and their weights."""

    values: _list(Annotated[float, Field(ge=2.0, le=6.5)])  # pyright: ignore[reportInvalidTypeForm]
    weights: _list(Share)  # pyright: ignore[reportInvalidTypeForm]

    @model_validator(mode="after")
    def _weights_sum_to_one(self) -> "Mmax":
        if len(self.values) != len(self.weights):
            raise PydanticCustomError("pairs", "pairs", {"values": len(self.values), "weights": len(self.weights)})
        _check_weights({f"{value:g}": weight for value, weight in zip(self.values, self.weights, strict=True)})
        return self

    @property
    def tree(self) -> dict[float, float]:
        """Weight of each largest magnitude."""
        return dict(zip(self.values, self.weights, strict=True))


class Magnitude(_Section):
    """Weights of the models of the b-value."""

    linear_stress: Share
    thickness_split: Share

    @model_validator(mode="after")
    def _weights_sum_to_one(self) -> "Magnitude":
        _check_weights(self.tree)
        return self

    @property
    def tree(self) -> dict[str, float]:
        """Weight of each model."""
        return {"linear_stress": self.linear_stress, "thickness_split": self.thickness_split}


class Source(_Section):
    """Event rate and magnitudes: what they are fitted on and the branches of the tree."""

    since: Annotated[Day, Field(alias="from")]
    until: Day
    magnitude_min: Annotated[float, Field(ge=1.0, le=3.0)]
    rmax: _list(Positive)  # pyright: ignore[reportInvalidTypeForm]
    sigma: _list(Annotated[float, Field(ge=500.0, le=20_000.0)])  # pyright: ignore[reportInvalidTypeForm]
    magnitude: Magnitude
    mmax: Mmax

    @field_validator("until", mode="after")
    @classmethod
    def _ordered(cls, until: date, info: ValidationInfo) -> date:
        since = info.data.get("since")
        if since is not None and until <= since:
            raise PydanticCustomError("until_before_from", "order", {"since": str(since)})
        return until

    @field_validator("mmax", mode="after")
    @classmethod
    def _above_minimum(cls, mmax: Mmax, info: ValidationInfo) -> Mmax:
        minimum = info.data.get("magnitude_min")
        if minimum is not None and min(mmax.values) <= minimum:
            raise PydanticCustomError("mmax_below_minimum", "mmax", {"minimum": minimum})
        return mmax


class Motion(_Section):
    """Ground-motion model."""

    model: Literal["V7"]
    site_variability_argument: Literal["g", "cm/s2"]


class Hazard(_Section):
    """Sites and levels of the hazard map."""

    cell: Annotated[float, Field(ge=GRID_CELLS[0], le=GRID_CELLS[1])]
    margin: Annotated[float, Field(ge=0, le=20_000)]
    return_periods: _list(Annotated[float, Field(gt=1, le=1e6)])  # pyright: ignore[reportInvalidTypeForm]
    threshold: Annotated[float, Field(gt=0, le=3.0)]


class Risk(_Section):
    """Fragility and consequence model, classes shown and the assumed mix of classes."""

    model: Literal["TNO2020", "V7"]
    shown: _list(str)  # pyright: ignore[reportInvalidTypeForm]
    mix: dict[str, Share]
    mix_label: str
    mix_label_nl: str

    @field_validator("mix", mode="after")
    @classmethod
    def _weights_sum_to_one(cls, mix: dict[str, float]) -> dict[str, float]:
        _check_weights(mix)
        return mix


class Compute(_Section):
    """Limits of the machine."""

    memory_limit: Annotated[float | Literal["auto"], BeforeValidator(_gibibytes)]


class Output(_Section):
    """Where runs are kept."""

    dir: Annotated[str, Field(min_length=1)]


class _File(_Section):
    title: Annotated[str, Field(min_length=1)]
    title_nl: str
    template: Literal["groningen"]
    seed: Annotated[int, Field(ge=0, lt=2**63)]
    time: Time
    inputs: Inputs
    pressure: Pressure
    source: Source
    motion: Motion
    hazard: Hazard
    risk: Risk
    compute: Compute
    output: Output


@dataclass(frozen=True, slots=True)
class Scenario:
    """A complete, checked question. `production` is None when no table was given: the field stays closed."""

    title: str
    title_nl: str
    seed: int
    time: Time
    inputs: Inputs
    pressure: Pressure
    source: Source
    motion: Motion
    hazard: Hazard
    risk: Risk
    compute: Compute
    output: Output
    production: tuple[Volume, ...] | None = None
    origin: str = "groningen"
    folder: Path = field(default=Path(), compare=False)
    warnings: tuple[Problem, ...] = field(default=(), compare=False)

    @property
    def years(self) -> tuple[int, ...]:
        """Calendar years of the forecast."""
        return tuple(range(self.time.start, self.time.end + 1))

    def volumes(self) -> "pd.DataFrame":
        """Return the production after the history: cluster, month (YYYY-MM), volume_nm3; no rows = closed."""
        import pandas as pd

        rows = [(volume.cluster, volume.month, volume.volume_nm3) for volume in self.production or ()]
        frame = pd.DataFrame(rows, columns=["cluster", "month", "volume_nm3"])
        return frame.astype({"cluster": str, "month": str, "volume_nm3": float})

    @property
    def input_file(self) -> Path | None:
        """The production table of the user, if there is one."""
        return self.folder / self.inputs.scenario.file if self.inputs.scenario.file else None

    def settings(self) -> Tree:
        """Return all settings as they would stand in a file: plain values, `from` under its own name."""
        sections = ("time", "inputs", "pressure", "source", "motion", "hazard", "risk", "compute", "output")
        tree: Tree = {"title": self.title, "title_nl": self.title_nl, "template": "groningen", "seed": self.seed}
        return tree | {name: getattr(self, name).model_dump(mode="json", by_alias=True) for name in sections}

    def digest(self) -> str:
        """Return the sha256 of the question: settings that can change an answer and the volumes themselves.

        File names, the place of the results and the memory limit do not belong to the question.
        """
        tree = self.settings()
        del tree["compute"], tree["output"], tree["inputs"]["scenario"]["file"]
        volumes = None if self.production is None else [(v.month, v.cluster, v.volume_nm3) for v in self.production]
        return hashlib.sha256(canonical({"settings": tree, "production": volumes})).hexdigest()

    def deviations(self) -> tuple[str, ...]:
        """Return the keys whose values differ from the packaged scenario."""
        packaged = dict(_leaves(_packaged(TEMPLATES[0])))
        return tuple(key for key, value in _leaves(self.settings()) if packaged.get(key) != value)

    def toml(self, *, file: str | None = None) -> str:
        """Write the scenario with every key resolved; `file` replaces the name of the production table."""
        tree = self.settings()
        if file is not None:
            tree["inputs"]["scenario"]["file"] = file
        return write_toml(tree)


@dataclass(frozen=True, slots=True)
class Known:
    """Names and sizes from packaged data that a scenario is checked against; None accepts any name."""

    clusters: Collection[str] | None = None
    vulnerability_classes: Collection[str] | None = None
    largest_year_bcm: float = 87.7
    """Largest production of one calendar year so far: 1976."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What reading a scenario found: the scenario when there are no errors, all errors, all warnings."""

    scenario: Scenario | None
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def load(source: str | Path, overrides: Iterable[str] = (), known: Known | None = None) -> Scenario:
    """Return the scenario of a file or of a packaged name; raises `InputError` with every problem found."""
    checked = read(source, overrides, known)
    if checked.scenario is None:
        raise InputError((*checked.errors, *checked.warnings))
    return checked.scenario


def template(name: str = "groningen", overrides: Iterable[str] = ()) -> Scenario:
    """Return a packaged scenario, with `key=value` overrides."""
    return load(name, overrides)


def read(source: str | Path, overrides: Iterable[str] = (), known: Known | None = None) -> Checked:
    """Read and check a scenario file, or a packaged one by name; never raises for what a user may have written.

    Args:
        source: file, or name of a packaged scenario.
        overrides: settings `section.key=value`, the value in TOML (text without quotes is taken as text).
        known: names to check against.
    """
    if str(source) in TEMPLATES:
        return check("", name=str(source), folder=Path.cwd(), overrides=overrides, known=known, packaged=True)
    path = table.find(str(source), Path(), str(source))
    if isinstance(path, Problem):
        near = difflib.get_close_matches(str(source), TEMPLATES, n=1)
        params = {**path.params, **({"nearest": near[0]} if near else {})}
        return Checked(None, (Problem("E101", path.where, params),), ())
    try:
        content = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        params = {"line": line, "column": 1, "reason": "not UTF-8", "caret": ""}
        return Checked(None, (Problem("E501", f"{path.name}:{line}", params),), ())
    return check(content, name=path.name, folder=path.parent, overrides=overrides, known=known)


def check(
    content: str,
    *,
    name: str,
    folder: Path,
    overrides: Iterable[str] = (),
    known: Known | None = None,
    packaged: bool = False,
) -> Checked:
    """Check the text of a scenario file; `folder` is where the files it names are looked for."""
    known = known or Known()
    given = _parse(content, name)
    if isinstance(given, Problem):
        return Checked(None, (given,), ())
    places = _Places(name, content)
    settings, problems = _overrides(overrides)
    for key, value in settings.items():
        places.overridden.add(key)
        _put(given, key.split("."), value)
    if "inputs.scenario.file" in settings:
        folder = Path.cwd()
    if not packaged and "title" not in given:
        params = {"key": "title", "expected": Phrase("expected.missing"), "got": "–", "example": _example("title")}
        problems.append(Problem("E503", places.where("title"), params))
    tree = _merged(_packaged(TEMPLATES[0]), _shorthand(given))
    if "title" in given and "title_nl" not in given:
        tree["title_nl"] = tree["title"]

    parsed: _File | None = None
    try:
        parsed = _File.model_validate(tree)
    except ValidationError as error:
        problems += [_problem(details, places) for details in error.errors(include_url=False)]
    problems += _unknown_classes(tree, known, places)
    volumes, found = _production(tree, folder, known, places)
    problems += found

    errors = tuple(problem for problem in _unique(problems) if problem.code.startswith("E"))
    warnings = tuple(problem for problem in _unique(problems) if problem.code.startswith("W"))
    if errors or parsed is None:
        return Checked(None, errors, warnings)
    sections = {key: getattr(parsed, key) for key in _File.model_fields if key != "template"}
    return Checked(
        Scenario(**sections, production=volumes, origin=name, folder=folder, warnings=warnings), (), warnings
    )


def canonical(value: object) -> bytes:
    """Write a value as JSON in the one form that a digest is taken of."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def write_toml(tree: Mapping[str, Any]) -> str:
    """Write plain values as TOML: scalars first, then a table for each section; tables of weights stay inline.

    >>> print(write_toml({"title": "a", "time": {"start": 2024}}), end="")
    title = "a"
    <BLANKLINE>
    [time]
    start = 2024
    """
    lines: list[str] = []

    def table_of(branch: Mapping[str, Any], path: tuple[str, ...]) -> None:
        own = {k: v for k, v in branch.items() if not (isinstance(v, Mapping) and _is_section((*path, k)))}
        if own or not path:
            if path:
                lines.extend(["", f"[{'.'.join(path)}]"])
            lines.extend(f"{_toml_key(key)} = {_toml_value(value)}" for key, value in own.items())
        for key, value in branch.items():
            if key not in own:
                table_of(value, (*path, key))

    table_of(tree, ())
    return "\n".join(lines) + "\n"


def _is_section(path: tuple[str, ...]) -> bool:
    return len(path) == 1 or path == ("inputs", "scenario")


def _toml_key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _toml_value(key)


def _toml_value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
        case list() | tuple():
            return f"[{', '.join(map(_toml_value, value))}]"
        case Mapping():
            return "{ " + ", ".join(f"{_toml_key(str(k))} = {_toml_value(v)}" for k, v in value.items()) + " }"
        case _:
            return repr(value) if isinstance(value, float) else str(value)


def _parse(content: str, name: str) -> Tree | Problem:
    try:
        return tomllib.loads(content)
    except RecursionError:
        params = {"line": 1, "column": 1, "reason": "nested too deeply", "caret": ""}
        return Problem("E501", name, params)
    except ValueError as error:  # TOMLDecodeError, or Python refusing an integer of thousands of digits
        place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        lines = content.splitlines() or [""]
        line, column = (int(place[1]), int(place[2])) if place else (len(lines), len(lines[-1]) + 1)
        text = lines[min(line, len(lines)) - 1]
        start = max(0, column - 60)
        shown = text[start : start + 90]
        params = {
            "line": line,
            "column": column,
            "reason": str(error).split(" (at ")[0],
            "caret": f"\n{shown}\n{' ' * (column - 1 - start)}^",
        }
        return Problem("E501", f"{name}:{line}:{column}", params)


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a key stands: the line in the file, or the command line."""

    name: str
    content: str
    overridden: set[str] = field(default_factory=set)

    def where(self, key: str) -> str:
        """Point at a dotted key: `my.toml:14 [hazard.cell]`, or `--set hazard.cell`."""
        if any(key == name or key.startswith(f"{name}.") for name in self.overridden):
            return f"--set {key}"
        line = self._line(key)
        return f"{self.name}:{line} [{key}]" if line else f"{self.name} [{key}]"

    def _line(self, key: str) -> int:
        """Return the line where the key, or else the innermost table around it that is written out, begins."""
        section, best, depth = "", 0, 0
        for number, line in enumerate(self.content.splitlines(), start=1):
            if header := re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line):
                section = header[1].replace(" ", "")
                found = section
            elif entry := re.match(r"\s*([A-Za-z0-9_.\-\" ]+?)\s*=", line):
                found = f"{section}.{entry[1]}" if section else entry[1]
            else:
                continue
            found = found.replace('"', "")
            if (key == found or key.startswith(f"{found}.")) and len(found) > depth:
                best, depth = number, len(found)
        return best


@cache
def _packaged_text(name: str) -> str:
    return (resources.files("mijnrisico") / "scenarios" / f"{name}.toml").read_text(encoding="utf-8")


def _packaged(name: str) -> Tree:
    return tomllib.loads(_packaged_text(name))


def _merged(base: Tree, given: Tree, path: tuple[str, ...] = ()) -> Tree:
    tree = dict(base)
    for key, value in given.items():
        inner = tree.get(key)
        if isinstance(value, dict) and isinstance(inner, dict) and _is_section((*path, key)):
            tree[key] = _merged(inner, value, (*path, key))
        else:
            tree[key] = value
    return tree


def _shorthand(given: Tree) -> Tree:
    """Accept `scenario = "file.csv"` under [inputs] for a table with that file."""
    inputs = given.get("inputs")
    if isinstance(inputs, dict) and isinstance(inputs.get("scenario"), str):
        return given | {"inputs": inputs | {"scenario": {"file": inputs["scenario"]}}}
    return given


def _overrides(overrides: Iterable[str]) -> tuple[Tree, list[Problem]]:
    settings: Tree = {}
    problems: list[Problem] = []
    for override in overrides:
        key, equals, value = override.partition("=")
        if not equals or not key.strip():
            params = {
                "key": key,
                "got": override,
                "expected": Phrase("expected.override"),
                "example": "hazard.cell=2000",
            }
            problems.append(Problem("E503", f"--set {override}", params))
            continue
        parsed = _parse(f"value = {value}", "--set")
        settings[key.strip()] = value if isinstance(parsed, Problem) or len(parsed) != 1 else parsed["value"]
    return settings, problems


def _put(tree: Tree, path: Sequence[str], value: object) -> None:
    for key in path[:-1]:
        inner = tree.get(key)
        tree[key] = inner = dict(inner) if isinstance(inner, dict) else {}
        tree = inner
    tree[path[-1]] = value


def _check_weights(weights: Mapping[str, float]) -> None:
    total = sum(weights.values())
    if abs(total - 1.0) > WEIGHT_TOLERANCE:
        listed = ", ".join(f"{name}: {weight:g}" for name, weight in weights.items())
        raise PydanticCustomError("weights", "weights", {"sum": total, "weights": listed})


def _problem(details: ErrorDetails, places: _Places) -> Problem:
    """Turn one finding of pydantic into a problem of the catalogue."""
    location = tuple(part for part in details["loc"] if part not in ("float", "literal['auto']", "constrained-float"))
    key = ".".join(str(part) for part in location if not isinstance(part, int))
    context = details.get("ctx", {})
    kind = details["type"]
    where = places.where(key)
    if kind == "weights":
        return Problem("E504", where, {"key": key, "sum": context["sum"], "weights": context["weights"]})
    if kind == "extra_forbidden":
        return Problem("E502", where, {"key": key, **_nearest(location)})
    limits = {
        "limit": next((context[k] for k in ("ge", "gt", "le", "lt", "min_length", "max_length") if k in context), "")
    }
    expected = Phrase(f"expected.{kind}", {**limits, **{k: str(v) for k, v in context.items()}})
    got = "–" if kind == "missing" else _toml_value(_short(details["input"]))
    return Problem("E503", where, {"key": key, "got": got, "expected": expected, "example": _example(key)})


def _short(value: object) -> object:
    if isinstance(value, str) and len(value) > 60:
        return f"{value[:57]}..."
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    return value


def _example(key: str) -> str:
    value: Any = _packaged(TEMPLATES[0])
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return f"{key.rpartition('.')[2]} = {_toml_value(value)}" if value is not None else "–"


def _nearest(location: tuple[int | str, ...]) -> dict[str, object]:
    """Name the known key that was probably meant: in the same table first, then anywhere."""
    known = [key for key, _ in _leaves(_packaged(TEMPLATES[0]))]
    parent, name = ".".join(map(str, location[:-1])), str(location[-1])
    tables = {key.rpartition(".")[0] for key in known} | {key.split(".")[0] for key in known if "." in key}
    here = {key.rpartition(".")[2]: key for key in known if key.rpartition(".")[0] == parent}
    here |= {section: f"[{section}]" for section in tables if section and not parent}
    elsewhere = {key.rpartition(".")[2]: key for key in known}
    for names in (here, elsewhere):
        if near := difflib.get_close_matches(name, names, n=1, cutoff=0.6):
            return {"nearest": names[near[0]]}
    return {"nearest": ", ".join(sorted(here)) or "–"}


def _leaves(tree: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterable[tuple[str, Any]]:
    """Yield dotted keys and values down to the tables that are values themselves (weights)."""
    for key, value in tree.items():
        if isinstance(value, Mapping) and _is_section((*path, key)):
            yield from _leaves(value, (*path, key))
        else:
            yield ".".join((*path, key)), value


def _unknown_classes(tree: Tree, known: Known, places: _Places) -> list[Problem]:
    risk = tree.get("risk")
    if known.vulnerability_classes is None or not isinstance(risk, dict):
        return []
    problems: list[Problem] = []
    for key in ("shown", "mix"):
        names = risk.get(key)
        for name in names if isinstance(names, list | dict) else ():
            if isinstance(name, str) and name not in known.vulnerability_classes:
                classes = sorted(known.vulnerability_classes)
                near = difflib.get_close_matches(name, classes, n=1, cutoff=0.3)
                params = {"got": name, "nearest": near[0] if near else "–", "known": ", ".join(classes)}
                problems.append(Problem("E412", places.where(f"risk.{key}"), params))
    return problems


def _production(
    tree: Tree, folder: Path, known: Known, places: _Places
) -> tuple[tuple[Volume, ...] | None, list[Problem]]:
    """Check the production table as far as the settings that it depends on can be read."""
    try:
        settings = ScenarioFile.model_validate(tree["inputs"]["scenario"])
    except (ValidationError, KeyError, TypeError):  # reported where the whole file is checked
        return None, []
    if not settings.file:
        return None, []
    path = table.find(settings.file, folder, places.where("inputs.scenario.file"))
    if isinstance(path, Problem):
        return None, [path]
    try:
        time = Time.model_validate(tree["time"])
    except ValidationError:  # reported as well; without years the rows cannot be judged
        return None, []
    volumes, problems = production.read(
        path,
        years=range(FIRST_YEAR, time.end + 1),
        fill=settings.fill,
        clusters=known.clusters,
        largest_year_bcm=known.largest_year_bcm,
    )
    return volumes, problems


def _unique(problems: Iterable[Problem]) -> list[Problem]:
    seen: dict[str, Problem] = {}
    for problem in problems:
        seen.setdefault(f"{problem.code} {problem.where} {problem.params}", problem)
    return list(seen.values())
