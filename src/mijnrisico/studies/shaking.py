"""The motion of a scenario: which model, ruptures and readings of the scatter its settings ask for.

Every study that computes hazard asks it here, so that a setting reaches each of its maps, and the key of the stage.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr

from mijnrisico.core.curve import FRACTILES
from mijnrisico.core.progress import Progress, ignore
from mijnrisico.core.scenario import Scenario
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase
from mijnrisico.seismic import average_sa, hazard, motion, rupture
from mijnrisico.seismic import forecast as forecasting
from mijnrisico.seismic.average_sa import ZoneIntensity
from mijnrisico.seismic.hazard.asked import Choices
from mijnrisico.seismic.hazard.rates import averaged
from mijnrisico.seismic.motion import GroundMotion
from mijnrisico.seismic.motion.model import Component, Motion, SiteTerm, Surface
from mijnrisico.studies import by_zone

_CENTRE: Final = 1e-6
"""Rounding of the centre of a bin."""
_NOTHING: Final = 1e-9
RULE_MEASURE: Final = "PGA"
"""The measure that the rule, and the threshold of a scenario, are about."""


def model(scenario: Scenario) -> GroundMotion:
    """The ground-motion model of a scenario."""
    return motion.model_of(scenario.motion.model)


def geometry(scenario: Scenario) -> rupture.Geometry:
    """How the ruptures of a scenario lie."""
    found = scenario.rupture
    return rupture.Geometry(found.depth, found.strike, found.strike_sd, found.finite, found.largest_distance)


def site_term(scenario: Scenario) -> SiteTerm:
    """How the site term counts: as the scenario says, else as published."""
    return _site_term(scenario) or model(scenario).site_term


def choices(scenario: Scenario) -> Choices:
    """How the scatter is read: what `hazard.hazard` takes beside measure, component and surface."""
    chosen = scenario.motion
    return {
        "site_term": _site_term(scenario),
        "site_variability_argument": chosen.site_variability_argument,
        "truncation": chosen.truncation or None,
    }


def _site_term(scenario: Scenario) -> SiteTerm | None:
    """How the site term counts where the scenario says so, None as published."""
    term = scenario.motion.site_term
    return None if term == "published" else term


def components(scenario: Scenario, measure: str | None = None) -> tuple[Component, ...]:
    """The components that the model has of a measure (the first by default), its default first; each is computed."""
    return components_of(model(scenario), measure or measures(scenario)[0])


@cache
def components_of(model: GroundMotion, measure: str) -> tuple[Component, ...]:
    """The components that a model has of a measure: V5 and V6 have no arbitrary component of PGV."""

    def has(component: Component) -> bool:
        try:
            model.reference(measure, np.array([3.0]), np.array([5.0]), component)
        except (InputError, KeyError):
            return False
        return True

    return tuple(component for component in model.components if has(component))


@dataclass(frozen=True, slots=True)
class Outside:
    """What of a forecast lies outside the range for which the motion model was made.

    Share of the rate (mean over branches and years) outside its `magnitude`; number of places `shallow`er than its
    `nearest` distance in km.
    """

    model: Motion
    share: float
    magnitude: tuple[float, float]
    shallow: int
    nearest_km: float

    @property
    def problems(self) -> list[Problem]:
        """W606 with what lies outside; nothing where all of it lies within."""
        (low, high), near = self.magnitude, self.nearest_km
        what, valid = [], []
        if self.share > 0.0:
            words = {"percent": 100.0 * self.share, "low": low, "high": high}
            what.append(Phrase("exchange.outside_magnitude", words))
            valid.append(Phrase("exchange.valid_magnitude", {"low": low, "high": high}))
        if self.shallow:
            what.append(Phrase("exchange.outside_depth", {"n": self.shallow, "near": near}))
            valid.append(Phrase("exchange.valid_distance", {"near": near}))
        if not what:
            return []
        made = Phrase("exchange.outside_range", {"model": self.model.name, "valid": tuple(valid)})
        return [Problem("W606", "motion.model", {"what": tuple(what), "range": made})]


def outside(scenario: Scenario, forecast: xr.Dataset) -> Outside:
    """Hold a forecast to the range of validity of the motion model, in magnitude and in the depth of its places.

    The centres of the bins count, rates below a billionth of all do not: what a factored forecast leaves out.
    """
    head = model(scenario).head
    low, high = head.valid.get("magnitude", (-np.inf, np.inf))
    ranges = [limits for name, limits in head.valid.items() if name.endswith("distance_km")]
    nearest_km = ranges[0][0] if ranges else 0.0
    rate = (forecasting.by_magnitude(forecast) * forecast["weight"]).sum(["branch", "year"])
    centre, total = rate["magnitude"].to_numpy(), max(float(rate.sum()), 1e-300)
    share = float(rate.to_numpy()[(centre < low - _CENTRE) | (centre > high + _CENTRE)].sum()) / total
    depth = forecast["cell_depth"].to_numpy() if "cell_depth" in forecast else np.array([scenario.rupture.depth])
    shallow = int((depth < nearest_km).sum()) * (forecast.sizes["cell"] if depth.size == 1 else 1)
    return Outside(head, share if share > _NOTHING else 0.0, (low, high), shallow, nearest_km)


def surfaces(scenario: Scenario) -> tuple[Surface, ...]:
    """Regular ground, and a dwelling mound where the model knows what that does."""
    measure = measures(scenario)[0]
    return ("regular", "wierde") if model(scenario).wierde_ln(measure) != 0.0 else ("regular",)


def measures(scenario: Scenario) -> tuple[str, ...]:
    """The measures of a scenario, that of the rule first."""
    return tuple(sorted(scenario.hazard.measures, key=lambda measure: measure != RULE_MEASURE))


def has_risk(scenario: Scenario) -> bool:
    """Say whether the model feeds the vulnerability models: only those of Groningen, with its zones, do."""
    return model(scenario).site == "zone"


def ready(scenario: Scenario, forecast: xr.Dataset) -> hazard.Sources:
    """A forecast made ready for the model and the ruptures of a scenario."""
    return hazard.sources(forecast, motion=model(scenario), geometry=geometry(scenario))


def levels(
    scenario: Scenario,
    sources: hazard.Sources,
    sites: xr.Dataset,
    component: Component,
    surface: Surface = "regular",
    measure: str = RULE_MEASURE,
    *,
    motion: GroundMotion | None = None,
    curves: bool = False,
    fractiles: Sequence[float] = FRACTILES,
    progress: Progress = ignore,
) -> xr.Dataset:
    """Hazard at the sites with the settings of a scenario (see `hazard.hazard`), shared out among workers.

    `motion` stands for the model of the scenario: one branch of it, for example.
    """
    asked: Choices = {**choices(scenario), "imt": measure, "component": component, "surface": surface}
    compute = partial(
        hazard.hazard,
        motion=motion or scenario.motion.model,
        return_periods=scenario.hazard.periods,
        thresholds=(scenario.hazard.threshold,) if model(scenario).units[measure] == "g" else (),
        curves=curves,
        fractiles=fractiles,
        **asked,
    )
    known = sites if model(scenario).site == "zone" else sites.drop_vars("zone", errors="ignore")
    return by_zone.map_sites(compute, sources if fractiles else averaged(sources), known, progress=progress)


def other_measures(
    scenario: Scenario, sources: hazard.Sources, sites: xr.Dataset, progress: Progress = ignore
) -> xr.Dataset:
    """Levels of the mean curve for every measure after the first, regular surface.

    Returns `level` (measure, component, site, year, return_period) in the `unit` (measure) of each; NaN where the site
    has no response or the level lies outside the levels computed, which `flag` tells apart, and in a component that
    the model does not have of that measure.
    """
    rows, done = [], 0
    total = sum(len(components(scenario, measure)) for measure in measures(scenario)[1:])
    for measure in measures(scenario)[1:]:
        found: list[xr.Dataset] = []
        name = hazard.level_name(model(scenario).units[measure])
        for component in components(scenario, measure):
            one = levels(scenario, sources, sites, component, measure=measure, fractiles=())
            found.append(one[[name, "flag"]].rename({name: "level"}).isel(statistic=0, drop=True))
            done += 1
            progress(done / total)
        row = joined(found, "component", components(scenario, measure))
        rows.append(row.reindex(component=list(model(scenario).components), fill_value={"flag": 0}))
    whole = joined(rows, "measure", measures(scenario)[1:])
    whole["level"].attrs.clear()
    return whole.assign_coords(unit=("measure", [model(scenario).units[each] for each in measures(scenario)[1:]]))


def every_choice(
    scenario: Scenario, sources: hazard.Sources, sites: xr.Dataset, progress: Progress = ignore
) -> xr.Dataset:
    """Levels and curves at the sites along `component` and `surface` of the model, for the first measure."""
    measure, done = measures(scenario)[0], 0
    total = len(components(scenario)) * len(surfaces(scenario))
    parts = []
    for component in components(scenario):
        row = []
        for surface in surfaces(scenario):
            row.append(levels(scenario, sources, sites, component, surface, measure, curves=True))
            done += 1
            progress(done / total)
        parts.append(joined(row, "surface", surfaces(scenario)))
    return joined(parts, "component", components(scenario))


def joined(parts: Sequence[xr.Dataset], dim: str, names: Sequence[str]) -> xr.Dataset:
    """Results side by side along a new named dimension; what the parts do not share is left out of the attributes."""
    joined = xr.concat(parts, dim=pd.Index(names, name=dim), combine_attrs="drop_conflicts")
    assert isinstance(joined, xr.Dataset)
    return joined


def of_risk(scenario: Scenario) -> dict[str, Any]:
    """What `risk.risk` and `risk_tree.lpr_fractiles` take of a scenario beside the forecast and the sites."""
    return {
        "model": scenario.risk.model,
        "motion": scenario.motion.model,
        "site_term": _site_term(scenario),
        "site_correlation": scenario.motion.site_correlation,
        "site_variability_argument": scenario.motion.site_variability_argument,
    }


def zone_intensity(scenario: Scenario, zone: int, at: average_sa.Reference, surface: Surface) -> ZoneIntensity:
    """The average spectral acceleration on the ground of a zone, with the settings of a scenario."""
    return average_sa.zone_intensity(
        zone,
        at,
        surface,
        scenario.motion.site_variability_argument,
        site_term=site_term(scenario),
        site_correlation=scenario.motion.site_correlation,
    )


def key(scenario: Scenario) -> list[object]:
    """What a stage that computes hazard or risk depends on, beside the forecast, the sites and the measures."""
    parts = (scenario.rupture, scenario.motion)
    hazard_ = scenario.hazard.model_dump(mode="json", exclude={"measures"})
    return [hazard_, *(part.model_dump(mode="json") for part in parts)]


def recorded(scenario: Scenario) -> dict[str, object]:
    """Settings of the motion for the manifest, beside the name of the model."""
    chosen = scenario.motion.model_dump(mode="json", exclude={"model"})
    term = model(scenario).site_term if scenario.motion.site_term == "published" else scenario.motion.site_term
    return {
        **chosen,
        "site_term": term,
        "measures": list(measures(scenario)),
        "finite_rupture": scenario.rupture.finite,
    }
