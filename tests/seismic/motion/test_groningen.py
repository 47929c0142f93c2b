"""V5 and V6 against their equations written out for one number, and against what is known about their tables."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mijnrisico import data
from mijnrisico.errors import InputError
from mijnrisico.seismic.motion import MODELS, groningen
from mijnrisico.seismic.motion.bommer_2017 import ZONE_OF_V5

VERSIONS = pytest.mark.parametrize("version", ["v5", "v6"])
PLACES = [(2.5, 3.0), (4.7, 5.0), (5.0, 7.0), (5.45, 9.9), (6.3, 12.0), (3.6, 41.0)]


def label(measure):
    return "SA(0.01)" if measure == "PGA" else measure


def median_by_hand(version, measure, branch, magnitude, distance):
    table = data.table(f"gmm_{version}_medians").set_index(["measure", "branch"])
    c = table.loc[(label(measure), branch)]
    if magnitude <= 4.7:
        source = c.m0 + c.m1 * (magnitude - 4.7) + c.m2 * (magnitude - 4.7) ** 2
    elif magnitude <= 5.45:
        source = c.m0 + c.m3 * (magnitude - 4.7)
    else:
        source = c.m0 + c.m3 * 0.75 + c.m4 * (magnitude - 5.45) + c.m5 * (magnitude - 5.45) ** 2
    path = (c.r0 + c.r1 * magnitude) * math.log(min(distance, 7.0) / 3.0)
    if distance > 7.0:
        path += (c.r2 + c.r3 * magnitude) * math.log(min(distance, 12.0) / 7.0)
    if distance > 12.0:
        path += (c.r4 + c.r5 * magnitude) * math.log(distance / 12.0)
    return source + path - (0.0 if measure == "PGV" else math.log(981.0))


def amplification_by_hand(version, measure, zone, magnitude, distance, ln_motion):
    table = data.table(f"gmm_{version}_amplification").set_index(["zone", "measure"])
    c = table.loc[(zone, label(measure))]
    ln_r = math.log(distance)
    if measure == "PGV":
        f1 = c.a0 + c.a1 * ln_r + (c.b0 + c.b1 * ln_r) * (min(magnitude, c.m1) - c.m1)
        f1 += c.d * (max(magnitude, c.m1) - c.m1)
    else:
        hinge = c.m1 - math.log(distance / 3.0) / math.log(60.0 / 3.0) * (c.m1 - c.m2)
        f1 = c.a0 + c.a1 * ln_r + (c.b0 + c.b1 * ln_r) * min(magnitude - hinge, 0.0)
    total = f1 + c.f2 * math.log((math.exp(ln_motion) + c.f3) / c.f3)
    return min(max(total, math.log(c.af_min)), math.log(c.af_max))


@VERSIONS
@pytest.mark.parametrize("measure", ["PGA", "SA(0.3)", "SA(5)", "PGV"])
def test_the_median_is_the_published_equation(version, measure):
    for magnitude, distance in PLACES:
        ours = groningen.median_ln(version, measure, magnitude, distance)
        by_hand = [median_by_hand(version, measure, branch, magnitude, distance) for branch in groningen.BRANCHES]
        np.testing.assert_allclose(ours, by_hand, atol=1e-12)


@VERSIONS
@pytest.mark.parametrize("measure", ["PGA", "SA(0.3)", "SA(5)", "PGV"])
@pytest.mark.parametrize("zone", [110, 1413, 3430])
def test_the_amplification_is_the_published_equation(version, measure, zone):
    response = MODELS[version.upper()].response(zone, measure)
    for magnitude, distance in PLACES:
        for ln_motion in (-7.0, -3.0, 0.0, 2.0):
            free = response.linear_ln(magnitude, distance) + response.f2 * math.log1p(math.exp(ln_motion) / response.f3)
            ours = min(max(float(free), response.ln_low), response.ln_high)
            by_hand = amplification_by_hand(version, measure, zone, magnitude, distance, ln_motion)
            assert ours == pytest.approx(by_hand, abs=1e-12)


@VERSIONS
@pytest.mark.parametrize("measure", ["PGA", "SA(0.5)", "PGV"])
def test_the_median_is_continuous_where_its_equations_meet(version, measure):
    for magnitude in (4.7, 5.45):
        sides = groningen.median_ln(version, measure, np.array([magnitude - 1e-9, magnitude + 1e-9]), 10.0)
        np.testing.assert_allclose(sides[0], sides[1], atol=1e-7)
    for distance in (7.0, 12.0):
        sides = groningen.median_ln(version, measure, 4.0, np.array([distance - 1e-9, distance + 1e-9]))
        np.testing.assert_allclose(sides[0], sides[1], atol=1e-7)


@VERSIONS
def test_every_branch_has_its_own_tau(version):
    table = data.table(f"gmm_{version}_sigmas").set_index("measure")
    model = MODELS[version.upper()]
    _, sd = model.reference("SA(0.2)", np.array([4.0]), np.array([8.0]), "geometric_mean")
    for i, branch in enumerate(groningen.BRANCHES):
        for j, phi in enumerate(groningen.PHI_BRANCHES):
            row = table.loc["SA(0.2)"]
            assert sd[0, i, j] == pytest.approx(math.hypot(row[f"tau_{branch}"], row[f"phi_ss_{phi}"]), abs=1e-12)


@VERSIONS
def test_an_arbitrary_component_adds_its_variance(version):
    model = MODELS[version.upper()]
    magnitude, distance = np.array([3.0, 5.9]), np.array([4.0, 4.0])
    for measure, period in (("PGA", 0.01), ("SA(0.3)", 0.3), ("SA(3)", 3.0)):
        _, mean = model.reference(measure, magnitude, distance, "geometric_mean")
        _, arbitrary = model.reference(measure, magnitude, distance, "arbitrary")
        share = math.log(min(max(period, 0.1), 0.85) / 0.1) / math.log(8.5)
        for row, room in ((0, 2.0), (1, 0.0)):
            short = 0.026 + 1.03 * room * 4.0**-2.22
            long = 0.045 + 5.315 * room * 4.0**-2.92
            np.testing.assert_allclose(arbitrary[row] ** 2 - mean[row] ** 2, short + (long - short) * share, atol=1e-12)


@VERSIONS
def test_pgv_in_an_arbitrary_component_is_refused_in_words(version):
    with pytest.raises(InputError) as error:
        MODELS[version.upper()].reference("PGV", np.array([3.0]), np.array([5.0]), "arbitrary")
    assert error.value.code == "E503"
    assert "PGV" in str(error.value.problems[0].params["got"])


@VERSIONS
def test_the_tables_hold_every_measure_branch_and_zone(version):
    assert len(groningen.MEASURES) == 24
    medians = data.table(f"gmm_{version}_medians")
    assert len(medians) == 24 * 4
    assert medians.notna().all(axis=None)
    amplification = data.table(f"gmm_{version}_amplification")
    counts = amplification.groupby("zone")["measure"].agg(["size", "nunique"])
    assert (counts == 24).all(axis=None)
    assert len(counts) == 160
    assert amplification.notna().all(axis=None)
    assert (amplification["af_min"] < amplification["af_max"]).all()
    assert (amplification["xl"] < amplification["xh"]).all()


def test_the_zones_of_v5_that_v6_cut_in_two_are_the_four_that_differ():
    v5, v6 = set(groningen.zones("v5")), set(groningen.zones("v6"))
    assert v6 - v5 == set(ZONE_OF_V5)
    assert v5 - v6 == set(ZONE_OF_V5.values()) | {2813, 3411}
    response = MODELS["V5"].response(631, "PGA")
    assert response.f2 == groningen.zone_coefficients("v5", "PGA", 606)["f2"]


def test_every_zone_of_the_map_with_amplification_has_a_response_in_v5_and_v6():
    properties, _ = data.polygons("site_zones")
    zones = [int(record["zone"]) for record in properties if record["has_v7_amplification"]]
    for name in ("V5", "V6"):
        for zone in zones:
            assert MODELS[name].response(zone, "PGA").f3 > 0.0


def test_the_lakes_have_no_amplification_in_v6():
    for lake in (2813, 3411):
        with pytest.raises(KeyError):
            MODELS["V6"].response(lake, "PGA")


def test_the_site_term_is_aleatory_with_the_branches_of_v7_beside_it():
    for name in ("V5", "V6"):
        model = MODELS[name]
        assert model.site_term == "aleatory"
        np.testing.assert_array_equal(model.epsilon, MODELS["V7"].epsilon)
        np.testing.assert_array_equal(model.epsilon_weight, MODELS["V7"].epsilon_weight)
        np.testing.assert_allclose(model.median_weights(4.0), [0.1, 0.3, 0.3, 0.3])


@VERSIONS
def test_the_medians_are_ordered_from_lower_to_upper_at_large_magnitude(version):
    for measure in ("PGA", "SA(0.3)", "SA(1)", "PGV"):
        medians = groningen.median_ln(version, measure, 5.5, 5.0)
        assert all(lower < upper for lower, upper in pairwise(medians))


def test_dwelling_mounds_take_the_factor_of_the_table_and_none_beyond_it():
    table = dict(data.table("gmm_wierde_factor").itertuples(index=False))
    assert groningen.wierde_of("PGA") == table[0.01]
    assert groningen.wierde_of("SA(0.15)") == pytest.approx(0.5 * (table[0.1] + table[0.2]))
    assert groningen.wierde_of("SA(2)") == table[2.0]
    assert groningen.wierde_of("SA(2.5)") == 0.0
    assert groningen.wierde_of("PGV") == 0.0


def test_the_empirical_correlation_of_the_site_term_is_weaker_than_that_of_v6():
    spectral = groningen.MEASURES[:-1]
    empirical = groningen.site_correlation_2024(spectral)
    np.testing.assert_allclose(empirical, empirical.T)
    np.testing.assert_array_equal(np.diag(empirical), 1.0)
    assert np.linalg.eigvalsh(empirical).min() == pytest.approx(0.019, abs=1e-3)
    ten = ("PGA", "SA(0.1)", "SA(0.2)", "SA(0.3)", "SA(0.4)", "SA(0.5)", "SA(0.6)", "SA(0.7)", "SA(0.85)", "SA(1)")
    assert groningen.site_correlation_2024(ten).mean() < MODELS["V6"].correlation(ten).mean() - 0.25


@given(st.floats(1.5, 7.0), st.floats(3.0, 69.0), st.sampled_from(groningen.MEASURES), st.sampled_from(["v5", "v6"]))
def test_the_median_has_no_steps(magnitude, distance, measure, version):
    ends = groningen.median_ln(version, measure, magnitude, np.array([distance, distance * 1.0001]))
    assert np.abs(ends[1] - ends[0]).max() < 1e-3
    ends = groningen.median_ln(version, measure, np.array([magnitude, magnitude + 1e-4]), distance)
    assert np.abs(ends[1] - ends[0]).max() < 1e-3
