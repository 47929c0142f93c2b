"""The people of a run: personal risk on the map, at the named places and in the buildings, and the losses of events.

Both studies that have a ground-motion model of Groningen come here: that of the field and that of a forecast from a
file.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from mijnrisico.core import cluster
from mijnrisico.core.run import RunWriter, Staged
from mijnrisico.core.scenario import Scenario
from mijnrisico.errors import Problem, UsageError
from mijnrisico.seismic import (
    average_sa_convergence,
    building_risk,
    building_tree,
    consequence,
    event_losses,
    expected_losses,
    fragility,
    hazard,
    risk,
    risk_tree,
    site,
    spatial_correlation,
)
from mijnrisico.seismic.damage import ds1
from mijnrisico.seismic.exposure import synthetic
from mijnrisico.seismic.hazard.rates import averaged
from mijnrisico.seismic.motion.model import Surface
from mijnrisico.studies import inputs, shaking
from mijnrisico.studies.groningen import sites as where

Progress = Callable[[float], None]
Compute = Callable[[Progress], xr.Dataset]
Floats = NDArray[np.float64]

STAGES: Final = (
    "loss_tables",
    "risk_map",
    "risk_places",
    "risk_nodes",
    "risk_buildings",
    "expected_losses",
    "event_losses",
    "light_damage",
    "convergence",
)
_ZONES: Final = 8
"""Zones in a block of the loss tables: some seconds of work."""


@dataclass(frozen=True, slots=True)
class People:
    """What the stages leave behind."""

    on_map: xr.Dataset
    """Mean risk of every class."""
    at_places: xr.Dataset
    """Risk over the tree: the shown classes at the places, every class where it is highest."""
    buildings: xr.Dataset
    """The buildings that count (`exposure.buildings`)."""
    of_buildings: xr.Dataset
    """Their mean risk in every year (`building_risk.summed`)."""
    over_tree: xr.Dataset
    """Their risk over the tree in the shown and the last year, and how many are above each level
    (`building_tree.over_tree`)."""
    expected: xr.Dataset
    """Deaths and damage per year over the tree (`expected_losses`), in the same years."""
    events: xr.Dataset
    """How many die at once, and how often: `event_losses` of the same years, (year, deaths)."""
    light_damage: xr.Dataset
    """Buildings with light damage per year (`ds1.ds1_counts`)."""
    convergence: xr.Dataset
    """How the risk of one class settles with the work done (`average_sa_convergence`), (row,)."""


def stages(scenario: Scenario) -> tuple[str, ...]:
    """Names of the stages: none where the motion model is not one of Groningen."""
    return STAGES if shaking.has_risk(scenario) else ()


def compute(scenario: Scenario, writer: RunWriter, forecast: Staged, shown_year: int) -> People:
    """Earthquakes -> personal risk -> buildings and losses; finished stages are reused.

    The tree of the buildings, and events, are computed for the year that the report shows and for the last: minutes
    each.

    Raises `UsageError` E008 where single buildings are asked for and nothing can write them.
    """
    if scenario.exposure.single_buildings and find_spec("pyarrow") is None:
        params = {"libraries": ("pyarrow",), "extra": "geo", "without": "--set exposure.single_buildings=false"}
        raise UsageError(Problem("E008", "exposure.single_buildings", params))
    settings = [shaking.key(scenario), scenario.risk.model, scenario.years]
    ready = shaking.ready(scenario, forecast.data)
    nodes = ready.magnitude, ready.table().distance_km
    buildings = inputs.buildings(scenario)
    grid = site.hazard_grid(scenario.hazard.cell, scenario.hazard.margin)
    zones = np.union1d(grid["zone"].to_numpy(), buildings["zone"].to_numpy())
    zones = zones[zones != site.NO_ZONE]
    given = writer.stage(
        "loss_tables",
        loss_tables(scenario, zones, *nodes),
        settings=[shaking.of_risk(scenario), *(values.tolist() for values in (zones, *nodes))],
    )
    on_map = writer.stage(
        "risk_map", risk_map(scenario, ready, grid, given), settings=settings, after=[forecast, given]
    )
    at_places = writer.stage(
        "risk_places",
        risk_places(scenario, ready, on_map),
        settings=[*settings, scenario.risk.shown],
        after=[forecast, on_map],
    )
    of_exposure = [*settings, *inputs.buildings_key(scenario)]
    nodes_of = building_risk.nodes(buildings)
    at_nodes = writer.stage(
        "risk_nodes", risk_nodes(scenario, ready, nodes_of, given), settings=of_exposure, after=[forecast, given]
    )
    years = sorted({shown_year, scenario.years[-1]})
    over_tree = writer.stage(
        "risk_buildings",
        risk_buildings(scenario, ready, buildings, at_nodes, years),
        settings=[*of_exposure, years, scenario.risk.fractiles_above],
        after=[forecast, at_nodes],
    )
    expected = writer.stage(
        "expected_losses",
        lambda progress: expected_losses.expected(
            ready, buildings, years=years, progress=progress, **shaking.of_risk(scenario)
        ),
        settings=[*of_exposure, years],
        after=[forecast],
    )
    events = writer.stage(
        "event_losses",
        simulated(scenario, ready, buildings, years),
        settings=[*of_exposure, years, scenario.risk.simulated_years, scenario.seed],
        after=[forecast],
    )
    light_damage = writer.stage(
        "light_damage",
        lambda _: ds1.ds1_counts(forecast.data, buildings),
        settings=of_exposure,
        after=[forecast],
    )
    shown = scenario.risk.shown[0]
    top = on_map.data["zone"].to_numpy()[
        int(risk.highest_nodes(on_map.data["lpr_mean"], shown_year).sel(vulnerability_class=shown))
    ]
    settled = writer.stage(
        "convergence", convergence(scenario, int(top), shown), settings=[shaking.of_risk(scenario), int(top), shown]
    )
    return People(
        on_map=on_map.data,
        at_places=at_places.data,
        buildings=buildings,
        of_buildings=building_risk.summed(buildings, nodes_of, at_nodes.data),
        over_tree=over_tree.data,
        expected=expected.data,
        events=events.data,
        light_damage=light_damage.data,
        convergence=settled.data,
    )


def record_models(scenario: Scenario, writer: RunWriter) -> None:
    """Name the models and the buildings in the manifest, with the weights of the readings of their classes."""
    for role, module in (("fragility", fragility), ("consequence", consequence)):
        chosen = module.model(scenario.risk.model)
        writer.record_model(role, chosen.name, 1.0, chosen.source)
    given = scenario.input_files.get("exposure")
    settings = {"mapping": scenario.exposure.mapping, "single_buildings": scenario.exposure.single_buildings}
    if given is None:
        writer.record_model("exposure", synthetic.MODEL.name, 1.0, synthetic.MODEL.source, **settings)
    else:
        writer.record_model("exposure", "file of the user", 1.0, given.name, **settings)
    writer.record_model("damage", ds1.MODEL.name, 1.0, ds1.MODEL.source)
    together = spatial_correlation.MODEL
    writer.record_model(
        "correlation", together.name, 1.0, together.source, simulated_years=scenario.risk.simulated_years
    )


def loss_tables(scenario: Scenario, zones: Floats, magnitude: Floats, distance_km: Floats) -> Compute:
    """What one earthquake does to a person on the ground of every zone; workers share out the zones.

    It does not depend on the forecast: another production, year or source model takes the same tables.
    """

    def run(progress: Progress) -> xr.Dataset:
        blocks = np.array_split(zones, -(-zones.size // _ZONES))
        compute = partial(_loss_tables, **shaking.of_risk(scenario))
        parts = cluster.map(compute, blocks, shared=(magnitude, distance_km), progress=progress)
        return xr.concat(list(parts), "zone", combine_attrs="identical")

    return run


def _loss_tables(nodes: tuple[Floats, Floats], zones: Floats, **settings: Any) -> xr.Dataset:
    return risk.loss_tables(zones, *nodes, **settings)


def risk_map(scenario: Scenario, ready: hazard.Sources, grid: xr.Dataset, given: Staged) -> Compute:
    """Mean local personal risk of every class on the map."""

    def run(progress: Progress) -> xr.Dataset:
        return risk.risk(ready, grid, tables=given.data, progress=progress, **shaking.of_risk(scenario))

    return run


def risk_places(scenario: Scenario, ready: hazard.Sources, losses: Staged) -> Compute:
    """Local personal risk over the complete tree: the shown classes at the places, every class at its highest node."""

    def run(progress: Progress) -> xr.Dataset:
        classes = [str(name) for name in losses.data["vulnerability_class"].to_numpy()]
        highest = np.stack([risk.highest_nodes(losses.data["lpr_mean"], year).to_numpy() for year in scenario.years])
        nodes = np.unique(highest)
        named = where.places()
        count = named.sizes["site"]
        points = site.sites_at(
            np.append(named["x"].to_numpy(), losses.data["x"].to_numpy()[nodes]),
            np.append(named["y"].to_numpy(), losses.data["y"].to_numpy()[nodes]),
        )
        row = count + np.searchsorted(nodes, highest)
        wanted = np.zeros((points.sizes["site"], len(classes)), dtype=bool)
        wanted[:count, [classes.index(name) for name in scenario.risk.shown]] = True
        wanted[row, np.arange(len(classes))[None]] = True
        tree = risk_tree.lpr_fractiles(
            ready,
            points,
            classes,
            only=wanted,
            progress=progress,
            **shaking.of_risk(scenario),
        )
        return tree.assign(
            place=("site", np.array([*named["name"].to_numpy(), *([""] * nodes.size)], dtype=str)),
            highest=(("year", "vulnerability_class"), row, {"long_name": "site with the highest mean of the class"}),
        )

    return run


def risk_nodes(scenario: Scenario, ready: hazard.Sources, where: building_risk.Nodes, given: Staged) -> Compute:
    """Mean risk of every class at the nodes around the buildings, on their own ground and surface."""

    def run(progress: Progress) -> xr.Dataset:
        tables: dict[Surface, xr.Dataset] = {"regular": given.data}
        settings = shaking.of_risk(scenario)
        return building_risk.at_nodes(averaged(ready), where.sites, tables=tables, progress=progress, **settings)

    return run


def risk_buildings(
    scenario: Scenario, ready: hazard.Sources, buildings: xr.Dataset, at_nodes: Staged, years: list[int]
) -> Compute:
    """Risk of every building over the complete tree, and the fractiles of their number above a level."""

    def run(progress: Progress) -> xr.Dataset:
        settings = shaking.of_risk(scenario)
        return building_tree.over_tree(
            ready,
            buildings,
            years=years,
            risk_at=at_nodes.data,
            tiny=scenario.risk.fractiles_above,
            progress=progress,
            **settings,
        )

    return run


def simulated(scenario: Scenario, ready: hazard.Sources, buildings: xr.Dataset, years: list[int]) -> Compute:
    """How often events kill at least so many: `rate_per_year`, `p05`, `p95` (year, deaths); and what is left out."""

    def run(progress: Progress) -> xr.Dataset:
        parts = []
        for index, year in enumerate(years):
            losses = event_losses.simulate(
                ready,
                buildings,
                year=year,
                years=scenario.risk.simulated_years,
                seed=scenario.seed,
                progress=lambda done, index=index: progress((index + done) / len(years)),
                **shaking.of_risk(scenario),
            )
            curve = event_losses.fn_curve(losses).drop(columns="year").set_index("deaths").to_xarray()
            parts.append(curve.assign(left_out=losses["left_out"], correlation_km=losses.attrs["correlation_km"]))
        joined = xr.concat(parts, pd.Index(years, name="year"), join="outer", data_vars="all")
        assert isinstance(joined, xr.Dataset)
        return joined

    return run


def convergence(scenario: Scenario, zone: int, vulnerability_class: str) -> Compute:
    """How fast the risk of a class settles with the work done, where it is highest; it rests on the models alone."""

    def run(_: Progress) -> xr.Dataset:
        chosen = shaking.of_risk(scenario)
        del chosen["site_variability_argument"]
        table = average_sa_convergence.convergence(
            zone, vulnerability_class, points=(64, 256, 1024, 4096), reference_points=2**15, **chosen
        )
        return table.rename_axis("row").to_xarray().assign_attrs(zone=zone, vulnerability_class=vulnerability_class)

    return run
