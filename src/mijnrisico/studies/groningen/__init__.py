"""The Groningen field: from production to hazard, personal risk and the norm.

scenario -> pressure -> earthquakes -> ground motion -> personal risk -> verdict
"""

from mijnrisico.core.run import RunWriter
from mijnrisico.core.scenario import Scenario
from mijnrisico.studies.groningen import chain, outputs, validation
from mijnrisico.studies.groningen.answer import site_answer

__all__ = ["assess", "site_answer"]


def assess(scenario: Scenario, writer: RunWriter) -> None:
    """Answer the scenario and write its tables and grids into the run folder."""
    writer.plan(*chain.STAGES, "tables", "report")
    results = chain.compute(scenario, writer)
    outputs.write(scenario, results, writer)
    validation.write(scenario, results, writer)
