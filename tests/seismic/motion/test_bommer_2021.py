"""GMM V7 against the numbers of the public model chain."""

import numpy as np
import pytest

from mijnrisico import data
from mijnrisico.seismic.motion import MODELS
from mijnrisico.seismic.motion import bommer_2021 as v7
from mijnrisico.units import CMS2_PER_G

TOLERANCE = 1e-6


@pytest.fixture(scope="module")
def reference():
    return data.dataset("reference_gmm_v7")


def values(reference, name):
    return np.asarray(reference[name])


@pytest.fixture(scope="module")
def grid(reference):
    magnitude = values(reference, "magnitude")
    distance = values(reference, "distance_rupture_km")
    return magnitude[:, None], distance[None, :]


def test_reference_medians_equal_the_public_chain(reference, grid):
    ours = v7.reference_median_ln(*grid)
    assert ours.shape == (11, 11, 4, 10)
    expected = np.moveaxis(values(reference, "reference_median_ln"), (0, 1), (2, 3))
    np.testing.assert_allclose(ours, expected, atol=TOLERANCE, rtol=0)


def test_variances_equal_the_public_chain(reference, grid):
    tau, phi_ss = v7.tau_phi()
    np.testing.assert_allclose(
        tau[:, None] ** 2 + phi_ss[None] ** 2, values(reference, "reference_gm_variance"), atol=TOLERANCE
    )
    expected = np.moveaxis(values(reference, "c2c_variance"), 0, -1)
    np.testing.assert_allclose(v7.component_variance(*grid), expected, atol=TOLERANCE)


def test_amplification_of_twelve_zones_equals_the_public_chain(reference, grid):
    sa_cms2 = values(reference, "SA_reference_cms2")
    ln_sa = np.log(sa_cms2)[:, None]
    for i, name in enumerate(values(reference, "zone")):
        zone = v7.zone_coefficients(int(name))
        linear = v7.amplification_linear_ln(zone, *grid)
        nonlinear = v7.amplification_nonlinear_ln(zone, ln_sa)
        total = v7.amplification_ln(zone, linear[:, :, None, :], ln_sa)

        def expect(key, last, i=i):
            return np.moveaxis(values(reference, key)[i], 0, last)

        np.testing.assert_allclose(linear, expect("af_linear_ln", -1), atol=TOLERANCE)
        np.testing.assert_allclose(nonlinear, expect("af_nonlinear_ln", -1), atol=TOLERANCE)
        np.testing.assert_allclose(total, expect("af_median_ln", -1), atol=TOLERANCE)
        np.testing.assert_allclose(
            v7.amplification_limits_ln(zone)[1], values(reference, "af_max_ln")[i], atol=TOLERANCE
        )


@pytest.mark.parametrize(("argument", "key"), [("g", "af_variance_arg_in_g"), ("cm/s2", "af_variance_as_run")])
def test_site_variability_equals_the_public_chain_for_both_arguments(reference, argument, key):
    sa_g = values(reference, "SA_reference_cms2")[:, None] / CMS2_PER_G
    for i, name in enumerate(values(reference, "zone")):
        phi = v7.site_phi(v7.zone_coefficients(int(name)), sa_g, argument)
        np.testing.assert_allclose(phi**2, values(reference, key)[i].T, atol=TOLERANCE)


def test_weights_correlations_and_wierde_equal_the_public_chain(reference):
    np.testing.assert_allclose(
        v7.median_weights(values(reference, "magnitude")),
        values(reference, "branch_median_weights"),
        atol=1e-12,
    )
    np.testing.assert_allclose(v7.period_correlation(), values(reference, "corr"), atol=TOLERANCE)
    np.testing.assert_allclose(v7.wierde_ln(v7.PERIODS_S), values(reference, "wierde_ln")[0], atol=1e-12)


def test_every_node_of_the_tree_has_weights_that_sum_to_one():
    for weights in (v7.TAU_WEIGHTS, v7.PHI_SS_WEIGHTS, v7.SITE_EPSILON_WEIGHTS):
        assert weights.sum() == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(v7.median_weights(np.linspace(1.0, 7.0, 61)).sum(-1), 1.0, atol=1e-12)


def test_period_correlation_is_a_correlation_matrix():
    corr = v7.period_correlation()
    np.testing.assert_array_equal(corr, corr.T)
    np.testing.assert_array_equal(np.diag(corr), 1.0)
    assert np.linalg.eigvalsh(corr).min() > 0.0


def test_the_lakes_have_no_amplification():
    assert len(v7.zones()) == 160
    for lake in (2813, 3411):
        assert lake not in v7.zones()
        with pytest.raises(KeyError):
            v7.zone_coefficients(lake)


def test_the_median_is_continuous_where_its_equations_meet():
    for magnitude in (3.875, 4.75):
        sides = v7.reference_median_ln(np.array([magnitude - 1e-9, magnitude + 1e-9]), 10.0)
        np.testing.assert_allclose(sides[0], sides[1], atol=1e-7)
    for distance in (7.0, 12.0, 25.0):
        sides = v7.reference_median_ln(4.0, np.array([distance - 1e-9, distance + 1e-9]))
        np.testing.assert_allclose(sides[0], sides[1], atol=1e-7)


def test_the_head_names_unit_range_and_source():
    head = MODELS["V7"].head
    assert head.predicts["SA(0.01)"] == "cm/s2"
    assert head.valid["rupture_distance_km"] == (3.0, 70.0)
    assert "phi_s2s" in head.departs
