"""The people of a run: personal risk on the map, at the named places and in the buildings, and the losses of events.

Both studies that have a ground-motion model of Groningen come here: that of the field and that of a forecast from a
file.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import xarray as xr

from mijnrisico.core.run import RunWriter, Staged
from mijnrisico.core.scenario import Scenario
from mijnrisico.seismic import risk, risk_tree, site
from mijnrisico.seismic.hazard.rates import averaged
from mijnrisico.studies import by_zone, shaking
from mijnrisico.studies.groningen import sites as where

Progress = Callable[[float], None]
Compute = Callable[[Progress], xr.Dataset]

STAGES: Final = ("risk_map", "risk_places")


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
    on_map = writer.stage("risk_map", risk_map(scenario, forecast), settings=settings, after=[forecast])
    at_places = writer.stage(
        "risk_places",
        risk_places(scenario, forecast, on_map),
        settings=[*settings, scenario.risk.shown],
        after=[forecast, on_map],
    )
    return People(on_map.data, at_places.data)


def risk_map(scenario: Scenario, forecast: Staged) -> Compute:
    """Mean local personal risk of every class on the map."""

    def run(progress: Progress) -> xr.Dataset:
        compute = partial(risk.risk, **shaking.of_risk(scenario))
        grid = site.hazard_grid(scenario.hazard.cell, scenario.hazard.margin)
        return by_zone.map_sites(compute, averaged(shaking.ready(scenario, forecast.data)), grid, progress=progress)

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
