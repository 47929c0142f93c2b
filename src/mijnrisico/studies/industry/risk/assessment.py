"""The risk of a site: rates of loss, individual risk around it, what may be lost how often, measures, bands.

    found = assess(site, hazard)
    found.rates, found.alternatives, found.scenarios, found.places, found.allowable      tables
    found.seismic, found.total                                                           (y, x), 1/year
    found.contours                                                                       areas at 1e-5 and 1e-6

This is engineering screening. It is not one of the methods that the rule names; the report by such a method stands
beside it where there is one. Nothing is decided here.

Risk by earthquakes alone and risk with all other causes are kept apart: the first is held against the norm for
earthquakes, the second against what is allowed around a dangerous establishment.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from mijnrisico.core import norm as norms
from mijnrisico.core.norm import Verdict
from mijnrisico.studies.industry.risk import band as bands
from mijnrisico.studies.industry.risk import dated, dispersion, installations, near_sources, site_risk
from mijnrisico.studies.industry.risk.band import Band, Options
from mijnrisico.studies.industry.risk.contours import Contour
from mijnrisico.studies.industry.risk.fragility_sets import FragilitySet
from mijnrisico.studies.industry.risk.hazard_band import HazardBand
from mijnrisico.studies.industry.risk.installations import ANY, PRESENT, Change, Measure, Unit
from mijnrisico.studies.industry.risk.loss_of_containment import Hazard, Rate
from mijnrisico.studies.industry.risk.near_sources import Rays
from mijnrisico.studies.industry.risk.site_file import Site
from mijnrisico.studies.industry.risk.site_risk import Cloud

Array = NDArray[np.float64]

LEVELS: Final = (1e-5, 1e-6)
"""Levels of the contours (1/year)."""
HIGHEST: Final = "highest outside the boundary"
"""Name of the place, outside or on the boundary, with the highest risk by earthquakes."""

TOGETHER: Final = "all units together"
"""Row of all units in the table of what the norm leaves."""
OWN: Final = -1
"""The set that a unit has, among those that may hold as well."""
FARTHEST_APART_M: Final = 1000.0
"""Distance between units up to which one hazard curve for the site goes without a warning."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a set or a value comes from, with its mark.

    V read, C computed again, M by memory, u given by the user and not read here, ? no source.
    """

    what: str
    mark: str
    source: str


@dataclass(frozen=True, slots=True, eq=False)
class Assessment:
    """Everything about one site. Tables have the unit in the name of each column.

    `total` is None, and what rests on it unknown, where a scenario has no rate of other causes (`Site.without_base`).
    """

    site: Site
    hazard: HazardBand
    x_m: Array
    y_m: Array
    outside: NDArray[np.bool_]
    seismic: Array
    total: Array | None
    rates: pd.DataFrame
    any_loss: Rate
    alternatives: pd.DataFrame
    scenarios: pd.DataFrame
    allowable: pd.DataFrame
    places: pd.DataFrame
    contours: tuple[tuple[str, Contour], ...]
    unit_bands: Mapping[str, Band]
    place_bands: Mapping[str, Band]
    verdicts: tuple[tuple[str, Verdict], ...]
    origins: tuple[Origin, ...]

    @property
    def marks(self) -> tuple[str, ...]:
        """What rests on no text that was read, each with its mark: [M], [u] or [?]."""
        return tuple(f"{each.what} [{each.mark}]" for each in self.origins if each.mark in ("M", "u", "?"))

    @property
    def contour_table(self) -> pd.DataFrame:
        """A row per kind of risk and level: area and farthest reach from the middle; empty where there is none."""
        x, y = self.site.middle
        rows = [
            {
                "risk": kind,
                "level_per_year": each.level,
                "contour": None if each.unknown else each.area is not None,
                "area_ha": each.hectares if each.area is not None else None,
                "farthest_m": each.farthest_m(x, y),
                "cut_off_by_grid": each.cut_off,
                "unknown": each.unknown,
                "needed_cell_m": each.needed_cell_m,
            }
            for kind, each in self.contours
        ]
        return pd.DataFrame(rows)

    @property
    def verdict_table(self) -> pd.DataFrame:
        """A row per kind of risk and norm: the highest value outside the boundary beside the limit."""
        rows = [
            {
                "risk": kind,
                "norm": each.norm.name,
                "limit_per_year": each.norm.value,
                "highest_per_year": None if math.isnan(each.value) else each.value,
                "outcome": each.outcome,
                "instrument": each.norm.instrument,
            }
            for kind, each in self.verdicts
        ]
        return pd.DataFrame(rows)

    @property
    def drivers(self) -> pd.DataFrame:
        """A row per quantity and uncertain input: the band that the input makes alone (1/year), widest first."""
        rows = [
            {"quantity": kind, "of": name, "input": each.name, "p16": each.low, "p84": each.high, "ratio": each.ratio}
            for kind, found in (("loss_per_year", self.unit_bands), ("seismic_risk_per_year", self.place_bands))
            for name, band in found.items()
            for each in band.drivers
        ]
        return pd.DataFrame(rows, columns=["quantity", "of", "input", "p16", "p84", "ratio"])


def assess(site: Site, hazard: HazardBand) -> Assessment:
    """Compute everything; the site shares one hazard curve."""
    x, y = _axes(site)
    scenarios = [each.scenario for each in site.scenarios]
    fields = site_risk.death(scenarios, site.weather, x, y)
    seismic_rates = _scenario_rates(hazard.mean, site, site.units)
    base_rates = np.array([each.base_per_year or 0.0 for each in site.scenarios])
    kinds = {"seismic": seismic_rates, "total": seismic_rates + base_rates}
    seismic, total = (site_risk.risk(fields, rates) for rates in kinds.values())
    outside = _outside(site, x, y)
    rays = near_sources.sampled(scenarios, site.weather, site.entry.grid.cell_m)
    counted = _counted(site, x, y, fields, outside, rays)
    limit = norms.norm(site.entry.norm).value
    points = _points(site, counted, seismic_rates)
    unit_bands = _unit_bands(site, hazard)
    place_bands = _place_bands(site, hazard, points)
    return Assessment(
        site=site,
        hazard=hazard,
        x_m=x,
        y_m=y,
        outside=outside,
        seismic=seismic,
        total=None if site.without_base else total,
        rates=_with_bands(installations.rate_table(hazard.mean, site.units), unit_bands),
        any_loss=installations.any_loss(hazard.mean, site.units),
        alternatives=_alternatives(site, hazard.mean, points),
        scenarios=_scenario_table(site, seismic_rates),
        allowable=_allowable(site, counted, seismic_rates, limit),
        places=_places(site, points, seismic_rates, base_rates, place_bands),
        contours=_contours(site, x, y, {"seismic": seismic, "total": total}, rays, kinds),
        unit_bands=unit_bands,
        place_bands=place_bands,
        verdicts=_verdicts(site, counted, seismic_rates, base_rates),
        origins=_origins(site),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Counted:
    """Places that count for a norm, and the chance of death there given each scenario (scenario, place).

    Cells outside the boundary, sources and rays around them where they lie outside, and points of the boundary: between
    an outer cell and the fence the risk is the higher, and it is highest at a source.
    """

    x_m: Array
    y_m: Array
    death: Array


def _counted(site: Site, x: Array, y: Array, fields: Array, outside: NDArray[np.bool_], rays: Rays) -> _Counted:
    grid_x, grid_y = np.meshgrid(x, y)
    ray_x, ray_y = rays.x_m.ravel(), rays.y_m.ravel()
    near = np.ones(ray_x.size, bool) if site.boundary is None else ~shapely.intersects_xy(site.boundary, ray_x, ray_y)
    edge = _fence(site, rays)
    at_edge = site_risk.at_points([each.scenario for each in site.scenarios], site.weather, edge[:, 0], edge[:, 1])
    at_rays = rays.death.reshape(len(rays.death), ray_x.size)[:, near]
    return _Counted(
        np.concatenate([grid_x[outside], ray_x[near], edge[:, 0]]),
        np.concatenate([grid_y[outside], ray_y[near], edge[:, 1]]),
        np.concatenate([fields[:, outside], at_rays, at_edge], axis=1),
    )


def _fence(site: Site, rays: Rays) -> Array:
    """Points of the boundary, (point, 2): evenly along it, and the nearest to each source."""
    if site.boundary is None:
        return np.zeros((0, 2))
    line = site.boundary.exterior
    along = np.arange(0.0, line.length, 0.2 * site.entry.grid.cell_m)
    nearest = shapely.line_locate_point(line, shapely.points(rays.sources))
    return shapely.get_coordinates(shapely.line_interpolate_point(line, np.concatenate([along, nearest])))


def _contours(
    site: Site, x: Array, y: Array, fields: Mapping[str, Array], rays: Rays, rates: Mapping[str, Array]
) -> tuple[tuple[str, Contour], ...]:
    """Contours of each kind of risk at each level, fine around the sources."""
    scenarios, cell = [each.scenario for each in site.scenarios], site.entry.grid.cell_m
    at_rays = {kind: site_risk.risk(rays.death, each) for kind, each in rates.items()}
    fine = near_sources.patches(scenarios, site.weather, rays, list(at_rays.values()), LEVELS, cell)
    found = []
    for kind, field in fields.items():
        if kind == "total" and site.without_base:
            found += [(kind, Contour(level, None, cut_off=False, unknown="base")) for level in LEVELS]
            continue
        small = [(patch, site_risk.risk(patch.death, rates[kind])) for patch in fine]
        found += [(kind, near_sources.contour(x, y, field, level, rays, at_rays[kind], small)) for level in LEVELS]
    return tuple(found)


def _verdicts(
    site: Site, counted: _Counted, seismic_rates: Array, base_rates: Array
) -> tuple[tuple[str, Verdict], ...]:
    """Earthquakes alone against their norm, and all causes against those around a dangerous establishment."""
    if not site.scenarios:
        return ()
    text = resources.files("mijnrisico.studies.industry.risk").joinpath("norms.toml").read_text("utf-8")
    seismic, total = (float((rates @ counted.death).max()) for rates in (seismic_rates, seismic_rates + base_rates))
    first = ("seismic", norms.judge(seismic, norms.norm(site.entry.norm)))
    others = [norms.judge(total, each) for each in norms.read(text).values()]
    if site.without_base:  # what is known may exceed a limit; that it meets one cannot be said
        others = [each if each.outcome == "exceeded" else norms.judge(math.nan, each.norm) for each in others]
    return (first, *(("total", each) for each in others))


def _axes(site: Site) -> tuple[Array, Array]:
    xmin, ymin, xmax, ymax = site.bounds
    cell = site.entry.grid.cell_m
    return np.arange(xmin + 0.5 * cell, xmax, cell), np.arange(ymin + 0.5 * cell, ymax, cell)


def _outside(site: Site, x: Array, y: Array) -> NDArray[np.bool_]:
    """Cells beyond the fence; all where no boundary was given."""
    grid_x, grid_y = np.meshgrid(x, y)
    if site.boundary is None:
        return np.ones(grid_x.shape, bool)
    return ~shapely.intersects_xy(site.boundary, grid_x, grid_y)


def _scenario_rates(curve: Hazard, site: Site, units: Sequence[Unit]) -> Array:
    """Yearly rate of each scenario by earthquakes: over states, the rate of exactly that state times its share."""
    exactly = installations.exactly(curve, units)
    return np.array(
        [
            sum(share * exactly[each.scenario.unit].get(state, 0.0) for state, share in each.on.items())
            for each in site.scenarios
        ]
    )


def _points(site: Site, counted: _Counted, seismic_rates: Array) -> dict[str, tuple[float, float]]:
    """Places of the user, and the one on or outside the boundary with the highest risk by earthquakes."""
    named = {each.name: (each.x_rd, each.y_rd) for each in site.places}
    risk = seismic_rates @ counted.death
    if site.scenarios and risk.max() > 0.0:
        at = int(risk.argmax())
        named[HIGHEST] = (float(counted.x_m[at]), float(counted.y_m[at]))
    return named


def _at(site: Site, points: Mapping[str, tuple[float, float]], factor: Mapping[str, float] | float = 1.0) -> Array:
    """Chance of death given each scenario at the points, (scenario, point), with releases times a factor, by unit."""

    def of(unit: str) -> float:
        return factor.get(unit, 1.0) if isinstance(factor, Mapping) else factor

    scenarios = [each.scenario.larger(of(each.scenario.unit)) for each in site.scenarios]
    places = np.array(list(points.values())).reshape(-1, 2)
    return site_risk.at_points(scenarios, site.weather, places[:, 0], places[:, 1])


def _alternatives(site: Site, curve: Hazard, points: Mapping[str, tuple[float, float]]) -> pd.DataFrame:
    """Rates of loss by alternative and unit, and for the site the highest risk at the places by earthquakes."""
    table = installations.compare(curve, site.units, site.measures)
    highest = {}
    for measure in (Measure(PRESENT), *site.measures):
        rates = _scenario_rates(curve, site, installations.after(site.units, measure))
        factor = {name: change.release_factor for name, change in measure.changes.items()}
        risk = rates @ _at(site, points, factor) if points and site.scenarios else np.zeros(1)
        highest[measure.name] = float(risk.max())
    site_row = table["unit"] == ANY
    return table.assign(seismic_risk_at_places_per_year=table["alternative"].map(highest).where(site_row))


def _scenario_table(site: Site, seismic_rates: Array) -> pd.DataFrame:
    rows = [
        {
            "unit": each.scenario.unit,
            "scenario": each.scenario.name,
            "effect": type(each.scenario.effect).__name__.lower(),
            "on": ", ".join(f"{state} {share:g}" for state, share in each.on.items()),
            "seismic_per_year": float(rate),
            "base_per_year": each.base_per_year,
            "base_source": each.base_source,
        }
        for each, rate in zip(site.scenarios, seismic_rates, strict=True)
    ]
    columns = ["unit", "scenario", "effect", "on", "seismic_per_year", "base_per_year", "base_source"]
    return pd.DataFrame(rows, columns=columns)


def _allowable(site: Site, counted: _Counted, rates: Array, limit: float | None) -> pd.DataFrame:
    """The rate of scenarios by earthquakes, and the highest at which no place that counts exceeds the norm.

    By unit as if it were the only one, and for all together, whose rates rise and fall in proportion.
    """
    rows = []
    of = {unit.name: [each.scenario.unit == unit.name for each in site.scenarios] for unit in site.units}
    for name, chosen in {**of, TOGETHER: [True] * len(site.scenarios)}.items():
        own = np.array(chosen, bool)
        if not own.any():
            continue
        given = site_risk.given_loss(counted.death[own], rates[own])
        allowed = None if limit is None else site_risk.allowable_rate(given, limit)
        now = float(rates[own].sum())
        rows.append(
            {
                "unit": name,
                "seismic_per_year": now,
                "highest_chance_of_death": float(given.max()),
                "allowable_per_year": allowed,
                "share_used": None if allowed is None else now / allowed,
            }
        )
    columns = ["unit", "seismic_per_year", "highest_chance_of_death", "allowable_per_year", "share_used"]
    return pd.DataFrame(rows, columns=columns)


def _places(
    site: Site,
    points: Mapping[str, tuple[float, float]],
    seismic_rates: Array,
    base_rates: Array,
    found: Mapping[str, Band],
) -> pd.DataFrame:
    death = _at(site, points)
    rows = []
    for k, (name, (x, y)) in enumerate(points.items()):
        seismic, base = float(seismic_rates @ death[:, k]), float(base_rates @ death[:, k])
        band = found.get(name)
        rows.append(
            {
                "place": name,
                "x_rd": x,
                "y_rd": y,
                "seismic_per_year": seismic,
                "seismic_p16_per_year": None if band is None else band.p16,
                "seismic_p84_per_year": None if band is None else band.p84,
                "seismic_mean_of_band_per_year": None if band is None else band.mean,
                "base_per_year": None if site.without_base else base,
                "total_per_year": None if site.without_base else seismic + base,
                "driven_by": "" if band is None or not band.drivers else band.drivers[0].name,
            }
        )
    return pd.DataFrame(rows, columns=_PLACE_COLUMNS)


_PLACE_COLUMNS: Final = (
    "place", "x_rd", "y_rd", "seismic_per_year", "seismic_p16_per_year", "seismic_p84_per_year",
    "seismic_mean_of_band_per_year", "base_per_year", "total_per_year", "driven_by",
)  # fmt: skip


def _inputs(site: Site, hazard: HazardBand, sets: int, *, release: bool) -> dict[str, Options]:
    """What is uncertain, as far as the file or the run says how much."""
    given = site.entry.uncertainty
    found: dict[str, Options] = {}
    if hazard.fractiles:
        found["hazard"] = bands.normal()
    if sets > 1:
        found["fragility set"] = Options(tuple(range(sets)), base=OWN)
    if given.median_factor is not None:
        weak, strong = given.median_factor
        found["median of the fragility"] = bands.factors(weak, strong)
    if release and given.release_factor is not None:
        low, high = given.release_factor
        found["release"] = Options((low, (low * high) ** 0.5, high), (0.3, 0.4, 0.3))
    return found


def _sorted_sets(site: Site, unit: Unit, curve: Hazard) -> tuple[FragilitySet, ...]:
    """The set of a unit and its alternatives, the strongest first."""
    every = (unit.fragility, *site.alternatives.get(unit.name, ()))
    return tuple(sorted(every, key=lambda one: _loss(curve, unit, one)))


def _loss(curve: Hazard, unit: Unit, fragility: FragilitySet) -> float:
    return installations.loss_rate(curve, installations.changed(unit, Change(fragility=fragility))).per_year


def _unit_bands(site: Site, hazard: HazardBand) -> dict[str, Band]:
    """Band of the rate of loss of each unit with anything uncertain."""
    found = {}
    for unit in site.units:
        sets = _sorted_sets(site, unit, hazard.mean)
        inputs = _inputs(site, hazard, len(sets), release=False)
        if inputs:
            found[unit.name] = bands.band(_rate_of(unit, sets, hazard), inputs)
    return found


def _rate_of(unit: Unit, sets: Sequence[FragilitySet], hazard: HazardBand) -> Callable[[Mapping[str, object]], float]:
    curve_at = cache(hazard.at)

    def evaluate(chosen: Mapping[str, object]) -> float:
        curve = curve_at(chosen["hazard"]) if "hazard" in chosen else hazard.mean
        rank = int(chosen.get("fragility set", OWN))  # pyright: ignore[reportArgumentType]
        fragility = unit.fragility if rank == OWN else sets[rank]
        factor = float(chosen.get("median of the fragility", 1.0))  # pyright: ignore[reportArgumentType]
        other = installations.changed(unit, Change(fragility=fragility, median_factor=factor))
        return installations.loss_rate(curve, other).per_year

    return evaluate


def _place_bands(site: Site, hazard: HazardBand, points: Mapping[str, tuple[float, float]]) -> dict[str, Band]:
    """Band of the risk by earthquakes at each place; sets of all units, strongest to weakest, go together."""
    sets = {unit.name: _sorted_sets(site, unit, hazard.mean) for unit in site.units}
    most = max((len(each) for each in sets.values()), default=1)
    inputs = _inputs(site, hazard, most, release=True)
    if not (inputs and points and site.scenarios):
        return {}
    curve_at = cache(hazard.at)
    death_at = cache(lambda factor: _at(site, points, factor))

    @cache
    def rates_at(z: float | None, rank: int, factor: float) -> Array:
        curve = hazard.mean if z is None else curve_at(z)
        units = [
            installations.changed(
                unit,
                Change(
                    fragility=unit.fragility if rank == OWN else sets[unit.name][rank * len(sets[unit.name]) // most],
                    median_factor=factor,
                ),
            )
            for unit in site.units
        ]
        return _scenario_rates(curve, site, units)

    def risk_at(chosen: Mapping[str, object]) -> Array:
        rates = rates_at(
            chosen.get("hazard"),  # pyright: ignore[reportArgumentType]
            int(chosen.get("fragility set", OWN)),  # pyright: ignore[reportArgumentType]
            float(chosen.get("median of the fragility", 1.0)),  # pyright: ignore[reportArgumentType]
        )
        return rates @ death_at(float(chosen.get("release", 1.0)))  # pyright: ignore[reportArgumentType]

    return {name: bands.band(lambda chosen, k=k: float(risk_at(chosen)[k]), inputs) for k, name in enumerate(points)}


def _with_bands(table: pd.DataFrame, found: Mapping[str, Band]) -> pd.DataFrame:
    """The table of rates with the band of any loss of a unit, on the row of its first state."""
    first = ~table["unit"].duplicated()

    def of(part: str) -> pd.Series:
        return table["unit"].map({name: getattr(band, part) for name, band in found.items()}).where(first)

    return table.assign(p16_per_year=of("p16"), p84_per_year=of("p84"), mean_of_band_per_year=of("mean"))


def _origins(site: Site) -> tuple[Origin, ...]:
    """Sets, probits and assumptions that were used, each with its mark and source."""
    sets: dict[str, FragilitySet] = {}
    for unit in site.units:
        low = () if unit.when_low is None else (unit.when_low,)
        for one in (unit.fragility, *site.alternatives.get(unit.name, ()), *low):
            sets[one.name] = one
    for measure in site.measures:
        for change in measure.changes.values():
            for one in (change.fragility, change.when_low):
                if one is not None:
                    sets[one.name] = one
    found = [Origin(name, one.mark, one.source) for name, one in sets.items()]
    found += [
        Origin(
            f"probit {one.name} ({one.status or 'no status'}{f', {one.dated}' if one.dated else ''})",
            one.mark,
            one.source,
        )
        for one in site.probits
    ]
    found += [
        Origin(f"{each.scenario.unit}, {each.scenario.name}: rate of other causes", each.base_mark, each.base_source)
        for each in site.scenarios
        if each.base_per_year is not None
    ]
    effects = [each.scenario.effect for each in site.scenarios]
    assumed = dated.read("release")["assumptions"]
    if any(isinstance(effect, Cloud) for effect in effects):
        found.append(Origin("Gaussian plume, rural", "V", dispersion.SOURCE))
        found.append(Origin("longest exposure 30 min", assumed["mark"], assumed["source"]))
    entries = [one for unit in site.entry.unit for one in unit.scenario if one.effect != "blast"]
    if any(one.hole_m is not None for one in entries):
        found.append(Origin("outflow through a hole, Cd 0.62", assumed["mark"], assumed["source"]))
    if any(one.content_kg is not None and one.hole_m is None and one.layer_m is None for one in entries):
        found.append(Origin("release in ten minutes", assumed["mark"], assumed["source"]))
    found += [
        Origin(f"{name}: no loss while not full", "u", "assumption of the user: full_share without when_low")
        for name in site.assumes_no_loss_when_low
    ]
    for kind, name in (("heat", "Fire"), ("blast", "Blast")):
        if any(type(effect).__name__ == name for effect in effects):
            entry = dated.read("probits")[kind]
            found.append(Origin(f"death by {kind} ({entry['status']})", entry["mark"], entry["source"]))
    return tuple(found)


def open_checks(site: Site, lang: str) -> list[tuple[str, str]]:
    """Checks that this screening does not make and that the file does not say are done: unit and words."""
    found = []
    for unit, entry in zip(site.units, site.entry.unit, strict=True):
        for check in dated.read("checks").get(unit.kind, ()):
            if check["id"] not in entry.checks_done:
                found.append((unit.name, check[lang]))
    return found
