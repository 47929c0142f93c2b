"""The fast distribution of the average spectral acceleration against what must hold and against Monte Carlo."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from mijnrisico.seismic import average_sa, loss
from mijnrisico.seismic.average_sa import GRID_LN_G
from mijnrisico.seismic.hazard.motion_tree import tree
from mijnrisico.seismic.motion import MODELS
from mijnrisico.seismic.motion import bommer_2021 as motion
from mijnrisico.units import CMS2_PER_G

from . import average_sa_twin as twin

ZONES = (110, 2821, 602)
MAGNITUDE = np.array([2.0, 3.5, 4.4, 5.0, 6.5])
DISTANCE_KM = np.array([3.0, 5.0, 9.0, 20.0, 70.0])
CLASSES = ("URM1F_B", "URM4L", "RC1L", "PC3L")
EVENT_ERROR = 2.5e-2
RISK_ERROR = 7e-3
CORRELATIONS = ("zero", "empirical", "consistent", "full")
"""In order of how much the deviation of a site agrees between periods."""
SUITED = [name for name, model in MODELS.items() if average_sa.suits(model)]
FINE = np.linspace(-9.0, 4.0, 13001)


@pytest.fixture(scope="module")
def at():
    return average_sa.reference(MAGNITUDE, DISTANCE_KM)


def test_motion_branch_weights_sum_to_one_at_every_magnitude():
    weights = tree(np.linspace(1.5, 6.5, 51)).branch_weight()
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-12)
    assert weights.min() > 0.0


@pytest.mark.parametrize("name", SUITED)
@pytest.mark.parametrize("correlation", [None, *CORRELATIONS])
def test_every_distribution_of_every_model_sums_to_one(name, correlation):
    at = average_sa.reference(MAGNITUDE[::2], DISTANCE_KM[::2], MODELS[name])
    intensity = intensity_of(case_of(name, 2821, 0, correlation), at, correlation)
    sites = len(MODELS[name].epsilon) if correlation is None else 1
    assert len(intensity.mean) == len(MODELS[name].medians) * len(MODELS[name].scatters) * sites
    for density in (*intensity.mean_density(), *intensity.branch_density(len(intensity.mean) - 1)):
        np.testing.assert_allclose(density.sum(axis=1), 1.0, atol=1e-12)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("surface", ["regular", "wierde"])
def test_every_conditional_distribution_sums_to_one(at, zone, surface):
    intensity = average_sa.zone_intensity(zone, at, surface)
    for density in intensity.mean_density():
        np.testing.assert_allclose(density.sum(axis=1), 1.0, atol=1e-12)
    for branch in (0, 35, 71):
        for density in intensity.branch_density(branch):
            np.testing.assert_allclose(density.sum(axis=1), 1.0, atol=1e-12)


def test_no_mass_is_put_on_the_ends_of_the_grid_where_buildings_collapse(at):
    density, _ = average_sa.zone_intensity(2821, at).mean_density()
    strong = (at.magnitude > 4.0) & (at.distance_km < 10.0)
    assert np.abs(density[strong][:, [0, -1]]).max() < 1e-7


def test_mean_density_is_the_weighted_mean_of_the_branches(at):
    intensity = average_sa.zone_intensity(602, at)
    weights = tree(at.magnitude).branch_weight()
    total = [0.0, 0.0]
    for branch in range(len(intensity.mean)):
        for kind, density in enumerate(intensity.branch_density(branch)):
            total[kind] = total[kind] + weights[:, branch, None] * density
    for kind, density in enumerate(intensity.mean_density()):
        np.testing.assert_allclose(density, total[kind], atol=1e-13)


def test_the_leading_direction_and_the_rest_make_up_the_covariance(at):
    together = at.rest + at.along[..., :, None] * at.along[..., None, :]
    sd = np.sqrt(np.diagonal(together, axis1=-2, axis2=-1))
    correlation = together / (sd[..., :, None] * sd[..., None, :])
    np.testing.assert_allclose(correlation, np.broadcast_to(motion.period_correlation(), correlation.shape), atol=1e-12)
    assert np.linalg.eigvalsh(at.rest).min() > -1e-12


def test_weak_motion_on_linear_soil_is_exactly_normal():
    at = average_sa.reference([1.5], [60.0])
    intensity = average_sa.zone_intensity(2821, at)
    branch = np.ravel_multi_index((0, 1, 0, 2), (4, 3, 2, 3))
    zone = motion.zone_coefficients(2821)
    linear = motion.amplification_ln(zone, motion.amplification_linear_ln(zone, 1.5, 60.0), np.full(10, -30.0))
    ln_g = np.log(CMS2_PER_G)
    median = motion.reference_median_ln(1.5, 60.0)[0] - ln_g
    expected = np.mean(median + linear + motion.SITE_EPSILON[2] * zone.s1)
    scatter = 2
    covariance = at.rest[0, 0, scatter] + np.outer(at.along[0, 0, scatter], at.along[0, 0, scatter])
    m, v, w = intensity.mean[branch, 0], intensity.variance[branch, 0], intensity.weight
    mean = w @ m
    assert mean == pytest.approx(expected, abs=2e-4)
    assert w @ (v + (m - mean) ** 2) == pytest.approx(covariance.mean(), rel=2e-3)


def case_of(name: str, zone: int, branch: int, correlation: str | None) -> twin.Case:
    model = MODELS[name]
    return twin.Case(zone, branch, model, None if correlation is None else twin.deviations(model, correlation))


def intensity_of(case: twin.Case, at: average_sa.Reference, correlation: str | None) -> average_sa.ZoneIntensity:
    term = "epistemic" if correlation is None else "aleatory"
    return average_sa.zone_intensity(case.zone, at, site_term=term, site_correlation=correlation or "consistent")


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("branch", "correlation"),
    [(0, None), (31, None), (52, None), (71, None), (1, "zero"), (11, "consistent"), (17, "empirical"), (23, "full")],
)
def test_moments_equal_monte_carlo(at, zone, branch, correlation):
    case = case_of("V7", zone, branch, correlation)
    intensity = intensity_of(case, at, correlation)
    z = twin.normals(13, seed=branch + 1)
    for pair in (5, 12, 20):
        both = twin.sample(case, at.magnitude[pair], at.distance_km[pair], z)
        ours = (intensity.mean, intensity.variance), (intensity.mean_pga, intensity.variance_pga)
        for samples, (means, variances) in zip(both, ours, strict=True):
            m, v, w = means[branch, pair], variances[branch, pair], intensity.weight
            mean = w @ m
            assert mean == pytest.approx(samples.mean(), abs=3e-3)
            assert w @ (v + (m - mean) ** 2) == pytest.approx(samples.var(), rel=1e-2)


@pytest.mark.parametrize(
    ("name", "zone", "branch", "correlation"),
    [
        *(("V7", zone, branch, None) for zone, branch in itertools.product(ZONES, (10, 61))),
        *(("V7", zone, 9, correlation) for zone, correlation in zip((*ZONES, 110), CORRELATIONS, strict=True)),
        *((name, 2821, 5, "consistent") for name in SUITED if name != "V7"),
    ],
)
def test_losses_equal_monte_carlo_per_event_and_closer_in_the_sum_over_events(name, zone, branch, correlation):
    at = average_sa.reference(np.arange(3.5, 6.51, 0.5), [3.0, 4.5, 8.0], MODELS[name])
    case = case_of(name, zone, branch, correlation)
    model = loss.vulnerability("TNO2020", CLASSES)
    tables, exact = loss.mean_loss(model, GRID_LN_G), loss.mean_loss(model, FINE)
    rate = 10.0**-at.magnitude * at.distance_km
    z = twin.normals(8 if correlation is None else 7, seed=11)
    theirs = np.empty((2, at.magnitude.size, len(CLASSES)))
    for pair in range(at.magnitude.size):
        event = (case, at.magnitude[pair], at.distance_km[pair])
        for kind, (values, chance) in enumerate((twin.stratified(*event, z), twin.peak(*event))):
            theirs[kind, pair] = [np.interp(values, FINE, curve) @ chance for curve in exact[kind]]
    for kind, density in enumerate(intensity_of(case, at, correlation).branch_density(branch)):
        ours = density @ tables[kind].T
        np.testing.assert_allclose(ours, theirs[kind], rtol=EVENT_ERROR, atol=1e-6)
        np.testing.assert_allclose(rate @ ours, rate @ theirs[kind], rtol=RISK_ERROR, atol=1e-14)


def test_both_twins_agree():
    curve = loss.mean_loss(loss.vulnerability("TNO2020", ("URM1F_B",)), FINE)[0][0]
    for case in (case_of("V7", 2821, 40, None), case_of("V7", 2821, 13, "consistent")):
        plain = np.interp(twin.sample(case, 6.0, 4.0, twin.normals(16, 3))[0], FINE, curve).mean()
        values, probability = twin.stratified(case, 6.0, 4.0, twin.normals(8, 4))
        assert np.interp(values, FINE, curve) @ probability == pytest.approx(plain, rel=1e-2)


@pytest.mark.parametrize("zone", ZONES)
def test_a_fully_correlated_site_term_is_the_mean_over_many_site_branches(zone):
    epsilon, weight = np.polynomial.hermite_e.hermegauss(15)
    fine = replace(motion.V7, epsilon=epsilon, epsilon_weight=weight / weight.sum())
    magnitude, distance_km = np.arange(3.5, 6.51, 0.5), [3.0, 4.5, 8.0, 15.0]
    at = average_sa.reference(magnitude, distance_km)
    branches = average_sa.zone_intensity(zone, average_sa.reference(magnitude, distance_km, fine))
    scatter = average_sa.zone_intensity(zone, at, site_term="aleatory", site_correlation="full")
    tables = loss.mean_loss(loss.vulnerability("TNO2020", CLASSES), GRID_LN_G)
    rate = 10.0**-at.magnitude * at.distance_km
    for one, many, table in zip(scatter.mean_density(), branches.mean_density(), tables, strict=True):
        np.testing.assert_allclose(rate @ one @ table.T, rate @ many @ table.T, rtol=5e-3)


@pytest.mark.parametrize("name", SUITED)
@pytest.mark.parametrize("zone", ZONES)
def test_the_more_the_site_term_agrees_between_periods_the_wider_it_makes_the_average(name, zone):
    at = average_sa.reference(MAGNITUDE, DISTANCE_KM, MODELS[name])
    found = [average_sa.zone_intensity(zone, at, site_term="aleatory", site_correlation=c) for c in CORRELATIONS]
    for less, more in itertools.pairwise(found):
        assert (less.variance < more.variance).all()
        np.testing.assert_array_equal(less.mean, more.mean)
        np.testing.assert_array_equal(less.variance_pga, more.variance_pga)


@pytest.mark.parametrize("zone", ZONES)
def test_the_central_site_branch_is_an_aleatory_site_term_that_does_not_vary(at, zone):
    quiet = replace(motion.V7, response=lambda *of: replace(motion.V7.response(*of), s1=0.0, s2=0.0))
    branches = average_sa.zone_intensity(zone, at)
    still = average_sa.zone_intensity(zone, average_sa.reference(MAGNITUDE, DISTANCE_KM, quiet), site_term="aleatory")
    np.testing.assert_allclose(still.mean, branches.mean[1::3], rtol=1e-12)
    np.testing.assert_allclose(still.variance, branches.variance[1::3], rtol=1e-12)
    assert not still.variance_pga.any()


def test_a_dwelling_mound_shakes_more(at):
    regular = average_sa.zone_intensity(110, at)
    wierde = average_sa.zone_intensity(110, at, "wierde")
    rise = np.mean(motion.wierde_ln(motion.PERIODS_S))
    np.testing.assert_allclose(wierde.mean - regular.mean, rise, atol=1e-12)
    np.testing.assert_allclose(wierde.mean_pga - regular.mean_pga, motion.wierde_ln(0.01), atol=1e-12)


def test_the_unit_of_the_site_variability_matters_only_in_the_outer_site_branches(at):
    ours = average_sa.zone_intensity(110, at)
    chain = average_sa.zone_intensity(110, at, site_variability_argument="cm/s2")
    site = np.arange(len(ours.mean)) % 3
    np.testing.assert_allclose(ours.mean[site == 1], chain.mean[site == 1], atol=1e-12)
    assert np.abs(ours.mean[site == 2] - chain.mean[site == 2]).max() > 0.01
