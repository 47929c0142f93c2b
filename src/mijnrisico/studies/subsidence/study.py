"""The study itself: compute every stage, write what a run leaves behind, name its models and say what it lacks."""

from typing import Final

import numpy as np
import xarray as xr

from mijnrisico.core.run import RunWriter
from mijnrisico.core.scenario import Scenario
from mijnrisico.errors import Problem
from mijnrisico.studies.groningen import chain
from mijnrisico.studies.subsidence import bowl, fit, maps, measured, objects, outputs, prediction, sources
from mijnrisico.studies.subsidence.fit import Fit
from mijnrisico.studies.subsidence.question import SubsidenceQuestion
from mijnrisico.subsidence import kernel
from mijnrisico.subsidence.observe import misfit
from mijnrisico.subsurface import compaction
from mijnrisico.subsurface.gas_flow import model as gas_flow_model

UNLIKELY: Final = 1e-3
"""Chance of a chi-square at least as large below which model and measurements do not agree."""


def assess(question: SubsidenceQuestion, writer: RunWriter) -> None:
    """Answer the question and write its tables and grids into the run folder."""
    of_groningen = any(each.field for each in question.entry.activity)
    stages = ("pressure_history", "pressure_scenario") if of_groningen else ()
    asked = ("subsidence_objects",) if question.inputs.objects is not None else ()
    writer.plan(*stages, "subsidence_fit", "subsidence_maps", *asked, "report")
    pressure = _groningen(writer, sources.gas_pressure(question)) if of_groningen else None
    cells = sources.lattice(question)
    with writer.display.stage("subsidence_fit") as progress:
        known = measured.read(question)
        weights = (1.0,) if known is None else tuple(one.weight for one in known.readings)
        model = prediction.model(question, sources.build(question, cells, pressure), weights)
        progress(0.2)
        found = fit.fit(model, known)
        progress(0.6)
        if question.entry.observations.packaged:
            found = fit.fit(model, measured.read(question, bowl.look(found, cells)))
        progress(1.0)
    drawn = writer.stage(
        "subsidence_maps",
        lambda progress: maps.compute(question, found, cells, progress),
        settings=question.digest(),
    )
    of_objects = None
    if asked:
        with writer.display.stage("subsidence_objects") as progress:
            of_objects = objects.table(question, found, progress)
    _record_models(question, writer)
    for problem in warnings(found):
        writer.warn(problem)
    outputs.write(question, found, drawn.data, of_objects, writer)


def _groningen(writer: RunWriter, scenario: Scenario) -> xr.DataArray:
    """Pressure of the Groningen field (time, y, x) [bar], from the stages of the chain, which a run of it shares."""
    history = writer.stage("pressure_history", chain.pressure_history(scenario), settings=chain.flow_key(scenario))
    after = writer.stage(
        "pressure_scenario",
        chain.pressure_scenario(scenario, history),
        settings=chain.production_key(scenario),
        after=[history],
    )
    return xr.concat([history.data["pressure"], after.data["pressure"].isel(time=slice(1, None))], "time")


def _record_models(question: SubsidenceQuestion, writer: RunWriter) -> None:
    """Name every model with its weight before the measurements in the manifest."""
    if any(each.field for each in question.entry.activity):
        head = gas_flow_model.MODEL
        writer.record_model(head.role, head.name, 1.0, head.source)
    for name, weight in question.entry.strain.models.items():
        if weight > 0.0:
            writer.record_model("compaction", name, weight, compaction.MODELS[name].MODEL.source)
    for name, weight in question.entry.surface.model.items():
        if weight > 0.0:
            writer.record_model("kernel", name, weight, kernel.MODELS[name].source)


def warnings(found: Fit) -> list[Problem]:
    """W608 where the measurements lie further from the model than their errors allow, W609 for a factor below zero."""
    problems: list[Problem] = []
    count = 0 if found.measured is None else int(found.measured.used.sum())
    if count:
        best = int(np.argmax(found.after.weights))
        chi2 = found.after.posteriors[best].chi_square
        if misfit.chance(chi2, count) < UNLIKELY:
            params = {"chi_square": f"{chi2:.0f}", "n": count}
            problems.append(Problem("W608", "observations", params))
    means = sum(w * one for w, one in zip(found.after.weights, found.means(), strict=True))
    for one, columns in zip(found.model.sources, found.model.slices, strict=True):
        below = int((np.asarray(means)[columns] < 0.0).sum())
        if below:
            params = {"name": one.name, "n": below, "all": len(one.nodes)}
            problems.append(Problem("W609", f"activity {one.name}", params))
    return problems
