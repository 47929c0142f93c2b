"""A scenario: the question in one TOML file, checked completely before anything is computed.

    checked = read("my_scenario.toml")     # all problems at once: checked.errors, checked.warnings
    scenario = load("my_scenario.toml")    # the scenario, or InputError with all problems

A file states what differs from the packaged scenario `groningen`, which holds every key with a comment. Tables of
weights replace the packaged ones as a whole; other tables are merged key by key.
"""

import difflib
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mijnrisico.core import production, provenance, table, toml
from mijnrisico.core.production import Volume
from mijnrisico.core.sections import (
    FIRST_YEAR,
    CatalogueFile,
    Compute,
    File,
    Hazard,
    Inputs,
    Motion,
    Output,
    Pressure,
    PressureFile,
    Report,
    Risk,
    ScenarioFile,
    Source,
    Time,
    field_of,
)
from mijnrisico.core.toml import Places, Tree, is_section
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase

if TYPE_CHECKING:
    import pandas as pd

Part = TypeVar("Part", bound=BaseModel)

TEMPLATES: Final = ("groningen",)
ROLES: Final = ("scenario", "catalogue", "pressure")
"""Files that a user may name, by their table under [inputs]."""


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
    report: Report
    compute: Compute
    output: Output
    production: tuple[Volume, ...] | None = None
    origin: str = "groningen"
    folder: Path = field(default=Path(), compare=False)
    input_files: Mapping[str, Path] = field(default_factory=dict, compare=False)
    """Files of the user by role (`scenario`, `catalogue`, `pressure`); only those that were given."""
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
        return self.input_files.get("scenario")

    def settings(self) -> Tree:
        """Return all settings as they would stand in a file: plain values, `from` under its own name."""
        sections = ("time", "inputs", "pressure", "source", "motion", "hazard", "risk", "report", "compute", "output")
        tree: Tree = {"title": self.title, "title_nl": self.title_nl, "template": "groningen", "seed": self.seed}
        return tree | {name: getattr(self, name).model_dump(mode="json", by_alias=True) for name in sections}

    def digest(self) -> str:
        """Return the sha256 of the question: settings that can change an answer and the contents of the user's files.

        File names, the place of the results, what is reported and the memory limit do not belong to the question.
        """
        tree = self.settings()
        del tree["report"], tree["compute"], tree["output"], tree["inputs"]["scenario"]["columns"]
        for role in ROLES:
            del tree["inputs"][role]["file"]
        volumes = None if self.production is None else [(v.month, v.cluster, v.volume_nm3) for v in self.production]
        files = {role: provenance.file_digest(path) for role, path in self.input_files.items() if role != "scenario"}
        return provenance.sha256(provenance.canonical({"settings": tree, "production": volumes, "files": files}))

    def deviations(self) -> tuple[str, ...]:
        """Return the keys whose values differ from the packaged scenario."""
        packaged = dict(_leaves(_packaged(TEMPLATES[0])))
        return tuple(key for key, value in _leaves(self.settings()) if packaged.get(key) != value)

    def toml(self, files: Mapping[str, str] | None = None, *, file: str | None = None) -> str:
        """Write the scenario with every key resolved; `files` gives the names of the user's files by role."""
        tree = self.settings()
        for role, name in ({"scenario": file} if file else files or {}).items():
            tree["inputs"][role]["file"] = name
        return toml.write(tree)


@dataclass(frozen=True, slots=True)
class Known:
    """Names and sizes from packaged data that a scenario is checked against; None accepts any name."""

    clusters: Collection[str] | None = None
    vulnerability_classes: Collection[str] | None = None
    largest_year_bcm: float = 87.7
    """Largest production of one calendar year so far: 1976."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What reading a scenario found: the scenario when there are no errors, all errors, all warnings.

    The parts that are in order stand here as well when another part is not, so that the files of the user can be
    checked in the same pass: `inputs` (a table that is wrong is taken as not given), `time`, `source`,
    `input_files` by role as far as they exist, and `places`, which points at a key of the scenario file.
    """

    scenario: Scenario | None
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    inputs: Inputs | None = None
    time: Time | None = None
    source: Source | None = None
    folder: Path = Path()
    input_files: Mapping[str, Path] = field(default_factory=dict)
    places: Places | None = None


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
    given = toml.parse(content, name)
    if isinstance(given, Problem):
        return Checked(None, (given,), ())
    places = Places(name, content)
    settings, problems = _overrides(overrides)
    for key, value in settings.items():
        places.overridden.add(key)
        _put(given, key.split("."), value)
    if not packaged and "title" not in given:
        params = {"key": "title", "expected": Phrase("expected.missing"), "got": "–", "example": _example("title")}
        problems.append(Problem("E503", places.where("title"), params))
    tree = _merged(_packaged(TEMPLATES[0]), _shorthand(given))
    if "title" in given and "title_nl" not in given:
        tree["title_nl"] = tree["title"]

    parsed: File | None = None
    try:
        parsed = File.model_validate(tree)
    except ValidationError as error:
        problems += [_problem(details, places) for details in _causes(error.errors(include_url=False))]
    problems += _unknown_classes(tree, known, places)
    inputs = _inputs(tree)
    folders = {role: Path.cwd() if f"inputs.{role}.file" in settings else folder for role in ROLES}
    files, found = _files(inputs, folders, places)
    problems += found
    time = _section(Time, tree.get("time"))
    volumes, found = _production(inputs, files.get("scenario"), time, known)
    problems += found

    errors = tuple(problem for problem in _unique(problems) if problem.code.startswith("E"))
    warnings = tuple(problem for problem in _unique(problems) if problem.code.startswith("W"))
    scenario = None
    if parsed is not None and not errors:
        sections = {key: getattr(parsed, key) for key in File.model_fields if key != "template"}
        scenario = Scenario(
            **sections, production=volumes, origin=name, folder=folder, input_files=files, warnings=warnings
        )
    return Checked(
        scenario,
        errors,
        warnings,
        inputs=inputs,
        time=time,
        source=_section(Source, tree.get("source")),
        folder=folder,
        input_files=files,
        places=places,
    )


@cache
def _packaged_text(name: str) -> str:
    return (resources.files("mijnrisico") / "scenarios" / f"{name}.toml").read_text(encoding="utf-8")


def _packaged(name: str) -> Tree:
    return tomllib.loads(_packaged_text(name))


def _merged(base: Tree, given: Tree, path: tuple[str, ...] = ()) -> Tree:
    tree = dict(base)
    for key, value in given.items():
        inner = tree.get(key)
        if isinstance(value, dict) and isinstance(inner, dict) and is_section((*path, key)):
            tree[key] = _merged(inner, value, (*path, key))
        else:
            tree[key] = value
    return tree


def _shorthand(given: Tree) -> Tree:
    """Accept `scenario = "file.csv"` under [inputs], and so for each role, for a table with that file."""
    inputs = given.get("inputs")
    if not isinstance(inputs, dict):
        return given
    return given | {
        "inputs": {
            key: {"file": value} if key in ROLES and isinstance(value, str) else value for key, value in inputs.items()
        }
    }


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
        parsed = toml.parse(f"value = {value}", "--set")
        settings[key.strip()] = value if isinstance(parsed, Problem) or len(parsed) != 1 else parsed["value"]
    return settings, problems


def _put(tree: Tree, path: Sequence[str], value: object) -> None:
    for key in path[:-1]:
        inner = tree.get(key)
        tree[key] = inner = dict(inner) if isinstance(inner, dict) else {}
        tree = inner
    tree[path[-1]] = value


def _causes(found: list[ErrorDetails]) -> list[ErrorDetails]:
    """Leave out that a list is too short where that only follows from an item that cannot be read."""
    items = {details["loc"][:-1] for details in found if isinstance(details["loc"][-1], int)}
    return [details for details in found if details["type"] != "too_short" or details["loc"] not in items]


def _problem(details: ErrorDetails, places: Places) -> Problem:
    """Turn one finding of pydantic into a problem of the catalogue."""
    location = details["loc"]
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
    got = "–" if kind == "missing" else toml.written(_short(details["input"]))
    return Problem("E503", where, {"key": key, "got": got, "expected": expected, "example": _example(key)})


def _short(value: object) -> object:
    if isinstance(value, str) and len(value) > 60:
        return f"{value[:57]}..."
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    return value


def _example(key: str) -> str:
    """Return a line that would be right for a key: an example of its own, else the packaged value."""
    name = key.rpartition(".")[2]
    found = field_of(key)
    if found is not None and found.examples:
        return f"{name} = {toml.written(found.examples[0])}"
    value: Any = _packaged(TEMPLATES[0])
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return f"{name} = {toml.written(value)}" if value is not None else "–"


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
        if isinstance(value, Mapping) and is_section((*path, key)):
            yield from _leaves(value, (*path, key))
        else:
            yield ".".join((*path, key)), value


def _unknown_classes(tree: Tree, known: Known, places: Places) -> list[Problem]:
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


def _section(part: type[Part], tree: object) -> Part | None:
    """Return one table of the file, or None where it is wrong; what is wrong is reported with the whole file."""
    try:
        return part.model_validate(tree)
    except ValidationError:
        return None


def _inputs(tree: Tree) -> Inputs:
    """Return what can be read of [inputs]; a table that is wrong is taken as not given."""
    given, packaged = tree.get("inputs"), _packaged(TEMPLATES[0])["inputs"]
    read: Tree = {}
    for role, part in zip(ROLES, (ScenarioFile, CatalogueFile, PressureFile), strict=True):
        own = _section(part, given.get(role)) if isinstance(given, dict) else None
        read[role] = own or part.model_validate(packaged[role])
    return Inputs(**read)


def _files(inputs: Inputs, folders: Mapping[str, Path], places: Places) -> tuple[dict[str, Path], list[Problem]]:
    """Find the files of the user by role."""
    files: dict[str, Path] = {}
    problems: list[Problem] = []
    for role in ROLES:
        name = getattr(inputs, role).file
        found = table.find(name, folders[role], places.where(f"inputs.{role}.file")) if name else None
        if isinstance(found, Problem):
            problems.append(found)
        elif found is not None:
            files[role] = found
    return files, problems


def _production(
    inputs: Inputs, path: Path | None, time: Time | None, known: Known
) -> tuple[tuple[Volume, ...] | None, list[Problem]]:
    """Check the production table; without readable years its rows cannot be judged."""
    if path is None or time is None:
        return None, []
    return production.read(
        path,
        years=range(FIRST_YEAR, time.end + 1),
        fill=inputs.scenario.fill,
        clusters=known.clusters,
        largest_year_bcm=known.largest_year_bcm,
    )


def _unique(problems: Iterable[Problem]) -> list[Problem]:
    seen: dict[str, Problem] = {}
    for problem in problems:
        seen.setdefault(f"{problem.code} {problem.where} {problem.params}", problem)
    return list(seen.values())
