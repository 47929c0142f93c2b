"""A site read from TOML: installations, what may come out of them, the weather, measures; all errors at once.

    site = read(Path("site.toml"))          raises InputError with everything that is wrong
    site.units, site.scenarios, site.measures, site.weather

Each scenario says in which damage states it happens, as a share: its yearly rate by earthquakes is the sum over states
of the rate of exactly that state times the share. Shares of one state over the scenarios of a unit sum to at most one.
"""

import difflib
import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final

import shapely

from mijnrisico.core import form, toml_places
from mijnrisico.core import norm as norms
from mijnrisico.data.readers import crs
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase
from mijnrisico.studies.industry.risk import (
    fire,
    fragility_sets,
    hazard_band,
    lethality,
    release,
    tanks,
)
from mijnrisico.studies.industry.risk import loss_of_containment as loss
from mijnrisico.studies.industry.risk.fragility_sets import FragilitySet
from mijnrisico.studies.industry.risk.installations import Change, Measure, Unit, after, changed, checked
from mijnrisico.studies.industry.risk.loss_of_containment import Lognormal
from mijnrisico.studies.industry.risk.site_risk import Blast, Cloud, Effect, Fire, Scenario, Weather
from mijnrisico.studies.industry.risk.site_sections import (
    BuildingEntry,
    PlaceEntry,
    ScenarioEntry,
    SiteFile,
    State,
    Substance,
    UnitEntry,
)

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

_SUM: Final = 1e-6
"""By how much weights may miss one."""
_MOST_VALUES: Final = 50_000_000
"""Cells times scenarios: 400 MB."""
_FARTHEST_M: Final = 20_000.0
"""What lies farther from the middle of the installations is no part of the site."""


@dataclass(frozen=True, slots=True)
class SiteScenario:
    """A scenario with the damage states that cause it and its rate without an earthquake, None where nobody gave it."""

    scenario: Scenario
    on: Mapping[str, float]
    base_per_year: float | None
    base_source: str
    base_mark: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """A site, checked. `alternatives` are the sets that may hold instead of a unit's own, by its name."""

    entry: SiteFile
    file: str
    units: tuple[Unit, ...]
    scenarios: tuple[SiteScenario, ...]
    measures: tuple[Measure, ...]
    weather: tuple[Weather, ...]
    alternatives: Mapping[str, tuple[FragilitySet, ...]]
    boundary: shapely.Polygon | None
    probits: tuple[lethality.Probit, ...]

    @property
    def middle(self) -> tuple[float, float]:
        """Middle of the units (m, RD New)."""
        x, y = ([getattr(unit, name) for unit in self.units] for name in ("x_m", "y_m"))
        return 0.5 * (min(x) + max(x)), 0.5 * (min(y) + max(y))

    @property
    def widest_m(self) -> float:
        """Longest distance between two units (m)."""
        return max(math.dist((a.x_m, a.y_m), (b.x_m, b.y_m)) for a in self.units for b in self.units)

    @property
    def without_base(self) -> tuple[str, ...]:
        """Scenarios, as "unit, scenario", for which nobody gave the rate of other causes."""
        scenarios = [each.scenario for each in self.scenarios if each.base_per_year is None]
        return tuple(f"{each.unit}, {each.name}" for each in scenarios)

    @property
    def assumes_no_loss_when_low(self) -> tuple[str, ...]:
        """Units, and measures as "measure, unit", that are not always full and have no set for the rest of the time."""
        now = [unit.name for unit in self.units if unit.full_share < 1.0 and unit.when_low is None]
        for measure in self.measures:
            for before, then in zip(self.units, after(self.units, measure), strict=True):
                if then.full_share < 1.0 and then.when_low is None and then != before:
                    now.append(f"{measure.name}, {then.name}")
        return tuple(now)

    @property
    def places(self) -> tuple[PlaceEntry, ...]:
        """Places at which the risk is told."""
        return tuple(self.entry.place)

    @property
    def buildings(self) -> tuple[BuildingEntry, ...]:
        """Buildings functionally linked to an installation."""
        return tuple(self.entry.building)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Bounds of the grid (m): xmin, ymin, xmax, ymax."""
        x, y = self.middle
        half = self.entry.grid.half_width_m
        return x - half, y - half, x + half, y + half


def read(path: Path) -> Site:
    """Read a file; raises `InputError` with all that is wrong: E101, E501, E502, E503, E504, and E102-E105."""
    return parse(form.text(path), path.name)


def parse(content: str, name: str) -> Site:
    """Read the text of a file of that name; raises as `read`. A key that is not known hides no other error."""
    entry, unknown = form.read(content, name, SiteFile, _EXAMPLES, ("str", "OwnProbit"))
    return _Reader(entry, name, content, unknown).site()


@dataclass
class _Reader:
    """Collects problems while the parts of a file are put together."""

    entry: SiteFile
    name: str
    content: str
    problems: list[Problem] = field(default_factory=list)
    probits: dict[str, lethality.Probit] = field(default_factory=dict)

    def site(self) -> Site:
        """Return the site; raises `InputError` with every problem."""
        self._names()
        self._coordinates()
        self._hazard()
        weather = self._weather()
        boundary = self._boundary()
        units = {k: unit for k, each in enumerate(self.entry.unit) if (unit := self._unit(k, each)) is not None}
        alternatives = {each.name: self._sets(k, each, units.get(k)) for k, each in enumerate(self.entry.unit)}
        scenarios = [
            found for k, each in enumerate(self.entry.unit) for found in self._scenarios(k, each, units.get(k))
        ]
        measures = [self._measure(k, units) for k in range(len(self.entry.measure))]
        self._links()
        self._tanks()
        self._grid(len(scenarios))
        if not weather and any(isinstance(each.scenario.effect, Cloud) for each in scenarios):
            self._say(("weather",), "–", "industry_risk.expected.weather", '[[weather]]  stability = "D"')
        if self.entry.norm not in norms.norms():
            self._say(("norm",), self.entry.norm, "industry_risk.expected.norm", 'norm = "veiligheidsnorm"')
        if self.problems:
            raise InputError(sorted(self.problems, key=form.line))
        return Site(
            self.entry,
            self.name,
            tuple(units.values()),
            tuple(scenarios),
            tuple(measures),
            weather,
            alternatives,
            boundary,
            tuple(self.probits.values()),
        )

    def _say(
        self, location: Sequence[str | int], got: object, expected: str, example: object, **params: object
    ) -> None:
        where = toml_places.where(self.name, self.content, location)
        words = {"got": got, "expected": Phrase(expected, params), "example": example}
        self.problems.append(Problem("E503", where, words))

    def _take(self, location: Sequence[str | int], error: InputError) -> None:
        """Keep the problems of a deeper check, at the place of the file."""
        where = toml_places.where(self.name, self.content, location)
        self.problems += [Problem(each.code, where, each.params) for each in error.problems]

    def _names(self) -> None:
        for kind in ("unit", "measure", "place", "building"):
            seen: set[str] = set()
            for k, each in enumerate(getattr(self.entry, kind)):
                if each.name in seen:
                    self._say((kind, k, "name"), each.name, "industry_risk.expected.unique", f'name = "{each.name} 2"')
                seen.add(each.name)

    def _coordinates(self) -> None:
        middle = [statistics.median(getattr(each, axis) for each in self.entry.unit) for axis in ("x_rd", "y_rd")]
        for kind in ("unit", "place", "building"):
            for k, each in enumerate(getattr(self.entry, kind)):
                inside = bool(crs.in_netherlands([each.x_rd], [each.y_rd])[0])
                if not inside or math.dist(middle, (each.x_rd, each.y_rd)) > _FARTHEST_M:
                    example = "x_rd = 258300, y_rd = 594200"
                    got = f"{each.x_rd:g}; {each.y_rd:g}"
                    km = _FARTHEST_M / 1000.0
                    self._say((kind, k, "x_rd"), got, "industry_risk.expected.rd", example, km=km)

    def _hazard(self) -> None:
        given = self.entry.hazard
        if given is None:
            return
        try:
            hazard_band.band(given.pga_g, given.rate_per_year, given.fractiles(), given.source)
        except InputError as error:
            for each in error.problems:
                key = each.where.rpartition(".")[2]
                at = ("hazard", key) if key != "hazard" else ("hazard",)
                where = toml_places.where(self.name, self.content, at)
                self.problems.append(Problem(each.code, where, each.params))
        for share, rates in given.fractiles().items():
            if len(rates) != len(given.pga_g) or any(b > a for a, b in pairwise(rates)):
                key = f"p{100.0 * share:.0f}_per_year"
                example = Phrase("industry_risk.example.hazard")
                self._say(("hazard", key), tuple(rates), "industry_risk.expected.falling", example)

    def _weather(self) -> tuple[Weather, ...]:
        given = self.entry.weather
        total = sum(each.share for each in given)
        if given and abs(total - 1.0) > _SUM:
            self._weights(("weather",), {f"{each.stability}{each.wind_m_s:g}": each.share for each in given})
        found = []
        for k, each in enumerate(given):
            rose = sum(each.rose)
            if rose <= 0.0:
                self._say(("weather", k, "rose"), each.rose, "industry_risk.expected.rose", "rose = [0.06, 0.05, ...]")
                continue
            found.append(Weather(each.stability, each.wind_m_s, tuple(each.share * s / rose for s in each.rose)))
        return tuple(found)

    def _boundary(self) -> shapely.Polygon | None:
        if not self.entry.boundary:
            return None
        polygon = shapely.Polygon(self.entry.boundary) if len(self.entry.boundary) >= 3 else None
        if polygon is None or not polygon.is_valid or polygon.area <= 0.0:
            example = "boundary = [[258000, 594000], [258400, 594000], [258400, 594300]]"
            self._say(("boundary",), self.entry.boundary, "industry_risk.expected.polygon", example)
            return None
        return polygon

    def _set(self, location: Sequence[str | int], name: str) -> FragilitySet | None:
        try:
            return fragility_sets.named(name)
        except InputError as error:
            self._take(location, error)
            return None

    def _sets(self, k: int, each: UnitEntry, unit: Unit | None) -> tuple[FragilitySet, ...]:
        """Sets that may hold instead of the unit's own; each must have the states that count."""
        found = [self._set(("unit", k, "alternatives"), name) for name in each.alternatives]
        needed = set() if unit is None else set(unit.states)
        for one in found:
            if one is not None and needed - set(one.states):
                params = {"known": tuple(sorted(needed))}
                at = ("unit", k, "alternatives")
                self._say(at, one.name, "industry_risk.expected.same_states", "alternatives = []", **params)
        return tuple(one for one in found if one is not None)

    def _unit(self, k: int, each: UnitEntry) -> Unit | None:
        if (each.fragility is None) == (each.states is None):
            example = 'fragility = "hazus_unanchored"'
            self._say(("unit", k, "fragility"), each.fragility or "–", "industry_risk.expected.one_fragility", example)
            return None
        fragility = (
            self._own(k, each) if each.fragility is None else self._set(("unit", k, "fragility"), each.fragility)
        )
        low = None if each.when_low is None else self._set(("unit", k, "when_low"), each.when_low)
        if fragility is None:
            return None
        unit = Unit(each.name, each.kind, each.x_rd, each.y_rd, fragility, each.loss_from, each.full_share, low)
        try:
            return checked(unit, f"unit {k + 1}")
        except InputError as error:
            self._take(("unit", k, "loss_from" if each.loss_from else "when_low"), error)
            return None

    def _own(self, k: int, each: UnitEntry) -> FragilitySet | None:
        states = {}
        for name, state in (each.states or {}).items():
            if (curve := self._lognormal(("unit", k, "states", name), state)) is not None:
                states[name] = curve
        if not states:
            return None
        try:
            if each.repair:
                own = FragilitySet(
                    each.name,
                    each.kind,
                    fragility_sets.of_user(each.source, each.mark),
                    {},
                    each.source,
                    "user",
                    None,
                    states,
                )
                return fragility_sets.usable(fragility_sets.repaired(own))
            return fragility_sets.user_set(each.name, states, kind=each.kind, source=each.source, mark=each.mark)
        except InputError as error:
            self._take(("unit", k, "states"), error)
            return None

    def _lognormal(self, location: Sequence[str | int], state: State) -> Lognormal | None:
        given = frozenset(key for key, value in state.model_dump().items() if value is not None)
        if given == {"median_g", "beta"}:
            assert state.median_g is not None
            assert state.beta is not None
            return Lognormal(state.median_g, state.beta)
        if given == {"hclpf_g", "beta"}:
            assert state.hclpf_g is not None
            assert state.beta is not None
            return Lognormal(loss.median_from_hclpf(state.hclpf_g, state.beta), state.beta)
        if given == {"k1", "k2", "unit"}:
            assert state.k1 is not None
            assert state.k2 is not None
            assert state.unit is not None
            return fragility_sets.probit(state.k1, state.k2, state.unit)
        example = f"{location[-1]} = {{ median_g = 0.68, beta = 0.75 }}"
        self._say(location, tuple(sorted(given)) or "–", "industry_risk.expected.lognormal", example)
        return None

    def _scenarios(self, k: int, each: UnitEntry, unit: Unit | None) -> Iterator[SiteScenario]:
        totals: dict[str, float] = {}
        known = () if unit is None else unit.states
        seen: set[str] = set()
        for j, one in enumerate(each.scenario):
            at = ("unit", k, "scenario", j)
            if one.name in seen:
                self._say((*at, "name"), one.name, "industry_risk.expected.unique", f'name = "{one.name} 2"')
            seen.add(one.name)
            for state, share in one.on.items():
                totals[state] = totals.get(state, 0.0) + share
                if unit is not None and state not in known:
                    example = f"on = {{ {unit.states[-1]} = 1.0 }}"
                    self._say((*at, "on"), state, "industry_risk.expected.state", example, known=known)
            if (effect := self._effect(at, one)) is not None:
                scenario = Scenario(one.name, each.name, each.x_rd, each.y_rd, effect)
                yield SiteScenario(scenario, dict(one.on), *self._base(at, one))
        for state, total in totals.items():
            if total > 1.0 + _SUM:
                at = ("unit", k, "scenario", 0, "on")
                self._say(at, f"{state}: {total:g}", "industry_risk.expected.shares", f"on = {{ {state} = 0.5 }}")

    def _base(self, at: Sequence[str | int], one: ScenarioEntry) -> tuple[float | None, str, str]:
        """Rate of other causes with its source and mark: of the user, or a packaged one by name."""
        if not one.base:
            return (
                one.base_per_year,
                one.base_source,
                "" if one.base_per_year is None else fragility_sets.of_user(one.base_source),
            )
        known = release.base_rates()
        if one.base not in known or one.base_per_year is not None:
            near = difflib.get_close_matches(one.base, known, n=1, cutoff=0.0)
            self._say((*at, "base"), one.base, "industry_risk.expected.base", f'base = "{near[0]}"', known=tuple(known))
            return None, "", ""
        rate, mark, source = known[one.base]
        return rate, f"{one.base}: {source}", mark

    def _effect(self, at: Sequence[str | int], one: ScenarioEntry) -> Effect | None:
        if one.effect == "blast":
            if one.lethal_radius_m is None:
                self._say(at, "–", "industry_risk.expected.blast", "lethal_radius_m = 150")
                return None
            return Blast(one.lethal_radius_m)
        if one.substance not in self.entry.substance:
            known = tuple(self.entry.substance) or "–"
            example = f'substance = "{next(iter(self.entry.substance), "ammonia")}"'
            self._say((*at, "substance"), one.substance or "–", "industry_risk.expected.listed", example, known=known)
            return None
        substance = self.entry.substance[one.substance]
        if one.effect == "toxic":
            return self._cloud(at, one, substance)
        return self._fire(at, one, substance)

    def _released(
        self, at: Sequence[str | int], one: ScenarioEntry, substance: Substance
    ) -> tuple[float, float] | None:
        """Rate (kg/s) and duration (s): given, by a hole, or a content in ten minutes."""
        given = [one.rate_kg_s is not None, one.hole_m is not None, one.content_kg is not None and one.hole_m is None]
        if sum(given) != 1:
            self._say(at, "–", "industry_risk.expected.release", "rate_kg_s = 2.0  and  duration_s = 1800")
            return None
        if one.content_kg is not None and one.hole_m is None:
            rate, duration = release.whole_content(one.content_kg)
        elif one.hole_m is not None:
            if one.head_m is None or substance.density_kg_m3 is None:
                self._say(at, "–", "industry_risk.expected.hole", "head_m = 8.0  and  density_kg_m3 = 680")
                return None
            rate = release.outflow_kg_s(one.hole_m, one.head_m, substance.density_kg_m3)
            duration = math.inf if one.content_kg is None else one.content_kg / rate
        else:
            assert one.rate_kg_s is not None
            rate, duration = one.rate_kg_s, math.inf
        return rate, duration if one.duration_s is None else one.duration_s

    def _cloud(self, at: Sequence[str | int], one: ScenarioEntry, substance: Substance) -> Effect | None:
        released = self._released(at, one, substance)
        probit = self._probit(("substance", one.substance, "probit"), one.substance, substance)
        if released is None or probit is None:
            return None
        return Cloud(*released, probit, one.source_height_m)

    def _probit(self, at: Sequence[str | int], name: str, substance: Substance) -> lethality.Probit | None:
        own = substance.probit
        try:
            if own is None or isinstance(own, str):
                found = lethality.toxic(own or name)
            else:
                found = lethality.Probit(name, own.k1, own.k2, own.n, own.mark, own.status, own.source, own.dated)
        except InputError as error:
            self._take(at, error)
            return None
        self.probits[found.name] = found
        return found

    def _fire(self, at: Sequence[str | int], one: ScenarioEntry, substance: Substance) -> Effect | None:
        heat, radiated = substance.heat_of_combustion_j_kg, substance.radiated_share
        burning = substance.burning_kg_m2_s
        if heat is None or radiated is None or (one.effect == "pool_fire" and burning is None):
            example = "heat_of_combustion_j_kg = 44e6, radiated_share = 0.25, burning_kg_m2_s = 0.055"
            self._say(("substance", one.substance), "–", "industry_risk.expected.burning", example)
            return None
        if one.effect == "jet_fire":
            released = self._released(at, one, substance)
            return None if released is None else Fire(fire.jet_power_w(released[0], heat), radiated)
        assert burning is not None
        diameter = self._pool(at, one, substance, burning)
        return None if diameter is None else Fire(fire.pool_power_w(diameter, burning, heat), radiated, 0.5 * diameter)

    def _pool(self, at: Sequence[str | int], one: ScenarioEntry, substance: Substance, burning: float) -> float | None:
        if one.pool_diameter_m is not None:
            return one.pool_diameter_m
        if one.content_kg is not None and one.layer_m is not None and substance.density_kg_m3 is not None:
            return release.pool_of_content_m(one.content_kg / substance.density_kg_m3, one.layer_m, one.bund_m2)
        if one.rate_kg_s is not None or one.hole_m is not None:
            released = self._released(at, one, substance)
            return None if released is None else release.pool_of_outflow_m(released[0], burning)
        self._say(at, "–", "industry_risk.expected.pool", "pool_diameter_m = 20")
        return None

    def _measure(self, k: int, units: Mapping[int, Unit]) -> Measure:
        by_name = {unit.name: unit for unit in units.values()}
        every = tuple(each.name for each in self.entry.unit)
        changes = {}
        for j, each in enumerate(self.entry.measure[k].change):
            at = ("measure", k, "change", j)
            sets = {key: getattr(each, key) for key in ("fragility", "when_low")}
            found = {key: None if name is None else self._set((*at, key), name) for key, name in sets.items()}
            if each.unit not in every:
                near = difflib.get_close_matches(each.unit, every, n=1, cutoff=0.0)
                example = f'unit = "{near[0] if near else every[0]}"'
                self._say((*at, "unit"), each.unit, "industry_risk.expected.listed", example, known=every)
                continue
            change = Change(
                found["fragility"], each.median_factor, each.full_share, found["when_low"], each.release_factor
            )
            if each.unit in by_name:
                try:
                    changed(by_name[each.unit], change)
                except InputError as error:
                    self._take(at, error)
            changes[each.unit] = change
        return Measure(self.entry.measure[k].name, changes)

    def _links(self) -> None:
        every = tuple(each.name for each in self.entry.unit)
        for k, each in enumerate(self.entry.building):
            if each.linked_to not in every:
                example = f'linked_to = "{every[0]}"'
                at = ("building", k, "linked_to")
                self._say(at, each.linked_to, "industry_risk.expected.listed", example, known=every)

    def _grid(self, scenarios: int) -> None:
        grid = self.entry.grid
        cells = (2.0 * grid.half_width_m / grid.cell_m) ** 2
        if cells * max(scenarios, 1) > _MOST_VALUES:
            fits = 2.0 * grid.half_width_m * math.sqrt(max(scenarios, 1) / _MOST_VALUES)
            got = f"{cells:.0f} x {scenarios}"
            self._say(("grid",), got, "industry_risk.expected.grid", f"cell_m = {math.ceil(fits)}", most=_MOST_VALUES)

    def _tanks(self) -> None:
        """Check the geometry of tanks, and the spectrum of the file."""
        for k, each in enumerate(self.entry.unit):
            if each.tank is not None:
                try:
                    tanks.coefficients(each.tank.liquid_height_m / each.tank.radius_m)
                except InputError as error:
                    self._take(("unit", k, "tank", "liquid_height_m"), error)
        given = self.entry.spectrum
        if given is not None:
            periods = given.periods_s
            if len(periods) != len(given.acceleration_g) or any(b <= a for a, b in pairwise(periods)):
                example = "periods_s = [0.0, 0.1, 0.3, 1.0]"
                self._say(("spectrum", "periods_s"), tuple(periods), "industry_risk.expected.spectrum", example)

    def _weights(self, location: Sequence[str | int], weights: Mapping[str, float]) -> None:
        where = toml_places.where(self.name, self.content, location)
        named = tuple(Phrase("scenario.weight", {"name": n, "weight": w}) for n, w in weights.items())
        params = {"key": location[0], "sum": sum(weights.values()), "weights": named}
        self.problems.append(Problem("E504", where, params))
