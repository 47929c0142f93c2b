"""The fast distribution of the average spectral acceleration against what must hold and against Monte Carlo."""

import numpy as np
import pytest

from mijnrisico.seismic import average_sa, loss
from mijnrisico.seismic.average_sa import GRID_LN_G
from mijnrisico.seismic.motion import bommer_2021 as motion
from mijnrisico.seismic.motion_tree import tree
from mijnrisico.units import CMS2_PER_G

from . import average_sa_twin as twin

ZONES = (110, 2821, 602)
MAGNITUDE = np.array([2.0, 3.5, 4.4, 5.0, 6.5])
DISTANCE_KM = np.array([3.0, 5.0, 9.0, 20.0, 70.0])
CLASSES = ("URM1F_B", "URM4L", "RC1L", "PC3L")
EVENT_ERROR = 2.5e-2
RISK_ERROR = 7e-3


@pytest.fixture(scope="module")
def at():
    return average_sa.reference(MAGNITUDE, DISTANCE_KM)


def test_motion_branch_weights_sum_to_one_at_every_magnitude():
    weights = tree(np.linspace(1.5, 6.5, 51)).branch_weight()
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-12)
    assert weights.min() > 0.0


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
    for branch in range(average_sa.BRANCHES):
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
    expected = np.mean(at.mu[0, 0] + linear + motion.SITE_EPSILON[2] * zone.s1) - ln_g
    spread = 2
    covariance = at.rest[0, spread] + np.outer(at.along[0, spread], at.along[0, spread])
    m, v, w = intensity.mean[branch, 0], intensity.variance[branch, 0], intensity.weight
    mean = w @ m
    assert mean == pytest.approx(expected, abs=2e-4)
    assert w @ (v + (m - mean) ** 2) == pytest.approx(covariance.mean(), rel=2e-3)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("branch", [0, 31, 52, 71])
def test_moments_equal_monte_carlo(at, zone, branch):
    intensity = average_sa.zone_intensity(zone, at)
    z = twin.normals(13, seed=branch + 1)
    for pair in (5, 12, 20):
        samples, _ = twin.sample(zone, at.magnitude[pair], at.distance_km[pair], branch, z)
        m, v, w = intensity.mean[branch, pair], intensity.variance[branch, pair], intensity.weight
        mean = w @ m
        assert mean == pytest.approx(samples.mean(), abs=2e-3)
        assert w @ (v + (m - mean) ** 2) == pytest.approx(samples.var(), rel=1e-2)


@pytest.mark.parametrize("zone", ZONES)
def test_losses_equal_monte_carlo_per_event_and_closer_in_the_sum_over_events(zone):
    at = average_sa.reference(np.arange(3.5, 6.51, 0.5), [3.0, 4.5, 8.0])
    intensity = average_sa.zone_intensity(zone, at)
    model = loss.vulnerability("TNO2020", CLASSES)
    fine = np.linspace(-9.0, 4.0, 13001)
    tables, exact = loss.mean_loss(model, GRID_LN_G), loss.mean_loss(model, fine)
    rate = 10.0**-at.magnitude * at.distance_km
    z = twin.normals(8, seed=11)
    for branch in (10, 61):
        theirs = np.empty((2, at.magnitude.size, len(CLASSES)))
        for pair in range(at.magnitude.size):
            *values, chance = twin.stratified(zone, at.magnitude[pair], at.distance_km[pair], branch, z)
            for kind in (0, 1):
                theirs[kind, pair] = [np.interp(values[kind], fine, curve) @ chance for curve in exact[kind]]
        for kind, density in enumerate(intensity.branch_density(branch)):
            ours = density @ tables[kind].T
            np.testing.assert_allclose(ours, theirs[kind], rtol=EVENT_ERROR, atol=1e-6)
            np.testing.assert_allclose(rate @ ours, rate @ theirs[kind], rtol=RISK_ERROR, atol=1e-14)


def test_both_twins_agree():
    model = loss.vulnerability("TNO2020", ("URM1F_B",))
    fine = np.linspace(-9.0, 4.0, 13001)
    curve = loss.mean_loss(model, fine)[0][0]
    plain = np.interp(twin.sample(2821, 6.0, 4.0, 40, twin.normals(16, 3))[0], fine, curve).mean()
    values, _, probability = twin.stratified(2821, 6.0, 4.0, 40, twin.normals(9, 4))
    assert np.interp(values, fine, curve) @ probability == pytest.approx(plain, rel=1e-2)


def test_a_dwelling_mound_shakes_more(at):
    regular = average_sa.zone_intensity(110, at)
    wierde = average_sa.zone_intensity(110, at, "wierde")
    rise = np.mean(motion.wierde_ln(motion.PERIODS_S))
    np.testing.assert_allclose(wierde.mean - regular.mean, rise, atol=1e-12)
    np.testing.assert_allclose(wierde.ln_pga - regular.ln_pga, motion.wierde_ln(0.01), atol=1e-12)


def test_the_unit_of_the_site_variability_matters_only_in_the_outer_site_branches(at):
    ours = average_sa.zone_intensity(110, at)
    chain = average_sa.zone_intensity(110, at, site_variability_argument="cm/s2")
    site = np.arange(average_sa.BRANCHES) % 3
    np.testing.assert_allclose(ours.mean[site == 1], chain.mean[site == 1], atol=1e-12)
    assert np.abs(ours.mean[site == 2] - chain.mean[site == 2]).max() > 0.01
