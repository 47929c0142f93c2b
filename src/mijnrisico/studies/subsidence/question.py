"""A question about subsidence, read from TOML with the files that it names: all errors at once, before anything runs.

    checked = read("my_fields.toml")          checked.errors, checked.warnings; checked.scenario when there are none
    question.entry, question.inputs           what was asked, and what stands in its files

`read("groningen-subsidence")` reads the packaged one, which is a file of the same form.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import xarray as xr
from shapely import box, intersects

from mijnrisico.core import form, provenance, table, toml
from mijnrisico.core.scenario import SCENARIO_FILE
from mijnrisico.core.scenario import tree as scenario_tree
from mijnrisico.core.scenario.sections import Output
from mijnrisico.core.table import columns
from mijnrisico.data.readers import crs as systems
from mijnrisico.data.readers import gnss, insar, levelling, outline
from mijnrisico.data.readers import pressure as pressure_reader
from mijnrisico.data.readers.displacements import Settings
from mijnrisico.data.readers.pressure_checks import BAR
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase
from mijnrisico.studies.subsidence import files, plausible, sections, tanks
from mijnrisico.studies.subsidence.files import Ground
from mijnrisico.studies.subsidence.keys import Keys, between

if TYPE_CHECKING:
    import pandas as pd

STUDY: Final = "subsidence"
PACKAGED: Final = "groningen-subsidence"
FILES: Final = ("outline", "grid", "pressure", "production", "caverns", "volumes", "salt", "cooling")
"""Keys of an activity that name a file."""
READERS: Final[Mapping[str, Any]] = {"levelling": levelling, "gnss": gnss, "insar": insar}
_OUTLINES: Final = (("x", "x_rd", "lon"), ("y", "y_rd", "lat"))
_PRESSURES: Final = (("x", "x_rd"), ("y", "y_rd"), ("time", "date", "year"), ("pressure",))
_OF_THE_CHECK: Final = ("W208",)
"""Said when a question is checked, not with its answer: how numbers are written changes nothing of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """What all files of a question hold: activities and basins in the order of the file, objects."""

    ground: tuple[Ground, ...]
    basins: tuple[outline.Polygon, ...]
    objects: files.Objects | None
    displacements: Mapping[str, "pd.DataFrame"] = field(default_factory=dict)
    """Rows of each file of measurements by technique; see `data.readers.displacements`."""


@dataclass(frozen=True, slots=True, eq=False)
class SubsidenceQuestion:
    """A complete, checked question. `input_files` are those of the user by role."""

    entry: sections.Question
    inputs: Inputs
    name: str = ""
    folder: Path = field(default=Path())
    input_files: Mapping[str, Path] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()

    @property
    def title(self) -> str:
        """Title in English, or in the language of its user."""
        return self.entry.title

    @property
    def title_nl(self) -> str:
        """Title in Dutch."""
        return self.entry.title_nl or self.entry.title

    @property
    def seed(self) -> int:
        """Seed of what is drawn."""
        return self.entry.seed

    @property
    def output(self) -> Output:
        """Where runs are kept."""
        return self.entry.output

    @property
    def report(self) -> sections.Report:
        """What the run writes for readers."""
        return self.entry.report

    @property
    def years(self) -> tuple[int, ...]:
        """Years of which the end is told, the first with its begin as year zero of the subsidence."""
        return tuple(range(self.entry.time.start, self.entry.time.end + 1))

    def settings(self) -> dict[str, Any]:
        """Return all settings as plain values; what was not given and has no value is left out."""
        return self.entry.model_dump(mode="json", by_alias=True, exclude_none=True)

    def digest(self) -> str:
        """Return the sha256 of the question: its settings, not the names of files, and the contents of the files."""
        tree = self.settings()
        del tree["report"], tree["output"]
        for location in file_keys(tree):
            _put(tree, location, "")
        digests = {role: provenance.file_digest(path) for role, path in self.input_files.items()}
        return provenance.sha256(provenance.canonical({"settings": tree, "files": digests}))

    def deviations(self) -> tuple[str, ...]:
        """Return nothing: a question of this kind fills in no template."""
        return ()

    def kept(self, given: Mapping[str, str]) -> str:
        """Return the file as a run keeps it: every key, the files by the names in `given`, no place of this machine."""
        tree = self.settings()
        for location in file_keys(tree):
            _put(tree, location, given[role_of(location)])
        place = Path(self.output.dir)
        tree["output"] = {"dir": place.name if place.is_absolute() else str(place)}
        return toml.write(tree)


@dataclass(frozen=True, slots=True)
class Checked:
    """The question when there are no errors, all errors, all warnings."""

    scenario: SubsidenceQuestion | None
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def is_subsidence(source: str | Path) -> bool:
    """Say whether a file, a folder with a scenario, or a packaged name asks about subsidence; never raises."""
    if str(source) == PACKAGED:
        return True
    path = _path(source)
    try:
        content = path.read_text(encoding="utf-8-sig", errors="replace")
    except (OSError, ValueError):
        return False
    return any(line.split("#")[0].replace(" ", "").strip() == f'study="{STUDY}"' for line in content.splitlines())


def read(source: str | Path, overrides: Iterable[str] = ()) -> Checked:
    """Read and check a question with its files; never raises for what a user may have written.

    Args:
        source: file, folder with a `scenario.toml`, or `groningen-subsidence`.
        overrides: settings `table.key=value`; lists of tables, such as activities, stay as they are.
    """
    if str(source) == PACKAGED:
        name, folder = f"{PACKAGED}.toml", Path.cwd()
        content = (resources.files("mijnrisico") / "scenarios" / name).read_text(encoding="utf-8")
    else:
        path = table.find(str(_path(source)), Path(), str(source))
        if isinstance(path, Problem):
            return Checked(None, (path,), ())
        text = scenario_tree.text_of(path)
        if isinstance(text, Problem):
            return Checked(None, (text,), ())
        content, name, folder = text, path.name, path.parent
    settings, wrong = scenario_tree.overrides_of(overrides)
    if settings and not toml.slips(content, name):
        tree = tomllib.loads(content)
        for key, value in settings.items():
            _put(tree, tuple(key.split(".")), value, make=True)
        content = toml.write(tree)
    try:
        return _Reader(content, name, folder, wrong).checked()
    except InputError as error:
        return Checked(None, (*wrong, *error.problems), ())


def _path(source: str | Path) -> Path:
    inside = Path(source) / SCENARIO_FILE
    try:
        return inside if inside.is_file() else Path(source)
    except (OSError, ValueError):
        return Path(source)


def file_keys(tree: Mapping[str, Any]) -> list[tuple[str | int, ...]]:
    """Return the places of a tree at which files are named, in the order of the file."""
    found: list[tuple[str | int, ...]] = []
    for k, activity in enumerate(tree.get("activity", ())):
        found += [("activity", k, key) for key in FILES if activity.get(key)]
    observed = tree.get("observations", {})
    found += [("observations", key) for key in READERS if observed.get(key)]
    found += [("basin", k, "outline") for k in range(len(tree.get("basin", ())))]
    return [*found, *([("objects", "file")] if tree.get("objects") else [])]


def role_of(location: Sequence[str | int]) -> str:
    """Return the role of a file from the place where it is named.

    >>> role_of(("activity", 0, "outline")), role_of(("observations", "levelling"))
    ('activity_1_outline', 'observations_levelling')
    """
    return "_".join(str(part + 1) if isinstance(part, int) else part for part in location)


def _put(tree: Any, location: Sequence[str | int], value: object, *, make: bool = False) -> None:
    for part in location[:-1]:
        if make and isinstance(tree, dict) and not isinstance(tree.get(part), dict):
            tree[part] = {}
        tree = tree[part]
    tree[location[-1]] = value


class _Reader:
    """Collects problems while the parts of a question are put together."""

    def __init__(self, content: str, name: str, folder: Path, found: Iterable[Problem]) -> None:
        self.keys, self.folder = Keys(content, name, found), folder
        self.entry, self.problems = self.keys.entry, self.keys.problems
        self.files: dict[str, Path] = {}

    def checked(self) -> Checked:
        """Return the question, or every problem."""
        self.keys.check()
        tree = self.entry.model_dump(by_alias=True)
        for location in file_keys(tree):
            self._find(location, tree)
        ground = tuple(self._ground(k, each) for k, each in enumerate(self.entry.activity))
        basins = tuple(self._outline(("basin", k, "outline"), each.crs) for k, each in enumerate(self.entry.basin))
        objects = None
        if self.entry.objects is not None and (path := self.files.get("objects_file")):
            objects = self._take(files.objects(path, self.entry.objects.crs))
        displacements = {name: rows for name in READERS if (rows := self._displacements(name)) is not None}
        self._depths(ground)
        for k, each in enumerate(self.entry.activity):
            self._plausible(k, each, ground[k])
            self._on_map(k, each, ground[k])
        self._measured(displacements, ground)
        self._ends(ground)
        self._dutch()
        errors = tuple(sorted((p for p in self.problems if p.code.startswith("E")), key=form.line))
        warnings = tuple(p for p in self.problems if p.code.startswith("W"))
        if errors:
            return Checked(None, errors, warnings)
        inputs = Inputs(ground, tuple(one for one in basins if one is not None), objects, displacements)
        lasting = tuple(problem for problem in warnings if problem.code not in _OF_THE_CHECK)
        question = SubsidenceQuestion(self.entry, inputs, self.keys.name, self.folder, self.files, lasting)
        return Checked(question, (), warnings)

    def _take(self, found: tuple[Any, list[Problem]]) -> Any:
        self.problems += found[1]
        return found[0]

    def _find(self, location: tuple[str | int, ...], tree: Any) -> None:
        for part in location:
            tree = tree[part]
        found = table.find(str(tree), self.folder, self.keys.where(location))
        if isinstance(found, Problem):
            self.problems.append(found)
        else:
            self.files[role_of(location)] = found

    def _ground(self, k: int, each: sections.Activity) -> Ground:
        def path(key: str) -> Path | None:
            return self.files.get(role_of(("activity", k, key)))

        polygon = self._outline(("activity", k, "outline"), each.crs)
        grid = self._take(files.reservoir_grid(found, each.crs)) if (found := path("grid")) else None
        if grid is not None:
            self._grid(k, each, grid)
        pressure: Any = None
        if found := path("pressure"):
            pressure = self._pressure(found, each)
        production = None
        if found := path("production"):
            production = self._take(files.series(found, ("volume_nm3",), positive=each.kind != "storage", yearly=True))
            self._tank(k, each, production, found.name)
        caverns, volumes = None, None
        if found := path("caverns"):
            caverns = self._take(files.caverns(found, each.crs))
        if caverns is not None and (found := path("volumes")):
            volumes = self._take(files.volumes(found, caverns.names))
        if (found := path("salt")) and each.option is not None:
            caverns, volumes = self._closing(found, k, each.option)
        cooling = None
        if found := path("cooling"):
            cooling = self._take(files.series(found, ("cold_volume_m3", "cooling_k"), rises="cold_volume_m3"))
        return Ground(polygon, grid, pressure, production, caverns, volumes, cooling)

    def _closing(self, path: Path, k: int, option: str) -> tuple[files.Caverns | None, dict[str, files.Series] | None]:
        """What caverns lose by creep, in the mean, when they are left by an option of a question about salt."""
        from mijnrisico.studies import salt

        try:
            asked = salt.read(path)
        except InputError as error:
            self.problems += error.problems
            return None, None
        if option not in (known := tuple(each.name for each in asked.options)):
            self.keys.say(("activity", k, "option"), option, "option", f'option = "{known[0]}"', known=known)
            return None, None
        return files.closing(salt.assess(asked), option)

    def _grid(self, k: int, each: sections.Activity, grid: xr.Dataset) -> None:
        for column, key in (("depth_m", "depth_m"), ("compressibility_per_bar", "compressibility_per_bar")):
            if column not in grid and getattr(each, key) is None:
                self.keys.say(("activity", k, key), "–", "grid_or_key", f"{key} = 3000.0", column=column)

    def _pressure(self, path: Path, each: sections.Activity) -> files.Series | xr.DataArray | None:
        """Read pressures: of the whole field by year (year, pressure or pressure_bar), or a grid of them."""
        head = table.read(path) if path.suffix.lower() == ".csv" else None
        if isinstance(head, table.Table) and ("year" in head.columns or not _has_places(head)):
            column = "pressure_bar" if "pressure_bar" in head.columns else "pressure"
            found = self._take(files.series(path, (column,)))
            if found is None:
                return None
            unit = BAR["bar" if column == "pressure_bar" else each.pressure_unit]
            return files.Series(found.years, {"pressure_bar": found.values[column] * unit})
        read = pressure_reader.read(path, unit=each.pressure_unit, crs=each.crs or (systems.RD if head else ""))
        self.problems += [files.to_rename(files.own_key(one, "[[activity]]"), _PRESSURES) for one in read.problems]
        return read.pressure

    def _tank(self, k: int, each: sections.Activity, production: files.Series | None, file: str) -> None:
        """Try at once whether the reservoir can give what it is said to have given."""
        if production is None or None in (each.initial_bar, each.gas_in_place_nm3, each.temperature_k):
            return
        if (wrong := tanks.refused(each, production, file)) is not None:
            key, got, expected, example = wrong
            params = {"key": key, "got": got, "expected": expected, "example": example}
            self.problems.append(Problem("E503", self.keys.where(("activity", k, key)), params))

    def _outline(self, location: tuple[str | int, ...], declared: str) -> outline.Polygon | None:
        path = self.files.get(role_of(location))
        if path is None:
            return None
        plain = path.suffix.lower() not in (".geojson", ".json")
        found = outline.read(path, crs=declared or (systems.RD if plain else ""))
        for problem in filter(None, map(_open_ring, found.problems)):
            self.problems.append(files.to_rename(files.own_key(problem, f"[[{location[0]}]]"), _OUTLINES))
        return found.polygon

    def _displacements(self, technique: str) -> "pd.DataFrame | None":
        path = self.files.get(f"observations_{technique}")
        if path is None:
            return None
        asked = self.entry.observations
        found = READERS[technique].read(path, Settings(declared=asked.crs, reference=asked.reference))
        self.problems += found.problems
        if found.rows is None:
            return None
        late = found.rows[found.rows["to_year"] > self.entry.time.end + 1.0]
        if len(late):
            got = tuple(f"{row.to_year:g} ({row.where})" for row in late.itertuples())
            params = {"key": "to_year", "got": got, "example": f"end = {int(late['to_year'].max()) + 1}"}
            expected = Phrase("subsidence.expected.measured_until", {"last": self.entry.time.end})
            self.problems.append(Problem("E503", self.keys.where(("time", "end")), {**params, "expected": expected}))
        return found.rows

    def _depths(self, ground: Sequence[Ground]) -> None:
        """A source must lie above the rigid basement, down to its bottom."""
        basements = [float(key) for key in self.entry.surface.basement_m or () if between(key, 0.0, 1e6)]
        if not basements or not self.entry.surface.model.get("van_opstal"):
            return
        for k, each in enumerate(self.entry.activity):
            basement = min(basements) if each.basement_m is None else each.basement_m
            bottom = plausible.deepest_m(each, ground[k])
            if bottom is not None and bottom >= basement:
                example = f'basement_m = {{ "{bottom + 2000:.0f}" = 1.0 }}'
                key = "depth_m" if each.depth_m is not None else "basement_m"
                self.keys.say(("activity", k, key), bottom, "above_basement", example, basement=basement)

    def _on_map(self, k: int, each: sections.Activity, ground: Ground) -> None:
        """A reservoir is laid on the cells of the map, so that some of it must lie there."""
        extent, cell = self.entry.grid.extent, self.entry.grid.cell_m
        if extent is None or each.kind not in ("gas", "storage"):
            return
        west, south, east, north = extent
        shape = plausible.shape_of(each, ground)
        if shape is not None and not intersects(shape, box(west - cell, south - cell, east + cell, north + cell)):
            key = next((key for key in ("outline", "grid", "field") if getattr(each, key)), "outline")
            self.keys.say(("activity", k, key), getattr(each, key), "on_map", "# extent")

    def _plausible(self, k: int, each: sections.Activity, ground: Ground) -> None:
        for key, got, expected in plausible.impossible(each, ground):
            params = {"key": key, "got": got, "expected": expected, "example": "depth_m = 3000.0"}
            self.problems.append(Problem("E503", self.keys.where(("activity", k, key)), params))
        for key, got, usual in plausible.unlikely(each, ground):
            params = {"of": "plausible", "key": key, "name": each.name, "got": got, "range": usual}
            self.problems.append(Problem("W606", self.keys.where(("activity", k, key)), params))

    def _measured(self, displacements: Mapping[str, "pd.DataFrame"], ground: Sequence[Ground]) -> None:
        """Say of measurements that look as if they were in another unit, or had the other sign."""
        for technique, rows in displacements.items():
            where = self.files[role_of(("observations", technique))].name
            params = {"of": "plausible", "key": technique, "name": where}
            if (largest := plausible.too_small(rows)) is not None:
                usual = Phrase("subsidence.usual.too_small", {"n": len(rows)})
                got = Phrase("subsidence.usual.largest", {"mm": float(f"{largest:.2g}")})
                self.problems.append(Problem("W606", where, {**params, "got": got, "range": usual}))
            elif plausible.rises(rows, self.entry.activity, ground):
                got, usual = Phrase("subsidence.usual.rising"), Phrase("subsidence.usual.sign")
                self.problems.append(Problem("W606", where, {**params, "got": got, "range": usual}))

    def _ends(self, ground: Sequence[Ground]) -> None:
        """W303 for inputs that end before the question does: from then on nothing changes."""
        short = []
        for k, (each, one) in enumerate(zip(self.entry.activity, ground, strict=True)):
            for key, last in _last_years(one):
                path = self.files.get(role_of(("activity", k, key)))
                if path is not None and last < self.entry.time.end:
                    params = {"name": each.name, "file": path.name, "year": int(last)}
                    short.append(Phrase("subsidence.ends", params))
        if short:
            params = {"of": "ends", "got": tuple(short), "end": self.entry.time.end}
            self.problems.append(Problem("W303", self.keys.where(("time", "end")), params))

    def _dutch(self) -> None:
        """Gather into one what is said of every table with decimal commas."""
        told = [problem for problem in self.problems if problem.code == "W208"]
        if len(told) < 2:
            return
        kept = [problem for problem in self.problems if problem.code != "W208"]
        names = tuple(dict.fromkeys(problem.where.partition(" [")[0].partition(":")[0] for problem in told))
        params = {"of": "files", "files": names, "example": told[0].params.get("example", "")}
        self.problems = [*kept, Problem("W208", self.keys.name, params)]


def _last_years(ground: Ground) -> Iterator[tuple[str, float]]:
    """Last year that each input of an activity knows, by the key of its file."""
    if isinstance(ground.pressure, files.Series):
        yield "pressure", float(ground.pressure.years[-1])
    elif ground.pressure is not None:
        yield "pressure", float(ground.pressure["time"].dt.year.max())
    if ground.production is not None:
        yield "production", float(ground.production.years[-1])
    if ground.volumes:
        last = min(float(one.years[-1]) for one in ground.volumes.values())
        yield from (("volumes", last), ("salt", last))
    if ground.cooling is not None:
        yield "cooling", float(ground.cooling.years[-1])


def _has_places(head: table.Table) -> bool:
    """Say whether a table of pressures is a grid: it has a column that may be an easting."""
    return any(name in ("x", "x_rd") or name in columns.ALIASES["x"] for name in map(columns.plain, head.columns))


def _open_ring(problem: Problem) -> Problem | None:
    """Leave out that a ring was closed: a table of vertices need not repeat its first one."""
    if problem.code != "W109" or problem.params.get("of") != "outline":
        return problem
    got: Any = problem.params["got"]
    left = tuple(one for one in got if one.key != "inputs.outline_closed")
    return Problem("W109", problem.where, {**problem.params, "got": left}) if left else None
