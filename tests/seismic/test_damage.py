"""Light damage: curves, counts over a forecast, and cracks by a history of earthquakes."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.special import ndtr

from mijnrisico.errors import InputError
from mijnrisico.seismic import damage, hazard, site
from mijnrisico.seismic.damage import ds1, korswagen_2022
from mijnrisico.seismic.exposure import buildings
from mijnrisico.seismic.motion import bommer_2021_pgv

REFERENCE = Path(__file__).parents[1] / "reference"


# ---------------------------------------------------------------------------------------- one event, one wall


@pytest.mark.parametrize(("psi_initial", "expected"), [(0.0, 0.070), (0.5, 0.226)])
def test_a_crack_at_ten_mm_per_second_is_as_likely_as_the_table_says(psi_initial, expected):
    assert korswagen_2022.probability(1.0, psi_initial, np.log(10.0)) == pytest.approx(expected, abs=5e-4)


def test_the_scatter_of_the_motion_adds_to_that_of_the_wall():
    c = bommer_2021_pgv.coefficients("larger")
    sd = math.sqrt(c["tau"] ** 2 + c["phi_s2s"] ** 2 + c["phi_ss"] ** 2)
    ln_mm_s = float(bommer_2021_pgv.median_ln(3.6, 5.0, "larger", 200.0)) + math.log(10.0)
    assert korswagen_2022.probability(1.0, 0.0, ln_mm_s, sd) == pytest.approx(0.165, abs=5e-4)


def test_more_damage_is_less_likely_and_a_damaged_wall_is_weaker():
    ln_pgv = np.log([5.0, 10.0, 20.0, 30.0])
    by_damage = [korswagen_2022.probability(x, 0.0, ln_pgv) for x in korswagen_2022.STATES[1:]]
    assert (np.diff(by_damage, axis=0) <= 0.0).all()
    by_start = [korswagen_2022.probability(1.0, start, ln_pgv) for start in korswagen_2022.STATES[:10]]
    assert (np.diff(by_start, axis=0) >= 0.0).all()


@pytest.mark.parametrize(("final", "start"), [(1.0, 1.0), (3.1, 0.0), (2.0, 1.6), (1.0, -0.1)])
def test_a_damage_outside_the_table_is_refused(final, start):
    with pytest.raises(InputError, match="E503"):
        korswagen_2022.probability(final, start, 1.0)


# ---------------------------------------------------------------------------------------- a history of events


def test_a_history_of_one_event_is_that_event():
    ln_pgv, sds = np.log([12.0]), {"common_sd": 0.24, "event_sd": 0.5}
    alone = korswagen_2022.probability(1.0, 0.0, ln_pgv[0], math.hypot(*sds.values()))
    assert korswagen_2022.remembering(1.0, 0.0, ln_pgv, **sds) == pytest.approx(alone, rel=1e-6)
    reached = korswagen_2022.memoryless(0.0, ln_pgv, **sds)
    assert reached[10] == pytest.approx(alone, rel=1e-6)


def test_a_wall_that_remembers_answers_to_the_strongest_motion_when_motions_are_known():
    ln_pgv = np.log([3.0, 14.0, 9.0])
    found = korswagen_2022.remembering(1.0, 0.0, ln_pgv)
    assert found == korswagen_2022.probability(1.0, 0.0, ln_pgv[1])


def test_both_readings_of_a_history_equal_walls_drawn_one_by_one():
    rng = np.random.default_rng(5)
    median, common, own = np.log([15.0, 8.0]), 0.24, 0.5
    size = 20_000
    motion = median + common * rng.standard_normal((size, 1)) + own * rng.standard_normal((size, 2))
    mu, sigma = (float(v) for v in korswagen_2022.parameters(1.0, 0.0))
    wall = mu + sigma * rng.standard_normal((size, 1))
    found = korswagen_2022.remembering(1.0, 0.0, median, common_sd=common, event_sd=own)
    assert (motion >= wall).any(axis=1).mean() == pytest.approx(found, abs=0.012)

    states = korswagen_2022.STATES
    psi = np.zeros(size)
    for event in motion.T:
        draw = rng.random(size)
        after = psi.copy()
        for x in states[1:]:
            mu, sigma = korswagen_2022.parameters(x, psi)
            grown = (x > psi + 1e-9) & (draw < ndtr((event - mu) / np.where(x > psi, sigma, 1.0)))
            after = np.where(grown, x, after)
        psi = after
    reached = korswagen_2022.memoryless(0.0, median, common_sd=common, event_sd=own)
    for row in (5, 10, 15):
        assert (psi >= states[row] - 1e-9).mean() == pytest.approx(reached[row], abs=0.012)


def test_the_probabilities_of_a_chain_fall_with_damage_and_rise_with_every_event():
    once, twice = (korswagen_2022.memoryless(0.5, np.log([8.0] * n)) for n in (1, 2))
    assert once[0] == pytest.approx(1.0)
    assert (np.diff(once) <= 1e-12).all()
    assert (twice >= once - 1e-12).all()
    assert korswagen_2022.memoryless(0.5, np.log([1e-6] * 100))[6] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(("start", "final", "seen"), [(0.0, 1.0, "visible"), (0.5, 1.0, "grown"), (1.0, 1.5, "grown")])
def test_equal_earthquakes_in_finite_elements_lie_near_the_wall_that_remembers(start, final, seen):
    runs = pd.read_csv(REFERENCE / "korswagen_fem.csv")
    groups = runs[(runs["initial_psi"] == start) & (runs["pgv_mm_s"] <= 32) & (runs["runs"] >= 20)]
    remembers, forgets = [], []
    for pgv, n in zip(groups["pgv_mm_s"], groups["n_events"], strict=True):
        motions = np.log(np.full(n, float(pgv)))
        remembers.append(korswagen_2022.remembering(final, start, motions))
        forgets.append(korswagen_2022.memoryless(start, motions)[round(10 * final)])
    assert len(groups) >= 14
    np.testing.assert_allclose(remembers, groups[seen], atol=0.16)
    assert np.abs(np.array(forgets) - groups[seen]).max() > 0.5


def test_the_wall_that_remembers_is_five_times_too_low_for_many_weak_earthquakes():
    runs = pd.read_csv(REFERENCE / "korswagen_fem.csv")
    eight = runs[(runs["n_events"] == 8) & (runs["runs"] >= 20)].set_index(["initial_psi", "pgv_mm_s"])
    for start, final, pgv, seen, factor in ((1.0, 1.5, 4.0, "grown", 5.2), (0.0, 1.0, 16.0, "visible", 1.6)):
        remembers = korswagen_2022.remembering(final, start, np.log(np.full(8, pgv)))
        assert eight[seen].to_dict()[(start, pgv)] / remembers == pytest.approx(factor, rel=0.05)


# ---------------------------------------------------------------------------------------- buildings and a forecast


@pytest.fixture(scope="module")
def forecast():
    rng = np.random.default_rng(8)
    cells, magnitude, years = 12, np.array([1.5, 2.5, 3.5, 4.5]), [2025, 2026]
    x, y = 240_000.0 + rng.uniform(-6e3, 6e3, cells), 590_000.0 + rng.uniform(-6e3, 6e3, cells)
    falling = 10.0 ** -(magnitude - 1.5)
    coefficient = rng.uniform(0.5, 1.5, (3, 1, 2, 4)) * falling[:, None, None]
    return xr.Dataset(
        {
            "maps": (("cell", "map"), rng.uniform(0.0, 1.0, (cells, 3))),
            "coefficient": (("map", "magnitude", "year", "branch"), coefficient),
            "weight": ("branch", [0.1, 0.2, 0.3, 0.4]),
        },
        coords={
            "cell_x": ("cell", x),
            "cell_y": ("cell", y),
            "magnitude": magnitude,
            "year": years,
            "branch": list("abcd"),
        },
    )


@pytest.fixture(scope="module")
def houses():
    names = list(buildings.classes())
    share = np.zeros((2, 5, len(names)))
    for row, (first, second) in enumerate(
        [("URM4L", "URM4L"), ("URM1F_B", "URM3L"), ("RC1L", "URM8L"), ("URM3L", "URM3L"), ("URM10", "URM10")]
    ):
        share[0, row, names.index(first)] = share[1, row, names.index(second)] = 1.0
    x, y = 240_000.0 + np.array([0.0, 900.0, 2600.0, 40.0, -3000.0]), 590_000.0 + np.array([0.0, 0.0, 800.0, 30.0, 0.0])
    number = [1.0, 2.0, 0.5, 3.0, 4.0]
    return buildings.of(list("abcde"), x, y, share, mapping={"one": 0.25, "other": 0.75}, number=number)


def by_hand(forecast, house, year, kind):
    """Mean rate of light damage of one place, from every cell and magnitude."""
    rates = np.einsum("cq,qmyb,b->cmy", forecast["maps"], forecast["coefficient"], forecast["weight"])
    away = np.hypot(forecast["cell_x"] - float(house["x"]), forecast["cell_y"] - float(house["y"])).to_numpy() / 1000.0
    vs30 = float(site.vs30_of(house["zone"].to_numpy()))
    c, curve = bommer_2021_pgv.coefficients("max_rotated"), ds1.curves()[kind]
    sd = math.sqrt(c["tau"] ** 2 + c["phi_s2s"] ** 2 + c["phi_ss"] ** 2 + curve.beta**2)
    total = 0.0
    for cell, km in enumerate(away):
        for k, m in enumerate(forecast["magnitude"].to_numpy()):
            ln = float(bommer_2021_pgv.median_ln(m, math.hypot(km, 3.0), "max_rotated", vs30)) + math.log(10.0)
            p = 0.5 * math.erfc(-(ln - math.log(curve.median_mm_s)) / sd / math.sqrt(2.0))
            total += rates[cell, k, list(forecast["year"].to_numpy()).index(year)] * p
    return total


def test_the_rate_of_light_damage_is_the_sum_over_cells_and_magnitudes(forecast, houses):
    sites = houses[["x", "y"]].rename(building="site").drop_vars("site", errors="ignore")
    sites["vs30"] = ("site", site.vs30_of(houses["zone"].to_numpy()))
    found = damage.ds1_rates(forecast, sites, ["farmhouse"])
    expected = by_hand(forecast, houses.isel(building=1), 2026, "farmhouse")
    assert found["rate"].sel(year=2026).to_numpy()[1, 0] == pytest.approx(expected, rel=1e-3)


def test_the_count_is_the_number_of_buildings_times_their_rates(forecast, houses):
    found = damage.ds1_counts(forecast, houses)
    share = {"pre1940_low": 0.23, "post1940_low": 0.77}
    expected = 0.0
    for row, number, kinds in (
        (0, 1.0, share),
        (1, 2.0 * 0.25, {"farmhouse": 1.0}),
        (1, 2.0 * 0.75, share),
        (2, 0.5 * 0.75, share),
        (3, 3.0, share),
    ):
        house = houses.isel(building=row)
        expected += number * sum(part * by_hand(forecast, house, 2025, kind) for kind, part in kinds.items())
    assert found["count"].sel(year=2025, statistic="mean") == pytest.approx(expected, rel=1e-3)
    assert found["by_type"].sum("building_type").to_numpy() == pytest.approx(
        found["count"].sel(statistic="mean").to_numpy(), rel=1e-12
    )


def test_buildings_without_a_curve_are_counted_and_left_out(forecast, houses):
    found = damage.ds1_counts(forecast, houses)
    assert found.attrs["without_curve"] == pytest.approx(4.0 + 0.5 * 0.25)
    assert found.attrs["without_curve"] + found.attrs["buildings"] == pytest.approx(10.5)
    far = damage.ds1_counts(forecast, houses.assign(zone=houses["zone"].where(houses["number"] < 4.0, -1)))
    assert far.attrs["without_ground"] == pytest.approx(4.0)


def test_the_fractiles_of_a_count_are_values_of_branches(forecast, houses):
    found = damage.ds1_counts(hazard.sources(forecast, motion="bommer_2021_pgv"), houses)
    low, middle, high = (float(found["count"].sel(year=2025, statistic=s)) for s in ("p10", "p50", "p90"))
    assert low <= middle <= high
    assert low < float(found["count"].sel(year=2025, statistic="mean")) < high


def test_the_count_doubles_with_the_rate_and_does_not_depend_on_the_order_of_buildings(forecast, houses):
    found = damage.ds1_counts(forecast, houses)["count"].to_numpy()
    double = damage.ds1_counts(forecast.assign(coefficient=2.0 * forecast["coefficient"]), houses)["count"].to_numpy()
    np.testing.assert_allclose(double, 2.0 * found, rtol=1e-12)
    turned = damage.ds1_counts(forecast, houses.isel(building=[4, 2, 0, 3, 1]))["count"].to_numpy()
    np.testing.assert_allclose(turned, found, rtol=1e-12)


def test_a_type_without_a_curve_is_refused_by_name():
    with pytest.raises(InputError, match="E503"):
        ds1.probability("castle", 1.0)


def test_every_class_with_a_curve_is_a_class_and_its_shares_sum_to_one():
    known = set(buildings.classes()) | {"URM1_F"}
    for name, shares in ds1.types_of_classes().items():
        assert name in known
        assert set(shares) <= set(ds1.curves())
        assert sum(shares.values()) == pytest.approx(1.0)
