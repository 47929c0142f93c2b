"""The packaged case of Groningen in numbers: published values, what foretells them, and what the models owe to what.

A validation of a minute: marked slow. Its numbers stand in docs/understand/subsidence.md.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mijnrisico.studies.groningen import chain
from mijnrisico.studies.subsidence import bowl, fit, maps, measured, outputs, prediction, question, sources
from mijnrisico.studies.subsidence.fit import Fit

pytestmark = pytest.mark.slow


class Memory:
    """A result of a stage, as later stages ask for it."""

    def __init__(self, data: xr.Dataset) -> None:
        self.data = data


@pytest.fixture(scope="module")
def case() -> tuple[question.SubsidenceQuestion, sources.Lattice, Fit]:
    asked = question.read(question.PACKAGED).scenario
    assert asked is not None
    scenario = sources.gas_pressure(asked)
    history = Memory(chain.pressure_history(scenario)(lambda _: None))
    after = chain.pressure_scenario(scenario, history)(lambda _: None)  # pyright: ignore[reportArgumentType]
    pressure = xr.concat([history.data["pressure"], after["pressure"].isel(time=slice(1, None))], "time")
    cells = sources.lattice(asked)
    known = measured.read(asked)
    assert known is not None
    weights = tuple(one.weight for one in known.readings)
    model = prediction.model(asked, sources.build(asked, cells, pressure), weights)
    first = fit.fit(model, known)
    return asked, cells, fit.fit(model, measured.read(asked, bowl.look(first, cells)))


def changed(found: Fit, keep: np.ndarray) -> Fit:
    """The fit to fewer of the measurements."""
    assert found.measured is not None
    return fit.fit(found.model, replace(found.measured, used=found.measured.used & keep))


def weight(found: Fit, surface: str) -> float:
    model = found.model
    return float(
        sum(
            w
            for w, b in zip(found.after.weights, model.branches, strict=True)
            if model.surfaces[b.surface].name == surface
        )
    )


def at_published(found: Fit) -> pd.DataFrame:
    """What a fit says at the published values [cm], mean and standard deviation, in the order of the measurements."""
    assert found.measured is not None
    rows = found.measured.observations.rows
    own = (rows["technique"] == "levelling").to_numpy()
    mixture = found.of_measurements()
    return pd.DataFrame(
        {"place": rows["point"][own], "mean": -100.0 * mixture.mean()[own], "sd": 100.0 * mixture.sd()[own]}
    ).assign(year=rows["to_year"][own])


def test_the_values_of_2018_are_met_within_a_fifth_and_the_unused_within_three_tenths(case) -> None:
    asked, cells, found = case
    year = np.array([2018.5])
    place = maps.deepest(found, cells, 2018.5)
    grids = xr.Dataset(
        {"total_m": (("statistic", "year", "y", "x"), np.ones((1, 1, 1, 1)))},
        coords={"statistic": ["mean"], "year": year.astype(int), "y": [place[1]], "x": [place[0]]},
    )
    table = outputs.published(asked, found, grids)
    used = table[table["used"]]
    assert list(used["place"]) == ["Eemshaven", "Loppersum", "Winschoten", "Winsum", "Zuidlaardermeer"]
    assert (used["difference_percent"].abs() <= 20.0).all()
    unused = table[~table["used"]]
    assert (unused["difference_percent"].abs() <= 30.0).all()
    middle = 0.5 * (used["published_low_cm"] + used["published_high_cm"])
    inside = (used["by_the_others_p10_cm"] <= middle) & (middle <= used["by_the_others_p90_cm"])
    assert inside.sum() >= 4  # Winsum is levelled deeper than the others foretell: other fields sink there too


def test_radar_alone_foretells_the_levelling_within_two_standard_deviations(case) -> None:
    found = case[2]
    assert found.measured is not None
    radar = (found.measured.observations.rows["technique"] == "insar").to_numpy()
    alone = changed(found, radar)
    table = at_published(alone)
    value = -100.0 * found.measured.observations.value_m[~radar]
    error = 100.0 * found.measured.observations.sigma_m[~radar]
    table = table.assign(value=value, z=(value - table["mean"]) / np.hypot(table["sd"], error))
    assert (table["z"].abs() < 2.0).all()


def test_the_half_space_owes_its_weight_to_the_edge_of_the_bowl(case) -> None:
    found = case[2]
    assert found.measured is not None
    rows = found.measured.observations.rows
    said = {"all": weight(found, "geertsma")}
    for name in ("Winsum", "Winschoten", "Zuidlaardermeer"):
        said[name] = weight(changed(found, (rows["point"] != name).to_numpy()), "geertsma")
    edge = rows["point"].isin(["Winsum", "Winschoten", "Zuidlaardermeer"]).to_numpy()
    said["edge"] = weight(changed(found, ~edge), "geertsma")
    assert said["all"] > 0.8
    assert said["edge"] < said["all"]
