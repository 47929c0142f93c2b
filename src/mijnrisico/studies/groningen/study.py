"""The study itself: compute every stage, write what a run leaves behind, name its models and say what it lacks."""

from mijnrisico.core.run import RunWriter
from mijnrisico.core.scenario import Scenario
from mijnrisico.errors import Problem
from mijnrisico.seismic import aftershocks, magnitude, source
from mijnrisico.studies import shaking
from mijnrisico.studies.groningen import chain, outputs, people, validation
from mijnrisico.studies.groningen.chain import Results
from mijnrisico.subsurface.gas_flow import model

WITHOUT_DELAY = ("elastic", "dempsey_suckale")
"""Models of the rate that stop when the pressure stops falling: they fall short of the counts since 2020."""
LEAST_WITHOUT_DELAY = 0.75
"""Weight of these models above which a run says so (W607): half in the official tree."""


def assess(scenario: Scenario, writer: RunWriter) -> None:
    """Answer the scenario and write its tables and grids into the run folder."""
    writer.plan(*chain.stages(scenario), "report")
    results = chain.compute(scenario, writer)
    _record_models(scenario, writer)
    _warn(scenario, results, writer)  # before the grids are written, which name what they lack
    outputs.write(scenario, results, writer)
    validation.write(scenario, results, writer)


def _record_models(scenario: Scenario, writer: RunWriter) -> None:
    """Name every model with its weight in the manifest; pressures of the user stand where our gas flow stands."""
    given = scenario.input_files.get("pressure")
    if given is None:
        writer.record_model(model.MODEL.role, model.MODEL.name, 1.0, model.MODEL.source)
    else:
        writer.record_model(model.MODEL.role, "file of the user", 1.0, given.name)
    rates = source.models()
    for name, weight in scenario.source.rate.tree.items():
        writer.record_model("rate", name, weight, rates[name].head.source)
    writer.record_model(aftershocks.MODEL.role, aftershocks.MODEL.name, 1.0, aftershocks.MODEL.source)
    for name, weight in scenario.source.magnitude.tree.items():
        writer.record_model("magnitude", name, weight, magnitude.MODELS[name].head.source)
    for top, weight in scenario.source.mmax.tree.items():
        writer.record_model("largest magnitude", f"{top:g}", weight, "TNO, public run of 2024")
    shaken = shaking.model(scenario).head
    writer.record_model("motion", shaken.name, 1.0, shaken.source.reference, **shaking.recorded(scenario))
    if shaking.has_risk(scenario):
        people.record_models(scenario, writer)


def _warn(scenario: Scenario, results: Results, writer: RunWriter) -> None:
    """Say what the answer lacks: a delayed branch, sites without a zone, levels below the lowest."""
    if sum(scenario.source.rate.tree.get(name, 0.0) for name in WITHOUT_DELAY) > LEAST_WITHOUT_DELAY:
        writer.warn(Problem("W607", "source"))
    levels = next(iter(results.hazard.values()))
    blank, sites = int(levels.attrs["sites_without_zone"]), levels.sizes["site"]
    if blank:
        writer.warn(Problem("W111", "hazard", {"n": blank, "percent": f"{100 * blank / sites:.0f}"}))
    for problem in shaking.outside(scenario, results.forecast).problems:
        writer.warn(problem)
    below = int(levels.attrs["below_lowest_level"])
    if below:
        writer.warn(Problem("W603", "hazard", {"n": below, "level": float(f"{levels.attrs['lowest_level']:.2g}")}))
