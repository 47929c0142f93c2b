"""A question about salt caverns read from TOML; all that is wrong with it at once.

question = read(Path("caverns.toml"))       raises `InputError`; EXAMPLE is a packaged one
"""

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mijnrisico.core import form, toml_places
from mijnrisico.data.readers import crs
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase
from mijnrisico.studies.salt.sections import CavernSection, OwnLaw, SaltFile, SinkholeSection
from mijnrisico.subsurface.cavern.abandonment import CUSTOMARY, Option
from mijnrisico.subsurface.cavern.geometry import Cavern, Gradients
from mijnrisico.subsurface.cavern.laws import Law, laws
from mijnrisico.subsurface.cavern.shut_in import Brine
from mijnrisico.subsurface.cavern.sinkhole import Migration, Triangle
from mijnrisico.subsurface.cavern.warming import Heat

EXAMPLE: Final = Path(__file__).with_name("example.toml")
_UNIONS: Final = ("OwnLaw", "constrained-str", "str")
_LINES: Final[Mapping[str, str]] = {
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

_ROUND: Final = 0.01
"""By how much of it the radius of a sphere may miss half its height."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A question, checked: the file as it was written, and what the models need of it."""

    entry: SaltFile
    file: str
    content: str
    caverns: tuple[Cavern, ...]
    migrations: tuple[Migration | None, ...]
    options: tuple[Option, ...]
    dislocation: Law
    solution: Law | None
    gradients: Gradients
    brine: Brine
    heat: Heat

    @property
    def years(self) -> tuple[int, ...]:
        """Years that are told: from that of abandonment to the last."""
        return tuple(range(self.entry.start, self.entry.end + 1))


def read(path: Path) -> Question:
    """Read a file; raises `InputError` with all that is wrong: E101, E501, E502, E503."""
    return parse(form.text(path), path.name)


def parse(content: str, name: str) -> Question:
    """Read the text of a file of that name; raises as `read`. A key that is not known hides no other error."""
    entry, unknown = form.read(content, name, SaltFile, _LINES, _UNIONS)
    return _Reader(entry, name, content, unknown).question()


@dataclass
class _Reader:
    """Collects problems while the parts of a file are put together."""

    entry: SaltFile
    name: str
    content: str
    problems: list[Problem] = field(default_factory=list)

    def question(self) -> Question:
        """Return the question; raises `InputError` with every problem."""
        entry = self.entry
        dislocation = self._law("dislocation", entry.salt.dislocation)
        given = entry.salt.pressure_solution
        solution = None if given is None else self._law("pressure_solution", given)
        if (given is None) != (entry.salt.grain_mm is None):
            self._say(("salt", "grain_mm"), entry.salt.grain_mm or "–", "grain", "grain_mm = 5.0")
        if entry.end <= entry.start:
            self._say(("end",), entry.end, "after_start", f"end = {entry.start + 200}", start=entry.start)
        if entry.ground.rock_mpa_per_m <= entry.ground.brine_mpa_per_m:
            self._say(("ground", "rock_mpa_per_m"), entry.ground.rock_mpa_per_m, "heavier", "rock_mpa_per_m = 0.022")
        self._unique("cavern", [each.name for each in entry.cavern])
        self._unique("option", [each.name for each in entry.option])
        caverns = [self._cavern(k, each) for k, each in enumerate(entry.cavern)]
        migrations = [self._migration(k, each) for k, each in enumerate(entry.cavern)]
        options = self._options()
        if self.problems:
            raise InputError(sorted(self.problems, key=form.line))
        assert dislocation is not None
        brine = entry.brine
        return Question(
            entry,
            self.name,
            self.content,
            tuple(caverns),
            tuple(migrations),
            options,
            dislocation,
            solution,
            Gradients(entry.ground.rock_mpa_per_m, entry.ground.brine_mpa_per_m),
            Brine(brine.compressibility_per_mpa, brine.expansion_per_k, brine.viscosity_pa_s),
            Heat(brine.diffusivity_m2_s, brine.capacity_ratio),
        )

    def _say(self, location: Sequence[str | int], got: object, expected: str, example: str, **params: object) -> None:
        where = toml_places.where(self.name, self.content, location)
        words = {"got": got, "expected": Phrase(f"salt.expected.{expected}", params), "example": example}
        self.problems.append(Problem("E503", where, words))

    def _law(self, mechanism: str, given: str | OwnLaw) -> Law | None:
        if isinstance(given, OwnLaw):
            return Law("own", mechanism, given.a, given.n, given.q_j_mol, "user", given.source)  # pyright: ignore[reportArgumentType]
        known = {name: law for name, law in laws().items() if law.mechanism == mechanism}
        if given not in known:
            near = difflib.get_close_matches(given, known, n=1, cutoff=0.0)
            self._say(("salt", mechanism), given, "law", f'{mechanism} = "{near[0]}"', known=tuple(known))
        return known.get(given)

    def _unique(self, kind: str, names: Sequence[str]) -> None:
        for k, name in enumerate(names):
            if name in names[:k]:
                self._say((kind, k, "name"), name, "unique", f'name = "{name} 2"')

    def _cavern(self, k: int, each: CavernSection) -> Cavern:
        at = ("cavern", k)
        if not bool(crs.in_netherlands([each.x_rd], [each.y_rd])[0]):
            self._say((*at, "x_rd"), f"{each.x_rd:g}; {each.y_rd:g}", "rd", "x_rd = 254000.0, y_rd = 473000.0")
        if each.bottom_m <= each.top_m:
            self._say((*at, "bottom_m"), each.bottom_m, "deeper", f"bottom_m = {each.top_m + 200.0}", top=each.top_m)
        rock = self.entry.ground.rock_mpa_per_m * 0.5 * (each.top_m + each.bottom_m)
        if each.pressure_mpa is not None and each.pressure_mpa >= rock:
            self._say(
                (*at, "pressure_mpa"), each.pressure_mpa, "below_rock", f"pressure_mpa = {0.6 * rock:.1f}", rock=rock
            )
        half = 0.5 * (each.bottom_m - each.top_m)
        radius = half if each.radius_m is None else each.radius_m
        if each.shape == "cylinder" and each.radius_m is None:
            self._say((*at, "radius_m"), "–", "radius", "radius_m = 30.0")
        elif each.shape == "sphere" and abs(radius - half) > _ROUND * half > 0.0:
            self._say((*at, "radius_m"), radius, "sphere", f"radius_m = {half:g}", half=half)
        years = each.leached_from, each.leached_until
        if (years[0] is None) != (years[1] is None):
            missing = "leached_from" if years[0] is None else "leached_until"
            self._say(
                (*at, missing), "–", "leached", f"{missing} = {self.entry.start - (40 if years[0] is None else 0)}"
            )
        elif years[0] is not None and years[1] is not None and not years[0] < years[1] <= self.entry.start:
            got = f"{years[0]}-{years[1]}"
            self._say((*at, "leached_until"), got, "leached", f"leached_until = {self.entry.start}")
        return Cavern(each.name, each.x_rd, each.y_rd, each.top_m, each.bottom_m, radius, each.shape, each.volume_m3)

    def _migration(self, k: int, each: CavernSection) -> Migration | None:
        given = each.sinkhole
        if given is None:
            return None
        for key in ("height_m", "bulking", "cover_m"):
            three = getattr(given, key)
            if sorted(three) != three:
                self._say(("cavern", k, "sinkhole", key), tuple(three), "rising", form.example(key, _LINES))
        if given.bulking[0] <= 1.0:
            self._say(
                ("cavern", k, "sinkhole", "bulking"), tuple(given.bulking), "bulking", form.example("bulking", _LINES)
            )
        return _migration(given, each)

    def _options(self) -> tuple[Option, ...]:
        for k, each in enumerate(self.entry.option):
            if each.fill_squeezed > each.fill_porosity:
                example = f"fill_squeezed = {each.fill_porosity:g}"
                self._say(("option", k, "fill_squeezed"), each.fill_squeezed, "squeezed", example)
            if each.wait_years > 0.0 and not each.plugged:
                self._say(("option", k, "wait_years"), each.wait_years, "wait", "plugged = true")
        return tuple(Option(**each.model_dump()) for each in self.entry.option) or CUSTOMARY


def _migration(given: SinkholeSection, cavern: CavernSection) -> Migration:
    radius = 0.5 * (cavern.bottom_m - cavern.top_m) if cavern.radius_m is None else cavern.radius_m
    height, bulking, cover = (Triangle(*three) for three in (given.height_m, given.bulking, given.cover_m))
    return Migration(height, bulking, cover, math.pi * radius**2, given.cone_share, given.roof_fails)
