"""What is wrong with the keys of a question by themselves, before any file is opened: weights, years, names, places.

keys = Keys(content, name)       keys.entry, keys.problems; raises `InputError` where there is no question at all
keys.check()
"""

from collections.abc import Iterable, Sequence
from math import dist
from typing import Final

from mijnrisico.core import form, toml_places
from mijnrisico.data.readers import crs as systems
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase
from mijnrisico.studies.subsidence import sections
from mijnrisico.subsidence.observe.covariance import DEFAULTS

GAS_HISTORY_START: Final = 1956
"""First year of the packaged pressures of Groningen."""
_SUM: Final = 1e-9
_MOST_CELLS: Final = 1_000_000
_OF_RESERVOIRS: Final = ("field", "outline", "grid", "pressure", "production")
EXAMPLES: Final = {
    "study": 'study = "subsidence"',
    "title": 'title = "Three fields and a cavern"',
    "name": 'name = "Field A"',
    "kind": 'kind = "gas"',
    "time": "[time]  start = 1970, end = 2050, shown = [2024, 2050]",
    "start": "start = 1970",
    "end": "end = 2050",
    "shown": "shown = [2024, 2050]",
    "surface": '[surface]  basement_m = { "5000" = 1.0 }',
    "activity": '[[activity]]  name = "Field A"',
    "extent": "extent = [220000, 560000, 275000, 615000]",
    "models": "models = { linear = 0.5, time_decay = 0.5 }",
    "model": "model = { van_opstal = 1.0 }",
    "file": 'file = "objects.csv"',
    "outline": 'outline = "field.geojson"',
    "source": 'source = "permit of 2019, article 3"',
    "quantity": 'quantity = "subsidence_cm"',
    "from": "from = [230000, 585000]",
    "to": "to = [262000, 598000]",
}
"""A line that would be right, by key; others have a number."""


class Keys:
    """The keys of a question, and every problem that was found, those of files too, each at its line."""

    def __init__(self, content: str, name: str, found: Iterable[Problem] = ()) -> None:
        """Read the text of a file of that name; `found` are problems that are known already."""
        self.content, self.name = content, name
        self.entry, unknown = form.read(content, name, sections.Question, EXAMPLES)
        self.problems: list[Problem] = [*found, *unknown]

    def check(self) -> None:
        """Find everything that is wrong with the keys by themselves."""
        self._weights()
        self._time()
        self._names()
        self._places()
        self._kinds()

    def where(self, location: Sequence[str | int]) -> str:
        """Point at a key: its line in the file."""
        return toml_places.where(self.name, self.content, location)

    def say(self, location: Sequence[str | int], got: object, expected: str, example: str, **params: object) -> None:
        """Keep an E503 about a key; `expected` is a key of the messages of this study."""
        words = {"key": str(location[-1]), "got": got, "example": example}
        expecting = Phrase(f"subsidence.expected.{expected}", params)
        self.problems.append(Problem("E503", self.where(location), {**words, "expected": expecting}))

    def _weights(self) -> None:
        surface, strain = self.entry.surface, self.entry.strain
        for location, weights in (
            (("surface", "model"), surface.model),
            (("surface", "poisson"), surface.poisson),
            (("surface", "basement_m"), surface.basement_m),
            (("strain", "models"), strain.models),
            (("strain", "decay_years"), strain.decay_years),
        ):
            if weights is None:
                continue
            total = sum(weights.values())
            if abs(total - 1.0) > _SUM:
                named = tuple(Phrase("scenario.weight", {"name": n, "weight": w}) for n, w in weights.items())
                params = {"key": location[-1], "sum": total, "weights": named}
                self.problems.append(Problem("E504", self.where(location), params))
            if location[-1] in ("model", "models"):
                continue
            low, high = (-1.0, 0.5) if location[-1] == "poisson" else (0.0, 1e6)
            for key in weights:
                if not between(key, low, high):
                    self.say(location, key, "number_key", '{ "5000" = 1.0 }' if high > 1 else '{ "0.25" = 1.0 }')
        if surface.model.get("van_opstal") and surface.basement_m is None:
            self.say(("surface", "basement_m"), "–", "basement", 'basement_m = { "5000" = 1.0 }')
        if surface.model.get("knothe") and surface.angle_deg is None:
            self.say(("surface", "angle_deg"), "–", "angle", "angle_deg = 45.0")
        if surface.model.get("layered") and not surface.layers:
            self.say(("surface", "layers"), "–", "layers", "layers = [{ young_gpa = 10.0, poisson = 0.25 }]")
        for k, layer in enumerate(surface.layers):
            if (layer.thickness_m is None) != (k == len(surface.layers) - 1):
                self.say(("surface", "layers"), k + 1, "last_layer", "{ young_gpa = 30.0, poisson = 0.25 }")
        if strain.models.get("bilinear") and strain.bilinear is None:
            example = "bilinear = { transition_bar = 250.0, slope_ratio = 3.0 }"
            self.say(("strain", "bilinear"), "–", "bilinear", example)
        if strain.rate_type.elastic_share >= strain.rate_type.reference_share:
            self.say(("strain", "rate_type"), strain.rate_type.elastic_share, "elastic_share", "elastic_share = 0.4")

    def _time(self) -> None:
        time = self.entry.time
        if time.end <= time.start:
            self.say(("time", "end"), time.end, "later", f"end = {time.start + 60}", year=time.start)
        if outside := tuple(year for year in time.shown if not time.start <= year <= time.end):
            example = f"shown = [{time.end}]"
            self.say(("time", "shown"), outside, "within", example, first=time.start, last=time.end)

    def _names(self) -> None:
        for kind in ("activity", "point", "profile", "limit", "basin"):
            seen: set[str] = set()
            for k, each in enumerate(getattr(self.entry, kind)):
                if each.name in seen or (kind == "activity" and each.name == "total"):
                    self.say((kind, k, "name"), each.name, "unique", f'name = "{each.name} 2"')
                seen.add(each.name)
        places = tuple(each.name for each in self.entry.point)
        for k, each in enumerate(self.entry.limit):
            known = ("largest", *(("deepest",) if each.quantity != "tilt" else ()), *places)
            if each.at not in known:  # at its deepest a bowl has no tilt
                self.say(("limit", k, "at"), each.at, "place", 'at = "largest"', known=known)
        for technique, given in self.entry.observations.noise.items():
            known = tuple(noise.name for noise in DEFAULTS[technique])
            for name in given:
                if name not in known:
                    example = f"noise = {{ {technique} = {{ {known[0]} = 1.0 }} }}"
                    self.say(("observations", "noise"), name, "noise", example, known=known)

    def _places(self) -> None:
        for k, each in enumerate(self.entry.point):
            self._inside(("point", k, "x_m"), each.x_m, each.y_m)
        for k, each in enumerate(self.entry.profile):
            self._inside(("profile", k, "from"), *each.from_)
            self._inside(("profile", k, "to"), *each.to)
            if dist(each.from_, each.to) < self.entry.grid.cell_m:
                self.say(("profile", k, "to"), each.to, "longer", "to = [262000, 598000]")
        extent = self.entry.grid.extent
        if extent is None:
            return
        west, south, east, north = extent
        if east <= west or north <= south:
            self.say(("grid", "extent"), extent, "extent", EXAMPLES["extent"])
        elif (east - west) * (north - south) / self.entry.grid.cell_m**2 > _MOST_CELLS:
            self.say(("grid", "cell_m"), self.entry.grid.cell_m, "cells", "cell_m = 500.0", most=_MOST_CELLS)

    def _inside(self, location: Sequence[str | int], x: float, y: float) -> None:
        if not bool(systems.in_netherlands([x], [y])[0]):
            self.say(location, f"{x:g}; {y:g}", "rd", "x_m = 245600.0, y_m = 594790.0")

    def _kinds(self) -> None:
        """Say which keys an activity of a kind lacks, and which belong to another kind."""
        for k, each in enumerate(self.entry.activity):
            if each.kind in ("gas", "storage"):
                self._reservoir(k, each)
            elif each.kind == "cavern":
                self._needs(k, each, ("option",) if each.salt else ("caverns", "volumes"))
                self._foreign(k, each, ("caverns", "volumes") if each.salt else ("option",))
                self._foreign(k, each, (*_OF_RESERVOIRS, "cooling"))
            else:
                self._needs(k, each, ("x_m", "y_m", "depth_m", "cooling", "expansion_per_k", "poisson"))
                self._foreign(k, each, (*_OF_RESERVOIRS, "caverns", "volumes", "salt"))

    def _reservoir(self, k: int, each: sections.Activity) -> None:
        shapes = [key for key in ("field", "outline", "grid") if getattr(each, key)]
        if len(shapes) != 1:
            self.say(("activity", k, "outline"), tuple(shapes) or "–", "one_shape", EXAMPLES["outline"])
            return
        self._needs(k, each, ("compressibility_per_bar",) if each.grid is None else ())
        self._foreign(k, each, ("caverns", "volumes", "salt", "cooling"))
        if each.field:
            if self.entry.time.start != GAS_HISTORY_START:
                self.say(("time", "start"), self.entry.time.start, "groningen_start", f"start = {GAS_HISTORY_START}")
            self._foreign(k, each, ("pressure", "production"))
            return
        self._needs(k, each, ("depth_m", "thickness_m") if each.outline else ())
        ways = [key for key in ("pressure", "production") if getattr(each, key)]
        if len(ways) != 1:
            self.say(("activity", k, "pressure"), tuple(ways) or "–", "one_pressure", 'pressure = "pressure.csv"')
        elif ways == ["production"]:
            self._needs(k, each, ("initial_bar", "gas_in_place_nm3", "temperature_k"))

    def _needs(self, k: int, each: sections.Activity, keys: Sequence[str]) -> None:
        for key in keys:
            if getattr(each, key) is None:
                kind = Phrase(f"subsidence.kind.{each.kind}")
                self.say(("activity", k, key), "–", "needed", EXAMPLES.get(key, f"{key} = ..."), kind=kind)

    def _foreign(self, k: int, each: sections.Activity, keys: Sequence[str]) -> None:
        for key in keys:
            if getattr(each, key) is not None:
                kind = Phrase(f"subsidence.kind.{each.kind}")
                self.say(("activity", k, key), getattr(each, key), "foreign", f"# {key}", kind=kind)


def between(text: str, low: float, high: float) -> bool:
    """Say whether a text is a number above `low` and at most `high`."""
    try:
        return low < float(text) <= high
    except ValueError:
        return False
