"""The Groningen field: from production to hazard, personal risk and the norm.

scenario -> pressure -> earthquakes -> ground motion -> personal risk -> verdict

`assess` answers a scenario (`study`); `site_answer`, `site_lpr` and `site_risk` answer for points of a finished run
(`answer`). Each is imported when it is asked for: a question about a point does not wait for the libraries of a
calibration.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mijnrisico.studies.groningen.answer import site_answer, site_lpr, site_risk
    from mijnrisico.studies.groningen.study import assess

__all__ = ["assess", "site_answer", "site_lpr", "site_risk"]

_HOMES = {"assess": "study", "site_answer": "answer", "site_lpr": "answer", "site_risk": "answer"}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
