"""The forecast of one year, held to the general forecast: the same field, the same law of the number."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from mijnrisico.seismic import aftershocks, calibrate, event_counts, forecast, year_ahead
from mijnrisico.seismic.aftershocks import Law
from mijnrisico.seismic.forecast import Branch
from mijnrisico.seismic.source.extreme_threshold import ELASTIC, THETA1
from mijnrisico.seismic.source.loading import StressGrid

from . import small_field

MAGNITUDES = ("linear_stress", "thickness_split", "constant")
MMAX = {4.0: 0.75, 6.0: 0.25}
GRID = StressGrid((0.55,), (1000.0, 1500.0))
HISTORY = small_field.loading(GRID, until=small_field.END, scale=small_field.END)
LAST = 2015


@pytest.fixture(scope="module", name="evaluated")
def elastic_on_a_history() -> calibrate.Evaluated:
    made = small_field.group(ELASTIC, HISTORY, rmax=0.55, sigma_m=1500.0)
    theta = int(np.argmin(np.abs(THETA1 - 4.0)))
    events = small_field.catalogue(np.random.default_rng(8), ELASTIC, made, HISTORY, theta, 300.0, Law(0.2, 0.9, 0.3))
    return calibrate.evaluate(ELASTIC, HISTORY, events)


def _fitted(evaluated: calibrate.Evaluated) -> xr.Dataset:
    until = f"{LAST}-01-01"
    models = {"magnitude_min": 1.45, "magnitude_models": MAGNITUDES}
    return calibrate.fit(evaluated, start=small_field.START, until=until, **models)


def _ahead(evaluated: calibrate.Evaluated, fitted: xr.Dataset, mmax=MMAX, **more) -> dict[str, year_ahead.Ahead]:
    step = year_ahead.step_of(HISTORY, LAST)
    makers = list(ELASTIC.groups(HISTORY))
    cells = HISTORY.cells
    near = aftershocks.reach(fitted["event_x"].to_numpy(), fitted["event_y"].to_numpy(), cells)
    return year_ahead.forecast_year(
        ELASTIC,
        fitted,
        lambda number: makers[number](),
        step,
        lambda number: evaluated.annual[number, :, step.first - HISTORY.first],
        magnitude_models=MAGNITUDES,
        mmax=mmax,
        shared=year_ahead.Shared(near, year_ahead.laws_at_cells(fitted, MAGNITUDES, list(mmax), cells)),
        seed=np.random.SeedSequence(1),
        **more,
    )


def test_the_field_is_that_of_the_general_forecast(evaluated: calibrate.Evaluated) -> None:
    fitted = _fitted(evaluated)
    ahead = small_field.loading(GRID, until=f"{LAST}-01-01", end=f"{LAST + 1}-01-01", scale=small_field.END)
    weights = dict.fromkeys(MAGNITUDES, 1.0 / 3.0)
    ahead = replace(ahead, times=ahead.times[: ahead.first + 2], depletion_bar=ahead.depletion_bar[: ahead.first + 2])
    model = replace(ELASTIC, groups=lambda _: iter([lambda make=make: _cut(make(), ahead) for make in _makers()]))
    general = forecast.forecast(
        [Branch(model, fitted, 1.0)], ahead, years=[LAST], magnitude_models=weights, mmax=MMAX, draws=4000
    )
    rates = small_field.rates(general)[:, :, 0].reshape(HISTORY.cells.x.size, -1, len(MAGNITUDES), len(MMAX))
    found = _ahead(evaluated, fitted, draws=4000)
    for index, name in enumerate(MAGNITUDES):
        of_name = rates[:, :, index] @ list(MMAX.values())
        assert found[name].rate.sum() == pytest.approx(of_name.sum(), rel=1e-3)
        np.testing.assert_allclose(found[name].rate.sum(axis=1), of_name.sum(axis=1), atol=3e-3 * of_name.sum(1).max())
        np.testing.assert_allclose(found[name].rate.sum(axis=0), of_name.sum(axis=0), rtol=3e-3, atol=1e-6)
    pmf = forecast.count_probability(general)[0]
    for ours in found.values():
        law = event_counts.mixture(
            event_counts.generalised_poisson, ours.first[:, None], ours.ratio[:, None], np.full(4000, 1 / 4000), 60
        )[0]
        for mine, theirs in zip(event_counts.table_moments(law), event_counts.table_moments(pmf), strict=True):
            assert mine == pytest.approx(theirs, rel=0.05)  # draws of the posterior of their own


def _makers():
    return list(ELASTIC.groups(HISTORY))


def _cut(group, loading):
    return replace(group, stress=group.stress[: loading.times.size])


def test_the_law_of_the_number_has_the_mean_of_the_field(evaluated: calibrate.Evaluated) -> None:
    for ahead in _ahead(evaluated, _fitted(evaluated), draws=4000).values():
        mean = event_counts.moments(ahead.first, ahead.ratio)[0].mean()
        assert mean == pytest.approx(ahead.rate.sum(), rel=0.03)


def test_the_tree_of_the_largest_magnitude_is_mixed_by_its_weights(evaluated: calibrate.Evaluated) -> None:
    fitted = _fitted(evaluated)
    low, high, both = (_ahead(evaluated, fitted, mmax=m)["constant"].rate for m in ({4.0: 1.0}, {6.0: 1.0}, MMAX))
    np.testing.assert_allclose(both.sum(0), 0.75 * low.sum(0) + 0.25 * high.sum(0), rtol=0.02, atol=1e-9)
    bins = np.flatnonzero(high.sum(axis=0) > 0.0)
    assert low.sum(axis=0)[bins[-1]] == 0.0


def test_stress_after_the_year_is_never_looked_at(evaluated: calibrate.Evaluated) -> None:
    fitted = _fitted(evaluated)
    step = year_ahead.step_of(HISTORY, LAST)
    assert step.times[-1] == np.datetime64(f"{LAST + 1}-01-01")
    assert step.step_years.size == 1
    before = _ahead(evaluated, fitted)["linear_stress"]
    later = evaluated.annual.copy()
    later[:, :, step.first - HISTORY.first + 1 :] = np.nan
    again = _ahead(replace(evaluated, annual=later), fitted)["linear_stress"]
    np.testing.assert_array_equal(before.rate, again.rate)
    np.testing.assert_array_equal(before.first, again.first)
