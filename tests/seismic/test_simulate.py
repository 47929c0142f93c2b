"""Simulated catalogues: counts, places, moments and magnitudes of the rates; cascades of the law."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mijnrisico.seismic import aftershocks, simulate
from mijnrisico.seismic.aftershocks import Law

YEARS = (2024, 2025)
MAGNITUDES = np.round(np.arange(1.5, 2.05, 0.1), 1)
SHORT = Law(productivity=0.25, alpha=0.8, c_days=0.05, p=2.5, d_m2=1.0e4, q=3.0)


def forecast(scale: float = 1.0, size: int = 6, branches: int = 2, side: float = 500.0) -> xr.Dataset:
    """Rates that differ from cell to cell, year to year, bin to bin and branch to branch, in two maps."""
    x, y = (
        axis.ravel() for axis in np.meshgrid(240_000.0 + side * np.arange(size), 590_000.0 + side * np.arange(size))
    )
    maps = np.column_stack([np.ones(x.size), (x - x.min()) / side]) / x.size
    by_bin = 10.0 ** -(MAGNITUDES - 1.5)
    by_bin /= by_bin.sum()
    coefficient = scale * by_bin[None, :, None, None] * np.ones((2, 1, len(YEARS), branches))
    coefficient *= np.array([3.0, 1.0])[None, None, :, None] * np.array([1.0, 2.0])[None, None, None, :branches]
    return xr.Dataset(
        {
            "maps": (("cell", "map"), maps),
            "coefficient": (("map", "magnitude", "year", "branch"), coefficient),
            "weight": ("branch", np.array([0.25, 0.75])[:branches] if branches == 2 else np.ones(1)),
        },
        coords={
            "magnitude": MAGNITUDES,
            "year": list(YEARS),
            "branch": [f"rate|model|{top}" for top in (4, 5)[:branches]],
            "cell_x": ("cell", x),
            "cell_y": ("cell", y),
            "cell_area": ("cell", np.full(x.size, side**2)),
        },
    )


def rates(held: xr.Dataset) -> xr.DataArray:
    """Mean over the branches; (cell, magnitude, year)."""
    every = held["maps"].dot(held["coefficient"], dim="map")
    return (every * held["weight"]).sum("branch").transpose("cell", "magnitude", "year")


@pytest.fixture(scope="module", name="events")
def many_catalogues() -> pd.DataFrame:
    return simulate.simulate(forecast(), catalogues=4000, seed=1, workers=1)


def test_counts_have_the_mean_of_the_rates_and_the_spread_of_the_branches(events: pd.DataFrame):
    counts = np.bincount(events["catalogue"], minlength=4000)
    held = forecast()
    of_branch = held["maps"].sum("cell").dot(held["coefficient"].sum(["magnitude", "year"]), dim="map").to_numpy()
    mean = float(of_branch @ held["weight"].to_numpy())
    spread = float((of_branch - mean) ** 2 @ held["weight"].to_numpy())
    assert counts.mean() == pytest.approx(mean, abs=4.0 * np.sqrt((mean + spread) / 4000))
    assert counts.var() == pytest.approx(mean + spread, rel=0.1)


@pytest.mark.parametrize("dim", ["cell", "magnitude", "year"])
def test_events_lie_where_when_and_as_large_as_the_rates_say(events: pd.DataFrame, dim: str):
    held = forecast()
    expected = 4000 * rates(held).sum([name for name in ("cell", "magnitude", "year") if name != dim]).to_numpy()
    x, y = (np.round((events[name] - held[f"cell_{name}"].min().item()) / 500.0).astype(int) for name in ("x", "y"))
    found = {
        "cell": 6 * y + x,
        "magnitude": np.round((events["magnitude"] - 1.5) * 10.0).astype(int),
        "year": events["time"].dt.year - YEARS[0],
    }[dim]
    counts = np.bincount(found, minlength=expected.size)
    chi2 = ((counts - expected) ** 2 / expected).sum()
    assert abs(chi2 - expected.size) < 4.0 * np.sqrt(2.0 * expected.size)


def test_branches_come_by_their_weight(events: pd.DataFrame):
    of_catalogue = events.groupby("catalogue")["branch"].first()
    assert (events.groupby("catalogue")["branch"].nunique() == 1).all()
    assert (of_catalogue == "rate|model|5").mean() == pytest.approx(0.75, abs=4.0 * np.sqrt(0.75 * 0.25 / 4000))


def test_moments_and_places_are_uniform_in_year_and_cell(events: pd.DataFrame):
    of_2024 = events.loc[events["time"].dt.year == 2024, "time"]
    share = (of_2024 - pd.Timestamp("2024-01-01")) / pd.Timedelta(days=366)
    within = ((events["x"] - 240_000.0) / 500.0 + 0.5) % 1.0
    for values in (share, within):
        assert values.between(0.0, 1.0).all()
        assert values.mean() == pytest.approx(0.5, abs=4.0 / np.sqrt(12.0 * values.size))
        assert values.var() == pytest.approx(1.0 / 12.0, rel=0.05)


def test_magnitudes_are_those_of_a_rounded_catalogue(events: pd.DataFrame):
    assert set(events["magnitude"]) <= set(MAGNITUDES)


def test_events_of_a_catalogue_are_in_order_of_time(events: pd.DataFrame):
    assert events.groupby("catalogue")["time"].apply(lambda time: time.is_monotonic_increasing).all()
    assert (events["parent"] == -1).all()


@pytest.mark.parametrize("law", [None, SHORT], ids=["independent", "cascades"])
def test_a_catalogue_depends_on_its_number_and_the_seed_only(law: Law | None):
    one = simulate.simulate(forecast(), catalogues=40, seed=7, law=law, workers=1)
    three = simulate.simulate(forecast(), catalogues=40, seed=7, law=law, workers=3)
    pd.testing.assert_frame_equal(one, three)
    fewer = simulate.simulate(forecast(), catalogues=12, seed=7, law=law, workers=2)
    pd.testing.assert_frame_equal(fewer, one[one["catalogue"] < 12].reset_index(drop=True))
    other = simulate.simulate(forecast(), catalogues=12, seed=8, law=law)
    assert not fewer["x"].equals(other["x"])


def test_years_need_not_follow_one_another():
    held = forecast().assign_coords(year=[2030, 2024])
    events = simulate.simulate(held, catalogues=300, seed=4)
    counts = events["time"].dt.year.value_counts()
    assert set(counts.index) == {2024, 2030}
    assert counts[2030] == pytest.approx(3 * counts[2024], rel=0.2)


def test_catalogues_without_events_are_there_too():
    events = simulate.simulate(forecast(scale=1e-6), catalogues=5, seed=1)
    every = dict(simulate.by_catalogue(events))
    assert list(every) == [0, 1, 2, 3, 4]
    assert sum(len(each) for each in every.values()) == len(events)


# -------------------------------------------------------------------------------------------------------- cascades


@pytest.fixture(scope="module", name="cascades")
def many_cascades() -> pd.DataFrame:
    wide = forecast(scale=4.0, size=2, branches=1, side=50_000.0)  # next to nothing falls outside
    return simulate.simulate(wide, catalogues=1500, seed=3, law=SHORT)


def branching() -> float:
    held = forecast(branches=1)
    share = rates(held).sum(["cell", "year"]).to_numpy()
    return float(share / share.sum() @ aftershocks.offspring(SHORT, MAGNITUDES))


def test_a_cascade_is_as_large_as_its_branching_ratio_says(cascades: pd.DataFrame):
    direct = (cascades["parent"] < 0).sum()
    ratio = branching()
    assert len(cascades) / direct == pytest.approx(1.0 / (1.0 - ratio), rel=0.03)
    expected = 1500 * rates(forecast(scale=4.0, size=2, branches=1)).sum().item()
    assert direct == pytest.approx(expected, abs=4.0 * np.sqrt(expected))


def test_counts_of_cascades_spread_wider_than_those_of_poisson(cascades: pd.DataFrame):
    counts = np.bincount(cascades["catalogue"], minlength=1500)
    probability = rates(forecast(branches=1)).sum(["cell", "year"]).to_numpy()
    ratio, spread = aftershocks.branching(SHORT, probability / probability.sum(), MAGNITUDES)
    expected = float((1.0 + spread) / (1.0 - ratio) ** 2)  # of the variance over the mean: see event_counts
    assert counts.var() / counts.mean() == pytest.approx(expected, rel=0.2)


def test_larger_events_have_more_aftershocks(cascades: pd.DataFrame):
    born = cascades[cascades["parent"] >= 0].groupby(["catalogue", "parent"]).size()
    key = pd.MultiIndex.from_arrays([cascades["catalogue"], cascades.groupby("catalogue").cumcount()])
    mean = born.reindex(key, fill_value=0).groupby(cascades["magnitude"].to_numpy()).mean()
    expected = aftershocks.offspring(SHORT, mean.index.to_numpy())
    np.testing.assert_allclose(mean[:3], expected[:3], rtol=0.1)


def test_aftershocks_come_after_their_parent_and_near_it_as_the_law_says(cascades: pd.DataFrame):
    key = cascades.assign(position=cascades.groupby("catalogue").cumcount())
    children = key[key["parent"] >= 0]
    pairs = children.merge(key, left_on=["catalogue", "parent"], right_on=["catalogue", "position"], how="left")
    assert len(pairs) == len(children)
    days = (pairs["time_x"] - pairs["time_y"]).dt.total_seconds() / 86_400.0
    distance = np.hypot(pairs["x_x"] - pairs["x_y"], pairs["y_x"] - pairs["y_y"])
    assert (days > 0.0).all()
    for u in (0.25, 0.5, 0.9):
        tolerance = 4.0 * np.sqrt(u * (1.0 - u) / len(pairs)) + 0.005  # a few fall after the last year
        assert (days <= aftershocks.delay_days(SHORT, np.array(u))).mean() == pytest.approx(u, abs=tolerance)
        assert (distance <= aftershocks.distance_m(SHORT, np.array(u))).mean() == pytest.approx(u, abs=tolerance)


def test_aftershocks_have_the_magnitudes_of_the_place(cascades: pd.DataFrame):
    expected = rates(forecast(branches=1)).sum(["cell", "year"]).to_numpy()
    found = cascades.loc[cascades["parent"] >= 0, "magnitude"]
    share = np.array([(np.abs(found - m) < 0.01).mean() for m in MAGNITUDES])
    np.testing.assert_allclose(share, expected / expected.sum(), atol=4.0 * np.sqrt(0.25 / found.size))


def test_what_falls_outside_the_cells_or_the_years_is_gone():
    far = Law(productivity=0.3, alpha=0.5, c_days=100.0, d_m2=1.0e8)
    events = simulate.simulate(forecast(scale=5.0), catalogues=200, seed=5, law=far)
    assert events["time"].dt.year.isin(YEARS).all()
    assert events["x"].between(239_750.0, 242_750.0).all()
    assert events["y"].between(589_750.0, 592_750.0).all()
    born = (events["parent"] >= 0).sum()
    assert 0 < born < 0.5 * branching() / (1.0 - branching()) * (events["parent"] < 0).sum()


def test_a_cascade_that_need_not_end_is_refused():
    with pytest.raises(ValueError, match="need not end"):
        simulate.simulate(forecast(), catalogues=1, seed=1, law=Law(productivity=1.1, alpha=0.0, c_days=0.3))


def test_a_forecast_with_aftershocks_is_brought_back_to_its_direct_events():
    held = forecast().assign_coords(source=["rate|model"])
    held = held.assign(direct=(("source", "year"), [[2.0, 0.5]]))
    direct = simulate.direct_rates(held)
    total = direct["maps"].sum("cell").dot(direct["coefficient"].sum("magnitude"), dim="map")
    np.testing.assert_allclose(total.transpose("branch", "year"), [[2.0, 0.5]] * 2)
    whole, part = (each["maps"].dot(each["coefficient"], dim="map") for each in (held, direct))
    np.testing.assert_allclose(
        (part / part.sum(["cell", "magnitude"])).transpose(*whole.dims), whole / whole.sum(["cell", "magnitude"])
    )
    xr.testing.assert_identical(simulate.direct_rates(forecast()), forecast())
    events = simulate.simulate(held, catalogues=3000, seed=2, law=SHORT)
    assert (events["parent"] < 0).sum() / 3000 == pytest.approx(2.5, abs=4.0 * np.sqrt(2.5 / 3000))
