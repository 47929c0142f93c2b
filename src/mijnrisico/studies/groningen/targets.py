"""What a question comes to in a few numbers, without a run: for studies that ask many questions that differ a little.

    workshop = Workshop()
    workshop.targets(scenario, 2030)      # {"events": ..., "pga_max": ..., "deaths": ...}
    workshop.targets(other, 2030)         # computes only what the difference touches

The steps are those of the chain (`chain.earthquakes`, `shaking.levels`, `risk.risk`) and are kept in memory under what
each depends on. Only the year that is asked is foretold. All numbers are means over the logic tree:

    events               earthquakes of M >= `magnitude_min` of the scenario, 1/year
    pga_max              highest PGA on the map at the return period of the rule, g; first component, regular surface
    area_pga_threshold   area where that level is at or above the threshold of the scenario, km2
    site_pga             the level at the point of the workshop, g
    lpr_max              highest local personal risk of a class where buildings of it stand, 1/year
    buildings_above_1e-5, buildings_above_1e-4
                         buildings whose own risk (mean over their classes) is above the norm
    deaths               expected deaths per year: persons inside over the day, times the risk of their building over
                         the share of the time that the person of that risk is inside; as `seismic.expected_losses`
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mijnrisico import data
from mijnrisico.core import provenance
from mijnrisico.core.norm import norm
from mijnrisico.core.progress import Progress, ignore
from mijnrisico.core.run import Staged
from mijnrisico.core.scenario import Scenario
from mijnrisico.seismic import forecast as forecasting
from mijnrisico.seismic import risk, site
from mijnrisico.seismic.building_stock import people_inside
from mijnrisico.seismic.consequence import occupants
from mijnrisico.seismic.exposure import COUNTED, buildings
from mijnrisico.seismic.hazard.rates import Sources, averaged
from mijnrisico.seismic.motion import GroundMotion
from mijnrisico.seismic.motion.model import Surface
from mijnrisico.studies import given, inputs, shaking
from mijnrisico.studies.groningen import chain

Floats = NDArray[np.float64]
Numbers = dict[str, float]

KEPT: Final = 48
"""Results of steps in memory at once: the oldest goes first."""
MOST_PLACES: Final = 6000
SQUARE: Final = 500.0
PLACE: Final = "Loppersum"
"""Where `site_pga` is by default."""
OF_RISK: Final = ("lpr_max", *(f"buildings_{column}" for column in COUNTED), "deaths")
"""Targets that only a motion model of Groningen gives."""


class Memory:
    """Keeps results of steps by what they depend on, as a run does with its stages; the oldest of many is forgotten."""

    def __init__(self, most: int = KEPT) -> None:
        """Start empty; `most` results are kept."""
        self._kept: OrderedDict[str, Staged] = OrderedDict()
        self._most = most

    def stage(
        self, name: str, compute: chain.Compute, *, settings: object = None, after: Sequence[Staged] = ()
    ) -> Staged:
        """Return the result of a step, computed once for its name, settings (plain JSON values) and earlier steps."""
        key = provenance.sha256(provenance.canonical([name, settings, [each.key for each in after]]))
        if key not in self._kept:
            self._kept[key] = Staged(key, compute(ignore), cached=False, seconds=0.0)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


@dataclass(frozen=True, slots=True)
class Homes:
    """Buildings gathered by place: what the targets of risk need.

    `sites` (site) are the distinct points with their zone and whether they are mounds (`wierde`); per building the row
    of its `site`, `share` (mapping, building, class) with the `weight` (mapping,) of each `mapping`, `number` and
    `people`: as many as would be in and beside it all the time with those inside over the day, so that people times
    personal risk are its expected deaths.
    """

    sites: xr.Dataset
    wierde: NDArray[np.bool_]
    site: NDArray[np.intp]
    classes: tuple[str, ...]
    mapping: tuple[str, ...]
    weight: Floats
    share: Floats
    number: Floats
    people: Floats

    def surfaces(self) -> Iterator[tuple[Surface, NDArray[np.intp]]]:
        """Rows of the sites on regular ground, and on mounds; what has none is left out."""
        both: tuple[tuple[Surface, NDArray[np.bool_]], ...] = (("regular", ~self.wierde), ("wierde", self.wierde))
        for surface, rows in both:
            if rows.any():
                yield surface, np.flatnonzero(rows)

    def grounds(self) -> Iterator[tuple[Surface, int, NDArray[np.intp]]]:
        """Rows of the sites by surface and zone."""
        zone = self.sites["zone"].to_numpy()
        for surface, rows in self.surfaces():
            for each in np.unique(zone[rows]):
                yield surface, int(each), rows[zone[rows] == each]

    def risk(self, lpr: Floats, mapping: Floats | None = None) -> Floats:
        """Risk of each building from `lpr` (site, class); `mapping` (mapping,) stands for the weights."""
        return np.einsum("bc,bc->b", self.mean_share(mapping), lpr[self.site])

    def mean_share(self, mapping: Floats | None = None) -> Floats:
        """Share of each class in each building, mean over the mappings, (building, class)."""
        return np.tensordot(self.weight if mapping is None else mapping, self.share, 1)


class Workshop:
    """Answers questions in a few numbers (see the head of this module) and keeps every step for the next question."""

    def __init__(
        self,
        *,
        cell: float | None = None,
        point: tuple[float, float] | None = None,
        zones: frozenset[int] | None = None,
        memory: Memory | None = None,
    ) -> None:
        """Start with nothing kept, or with the memory of another.

        Args:
            cell: distance between the nodes of the map in metres; None as in the scenario.
            point: x, y (RD New, m) of `site_pga`; None for `PLACE`.
            zones: only buildings in these zones count; None for all.
            memory: where results of steps are kept.
        """
        self._memory = Memory() if memory is None else memory
        self._zones = zones
        self._homes: dict[bytes, Homes] = {}
        self._cell = cell
        self.point = place() if point is None else point

    def among(self, zones: frozenset[int]) -> "Workshop":
        """Return a workshop in which only the buildings of some zones count, with the same memory."""
        return Workshop(cell=self._cell, point=self.point, zones=zones, memory=self._memory)

    def targets(self, scenario: Scenario, year: int, progress: Progress = ignore) -> Numbers:
        """Return the numbers of a scenario for a year; those of `OF_RISK` only where the motion model is of Groningen.

        Raises:
            InputError: what the steps raise, such as a file of the user that can no longer be read.
        """
        asked = of_year(scenario, year)
        forecast = self.forecast(asked)
        progress(0.5)
        return self.answer(asked, forecast)

    def forecast(self, scenario: Scenario) -> Staged:
        """Return the earthquakes of a scenario (cell, magnitude, year, branch), of the user or by the chain."""
        if "forecast" in scenario.input_files:
            settings = [inputs.key(scenario, "forecast"), scenario.years]
            return self._memory.stage("forecast_given", lambda _: given.forecast(scenario), settings=settings)
        return chain.earthquakes(scenario, self._memory).forecast

    def answer(self, scenario: Scenario, forecast: Staged, surface: Surface | None = None) -> Numbers:
        """Return the numbers of the first year of a forecast; with a `surface`, map and buildings stand on that."""
        levels = self.levels(scenario, forecast, surface=surface or "regular")
        found = of_forecast(forecast.data) | of_levels(scenario, levels.data, self.cell(scenario))
        if shaking.has_risk(scenario):
            homes = self.homes(scenario, surface)
            found |= of_buildings(self.lpr(scenario, forecast, surface).data["lpr_mean"].isel(year=0).to_numpy(), homes)
        return found

    def cell(self, scenario: Scenario) -> float:
        """Return the distance between the nodes of the map in metres."""
        return scenario.hazard.cell if self._cell is None else self._cell

    def levels(
        self,
        scenario: Scenario,
        forecast: Staged,
        motion: GroundMotion | None = None,
        surface: Surface = "regular",
    ) -> Staged:
        """Return mean levels on the map and, as the last site, at the point; `motion` stands for the scenario's own."""

        def run(progress: Progress) -> xr.Dataset:
            grid = site.hazard_grid(self.cell(scenario), scenario.hazard.margin)
            x, y = (np.append(grid[axis].to_numpy(), at) for axis, at in zip("xy", self.point, strict=True))
            component = shaking.components(scenario)[0]
            return shaking.levels(
                scenario,
                self.sources(scenario, forecast),
                site.sites_at(x, y),
                component,
                surface,
                motion=motion,
                fractiles=(),
                progress=progress,
            )

        if motion is not None:
            return Staged("", run(ignore), cached=False, seconds=0.0)
        settings = [shaking.key(scenario), self.cell(scenario), list(self.point), surface]
        return self._memory.stage("levels", run, settings=settings, after=[forecast])

    def sources(self, scenario: Scenario, forecast: Staged) -> Sources:
        """Return the mean over source branches, ready for the motion and the ruptures of the scenario."""
        return averaged(shaking.ready(scenario, forecast.data))

    def homes(self, scenario: Scenario, surface: Surface | None = None) -> Homes:
        """Return the buildings of a scenario that stand in a zone, on their own surface or all on another."""
        key = provenance.canonical(self._of_homes(scenario))
        if key not in self._homes:
            self._homes[key] = gathered(inputs.buildings(scenario), self._zones)
        found = self._homes[key]
        return found if surface is None else replace(found, wierde=np.full(found.wierde.shape, surface == "wierde"))

    def lpr(self, scenario: Scenario, forecast: Staged, surface: Surface | None = None) -> Staged:
        """Return the mean risk of each class at each place with buildings, on its own surface or on another."""
        homes = self.homes(scenario, surface)

        def run(progress: Progress) -> xr.Dataset:
            sources = self.sources(scenario, forecast)
            whole = np.empty((homes.wierde.size, sources.year.size, len(homes.classes)))
            for surface, rows in homes.surfaces():
                sites = homes.sites.isel(site=rows)
                asked = {**shaking.of_risk(scenario), "classes": homes.classes, "surface": surface}
                tables = self._tables(scenario, sources, np.unique(sites["zone"].to_numpy()), asked)
                found = risk.risk(sources, sites, tables=tables, progress=progress, **asked)
                whole[rows] = found["lpr_mean"].to_numpy()
            return xr.Dataset({"lpr_mean": (("site", "year", "vulnerability_class"), whole)})

        settings = [shaking.key(scenario), scenario.risk.model, self._of_homes(scenario), surface]
        return self._memory.stage("lpr", run, settings=settings, after=[forecast])

    def _tables(self, scenario: Scenario, sources: Sources, zones: Floats, asked: dict[str, Any]) -> xr.Dataset:
        """What one event does, kept for the next forecast."""
        nodes = sources.magnitude, sources.table().distance_km
        settings = [shaking.key(scenario), asked, *(each.tolist() for each in (zones, *nodes))]
        make = lambda progress: risk.loss_tables(zones, *nodes, progress=progress, **asked)  # noqa: E731
        return self._memory.stage("loss_tables", make, settings=settings).data

    def _of_homes(self, scenario: Scenario) -> object:
        """What the buildings of a scenario depend on."""
        return [*inputs.buildings_key(scenario), None if self._zones is None else sorted(self._zones)]


def place(name: str = PLACE) -> tuple[float, float]:
    """Return x, y of a named place (RD New, m)."""
    found = data.table("places")
    row = found["place"].to_numpy().tolist().index(name)
    return float(found["x_rd"].to_numpy()[row]), float(found["y_rd"].to_numpy()[row])


def of_year(scenario: Scenario, year: int) -> Scenario:
    """Return the scenario with one year to foretell."""
    return replace(scenario, time=scenario.time.model_copy(update={"start": year, "years": 1}))


def gathered(found: xr.Dataset, zones: frozenset[int] | None = None) -> Homes:
    """Gather buildings (`seismic.exposure.buildings`) by place: those in `zones`, or in any zone.

    More than `MOST_PLACES` points are brought to the middle of their square of `SQUARE` metres.
    """
    kept = buildings.with_zone(found)
    if zones is not None:
        kept = kept.isel(building=np.flatnonzero(np.isin(kept["zone"].to_numpy(), sorted(zones))))
    share = kept["share"].transpose("mapping", "building", "vulnerability_class").to_numpy()
    lived = share.sum(axis=(0, 1)) > 0.0
    points = np.stack([kept[axis].to_numpy().astype(float) for axis in "xy"])
    if np.unique(points, axis=1).shape[1] > MOST_PLACES:
        points = SQUARE * (np.floor(points / SQUARE) + 0.5)
    columns = np.stack([*points, kept["zone"].to_numpy().astype(float), kept["wierde"].to_numpy().astype(float)])
    places, row = np.unique(columns, axis=1, return_inverse=True)
    return Homes(
        sites=xr.Dataset(
            {"x": ("site", places[0]), "y": ("site", places[1]), "zone": ("site", places[2].astype(np.int64))}
        ),
        wierde=places[3] > 0.0,
        site=row.ravel(),
        classes=tuple(str(name) for name in kept["vulnerability_class"].to_numpy()[lived]),
        mapping=tuple(str(name) for name in kept["mapping"].to_numpy()),
        weight=kept["mapping_weight"].to_numpy(),
        share=share[:, :, lived],
        number=kept["number"].to_numpy(),
        people=people_inside(kept) / occupants.presence().inside,
    )


def of_forecast(forecast: xr.Dataset, year: int = 0) -> Numbers:
    """Number of earthquakes in a year (its index) of a forecast, mean over the branches."""
    rate = forecasting.by_magnitude(forecast).isel(year=year) @ forecast["weight"]
    return {"events": float(rate.sum())}


def of_levels(scenario: Scenario, levels: xr.Dataset, cell: float, year: int = 0) -> Numbers:
    """Numbers of the map in a year (its index); the last site is the point."""
    mean = levels["level_g"].sel(statistic="mean", return_period=scenario.hazard.periods[0]).isel(year=year)
    on_map, point = mean.to_numpy()[:-1], float(mean.to_numpy()[-1])
    above = int(np.count_nonzero(on_map >= scenario.hazard.threshold))
    return {
        "pga_max": float(np.nanmax(on_map)),
        "area_pga_threshold": above * (cell / 1000.0) ** 2,
        "site_pga": point,
    }


def of_buildings(lpr: Floats, homes: Homes, mapping: Floats | None = None) -> Numbers:
    """Numbers of the risk `lpr` (site, class) for buildings; `mapping` (mapping,) stands for the weights of `homes`."""
    of_building = homes.risk(lpr, mapping)
    stands = np.zeros(lpr.shape, bool)
    np.logical_or.at(stands, homes.site, homes.mean_share(mapping) > 0.0)
    found: Numbers = {"lpr_max": float(lpr[stands].max())}
    for column, name in COUNTED.items():
        found[f"buildings_{column}"] = float(homes.number[of_building > (norm(name).value or 0.0)].sum())
    return found | {"deaths": float(homes.people @ of_building)}
