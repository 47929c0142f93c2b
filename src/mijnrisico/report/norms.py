"""The norms that the report holds results against, and how it says where they come from."""

from collections.abc import Iterable
from dataclasses import replace

from mijnrisico.core import norm
from mijnrisico.errors import MissingDataError, Problem

SHOWN = ("veiligheidsnorm", "tijdelijke_veiligheidsnorm", "industrie_piekgrondversnelling")


def limit(name: str) -> float:
    """Return the value of a packaged norm; raises `MissingDataError` (E702) when its text was not read."""
    value = norm.norm(name).value
    if value is None:
        raise MissingDataError(Problem("E702", name, {"output": f"norms.toml: {name}.value"}))
    return value


def exceeding(values: Iterable[float], name: str = "veiligheidsnorm") -> int:
    """Count the values that exceed a packaged norm; a missing value exceeds nothing."""
    against = norm.norm(name)
    return sum(norm.judge(float(value), against).outcome == "exceeded" for value in values)


def reached(level_g: float, threshold_g: float) -> bool:
    """Say whether a level reaches the threshold of the run, judged as the rule for industry judges its own."""
    against = replace(norm.norm("industrie_piekgrondversnelling"), value=threshold_g)
    return norm.judge(level_g, against).outcome == "reached"
