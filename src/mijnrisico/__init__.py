"""Hazard and risk of mining: from a production scenario to ground motion, risk and the norm.

    import mijnrisico

    run = mijnrisico.run(mijnrisico.template("groningen"))
    run.summary()
    run.map("pga", year=2030)

The names below are imported when they are first used, so that `import mijnrisico` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mijnrisico.core.run import StoredRun
    from mijnrisico.core.scenario import Scenario
    from mijnrisico.errors import InputError, MijnrisicoError, Problem
    from mijnrisico.front import check, compare, load, open_run, run, shake, site, template
    from mijnrisico.front.comparison import Comparison
    from mijnrisico.front.finished import Run
    from mijnrisico.front.point import Site
    from mijnrisico.front.shaken import Shaken

__version__ = "0.1.0"
__all__ = [
    "Comparison",
    "InputError",
    "MijnrisicoError",
    "Problem",
    "Run",
    "Scenario",
    "Shaken",
    "Site",
    "StoredRun",
    "check",
    "compare",
    "load",
    "open_run",
    "run",
    "shake",
    "site",
    "template",
]

_HOME = {
    "InputError": "errors",
    "MijnrisicoError": "errors",
    "Problem": "errors",
    "StoredRun": "core.run",
    "Scenario": "core.scenario",
    "Comparison": "front.comparison",
    "Run": "front.finished",
    "Shaken": "front.shaken",
    "Site": "front.point",
    "check": "front",
    "compare": "front",
    "load": "front",
    "open_run": "front",
    "run": "front",
    "shake": "front",
    "site": "front",
    "template": "front",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'mijnrisico' has no attribute {name!r}")
    return getattr(import_module(f"mijnrisico.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
