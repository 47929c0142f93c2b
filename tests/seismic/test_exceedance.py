"""Exceedance given magnitude and distance against a dense table of the surface motion."""

import numpy as np
import pytest

from mijnrisico.errors import InputError
from mijnrisico.seismic.exceedance import exceedance, period_index
from mijnrisico.seismic.hazard import _mean_over_motions, levels
from mijnrisico.seismic.motion import bommer_2021 as v7
from mijnrisico.seismic.motion_tree import MOTION_BRANCHES, tree

from . import hazard_twin as twin

MAGNITUDES = np.array([1.5, 3.0, 3.6, 4.3, 5.0, 6.5])
DISTANCES = np.array([3.0, 5.0, 12.0, 40.0])
LEVELS = levels()


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
                period=period_index(imt),
                component=component,
                surface=surface,
                argument=argument,
                points=100_001,
            )
            seen = slow > 1e-10
            # where the soil takes back nearly all of an increase, a level is a wide range of reference motions
            tolerance = 1e-4 if imt == "PGA" else 5e-3
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
    mean = _mean_over_motions(sure.reshape(shape), tree(felt))
    np.testing.assert_allclose(mean, 1.0, atol=1e-6)


def test_the_weights_of_the_motion_branches_sum_to_one_at_every_magnitude():
    certain = np.ones((MAGNITUDES.size, DISTANCES.size, len(v7.BRANCHES), 2 * MOTION_BRANCHES))
    mean = _mean_over_motions(certain, tree(MAGNITUDES))
    assert mean.shape == (MAGNITUDES.size, DISTANCES.size, 2)
    np.testing.assert_allclose(mean, 1.0, rtol=0.0, atol=1e-12)


def test_the_mean_over_motions_is_the_sum_of_every_branch_by_its_weight():
    p, _ = exceedance(1001, MAGNITUDES, DISTANCES, LEVELS)
    slow = np.zeros((MAGNITUDES.size, DISTANCES.size, LEVELS.size))
    medians = v7.median_weights(MAGNITUDES)
    for m, t, f, e in np.ndindex(*p.shape[2:6]):
        others = v7.TAU_WEIGHTS[t] * v7.PHI_SS_WEIGHTS[f] * v7.SITE_EPSILON_WEIGHTS[e]
        slow += medians[:, m, None, None] * others * p[:, :, m, t, f, e]
    ours = _mean_over_motions(p.reshape(*p.shape[:3], -1), tree(MAGNITUDES))
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
        period_index("PGV")
    assert refused.value.code == "E503"
    assert "SA(0.3)" in str(refused.value.problems[0].params["expected"])
