"""From the text of a scenario file to a checked question, with every problem on the way.

A file states what differs from the packaged scenario `groningen`. Tables of weights replace the packaged ones as a
whole; other tables are merged key by key.
"""

import difflib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from mijnrisico.core import provenance, table, toml
from mijnrisico.core.scenario import problems as findings
from mijnrisico.core.scenario import production
from mijnrisico.core.scenario import tree as scenario_tree
from mijnrisico.core.scenario.production import Fill, Volume
from mijnrisico.core.scenario.sections import (
    FIRST_YEAR,
    INPUT_FILES,
    LAST_YEAR,
    Compute,
    Exposure,
    File,
    Hazard,
    Inputs,
    Motion,
    Output,
    Pressure,
    Report,
    Risk,
    Rupture,
    Sites,
    Source,
    Time,
)
from mijnrisico.core.scenario.tree import PACKAGED, ROLES, SCHEMA, SECTIONS, Given, leaves, table_of
from mijnrisico.core.toml import Places, Tree
from mijnrisico.errors import InputError, Problem

if TYPE_CHECKING:
    import pandas as pd

Part = TypeVar("Part", bound=BaseModel)

TEMPLATES: Final = (PACKAGED,)
SCENARIO_FILE: Final = "scenario.toml"
_NO_SCENARIO: Final = frozenset({".csv", ".xls", ".xlsx", ".ods", ".doc", ".docx", ".pdf", ".nc"})


@dataclass(frozen=True, slots=True)
class Known:
    """Names and sizes from packaged data that a scenario is checked against; None accepts any name."""

    clusters: Collection[str] | None = None
    vulnerability_classes: Mapping[str, Collection[str]] | None = None
    largest_year_bcm: float = 87.7
    """Largest production of one calendar year so far: 1976."""
    further: "Callable[[Checked], Checked] | None" = None
    """What is checked after the settings: the files of the user against the packaged data."""


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
    rupture: Rupture
    motion: Motion
    sites: Sites
    hazard: Hazard
    risk: Risk
    exposure: Exposure
    report: Report
    compute: Compute
    output: Output
    production: tuple[Volume, ...] | None = None
    origin: str = "groningen"
    folder: Path = field(default=Path(), compare=False)
    input_files: Mapping[str, Path] = field(default_factory=dict, compare=False)
    """Files of the user by role, one of `tree.ROLES`; only those that were given."""
    warnings: tuple[Problem, ...] = field(default=(), compare=False)
    known: Known = field(default_factory=Known, compare=False, repr=False)

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

    def settings(self) -> Tree:
        """Return all settings as they would stand in a file: plain values, `from` under its own name."""
        tree: Tree = {"title": self.title, "title_nl": self.title_nl, "template": "groningen", "seed": self.seed}
        sections = [name for name in File.model_fields if name not in tree]
        return tree | {name: getattr(self, name).model_dump(mode="json", by_alias=True) for name in sections}

    def digest(self) -> str:
        """Return the sha256 of the question: settings that can change an answer and the contents of the user's files.

        File names, the place of the results, what is reported and the memory limit do not belong to the question.
        """
        tree = self.settings()
        del tree["report"], tree["compute"], tree["output"], tree["inputs"]["scenario"]["columns"]
        for role in ROLES:
            _table(tree, role).pop("file")
        volumes = None if self.production is None else [(v.month, v.cluster, v.volume_nm3) for v in self.production]
        files = {role: provenance.file_digest(path) for role, path in self.input_files.items() if role != "scenario"}
        return provenance.sha256(provenance.canonical({"settings": tree, "production": volumes, "files": files}))

    def deviations(self) -> tuple[str, ...]:
        """Return the keys whose values differ from the packaged scenario."""
        packaged = dict(leaves(scenario_tree.packaged()))
        return tuple(key for key, value in leaves(self.settings()) if packaged.get(key) != value)

    def replace(self, changes: Mapping[str, object]) -> "Scenario":
        """Return the scenario with other settings, checked; raises `InputError` with every problem found.

        Args:
            changes: values by key, such as `{"hazard.cell": 2000, "scenario.file": "stop.csv"}`; a key of a file of
                the user may leave out `inputs.`. A new file is looked for in the current folder.
        """
        tree = self.settings()
        folders: dict[str, Path] = dict.fromkeys(ROLES, Path())
        for role, path in self.input_files.items():
            _table(tree, role)["file"], folders[role] = path.name, path.parent
        settings = {
            f"inputs.{key}" if key.split(".")[0] == "scenario" else key: value for key, value in changes.items()
        }
        given = scenario_tree.changed(tree, settings, folders)
        return _good(_checked(given, given.problems, self.folder, self.known))

    def toml(self, files: Mapping[str, str] | None = None) -> str:
        """Write the scenario with every key resolved; `files` gives the names of the user's files by role."""
        tree: Tree = {"schema": SCHEMA} | self.settings()
        for role, name in (files or {}).items():
            _table(tree, role)["file"] = name
        return toml.write(tree)

    def kept(self, given: Mapping[str, str]) -> str:
        """Return the file as a run keeps it; where results stood is of this machine, and not of the question."""
        folder = Path(self.output.dir)
        output = self.output.model_copy(update={"dir": folder.name if folder.is_absolute() else str(folder)})
        return replace(self, output=output).toml(given)


@dataclass(frozen=True, slots=True)
class Checked:
    """What reading a scenario found: the scenario when there are no errors, all errors, all warnings.

    The parts that are in order stand here as well when another part is not, so that the files of the user can be
    checked in the same pass: `inputs` and `sites` (a table that is wrong is taken as not given), `time`, `source`,
    `input_files` by role as far as they exist, and `places`, which points at a key of the scenario file.
    """

    scenario: Scenario | None
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    inputs: Inputs | None = None
    sites: Sites | None = None
    time: Time | None = None
    source: Source | None = None
    folder: Path = Path()
    input_files: Mapping[str, Path] = field(default_factory=dict)
    places: Places | None = None


def load(source: str | Path, overrides: Iterable[str] = (), known: Known | None = None) -> Scenario:
    """Return the scenario of a file or of a packaged name; raises `InputError` with every problem found."""
    return _good(read(source, overrides, known))


def template(name: str = PACKAGED, overrides: Iterable[str] = ()) -> Scenario:
    """Return a packaged scenario, with `key=value` overrides."""
    return load(name, overrides)


def read(source: str | Path, overrides: Iterable[str] = (), known: Known | None = None) -> Checked:
    """Read and check a scenario file, or a packaged one by name; never raises for what a user may have written.

    Args:
        source: file, folder with a `scenario.toml`, or name of a packaged scenario.
        overrides: settings `section.key=value`, the value in TOML (text without quotes is taken as text).
        known: names to check against.
    """
    if str(source) in TEMPLATES:
        return check("", name=str(source), folder=Path.cwd(), overrides=overrides, known=known, packaged=True)
    inside = Path(source) / SCENARIO_FILE
    path = inside if _is_file(inside) else table.find(str(source), Path(), str(source))
    if isinstance(path, Problem) and _is_folder(source):
        path = table.find(SCENARIO_FILE, Path(source), str(source))
    if isinstance(path, Problem):
        near = difflib.get_close_matches(str(source), TEMPLATES, n=1)
        params = {**path.params, **({"nearest": near[0]} if near else {})}
        return Checked(None, (Problem("E101", path.where, params),), ())
    if path.suffix.lower() in _NO_SCENARIO:
        return Checked(None, (toml.slip(path.name, 1, 1, "not_a_scenario"),), ())
    content = scenario_tree.text_of(path)
    if isinstance(content, Problem):
        return Checked(None, (content,), ())
    return check(content, name=path.name, folder=path.parent, overrides=overrides, known=known)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name no file system accepts
        return False


def _is_folder(source: str | Path) -> bool:
    try:
        return Path(source).is_dir()
    except (OSError, ValueError):
        return False


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
    given = scenario_tree.build(content, name, folder, overrides)
    if isinstance(given, list):
        return Checked(None, tuple(given), ())
    untitled = not packaged and "title" not in given.own
    problems = (*given.problems, *([findings.missing_title(given.places)] if untitled else []))
    if not packaged:
        problems = (*problems, *_unnamed(given))
    return _checked(given, problems, folder, known or Known())


def _unnamed(given: Given) -> list[Problem]:
    """W117 where no production is named although a table of it stands beside the scenario."""
    inputs, folder = given.tree.get("inputs"), given.folders["scenario"]
    table_ = inputs.get("scenario") if isinstance(inputs, dict) else None
    if not isinstance(table_, dict) or table_.get("file") != "":
        return []
    try:
        others = set(_names(given.tree).values())
        there = sorted(path for path in folder.glob("*.csv") if path.name not in others and production.like(path))
    except OSError:
        return []
    if not there:
        return []
    got = {"got": tuple(path.name for path in there), "file": there[0].name}
    return [Problem("W117", given.places.where("inputs.scenario.file"), got)]


def _checked(given: Given, found: Iterable[Problem], folder: Path, known: Known) -> Checked:
    tree, places, problems = given.tree, given.places, list(found)
    parsed: File | None = None
    try:
        parsed = File.model_validate(tree)
    except ValidationError as error:
        problems += findings.of_settings(error.errors(include_url=False), places)
    problems += findings.unknown_classes(tree, known.vulnerability_classes, places)
    inputs, sites = _inputs(tree), _read(Sites, tree.get("sites"), "sites")
    time, source = _section(Time, tree.get("time")), _section(Source, tree.get("source"))
    problems += findings.beyond_the_models(time, source, places)
    files, missing = _files(inputs, sites, _names(tree), given.folders, places)
    volumes, wrong = _production(inputs, files.get("scenario"), time, known)
    problems += missing + wrong

    errors = tuple(problem for problem in _unique(problems) if problem.code.startswith("E"))
    warnings = tuple(problem for problem in _unique(problems) if problem.code.startswith("W"))
    scenario = None
    if parsed is not None and not errors:
        sections = {key: getattr(parsed, key) for key in File.model_fields if key != "template"}
        details = {"origin": places.name, "folder": folder, "input_files": files, "warnings": warnings, "known": known}
        scenario = Scenario(**sections, production=volumes, **details)
    checked = Checked(scenario, errors, warnings, inputs, sites, time, source, folder, files, places)
    return checked if known.further is None else known.further(checked)


def _good(checked: Checked) -> Scenario:
    if checked.scenario is None:
        raise InputError((*checked.errors, *checked.warnings))
    return checked.scenario


def _section(part: type[Part], tree: object) -> Part | None:
    """Return one table of the file, or None where it is wrong; what is wrong is reported with the whole file."""
    try:
        return part.model_validate(tree)
    except ValidationError:
        return None


def _inputs(tree: Tree) -> Inputs:
    """Return what can be read of [inputs]; a table that is wrong is taken as not given.

    A key that is not known, and a wrong word for a gap in the production, leave the rest of their table as it is.
    """
    read: Tree = {}
    for role, part in INPUT_FILES.items():
        table_ = table_of(tree, role)
        if table_ is not None and role == "scenario" and table_.get("fill") not in get_args(Fill):
            table_ = table_ | {"fill": "zero"}  # no row is missed for a word that is reported itself
        read[role] = _read(part, table_, role)
    return Inputs(**read)


def _read(part: type[Part], table_: object, role: str) -> Part:
    """Return the table of a role without the keys that are not known; the packaged one where it is wrong."""
    if isinstance(table_, dict):
        table_ = {key: value for key, value in table_.items() if key in part.model_fields}
    return _section(part, table_) or part.model_validate(_table(scenario_tree.packaged(), role))


def _table(tree: Tree, role: str) -> Tree:
    """Return the table of a role in complete settings."""
    found = table_of(tree, role)
    assert found is not None
    return found


def _names(tree: Tree) -> dict[str, str]:
    """Return the names of the user's files by role, also of a table in which something else is wrong."""
    names = {role: (table_of(tree, role) or {}).get("file") for role in ROLES}
    return {role: name for role, name in names.items() if name and isinstance(name, str)}


def _files(
    inputs: Inputs, sites: Sites, names: Mapping[str, str], folders: Mapping[str, Path], places: Places
) -> tuple[dict[str, Path], list[Problem]]:
    """Find the files of the user by role, those of a table that can be read; E101 for every one that is not there."""
    files: dict[str, Path] = {}
    problems: list[Problem] = []
    for role, name in names.items():
        found = table.find(name, folders[role], places.where(f"{SECTIONS[role]}.file"))
        if isinstance(found, Problem):
            problems.append(found)
        elif (sites if role == "sites" else getattr(inputs, role)).file:
            files[role] = found
    return files, problems


def _production(
    inputs: Inputs, path: Path | None, time: Time | None, known: Known
) -> tuple[tuple[Volume, ...] | None, list[Problem]]:
    """Check the production table; without readable years a year without a row cannot be missed."""
    if path is None:
        return None, []
    return production.read(
        path,
        years=range(FIRST_YEAR, (LAST_YEAR if time is None else time.end) + 1),
        columns=inputs.scenario.columns,
        fill="zero" if time is None else inputs.scenario.fill,
        clusters=known.clusters,
        largest_year_bcm=known.largest_year_bcm,
    )


def _unique(problems: Iterable[Problem]) -> list[Problem]:
    seen: dict[str, Problem] = {}
    for problem in problems:
        seen.setdefault(f"{problem.code} {problem.where} {problem.params}", problem)
    return list(seen.values())
