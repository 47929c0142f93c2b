"""Hazard of cases with published answers (PEER 2010/106 and 2018/03) against those of other programs.

Coarser in magnitude than `benchmarks/peer.py`, which holds the full comparison.
"""

import numpy as np
import pytest
from scipy import integrate

from .peer import area, fault, motions, tables

CASES = ("1.10", "1.11")


@pytest.fixture(scope="module")
def of_areas():
    """Annual rates (site, level) of both cases on the grid of 0.5 km that they ask for."""
    level_g, _ = tables.curve("1.10", 1, "haz45_rate")
    return {case: area.rates(area.forecast(case, 0.5, 0.05), area.sites(), level_g) for case in CASES}


@pytest.fixture(scope="module")
def without_scatter():
    level_g, _ = tables.curve("1.10_2010", 1, "report_2010_poe")
    return level_g, area.rates(area.forecast("1.10", 0.5, 0.01, "shares"), area.sites(), level_g, truncation=0.0)


@pytest.fixture(scope="module")
def of_tree():
    """Annual rates (branch, level) of case 3.2 and weights (branch,)."""
    return fault.branch_rates(tables.fractiles()[0], step=0.05, points=(4, 12))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("site", "within"), [(1, 2e-3), (2, 2e-3), (3, 2.5e-3), (4, 7e-3)])
def test_points_in_a_circle_give_the_rates_of_haz45(of_areas, case, site, within):
    _, theirs = tables.curve(case, site, "haz45_rate")
    np.testing.assert_allclose(of_areas[case][site - 1], theirs, rtol=within)


@pytest.mark.parametrize("case", CASES)
def test_probability_of_a_year_follows_from_the_rate(of_areas, case):
    _, theirs = tables.curve(case, 1, "haz45_poe")
    np.testing.assert_allclose(-np.expm1(-of_areas[case][0]), theirs, rtol=2e-3)


def test_deeper_earthquakes_shake_less_near_them_and_hardly_less_far_away(of_areas):
    ratio = of_areas["1.11"] / of_areas["1.10"]
    assert (ratio < 1.0).all()
    assert (ratio[0] < ratio[3])[3:].all()


def test_without_scatter_the_rate_is_the_area_within_reach(without_scatter):
    level_g, ours = without_scatter
    for site, south_km in enumerate(area.SOUTH_KM[:3]):
        np.testing.assert_allclose(ours[site], area.exact_without_scatter(level_g, south_km), rtol=1e-2)
    exact = area.exact_without_scatter(level_g, area.SOUTH_KM[3])
    np.testing.assert_allclose(ours[3][:3], exact[:3], rtol=2e-3)
    assert (ours[3][exact == 0.0] == 0.0).all()


@pytest.mark.parametrize("site", [1, 2, 3, 4])
def test_without_scatter_probabilities_are_those_of_the_report_of_2010(without_scatter, site):
    _, theirs = tables.curve("1.10_2010", site, "report_2010_poe")
    ours = -np.expm1(-without_scatter[1][site - 1])
    seen = theirs > 2e-6
    np.testing.assert_allclose(ours[seen], theirs[seen], rtol=3e-2)


def test_the_report_of_2010_is_itself_off_the_exact_answer_where_it_is_rare():
    level_g, theirs = tables.curve("1.10_2010", 4, "report_2010_poe")
    exact = -np.expm1(-area.exact_without_scatter(level_g, area.SOUTH_KM[3]))
    assert exact[3] / theirs[3] - 1.0 == pytest.approx(0.037, abs=0.002)


def test_mean_of_the_tree_is_that_of_haz45(of_tree):
    rates, weight = of_tree
    _, theirs = tables.curve("3.2", 1, "haz45_rate")
    np.testing.assert_allclose(weight @ rates, theirs, rtol=5e-3)


def test_every_fractile_of_the_tree_is_that_of_haz45(of_tree):
    rates, weight = of_tree
    _, shares, theirs = tables.fractiles()
    ours = [
        [fault.nearest_step(rate, weight, share, value) for share, value in zip(shares, row, strict=True)]
        for rate, row in zip(rates.T, theirs, strict=True)
    ]
    np.testing.assert_allclose(ours, theirs, rtol=1e-2)


def test_total_rates_are_all_digits_of_haz45_when_the_characteristic_magnitude_is_the_middle_of_its_box():
    edges = np.arange(5.0, 7.26, 0.25)
    ours = {f"{fault.bin_rates(branch, edges).sum():.4g}" for branch in fault.tree()}
    theirs = {f"{rate:.4g}" for rate in tables.fractiles()[2][0]}
    assert ours == theirs


def test_weights_of_the_tree_sum_to_one(of_tree):
    assert of_tree[1].sum() == pytest.approx(1.0, abs=1e-12)
    assert of_tree[1].size == 36


@pytest.mark.parametrize("shape", fault.SHAPES)
def test_moment_of_the_earthquakes_is_that_of_the_slip(shape):
    branch = fault.Branch(3.0, shape, 6.75, "sadigh_1997", 1.0)
    density = fault.density(branch)
    moment, _ = integrate.quad(lambda m: density(m) * 10.0 ** (16.05 + 1.5 * m), 0.0, 7.25, points=(6.5, 6.75, 7.0))
    assert moment == pytest.approx(3e11 * 85e5 * 12e5 * 0.3, rel=1e-6)


@pytest.mark.parametrize("magnitude", [5.0, 6.0, 6.45, 6.6, 7.1])
def test_places_of_a_rupture_have_the_mean_of_a_plain_grid_of_places(magnitude):
    length, width = fault.size_km(magnitude)
    unit = (np.arange(1000) + 0.5) / 1000
    start = -0.5 * fault.LENGTH_KM + (fault.LENGTH_KM - length) * unit
    dy, z = np.maximum(np.maximum(start, -(start + length)), 0.0), (fault.WIDTH_KM - width) * unit[:, None]
    plain = np.mean(1.0 / (100.0 + dy**2 + z**2))
    depth, depth_weight, along, along_weight = fault.places(magnitude)
    assert depth_weight.sum() == pytest.approx(1.0)
    assert depth_weight @ (1.0 / (100.0 + along**2 + depth[:, None] ** 2)) @ along_weight == pytest.approx(
        plain, rel=1e-4
    )


@pytest.mark.parametrize(
    ("magnitude", "distance_km", "z1_km", "pga_g"),
    [
        (5.0, 1.0, 1.0, 0.2080499),
        (5.0, 10.0, 1.0, 0.06479981),
        (5.0, 50.0, 10.0, 0.006263294),
        (7.0, 10.0, 1.0, 0.2129240),
        (7.0, 10.0, 10.0, 0.1898537),
        (7.0, 50.0, 1.0, 0.05328842),
    ],
)
def test_median_of_abrahamson_silva_kamai_is_that_of_its_authors(magnitude, distance_km, z1_km, pga_g):
    ln_pga = motions.ask_ln(np.float64(magnitude), distance_km, vs30=810.0, z1_km=z1_km) + motions.ask_top(1.0)
    assert np.exp(ln_pga) == pytest.approx(pga_g, rel=1e-6)


def test_scatter_of_abrahamson_silva_kamai_is_that_of_its_authors():
    assert motions.ask_sd(5.0) == pytest.approx(0.7788074, rel=1e-6)
