"""The norms that the report holds results against, and how it says where they come from."""

from mijnrisico.core import norm
from mijnrisico.errors import MissingDataError, Problem

SHOWN = ("veiligheidsnorm", "tijdelijke_veiligheidsnorm", "industrie_piekgrondversnelling")


def limit(name: str) -> float:
    """Return the value of a packaged norm; raises `MissingDataError` (E702) when its text was not read."""
    value = norm.norm(name).value
    if value is None:
        raise MissingDataError(Problem("E702", name, {"output": f"norms.toml: {name}.value"}))
    return value
