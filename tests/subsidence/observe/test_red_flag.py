"""The chance that a limit is exceeded: exact and from weighted realisations, campaign by campaign."""

import numpy as np
import pytest
from scipy.special import ndtr

from mijnrisico.subsidence.observe import observations, prior, red_flag, update
from mijnrisico.subsidence.observe.normal_mixture import NormalMixture
from mijnrisico.subsidence.observe.red_flag import Flag, Limit
from mijnrisico.subsidence.observe.update import Branch

from . import cases


def world(points: int = 3, sigma_m: float = 0.02, truth: float = 1.3):
    """Few, rather coarse measurements, so that realisations of the prior can follow them."""
    frame = cases.rows(points=points, years=(1980.0, 1990.0, 2000.0, 2010.0))
    bare = observations.record(frame, np.eye(len(frame)) * sigma_m**2)
    matrix = cases.matrix(bare)
    noise = sigma_m * np.random.default_rng(11).standard_normal(len(frame))
    measured = observations.record(frame.assign(value_m=matrix.sum(axis=1) * truth + noise), bare.covariance_m2)
    belief = prior.correlated(*cases.cells(), sd=0.3, range_m=20_000.0)
    return measured, matrix, belief


def target(matrix: np.ndarray) -> np.ndarray:
    return -1.5 * matrix[-1:]


def limits(matrix: np.ndarray, factor: float = 1.2) -> list[Limit]:
    return [Limit("deep", "subsidence_cm", "deepest", 100.0 * factor * float(target(matrix).sum()))]


def test_weighted_realisations_agree_with_the_exact_chance_after_every_campaign():
    measured, matrix, belief = world()
    branches = [Branch("a", matrix, belief, 0.5), Branch("b", 0.8 * matrix, belief, 0.5)]
    rows = [target(matrix), 0.8 * target(matrix)]
    exact = red_flag.exact(measured, branches, limits(matrix), rows)
    rng, count = np.random.default_rng(0), 40_000
    _, drawn = update.before(branches).sample(rng, count)
    modelled = np.concatenate([a @ one.design.T for a, one in zip(drawn, branches, strict=True)])
    quantity = np.concatenate([a @ row.T for a, row in zip(drawn, rows, strict=True)])
    weighted = red_flag.weighted(measured, modelled, limits(matrix), quantity)
    assert [flag.campaign_year for flag in weighted] == [-np.inf, 1990.0, 2000.0, 2010.0]
    for one, other in zip(exact, weighted, strict=True):
        assert not other.collapsed
        tolerance = 4.0 * np.sqrt(one.probability * (1.0 - one.probability) / other.effective) + 0.003
        assert abs(one.probability - other.probability) < tolerance
    assert np.diff([flag.effective for flag in weighted]).max() < 0.0


def test_a_flag_rises_when_more_subsides_than_was_thought_and_falls_when_less_does():
    for truth, rises in ((1.5, True), (0.7, False)):
        measured, matrix, belief = world(truth=truth)
        flags = red_flag.exact(measured, [Branch("a", matrix, belief)], limits(matrix), [target(matrix)])
        assert (flags[-1].probability[0] > flags[0].probability[0]) == rises


def test_the_order_of_the_rows_does_not_matter():
    measured, matrix, belief = world()
    turned = np.random.default_rng(0).permutation(len(measured))
    one = red_flag.exact(measured, [Branch("a", matrix, belief)], limits(matrix), [target(matrix)])
    other = red_flag.exact(
        measured.chosen(turned), [Branch("a", matrix[turned], belief)], limits(matrix), [target(matrix)]
    )
    np.testing.assert_allclose([f.probability[0] for f in one], [f.probability[0] for f in other], rtol=1e-6)


def test_chi_square_after_a_campaign_is_that_of_all_rows_known_then_correlated_as_they_are():
    measured = cases.observed(cases.rows(points=3, years=(1980.0, 1990.0, 2000.0)), 1.0)
    matrix = cases.matrix(measured)
    modelled = np.stack([1.00 * matrix.sum(axis=1), 1.02 * matrix.sum(axis=1)])
    found = red_flag.weighted(measured, modelled, limits(matrix), [[0.0], [1e9]])
    for flag in found[1:]:
        known = measured.until(flag.campaign_year)
        residual = known.value_m - modelled[:, (measured.rows.to_year <= flag.campaign_year).to_numpy()]
        chi2 = [r @ np.linalg.solve(known.covariance_m2, r) for r in residual]
        assert flag.probability[0] == pytest.approx(1.0 / (1.0 + np.exp(0.5 * (chi2[1] - chi2[0]))))


def test_many_precise_measurements_leave_no_realisations_and_that_is_told():
    measured, matrix, belief = world(points=20, sigma_m=0.001)
    drawn = belief.mean + np.random.default_rng(0).standard_normal((2000, 29)) @ belief.root.T
    flags = red_flag.weighted(measured, drawn @ matrix.T, limits(matrix), drawn @ target(matrix).T)
    assert flags[-1].effective < 5.0
    assert [problem.code for problem in red_flag.warnings(flags)] == ["W606"]
    found = red_flag.table(limits(matrix), flags)
    assert np.isnan(found.probability.iloc[-1])
    assert not red_flag.warnings([Flag(2000.0, np.array([0.5]))])
    exact = red_flag.exact(measured, [Branch("a", matrix, belief)], limits(matrix), [target(matrix)])
    assert red_flag.table(limits(matrix), exact).probability.notna().all()


def test_the_table_says_the_limit_in_its_own_unit():
    one = Limit("rate", "rate_mm_per_year", "Loppersum", 5.0, "permit")
    assert one.si == 0.005
    found = red_flag.table([one], [Flag(red_flag.BEFORE, np.array([0.1])), Flag(2010.0, np.array([0.2]))])
    assert found.columns.tolist() == ["limit", "quantity", "at", "value", "unit", "campaign_year", "probability"]
    assert np.isnan(found.campaign_year[0])
    assert found.campaign_year[1] == 2010.0
    assert found.unit.tolist() == ["mm/year"] * 2


def test_a_prior_without_measurements_gives_the_normal_chance():
    measured, matrix, belief = world()
    row = target(matrix)
    flags = red_flag.exact(measured, [Branch("a", matrix, belief)], limits(matrix, 1.2), [row], fixed=[[0.01]])
    sd = np.sqrt(np.square(row @ belief.root).sum())
    expected = ndtr((row.sum() + 0.01 - 1.2 * row.sum()) / sd)
    assert flags[0].probability[0] == pytest.approx(expected)


def test_the_deepest_place_is_that_of_the_mean():
    assert red_flag.deepest(NormalMixture(np.ones(1), np.array([[0.1, 0.3, 0.2]]), np.array([[1.0, 0.1, 5.0]]))) == 1
