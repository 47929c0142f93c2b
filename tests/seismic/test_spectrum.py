"""Uniform hazard spectra: every ordinate is the level of its own hazard curve."""

import numpy as np
import pytest
from tests.seismic import hazard_twin

from mijnrisico.errors import InputError
from mijnrisico.seismic import site
from mijnrisico.seismic.hazard import hazard, sources
from mijnrisico.seismic.hazard.spectrum import period_s, spectrum
from mijnrisico.seismic.motion import MODELS

MAGNITUDE = np.array([3.0, 4.3])


def test_every_ordinate_is_the_level_of_its_own_curve_with_its_fractiles():
    ready = sources(hazard_twin.forecast(MAGNITUDE, years=(2024,)))
    place = site.sites_at([245_900.0], [594_900.0])
    found = spectrum(ready, place, measures=["PGA", "SA(0.3)"], return_periods=(475.0, 95.0), component="arbitrary")
    for measure in ("PGA", "SA(0.3)"):
        alone = hazard(ready, place, imt=measure, return_periods=(475.0, 95.0), component="arbitrary")
        np.testing.assert_array_equal(found["level"].sel(measure=measure), alone["level_g"])
    assert found["period"].to_numpy().tolist() == [0.0, 0.3]
    assert (found.attrs["component"], found.attrs["surface"]) == ("arbitrary", "regular")


def test_measures_stand_in_the_order_of_their_period_and_velocity_last():
    ready = sources(hazard_twin.forecast(MAGNITUDE, years=(2024,)), motion="V5")
    place = site.sites_at([245_900.0], [594_900.0])
    few = {name: MODELS["V5"].units[name] for name in ("PGV", "SA(0.3)", "PGA")}
    assert sorted(few, key=lambda name: (np.isnan(period_s(name)), period_s(name))) == ["PGA", "SA(0.3)", "PGV"]
    found = spectrum(ready, place, motion="V5", measures=["PGV"], fractiles=(), return_periods=(475.0,))
    assert found["unit"].to_numpy().tolist() == ["cm/s"]
    assert np.isnan(found["period"]).all()
    assert found["statistic"].to_numpy().tolist() == ["mean"]


def test_a_measure_that_the_model_lacks_is_refused():
    with pytest.raises(InputError) as caught:
        spectrum(sources(hazard_twin.forecast(MAGNITUDE)), site.sites_at([245_900.0], [594_900.0]), measures=["SA(9)"])
    assert caught.value.code == "E503"
