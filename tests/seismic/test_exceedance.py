"""Exceedance given magnitude and distance against a dense table of the surface motion."""

import numpy as np
import pytest
from scipy.special import ndtr

from mijnrisico.errors import InputError
from mijnrisico.seismic.hazard import levels
from mijnrisico.seismic.hazard.asked import asked
from mijnrisico.seismic.hazard.exceedance import exceedance as exceedance_of
from mijnrisico.seismic.hazard.mean_exceedance import mean_exceedance
from mijnrisico.seismic.hazard.motion_tree import mean_over_motions, tree
from mijnrisico.seismic.motion import bommer_2021 as v7

from . import hazard_twin as twin

MAGNITUDES = np.array([1.5, 3.0, 3.6, 4.3, 5.0, 6.5])
DISTANCES = np.array([3.0, 5.0, 12.0, 40.0])
LEVELS = levels()
MOTION_BRANCHES = 18


def exceedance(zone, magnitude, distance_km, level, **choices):
    return exceedance_of(asked(v7.V7, **choices), zone, magnitude, distance_km, level)


@pytest.mark.parametrize(
    ("zone", "imt", "component", "surface", "argument"),
    [
        (1001, "PGA", "geometric_mean", "regular", "g"),
        (2821, "PGA", "arbitrary", "wierde", "g"),
        (110, "PGA", "geometric_mean", "regular", "cm/s2"),
        (631, "SA(0.1)", "arbitrary", "regular", "g"),
        (801, "SA(0.2)", "geometric_mean", "regular", "g"),
        (3326, "SA(1)", "geometric_mean", "wierde", "g"),
    ],
)
def test_exceedance_equals_a_dense_table_of_the_surface_motion(zone, imt, component, surface, argument):
    ours, _ = exceedance(
        zone,
        MAGNITUDES,
        DISTANCES,
        LEVELS,
        imt=imt,
        component=component,
        surface=surface,
        site_variability_argument=argument,
    )
    for i, m in enumerate(MAGNITUDES):
        for j, r in enumerate(DISTANCES):
            slow = twin.exceedance(
                zone,
                m,
                r,
                LEVELS,
                period=v7.MEASURES.index(imt),
                component=component,
                surface=surface,
                argument=argument,
                points=100_001,
            )
            seen = slow > 1e-10
            # where the soil takes back nearly all of an increase, a level is a wide range of reference motions
            tolerance = 1e-4 if imt == "PGA" else 5e-3
            slow = slow.reshape(4, 6, *slow.shape[3:])
            seen = seen.reshape(slow.shape)
            np.testing.assert_allclose(ours[i, j][seen], slow[seen], rtol=tolerance)
            np.testing.assert_allclose(ours[i, j][~seen], slow[~seen], atol=1e-10)


@pytest.mark.parametrize("zone", v7.zones()[::16])
def test_exceedance_is_a_probability_that_falls_with_the_level(zone):
    p, _ = exceedance(zone, MAGNITUDES, DISTANCES, LEVELS)
    assert np.all((p >= 0.0) & (p <= 1.0))
    assert np.all(np.diff(p, axis=-1) <= 0.0)


@pytest.mark.parametrize("component", ["geometric_mean", "arbitrary"])
@pytest.mark.parametrize("zone", v7.zones()[::16])
def test_a_level_below_every_motion_is_exceeded_in_every_branch_and_in_the_mean(zone, component):
    near, felt = DISTANCES[:3], MAGNITUDES[1:]  # 1.5 at 40 km stays below 1e-6 g half of the time
    sure, _ = exceedance(zone, felt, near, np.array([1e-6]), component=component)
    never, _ = exceedance(zone, MAGNITUDES, DISTANCES, np.array([40.0]), component=component)
    np.testing.assert_allclose(sure, 1.0, atol=1e-6)
    assert never.max() < 1e-6
    shape = (felt.size, near.size, len(v7.BRANCHES), MOTION_BRANCHES)
    mean = mean_over_motions(sure.reshape(shape), tree(felt))
    np.testing.assert_allclose(mean, 1.0, atol=1e-6)


def test_the_weights_of_the_motion_branches_sum_to_one_at_every_magnitude():
    certain = np.ones((MAGNITUDES.size, DISTANCES.size, len(v7.BRANCHES), 2 * MOTION_BRANCHES))
    mean = mean_over_motions(certain, tree(MAGNITUDES))
    assert mean.shape == (MAGNITUDES.size, DISTANCES.size, 2)
    np.testing.assert_allclose(mean, 1.0, rtol=0.0, atol=1e-12)


def test_the_mean_over_motions_is_the_sum_of_every_branch_by_its_weight():
    p, _ = exceedance(1001, MAGNITUDES, DISTANCES, LEVELS)
    slow = np.zeros((MAGNITUDES.size, DISTANCES.size, LEVELS.size))
    medians = v7.median_weights(MAGNITUDES)
    for m, t, f, e in np.ndindex(4, 3, 2, 3):
        others = v7.TAU_WEIGHTS[t] * v7.PHI_SS_WEIGHTS[f] * v7.SITE_EPSILON_WEIGHTS[e]
        slow += medians[:, m, None, None] * others * p[:, :, m, 2 * t + f, e]
    ours = mean_over_motions(p.reshape(*p.shape[:3], -1), tree(MAGNITUDES))
    np.testing.assert_allclose(ours, slow, rtol=1e-12)


@pytest.mark.parametrize(("imt", "count"), [("PGA", 0), ("SA(0.1)", 37)])
def test_curves_that_fall_below_two_g_are_counted_and_there_are_none_at_pga(imt, count):
    repaired = [exceedance(z, MAGNITUDES[:1], DISTANCES[:1], LEVELS[:1], imt=imt)[1] for z in v7.zones()]
    assert sum(r > 0 for r in repaired) == count


def test_the_arbitrary_component_widens_the_scatter():
    p = {c: exceedance(1001, MAGNITUDES, DISTANCES, LEVELS, component=c)[0] for c in ("geometric_mean", "arbitrary")}
    rare = p["geometric_mean"] < 0.4
    assert np.all(p["arbitrary"][rare] >= p["geometric_mean"][rare])
    assert p["arbitrary"].mean() > p["geometric_mean"].mean()


def test_an_unknown_measure_is_refused_with_the_known_ones():
    with pytest.raises(InputError) as refused:
        asked(v7.V7, imt="PGV")
    assert refused.value.code == "E503"
    assert "SA(0.3)" in str(refused.value.problems[0].params["expected"])


@pytest.mark.parametrize("imt", ["PGA", "SA(0.1)", "SA(1)"])
@pytest.mark.parametrize("site_term", ["epistemic", "aleatory"])
def test_the_mean_from_one_table_for_all_zones_is_the_mean_over_the_branches(imt, site_term):
    wanted = asked(v7.V7, imt=imt, site_term=site_term)
    fast, _ = mean_exceedance(wanted, [110, 1001], MAGNITUDES, DISTANCES, LEVELS)
    for zone, ours in zip([110, 1001], fast, strict=True):
        p, _ = exceedance_of(wanted, zone, MAGNITUDES, DISTANCES, LEVELS)
        slow = mean_over_motions(p.reshape(*p.shape[:3], -1), tree(MAGNITUDES, v7.V7, site_term))
        seen = slow > 1e-12
        np.testing.assert_allclose(ours[seen], slow[seen], rtol=1e-5)
        np.testing.assert_allclose(ours[~seen], slow[~seen], atol=1e-12)


def test_an_aleatory_site_term_equals_a_dense_sum_over_its_deviations():
    ours, _ = exceedance(1001, MAGNITUDES, DISTANCES, LEVELS, site_term="aleatory")
    epsilon = np.linspace(-7.0, 7.0, 1401)
    weight = np.exp(-0.5 * epsilon**2)
    zone, period = v7.zone_coefficients(1001), 0
    y = np.linspace(np.log(1e-7), np.log(90.0), 40_001)
    nonlinear = zone.f2[period] * np.log1p(np.exp(y) / zone.f3[period])
    phi = v7.site_phi(zone, np.exp(y)[:, None] * np.ones(10))[:, period]
    low, high = np.log(zone.af_min[period]), np.log(zone.af_max[period])
    for i, m in enumerate(MAGNITUDES[1:4], start=1):
        for j, r in enumerate(DISTANCES[:3]):
            median, sd = v7.V7.reference("PGA", np.array([m]), np.array([r]), "geometric_mean")
            f1 = v7.amplification_linear_ln(zone, m, r)[period]
            surface = y + np.clip(f1 + nonlinear, low, high)
            needed = np.array([np.interp(np.log(LEVELS), np.maximum.accumulate(surface + e * phi), y) for e in epsilon])
            z = (needed[None, None] - median[0][:, None, None, None]) / sd[0, 0][None, :, None, None]
            slow = np.einsum("e,mtel->mtl", weight / weight.sum(), ndtr(-z))
            seen = slow > 1e-7
            np.testing.assert_allclose(ours[i, j, :, :, 0][seen], slow[seen], rtol=5e-4)


def test_truncation_leaves_out_motions_beyond_it_and_scales_the_rest_to_one():
    whole, _ = exceedance(1001, MAGNITUDES, DISTANCES, LEVELS)
    cut, _ = exceedance(1001, MAGNITUDES, DISTANCES, LEVELS, truncation=3.0)
    q = ndtr(-3.0)
    np.testing.assert_allclose(cut, np.clip((whole - q) / (1.0 - 2.0 * q), 0.0, 1.0), atol=1e-9)
    assert np.any((cut == 0.0) & (whole > 1e-6))


def test_without_any_scatter_a_level_is_exceeded_or_it_is_not():
    p, _ = exceedance(1001, MAGNITUDES, DISTANCES, LEVELS, truncation=0.0)
    assert set(np.unique(p)) == {0.0, 1.0}
    half, _ = exceedance(1001, MAGNITUDES, DISTANCES, LEVELS)
    np.testing.assert_array_equal(p, (half > 0.5).astype(float))


def test_a_component_that_the_model_lacks_is_refused():
    with pytest.raises(InputError) as refused:
        asked(v7.V7, component="max_rotated")
    assert "arbitrary" in str(refused.value.problems[0].params["expected"])


def test_without_any_scatter_an_aleatory_site_term_is_left_out_too():
    step, _ = exceedance(1001, MAGNITUDES, DISTANCES, LEVELS, truncation=0.0, site_term="aleatory")
    assert set(np.unique(step)) == {0.0, 1.0}
    mean, _ = mean_exceedance(asked(v7.V7, truncation=0.0, site_term="aleatory"), [1001], MAGNITUDES, DISTANCES, LEVELS)
    weights = v7.median_weights(MAGNITUDES)
    np.testing.assert_allclose(mean[0], np.einsum("mrcl,mc->mrl", step[:, :, :, 0, 0], weights), atol=1e-12)
