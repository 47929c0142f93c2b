"""Disaggregation: nothing is lost, every number is that of a plain loop, and the sentence keeps its promise."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from tests.seismic import hazard_twin

from mijnrisico.errors import InputError
from mijnrisico.seismic import rupture, site
from mijnrisico.seismic.hazard import hazard, sources
from mijnrisico.seismic.hazard.asked import asked
from mijnrisico.seismic.hazard.disaggregation import disaggregate, main_part
from mijnrisico.seismic.hazard.exceedance import exceedance, thresholds
from mijnrisico.seismic.hazard.motion_tree import tree
from mijnrisico.seismic.motion import MODELS

MAGNITUDE = np.array([2.5, 3.6, 4.3, 5.1])
DISTANCE = (3.0, 4.0, 6.0, 9.0, 14.0, 70.0)
EPSILON = (-np.inf, -0.5, 0.5, 1.5, np.inf)
LEVEL = 0.06


@pytest.fixture(scope="module")
def forecast() -> xr.Dataset:
    return hazard_twin.forecast(MAGNITUDE, cells=3, spacing=2500.0)


@pytest.fixture(scope="module")
def place() -> xr.Dataset:
    return site.sites_at([245_900.0], [594_900.0])


def plain_loop(forecast: xr.Dataset, place: xr.Dataset, year: int, edges: tuple[np.ndarray, ...]):
    """Rate (magnitude, distance, epsilon) and of each cell: cells, magnitudes, distances, branches one by one."""
    model = MODELS["V7"]
    wanted = asked(model)
    key = float(place["zone"][0])
    rates = hazard_twin.cell_rates(forecast)[:, :, list(forecast["year"].to_numpy()).index(year)]
    rates = rates @ forecast["weight"].to_numpy()
    km = np.union1d(np.geomspace(3.0, 70.0, 1500), edges[1])
    middle = np.sqrt(km[1:] * km[:-1])
    p, _ = exceedance(wanted, key, MAGNITUDE, middle, np.array([LEVEL]))
    needed, _ = thresholds(wanted, key, MAGNITUDE, middle, np.array([LEVEL]))
    weight = tree(MAGNITUDE, model).branch_weight()
    unit = np.linspace(-4.0, 4.0, 61)
    share = np.exp(-0.5 * unit**2) / np.exp(-0.5 * unit**2).sum()
    out = np.zeros([each.size - 1 for each in edges])
    by_cell = np.zeros(rates.shape[0])
    in_bin = np.searchsorted(edges[1], middle) - 1
    for m, magnitude in enumerate(MAGNITUDE):
        median, sd = model.reference("PGA", np.full(middle.size, magnitude), middle, "geometric_mean")
        z = (needed[m, :, None, None, :, 0] - median[:, :, None, None]) / sd[:, :, :, None]
        for cell in range(rates.shape[0]):
            east = float(place["x"][0] - forecast["cell_x"][cell])
            north = float(place["y"][0] - forecast["cell_y"][cell])
            azimuth = np.rad2deg(np.arctan2(east, north)) - rupture.STRIKE_DEG + rupture.STRIKE_SD_DEG * unit
            folded = np.abs((azimuth + 90.0) % 180.0 - 90.0)
            hypocentral = np.sqrt((east**2 + north**2) / 1e6 + rupture.DEPTH_KM**2)
            reached = rupture.distance_cdf(km[:, None], magnitude, hypocentral, folded) @ share
            made = rates[cell, m] * np.diff(reached)[:, None] * p[m, ..., 0].reshape(middle.size, -1) * weight[m]
            by_cell[cell] += made.sum()
            for e, (low, high) in enumerate(pairwise(edges[2])):
                inside = (low <= z.reshape(made.shape)) & (z.reshape(made.shape) < high)
                np.add.at(out[m, :, e], in_bin, np.where(inside, made, 0.0).sum(axis=1))
    return out, by_cell


def test_every_bin_and_cell_is_that_of_a_plain_loop_over_cells_magnitudes_distances_and_branches(forecast, place):
    edges = (np.array([2.0, 3.0, 4.0, 5.0, 6.0]), np.array(DISTANCE), np.array(EPSILON))
    found = disaggregate(
        sources(forecast),
        place,
        2025,
        level=LEVEL,
        magnitude_edges=edges[0].tolist(),
        distance_edges=DISTANCE,
        epsilon_edges=EPSILON,
    )
    rate, by_cell = plain_loop(forecast, place, 2025, edges)
    scale = found.attrs["closure"]
    # Nine cells show the sum over strikes: an edge of a bin is met at another share of them, less than 1e-3 of all.
    np.testing.assert_allclose(found["rate"] * scale, rate, rtol=2e-3, atol=1e-3 * rate.sum())
    np.testing.assert_allclose(
        found["rate"].sum("epsilon") * scale, rate.sum(axis=2), rtol=2e-3, atol=5e-4 * rate.sum()
    )
    np.testing.assert_allclose(found["cell_rate"] * scale, by_cell, rtol=1e-3)


@pytest.mark.parametrize(
    "choice",
    [
        {"level": 0.05},
        {"return_period": 475.0},
        {"level": 0.03, "imt": "SA(0.5)"},
        {"level": 0.05, "component": "arbitrary", "surface": "wierde"},
        {"level": 0.05, "site_term": "aleatory"},
        {"level": 0.05, "truncation": 3.0},
    ],
    ids=str,
)
def test_bins_and_cells_sum_to_the_curve(forecast, place, choice):
    ready = sources(forecast)
    found = disaggregate(ready, place, 2024, **choice)
    curve = float(found["curve_rate"])
    assert float(found["rate"].sum()) == pytest.approx(curve, rel=1e-9)
    assert float(found["cell_rate"].sum()) == pytest.approx(curve, rel=1e-9)
    assert found.attrs["closure"] == pytest.approx(1.0, abs=1e-3)
    settings = {k: v for k, v in choice.items() if k not in ("level", "return_period")}
    level = float(found["level"])
    whole = hazard(ready, place, thresholds=(level,), fractiles=(), **settings)
    assert float(whole["mean_rate"].isel(site=0).sel(year=2024, level=level)) == pytest.approx(curve, rel=1e-9)
    if "return_period" in choice:
        assert curve == pytest.approx(1.0 / 475.0, rel=5e-3)


def test_twice_the_earthquakes_give_twice_the_rate_of_the_same_earthquakes(forecast, place):
    once = disaggregate(sources(forecast), place, 2024, level=LEVEL)
    twice = disaggregate(sources(forecast.assign(maps=2.0 * forecast["maps"])), place, 2024, level=LEVEL)
    np.testing.assert_allclose(twice["rate"], 2.0 * once["rate"], rtol=1e-9)
    np.testing.assert_allclose(twice["mean"], once["mean"], rtol=1e-9)


def test_a_higher_level_asks_for_larger_nearer_and_more_unusual_earthquakes(forecast, place):
    ready = sources(forecast)
    low, high = (disaggregate(ready, place, 2024, level=level)["mean"].to_numpy() for level in (0.02, 0.2))
    assert high[0] > low[0]
    assert high[1] < low[1]
    assert high[2] > low[2]


def test_points_lie_in_the_bin_of_their_hypocentral_distance(forecast, place):
    one = forecast.isel(cell=[0])
    ready = sources(one, geometry=rupture.Geometry(finite=False))
    offset = np.hypot(float(place["x"][0] - one["cell_x"][0]), float(place["y"][0] - one["cell_y"][0])) / 1000.0
    km = float(np.hypot(offset, 3.0))
    found = disaggregate(ready, place, 2024, level=LEVEL, distance_edges=(3.0, km - 1e-6, km + 1e-6, 70.0))
    shares = found["rate"].sum(("magnitude", "epsilon")) / found["rate"].sum()
    np.testing.assert_allclose(shares, [0.0, 1.0, 0.0], atol=1e-3)
    assert float(found["mean"].sel(quantity="distance")) == pytest.approx(km, rel=1e-3)


def test_a_cell_beyond_the_largest_distance_is_counted_and_makes_nothing(forecast, place):
    ready = sources(forecast)
    away = replace(ready, x=np.append(ready.x[:-1], ready.x[0] + 90_000.0))
    found = disaggregate(away, place, 2024, level=LEVEL)
    assert float(found["cell_rate"][-1]) == 0.0
    assert 0.0 < found.attrs["share_beyond_largest_distance"] < 1.0


@pytest.mark.parametrize(
    "choice",
    [
        {},
        {"level": 0.05, "return_period": 475.0},
        {"level": 0.05, "year": 2050},
        {"level": 0.05, "magnitude_edges": (3.0, 6.0)},
        {"level": 0.05, "distance_edges": (4.0, 70.0)},
        {"level": 0.05, "distance_edges": (3.0, 5.0, 5.0, 70.0)},
        {"level": 0.05, "epsilon_edges": (-3.0, 3.0)},
        {"return_period": 1.0},
    ],
    ids=str,
)
def test_what_leaves_something_out_or_makes_no_sense_is_refused(forecast, place, choice):
    with pytest.raises(InputError) as caught:
        disaggregate(sources(forecast), place, choice.pop("year", 2024), **choice)
    assert caught.value.code == "E503"


@given(
    rate=st.lists(st.floats(0.0, 1.0), min_size=12, max_size=12).filter(lambda values: sum(values) > 0.0),
    share=st.floats(0.01, 1.0),
)
def test_the_main_part_holds_at_least_the_share_it_was_asked_for(rate, share):
    table = np.array(rate).reshape(3, 4, 1)
    found = xr.Dataset(
        {"rate": (("magnitude", "distance", "epsilon"), table)},
        coords={
            "magnitude_low": ("magnitude", [2.0, 3.0, 4.0]),
            "magnitude_high": ("magnitude", [3.0, 4.0, 5.0]),
            "distance_low": ("distance", [3.0, 5.0, 8.0, 12.0]),
            "distance_high": ("distance", [5.0, 8.0, 12.0, 70.0]),
        },
    )
    part = main_part(found, share)
    (low, high), (near, far) = part.magnitude, part.distance_km
    inside = (found["magnitude_low"] >= low) & (found["magnitude_high"] <= high)
    inside = inside & (found["distance_low"] >= near) & (found["distance_high"] <= far)
    held = float(found["rate"].where(inside).sum() / found["rate"].sum())
    assert part.share == pytest.approx(held)
    assert held >= share * (1.0 - 1e-9)


def test_the_main_part_is_the_bins_with_the_highest_rates():
    rate = np.zeros((3, 2, 1))
    rate[1, 0], rate[2, 0], rate[0, 1] = 6.0, 3.0, 1.0
    found = xr.Dataset(
        {"rate": (("magnitude", "distance", "epsilon"), rate)},
        coords={
            "magnitude_low": ("magnitude", [2.0, 3.0, 4.0]),
            "magnitude_high": ("magnitude", [3.0, 4.0, 5.0]),
            "distance_low": ("distance", [3.0, 5.0]),
            "distance_high": ("distance", [5.0, 8.0]),
        },
    )
    half, most = main_part(found, 0.5), main_part(found, 0.8)
    assert (half.share, half.magnitude, half.distance_km) == (0.6, (3.0, 4.0), (3.0, 5.0))
    assert (most.share, most.magnitude, most.distance_km) == (0.9, (3.0, 5.0), (3.0, 5.0))
