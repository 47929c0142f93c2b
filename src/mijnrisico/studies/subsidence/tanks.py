"""Pressure of a reservoir from what it gave in each year: the tank model with the numbers of a question."""

from dataclasses import replace

import numpy as np

from mijnrisico.errors import InputError
from mijnrisico.messages import Phrase
from mijnrisico.studies.subsidence import sections
from mijnrisico.studies.subsidence.files import Series
from mijnrisico.subsurface import tank
from mijnrisico.subsurface.gas import GRONINGEN_GAS, HIGHEST_BAR


def pressure(each: sections.Activity, production: Series) -> Series:
    """Pressure [bar] at the begin of every year of `production` and at its end; no water follows.

    Raises `InputError` where more has left than is in place, or where injection asks for more than 700 bar.
    """
    assert each.initial_bar is not None
    assert each.gas_in_place_nm3 is not None
    assert each.temperature_k is not None
    gas = replace(GRONINGEN_GAS, temperature_k=each.temperature_k)
    closed = tank.Tank(each.initial_bar, each.gas_in_place_nm3, gas)
    years, produced = _cumulative(production)
    return Series(years, {"pressure_bar": tank.pressure_bar(produced, closed)})


def refused(each: sections.Activity, production: Series, file: str) -> tuple[str, float, Phrase, str] | None:
    """Return key, value, what was expected and an example where the tank cannot give what was produced; else None."""
    try:
        pressure(each, production)
    except InputError:
        pass
    else:
        return None
    assert each.gas_in_place_nm3 is not None
    assert each.initial_bar is not None
    years, produced = _cumulative(production)
    empty = np.flatnonzero(produced >= each.gas_in_place_nm3)
    if empty.size:
        params = {"file": file, "year": int(years[empty[0]]) - 1, "produced": float(produced.max())}
        expected = Phrase("subsidence.expected.tank_left", params)
        example = f"gas_in_place_nm3 = {1.25 * produced.max():.3g}"
        return "gas_in_place_nm3", each.gas_in_place_nm3, expected, example
    fullest = int(np.argmin(produced))
    params = {"file": file, "year": int(years[fullest]) - 1, "most": HIGHEST_BAR}
    return "initial_bar", each.initial_bar, Phrase("subsidence.expected.tank_injected", params), "initial_bar = 300.0"


def _cumulative(production: Series) -> tuple[np.ndarray, np.ndarray]:
    years = np.append(production.years, production.years[-1] + 1.0)
    return years, np.append(0.0, np.cumsum(production.values["volume_nm3"]))
