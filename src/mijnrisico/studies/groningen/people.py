"""The people of a run: personal risk on the map, at the named places and in the buildings, and the losses of events.

Both studies that have a ground-motion model of Groningen come here: that of the field and that of a forecast from a
file.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mijnrisico.core import cluster
from mijnrisico.core.run import RunWriter, Staged
from mijnrisico.core.scenario import Scenario
from mijnrisico.seismic import hazard, risk, risk_tree, site
from mijnrisico.studies import shaking
from mijnrisico.studies.groningen import sites as where

Progress = Callable[[float], None]
Compute = Callable[[Progress], xr.Dataset]
Floats = NDArray[np.float64]

STAGES: Final = ("loss_tables", "risk_map", "risk_places")
_ZONES: Final = 8
"""Zones in a block of the loss tables: some seconds of work."""


@dataclass(frozen=True, slots=True)
class People:
    """What the stages leave behind: mean risk of every class `on_map`, and over the tree `at_places`."""

    on_map: xr.Dataset
    at_places: xr.Dataset


def stages(scenario: Scenario) -> tuple[str, ...]:
    """Names of the stages: none where the motion model is not one of Groningen."""
    return STAGES if shaking.has_risk(scenario) else ()


def compute(scenario: Scenario, writer: RunWriter, forecast: Staged) -> People:
    """Earthquakes -> personal risk; finished stages are reused."""
    settings = [shaking.key(scenario), scenario.risk.model, scenario.years]
    ready = shaking.ready(scenario, forecast.data)
    nodes = ready.magnitude, ready.table().distance_km
    given = writer.stage(
        "loss_tables",
        loss_tables(scenario, *nodes),
        settings=[
            shaking.of_risk(scenario),
            scenario.hazard.cell,
            scenario.hazard.margin,
            *map(np.ndarray.tolist, nodes),
        ],
    )
    on_map = writer.stage("risk_map", risk_map(scenario, ready, given), settings=settings, after=[forecast, given])
    at_places = writer.stage(
        "risk_places",
        risk_places(scenario, forecast, on_map),
        settings=[*settings, scenario.risk.shown],
        after=[forecast, on_map],
    )
    return People(on_map.data, at_places.data)


def loss_tables(scenario: Scenario, magnitude: Floats, distance_km: Floats) -> Compute:
    """What one earthquake does to a person, in every zone of the map; workers share out the zones.

    It does not depend on the forecast: another production, year or source model takes the same tables.
    """

    def run(progress: Progress) -> xr.Dataset:
        zone = site.hazard_grid(scenario.hazard.cell, scenario.hazard.margin)["zone"].to_numpy()
        zones = np.unique(zone[zone != site.NO_ZONE])
        blocks = np.array_split(zones, -(-zones.size // _ZONES))
        compute = partial(_loss_tables, **shaking.of_risk(scenario))
        parts = cluster.map(compute, blocks, shared=(magnitude, distance_km), progress=progress)
        return xr.concat(list(parts), "zone", combine_attrs="identical")

    return run


def _loss_tables(nodes: tuple[Floats, Floats], zones: Floats, **settings: Any) -> xr.Dataset:
    return risk.loss_tables(zones, *nodes, **settings)


def risk_map(scenario: Scenario, ready: hazard.Sources, given: Staged) -> Compute:
    """Mean local personal risk of every class on the map."""

    def run(progress: Progress) -> xr.Dataset:
        grid = site.hazard_grid(scenario.hazard.cell, scenario.hazard.margin)
        return risk.risk(ready, grid, tables=given.data, progress=progress, **shaking.of_risk(scenario))

    return run


def risk_places(scenario: Scenario, forecast: Staged, losses: Staged) -> Compute:
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
            shaking.ready(scenario, forecast.data),
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
